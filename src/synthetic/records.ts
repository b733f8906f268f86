import type { Dyad, Relation } from './dyads.ts'
import { window } from './people.ts'
import { type Random, type Weighted, gamma, one, pick, pickOne, randomFrom, shuffle, weighted } from './random.ts'
import type { Borough, Offence, Reference } from './reference.ts'
import type { RecordTimes, Times } from './times.ts'

/** What one source record is about, before anybody writes it down. */
export interface Entry extends RecordTimes {
  readonly dyad: Dyad
  readonly borough: Borough
  readonly status: '' | 'recorded' | 'cancelled' | 'no_crime'
  /** Nothing for a non-crime incident. */
  readonly offence: Offence | undefined
  readonly outcome: string
  /** Minute of the outcome, or -1 while open. */
  readonly outcomeAt: number
  readonly suspectKnown: boolean
  /** Minute of the arrest, or -1. */
  readonly arrestAt: number
  readonly channel: Channel
  readonly risk: 'standard' | 'medium' | 'high'
  readonly flags: readonly string[]
  readonly place: string
}

export const channels = ['officer', 'call_999', 'custody', 'partner', 'online'] as const
export type Channel = (typeof channels)[number]

/** Name of each channel in the parameter file. */
export const channelNames: Readonly<Record<Channel, string>> = {
  officer: 'crime report by officer',
  call_999: '999 call log',
  custody: 'custody record',
  partner: 'partner referral',
  online: 'online report',
}

/** An offence of this many working harm days or more is severe. Source: parameters, harm.severe_definition. */
export const severeDays = 182

// Records later found not to be crimes, on top of the counted ones: one in a hundred (assumption).
export const cancelledShare = 0.01

/** How many records of each kind a borough has. */
export function recordCounts(reference: Reference, recorded: number): { nonCrime: number; cancelled: number } {
  const share = reference.parameters.number('scale.noncrime_share_of_all_da_records')
  return { nonCrime: Math.round((recorded * share) / (1 - share)), cancelled: Math.round(recorded * cancelledShare) }
}

/** Makes the entries of one borough's dyads: exactly `recorded` crimes among them. */
export type EntryMaker = (borough: Borough, dyads: readonly Dyad[], recorded: number) => Entry[]

