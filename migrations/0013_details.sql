-- 0013_details: what a source says of an incident besides what we work with is shown, not dropped.
-- Owner: modules/incidents.
alter table incidents.incident add column details jsonb not null default '{}';
comment on column incidents.incident.details is 'What the source says besides, in its own words, by name: the officer in the case, bail, the control room''s number. Nothing is worked out from it.';
