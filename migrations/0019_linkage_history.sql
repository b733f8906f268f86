-- 0019_linkage_history: what people decide about who is one person; each decision kept, and each can be taken back.
-- Owner: modules/linkage. Writes the persons and memberships of people, as linkage does.

-- A pair carries what its explanation needs, so that a page can show it without the model's own data.
alter table linkage.edge alter column weight type double precision;
alter table linkage.edge drop constraint edge_band_check;
alter table linkage.edge
  add constraint edge_band_check check (band in ('link', 'review')),
  add column sure boolean not null default false,
  add column reason text,
  add column harm smallint not null default 0 check (harm between 0 and 3),
  add column levels smallint[] not null default '{}',
  add column rarity real[] not null default '{}',
  add column rule smallint not null default -1;
comment on table linkage.edge is 'Pairs of mentions that the model would join (sure), or would have a person look at. reason: why somebody should; harm: how much a wrong answer may cost, 3 the most. levels and rarity: what the comparisons found, in the order of the model; rule: which of its blocking rules brought them together, from 0.';
create index edge_for_review on linkage.edge (harm desc, chance desc, a, b) where reason is not null;

create index person_merged_into on people.person (merged_into) where merged_into is not null;

create table linkage.judgement (
  id           uuid primary key,
  kind         text not null check (kind in ('pair', 'merge', 'split')),
  a            uuid not null,
  b            uuid not null,
  answer       text not null check (answer in ('same', 'different', 'cannot say')),
  round        smallint not null default 1 check (round between 1 and 3),
  second       boolean not null default false,
  reason       text not null default '',
  by_account   uuid not null references auth.account (id),
  at           timestamptz not null default clock_timestamp(),
  check (a < b)
);
comment on table linkage.judgement is 'What somebody said, once for each form sent, of two mentions, or of the two people they stand for. Never changed. second: somebody else is to answer too. round: 1 the first answer, 2 the second reader''s, 3 a third reader''s where those two differ.';
create index judgement_of_pair on linkage.judgement (a, b);
create index judgement_second on linkage.judgement (at) where second;
create table linkage.assertion (
  judgement_id uuid not null references linkage.judgement (id),
  a            uuid not null,
  b            uuid not null,
  verdict      text not null check (verdict in ('same', 'different')),
  primary key (judgement_id, a, b),
  check (a < b)
);
comment on table linkage.assertion is 'What a judgement says of pairs of mentions. Stands in every clustering until the judgement is withdrawn.';
create index assertion_of_a on linkage.assertion (a);
create index assertion_of_b on linkage.assertion (b);
create table linkage.withdrawal (
  judgement_id uuid primary key references linkage.judgement (id),
  reason       text not null check (length(trim(reason)) > 0),
  by_account   uuid not null references auth.account (id),
  at           timestamptz not null default clock_timestamp()
);
comment on table linkage.withdrawal is 'A judgement taken back: by whom, when and why. What it said holds no longer.';

alter table linkage.judgement enable row level security;
alter table linkage.judgement force row level security;
alter table linkage.assertion enable row level security;
alter table linkage.assertion force row level security;
alter table linkage.withdrawal enable row level security;
alter table linkage.withdrawal force row level security;
create policy of_opened on linkage.judgement for select to dauntless_app
  using (coalesce((select true from people.mention m where m.id = a), false)
    and coalesce((select true from people.mention m where m.id = b), false));
create policy of_opened on linkage.assertion for select to dauntless_app
  using (coalesce((select true from people.mention m where m.id = a), false)
    and coalesce((select true from people.mention m where m.id = b), false));
create policy of_opened on linkage.withdrawal for select to dauntless_app
  using (coalesce((select true from linkage.judgement j where j.id = judgement_id), false));
grant select on linkage.judgement, linkage.assertion, linkage.withdrawal to dauntless_app, dauntless_worker;
grant select, insert on linkage.judgement, linkage.assertion, linkage.withdrawal to dauntless_definer;

