-- 0024_seal_by_hand: professional standards seal a person who must be protected, and unseal them; what could be read of them
-- before is closed at once, also the source rows that an import has kept.
-- Owner: modules/people; incidents for its kept rows; the functions call linkage.describe, which works out reach and seals.

-- Source rows that name somebody sealed are closed with the records. names_police: the row says that somebody on it is a police
-- employee, so it is closed from the start, also when nothing of it could be taken in.
alter table incidents.problem
  add column names_police boolean not null default false,
  add column sealed boolean not null default false;
alter table incidents.kept_record add column sealed boolean not null default false;
comment on table incidents.problem is 'A row that could not be taken in, kept whole for correction. sealed: it names somebody sealed, and nobody reads it; names_police: it says that somebody on it is a police employee.';
create policy sealed on incidents.problem as restrictive for select to dauntless_app using (not sealed);
create policy sealed on incidents.kept_record as restrictive for select to dauntless_app using (not sealed);

-- Closes the kept rows that name somebody sealed: by the reference of a sealed record, by a number that the source knows them by,
-- or by their forenames and surname in one row. Rather one row too many: what is closed waits. With persons given closes what
-- names those; without, works out the whole and opens what names nobody sealed any more.
create function incidents.close_problems(persons uuid[]) returns integer
  language plpgsql volatile security definer set search_path = '' as $$
declare
  shut uuid[];
  shut_kept uuid[];
  changed integer;
begin
  if not exists (select from incidents.problem) then
    return 0;
  end if;
  with said as materialized (
    select m.record_id, nullif(substr(m.nominal, strpos(m.nominal, ':') + 1), '') as nominal, m.custody_ref,
      lower(trim(m.forenames)) as forenames, lower(trim(m.surname)) as surname
    from people.person p join people.membership b on b.person_id = p.id join people.mention m on m.id = b.mention_id
    where p.sealed and (persons is null or p.id = any (persons)) and (b.to_at is null or m.superseded_at is not null)),
  word as (
    select i.ref as value from incidents.incident i
    where i.sealed and (persons is null or i.id in (select s.record_id from said s))
    union select s.nominal from said s where length(s.nominal) >= 4 union select s.custody_ref from said s where length(s.custody_ref) >= 4),
  -- of a problem, and of the rows of its record
  cell as materialized (
    select p.id as of, p.id, p.kept_id, trim(c.value) as value from incidents.problem p cross join lateral jsonb_array_elements_text(p.row) c (value)
    union all
    select k.id, null, k.id, trim(c.value #>> '{}') from incidents.kept_record k
    cross join lateral jsonb_path_query(k.rows || k.taken, '$[*].cells[*]') c (value)),
  hit as (
    select c.id, c.kept_id from cell c where c.value in (select w.value from word w)
    union
    select c.id, c.kept_id from said s join cell c on lower(c.value) = s.surname join cell d on d.of = c.of and lower(d.value) = s.forenames
    where s.surname <> '' and s.forenames <> ''
    union
    select p.id, p.kept_id from incidents.problem p where p.names_police)
  select array(select distinct h.id from hit h where h.id is not null),
    array(select distinct h.kept_id from hit h where h.kept_id is not null) into shut, shut_kept;
  update incidents.kept_record k set sealed = k.id = any (shut_kept)
    where k.sealed <> (k.id = any (shut_kept)) and (persons is null or not k.sealed);
  update incidents.problem p set sealed = now_.shut
    from (select q.id, q.id = any (shut) or coalesce(q.kept_id = any (shut_kept), false) as shut from incidents.problem q) now_
    where now_.id = p.id and p.sealed <> now_.shut and (persons is null or not p.sealed);
  get diagnostics changed = row_count;
  return changed;
end $$;
revoke execute on function incidents.close_problems(uuid[]) from public;
grant execute on function incidents.close_problems(uuid[]) to dauntless_worker, dauntless_definer;

-- As it was, but for a row that is closed: its number alone corrects nothing.
create or replace function incidents.correct_row(kept uuid, file text, line integer, cells jsonb) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare
  batch uuid;
begin
  if not exists (select from organisation.my_roles() r where r = 'analyst') or jsonb_typeof(cells) <> 'array' then
    return false;
  end if;
  update incidents.kept_record k set said = '', rows = (
      select jsonb_agg(case when r.one ->> 'file' = correct_row.file and (r.one ->> 'line')::integer = correct_row.line
        then r.one || jsonb_build_object('cells', correct_row.cells) else r.one end order by r.n)
      from jsonb_array_elements(k.rows) with ordinality r (one, n))
    where k.id = kept and not k.sealed and exists (select from incidents.problem p where p.kept_id = kept and p.file = correct_row.file
      and p.line = correct_row.line and p.corrected_at is null and not p.sealed)
    returning k.batch_id into batch;
  if batch is null then
    return false;
  end if;
  update incidents.problem p set corrected_by = access.actor()
    where p.kept_id = kept and p.file = correct_row.file and p.line = correct_row.line and p.corrected_at is null;
  perform audit.record('alter', '{}', array[batch, kept], jsonb_build_object('what', 'row corrected', 'line', line));
  return true;
end $$;

-- Who has looked, as before; but a look at a record that has been sealed since, by which this person was named too, is no more on
-- their list than one at a record that was sealed from the start.
create or replace function people.looks_at(person uuid, how_many integer)
  returns table (at timestamptz, who text, organisation text, role text, action text, purpose text, reason text)
  language sql stable security definer set search_path = '' as $$
  with held as materialized (
    select r as id, exists (select from people.mention m where m.record_id = r and m.sealed and m.superseded_at is null)
      and r not in (select people.my_sealed_records()) as shut
    from people.records_of(array[person]) r),
  of_person as materialized (
    select coalesce(array_agg(h.id) filter (where h.shut), '{}') as shut, coalesce(array_agg(h.id) filter (where not h.shut), '{}') as open
    from held h)
  select e.at, a.name, e.organisation, e.role, e.action, e.purpose, e.reason
  from of_person o, audit.entry e join auth.account a on a.id = e.actor
  where e.subjects @> array[person] and e.action <> 'search'
    -- the reasons that police staff write speak of other people
    and not exists (select from organisation.my_agencies())
    and (not e.detail ? 'sealed' or e.objects <@ array(select people.my_sealed_records()))
    and (not e.objects && o.shut or e.objects && o.open)
    -- who was named while somebody was sealed is for those who are named
    and (coalesce(e.detail ->> 'what', e.detail ->> 'table', '') not in ('named for a sealed record', 'no longer named for a sealed record',
      'name a reader', 'take a reader away', 'people.seal_reader') or person in (select people.my_seals()))
    and exists (select from people.person p where p.id = person and people.sees(p))
  order by e.at desc, e.id limit least(how_many, 200)
$$;

-- Logs that the acting person opens a person's records, as before; of somebody sealed in one entry that says so, so that it stays
-- with the seal when they are sealed no longer.
create or replace function people.open_person(person uuid) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare
  them people.person;
  records uuid[];
  closed uuid[];
begin
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if them.id is null then
    -- nobody, asked about as somebody sealed
    them.id := person;
    them.sealed := true;
  end if;
  if people.sees(them) is not true then
    perform audit.record('refuse', array[person], '{}', '{"what": "person"}');
    return false;
  end if;
  records := array(select people.seen_of(array(select people.records_of(array[person]))));
  -- an entry of their own for sealed records: who looked at those is shown to nobody who may not
  closed := array(select distinct m.record_id from people.mention m
    where m.record_id = any (records) and m.sealed and m.superseded_at is null);
  if them.sealed then
    perform audit.record('consult', people.persons_on(closed) || person, case closed when '{}' then array[person] else closed end,
      '{"sealed": true}');
    return true;
  end if;
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records) || person, records, '{}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"sealed": true}');
  end if;
  return true;
