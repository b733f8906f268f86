-- 0035_room_to_rewrite: rows whose reach or description is written again when somebody on their record becomes known elsewhere find
-- room on their own page. No index then learns of it, of which each would take in a page at random, and log it whole after a checkpoint.
-- It holds for what is written from now on, and needs no rewriting of what stands. Owner: modules/people, modules/incidents.
alter table people.mention set (fillfactor = 90);
alter table people.person set (fillfactor = 90);
alter table incidents.incident set (fillfactor = 85);
