import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import { enqueueIn } from '#platform/jobs'

/** The job that works out what follows from a judgement for others. */
export const SETTLE_JOB = 'linkage.settle'

export const ANSWERS = ['same', 'different', 'cannot say'] as const
export type Answer = (typeof ANSWERS)[number]

/** What came of saying something. All but `done` changed nothing. */
export const OUTCOMES = [
  'done',
  'not there',
  'reason',
  'own',
  'answered',
  'one person',
  'one record',
  'said to be two',
  'nobody stays',
  'withdrawn',
] as const
export type Outcome = (typeof OUTCOMES)[number]

const isOutcome = (text: string): text is Outcome => (OUTCOMES as readonly string[]).includes(text)

/** What follows for others is worked out by the worker: asked for in the transaction of the change, done if it is made. */
async function followed(tx: Tx, said: string | undefined, judgement: string): Promise<Outcome> {
  // sent twice: it was followed when it came first
  if (said === 'repeated') return 'done'
  if (said === undefined || !isOutcome(said)) throw new Error('linkage.unknown_outcome')
  if (said === 'done') await enqueueIn(tx, SETTLE_JOB, { judgement })
  return said
}

/**
 * Says of a pair of mentions whether it is one person. Same joins the two people at once.
 * @param judgement its id, given with the form, so that a form sent twice says it once
 */
export async function judgePair(
  tx: Tx,
  said: {
    readonly judgement: string
    readonly a: string
    readonly b: string
    readonly answer: Answer
    readonly reason: string
  },
): Promise<Outcome> {
  const [row] = await tx.sql<{ said: string }>`
    select linkage.judge(${said.a}, ${said.b}, ${said.answer}, ${said.reason}, ${said.judgement}) as said`
  return followed(tx, row?.said, said.judgement)
}

/** Says that two people are one. */
export async function mergePersons(
  tx: Tx,
  said: { readonly judgement: string; readonly one: string; readonly other: string; readonly reason: string },
): Promise<Outcome> {
  const [row] = await tx.sql<{ said: string }>`
    select linkage.merge(${said.one}, ${said.other}, ${said.reason}, ${said.judgement}) as said`
  return followed(tx, row?.said, said.judgement)
}

/** Says that some mentions of a person are somebody else. */
export async function splitPerson(
  tx: Tx,
  said: {
    readonly judgement: string
    readonly person: string
    readonly mentions: readonly string[]
    readonly reason: string
  },
): Promise<Outcome> {
  const [row] = await tx.sql<{ said: string }>`
    select linkage.split(${said.person}, ${said.mentions}, ${said.reason}, ${said.judgement}) as said`
  return followed(tx, row?.said, said.judgement)
}

/** Takes back what was said: what it moved returns to whom it was taken from. */
export async function withdrawJudgement(
  tx: Tx,
  said: { readonly judgement: string; readonly reason: string },
): Promise<Outcome> {
  const [row] = await tx.sql<{ said: string }>`select linkage.withdraw(${said.judgement}, ${said.reason}) as said`
  return followed(tx, row?.said, said.judgement)
}

/** Something that was said about mentions, with who said it; taken back or not. */
export interface Judgement {
  readonly id: string
  readonly kind: 'pair' | 'merge' | 'split'
  readonly a: string
  readonly b: string
  readonly answer: Answer
  readonly round: number
  /** Somebody else is still to answer, and may be the one who reads this: they are not to see the answer. */
  readonly awaited: boolean
  readonly reason: string
  readonly at: Temporal.Instant
  readonly by: string
  readonly withdrawnAt: Temporal.Instant | null
  readonly withdrawnBy: string | null
  readonly withdrawnReason: string | null
}

/** What was said about the mentions of an opened person, of those pairs both of which the acting person sees; the latest first. */
export async function judgementsAbout(tx: Tx, personId: string): Promise<readonly Judgement[]> {
  const opened = await tx.sql<{ id: string }>`select linkage.open_judgements(${personId}) as id`
  return opened.length === 0
    ? []
    : readJudgements(
        tx,
        opened.map(({ id }) => id),
      )
}

async function readJudgements(tx: Tx, ids: readonly string[]): Promise<readonly Judgement[]> {
  return tx.sql<Judgement>`
    with said as (
      select j.*, w.at as withdrawn_at, w.by_account as withdrawn_by, w.reason as withdrawn_reason
      from linkage.judgement j left join linkage.withdrawal w on w.judgement_id = j.id where j.id = any (${ids})),
    who as (
      select n.id, n.name from organisation.names_of(array(select by_account from said union select withdrawn_by from said
        where withdrawn_by is not null)) n)
    select s.id, s.kind, s.a, s.b, s.answer, s.round, s.second and s.by_account <> access.actor() and s.withdrawn_at is null
        and not exists (select from linkage.judgement k where k.a = s.a and k.b = s.b and k.round = 2 and k.at > s.at) as awaited,
      s.reason, s.at, coalesce(by.name, '') as by, s.withdrawn_at as "withdrawnAt",
      taken.name as "withdrawnBy", s.withdrawn_reason as "withdrawnReason"
    from said s left join who by on by.id = s.by_account left join who taken on taken.id = s.withdrawn_by
    order by s.at desc, s.id`
}

/**
 * Opens the two people of a judgement, which is logged, and reads it. Null: it is not there, or not for the one who asks.
 */
export async function judgementOf(tx: Tx, id: string): Promise<Judgement | null> {
  const [ends] = await tx.sql<{ a: string; b: string }>`select a, b from linkage.open_judgement(${id})`
  if (ends === undefined) return null
  const [said] = await readJudgements(tx, [id])
  return said ?? null
}
