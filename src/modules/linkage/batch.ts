import type pg from 'pg'
import type { Pool, Scope } from '#platform/db'
import { inTransaction } from '#platform/db'
import { applyAssignment, type Applied } from './apply.ts'
import {
  broughtEdges, build, calibrate, cluster, decider, defaultModel, estimateBlocking, freeLabels, pairScorer, score, specInSql, train,
  type Clusters, type Dataset, type Edges, type MentionRow, type ScoreResult, type TrainedModel,
} from './engine/index.ts' // prettier-ignore
import type { Returned } from './hand-over.ts'
import { addOtherParties, copyInto, readMentions } from './mentions.ts'
import { loadNameGroups, nameKeys, namesFingerprint, rebuildSearchKeys } from './search-keys.ts'

export interface LinkReport extends Applied {
  readonly run: string
  readonly mentions: number
  readonly compared: number
  readonly edges: number
  readonly forReview: number
  /** Blocks that were too large to compare, by rule: pairs that were not looked at. */
  readonly refusedBlocks: number
  /** People with so many mentions that somebody should look whether they are one. */
  readonly tooLarge: number
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** Any number that nothing else locks in this database. */
const ONE_LINKAGE = 727_003

/** With more mentions than this times those it was trained on, the model is trained anew. */
const TRAINED_FOR_TIMES = 1.1

/** What a run keeps of its model, for the runs after it. */
interface KeptModel extends Omit<TrainedModel, 'spec'> {
  readonly trainedOn: number
}

/**
 * The model of the last run, unless the rules have changed or the force has grown by a tenth since it was trained. Kept, so
 * that a few new records move nobody else: one person's links must not hang on records that have nothing to do with them.
 */
async function keptModel(client: pg.ClientBase, name: string, mentions: number): Promise<KeptModel | undefined> {
  const { rows } = await client.query<{ kept: KeptModel | null }>(
    `select params -> 'kept' as kept from linkage.run where model = $1 and finished_at is not null order by started_at desc limit 1`,
    [name],
  )
  const kept = rows[0]?.kept ?? undefined
  return kept !== undefined && mentions <= kept.trainedOn * TRAINED_FOR_TIMES ? kept : undefined
}

/**
 * Links every mention that stands: trains if it must, scores, clusters, and makes the clusters persons. One transaction: seen whole or
 * not at all.
 * @param pool connected as dauntless_worker
 * @param scope of the service session, under which the combination is logged
 * @param returned pairs that another engine scored, to be taken instead of scoring here
 */
export async function linkForce(
  pool: Pool,
  scope: Scope,
  say: (what: string) => void = () => {},
  returned?: Returned,
): Promise<LinkReport> {
  const started = performance.now()
  return inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    // What is sorted and joined here is the whole force; the default would spill all of it to disk.
    await client.query(`set local work_mem = '256MB'; set local jit = off`)
    await client.query('select pg_advisory_xact_lock($1)', [ONE_LINKAGE])
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      scope.reason ?? '',
      scope.route,
      scope.requestId,
    ])
    const rows: MentionRow[] = []
    for await (const row of readMentions(client)) rows.push(row)
    addOtherParties(rows)
    say(`read ${rows.length} mentions`)
    const groups = loadNameGroups()
    // What was handed over lacks the levels that SQL cannot say, and is no model for the runs after it.
    const spec = returned ? specInSql(defaultModel()) : defaultModel()
    const dataset = build(rows, spec, groups)
    const name = `${spec.id} ${spec.version}${returned ? ' handed over' : ''}`
    const kept = returned
      ? { ...returned.model, trainedOn: returned.had.size }
      : await keptModel(client, name, rows.length)
    const trained: TrainedModel = kept ? { ...kept, spec } : train(dataset, spec)
    say(returned ? 'the model that was handed over' : kept ? 'the model of the last run still fits' : 'trained')
    const { edges, compared, rules } = returned
      ? await takenBack(dataset, trained, returned, say)
      : score(dataset, trained, { threshold: 0 })
    say(`compared ${compared} pairs`)
    const scorer = pairScorer(dataset, trained)
    const calibration = kept
      ? null
      : calibrate(freeLabels(dataset, trained, edges, scorer), 'free labels', trained.calibration)
    const model: TrainedModel = calibration === null ? trained : { ...trained, calibration }
    const clusters = cluster(dataset, model, edges, {})
    const names = namesFingerprint()
    const { spec: _, ...lasting } = model
    const keeping: KeptModel = { ...lasting, trainedOn: kept?.trainedOn ?? rows.length }
    const { rows: runs } = await client.query<{ id: string; before: string | null }>(
      `insert into linkage.run (model, params) values ($1, $2)
       returning id, (select r.params ->> 'names' from linkage.run r where r.finished_at is not null
         order by r.started_at desc limit 1) as before`,
      [name, JSON.stringify({ kept: keeping, names })],
    )
    const run = runs[0]?.id ?? ''
    await client.query('create temp table assignment (mention_id uuid, cluster integer, weight real) on commit drop')
    await copyInto(client, 'assignment', assignmentLines(dataset, edges, clusters))
    await client.query('delete from linkage.edge')
    const edgesKept = await copyInto(
      client,
      'linkage.edge (a, b, weight, chance, band, run_id)',
      edgeLines(dataset, model, edges, clusters, run),
    )
    const applied = await applyAssignment(client, run, name)
    say(`${applied.persons} persons`)
    await rebuildSearchKeys(client, rows, nameKeys(groups), runs[0]?.before !== names)
    const report: LinkReport = {
      ...applied,
      run,
      mentions: rows.length,
      compared,
      edges: edgesKept,
      forReview: clusters.review.length,
      refusedBlocks: rules.reduce((all, rule) => all + rule.refused.length, 0),
      tooLarge: clusters.tooLarge.length,
      warnings: model.warnings,
      seconds: Math.round((performance.now() - started) / 10) / 100,
    }
    await client.query('update linkage.run set finished_at = clock_timestamp(), report = $2 where id = $1', [
      run,
      JSON.stringify(report),
    ])
    await client.query(`select audit.record('combine', '{}', array[$1::uuid], $2)`, [
      run,
      JSON.stringify({ what: 'linkage', mentions: report.mentions, persons: report.persons, moved: report.moved }),
    ])
    return report
  })
}

