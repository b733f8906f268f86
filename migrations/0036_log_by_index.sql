-- 0036_log_by_index: what a transaction has opened is looked for in the log by index, whatever the planner has heard of the log's size. A
-- connection keeps its plans; one made while the log was empty went through the whole of it, some ten times a page, until the
-- next ANALYZE. Owner: platform/audit, modules/people.
alter function audit.opened() set enable_seqscan = off;
alter function people.records_opened(uuid) set enable_seqscan = off;
alter function people.looks_at(uuid, integer) set enable_seqscan = off;
