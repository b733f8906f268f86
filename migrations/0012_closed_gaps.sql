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
create or replace function auth.session(token_hash bytea)
  returns table (session_id uuid, staff_id uuid, name text, roles text[], csrf text, step_up_at timestamptz, absolute_until timestamptz)
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
  return query select s.id, s.account_id, a.name, held, s.csrf, s.step_up_at, s.created_at + interval '10 hours'
    from auth.account a where a.id = s.account_id;
end $$;
