-- 0009_people_pages: finding people by an address, and saying why somebody was found.
-- Owner: modules/people.
alter table people.search_key drop constraint search_key_kind_check;
alter table people.search_key add constraint search_key_kind_check
  check (kind in ('name', 'sound', 'dob', 'phone', 'postcode', 'address', 'ref'));

-- Which keys of a search agree with the people it has shown. For those whom this transaction has logged as shown, and nobody else.
create function people.why_found(persons uuid[], kinds text[], vals text[], facts integer[])
  returns table (person_id uuid, fact integer, kind text, value text)
  language sql stable security definer set search_path = '' as $$
  select k.person_id, w.fact, k.kind, k.value
  from unnest(kinds, vals, facts) as w (kind, value, fact)
  join people.search_key k on k.kind = w.kind and k.value = w.value and k.person_id = any (persons)
  join people.person p on p.id = k.person_id
  where p.id in (select audit.opened()) and people.sees(p)
$$;
revoke execute on function people.why_found(uuid[], text[], text[], integer[]) from public;
grant execute on function people.why_found(uuid[], text[], text[], integer[]) to dauntless_app;
