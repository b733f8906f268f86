-- 0006_search: finding a person by what one knows of them.
-- Owner: modules/people. Trigram and range search cannot use an index under row-level security, so facts are keys, compared whole.
create table people.search_key (
  kind      text not null check (kind in ('name', 'sound', 'dob', 'phone', 'postcode', 'ref')),
  value     text not null,
  person_id uuid not null,
  primary key (kind, value, person_id)
);
comment on table people.search_key is 'What a person can be found by: name parts (canonical), sounds, dates of birth, phones, postcodes, references. Rebuilt with the person.';
create index search_key_of_person on people.search_key (person_id);
alter table people.search_key enable row level security;
alter table people.search_key force row level security;
grant select on people.search_key to dauntless_definer;
grant select, insert, delete on people.search_key to dauntless_worker;

-- Whom these keys could mean, with the weight of what agrees: two facts at least, or one reference. The sealed and one's own
-- conflicts are absent before anything is counted or cut, so that no result and no number tells of them.
create function people.candidates(kinds text[], vals text[], facts integer[], weights real[])
  returns table (id uuid, score real)
  language sql stable security definer set search_path = '' as $$
  with wanted as (select * from unnest(kinds, vals, facts, weights) as q (kind, value, fact, weight)),
  hit as (
    select k.person_id, w.fact, max(w.weight) as weight, bool_or(w.kind = 'ref') as is_ref
    from wanted w join people.search_key k on k.kind = w.kind and k.value = w.value group by 1, 2),
  matched as (
    select h.person_id, sum(h.weight)::real as score from hit h group by h.person_id having count(*) >= 2 or bool_or(h.is_ref))
  select p.id, m.score from matched m join people.person p on p.id = m.person_id
  where p.merged_into is null and p.reach <> '{}' and (not p.sealed or p.id in (select people.my_seals()))
    and p.id not in (select people.my_exclusions())
  order by m.score desc, p.id limit 50
$$;

-- Finds people by keys; the keys of one fact share its number. Answers 50 at most, best first: those one may see (logged as shown),
-- and stubs (no id, only who knows them) for the rest.
create function people.find(kinds text[], vals text[], facts integer[], weights real[])
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
    select c.id, c.score, people.sees(p) as sees, p.reach
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

-- Opens what a stub stands for: the person behind a search that one may claim with a reason, by the same keys and place.
create function people.stub_person(kinds text[], vals text[], facts integer[], weights real[], place integer) returns uuid
  language sql stable security definer set search_path = '' as $$
  select c.id from people.candidates(kinds, vals, facts, weights) c
  where exists (select from organisation.my_roles() x where x in ('investigator', 'da_car', 'safeguarding_supervisor',
    'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
  order by c.score desc, c.id offset place limit 1
$$;
revoke execute on function people.candidates(text[], text[], integer[], real[]), people.find(text[], text[], integer[], real[]),
  people.stub_person(text[], text[], integer[], real[], integer) from public;
grant execute on function people.find(text[], text[], integer[], real[]), people.stub_person(text[], text[], integer[], real[], integer) to dauntless_app;
