-- 0011_policies_by_row: what makes a page slow at two million people. Roles and reach are worked out once a transaction and signed
-- with the context; a policy that asks another table asks it for its own row and never reads the whole of it.
-- Owner: the policies of people, incidents, linkage and targeting; access.begin.

create function organisation.reach_of(account uuid) returns smallint[]
  language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct b.id), '{}')
  from organisation.live_postings(account) p join organisation.unit u on u.id = p.unit_id
  join organisation.bcu b on u.bcu_id is null or b.id = u.bcu_id
  where p.role in ('investigator', 'da_car', 'safeguarding_supervisor', 'disclosure_officer', 'orders_officer', 'analyst',
                   'lead_responsible_officer')
$$;
revoke execute on function organisation.reach_of(uuid) from public;

-- Begins acting for the session that owns the token, for this transaction only. Fails closed: no session, no context. Every policy
-- asks for the roles and the reach, so they are in the context.
create or replace function access.begin(token_hash bytea, purpose text, reason text, route text, request_id uuid) returns uuid
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
    'route', route, 'request', request_id, 'pid', pg_backend_pid(), 'at', extract(epoch from now())::text,
    'roles', organisation.roles_of(s.account_id), 'reach', organisation.reach_of(s.account_id))::text;
  perform set_config('dauntless.context', access.signature(payload) || payload, true);
  return s.account_id;
end $$;

create or replace function organisation.my_roles() returns setof text
  language sql stable security definer set search_path = '' rows 2 as
  $$ select jsonb_array_elements_text(access.context() -> 'roles') $$;
create or replace function organisation.my_reach() returns smallint[]
  language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(r::smallint), '{}') from jsonb_array_elements_text(access.context() -> 'reach') r
$$;

-- Ways in are asked in the order of their names: by_reach first, which is nearly everybody's and the cheapest.
alter policy relationship on people.person rename to by_reach;
alter policy relationship on people.mention rename to by_reach;
alter policy relationship on incidents.incident rename to by_reach;
alter policy relationship on incidents.involvement rename to by_reach;

alter policy of_opened on people.membership using (person_id in (select audit.opened())
  and coalesce((select true from people.mention m where m.id = mention_id), false));
alter policy police on people.share using (coalesce((select true from people.person p where p.id = person_id), false)
  and (select organisation.my_reach()) <> '{}');
alter policy decide on people.share
  with check ('safeguarding_supervisor' in (select organisation.my_roles()) and decided_by = (select access.actor())
              and coalesce((select true from people.person p where p.id = person_id), false));
alter policy of_opened on incidents.offence
  using (incident_id in (select audit.opened()) and coalesce((select true from incidents.incident i where i.id = incident_id), false));
alter policy of_opened on incidents.incident_version
  using (incident_id in (select audit.opened()) and coalesce((select true from incidents.incident i where i.id = incident_id), false));
alter policy by_reach on incidents.involvement
  using (incident_id in (select audit.opened()) and coalesce((select true from incidents.incident i where i.id = incident_id), false));
alter policy of_opened on linkage.edge using (coalesce((select true from people.mention m where m.id = a), false)
  and coalesce((select true from people.mention m where m.id = b), false));
alter policy of_opened on targeting.score using (coalesce((select true from people.person p where p.id = person_id), false));
alter policy of_opened on targeting.choice using (coalesce((select true from people.person p where p.id = person_id), false));
alter policy decide on targeting.choice
  with check (by_account = (select access.actor()) and coalesce((select true from people.person p where p.id = person_id), false)
    and exists (select from organisation.my_roles() r where r in ('safeguarding_supervisor', 'lead_responsible_officer', 'analyst')));

-- The records of a person that this transaction has opened with them.
create function people.records_opened(person uuid) returns setof uuid
  language sql stable security definer set search_path = '' rows 20 as $$
  select unnest(e.objects) from audit.entry e
  where e.xact = pg_current_xact_id_if_assigned() and e.actor = access.actor() and e.action = 'consult' and e.subjects @> array[person]
$$;
revoke execute on function people.records_opened(uuid) from public;
grant execute on function people.records_opened(uuid) to dauntless_app;

create or replace function people.find(kinds text[], vals text[], facts integer[], weights real[])
  returns table (person_id uuid, score real, known_to text)
  language plpgsql volatile security definer set search_path = '' as $$
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
    select c.id, c.score, p.reach, p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims())
      or p.id in (select people.my_shares('identity')) or p.id in (select people.my_seals()) as sees
    from people.candidates(kinds, vals, facts, weights) c join people.person p on p.id = c.id),
  logged as materialized (
    select audit.record('search', coalesce(array_agg(m.id) filter (where m.sees), '{}'), '{}',
      jsonb_build_object('what', 'people', 'shown', count(*) filter (where m.sees), 'stubs', count(*) filter (where not m.sees))) as entry
    from may m)
  select case when m.sees then m.id end, m.score,
    case when not m.sees then (select string_agg(b.name, ', ' order by b.name) from organisation.bcu b where b.id = any (m.reach)) end
  from logged l left join may m on m.sees or (select organisation.my_agencies() limit 1) is null
  where l.entry is not null and m.id is not null
  order by m.score desc, m.id;
end $$;
