import { monthsFrom } from './calendar.ts'
import { otherForename } from './dyads.ts'
import { drawSurname, isPublicFigure } from './names.ts'
import type { Operation } from './operations.ts'
import { type Person, window } from './people.ts'
import { type Random, deal, largestRemainder, pick, sample, weighted } from './random.ts'
import type { Told } from './records.ts'
import type { Reference } from './reference.ts'

/** One source record with what came of it. */
export interface Entry extends Told {
  readonly channel: Channel
  readonly outcome: string
  /** Minute of the outcome, or -1 while open. */
  readonly outcomeAt: number
  readonly arrest: Arrest | undefined
}

export interface Arrest {
  readonly at: number
  readonly disposal: Disposal
  readonly disposedAt: number
  /** Code of the operation it was made in, or empty. */
  readonly operation: string
  /** The names and date of birth given instead of the true ones. */
  readonly falseDetails: FalseDetails | undefined
  readonly bail: Bail | undefined
}

export const disposals = ['charged', 'caution', 'bail', 'rui', 'nfa'] as const
export type Disposal = (typeof disposals)[number]

export interface FalseDetails {
  readonly forename: string
  readonly surname: string
  readonly born: number
}

/** Bail before charge. Days are the last on which it holds. Source: PACE 1984 ss.47ZB-47ZDA. */
export interface Bail {
  readonly from: number
  /** End of the first three months. */
  readonly threeMonths: number
  readonly sixMonths: number
  readonly nineMonths: number
  /** When it ends, or is to end. */
  readonly last: number
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

/** Name of each disposal in the parameter file. */
const disposalNames: Readonly<Record<Disposal, string>> = {
  charged: 'charged',
  caution: 'caution or community resolution',
  bail: 'pre-charge bail with conditions',
  rui: 'released under investigation',
  nfa: 'no further action',
}

/** An arrest while its parts are decided one after the other. */
interface Held {
  readonly told: Told
  at: number
  operation: string
  disposal: Disposal
}

/**
 * Decides, for all records of a BCU, who was arrested, what followed and how each crime ended. Shares are dealt out
 * exactly, not drawn. The records come back in their order.
 */
export function withArrests(
  random: Random,
  reference: Reference,
  records: readonly Told[],
  operations: readonly Operation[],
): Entry[] {
  const { parameters } = reference
  const held = arrestsOf(random, reference, records)
  for (const operation of operations) tagOperation(random, held, operation)
  dispose(random, reference, held, operations)
  const arrests = new Map(detained(random, reference, held).map((arrest, place) => [held[place]?.told, arrest]))
  const outcomes = outcomesOf(random, reference, records, arrests)
  const delays = new Map(parameters.shares('justice.outcome_delay_median_days'))
  const channelOf = channelDrawer(random, reference)
  return records.map((told): Entry => {
    const arrest = arrests.get(told)
    const channel = channelOf(arrest !== undefined)
    if (told.offence === undefined) return { ...told, channel, outcome: '', outcomeAt: -1, arrest }
    const outcome = outcomes.get(told) ?? '99'
    const median = delays.get(outcome) ?? delays.get('other') ?? 30
    // Exponential with the median given: median / ln 2, rounded to whole minutes.
    const wait = Math.round((-Math.log(1 - random.next()) * median * 1440) / 0.693147)
    let at = (arrest?.disposal === 'charged' ? arrest.disposedAt : told.reported + 120) + wait
    if (arrest?.disposal === 'caution') at = arrest.disposedAt
    if (arrest?.bail !== undefined) at = (arrest.bail.last + 1) * 1440 + random.below(2880)
    if (outcome === '99' || at >= window.end * 1440) return { ...told, channel, outcome: '99', outcomeAt: -1, arrest }
    return { ...told, channel, outcome, outcomeAt: at, arrest }
  })
}

function arrestsOf(random: Random, reference: Reference, records: readonly Told[]): Held[] {
  const { parameters } = reference
  const crimes = records.filter(({ status }) => status === 'recorded')
  const all = Math.round((crimes.length * parameters.number('justice.arrests_per_100_offences')) / 100)
  const men = Math.round(all * parameters.number('people.suspect_male_arrested'))
  const prompt = parameters.number('justice.arrest_within_24h')
  const made: Held[] = []
  for (const [sex, count] of [
    ['M', men],
    ['F', all - men],
  ] as const) {
    const named = crimes.filter(({ suspectKnown, dyad }) => suspectKnown && dyad.suspect.sex === sex)
    // Whoever killed somebody is arrested.
    const certain = named.filter(isMurder)
    const others = named.filter((told) => !isMurder(told))
    for (const told of [...certain, ...sample(random, others, count - certain.length)]) {
      const at = told.reported + (random.chance(prompt) ? random.between(10, 1400) : random.between(1440, 30000))
      made.push({ told, at: at >= window.end * 1440 ? told.reported + 30 : at, operation: '', disposal: 'nfa' })
    }
  }
  return made
}

const isMurder = ({ offence }: Told): boolean => offence?.id === 'murder'

// What counts as an arrest of an operation: made during it. Where the days have too few, people wanted for up to ninety
// days (assumption) are found then.
function tagOperation(random: Random, held: readonly Held[], operation: Operation): void {
  const [from, to] = [operation.first * 1440, (operation.last + 1) * 1440]
  for (const [sex, count] of [
    ['M', operation.men],
    ['F', operation.women],
  ] as const) {
    const free = held.filter((one) => one.operation === '' && one.told.dyad.suspect.sex === sex)
    const during = free.filter(({ at }) => at >= from && at < to)
    const wanted = free.filter(
      ({ at, told }) =>
        (at < from || at >= to) && told.reported >= from - 90 * 1440 && told.reported < to - 1440 && !isMurder(told),
    )
    const found = sample(random, during, count)
    for (const one of found) one.operation = operation.code
    for (const one of sample(random, wanted, count - found.length)) {
      const earliest = Math.max(from, one.told.reported + 60)
      one.at = earliest + random.below(to - earliest)
      one.operation = operation.code
    }
  }
}

function dispose(random: Random, reference: Reference, held: readonly Held[], operations: readonly Operation[]): void {
  const { parameters } = reference
  const shares = new Map(parameters.shares('justice.disposal_at_custody'))
  const maleCharged = parameters.number('people.suspect_male_charged')
  const counts = largestRemainder(
    disposals.map((disposal) => shares.get(disposalNames[disposal]) ?? 0),
    held.length,
  )
  const left = new Map(disposals.map((disposal, place) => [disposal, counts[place] ?? 0]))
  const open = new Set(held)
  const give = (chosen: readonly Held[], disposal: Disposal): void => {
    for (const one of chosen) {
      one.disposal = disposal
      open.delete(one)
      left.set(disposal, (left.get(disposal) ?? 0) - 1)
    }
  }
  const charge = (from: readonly Held[], count: number): void => {
    const bySex = (sex: string): Held[] => from.filter(({ told }) => told.dyad.suspect.sex === sex)
    const men = Math.round(count * maleCharged)
    give(sample(random, bySex('M'), men), 'charged')
    give(sample(random, bySex('F'), count - men), 'charged')
  }
  give(
    held.filter(({ told }) => isMurder(told)),
    'charged',
  )
  for (const { code, charges, cautions } of operations) {
    const mine = (): Held[] => [...open].filter(({ operation }) => operation === code)
    charge(mine(), charges)
    give(sample(random, mine(), cautions), 'caution')
  }
  const rest = (): Held[] => [...open].filter(({ operation }) => operation === '')
  charge(rest(), Math.max(0, left.get('charged') ?? 0))
  give(sample(random, rest(), Math.max(0, left.get('caution') ?? 0)), 'caution')
  const last = disposals.slice(2).map((disposal) => [disposal, Math.max(0, left.get(disposal) ?? 0)] as const)
  const dealt = deal(random, last, open.size)
  for (const [place, one] of [...open].entries()) one.disposal = dealt[place] ?? 'nfa'
}

function detained(random: Random, reference: Reference, held: readonly Held[]): Arrest[] {
  const { parameters } = reference
  const liars = new Set(
    sample(
      random,
      held.filter(({ told }) => !isMurder(told)),
      Math.round(held.length * parameters.number('suspects.deliberately_false_details_at_arrest')),
    ),
  )
  const bailed = held.filter(({ disposal }) => disposal === 'bail')
  const extended = new Set(
    sample(random, bailed, Math.round(bailed.length * parameters.number('justice.bail_extended_past_three_months'))),
  )
  return held.map((one): Arrest => {
    const { at, disposal, operation, told } = one
    const disposedAt = at + random.between(4 * 60, 23 * 60)
    return {
      at,
      disposal,
      disposedAt,
      operation,
      falseDetails: liars.has(one) ? lie(random, reference, told.dyad.suspect) : undefined,
      bail: disposal === 'bail' ? bailFrom(random, at, disposedAt, extended.has(one)) : undefined,
    }
  })
}

function lie(random: Random, reference: Reference, person: Person): FalseDetails {
  const forename = otherForename(random, reference, person)
  let surname = drawSurname(random, reference.names, person.group)
  while (surname === person.surname || surname === person.otherSurname || isPublicFigure(forename, surname))
    surname = drawSurname(random, reference.names, 'england')
  return {
    forename,
    surname,
    born: person.born + (random.chance(0.5) ? 1 : -1) * random.between(20, 900),
  }
}

// The three months begin with the day after the arrest. How long it lasts is fitted to about 80 days in the mean
// (parameters, justice.bail_stock_at_any_time); one extension in ten goes past six months (assumption).
function bailFrom(random: Random, at: number, from: number, isExtended: boolean): Bail {
  const start = Math.floor(at / 1440) + 1
  const [threeMonths, sixMonths, nineMonths] = [monthsFrom(start, 3), monthsFrom(start, 6), monthsFrom(start, 9)]
  let last = random.between(start + 18, threeMonths)
  if (isExtended)
    last = random.chance(0.1)
      ? random.between(sixMonths + 1, nineMonths)
      : random.between(threeMonths + 1, threeMonths + 62)
  return { from, threeMonths, sixMonths, nineMonths, last }
}

function outcomesOf(
  random: Random,
  reference: Reference,
  records: readonly Told[],
  arrests: ReadonlyMap<Told | undefined, Arrest>,
): Map<Told, string> {
  const { parameters } = reference
  const codes = new Map([
    ['2/3', '3'],
    ['open', '99'],
  ])
  const crimes = records.filter(({ status }) => status === 'recorded')
  const names = parameters.shares('justice.outcomes').map(([name, share]) => [codes.get(name) ?? name, share] as const)
  const counts = largestRemainder(
    names.map(([, share]) => share),
    crimes.length,
  )
  const left = new Map(names.map(([code], place) => [code, counts[place] ?? 0]))
  const outcomes = new Map<Told, string>()
  const give = (chosen: readonly Told[], code: string): void => {
    for (const told of chosen) {
      outcomes.set(told, code)
      left.set(code, (left.get(code) ?? 0) - 1)
    }
  }
  const dealTo = (chosen: readonly Told[], among: readonly string[]): void => {
    const dealt = deal(
      random,
      among.map((code) => [code, Math.max(0, left.get(code) ?? 0)] as const),
      chosen.length,
    )
    for (const [place, told] of chosen.entries()) give([told], dealt[place] ?? '99')
  }
  const disposalOf = (told: Told): Disposal | undefined => arrests.get(told)?.disposal
  give(
    crimes.filter((told) => disposalOf(told) === 'charged'),
    '1',
  )
  dealTo(
    crimes.filter((told) => disposalOf(told) === 'caution'),
    ['3', '8'],
  )
  const unknown = crimes.filter(({ suspectKnown }) => !suspectKnown)
  give(sample(random, unknown, left.get('18') ?? 0), '18')
  give(
    unknown.filter((told) => !outcomes.has(told)),
    '14',
  )
  // What is left of the charges follows bail.
  const bailed = crimes.filter((told) => disposalOf(told) === 'bail')
  give(sample(random, bailed, Math.max(0, left.get('1') ?? 0)), '1')
  dealTo(
    crimes.filter((told) => !outcomes.has(told)),
    [...left.keys()].filter((code) => code !== '1' && code !== '18'),
  )
  return outcomes
}

function channelDrawer(random: Random, reference: Reference): (isArrested: boolean) => Channel {
  const { parameters } = reference
  const shares = new Map(parameters.shares('noise.channel_share'))
  const others = weighted(
    channels.filter((name) => name !== 'custody').map((name) => [name, shares.get(channelNames[name]) ?? 0] as const),
  )
  const crimes = 1 - parameters.number('scale.noncrime_share_of_all_da_records')
  const arrested = (crimes * parameters.number('justice.arrests_per_100_offences')) / 100
  const custody = (shares.get(channelNames.custody) ?? 0) / arrested
  return (isArrested) => (isArrested && random.chance(custody) ? 'custody' : pick(random, others))
}
