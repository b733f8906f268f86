import type pg from 'pg'
import type { Pool, Scope } from '#platform/db'
import { inTransaction } from '#platform/db'
import { applyAssignment, type Applied } from './apply.ts'
import { reviewedPairs, standingAssertions } from './assertions.ts'
import { crewFor } from './crew.ts'
import { EDGE_COLUMNS, edgeLines, riskOf } from './edges.ts'
import {
  broughtEdges, cluster, defaultModel, estimateBlocking, frequenciesOf, scoreWith, withFrequencies,
  type Clusters, type Crew, type Dataset, type Edges, type NameGroups, type ScoreResult, type TrainedModel,
} from './engine/index.ts' // prettier-ignore
import type { Returned } from './hand-over.ts'
import { copyInto, readForce } from './mentions.ts'
import { reportOf } from './model-report.ts'
import { keepModel, learn, publishedModel, type KeptModel } from './models.ts'
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
  /** Pairs said to be one person that could not be joined, because they are also said to be two. */
  readonly contradictions: number
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** Any number that nothing else locks in this database. */
export const ONE_LINKAGE = 727_003

/** With more mentions than this times those it was trained on, a model that nobody published by name is trained anew. */
const TRAINED_FOR_TIMES = 1.1

/** Gives a transaction the time and the memory that a whole force takes. */
export async function unhurried(client: pg.ClientBase): Promise<void> {
  await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
  // What is sorted and joined is the whole force; the default would spill all of it to disk.
  await client.query(`set local work_mem = '256MB'; set local jit = off`)
}

/** Begins a linkage transaction: unhurried, alone, and logged under the scope. @param client as dauntless_worker */
export async function beginLinkage(client: pg.ClientBase, scope: Scope): Promise<void> {
  await unhurried(client)
  await client.query('select pg_advisory_xact_lock($1)', [ONE_LINKAGE])
  await client.query('select access.begin($1, $2, $3, $4, $5)', [
    scope.tokenHash,
    scope.purpose,
    scope.reason ?? '',
    scope.route,
    scope.requestId,
  ])
}

/**
 * The model that links where nobody has published one by name: trained anew when the rules have changed or the force has grown
 * by a tenth, and else that of an earlier run, so that a few new records move nobody else.
 * @param kept the model that is published
 * @returns the pairs too, where training has scored them
 */
async function modelOfRun(
  client: pg.ClientBase,
  crew: Crew,
  dataset: Dataset,
  kept: KeptModel | null,
  say: (what: string) => void,
): Promise<{ readonly kept: KeptModel; readonly scored?: ScoreResult }> {
  const spec = defaultModel()
  const fits =
    kept !== null &&
    kept.model.spec.id === spec.id &&
    kept.model.spec.version === spec.version &&
    dataset.size <= kept.trainedOn * TRAINED_FOR_TIMES
  if (fits) {
    say(`model ${kept.version} of an earlier run still fits`)
    return { kept }
  }
  const learned = await learn(crew, dataset, spec, await reviewedPairs(client))
  say('trained')
  const how = { trainedOn: dataset.size, status: 'published', report: reportOf(learned) } as const
  return { kept: await keepModel(client, learned, how), scored: learned.scored }
}

/**
 * Links every mention that stands: scores by the published model, clusters by what people have said and then by what the
 * model finds, and makes the clusters persons. One transaction: seen whole or not at all.
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
    await beginLinkage(client, scope)
    const groups = loadNameGroups()
    const used = returned
      ? await handedBack(client, await readForce(client, returned.model.spec, groups), returned, say)
      : await scoredHere(client, groups, say)
    const { model, dataset, scored } = used
    const { edges, compared, rules } = scored
    say(`compared ${compared} pairs`)
    const clusters = cluster(dataset, model, edges, await standingAssertions(client))
    const names = namesFingerprint()
    const { rows: runs } = await client.query<{ id: string; before: string | null }>(
      `insert into linkage.run (model, model_id, params) values ($1, $2, $3)
       returning id, (select r.params ->> 'names' from linkage.run r where r.finished_at is not null
         order by r.started_at desc limit 1) as before`,
      [`${model.spec.id} ${model.spec.version}`, used.id, JSON.stringify({ names })],
    )
    const run = runs[0]?.id ?? ''
    await client.query('create temp table assignment (mention_id uuid, cluster integer, weight real) on commit drop')
    await copyInto(client, 'assignment', assignmentLines(dataset, edges, clusters))
    await client.query('delete from linkage.edge')
    const edgesKept = await copyInto(
      client,
      `linkage.edge (${EDGE_COLUMNS})`,
      edgeLines(dataset, model, edges, clusters, run),
    )
    const applied = await applyAssignment(client, run, `${model.spec.id} ${model.spec.version}`)
    await gradeHarm(client)
    say(`${applied.persons} persons`)
    await rebuildSearchKeys(client, nameKeys(groups), runs[0]?.before !== names)
    await client.query('select incidents.close_problems(null)')
    // everybody is clustered now; who came lately is still asked for by whoever looks whether a run is due
    await client.query(`delete from linkage.arrival where at < now() - interval '1 day'`)
    await client.query('update linkage.arrival set settled_at = now() where settled_at is null')
    const report: LinkReport = {
      ...applied,
      run,
      mentions: dataset.size,
      compared,
      edges: edgesKept,
      forReview: clusters.review.length,
      refusedBlocks: rules.reduce((all, rule) => all + rule.refused.length, 0),
      tooLarge: clusters.tooLarge.length,
      contradictions: clusters.contradictions.length,
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

/** What a run goes by: a kept model, the mentions as it weighs them, and the pairs. */
interface Used {
  readonly id: string
  readonly model: TrainedModel
  readonly dataset: Dataset
  readonly scored: ScoreResult
}

