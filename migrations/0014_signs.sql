-- 0014_signs: what the days of harm weigh little (stalking and control, strangulation, threats to kill, risk graded high) is kept
-- beside them and may lift a score. Owner: modules/targeting.
alter table incidents.involvement
  add column conduct       boolean not null default false,
  add column strangulation boolean not null default false,
  add column threat        boolean not null default false,
  add column high_risk     boolean not null default false;
alter table targeting.score
  add column conduct_36m       integer not null default 0,
  add column strangulation_36m integer not null default 0,
  add column threats_36m       integer not null default 0,
  add column high_risk_36m     integer not null default 0,
  add column lifted            boolean not null default false;
comment on table targeting.score is 'The latest score of each suspect, with the signs that the days of harm weigh little, as counts of records. lifted: the signs raised gravity above what the days make. Orders a list; decides nothing. Expires after 28 days.';

-- The same list, with one filter more.
drop function targeting.open_ranked(smallint, text, boolean, boolean, boolean, integer, integer);
create function targeting.open_ranked(bcu smallint, borough text, only_serial boolean, only_escalating boolean, only_unarrested boolean,
    only_lifted boolean, first_row integer, how_many integer)
  returns table (person_id uuid, place integer, of integer)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shown uuid[];
  found integer;
begin
  with may as (
    select s.person_id as id, row_number() over (order by s.total desc, s.harm_days desc, s.person_id) as place
    from targeting.score s
    where s.total > 0 and s.scored_at > now() - interval '28 days'
      and (s.reach && (select organisation.my_reach()) or s.person_id in (select people.my_seals()))
      and (not s.sealed or s.person_id in (select people.my_seals())) and s.person_id not in (select people.my_exclusions())
      and (bcu is null or bcu = any (s.bcus)) and (borough is null or borough = any (s.boroughs))
      and (not only_serial or s.serial) and (not only_escalating or s.escalating) and (not only_unarrested or s.unarrested)
      and (not only_lifted or s.lifted))
  select array_agg(m.id order by m.place) filter (where m.place > first_row and m.place <= first_row + least(how_many, 100)), count(*)
  into shown, found from may m;
  perform audit.record('search', shown, '{}', jsonb_build_object('what', 'ranked list', 'found', found));
  return query select x.id, (first_row + x.n)::integer, found from unnest(shown) with ordinality as x (id, n);
end $$;
revoke execute on function targeting.open_ranked(smallint, text, boolean, boolean, boolean, boolean, integer, integer) from public;
grant execute on function targeting.open_ranked(smallint, text, boolean, boolean, boolean, boolean, integer, integer) to dauntless_app;
