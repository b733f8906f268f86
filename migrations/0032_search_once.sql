-- 0032_search_once: a search goes through each list of a common name once, and says itself what of whom it finds agrees.
-- Owner: modules/people.
drop function people.why_found(uuid[], text[], text[], integer[]);
drop function people.find(text[], text[], integer[], real[]);
drop function people.candidates(text[], text[], integer[], real[]);

-- Whoever agrees in two facts, or in one exact reference, and is not sealed for, merged away from or excluded by the acting person;
-- the best fifty. agrees: by their places, the keys that agree, the first of each fact.
create function people.candidates(kinds text[], vals text[], facts integer[], weights real[])
  returns table (id uuid, score real, agrees integer[]) language plpgsql stable security definer set search_path = '' as $$
declare
  few constant integer := 100;
  many constant integer := 1000;
  common integer[] := '{}';
  sizes integer[] := '{}';
  earlier uuid[] := '{}';
  found uuid[] := '{}';
  these uuid[];
  fact integer;
  is_ref boolean;
begin
  for fact, is_ref in select q.f, bool_or(q.k = 'ref') from unnest(facts, kinds) q (f, k) group by 1 order by 1 loop
    these := array(select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
      join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact limit case when not is_ref then many end);
    -- a fact that few agree with is taken whole, and its people are asked for the others
    if is_ref or cardinality(these) <= few then
      found := found || these;
    else
      common := common || fact;
      sizes := sizes || cardinality(these);
    end if;
  end loop;
  -- who is on the shorter lists is kept, and the longest is only gone through
  for i in 1 .. cardinality(common) loop
    fact := (select c.f from unnest(common, sizes) c (f, size) order by c.size, c.f offset i - 1 limit 1);
    if i > 1 then
      found := found || array(
        select l.person_id from (select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
          join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact offset 0) l
        where l.person_id in (select unnest(earlier)));
    end if;
    if i < cardinality(common) then
      earlier := earlier || array(select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
        join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = fact);
    end if;
  end loop;
  -- in order, as the index has them: else they are put in order again for each key
  found := array(select distinct f from unnest(found) f order by f);
  return query
  with hit as (
    select k.person_id, w.f, max(w.weight) as weight, min(w.n)::integer as n, bool_or(w.kind = 'ref') as is_ref
    from unnest(kinds, vals, facts, weights) with ordinality w (kind, value, f, weight, n)
    join people.search_key k on k.kind = w.kind and k.value = w.value and k.person_id = any (found)
    -- what a share does not name finds nobody: who knows an address would learn by it whose it is
    where w.kind in ('name', 'sound', 'dob') or not exists (select from organisation.my_agencies())
      or k.person_id in (select people.my_shares('incidents'))
    group by 1, 2),
  -- best first, so that no more people are read than are told of
  matched as (
    select h.person_id, sum(h.weight)::real as score, array_agg(h.n) as agrees from hit h
    group by h.person_id having count(*) >= 2 or bool_or(h.is_ref) order by 2 desc, 1 offset 0)
  select p.id, m.score, m.agrees from matched m join people.person p on p.id = m.person_id
  where p.merged_into is null and p.reach <> '{}' and (not p.sealed or p.id in (select people.my_seals()))
    and p.id not in (select people.my_exclusions())
  order by m.score desc, m.person_id limit 50;
end $$;
revoke execute on function people.candidates(text[], text[], integer[], real[]) from public;

-- Finds at most fifty people by keys that the caller has made, and logs the search and everybody it shows. Whoever one may not see
-- yet is a stub: no id, no facts, but to which commands somebody is known, and a mark to open them by.
create function people.find(kinds text[], vals text[], facts integer[], weights real[])
  returns table (person_id uuid, score real, agrees integer[], known_to text, mark text)
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
    select c.id, c.score, c.agrees, p.reach, p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims())
      or p.id in (select people.my_shares('identity')) or p.id in (select people.my_seals()) as sees
    from people.candidates(kinds, vals, facts, weights) c join people.person p on p.id = c.id),
  logged as materialized (
    select audit.record('search', coalesce(array_agg(m.id) filter (where m.sees), '{}'), '{}',
      jsonb_build_object('what', 'people', 'shown', count(*) filter (where m.sees), 'stubs', count(*) filter (where not m.sees))) as entry
    from may m)
  select case when m.sees then m.id end, m.score, case when m.sees then m.agrees end,
    case when not m.sees then (select string_agg(b.name, ', ' order by b.name) from organisation.bcu b where b.id = any (m.reach)) end,
    case when not m.sees then people.stub_mark(kinds, vals, facts, m.id) end
  from logged l left join may m on m.sees or (select organisation.my_agencies() limit 1) is null
  where l.entry is not null and m.id is not null
  order by m.score desc, m.id;
end $$;
revoke execute on function people.find(text[], text[], integer[], real[]) from public;
grant execute on function people.find(text[], text[], integer[], real[]) to dauntless_app;
