import { dayOf } from './calendar.ts'
import type { Dyad, Relation } from './dyads.ts'
import { type Person, window } from './people.ts'
import {
  type Random,
  type Weighted,
  gamma,
  largestRemainder,
  one,
  pick,
  randomFrom,
  shuffle,
  weighted,
} from './random.ts'
import type { Borough, Offence, Reference } from './reference.ts'
import { recordsPerDyad } from './sexes.ts'
import type { RecordTimes, Times } from './times.ts'

/** What was told to the police on one occasion, before anybody acts on it or writes it down. */
export interface Told extends RecordTimes {
  readonly dyad: Dyad
  readonly borough: Borough
  readonly status: '' | 'recorded' | 'cancelled' | 'no_crime'
  /** Nothing for a non-crime incident. */
  readonly offence: Offence | undefined
  readonly suspectKnown: boolean
  readonly risk: 'standard' | 'medium' | 'high'
  readonly flags: readonly string[]
  readonly place: string
}

/** An offence of this many working harm days or more is severe. Source: parameters, harm.severe_definition. */
export const severeDays = 182

// Records later found not to be crimes, on top of the counted ones: one in a hundred (assumption).
export const cancelledShare = 0.01

/** From this day protection orders under Part 3 of the Domestic Abuse Act 2021 can be made in the pilot boroughs. */
export const pilotStart = dayOf(2024, 11, 27)
/** The BCU of Bromley, Croydon and Sutton, where the pilot runs. */
export const pilotBcu = 'SN'

/** How many records of each kind a borough has. */
export function recordCounts(reference: Reference, recorded: number): { nonCrime: number; cancelled: number } {
  const share = reference.parameters.number('scale.noncrime_share_of_all_da_records')
  return { nonCrime: Math.round((recorded * share) / (1 - share)), cancelled: Math.round(recorded * cancelledShare) }
}

/** Makes what is told of one borough's dyads: exactly `recorded` crimes among it. */
export type RecordMaker = (borough: Borough, dyads: readonly Dyad[], recorded: number) => Told[]

/**
 * How likely a first record is to be severe against a later one of the same dyad. Fitted, so that in about half of the
 * severe dyads nothing came before the severe crime (parameters, harm.severe_dyads_with_no_earlier_record).
 */
const firstFactor = 0.24

/** Prepares the tables of offences and flags. */
export function recordMaker(random: Random, reference: Reference, times: Times): RecordMaker {
  const { parameters } = reference
  const offenceOf = offenceDrawer(random, reference)
  const severeBase = baseRate(reference)
  const attempted = one(
    reference.offences.find((offence) => offence.id === 'attempted-murder'),
    'attempted murder',
  )
  const orderBreach = one(
    reference.offences.find((offence) => offence.id === 'breach-nmo'),
    'breach of an order',
  )
  const places = weighted(parameters.shares('where.place'))
  const unnamed = parameters.number('suspects.not_identified_or_unnamed')

  return (borough, dyads, recorded) => {
    const kinds = kindsBySex(random, reference, dyads, recorded)
    const made: Told[] = []
    for (const dyad of dyads) {
      const left = kinds[dyad.victim.sex]
      const mine = left.splice(left.length - dyad.days.length, dyad.days.length)
      const offences = mine.map((kind, place) => {
        if (kind === '') return undefined
        const chance = Math.min(0.9, severeBase * dyad.gravity * (place === 0 ? firstFactor : 1))
        const drawn = offenceOf(random.chance(chance), dyad)
        // Nobody reports anything after being killed, and a death is not taken back.
        if (drawn.id === 'murder' && (kind !== 'recorded' || place < mine.length - 1)) return attempted
        const inPilot = borough.bcu === pilotBcu && (dyad.days[place] ?? 0) >= pilotStart
        return isPilotOffence(drawn) && !inPilot ? orderBreach : drawn
      })
      if (dyad.escalates) escalate(offences)
      let last = 0
      for (const [place, status] of mine.entries()) {
        const offence = offences[place]
        const lasting = offence !== undefined && /coercive|stalking|harassment|persistent|cruelty/.test(offence.id)
        let when = times.record(dyad.days[place] ?? window.first, lasting)
        if (offence?.id === 'murder') {
          const reported = Math.max(when.reported, last + 60)
          when = { reported, from: reported - 40, to: reported - 20 }
        }
        // Two records of one day, or of a night, are told of in the order of the dyad.
        if (when.reported <= last) when = { ...when, reported: Math.min(last + 30, window.end * 1440 - 1) }
        last = when.reported
        made.push({
          ...when,
          dyad,
          borough,
          status,
          offence: offence?.id === 'murder' && when.reported >= window.end * 1440 ? attempted : offence,
          suspectKnown: !random.chance(unnamed),
          risk: riskGrade(random, (offence?.harm ?? 0) >= severeDays),
          flags: flagsOf(random, reference, dyad, offence),
          place: pick(random, places),
        })
      }
    }
    return made
  }
}