-- Who may say that people are one or two. The same roles as 'linkage.review' in platform/access.
create function linkage.is_reviewer() returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select from organisation.my_roles() r where r in ('safeguarding_supervisor', 'analyst')) $$;

-- Whose mention it is, if the acting person sees both the person and the record; else null.
create function linkage.seen_person(mention uuid) returns uuid language sql stable security definer set search_path = '' as $$
  select b.person_id from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
  join people.person p on p.id = b.person_id
  where m.id = mention and m.superseded_at is null and people.sees(p)
    and exists (select from people.seen_of(array[m.record_id]))
$$;

-- The mentions of a person that stand, first to last.
create function linkage.mentions_of(person uuid) returns uuid[] language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.id order by m.id), '{}') from people.membership b join people.mention m on m.id = b.mention_id
  where b.person_id = person and b.to_at is null and m.superseded_at is null
$$;

-- The assertions that stand.
create function linkage.standing() returns setof linkage.assertion language sql stable security definer set search_path = '' as $$
  select s.* from linkage.assertion s where not exists (select from linkage.withdrawal w where w.judgement_id = s.judgement_id)
$$;

-- Logs that the acting person opens the two people of a pair, and says who they are. No row: not for them.
create function linkage.open_pair(a uuid, b uuid) returns table (person_a uuid, person_b uuid)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  one uuid := linkage.seen_person(a);
  other uuid := linkage.seen_person(b);
begin
  if one is null or other is null or a = b or not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', '{}', '{"what": "pair"}');
    return;
  end if;
  perform people.open_person(one);
  if other <> one then
    perform people.open_person(other);
  end if;
  return query select one, other;
end $$;

-- The same for the two mentions of a judgement.
create function linkage.open_judgement(judgement uuid) returns table (a uuid, b uuid)
  language plpgsql volatile security definer set search_path = '' as $$
declare
  j linkage.judgement;
begin
  select x.* into j from linkage.judgement x where x.id = judgement;
  if exists (select from linkage.open_pair(j.a, j.b)) then
    return query select j.a, j.b;
  end if;
end $$;

-- What was said about the mentions of a person whom the acting person sees, the latest hundred: logs that the records of those whom it
-- was also said of are looked at, so that they can be named. Of pairs of which they see only one, nothing.
create function linkage.open_judgements(person uuid) returns setof uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  own uuid[] := linkage.mentions_of(person);
  said uuid[];
  records uuid[];
  closed uuid[];
begin
  if not exists (select from people.person p where p.id = person and people.sees(p)) then
    return;
  end if;
  said := array(select j.id from linkage.judgement j where (j.a = any (own) or j.b = any (own))
    and linkage.seen_person(j.a) is not null and linkage.seen_person(j.b) is not null order by j.at desc, j.id limit 100);
  if said = '{}' then
    return;
  end if;
  records := array(select distinct m.record_id from linkage.judgement j join people.mention m on m.id in (j.a, j.b) where j.id = any (said));
  closed := array(select distinct m.record_id from people.mention m where m.record_id = any (records) and m.sealed and m.superseded_at is null);
  records := array(select unnest(records) except select unnest(closed));
  perform audit.record('consult', people.persons_on(records), records, '{"what": "judgements"}');
  if closed <> '{}' then
    perform audit.record('consult', people.persons_on(closed), closed, '{"what": "judgements", "sealed": true}');
  end if;
  return query select unnest(said);
end $$;

-- Name, roles, count and reach of these people and of whoever is on a record with them, as a linkage run works them out
-- (modules/linkage/apply.ts; a test holds the two together); then reach and seal of all those people's records.
create function linkage.describe(touched uuid[]) returns uuid[] language plpgsql volatile security definer set search_path = '' as $$
declare
  whom uuid[] := array(select distinct x from unnest(touched || people.persons_on(array(select people.records_of(touched)))) x);
  held uuid[] := array(select people.records_of(whom));
