import { createHash } from 'node:crypto'
import type pg from 'pg'
import {
  calibrated, countedFrom, frequenciesOf, improvedByReviews, pairScorer, positionOf, scoreWith, supportOf, trainWith,
  withFrequencies,
  type Calibration, type Crew, type Dataset, type Frequencies, type LabelledPair, type ModelSpec, type ScoreResult, type TrainedModel,
} from './engine/index.ts' // prettier-ignore
import type { ReviewedPair } from './assertions.ts'
import { copyInto } from './mentions.ts'

/** A model that is kept, with the frequencies it weighs by. */
export interface KeptModel {
  readonly id: string
  readonly version: number
  readonly model: TrainedModel
  readonly frequencies: Frequencies
  readonly trainedOn: number
  /** Published by a named person; else a run made it because there was none. */
  readonly byName: boolean
}

/** How many labelled pairs a calibration stands on. */
export interface LabelCounts {
  readonly freeSame: number
  readonly freeDifferent: number
  readonly reviewedSame: number
  readonly reviewedDifferent: number
}

/** What training gives. */
export interface Learned {
  readonly model: TrainedModel
  readonly frequencies: Frequencies
  /** The mentions as the model weighs them. */
  readonly weighed: Dataset
  readonly scored: ScoreResult
  /** The calibration before anybody's answers. */
  readonly unreviewed: Calibration
  readonly free: readonly LabelledPair[]
  readonly answered: readonly LabelledPair[]
  readonly labels: LabelCounts
}

/** Trains a model on mentions and calibrates it: by how its pairs lie, by free labels, and by what people have answered. */
export async function learn(
  crew: Crew,
  dataset: Dataset,
  spec: ModelSpec,
  reviewed: readonly ReviewedPair[],
): Promise<Learned> {
  const trained = await trainWith(crew, dataset, spec)
  const frequencies = frequenciesOf(dataset, spec)
  const weighed = withFrequencies(dataset, frequencies)
  const counted = await scoreWith(crew, weighed, trained, { threshold: countedFrom(spec) })
  const { model, edges, free } = calibrated(weighed, trained, counted.edges)
  const scorer = pairScorer(weighed, trained)
  const support = supportOf(trained)
  const answered = reviewed.flatMap(({ a, b, same }): LabelledPair[] => {
    const [left, right] = [positionOf(weighed, a), positionOf(weighed, b)]
    if (left < 0 || right < 0) return []
    const { standing } = support(scorer.evidenceOf(left, right))
    return [{ weight: scorer.weightOf(left, right), samePerson: same, standing }]
  })
  const same = (pairs: readonly LabelledPair[]): number => pairs.filter((pair) => pair.samePerson).length
  return {
    model: { ...model, calibration: improvedByReviews(model.calibration, answered, free) },
    frequencies,
    weighed,
    scored: { ...counted, edges },
    unreviewed: model.calibration,
    free,
    answered,
    labels: {
      freeSame: same(free),
      freeDifferent: free.length - same(free),
      reviewedSame: same(answered),
      reviewedDifferent: answered.length - same(answered),
    },
  }
}

type Params = Omit<TrainedModel, 'spec' | 'calibration'>
interface ModelRow {
  readonly id: string
  readonly version: number
  readonly spec: ModelSpec
  readonly params: Params
  readonly calibration: Calibration
  readonly trained_on: number
  readonly by_name: boolean
}

/** The value that stands for all that were written: no name and no postcode is empty. */
const WRITTEN = ''

const COLUMNS = `m.id, m.version, m.spec, m.params, m.calibration, o.trained_on, m.published_by is not null as by_name`

/** The model that links now; null when none was ever published. @param client as dauntless_worker */
export async function publishedModel(client: pg.ClientBase): Promise<KeptModel | null> {
  return withItsFrequencies(
    client,
    await client.query<ModelRow>(
      `select ${COLUMNS} from linkage.model m join linkage.model_report o on o.model_id = m.id where m.status = 'published'`,
    ),
  )
}

/** The model of the latest run, by which the pairs that are kept were weighed; null before the first. */
export async function modelOfPairs(client: pg.ClientBase): Promise<KeptModel | null> {
  return withItsFrequencies(
    client,
    await client.query<ModelRow>(`select ${COLUMNS} from linkage.run r join linkage.model m on m.id = r.model_id
      join linkage.model_report o on o.model_id = m.id
      where r.finished_at is not null order by r.started_at desc limit 1`),
  )
}

async function withItsFrequencies(
  client: pg.ClientBase,
  { rows: [row] }: pg.QueryResult<ModelRow>,
): Promise<KeptModel | null> {
  if (row === undefined) return null
  const found = await client.query<{ field: string; value: string; count: number }>(
    'select field, value, count from linkage.frequency where model_id = $1',
    [row.id],
  )
  const frequencies = new Map<string, { recorded: number; counts: Map<string, number> }>()
  for (const { field, value, count } of found.rows) {
    const of = frequencies.get(field) ?? { recorded: 0, counts: new Map<string, number>() }
    frequencies.set(field, of)
    if (value === WRITTEN) of.recorded = count
    else of.counts.set(value, count)
  }
  return {
    id: row.id,
    version: row.version,
    model: { spec: row.spec, ...row.params, calibration: row.calibration },
    frequencies,
    trainedOn: row.trained_on,
    byName: row.by_name,
  }
}

/**
 * Keeps a model as the next version: a draft; or (`published`) at once the one that links, where nobody has
 * published one; or (`retired`) one that a single run went by.
 * @param by who asked for it; the acting account when left out
 */
export async function keepModel(
  client: pg.ClientBase,
  learned: Pick<Learned, 'model' | 'frequencies' | 'labels'>,
  how: {
    readonly trainedOn: number
    readonly status: 'draft' | 'published' | 'retired'
    readonly report: object
    readonly by?: string | undefined
  },
): Promise<KeptModel> {
  const { spec, calibration, ...params } = learned.model
  const hash = createHash('sha256').update(JSON.stringify({ spec, params, calibration })).digest('hex')
  if (how.status === 'published') {
    await client.query(`update linkage.model set status = 'retired', retired_at = now() where status = 'published'`)
  }
  const { rows } = await client.query<{ id: string; version: number }>(
    `insert into linkage.model (version, name, status, spec, params, calibration, hash, trained_by, published_at)
     select coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5, $6, coalesce($7::uuid, access.actor()),
       case when $2 = 'published' then now() end
     from linkage.model returning id, version`,
    [
      `${spec.id} ${spec.version}`, how.status, JSON.stringify(spec), JSON.stringify(params), JSON.stringify(calibration), hash,
      how.by ?? null,
    ], // prettier-ignore
  )
  const { id = '', version = 0 } = rows[0] ?? {}
  await client.query(
    'insert into linkage.model_report (model_id, trained_on, labels, report) values ($1, $2, $3, $4)',
    [id, how.trainedOn, JSON.stringify(learned.labels), JSON.stringify(how.report)],
  )
  const clean = (value: string): string => value.replace(/[\\\t\n\r\0]/g, ' ')
  await copyInto(
    client,
    'linkage.frequency (model_id, field, value, count)',
    (function* () {
      for (const [field, { recorded, counts }] of learned.frequencies) {
        yield `${id}\t${field}\t${WRITTEN}\t${recorded}\n`
        for (const [value, count] of counts) if (value === clean(value)) yield `${id}\t${field}\t${value}\t${count}\n`
      }
    })(),
  )
  return {
    id,
    version,
    model: learned.model,
    frequencies: learned.frequencies,
    trainedOn: how.trainedOn,
    byName: false,
  }
}