/** Prepares the tables of offences, outcomes, arrests and flags. */
export function entryMaker(random: Random, reference: Reference, times: Times): EntryMaker {
  const { parameters } = reference
  const severe = reference.offences.filter((offence) => offence.harm >= severeDays)
  const mild = reference.offences.filter((offence) => offence.harm < severeDays && offence.mix > 0)
  const severeShare = severe.reduce((sum, offence) => sum + offence.mix, 0)
  const severeBase = baseRate(severeShare, parameters.number('harm.gravity.value.shape'))
  const femaleShare = parameters.number('people.victim_female')
  const tables = new Map<string, Weighted<Offence>>()
  const tableFor = (isSevere: boolean, sex: 'M' | 'F', relation: Relation): Weighted<Offence> => {
    const key = `${isSevere} ${sex} ${relation === 'ex-partner'}`
    let table = tables.get(key)
    if (table === undefined) {
      table = weighted(
        (isSevere ? severe : mild).map((offence) => {
          let weight = offence.mix
          if (['rape-female', 'penetration', 'sexual-assault'].includes(offence.id))
            weight *= sex === 'F' ? 1 / femaleShare : 0
          if (offence.id === 'rape-male') weight *= sex === 'M' ? 1 / (1 - femaleShare) : 0
          // Stalking and harassment are mostly by former partners; the mean over all relations stays 1.
          if (offence.subgroup.startsWith('Stalking')) weight *= relation === 'ex-partner' ? 1.7 : 0.55
          return [offence, weight] as const
        }),
      )
      tables.set(key, table)
    }
    return table
  }
  const places = weighted(parameters.shares('where.place'))
  const unnamed = parameters.number('suspects.not_identified_or_unnamed')
  const arrestShare = parameters.number('justice.arrests_per_100_offences') / 100 / (1 - unnamed)
  const maleNamed = parameters.number('people.suspect_male_named')
  const maleArrested = parameters.number('people.suspect_male_arrested')
  const outcomes = outcomeTables(reference)
  const channelShares = new Map(parameters.shares('noise.channel_share'))
  const custody = channelShares.get(channelNames.custody) ?? 0
  const others = weighted(
    channels
      .filter((name) => name !== 'custody')
      .map((name) => [name, channelShares.get(channelNames[name]) ?? 0] as const),
  )
  const crimeShare = 1 - parameters.number('scale.noncrime_share_of_all_da_records')
  const custodyGivenArrest = custody / (crimeShare * arrestShare * (1 - unnamed))
  const delays = new Map(parameters.shares('justice.outcome_delay_median_days'))

  const entry = (
    borough: Borough,
    dyad: Dyad,
    status: Entry['status'],
    offence: Offence | undefined,
    day: number,
  ): Entry => {
    const lasting = offence !== undefined && /coercive|stalking|harassment|persistent|cruelty/.test(offence.id)
    const when = times.record(day, lasting)
    const suspectKnown = !random.chance(unnamed)
    const male = dyad.suspect.sex === 'M'
    const byRate = arrestShare * (male ? maleArrested / maleNamed : (1 - maleArrested) / (1 - maleNamed))
    const arrested = status === 'recorded' && suspectKnown && random.chance(byRate)
    const arrestAt = arrested
      ? when.reported + (random.chance(0.55) ? random.between(10, 1400) : random.between(1440, 30000))
      : -1
    let outcome = ''
    let outcomeAt = -1
    if (offence !== undefined) {
      const table = !suspectKnown ? outcomes.unknown : arrested ? outcomes.arrested : outcomes.other
      outcome = status === 'recorded' ? pick(random, table) : '99'
      const median = delays.get(outcome) ?? delays.get('other') ?? 30
      // Exponential with the median given: median / ln 2, rounded to whole minutes.
      outcomeAt = Math.round(when.reported + 120 + (-Math.log(1 - random.next()) * median * 1440) / 0.693147)
      if (outcome === '99' || outcomeAt >= window.end * 1440) {
        outcome = '99'
        outcomeAt = -1
      }
    }
    const severeNow = (offence?.harm ?? 0) >= severeDays
    return {
      ...when,
      dyad,
      borough,
      status,
      offence,
      outcome,
      outcomeAt,
      suspectKnown,
      arrestAt: arrestAt >= window.end * 1440 ? when.reported + 30 : arrestAt,
      channel: arrested && random.chance(custodyGivenArrest) ? 'custody' : pick(random, others),
      risk: riskGrade(random, severeNow),
      flags: flagsOf(random, reference, dyad, offence),
      place: pick(random, places),
    }
  }

  return (borough, dyads, recorded) => {
    const counts = recordCounts(reference, recorded)
    const kinds: Entry['status'][] = []
    for (let left = recorded; left > 0; left--) kinds.push('recorded')
    for (let left = counts.nonCrime; left > 0; left--) kinds.push('')
    for (let left = counts.cancelled; left > 0; left--) kinds.push(left % 3 === 0 ? 'no_crime' : 'cancelled')
    shuffle(random, kinds)
    const entries: Entry[] = []
    for (const dyad of dyads) {
      const mine = kinds.splice(kinds.length - dyad.records, dyad.records)
      const days = times.days(dyad.records)
      const offences = mine.map((kind, place) => {
        if (kind === '') return undefined
        const isSevere = random.chance(Math.min(0.9, severeBase * dyad.gravity))
        const drawn = pick(random, tableFor(isSevere, dyad.victim.sex, dyad.relation))
        // Nobody reports anything after being killed.
        return drawn.id === 'murder' && place < mine.length - 1
          ? one(
              reference.offences.find((offence) => offence.id === 'attempted-murder'),
              'attempted-murder',
            )
          : drawn
      })
      if (dyad.escalates) escalate(offences)
      for (const [place, kind] of mine.entries())
        entries.push(entry(borough, dyad, kind, offences[place], days[place] ?? window.first))
    }
    return entries
  }
}