begin
  with told as (
    select b.person_id, m.dob, m.sex, m.role, m.record_id, i.bcu_id, m.known_as,
      nullif(trim(concat_ws(' ', m.forenames, m.surname)), '') as name,
      nullif(lower(concat_ws('|', split_part(m.forenames, ' ', 1), m.surname)), '|') as same_name,
      coalesce(m.forenames, '') <> '' and coalesce(m.surname, '') <> '' as whole,
      p.sealed, bool_or(p.sealed) over (partition by m.record_id) as on_sealed
    from people.membership b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
    join people.person p on p.id = b.person_id
    where m.record_id = any (held) and b.to_at is null and m.superseded_at is null),
  spelling as (
    select person_id, name, same_name, whole, count(*) as n, sum(count(*)) over (partition by person_id, same_name) as of_name
    from told where name is not null and (sealed or not on_sealed) group by 1, 2, 3, 4),
  named as (
    select distinct on (person_id) person_id, name from spelling
    order by person_id, whole desc, of_name desc, same_name, name = upper(name), cardinality(string_to_array(name, ' ')) desc,
      n desc, name),
  facts as (
    select person_id, max(known_as) as known_as, mode() within group (order by dob) as dob,
      mode() within group (order by sex) as sex, array_agg(distinct role) as roles,
      count(distinct record_id)::int as incidents, array_agg(distinct bcu_id) as reach
    from told where sealed or not on_sealed group by 1),
  fresh as (
    select person_id, coalesce(n.name, f.known_as, '') as name, f.dob, f.sex, coalesce(f.roles, '{}') as roles,
      coalesce(f.incidents, 0) as incidents, coalesce(f.reach, '{}') as reach
    from (select distinct person_id from told where person_id = any (whom)) everybody
    left join facts f using (person_id) left join named n using (person_id))
  update people.person p set name = f.name, dob = f.dob, sex = f.sex, roles = f.roles, incidents = f.incidents, reach = f.reach
  from fresh f where p.id = f.person_id
    and (p.name, p.dob, p.sex, p.roles, p.incidents, p.reach) is distinct from (f.name, f.dob, f.sex, f.roles, f.incidents, f.reach);

  with spread as (
    select m.record_id, bool_or(p.sealed) as sealed, array_agg(distinct r.bcu order by r.bcu) as reach
    from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null join people.person p on p.id = b.person_id
    cross join unnest(p.reach) as r (bcu) where m.record_id = any (held) and m.superseded_at is null group by 1),
  of_incident as (
    update incidents.incident i set reach = s.reach, sealed = s.sealed from spread s
    where i.id = s.record_id and (i.reach, i.sealed) is distinct from (s.reach, s.sealed)),
  of_involvement as (
    update incidents.involvement v set reach = s.reach, sealed = s.sealed from spread s
    where v.incident_id = s.record_id and (v.reach, v.sealed) is distinct from (s.reach, s.sealed))
  update people.mention m set reach = s.reach, sealed = s.sealed from spread s
  where m.record_id = s.record_id and (m.reach, m.sealed) is distinct from (s.reach, s.sealed);
  return whom;
end $$;

-- Makes mentions those of a person, by a decision. Whoever takes over a mention of somebody sealed is sealed with it, and conflicts of
-- interest go where the mentions go. A person left without mentions points to where they went. @returns whoever gained or lost
create function linkage.move(moved uuid[], goal uuid, decision uuid) returns uuid[]
  language plpgsql volatile security definer set search_path = '' as $$
declare
  losing uuid[] := array(select distinct b.person_id from people.membership b
    where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal);
begin
  if exists (select from people.person p where p.id = any (losing) and p.sealed) then
    update people.person p set sealed = true where p.id = goal and not p.sealed;
    insert into people.seal_reader (person_id, account_id, reason, by_account)
    select distinct on (r.account_id) goal, r.account_id, r.reason, r.by_account
    from people.seal_reader r where r.person_id = any (losing) order by r.account_id, r.at on conflict do nothing;
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

