-- 0003_people: mentions as records wrote them, the persons they are said to be, and who may see whom.
-- Owner: modules/people. record_id is an incident's id, kept without a foreign key: incidents are above.
create schema people;
grant usage on schema people to dauntless_app, dauntless_worker, dauntless_definer;

create table people.person (
  id         uuid primary key default gen_random_uuid(),
  name       text not null default '',
  dob        date,
  sex        text check (sex in ('M', 'F', 'U')),
  roles      text[] not null default '{}',
  incidents  integer not null default 0,
  reach      smallint[] not null default '{}',
  sealed     boolean not null default false,
  merged_into uuid references people.person (id),
  made_at    timestamptz not null default now()
);
comment on table people.person is 'An identity that a set of mentions share. Name, dob and sex are the best of its mentions, worked out at linkage. reach: the BCUs with a record that touches it.';
create table people.mention (
  id            uuid primary key,
  record_id     uuid not null,
  seq           smallint not null,
  source        text not null,
  mention_ref   text,
  role          text not null check (role in ('victim', 'suspect', 'witness', 'child', 'other')),
  nominal       text,
  forenames     text,
  surname       text,
  known_as      text,
  dob           date,
  age_from      smallint,
  age_to        smallint,
  sex           text check (sex in ('M', 'F', 'U')),
  ethnicity     text,
  language      text,
  address       text,
  postcode      text,
  phone         text,
  relationship  text,
  arrested_at   timestamptz,
  custody_ref   text,
  police_employee boolean not null default false,
  reach         smallint[] not null,
  sealed        boolean not null default false,
  recorded_at   timestamptz not null default now(),
  superseded_at timestamptz
);
comment on table people.mention is 'A person as one source record wrote them. Never changed: a later version of the record supersedes it. reach and sealed are the record''s.';
create index mention_of_record on people.mention (record_id);
create table people.decision (
  id         uuid primary key default gen_random_uuid(),
  kind       text not null check (kind in ('link', 'merge', 'split', 'seal', 'unseal')),
  by_account uuid,
  model      text,
  reason     text not null default '',
  at         timestamptz not null default now()
);
comment on table people.decision is 'Who, or which model, said that mentions are or are not one person, when and why.';
create table people.membership (
  mention_id  uuid not null,
  person_id   uuid not null references people.person (id),
  weight      real,
  decision_id uuid not null,
  from_at     timestamptz not null default now(),
  to_at       timestamptz,
  primary key (mention_id, from_at)
);
comment on table people.membership is 'Which person a mention is said to be, with valid times. Ended, never deleted.';
create index membership_of_person on people.membership (person_id) where to_at is null;
create unique index one_person_a_mention on people.membership (mention_id) where to_at is null;

create table people.seal_reader (
  person_id  uuid not null references people.person (id),
  account_id uuid not null references auth.account (id),
  reason     text not null,
  by_account uuid not null default access.actor(),
  at         timestamptz not null default now(),
  primary key (person_id, account_id)
);
comment on table people.seal_reader is 'The named staff who alone see a sealed person. To everybody else the person is absent.';
create table people.exclusion (
  id         uuid primary key default gen_random_uuid(),
  account_id uuid not null references auth.account (id),
  person_id  uuid not null references people.person (id),
  reason     text not null check (length(trim(reason)) > 0),
  at         timestamptz not null default now(),
  ended_at   timestamptz
);
comment on table people.exclusion is 'A declared or detected conflict of interest. Wins over every grant.';
create index exclusion_of_account on people.exclusion (account_id) where ended_at is null;
create table people.claim (
  id          uuid primary key default gen_random_uuid(),
  account_id  uuid not null default access.actor() references auth.account (id),
  person_id   uuid not null references people.person (id),
  kind        text not null check (kind in ('claim', 'break_glass')),
  reason      text not null check (length(trim(reason)) >= 10),
  at          timestamptz not null default now(),
  until       timestamptz not null,
  review_due  timestamptz,
  reviewed_by uuid,
  reviewed_at timestamptz,
  finding     text check (finding in ('justified', 'not_justified', 'ask_more')),
  constraint bounded check (until <= at + case kind when 'claim' then interval '24 hours' else interval '60 minutes' end)
);
comment on table people.claim is 'A record opened with a reason by somebody without a working relationship to it: a working day, or break-glass for 60 minutes and reviewed within 72 hours.';
create index claim_of_account on people.claim (account_id, until);
create table people.share (
  id         uuid primary key default gen_random_uuid(),
  agency_id  uuid not null references organisation.agency (id),
  person_id  uuid not null references people.person (id),
  fields     text[] not null check (fields <@ array['identity', 'incidents']),
  purpose    text not null,
  basis      text not null,
  decided_by uuid not null default access.actor() references auth.account (id),
  at         timestamptz not null default now(),
  until      timestamptz not null,
  ended_at   timestamptz
);
comment on table people.share is 'What one agency may see of one person: fields, purpose, lawful basis, who decided, until when.';
create index share_of_agency on people.share (agency_id) where ended_at is null;