// The same crimes, the least harmful first.
function escalate(offences: (Offence | undefined)[]): void {
  const places = [...offences.keys()].filter((place) => offences[place] !== undefined)
  const sorted = places
    .map((place) => one(offences[place], 'an offence'))
    .sort((first, second) => first.harm - second.harm)
  for (const [order, place] of places.entries()) offences[place] = sorted[order]
}

// The chance of a severe crime at gravity 1 such that, with the cap of 0.9, crimes are severe in the share wanted.
const baseRates = new Map<string, number>()

function baseRate(share: number, shape: number): number {
  const key = `${share} ${shape}`
  const known = baseRates.get(key)
  if (known !== undefined) return known
  const random = randomFrom(7, 7)
  const draws = Array.from({ length: 40000 }, () => gamma(random, shape))
  let low = share
  let high = share * 10
  for (let round = 0; round < 30; round++) {
    const middle = (low + high) / 2
    const mean = draws.reduce((sum, draw) => sum + Math.min(0.9, middle * draw), 0) / draws.length
    if (mean < share) low = middle
    else high = middle
  }
  const rate = Math.round(low * 1e4) / 1e4
  baseRates.set(key, rate)
  return rate
}

function outcomeTables(reference: Reference): Record<'unknown' | 'arrested' | 'other', Weighted<string>> {
  const { parameters } = reference
  const codes = new Map([
    ['2/3', '3'],
    ['open', '99'],
  ])
  const shares = parameters.shares('justice.outcomes').map(([name, share]) => [codes.get(name) ?? name, share] as const)
  const arrest = parameters.number('justice.arrests_per_100_offences') / 100
  const charge = new Map(shares).get('1') ?? 0
  const unnamed = parameters.number('suspects.not_identified_or_unnamed')
  // 85% of charges follow an arrest (assumption); no suspect, no charge.
  const known = shares.filter(([code]) => code !== '1' && code !== '18')
  const sum = known.reduce((all, [, share]) => all + share, 0)
  const table = (charged: number, none: number): Weighted<string> =>
    weighted([
      ['1', charged],
      ['18', none],
      ...known.map(([code, share]) => [code, (share / sum) * (1 - charged - none)] as const),
    ])
  const noSuspect = (new Map(shares).get('18') ?? 0) / unnamed
  return {
    unknown: weighted([
      ['18', noSuspect],
      ['14', 1 - noSuspect],
    ]),
    arrested: table((charge * 0.85) / arrest, 0),
    other: table((charge * 0.15) / (1 - arrest - unnamed), 0),
  }
}

// High and medium are likelier for a severe crime; over all records the grades come to 70, 20 and 10 in a hundred.
function riskGrade(random: Random, severe: boolean): Entry['risk'] {
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
  if (dyad.records > 1 && random.chance(0.6)) flags.push('repeat')
  return flags
}

const openings = [
  'Police were called about',
  'A report was made of',
  'Officers attended over',
  'An account was given of',
]
const matters = [
  'a verbal argument',
  'a disturbance',
  'unwanted contact',
  'a dispute over the children',
  'threats made',
  'damage to belongings',
  'an altercation',
]
const closings = [
  'All parties were spoken to.',
  'Safety advice was given.',
  'The risk assessment was completed.',
  'Enquiries continue.',
  'A safeguarding referral was made.',
]

/** A short, neutral account without names or graphic detail. */
export function narrative(random: Random, entry: Entry): string {
  const matter =
    entry.offence === undefined ? pickOne(random, matters) : `suspected ${entry.offence.title.toLowerCase()}`
  const verb = pickOne(random, openings)
  const before = entry.dyad.records > 2 && random.chance(0.3) ? ' Earlier reports are held.' : ''
  return `${verb} ${matter} between ${entry.dyad.relation === 'other family' ? 'relatives' : partiesOf(entry.dyad.relation)}.${before} ${pickOne(random, closings)}`
}

function partiesOf(relation: Relation): string {
  if (relation === 'ex-partner') return 'former partners'
  if (relation === 'current partner') return 'partners'
  return relation === 'sibling' ? 'siblings' : 'a parent and an adult child'
}