-- Says of mentions that they are one person: each with the first of them.
create function linkage.pin(judgement uuid, pinned uuid[]) returns void language sql volatile security definer set search_path = '' as $$
  insert into linkage.assertion (judgement_id, a, b, verdict)
  select pin.judgement, first.id, x, 'same' from (select min(y::text)::uuid as id from unnest(pinned) y) first, unnest(pinned) x
  where x <> first.id on conflict do nothing
$$;

-- Makes two people one: the one with more mentions stays, then the older.
-- Raises LK001 with why when something says that they are two.
create function linkage.join_persons(judgement uuid, one uuid, other uuid) returns void
  language plpgsql volatile security definer set search_path = '' as $$
declare
  ones uuid[] := linkage.mentions_of(one);
  others uuid[] := linkage.mentions_of(other);
  stays uuid;
begin
  if one = other then
    return;
  end if;
  if exists (select from people.mention x join people.mention y on y.record_id = x.record_id
      where x.id = any (ones) and y.id = any (others)) then
    raise exception 'one record' using errcode = 'LK001';
  end if;
  if exists (select from linkage.standing() s where s.verdict = 'different'
      and (s.a = any (ones) and s.b = any (others) or s.b = any (ones) and s.a = any (others))) then
    raise exception 'said to be two' using errcode = 'LK001';
  end if;
  select p.id into stays from people.person p where p.id in (one, other)
  order by case p.id when one then cardinality(ones) else cardinality(others) end desc, p.made_at, p.id limit 1;
  insert into people.decision (id, kind, by_account) values (judgement, 'merge', access.actor());
  perform linkage.pin(judgement, ones || others);
  perform linkage.describe(linkage.move(case stays when one then others else ones end, stays, judgement));
end $$;

-- Takes a judgement back: what it moved, and nobody has moved since, returns to whom it was taken from.
create function linkage.undo(judgement uuid, reason text) returns uuid[]
  language plpgsql volatile security definer set search_path = '' as $$
declare
  touched uuid[] := '{}';
  back record;
begin
  insert into linkage.withdrawal (judgement_id, reason, by_account) values (judgement, undo.reason, access.actor());
  for back in
    select was.person_id, was.decision_id, array_agg(b.mention_id order by b.mention_id) as mentions
    from people.membership b join people.mention m on m.id = b.mention_id and m.superseded_at is null
    cross join lateral (select x.person_id, x.decision_id from people.membership x where x.mention_id = b.mention_id
      and x.from_at < (select min(y.from_at) from people.membership y where y.mention_id = b.mention_id and y.decision_id = judgement)
      order by x.from_at desc limit 1) was
    where b.decision_id = judgement and b.to_at is null group by 1, 2 order by 1, 2
  loop
    touched := touched || linkage.move(back.mentions, back.person_id, back.decision_id);
  end loop;
  perform linkage.describe(touched);
  return touched;
end $$;

-- How much a wrong answer about two people may cost: 3 a victim and a suspect, 2 a high risk on a record of either, 1 a medium.
create function linkage.harm_of(one uuid, other uuid) returns smallint language sql stable security definer set search_path = '' as $$
  select (case when 'victim' = any (x.roles) and 'suspect' = any (y.roles) or 'suspect' = any (x.roles) and 'victim' = any (y.roles)
      then 3 else coalesce((
        select max(case i.risk_grade when 'high' then 2 when 'medium' then 1 else 0 end)
        from incidents.incident i where i.id in (select people.records_of(array[one, other]))), 0) end)::smallint
  from people.person x, people.person y where x.id = one and y.id = other
$$;

-- Whether a second person must answer too: one pair in twenty, by its ids, and whatever joins a victim with a suspect.
create function linkage.wants_second(a uuid, b uuid, answer text, harm smallint) returns boolean language sql immutable as $$
  select ('x' || substr(encode(sha256(convert_to(a::text || b::text, 'UTF8')), 'hex'), 1, 7))::bit(28)::integer % 20 = 0
    or answer = 'same' and harm = 3
$$;

