-- 0005_targeting: linkage runs, harm weights, scores and the choice of targets.
-- Owner: modules/linkage (schema linkage) and modules/targeting (schema targeting).
create schema linkage;
create schema targeting;
grant usage on schema linkage, targeting to dauntless_app, dauntless_worker, dauntless_definer;

create table linkage.run (
  id          uuid primary key default gen_random_uuid(),
  model       text not null,
  params      jsonb not null,
  report      jsonb not null default '{}',
  started_at  timestamptz not null default now(),
  finished_at timestamptz
);
comment on table linkage.run is 'One batch linkage: the model and its trained parameters, and what it did.';
create table linkage.edge (
  a      uuid not null,
  b      uuid not null,
  weight real not null,
  chance real not null,
  band   text not null check (band in ('link', 'review')),
  run_id uuid not null,
  primary key (a, b)
);
comment on table linkage.edge is 'Pairs of mentions that the model would join, or would have a person look at.';
create index edge_of_b on linkage.edge (b);

create table targeting.harm_weight (
  version  text not null,
  code     text not null,
  days     real not null,
  fallback boolean not null,
  source   text not null,
  verified_by text,
  primary key (version, code)
);
comment on table targeting.harm_weight is 'Days of harm for an offence, by version. fallback: the median of its subgroup stands in for a value that was not found.';
create table targeting.score (
  person_id  uuid primary key,
  version    text not null,
  scored_at  timestamptz not null,
  total      real not null,
  recency    real not null,
  frequency  real not null,
  gravity    real not null,
  victims    real not null,
  incidents_24m integer not null,
  harm_days  real not null,
  harm_max   real not null,
  harm_fallback boolean not null,
  victims_36m integer not null,
  last_at    timestamptz not null,
  serial     boolean not null,
  escalating boolean not null,
  unarrested boolean not null,
  bcus       smallint[] not null,
  boroughs   text[] not null,
  reach      smallint[] not null,
  sealed     boolean not null
);
comment on table targeting.score is 'The latest score of each suspect. Orders a list; decides nothing. Expires after 28 days.';
create index score_by_total on targeting.score (total desc, person_id);
create table targeting.choice (
  id         uuid primary key default gen_random_uuid(),
  person_id  uuid not null,
  decision   text not null check (decision in ('target', 'refuse')),
  reason     text not null check (length(trim(reason)) >= 10),
  review_on  date not null,
  score      jsonb not null,
  operation_id uuid not null unique,
  by_account uuid not null default access.actor() references auth.account (id),
  at         timestamptz not null default now(),
  reach      smallint[] not null
);
comment on table targeting.choice is 'A named person chose, or refused, somebody as a target, with a reason and a review date. Later choices supersede earlier ones; none is edited.';
create index choice_of_person on targeting.choice (person_id, at desc);

alter table linkage.run enable row level security;
alter table linkage.run force row level security;
alter table linkage.edge enable row level security;
alter table linkage.edge force row level security;
alter table targeting.harm_weight enable row level security;
alter table targeting.harm_weight force row level security;
alter table targeting.score enable row level security;
alter table targeting.score force row level security;
alter table targeting.choice enable row level security;
alter table targeting.choice force row level security;
create policy signed_in on linkage.run for select to dauntless_app using ((select access.actor()) is not null);
create policy of_opened on linkage.edge for select to dauntless_app
  using (a in (select m.id from people.mention m) and b in (select m.id from people.mention m));
create policy signed_in on targeting.harm_weight for select to dauntless_app using ((select access.actor()) is not null);
create policy of_opened on targeting.score for select to dauntless_app using (person_id in (select p.id from people.person p));
create policy of_opened on targeting.choice for select to dauntless_app using (person_id in (select p.id from people.person p));
create policy decide on targeting.choice for insert to dauntless_app
  with check (by_account = (select access.actor()) and person_id in (select p.id from people.person p)
    and exists (select from organisation.my_roles() r where r in ('safeguarding_supervisor', 'lead_responsible_officer', 'analyst')));
grant select on all tables in schema linkage, targeting to dauntless_app;
grant insert on targeting.choice to dauntless_app;
grant select on all tables in schema linkage, targeting to dauntless_definer;
grant select, insert, update, delete on linkage.run, linkage.edge, targeting.harm_weight, targeting.score to dauntless_worker;
grant truncate on targeting.score to dauntless_worker;

create trigger log_new after insert on targeting.choice referencing new table as changed
  for each statement execute function audit.log_change('person_id', 'id');

-- The ranked list: who may be shown to the acting person, in order. Logs them; the rows are then read under the policies.
create function targeting.open_ranked(bcu smallint, borough text, only_serial boolean, only_escalating boolean, only_unarrested boolean,
    first_row integer, how_many integer)
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
      and (not only_serial or s.serial) and (not only_escalating or s.escalating) and (not only_unarrested or s.unarrested))
  select array_agg(m.id order by m.place) filter (where m.place > first_row and m.place <= first_row + least(how_many, 100)), count(*)
  into shown, found from may m;
  perform audit.record('search', shown, '{}', jsonb_build_object('what', 'ranked list', 'found', found));
  return query select x.id, (first_row + x.n)::integer, found from unnest(shown) with ordinality as x (id, n);
end $$;
-- The choices whose review is due by a day, of those the acting person may see, the longest due first. Logs them; the rows are
-- then read under the policies.
create function targeting.open_reviews(until date) returns setof uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shown uuid[];
begin
  select array_agg(l.person_id order by l.review_on, l.person_id) into shown from (
    select x.* from (select distinct on (c.person_id) c.person_id, c.review_on from targeting.choice c order by c.person_id, c.at desc) x
    join people.person p on p.id = x.person_id
    where x.review_on <= until and p.merged_into is null and people.sees(p)
    order by x.review_on, x.person_id limit 100) l;
  perform audit.record('search', coalesce(shown, '{}'), '{}', '{"what": "target reviews"}');
  return query select unnest(shown);
end $$;
-- What a person's score has been worked out from may be wanted for one person: logged by people.open_person.
revoke execute on all functions in schema targeting from public;
grant execute on function targeting.open_ranked(smallint, text, boolean, boolean, boolean, integer, integer),
  targeting.open_reviews(date) to dauntless_app;
