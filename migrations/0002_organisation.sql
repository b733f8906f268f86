-- 0002_organisation: the force, its commands and boroughs, units, agencies, and who is posted where, over time.
-- Owner: modules/organisation. The floor of everything: the kernel's functions ask it for roles.
create schema organisation;
grant usage on schema organisation to dauntless_app, dauntless_worker, dauntless_definer;

create table organisation.force (
  id        text primary key,
  name      text not null,
  synthetic boolean not null default false
);
comment on table organisation.force is 'The police force this database belongs to. Synthetic: every person in it is invented, and every page says so.';
create table organisation.bcu (
  id   smallint primary key,
  code text not null unique,
  name text not null
);
comment on table organisation.bcu is 'Basic Command Units. 0 holds records that came without one; only force-wide roles reach it.';
create table organisation.borough (
  code     text primary key,
  name     text not null,
  bcu_id   smallint not null references organisation.bcu (id),
  boundary jsonb
);
comment on table organisation.borough is 'London boroughs with display boundaries (ONS, OGL v3).';
create table organisation.unit (
  id     uuid primary key default gen_random_uuid(),
  kind   text not null check (kind in ('safeguarding', 'da_car', 'stalking', 'professional_standards', 'headquarters')),
  name   text not null unique,
  bcu_id smallint references organisation.bcu (id)
);
comment on table organisation.unit is 'Teams people are posted to. Without a BCU the unit is force-wide.';
create table organisation.agency (
  id           uuid primary key default gen_random_uuid(),
  name         text not null unique,
  kind         text not null check (kind in ('idva_service', 'council', 'health', 'probation', 'housing', 'refuge', 'other')),
  suspended_at timestamptz
);
comment on table organisation.agency is 'Partner agencies. Suspended: all of its people lose sight at once.';
create table organisation.posting (
  id         uuid primary key default gen_random_uuid(),
  account_id uuid not null references auth.account (id),
  role       text not null check (role in ('investigator', 'da_car', 'safeguarding_supervisor', 'disclosure_officer', 'orders_officer',
               'analyst', 'lead_responsible_officer', 'idva', 'partner', 'professional_standards', 'administrator', 'auditor')),
  unit_id    uuid references organisation.unit (id),
  agency_id  uuid references organisation.agency (id),
  valid_from date not null,
  valid_to   date,
  constraint ends_after_start check (valid_to is null or valid_to >= valid_from),
  constraint unit_or_agency check ((role in ('idva', 'partner')) = (agency_id is not null) and (agency_id is null or unit_id is null)
    and (agency_id is not null or unit_id is not null))
);
comment on table organisation.posting is 'What somebody is, where, from one London midnight to another (valid_to is the first day without).';
create index posting_of_account on organisation.posting (account_id);
create table organisation.portfolio (
  id         uuid primary key default gen_random_uuid(),
  account_id uuid not null references auth.account (id),
  theme      text not null,
  valid_from date not null,
  valid_to   date
);
comment on table organisation.portfolio is 'The theme a Lead Responsible Officer owns force-wide.';

create function organisation.today() returns date language sql stable set search_path = '' as
  $$ select (now() at time zone 'Europe/London')::date $$;

create function organisation.live_postings(account uuid) returns setof organisation.posting
  language sql stable security definer set search_path = '' rows 2 as $$
  select p.* from organisation.posting p left join organisation.agency a on a.id = p.agency_id
  where p.account_id = account and p.valid_from <= organisation.today() and (p.valid_to is null or p.valid_to > organisation.today())
    and a.suspended_at is null
$$;
create function organisation.roles_of(account uuid) returns text[]
  language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct p.role order by p.role), '{}') from organisation.live_postings(account) p
$$;
create function organisation.home_of(account uuid) returns text
  language sql stable security definer set search_path = '' as $$
  select coalesce(string_agg(coalesce(u.name, a.name), ', ' order by p.valid_from), '') from organisation.live_postings(account) p
  left join organisation.unit u on u.id = p.unit_id left join organisation.agency a on a.id = p.agency_id
$$;
create function organisation.my_roles() returns setof text
  language sql stable security definer set search_path = '' rows 2 as
  $$ select unnest(organisation.roles_of(access.actor())) $$;
create function organisation.my_agencies() returns setof uuid
  language sql stable security definer set search_path = '' rows 1 as
  $$ select p.agency_id from organisation.live_postings(access.actor()) p where p.agency_id is not null $$;

-- The BCUs whose records the acting person has a working relationship with. Administrators, auditors and partners: none.
create function organisation.my_reach() returns smallint[]
  language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct b.id), '{}')
  from organisation.live_postings(access.actor()) p join organisation.unit u on u.id = p.unit_id
  join organisation.bcu b on u.bcu_id is null or b.id = u.bcu_id
  where p.role in ('investigator', 'da_car', 'safeguarding_supervisor', 'disclosure_officer', 'orders_officer', 'analyst',
                   'lead_responsible_officer')