-- What somebody says of a pair. 'done', 'repeated' (the form was sent twice), or why it is not: 'not there', 'reason', 'own', 'answered', 'one person', 'one record',
-- 'said to be two'.
create function linkage.judge(a uuid, b uuid, answer text, reason text, operation uuid) returns text
  language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_variable
declare
  one uuid := linkage.seen_person(a);
  other uuid := linkage.seen_person(b);
  me uuid := access.actor();
  first_ linkage.judgement;
  second_ linkage.judgement;
  which smallint := 1;
  harm smallint;
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  if not a < b or one is null or other is null or not linkage.is_reviewer()
     or answer not in ('same', 'different', 'cannot say') then
    perform audit.record('refuse', '{}', '{}', '{"what": "judgement"}');
    return 'not there';
  end if;
  perform pg_advisory_xact_lock(727004);
  select j.* into first_ from linkage.judgement j where j.kind = 'pair' and j.a = a and j.b = b and j.round = 1
    and not exists (select from linkage.withdrawal w where w.judgement_id = j.id) order by j.at desc limit 1;
  if first_.id is not null then
    select j.* into second_ from linkage.judgement j where j.kind = 'pair' and j.a = a and j.b = b and j.round = 2 and j.at > first_.at
      order by j.at desc limit 1;
    if second_.id is null and first_.second then
      which := 2;
    elsif second_.id is not null and second_.answer <> first_.answer
       and not exists (select from linkage.judgement j where j.a = a and j.b = b and j.round = 3 and j.at > second_.at) then
      which := 3;
    else
      return 'answered';
    end if;
    if me in (first_.by_account, second_.by_account) then
      return 'own';
    end if;
  elsif exists (select from linkage.judgement j where j.a = a and j.b = b and j.round = 3
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)) then
    return 'answered';
  end if;
  harm := linkage.harm_of(one, other);
  -- a second reader may find them joined already: then the roles of the two mentions say whether this was a victim and a suspect
  if harm = 3 and length(trim(reason)) = 0 then
    return 'reason';
  end if;
  if which = 3 and answer <> first_.answer then
    perform linkage.undo(first_.id, 'a third reader answered otherwise');
    one := coalesce(linkage.seen_person(a), one);
    other := coalesce(linkage.seen_person(b), other);
  end if;
  if answer = 'different' and one = other and which <> 2 then
    -- who goes with whom must be said: a split
    raise exception 'one person' using errcode = 'LK001';
  end if;
  insert into linkage.judgement (id, kind, a, b, answer, round, second, reason, by_account)
  values (operation, 'pair', a, b, answer, which, which = 1 and linkage.wants_second(a, b, answer, harm), reason, me);
  perform audit.record(case answer when 'same' then 'combine' else 'alter' end, array[one, other], array[operation],
    jsonb_build_object('what', 'judgement', 'answer', answer, 'round', which));
  if which = 2 or which = 3 and answer = first_.answer or answer = 'cannot say' then
    return 'done';
  end if;
  if answer = 'different' then
    insert into linkage.assertion (judgement_id, a, b, verdict) values (operation, a, b, 'different');
    return 'done';
  end if;
  perform linkage.join_persons(operation, one, other);
  insert into linkage.assertion (judgement_id, a, b, verdict) values (operation, a, b, 'same') on conflict do nothing;
  return 'done';
exception when sqlstate 'LK001' then
  -- nothing of the above is kept
  return sqlerrm;
end $$;

-- Says that two people are one. 'done', or why it is not.
create function linkage.merge(one uuid, other uuid, reason text, operation uuid) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  ends uuid[];
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  if one = other or not linkage.is_reviewer()
     or (select count(*) from people.person p where p.id in (one, other) and p.merged_into is null and people.sees(p)) <> 2 then
    perform audit.record('refuse', array[one, other], '{}', '{"what": "merge"}');
    return 'not there';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  perform pg_advisory_xact_lock(727004);
  ends := array(select x from unnest(array[(linkage.mentions_of(one))[1], (linkage.mentions_of(other))[1]]) x order by x);
  insert into linkage.judgement (id, kind, a, b, answer, reason, by_account)
  values (operation, 'merge', ends[1], ends[2], 'same', reason, access.actor());
  perform linkage.join_persons(operation, one, other);
  perform audit.record('combine', array[one, other], array[operation], '{"what": "merge"}');
  return 'done';
