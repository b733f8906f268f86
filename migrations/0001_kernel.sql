-- 0001_kernel: who is acting and why (signed), what was logged, and who may sign in.
-- Owner: platform (access, audit, auth). Every security definer function ends up owned by dauntless_definer (see platform/db/migrate.ts).
create schema access;
create schema audit;
create schema auth;
grant usage on schema access, audit, auth to dauntless_app, dauntless_worker, dauntless_definer;
grant usage on schema audit to dauntless_sealer;

-- The key that signs the context of a transaction. No login role can read it.
create table access.context_key (
  single boolean primary key default true check (single),
  secret bytea not null default public.gen_random_bytes(32)
);
comment on table access.context_key is 'Signs the acting context, so that an injected set_config cannot forge one.';
alter table access.context_key enable row level security;
alter table access.context_key force row level security;
grant select on access.context_key to dauntless_definer;

create table auth.account (
  id          uuid primary key default gen_random_uuid(),
  issuer      text not null,
  subject     text not null,
  name        text not null,
  kind        text not null default 'person' check (kind in ('person', 'service')),
  demo        boolean not null default false,
  disabled_at timestamptz,
  created_at  timestamptz not null default now(),
  unique (issuer, subject)
);
comment on table auth.account is 'Somebody (or some service) who can sign in. What they may do comes from their postings.';
create table auth.login (
  state      text primary key,
  nonce      text not null,
  verifier   text not null,
  return_to  text not null,
  created_at timestamptz not null default now()
);
comment on table auth.login is 'A sign-in that has gone to the provider and not come back yet. Used once, ten minutes at most.';
create table auth.session (
  id           uuid primary key default gen_random_uuid(),
  account_id   uuid not null references auth.account (id),
  token_hash   bytea not null unique,
  csrf         text not null default encode(public.gen_random_bytes(24), 'hex'),
  user_agent   text not null default '',
  created_at   timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  step_up_at   timestamptz,
  closed_at    timestamptz
);
comment on table auth.session is 'A signed-in browser. Idle after 15 minutes, over after 10 hours (trust.md T12).';
create index session_of_account on auth.session (account_id) where closed_at is null;
alter table auth.account enable row level security;
alter table auth.account force row level security;
alter table auth.login enable row level security;
alter table auth.login force row level security;
alter table auth.session enable row level security;
alter table auth.session force row level security;
grant select, insert, update, delete on auth.account, auth.login, auth.session to dauntless_definer;

-- One row an act on the records: who, why, about whom. Written only by functions; never updated, never deleted.
create table audit.entry (
  id           uuid primary key default gen_random_uuid(),
  xact         xid8 not null default pg_current_xact_id(),
  at           timestamptz not null default clock_timestamp(),
  actor        uuid not null,
  session_id   uuid,
  role         text not null default '',
  organisation text not null default '',
  action       text not null check (action in ('collect', 'alter', 'consult', 'disclose', 'combine', 'erase', 'search',
                 'refuse', 'reveal', 'claim', 'breakglass', 'export', 'sign-in', 'sign-out', 'review')),
  purpose      text not null,
  reason       text not null default '',
  route        text not null default '',
  request_id   uuid,
  subjects     uuid[] not null default '{}',
  objects      uuid[] not null default '{}',
  detail       jsonb not null default '{}'
);
comment on table audit.entry is 'DPA 2018 s.62 log. Subjects are people, objects are records. Sealed into a Merkle tree by audit.leaf.';
create index entry_of_transaction on audit.entry (xact, id);
create index entry_of_subject on audit.entry using gin (subjects);
create index entry_by_time on audit.entry using brin (at);
create table audit.leaf (
  seq      bigint primary key,
  entry_id uuid not null unique,
  hash     bytea not null
);
comment on table audit.leaf is 'The place of each entry in the sealed log, and its RFC 6962 leaf hash.';
create table audit.checkpoint (
  size        bigint primary key,
  root        bytea not null,
  signed_at   timestamptz not null default now(),
  note        text not null,
  cosignature text
);
comment on table audit.checkpoint is 'Signed tree heads, with the cosignature of the outside witness.';
alter table audit.entry enable row level security;
alter table audit.entry force row level security;
alter table audit.leaf enable row level security;
alter table audit.leaf force row level security;
alter table audit.checkpoint enable row level security;
alter table audit.checkpoint force row level security;
create policy seal_read on audit.entry for select to dauntless_sealer using (true);
create policy seal_leaf on audit.leaf for all to dauntless_sealer using (true) with check (true);
create policy seal_checkpoint on audit.checkpoint for all to dauntless_sealer using (true) with check (true);
grant select on audit.entry to dauntless_sealer;
grant select, insert on audit.leaf to dauntless_sealer;
grant select, insert on audit.checkpoint to dauntless_sealer;
grant update (cosignature) on audit.checkpoint to dauntless_sealer;
grant select, insert on audit.entry to dauntless_definer;
grant select on audit.leaf, audit.checkpoint to dauntless_definer;