/**
 * What the records of a borough are, in random order. Women and men among the victims have the same share of crimes, so
 * that the share of women is the same in crimes as in records.
 */
function kindsBySex(
  random: Random,
  reference: Reference,
  dyads: readonly Dyad[],
  recorded: number,
): Record<'M' | 'F', Told['status'][]> {
  const { nonCrime, cancelled } = recordCounts(reference, recorded)
  const all = [recorded, nonCrime, cancelled]
  const women = largestRemainder(
    all,
    dyads.reduce((sum, { victim, days }) => (victim.sex === 'F' ? sum + days.length : sum), 0),
  )
  const listOf = ([crimes = 0, others = 0, withdrawn = 0]: readonly number[]): Told['status'][] => {
    const list: Told['status'][] = []
    for (let left = crimes; left > 0; left--) list.push('recorded')
    for (let left = others; left > 0; left--) list.push('')
    for (let left = withdrawn; left > 0; left--) list.push(left % 3 === 0 ? 'no_crime' : 'cancelled')
    shuffle(random, list)
    return list
  }
  return { F: listOf(women), M: listOf(all.map((count, place) => count - (women[place] ?? 0))) }
}

/** An order that exists only in the pilot, so that it can be broken only there. */
function isPilotOffence({ id }: Offence): boolean {
  return id === 'breach-dapo' || id === 'dapo-notify'
}

/**
 * Who was killed, and in which minute. A killing of somebody who is on another dyad's record afterwards was survived:
 * what is given back is the records so corrected.
 */
export function settleDeaths(
  reference: Reference,
  records: readonly Told[],
): { records: Told[]; died: ReadonlyMap<Person, number> } {
  const attempted = one(
    reference.offences.find((offence) => offence.id === 'attempted-murder'),
    'attempted murder',
  )
  const lastSeen = new Map<Person, number>()
  for (const told of records)
    for (const person of [told.dyad.victim, told.dyad.suspect])
      lastSeen.set(person, Math.max(lastSeen.get(person) ?? 0, told.reported))
  const died = new Map<Person, number>()
  const settled = records.map((told): Told => {
    if (told.offence?.id !== 'murder') return told
    const { victim } = told.dyad
    if ((lastSeen.get(victim) ?? 0) > told.reported || died.has(victim)) return { ...told, offence: attempted }
    died.set(victim, told.reported)
    return { ...told, suspectKnown: true, risk: 'high' }
  })
  return { records: settled, died }
}

function offenceDrawer(random: Random, reference: Reference): (isSevere: boolean, dyad: Dyad) => Offence {
  const severe = reference.offences.filter((offence) => offence.harm >= severeDays)
  const mild = reference.offences.filter((offence) => offence.harm < severeDays && offence.mix > 0)
  const femaleShare = reference.parameters.number('people.victim_female')
  const tables = new Map<string, Weighted<Offence>>()
  return (isSevere, { victim: { sex }, relation }) => {
    const key = `${isSevere} ${sex} ${relation === 'ex-partner'}`
    let table = tables.get(key)
    if (table === undefined) {
      table = weighted(
        (isSevere ? severe : mild).map(
          (offence) => [offence, offence.mix * likelier(offence, sex, relation, femaleShare)] as const,
        ),
      )
      tables.set(key, table)
    }
    return pick(random, table)
  }
}

