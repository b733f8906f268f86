-- 0028_scoring: scoring the force writes only what has changed. When it was scored, and by which rules, is said once for all.
-- Owner: modules/targeting; the involvement of modules/incidents, which targeting derives.

-- A record against two victims is two rows: the second says so, and a record is counted once without sorting rows into records.
alter table incidents.involvement add column again boolean not null default false;
comment on column incidents.involvement.again is 'Another row of this suspect and record comes before: whoever counts records leaves this one out.';
update incidents.involvement v set again = true where exists (select from incidents.involvement w
  where w.suspect_id = v.suspect_id and w.incident_id = v.incident_id and w.victim_id < v.victim_id);

-- Whoever widens or closes a record does so to its involvements, one record at a time.
create index involvement_of_record on incidents.involvement (incident_id);

create table targeting.scoring (
  one boolean primary key default true check (one),
  version text not null,
  scored_at timestamptz not null
);
comment on table targeting.scoring is 'When the force was last scored and by which rules: one row, which every score is as at.';
insert into targeting.scoring (version, scored_at) select s.version, s.scored_at from targeting.score s order by s.scored_at desc limit 1;
alter table targeting.score drop column version, drop column scored_at;
alter table targeting.scoring enable row level security, force row level security;
create policy signed_in on targeting.scoring for select to dauntless_app using ((select access.actor()) is not null);
grant select on targeting.scoring to dauntless_app, dauntless_definer;
grant select, insert, update, delete on targeting.scoring to dauntless_worker;

create or replace function targeting.open_ranked(bcu smallint, borough text, only_serial boolean, only_escalating boolean,
    only_unarrested boolean, only_lifted boolean, first_row integer, how_many integer)
  returns table (person_id uuid, place integer, of integer) language plpgsql volatile security definer set search_path = '' as $$
declare
  shown uuid[];
  found integer;
begin
  with may as (
    select s.person_id as id, row_number() over (order by s.total desc, s.harm_days desc, s.person_id) as place
    from targeting.score s
    where s.total > 0 and exists (select from targeting.scoring r where r.scored_at > now() - interval '28 days')
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
