-- What the migrations make, read back from the catalogue of a migrated database. Generated: do not edit.
-- For reading and comparing, not for running. Made again by: node src/platform/db/write-schema.ts

-- Roles
create role dauntless_app login noinherit nobypassrls;
create role dauntless_auth login noinherit nobypassrls;
create role dauntless_definer nologin inherit bypassrls;
create role dauntless_owner nologin inherit nobypassrls;
create role dauntless_public login noinherit nobypassrls;
create role dauntless_sealer login noinherit nobypassrls;
create role dauntless_worker login noinherit bypassrls;

create schema access authorization dauntless_owner;
grant usage on schema access to dauntless_app;
grant usage on schema access to dauntless_definer;
grant usage on schema access to dauntless_worker;

create schema audit authorization dauntless_owner;
grant usage on schema audit to dauntless_app;
grant usage on schema audit to dauntless_definer;
grant usage on schema audit to dauntless_sealer;
grant usage on schema audit to dauntless_worker;

create schema auth authorization dauntless_owner;
grant usage on schema auth to dauntless_app;
grant usage on schema auth to dauntless_auth;
grant usage on schema auth to dauntless_definer;
grant usage on schema auth to dauntless_worker;

create schema events authorization dauntless_owner;
grant usage on schema events to dauntless_app;
grant usage on schema events to dauntless_definer;
grant usage on schema events to dauntless_worker;

create schema incidents authorization dauntless_owner;
grant usage on schema incidents to dauntless_app;
grant usage on schema incidents to dauntless_definer;
grant usage on schema incidents to dauntless_worker;

create schema jobs authorization dauntless_owner;
grant usage on schema jobs to dauntless_worker;

create schema linkage authorization dauntless_owner;
grant usage on schema linkage to dauntless_app;
grant usage on schema linkage to dauntless_definer;
grant usage on schema linkage to dauntless_worker;

create schema meta authorization dauntless_owner;
grant usage on schema meta to dauntless_app;
grant usage on schema meta to dauntless_worker;

create schema organisation authorization dauntless_owner;
grant usage on schema organisation to dauntless_app;
grant usage on schema organisation to dauntless_definer;
grant usage on schema organisation to dauntless_worker;

create schema oversight authorization dauntless_owner;
grant usage on schema oversight to dauntless_app;
grant usage on schema oversight to dauntless_definer;

create schema people authorization dauntless_owner;
grant usage on schema people to dauntless_app;
grant usage on schema people to dauntless_definer;
grant usage on schema people to dauntless_worker;

create schema targeting authorization dauntless_owner;
grant usage on schema targeting to dauntless_app;
grant usage on schema targeting to dauntless_definer;
grant usage on schema targeting to dauntless_worker;

create type jobs.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');

-- Signs the acting context, so that an injected set_config cannot forge one.
create table access.context_key (
  single boolean not null default true,
  secret bytea not null default public.gen_random_bytes(32),
  constraint context_key_pkey PRIMARY KEY (single),
  constraint context_key_single_check CHECK (single)
);
alter table access.context_key owner to dauntless_owner;
alter table access.context_key enable row level security;
alter table access.context_key force row level security;
grant select on access.context_key to dauntless_definer;

-- Signed tree heads, with the cosignature of the outside witness.
create table audit.checkpoint (
  size bigint not null,
  root bytea not null,
  signed_at timestamp with time zone not null default now(),
  note text not null,
  cosignature text,
  constraint checkpoint_pkey PRIMARY KEY (size)
);
alter table audit.checkpoint owner to dauntless_owner;
alter table audit.checkpoint enable row level security;
alter table audit.checkpoint force row level security;
create policy seal_checkpoint on audit.checkpoint for all to dauntless_sealer
  using (true)
  with check (true);
grant insert, select on audit.checkpoint to dauntless_sealer;
grant select on audit.checkpoint to dauntless_definer;
grant update (cosignature) on audit.checkpoint to dauntless_sealer;

-- DPA 2018 s.62 log. Subjects are people, objects are records. Sealed into a Merkle tree by audit.leaf.
create table audit.entry (
  id uuid not null default gen_random_uuid(),
  xact xid8 not null default pg_current_xact_id(),
  at timestamp with time zone not null default clock_timestamp(),
  actor uuid not null,
  session_id uuid,
  role text not null default ''::text,
  organisation text not null default ''::text,
  action text not null,
  purpose text not null,
  reason text not null default ''::text,
  route text not null default ''::text,
  request_id uuid,
  subjects uuid[] not null default '{}'::uuid[],
  objects uuid[] not null default '{}'::uuid[],
  detail jsonb not null default '{}'::jsonb,
  constraint entry_pkey PRIMARY KEY (id),
  constraint entry_action_check CHECK ((action = ANY (ARRAY['collect'::text, 'alter'::text, 'consult'::text, 'disclose'::text, 'combine'::text, 'erase'::text, 'search'::text, 'refuse'::text, 'reveal'::text, 'claim'::text, 'breakglass'::text, 'export'::text, 'sign-in'::text, 'sign-out'::text, 'review'::text])))
);
alter table audit.entry owner to dauntless_owner;
alter table audit.entry enable row level security;
alter table audit.entry force row level security;
CREATE INDEX entry_by_time ON audit.entry USING brin (at);
CREATE INDEX entry_of_subject ON audit.entry USING gin (subjects) WITH (fastupdate=off);
CREATE INDEX entry_of_transaction ON audit.entry USING btree (xact, id);
create policy seal_read on audit.entry for select to dauntless_sealer
  using (true);
grant insert, select on audit.entry to dauntless_definer;
grant select on audit.entry to dauntless_sealer;

-- The place of each entry in the sealed log, and its RFC 6962 leaf hash.
create table audit.leaf (
  seq bigint not null,
  entry_id uuid not null,
  hash bytea not null,
  constraint leaf_pkey PRIMARY KEY (seq),
  constraint leaf_entry_id_key UNIQUE (entry_id)
);
alter table audit.leaf owner to dauntless_owner;
alter table audit.leaf enable row level security;
alter table audit.leaf force row level security;
create policy seal_leaf on audit.leaf for all to dauntless_sealer
  using (true)
  with check (true);
grant insert, select on audit.leaf to dauntless_sealer;
grant select on audit.leaf to dauntless_definer;

-- Somebody (or some service) who can sign in. What they may do comes from their postings.
create table auth.account (
  id uuid not null default gen_random_uuid(),
  issuer text not null,
  subject text not null,
  name text not null,
  kind text not null default 'person'::text,
  demo boolean not null default false,
  disabled_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint account_pkey PRIMARY KEY (id),
  constraint account_issuer_subject_key UNIQUE (issuer, subject),
  constraint account_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'service'::text])))
);
alter table auth.account owner to dauntless_owner;
alter table auth.account enable row level security;
alter table auth.account force row level security;
create policy administrator on auth.account for all to dauntless_app
  using (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)))
  with check (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)));
create policy own on auth.account for select to dauntless_app
  using ((id = ( SELECT access.actor() AS actor)));
create policy not_ones_own on auth.account as restrictive for update to dauntless_app
  using ((id <> ( SELECT access.actor() AS actor)));
CREATE TRIGGER close_disabled AFTER UPDATE ON auth.account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION auth.close_disabled();
CREATE TRIGGER log_new AFTER INSERT ON auth.account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('id');
CREATE TRIGGER log_update AFTER UPDATE ON auth.account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('id');
CREATE TRIGGER of_the_demonstration BEFORE INSERT ON auth.account FOR EACH ROW EXECUTE FUNCTION auth.of_the_demonstration();
grant delete, insert, select, update on auth.account to dauntless_definer;
grant select on auth.account to dauntless_app;
grant insert (issuer) on auth.account to dauntless_app;
grant insert (subject) on auth.account to dauntless_app;
grant insert, update (name) on auth.account to dauntless_app;
grant update (disabled_at) on auth.account to dauntless_app;

-- A sign-in that has gone to the provider and not come back yet. Used once, ten minutes at most.
create table auth.login (
  state text not null,
  nonce text not null,
  verifier text not null,
  return_to text not null,
  created_at timestamp with time zone not null default now(),
  constraint login_pkey PRIMARY KEY (state)
);
alter table auth.login owner to dauntless_owner;
alter table auth.login enable row level security;
alter table auth.login force row level security;
grant delete, insert, select, update on auth.login to dauntless_definer;

-- A signed-in browser. Idle after 15 minutes, over after 10 hours (trust.md T12).
create table auth.session (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  token_hash bytea not null,
  csrf text not null default encode(public.gen_random_bytes(24), 'hex'::text),
  user_agent text not null default ''::text,
  created_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  step_up_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_token_hash_key UNIQUE (token_hash),
  constraint session_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id)
);
alter table auth.session owner to dauntless_owner;
alter table auth.session enable row level security;
alter table auth.session force row level security;
CREATE INDEX session_of_account ON auth.session USING btree (account_id) WHERE (closed_at IS NULL);
grant delete, insert, select, update on auth.session to dauntless_definer;

-- Jobs and events, written in the transaction of the change that causes them. Ids only. handed_at: when the queue took them.
create table events.outbox (
  id uuid not null default ((lpad(to_hex(((EXTRACT(epoch FROM clock_timestamp()) * (1000000)::numeric))::bigint), 16, '0'::text) || encode(public.gen_random_bytes(8), 'hex'::text)))::uuid,
  kind text not null,
  name text not null,
  subject uuid,
  key text,
  data jsonb not null,
  actor uuid,
  at timestamp with time zone not null default clock_timestamp(),
  handed_at timestamp with time zone,
  constraint outbox_pkey PRIMARY KEY (id),
  constraint outbox_kind_name_key_key UNIQUE (kind, name, key),
  constraint outbox_check CHECK (((kind = 'job'::text) OR (subject IS NOT NULL))),
  constraint outbox_data_check CHECK (((jsonb_typeof(data) = 'object'::text) AND (length((data)::text) <= 4000))),
  constraint outbox_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
  constraint outbox_kind_check CHECK ((kind = ANY (ARRAY['job'::text, 'event'::text]))),
  constraint outbox_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);
alter table events.outbox owner to dauntless_owner;
alter table events.outbox enable row level security;
alter table events.outbox force row level security;
CREATE INDEX outbox_handed ON events.outbox USING btree (handed_at) WHERE (handed_at IS NOT NULL);
CREATE INDEX outbox_waiting ON events.outbox USING btree (id) WHERE (handed_at IS NULL);
grant delete, select on events.outbox to dauntless_worker;
grant insert, select on events.outbox to dauntless_definer;
grant update (handed_at) on events.outbox to dauntless_worker;

-- One run of an import: what was read and what came of it.
create table incidents.batch (
  id uuid not null default gen_random_uuid(),
  profile text not null,
  source text not null,
  started_by uuid not null,
  started_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  state text not null default 'running'::text,
  counts jsonb not null default '{}'::jsonb,
  said text not null default ''::text,
  upload_id uuid,
  columns jsonb not null default '{}'::jsonb,
  constraint batch_pkey PRIMARY KEY (id),
  constraint batch_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES incidents.upload(id),
  constraint batch_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'refused'::text, 'failed'::text])))
);
alter table incidents.batch owner to dauntless_owner;
alter table incidents.batch enable row level security;
alter table incidents.batch force row level security;
create policy importers on incidents.batch for select to dauntless_app
  using ((EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['analyst'::text, 'administrator'::text, 'lead_responsible_officer'::text])))));
grant insert, select, update on incidents.batch to dauntless_definer;
grant insert, select, update on incidents.batch to dauntless_worker;
grant select on incidents.batch to dauntless_app;

-- The files of an import, by SHA-256 of their content.
create table incidents.batch_file (
  batch_id uuid not null,
  name text not null,
  fingerprint text not null,
  constraint batch_file_pkey PRIMARY KEY (batch_id, name),
  constraint batch_file_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES incidents.batch(id)
);
alter table incidents.batch_file owner to dauntless_owner;
alter table incidents.batch_file enable row level security;
alter table incidents.batch_file force row level security;
create policy importers on incidents.batch_file for select to dauntless_app
  using ((EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['analyst'::text, 'administrator'::text, 'lead_responsible_officer'::text])))));
grant insert, select, update on incidents.batch_file to dauntless_definer;
grant insert, select, update on incidents.batch_file to dauntless_worker;
grant select on incidents.batch_file to dauntless_app;

-- Columns that somebody chose by hand for a source, proposed for its next file.
create table incidents.column_mapping (
  profile text not null,
  columns jsonb not null,
  by_account uuid not null,
  kept_at timestamp with time zone not null default now(),
  constraint column_mapping_pkey PRIMARY KEY (profile),
  constraint column_mapping_by_account_fkey FOREIGN KEY (by_account) REFERENCES auth.account(id),
  constraint column_mapping_columns_check CHECK ((jsonb_typeof(columns) = 'object'::text)),
  constraint column_mapping_profile_check CHECK (((length(profile) >= 1) AND (length(profile) <= 60)))
);
alter table incidents.column_mapping owner to dauntless_owner;
alter table incidents.column_mapping enable row level security;
alter table incidents.column_mapping force row level security;
create policy importers on incidents.column_mapping for select to dauntless_app
  using (('analyst'::text IN ( SELECT organisation.my_roles() AS my_roles)));
grant insert, select, update on incidents.column_mapping to dauntless_definer;
grant select on incidents.column_mapping to dauntless_app;

-- What was reported. One row a source reference; earlier versions in incident_version. reach: BCUs with a working relationship to anybody on it.
create table incidents.incident (
  id uuid not null,
  source text not null,
  ref text not null,
  kind text not null,
  status text not null,
  domestic boolean not null,
  reported_at timestamp with time zone not null,
  committed_from timestamp with time zone,
  committed_to timestamp with time zone,
  bcu_id smallint not null,
  borough_code text,
  ward_code text,
  place text,
  address text,
  postcode text,
  lat real,
  lon real,
  channel text,
  risk_grade text,
  flags text[] not null default '{}'::text[],
  summary text,
  arrest_made boolean not null default false,
  source_updated_at timestamp with time zone,
  hash text not null,
  batch_id uuid not null,
  reach smallint[] not null,
  sealed boolean not null default false,
  recorded_at timestamp with time zone not null default now(),
  details jsonb not null default '{}'::jsonb,
  constraint incident_pkey PRIMARY KEY (id),
  constraint incident_kind_check CHECK ((kind = ANY (ARRAY['crime'::text, 'non_crime'::text]))),
  constraint incident_risk_grade_check CHECK ((risk_grade = ANY (ARRAY['standard'::text, 'medium'::text, 'high'::text]))),
  constraint incident_status_check CHECK ((status = ANY (ARRAY['recorded'::text, 'cancelled'::text, 'no_crime'::text, 'transferred'::text])))
);
alter table incidents.incident owner to dauntless_owner;
alter table incidents.incident enable row level security;
alter table incidents.incident force row level security;
alter table incidents.incident set (fillfactor=85);
CREATE INDEX incident_high_risk ON incidents.incident USING btree (reported_at DESC, id) WHERE ((risk_grade = 'high'::text) AND domestic AND (NOT arrest_made) AND (status = ANY (ARRAY['recorded'::text, 'transferred'::text])));
CREATE UNIQUE INDEX incident_source_ref ON incidents.incident USING btree (source, ref);
create policy claimed on incidents.incident for select to dauntless_app
  using ((id IN ( SELECT people.my_claimed_records() AS my_claimed_records)));
create policy named_for_seal on incidents.incident for select to dauntless_app
  using ((id IN ( SELECT people.my_sealed_records() AS my_sealed_records)));
create policy shared on incidents.incident for select to dauntless_app
  using ((id IN ( SELECT people.my_shared_records() AS my_shared_records)));
create policy within_reach on incidents.incident for select to dauntless_app
  using ((reach && ( SELECT organisation.my_reach() AS my_reach)));
create policy excluded on incidents.incident as restrictive for select to dauntless_app
  using ((NOT (id IN ( SELECT people.my_excluded_records() AS my_excluded_records))));
create policy logged on incidents.incident as restrictive for select to dauntless_app
  using ((id IN ( SELECT audit.opened() AS opened)));
create policy sealed on incidents.incident as restrictive for select to dauntless_app
  using (((NOT sealed) OR (id IN ( SELECT people.my_sealed_records() AS my_sealed_records))));
grant insert, select, update on incidents.incident to dauntless_definer;
grant insert, select, update on incidents.incident to dauntless_worker;
grant select on incidents.incident to dauntless_app;

-- What a record said before a later version of it came in.
create table incidents.incident_version (
  incident_id uuid not null,
  replaced_at timestamp with time zone not null default now(),
  batch_id uuid not null,
  was jsonb not null,
  constraint incident_version_pkey PRIMARY KEY (incident_id, replaced_at)
);
alter table incidents.incident_version owner to dauntless_owner;
alter table incidents.incident_version enable row level security;
alter table incidents.incident_version force row level security;
create policy of_opened on incidents.incident_version for select to dauntless_app
  using (((incident_id IN ( SELECT audit.opened() AS opened)) AND COALESCE(( SELECT true
   FROM incidents.incident i
  WHERE (i.id = incident_version.incident_id)), false)));
grant insert, select, update on incidents.incident_version to dauntless_definer;
grant insert, select on incidents.incident_version to dauntless_worker;
grant select on incidents.incident_version to dauntless_app;

-- Dyads over time: one row for each suspect, victim and domestic incident that stands (cancelled and no-crimed ones left out). Worked out from memberships; rebuilt after linkage. A suspect with no known victim has the zero id as victim.
create table incidents.involvement (
  suspect_id uuid not null,
  victim_id uuid not null,
  incident_id uuid not null,
  reported_at timestamp with time zone not null,
  relationship text,
  harm_days real not null,
  harm_max real not null,
  harm_fallback boolean not null,
  severe boolean not null,
  arrested boolean not null,
  bcu_id smallint not null,
  borough_code text,
  reach smallint[] not null,
  sealed boolean not null,
  conduct boolean not null default false,
  strangulation boolean not null default false,
  threat boolean not null default false,
  high_risk boolean not null default false,
  again boolean not null default false,
  constraint involvement_pkey PRIMARY KEY (suspect_id, victim_id, incident_id)
);
alter table incidents.involvement owner to dauntless_owner;
alter table incidents.involvement enable row level security;
alter table incidents.involvement force row level security;
CREATE INDEX involvement_of_record ON incidents.involvement USING btree (incident_id);
CREATE INDEX involvement_of_victim ON incidents.involvement USING btree (victim_id);
create policy by_reach on incidents.involvement for select to dauntless_app
  using (((incident_id IN ( SELECT audit.opened() AS opened)) AND COALESCE(( SELECT true
   FROM incidents.incident i
  WHERE (i.id = involvement.incident_id)), false)));
grant delete, insert, select, update on incidents.involvement to dauntless_worker;
grant insert, select, update on incidents.involvement to dauntless_definer;
grant select on incidents.involvement to dauntless_app;

-- All source rows of a record with something wrong: as corrected so far, and as they were last taken in. The row as it came stays in incidents.problem.
create table incidents.kept_record (
  id uuid not null,
  batch_id uuid not null,
  headers jsonb not null,
  rows jsonb not null,
  taken jsonb not null,
  said text not null default ''::text,
  sealed boolean not null default false,
  constraint kept_record_pkey PRIMARY KEY (id),
  constraint kept_record_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES incidents.batch(id),
  constraint kept_record_rows_check CHECK ((jsonb_typeof(rows) = 'array'::text))
);
alter table incidents.kept_record owner to dauntless_owner;
alter table incidents.kept_record enable row level security;
alter table incidents.kept_record force row level security;
CREATE INDEX kept_record_of_batch ON incidents.kept_record USING btree (batch_id);
create policy importers on incidents.kept_record for select to dauntless_app
  using ((('analyst'::text IN ( SELECT organisation.my_roles() AS my_roles)) AND (batch_id IN ( SELECT audit.opened() AS opened))));
create policy sealed on incidents.kept_record as restrictive for select to dauntless_app
  using ((NOT sealed));
grant delete, insert, select, update on incidents.kept_record to dauntless_worker;
grant insert, select, update on incidents.kept_record to dauntless_definer;
grant select on incidents.kept_record to dauntless_app;

-- Crimes recorded from an incident, all of them, principal or not, each with its own outcome.
create table incidents.offence (
  incident_id uuid not null,
  seq smallint not null,
  code text not null,
  cjs_code text,
  title text not null,
  outcome_code text,
  outcome_at timestamp with time zone,
  constraint offence_pkey PRIMARY KEY (incident_id, seq)
);
alter table incidents.offence owner to dauntless_owner;
alter table incidents.offence enable row level security;
alter table incidents.offence force row level security;
create policy of_opened on incidents.offence for select to dauntless_app
  using (((incident_id IN ( SELECT audit.opened() AS opened)) AND COALESCE(( SELECT true
   FROM incidents.incident i
  WHERE (i.id = offence.incident_id)), false)));
grant delete, insert, select, update on incidents.offence to dauntless_worker;
grant insert, select, update on incidents.offence to dauntless_definer;
grant select on incidents.offence to dauntless_app;

-- A row that could not be taken in, kept whole for correction. sealed: it names somebody sealed, and nobody reads it; names_police: it says that somebody on it is a police employee.
create table incidents.problem (
  id uuid not null default gen_random_uuid(),
  batch_id uuid not null,
  file text not null,
  line integer not null,
  field text not null,
  reason text not null,
  row jsonb not null default '[]'::jsonb,
  corrected_at timestamp with time zone,
  kept_id uuid,
  rejected boolean not null default true,
  corrected_by uuid,
  names_police boolean not null default false,
  sealed boolean not null default false,
  constraint problem_pkey PRIMARY KEY (id),
  constraint problem_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES incidents.batch(id),
  constraint problem_kept_id_fkey FOREIGN KEY (kept_id) REFERENCES incidents.kept_record(id)
);
alter table incidents.problem owner to dauntless_owner;
alter table incidents.problem enable row level security;
alter table incidents.problem force row level security;
CREATE INDEX problem_of_batch ON incidents.problem USING btree (batch_id, line);
CREATE INDEX problem_of_kept ON incidents.problem USING btree (kept_id) WHERE (kept_id IS NOT NULL);
create policy importers on incidents.problem for select to dauntless_app
  using ((('analyst'::text IN ( SELECT organisation.my_roles() AS my_roles)) AND (batch_id IN ( SELECT audit.opened() AS opened))));
create policy sealed on incidents.problem as restrictive for select to dauntless_app
  using ((NOT sealed));
grant delete, insert, select, update on incidents.problem to dauntless_worker;
grant insert, select, update on incidents.problem to dauntless_definer;
grant select on incidents.problem to dauntless_app;

-- Where a record that names somebody with a protected address says it happened, and texts of it that give such an address, as it or an earlier version wrote them. The web role has no grant.
create table incidents.protected_place (
  id uuid not null default gen_random_uuid(),
  incident_id uuid not null,
  said jsonb not null,
  at timestamp with time zone not null default now(),
  constraint protected_place_pkey PRIMARY KEY (id),
  constraint protected_place_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents.incident(id)
);
alter table incidents.protected_place owner to dauntless_owner;
alter table incidents.protected_place enable row level security;
alter table incidents.protected_place force row level security;
CREATE INDEX protected_place_of_incident ON incidents.protected_place USING btree (incident_id);
grant insert, select on incidents.protected_place to dauntless_definer;

