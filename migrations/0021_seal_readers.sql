-- 0021_seal_readers: professional standards name the colleagues who may see somebody sealed, and take the name away again.
-- Owner: modules/people; linkage.move of modules/linkage, which carries the names with the mentions.
alter table people.seal_reader add column ended_at timestamptz;
alter table people.seal_reader add column ended_by uuid references auth.account (id);
comment on table people.seal_reader is 'The named staff who alone see a sealed person. To everybody else the person is absent. Ended, never deleted.';
create or replace function people.my_seals() returns setof uuid language sql stable security definer set search_path = '' rows 5 as $$
  select s.person_id from people.seal_reader s where s.account_id = access.actor() and s.ended_at is null
    and exists (select from organisation.my_roles())
$$;

-- Whom one may name, by part of the name: colleagues with a posting today, twenty at most. For professional standards alone.
create function people.colleagues(part text) returns table (id uuid, name text, place text)
  language sql stable security definer set search_path = '' as $$
  select a.id, a.name, organisation.home_of(a.id) from auth.account a
  where 'professional_standards' in (select organisation.my_roles()) and length(trim(part)) >= 2
    and strpos(lower(a.name), lower(trim(part))) > 0 and a.kind = 'person' and a.disabled_at is null and a.id <> access.actor()
    and exists (select from organisation.live_postings(a.id) p where p.agency_id is null)
  order by a.name, a.id limit 20
$$;

-- Names a colleague for somebody sealed whom one is named for oneself; whoever was named before is named again. False: not there
-- for one, oneself, or nobody who could be named.
create function people.name_reader(person uuid, colleague uuid, reason text) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;

-- Takes a name away. One's own stays, so that somebody is always left who can name others. False: nothing to take away.
create function people.end_reader(person uuid, colleague uuid) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
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
end $$;
revoke execute on function people.colleagues(text), people.name_reader(uuid, uuid, text), people.end_reader(uuid, uuid) from public;
grant execute on function people.colleagues(text), people.name_reader(uuid, uuid, text), people.end_reader(uuid, uuid)
  to dauntless_app, dauntless_definer;
-- Naming is by the function alone now, which cannot be told to name somebody as another would.
revoke insert on people.seal_reader from dauntless_app;
drop policy standards on people.seal_reader;
create policy standards on people.seal_reader for select to dauntless_app
  using ('professional_standards' in (select organisation.my_roles()) and person_id in (select people.my_seals()));

-- As it was, but for a name that was taken away: that is not carried to whoever takes over a mention.
create or replace function linkage.move(moved uuid[], goal uuid, decision uuid) returns uuid[]
  language plpgsql volatile security definer set search_path = '' as $$
declare
  losing uuid[] := array(select distinct b.person_id from people.membership b
    where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal);
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
  update people.person p set merged_into = null where p.id = goal and p.merged_into is not null;
  update people.person p set merged_into = goal, incidents = 0, reach = '{}' where p.id = any (losing)
    and not exists (select from people.membership b where b.person_id = p.id and b.to_at is null);
  update people.person p set merged_into = goal from people.person q
  where p.merged_into = q.id and q.id = any (losing) and q.merged_into = goal;
  return losing || goal;
end $$;
