-- 0010_oversight: the log is read only through functions that write the look itself; administrators can change less, and not their own.
-- Owner: modules/oversight (schema oversight) and modules/organisation (what administrators may change).
create schema oversight;
grant usage on schema oversight to dauntless_app, dauntless_definer;

-- The log is no table to the web role any more: whoever reads it leaves an entry, by construction.
drop policy auditor on audit.entry;
drop policy auditor on audit.checkpoint;
revoke select on audit.entry, audit.checkpoint from dauntless_app;

create function oversight.is_auditor() returns boolean language sql stable security definer set search_path = '' as
  $$ select 'auditor' in (select organisation.my_roles()) $$;

-- One page of the log, newest first, or a selection for a file. The look is logged with what was asked and which entries were shown.
-- about: a person, a record or an entry; people are found through the index, records only between the two times.
create function oversight.search_log(actors uuid[], about uuid, since timestamptz, until timestamptz, actions text[], purpose text,
    before_at timestamptz, before_id uuid, how_many integer, for_export boolean)
  returns table (id uuid, at timestamptz, actor uuid, who text, role text, organisation text, action text, purpose_said text, reason text,
    route text, subjects integer, objects integer, detail jsonb)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- One entry whole, with its place in the sealed log.
create function oversight.open_entry(entry uuid)
  returns table (id uuid, at timestamptz, actor uuid, who text, role text, organisation text, action text, purpose text, reason text,
    route text, session_id uuid, request_id uuid, subjects uuid[], objects uuid[], detail jsonb, seq bigint)
  language plpgsql volatile security definer set search_path = '' as $$
begin
  if not oversight.is_auditor() then
    perform audit.record('refuse', '{}', '{}', '{"what": "audit log"}');
    return;
  end if;
  perform audit.record('consult', '{}', array[entry], '{"what": "audit entry"}');
  return query select e.id, e.at, e.actor, coalesce(a.name, ''), e.role, e.organisation, e.action, e.purpose, e.reason, e.route,
      e.session_id, e.request_id, e.subjects, e.objects, e.detail, l.seq
    from audit.entry e left join auth.account a on a.id = e.actor left join audit.leaf l on l.entry_id = e.id where e.id = entry;
end $$;

-- How far the log is sealed and witnessed. Says nothing of what is in it, so it is not a look.
create function oversight.log_state()
  returns table (size bigint, signed_at timestamptz, cosigned_size bigint, cosigned_at timestamptz, waiting bigint, oldest_waiting timestamptz)
  language sql stable security definer set search_path = '' as $$
  with newest as (select c.size, c.signed_at from audit.checkpoint c order by c.size desc limit 1),
  witnessed as (select c.size, c.signed_at from audit.checkpoint c where c.cosignature is not null order by c.size desc limit 1),
  last_sealed as (select e.xact, e.id from audit.leaf l join audit.entry e on e.id = l.entry_id order by l.seq desc limit 1),
  later as (select count(*) as n, min(e.at) as oldest from audit.entry e
    where not exists (select from last_sealed) or (e.xact, e.id) > (select s.xact, s.id from last_sealed s))
  select coalesce(n.size, 0), n.signed_at, coalesce(w.size, 0), w.signed_at, l.n, l.oldest
  from later l left join newest n on true left join witnessed w on true
  where oversight.is_auditor()
$$;

-- What each person did with records between two times, for comparing with their team. Night is 22:00 to 06:00 in London.
create function oversight.activity(since timestamptz, until timestamptz)
  returns table (actor uuid, who text, team text, days integer, openings integer, people integer, searches integer, night integer,
    claims integer, breakglass integer, refused integer, own_name integer)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- One person's openings of records, day by day; days without are absent.
create function oversight.days_of(person uuid, since timestamptz, until timestamptz)
  returns table (day date, openings integer, night integer)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Staff by part of their name, so that the log can be asked for what somebody did.
create function oversight.find_staff(part text) returns table (id uuid, name text, place text)
  language sql stable security definer set search_path = '' as $$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where oversight.is_auditor() and length(trim(part)) >= 2 and strpos(lower(a.name), lower(trim(part))) > 0 order by a.name, a.id limit 20
$$;

