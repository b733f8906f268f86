import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import { enqueueIn } from '#platform/jobs'
import type { Calibration } from './engine/index.ts'
import type { ModelReport } from './model-report.ts'
import type { LabelCounts } from './models.ts'
import type { Mention } from '#modules/people'
import type { AnswerCount, ExplainingModel } from './rules.ts'
import { type Changes, TRAIN_JOB } from './training.ts'

export interface ModelLine {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly status: 'draft' | 'published' | 'retired'
  readonly trainedOn: number
  readonly trainedAt: Temporal.Instant
  /** Empty when a run made it by itself. */
  readonly trainedBy: string
  readonly publishedAt: Temporal.Instant | null
  readonly publishedBy: string | null
}
export interface ModelWhole extends ModelLine, ExplainingModel {
  readonly calibration: Calibration
  readonly labels: LabelCounts
  readonly report: ModelReport & { readonly changes?: Changes }
  readonly hash: string
}
export interface Training {
  readonly id: string
  readonly said: string
  readonly askedAt: Temporal.Instant
  readonly modelId: string | null
  readonly finished: boolean
}

const MOST_MODELS = 50

/** The versions of the model, the latest first. */
export async function modelLines(tx: Tx): Promise<readonly ModelLine[]> {
  return tx.sql<ModelLine>`
    with last as (select * from linkage.model order by version desc limit ${MOST_MODELS}),
    who as (select n.id, n.name from organisation.names_of(array(select trained_by from last union select published_by from last)) n)
    select m.id, m.version, m.name, m.status, o.trained_on as "trainedOn", m.trained_at as "trainedAt", coalesce(t.name, '') as "trainedBy",
      m.published_at as "publishedAt", p.name as "publishedBy"
    from last m join linkage.model_report o on o.model_id = m.id left join who t on t.id = m.trained_by left join who p on p.id = m.published_by order by m.version desc`
}

/** One version with all that is known of it. */
export async function modelOf(tx: Tx, id: string): Promise<ModelWhole | null> {
  const [row] = await tx.sql<ModelWhole>`
    with one as (select * from linkage.model where id = ${id}),
    who as (select n.id, n.name from organisation.names_of(array(select trained_by from one union select published_by from one)) n)
    select m.id, m.version, m.name, m.status, o.trained_on as "trainedOn", m.trained_at as "trainedAt", coalesce(t.name, '') as "trainedBy",
      m.published_at as "publishedAt", p.name as "publishedBy", m.spec, m.params, m.calibration, o.labels, o.report, m.hash
    from one m join linkage.model_report o on o.model_id = m.id left join who t on t.id = m.trained_by left join who p on p.id = m.published_by`
  return row ?? null
}

/** The training that was asked for last, if there was one. */
export async function latestTraining(tx: Tx): Promise<Training | null> {
  const [row] = await tx.sql<Training>`
    select id, said, asked_at as "askedAt", model_id as "modelId", finished_at is not null as finished
    from linkage.training order by asked_at desc, id limit 1`
  return row ?? null
}

/** Asks for a new version. A form sent twice, or a training under way, asks for nothing more. */
export async function askTraining(tx: Tx, id: string): Promise<void> {
  await tx.sql`select audit.record('alter', '{}', ${[id]}, '{"what": "model asked for"}')`
  const rows = await tx.sql<{ id: string }>`
    insert into linkage.training (id) select ${id}
    where not exists (select from linkage.training where finished_at is null and asked_at > now() - interval '12 hours')
    on conflict do nothing returning id`
  if (rows.length > 0) await enqueueIn(tx, TRAIN_JOB, { training: id })
}

/** Publishes a draft under the name of the acting person. False: it is no draft, or not theirs to do. */
export async function publishModel(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx.sql<{ done: boolean }>`select linkage.publish(${id}) as done`
  return row?.done === true
}

/** Two mentions that a draft would join or part. */
export interface ChangedPair {
  readonly kind: 'join' | 'part'
  readonly a: Mention
  readonly b: Mention
}

/** What a draft would change, of those that the acting person sees. Logs whoever is shown. */
export async function changedPairs(tx: Tx, id: string): Promise<readonly ChangedPair[]> {
  const opened = await tx.sql<{
    kind: 'join' | 'part'
    a: string
    b: string
  }>`select kind, a, b from linkage.open_changes(${id})`
  const ids = opened.flatMap(({ a, b }) => [a, b])
  const mentions = await tx.sql<Mention>`
    select m.id, '' as "personId", m.record_id as "recordId", m.role, m.forenames, m.surname, m.known_as as "knownAs", m.dob, m.sex,
      m.nominal, m.custody_ref as "custodyRef", m.address, m.postcode, m.phone, m.protected_place as "protectedPlace",
      m.relationship, m.recorded_at as "recordedAt"
    from people.mention m where m.id = any (${ids})`
  const byId = new Map(mentions.map((mention) => [mention.id, mention]))
  return opened.flatMap(({ kind, a, b }): ChangedPair[] => {
    const [one, other] = [byId.get(a), byId.get(b)]
    return one === undefined || other === undefined ? [] : [{ kind, a: one, b: other }]
  })
}

/** How often first and second readers gave which answers. */
export async function answerCounts(tx: Tx): Promise<readonly AnswerCount[]> {
  return tx.sql<AnswerCount>`select first_answer as first, second_answer as second, pairs from linkage.agreement()`
}

/** How many drafts wait for somebody to publish them. */
export async function countDrafts(tx: Tx): Promise<number> {
  const [row] = await tx.sql<{ drafts: number }>`
    select count(*) as drafts from linkage.model d where d.status = 'draft'
      and d.version > (select coalesce(max(p.version), 0) from linkage.model p where p.status = 'published')`
  return row?.drafts ?? 0
}