exception when sqlstate 'LK001' then
  return sqlerrm;
end $$;

-- Says that some mentions of a person are somebody else. The two halves are then held as they were chosen. 'done', or why not.
create function linkage.split(person uuid, going uuid[], reason text, operation uuid) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  goal uuid;
  staying uuid[];
  ends uuid[];
begin
  if exists (select from linkage.judgement j where j.id = operation) then
    return 'repeated';
  end if;
  going := array(select distinct x from unnest(going) x order by x);
  if not linkage.is_reviewer() or going = '{}' or exists (select from unnest(going) g where linkage.seen_person(g) is distinct from person) then
    perform audit.record('refuse', array[person], '{}', '{"what": "split"}');
    return 'not there';
  end if;
  staying := array(select unnest(linkage.mentions_of(person)) except select unnest(going) order by 1);
  if staying = '{}' then
    return 'nobody stays';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  perform pg_advisory_xact_lock(727004);
  ends := array(select x from unnest(array[going[1], staying[1]]) x order by x);
  insert into linkage.judgement (id, kind, a, b, answer, reason, by_account)
  values (operation, 'split', ends[1], ends[2], 'different', reason, access.actor());
  insert into people.decision (id, kind, by_account) values (operation, 'split', access.actor());
  -- what was said to be one across the cut is so no longer: different goes before same
  insert into linkage.assertion (judgement_id, a, b, verdict)
  select operation, ends[1], ends[2], 'different'
  union select operation, s.a, s.b, 'different' from linkage.standing() s where s.verdict = 'same'
    and (s.a = any (going) and s.b = any (staying) or s.b = any (going) and s.a = any (staying));
  perform linkage.pin(operation, going);
  perform linkage.pin(operation, staying);
  -- whoever these were before they were joined is there again
  select b.person_id into goal from people.membership b join people.person p on p.id = b.person_id
  where b.mention_id = any (going) and b.to_at is not null and b.person_id <> person
    and not exists (select from people.membership l where l.person_id = b.person_id and l.to_at is null)
  group by b.person_id, p.made_at order by count(*) desc, p.made_at, b.person_id limit 1;
  if goal is null then
    insert into people.person default values returning id into goal;
  end if;
  perform linkage.describe(linkage.move(going, goal, operation));
  perform audit.record('alter', array[person, goal], array[operation], '{"what": "split"}');
  return 'done';
end $$;

-- Takes back what somebody said, with a reason. 'done', or why it is not.
create function linkage.withdraw(judgement uuid, reason text) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  j linkage.judgement;
  one uuid;
  other uuid;
  touched uuid[];
begin
  select x.* into j from linkage.judgement x where x.id = judgement;
  one := linkage.seen_person(j.a);
  other := linkage.seen_person(j.b);
  if one is null or other is null or not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', array[judgement], '{"what": "withdrawal"}');
    return 'not there';
  end if;
  perform pg_advisory_xact_lock(727004);
  if exists (select from linkage.withdrawal w where w.judgement_id = judgement) then
    return 'withdrawn';
  end if;
  if length(trim(reason)) = 0 then
    return 'reason';
  end if;
  touched := linkage.undo(judgement, reason);
  perform audit.record('alter', array(select distinct x from unnest(touched || one || other) x), array[judgement], '{"what": "withdrawal"}');
  return 'done';
end $$;

-- The pairs that wait for the acting person, those first whose wrong answer may cost most. Logs everybody it shows; the rows are
-- then read under the policies. which: 'first', or 'second' where somebody else has answered. As many of the force as are
-- asked for are looked through, 20,000 at most.
create function linkage.open_queue(which text, only_reason text, first_row integer, how_many integer, look_through integer) returns jsonb
  language plpgsql volatile security definer set search_path = '' as $$
