-- 0038_begin_of_services: a service has no postings, so nobody asks for them when it begins a transaction; that was half of what beginning
-- one took, each time a record comes. Owner: platform/access.
create or replace function access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid)
returns uuid language plpgsql security definer set search_path = ''
as $$
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
end $$;
