import { londonDay, startOfLondonDay, type Temporal } from '#platform/clock'
import type { Signs } from '#modules/incidents'

/** The name of this set of rules, kept with every score made by it. Any change to a rule below is a new name. */
export const SCORE_VERSION = 'rfgv-2'

/** A score that is older is neither listed nor shown. Days. Source: trust.md section 8 (no list without an end). */
export const SCORE_LASTS_DAYS = 28

/** The most that any single offence weighs: the median for homicide. Days. Source: CCHI, February 2026. */
export const GRAVEST_DAYS = 5475

/** From this many days a record counts as severe: the working value of strangulation and of GBH. Days. */
export const SEVERE_DAYS = 182

/** The victim of a record that names none. Counts as a record, never as a victim. */
export const NO_VICTIM = '00000000-0000-0000-0000-000000000000'

/** The most that each part can give. */
export const MOST = { recency: 10, frequency: 10, gravity: 10, victims: 15 } as const

/** Fewer records than this say nothing of a direction. */
export const ESCALATION_RECORDS = 4
/** How many times the earlier half's harm the later half must hold. */
export const ESCALATION_TIMES = 2
/** How much more the later half must hold, so that two days after one is no escalation. Days. */
export const ESCALATION_DAYS = 10

/** How many records of 36 months show each sign. */
export interface SignCounts {
  readonly conduct36m: number
  readonly strangulation36m: number
  readonly threats36m: number
  readonly highRisk36m: number
}

/** From how many records each sign lifts a score. Our design choice, in no law or guidance, and the pages say so: one act is no course of conduct. */
export const LIFTS_FROM = {
  conduct36m: 2,
  strangulation36m: 1,
  threats36m: 1,
  highRisk36m: 1,
} as const satisfies SignCounts

/** The signs that are enough to lift a score. */
export function liftingSigns(counts: SignCounts): (keyof SignCounts)[] {
  return (Object.keys(LIFTS_FROM) as (keyof SignCounts)[]).filter((sign) => counts[sign] >= LIFTS_FROM[sign])
}

/** One suspect, victim and record, as the score takes it in. */
export interface Involvement extends Signs {
  readonly victimId: string
  readonly incidentId: string
  readonly reportedAt: Temporal.Instant
  /** Days of harm of all offences of the record. */
  readonly harmDays: number
  /** Days of harm of its gravest offence. */
  readonly harmMax: number
  readonly harmFallback: boolean
  readonly arrested: boolean
}

/** The points, each rounded to a tenth; the total is their sum. */
export interface Points {
  readonly recency: number
  readonly frequency: number
  readonly gravity: number
  readonly victims: number
  readonly total: number
}

/** The raw facts that the points are made of. */
export interface Facts extends SignCounts {
  readonly incidents24m: number
  readonly harmDays: number
  readonly harmMax: number
  readonly harmFallback: boolean
  readonly victims36m: number
  readonly lastAt: Temporal.Instant
  readonly serial: boolean
  readonly escalating: boolean
  readonly unarrested: boolean
  /** The signs raised gravity above what the days of harm make. */
  readonly lifted: boolean
}

export type Score = Points & Facts

/** The moments from which records count, each the London midnight that began its day. */
export interface Since {
  readonly days30: Temporal.Instant
  readonly days90: Temporal.Instant
  readonly days180: Temporal.Instant
  readonly days365: Temporal.Instant
  readonly months12: Temporal.Instant
  readonly months24: Temporal.Instant
  /** Nothing reported before this counts for anything. */
  readonly months36: Temporal.Instant
}

/** Where the windows of a score made at `now` begin. Whole London days: a record of 30 days ago, at any hour, is within 30 days. */
export function sinceFor(now: Temporal.Instant): Since {
  const today = londonDay(now)
  const from = (back: Temporal.DurationLike): Temporal.Instant => startOfLondonDay(today.subtract(back))
  return {
    days30: from({ days: 30 }),
    days90: from({ days: 90 }),
    days180: from({ days: 180 }),
    days365: from({ days: 365 }),
    months12: from({ months: 12 }),
    months24: from({ months: 24 }),
    months36: from({ months: 36 }),
  }
}

/**
 * R: how lately somebody was last reported. Within 30 days 10, 90 days 7, 180 days 4, 365 days 2, else 0.
 * Source: domain brief section 10; the points are a design choice, none have been published.
 */
export function recencyPoints(lastAt: Temporal.Instant, since: Since): number {
  const atLeast = (from: Temporal.Instant): boolean => lastAt.epochNanoseconds >= from.epochNanoseconds
  if (atLeast(since.days30)) return 10
  if (atLeast(since.days90)) return 7
  if (atLeast(since.days180)) return 4
  return atLeast(since.days365) ? 2 : 0
}

/** F: one point for each record of the last 24 months, 10 at most. Source: domain brief section 10 (design choice). */
export function frequencyPoints(incidents24m: number): number {
  return Math.min(MOST.frequency, incidents24m)
}

/**
 * G: days of harm of all records on a logarithmic scale from 0 to 10, where 10 is the weight of a homicide; to a tenth.
 * Each offence counts once, secondary ones too; an incident that is no crime has no days.
 * Source: domain brief sections 10 and 11 (the scale is a design choice).
 */