-- Files somebody offered on a page: what a dry run found, and the import that came of it. The files lie in the data folder until they are taken in.
create table incidents.upload (
  id uuid not null,
  profile text not null,
  by_account uuid not null,
  created_at timestamp with time zone not null default now(),
  state text not null default 'looking'::text,
  columns jsonb not null default '{}'::jsonb,
  looked jsonb,
  progress jsonb not null default '{}'::jsonb,
  said text not null default ''::text,
  batch_id uuid,
  constraint upload_pkey PRIMARY KEY (id),
  constraint upload_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES incidents.batch(id),
  constraint upload_by_account_fkey FOREIGN KEY (by_account) REFERENCES auth.account(id),
  constraint upload_columns_check CHECK ((jsonb_typeof(columns) = 'object'::text)),
  constraint upload_profile_check CHECK (((length(profile) >= 1) AND (length(profile) <= 60))),
  constraint upload_state_check CHECK ((state = ANY (ARRAY['looking'::text, 'ready'::text, 'queued'::text, 'running'::text, 'done'::text, 'refused'::text, 'failed'::text, 'removed'::text])))
);
alter table incidents.upload owner to dauntless_owner;
alter table incidents.upload enable row level security;
alter table incidents.upload force row level security;
CREATE INDEX upload_by_time ON incidents.upload USING btree (created_at);
create policy importers on incidents.upload for select to dauntless_app
  using (('analyst'::text IN ( SELECT organisation.my_roles() AS my_roles)));
grant insert, select, update on incidents.upload to dauntless_definer;
grant select, update on incidents.upload to dauntless_worker;
grant select on incidents.upload to dauntless_app;

-- The files of an upload, by SHA-256 of their content, with the encoding found.
create table incidents.upload_file (
  upload_id uuid not null,
  seq smallint not null,
  name text not null,
  bytes bigint not null,
  fingerprint text not null,
  encoding text,
  constraint upload_file_pkey PRIMARY KEY (upload_id, seq),
  constraint upload_file_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES incidents.upload(id),
  constraint upload_file_bytes_check CHECK ((bytes >= 0)),
  constraint upload_file_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);
alter table incidents.upload_file owner to dauntless_owner;
alter table incidents.upload_file enable row level security;
alter table incidents.upload_file force row level security;
create policy importers on incidents.upload_file for select to dauntless_app
  using (('analyst'::text IN ( SELECT organisation.my_roles() AS my_roles)));
grant insert, select, update on incidents.upload_file to dauntless_definer;
grant select, update on incidents.upload_file to dauntless_worker;
grant select on incidents.upload_file to dauntless_app;

-- Changes of the queue tables that run in the background.
create table jobs.bam (
  id uuid not null default gen_random_uuid(),
  name text not null,
  version integer not null,
  status text not null default 'pending'::text,
  queue text,
  table_name text not null,
  command text not null,
  error text,
  created_on timestamp with time zone not null default clock_timestamp(),
  started_on timestamp with time zone,
  completed_on timestamp with time zone,
  constraint bam_pkey PRIMARY KEY (id)
);
alter table jobs.bam owner to dauntless_owner;
alter table jobs.bam enable row level security;
alter table jobs.bam force row level security;
grant delete, insert, select, update on jobs.bam to dauntless_worker;

-- Part of pg-boss; this product does not use it.
create table jobs.instance (
  id uuid not null,
  name text,
  host text not null,
  pid integer not null,
  version text not null,
  node_version text not null,
  application_name text,
  heartbeat_seconds integer not null,
  supervise boolean not null,
  schedule boolean not null,
  migrate boolean not null,
  persist_queue_stats boolean not null,
  persist_warnings boolean not null,
  pool_max integer,
  pool_total integer,
  pool_idle integer,
  pool_waiting integer,
  workers jsonb not null default '[]'::jsonb,
  metrics jsonb,
  config jsonb not null default '{}'::jsonb,
  crash_restarts integer not null default 0,
  crash_restarts_since timestamp with time zone,
  started_on timestamp with time zone not null default now(),
  heartbeat_on timestamp with time zone not null default now(),
  stopped_on timestamp with time zone,
  constraint instance_pkey PRIMARY KEY (id)
);
alter table jobs.instance owner to dauntless_owner;
alter table jobs.instance enable row level security;
alter table jobs.instance force row level security;
grant delete, insert, select, update on jobs.instance to dauntless_worker;

-- The jobs. Arguments are ids only; what a job says at its end is a code.
create table jobs.job (
  id uuid not null default gen_random_uuid(),
  name text not null,
  priority integer not null default 0,
  data jsonb,
  state jobs.job_state not null default 'created'::jobs.job_state,
  retry_limit integer not null default 2,
  retry_count integer not null default 0,
  retry_delay integer not null default 0,
  retry_backoff boolean not null default false,
  retry_delay_max integer,
  expire_seconds integer not null default 900,
  deletion_seconds integer not null default 604800,
  singleton_key text,
  singleton_on timestamp without time zone,
  group_id text,
  group_tier text,
  start_after timestamp with time zone not null default now(),
  created_on timestamp with time zone not null default now(),
  started_on timestamp with time zone,
  completed_on timestamp with time zone,
  keep_until timestamp with time zone not null default (now() + '336:00:00'::interval),
  output jsonb,
  dead_letter text,
  policy text,
  heartbeat_on timestamp with time zone,
  heartbeat_seconds integer,
  blocked boolean not null default false,
  blocking boolean not null default false,
  pending_dependencies integer not null default 0,
  source_name text,
  source_id uuid,
  source_created_on timestamp with time zone,
  source_retry_count integer,
  source_output jsonb,
  source_root_id uuid,
  trace_context jsonb,
  upsert_by_key boolean,
  constraint job_pkey PRIMARY KEY (name, id)
) partition by LIST (name);
alter table jobs.job owner to dauntless_owner;
alter table jobs.job enable row level security;
alter table jobs.job force row level security;
grant delete, insert, select, update on jobs.job to dauntless_worker;

-- The jobs of all queues.
create table jobs.job_common (
  id uuid not null default gen_random_uuid(),
  name text not null,
  priority integer not null default 0,
  data jsonb,
  state jobs.job_state not null default 'created'::jobs.job_state,
  retry_limit integer not null default 2,
  retry_count integer not null default 0,
  retry_delay integer not null default 0,
  retry_backoff boolean not null default false,
  retry_delay_max integer,
  expire_seconds integer not null default 900,
  deletion_seconds integer not null default 604800,
  singleton_key text,
  singleton_on timestamp without time zone,
  group_id text,
  group_tier text,
  start_after timestamp with time zone not null default now(),
  created_on timestamp with time zone not null default now(),
  started_on timestamp with time zone,
  completed_on timestamp with time zone,
  keep_until timestamp with time zone not null default (now() + '336:00:00'::interval),
  output jsonb,
  dead_letter text,
  policy text,
  heartbeat_on timestamp with time zone,
  heartbeat_seconds integer,
  blocked boolean not null default false,
  blocking boolean not null default false,
  pending_dependencies integer not null default 0,
  source_name text,
  source_id uuid,
  source_created_on timestamp with time zone,
  source_retry_count integer,
  source_output jsonb,
  source_root_id uuid,
  trace_context jsonb,
  upsert_by_key boolean,
  constraint job_common_pkey PRIMARY KEY (name, id),
  constraint dlq_fkey FOREIGN KEY (dead_letter) REFERENCES jobs.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
  constraint q_fkey FOREIGN KEY (name) REFERENCES jobs.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
  constraint job_key_strict_fifo_singleton_key_check CHECK ((NOT ((policy = 'key_strict_fifo'::text) AND (singleton_key IS NULL))))
) partition of jobs.job DEFAULT;
alter table jobs.job_common owner to dauntless_owner;
alter table jobs.job_common enable row level security;
alter table jobs.job_common force row level security;
CREATE UNIQUE INDEX job_common_i1 ON jobs.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'created'::jobs.job_state) AND (policy = 'short'::text));
CREATE INDEX job_common_i10 ON jobs.job_common USING btree (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE ((state < 'active'::jobs.job_state) AND (NOT blocked) AND (policy = 'key_strict_fifo'::text));
CREATE INDEX job_common_i11 ON jobs.job_common USING btree (name, priority DESC, created_on, start_after) WHERE ((state < 'active'::jobs.job_state) AND (NOT blocked));
CREATE INDEX job_common_i12 ON jobs.job_common USING btree (source_root_id) WHERE (source_root_id IS NOT NULL);
CREATE UNIQUE INDEX job_common_i13 ON jobs.job_common USING btree (name, singleton_key) WHERE ((state = 'created'::jobs.job_state) AND upsert_by_key);
CREATE INDEX job_common_i14 ON jobs.job_common USING btree (name, state, blocked, start_after) WHERE (state = ANY (ARRAY['created'::jobs.job_state, 'retry'::jobs.job_state, 'active'::jobs.job_state, 'failed'::jobs.job_state]));
CREATE INDEX job_common_i15 ON jobs.job_common USING btree (name, created_on);
CREATE INDEX job_common_i16 ON jobs.job_common USING btree (name, completed_on) WHERE (completed_on IS NOT NULL);
CREATE INDEX job_common_i17 ON jobs.job_common USING btree (name, singleton_key, created_on) WHERE ((state < 'active'::jobs.job_state) AND (singleton_key IS NOT NULL));
CREATE UNIQUE INDEX job_common_i2 ON jobs.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'active'::jobs.job_state) AND (policy = 'singleton'::text));
CREATE UNIQUE INDEX job_common_i3 ON jobs.job_common USING btree (name, state, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::jobs.job_state) AND (policy = 'stately'::text));
CREATE UNIQUE INDEX job_common_i4 ON jobs.job_common USING btree (name, singleton_on, COALESCE(singleton_key, ''::text)) WHERE ((state <> 'cancelled'::jobs.job_state) AND (singleton_on IS NOT NULL));
CREATE UNIQUE INDEX job_common_i6 ON jobs.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::jobs.job_state) AND (policy = 'exclusive'::text));
CREATE INDEX job_common_i7 ON jobs.job_common USING btree (name, group_id) WHERE ((state = 'active'::jobs.job_state) AND (group_id IS NOT NULL));
CREATE UNIQUE INDEX job_common_i8 ON jobs.job_common USING btree (name, singleton_key) WHERE ((state = ANY (ARRAY['active'::jobs.job_state, 'retry'::jobs.job_state, 'failed'::jobs.job_state])) AND (policy = 'key_strict_fifo'::text));
CREATE INDEX job_common_i9 ON jobs.job_common USING btree (name, id) WHERE (blocking AND (state = 'completed'::jobs.job_state));
grant delete, insert, select, update on jobs.job_common to dauntless_worker;

-- Part of pg-boss; this product does not use it.
create table jobs.job_dependency (
  child_name text not null,
  child_id uuid not null,
  parent_name text not null,
  parent_id uuid not null,
  constraint job_dependency_pkey PRIMARY KEY (child_name, child_id, parent_name, parent_id)
);
alter table jobs.job_dependency owner to dauntless_owner;
alter table jobs.job_dependency enable row level security;
alter table jobs.job_dependency force row level security;
CREATE INDEX job_dep_parent_idx ON jobs.job_dependency USING btree (parent_name, parent_id);
grant delete, insert, select, update on jobs.job_dependency to dauntless_worker;

-- The queues: one for each kind of job, one for each listener to an event, and one for what was given up.
create table jobs.queue (
  name text not null,
  policy text not null,
  retry_limit integer not null,
  retry_delay integer not null,
  retry_backoff boolean not null,
  retry_delay_max integer,
  expire_seconds integer not null,
  retention_seconds integer not null,
  deletion_seconds integer not null,
  dead_letter text,
  partition boolean not null,
  table_name text not null,
  deferred_count integer not null default 0,
  blocked_count integer not null default 0,
  queued_count integer not null default 0,
  ready_count integer not null default 0,
  warning_queued integer not null default 0,
  active_count integer not null default 0,
  failed_count integer not null default 0,
  total_count integer not null default 0,
  retained_count integer,
  retained_on timestamp with time zone,
  created_delta integer not null default 0,
  completed_delta integer not null default 0,
  failed_delta integer not null default 0,
  delta_on timestamp with time zone,
  delta_seconds integer,
  wait_bins integer[],
  run_bins integer[],
  ready_oldest_seconds integer,
  ready_history integer[] not null default '{}'::integer[],
  heartbeat_seconds integer,
  notify boolean not null default false,
  singletons_active text[],
  monitor_claim_on timestamp with time zone,
  monitor_on timestamp with time zone,
  maintain_on timestamp with time zone,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  constraint queue_pkey PRIMARY KEY (name),
  constraint queue_dead_letter_fkey FOREIGN KEY (dead_letter) REFERENCES jobs.queue(name),
  constraint queue_check CHECK ((dead_letter IS DISTINCT FROM name))
);
alter table jobs.queue owner to dauntless_owner;
alter table jobs.queue enable row level security;
alter table jobs.queue force row level security;
grant delete, insert, select, update on jobs.queue to dauntless_worker;

-- Not used: figures go to the metrics.
create table jobs.queue_stats (
  id uuid not null default gen_random_uuid(),
  name text not null,
  deferred_count integer not null default 0,
  queued_count integer not null default 0,
  ready_count integer not null default 0,
  active_count integer not null default 0,
  failed_count integer not null default 0,
  total_count integer not null default 0,
  created_delta integer,
  completed_delta integer,
  failed_delta integer,
  delta_seconds integer,
  delta_on timestamp with time zone,
  wait_bins integer[],
  run_bins integer[],
  ready_oldest_seconds integer,
  captured_on timestamp with time zone not null default now(),
  constraint queue_stats_pkey PRIMARY KEY (id, captured_on)
) partition by RANGE (captured_on);
alter table jobs.queue_stats owner to dauntless_owner;
alter table jobs.queue_stats enable row level security;
alter table jobs.queue_stats force row level security;
CREATE INDEX queue_stats_i1 ON ONLY jobs.queue_stats USING btree (name, captured_on DESC) INCLUDE (deferred_count, queued_count, ready_count, active_count, failed_count, total_count);
grant delete, insert, select, update on jobs.queue_stats to dauntless_worker;

-- Jobs by the clock; this product has none yet.
create table jobs.schedule (
  name text not null,
  key text not null default ''::text,
  kind text not null default 'cron'::text,
  cron text not null,
  timezone text default 'UTC'::text,
  data jsonb,
  options jsonb,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  last_job_id uuid,
  constraint schedule_pkey PRIMARY KEY (name, key),
  constraint schedule_name_fkey FOREIGN KEY (name) REFERENCES jobs.queue(name) ON DELETE CASCADE,
  constraint schedule_kind_check CHECK ((kind = ANY (ARRAY['cron'::text, 'rrule'::text])))
);
alter table jobs.schedule owner to dauntless_owner;
alter table jobs.schedule enable row level security;
alter table jobs.schedule force row level security;
grant delete, insert, select, update on jobs.schedule to dauntless_worker;

-- Not used: events are handed on by the outbox.
create table jobs.subscription (
  event text not null,
  name text not null,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  constraint subscription_pkey PRIMARY KEY (event, name),
  constraint subscription_name_fkey FOREIGN KEY (name) REFERENCES jobs.queue(name) ON DELETE CASCADE
);
alter table jobs.subscription owner to dauntless_owner;
alter table jobs.subscription enable row level security;
alter table jobs.subscription force row level security;
grant delete, insert, select, update on jobs.subscription to dauntless_worker;

-- Version of the schema of pg-boss, and when its own upkeep last ran.
create table jobs.version (
  version integer not null,
  cron_on timestamp with time zone,
  bam_on timestamp with time zone,
  flow_on timestamp with time zone,
  reindex_on timestamp with time zone,
  monitor_backoff_on timestamp with time zone,
  constraint version_pkey PRIMARY KEY (version)
);
alter table jobs.version owner to dauntless_owner;
alter table jobs.version enable row level security;
alter table jobs.version force row level security;
grant delete, insert, select, update on jobs.version to dauntless_worker;

-- Not used: warnings go to the log.
create table jobs.warning (
  id uuid not null default gen_random_uuid(),
  type text not null,
  message text not null,
  data jsonb,
  created_on timestamp with time zone not null default now(),
  constraint warning_pkey PRIMARY KEY (id)
);
alter table jobs.warning owner to dauntless_owner;
alter table jobs.warning enable row level security;
alter table jobs.warning force row level security;
CREATE INDEX warning_i1 ON jobs.warning USING btree (created_on DESC);
grant delete, insert, select, update on jobs.warning to dauntless_worker;

-- Mentions that came, or were superseded, and were linked at once, in the order in which that was done: one linkage at a time writes here, so the next number is the largest and one, and a later number was committed later. What an index in memory reads on from. settled_at: when all that hang together with it were clustered again.
create table linkage.arrival (
  seq bigint not null,
  mention_id uuid not null,
  at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  constraint arrival_pkey PRIMARY KEY (seq)
);
alter table linkage.arrival owner to dauntless_owner;
alter table linkage.arrival enable row level security;
alter table linkage.arrival force row level security;
CREATE INDEX arrival_of_mention ON linkage.arrival USING btree (mention_id);
CREATE INDEX arrival_to_settle ON linkage.arrival USING btree (seq) WHERE (settled_at IS NULL);
grant delete, insert, select on linkage.arrival to dauntless_worker;
grant update (settled_at) on linkage.arrival to dauntless_worker;

-- What a judgement says of pairs of mentions. Stands in every clustering until the judgement is withdrawn.
create table linkage.assertion (
  judgement_id uuid not null,
  a uuid not null,
  b uuid not null,
  verdict text not null,
  constraint assertion_pkey PRIMARY KEY (judgement_id, a, b),
  constraint assertion_judgement_id_fkey FOREIGN KEY (judgement_id) REFERENCES linkage.judgement(id),
  constraint assertion_check CHECK ((a < b)),
  constraint assertion_verdict_check CHECK ((verdict = ANY (ARRAY['same'::text, 'different'::text])))
);
alter table linkage.assertion owner to dauntless_owner;
alter table linkage.assertion enable row level security;
alter table linkage.assertion force row level security;
CREATE INDEX assertion_of_a ON linkage.assertion USING btree (a);
CREATE INDEX assertion_of_b ON linkage.assertion USING btree (b);
create policy of_opened on linkage.assertion for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = assertion.a)), false) AND COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = assertion.b)), false)));
grant insert, select on linkage.assertion to dauntless_definer;
grant select on linkage.assertion to dauntless_app;
grant select on linkage.assertion to dauntless_worker;

-- Pairs of mentions that the model would join (sure), or would have a person look at. reason: why somebody should; harm: how much a wrong answer may cost, 3 the most. levels and rarity: what the comparisons found, in the order of the model; rule: which of its blocking rules brought them together, from 0.
create table linkage.edge (
  a uuid not null,
  b uuid not null,
  weight double precision not null,
  chance real not null,
  band text not null,
  run_id uuid not null,
  sure boolean not null default false,
  reason text,
  harm smallint not null default 0,
  levels smallint[] not null default '{}'::smallint[],
  rarity real[] not null default '{}'::real[],
  rule smallint not null default '-1'::integer,
  constraint edge_pkey PRIMARY KEY (a, b),
  constraint edge_band_check CHECK ((band = ANY (ARRAY['link'::text, 'review'::text]))),
  constraint edge_harm_check CHECK (((harm >= 0) AND (harm <= 3)))
);
alter table linkage.edge owner to dauntless_owner;
alter table linkage.edge enable row level security;
alter table linkage.edge force row level security;
CREATE INDEX edge_for_review ON linkage.edge USING btree (harm DESC, chance DESC, a, b) WHERE (reason IS NOT NULL);
CREATE INDEX edge_of_b ON linkage.edge USING btree (b);
create policy of_opened on linkage.edge for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = edge.a)), false) AND COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = edge.b)), false)));
grant delete, insert, select, update on linkage.edge to dauntless_worker;
grant select on linkage.edge to dauntless_app;
grant select on linkage.edge to dauntless_definer;

-- How often a value was written when the model was trained, for weighing rare ones; those met once are left out, and the empty value stands for all that were written. For the worker alone: a rare name says who is there.
create table linkage.frequency (
  model_id uuid not null,
  field text not null,
  value text not null,
  count integer not null,
  constraint frequency_pkey PRIMARY KEY (model_id, field, value),
  constraint frequency_model_id_fkey FOREIGN KEY (model_id) REFERENCES linkage.model(id)
);
alter table linkage.frequency owner to dauntless_owner;
alter table linkage.frequency enable row level security;
alter table linkage.frequency force row level security;
grant delete, insert, select on linkage.frequency to dauntless_worker;

-- What somebody said, once for each form sent, of two mentions, or of the two people they stand for. Never changed. second: somebody else is to answer too. round: 1 the first answer, 2 the second reader's, 3 a third reader's where those two differ.
create table linkage.judgement (
  id uuid not null,
  kind text not null,
  a uuid not null,
  b uuid not null,
  answer text not null,
  round smallint not null default 1,
  second boolean not null default false,
  reason text not null default ''::text,
  by_account uuid not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint judgement_pkey PRIMARY KEY (id),
  constraint judgement_by_account_fkey FOREIGN KEY (by_account) REFERENCES auth.account(id),
  constraint judgement_answer_check CHECK ((answer = ANY (ARRAY['same'::text, 'different'::text, 'cannot say'::text]))),
  constraint judgement_check CHECK ((a < b)),
  constraint judgement_kind_check CHECK ((kind = ANY (ARRAY['pair'::text, 'merge'::text, 'split'::text]))),
  constraint judgement_round_check CHECK (((round >= 1) AND (round <= 3)))
);
alter table linkage.judgement owner to dauntless_owner;
alter table linkage.judgement enable row level security;
alter table linkage.judgement force row level security;
CREATE INDEX judgement_of_pair ON linkage.judgement USING btree (a, b);
CREATE INDEX judgement_second ON linkage.judgement USING btree (at) WHERE second;
create policy of_opened on linkage.judgement for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = judgement.a)), false) AND COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = judgement.b)), false)));
grant insert, select on linkage.judgement to dauntless_definer;
grant select on linkage.judgement to dauntless_app;
grant select on linkage.judgement to dauntless_worker;

-- A linkage model with what it learned. A draft links nobody. Published without a name: the first of a force, made by a run because there was none. Holds probabilities, nothing of anybody and no count.
create table linkage.model (
  id uuid not null default gen_random_uuid(),
  version integer not null,
  name text not null,
  status text not null,
  spec jsonb not null,
  params jsonb not null,
  calibration jsonb not null,
  hash text not null,
  trained_at timestamp with time zone not null default now(),
  trained_by uuid not null,
  published_at timestamp with time zone,
  published_by uuid,
  retired_at timestamp with time zone,
  constraint model_pkey PRIMARY KEY (id),
  constraint model_version_key UNIQUE (version),
  constraint model_published_by_fkey FOREIGN KEY (published_by) REFERENCES auth.account(id),
  constraint model_trained_by_fkey FOREIGN KEY (trained_by) REFERENCES auth.account(id),
  constraint model_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'retired'::text])))
);
alter table linkage.model owner to dauntless_owner;
alter table linkage.model enable row level security;
alter table linkage.model force row level security;
CREATE UNIQUE INDEX one_published_model ON linkage.model USING btree (status) WHERE (status = 'published'::text);
create policy signed_in on linkage.model for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant insert, select, update on linkage.model to dauntless_worker;
grant select on linkage.model to dauntless_app;
grant select on linkage.model to dauntless_definer;
grant update (status) on linkage.model to dauntless_definer;
grant update (published_at) on linkage.model to dauntless_definer;
grant update (published_by) on linkage.model to dauntless_definer;
grant update (retired_at) on linkage.model to dauntless_definer;