async function scoredHere(client: pg.ClientBase, groups: NameGroups, say: (what: string) => void): Promise<Used> {
  const published = await publishedModel(client)
  const plain = await readForce(client, published?.byName ? published.model.spec : defaultModel(), groups)
  say(`read ${plain.size} mentions`)
  await using crew = crewFor(plain.size)
  if (published?.byName) say(`model ${published.version} is published`)
  const { kept, scored } = published?.byName
    ? { kept: published }
    : await modelOfRun(client, crew, plain, published, say)
  const { id, model, frequencies } = kept
  const dataset = withFrequencies(plain, frequencies)
  return { id, model, dataset, scored: scored ?? (await scoreWith(crew, dataset, model, { threshold: 0 })) }
}

/** The model that was handed over, kept as a version of its own that is published to nobody, with the pairs that came back. */
async function handedBack(
  client: pg.ClientBase,
  dataset: Dataset,
  returned: Returned,
  say: (what: string) => void,
): Promise<Used> {
  const { model } = returned
  say('the model that was handed over')
  const scored = await takenBack(dataset, model, returned, say)
  const labels = { freeSame: 0, freeDifferent: 0, reviewedSame: 0, reviewedDifferent: 0 }
  const learned = {
    model,
    frequencies: frequenciesOf(dataset, model.spec),
    weighed: dataset,
    scored,
    unreviewed: model.calibration,
    free: [],
    answered: [],
    labels,
  }
  const how = { trainedOn: returned.had.size, status: 'retired', report: reportOf(learned) } as const
  return { ...(await keepModel(client, learned, how)), dataset, scored }
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

/** How much a wrong answer about each pair for review may cost, all at once; of one pair: linkage.harm_of. */
async function gradeHarm(client: pg.ClientBase): Promise<void> {
  await client.query(`with risk as (${riskOf()})
    update linkage.edge e set harm = case
        when 'victim' = any (pa.roles) and 'suspect' = any (pb.roles) or 'suspect' = any (pa.roles) and 'victim' = any (pb.roles) then 3
        else greatest(coalesce(ra.grade, 0), coalesce(rb.grade, 0)) end
    from people.membership ba join people.person pa on pa.id = ba.person_id left join risk ra on ra.person_id = pa.id,
      people.membership bb join people.person pb on pb.id = bb.person_id left join risk rb on rb.person_id = pb.id
    where e.reason is not null and ba.mention_id = e.a and ba.to_at is null and bb.mention_id = e.b and bb.to_at is null`)
}

/** Each mention, its cluster, and the weight of the strongest pair that holds it there (none for one alone). */
export function* assignmentLines(dataset: Dataset, edges: Edges, clusters: Clusters): Generator<string> {
  const strongest = new Float64Array(dataset.size).fill(Number.NaN)
  for (let edge = 0; edge < edges.count; edge++) {
    const [a, b] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0]
    if (clusters.of[a] !== clusters.of[b]) continue
    const weight = edges.weight[edge] ?? 0
    for (const at of [a, b]) if (!((strongest[at] ?? 0) >= weight)) strongest[at] = weight
  }
  for (const [at, id] of dataset.ids.entries()) {
    const weight = strongest[at] ?? Number.NaN
    yield `${id}\t${clusters.of[at]}\t${Number.isNaN(weight) ? '\\N' : weight.toFixed(3)}\n`
  }
}
