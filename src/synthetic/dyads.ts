import { type Sex, capitalised, drawForename } from './names.ts'
import { typingSlip } from './noise.ts'
import { type Person, type Register, ageOn, bornAt } from './people.ts'
import { type Random, type Weighted, gamma, one, pick, pickOne, weighted } from './random.ts'
import type { Borough, Reference } from './reference.ts'
import { type Cell, type Kind, type SexDrawer, dyadSizes } from './sexes.ts'
import type { Times } from './times.ts'

/** One suspect and one victim, and all that is recorded between them. */
export interface Dyad {
  readonly suspect: Person
  readonly victim: Person
  /** What the victim is to the suspect. */
  readonly relation: Relation
  /** Mean 1: raises the chance that a crime between the two is severe. */
  readonly gravity: number
  /** The day of each record, in order. */
  readonly days: readonly number[]
  readonly escalates: boolean
}

export type Relation = 'ex-partner' | 'current partner' | 'parent' | 'adult child' | 'sibling' | 'other family'

/** The name of each relation in the parameter file. */
export const relations: ReadonlyMap<string, Relation> = new Map([
  ['ex-partner', 'ex-partner'],
  ['current partner', 'current partner'],
  ['parent (victim) by adult child', 'parent'],
  ['adult child (victim) by parent', 'adult child'],
  ['sibling', 'sibling'],
  ['other family', 'other family'],
])

/** Suspects and victims who may turn up again, by sex. */
export interface Pools {
  readonly freshSuspects: Record<Sex, Person[]>
  readonly knownSuspects: Record<Sex, Person[]>
  readonly freshVictims: Record<Sex, Person[]>
  /** Dyads by kind, victim's and suspect's sex, for an allegation the other way round. */
  readonly pairs: Record<string, Dyad[]>
}

/** Empty pools. */
export function emptyPools(): Pools {
  return {
    freshSuspects: { M: [], F: [] },
    knownSuspects: { M: [], F: [] },
    freshVictims: { M: [], F: [] },
    pairs: {},
  }
}

/** Makes dyads for one borough until they hold exactly `total` records. */
export type DyadMaker = (borough: Borough, total: number) => Dyad[]

const golden = 0.6180339887498949

// Domestic abuse is between people of 16 or over. Source: Domestic Abuse Act 2021 s.1.
const leastAge = 16
const oldest = 88

// Links beyond the second for each suspect with three victims or more: fitted to the share of those.
const beyondTwo = 1.5

