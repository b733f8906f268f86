-- 0012_closed_gaps: what an attack on the sign-in, the policies and the log found open is closed.
-- Owner: platform (access, audit, auth), modules people, incidents, linkage and organisation.

-- Whoever is added to the demonstration is one of its invented people, who choose themselves from its list: an account of a real
-- sign-in service would shut the demonstration's own (auth.is_demo_force), and with it everybody out.
create function auth.of_the_demonstration() returns trigger
  language plpgsql volatile security definer set search_path = '' as $$
begin
  new.demo := new.demo or (new.issuer = 'embedded' and new.kind = 'person'
    and coalesce((select bool_and(f.synthetic) from organisation.force f), false));
  return new;
end $$;
revoke execute on function auth.of_the_demonstration() from public;
create trigger of_the_demonstration before insert on auth.account for each row execute function auth.of_the_demonstration();
create or replace function auth.demo_people() returns table (subject text, name text, role text, unit text)
  language sql stable security definer set search_path = '' as $$
  select a.subject, a.name, (organisation.roles_of(a.id))[1], organisation.home_of(a.id)
  from auth.account a where a.demo and a.kind = 'person' and a.disabled_at is null and organisation.roles_of(a.id) <> '{}'
    and auth.is_demo_force() order by 3, 2
$$;

-- A claim or a share made before somebody was sealed names them: to everybody who is not named for the seal it is as absent as
-- they are, also where claims are counted or wait for review. One's own conflicts win there too.
-- The person that somebody is now: whoever they were found to be, else themselves. For what was said of them before.
create function people.now_of(persons uuid[]) returns table (person_id uuid, now_id uuid)
  language sql stable security definer set search_path = '' rows 50 as $$
  select p.id, coalesce(p.merged_into, p.id) from people.person p where p.id = any (persons)
$$;
revoke execute on function people.now_of(uuid[]) from public;
grant execute on function people.now_of(uuid[]) to dauntless_app, dauntless_definer;
-- Of these, the sealed and those who are known by sealed records alone, for whom one is not named.
create function people.hidden_of(persons uuid[]) returns setof uuid
  language sql stable security definer set search_path = '' rows 50 as $$
  select p.id from people.person p join people.person q on q.id = coalesce(p.merged_into, p.id)
  where p.id = any (persons) and (p.sealed or q.sealed or q.reach = '{}') and q.id not in (select people.my_seals())
$$;
-- For the policies: whom the claims and the shares that one could read must not give away.
create function people.hidden_of_claims() returns setof uuid
  language sql stable security definer set search_path = '' rows 50 as $$
  select people.hidden_of(array(select c.person_id from people.claim c
    where c.account_id = access.actor() or c.review_due is not null and c.reviewed_at is null))
$$;
create function people.hidden_of_shares() returns setof uuid
  language sql stable security definer set search_path = '' rows 50 as $$
  select people.hidden_of(array(select s.person_id from people.share s
    where s.ended_at is null and s.agency_id in (select organisation.my_agencies())))
$$;
revoke execute on function people.hidden_of(uuid[]), people.hidden_of_claims(), people.hidden_of_shares() from public;
grant execute on function people.hidden_of_claims(), people.hidden_of_shares() to dauntless_app;
create index claim_waiting on people.claim (review_due) where reviewed_at is null and review_due is not null;
create or replace function people.my_claims() returns setof uuid language sql stable security definer set search_path = '' rows 5 as $$
  select c.person_id from people.claim c where c.account_id = access.actor() and c.until > now()
    and exists (select from people.person p where p.id = c.person_id and not p.sealed and p.reach <> '{}')
    -- a claim outlives no posting that allowed it
    and exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
$$;
create or replace function people.my_shares(field text) returns setof uuid
  language sql stable security definer set search_path = '' rows 20 as $$
  select s.person_id from people.share s where s.agency_id in (select organisation.my_agencies()) and s.ended_at is null
    and s.until > now() and field = any (s.fields)
    and exists (select from people.person p where p.id = s.person_id and not p.sealed and p.reach <> '{}')
$$;
create policy sealed on people.claim as restrictive for all to dauntless_app
  using (person_id not in (select people.hidden_of_claims()));
create policy excluded on people.claim as restrictive for all to dauntless_app
  using (person_id not in (select people.my_exclusions()));
create policy sealed on people.share as restrictive for all to dauntless_app
  using (person_id not in (select people.hidden_of_shares()));
create policy excluded on people.share as restrictive for all to dauntless_app
  using (person_id not in (select people.my_exclusions()));
create policy excluded on people.seal_reader as restrictive for all to dauntless_app
  using (person_id not in (select people.my_exclusions()));