declare
  found jsonb;
  shown jsonb;
  people_ uuid[];
  records uuid[];
begin
  if not linkage.is_reviewer() then
    perform audit.record('refuse', '{}', '{}', '{"what": "review queue"}');
    return '{"rows": [], "counts": {}, "more": false}';
  end if;
  with asked as materialized (
    select e.a, e.b, e.reason, e.harm, e.chance from (
      select e.* from linkage.edge e where which = 'first' and e.reason is not null
        and not exists (select from linkage.judgement j where j.a = e.a and j.b = e.b
          and not exists (select from linkage.withdrawal w where w.judgement_id = j.id))
      order by e.harm desc, e.chance desc, e.a, e.b limit least(look_through, 20000)) e
    union all
    -- two readers who differ: for somebody who is neither
    select j.a, j.b, 'two readers differ', 3::smallint, 1::real from linkage.judgement j
    join linkage.judgement k on k.a = j.a and k.b = j.b and k.round = 2 and k.at > j.at and k.answer <> j.answer
    where which = 'first' and j.kind = 'pair' and j.round = 1 and access.actor() not in (j.by_account, k.by_account)
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)
      and not exists (select from linkage.judgement l where l.a = j.a and l.b = j.b and l.round = 3 and l.at > k.at)
    union all
    select j.a, j.b, 'second reading', coalesce(e.harm, 0), coalesce(e.chance, 0) from linkage.judgement j
    left join linkage.edge e on e.a = j.a and e.b = j.b
    where which = 'second' and j.kind = 'pair' and j.round = 1 and j.second and j.by_account <> access.actor()
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)
      and not exists (select from linkage.judgement k where k.a = j.a and k.b = j.b and k.round = 2 and k.at > j.at)),
  -- the people whom somebody has answered for, by a pair of theirs or by parting them: no other pair of those two is asked
  answered as materialized (
    select x.person_id as one, y.person_id as other from (
      select s.a, s.b from linkage.standing() s where s.verdict = 'different'
      union select j.a, j.b from linkage.judgement j where j.kind = 'pair'
        and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)) s
    join people.membership x on x.mention_id = s.a and x.to_at is null join people.membership y on y.mention_id = s.b and y.to_at is null),
  seen as (
    select q.*, pa.id as person_a, pb.id as person_b, ma.record_id as record_a, mb.record_id as record_b
    from asked q
    join people.mention ma on ma.id = q.a and ma.superseded_at is null join people.mention mb on mb.id = q.b and mb.superseded_at is null
    join people.membership ba on ba.mention_id = q.a and ba.to_at is null join people.membership bb on bb.mention_id = q.b and bb.to_at is null
    join people.person pa on pa.id = ba.person_id join people.person pb on pb.id = bb.person_id
    where (ma.reach && (select organisation.my_reach()) or ma.record_id in (select people.my_claimed_records()) or ma.record_id in (select people.my_sealed_records()))
      and (mb.reach && (select organisation.my_reach()) or mb.record_id in (select people.my_claimed_records()) or mb.record_id in (select people.my_sealed_records()))
      and (not ma.sealed or ma.record_id in (select people.my_sealed_records())) and (not mb.sealed or mb.record_id in (select people.my_sealed_records()))
      and ma.record_id not in (select people.my_excluded_records()) and mb.record_id not in (select people.my_excluded_records())
      and (pa.reach && (select organisation.my_reach()) or pa.id in (select people.my_claims()) or pa.id in (select people.my_seals()))
      and (pb.reach && (select organisation.my_reach()) or pb.id in (select people.my_claims()) or pb.id in (select people.my_seals()))
      and (not pa.sealed or pa.id in (select people.my_seals())) and (not pb.sealed or pb.id in (select people.my_seals()))
      and pa.id not in (select people.my_exclusions()) and pb.id not in (select people.my_exclusions())
      and (q.reason in ('second reading', 'two readers differ') or (pa.id = pb.id) = (q.reason = 'many mentions'))
      and (q.reason in ('second reading', 'two readers differ', 'many mentions')
        or (pa.id, pb.id) not in (select one, other from answered union select other, one from answered))),
  -- of two people one pair, the likeliest
  may as (
    select distinct on (least(s.person_a, s.person_b), greatest(s.person_a, s.person_b), s.reason in ('second reading', 'two readers differ')) s.*
    from seen s order by least(s.person_a, s.person_b), greatest(s.person_a, s.person_b),
      s.reason in ('second reading', 'two readers differ'), s.harm desc, s.chance desc, s.a, s.b),
  page as (
    select m.* from may m where only_reason = '' or m.reason = only_reason
    order by m.harm desc, m.chance desc, m.a, m.b offset greatest(first_row, 0) limit least(how_many, 50))
  select jsonb_build_object('rows', coalesce((select jsonb_agg(to_jsonb(p) order by p.harm desc, p.chance desc, p.a, p.b) from page p), '[]'),
    'counts', coalesce((select jsonb_object_agg(c.reason, c.n) from (select m.reason, count(*) as n from may m group by 1) c), '{}'),
    'more', (select count(*) >= least(look_through, 20000) from asked))
  into found;
  shown := found -> 'rows';
  records := array(select distinct x::uuid from jsonb_array_elements(shown) r, lateral (values (r ->> 'record_a'), (r ->> 'record_b')) v (x));
  people_ := array(select distinct x::uuid from jsonb_array_elements(shown) r, lateral (values (r ->> 'person_a'), (r ->> 'person_b')) v (x));
  perform audit.record('search', people_ || people.persons_on(records), records,
    jsonb_build_object('what', 'review queue', 'shown', jsonb_array_length(shown))
    || case when exists (select from people.mention m where m.record_id = any (records) and m.sealed) then '{"sealed": true}' else '{}' end::jsonb);
  return found;