end $$;

-- Seals somebody who must be protected. To all but professional standards they are then as absent as if they had been sealed from
-- the start: also their part in what is known of others. 'done', or why not: 'not there' (nobody, or not for whoever asks), 'words',
-- 'already'. Those on their records have no search keys and no score until the worker has made them anew.
create function people.seal_person(person uuid, reason text) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  them people.person;
  records uuid[];
  others uuid[];
begin
  if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
    raise exception 'people.not_confirmed' using errcode = '42501';
  end if;
  -- one after the other with what people say of who is who
  perform pg_advisory_xact_lock(727004);
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if 'professional_standards' not in (select organisation.my_roles()) or them.id is null or person in (select people.my_exclusions())
     or not them.sealed and them.reach = '{}' or them.sealed and person not in (select people.my_seals()) then
    perform audit.record('refuse', array[person], array[person], '{"what": "seal", "sealed": true}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif them.sealed then
    return 'already';
  end if;
  update people.person p set sealed = true where p.id = person;
  insert into people.seal_reader (person_id, account_id, reason, by_account)
  select person, s.id, case when s.id = access.actor() then trim(seal_person.reason) else 'professional standards' end, access.actor()
  from (select access.actor() as id union select people.standards_officers()) s
  on conflict (person_id, account_id) do update
    set reason = excluded.reason, by_account = excluded.by_account, at = now(), ended_at = null, ended_by = null;
  records := array(select people.records_of(array[person]));
  others := array(select o.id from unnest(people.persons_on(records)) u (id) join people.person o on o.id = u.id and not o.sealed);
  perform linkage.describe(array[person]);
  delete from people.search_key k where k.person_id = any (others);
  delete from targeting.score s where s.person_id = any (others);
  update targeting.score s set sealed = true where s.person_id = person;
  perform incidents.close_problems(array[person]);
  perform audit.record('alter', array[person], records, '{"what": "sealed", "sealed": true}');
  return 'done';
end $$;

-- Opens somebody again to whoever may see them. 'done', or why not: 'not there', 'words', 'police' (a record calls them a police
-- employee, and the next linkage would seal them again: the record must be put right first).
create function people.unseal_person(person uuid, reason text) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  records uuid[];
begin
  if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
    raise exception 'people.not_confirmed' using errcode = '42501';
  end if;
  perform pg_advisory_xact_lock(727004);
  if 'professional_standards' not in (select organisation.my_roles()) or person not in (select people.my_seals())
     or person in (select people.my_exclusions())
     or not exists (select from people.person p where p.id = person and p.sealed and p.merged_into is null) then
    perform audit.record('refuse', array[person], array[person], '{"what": "unseal", "sealed": true}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif exists (select from people.membership b join people.mention m on m.id = b.mention_id
      where b.person_id = person and b.to_at is null and m.police_employee and m.role in ('suspect', 'victim')) then
    return 'police';
  end if;
  records := array(select people.records_of(array[person]));
  update people.person p set sealed = false where p.id = person;
  update people.seal_reader s set ended_at = now(), ended_by = access.actor() where s.person_id = person and s.ended_at is null;
  perform linkage.describe(array[person]);
  update targeting.score s set sealed = false where s.person_id = person;
  perform audit.record('alter', array[person], records, '{"what": "unsealed", "sealed": true}');
  return 'done';
end $$;
revoke execute on function people.seal_person(uuid, text), people.unseal_person(uuid, text) from public;
grant execute on function people.seal_person(uuid, text), people.unseal_person(uuid, text) to dauntless_app, dauntless_definer;
grant delete on people.search_key to dauntless_definer;
grant update (sealed), delete on targeting.score to dauntless_definer;