-- What was opened of somebody who has been sealed since is reviewed by the professional standards officers named for them.
-- Claims are read for their review, which is given once, with the time at which it is given; to ask for more leaves it open.
alter policy supervisor on people.claim using (review_due is not null and (reviewed_at is null or reviewed_at = now())
  and ('safeguarding_supervisor' in (select organisation.my_roles())
    or 'professional_standards' in (select organisation.my_roles()) and person_id in (select people.my_seals())));
alter policy review on people.claim using (account_id <> (select access.actor()) and review_due is not null and reviewed_at is null
  and ('safeguarding_supervisor' in (select organisation.my_roles())
    or 'professional_standards' in (select organisation.my_roles()) and person_id in (select people.my_seals())));
-- A share that has ended gives no sight of itself either.
alter policy own_agency on people.share using (agency_id in (select organisation.my_agencies()) and ended_at is null and until > now());
-- A conflict is declared with somebody who is there for one: a foreign key would tell the hidden from the absent.
alter policy declare_own on people.exclusion with check (account_id = (select access.actor())
  and coalesce((select true from people.person p where p.id = person_id), false));
-- A linkage carries conflicts to whoever takes over the records of the person they are with.
grant select, insert on people.exclusion to dauntless_worker;
-- What a linkage run counted, the sealed among it, is for the worker alone.
drop policy signed_in on linkage.run;
revoke select on linkage.run from dauntless_app;

-- Whoever holds no post is nobody from midnight in London on: no session of theirs begins anything, whatever it was opened with.
-- The same for the people of a suspended agency.
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
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', extract(epoch from now())::text,
    'roles', roles, 'reach', organisation.reach_of(s.account_id))::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $$;
-- Whether the person of a session has proved within a quarter of an hour that it is still they (step-up).
create function auth.is_confirmed(s auth.session) returns boolean language sql stable set search_path = '' as
  $$ select coalesce(s.step_up_at > now() - interval '15 minutes', false) $$;
revoke execute on function auth.is_confirmed(auth.session) from public;
grant execute on function auth.is_confirmed(auth.session) to dauntless_definer;
drop function auth.session(bytea);
create function auth.session(token_hash bytea)
  returns table (session_id uuid, staff_id uuid, name text, roles text[], csrf text, confirmed boolean, absolute_until timestamptz)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
revoke execute on function auth.session(bytea) from public;

-- Signing in has a login role of its own, which can open a session and read no record; the role that reads records for pages can
-- open none. Who could put a statement of their own among those of the pages would otherwise sign in as anybody by it.
drop function auth.step_up(bytea);
-- The person of a session has proved again who they are: it goes on under a new token, so that one stolen before gains nothing.
-- False when the session is over or is another's.
create function auth.step_up(token_hash bytea, next_hash bytea, issuer text, subject text) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
create or replace function auth.close_session(token_hash bytea) returns void
  language sql volatile security definer set search_path = '' as $$
  with closed as (update auth.session s set closed_at = now() where s.token_hash = $1 and s.closed_at is null returning s.*)
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  select c.account_id, c.id, array_to_string(organisation.roles_of(c.account_id), ' '), organisation.home_of(c.account_id), 'sign-out',
    'sign out', '/sign-out' from closed c
$$;
create or replace function auth.close_all_sessions(token_hash bytea) returns void
  language sql volatile security definer set search_path = '' as $$
  with closed as (update auth.session s set closed_at = now() where s.closed_at is null
    and s.account_id = (select o.account_id from auth.session o where o.token_hash = $1) returning s.*)
  insert into audit.entry (actor, session_id, role, organisation, action, purpose, route)
  select c.account_id, c.id, array_to_string(organisation.roles_of(c.account_id), ' '), organisation.home_of(c.account_id), 'sign-out',
    'sign out everywhere', '/sign-out-everywhere' from closed c
$$;
revoke execute on function auth.step_up(bytea, bytea, text, text) from public;
revoke execute on function auth.begin_login(text, text, text, text), auth.take_login(text), auth.open_session(text, text, bytea, text),
  auth.close_session(bytea), auth.close_all_sessions(bytea), auth.demo_people() from dauntless_app;
grant usage on schema auth to dauntless_auth;
grant execute on function auth.begin_login(text, text, text, text), auth.take_login(text), auth.open_session(text, text, bytea, text),
  auth.session(bytea), auth.step_up(bytea, bytea, text, text), auth.close_session(bytea), auth.close_all_sessions(bytea),
  auth.is_demo_force(), auth.demo_people() to dauntless_auth;

-- The glass is broken by somebody who has just proved that it is they: an unlocked screen is not enough.
create or replace function people.claim_record(person uuid, kind text, reason text) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  made uuid;
  me uuid := access.actor();
begin
  if kind = 'break_glass' and not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid
      and auth.is_confirmed(s)) then
    raise exception 'people.not_confirmed' using errcode = '42501';
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
end $$;
