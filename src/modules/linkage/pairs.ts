import type { Tx } from '#platform/db'
import { isJoined, type Mention, mentionsAround } from '#modules/people'
import {
  type ExplainingModel,
  explained,
  type Explained,
  type GivenAnswer,
  type KeptPair,
  type Reading,
  readingOf,
} from './rules.ts'

/** Why the model thinks what it thinks of a pair. */
export interface PairEvidence extends Explained {
  readonly band: 'link' | 'review'
  readonly reason: string | null
  readonly rule: string
  readonly calibrationSource: string
  readonly autoLink: number
}

export interface OpenedPair {
  readonly a: Mention
  readonly b: Mention
  /** The other mentions of the two people, the latest first. */
  readonly others: readonly Mention[]
  /** Null when the model never compared them. */
  readonly evidence: PairEvidence | null
  readonly reading: Reading
  /** Joins somebody recorded as victim with somebody recorded as suspect: an answer then needs a reason. */
  readonly rolesDiffer: boolean
}

const MOST_OTHERS = 40

/** Opens the two people of a pair, which is logged, and reads what there is to compare. Null: not for the one who asks. */
export async function openPair(tx: Tx, one: string, other: string): Promise<OpenedPair | null> {
  const [first = '', second = ''] = [one, other].toSorted()
  const [opened] = await tx.sql<{ personA: string; personB: string }>`
    select person_a as "personA", person_b as "personB" from linkage.open_pair(${first}, ${second})`
  if (opened === undefined) return null
  const mentions = await mentionsOfPersons(tx, [opened.personA, opened.personB])
  const [a, b] = [mentions.find(({ id }) => id === first), mentions.find(({ id }) => id === second)]
  if (a === undefined || b === undefined) return null
  const roles = await tx.sql<{ id: string; roles: string[] }>`
    select person_id as id, roles from people.told_of(array[${opened.personA}::uuid, ${opened.personB}::uuid])`
  const has = (person: string, role: string): boolean =>
    roles.some((row) => row.id === person && row.roles.includes(role))
  return {
    a,
    b,
    others: mentions.filter(({ id }) => id !== first && id !== second).slice(0, MOST_OTHERS),
    evidence: await evidenceOf(tx, first, second),
    reading: readingOf(await answersTo(tx, first, second)),
    rolesDiffer:
      (has(opened.personA, 'victim') && has(opened.personB, 'suspect')) ||
      (has(opened.personA, 'suspect') && has(opened.personB, 'victim')),
  }
}

/** The mentions of people that this transaction has opened, the latest first. */
export async function mentionsOfPersons(tx: Tx, persons: readonly string[]): Promise<Mention[]> {
  const around = await Promise.all(persons.map((person) => mentionsAround(tx, person)))
  const theirs = around.flatMap(({ mentions }, at) =>
    mentions.filter(isJoined).filter((one) => one.personId === persons[at]),
  )
  return theirs.toSorted((a, b) => b.recordedAt.epochMilliseconds - a.recordedAt.epochMilliseconds)
}

async function evidenceOf(tx: Tx, a: string, b: string): Promise<PairEvidence | null> {
  const [row] = await tx.sql<
    KeptPair & { band: 'link' | 'review'; reason: string | null; rule: number } & {
      spec: ExplainingModel['spec'] | null
      params: ExplainingModel['params'] | null
      source: string | null
    }
  >`
    select e.weight, e.chance, e.levels, e.rarity, e.band, e.reason, e.rule, m.spec, m.params, m.calibration ->> 'source' as source
    from linkage.edge e left join linkage.model m on m.id = (select linkage.model_of_pairs())
    where e.a = ${a} and e.b = ${b}`
  if (row === undefined || row.spec === null || row.params === null) return null
  const { spec, params, source, ...pair } = row
  return {
    ...explained({ spec, params }, pair),
    band: pair.band,
    reason: pair.reason,
    rule: spec.blocking[pair.rule]?.name ?? '',
    calibrationSource: source ?? '',
    autoLink: spec.bands.autoLink,
  }
}

async function answersTo(tx: Tx, a: string, b: string): Promise<GivenAnswer[]> {
  return tx.sql<GivenAnswer>`
    select j.round, j.answer, j.second, j.by_account = access.actor() as own from linkage.judgement j
    where j.kind = 'pair' and j.a = ${a} and j.b = ${b}
      and not exists (select from linkage.withdrawal w where w.judgement_id = j.id) order by j.at, j.id`
}

/** Which pairs: those nobody has answered, or those that wait for a second reader. */
export const QUEUES = ['first', 'second'] as const
export type Queue = (typeof QUEUES)[number]

/** How many pairs are on one page of the queue. */
export const PAIRS_A_PAGE = 20

/** How many pairs of the force are looked through for one's own; and how many where the first few will do. */
const LOOKED_THROUGH = 20_000
export const A_FIRST_LOOK = 2000

/** A pair that waits, as the list has it. */
export interface WaitingPair {
  readonly a: Mention
  readonly b: Mention
  readonly reason: string
  readonly harm: number
  readonly chance: number
}
export interface ReviewQueue {
  readonly pairs: readonly WaitingPair[]
  /** How many wait, by reason. */
  readonly counts: Readonly<Record<string, number>>
  /** There are more in the force than were looked through. */
  readonly more: boolean
}

/**
 * The pairs that wait for the acting person, of those both of whom they see. Logs whoever is shown.
 * @param lookThrough how many pairs of the force are looked through for those
 */
export async function reviewQueue(
  tx: Tx,
  queue: Queue,
  reason: string,
  first: number,
  howMany: number = PAIRS_A_PAGE,
  lookThrough: number = LOOKED_THROUGH,
): Promise<ReviewQueue> {
  interface Found {
    readonly rows: readonly { a: string; b: string; reason: string; harm: number; chance: number }[]
    readonly counts: Readonly<Record<string, number>>
    readonly more: boolean
  }
  const [row] = await tx.sql<{ found: Found }>`
    select linkage.open_queue(${queue}, ${reason}, ${first}, ${howMany}, ${lookThrough}) as found`
  const found = row?.found ?? { rows: [], counts: {}, more: false }
  const ids = found.rows.flatMap(({ a, b }) => [a, b])
  const mentions = await tx.sql<Mention>`
    select m.id, '' as "personId", m.record_id as "recordId", m.role, m.forenames, m.surname, m.known_as as "knownAs", m.dob, m.sex,
      m.nominal, m.custody_ref as "custodyRef", m.address, m.postcode, m.phone, m.protected_place as "protectedPlace",
      m.relationship, m.recorded_at as "recordedAt"
    from people.mention m where m.id = any (${ids})`
  const byId = new Map(mentions.map((mention) => [mention.id, mention]))
  return {
    ...found,
    pairs: found.rows.flatMap(({ a, b, ...rest }): WaitingPair[] => {
      const [one, other] = [byId.get(a), byId.get(b)]
      return one === undefined || other === undefined ? [] : [{ a: one, b: other, ...rest }]
    }),
  }
}
