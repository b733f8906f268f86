-- 0030_quick_search: a search goes through the long lists of a common name once for each pair of facts, and keeps only who is on both.
-- Owner: modules/people.

-- Whoever agrees in two facts, or in one exact reference, and is not sealed for, merged away from or excluded by the acting person;
-- the best fifty. A fact that few agree with is taken whole, and its people are asked for the others.
create or replace function people.candidates(kinds text[], vals text[], facts integer[], weights real[])
  returns table (id uuid, score real) language plpgsql stable security definer set search_path = '' as $$
declare
  few constant integer := 100;
  common integer[] := '{}';
  found uuid[] := '{}';
  these uuid[];
  fact integer;
  is_name boolean;
  is_ref boolean;
begin
  for fact, is_name, is_ref in
    select q.f, bool_and(q.k in ('name', 'sound')), bool_or(q.k = 'ref') from unnest(facts, kinds) q (f, k) group by 1 order by 2, 1
  loop
    if not is_name then
      these := array(select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
        join people.search_key k on k.kind = w.kind and k.value = w.value
        where w.f = fact limit case when not is_ref then few + 1 end);
    end if;
    if is_name or not is_ref and cardinality(these) > few then
      common := common || fact;
    else
      found := found || these;
    end if;
  end loop;
  for i in 1 .. cardinality(common) - 1 loop
    for j in i + 1 .. cardinality(common) loop
      found := found || array(
        select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
          join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = common[i]
        intersect
        select k.person_id from unnest(kinds, vals, facts) w (kind, value, f)
          join people.search_key k on k.kind = w.kind and k.value = w.value where w.f = common[j]);
    end loop;
  end loop;
  return query
  with hit as (
    select k.person_id, w.f, max(w.weight) as weight, bool_or(w.kind = 'ref') as is_ref
    from unnest(kinds, vals, facts, weights) w (kind, value, f, weight)
    join people.search_key k on k.kind = w.kind and k.value = w.value and k.person_id = any (found)
    -- what a share does not name finds nobody: who knows an address would learn by it whose it is
    where w.kind in ('name', 'sound', 'dob') or not exists (select from organisation.my_agencies())
      or k.person_id in (select people.my_shares('incidents'))
    group by 1, 2),
  matched as (
    select h.person_id, sum(h.weight)::real as score from hit h group by h.person_id having count(*) >= 2 or bool_or(h.is_ref))
  select p.id, m.score from matched m join people.person p on p.id = m.person_id
  where p.merged_into is null and p.reach <> '{}' and (not p.sealed or p.id in (select people.my_seals()))
    and p.id not in (select people.my_exclusions())
  order by m.score desc, p.id limit 50;
end $$;

create or replace function people.why_found(persons uuid[], kinds text[], vals text[], facts integer[])
  returns table (person_id uuid, fact integer, kind text, value text) language sql stable security definer set search_path = '' as $$
  -- from the people, who are fifty, and not from the keys, which may be those of many thousands; people.sees, asked once for all
  with seen as materialized (
    select p.id from people.person p
    where p.id = any (persons) and p.id in (select audit.opened()) and p.id not in (select people.my_exclusions())
      and (not p.sealed or p.id in (select people.my_seals()))
      and (p.reach && (select organisation.my_reach()) or p.id in (select people.my_claims())
        or p.id in (select people.my_shares('identity')) or p.id in (select people.my_seals()))),
  theirs as materialized (select k.* from people.search_key k where k.person_id in (select s.id from seen s))
  select k.person_id, w.fact, k.kind, k.value
  from theirs k join unnest(kinds, vals, facts) as w (kind, value, fact) on w.kind = k.kind and w.value = k.value
  where w.kind in ('name', 'sound', 'dob') or not exists (select from organisation.my_agencies())
    or k.person_id in (select people.my_shares('incidents'))
$$;
