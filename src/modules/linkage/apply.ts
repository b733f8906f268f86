import type pg from 'pg'

export interface Applied {
  /** Persons with at least one mention that stands. */
  readonly persons: number
  readonly created: number
  /** Persons retired by an earlier run whose mentions were parted again. */
  readonly revived: number
  /** Mentions that now belong to another person. */
  readonly moved: number
  readonly retired: number
  /** Persons newly sealed. */
  readonly sealed: number
}

/** Whether the assignment is of everybody, or of those mentions alone that hang together with something that changed. */
export type Whom = 'everybody' | 'some'

/**
 * Makes the clusters in temp table `assignment (mention_id, cluster, weight)` the persons of the force.
 * A cluster keeps the person that most of its mentions had; mentions parted again get the person back that they had before
 * they were joined; a person left without mentions points to where most of them went. Old memberships are ended, never
 * deleted. Then names, seals, conflicts and reach are worked out again. Runs in the caller's transaction, with a context.
 * Leaves temp table `changed (person_id)`: the persons that gained or lost a mention.
 * @param whom for some, the assignment must hold every mention of each person that it touches
 * @param losers with some: persons who have lost mentions that were superseded
 */
export async function applyAssignment(
  client: pg.ClientBase,
  run: string,
  model: string,
  whom: Whom = 'everybody',
  losers: readonly string[] = [],
): Promise<Applied> {
  await client.query('create index on assignment (cluster)')
  await client.query('analyze assignment')
  await choosePersons(client, whom)
  const counts = await movePersons(client, run, model, whom, losers)
  const sealed = await sealPersons(client, whom)
  await carryConflicts(client)
  if (whom === 'everybody') {
    await describePersons(client)
    await spreadReach(client)
  } else {
    await client.query(`insert into changed select unnest(linkage.describe(array(
      select person_id from home union select person_id from stood union select person_id from changed))) on conflict do nothing`)
  }
  const { rows } = await client.query<{ n: number }>('select count(distinct person_id)::int as n from home')
  return { persons: rows[0]?.n ?? 0, ...counts, sealed }
}

/** Temp tables `stood` (whose each mention was until now) and `home` (whose each cluster is to be). */
async function choosePersons(client: pg.ClientBase, whom: Whom): Promise<void> {
  // A party in a new version of a record speaks for the party it replaced, so that a correction costs nobody their id.
  await client.query(`create temp table stood on commit drop as
    select a.mention_id, a.cluster, b.person_id
    from assignment a join people.membership b on b.mention_id = a.mention_id and b.to_at is null
    union all
    select a.mention_id, a.cluster, last.person_id
    from people.mention old
    join people.mention m on m.record_id = old.record_id and m.seq = old.seq and m.role = old.role and m.superseded_at is null
    join assignment a on a.mention_id = m.id
    cross join lateral (select b.person_id from people.membership b where b.mention_id = old.id order by b.from_at desc limit 1) last
    where old.superseded_at is not null
      and not exists (select from people.membership b where b.mention_id = m.id)
      and not exists (select from people.mention newer where newer.record_id = old.record_id and newer.seq = old.seq
        and newer.role = old.role and newer.superseded_at > old.superseded_at)`)
  await client.query('create index on stood (person_id)')
  await client.query('analyze stood')
  await client.query(`create temp table home on commit drop as
    with overlap as (
      select s.cluster, s.person_id, count(*) as n, min(p.made_at) as made_at
      from stood s join people.person p on p.id = s.person_id group by 1, 2),
    best as (
      select cluster, person_id, row_number() over (partition by cluster order by n desc, made_at, person_id) as of_cluster,
        row_number() over (partition by person_id order by n desc, cluster) as of_person from overlap)
    select cluster, person_id, 'kept' as kind from best where of_cluster = 1 and of_person = 1`)
  await client.query('create unique index on home (cluster)')
  await client.query(`insert into home
    with past as (
      select s.cluster, b.person_id, count(distinct b.mention_id) as n, min(p.made_at) as made_at
      from stood s join people.membership b on b.mention_id = s.mention_id and b.to_at is not null
      join people.person p on p.id = b.person_id
      where not exists (select from home h where h.cluster = s.cluster)
        and not exists (select from stood now where now.person_id = b.person_id)
        ${whom === 'everybody' ? '' : 'and not exists (select from people.membership l where l.person_id = b.person_id and l.to_at is null)'}
      group by 1, 2),
    best as (
      select cluster, person_id, row_number() over (partition by cluster order by n desc, made_at, person_id) as of_cluster,
        row_number() over (partition by person_id order by n desc, cluster) as of_person from past)
    select cluster, person_id, 'revived' from best where of_cluster = 1 and of_person = 1`)
  await client.query(`insert into home select c.cluster, gen_random_uuid(), 'created'
    from (select distinct cluster from assignment) c where not exists (select from home h where h.cluster = c.cluster)`)
  await client.query('create unique index on home (person_id)')
  await client.query('analyze home')
}

