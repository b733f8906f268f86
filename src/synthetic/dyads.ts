import { type Sex, capitalised, drawForename } from './names.ts'
import { typingSlip } from './noise.ts'
import { type Person, type Register, ageOn, bornAt, window } from './people.ts'
import { type Random, type Weighted, gamma, one, pick, pickOne, weighted } from './random.ts'
import type { Borough, Reference } from './reference.ts'

/** One suspect and one victim, and all that is recorded between them. */
export interface Dyad {
  readonly suspect: Person
  readonly victim: Person
  /** What the victim is to the suspect. */
  readonly relation: Relation
  /** Mean 1: raises the chance that a crime between the two is severe. */
  readonly gravity: number
  readonly records: number
  readonly escalates: boolean
}

export type Relation = 'ex-partner' | 'current partner' | 'parent' | 'adult child' | 'sibling' | 'other family'

const relations: ReadonlyMap<string, Relation> = new Map([
  ['ex-partner', 'ex-partner'],
  ['current partner', 'current partner'],
  ['parent (victim) by adult child', 'parent'],
  ['adult child (victim) by parent', 'adult child'],
  ['sibling', 'sibling'],
  ['other family', 'other family'],
])

interface Cell {
  readonly victim: Sex
  readonly suspect: Sex
}

/** Suspects and victims who may turn up again, by sex. */
export interface Pools {
  readonly freshSuspects: Record<Sex, Person[]>
  readonly knownSuspects: Record<Sex, Person[]>
  readonly freshVictims: Record<Sex, Person[]>
  /** Pairs by victim's and suspect's sex, for an allegation the other way round. */
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

interface Tables {
  readonly relation: Weighted<Relation>
  readonly cells: Readonly<Record<'intimate' | 'family', Weighted<Cell>>>
  readonly count: Weighted<string>
  readonly ages: Weighted<string>
  readonly gaps: Weighted<string>
}

const golden = 0.6180339887498949

/** Prepares the making of dyads. `pools` are shared by the boroughs of a BCU; `travellers` come from other BCUs. */
export function dyadMaker(
  random: Random,
  reference: Reference,
  register: Register,
  pools: Pools,
  travellers: readonly Person[],
): DyadMaker {
  const { parameters } = reference
  const tables = readTables(reference)
  const shape = parameters.number('harm.gravity.value.shape')
  const twice = parameters.number('repeats.suspects_with_two_or_more_victims')
  const thrice = parameters.number('repeats.with_three_or_more')
  const victimTwice = parameters.number('repeats.victims_with_two_or_more_suspects')
  const counter = parameters.number('repeats.counter_allegation_dyads')
  const bothRoles = parameters.number('noise.hard_cases.victim in one dyad is suspect in another')
  // Links beyond the first, per suspect: those with two, those with three, and a few with more.
  const extra = twice + thrice * 1.25
  // Sexes are drawn by quota (a golden-ratio sequence for each size of dyad), so a few large dyads cannot tilt them.
  const quota = new Map<string, number>()
  const sexesOf = (kind: 'intimate' | 'family', size: string): Cell => {
    const key = `${kind} ${size}`
    const at = ((quota.get(key) ?? random.next()) + golden) % 1
    quota.set(key, at)
    return pick(random, tables.cells[kind], at)
  }

  const make = (borough: Borough, records: number): Dyad => {
    const relation = pick(random, tables.relation)
    const kind = relation.endsWith('partner') ? 'intimate' : 'family'
    const size = records < 5 ? String(records) : records < 10 ? '5-9' : '10-40'
    const sexes = sexesOf(kind, size)
    const escalates = records >= 4 && random.chance(0.06)
    const gravity = gamma(random, shape)
    const built = (suspect: Person, victim: Person, as: Relation = relation): Dyad => ({
      suspect,
      victim,
      relation: as,
      gravity,
      records,
      escalates,
    })
    const reversed = pools.pairs[`${sexes.suspect}${sexes.victim}`]
    const reverseRate = sexes.victim === sexes.suspect ? counter : sexes.victim === 'F' ? counter * 0.6 : counter * 2.7
    if (reversed !== undefined && reversed.length > 0 && random.chance(reverseRate)) {
      const other = pickOne(random, reversed)
      const turned: Partial<Record<Relation, Relation>> = { parent: 'adult child', 'adult child': 'parent' }
      return built(other.victim, other.suspect, turned[other.relation] ?? other.relation)
    }
    const knownSuspect = serialSuspect(sexes.suspect)
    if (knownSuspect !== undefined) return built(knownSuspect, relative(borough, knownSuspect, relation, sexes.victim))
    const fresh = pools.freshVictims[sexes.victim]
    const before =
      fresh.length > 20 && random.chance(victimTwice / (1 + victimTwice)) ? takeOne(random, fresh) : undefined
    const victim = before ?? newVictim(borough, relation, sexes.victim)
    if (before === undefined) fresh.push(victim)
    const suspect = relativeSuspect(borough, victim, relation, sexes.suspect)
    pools.freshSuspects[sexes.suspect].push(suspect)
    return built(suspect, victim)
  }

  const serialSuspect = (sex: Sex): Person | undefined => {
    if (random.chance(bothRoles * 0.5) && pools.freshVictims[sex].length > 20)
      return pickOne(random, pools.freshVictims[sex])
    if (!random.chance(extra / (1 + extra))) return undefined
    const known = pools.knownSuspects[sex]
    const fresh = pools.freshSuspects[sex]
    if (known.length > 3 && random.chance((thrice * 1.25) / extra)) return pickOne(random, known)
    const away = travellers.filter((person) => person.sex === sex)
    const person = away.length > 0 && random.chance(0.15) ? pickOne(random, away) : takeOne(random, fresh)
    if (person !== undefined) known.push(person)
    return person
  }

  const newVictim = (borough: Borough, relation: Relation, sex: Sex): Person => {
    let age = drawAge(random, tables.ages)
    if (relation === 'parent') age = Math.max(age, 38 + random.below(30))
    if (relation === 'adult child') age = Math.min(age, 16 + random.below(20))
    return register.make({ sex, born: bornAt(random, age, window.first + random.below(1096)), borough })
  }

  const gapFrom = (relation: Relation): number => {
    if (relation.endsWith('partner')) return drawGap(random, pick(random, tables.gaps))
    if (relation === 'parent') return -random.between(18, 38)
    if (relation === 'adult child') return random.between(18, 38)
    return relation === 'sibling' ? random.between(-8, 8) : random.between(-25, 25)
  }

  const relativeSuspect = (borough: Borough, victim: Person, relation: Relation, sex: Sex): Person => {
    const day = window.first + 500
    const age = Math.max(16, ageOn(victim.born, day) + gapFrom(relation))
    let born = bornAt(random, age, day)
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

  const relative = (borough: Borough, suspect: Person, relation: Relation, sex: Sex): Person => {
    const day = window.first + 500
    const age = Math.max(16, ageOn(suspect.born, day) - gapFrom(relation))
    const alike = random.chance(0.78)
    return register.make({
      sex,
      born: bornAt(random, age, day),
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
      const records = Math.min(left, drawCount(random, tables.count))
      left -= records
      const dyad = make(borough, records)
      dyads.push(dyad)
      const key = `${dyad.victim.sex}${dyad.suspect.sex}`
      ;(pools.pairs[key] ??= []).push(dyad)
    }
    return dyads
  }
}

function takeOne<T>(random: Random, pool: T[]): T | undefined {
  if (pool.length === 0) return undefined
  const place = random.below(pool.length)
  const taken = one(pool[place], 'a pool')
  pool[place] = one(pool[pool.length - 1], 'a pool')
  pool.pop()
  return taken
}

function readTables(reference: Reference): Tables {
  const { parameters } = reference
  const relation = parameters
    .shares('people.relationship')
    .map(([name, share]) => [one(relations.get(name), name), share] as const)
  return {
    relation: weighted(relation),
    cells: rakedCells(reference),
    count: weighted(parameters.shares('repeats.dyad_records_three_years')),
    ages: weighted(parameters.shares('people.victim_age')),
    gaps: weighted(parameters.shares('people.age_gap_offender_minus_victim_intimate')),
  }
}

// The two tables of sex pairs, scaled until victims are female and suspects male in the shares asked for.
function rakedCells(reference: Reference): Tables['cells'] {
  const { parameters } = reference
  const shares = new Map(parameters.shares('people.relationship'))
  const intimate = (shares.get('ex-partner') ?? 0) + (shares.get('current partner') ?? 0)
  const female = parameters.number('people.victim_female')
  const targetFemale = female / (female + parameters.number('people.victim_male'))
  const targetMale = parameters.number('people.suspect_male_named')
  const cellsAt = (path: string, scale: number): { cell: Cell; share: number }[] =>
    parameters.shares(path).flatMap(([name, share]) => {
      const found = /^([MF])<-([MF])$/.exec(name)
      if (found === null) return []
      return [
        { cell: { victim: found[1] === 'F' ? 'F' : 'M', suspect: found[2] === 'F' ? 'F' : 'M' }, share: share * scale },
      ]
    })
  const all = [
    cellsAt('people.joint_sex_intimate', intimate),
    cellsAt('people.joint_sex_family', 1 - intimate),
  ] as const
  const rake = (test: (cell: Cell) => boolean, target: number): void => {
    const flat = all.flat()
    const sum = flat.reduce((sums, { share }) => sums + share, 0)
    const now = flat.reduce((sums, { cell, share }) => (test(cell) ? sums + share : sums), 0) / sum
    for (const entry of flat) entry.share *= test(entry.cell) ? target / now : (1 - target) / (1 - now)
  }
  for (let round = 0; round < 20; round++) {
    for (const [place, target] of [intimate, 1 - intimate].entries()) {
      const group = all[place] ?? []
      const sum = group.reduce((sums, { share }) => sums + share, 0)
      for (const entry of group) entry.share *= target / sum
    }
    rake((cell) => cell.suspect === 'M', targetMale)
    rake((cell) => cell.victim === 'F', targetFemale)
  }
  const table = (list: readonly { cell: Cell; share: number }[]): Weighted<Cell> =>
    weighted(list.map(({ cell, share }) => [cell, share] as const))
  return { intimate: table(all[0]), family: table(all[1]) }
}

function drawCount(random: Random, table: Weighted<string>): number {
  const [low = '1', high = low] = pick(random, table).split('-')
  return random.between(Number(low), Number(high))
}

function drawAge(random: Random, table: Weighted<string>): number {
  const band = pick(random, table)
  if (band.endsWith('+')) return random.between(65, 88)
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