end $$;

-- Logs that the acting person looks at whom a person was taken for at a time, and opens the records of then. Those of now are opened
-- by people.open_person.
create function people.open_person_as_at(person uuid, moment timestamptz) returns boolean
  language plpgsql volatile security definer set search_path = '' as $$
declare
  records uuid[];
  holders uuid[];
begin
  if not exists (select from people.person p where p.id = person and p.merged_into is null and people.sees(p)) then
    perform audit.record('refuse', array[person], '{}', '{"what": "as at"}');
    return false;
  end if;
  records := array(select people.seen_of(array(select distinct m.record_id from people.membership b join people.mention m on m.id = b.mention_id
    where b.person_id = person and b.from_at < moment and (b.to_at is null or b.to_at >= moment))));
  -- whoever held then what is this person's now
  holders := array(select distinct t.person_id from people.membership b
    join people.membership t on t.mention_id = b.mention_id and t.from_at < moment and (t.to_at is null or t.to_at >= moment)
    where b.person_id = person and b.to_at is null);
  perform audit.record('consult', people.persons_on(records) || holders || person, records, '{"what": "as at"}');
  return true;
end $$;

revoke execute on all functions in schema linkage from public;
revoke execute on function people.open_person_as_at(uuid, timestamptz) from public;
grant execute on function linkage.open_pair(uuid, uuid), linkage.open_judgement(uuid), linkage.open_judgements(uuid), linkage.judge(uuid, uuid, text, text, uuid), linkage.merge(uuid, uuid, text, uuid),
  linkage.split(uuid, uuid[], text, uuid), linkage.withdraw(uuid, text), linkage.open_queue(text, text, integer, integer, integer),
  people.open_person_as_at(uuid, timestamptz) to dauntless_app;
grant execute on function linkage.describe(uuid[]), linkage.harm_of(uuid, uuid) to dauntless_worker;
grant execute on all functions in schema linkage to dauntless_definer;