async function movePersons(
  client: pg.ClientBase,
  run: string,
  model: string,
  whom: Whom,
  losers: readonly string[],
): Promise<Omit<Applied, 'persons' | 'sealed'>> {
  const created = await client.query(`insert into people.person (id) select person_id from home where kind = 'created'`)
  const revived = await client.query(`update people.person p set merged_into = null from home h
    where h.person_id = p.id and h.kind = 'revived'`)
  await client.query('create temp table changed (person_id uuid primary key) on commit drop')
  const left = await client.query<{ moved: number }>(`with ended as (
      update people.membership b set to_at = now() where b.to_at is null and not exists (
        select from assignment a join home h using (cluster) where a.mention_id = b.mention_id and h.person_id = b.person_id)
        ${whom === 'everybody' ? '' : 'and b.mention_id in (select mention_id from assignment)'}
      returning b.mention_id, b.person_id),
    told as (insert into changed select distinct person_id from ended)
    select count(*)::int as moved from ended join assignment using (mention_id)`)
  const decision = await client.query<{ id: string }>(
    `insert into people.decision (kind, model, reason) values ('link', $1, $2) returning id`,
    [model, `linkage run ${run}`],
  )
  // Chosen before any is put in: for a table that was empty a plan may go through all of it for each, and so through what it has just put in.
  await client.query(`create temp table joining on commit drop as
    select a.mention_id, h.person_id, a.weight from assignment a join home h using (cluster)
    where not exists (select from people.membership b where b.mention_id = a.mention_id and b.to_at is null)`)
  await client.query(
    `insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
     select mention_id, person_id, weight, $1, clock_timestamp() from joining`,
    [decision.rows[0]?.id],
  )
  await client.query('insert into changed select distinct person_id from joining on conflict do nothing')
  // An import ends the memberships of what it supersedes; a day's grace, as it may have been under way when the last run began.
  if (whom === 'everybody')
    await client.query(`insert into changed select distinct b.person_id
    from people.mention m join people.membership b on b.mention_id = m.id
    where m.superseded_at is not null and b.to_at > coalesce(
      (select max(r.started_at) - interval '1 day' from linkage.run r where r.finished_at is not null), '-infinity')
    on conflict do nothing`)
  else await client.query('insert into changed select unnest($1::uuid[]) on conflict do nothing', [losers])
  const retired = await client.query(`update people.person p
    set merged_into = (select h.person_id from stood s join home h using (cluster)
      where s.person_id = p.id group by 1 order by count(*) desc, 1 limit 1), incidents = 0, reach = '{}'
    where p.merged_into is null and p.id in (select person_id from changed) and (p.incidents > 0 or p.reach <> '{}')
      and not exists (select from people.membership b where b.person_id = p.id and b.to_at is null)`)
  // Whoever pointed to one of those points to where it went.
  for (let pointed = 1; pointed > 0;) {
    const { rowCount } = await client.query(`update people.person p set merged_into = q.merged_into from people.person q
      where p.merged_into = q.id and q.merged_into is not null
        ${whom === 'everybody' ? '' : 'and q.id in (select person_id from changed)'}`)
    pointed = rowCount ?? 0
  }
  return {
    created: created.rowCount ?? 0,
    revived: revived.rowCount ?? 0,
    moved: left.rows[0]?.moved ?? 0,
    retired: retired.rowCount ?? 0,
  }
}

/**
 * Name, date of birth and sex as most mentions have them; roles held; how many records; which BCUs those are in.
 * Of the spellings of the commonest name the most complete is shown, in mixed case if any record has it so.
 * A record with a sealed person on it tells nothing of the others on it: no count, no place, not that they exist.
 */
