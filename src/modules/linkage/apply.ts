import type pg from 'pg'

export interface Applied {
  readonly persons: number
  readonly created: number
  readonly moved: number
  readonly retired: number
  readonly sealed: number
}

/**
 * Makes the clusters in temp table `assignment (mention_id, cluster, weight)` the persons of the force.
 * A cluster keeps the person that most of its mentions had; a person left without mentions points to where most of them went. Old
 * memberships are ended, never deleted. Then names, reach and seals are worked out again. Runs in the caller's transaction, with a context.
 */
export async function applyAssignment(client: pg.ClientBase, run: string, model: string): Promise<Applied> {
  await client.query('create index on assignment (cluster)')
  await client.query('analyze assignment')
  await client.query(`create temp table kept on commit drop as
    with overlap as (
      select a.cluster, b.person_id, count(*) as n, min(p.made_at) as made_at
      from assignment a join people.membership b on b.mention_id = a.mention_id and b.to_at is null
      join people.person p on p.id = b.person_id group by 1, 2),
    best as (
      select cluster, person_id, row_number() over (partition by cluster order by n desc, made_at, person_id) as of_cluster,
        row_number() over (partition by person_id order by n desc, cluster) as of_person from overlap)
    select cluster, person_id from best where of_cluster = 1 and of_person = 1`)
  await client.query(`create temp table home on commit drop as
    select c.cluster, coalesce(k.person_id, gen_random_uuid()) as person_id, k.person_id is null as is_new
    from (select distinct cluster from assignment) c left join kept k using (cluster)`)
  await client.query('create unique index on home (cluster)')
  await client.query('analyze home')
  const created = await client.query('insert into people.person (id) select person_id from home where is_new')
  const decision = await client.query<{ id: string }>(
    `insert into people.decision (kind, model, reason) values ('link', $1, $2) returning id`,
    [model, `linkage run ${run}`],
  )
  const decided = decision.rows[0]?.id
  const moved = await client.query(`update people.membership b set to_at = now()
    from assignment a join home h using (cluster)
    where b.mention_id = a.mention_id and b.to_at is null and b.person_id <> h.person_id`)
  await client.query(
    `insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
     select a.mention_id, h.person_id, a.weight, $1, clock_timestamp() from assignment a join home h using (cluster)
     where not exists (select from people.membership b where b.mention_id = a.mention_id and b.to_at is null)`,
    [decided],
  )
  const retired = await client.query(`update people.person p set merged_into = (
      select n.person_id from people.membership o join people.membership n on n.mention_id = o.mention_id and n.to_at is null
      where o.person_id = p.id group by 1 order by count(*) desc, 1 limit 1), incidents = 0, reach = '{}'
    where p.merged_into is null and not exists (select from people.membership b where b.person_id = p.id and b.to_at is null)`)
  await describePersons(client)
  const sealed = await sealPersons(client)
  await spreadReach(client)
  const counted = await client.query<{ n: number }>(
    'select count(*)::int as n from people.person where merged_into is null',
  )
  return {
    persons: counted.rows[0]?.n ?? 0,
    created: created.rowCount ?? 0,
    moved: moved.rowCount ?? 0,
    retired: retired.rowCount ?? 0,
    sealed,
  }
}

/** Name, date of birth and sex as most mentions have them; roles held; how many records; which BCUs those are in. */
async function describePersons(client: pg.ClientBase): Promise<void> {
  await client.query(`with told as (
      select b.person_id,
        coalesce(mode() within group (order by nullif(trim(concat_ws(' ', m.forenames, m.surname)), '')), max(m.known_as), '') as name,
        mode() within group (order by m.dob) as dob, mode() within group (order by m.sex) as sex,
        array_agg(distinct m.role) as roles, count(distinct m.record_id)::int as incidents, array_agg(distinct i.bcu_id) as reach
      from people.membership b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
      where b.to_at is null and m.superseded_at is null group by 1)
    update people.person p set name = t.name, dob = t.dob, sex = t.sex, roles = t.roles, incidents = t.incidents, reach = t.reach
    from told t where p.id = t.person_id
      and (p.name, p.dob, p.sex, p.roles, p.incidents, p.reach) is distinct from (t.name, t.dob, t.sex, t.roles, t.incidents, t.reach)`)
}

/** Police employees as suspect or victim are sealed at once, to be read by professional standards alone until they name others. */
async function sealPersons(client: pg.ClientBase): Promise<number> {
  const { rowCount } = await client.query(`update people.person p set sealed = true
    where not p.sealed and p.merged_into is null and exists (
      select from people.membership b join people.mention m on m.id = b.mention_id
      where b.person_id = p.id and b.to_at is null and m.police_employee and m.role in ('suspect', 'victim'))`)
  await client.query(`insert into people.seal_reader (person_id, account_id, reason, by_account)
    select p.id, s.account_id, 'professional standards', access.actor()
    from people.person p cross join people.standards_officers() s (account_id) where p.sealed
    on conflict do nothing`)
  return rowCount ?? 0
}

/** A record is within reach of every BCU that anybody on it is known to, and sealed when anybody on it is. */
async function spreadReach(client: pg.ClientBase): Promise<void> {
  await client.query(`create temp table spread on commit drop as
    select m.record_id, bool_or(p.sealed) as sealed, array_agg(distinct r.bcu order by r.bcu) as reach
    from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
    join people.person p on p.id = b.person_id cross join unnest(p.reach) as r (bcu)
    where m.superseded_at is null group by 1`)
  await client.query('create unique index on spread (record_id)')
  await client.query('analyze spread')
  await client.query(`update incidents.incident i set reach = s.reach, sealed = s.sealed from spread s
    where i.id = s.record_id and (i.reach, i.sealed) is distinct from (s.reach, s.sealed)`)
  await client.query(`update people.mention m set reach = s.reach, sealed = s.sealed from spread s
    where m.record_id = s.record_id and (m.reach, m.sealed) is distinct from (s.reach, s.sealed)`)
}