/** Prepares the making of dyads. `pools` are shared by the boroughs of a BCU; `travellers` come from other BCUs. */
export function dyadMaker(
  random: Random,
  reference: Reference,
  register: Register,
  pools: Pools,
  travellers: Record<Sex, Person[]>,
  times: Times,
  sexesOf: SexDrawer,
): DyadMaker {
  const { parameters } = reference
  const relationTable = weighted(
    parameters.shares('people.relationship').map(([name, share]) => [one(relations.get(name), name), share] as const),
  )
  const sizes = weighted(dyadSizes(reference))
  const gaps = weighted(parameters.shares('people.age_gap_offender_minus_victim_intimate'))
  const ages = ageTables(reference)
  const shape = parameters.number('harm.gravity.value.shape')
  const twice = parameters.number('repeats.suspects_with_two_or_more_victims')
  const thrice = parameters.number('repeats.with_three_or_more')
  const victimTwice = parameters.number('repeats.victims_with_two_or_more_suspects')
  const counter = parameters.number('repeats.counter_allegation_dyads')
  const bothRoles = parameters.number('noise.hard_cases.victim in one dyad is suspect in another')
  // Links beyond the first, per suspect: those with two, those with three, and a few with more.
  const extra = twice + thrice * beyondTwo
  // Sizes, and who of the large escalates, are drawn by quota too.
  let sizeAt = random.next()
  let escalatesAt = random.next()

  const make = (borough: Borough, days: readonly number[]): Dyad => {
    const first = one(days[0], 'the first day')
    const relation = pick(random, relationTable)
    const kind: Kind = relation.endsWith('partner') ? 'intimate' : 'family'
    const sexes = sexesOf(kind, days.length)
    if (days.length >= 4) escalatesAt = (escalatesAt + golden) % 1
    const escalates = days.length >= 4 && escalatesAt < escalatingShare
    const gravity = gamma(random, shape)
    const built = (suspect: Person, victim: Person, as: Relation = relation): Dyad => ({
      suspect,
      victim,
      relation: as,
      gravity,
      days,
      escalates,
    })
    const reversed = pools.pairs[pairKey(kind, { victim: sexes.suspect, suspect: sexes.victim })]
    const reverseRate = sexes.victim === sexes.suspect ? counter : sexes.victim === 'F' ? counter * 0.6 : counter * 2.7
    if (reversed !== undefined && reversed.length > 0 && random.chance(reverseRate)) {
      const other = pickOne(random, reversed)
      const turned: Partial<Record<Relation, Relation>> = { parent: 'adult child', 'adult child': 'parent' }
      if (isOldEnough(other.victim, first) && isOldEnough(other.suspect, first))
        return built(other.victim, other.suspect, turned[other.relation] ?? other.relation)
    }
    const serial = serialSuspect(sexes.suspect, relation, first)
    if (serial !== undefined) {
      const born = bornAt(random, serial.victimAge, first)
      return built(serial.suspect, relative(borough, serial.suspect, relation, sexes.victim, born))
    }
    const fresh = pools.freshVictims[sexes.victim]
    const again = fresh.length > 20 && random.chance(victimTwice / (1 + victimTwice))
    const before = again ? takeAt(fresh, random.below(fresh.length)) : undefined
    const isAgain = before !== undefined && isOldEnough(before, first)
    const victim = isAgain ? before : newVictim(borough, relation, sexes.victim, first)
    if (!isAgain) fresh.push(victim)
    const suspect = relativeSuspect(borough, victim, relation, sexes.suspect, first)
    pools.freshSuspects[sexes.suspect].push(suspect)
    return built(suspect, victim)
  }

  // Somebody who is known already, and how old their next victim is. Of eight, the one who goes with a victim of a usual
  // age, so that the victims of serial suspects are no older than others.
  const serialSuspect = (
    sex: Sex,
    relation: Relation,
    first: number,
  ): { suspect: Person; victimAge: number } | undefined => {
    const pool = serialPool(sex)
    if (pool === undefined || pool.length === 0) return undefined
    const usual = drawAge(random, ageTable(relation))
    let best: { place: number; victimAge: number } | undefined
    for (let tries = 0; tries < 8; tries++) {
      const place = random.below(pool.length)
      const person = one(pool[place], 'a pool')
      const victimAge = ageOn(person.born, first) - gapFrom(relation)
      if (!isOldEnough(person, first) || victimAge < leastAge || victimAge > oldest) continue
      if (best === undefined || Math.abs(victimAge - usual) < Math.abs(best.victimAge - usual))
        best = { place, victimAge }
    }
    if (best === undefined) return undefined
    const suspect = one(pool[best.place], 'a pool')
    if (pool === pools.freshSuspects[sex] || pool === travellers[sex])
      pools.knownSuspects[sex].push(takeAt(pool, best.place))
    return { suspect, victimAge: best.victimAge }
  }

  const serialPool = (sex: Sex): Person[] | undefined => {
    if (random.chance(bothRoles * 0.5) && pools.freshVictims[sex].length > 20) return pools.freshVictims[sex]
    if (!random.chance(extra / (1 + extra))) return undefined
    const known = pools.knownSuspects[sex]
    if (known.length > 3 && random.chance((thrice * beyondTwo) / extra)) return known
    return travellers[sex].length > 0 && random.chance(0.15) ? travellers[sex] : pools.freshSuspects[sex]
  }

  const newVictim = (borough: Borough, relation: Relation, sex: Sex, first: number): Person => {
    const age = drawAge(random, ageTable(relation))
    return register.make({ sex, born: bornAt(random, age, first), borough })
  }

  const ageTable = (relation: Relation): Weighted<string> =>
    relation === 'parent' || relation === 'adult child' ? ages[relation] : ages.others

  const gapFrom = (relation: Relation): number => {
    if (relation.endsWith('partner')) return drawGap(random, pick(random, gaps))
    if (relation === 'parent') return -random.between(18, 38)
    if (relation === 'adult child') return random.between(18, 38)
    return relation === 'sibling' ? random.between(-8, 8) : random.between(-25, 25)
  }

  // A gap that would leave somebody under age is turned round where the relation allows.
  const suspectAge = (victim: Person, relation: Relation, first: number): number => {
    const age = ageOn(victim.born, first)
    const gap = gapFrom(relation)
    if (age + gap >= leastAge) return age + gap
    return relation === 'parent' ? leastAge : age - gap
  }

  const relativeSuspect = (borough: Borough, victim: Person, relation: Relation, sex: Sex, first: number): Person => {
    let born = bornAt(random, suspectAge(victim, relation, first), first)
    const together = relation === 'current partner' ? 0.85 : relation === 'ex-partner' ? 0.08 : 0.5
    const married = relation.endsWith('partner') ? 0.3 : relation === 'other family' ? 0.4 : 0.8
    const alike = !relation.endsWith('partner') || random.chance(0.78)
    let forename: string | undefined
    if (
      sex === victim.sex &&
      (relation === 'parent' || relation === 'adult child') &&
      sex === 'M' &&
      random.chance(0.1)
    )
      forename = victim.forename
    if (sex === victim.sex && relation === 'sibling' && random.chance(0.04)) {
      forename = capitalised(typingSlip(random, victim.forename))
      born = victim.born
    }
    const elsewhere = random.chance(0.75) ? borough : pickOne(random, reference.boroughs)
    return register.make({
      sex,
      born,
      borough: elsewhere,
      suspect: true,
      ...(random.chance(together) ? { home: victim.home } : {}),
      ...(random.chance(married) ? { surname: victim.surname } : {}),
      ...(alike ? { ethnicity: victim.ethnicity, group: victim.group } : {}),
      ...(forename === undefined ? {} : { forename }),
    })
  }

  const relative = (borough: Borough, suspect: Person, relation: Relation, sex: Sex, born: number): Person => {
    const alike = random.chance(0.78)
    return register.make({
      sex,
      born,
      borough,
      ...(alike ? { ethnicity: suspect.ethnicity, group: suspect.group } : {}),
      ...(relation === 'current partner' && random.chance(0.85) && suspect.home.borough === borough
        ? { home: suspect.home }
        : {}),
    })
  }

  return (borough, total) => {
    const dyads: Dyad[] = []
    for (let left = total; left > 0;) {
      sizeAt = (sizeAt + golden) % 1
      const records = Math.min(left, pick(random, sizes, sizeAt))
      left -= records
      const dyad = make(borough, times.days(records))
      dyads.push(dyad)
      const key = pairKey(kindOf(dyad), { victim: dyad.victim.sex, suspect: dyad.suspect.sex })
      ;(pools.pairs[key] ??= []).push(dyad)
    }
    return dyads
  }
}