create function people.my_claims() returns setof uuid language sql stable security definer set search_path = '' rows 5 as $$
  select c.person_id from people.claim c where c.account_id = access.actor() and c.until > now()
    and not (select p.sealed from people.person p where p.id = c.person_id)
    -- a claim outlives no posting that allowed it
    and exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
$$;
create function people.my_seals() returns setof uuid language sql stable security definer set search_path = '' rows 5 as $$
  select s.person_id from people.seal_reader s where s.account_id = access.actor() and exists (select from organisation.my_roles())
$$;
create function people.my_exclusions() returns setof uuid language sql stable security definer set search_path = '' rows 2 as
  $$ select e.person_id from people.exclusion e where e.account_id = access.actor() and e.ended_at is null $$;
create function people.my_shares(field text) returns setof uuid language sql stable security definer set search_path = '' rows 20 as $$
  select s.person_id from people.share s where s.agency_id in (select organisation.my_agencies()) and s.ended_at is null
    and s.until > now() and field = any (s.fields) and not (select p.sealed from people.person p where p.id = s.person_id)
$$;
create function people.records_of(persons uuid[]) returns setof uuid language sql stable security definer set search_path = '' rows 50 as $$
  select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id = any (persons) and b.to_at is null and m.superseded_at is null
$$;
create function people.my_claimed_records() returns setof uuid language sql stable security definer set search_path = '' rows 50 as
  $$ select people.records_of(array(select people.my_claims())) $$;
create function people.my_sealed_records() returns setof uuid language sql stable security definer set search_path = '' rows 50 as $$
  -- named for everybody sealed on the record, not only for one of them
  select r from people.records_of(array(select people.my_seals())) r
  where not exists (select from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
    join people.person p on p.id = b.person_id
    where m.record_id = r and m.superseded_at is null and p.sealed and p.id not in (select people.my_seals()))
$$;
create function people.my_excluded_records() returns setof uuid language sql stable security definer set search_path = '' rows 50 as $$
  -- an earlier version of the record named them too
  select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id in (select people.my_exclusions()) and (b.to_at is null or m.superseded_at is not null)
$$;
create function people.my_shared_records() returns setof uuid language sql stable security definer set search_path = '' rows 50 as
  $$ select people.records_of(array(select people.my_shares('incidents'))) $$;

-- The decision of the policies below as one function, for definer functions that choose candidates. A test holds them equal.
create function people.sees(p people.person) returns boolean language sql stable security definer set search_path = '' as $$
  select (p.reach && organisation.my_reach() or p.id in (select people.my_claims()) or p.id in (select people.my_shares('identity'))
          or p.id in (select people.my_seals()))
    and (not p.sealed or p.id in (select people.my_seals())) and p.id not in (select people.my_exclusions())
$$;

-- The same for records, by their mentions, which carry the record's reach and seal: those of these that the acting person sees.
create function people.seen_of(records uuid[]) returns setof uuid language sql stable security definer set search_path = '' rows 50 as $$
  select distinct m.record_id from people.mention m
  where m.record_id = any (records) and m.superseded_at is null
    and (m.reach && (select organisation.my_reach()) or m.record_id in (select people.my_claimed_records())
      or m.record_id in (select people.my_shared_records()) or m.record_id in (select people.my_sealed_records()))
    and (not m.sealed or m.record_id in (select people.my_sealed_records()))
    and m.record_id not in (select people.my_excluded_records())
$$;

alter table people.person enable row level security;
alter table people.person force row level security;
alter table people.mention enable row level security;
alter table people.mention force row level security;
alter table people.decision enable row level security;
alter table people.decision force row level security;
alter table people.membership enable row level security;
alter table people.membership force row level security;
alter table people.seal_reader enable row level security;
alter table people.seal_reader force row level security;
alter table people.exclusion enable row level security;
alter table people.exclusion force row level security;
alter table people.claim enable row level security;
alter table people.claim force row level security;
alter table people.share enable row level security;
alter table people.share force row level security;