-- Pairs of mentions that a draft would join or part, some of them, for whoever decides about it.
create table linkage.model_change (
  model_id uuid not null,
  kind text not null,
  a uuid not null,
  b uuid not null,
  constraint model_change_pkey PRIMARY KEY (model_id, kind, a, b),
  constraint model_change_model_id_fkey FOREIGN KEY (model_id) REFERENCES linkage.model(id),
  constraint model_change_kind_check CHECK ((kind = ANY (ARRAY['join'::text, 'part'::text])))
);
alter table linkage.model_change owner to dauntless_owner;
alter table linkage.model_change enable row level security;
alter table linkage.model_change force row level security;
create policy of_opened on linkage.model_change for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = model_change.a)), false) AND COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = model_change.b)), false)));
grant delete, insert, select on linkage.model_change to dauntless_worker;
grant select on linkage.model_change to dauntless_app;
grant select on linkage.model_change to dauntless_definer;

-- What a model was trained on and how right it is, in counts of the whole force when it was trained: for those who look after the models.
create table linkage.model_report (
  model_id uuid not null,
  trained_on integer not null,
  labels jsonb not null default '{}'::jsonb,
  report jsonb not null default '{}'::jsonb,
  constraint model_report_pkey PRIMARY KEY (model_id),
  constraint model_report_model_id_fkey FOREIGN KEY (model_id) REFERENCES linkage.model(id)
);
alter table linkage.model_report owner to dauntless_owner;
alter table linkage.model_report enable row level security;
alter table linkage.model_report force row level security;
create policy modellers on linkage.model_report for select to dauntless_app
  using ((EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['analyst'::text, 'lead_responsible_officer'::text])))));
grant insert, select on linkage.model_report to dauntless_worker;
grant select on linkage.model_report to dauntless_app;

-- One batch linkage: the model and its trained parameters, and what it did.
create table linkage.run (
  id uuid not null default gen_random_uuid(),
  model text not null,
  params jsonb not null,
  report jsonb not null default '{}'::jsonb,
  started_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  model_id uuid,
  constraint run_pkey PRIMARY KEY (id),
  constraint run_model_id_fkey FOREIGN KEY (model_id) REFERENCES linkage.model(id)
);
alter table linkage.run owner to dauntless_owner;
alter table linkage.run enable row level security;
alter table linkage.run force row level security;
grant delete, insert, select, update on linkage.run to dauntless_worker;
grant select on linkage.run to dauntless_definer;

-- A model that somebody asked to have trained, and how far it is.
create table linkage.training (
  id uuid not null,
  asked_by uuid not null default access.actor(),
  asked_at timestamp with time zone not null default now(),
  said text not null default 'waiting for the worker'::text,
  model_id uuid,
  finished_at timestamp with time zone,
  constraint training_pkey PRIMARY KEY (id),
  constraint training_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES auth.account(id),
  constraint training_model_id_fkey FOREIGN KEY (model_id) REFERENCES linkage.model(id)
);
alter table linkage.training owner to dauntless_owner;
alter table linkage.training enable row level security;
alter table linkage.training force row level security;
create policy ask on linkage.training for insert to dauntless_app
  with check (((asked_by = ( SELECT access.actor() AS actor)) AND (EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['analyst'::text, 'lead_responsible_officer'::text]))))));
create policy modellers on linkage.training for select to dauntless_app
  using ((EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['analyst'::text, 'lead_responsible_officer'::text])))));
grant insert, select on linkage.training to dauntless_app;
grant select, update on linkage.training to dauntless_worker;

-- A judgement taken back: by whom, when and why. What it said holds no longer.
create table linkage.withdrawal (
  judgement_id uuid not null,
  reason text not null,
  by_account uuid not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint withdrawal_pkey PRIMARY KEY (judgement_id),
  constraint withdrawal_by_account_fkey FOREIGN KEY (by_account) REFERENCES auth.account(id),
  constraint withdrawal_judgement_id_fkey FOREIGN KEY (judgement_id) REFERENCES linkage.judgement(id),
  constraint withdrawal_reason_check CHECK ((length(TRIM(BOTH FROM reason)) > 0))
);
alter table linkage.withdrawal owner to dauntless_owner;
alter table linkage.withdrawal enable row level security;
alter table linkage.withdrawal force row level security;
create policy of_opened on linkage.withdrawal for select to dauntless_app
  using (COALESCE(( SELECT true
   FROM linkage.judgement j
  WHERE (j.id = withdrawal.judgement_id)), false));
grant insert, select on linkage.withdrawal to dauntless_definer;
grant select on linkage.withdrawal to dauntless_app;
grant select on linkage.withdrawal to dauntless_worker;

-- Each load of the demonstration force. Without an end: it was cut short.
create table meta.demo (
  began_at timestamp with time zone not null default now(),
  scale double precision not null,
  finished_at timestamp with time zone,
  constraint demo_pkey PRIMARY KEY (began_at)
);
alter table meta.demo owner to dauntless_owner;
alter table meta.demo enable row level security;
alter table meta.demo force row level security;

-- Which migrations this database has, with the SHA-256 of each file as it was applied.
create table meta.migration (
  name text not null,
  sha256 text not null,
  at timestamp with time zone not null default now(),
  constraint migration_pkey PRIMARY KEY (name)
);
alter table meta.migration owner to dauntless_owner;
alter table meta.migration enable row level security;
alter table meta.migration force row level security;
create policy anybody on meta.migration for select to dauntless_app
  using (true);
grant select on meta.migration to dauntless_app;
grant select on meta.migration to dauntless_worker;

-- Partner agencies. Suspended: all of its people lose sight at once.
create table organisation.agency (
  id uuid not null default gen_random_uuid(),
  name text not null,
  kind text not null,
  suspended_at timestamp with time zone,
  constraint agency_pkey PRIMARY KEY (id),
  constraint agency_name_key UNIQUE (name),
  constraint agency_kind_check CHECK ((kind = ANY (ARRAY['idva_service'::text, 'council'::text, 'health'::text, 'probation'::text, 'housing'::text, 'refuge'::text, 'other'::text])))
);
alter table organisation.agency owner to dauntless_owner;
alter table organisation.agency enable row level security;
alter table organisation.agency force row level security;
create policy administrator on organisation.agency for all to dauntless_app
  using (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)))
  with check (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)));
create policy signed_in on organisation.agency for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
CREATE TRIGGER log_new AFTER INSERT ON organisation.agency REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('', 'id');
CREATE TRIGGER log_update AFTER UPDATE ON organisation.agency REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('', 'id');
grant insert, select on organisation.agency to dauntless_app;
grant select on organisation.agency to dauntless_definer;
grant update (suspended_at) on organisation.agency to dauntless_app;

-- Basic Command Units. 0 holds records that came without one; only force-wide roles reach it.
create table organisation.bcu (
  id smallint not null,
  code text not null,
  name text not null,
  constraint bcu_pkey PRIMARY KEY (id),
  constraint bcu_code_key UNIQUE (code)
);
alter table organisation.bcu owner to dauntless_owner;
alter table organisation.bcu enable row level security;
alter table organisation.bcu force row level security;
create policy signed_in on organisation.bcu for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant select on organisation.bcu to dauntless_app;
grant select on organisation.bcu to dauntless_definer;
grant select on organisation.bcu to dauntless_worker;

-- London boroughs with display boundaries (ONS, OGL v3).
create table organisation.borough (
  code text not null,
  name text not null,
  bcu_id smallint not null,
  boundary jsonb,
  constraint borough_pkey PRIMARY KEY (code),
  constraint borough_bcu_id_fkey FOREIGN KEY (bcu_id) REFERENCES organisation.bcu(id)
);
alter table organisation.borough owner to dauntless_owner;
alter table organisation.borough enable row level security;
alter table organisation.borough force row level security;
create policy signed_in on organisation.borough for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant select on organisation.borough to dauntless_app;
grant select on organisation.borough to dauntless_definer;
grant select on organisation.borough to dauntless_worker;

-- The police force this database belongs to. Synthetic: every person in it is invented, and every page says so.
create table organisation.force (
  id text not null,
  name text not null,
  synthetic boolean not null default false,
  constraint force_pkey PRIMARY KEY (id)
);
alter table organisation.force owner to dauntless_owner;
alter table organisation.force enable row level security;
alter table organisation.force force row level security;
create policy signed_in on organisation.force for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant select on organisation.force to dauntless_app;
grant select on organisation.force to dauntless_definer;
grant select on organisation.force to dauntless_worker;

-- The theme a Lead Responsible Officer owns force-wide.
create table organisation.portfolio (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  theme text not null,
  valid_from date not null,
  valid_to date,
  constraint portfolio_pkey PRIMARY KEY (id),
  constraint portfolio_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id)
);
alter table organisation.portfolio owner to dauntless_owner;
alter table organisation.portfolio enable row level security;
alter table organisation.portfolio force row level security;
CREATE UNIQUE INDEX one_portfolio ON organisation.portfolio USING btree (account_id, lower(theme)) WHERE (valid_to IS NULL);
create policy administrator on organisation.portfolio for all to dauntless_app
  using (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)))
  with check (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)));
create policy own on organisation.portfolio for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
CREATE TRIGGER log_new AFTER INSERT ON organisation.portfolio REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('account_id', 'id');
CREATE TRIGGER log_update AFTER UPDATE ON organisation.portfolio REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('account_id', 'id');
grant insert, select on organisation.portfolio to dauntless_app;
grant select on organisation.portfolio to dauntless_definer;
grant update (valid_to) on organisation.portfolio to dauntless_app;

-- What somebody is, where, from one London midnight to another (valid_to is the first day without).
create table organisation.posting (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  role text not null,
  unit_id uuid,
  agency_id uuid,
  valid_from date not null,
  valid_to date,
  constraint posting_pkey PRIMARY KEY (id),
  constraint posting_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id),
  constraint posting_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES organisation.agency(id),
  constraint posting_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES organisation.unit(id),
  constraint ends_after_start CHECK (((valid_to IS NULL) OR (valid_to >= valid_from))),
  constraint posting_role_check CHECK ((role = ANY (ARRAY['investigator'::text, 'da_car'::text, 'safeguarding_supervisor'::text, 'disclosure_officer'::text, 'orders_officer'::text, 'analyst'::text, 'lead_responsible_officer'::text, 'idva'::text, 'partner'::text, 'professional_standards'::text, 'administrator'::text, 'auditor'::text]))),
  constraint unit_or_agency CHECK ((((role = ANY (ARRAY['idva'::text, 'partner'::text])) = (agency_id IS NOT NULL)) AND ((agency_id IS NULL) OR (unit_id IS NULL)) AND ((agency_id IS NOT NULL) OR (unit_id IS NOT NULL))))
);
alter table organisation.posting owner to dauntless_owner;
alter table organisation.posting enable row level security;
alter table organisation.posting force row level security;
CREATE UNIQUE INDEX one_posting ON organisation.posting USING btree (account_id, role, COALESCE(unit_id, agency_id), valid_from) WHERE ((valid_to IS NULL) OR (valid_to > valid_from));
CREATE INDEX posting_of_account ON organisation.posting USING btree (account_id);
create policy administrator on organisation.posting for all to dauntless_app
  using (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)))
  with check (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)));
create policy own on organisation.posting for select to dauntless_app
  using ((account_id = ( SELECT access.actor() AS actor)));
create policy not_ones_own on organisation.posting as restrictive for update to dauntless_app
  using ((account_id <> ( SELECT access.actor() AS actor)));
create policy not_oneself on organisation.posting as restrictive for insert to dauntless_app
  with check ((account_id <> ( SELECT access.actor() AS actor)));
CREATE TRIGGER log_new AFTER INSERT ON organisation.posting REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('account_id', 'id');
CREATE TRIGGER log_update AFTER UPDATE ON organisation.posting REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('account_id', 'id');
grant insert, select on organisation.posting to dauntless_app;
grant select on organisation.posting to dauntless_definer;
grant update (valid_to) on organisation.posting to dauntless_app;

-- Teams people are posted to. Without a BCU the unit is force-wide.
create table organisation.unit (
  id uuid not null default gen_random_uuid(),
  kind text not null,
  name text not null,
  bcu_id smallint,
  constraint unit_pkey PRIMARY KEY (id),
  constraint unit_name_key UNIQUE (name),
  constraint unit_bcu_id_fkey FOREIGN KEY (bcu_id) REFERENCES organisation.bcu(id),
  constraint unit_kind_check CHECK ((kind = ANY (ARRAY['safeguarding'::text, 'da_car'::text, 'stalking'::text, 'professional_standards'::text, 'headquarters'::text])))
);
alter table organisation.unit owner to dauntless_owner;
alter table organisation.unit enable row level security;
alter table organisation.unit force row level security;
create policy administrator on organisation.unit for insert to dauntless_app
  with check (('administrator'::text IN ( SELECT organisation.my_roles() AS my_roles)));
create policy signed_in on organisation.unit for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
CREATE TRIGGER log_new AFTER INSERT ON organisation.unit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('', 'id');
grant select on organisation.unit to dauntless_app;
grant select on organisation.unit to dauntless_definer;
grant insert (kind) on organisation.unit to dauntless_app;
grant insert (name) on organisation.unit to dauntless_app;
grant insert (bcu_id) on organisation.unit to dauntless_app;

-- A record opened with a reason by somebody without a working relationship to it: a working day, or break-glass for 60 minutes and reviewed within 72 hours.
create table people.claim (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null default access.actor(),
  person_id uuid not null,
  kind text not null,
  reason text not null,
  at timestamp with time zone not null default now(),
  until timestamp with time zone not null,
  review_due timestamp with time zone,
  reviewed_by uuid,
  reviewed_at timestamp with time zone,
  finding text,
  constraint claim_pkey PRIMARY KEY (id),
  constraint claim_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id),
  constraint claim_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id),
  constraint bounded CHECK ((until <= (at +
CASE kind
    WHEN 'claim'::text THEN '24:00:00'::interval
    ELSE '01:00:00'::interval
END))),
  constraint claim_finding_check CHECK ((finding = ANY (ARRAY['justified'::text, 'not_justified'::text, 'ask_more'::text]))),
  constraint claim_kind_check CHECK ((kind = ANY (ARRAY['claim'::text, 'break_glass'::text]))),
  constraint claim_reason_check CHECK ((length(TRIM(BOTH FROM reason)) >= 10))
);
alter table people.claim owner to dauntless_owner;
alter table people.claim enable row level security;
alter table people.claim force row level security;
CREATE INDEX claim_of_account ON people.claim USING btree (account_id, until);
CREATE INDEX claim_waiting ON people.claim USING btree (review_due) WHERE ((reviewed_at IS NULL) AND (review_due IS NOT NULL));
create policy own on people.claim for select to dauntless_app
  using ((account_id = ( SELECT access.actor() AS actor)));
create policy review on people.claim for update to dauntless_app
  using (((account_id <> ( SELECT access.actor() AS actor)) AND (review_due IS NOT NULL) AND (reviewed_at IS NULL) AND (('safeguarding_supervisor'::text IN ( SELECT organisation.my_roles() AS my_roles)) OR (('professional_standards'::text IN ( SELECT organisation.my_roles() AS my_roles)) AND (person_id IN ( SELECT people.my_seals() AS my_seals))))))
  with check ((reviewed_by = ( SELECT access.actor() AS actor)));
create policy supervisor on people.claim for select to dauntless_app
  using (((review_due IS NOT NULL) AND ((reviewed_at IS NULL) OR (reviewed_at = now())) AND (('safeguarding_supervisor'::text IN ( SELECT organisation.my_roles() AS my_roles)) OR (('professional_standards'::text IN ( SELECT organisation.my_roles() AS my_roles)) AND (person_id IN ( SELECT people.my_seals() AS my_seals))))));
create policy excluded on people.claim as restrictive for all to dauntless_app
  using ((NOT (person_id IN ( SELECT people.my_exclusions() AS my_exclusions))));
create policy sealed on people.claim as restrictive for all to dauntless_app
  using ((NOT (person_id IN ( SELECT people.hidden_of_claims() AS hidden_of_claims))));
CREATE TRIGGER log_update AFTER UPDATE ON people.claim REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('person_id', 'id');
grant insert, select, update on people.claim to dauntless_definer;
grant select on people.claim to dauntless_app;
grant update (reviewed_by) on people.claim to dauntless_app;
grant update (reviewed_at) on people.claim to dauntless_app;
grant update (finding) on people.claim to dauntless_app;

-- Who, or which model, said that mentions are or are not one person, when and why.
create table people.decision (
  id uuid not null default gen_random_uuid(),
  kind text not null,
  by_account uuid,
  model text,
  reason text not null default ''::text,
  at timestamp with time zone not null default now(),
  constraint decision_pkey PRIMARY KEY (id),
  constraint decision_kind_check CHECK ((kind = ANY (ARRAY['link'::text, 'merge'::text, 'split'::text, 'seal'::text, 'unseal'::text])))
);
alter table people.decision owner to dauntless_owner;
alter table people.decision enable row level security;
alter table people.decision force row level security;
create policy signed_in on people.decision for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant insert, select, update on people.decision to dauntless_definer;
grant insert, select on people.decision to dauntless_worker;
grant select on people.decision to dauntless_app;

-- A declared or detected conflict of interest. Wins over every grant.
create table people.exclusion (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  person_id uuid not null,
  reason text not null,
  at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  constraint exclusion_pkey PRIMARY KEY (id),
  constraint exclusion_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id),
  constraint exclusion_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id),
  constraint exclusion_reason_check CHECK ((length(TRIM(BOTH FROM reason)) > 0))
);
alter table people.exclusion owner to dauntless_owner;
alter table people.exclusion enable row level security;
alter table people.exclusion force row level security;
CREATE INDEX exclusion_of_account ON people.exclusion USING btree (account_id) WHERE (ended_at IS NULL);
create policy declare_own on people.exclusion for insert to dauntless_app
  with check (((account_id = ( SELECT access.actor() AS actor)) AND COALESCE(( SELECT true
   FROM people.person p
  WHERE (p.id = exclusion.person_id)), false)));
create policy own on people.exclusion for select to dauntless_app
  using ((account_id = ( SELECT access.actor() AS actor)));
CREATE TRIGGER log_new AFTER INSERT ON people.exclusion REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('person_id', 'id');
grant insert, select, update on people.exclusion to dauntless_definer;
grant insert, select on people.exclusion to dauntless_app;
grant insert, select on people.exclusion to dauntless_worker;

-- How often one account may break the glass within so many hours; beyond it a duty supervisor is rung. Our choice: a force sets its own.
create table people.glass_limit (
  single boolean not null default true,
  most integer not null default 5,
  hours integer not null default 12,
  constraint glass_limit_pkey PRIMARY KEY (single),
  constraint glass_limit_hours_check CHECK (((hours >= 1) AND (hours <= 168))),
  constraint glass_limit_most_check CHECK ((most > 0)),
  constraint glass_limit_single_check CHECK (single)
);
alter table people.glass_limit owner to dauntless_owner;
alter table people.glass_limit enable row level security;
alter table people.glass_limit force row level security;
grant select on people.glass_limit to dauntless_definer;

-- Which person a mention is said to be, with valid times. Ended, never deleted.
create table people.membership (
  mention_id uuid not null,
  person_id uuid not null,
  weight real,
  decision_id uuid not null,
  from_at timestamp with time zone not null default now(),
  to_at timestamp with time zone,
  constraint membership_pkey PRIMARY KEY (mention_id, from_at),
  constraint membership_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id)
);
alter table people.membership owner to dauntless_owner;
alter table people.membership enable row level security;
alter table people.membership force row level security;
CREATE INDEX membership_of_person ON people.membership USING btree (person_id) WHERE (to_at IS NULL);
CREATE UNIQUE INDEX one_person_a_mention ON people.membership USING btree (mention_id) WHERE (to_at IS NULL);
create policy of_opened on people.membership for select to dauntless_app
  using (((person_id IN ( SELECT audit.opened() AS opened)) AND COALESCE(( SELECT true
   FROM people.mention m
  WHERE (m.id = membership.mention_id)), false)));
grant insert, select, update on people.membership to dauntless_definer;
grant insert, select on people.membership to dauntless_worker;
grant select on people.membership to dauntless_app;
grant update (to_at) on people.membership to dauntless_worker;

-- A person as one source record wrote them. Never changed: a later version of the record supersedes it. reach and sealed are the record's. protected_place: their address must not become known; address, postcode and phone are in protected_contact.
create table people.mention (
  id uuid not null,
  record_id uuid not null,
  seq smallint not null,
  source text not null,
  mention_ref text,
  role text not null,
  nominal text,
  forenames text,
  surname text,
  known_as text,
  dob date,
  age_from smallint,
  age_to smallint,
  sex text,
  ethnicity text,
  language text,
  address text,
  postcode text,
  phone text,
  relationship text,
  arrested_at timestamp with time zone,
  custody_ref text,
  police_employee boolean not null default false,
  reach smallint[] not null,
  sealed boolean not null default false,
  recorded_at timestamp with time zone not null default now(),
  superseded_at timestamp with time zone,
  protected_place boolean not null default false,
  constraint mention_pkey PRIMARY KEY (id),
  constraint mention_role_check CHECK ((role = ANY (ARRAY['victim'::text, 'suspect'::text, 'witness'::text, 'child'::text, 'other'::text]))),
  constraint mention_sex_check CHECK ((sex = ANY (ARRAY['M'::text, 'F'::text, 'U'::text])))
);
alter table people.mention owner to dauntless_owner;
alter table people.mention enable row level security;
alter table people.mention force row level security;
alter table people.mention set (fillfactor=90);
CREATE INDEX mention_of_record ON people.mention USING btree (record_id);
create policy claimed on people.mention for select to dauntless_app
  using ((record_id IN ( SELECT people.my_claimed_records() AS my_claimed_records)));
create policy named_for_seal on people.mention for select to dauntless_app
  using ((record_id IN ( SELECT people.my_sealed_records() AS my_sealed_records)));
create policy shared on people.mention for select to dauntless_app
  using ((record_id IN ( SELECT people.my_shared_records() AS my_shared_records)));
create policy within_reach on people.mention for select to dauntless_app
  using ((reach && ( SELECT organisation.my_reach() AS my_reach)));
create policy excluded on people.mention as restrictive for select to dauntless_app
  using ((NOT (record_id IN ( SELECT people.my_excluded_records() AS my_excluded_records))));
create policy logged on people.mention as restrictive for select to dauntless_app
  using ((record_id IN ( SELECT audit.opened() AS opened)));
create policy sealed on people.mention as restrictive for select to dauntless_app
  using (((NOT sealed) OR (record_id IN ( SELECT people.my_sealed_records() AS my_sealed_records))));
grant insert, select, update on people.mention to dauntless_definer;
grant insert, select on people.mention to dauntless_worker;
grant select on people.mention to dauntless_app;
grant update (reach) on people.mention to dauntless_worker;
grant update (sealed) on people.mention to dauntless_worker;
grant update (superseded_at) on people.mention to dauntless_worker;

