import type pg from 'pg'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { applyAssignment, type Applied } from './apply.ts'
import { standingAssertions } from './assertions.ts'
import { assignmentLines, beginLinkage } from './batch.ts'
import {
  build,
  cluster,
  pairScorer,
  withFrequencies,
  type Clusters,
  type Dataset,
  type Edges,
  type PairScorer,
  type TrainedModel,
} from './engine/index.ts'
import { keptAs } from './edges.ts'
import { copyInto, readSome } from './mentions.ts'
import { modelOfPairs } from './models.ts'
import { loadNameGroups, nameKeys, rebuildSearchKeys } from './search-keys.ts'

/** Told when persons have gained or lost mentions; `persons` in its data are ids with commas between, 4 at most a time. */
export const PERSONS_CHANGED = 'linkage.persons-changed'

export interface Settled extends Applied {
  readonly mentions: number
}

// Everything that could fall into one cluster with these, or that is one person with them now.
const COMPONENT = `with recursive said as (
    select s.a, s.b from linkage.assertion s where s.verdict = 'same'
      and not exists (select from linkage.withdrawal w where w.judgement_id = s.judgement_id)),
  part (id) as (
    select m.id from people.mention m where m.id = any ($1)
    union
    select next.id from part p cross join lateral (
      select e.b as id from linkage.edge e where e.a = p.id and e.sure
      union all select e.a from linkage.edge e where e.b = p.id and e.sure
      union all select s.b from said s where s.a = p.id
      union all select s.a from said s where s.b = p.id
      union all select y.mention_id from people.membership x join people.membership y on y.person_id = x.person_id and y.to_at is null
        where x.mention_id = p.id and x.to_at is null
      union all select newest.id from people.mention old join people.mention newest on newest.record_id = old.record_id
        and newest.seq = old.seq and newest.role = old.role and newest.superseded_at is null
        where old.id = p.id and old.superseded_at is not null) next)
  select m.id from part join people.mention m on m.id = part.id where m.superseded_at is null order by m.id`

/** The pairs of a data set that were kept, as scoring gave them. */
async function keptEdges(client: pg.ClientBase, dataset: Dataset, { evidenceOf }: PairScorer): Promise<Edges> {
  const { rows } = await client.query<{ a: string; b: string; weight: number }>(
    'select a, b, weight from linkage.edge where a = any ($1) and b = any ($1) order by a, b',
    [dataset.ids],
  )
  const at = new Map(dataset.ids.map((id, position) => [id, position]))
  const [a, b] = [
    Int32Array.from(rows, (row) => at.get(row.a) ?? 0),
    Int32Array.from(rows, (row) => at.get(row.b) ?? 0),
  ]
  return {
    count: rows.length,
    a,
    b,
    evidence: Int32Array.from(rows, (_, edge) => evidenceOf(a[edge] ?? 0, b[edge] ?? 0)),
    weight: Float64Array.from(rows, (row) => row.weight),
    rule: new Uint8Array(rows.length),
  }
}

/**
 * Clusters those mentions again that hang together with some that something was said about, from the pairs that were
 * kept, and makes the clusters persons: just what a run over the whole force would make of them.
 * @param client as dauntless_worker, in a transaction that `beginLinkage` began
 * @param losers persons who have lost mentions that were superseded
 * @returns null when nothing has ever been linked
 */
export async function recluster(
  client: pg.ClientBase,
  touched: readonly string[],
  losers: readonly string[] = [],
): Promise<Settled | null> {
  const kept = await modelOfPairs(client)
  if (kept === null) return null
  const { rows } = await client.query<{ id: string }>(COMPONENT, [touched])
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0 && losers.length === 0) return null
  const dataset = withFrequencies(
    build(await readSome(client, ids), kept.model.spec, loadNameGroups()),
    kept.frequencies,
  )
  const edges = await keptEdges(client, dataset, pairScorer(dataset, kept.model))
  const clusters = cluster(dataset, kept.model, edges, await standingAssertions(client, ids))
  await client.query('create temp table assignment (mention_id uuid, cluster integer, weight real) on commit drop')
  await copyInto(client, 'assignment', assignmentLines(dataset, edges, clusters))
  const model = `${kept.model.spec.id} ${kept.model.spec.version}`
  const applied = await applyAssignment(client, 'settling', model, 'some', losers)
  // whoever ever held one of these is found by other keys than before, or by none
  await client.query(`insert into changed select distinct b.person_id from people.membership b
    where b.mention_id in (select mention_id from assignment) on conflict do nothing`)
  await renewPairs(client, dataset, kept.model, edges, clusters)
  return { ...applied, mentions: ids.length }
}

