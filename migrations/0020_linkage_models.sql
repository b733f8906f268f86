-- 0020_linkage_models: what a model has learned is kept by version; a named person publishes it before it links anybody.
-- Owner: modules/linkage.
create table linkage.model (
  id           uuid primary key default gen_random_uuid(),
  version      integer not null unique,
  name         text not null,
  status       text not null check (status in ('draft', 'published', 'retired')),
  spec         jsonb not null,
  params       jsonb not null,
  calibration  jsonb not null,
  hash         text not null,
  trained_at   timestamptz not null default now(),
  trained_by   uuid not null references auth.account (id),
  published_at timestamptz,
  published_by uuid references auth.account (id),
  retired_at   timestamptz
);
comment on table linkage.model is 'A linkage model with what it learned. A draft links nobody. Published without a name: the first of a force, made by a run because there was none. Holds probabilities, nothing of anybody and no count.';
create unique index one_published_model on linkage.model (status) where status = 'published';
create table linkage.model_report (
  model_id   uuid primary key references linkage.model (id),
  trained_on integer not null,
  labels     jsonb not null default '{}',
  report     jsonb not null default '{}'
);
comment on table linkage.model_report is 'What a model was trained on and how right it is, in counts of the whole force when it was trained: for those who look after the models.';
create table linkage.frequency (
  model_id uuid not null references linkage.model (id),
  field    text not null,
  value    text not null,
  count    integer not null,
  primary key (model_id, field, value)
);
comment on table linkage.frequency is 'How often a value was written when the model was trained, for weighing rare ones; those met once are left out, and the empty value stands for all that were written. For the worker alone: a rare name says who is there.';
create table linkage.model_change (
  model_id uuid not null references linkage.model (id),
  kind     text not null check (kind in ('join', 'part')),
  a        uuid not null,
  b        uuid not null,
  primary key (model_id, kind, a, b)
);
comment on table linkage.model_change is 'Pairs of mentions that a draft would join or part, some of them, for whoever decides about it.';
create table linkage.training (
  id          uuid primary key,
  asked_by    uuid not null default access.actor() references auth.account (id),
  asked_at    timestamptz not null default now(),
  said        text not null default 'waiting for the worker',
  model_id    uuid references linkage.model (id),
  finished_at timestamptz
);
comment on table linkage.training is 'A model that somebody asked to have trained, and how far it is.';
alter table linkage.run add column model_id uuid references linkage.model (id);

alter table linkage.model enable row level security;
alter table linkage.model force row level security;
alter table linkage.model_report enable row level security;
alter table linkage.model_report force row level security;
alter table linkage.frequency enable row level security;
alter table linkage.frequency force row level security;
alter table linkage.model_change enable row level security;
alter table linkage.model_change force row level security;
alter table linkage.training enable row level security;
alter table linkage.training force row level security;
create policy signed_in on linkage.model for select to dauntless_app using ((select access.actor()) is not null);
create policy modellers on linkage.model_report for select to dauntless_app
  using (exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer')));
create policy of_opened on linkage.model_change for select to dauntless_app
  using (coalesce((select true from people.mention m where m.id = a), false)
    and coalesce((select true from people.mention m where m.id = b), false));
create policy modellers on linkage.training for select to dauntless_app
  using (exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer')));
create policy ask on linkage.training for insert to dauntless_app
  with check (asked_by = (select access.actor()) and exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer')));
grant select on linkage.model, linkage.model_report, linkage.model_change, linkage.training to dauntless_app;
grant insert on linkage.training to dauntless_app;
grant select on linkage.model, linkage.model_change to dauntless_definer;
grant update (status, published_at, published_by, retired_at) on linkage.model to dauntless_definer;
grant select, insert, update on linkage.model to dauntless_worker;
grant select, insert on linkage.model_report to dauntless_worker;
grant select, insert, delete on linkage.frequency, linkage.model_change to dauntless_worker;
grant select, update on linkage.training to dauntless_worker;

-- By which model the pairs that are kept were weighed. What a run counted is for the worker alone.
create function linkage.model_of_pairs() returns uuid language sql stable security definer set search_path = '' as $$
  select r.model_id from linkage.run r where r.finished_at is not null order by r.started_at desc limit 1
$$;
-- Publishes a draft, under the name of whoever does it; what was published before is retired. False: it is no draft, or not theirs to do.
create function linkage.publish(model uuid) returns boolean language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer'))
     or not exists (select from linkage.model m where m.id = model and m.status = 'draft') then
    perform audit.record('refuse', '{}', array[model], '{"what": "model"}');
    return false;
  end if;
  update linkage.model m set status = 'retired', retired_at = now() where m.status = 'published';
  update linkage.model m set status = 'published', published_at = now(), published_by = access.actor() where m.id = model;
  perform audit.record('alter', '{}', array[model], '{"what": "model published"}');
  return true;
end $$;

-- Logs the people of the pairs that a draft would change, of those that the acting person sees: 100 at most, and how many there are.
create function linkage.open_changes(model uuid) returns table (kind text, a uuid, b uuid)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shown jsonb;
  records uuid[];
begin
  select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'a', s.a, 'b', s.b, 'ra', s.ra, 'rb', s.rb)), '[]') into shown from (
    select c.kind, c.a, c.b, ma.record_id as ra, mb.record_id as rb from linkage.model_change c
    join people.mention ma on ma.id = c.a join people.mention mb on mb.id = c.b
    where c.model_id = model and exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer'))
      and linkage.seen_person(c.a) is not null and linkage.seen_person(c.b) is not null
    order by c.kind, c.a, c.b limit 100) s;
  records := array(select distinct x::uuid from jsonb_array_elements(shown) r, lateral (values (r ->> 'ra'), (r ->> 'rb')) v (x));
  perform audit.record('search', people.persons_on(records), records, jsonb_build_object('what', 'model changes', 'model', model));
  return query select r ->> 'kind', (r ->> 'a')::uuid, (r ->> 'b')::uuid from jsonb_array_elements(shown) r;
end $$;

-- How often readers of pairs agree: the answers of the first and the second, counted. No pair and nobody is named.
create function linkage.agreement() returns table (first_answer text, second_answer text, pairs integer)
  language sql stable security definer set search_path = '' as $$
  select j.answer, k.answer, count(*)::integer from linkage.judgement j
  join linkage.judgement k on k.a = j.a and k.b = j.b and k.kind = 'pair' and k.round = 2 and k.at > j.at
  where j.kind = 'pair' and j.round = 1 and not exists (select from linkage.judgement l where l.a = j.a and l.b = j.b and l.kind = 'pair'
    and l.round = 1 and l.at > j.at and l.at < k.at)
    and exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer', 'safeguarding_supervisor'))
  group by 1, 2 order by 1, 2
$$;
revoke execute on function linkage.publish(uuid), linkage.open_changes(uuid), linkage.agreement(), linkage.model_of_pairs() from public;
grant execute on function linkage.publish(uuid), linkage.open_changes(uuid), linkage.agreement(), linkage.model_of_pairs() to dauntless_app;
grant execute on function linkage.publish(uuid), linkage.open_changes(uuid), linkage.agreement(), linkage.model_of_pairs() to dauntless_definer;
