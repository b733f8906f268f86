-- 0029_reach_first: policies that let rows through are asked in the reverse order of their names, and the first that does ends it.
-- Reach, which is what most rows are seen by and costs nothing to ask, comes first by its name; claims, shares and seals, which
-- each go through tables, are asked only for rows out of reach.
-- Owner: modules/people, modules/incidents.
alter policy by_reach on people.person rename to within_reach;
alter policy by_reach on people.mention rename to within_reach;
alter policy by_reach on incidents.incident rename to within_reach;

-- What of the acting person stays as it is for a transaction is in its signed context, so that policies and the log need not
-- work it out for every statement: also agencies, and role and organisation as the log has them. Owner: platform/access, platform/audit.
create function organisation.standing_of(account uuid, out roles text[], out reach smallint[], out agencies uuid[], out home text)
  language sql stable security definer set search_path = '' as $$
  with live as materialized (
    select p.role, p.unit_id, p.agency_id, p.valid_from, u.bcu_id, coalesce(u.name, a.name) as place from organisation.live_postings(account) p
    left join organisation.unit u on u.id = p.unit_id left join organisation.agency a on a.id = p.agency_id)
  select coalesce((select array_agg(distinct l.role order by l.role) from live l), '{}'),
    coalesce((select array_agg(distinct b.id) from live l join organisation.bcu b on l.bcu_id is null or b.id = l.bcu_id
      where l.unit_id is not null and l.role in ('investigator', 'da_car', 'safeguarding_supervisor', 'disclosure_officer', 'orders_officer',
        'analyst', 'lead_responsible_officer')), '{}'),
    coalesce((select array_agg(distinct l.agency_id) from live l where l.agency_id is not null), '{}'),
    coalesce((select string_agg(l.place, ', ' order by l.valid_from) from live l), '')
$$;
revoke execute on function organisation.standing_of(uuid) from public;
create or replace function access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  s auth.session;
  standing record;
  payload text;
begin
  select * into s from auth.live_session(token_hash);
  select * into standing from organisation.standing_of(s.account_id);
  if s.id is null
     or standing.roles = '{}' and not exists (select from auth.account a where a.id = s.account_id and a.kind = 'service') then
    raise exception 'access.no_session' using errcode = '28000';
  end if;
  payload := jsonb_build_object('actor', s.account_id, 'session', s.id, 'purpose', purpose, 'reason', coalesce(reason, ''),
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', date_part('epoch', now())::text,
    'roles', standing.roles::text, 'reach', standing.reach::text, 'agencies', standing.agencies::text,
    'role', array_to_string(standing.roles, ' '), 'home', standing.home)::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $$;
drop function organisation.reach_of(uuid);

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