async function describePersons(client: pg.ClientBase): Promise<void> {
  await client.query(`create temp table told on commit drop as
    select b.person_id, m.dob, m.sex, m.role, m.record_id, i.bcu_id, m.known_as,
      nullif(trim(concat_ws(' ', m.forenames, m.surname)), '') as name,
      nullif(lower(concat_ws('|', split_part(m.forenames, ' ', 1), m.surname)), '|') as same_name,
      coalesce(m.forenames, '') <> '' and coalesce(m.surname, '') <> '' as whole,
      p.sealed, bool_or(p.sealed) over (partition by m.record_id) as on_sealed
    from people.membership b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
    join people.person p on p.id = b.person_id where b.to_at is null and m.superseded_at is null`)
  await client.query('analyze told')
  await client.query(`with spelling as (
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
      from (select distinct person_id from told) everybody left join facts f using (person_id) left join named n using (person_id))
    update people.person p set name = f.name, dob = f.dob, sex = f.sex, roles = f.roles, incidents = f.incidents, reach = f.reach
    from fresh f where p.id = f.person_id
      and (p.name, p.dob, p.sex, p.roles, p.incidents, p.reach) is distinct from (f.name, f.dob, f.sex, f.roles, f.incidents, f.reach)`)
}

/**
 * Police employees as suspect or victim are sealed at once, to be read by professional standards alone until they name
 * others. Whoever takes over a mention of a sealed person is sealed with it, for the same readers: a linkage never opens
 * what a person has closed.
 */
async function sealPersons(client: pg.ClientBase, whom: Whom): Promise<number> {
  await client.query(`create temp table carried on commit drop as
    select distinct s.person_id as from_person, h.person_id as to_person
    from stood s join people.person p on p.id = s.person_id and p.sealed join home h using (cluster)
    where h.person_id <> s.person_id`)
  const taken = await client.query(`update people.person p set sealed = true
    where not p.sealed and p.id in (select to_person from carried)`)
  await client.query(`insert into people.seal_reader (person_id, account_id, reason, by_account)
    select distinct on (c.to_person, r.account_id) c.to_person, r.account_id, r.reason, r.by_account
    from carried c join people.seal_reader r on r.person_id = c.from_person and r.ended_at is null order by c.to_person, r.account_id, r.at
    on conflict do nothing`)
  const police = await client.query(`with fresh as (
      update people.person p set sealed = true where not p.sealed and p.merged_into is null
        ${whom === 'everybody' ? '' : 'and p.id in (select person_id from home)'} and exists (
        select from people.membership b join people.mention m on m.id = b.mention_id
        where b.person_id = p.id and b.to_at is null and m.police_employee and m.role in ('suspect', 'victim'))
      returning p.id),
    readers as (
      insert into people.seal_reader (person_id, account_id, reason, by_account)
      select f.id, s.account_id, 'professional standards', access.actor()
      from fresh f cross join people.standards_officers() s (account_id) on conflict do nothing)
    select id from fresh`)
  return (taken.rowCount ?? 0) + (police.rowCount ?? 0)
}

/** A conflict of interest is with a person, whatever records that person is found to have: it goes where the mentions go. */
async function carryConflicts(client: pg.ClientBase): Promise<void> {
  await client.query(`insert into people.exclusion (account_id, person_id, reason, at)
    select distinct on (e.account_id, h.person_id) e.account_id, h.person_id, e.reason, e.at
    from people.exclusion e join stood s on s.person_id = e.person_id join home h using (cluster)
    where e.ended_at is null and h.person_id <> e.person_id and not exists (select from people.exclusion x
      where x.account_id = e.account_id and x.person_id = h.person_id and x.ended_at is null)
    order by e.account_id, h.person_id, e.at`)
}

/** A record is within reach of every BCU that anybody on it is known to, and sealed when anybody on it is. */
async function spreadReach(client: pg.ClientBase): Promise<void> {
  await client.query(`create temp table spread on commit drop as
    select t.record_id, bool_or(p.sealed) as sealed, array_agg(distinct r.bcu order by r.bcu) as reach
    from told t join people.person p on p.id = t.person_id cross join unnest(p.reach) as r (bcu) group by 1`)
  await client.query('create unique index on spread (record_id)')
  await client.query('analyze spread')
  // whoever is on a record that is sealed or opened now is found by other keys than before
  await client.query(`insert into changed select distinct t.person_id from told t join spread s using (record_id)
    join incidents.incident i on i.id = t.record_id where i.sealed <> s.sealed on conflict do nothing`)
  await client.query(`update incidents.incident i set reach = s.reach, sealed = s.sealed from spread s
    where i.id = s.record_id and (i.reach, i.sealed) is distinct from (s.reach, s.sealed)`)
  await client.query(`update people.mention m set reach = s.reach, sealed = s.sealed from spread s
    where m.record_id = s.record_id and (m.reach, m.sealed) is distinct from (s.reach, s.sealed)`)
  await client.query(`update incidents.involvement v set reach = s.reach, sealed = s.sealed from spread s
    where v.incident_id = s.record_id and (v.reach, v.sealed) is distinct from (s.reach, s.sealed)`)
}