/** What has become of the kept pairs of those who were clustered again, and what a wrong answer about them may cost. */
async function renewPairs(
  client: pg.ClientBase,
  dataset: Dataset,
  model: TrainedModel,
  edges: Edges,
  clusters: Clusters,
): Promise<void> {
  const as = keptAs(dataset, model, edges, clusters)
  const pairs = Array.from({ length: edges.count }, (_, edge) => {
    const found = as(edge)
    return { a: dataset.ids[edges.a[edge] ?? 0], b: dataset.ids[edges.b[edge] ?? 0], band: found?.band, reason: found?.reason ?? null } // prettier-ignore
  })
  await client.query(
    `update linkage.edge e set band = x.band, reason = x.reason from json_to_recordset($1) x (a uuid, b uuid, band text, reason text)
     where e.a = x.a and e.b = x.b and x.band is not null and (e.band, e.reason) is distinct from (x.band, x.reason)`,
    [JSON.stringify(pairs)],
  )
  await client.query(
    `with now as (
       select e.a, e.b, coalesce(linkage.harm_of(x.person_id, y.person_id), 0) as harm from linkage.edge e
       join people.membership x on x.mention_id = e.a and x.to_at is null join people.membership y on y.mention_id = e.b and y.to_at is null
       where e.reason is not null and (e.a = any ($1) or e.b = any ($1)))
     update linkage.edge e set harm = n.harm from now n where e.a = n.a and e.b = n.b and e.harm <> n.harm`,
    [dataset.ids],
  )
}

/** Whom a judgement touches: its own mentions, and those that it says something of. */
async function touchedBy(client: pg.ClientBase, judgement: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select a as id from linkage.judgement where id = $1 union select b from linkage.judgement where id = $1
     union select a from linkage.assertion where judgement_id = $1 union select b from linkage.assertion where judgement_id = $1`,
    [judgement],
  )
  return rows.map(({ id }) => id)
}

/**
 * What follows from a judgement for others, and for searching: the page has shown its effect already. Safe to repeat.
 * @param pool connected as dauntless_worker
 */
export async function settle(pool: Pool, scope: Scope, judgement: string): Promise<Settled | null> {
  return inTransaction(pool, async (client) => {
    await beginLinkage(client, scope)
    const settled = await settleMentions(client, await touchedBy(client, judgement))
    if (settled === null) return null
    await client.query(`select audit.record('combine', '{}', array[$1::uuid], $2)`, [
      judgement,
      JSON.stringify({ what: 'settling', mentions: settled.mentions, moved: settled.moved }),
    ])
    return settled
  })
}

/**
 * Clusters again those that hang together with some mentions, writes what they are found by, and tells the modules above.
 * @param client as dauntless_worker, in a transaction that `beginLinkage` began
 * @returns null when nothing has ever been linked
 */
export async function settleMentions(
  client: pg.ClientBase,
  touched: readonly string[],
  losers: readonly string[] = [],
): Promise<Settled | null> {
  const settled = await recluster(client, touched, losers)
  if (settled === null) return null
  await renewFindable(client)
  const { rows: changed } = await client.query<{ person_id: string }>('select person_id from changed order by 1')
  await tellChanged(
    client,
    changed.map(({ person_id }) => person_id),
  )
  return settled
}

/** Writes anew what the people of the table `changed` are found by, and which kept rows of imports are closed. */
export async function renewFindable(client: pg.ClientBase): Promise<void> {
  await rebuildSearchKeys(client, nameKeys(loadNameGroups()), false)
  await client.query('select incidents.close_problems(null)')
}

/** Tells the modules above whose mentions are others than before. In the transaction of the change. */
async function tellChanged(client: pg.ClientBase, persons: readonly string[]): Promise<void> {
  for (let from = 0; from < persons.length; from += 4) {
    const some = persons.slice(from, from + 4)
    await client.query('select events.put($1, $2, $3, $4, $5)', [
      'event', PERSONS_CHANGED, some[0], null, JSON.stringify({ persons: some.join(',') }),
    ]) // prettier-ignore
  }
}