-- The session that a token hash opens, if it is still good. Idle 15 minutes, 10 hours in all.
create function auth.live_session(hash bytea) returns setof auth.session
  language sql stable security definer set search_path = '' as $$
  select s.* from auth.session s join auth.account a on a.id = s.account_id
  where s.token_hash = hash and s.closed_at is null and a.disabled_at is null
    and s.last_seen_at > now() - interval '15 minutes' and s.created_at > now() - interval '10 hours'
$$;
revoke execute on function auth.live_session(bytea) from public;

create function access.signature(payload text) returns text
  language sql stable security definer set search_path = '' as $$
  select encode(public.hmac(convert_to(payload, 'UTF8'), k.secret, 'sha256'), 'hex') from access.context_key k
$$;
revoke execute on function access.signature(text) from public;

-- Begins acting for the session that owns the token, for this transaction only. Fails closed: no session, no context.
create function access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  s auth.session;
  payload text;
begin
  select * into s from auth.live_session(token_hash);
  if s.id is null then
    raise exception 'access.no_session' using errcode = '28000';
  end if;
  payload := jsonb_build_object('actor', s.account_id, 'session', s.id, 'purpose', purpose, 'reason', coalesce(reason, ''),
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', extract(epoch from now())::text)::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $$;
revoke execute on function access.begin(bytea, text, text, text, uuid) from public;
grant execute on function access.begin(bytea, text, text, text, uuid) to dauntless_app, dauntless_worker;

-- The signed context of this transaction: null when there is none, an error when it is forged or from another transaction.
create function access.context() returns jsonb
  language plpgsql stable security definer set search_path = '' as $$
declare
  raw text := nullif(current_setting('dauntless.context', true), '');
  payload jsonb;
begin
  if raw is null then
    return null;
  end if;
  if left(raw, 64) is distinct from access.signature(substr(raw, 65)) then
    raise exception 'access.forged_context' using errcode = '28000';
  end if;
  payload := substr(raw, 65)::jsonb;
  if (payload ->> 'pid')::int <> pg_backend_pid() or payload ->> 'at' <> extract(epoch from now())::text then
    raise exception 'access.stale_context' using errcode = '28000';
  end if;
  return payload;
end $$;
revoke execute on function access.context() from public;
grant execute on function access.context() to dauntless_app, dauntless_worker;

create function access.actor() returns uuid language sql stable security definer set search_path = '' as
  $$ select (access.context() ->> 'actor')::uuid $$;
revoke execute on function access.actor() from public;
grant execute on function access.actor() to dauntless_app, dauntless_worker;

-- Writes one entry for the acting person. There is no other way in.
create function audit.record(action text, subjects uuid[], objects uuid[], detail jsonb) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  c jsonb := access.context();
  made uuid;
begin
  if c is null then
    raise exception 'access.no_context' using errcode = '28000';
  end if;
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, reason, route, request_id, subjects, objects, detail)
  values ((c ->> 'actor')::uuid, (c ->> 'session')::uuid, array_to_string(organisation.roles_of((c ->> 'actor')::uuid), ' '),
    organisation.home_of((c ->> 'actor')::uuid), record.action, c ->> 'purpose', c ->> 'reason', c ->> 'route', (c ->> 'request')::uuid,
    coalesce(record.subjects, '{}'), coalesce(record.objects, '{}'), coalesce(record.detail, '{}'))
  returning id into made;
  return made;
end $$;
revoke execute on function audit.record(text, uuid[], uuid[], jsonb) from public;
grant execute on function audit.record(text, uuid[], uuid[], jsonb) to dauntless_app, dauntless_worker;

