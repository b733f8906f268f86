-- 0015_first_page: the records that need somebody now. Owner: modules/incidents.
create index incident_high_risk on incidents.incident (reported_at desc, id)
  where risk_grade = 'high' and domestic and not arrest_made and status in ('recorded', 'transferred');

-- The records of the acting person's commands that are graded high risk and show no arrest, the newest first, and how many there
-- are. Logs those it names with everybody on them; the rows are then read under the policies.
create function incidents.open_high_risk(since timestamptz, how_many integer) returns table (incident_id uuid, of integer)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shown uuid[];
  found integer;
begin
  with may as (
    select i.id, i.reported_at from incidents.incident i
    where i.risk_grade = 'high' and i.domestic and not i.arrest_made and i.status in ('recorded', 'transferred')
      and i.reported_at >= since and i.reach && (select organisation.my_reach()) and not i.sealed
      and i.id not in (select people.my_excluded_records())
      and not exists (select from people.mention m
        where m.record_id = i.id and m.superseded_at is null and m.arrested_at is not null))
  select coalesce((array_agg(m.id order by m.reported_at desc, m.id))[1:least(how_many, 20)], '{}'), count(*)
  into shown, found from may m;
  perform audit.record('search', people.persons_on(shown), shown, jsonb_build_object('what', 'high risk records', 'found', found));
  return query select x.id, found from unnest(shown) as x (id);
end $$;
revoke execute on function incidents.open_high_risk(timestamptz, integer) from public;
grant execute on function incidents.open_high_risk(timestamptz, integer) to dauntless_app;