export function gravityPoints(harmDays: number): number {
  return Math.round(Math.min(1, Math.log1p(harmDays) / Math.log1p(GRAVEST_DAYS)) * 100) / 10
}

/** Gravity where a sign lifts it: no less than one severe record makes. To a tenth. */
export const LIFTED_GRAVITY = gravityPoints(SEVERE_DAYS)

/** Whether the signs raise gravity. Source: domain brief section 11 (let a rule lift a case; which one is a design choice). */
export function isLifted(harmDays: number, counts: SignCounts): boolean {
  return gravityPoints(harmDays) < LIFTED_GRAVITY && liftingSigns(counts).length > 0
}

/** V: three points for each victim named in the last 36 months, 15 at most. Source: domain brief section 10 (design choice). */
export function victimPoints(victims36m: number): number {
  return Math.min(MOST.victims, 3 * victims36m)
}

/** Serial: reported for two or more victims within three years. Source: Northumbria's definition (MATAC). */
export function isSerial(victims36m: number): boolean {
  return victims36m >= 2
}

/**
 * Escalating: of four or more records in order of report, the later half holds at least twice the harm of the earlier
 * half and at least 10 days more. Of an odd number the middle one is left out. A design choice: no rule has been
 * published, and in most studies harm does not rise.
 * @param harm days of harm of each record, earliest first
 */
export function isEscalating(harm: readonly number[]): boolean {
  if (harm.length < ESCALATION_RECORDS) return false
  const half = Math.floor(harm.length / 2)
  const earlier = sum(harm.slice(0, half))
  const later = sum(harm.slice(-half))
  return later >= ESCALATION_TIMES * earlier && later - earlier >= ESCALATION_DAYS
}

/**
 * The score of one suspect at a moment, or null for somebody who is not to be listed: no record within 36 months, or
 * none that holds any harm, whatever its signs. Takes nothing but records: no sex, age, ethnicity, language or address can enter.
 * Source: domain brief section 10; trust.md section 8 (somebody whose harm is nought is not listed).
 */
export function scorePerson(rows: readonly Involvement[], now: Temporal.Instant): Score | null {
  const since = sinceFor(now)
  const counted = rows.filter((row) => isFrom(row, since.months36) && !isAfter(row.reportedAt, now))
  const records = [...onceEach(counted).values()].sort(inOrder)
  const last = records.at(-1)
  const harmDays = sum(records.map((record) => record.harmDays))
  if (!last || harmDays <= 0) return null
  const incidents24m = records.filter((record) => isFrom(record, since.months24)).length
  const victims36m = new Set(counted.map((row) => row.victimId).filter((id) => id !== NO_VICTIM)).size
  const lastYear = counted.filter((row) => isFrom(row, since.months12))
  const counts: SignCounts = {
    conduct36m: records.filter(({ conduct }) => conduct).length,
    strangulation36m: records.filter(({ strangulation }) => strangulation).length,
    threats36m: records.filter(({ threat }) => threat).length,
    highRisk36m: records.filter(({ highRisk }) => highRisk).length,
  }
  return {
    ...pointsOf({ lastAt: last.reportedAt, incidents24m, harmDays, victims36m, ...counts }, since),
    ...counts,
    lifted: isLifted(harmDays, counts),
    incidents24m,
    harmDays,
    harmMax: Math.max(...records.map((record) => record.harmMax)),
    harmFallback: records.some((record) => record.harmFallback),
    victims36m,
    lastAt: last.reportedAt,
    serial: isSerial(victims36m),
    escalating: isEscalating(records.map((record) => record.harmDays)),
    unarrested: lastYear.length > 0 && !lastYear.some((row) => row.arrested),
  }
}

/** The four parts and their sum from the facts. */
export function pointsOf(
  facts: Pick<Facts, 'lastAt' | 'incidents24m' | 'harmDays' | 'victims36m'> & SignCounts,
  since: Since,
): Points {
  const recency = recencyPoints(facts.lastAt, since)
  const frequency = frequencyPoints(facts.incidents24m)
  const gravity = isLifted(facts.harmDays, facts) ? LIFTED_GRAVITY : gravityPoints(facts.harmDays)
  const victims = victimPoints(facts.victims36m)
  return { recency, frequency, gravity, victims, total: tenths(recency + frequency + gravity + victims) }
}

/** A figure to a tenth, as it is kept and shown. */
export function tenths(figure: number): number {
  return Math.round(figure * 10) / 10
}

/** A record with several victims comes as several rows; its harm counts once. */
function onceEach(rows: readonly Involvement[]): Map<string, Involvement> {
  const records = new Map<string, Involvement>()
  for (const row of rows) if (!records.has(row.incidentId)) records.set(row.incidentId, row)
  return records
}

function inOrder(a: Involvement, b: Involvement): number {
  const [first, second] = [a.reportedAt.epochNanoseconds, b.reportedAt.epochNanoseconds]
  if (first !== second) return first < second ? -1 : 1
  return a.incidentId < b.incidentId ? -1 : 1
}

function isFrom(row: Involvement, from: Temporal.Instant): boolean {
  return row.reportedAt.epochNanoseconds >= from.epochNanoseconds
}

function isAfter(at: Temporal.Instant, moment: Temporal.Instant): boolean {
  return at.epochNanoseconds > moment.epochNanoseconds
}

function sum(figures: readonly number[]): number {
  return figures.reduce((all, figure) => all + figure, 0)
}