-- The people and records whose opening has been logged in this transaction. Policies ask it, so an unlogged read finds nothing.
create function audit.opened() returns setof uuid
  language sql stable security definer set search_path = '' rows 50 as $$
  select unnest(e.subjects || e.objects) from audit.entry e
  where e.xact = pg_current_xact_id_if_assigned() and e.actor = access.actor()
    and e.action in ('consult', 'search', 'claim', 'breakglass', 'review', 'disclose', 'export', 'alter')
$$;
revoke execute on function audit.opened() from public;
grant execute on function audit.opened() to dauntless_app;

-- A statement that changes a logged table writes its own entry: TG_ARGV[0] names the column that holds the person, if there is one.
create function audit.log_change() returns trigger
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
revoke execute on function audit.log_change() from public;

create function auth.begin_login(state text, nonce text, verifier text, return_to text) returns void
  language sql volatile security definer set search_path = '' as $$
  delete from auth.login where created_at < now() - interval '10 minutes';
  insert into auth.login (state, nonce, verifier, return_to) values ($1, $2, $3, $4);
$$;
create function auth.take_login(state text) returns table (nonce text, verifier text, return_to text)
  language sql volatile security definer set search_path = '' as $$
  delete from auth.login l where l.state = $1 and l.created_at > now() - interval '10 minutes'
  returning l.nonce, l.verifier, l.return_to
$$;
create function auth.open_session(issuer text, subject text, token_hash bytea, user_agent text)
  returns table (session_id uuid, staff_id uuid)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
create function auth.session(token_hash bytea)
  returns table (session_id uuid, staff_id uuid, name text, roles text[], csrf text, step_up_at timestamptz, absolute_until timestamptz)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  s auth.session;
begin
  select * into s from auth.live_session(token_hash);
  if s.id is null then
    return;
  end if;
  -- once a minute is enough for the idle timer, and spares a write a page
  if s.last_seen_at < now() - interval '1 minute' then
    update auth.session x set last_seen_at = now() where x.id = s.id;
  end if;
  return query select s.id, s.account_id, a.name, organisation.roles_of(a.id), s.csrf, s.step_up_at, s.created_at + interval '10 hours'
    from auth.account a where a.id = s.account_id;
end $$;
create function auth.step_up(token_hash bytea) returns void language sql volatile security definer set search_path = '' as
  $$ update auth.session s set step_up_at = now() where s.token_hash = $1 and s.closed_at is null $$;
create function auth.close_session(token_hash bytea) returns void language sql volatile security definer set search_path = '' as
  $$ update auth.session s set closed_at = now() where s.token_hash = $1 and s.closed_at is null $$;
create function auth.close_all_sessions(token_hash bytea) returns void language sql volatile security definer set search_path = '' as $$
  update auth.session s set closed_at = now() where s.closed_at is null
    and s.account_id = (select o.account_id from auth.session o where o.token_hash = $1)
$$;
-- A session for the automatic account, for one job of the worker or one command. Its acts are logged under its own name.
create function auth.open_service_session(token_hash bytea) returns uuid
  language sql volatile security definer set search_path = '' as $$
  insert into auth.session (account_id, token_hash, user_agent)
  select a.id, token_hash, 'worker' from auth.account a where a.issuer = 'service' and a.subject = 'worker'
  returning id
$$;
-- True only when nobody but demo people can sign in: the embedded provider asks it before it starts.
create function auth.is_demo_force() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from auth.account where demo) and not exists (select from auth.account where kind = 'person' and not demo)
    and (select coalesce(bool_and(f.synthetic), false) from organisation.force f)
$$;
create function auth.demo_people() returns table (subject text, name text, role text, unit text)
  language sql stable security definer set search_path = '' as $$
  select a.subject, a.name, coalesce((organisation.roles_of(a.id))[1], ''), organisation.home_of(a.id)
  from auth.account a where a.demo and a.kind = 'person' and auth.is_demo_force() order by 3, 2
$$;
revoke execute on all functions in schema auth from public;
grant execute on function auth.begin_login(text, text, text, text), auth.take_login(text), auth.open_session(text, text, bytea, text),
  auth.session(bytea), auth.step_up(bytea), auth.close_session(bytea), auth.close_all_sessions(bytea), auth.is_demo_force(),
  auth.demo_people() to dauntless_app;

grant execute on function auth.open_service_session(bytea) to dauntless_worker;
insert into access.context_key default values;
grant usage on schema meta to dauntless_app, dauntless_worker;
grant select on meta.migration to dauntless_app, dauntless_worker;