-- Postings that somebody made since then: who gave access to whom. What an administrator does is seen here by another.
create function oversight.access_given(since timestamptz)
  returns table (entry uuid, at timestamptz, by_name text, to_name text, role text, place text, valid_from date)
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
revoke execute on all functions in schema oversight from public;
grant execute on all functions in schema oversight to dauntless_app, dauntless_definer;

-- Administrators give access to others, never to themselves; and they end and name things, they do not rewrite what was.
create policy not_oneself on organisation.posting as restrictive for insert to dauntless_app
  with check (account_id <> (select access.actor()));
create policy not_ones_own on organisation.posting as restrictive for update to dauntless_app
  using (account_id <> (select access.actor()));
create policy not_ones_own on auth.account as restrictive for update to dauntless_app using (id <> (select access.actor()));
revoke insert, update on auth.account from dauntless_app;
grant insert (issuer, subject, name), update (name, disabled_at) on auth.account to dauntless_app;
revoke update on organisation.posting, organisation.portfolio, organisation.agency from dauntless_app;
grant update (valid_to) on organisation.posting, organisation.portfolio to dauntless_app;
grant update (suspended_at) on organisation.agency to dauntless_app;
create policy administrator on organisation.unit for insert to dauntless_app
  with check ('administrator' in (select organisation.my_roles()));
grant insert (kind, name, bcu_id) on organisation.unit to dauntless_app;
create trigger log_new after insert on organisation.unit referencing new table as changed
  for each statement execute function audit.log_change('', 'id');
-- Sent twice is done once. A posting called off before it began (no day long) does not stand in the way.
create unique index one_posting on organisation.posting (account_id, role, (coalesce(unit_id, agency_id)), valid_from)
  where valid_to is null or valid_to > valid_from;
create unique index one_portfolio on organisation.portfolio (account_id, lower(theme)) where valid_to is null;

-- A disabled account is signed out everywhere, and stays so when it is enabled again.
create function auth.close_disabled() returns trigger
  language plpgsql volatile security definer set search_path = '' as $$
begin
  update auth.session s set closed_at = now() from changed c
    where s.account_id = c.id and c.disabled_at is not null and s.closed_at is null;
  return null;
end $$;
revoke execute on function auth.close_disabled() from public;
create trigger close_disabled after update on auth.account referencing new table as changed
  for each statement execute function auth.close_disabled();

-- What was changed about somebody's account, postings and portfolios: for administrators, who have no other sight of the log.
create function organisation.changes_to(account uuid)
  returns table (at timestamptz, who text, purpose text, reason text, what text, how text, role text, place text)
  language sql stable security definer set search_path = '' as $$
  select e.at, coalesce(a.name, ''), e.purpose, e.reason, e.detail ->> 'table', e.detail ->> 'how', coalesce(p.role, ''),
    coalesce(u.name, g.name, f.theme, '')
  from audit.entry e left join auth.account a on a.id = e.actor left join organisation.posting p on p.id = any (e.objects)
  left join organisation.unit u on u.id = p.unit_id left join organisation.agency g on g.id = p.agency_id
  left join organisation.portfolio f on f.id = any (e.objects)
  where 'administrator' in (select organisation.my_roles()) and e.subjects @> array[account] and e.action = 'alter'
    and e.detail ->> 'table' in ('auth.account', 'organisation.posting', 'organisation.portfolio')
  order by e.at desc, e.id limit 200
$$;
-- How many people are posted to each command today. No names: for anybody signed in.
create function organisation.staff_of_bcus() returns table (bcu_id smallint, staff integer)
  language sql stable security definer set search_path = '' as $$
  select b.id, count(distinct p.account_id)::integer from organisation.bcu b left join organisation.unit u on u.bcu_id = b.id
  left join (organisation.posting p join auth.account a on a.id = p.account_id and a.disabled_at is null) on p.unit_id = u.id
    and p.valid_from <= organisation.today() and (p.valid_to is null or p.valid_to > organisation.today())
  where exists (select from organisation.my_roles()) group by b.id
$$;
revoke execute on function organisation.changes_to(uuid), organisation.staff_of_bcus() from public;
grant execute on function organisation.changes_to(uuid), organisation.staff_of_bcus() to dauntless_app, dauntless_definer;
-- The command line exports the chosen targets, as the worker, with an entry that names each.
grant select on targeting.choice to dauntless_worker;