create policy relationship on people.person for select to dauntless_app using (reach && (select organisation.my_reach()));
create policy claimed on people.person for select to dauntless_app using (id in (select people.my_claims()));
create policy shared on people.person for select to dauntless_app using (id in (select people.my_shares('identity')));
create policy named_for_seal on people.person for select to dauntless_app using (id in (select people.my_seals()));
create policy sealed on people.person as restrictive for select to dauntless_app
  using (not sealed or id in (select people.my_seals()));
create policy excluded on people.person as restrictive for select to dauntless_app
  using (id not in (select people.my_exclusions()));
-- No code path reads a person without having logged it first: in this transaction the log must name them.
create policy logged on people.person as restrictive for select to dauntless_app using (id in (select audit.opened()));

create policy relationship on people.mention for select to dauntless_app using (reach && (select organisation.my_reach()));
create policy claimed on people.mention for select to dauntless_app using (record_id in (select people.my_claimed_records()));
create policy shared on people.mention for select to dauntless_app using (record_id in (select people.my_shared_records()));
create policy named_for_seal on people.mention for select to dauntless_app using (record_id in (select people.my_sealed_records()));
create policy sealed on people.mention as restrictive for select to dauntless_app
  using (not sealed or record_id in (select people.my_sealed_records()));
create policy excluded on people.mention as restrictive for select to dauntless_app
  using (record_id not in (select people.my_excluded_records()));
create policy logged on people.mention as restrictive for select to dauntless_app using (record_id in (select audit.opened()));

create policy of_opened on people.membership for select to dauntless_app using (person_id in (select audit.opened())
  and mention_id in (select m.id from people.mention m));
create policy signed_in on people.decision for select to dauntless_app using ((select access.actor()) is not null);
create policy standards on people.seal_reader for all to dauntless_app
  using ('professional_standards' in (select organisation.my_roles()) and person_id in (select people.my_seals()))
  with check ('professional_standards' in (select organisation.my_roles()) and by_account = (select access.actor())
    and account_id <> (select access.actor()) and person_id in (select people.my_seals()));
create policy own on people.exclusion for select to dauntless_app using (account_id = (select access.actor()));
create policy declare_own on people.exclusion for insert to dauntless_app with check (account_id = (select access.actor()));
create policy own on people.claim for select to dauntless_app using (account_id = (select access.actor()));
create policy supervisor on people.claim for select to dauntless_app
  using ('safeguarding_supervisor' in (select organisation.my_roles()));
create policy review on people.claim for update to dauntless_app
  using ('safeguarding_supervisor' in (select organisation.my_roles()) and account_id <> (select access.actor()))
  with check (reviewed_by = (select access.actor()));
create policy own_agency on people.share for select to dauntless_app using (agency_id in (select organisation.my_agencies()));
create policy police on people.share for select to dauntless_app using (person_id in (select p.id from people.person p)
  and (select organisation.my_reach()) <> '{}');
create policy decide on people.share for insert to dauntless_app
  with check ('safeguarding_supervisor' in (select organisation.my_roles()) and decided_by = (select access.actor())
              and person_id in (select p.id from people.person p));
grant select on people.person, people.mention, people.membership, people.decision to dauntless_app;
grant select, insert on people.exclusion, people.seal_reader, people.share to dauntless_app;
grant select on people.claim to dauntless_app;
grant update (reviewed_by, reviewed_at, finding) on people.claim to dauntless_app;
grant select, insert, update on all tables in schema people to dauntless_definer;
-- The worker takes in records and links them: it can write what it needs for that, and log in only from the worker process.
grant select, insert on people.mention, people.decision, people.membership, people.person to dauntless_worker;
grant update (superseded_at, reach, sealed) on people.mention to dauntless_worker;
grant update (to_at) on people.membership to dauntless_worker;
grant update (name, dob, sex, roles, incidents, reach, sealed, merged_into) on people.person to dauntless_worker;
grant select, insert on people.seal_reader to dauntless_worker;

-- Opens a record without a working relationship: logged as a claim or break-glass, bounded, and put up for review.
-- Returns null when there is nobody to open, which is also the answer for the sealed and for one's own conflicts.
create function people.claim_record(person uuid, kind text, reason text) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  made uuid;
  me uuid := access.actor();