function likelier(offence: Offence, sex: 'M' | 'F', relation: Relation, femaleShare: number): number {
  if (['rape-female', 'penetration', 'sexual-assault'].includes(offence.id)) return sex === 'F' ? 1 / femaleShare : 0
  if (offence.id === 'rape-male') return sex === 'M' ? 1 / (1 - femaleShare) : 0
  // Half of the killings drawn become attempts, because somebody is told of again.
  if (offence.id === 'murder') return 2
  // Stalking and harassment are mostly by former partners; the mean over all relations stays 1.
  if (offence.subgroup.startsWith('Stalking')) return relation === 'ex-partner' ? 1.7 : 0.55
  return 1
}

// The same crimes, the least harmful first.
function escalate(offences: (Offence | undefined)[]): void {
  const places = [...offences.keys()].filter((place) => offences[place] !== undefined)
  const sorted = places
    .map((place) => one(offences[place], 'an offence'))
    .sort((first, second) => first.harm - second.harm)
  for (const [order, place] of places.entries()) offences[place] = sorted[order]
}

let knownRate: { readonly reference: Reference; readonly rate: number } | undefined

/** The chance of a severe crime at gravity 1 such that, capped at 0.9, crimes are severe in the share of the offence mix. */
function baseRate(reference: Reference): number {
  if (knownRate?.reference === reference) return knownRate.rate
  const shape = reference.parameters.number('harm.gravity.value.shape')
  const share = reference.offences.reduce((sum, { harm, mix }) => (harm >= severeDays ? sum + mix : sum), 0)
  const first = 1 / recordsPerDyad(reference).mean
  const random = randomFrom(7, 7)
  const draws = Array.from({ length: 40000 }, () => gamma(random, shape))
  const mean = (rate: number): number => draws.reduce((sum, draw) => sum + Math.min(0.9, rate * draw), 0) / draws.length
  let low = share
  let high = share * 20
  for (let round = 0; round < 30; round++) {
    const middle = (low + high) / 2
    if (first * mean(middle * firstFactor) + (1 - first) * mean(middle) < share) low = middle
    else high = middle
  }
  const rate = Math.round(low * 1e4) / 1e4
  knownRate = { reference, rate }
  return rate
}

// High and medium are likelier for a severe crime; over all records the grades come to 70, 20 and 10 in a hundred.
function riskGrade(random: Random, severe: boolean): Told['risk'] {
  const at = random.next()
  const [high, medium] = severe ? [0.45, 0.35] : [0.0854, 0.194]
  return at < high ? 'high' : at < high + medium ? 'medium' : 'standard'
}

function flagsOf(random: Random, reference: Reference, dyad: Dyad, offence: Offence | undefined): string[] {
  const { parameters } = reference
  const id = offence?.id ?? ''
  const flags: string[] = []
  if (/strangulation|suffocation/.test(id) || random.chance(parameters.number('what.strangulation_mentioned') * 0.65))
    flags.push('strangulation')
  if (random.chance(parameters.number('what.weapon_used') * (offence === undefined ? 0.5 : 1.3))) flags.push('weapon')
  if (random.chance(parameters.number('what.alcohol_flag'))) flags.push('alcohol')
  if (random.chance(parameters.number('what.drugs_flag'))) flags.push('drugs')
  if (random.chance(parameters.number('what.children_present_or_in_household'))) flags.push('children_present')
  // Honour-based abuse: 1 in 150 records (assumption), in families only.
  if (!dyad.relation.endsWith('partner') && random.chance(0.027)) flags.push('hba')
  if (/stalking/.test(id) || (dyad.relation === 'ex-partner' && random.chance(0.05))) flags.push('stalking')
  if (dyad.days.length > 1 && random.chance(0.6)) flags.push('repeat')
  return flags
}
