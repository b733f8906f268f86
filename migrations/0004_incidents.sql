-- 0004_incidents: what was reported, the offences recorded from it, and the imports they came by.
-- Owner: modules/incidents.
create schema incidents;
grant usage on schema incidents to dauntless_app, dauntless_worker, dauntless_definer;

create table incidents.batch (
  id          uuid primary key default gen_random_uuid(),
  profile     text not null,
  source      text not null,
  started_by  uuid not null,
  started_at  timestamptz not null default now(),
  finished_at timestamptz,
  state       text not null default 'running' check (state in ('running', 'done', 'refused', 'failed')),
  counts      jsonb not null default '{}',
  said        text not null default ''
);
comment on table incidents.batch is 'One run of an import: what was read and what came of it.';
create table incidents.batch_file (
  batch_id    uuid not null references incidents.batch (id),
  name        text not null,
  fingerprint text not null,
  primary key (batch_id, name)
);
comment on table incidents.batch_file is 'The files of an import, by SHA-256 of their content.';
create table incidents.problem (
  id           uuid primary key default gen_random_uuid(),
  batch_id     uuid not null references incidents.batch (id),
  file         text not null,
  line         integer not null,
  field        text not null,
  reason       text not null,
  row          jsonb not null default '[]',
  corrected_at timestamptz
);
comment on table incidents.problem is 'A row that could not be taken in, kept whole for correction.';
create index problem_of_batch on incidents.problem (batch_id, line);
create table incidents.incident (
  id             uuid primary key,
  source         text not null,
  ref            text not null,
  kind           text not null check (kind in ('crime', 'non_crime')),
  status         text not null check (status in ('recorded', 'cancelled', 'no_crime', 'transferred')),
  domestic       boolean not null,
  reported_at    timestamptz not null,
  committed_from timestamptz,
  committed_to   timestamptz,
  bcu_id         smallint not null,
  borough_code   text,
  ward_code      text,
  place          text,
  address        text,
  postcode       text,
  lat            real,
  lon            real,
  channel        text,
  risk_grade     text check (risk_grade in ('standard', 'medium', 'high')),
  flags          text[] not null default '{}',
  summary        text,
  arrest_made    boolean not null default false,
  source_updated_at timestamptz,
  hash           text not null,
  batch_id       uuid not null,
  reach          smallint[] not null,
  sealed         boolean not null default false,
  recorded_at    timestamptz not null default now()
);
comment on table incidents.incident is 'What was reported. One row a source reference; earlier versions in incident_version. reach: BCUs with a working relationship to anybody on it.';
create unique index incident_source_ref on incidents.incident (source, ref);
create table incidents.offence (
  incident_id  uuid not null,
  seq          smallint not null,
  code         text not null,
  cjs_code     text,
  title        text not null,
  outcome_code text,
  outcome_at   timestamptz,
  primary key (incident_id, seq)
);
comment on table incidents.offence is 'Crimes recorded from an incident, all of them, principal or not, each with its own outcome.';
create table incidents.incident_version (
  incident_id uuid not null,
  replaced_at timestamptz not null default now(),
  batch_id    uuid not null,
  was         jsonb not null,
  primary key (incident_id, replaced_at)
);
comment on table incidents.incident_version is 'What a record said before a later version of it came in.';
create table incidents.involvement (
  suspect_id   uuid not null,
  victim_id    uuid not null,
  incident_id  uuid not null,
  reported_at  timestamptz not null,
  relationship text,
  harm_days    real not null,
  harm_max     real not null,
  harm_fallback boolean not null,
  severe       boolean not null,
  arrested     boolean not null,
  bcu_id       smallint not null,
  borough_code text,
  reach        smallint[] not null,
  sealed       boolean not null,
  primary key (suspect_id, victim_id, incident_id)
);
comment on table incidents.involvement is 'Dyads over time: one row for each suspect, victim and domestic incident that stands (cancelled and no-crimed ones left out). Worked out from memberships; rebuilt after linkage. A suspect with no known victim has the zero id as victim.';
create index involvement_of_victim on incidents.involvement (victim_id);

alter table incidents.batch enable row level security;
alter table incidents.batch force row level security;
alter table incidents.batch_file enable row level security;
alter table incidents.batch_file force row level security;
alter table incidents.problem enable row level security;
alter table incidents.problem force row level security;
alter table incidents.incident enable row level security;
alter table incidents.incident force row level security;
alter table incidents.offence enable row level security;
alter table incidents.offence force row level security;
alter table incidents.incident_version enable row level security;
alter table incidents.incident_version force row level security;
alter table incidents.involvement enable row level security;
alter table incidents.involvement force row level security;

create policy relationship on incidents.incident for select to dauntless_app using (reach && (select organisation.my_reach()));
create policy claimed on incidents.incident for select to dauntless_app using (id in (select people.my_claimed_records()));
create policy shared on incidents.incident for select to dauntless_app using (id in (select people.my_shared_records()));
create policy named_for_seal on incidents.incident for select to dauntless_app using (id in (select people.my_sealed_records()));
create policy sealed on incidents.incident as restrictive for select to dauntless_app
  using (not sealed or id in (select people.my_sealed_records()));
create policy excluded on incidents.incident as restrictive for select to dauntless_app
  using (id not in (select people.my_excluded_records()));
create policy logged on incidents.incident as restrictive for select to dauntless_app using (id in (select audit.opened()));
create policy of_opened on incidents.offence for select to dauntless_app
  using (incident_id in (select audit.opened()) and incident_id in (select i.id from incidents.incident i));
create policy of_opened on incidents.incident_version for select to dauntless_app
  using (incident_id in (select audit.opened()) and incident_id in (select i.id from incidents.incident i));
create policy relationship on incidents.involvement for select to dauntless_app
  using (incident_id in (select audit.opened()) and incident_id in (select i.id from incidents.incident i));
-- Imports carry source rows with names in them: those who run them, for the whole force.
create policy importers on incidents.batch for select to dauntless_app
  using (exists (select from organisation.my_roles() r where r in ('analyst', 'administrator', 'lead_responsible_officer')));
create policy importers on incidents.batch_file for select to dauntless_app
  using (exists (select from organisation.my_roles() r where r in ('analyst', 'administrator', 'lead_responsible_officer')));
create policy importers on incidents.problem for select to dauntless_app
  using ('analyst' in (select organisation.my_roles()) and batch_id in (select audit.opened()));
grant select on all tables in schema incidents to dauntless_app;
grant select, insert, update on all tables in schema incidents to dauntless_definer;
grant select, insert, update on all tables in schema incidents to dauntless_worker;
grant delete on incidents.involvement, incidents.offence to dauntless_worker;
revoke all on incidents.incident_version from dauntless_worker;
grant insert on incidents.incident_version to dauntless_worker;

-- Logs that the acting person looks at an import's rejected rows.
create function incidents.open_batch(batch uuid) returns void language sql volatile security definer set search_path = '' as
  $$ select audit.record('consult', '{}', array[batch], '{"what": "import problems"}') $$;
revoke execute on all functions in schema incidents from public;
grant execute on function incidents.open_batch(uuid) to dauntless_app;
