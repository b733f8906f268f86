-- 0025_known_whole: a stub is opened by a mark of its own; a choice follows whoever was chosen into whom they were found to be; and
-- a partner is told of a person what was shared and no more, whatever statement they put.
-- Owner: modules people and targeting.

-- The mark of a stub: says nothing of the person, holds for one session and one search, and cannot be made without the key that
-- signs contexts. (No context begins as it does, so that none can be made of a mark.)
create function people.stub_mark(kinds text[], vals text[], facts integer[], person uuid) returns text
  language sql stable security definer set search_path = '' as $$
  select access.signature('stub ' || jsonb_build_array(access.context() ->> 'session', kinds, vals, facts, person)::text)
$$;
revoke execute on function people.stub_mark(text[], text[], integer[], uuid) from public;

-- As before, with the mark of each stub.
drop function people.find(text[], text[], integer[], real[]);
create function people.find(kinds text[], vals text[], facts integer[], weights real[])
  returns table (person_id uuid, score real, known_to text, mark text)
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
    case when not m.sees then (select string_agg(b.name, ', ' order by b.name) from organisation.bcu b where b.id = any (m.reach)) end,
    case when not m.sees then people.stub_mark(kinds, vals, facts, m.id) end
  from logged l left join may m on m.sees or (select organisation.my_agencies() limit 1) is null
  where l.entry is not null and m.id is not null
  order by m.score desc, m.id;
end $$;
-- Opens what a stub stands for: whoever of those that the search finds now has its mark. Nobody where they are among them no more.
drop function people.stub_person(text[], text[], integer[], real[], integer);
create function people.stub_person(kinds text[], vals text[], facts integer[], weights real[], mark text) returns uuid
  language sql stable security definer set search_path = '' as $$
  select c.id from people.candidates(kinds, vals, facts, weights) c
  where exists (select from organisation.my_roles() x where x in ('investigator', 'da_car', 'safeguarding_supervisor',
    'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
    and people.stub_mark(kinds, vals, facts, c.id) = mark
$$;
revoke execute on function people.find(text[], text[], integer[], real[]), people.stub_person(text[], text[], integer[], real[], text)
  from public;
grant execute on function people.find(text[], text[], integer[], real[]), people.stub_person(text[], text[], integer[], real[], text)
  to dauntless_app, dauntless_definer;

-- Roles, records and commands of the people that this transaction has opened and whose records are the acting person's to know of:
-- the policies of the row, but that a share must name the records too.
create function people.told_of(persons uuid[]) returns table (person_id uuid, roles text[], incidents integer, reach smallint[])
  language plpgsql stable security definer set search_path = '' rows 50 as $$
begin -- whose plan is kept, as each page asks it
  return query select p.id, p.roles, p.incidents, p.reach from people.person p
  where p.id = any (persons) and p.id in (select audit.opened())
    and (not p.sealed or p.id in (select people.my_seals())) and p.id not in (select people.my_exclusions())
    and (p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims()) or p.id in (select people.my_seals())
      or p.id in (select people.my_shares('identity')) and p.id in (select people.my_shares('incidents')));
end $$;
revoke execute on function people.told_of(uuid[]) from public;
grant execute on function people.told_of(uuid[]) to dauntless_app, dauntless_definer;
revoke select on people.person from dauntless_app;
grant select (id, name, dob, sex, sealed, merged_into, made_at) on people.person to dauntless_app;

-- Scores and choices are for police staff: no share names them.
create policy staff on targeting.score as restrictive for select to dauntless_app
  using (not exists (select from organisation.my_agencies()));
create policy staff on targeting.choice as restrictive for select to dauntless_app
  using (not exists (select from organisation.my_agencies()));

-- Whoever was found to be one of the people that this transaction has opened, for what was said of them before. Ids only.
create function people.once_opened() returns table (once_id uuid, person_id uuid)
  language plpgsql stable security definer set search_path = '' rows 5 as $$
begin
  return query select o.id, p.id from people.person p join people.person o on o.merged_into = p.id
    where p.id in (select audit.opened()) and p.merged_into is null and people.sees(p);
end $$;
revoke execute on function people.once_opened() from public;
grant execute on function people.once_opened() to dauntless_app, dauntless_definer;
alter policy of_opened on targeting.choice using (coalesce((select true from people.person p where p.id = person_id), false)
  or person_id in (select o.once_id from people.once_opened() o));

-- The choices whose review is due, as before; of somebody who was found to be another, that other's, and the latest of all of theirs.
create or replace function targeting.open_reviews(until date) returns setof uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shown uuid[];
begin
  select array_agg(l.person_id order by l.review_on, l.person_id) into shown from (
    select x.* from (select distinct on (coalesce(o.merged_into, o.id)) coalesce(o.merged_into, o.id) as person_id, c.review_on
      from targeting.choice c join people.person o on o.id = c.person_id order by coalesce(o.merged_into, o.id), c.at desc, c.id) x
    join people.person p on p.id = x.person_id
    where x.review_on <= until and p.merged_into is null and people.sees(p)
    order by x.review_on, x.person_id limit 100) l;
  perform audit.record('search', coalesce(shown, '{}'), '{}', '{"what": "target reviews"}');
  return query select unnest(shown);
end $$;
