-- 0018_stand_in: the last question that was asked only of records that are there is asked of another where there is none.
-- Owner: modules/people.

-- Logs that one record is opened, with everybody on it, and gives its id; or logs that it was tried, and gives an id of nothing,
-- so that what follows looks for it in vain as for any that is not there. Where nobody is on the record, or there is none, the
-- same is asked about another in its place and thrown away.
create or replace function people.open_record(record uuid) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  stand_in uuid := (select m.record_id from people.mention m order by m.record_id limit 1);
  told boolean := exists (select from people.mention m where m.record_id = record and m.superseded_at is null);
  asked uuid := case when told then record else stand_in end;
  -- all of them, whatever the first says
  ways uuid[] := array(select people.my_claimed_records()) || array(select people.my_shared_records());
  named uuid[] := array(select people.my_sealed_records());
  conflicts uuid[] := array(select people.my_excluded_records());
  seen boolean := exists (select from people.mention m where m.record_id = asked and m.superseded_at is null
    and (m.reach && organisation.my_reach() or asked = any (ways || named)) and (not m.sealed or asked = any (named))
    and asked <> all (conflicts));
  everybody uuid[] := people.persons_on(array[asked]);
  closed boolean := exists (select from people.mention m where m.record_id = asked and m.sealed and m.superseded_at is null);
begin
  if told and not seen then
    perform audit.record('refuse', '{}', array[record], '{"what": "record"}');
    return gen_random_uuid();
  end if;
  perform audit.record('consult', case when told then everybody end, array[record],
    case when told and closed then '{"sealed": true}' else '{}' end::jsonb);
  return record;
end $$;
