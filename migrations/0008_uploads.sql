-- 0008_uploads: files offered on a page, how their columns were understood, and the rows of records that had something wrong.
-- Owner: modules/incidents.
create table incidents.upload (
  id         uuid primary key,
  profile    text not null check (length(profile) between 1 and 60),
  by_account uuid not null references auth.account (id),
  created_at timestamptz not null default now(),
  state      text not null default 'looking'
               check (state in ('looking', 'ready', 'queued', 'running', 'done', 'refused', 'failed', 'removed')),
  columns    jsonb not null default '{}' check (jsonb_typeof(columns) = 'object'),
  looked     jsonb,
  progress   jsonb not null default '{}',
  said       text not null default '',
  batch_id   uuid references incidents.batch (id)
);
comment on table incidents.upload is 'Files somebody offered on a page: what a dry run found, and the import that came of it. The files lie in the data folder until they are taken in.';
create index upload_by_time on incidents.upload (created_at);
create table incidents.upload_file (
  upload_id   uuid not null references incidents.upload (id),
  seq         smallint not null,
  name        text not null check (length(name) between 1 and 200),
  bytes       bigint not null check (bytes >= 0),
  fingerprint text not null,
  encoding    text,
  primary key (upload_id, seq)
);
comment on table incidents.upload_file is 'The files of an upload, by SHA-256 of their content, with the encoding found.';
create table incidents.column_mapping (
  profile    text primary key check (length(profile) between 1 and 60),
  columns    jsonb not null check (jsonb_typeof(columns) = 'object'),
  by_account uuid not null references auth.account (id),
  kept_at    timestamptz not null default now()
);
comment on table incidents.column_mapping is 'Columns that somebody chose by hand for a source, proposed for its next file.';
create table incidents.kept_record (
  id       uuid primary key,
  batch_id uuid not null references incidents.batch (id),
  headers  jsonb not null,
  rows     jsonb not null check (jsonb_typeof(rows) = 'array'),
  taken    jsonb not null,
  said     text not null default ''
);
comment on table incidents.kept_record is 'All source rows of a record with something wrong: as corrected so far, and as they were last taken in. The row as it came stays in incidents.problem.';
create index kept_record_of_batch on incidents.kept_record (batch_id);

alter table incidents.batch add column upload_id uuid references incidents.upload (id);
alter table incidents.batch add column columns jsonb not null default '{}';
alter table incidents.problem add column kept_id uuid references incidents.kept_record (id);
alter table incidents.problem add column rejected boolean not null default true;
alter table incidents.problem add column corrected_by uuid;
create index problem_of_kept on incidents.problem (kept_id) where kept_id is not null;

alter table incidents.upload enable row level security;
alter table incidents.upload force row level security;
alter table incidents.upload_file enable row level security;
alter table incidents.upload_file force row level security;
alter table incidents.column_mapping enable row level security;
alter table incidents.column_mapping force row level security;
alter table incidents.kept_record enable row level security;
alter table incidents.kept_record force row level security;
create policy importers on incidents.upload for select to dauntless_app using ('analyst' in (select organisation.my_roles()));
create policy importers on incidents.upload_file for select to dauntless_app using ('analyst' in (select organisation.my_roles()));
create policy importers on incidents.column_mapping for select to dauntless_app using ('analyst' in (select organisation.my_roles()));
-- whole source rows with names in them: only in a transaction that has logged the opening of their import
create policy importers on incidents.kept_record for select to dauntless_app
  using ('analyst' in (select organisation.my_roles()) and batch_id in (select audit.opened()));
grant select on incidents.upload, incidents.upload_file, incidents.column_mapping, incidents.kept_record to dauntless_app;
grant select, insert, update on incidents.upload, incidents.upload_file, incidents.column_mapping, incidents.kept_record to dauntless_definer;
grant select, update on incidents.upload, incidents.upload_file to dauntless_worker;
grant select, insert, update, delete on incidents.kept_record to dauntless_worker;
-- an import that was stopped leaves its list of problems; the run that is made again makes its own
grant delete on incidents.problem to dauntless_worker;
-- whether a version without a date has stood before
grant select on incidents.incident_version to dauntless_worker;

-- Keeps what somebody has sent. The files are written before, the work is asked for after.
create function incidents.keep_upload(upload uuid, profile text, columns jsonb, files jsonb) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Sets the columns of an upload that has not been taken in, which is then looked at again; keeps them for the source if asked.
create function incidents.set_columns(upload uuid, columns jsonb, keep boolean) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Moves an upload on: to be taken in, or removed. False when it has been already, so a form sent twice does it once.
create function incidents.move_upload(upload uuid, state text) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Puts one row of a kept record right: the job that takes it in comes after. The row as it came stays in incidents.problem.
create function incidents.correct_row(kept uuid, file text, line integer, cells jsonb) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
    where k.id = kept and exists (select from incidents.problem p where p.kept_id = kept and p.file = correct_row.file
      and p.line = correct_row.line and p.corrected_at is null)
    returning k.batch_id into batch;
  if batch is null then
    return false;
  end if;
  update incidents.problem p set corrected_by = access.actor()
    where p.kept_id = kept and p.file = correct_row.file and p.line = correct_row.line and p.corrected_at is null;
  perform audit.record('alter', '{}', array[batch, kept], jsonb_build_object('what', 'row corrected', 'line', line));
  return true;
end $$;
revoke execute on function incidents.keep_upload(uuid, text, jsonb, jsonb), incidents.set_columns(uuid, jsonb, boolean),
  incidents.move_upload(uuid, text), incidents.correct_row(uuid, text, integer, jsonb) from public;
grant execute on function incidents.keep_upload(uuid, text, jsonb, jsonb), incidents.set_columns(uuid, jsonb, boolean),
  incidents.move_upload(uuid, text), incidents.correct_row(uuid, text, integer, jsonb) to dauntless_app;

-- The account that automatic work is done by. An import into a database that has no force yet is logged like any other.
insert into auth.account (id, issuer, subject, name, kind)
  values ('00000000-0000-4000-8000-000000000001', 'service', 'worker', 'Dauntless (automatic)', 'service') on conflict do nothing;