-- An identity that a set of mentions share. Name, dob and sex are the best of its mentions, worked out at linkage. reach: the BCUs with a record that touches it.
create table people.person (
  id uuid not null default gen_random_uuid(),
  name text not null default ''::text,
  dob date,
  sex text,
  roles text[] not null default '{}'::text[],
  incidents integer not null default 0,
  reach smallint[] not null default '{}'::smallint[],
  sealed boolean not null default false,
  merged_into uuid,
  made_at timestamp with time zone not null default now(),
  constraint person_pkey PRIMARY KEY (id),
  constraint person_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES people.person(id),
  constraint person_sex_check CHECK ((sex = ANY (ARRAY['M'::text, 'F'::text, 'U'::text])))
);
alter table people.person owner to dauntless_owner;
alter table people.person enable row level security;
alter table people.person force row level security;
alter table people.person set (fillfactor=90);
CREATE INDEX person_merged_into ON people.person USING btree (merged_into) WHERE (merged_into IS NOT NULL);
create policy claimed on people.person for select to dauntless_app
  using ((id IN ( SELECT people.my_claims() AS my_claims)));
create policy named_for_seal on people.person for select to dauntless_app
  using ((id IN ( SELECT people.my_seals() AS my_seals)));
create policy shared on people.person for select to dauntless_app
  using ((id IN ( SELECT people.my_shares('identity'::text) AS my_shares)));
create policy within_reach on people.person for select to dauntless_app
  using ((reach && ( SELECT organisation.my_reach() AS my_reach)));
create policy excluded on people.person as restrictive for select to dauntless_app
  using ((NOT (id IN ( SELECT people.my_exclusions() AS my_exclusions))));
create policy logged on people.person as restrictive for select to dauntless_app
  using ((id IN ( SELECT audit.opened() AS opened)));
create policy sealed on people.person as restrictive for select to dauntless_app
  using (((NOT sealed) OR (id IN ( SELECT people.my_seals() AS my_seals))));
CREATE TRIGGER scores_follow AFTER UPDATE ON people.person FOR EACH ROW WHEN (((old.reach IS DISTINCT FROM new.reach) OR (old.sealed <> new.sealed))) EXECUTE FUNCTION targeting.follow_person();
grant insert, select, update on people.person to dauntless_definer;
grant insert, select on people.person to dauntless_worker;
grant select (id) on people.person to dauntless_app;
grant select (name) on people.person to dauntless_app;
grant update (name) on people.person to dauntless_worker;
grant select (dob) on people.person to dauntless_app;
grant update (dob) on people.person to dauntless_worker;
grant select (sex) on people.person to dauntless_app;
grant update (sex) on people.person to dauntless_worker;
grant update (roles) on people.person to dauntless_worker;
grant update (incidents) on people.person to dauntless_worker;
grant update (reach) on people.person to dauntless_worker;
grant select (sealed) on people.person to dauntless_app;
grant update (sealed) on people.person to dauntless_worker;
grant select (merged_into) on people.person to dauntless_app;
grant update (merged_into) on people.person to dauntless_worker;
grant select (made_at) on people.person to dauntless_app;

-- How to reach somebody whose address must not become known (safe, confidential, a refuge), as one record wrote it. The web role has no grant.
create table people.protected_contact (
  mention_id uuid not null,
  address text,
  postcode text,
  phone text,
  constraint protected_contact_pkey PRIMARY KEY (mention_id),
  constraint protected_contact_mention_id_fkey FOREIGN KEY (mention_id) REFERENCES people.mention(id)
);
alter table people.protected_contact owner to dauntless_owner;
alter table people.protected_contact enable row level security;
alter table people.protected_contact force row level security;
grant insert, select on people.protected_contact to dauntless_definer;
grant select on people.protected_contact to dauntless_worker;

-- The named staff who alone see a sealed person. To everybody else the person is absent. Ended, never deleted.
create table people.seal_reader (
  person_id uuid not null,
  account_id uuid not null,
  reason text not null,
  by_account uuid not null default access.actor(),
  at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  ended_by uuid,
  constraint seal_reader_pkey PRIMARY KEY (person_id, account_id),
  constraint seal_reader_account_id_fkey FOREIGN KEY (account_id) REFERENCES auth.account(id),
  constraint seal_reader_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES auth.account(id),
  constraint seal_reader_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id)
);
alter table people.seal_reader owner to dauntless_owner;
alter table people.seal_reader enable row level security;
alter table people.seal_reader force row level security;
create policy standards on people.seal_reader for select to dauntless_app
  using ((('professional_standards'::text IN ( SELECT organisation.my_roles() AS my_roles)) AND (person_id IN ( SELECT people.my_seals() AS my_seals))));
create policy excluded on people.seal_reader as restrictive for all to dauntless_app
  using ((NOT (person_id IN ( SELECT people.my_exclusions() AS my_exclusions))));
CREATE TRIGGER log_new AFTER INSERT ON people.seal_reader REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('person_id', 'account_id');
grant insert, select, update on people.seal_reader to dauntless_definer;
grant insert, select on people.seal_reader to dauntless_worker;
grant select on people.seal_reader to dauntless_app;

-- What a person can be found by: name parts (canonical), sounds, dates of birth, phones, postcodes, references. Rebuilt with the person.
create table people.search_key (
  kind text not null,
  value text not null,
  person_id uuid not null,
  constraint search_key_pkey PRIMARY KEY (kind, value, person_id),
  constraint search_key_kind_check CHECK ((kind = ANY (ARRAY['name'::text, 'sound'::text, 'dob'::text, 'phone'::text, 'postcode'::text, 'address'::text, 'ref'::text])))
);
alter table people.search_key owner to dauntless_owner;
alter table people.search_key enable row level security;
alter table people.search_key force row level security;
CREATE INDEX search_key_of_person ON people.search_key USING btree (person_id);
grant delete, insert, select on people.search_key to dauntless_worker;
grant delete, select on people.search_key to dauntless_definer;

-- What one agency may see of one person: fields, purpose, lawful basis, who decided, until when. Ended, never deleted. operation_id: made with the form, so that one sent twice shares once.
create table people.share (
  id uuid not null default gen_random_uuid(),
  agency_id uuid not null,
  person_id uuid not null,
  fields text[] not null,
  purpose text not null,
  basis text not null,
  decided_by uuid not null default access.actor(),
  at timestamp with time zone not null default now(),
  until timestamp with time zone not null,
  ended_at timestamp with time zone,
  operation_id uuid,
  ended_by uuid,
  end_reason text not null default ''::text,
  constraint share_pkey PRIMARY KEY (id),
  constraint share_operation_id_key UNIQUE (operation_id),
  constraint share_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES organisation.agency(id),
  constraint share_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES auth.account(id),
  constraint share_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES auth.account(id),
  constraint share_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id),
  constraint share_fields_check CHECK ((fields <@ ARRAY['identity'::text, 'incidents'::text]))
);
alter table people.share owner to dauntless_owner;
alter table people.share enable row level security;
alter table people.share force row level security;
CREATE INDEX share_of_agency ON people.share USING btree (agency_id) WHERE (ended_at IS NULL);
CREATE INDEX share_of_person ON people.share USING btree (person_id);
create policy own_agency on people.share for select to dauntless_app
  using (((agency_id IN ( SELECT organisation.my_agencies() AS my_agencies)) AND (ended_at IS NULL) AND (until > now())));
create policy police on people.share for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.person p
  WHERE (p.id = share.person_id)), false) AND (( SELECT organisation.my_reach() AS my_reach) <> '{}'::smallint[])));
create policy excluded on people.share as restrictive for all to dauntless_app
  using ((NOT (person_id IN ( SELECT people.my_exclusions() AS my_exclusions))));
create policy sealed on people.share as restrictive for all to dauntless_app
  using ((NOT (person_id IN ( SELECT people.hidden_of_shares() AS hidden_of_shares))));
CREATE TRIGGER log_new AFTER INSERT ON people.share REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('person_id', 'id');
grant insert, select, update on people.share to dauntless_definer;
grant select on people.share to dauntless_app;

-- A named person chose, or refused, somebody as a target, with a reason and a review date. Later choices supersede earlier ones; none is edited.
create table targeting.choice (
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  decision text not null,
  reason text not null,
  review_on date not null,
  score jsonb not null,
  operation_id uuid not null,
  by_account uuid not null default access.actor(),
  at timestamp with time zone not null default now(),
  reach smallint[] not null,
  constraint choice_pkey PRIMARY KEY (id),
  constraint choice_operation_id_key UNIQUE (operation_id),
  constraint choice_by_account_fkey FOREIGN KEY (by_account) REFERENCES auth.account(id),
  constraint choice_decision_check CHECK ((decision = ANY (ARRAY['target'::text, 'refuse'::text]))),
  constraint choice_reason_check CHECK ((length(TRIM(BOTH FROM reason)) >= 10))
);
alter table targeting.choice owner to dauntless_owner;
alter table targeting.choice enable row level security;
alter table targeting.choice force row level security;
CREATE INDEX choice_of_person ON targeting.choice USING btree (person_id, at DESC);
create policy decide on targeting.choice for insert to dauntless_app
  with check (((by_account = ( SELECT access.actor() AS actor)) AND COALESCE(( SELECT true
   FROM people.person p
  WHERE (p.id = choice.person_id)), false) AND (EXISTS ( SELECT
   FROM organisation.my_roles() r(r)
  WHERE (r.r = ANY (ARRAY['safeguarding_supervisor'::text, 'lead_responsible_officer'::text, 'analyst'::text]))))));
create policy of_opened on targeting.choice for select to dauntless_app
  using ((COALESCE(( SELECT true
   FROM people.person p
  WHERE (p.id = choice.person_id)), false) OR (person_id IN ( SELECT o.once_id
   FROM people.once_opened() o(once_id, person_id)))));
create policy staff on targeting.choice as restrictive for select to dauntless_app
  using ((NOT (EXISTS ( SELECT
   FROM organisation.my_agencies() my_agencies(my_agencies)))));
CREATE TRIGGER log_new AFTER INSERT ON targeting.choice REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit.log_change('person_id', 'id');
grant insert, select on targeting.choice to dauntless_app;
grant select on targeting.choice to dauntless_definer;
grant select on targeting.choice to dauntless_worker;

-- Days of harm for an offence, by version. fallback: the median of its subgroup stands in for a value that was not found.
create table targeting.harm_weight (
  version text not null,
  code text not null,
  days real not null,
  fallback boolean not null,
  source text not null,
  verified_by text,
  constraint harm_weight_pkey PRIMARY KEY (version, code)
);
alter table targeting.harm_weight owner to dauntless_owner;
alter table targeting.harm_weight enable row level security;
alter table targeting.harm_weight force row level security;
create policy signed_in on targeting.harm_weight for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant delete, insert, select, update on targeting.harm_weight to dauntless_worker;
grant select on targeting.harm_weight to dauntless_app;
grant select on targeting.harm_weight to dauntless_definer;

-- The latest score of each suspect, with the signs that the days of harm weigh little, as counts of records. lifted: the signs raised gravity above what the days make. Orders a list; decides nothing. Expires after 28 days.
create table targeting.score (
  person_id uuid not null,
  total real not null,
  recency real not null,
  frequency real not null,
  gravity real not null,
  victims real not null,
  incidents_24m integer not null,
  harm_days real not null,
  harm_max real not null,
  harm_fallback boolean not null,
  victims_36m integer not null,
  last_at timestamp with time zone not null,
  serial boolean not null,
  escalating boolean not null,
  unarrested boolean not null,
  bcus smallint[] not null,
  boroughs text[] not null,
  reach smallint[] not null,
  sealed boolean not null,
  conduct_36m integer not null default 0,
  strangulation_36m integer not null default 0,
  threats_36m integer not null default 0,
  high_risk_36m integer not null default 0,
  lifted boolean not null default false,
  constraint score_pkey PRIMARY KEY (person_id)
);
alter table targeting.score owner to dauntless_owner;
alter table targeting.score enable row level security;
alter table targeting.score force row level security;
CREATE INDEX score_by_total ON targeting.score USING btree (total DESC, person_id);
create policy of_opened on targeting.score for select to dauntless_app
  using (COALESCE(( SELECT true
   FROM people.person p
  WHERE (p.id = score.person_id)), false));
create policy staff on targeting.score as restrictive for select to dauntless_app
  using ((NOT (EXISTS ( SELECT
   FROM organisation.my_agencies() my_agencies(my_agencies)))));
grant delete, insert, select, truncate, update on targeting.score to dauntless_worker;
grant delete, select on targeting.score to dauntless_definer;
grant select on targeting.score to dauntless_app;
grant update (reach) on targeting.score to dauntless_definer;
grant update (sealed) on targeting.score to dauntless_definer;

-- When the force was last scored and by which rules: one row, which every score is as at.
create table targeting.scoring (
  one boolean not null default true,
  version text not null,
  scored_at timestamp with time zone not null,
  constraint scoring_pkey PRIMARY KEY (one),
  constraint scoring_one_check CHECK (one)
);
alter table targeting.scoring owner to dauntless_owner;
alter table targeting.scoring enable row level security;
alter table targeting.scoring force row level security;
create policy signed_in on targeting.scoring for select to dauntless_app
  using ((( SELECT access.actor() AS actor) IS NOT NULL));
grant delete, insert, select, update on targeting.scoring to dauntless_worker;
grant select on targeting.scoring to dauntless_app;
grant select on targeting.scoring to dauntless_definer;

CREATE OR REPLACE FUNCTION access.actor()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select (access.context() ->> 'actor')::uuid $function$;
alter function access.actor() owner to dauntless_definer;
grant execute on function access.actor() to dauntless_app;
grant execute on function access.actor() to dauntless_worker;

CREATE OR REPLACE FUNCTION access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  s record;
  standing record;
  payload text;
begin
  select l.id, l.account_id, a.kind into s from auth.live_session(token_hash) l join auth.account a on a.id = l.account_id;
  if s.kind = 'service' then
    select '{}'::text[] as roles, '{}'::smallint[] as reach, '{}'::uuid[] as agencies, '' as home into standing;
  else
    select * into standing from organisation.standing_of(s.account_id);
  end if;
  if s.id is null or standing.roles = '{}' and s.kind <> 'service' then
    raise exception 'access.no_session' using errcode = '28000';
  end if;
  payload := jsonb_build_object('actor', s.account_id, 'session', s.id, 'purpose', purpose, 'reason', coalesce(reason, ''),
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', date_part('epoch', now())::text,
    'roles', standing.roles::text, 'reach', standing.reach::text, 'agencies', standing.agencies::text,
    'role', array_to_string(standing.roles, ' '), 'home', standing.home)::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $function$;
alter function access.begin(bytea,text,text,text,uuid) owner to dauntless_definer;
grant execute on function access.begin(bytea,text,text,text,uuid) to dauntless_app;
grant execute on function access.begin(bytea,text,text,text,uuid) to dauntless_worker;

CREATE OR REPLACE FUNCTION access.context()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  raw text := nullif(current_setting('dauntless.context', true), '');
  payload jsonb;
  signature text;
begin
  if raw is null then
    return null;
  end if;
  -- as access.signature makes it: a call less, some forty times a page
  select encode(public.hmac(convert_to(substr(raw, 65), 'UTF8'), k.secret, 'sha256'), 'hex') into signature from access.context_key k;
  if left(raw, 64) is distinct from signature then
    raise exception 'access.forged_context' using errcode = '28000';
  end if;
  payload := substr(raw, 65)::jsonb;
  if (payload ->> 'pid')::int <> pg_backend_pid() or payload ->> 'at' <> date_part('epoch', now())::text then
    raise exception 'access.stale_context' using errcode = '28000';
  end if;
  return payload;
end $function$;
alter function access.context() owner to dauntless_definer;
grant execute on function access.context() to dauntless_app;
grant execute on function access.context() to dauntless_worker;

CREATE OR REPLACE FUNCTION access.signature(payload text)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select encode(public.hmac(convert_to(payload, 'UTF8'), k.secret, 'sha256'), 'hex') from access.context_key k
$function$;
alter function access.signature(text) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION audit.log_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  people uuid[] := '{}';
  things uuid[] := '{}';
  c jsonb := access.context();