/** Share of dyads with four records or more whose crimes grow more harmful. Source: parameters, repeats.escalation. */
export const escalatingShare = 0.06

/** Whether the two are, or were, a couple. */
export function kindOf({ relation }: { readonly relation: Relation }): Kind {
  return relation.endsWith('partner') ? 'intimate' : 'family'
}

const pairKey = (kind: Kind, { victim, suspect }: Cell): string => `${kind} ${victim}${suspect}`

const isOldEnough = (person: Person, day: number): boolean => ageOn(person.born, day) >= leastAge

function takeAt<T>(pool: T[], place: number): T {
  const taken = one(pool[place], 'a pool')
  pool[place] = one(pool[pool.length - 1], 'a pool')
  pool.pop()
  return taken
}

// Ages of victims whose relation says something of their age (assumption): parents of adults, and adult children.
const ageShares = {
  parent: { '35-44': 0.2, '45-54': 0.4, '55-64': 0.25, '65+': 0.15 },
  'adult child': { '16-19': 0.3, '20-24': 0.35, '25-34': 0.35 },
} as const satisfies Partial<Record<Relation, Readonly<Record<string, number>>>>

/** Tables of victims' ages; with those of parents and children, all victims together come to the table of the file. */
function ageTables(reference: Reference): Record<'parent' | 'adult child' | 'others', Weighted<string>> {
  const { parameters } = reference
  const relation = new Map(
    parameters.shares('people.relationship').map(([name, share]) => [relations.get(name), share] as const),
  )
  const left = new Map(parameters.shares('people.victim_age'))
  for (const kin of ['parent', 'adult child'] as const)
    for (const [band, share] of Object.entries(ageShares[kin]))
      left.set(band, (left.get(band) ?? 0) - share * (relation.get(kin) ?? 0))
  return {
    parent: weighted(Object.entries(ageShares.parent)),
    'adult child': weighted(Object.entries(ageShares['adult child'])),
    others: weighted(left),
  }
}

function drawAge(random: Random, table: Weighted<string>): number {
  const band = pick(random, table)
  if (band.endsWith('+')) return random.between(65, oldest)
  const [low, high] = band.split('-')
  return random.between(Number(low), Number(high))
}

function drawGap(random: Random, band: string): number {
  if (band === '<-10') return -random.between(11, 20)
  if (band === '>10') return random.between(11, 25)
  const [low, high] = band.split('..')
  return random.between(Number(low), Number(high))
}

/** A forename that is not the person's own, for details given falsely. */
export function otherForename(random: Random, reference: Reference, person: Person): string {
  return drawForename(random, reference.names, person.group, person.sex, 1985)
}
