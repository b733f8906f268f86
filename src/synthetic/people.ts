import { civil, dayOf } from './calendar.ts'
import { type Home, drawHome } from './homes.ts'
import { type Sex, drawForename, drawSurname, isPublicFigure } from './names.ts'
import { type Random, one, pick, pickOne } from './random.ts'
import type { Borough, Reference } from './reference.ts'

/** A true, made-up person: what the mentions are noisy copies of. */
export interface Person {
  readonly id: string
  readonly sex: Sex
  readonly forename: string
  /** Empty for about half. */
  readonly middle: string
  readonly surname: string
  /** A surname before or after marriage, used on some records. */
  readonly otherSurname: string
  /** Day number. */
  readonly born: number
  readonly group: string
  readonly ethnicity: string
  /** ISO 639-3. */
  readonly language: string
  readonly home: Home
  readonly earlierHome: Home
  readonly phoneKey: number
  readonly police: boolean
  readonly alias: string
  readonly addressWithheld: boolean
  readonly noFixedAddress: boolean
  /** RMS nominals made for this person so far. */
  readonly nominals: string[]
  readonly children: Person[]
}

/** What is already decided of a person before the rest is drawn. */
export interface Wanted {
  readonly sex: Sex
  readonly born: number
  readonly borough: Borough
  readonly home?: Home
  readonly surname?: string
  readonly forename?: string
  readonly ethnicity?: string
  readonly group?: string
  readonly suspect?: boolean
}

/** Makes people, numbers them and hands each to the truth file once. */
export interface Register {
  readonly make: (wanted: Wanted) => Person
}

/** Opens a register; `onMade` is called once for each person, in order. */
export function openRegister(
  random: Random,
  reference: Reference,
  prefix: string,
  onMade: (person: Person) => void,
): Register {
  const { parameters, names } = reference
  const policeShare = parameters.number('people.police_employee_suspect')
  const withheldShare = parameters.number('people.protected_or_confidential_address')
  const aliasShare = parameters.number('suspects.with_alias_on_some_record')
  const homelessShare = parameters.number('suspects.no_fixed_address')
  let count = 0
  return {
    make: (wanted) => {
      const ethnicity = wanted.ethnicity ?? pick(random, wanted.borough.ethnicities)
      const group = wanted.group ?? pick(random, one(wanted.borough.groups.get(ethnicity), `groups of ${ethnicity}`))
      const { year } = civil(wanted.born)
      let forename = wanted.forename ?? drawForename(random, names, group, wanted.sex, year)
      const surname = wanted.surname ?? drawSurname(random, names, group)
      while (isPublicFigure(forename, surname)) forename = drawForename(random, names, group, wanted.sex, year)
      const spoken = reference.languages.get(group)?.filter((language) => language !== 'eng') ?? []
      const home = wanted.home ?? drawHome(random, reference, wanted.borough)
      count++
      const person: Person = {
        id: `${prefix}${String(1000000 + count).slice(1)}`,
        sex: wanted.sex,
        forename,
        middle: random.chance(0.5) ? drawForename(random, names, group, wanted.sex, year) : '',
        surname,
        otherSurname: drawSurname(random, names, group),
        born: wanted.born,
        group,
        ethnicity,
        // Under half of those with another home language have it as their main one (Census 2021, whole borough).
        language: spoken.length > 0 && random.chance(0.45) ? pickOne(random, spoken) : 'eng',
        home,
        earlierHome: drawHome(random, reference, wanted.borough),
        phoneKey: random.below(1000000),
        police: wanted.suspect === true && random.chance(policeShare),
        alias:
          wanted.suspect === true && random.chance(aliasShare) ? drawAlias(random, reference, forename, group) : '',
        addressWithheld: wanted.suspect !== true && random.chance(withheldShare),
        noFixedAddress: wanted.suspect === true && random.chance(homelessShare),
        nominals: [],
        children: [],
      }
      onMade(person)
      return person
    },
  }
}

const streetNames = ['Biggs', 'Ghost', 'Smiler', 'Dodge', 'Slim', 'Ace', 'Tiny', 'Rocky', 'Shorty', 'Blue', 'Duke']

function drawAlias(random: Random, reference: Reference, forename: string, group: string): string {
  const nicknames = reference.names.nicknames.get(forename.toLowerCase())
  if (nicknames !== undefined && random.chance(0.4)) return pick(random, nicknames)
  if (random.chance(0.4)) return pickOne(random, streetNames)
  return `${forename} ${drawSurname(random, reference.names, group)}`
}

/** A day of birth for somebody of this age (in whole years) on a day. */
export function bornAt(random: Random, age: number, day: number): number {
  return day - Math.floor(age * 365.25) - random.below(365)
}

/** Age in whole years on a day. */
export function ageOn(born: number, day: number): number {
  return Math.floor((day - born) / 365.25)
}

/** The first day of the span and the day after its last. */
export const window = { first: dayOf(2023, 11, 1), end: dayOf(2026, 11, 1) } as const