begin
  if not exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
     -- somebody known by sealed records alone has no reach, and is not there for anybody who is not named for those
     or not exists (select from people.person p where p.id = person and not p.sealed and p.merged_into is null and p.reach <> '{}')
     or person in (select people.my_exclusions()) then
    perform audit.record('refuse', array[person], '{}', jsonb_build_object('what', kind));
    return null;
  end if;
  -- a claim lasts the working day; one in a hundred is looked at by a supervisor, every break-glass is
  insert into people.claim (account_id, person_id, kind, reason, until, review_due)
  values (me, person, kind, reason, now() + case kind when 'claim' then interval '12 hours' else interval '60 minutes' end,
          case when kind = 'break_glass' or random() < 0.01 then now() + interval '72 hours' end)
  returning id into made;
  perform audit.record(case kind when 'claim' then 'claim' else 'breakglass' end, array[person],
    array(select people.seen_of(array(select people.records_of(array[person])))), jsonb_build_object('reason', reason));
  return made;
end $$;

create function people.persons_on(records uuid[]) returns uuid[] language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct b.person_id), '{}') from people.mention m
  join people.membership b on b.mention_id = m.id and b.to_at is null where m.record_id = any (records)
$$;

-- Logs that the acting person opens a person's records, those that they see, with everybody on them, before anything can be
-- read. False: not for them.
create function people.open_person(person uuid) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare
  records uuid[];
  closed uuid[];
begin
  if not exists (select from people.person p where p.id = person and p.merged_into is null and people.sees(p)) then
    perform audit.record('refuse', array[person], '{}', '{"what": "person"}');
    return false;
  end if;
  records := array(select people.seen_of(array(select people.records_of(array[person]))));
  -- an entry of their own for sealed records: who looked at those is shown to nobody who may not
  closed := array(select distinct m.record_id from people.mention m
    where m.record_id = any (records) and m.sealed and m.superseded_at is null);
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records) || person, records, '{}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"sealed": true}');
  end if;
  return true;
end $$;

-- Logs that one record (an incident) is opened, with everybody on it; or, when it is not for the acting person, that they tried.
create function people.open_record(record uuid) returns void
  language plpgsql volatile security definer set search_path = '' as $$
begin
  if exists (select from people.mention m where m.record_id = record and m.superseded_at is null)
     and not exists (select from people.seen_of(array[record])) then
    perform audit.record('refuse', '{}', array[record], '{"what": "record"}');
    return;
  end if;
  perform audit.record('consult', people.persons_on(array[record]), array[record],
    case when exists (select from people.mention m where m.record_id = record and m.sealed and m.superseded_at is null)
      then '{"sealed": true}' else '{}' end::jsonb);
end $$;

-- Who has looked at this person: for those who may see the person. Names and reasons, newest first.
create function people.looks_at(person uuid, how_many integer)
  returns table (at timestamptz, who text, organisation text, role text, action text, purpose text, reason text)
  language sql stable security definer set search_path = '' as $$
  select e.at, a.name, e.organisation, e.role, e.action, e.purpose, e.reason
  from audit.entry e join auth.account a on a.id = e.actor
  where e.subjects @> array[person] and e.action <> 'search'
    and (not e.detail ? 'sealed' or e.objects <@ array(select people.my_sealed_records()))
    and exists (select from people.person p where p.id = person and people.sees(p))
  order by e.at desc, e.id limit least(how_many, 200)
$$;
revoke execute on all functions in schema people from public;
grant execute on function people.my_claims(), people.my_seals(), people.my_exclusions(), people.my_shares(text),
  people.my_claimed_records(), people.my_sealed_records(), people.my_excluded_records(), people.my_shared_records(),
  people.claim_record(uuid, text, text), people.open_person(uuid), people.open_record(uuid), people.looks_at(uuid, integer) to dauntless_app;
grant execute on all functions in schema people to dauntless_definer;

create trigger log_new after insert on people.exclusion referencing new table as changed
  for each statement execute function audit.log_change('person_id', 'id');
create trigger log_new after insert on people.share referencing new table as changed
  for each statement execute function audit.log_change('person_id', 'id');
create trigger log_new after insert on people.seal_reader referencing new table as changed
  for each statement execute function audit.log_change('person_id', 'account_id');
create trigger log_update after update on people.claim referencing new table as changed
  for each statement execute function audit.log_change('person_id', 'id');

-- Whom a newly sealed record is given to first: professional standards.
create function people.standards_officers() returns setof uuid
  language sql stable security definer set search_path = '' as $$
  select distinct p.account_id from organisation.posting p
  where p.role = 'professional_standards' and p.valid_from <= organisation.today()
    and (p.valid_to is null or p.valid_to > organisation.today())
$$;
revoke execute on function people.standards_officers() from public;
grant execute on function people.standards_officers() to dauntless_worker;
