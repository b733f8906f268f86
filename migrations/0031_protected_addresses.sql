-- 0031_protected_addresses: what would say where somebody with a protected address lives is kept apart from their records. No page,
-- search, export or linkage reads it: the web role has no grant. Showing it, with a reason and logged, is for a later module.
-- Owner: modules/people; incidents for the place of a record, and for the function, which reads both.

alter table people.mention add column protected_place boolean not null default false;
comment on table people.mention is 'A person as one source record wrote them. Never changed: a later version of the record supersedes it. reach and sealed are the record''s. protected_place: their address must not become known; address, postcode and phone are in protected_contact.';

create table people.protected_contact (
  mention_id uuid primary key references people.mention (id),
  address    text,
  postcode   text,
  phone      text
);
comment on table people.protected_contact is 'How to reach somebody whose address must not become known (safe, confidential, a refuge), as one record wrote it. The web role has no grant.';
create table incidents.protected_place (
  id          uuid primary key default gen_random_uuid(),
  incident_id uuid not null references incidents.incident (id),
  said        jsonb not null,
  at          timestamptz not null default now()
);
comment on table incidents.protected_place is 'Where a record that names somebody with a protected address says it happened, and texts of it that give such an address, as it or an earlier version wrote them. The web role has no grant.';
create index protected_place_of_incident on incidents.protected_place (incident_id);
alter table people.protected_contact enable row level security;
alter table people.protected_contact force row level security;
alter table incidents.protected_place enable row level security;
alter table incidents.protected_place force row level security;
grant select, insert on people.protected_contact, incidents.protected_place to dauntless_definer;
-- A later version is compared with what an earlier one said.
grant select on people.protected_contact to dauntless_worker;

comment on column incidents.problem.names_police is 'The row says that somebody on it is a police employee or has a protected address: nobody reads it.';

-- Letters and figures alone, so that spaces, commas and capitals make no difference.
create function incidents.letters(written text) returns text language sql immutable parallel safe set search_path = '' as
  $$ select regexp_replace(lower(written), '[^[:alnum:]]', '', 'g') $$;

-- Takes out of records what would give a protected address away, before anybody can read them: run in the transaction that writes
-- them, again with every later version. Of those whose address is protected, whoever is written at the same address, postcode or
-- number on the record with them, and everybody on its earlier versions: the contacts. Of the record and its earlier versions: the
-- place, and the texts that give one of these. What is protected once stays so. Rather one too many: what is kept apart can be shown.
-- Planned each time: a plan from an import's first records would read whole tables by its last.
create function incidents.keep_apart(records uuid[]) returns void
  language plpgsql volatile security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  marked uuid[] := array(select distinct m.record_id from people.mention m where m.record_id = any (records) and m.protected_place);
begin
  if marked = '{}' then
    return;
  end if;
  with secret as materialized (
    select m.record_id, incidents.letters(coalesce(c.address, m.address)) as address, incidents.letters(coalesce(c.postcode, m.postcode)) as postcode,
      right(incidents.letters(coalesce(c.phone, m.phone)), 10) as phone
    from people.mention m left join people.protected_contact c on c.mention_id = m.id
    where m.record_id = any (marked) and m.protected_place)
  update people.mention m set protected_place = true
  where m.record_id = any (marked) and not m.protected_place and (m.superseded_at is not null or exists (
    select from secret s where s.record_id = m.record_id and (incidents.letters(m.postcode) = s.postcode
      or right(incidents.letters(m.phone), 10) = s.phone
      or strpos(incidents.letters(m.address), nullif(s.address, '')) > 0 or strpos(s.address, nullif(incidents.letters(m.address), '')) > 0)));
  insert into people.protected_contact (mention_id, address, postcode, phone)
    select m.id, m.address, m.postcode, m.phone from people.mention m
    where m.record_id = any (marked) and m.protected_place and num_nonnulls(m.address, m.postcode, m.phone) > 0;
  update people.mention m set address = null, postcode = null, phone = null
  where m.record_id = any (marked) and m.protected_place and num_nonnulls(m.address, m.postcode, m.phone) > 0;

  insert into incidents.protected_place (incident_id, said)
    select v.incident_id, p.place from incidents.incident_version v
    cross join lateral (select jsonb_strip_nulls(jsonb_object_agg(e.key, e.value)) as place from jsonb_each(v.was) e
      where e.key in ('address', 'postcode', 'ward_code', 'lat', 'lon', 'summary', 'details')) p
    where v.incident_id = any (marked) and p.place <> '{}';
  update incidents.incident_version v set was = v.was - '{address,postcode,ward_code,lat,lon,summary,details}'::text[]
  where v.incident_id = any (marked) and v.was ?| '{address,postcode,ward_code,lat,lon,summary,details}';

  -- what a text gives away, however it is spaced: the parts of an address with a number, postcodes, and telephones without 0 or +44
  with place as materialized (
    select i.id, jsonb_strip_nulls(jsonb_build_object('address', i.address, 'postcode', i.postcode, 'ward_code', i.ward_code, 'lat', i.lat,
      'lon', i.lon)) as said from incidents.incident i where i.id = any (marked)),
  word as materialized (
    select x.record, incidents.letters(w.part) as letters
    from (select m.record_id as record, c.address, c.postcode, c.phone from people.mention m join people.protected_contact c on c.mention_id = m.id
        where m.record_id = any (marked)
      union all select p.id, p.said ->> 'address', p.said ->> 'postcode', null from place p
      union all select p.incident_id, p.said ->> 'address', p.said ->> 'postcode', null from incidents.protected_place p
        where p.incident_id = any (marked)) x
    cross join lateral (select regexp_split_to_table(x.address, ',') union select x.postcode
      union select substring(x.address from '\d+[[:alpha:]]?,?\s+[[:alpha:]''-]+\s+[[:alpha:]''-]+')
      union select right(incidents.letters(x.phone), 10)) w (part)),
  giving as materialized (
    select w.record, string_agg(regexp_replace(w.letters, '(.)(?=.)', '\1[^[:alnum:]]*', 'g'), '|' order by length(w.letters) desc, w.letters) as away
    from word w where length(w.letters) >= 5 and w.letters ~ '\d' group by 1),
  kept as materialized (
    select i.id, p.said || case when i.summary ~* g.away then jsonb_build_object('summary', i.summary) else '{}' end
        || case when i.details::text ~* g.away then jsonb_build_object('details', i.details) else '{}' end as said, g.away
    from incidents.incident i join place p on p.id = i.id left join giving g on g.record = i.id),
  put as (
    insert into incidents.protected_place (incident_id, said) select k.id, k.said from kept k where k.said <> '{}')
  update incidents.incident i set address = null, postcode = null, ward_code = null, lat = null, lon = null,
    summary = case when k.said ? 'summary' then regexp_replace(i.summary, k.away, '[protected]', 'gi') else i.summary end,
    details = case when k.said ? 'details' then '{}' else i.details end
  from kept k where k.id = i.id and k.said <> '{}';
end $$;
revoke execute on function incidents.letters(text), incidents.keep_apart(uuid[]) from public;
grant execute on function incidents.keep_apart(uuid[]) to dauntless_worker;
grant execute on function incidents.letters(text), incidents.keep_apart(uuid[]) to dauntless_definer;