$$;
-- Names for what one may read already: who decided, chose or opened. Nobody signed in, nobody named.
create function organisation.names_of(accounts uuid[]) returns table (id uuid, name text, place text)
  language sql stable security definer set search_path = '' as $$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where a.id = any (accounts) and exists (select from organisation.my_roles())
$$;
revoke execute on all functions in schema organisation from public;
grant execute on function organisation.today(), organisation.my_roles(), organisation.my_agencies(), organisation.my_reach(),
  organisation.roles_of(uuid), organisation.home_of(uuid) to dauntless_app, dauntless_worker;
grant execute on function organisation.names_of(uuid[]) to dauntless_app;
grant execute on all functions in schema organisation to dauntless_definer;

alter table organisation.force enable row level security;
alter table organisation.force force row level security;
alter table organisation.bcu enable row level security;
alter table organisation.bcu force row level security;
alter table organisation.borough enable row level security;
alter table organisation.borough force row level security;
alter table organisation.unit enable row level security;
alter table organisation.unit force row level security;
alter table organisation.agency enable row level security;
alter table organisation.agency force row level security;
alter table organisation.posting enable row level security;
alter table organisation.posting force row level security;
alter table organisation.portfolio enable row level security;
alter table organisation.portfolio force row level security;
-- Names of places and teams: anybody signed in.
create policy signed_in on organisation.force for select to dauntless_app using ((select access.actor()) is not null);
create policy signed_in on organisation.bcu for select to dauntless_app using ((select access.actor()) is not null);
create policy signed_in on organisation.borough for select to dauntless_app using ((select access.actor()) is not null);
create policy signed_in on organisation.unit for select to dauntless_app using ((select access.actor()) is not null);
create policy signed_in on organisation.agency for select to dauntless_app using ((select access.actor()) is not null);
-- Postings: one's own; the administrator sees and changes all.
create policy own on organisation.posting for select to dauntless_app using (account_id = (select access.actor()));
create policy administrator on organisation.posting for all to dauntless_app
  using ('administrator' in (select organisation.my_roles())) with check ('administrator' in (select organisation.my_roles()));
create policy own on organisation.portfolio for select to dauntless_app using ((select access.actor()) is not null);
create policy administrator on organisation.portfolio for all to dauntless_app
  using ('administrator' in (select organisation.my_roles())) with check ('administrator' in (select organisation.my_roles()));
create policy administrator on organisation.agency for all to dauntless_app
  using ('administrator' in (select organisation.my_roles())) with check ('administrator' in (select organisation.my_roles()));
create policy administrator on auth.account for all to dauntless_app
  using ('administrator' in (select organisation.my_roles())) with check ('administrator' in (select organisation.my_roles()));
create policy own on auth.account for select to dauntless_app using (id = (select access.actor()));
grant select on organisation.force, organisation.bcu, organisation.borough, organisation.unit to dauntless_app;
grant select, insert, update on organisation.agency, organisation.posting, organisation.portfolio, auth.account to dauntless_app;
grant select on all tables in schema organisation to dauntless_definer;
grant select on organisation.bcu, organisation.borough, organisation.force to dauntless_worker;

create trigger log_new after insert on organisation.posting referencing new table as changed
  for each statement execute function audit.log_change('account_id', 'id');
create trigger log_update after update on organisation.posting referencing new table as changed
  for each statement execute function audit.log_change('account_id', 'id');
create trigger log_new after insert on organisation.agency referencing new table as changed
  for each statement execute function audit.log_change('', 'id');
create trigger log_update after update on organisation.agency referencing new table as changed
  for each statement execute function audit.log_change('', 'id');
create trigger log_new after insert on organisation.portfolio referencing new table as changed
  for each statement execute function audit.log_change('account_id', 'id');
create trigger log_update after update on organisation.portfolio referencing new table as changed
  for each statement execute function audit.log_change('account_id', 'id');
create trigger log_new after insert on auth.account referencing new table as changed
  for each statement execute function audit.log_change('id');
create trigger log_update after update on auth.account referencing new table as changed
  for each statement execute function audit.log_change('id');

-- The audit log: read by the auditor, and by nobody else but through functions. Reading it is itself logged.
create policy auditor on audit.entry for select to dauntless_app using ('auditor' in (select organisation.my_roles()));
create policy auditor on audit.checkpoint for select to dauntless_app using ('auditor' in (select organisation.my_roles()));
grant select on audit.entry, audit.checkpoint to dauntless_app;
