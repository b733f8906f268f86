-- 0029_reach_first: policies that let rows through are asked in the reverse order of their names, and the first that does ends it.
-- Reach, which is what most rows are seen by and costs nothing to ask, comes first by its name; claims, shares and seals, which
-- each go through tables, are asked only for rows out of reach.
-- Owner: modules/people, modules/incidents.
alter policy by_reach on people.person rename to within_reach;
alter policy by_reach on people.mention rename to within_reach;
alter policy by_reach on incidents.incident rename to within_reach;

-- What of the acting person stays as it is for a transaction is in its signed context, so that policies and the log need not
-- work it out for every statement: also agencies, and role and organisation as the log has them. Owner: platform/access, platform/audit.
create or replace function access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  s auth.session;
  roles text[];
  payload text;
begin
  select * into s from auth.live_session(token_hash);
  roles := organisation.roles_of(s.account_id);
  if s.id is null or roles = '{}' and not exists (select from auth.account a where a.id = s.account_id and a.kind = 'service') then
    raise exception 'access.no_session' using errcode = '28000';
  end if;
  payload := jsonb_build_object('actor', s.account_id, 'session', s.id, 'purpose', purpose, 'reason', coalesce(reason, ''),
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', date_part('epoch', now())::text,
    'roles', roles::text, 'reach', organisation.reach_of(s.account_id)::text, 'agencies', organisation.agencies_of(s.account_id)::text,
    'role', array_to_string(roles, ' '), 'home', organisation.home_of(s.account_id))::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $$;

create or replace function access.context() returns jsonb language plpgsql stable security definer set search_path = '' as $$
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
end $$;

create function organisation.agencies_of(account uuid) returns uuid[] language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct p.agency_id), '{}') from organisation.live_postings(account) p where p.agency_id is not null
$$;
revoke execute on function organisation.agencies_of(uuid) from public;
create or replace function organisation.my_agencies() returns setof uuid language sql stable security definer set search_path = '' rows 1 as
  $$ select unnest((access.context() ->> 'agencies')::uuid[]) $$;
create or replace function organisation.my_roles() returns setof text language sql stable security definer set search_path = '' rows 2 as
  $$ select unnest((access.context() ->> 'roles')::text[]) $$;
create or replace function organisation.my_reach() returns smallint[] language sql stable security definer set search_path = '' as
  $$ select coalesce((access.context() ->> 'reach')::smallint[], '{}') $$;

create or replace function audit.record(action text, subjects uuid[], objects uuid[], detail jsonb) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Who has looked is asked with every page: entries that wait to be indexed would all be gone through each time.
alter index audit.entry_of_subject set (fastupdate = off);