/** Pairs that came back, with those of mentions that the other engine did not have. */
async function takenBack(
  dataset: Dataset,
  model: TrainedModel,
  returned: Returned,
  say: (what: string) => void,
): Promise<ScoreResult> {
  const { edges, gone, scoredHere } = await broughtEdges(dataset, model, returned.had, returned.edges)
  say(`${edges.count} pairs; ${gone} came back of mentions that are gone; ${scoredHere} were compared here`)
  return { edges, compared: edges.count, rules: estimateBlocking(dataset, model.spec.blocking) }
}

/** Each mention, its cluster, and the weight of the strongest pair that holds it there (none for one alone). */
function* assignmentLines(dataset: Dataset, edges: Edges, clusters: Clusters): Generator<string> {
  const strongest = new Float64Array(dataset.size).fill(Number.NaN)
  // Strongest first, so the first that is met stands.
  for (let edge = 0; edge < edges.count; edge++) {
    const [a, b] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0]
    if (clusters.of[a] !== clusters.of[b]) continue
    for (const at of [a, b]) if (Number.isNaN(strongest[at])) strongest[at] = edges.weight[edge] ?? 0
  }
  for (const [at, id] of dataset.ids.entries()) {
    const weight = strongest[at] ?? Number.NaN
    yield `${id}\t${clusters.of[at]}\t${Number.isNaN(weight) ? '\\N' : weight.toFixed(3)}\n`
  }
}

/**
 * The pairs worth keeping, in the order of the table's key: those within one person as links, those between two people
 * that a person should look at for review.
 */
function* edgeLines(
  dataset: Dataset,
  model: TrainedModel,
  edges: Edges,
  clusters: Clusters,
  run: string,
): Generator<string> {
  const { decide } = decider(dataset, model, pairScorer(dataset, model))
  const order = Uint32Array.from({ length: edges.count }, (_, edge) => edge)
  order.sort((x, y) => (edges.a[x] ?? 0) - (edges.a[y] ?? 0) || (edges.b[x] ?? 0) - (edges.b[y] ?? 0))
  for (const edge of order) {
    const [a, b, weight] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0, edges.weight[edge] ?? 0]
    const { band, probability } = decide(a, b, weight)
    if (band === 'leave') continue
    const kind = clusters.of[a] === clusters.of[b] ? 'link' : 'review'
    yield `${dataset.ids[a]}\t${dataset.ids[b]}\t${weight.toFixed(3)}\t${probability.toFixed(6)}\t${kind}\t${run}\n`
  }
}
