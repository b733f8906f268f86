-- 0017_same_time: an answer about somebody sealed takes as long as one about nobody.
-- Owner: modules/people.

-- The time that an answer takes tells the hidden from the absent as well as the answer does: for both the same is asked, in the
-- same order. A seal and a conflict are asked for first, so that what would open a record otherwise costs nothing more.
create or replace function people.sees(p people.person) returns boolean language sql stable security definer set search_path = '' as $$
  select (not p.sealed or p.id in (select people.my_seals())) and p.id not in (select people.my_exclusions())
    and (p.reach && organisation.my_reach() or p.id in (select people.my_claims()) or p.id in (select people.my_shares('identity'))
      or p.id in (select people.my_seals()))
$$;
create or replace function people.open_person(person uuid) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare
  them people.person;
  records uuid[];
  closed uuid[];
begin
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if them.id is null then
    -- nobody, asked about as somebody sealed
    them.id := person;
    them.sealed := true;
  end if;
  if people.sees(them) is not true then
    perform audit.record('refuse', array[person], '{}', '{"what": "person"}');
    return false;
  end if;
  records := array(select people.seen_of(array(select people.records_of(array[person]))));
  -- an entry of their own for sealed records: who looked at those is shown to nobody who may not
  closed := array(select distinct m.record_id from people.mention m
    where m.record_id = any (records) and m.sealed and m.superseded_at is null);
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records) || person, records, '{}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"sealed": true}');
  end if;
  return true;
end $$;
-- Logs that one record is opened, with everybody on it, and gives its id; or logs that it was tried, and gives an id of nothing,
-- so that what follows looks for it in vain as for any that is not there.
drop function people.open_record(uuid);
create function people.open_record(record uuid) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  told boolean := exists (select from people.mention m where m.record_id = record and m.superseded_at is null);
  seen boolean := exists (select from people.seen_of(array[record]));
  everybody uuid[] := people.persons_on(array[record]);
  closed boolean := exists (select from people.mention m where m.record_id = record and m.sealed and m.superseded_at is null);
begin
  if told and not seen then
    perform audit.record('refuse', '{}', array[record], '{"what": "record"}');
    return gen_random_uuid();
  end if;
  perform audit.record('consult', everybody, array[record], case when closed then '{"sealed": true}' else '{}' end::jsonb);
  return record;
end $$;
revoke execute on function people.open_record(uuid) from public;
grant execute on function people.open_record(uuid) to dauntless_app;