begin
  if c is null then
    if session_user in ('dauntless_app', 'dauntless_worker', 'dauntless_public') then
      raise exception 'access.no_context' using errcode = '28000';
    end if;
    return null; -- the owner, migrating or loading the demo force
  end if;
  if TG_NARGS > 0 and TG_ARGV[0] <> '' then
    execute format('select coalesce(array_agg(distinct %I), ''{}'') from changed', TG_ARGV[0]) into people;
  end if;
  if TG_NARGS > 1 then
    execute format('select coalesce(array_agg(distinct %I), ''{}'') from changed', TG_ARGV[1]) into things;
  end if;
  perform audit.record('alter', people, things, jsonb_build_object('table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, 'how', lower(TG_OP)));
  return null;
end $function$;
alter function audit.log_change() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION audit.opened()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
 SET enable_seqscan TO 'off'
AS $function$
  select unnest(e.subjects || e.objects) from audit.entry e
  where e.xact = pg_current_xact_id_if_assigned() and e.actor = access.actor()
    and e.action in ('consult', 'search', 'claim', 'breakglass', 'review', 'disclose', 'export', 'alter')
$function$;
alter function audit.opened() owner to dauntless_definer;
grant execute on function audit.opened() to dauntless_app;

CREATE OR REPLACE FUNCTION audit.record(action text, subjects uuid[], objects uuid[], detail jsonb)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  c jsonb := access.context();
  made uuid;
begin
  if c is null then
    raise exception 'access.no_context' using errcode = '28000';
  end if;
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, reason, route, request_id, subjects, objects, detail)
  values ((c ->> 'actor')::uuid, (c ->> 'session')::uuid, c ->> 'role', c ->> 'home', record.action, c ->> 'purpose', c ->> 'reason',
    c ->> 'route', (c ->> 'request')::uuid, coalesce(record.subjects, '{}'), coalesce(record.objects, '{}'), coalesce(record.detail, '{}'))
  returning id into made;
  return made;
end $function$;
alter function audit.record(text,uuid[],uuid[],jsonb) owner to dauntless_definer;
grant execute on function audit.record(text,uuid[],uuid[],jsonb) to dauntless_app;
grant execute on function audit.record(text,uuid[],uuid[],jsonb) to dauntless_worker;

CREATE OR REPLACE FUNCTION auth.begin_login(state text, nonce text, verifier text, return_to text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  delete from auth.login where created_at < now() - interval '10 minutes';
  insert into auth.login (state, nonce, verifier, return_to) values ($1, $2, $3, $4);
$function$;
alter function auth.begin_login(text,text,text,text) owner to dauntless_definer;
grant execute on function auth.begin_login(text,text,text,text) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.close_all_sessions(token_hash bytea)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with closed as (update auth.session s set closed_at = now() where s.closed_at is null
    and s.account_id = (select o.account_id from auth.session o where o.token_hash = $1) returning s.*)
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  select c.account_id, c.id, array_to_string(organisation.roles_of(c.account_id), ' '), organisation.home_of(c.account_id), 'sign-out',
    'sign out everywhere', '/sign-out-everywhere' from closed c
$function$;
alter function auth.close_all_sessions(bytea) owner to dauntless_definer;
grant execute on function auth.close_all_sessions(bytea) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.close_disabled()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  update auth.session s set closed_at = now() from changed c
    where s.account_id = c.id and c.disabled_at is not null and s.closed_at is null;
  return null;
end $function$;
alter function auth.close_disabled() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION auth.close_session(token_hash bytea)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with closed as (update auth.session s set closed_at = now() where s.token_hash = $1 and s.closed_at is null returning s.*)
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  select c.account_id, c.id, array_to_string(organisation.roles_of(c.account_id), ' '), organisation.home_of(c.account_id), 'sign-out',
    'sign out', '/sign-out' from closed c
$function$;
alter function auth.close_session(bytea) owner to dauntless_definer;
grant execute on function auth.close_session(bytea) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.demo_people()
 RETURNS TABLE(subject text, name text, role text, unit text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select a.subject, a.name, (organisation.roles_of(a.id))[1], organisation.home_of(a.id)
  from auth.account a where a.demo and a.kind = 'person' and a.disabled_at is null and organisation.roles_of(a.id) <> '{}'
    and auth.is_demo_force() order by 3, 2
$function$;
alter function auth.demo_people() owner to dauntless_definer;
grant execute on function auth.demo_people() to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.is_confirmed(s auth.session)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$ select coalesce(s.step_up_at > now() - interval '15 minutes', false) $function$;
alter function auth.is_confirmed(auth.session) owner to dauntless_owner;
grant execute on function auth.is_confirmed(auth.session) to dauntless_definer;

CREATE OR REPLACE FUNCTION auth.is_demo_force()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from auth.account where demo) and not exists (select from auth.account where kind = 'person' and not demo)
    and (select coalesce(bool_and(f.synthetic), false) from organisation.force f)
$function$;
alter function auth.is_demo_force() owner to dauntless_definer;
grant execute on function auth.is_demo_force() to dauntless_app;
grant execute on function auth.is_demo_force() to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.live_session(hash bytea)
 RETURNS SETOF auth.session
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select s.* from auth.session s join auth.account a on a.id = s.account_id
  where s.token_hash = hash and s.closed_at is null and a.disabled_at is null
    and s.last_seen_at > now() - interval '15 minutes' and s.created_at > now() - interval '10 hours'
$function$;
alter function auth.live_session(bytea) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION auth.of_the_demonstration()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  new.demo := new.demo or (new.issuer = 'embedded' and new.kind = 'person'
    and coalesce((select bool_and(f.synthetic) from organisation.force f), false));
  return new;
end $function$;
alter function auth.of_the_demonstration() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION auth.open_service_session(token_hash bytea)
 RETURNS uuid
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  insert into auth.session (account_id, token_hash, user_agent)
  select a.id, token_hash, 'worker' from auth.account a where a.issuer = 'service' and a.subject = 'worker'
  returning id
$function$;
alter function auth.open_service_session(bytea) owner to dauntless_definer;
grant execute on function auth.open_service_session(bytea) to dauntless_worker;

CREATE OR REPLACE FUNCTION auth.open_session(issuer text, subject text, token_hash bytea, user_agent text)
 RETURNS TABLE(session_id uuid, staff_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  who uuid;
  made uuid;
begin
  select a.id into who from auth.account a where a.issuer = open_session.issuer and a.subject = open_session.subject
    and a.disabled_at is null and a.kind = 'person' and organisation.roles_of(a.id) <> '{}';
  if who is null then
    return;
  end if;
  insert into auth.session (account_id, token_hash, user_agent) values (who, open_session.token_hash, left(open_session.user_agent, 200))
  returning id into made;
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  values (who, made, array_to_string(organisation.roles_of(who), ' '), organisation.home_of(who), 'sign-in', 'sign in', '/sign-in');
  return query select made, who;
end $function$;
alter function auth.open_session(text,text,bytea,text) owner to dauntless_definer;
grant execute on function auth.open_session(text,text,bytea,text) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.session(token_hash bytea)
 RETURNS TABLE(session_id uuid, staff_id uuid, name text, roles text[], csrf text, confirmed boolean, absolute_until timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  s auth.session;
  held text[];
begin
  select * into s from auth.live_session(token_hash);
  held := organisation.roles_of(s.account_id);
  if s.id is null or held = '{}' then
    return;
  end if;
  -- once a minute is enough for the idle timer, and spares a write a page
  if s.last_seen_at < now() - interval '1 minute' then
    update auth.session x set last_seen_at = now() where x.id = s.id;
  end if;
  return query select s.id, s.account_id, a.name, held, s.csrf, auth.is_confirmed(s), s.created_at + interval '10 hours'
    from auth.account a where a.id = s.account_id;
end $function$;
alter function auth.session(bytea) owner to dauntless_definer;
grant execute on function auth.session(bytea) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.step_up(token_hash bytea, next_hash bytea, issuer text, subject text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  s auth.session;
begin
  update auth.session x set token_hash = step_up.next_hash, step_up_at = now(), last_seen_at = now()
    from auth.live_session(step_up.token_hash) l join auth.account a on a.id = l.account_id
    where x.id = l.id and a.issuer = step_up.issuer and a.subject = step_up.subject returning x.* into s;
  if s.id is null then
    return false;
  end if;
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  values (s.account_id, s.id, array_to_string(organisation.roles_of(s.account_id), ' '), organisation.home_of(s.account_id), 'sign-in',
    'confirm who one is', '/step-up');
  return true;
end $function$;
alter function auth.step_up(bytea,bytea,text,text) owner to dauntless_definer;
grant execute on function auth.step_up(bytea,bytea,text,text) to dauntless_auth;

CREATE OR REPLACE FUNCTION auth.take_login(state text)
 RETURNS TABLE(nonce text, verifier text, return_to text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  delete from auth.login l where l.state = $1 and l.created_at > now() - interval '10 minutes'
  returning l.nonce, l.verifier, l.return_to
$function$;
alter function auth.take_login(text) owner to dauntless_definer;
grant execute on function auth.take_login(text) to dauntless_auth;

CREATE OR REPLACE FUNCTION events.put(kind text, name text, subject uuid, key text, data jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  insert into events.outbox (kind, name, subject, key, data, actor)
  values (put.kind, put.name, put.subject, put.key, put.data, access.actor()) on conflict do nothing;
  return found;
end $function$;
alter function events.put(text,text,uuid,text,jsonb) owner to dauntless_definer;
grant execute on function events.put(text,text,uuid,text,jsonb) to dauntless_app;
grant execute on function events.put(text,text,uuid,text,jsonb) to dauntless_worker;

CREATE OR REPLACE FUNCTION incidents.close_problems(persons uuid[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  shut uuid[];
  shut_kept uuid[];
  changed integer;
begin
  if not exists (select from incidents.problem) then
    return 0;
  end if;
  with said as materialized (
    select m.record_id, nullif(substr(m.nominal, strpos(m.nominal, ':') + 1), '') as nominal, m.custody_ref,
      lower(trim(m.forenames)) as forenames, lower(trim(m.surname)) as surname
    from people.person p join people.membership b on b.person_id = p.id join people.mention m on m.id = b.mention_id
    where p.sealed and (persons is null or p.id = any (persons)) and (b.to_at is null or m.superseded_at is not null)),
  word as (
    select i.ref as value from incidents.incident i
    where i.sealed and (persons is null or i.id in (select s.record_id from said s))
    union select s.nominal from said s where length(s.nominal) >= 4 union select s.custody_ref from said s where length(s.custody_ref) >= 4),
  -- of a problem, and of the rows of its record
  cell as materialized (
    select p.id as of, p.id, p.kept_id, trim(c.value) as value from incidents.problem p cross join lateral jsonb_array_elements_text(p.row) c (value)
    union all
    select k.id, null, k.id, trim(c.value #>> '{}') from incidents.kept_record k
    cross join lateral jsonb_path_query(k.rows || k.taken, '$[*].cells[*]') c (value)),
  hit as (
    select c.id, c.kept_id from cell c where c.value in (select w.value from word w)
    union
    select c.id, c.kept_id from said s join cell c on lower(c.value) = s.surname join cell d on d.of = c.of and lower(d.value) = s.forenames
    where s.surname <> '' and s.forenames <> ''
    union
    select p.id, p.kept_id from incidents.problem p where p.names_police)
  select array(select distinct h.id from hit h where h.id is not null),
    array(select distinct h.kept_id from hit h where h.kept_id is not null) into shut, shut_kept;
  update incidents.kept_record k set sealed = k.id = any (shut_kept)
    where k.sealed <> (k.id = any (shut_kept)) and (persons is null or not k.sealed);
  update incidents.problem p set sealed = now_.shut
    from (select q.id, q.id = any (shut) or coalesce(q.kept_id = any (shut_kept), false) as shut from incidents.problem q) now_
    where now_.id = p.id and p.sealed <> now_.shut and (persons is null or not p.sealed);
  get diagnostics changed = row_count;
  return changed;
end $function$;
alter function incidents.close_problems(uuid[]) owner to dauntless_definer;
grant execute on function incidents.close_problems(uuid[]) to dauntless_worker;

CREATE OR REPLACE FUNCTION incidents.correct_row(kept uuid, file text, line integer, cells jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  batch uuid;
begin
  if not exists (select from organisation.my_roles() r where r = 'analyst') or jsonb_typeof(cells) <> 'array' then
    return false;
  end if;
  update incidents.kept_record k set said = '', rows = (
      select jsonb_agg(case when r.one ->> 'file' = correct_row.file and (r.one ->> 'line')::integer = correct_row.line
        then r.one || jsonb_build_object('cells', correct_row.cells) else r.one end order by r.n)
      from jsonb_array_elements(k.rows) with ordinality r (one, n))
    where k.id = kept and not k.sealed and exists (select from incidents.problem p where p.kept_id = kept and p.file = correct_row.file
      and p.line = correct_row.line and p.corrected_at is null and not p.sealed)
    returning k.batch_id into batch;
  if batch is null then
    return false;
  end if;
  update incidents.problem p set corrected_by = access.actor()
    where p.kept_id = kept and p.file = correct_row.file and p.line = correct_row.line and p.corrected_at is null;
  perform audit.record('alter', '{}', array[batch, kept], jsonb_build_object('what', 'row corrected', 'line', line));
  return true;
end $function$;
alter function incidents.correct_row(uuid,text,integer,jsonb) owner to dauntless_definer;
grant execute on function incidents.correct_row(uuid,text,integer,jsonb) to dauntless_app;

CREATE OR REPLACE FUNCTION incidents.keep_apart(records uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
declare
  marked uuid[] := array(select distinct m.record_id from people.mention m where m.record_id = any (records) and m.protected_place);
begin
  if marked = '{}' then
    return;
  end if;
  with secret as materialized (
    select m.record_id, incidents.letters(coalesce(c.address, m.address)) as address, incidents.letters(coalesce(c.postcode, m.postcode)) as postcode,
      right(incidents.letters(coalesce(c.phone, m.phone)), 10) as phone
    from people.mention m left join people.protected_contact c on c.mention_id = m.id
    where m.record_id = any (marked) and m.protected_place)
  update people.mention m set protected_place = true
  where m.record_id = any (marked) and not m.protected_place and (m.superseded_at is not null or exists (
    select from secret s where s.record_id = m.record_id and (incidents.letters(m.postcode) = s.postcode
      or right(incidents.letters(m.phone), 10) = s.phone
      or strpos(incidents.letters(m.address), nullif(s.address, '')) > 0 or strpos(s.address, nullif(incidents.letters(m.address), '')) > 0)));
  insert into people.protected_contact (mention_id, address, postcode, phone)
    select m.id, m.address, m.postcode, m.phone from people.mention m
    where m.record_id = any (marked) and m.protected_place and num_nonnulls(m.address, m.postcode, m.phone) > 0;
  update people.mention m set address = null, postcode = null, phone = null
  where m.record_id = any (marked) and m.protected_place and num_nonnulls(m.address, m.postcode, m.phone) > 0;

  insert into incidents.protected_place (incident_id, said)
    select v.incident_id, p.place from incidents.incident_version v
    cross join lateral (select jsonb_strip_nulls(jsonb_object_agg(e.key, e.value)) as place from jsonb_each(v.was) e
      where e.key in ('address', 'postcode', 'ward_code', 'lat', 'lon', 'summary', 'details')) p
    where v.incident_id = any (marked) and p.place <> '{}';
  update incidents.incident_version v set was = v.was - '{address,postcode,ward_code,lat,lon,summary,details}'::text[]
  where v.incident_id = any (marked) and v.was ?| '{address,postcode,ward_code,lat,lon,summary,details}';

  -- what a text gives away, however it is spaced: the parts of an address with a number, postcodes, and telephones without 0 or +44
  with place as materialized (
    select i.id, jsonb_strip_nulls(jsonb_build_object('address', i.address, 'postcode', i.postcode, 'ward_code', i.ward_code, 'lat', i.lat,
      'lon', i.lon)) as said from incidents.incident i where i.id = any (marked)),
  word as materialized (
    select x.record, incidents.letters(w.part) as letters
    from (select m.record_id as record, c.address, c.postcode, c.phone from people.mention m join people.protected_contact c on c.mention_id = m.id
        where m.record_id = any (marked)
      union all select p.id, p.said ->> 'address', p.said ->> 'postcode', null from place p
      union all select p.incident_id, p.said ->> 'address', p.said ->> 'postcode', null from incidents.protected_place p
        where p.incident_id = any (marked)) x
    cross join lateral (select regexp_split_to_table(x.address, ',') union select x.postcode
      union select substring(x.address from '\d+[[:alpha:]]?,?\s+[[:alpha:]''-]+\s+[[:alpha:]''-]+')
      union select right(incidents.letters(x.phone), 10)) w (part)),
  giving as materialized (
    select w.record, string_agg(regexp_replace(w.letters, '(.)(?=.)', '\1[^[:alnum:]]*', 'g'), '|' order by length(w.letters) desc, w.letters) as away
    from word w where length(w.letters) >= 5 and w.letters ~ '\d' group by 1),
  kept as materialized (
    select i.id, p.said || case when i.summary ~* g.away then jsonb_build_object('summary', i.summary) else '{}' end
        || case when i.details::text ~* g.away then jsonb_build_object('details', i.details) else '{}' end as said, g.away
    from incidents.incident i join place p on p.id = i.id left join giving g on g.record = i.id),
  put as (
    insert into incidents.protected_place (incident_id, said) select k.id, k.said from kept k where k.said <> '{}')
  update incidents.incident i set address = null, postcode = null, ward_code = null, lat = null, lon = null,
    summary = case when k.said ? 'summary' then regexp_replace(i.summary, k.away, '[protected]', 'gi') else i.summary end,
    details = case when k.said ? 'details' then '{}' else i.details end
  from kept k where k.id = i.id and k.said <> '{}';
end $function$;
alter function incidents.keep_apart(uuid[]) owner to dauntless_definer;
grant execute on function incidents.keep_apart(uuid[]) to dauntless_worker;

CREATE OR REPLACE FUNCTION incidents.keep_upload(upload uuid, profile text, columns jsonb, files jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from organisation.my_roles() r where r = 'analyst') then
    return false;
  end if;
  insert into incidents.upload (id, profile, columns, by_account) values (upload, keep_upload.profile, keep_upload.columns, access.actor());
  insert into incidents.upload_file (upload_id, seq, name, bytes, fingerprint)
    select upload, f.n, f.file ->> 'name', (f.file ->> 'bytes')::bigint, f.file ->> 'fingerprint'
    from jsonb_array_elements(files) with ordinality f (file, n);
  perform audit.record('collect', '{}', array[upload], jsonb_build_object('what', 'files sent', 'profile', keep_upload.profile,
    'files', jsonb_array_length(files)));
  return true;
end $function$;
alter function incidents.keep_upload(uuid,text,jsonb,jsonb) owner to dauntless_definer;
grant execute on function incidents.keep_upload(uuid,text,jsonb,jsonb) to dauntless_app;

CREATE OR REPLACE FUNCTION incidents.letters(written text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$ select regexp_replace(lower(written), '[^[:alnum:]]', '', 'g') $function$;
alter function incidents.letters(text) owner to dauntless_owner;
grant execute on function incidents.letters(text) to dauntless_definer;

CREATE OR REPLACE FUNCTION incidents.move_upload(upload uuid, state text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if state not in ('queued', 'removed') or not exists (select from organisation.my_roles() r where r = 'analyst') then
    return false;
  end if;
  update incidents.upload u set state = move_upload.state, said = '', progress = '{}'
    where u.id = upload and u.state in ('looking', 'ready', 'failed', 'refused') and u.batch_id is null
      and (move_upload.state = 'removed' or u.state in ('ready', 'failed'));
  if not found then
    return false;
  end if;
  perform audit.record('collect', '{}', array[upload], jsonb_build_object('what', 'upload ' || state));
  return true;
end $function$;
alter function incidents.move_upload(uuid,text) owner to dauntless_definer;
grant execute on function incidents.move_upload(uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION incidents.open_batch(batch uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$ select audit.record('consult', '{}', array[batch], '{"what": "import problems"}') $function$;
alter function incidents.open_batch(uuid) owner to dauntless_definer;
grant execute on function incidents.open_batch(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION incidents.open_high_risk(since timestamp with time zone, how_many integer)
 RETURNS TABLE(incident_id uuid, of integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
alter function incidents.open_high_risk(timestamp with time zone,integer) owner to dauntless_definer;
grant execute on function incidents.open_high_risk(timestamp with time zone,integer) to dauntless_app;

CREATE OR REPLACE FUNCTION incidents.set_columns(upload uuid, columns jsonb, keep boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  its text;
begin
  if not exists (select from organisation.my_roles() r where r = 'analyst') then
    return false;
  end if;
  update incidents.upload u set columns = set_columns.columns, state = 'looking', looked = null, progress = '{}'
    where u.id = upload and u.state in ('ready', 'refused', 'failed') and u.batch_id is null returning u.profile into its;
  if its is null then
    return false;
  end if;
  if keep then
    insert into incidents.column_mapping (profile, columns, by_account) values (its, set_columns.columns, access.actor())
      on conflict (profile) do update set columns = excluded.columns, by_account = excluded.by_account, kept_at = now();
  end if;
  perform audit.record('alter', '{}', array[upload], jsonb_build_object('what', 'columns chosen', 'kept', keep));
  return true;
end $function$;
alter function incidents.set_columns(uuid,jsonb,boolean) owner to dauntless_definer;
grant execute on function incidents.set_columns(uuid,jsonb,boolean) to dauntless_app;

CREATE OR REPLACE FUNCTION jobs.create_queue(queue_name text, options jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  tablename varchar := CASE WHEN options->>'partition' = 'true'
                        THEN 'j' || encode(sha224(queue_name::bytea), 'hex')
                        ELSE 'job_common'
                        END;
  queue_created_on timestamptz;
BEGIN
  WITH q as (
    INSERT INTO jobs.queue (
      name,
      policy,
      retry_limit,
      retry_delay,
      retry_backoff,
      retry_delay_max,
      expire_seconds,
      retention_seconds,
      deletion_seconds,
      warning_queued,
      dead_letter,
      partition,
      table_name,
      heartbeat_seconds,
      notify,
      created_on,
      updated_on
    )
    VALUES (
      queue_name,
      options->>'policy',
      COALESCE((options->>'retryLimit')::int, 2),
      COALESCE((options->>'retryDelay')::int, 0),
      COALESCE((options->>'retryBackoff')::bool, false),
      (options->>'retryDelayMax')::int,
      COALESCE((options->>'expireInSeconds')::int, 900),
      COALESCE((options->>'retentionSeconds')::int, 1209600),
      COALESCE((options->>'deleteAfterSeconds')::int, 604800),
      COALESCE((options->>'warningQueueSize')::int, 0),
      options->>'deadLetter',
      COALESCE((options->>'partition')::bool, false),
      tablename,
      (options->>'heartbeatSeconds')::int,
      COALESCE((options->>'notify')::bool, false),
      jobs.job_now(),
      jobs.job_now()
    )
    ON CONFLICT DO NOTHING
    RETURNING created_on
  )
  SELECT created_on into queue_created_on from q;
  IF queue_created_on IS NULL OR options->>'partition' IS DISTINCT FROM 'true' THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE jobs.%I (LIKE jobs.job INCLUDING DEFAULTS)', tablename);
  EXECUTE jobs.job_table_format($cmd$ALTER TABLE jobs.job ADD PRIMARY KEY (name, id)$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$ALTER TABLE jobs.job ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES jobs.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$ALTER TABLE jobs.job ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES jobs.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i11 ON jobs.job (name, priority DESC, created_on, start_after) WHERE state < 'active' AND NOT blocked$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i4 ON jobs.job (name, singleton_on, COALESCE(singleton_key, '')) WHERE state <> 'cancelled' AND singleton_on IS NOT NULL$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i7 ON jobs.job (name, group_id) WHERE state = 'active' AND group_id IS NOT NULL$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i9 ON jobs.job (name, id) WHERE blocking AND state = 'completed'$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i12 ON jobs.job (source_root_id) WHERE source_root_id IS NOT NULL$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i13 ON jobs.job (name, singleton_key) WHERE state = 'created' AND upsert_by_key$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i14 ON jobs.job (name, state, blocked, start_after) WHERE state IN ('created', 'retry', 'active', 'failed')$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i15 ON jobs.job (name, created_on)$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i16 ON jobs.job (name, completed_on) WHERE completed_on IS NOT NULL$cmd$, tablename);
  EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i17 ON jobs.job (name, singleton_key, created_on) WHERE state < 'active' AND singleton_key IS NOT NULL$cmd$, tablename);
  IF options->>'policy' = 'short' THEN
    EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i1 ON jobs.job (name, COALESCE(singleton_key, '')) WHERE state = 'created' AND policy = 'short'$cmd$, tablename);
  ELSIF options->>'policy' = 'singleton' THEN
    EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i2 ON jobs.job (name, COALESCE(singleton_key, '')) WHERE state = 'active' AND policy = 'singleton'$cmd$, tablename);
  ELSIF options->>'policy' = 'stately' THEN
    EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i3 ON jobs.job (name, state, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'stately'$cmd$, tablename);
  ELSIF options->>'policy' = 'exclusive' THEN
    EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i6 ON jobs.job (name, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'exclusive'$cmd$, tablename);
  ELSIF options->>'policy' = 'key_strict_fifo' THEN
    EXECUTE jobs.job_table_format($cmd$CREATE UNIQUE INDEX job_i8 ON jobs.job (name, singleton_key) WHERE state IN ('active', 'retry', 'failed') AND policy = 'key_strict_fifo'$cmd$, tablename);
    EXECUTE jobs.job_table_format($cmd$CREATE INDEX job_i10 ON jobs.job (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE state < 'active' AND NOT blocked AND policy = 'key_strict_fifo'$cmd$, tablename);
    EXECUTE jobs.job_table_format($cmd$ALTER TABLE jobs.job ADD CONSTRAINT job_key_strict_fifo_singleton_key_check CHECK (NOT (policy = 'key_strict_fifo' AND singleton_key IS NULL))$cmd$, tablename);
  END IF;
  EXECUTE format('ALTER TABLE jobs.%I ADD CONSTRAINT cjc CHECK (name=%L)', tablename, queue_name);
  EXECUTE format('ALTER TABLE jobs.job ATTACH PARTITION jobs.%I FOR VALUES IN (%L)', tablename, queue_name);
END;
$function$;
alter function jobs.create_queue(text,jsonb) owner to dauntless_owner;
grant execute on function jobs.create_queue(text,jsonb) to dauntless_worker;

CREATE OR REPLACE FUNCTION jobs.delete_queue(queue_name text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  v_table varchar;
  v_partition bool;
BEGIN

  SELECT table_name, partition
  FROM jobs.queue
  WHERE name = queue_name
  INTO v_table, v_partition;
  IF v_partition THEN
    EXECUTE format('DROP TABLE IF EXISTS jobs.%I', v_table);
  ELSE
    EXECUTE format('DELETE FROM jobs.%I WHERE name = %L', v_table, queue_name);
  END IF;

  DELETE FROM jobs.queue WHERE name = queue_name;
END;
$function$;
alter function jobs.delete_queue(text) owner to dauntless_owner;
grant execute on function jobs.delete_queue(text) to dauntless_worker;

CREATE OR REPLACE FUNCTION jobs.job_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  SELECT pg_catalog.now();
$function$;
alter function jobs.job_now() owner to dauntless_owner;
grant execute on function jobs.job_now() to dauntless_worker;

CREATE OR REPLACE FUNCTION jobs.job_table_format(command text, table_name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT format(
    regexp_replace(
      regexp_replace(command, '\.job\y', '.%1$I', 'g'),
      '\yjob_i(\d+)', '%1$s_i\1', 'g'
    ),
    table_name
  );
$function$;
alter function jobs.job_table_format(text,text) owner to dauntless_owner;
grant execute on function jobs.job_table_format(text,text) to dauntless_worker;

CREATE OR REPLACE FUNCTION jobs.job_table_run(command text, tbl_name text DEFAULT NULL::text, queue_name text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  tbl RECORD;
BEGIN
  IF queue_name IS NOT NULL THEN
    SELECT table_name INTO tbl_name FROM jobs.queue WHERE name = queue_name;
  END IF;
  IF tbl_name IS NOT NULL THEN
    EXECUTE jobs.job_table_format(command, tbl_name);
    RETURN;
  END IF;
  EXECUTE jobs.job_table_format(command, 'job_common');
  FOR tbl IN SELECT table_name FROM jobs.queue WHERE partition = true
  LOOP
    EXECUTE jobs.job_table_format(command, tbl.table_name);
  END LOOP;
END;
$function$;
alter function jobs.job_table_run(text,text,text) owner to dauntless_owner;
grant execute on function jobs.job_table_run(text,text,text) to dauntless_worker;

CREATE OR REPLACE FUNCTION jobs.job_table_run_async(command_name text, version integer, command text, tbl_name text DEFAULT NULL::text, queue_name text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF queue_name IS NOT NULL THEN
    SELECT table_name INTO tbl_name FROM jobs.queue WHERE name = queue_name;
  END IF;
  IF tbl_name IS NOT NULL THEN
    INSERT INTO jobs.bam (name, version, status, queue, table_name, command)
    VALUES (
      command_name,
      version,
      'pending',
      queue_name,
      tbl_name,
      jobs.job_table_format(command, tbl_name)
    );
    RETURN;
  END IF;
  INSERT INTO jobs.bam (name, version, status, queue, table_name, command)
  SELECT
    command_name,
    version,
    'pending',
    NULL,
    'job_common',
    jobs.job_table_format(command, 'job_common')
  UNION ALL
  SELECT
    command_name,
    version,
    'pending',
    queue.name,
    queue.table_name,
    jobs.job_table_format(command, queue.table_name)
  FROM jobs.queue
  WHERE partition = true;
END;
$function$;
alter function jobs.job_table_run_async(text,integer,text,text,text) owner to dauntless_owner;
grant execute on function jobs.job_table_run_async(text,integer,text,text,text) to dauntless_worker;

CREATE OR REPLACE FUNCTION linkage.agreement()
 RETURNS TABLE(first_answer text, second_answer text, pairs integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select j.answer, k.answer, count(*)::integer from linkage.judgement j
  join linkage.judgement k on k.a = j.a and k.b = j.b and k.kind = 'pair' and k.round = 2 and k.at > j.at
  where j.kind = 'pair' and j.round = 1 and not exists (select from linkage.judgement l where l.a = j.a and l.b = j.b and l.kind = 'pair'
    and l.round = 1 and l.at > j.at and l.at < k.at)
    and exists (select from organisation.my_roles() r where r in ('analyst', 'lead_responsible_officer', 'safeguarding_supervisor'))
  group by 1, 2 order by 1, 2
$function$;
alter function linkage.agreement() owner to dauntless_definer;
grant execute on function linkage.agreement() to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.describe(touched uuid[])
 RETURNS uuid[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  whom uuid[] := array(select distinct x from unnest(touched || people.persons_on(array(select people.records_of(touched)))) x);
  held uuid[] := array(select people.records_of(whom));
begin
  with told as (
    select b.person_id, m.dob, m.sex, m.role, m.record_id, i.bcu_id, m.known_as,
      nullif(trim(concat_ws(' ', m.forenames, m.surname)), '') as name,
      nullif(lower(concat_ws('|', split_part(m.forenames, ' ', 1), m.surname)), '|') as same_name,
      coalesce(m.forenames, '') <> '' and coalesce(m.surname, '') <> '' as whole,
      p.sealed, bool_or(p.sealed) over (partition by m.record_id) as on_sealed
    from people.membership b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
    join people.person p on p.id = b.person_id
    where m.record_id = any (held) and b.to_at is null and m.superseded_at is null),
  spelling as (
    select person_id, name, same_name, whole, count(*) as n, sum(count(*)) over (partition by person_id, same_name) as of_name
    from told where name is not null and (sealed or not on_sealed) group by 1, 2, 3, 4),
  named as (
    select distinct on (person_id) person_id, name from spelling
    order by person_id, whole desc, of_name desc, same_name, name = upper(name), cardinality(string_to_array(name, ' ')) desc,
      n desc, name),
  facts as (
    select person_id, max(known_as) as known_as, mode() within group (order by dob) as dob,
      mode() within group (order by sex) as sex, array_agg(distinct role) as roles,
      count(distinct record_id)::int as incidents, array_agg(distinct bcu_id) as reach
    from told where sealed or not on_sealed group by 1),
  fresh as (
    select person_id, coalesce(n.name, f.known_as, '') as name, f.dob, f.sex, coalesce(f.roles, '{}') as roles,
      coalesce(f.incidents, 0) as incidents, coalesce(f.reach, '{}') as reach
    from (select distinct person_id from told where person_id = any (whom)) everybody
    left join facts f using (person_id) left join named n using (person_id))
  update people.person p set name = f.name, dob = f.dob, sex = f.sex, roles = f.roles, incidents = f.incidents, reach = f.reach
  from fresh f where p.id = f.person_id
    and (p.name, p.dob, p.sex, p.roles, p.incidents, p.reach) is distinct from (f.name, f.dob, f.sex, f.roles, f.incidents, f.reach);

  with spread as (
    select m.record_id, bool_or(p.sealed) as sealed, array_agg(distinct r.bcu order by r.bcu) as reach
    from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null join people.person p on p.id = b.person_id
    cross join unnest(p.reach) as r (bcu) where m.record_id = any (held) and m.superseded_at is null group by 1),
  of_incident as (
    update incidents.incident i set reach = s.reach, sealed = s.sealed from spread s
    where i.id = s.record_id and (i.reach, i.sealed) is distinct from (s.reach, s.sealed)),
  of_involvement as (
    update incidents.involvement v set reach = s.reach, sealed = s.sealed from spread s
    where v.incident_id = s.record_id and (v.reach, v.sealed) is distinct from (s.reach, s.sealed))
  update people.mention m set reach = s.reach, sealed = s.sealed from spread s
  where m.record_id = s.record_id and (m.reach, m.sealed) is distinct from (s.reach, s.sealed);
  return whom;
end $function$;
alter function linkage.describe(uuid[]) owner to dauntless_definer;
grant execute on function linkage.describe(uuid[]) to dauntless_worker;

CREATE OR REPLACE FUNCTION linkage.harm_of(one uuid, other uuid)
 RETURNS smallint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select (case when 'victim' = any (x.roles) and 'suspect' = any (y.roles) or 'suspect' = any (x.roles) and 'victim' = any (y.roles)
      then 3 else coalesce((
        select max(case i.risk_grade when 'high' then 2 when 'medium' then 1 else 0 end)
        from incidents.incident i where i.id in (select people.records_of(array[one, other]))), 0) end)::smallint
  from people.person x, people.person y where x.id = one and y.id = other
$function$;
alter function linkage.harm_of(uuid,uuid) owner to dauntless_definer;
grant execute on function linkage.harm_of(uuid,uuid) to dauntless_worker;

CREATE OR REPLACE FUNCTION linkage.is_reviewer()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select exists (select from organisation.my_roles() r where r in ('safeguarding_supervisor', 'analyst')) $function$;
alter function linkage.is_reviewer() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.join_persons(judgement uuid, one uuid, other uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  ones uuid[] := linkage.mentions_of(one);
  others uuid[] := linkage.mentions_of(other);
  stays uuid;
begin
  if one = other then
    return;
  end if;
  if exists (select from people.mention x join people.mention y on y.record_id = x.record_id
      where x.id = any (ones) and y.id = any (others)) then
    raise exception 'one record' using errcode = 'LK001';
  end if;
  if exists (select from linkage.standing() s where s.verdict = 'different'
      and (s.a = any (ones) and s.b = any (others) or s.b = any (ones) and s.a = any (others))) then
    raise exception 'said to be two' using errcode = 'LK001';
  end if;
  select p.id into stays from people.person p where p.id in (one, other)
  order by case p.id when one then cardinality(ones) else cardinality(others) end desc, p.made_at, p.id limit 1;
  insert into people.decision (id, kind, by_account) values (judgement, 'merge', access.actor());
  perform linkage.pin(judgement, ones || others);
  perform linkage.describe(linkage.move(case stays when one then others else ones end, stays, judgement));
end $function$;
alter function linkage.join_persons(uuid,uuid,uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.judge(a uuid, b uuid, answer text, reason text, operation uuid)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
#variable_conflict use_variable
declare
  one uuid := linkage.seen_person(a);
  other uuid := linkage.seen_person(b);
  me uuid := access.actor();
  first_ linkage.judgement;
  second_ linkage.judgement;
  which smallint := 1;
  harm smallint;
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  if not a < b or one is null or other is null or not linkage.is_reviewer()
     or answer not in ('same', 'different', 'cannot say') then
    perform audit.record('refuse', '{}', '{}', '{"what": "judgement"}');
    return 'not there';
  end if;
  perform pg_advisory_xact_lock(727004);
  select j.* into first_ from linkage.judgement j where j.kind = 'pair' and j.a = a and j.b = b and j.round = 1
    and not exists (select from linkage.withdrawal w where w.judgement_id = j.id) order by j.at desc limit 1;
  if first_.id is not null then
    select j.* into second_ from linkage.judgement j where j.kind = 'pair' and j.a = a and j.b = b and j.round = 2 and j.at > first_.at
      order by j.at desc limit 1;
    if second_.id is null and first_.second then
      which := 2;
    elsif second_.id is not null and second_.answer <> first_.answer
       and not exists (select from linkage.judgement j where j.a = a and j.b = b and j.round = 3 and j.at > second_.at) then
      which := 3;
    else
      return 'answered';
    end if;
    if me in (first_.by_account, second_.by_account) then
      return 'own';
    end if;
  elsif exists (select from linkage.judgement j where j.a = a and j.b = b and j.round = 3
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)) then
    return 'answered';
  end if;
  harm := linkage.harm_of(one, other);
  -- a second reader may find them joined already: then the roles of the two mentions say whether this was a victim and a suspect
  if harm = 3 and length(trim(reason)) = 0 then
    return 'reason';
  end if;
  if which = 3 and answer <> first_.answer then
    perform linkage.undo(first_.id, 'a third reader answered otherwise');
    one := coalesce(linkage.seen_person(a), one);
    other := coalesce(linkage.seen_person(b), other);
  end if;
  if answer = 'different' and one = other and which <> 2 then
    -- who goes with whom must be said: a split
    raise exception 'one person' using errcode = 'LK001';
  end if;
  insert into linkage.judgement (id, kind, a, b, answer, round, second, reason, by_account)
  values (operation, 'pair', a, b, answer, which, which = 1 and linkage.wants_second(a, b, answer, harm), reason, me);
  perform audit.record(case answer when 'same' then 'combine' else 'alter' end, array[one, other], array[operation],
    jsonb_build_object('what', 'judgement', 'answer', answer, 'round', which));
  if which = 2 or which = 3 and answer = first_.answer or answer = 'cannot say' then
    return 'done';
  end if;
  if answer = 'different' then
    insert into linkage.assertion (judgement_id, a, b, verdict) values (operation, a, b, 'different');
    return 'done';
  end if;
  perform linkage.join_persons(operation, one, other);
  insert into linkage.assertion (judgement_id, a, b, verdict) values (operation, a, b, 'same') on conflict do nothing;
  return 'done';
exception when sqlstate 'LK001' then
  -- nothing of the above is kept
  return sqlerrm;
end $function$;
alter function linkage.judge(uuid,uuid,text,text,uuid) owner to dauntless_definer;
grant execute on function linkage.judge(uuid,uuid,text,text,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.mentions_of(person uuid)
 RETURNS uuid[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(m.id order by m.id), '{}') from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id = person and b.to_at is null and m.superseded_at is null
$function$;
alter function linkage.mentions_of(uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.merge(one uuid, other uuid, reason text, operation uuid)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  ends uuid[];
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  if one = other or not linkage.is_reviewer()
     or (select count(*) from people.person p where p.id in (one, other) and p.merged_into is null and people.sees(p)) <> 2 then
    perform audit.record('refuse', array[one, other], '{}', '{"what": "merge"}');
    return 'not there';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  perform pg_advisory_xact_lock(727004);
  ends := array(select x from unnest(array[(linkage.mentions_of(one))[1], (linkage.mentions_of(other))[1]]) x order by x);
  insert into linkage.judgement (id, kind, a, b, answer, reason, by_account)
  values (operation, 'merge', ends[1], ends[2], 'same', reason, access.actor());
  perform linkage.join_persons(operation, one, other);
  perform audit.record('combine', array[one, other], array[operation], '{"what": "merge"}');
  return 'done';
exception when sqlstate 'LK001' then
  return sqlerrm;
end $function$;
alter function linkage.merge(uuid,uuid,text,uuid) owner to dauntless_definer;
grant execute on function linkage.merge(uuid,uuid,text,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.model_of_pairs()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select r.model_id from linkage.run r where r.finished_at is not null order by r.started_at desc limit 1
$function$;
alter function linkage.model_of_pairs() owner to dauntless_definer;
grant execute on function linkage.model_of_pairs() to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.move(moved uuid[], goal uuid, decision uuid)
 RETURNS uuid[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  losing uuid[] := array(select distinct b.person_id from people.membership b
    where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal);
  records uuid[] := array(select m.record_id from people.mention m where m.id = any (moved));
begin
  if exists (select from people.person p where p.id = any (losing) and p.sealed) then
    update people.person p set sealed = true where p.id = goal and not p.sealed;
    insert into people.seal_reader (person_id, account_id, reason, by_account)
    select distinct on (r.account_id) goal, r.account_id, r.reason, r.by_account
    from people.seal_reader r where r.person_id = any (losing) and r.ended_at is null order by r.account_id, r.at on conflict do nothing;
  end if;
  -- a conflict of interest is with a person, whatever records that person is found to have: it goes where the mentions go
  insert into people.exclusion (account_id, person_id, reason, at)
  select distinct on (e.account_id) e.account_id, goal, e.reason, e.at from people.exclusion e
  where e.person_id = any (losing) and e.ended_at is null and not exists (select from people.exclusion x
    where x.account_id = e.account_id and x.person_id = goal and x.ended_at is null)
  order by e.account_id, e.at;
  update people.membership b set to_at = now() where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal;
  -- a mention that comes back by a decision comes back with what that decision stood on
  insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
  select m, goal, (select x.weight from people.membership x where x.mention_id = m and x.person_id = goal and x.decision_id = decision
    order by x.from_at desc limit 1), decision, clock_timestamp() from unnest(moved) m
  where not exists (select from people.membership b where b.mention_id = m and b.to_at is null);
  update incidents.involvement v set suspect_id = goal where v.suspect_id = any (losing) and v.incident_id = any (records);
  update incidents.involvement v set victim_id = goal where v.victim_id = any (losing) and v.incident_id = any (records);
  update people.person p set merged_into = null where p.id = goal and p.merged_into is not null;
  update people.person p set merged_into = goal, incidents = 0, reach = '{}' where p.id = any (losing)
    and not exists (select from people.membership b where b.person_id = p.id and b.to_at is null);
  update people.person p set merged_into = goal from people.person q
  where p.merged_into = q.id and q.id = any (losing) and q.merged_into = goal;
  return losing || goal;
end $function$;
alter function linkage.move(uuid[],uuid,uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.open_changes(model uuid)
 RETURNS TABLE(kind text, a uuid, b uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
alter function linkage.open_changes(uuid) owner to dauntless_definer;
grant execute on function linkage.open_changes(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.open_judgement(judgement uuid)
 RETURNS TABLE(a uuid, b uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  j linkage.judgement;
begin
  select x.* into j from linkage.judgement x where x.id = judgement;
  if exists (select from linkage.open_pair(j.a, j.b)) then
    return query select j.a, j.b;
  end if;
end $function$;
alter function linkage.open_judgement(uuid) owner to dauntless_definer;
grant execute on function linkage.open_judgement(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.open_judgements(person uuid)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  own uuid[] := linkage.mentions_of(person);
  said uuid[];
  records uuid[];
  closed uuid[];
begin
  if not exists (select from people.person p where p.id = person and people.sees(p)) then
    return;
  end if;
  said := array(select j.id from linkage.judgement j where (j.a = any (own) or j.b = any (own))
    and linkage.seen_person(j.a) is not null and linkage.seen_person(j.b) is not null order by j.at desc, j.id limit 100);
  if said = '{}' then
    return;
  end if;
  records := array(select distinct m.record_id from linkage.judgement j join people.mention m on m.id in (j.a, j.b) where j.id = any (said));
  closed := array(select distinct m.record_id from people.mention m where m.record_id = any (records) and m.sealed and m.superseded_at is null);
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records), records, '{"what": "judgements"}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"what": "judgements", "sealed": true}');
  end if;
  return query select unnest(said);
end $function$;
alter function linkage.open_judgements(uuid) owner to dauntless_definer;
grant execute on function linkage.open_judgements(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.open_pair(a uuid, b uuid)
 RETURNS TABLE(person_a uuid, person_b uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  one uuid := linkage.seen_person(a);
  other uuid := linkage.seen_person(b);
begin
  if one is null or other is null or a = b or not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', '{}', '{"what": "pair"}');
    return;
  end if;
  perform people.open_person(one);
  if other <> one then
    perform people.open_person(other);
  end if;
  return query select one, other;
end $function$;
alter function linkage.open_pair(uuid,uuid) owner to dauntless_definer;
grant execute on function linkage.open_pair(uuid,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.open_queue(which text, only_reason text, first_row integer, how_many integer, look_through integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
declare
  found jsonb;
  shown jsonb;
  people_ uuid[];
  records uuid[];
begin
  if not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', '{}', '{"what": "review queue"}');
    return '{"rows": [], "counts": {}, "more": false}';
  end if;
  with asked as materialized (
    select e.a, e.b, e.reason, e.harm, e.chance from (
      select e.* from linkage.edge e where which = 'first' and e.reason is not null
        and not exists (select from linkage.judgement j where j.a = e.a and j.b = e.b
          and not exists (select from linkage.withdrawal w where w.judgement_id = j.id))
      order by e.harm desc, e.chance desc, e.a, e.b limit least(look_through, 20000)) e
    union all
    -- two readers who differ: for somebody who is neither
    select j.a, j.b, 'two readers differ', 3::smallint, 1::real from linkage.judgement j
    join linkage.judgement k on k.a = j.a and k.b = j.b and k.round = 2 and k.at > j.at and k.answer <> j.answer
    where which = 'first' and j.kind = 'pair' and j.round = 1 and access.actor() not in (j.by_account, k.by_account)
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)
      and not exists (select from linkage.judgement l where l.a = j.a and l.b = j.b and l.round = 3 and l.at > k.at)
    union all
    select j.a, j.b, 'second reading', coalesce(e.harm, 0), coalesce(e.chance, 0) from linkage.judgement j
    left join linkage.edge e on e.a = j.a and e.b = j.b
    where which = 'second' and j.kind = 'pair' and j.round = 1 and j.second and j.by_account <> access.actor()
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)
      and not exists (select from linkage.judgement k where k.a = j.a and k.b = j.b and k.round = 2 and k.at > j.at)),
  -- the people whom somebody has answered for, by a pair of theirs or by parting them: no other pair of those two is asked
  answered as materialized (
    select x.person_id as one, y.person_id as other from (
      select s.a, s.b from linkage.standing() s where s.verdict = 'different'
      union select j.a, j.b from linkage.judgement j where j.kind = 'pair'
        and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)) s
    join people.membership x on x.mention_id = s.a and x.to_at is null join people.membership y on y.mention_id = s.b and y.to_at is null),
  seen as (
    select q.*, pa.id as person_a, pb.id as person_b, ma.record_id as record_a, mb.record_id as record_b
    from asked q
    join people.mention ma on ma.id = q.a and ma.superseded_at is null join people.mention mb on mb.id = q.b and mb.superseded_at is null
    join people.membership ba on ba.mention_id = q.a and ba.to_at is null join people.membership bb on bb.mention_id = q.b and bb.to_at is null
    join people.person pa on pa.id = ba.person_id join people.person pb on pb.id = bb.person_id
    where (ma.reach && (select organisation.my_reach()) or ma.record_id in (select people.my_claimed_records()) or ma.record_id in (select people.my_sealed_records()))
      and (mb.reach && (select organisation.my_reach()) or mb.record_id in (select people.my_claimed_records()) or mb.record_id in (select people.my_sealed_records()))
      and (not ma.sealed or ma.record_id in (select people.my_sealed_records())) and (not mb.sealed or mb.record_id in (select people.my_sealed_records()))
      and ma.record_id not in (select people.my_excluded_records()) and mb.record_id not in (select people.my_excluded_records())
      and (pa.reach && (select organisation.my_reach()) or pa.id in (select people.my_claims()) or pa.id in (select people.my_seals()))
      and (pb.reach && (select organisation.my_reach()) or pb.id in (select people.my_claims()) or pb.id in (select people.my_seals()))
      and (not pa.sealed or pa.id in (select people.my_seals())) and (not pb.sealed or pb.id in (select people.my_seals()))
      and pa.id not in (select people.my_exclusions()) and pb.id not in (select people.my_exclusions())
      and (q.reason in ('second reading', 'two readers differ') or (pa.id = pb.id) = (q.reason = 'many mentions'))
      and (q.reason in ('second reading', 'two readers differ', 'many mentions')
        or (pa.id, pb.id) not in (select one, other from answered union select other, one from answered))),
  -- of two people one pair, the likeliest
  may as (
    select distinct on (least(s.person_a, s.person_b), greatest(s.person_a, s.person_b), s.reason in ('second reading', 'two readers differ')) s.*
    from seen s order by least(s.person_a, s.person_b), greatest(s.person_a, s.person_b),
      s.reason in ('second reading', 'two readers differ'), s.harm desc, s.chance desc, s.a, s.b),
  page as (
    select m.* from may m where only_reason = '' or m.reason = only_reason
    order by m.harm desc, m.chance desc, m.a, m.b offset greatest(first_row, 0) limit least(how_many, 50))
  select jsonb_build_object('rows', coalesce((select jsonb_agg(to_jsonb(p) order by p.harm desc, p.chance desc, p.a, p.b) from page p), '[]'),
    'counts', coalesce((select jsonb_object_agg(c.reason, c.n) from (select m.reason, count(*) as n from may m group by 1) c), '{}'),
    'more', (select count(*) >= least(look_through, 20000) from asked))
  into found;
  shown := found -> 'rows';
  records := array(select distinct x::uuid from jsonb_array_elements(shown) r, lateral (values (r ->> 'record_a'), (r ->> 'record_b')) v (x));
  people_ := array(select distinct x::uuid from jsonb_array_elements(shown) r, lateral (values (r ->> 'person_a'), (r ->> 'person_b')) v (x));
  perform audit.record('search', people_ || people.persons_on(records), records,
    jsonb_build_object('what', 'review queue', 'shown', jsonb_array_length(shown))
    || case when exists (select from people.mention m where m.record_id = any (records) and m.sealed) then '{"sealed": true}' else '{}' end::jsonb);
  return found;
end $function$;
alter function linkage.open_queue(text,text,integer,integer,integer) owner to dauntless_definer;
grant execute on function linkage.open_queue(text,text,integer,integer,integer) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.pin(judgement uuid, pinned uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  insert into linkage.assertion (judgement_id, a, b, verdict)
  select pin.judgement, first.id, x, 'same' from (select min(y::text)::uuid as id from unnest(pinned) y) first, unnest(pinned) x
  where x <> first.id on conflict do nothing
$function$;
alter function linkage.pin(uuid,uuid[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.publish(model uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
alter function linkage.publish(uuid) owner to dauntless_definer;
grant execute on function linkage.publish(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.seen_person(mention uuid)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select b.person_id from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
  join people.person p on p.id = b.person_id
  where m.id = mention and m.superseded_at is null and people.sees(p)
    and exists (select from people.seen_of(array[m.record_id]))
$function$;
alter function linkage.seen_person(uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.split(person uuid, going uuid[], reason text, operation uuid)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  goal uuid;
  staying uuid[];
  ends uuid[];
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  going := array(select distinct x from unnest(going) x order by x);
  if not linkage.is_reviewer() or going = '{}' or exists (select from unnest(going) g where linkage.seen_person(g) is distinct from person) then
    perform audit.record('refuse', array[person], '{}', '{"what": "split"}');
    return 'not there';
  end if;
  staying := array(select unnest(linkage.mentions_of(person)) except select unnest(going) order by 1);
  if staying = '{}' then
    return 'nobody stays';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  perform pg_advisory_xact_lock(727004);
  ends := array(select x from unnest(array[going[1], staying[1]]) x order by x);
  insert into linkage.judgement (id, kind, a, b, answer, reason, by_account)
  values (operation, 'split', ends[1], ends[2], 'different', reason, access.actor());
  insert into people.decision (id, kind, by_account) values (operation, 'split', access.actor());
  -- what was said to be one across the cut is so no longer: different goes before same
  insert into linkage.assertion (judgement_id, a, b, verdict)
  select operation, ends[1], ends[2], 'different'
  union select operation, s.a, s.b, 'different' from linkage.standing() s where s.verdict = 'same'
    and (s.a = any (going) and s.b = any (staying) or s.b = any (going) and s.a = any (staying));
  perform linkage.pin(operation, going);
  perform linkage.pin(operation, staying);
  -- whoever these were before they were joined is there again
  select b.person_id into goal from people.membership b join people.person p on p.id = b.person_id
  where b.mention_id = any (going) and b.to_at is not null and b.person_id <> person
    and not exists (select from people.membership l where l.person_id = b.person_id and l.to_at is null)
  group by b.person_id, p.made_at order by count(*) desc, p.made_at, b.person_id limit 1;
  if goal is null then
    insert into people.person default values returning id into goal;
  end if;
  perform linkage.describe(linkage.move(going, goal, operation));
  perform audit.record('alter', array[person, goal], array[operation], '{"what": "split"}');
  return 'done';
end $function$;
alter function linkage.split(uuid,uuid[],text,uuid) owner to dauntless_definer;
grant execute on function linkage.split(uuid,uuid[],text,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION linkage.standing()
 RETURNS SETOF linkage.assertion
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select s.* from linkage.assertion s where not exists (select from linkage.withdrawal w where w.judgement_id = s.judgement_id)
$function$;
alter function linkage.standing() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.undo(judgement uuid, reason text)
 RETURNS uuid[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  touched uuid[] := '{}';
  back record;
begin
  insert into linkage.withdrawal (judgement_id, reason, by_account) values (judgement, undo.reason, access.actor());
  for back in
    select was.person_id, was.decision_id, array_agg(b.mention_id order by b.mention_id) as mentions
    from people.membership b join people.mention m on m.id = b.mention_id and m.superseded_at is null
    cross join lateral (select x.person_id, x.decision_id from people.membership x where x.mention_id = b.mention_id
      and x.from_at < (select min(y.from_at) from people.membership y where y.mention_id = b.mention_id and y.decision_id = judgement)
      order by x.from_at desc limit 1) was
    where b.decision_id = judgement and b.to_at is null group by 1, 2 order by 1, 2
  loop
    touched := touched || linkage.move(back.mentions, back.person_id, back.decision_id);
  end loop;
  perform linkage.describe(touched);
  return touched;
end $function$;
alter function linkage.undo(uuid,text) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.wants_second(a uuid, b uuid, answer text, harm smallint)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select ('x' || substr(encode(sha256(convert_to(a::text || b::text, 'UTF8')), 'hex'), 1, 7))::bit(28)::integer % 20 = 0
    or answer = 'same' and harm = 3
$function$;
alter function linkage.wants_second(uuid,uuid,text,smallint) owner to dauntless_owner;
grant execute on function linkage.wants_second(uuid,uuid,text,smallint) to dauntless_definer;

CREATE OR REPLACE FUNCTION linkage.withdraw(judgement uuid, reason text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  j linkage.judgement;
  one uuid;
  other uuid;
  touched uuid[];
begin
  select x.* into j from linkage.judgement x where x.id = judgement;
  one := linkage.seen_person(j.a);
  other := linkage.seen_person(j.b);
  if one is null or other is null or not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', array[judgement], '{"what": "withdrawal"}');
    return 'not there';
  end if;
  perform pg_advisory_xact_lock(727004);
  if exists (select from linkage.withdrawal w where w.judgement_id = judgement) then
    return 'withdrawn';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  touched := linkage.undo(judgement, reason);
  perform audit.record('alter', array(select distinct x from unnest(touched || one || other) x), array[judgement], '{"what": "withdrawal"}');
  return 'done';
end $function$;
alter function linkage.withdraw(uuid,text) owner to dauntless_definer;
grant execute on function linkage.withdraw(uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION organisation.changes_to(account uuid)
 RETURNS TABLE(at timestamp with time zone, who text, purpose text, reason text, what text, how text, role text, place text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select e.at, coalesce(a.name, ''), e.purpose, e.reason, e.detail ->> 'table', e.detail ->> 'how', coalesce(p.role, ''),
    coalesce(u.name, g.name, f.theme, '')
  from audit.entry e left join auth.account a on a.id = e.actor left join organisation.posting p on p.id = any (e.objects)
  left join organisation.unit u on u.id = p.unit_id left join organisation.agency g on g.id = p.agency_id
  left join organisation.portfolio f on f.id = any (e.objects)
  where 'administrator' in (select organisation.my_roles()) and e.subjects @> array[account] and e.action = 'alter'
    and e.detail ->> 'table' in ('auth.account', 'organisation.posting', 'organisation.portfolio')
  order by e.at desc, e.id limit 200
$function$;
alter function organisation.changes_to(uuid) owner to dauntless_definer;
grant execute on function organisation.changes_to(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION organisation.home_of(account uuid)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(string_agg(coalesce(u.name, a.name), ', ' order by p.valid_from), '') from organisation.live_postings(account) p
  left join organisation.unit u on u.id = p.unit_id left join organisation.agency a on a.id = p.agency_id
$function$;
alter function organisation.home_of(uuid) owner to dauntless_definer;
grant execute on function organisation.home_of(uuid) to dauntless_app;
grant execute on function organisation.home_of(uuid) to dauntless_worker;

CREATE OR REPLACE FUNCTION organisation.live_postings(account uuid)
 RETURNS SETOF organisation.posting
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 2
 SET search_path TO ''
AS $function$
  select p.* from organisation.posting p left join organisation.agency a on a.id = p.agency_id
  where p.account_id = account and p.valid_from <= organisation.today() and (p.valid_to is null or p.valid_to > organisation.today())
    and a.suspended_at is null
$function$;
alter function organisation.live_postings(uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION organisation.my_agencies()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 1
 SET search_path TO ''
AS $function$ select unnest((access.context() ->> 'agencies')::uuid[]) $function$;
alter function organisation.my_agencies() owner to dauntless_definer;
grant execute on function organisation.my_agencies() to dauntless_app;
grant execute on function organisation.my_agencies() to dauntless_worker;

CREATE OR REPLACE FUNCTION organisation.my_reach()
 RETURNS smallint[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select coalesce((access.context() ->> 'reach')::smallint[], '{}') $function$;
alter function organisation.my_reach() owner to dauntless_definer;
grant execute on function organisation.my_reach() to dauntless_app;
grant execute on function organisation.my_reach() to dauntless_worker;

CREATE OR REPLACE FUNCTION organisation.my_roles()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 2
 SET search_path TO ''
AS $function$ select unnest((access.context() ->> 'roles')::text[]) $function$;
alter function organisation.my_roles() owner to dauntless_definer;
grant execute on function organisation.my_roles() to dauntless_app;
grant execute on function organisation.my_roles() to dauntless_worker;

CREATE OR REPLACE FUNCTION organisation.names_of(accounts uuid[])
 RETURNS TABLE(id uuid, name text, place text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where a.id = any (accounts) and exists (select from organisation.my_roles())
$function$;
alter function organisation.names_of(uuid[]) owner to dauntless_definer;
grant execute on function organisation.names_of(uuid[]) to dauntless_app;

CREATE OR REPLACE FUNCTION organisation.roles_of(account uuid)
 RETURNS text[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct p.role order by p.role), '{}') from organisation.live_postings(account) p
$function$;
alter function organisation.roles_of(uuid) owner to dauntless_definer;
grant execute on function organisation.roles_of(uuid) to dauntless_app;
grant execute on function organisation.roles_of(uuid) to dauntless_worker;

CREATE OR REPLACE FUNCTION organisation.staff_of_bcus()
 RETURNS TABLE(bcu_id smallint, staff integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select b.id, count(distinct p.account_id)::integer from organisation.bcu b left join organisation.unit u on u.bcu_id = b.id
  left join (organisation.posting p join auth.account a on a.id = p.account_id and a.disabled_at is null) on p.unit_id = u.id
    and p.valid_from <= organisation.today() and (p.valid_to is null or p.valid_to > organisation.today())
  where exists (select from organisation.my_roles()) group by b.id
$function$;
alter function organisation.staff_of_bcus() owner to dauntless_definer;
grant execute on function organisation.staff_of_bcus() to dauntless_app;

CREATE OR REPLACE FUNCTION organisation.standing_of(account uuid, OUT roles text[], OUT reach smallint[], OUT agencies uuid[], OUT home text)
 RETURNS record
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with live as materialized (
    select p.role, p.unit_id, p.agency_id, p.valid_from, u.bcu_id, coalesce(u.name, a.name) as place from organisation.live_postings(account) p
    left join organisation.unit u on u.id = p.unit_id left join organisation.agency a on a.id = p.agency_id)
  select coalesce((select array_agg(distinct l.role order by l.role) from live l), '{}'),
    coalesce((select array_agg(distinct b.id) from live l join organisation.bcu b on l.bcu_id is null or b.id = l.bcu_id
      where l.unit_id is not null and l.role in ('investigator', 'da_car', 'safeguarding_supervisor', 'disclosure_officer', 'orders_officer',
        'analyst', 'lead_responsible_officer')), '{}'),
    coalesce((select array_agg(distinct l.agency_id) from live l where l.agency_id is not null), '{}'),
    coalesce((select string_agg(l.place, ', ' order by l.valid_from) from live l), '')
$function$;
alter function organisation.standing_of(uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION organisation.today()
 RETURNS date
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$ select (now() at time zone 'Europe/London')::date $function$;
alter function organisation.today() owner to dauntless_owner;
grant execute on function organisation.today() to dauntless_app;
grant execute on function organisation.today() to dauntless_definer;
grant execute on function organisation.today() to dauntless_worker;

CREATE OR REPLACE FUNCTION oversight.access_given(since timestamp with time zone)
 RETURNS TABLE(entry uuid, at timestamp with time zone, by_name text, to_name text, role text, place text, valid_from date)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  perform audit.record('consult', '{}', '{}', jsonb_build_object('what', 'access given', 'since', since));
  return query select e.id, e.at, b.name, t.name, p.role, coalesce(u.name, g.name, ''), p.valid_from
    from audit.entry e join auth.account b on b.id = e.actor join organisation.posting p on p.id = any (e.objects)
    join auth.account t on t.id = p.account_id left join organisation.unit u on u.id = p.unit_id left join organisation.agency g on g.id = p.agency_id
    where e.at >= since and e.action = 'alter' and e.detail ->> 'table' = 'organisation.posting' and e.detail ->> 'how' = 'insert'
    order by e.at desc, e.id limit 200;
end $function$;
alter function oversight.access_given(timestamp with time zone) owner to dauntless_definer;
grant execute on function oversight.access_given(timestamp with time zone) to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.activity(since timestamp with time zone, until timestamp with time zone)
 RETURNS TABLE(actor uuid, who text, team text, days integer, openings integer, people integer, searches integer, night integer, claims integer, breakglass integer, refused integer, own_name integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  perform audit.record('consult', '{}', '{}', jsonb_build_object('what', 'use of the records', 'since', since, 'until', until));
  return query
  with acts as materialized (
    select e.actor, e.action, e.subjects, e.at at time zone 'Europe/London' as local
    from audit.entry e where e.at >= since and e.at < until and e.action in ('consult', 'search', 'claim', 'breakglass', 'refuse')
      and (e.subjects <> '{}' or e.action = 'search')),
  counted as (
    select a.actor, count(distinct a.local::date) as days,
      count(*) filter (where a.action in ('consult', 'claim', 'breakglass')) as openings,
      count(*) filter (where a.action = 'search') as searches,
      count(*) filter (where a.action in ('consult', 'claim', 'breakglass') and (extract(hour from a.local) >= 22 or extract(hour from a.local) < 6)) as night,
      count(*) filter (where a.action = 'claim') as claims, count(*) filter (where a.action = 'breakglass') as breakglass,
      count(*) filter (where a.action = 'refuse') as refused
    from acts a group by 1),
  named as (
    select a.actor, count(distinct s.id) as people,
      count(distinct s.id) filter (where lower(substring(p.name from '\S+$')) = lower(substring(w.name from '\S+$'))) as own_name
    from acts a join auth.account w on w.id = a.actor, lateral unnest(a.subjects) as s (id)
    left join people.person p on p.id = s.id and not p.sealed
    where a.action in ('consult', 'claim', 'breakglass') group by 1)
  select c.actor, w.name, organisation.home_of(c.actor), c.days::integer, c.openings::integer, coalesce(n.people, 0)::integer,
    c.searches::integer, c.night::integer, c.claims::integer, c.breakglass::integer, c.refused::integer, coalesce(n.own_name, 0)::integer
  from counted c join auth.account w on w.id = c.actor and w.kind = 'person' left join named n on n.actor = c.actor
  order by c.openings desc, w.name, c.actor limit 2000;
end $function$;
alter function oversight.activity(timestamp with time zone,timestamp with time zone) owner to dauntless_definer;
grant execute on function oversight.activity(timestamp with time zone,timestamp with time zone) to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.days_of(person uuid, since timestamp with time zone, until timestamp with time zone)
 RETURNS TABLE(day date, openings integer, night integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  perform audit.record('consult', '{}', '{}', jsonb_build_object('what', 'use of the records', 'by', person, 'since', since, 'until', until));
  return query select l.local::date, count(*)::integer,
      (count(*) filter (where extract(hour from l.local) >= 22 or extract(hour from l.local) < 6))::integer
    from audit.entry e cross join lateral (select e.at at time zone 'Europe/London' as local) l
    where e.actor = person and e.at >= since and e.at < until and e.subjects <> '{}' and e.action in ('consult', 'claim', 'breakglass')
    group by 1 order by 1;
end $function$;
alter function oversight.days_of(uuid,timestamp with time zone,timestamp with time zone) owner to dauntless_definer;
grant execute on function oversight.days_of(uuid,timestamp with time zone,timestamp with time zone) to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.find_staff(part text)
 RETURNS TABLE(id uuid, name text, place text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where oversight.is_auditor() and length(trim(part)) >= 2 and strpos(lower(a.name), lower(trim(part))) > 0 order by a.name, a.id limit 20
$function$;
alter function oversight.find_staff(text) owner to dauntless_definer;
grant execute on function oversight.find_staff(text) to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.is_auditor()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select 'auditor' in (select organisation.my_roles()) $function$;
alter function oversight.is_auditor() owner to dauntless_definer;
grant execute on function oversight.is_auditor() to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.log_state()
 RETURNS TABLE(size bigint, signed_at timestamp with time zone, cosigned_size bigint, cosigned_at timestamp with time zone, waiting bigint, oldest_waiting timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with newest as (select c.size, c.signed_at from audit.checkpoint c order by c.size desc limit 1),
  witnessed as (select c.size, c.signed_at from audit.checkpoint c where c.cosignature is not null order by c.size desc limit 1),
  last_sealed as (select e.xact, e.id from audit.leaf l join audit.entry e on e.id = l.entry_id order by l.seq desc limit 1),
  later as (select count(*) as n, min(e.at) as oldest from audit.entry e
    where not exists (select from last_sealed) or (e.xact, e.id) > (select s.xact, s.id from last_sealed s))
  select coalesce(n.size, 0), n.signed_at, coalesce(w.size, 0), w.signed_at, l.n, l.oldest
  from later l left join newest n on true left join witnessed w on true
  where oversight.is_auditor()
$function$;
alter function oversight.log_state() owner to dauntless_definer;
grant execute on function oversight.log_state() to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.open_entry(entry uuid)
 RETURNS TABLE(id uuid, at timestamp with time zone, actor uuid, who text, role text, organisation text, action text, purpose text, reason text, route text, session_id uuid, request_id uuid, subjects uuid[], objects uuid[], detail jsonb, seq bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  perform audit.record('consult', '{}', array[entry], '{"what": "audit entry"}');
  return query select e.id, e.at, e.actor, coalesce(a.name, ''), e.role, e.organisation, e.action, e.purpose, e.reason, e.route,
      e.session_id, e.request_id, e.subjects, e.objects, e.detail, l.seq
    from audit.entry e left join auth.account a on a.id = e.actor left join audit.leaf l on l.entry_id = e.id where e.id = entry;
end $function$;
alter function oversight.open_entry(uuid) owner to dauntless_definer;
grant execute on function oversight.open_entry(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION oversight.search_log(actors uuid[], about uuid, since timestamp with time zone, until timestamp with time zone, actions text[], purpose text, before_at timestamp with time zone, before_id uuid, how_many integer, for_export boolean)
 RETURNS TABLE(id uuid, at timestamp with time zone, actor uuid, who text, role text, organisation text, action text, purpose_said text, reason text, route text, subjects integer, objects integer, detail jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  shown uuid[];
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  if search_log.about is null then
    shown := array(select e.id from audit.entry e
      where e.at >= since and e.at < until and (actors is null or e.actor = any (actors)) and (actions is null or e.action = any (actions))
        and (search_log.purpose is null or e.purpose = search_log.purpose)
        and (before_at is null or (e.at, e.id) < (before_at, before_id))
      order by e.at desc, e.id desc limit how_many);
  else
    shown := array(select e.id from audit.entry e
      where e.id in (select s.id from audit.entry s where s.subjects @> array[search_log.about]
          union all select o.id from audit.entry o where o.at >= since and o.at < until and o.objects @> array[search_log.about]
          union all select search_log.about)
        and e.at >= since and e.at < until and (actors is null or e.actor = any (actors)) and (actions is null or e.action = any (actions))
        and (search_log.purpose is null or e.purpose = search_log.purpose)
        and (before_at is null or (e.at, e.id) < (before_at, before_id))
      order by e.at desc, e.id desc limit how_many);
  end if;
  -- whom it was about stays out of the subjects: the list of who has looked at a person must not give an enquiry away
  perform audit.record(case when for_export then 'export' else 'consult' end, '{}', shown, jsonb_strip_nulls(jsonb_build_object(
    'what', 'audit log', 'by', actors, 'about', search_log.about, 'since', since, 'until', until, 'actions', actions,
    'purpose', search_log.purpose, 'shown', cardinality(shown))));
  return query select e.id, e.at, e.actor, coalesce(a.name, ''), e.role, e.organisation, e.action, e.purpose, e.reason, e.route,
      cardinality(e.subjects), cardinality(e.objects), e.detail
    from audit.entry e left join auth.account a on a.id = e.actor where e.id = any (shown) order by e.at desc, e.id desc;
end $function$;
alter function oversight.search_log(uuid[],uuid,timestamp with time zone,timestamp with time zone,text[],text,timestamp with time zone,uuid,integer,boolean) owner to dauntless_definer;
grant execute on function oversight.search_log(uuid[],uuid,timestamp with time zone,timestamp with time zone,text[],text,timestamp with time zone,uuid,integer,boolean) to dauntless_app;

CREATE OR REPLACE FUNCTION people.candidates(kinds text[], vals text[], facts integer[], weights real[])
 RETURNS TABLE(id uuid, score real, agrees integer[])
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  few constant integer := 100;
  many constant integer := 1000;
  common integer[] := '{}';
  sizes integer[] := '{}';
  earlier uuid[] := '{}';
  found uuid[] := '{}';
  these uuid[];
  fact integer;
  is_ref boolean;
begin
  for fact, is_ref in select q.f, bool_or(q.k = 'ref') from unnest(facts, kinds) q (f, k) group by 1 order by 1 loop
    these := array(select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
      join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact limit case when not is_ref then many end);
    -- a fact that few agree with is taken whole, and its people are asked for the others
    if is_ref or cardinality(these) <= few then
      found := found || these;
    else
      common := common || fact;
      sizes := sizes || cardinality(these);
    end if;
  end loop;
  -- who is on the shorter lists is kept, and the longest is only gone through
  for i in 1 .. cardinality(common) loop
    fact := (select c.f from unnest(common, sizes) c (f, size) order by c.size, c.f offset i - 1 limit 1);
    if i > 1 then
      found := found || array(
        select l.person_id from (select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
          join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact offset 0) l
        where l.person_id in (select unnest(earlier)));
    end if;
    if i < cardinality(common) then
      earlier := earlier || array(select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
        join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact);
    end if;
  end loop;
  -- in order, as the index has them: else they are put in order again for each key
  found := array(select distinct f from unnest(found) f order by f);
  return query
  with hit as (
    select k.person_id, w.f, max(w.weight) as weight, min(w.n)::integer as n, bool_or(w.kind = 'ref') as is_ref
    from unnest(kinds, vals, facts, weights) with ordinality w (kind, value, f, weight, n)
    join people.search_key k on k.kind = w.kind and k.value = w.value and k.person_id = any (found)
    -- what a share does not name finds nobody: who knows an address would learn by it whose it is
    where w.kind in ('name', 'sound', 'dob') or not exists (select from organisation.my_agencies())
      or k.person_id in (select people.my_shares('incidents'))
    group by 1, 2),
  -- best first, so that no more people are read than are told of
  matched as (
    select h.person_id, sum(h.weight)::real as score, array_agg(h.n) as agrees from hit h
    group by h.person_id having count(*) >= 2 or bool_or(h.is_ref) order by 2 desc, 1 offset 0)
  select p.id, m.score, m.agrees from matched m join people.person p on p.id = m.person_id
  where p.merged_into is null and p.reach <> '{}' and (not p.sealed or p.id in (select people.my_seals()))
    and p.id not in (select people.my_exclusions())
  order by m.score desc, m.person_id limit 50;
end $function$;
alter function people.candidates(text[],text[],integer[],real[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.claim_record(person uuid, kind text, reason text)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  made uuid;
  me uuid := access.actor();
begin
  if kind = 'break_glass' then
    if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
      raise exception 'people.not_confirmed' using errcode = '42501';
    end if;
    -- two at once are counted one after the other
    perform pg_advisory_xact_lock(hashtextextended('people.claim ' || me, 0));
    if (select l.remaining from people.glass_left() l) = 0 then
      perform audit.record('refuse', array[person], '{}', '{"what": "break_glass", "why": "limit"}');
      return null;
    end if;
  end if;
  if not exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
     -- somebody known by sealed records alone has no reach, and is not there for anybody who is not named for those
     or not exists (select from people.person p where p.id = person and not p.sealed and p.merged_into is null and p.reach <> '{}')
     or person in (select people.my_exclusions()) then
    perform audit.record('refuse', array[person], '{}', jsonb_build_object('what', kind));
    return null;
  end if;
  -- a claim lasts the working day; one in a hundred is looked at by a supervisor, every break-glass is
  insert into people.claim (account_id, person_id, kind, reason, until, review_due)
  values (me, person, kind, reason, now() + case kind when 'claim' then interval '12 hours' else interval '60 minutes' end,
          case when kind = 'break_glass' or random() < 0.01 then now() + interval '72 hours' end)
  returning id into made;
  perform audit.record(case kind when 'claim' then 'claim' else 'breakglass' end, array[person],
    array(select people.seen_of(array(select people.records_of(array[person])))), jsonb_build_object('reason', reason));
  return made;
end $function$;
alter function people.claim_record(uuid,text,text) owner to dauntless_definer;
grant execute on function people.claim_record(uuid,text,text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.colleagues(part text)
 RETURNS TABLE(id uuid, name text, place text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where 'professional_standards' in (select organisation.my_roles()) and length(trim(part)) >= 2
    and strpos(lower(a.name), lower(trim(part))) > 0 and a.kind = 'person' and a.disabled_at is null and a.id <> access.actor()
    and exists (select from organisation.live_postings(a.id) p where p.agency_id is null)
  order by a.name, a.id limit 20
$function$;
alter function people.colleagues(text) owner to dauntless_definer;
grant execute on function people.colleagues(text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.end_reader(person uuid, colleague uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if 'professional_standards' not in (select organisation.my_roles()) or person not in (select people.my_seals())
     or person in (select people.my_exclusions()) or colleague = access.actor() then
    perform audit.record('refuse', array[person], '{}', '{"what": "take a reader away"}');
    return false;
  end if;
  update people.seal_reader s set ended_at = now(), ended_by = access.actor()
    where s.person_id = person and s.account_id = colleague and s.ended_at is null;
  if not found then
    return false;
  end if;
  perform audit.record('alter', array[person], array[colleague], '{"what": "no longer named for a sealed record"}');
  return true;
end $function$;
alter function people.end_reader(uuid,uuid) owner to dauntless_definer;
grant execute on function people.end_reader(uuid,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.end_share(share uuid, reason text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  it people.share;
  them uuid[];
begin
  -- a share that a joining has left is ended by whoever sees the person they are now
  select s.* into it from people.share s join people.person o on o.id = s.person_id
    join people.person p on p.id = coalesce(o.merged_into, o.id)
    where s.id = share and p.merged_into is null and people.sees(p) for update of s;
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) or it.id is null then
    perform audit.record('refuse', '{}', array[share], '{"what": "end a share"}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif it.ended_at is not null or it.until <= now() then
    return 'ended';
  end if;
  them := array(select it.person_id union select o.merged_into from people.person o where o.id = it.person_id and o.merged_into is not null);
  update people.share s set ended_at = now(), ended_by = access.actor(), end_reason = trim(end_share.reason) where s.id = share;
  perform audit.record('alter', them, array[share, it.agency_id], '{"what": "share ended"}');
  return 'done';
end $function$;
alter function people.end_share(uuid,text) owner to dauntless_definer;
grant execute on function people.end_share(uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.find(kinds text[], vals text[], facts integer[], weights real[])
 RETURNS TABLE(person_id uuid, score real, agrees integer[], known_to text, mark text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if (select count(distinct f) from unnest(facts) f) < 2 and not ('ref' = any (kinds)) then
    raise exception 'people.too_few_facts' using errcode = '22023';
  end if;
  if not exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer', 'professional_standards', 'idva', 'partner')) then
    perform audit.record('refuse', '{}', '{}', '{"what": "search"}');
    return;
  end if;
  return query
  with may as materialized (
    -- people.sees of each, asked once for all: candidates are never sealed for, nor excluded by, the acting person
    select c.id, c.score, c.agrees, p.reach, p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims())
      or p.id in (select people.my_shares('identity')) or p.id in (select people.my_seals()) as sees
    from people.candidates(kinds, vals, facts, weights) c join people.person p on p.id = c.id),
  logged as materialized (
    select audit.record('search', coalesce(array_agg(m.id) filter (where m.sees), '{}'), '{}',
      jsonb_build_object('what', 'people', 'shown', count(*) filter (where m.sees), 'stubs', count(*) filter (where not m.sees))) as entry
    from may m)
  select case when m.sees then m.id end, m.score, case when m.sees then m.agrees end,
    case when not m.sees then (select string_agg(b.name, ', ' order by b.name) from organisation.bcu b where b.id = any (m.reach)) end,
    case when not m.sees then people.stub_mark(kinds, vals, facts, m.id) end
  from logged l left join may m on m.sees or (select organisation.my_agencies() limit 1) is null
  where l.entry is not null and m.id is not null
  order by m.score desc, m.id;
end $function$;
alter function people.find(text[],text[],integer[],real[]) owner to dauntless_definer;
grant execute on function people.find(text[],text[],integer[],real[]) to dauntless_app;

CREATE OR REPLACE FUNCTION people.glass_left()
 RETURNS TABLE(remaining integer, most integer, hours integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 1
 SET search_path TO ''
AS $function$
  select greatest(0, l.most - (select count(*) from people.claim c where c.account_id = access.actor() and c.kind = 'break_glass'
      and c.at > now() - make_interval(hours => l.hours) and c.person_id not in (select people.hidden_of_claims())))::integer, l.most, l.hours
  from people.glass_limit l
$function$;
alter function people.glass_left() owner to dauntless_definer;
grant execute on function people.glass_left() to dauntless_app;

CREATE OR REPLACE FUNCTION people.hidden_of(persons uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select p.id from people.person p join people.person q on q.id = coalesce(p.merged_into, p.id)
  where p.id = any (persons) and (p.sealed or q.sealed or q.reach = '{}') and q.id not in (select people.my_seals())
$function$;
alter function people.hidden_of(uuid[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.hidden_of_claims()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select people.hidden_of(array(select c.person_id from people.claim c
    where c.account_id = access.actor() or c.review_due is not null and c.reviewed_at is null))
$function$;
alter function people.hidden_of_claims() owner to dauntless_definer;
grant execute on function people.hidden_of_claims() to dauntless_app;

CREATE OR REPLACE FUNCTION people.hidden_of_shares()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select people.hidden_of(array(select s.person_id from people.share s
    where s.ended_at is null and s.agency_id in (select organisation.my_agencies())))
$function$;
alter function people.hidden_of_shares() owner to dauntless_definer;
grant execute on function people.hidden_of_shares() to dauntless_app;

CREATE OR REPLACE FUNCTION people.looks_at(person uuid, how_many integer)
 RETURNS TABLE(at timestamp with time zone, who text, organisation text, role text, action text, purpose text, reason text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
 SET enable_seqscan TO 'off'
AS $function$
  with held as materialized (
    select r as id, exists (select from people.mention m where m.record_id = r and m.sealed and m.superseded_at is null)
      and r not in (select people.my_sealed_records()) as shut
    from people.records_of(array[person]) r),
  of_person as materialized (
    select coalesce(array_agg(h.id) filter (where h.shut), '{}') as shut, coalesce(array_agg(h.id) filter (where not h.shut), '{}') as open
    from held h)
  select e.at, a.name, e.organisation, e.role, e.action, e.purpose, e.reason
  from of_person o, audit.entry e join auth.account a on a.id = e.actor
  where e.subjects @> array[person] and e.action <> 'search'
    -- the reasons that police staff write speak of other people
    and not exists (select from organisation.my_agencies())
    and (not e.detail ? 'sealed' or e.objects <@ array(select people.my_sealed_records()))
    and (not e.objects && o.shut or e.objects && o.open)
    -- who was named while somebody was sealed is for those who are named
    and (coalesce(e.detail ->> 'what', e.detail ->> 'table', '') not in ('named for a sealed record', 'no longer named for a sealed record',
      'name a reader', 'take a reader away', 'people.seal_reader') or person in (select people.my_seals()))
    and exists (select from people.person p where p.id = person and people.sees(p))
  order by e.at desc, e.id limit least(how_many, 200)
$function$;
alter function people.looks_at(uuid,integer) owner to dauntless_definer;
grant execute on function people.looks_at(uuid,integer) to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_claimed_records()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$ select people.records_of(array(select people.my_claims())) $function$;
alter function people.my_claimed_records() owner to dauntless_definer;
grant execute on function people.my_claimed_records() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_claims()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 5
 SET search_path TO ''
AS $function$
  select c.person_id from people.claim c where c.account_id = access.actor() and c.until > now()
    and exists (select from people.person p where p.id = c.person_id and not p.sealed and p.reach <> '{}')
    -- a claim outlives no posting that allowed it
    and exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
$function$;
alter function people.my_claims() owner to dauntless_definer;
grant execute on function people.my_claims() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_excluded_records()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  -- an earlier version of the record named them too
  select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id in (select people.my_exclusions()) and (b.to_at is null or m.superseded_at is not null)
$function$;
alter function people.my_excluded_records() owner to dauntless_definer;
grant execute on function people.my_excluded_records() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_exclusions()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 2
 SET search_path TO ''
AS $function$ select e.person_id from people.exclusion e where e.account_id = access.actor() and e.ended_at is null $function$;
alter function people.my_exclusions() owner to dauntless_definer;
grant execute on function people.my_exclusions() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_sealed_records()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  -- named for everybody sealed on the record, not only for one of them
  select r from people.records_of(array(select people.my_seals())) r
  where not exists (select from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
    join people.person p on p.id = b.person_id
    where m.record_id = r and m.superseded_at is null and p.sealed and p.id not in (select people.my_seals()))
$function$;
alter function people.my_sealed_records() owner to dauntless_definer;
grant execute on function people.my_sealed_records() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_seals()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 5
 SET search_path TO ''
AS $function$
  select s.person_id from people.seal_reader s where s.account_id = access.actor() and s.ended_at is null
    and exists (select from organisation.my_roles())
$function$;
alter function people.my_seals() owner to dauntless_definer;
grant execute on function people.my_seals() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_shared_records()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$ select people.records_of(array(select people.my_shares('incidents'))) $function$;
alter function people.my_shared_records() owner to dauntless_definer;
grant execute on function people.my_shared_records() to dauntless_app;

CREATE OR REPLACE FUNCTION people.my_shares(field text)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 20
 SET search_path TO ''
AS $function$
  select s.person_id from people.share s where s.agency_id in (select organisation.my_agencies()) and s.ended_at is null
    and s.until > now() and field = any (s.fields)
    and exists (select from people.person p where p.id = s.person_id and not p.sealed and p.reach <> '{}')
$function$;
alter function people.my_shares(text) owner to dauntless_definer;
grant execute on function people.my_shares(text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.name_reader(person uuid, colleague uuid, reason text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if 'professional_standards' not in (select organisation.my_roles()) or person not in (select people.my_seals())
     or person in (select people.my_exclusions()) or colleague = access.actor() or length(trim(reason)) < 10
     or not exists (select from people.person p where p.id = person and p.sealed)
     or not exists (select from organisation.live_postings(colleague) p where p.agency_id is null) then
    perform audit.record('refuse', array[person], '{}', '{"what": "name a reader"}');
    return false;
  end if;
  insert into people.seal_reader (person_id, account_id, reason, by_account) values (person, colleague, name_reader.reason, access.actor())
    on conflict (person_id, account_id) do update
      set reason = excluded.reason, by_account = excluded.by_account, at = now(), ended_at = null, ended_by = null;
  perform audit.record('alter', array[person], array[colleague], '{"what": "named for a sealed record"}');
  return true;
end $function$;
alter function people.name_reader(uuid,uuid,text) owner to dauntless_definer;
grant execute on function people.name_reader(uuid,uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.now_of(persons uuid[])
 RETURNS TABLE(person_id uuid, now_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select p.id, coalesce(p.merged_into, p.id) from people.person p where p.id = any (persons)
$function$;
alter function people.now_of(uuid[]) owner to dauntless_definer;
grant execute on function people.now_of(uuid[]) to dauntless_app;

CREATE OR REPLACE FUNCTION people.once_opened()
 RETURNS TABLE(once_id uuid, person_id uuid)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER ROWS 5
 SET search_path TO ''
AS $function$
begin
  return query select o.id, p.id from people.person p join people.person o on o.merged_into = p.id
    where p.id in (select audit.opened()) and p.merged_into is null and people.sees(p);
end $function$;
alter function people.once_opened() owner to dauntless_definer;
grant execute on function people.once_opened() to dauntless_app;

CREATE OR REPLACE FUNCTION people.open_person(person uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
  if them.sealed then
    perform audit.record('consult', people.persons_on(closed) || person, case closed when '{}' then array[person] else closed end,
      '{"sealed": true}');
    return true;
  end if;
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records) || person, records, '{}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"sealed": true}');
  end if;
  return true;
end $function$;
alter function people.open_person(uuid) owner to dauntless_definer;
grant execute on function people.open_person(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.open_person_as_at(person uuid, moment timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  records uuid[];
  holders uuid[];
begin
  if not exists (select from people.person p where p.id = person and p.merged_into is null and people.sees(p)) then
    perform audit.record('refuse', array[person], '{}', '{"what": "as at"}');
    return false;
  end if;
  records := array(select people.seen_of(array(select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
    where b.person_id = person and b.from_at < moment and (b.to_at is null or b.to_at >= moment))));
  -- whoever held then what is this person's now
  holders := array(select distinct t.person_id from people.membership b
    join people.membership t on t.mention_id = b.mention_id and t.from_at < moment and (t.to_at is null or t.to_at >= moment)
    where b.person_id = person and b.to_at is null);
  perform audit.record('consult', people.persons_on(records) || holders || person, records, '{"what": "as at"}');
  return true;
end $function$;
alter function people.open_person_as_at(uuid,timestamp with time zone) owner to dauntless_definer;
grant execute on function people.open_person_as_at(uuid,timestamp with time zone) to dauntless_app;

CREATE OR REPLACE FUNCTION people.open_record(record uuid)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
alter function people.open_record(uuid) owner to dauntless_definer;
grant execute on function people.open_record(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.open_shares_left()
 RETURNS TABLE(person_id uuid, agencies text[], until timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) then
    return;
  end if;
  return query
  with due as materialized (
    select p.id, array_agg(distinct a.name order by a.name) as agencies, min(s.until) as until
    from people.share s join people.person o on o.id = s.person_id and o.merged_into is not null
    join people.person p on p.id = o.merged_into and p.merged_into is null join organisation.agency a on a.id = s.agency_id
    where s.ended_at is null and s.until > now() and not p.sealed and p.reach && (select organisation.my_reach())
      and p.id not in (select people.my_exclusions())
      and not exists (select from people.share n where n.person_id = p.id and n.agency_id = s.agency_id and n.ended_at is null and n.until > now())
    group by p.id order by 3, 1 limit 20),
  logged as materialized (
    select audit.record('search', array_agg(d.id), '{}', '{"what": "shares left by a joining"}') as entry from due d having count(*) > 0)
  select d.id, d.agencies, d.until from logged l cross join due d where l.entry is not null order by 3, 1;
end $function$;
alter function people.open_shares_left() owner to dauntless_definer;
grant execute on function people.open_shares_left() to dauntless_app;

CREATE OR REPLACE FUNCTION people.persons_on(records uuid[])
 RETURNS uuid[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(distinct b.person_id), '{}') from people.mention m
  join people.membership b on b.mention_id = m.id and b.to_at is null where m.record_id = any (records)
$function$;
alter function people.persons_on(uuid[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.records_of(persons uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id = any (persons) and b.to_at is null and m.superseded_at is null
$function$;
alter function people.records_of(uuid[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.records_opened(person uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 20
 SET search_path TO ''
 SET enable_seqscan TO 'off'
AS $function$
  select unnest(e.objects) from audit.entry e
  where e.xact = pg_current_xact_id_if_assigned() and e.actor = access.actor() and e.action = 'consult' and e.subjects @> array[person]
$function$;
alter function people.records_opened(uuid) owner to dauntless_definer;
grant execute on function people.records_opened(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.seal_person(person uuid, reason text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  them people.person;
  records uuid[];
  others uuid[];
begin
  if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
    raise exception 'people.not_confirmed' using errcode = '42501';
  end if;
  -- one after the other with what people say of who is who
  perform pg_advisory_xact_lock(727004);
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if 'professional_standards' not in (select organisation.my_roles()) or them.id is null or person in (select people.my_exclusions())
     or not them.sealed and them.reach = '{}' or them.sealed and person not in (select people.my_seals()) then
    perform audit.record('refuse', array[person], array[person], '{"what": "seal", "sealed": true}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif them.sealed then
    return 'already';
  end if;
  update people.person p set sealed = true where p.id = person;
  insert into people.seal_reader (person_id, account_id, reason, by_account)
  select person, s.id, case when s.id = access.actor() then trim(seal_person.reason) else 'professional standards' end, access.actor()
  from (select access.actor() as id union select people.standards_officers()) s
  on conflict (person_id, account_id) do update
    set reason = excluded.reason, by_account = excluded.by_account, at = now(), ended_at = null, ended_by = null;
  records := array(select people.records_of(array[person]));
  others := array(select o.id from unnest(people.persons_on(records)) u (id) join people.person o on o.id = u.id and not o.sealed);
  perform linkage.describe(array[person]);
  delete from people.search_key k where k.person_id = any (others);
  delete from targeting.score s where s.person_id = any (others);
  update targeting.score s set sealed = true where s.person_id = person;
  perform incidents.close_problems(array[person]);
  perform audit.record('alter', array[person], records, '{"what": "sealed", "sealed": true}');
  return 'done';
end $function$;
alter function people.seal_person(uuid,text) owner to dauntless_definer;
grant execute on function people.seal_person(uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.seen_of(records uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
  select distinct m.record_id from people.mention m
  where m.record_id = any (records) and m.superseded_at is null
    and (m.reach && (select organisation.my_reach()) or m.record_id in (select people.my_claimed_records())
      or m.record_id in (select people.my_shared_records()) or m.record_id in (select people.my_sealed_records()))
    and (not m.sealed or m.record_id in (select people.my_sealed_records()))
    and m.record_id not in (select people.my_excluded_records())
$function$;
alter function people.seen_of(uuid[]) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.sees(p people.person)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select (not p.sealed or p.id in (select people.my_seals())) and p.id not in (select people.my_exclusions())
    and (p.reach && organisation.my_reach() or p.id in (select people.my_claims()) or p.id in (select people.my_shares('identity'))
      or p.id in (select people.my_seals()))
$function$;
alter function people.sees(people.person) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.share_person(person uuid, agency uuid, fields text[], purpose text, basis text, until timestamp with time zone, operation uuid)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  them people.person;
  made uuid;
begin
  -- two forms at once share once
  perform pg_advisory_xact_lock(hashtextextended('people.share ' || person, 0));
  if exists (select from people.share s where s.operation_id = operation and s.person_id = person and s.decided_by = access.actor()) then
    return 'repeated';
  end if;
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) or them.id is null or people.sees(them) is not true then
    perform audit.record('refuse', array[person], '{}', '{"what": "share"}');
    return 'not there';
  end if;
  if them.sealed or them.reach = '{}' then
    return 'sealed';
  elsif not fields @> '{identity}' or not fields <@ array['identity', 'incidents'] then
    return 'fields';
  elsif length(trim(purpose)) < 10 or length(trim(basis)) < 5 or length(purpose) > 500 or length(basis) > 200 then
    return 'words';
  elsif until <= now() then
    return 'past';
  elsif until > now() + interval '1 year 1 day' then
    return 'far';
  elsif not exists (select from organisation.agency a where a.id = agency and a.suspended_at is null) then
    return 'agency';
  elsif exists (select from people.share s where s.person_id = person and s.agency_id = agency and s.ended_at is null and s.until > now()) then
    return 'already';
  end if;
  insert into people.share (agency_id, person_id, fields, purpose, basis, decided_by, until, operation_id)
  values (agency, person, share_person.fields, trim(share_person.purpose), trim(share_person.basis), access.actor(), share_person.until, operation)
  returning id into made;
  perform audit.record('disclose', array[person], array[made, agency],
    jsonb_build_object('what', 'share', 'fields', share_person.fields, 'until', share_person.until));
  return 'done';
exception when unique_violation then
  -- the number of another's form
  return 'not there';
end $function$;
alter function people.share_person(uuid,uuid,text[],text,text,timestamp with time zone,uuid) owner to dauntless_definer;
grant execute on function people.share_person(uuid,uuid,text[],text,text,timestamp with time zone,uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.shares_left(person uuid)
 RETURNS SETOF people.share
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER ROWS 2
 SET search_path TO ''
AS $function$
begin
  return query select s.* from people.once_opened() o join people.share s on s.person_id = o.once_id
  where o.person_id = shares_left.person and s.ended_at is null and s.until > now()
    and 'safeguarding_supervisor' in (select organisation.my_roles())
    and not exists (select from people.share n where n.person_id = shares_left.person and n.agency_id = s.agency_id
      and n.ended_at is null and n.until > now());
end $function$;
alter function people.shares_left(uuid) owner to dauntless_definer;
grant execute on function people.shares_left(uuid) to dauntless_app;

CREATE OR REPLACE FUNCTION people.standards_officers()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select distinct p.account_id from organisation.posting p
  where p.role = 'professional_standards' and p.valid_from <= organisation.today()
    and (p.valid_to is null or p.valid_to > organisation.today())
$function$;
alter function people.standards_officers() owner to dauntless_definer;
grant execute on function people.standards_officers() to dauntless_worker;

CREATE OR REPLACE FUNCTION people.stub_mark(kinds text[], vals text[], facts integer[], person uuid)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select access.signature('stub ' || jsonb_build_array(access.context() ->> 'session', kinds, vals, facts, person)::text)
$function$;
alter function people.stub_mark(text[],text[],integer[],uuid) owner to dauntless_definer;

CREATE OR REPLACE FUNCTION people.stub_person(kinds text[], vals text[], facts integer[], weights real[], mark text)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.id from people.candidates(kinds, vals, facts, weights) c
  where exists (select from organisation.my_roles() x where x in ('investigator', 'da_car', 'safeguarding_supervisor',
    'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
    and people.stub_mark(kinds, vals, facts, c.id) = mark
$function$;
alter function people.stub_person(text[],text[],integer[],real[],text) owner to dauntless_definer;
grant execute on function people.stub_person(text[],text[],integer[],real[],text) to dauntless_app;

CREATE OR REPLACE FUNCTION people.told_of(persons uuid[])
 RETURNS TABLE(person_id uuid, roles text[], incidents integer, reach smallint[])
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER ROWS 50
 SET search_path TO ''
AS $function$
begin -- whose plan is kept, as each page asks it
  return query select p.id, p.roles, p.incidents, p.reach from people.person p
  where p.id = any (persons) and p.id in (select audit.opened())
    and (not p.sealed or p.id in (select people.my_seals())) and p.id not in (select people.my_exclusions())
    and (p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims()) or p.id in (select people.my_seals())
      or p.id in (select people.my_shares('identity')) and p.id in (select people.my_shares('incidents')));
end $function$;
alter function people.told_of(uuid[]) owner to dauntless_definer;
grant execute on function people.told_of(uuid[]) to dauntless_app;

CREATE OR REPLACE FUNCTION people.unseal_person(person uuid, reason text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  records uuid[];
begin
  if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
    raise exception 'people.not_confirmed' using errcode = '42501';
  end if;
  perform pg_advisory_xact_lock(727004);
  if 'professional_standards' not in (select organisation.my_roles()) or person not in (select people.my_seals())
     or person in (select people.my_exclusions())
     or not exists (select from people.person p where p.id = person and p.sealed and p.merged_into is null) then
    perform audit.record('refuse', array[person], array[person], '{"what": "unseal", "sealed": true}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif exists (select from people.membership b join people.mention m on m.id = b.mention_id
      where b.person_id = person and b.to_at is null and m.police_employee and m.role in ('suspect', 'victim')) then
    return 'police';
  end if;
  records := array(select people.records_of(array[person]));
  update people.person p set sealed = false where p.id = person;
  update people.seal_reader s set ended_at = now(), ended_by = access.actor() where s.person_id = person and s.ended_at is null;
  perform linkage.describe(array[person]);
  update targeting.score s set sealed = false where s.person_id = person;
  perform audit.record('alter', array[person], records, '{"what": "unsealed", "sealed": true}');
  return 'done';
end $function$;
alter function people.unseal_person(uuid,text) owner to dauntless_definer;
grant execute on function people.unseal_person(uuid,text) to dauntless_app;

CREATE OR REPLACE FUNCTION targeting.follow_person()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  update targeting.score s set reach = new.reach, sealed = new.sealed where s.person_id = new.id;
  return null;
end $function$;
alter function targeting.follow_person() owner to dauntless_definer;

CREATE OR REPLACE FUNCTION targeting.open_ranked(bcu smallint, borough text, only_serial boolean, only_escalating boolean, only_unarrested boolean, only_lifted boolean, first_row integer, how_many integer)
 RETURNS TABLE(person_id uuid, place integer, of integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
alter function targeting.open_ranked(smallint,text,boolean,boolean,boolean,boolean,integer,integer) owner to dauntless_definer;
grant execute on function targeting.open_ranked(smallint,text,boolean,boolean,boolean,boolean,integer,integer) to dauntless_app;

CREATE OR REPLACE FUNCTION targeting.open_reviews(until date)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  shown uuid[];
begin
  select array_agg(l.person_id order by l.review_on, l.person_id) into shown from (
    select x.* from (select distinct on (coalesce(o.merged_into, o.id)) coalesce(o.merged_into, o.id) as person_id, c.review_on
      from targeting.choice c join people.person o on o.id = c.person_id order by coalesce(o.merged_into, o.id), c.at desc, c.id) x
    join people.person p on p.id = x.person_id
    where x.review_on <= until and p.merged_into is null and people.sees(p)
    order by x.review_on, x.person_id limit 100) l;
  perform audit.record('search', coalesce(shown, '{}'), '{}', '{"what": "target reviews"}');
  return query select unnest(shown);
end $function$;
alter function targeting.open_reviews(date) owner to dauntless_definer;
grant execute on function targeting.open_reviews(date) to dauntless_app;

