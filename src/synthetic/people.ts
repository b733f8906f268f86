import { civil, dayOf } from './calendar.ts'
import { type Home, drawHome } from './homes.ts'
import { type Sex, drawForename, drawSurname, isPublicFigure } from './names.ts'
import { type Random, evenly, one, pick, pickOne } from './random.ts'
import type { Borough, Reference } from './reference.ts'

/** A true, made-up person: what the mentions are noisy copies of. */
export interface Person {
  readonly id: string
  readonly sex: Sex
  readonly forename: string
  /** Empty for about half. */
  readonly middle: string
  readonly surname: string
  /** A former surname: in use until `renamedOn`, and half of some double names. */
  readonly otherSurname: string
  /** Day number; 0 for somebody who never took another surname in the window. */
  readonly renamedOn: number
  /** Day number. */
  readonly born: number
  readonly group: string
  readonly ethnicity: string
  /** ISO 639-3. */
  readonly language: string
  readonly home: Home
  /** Where they lived until `movedOn`. */
  readonly earlierHome: Home
  /** Day number; often before the window. */
  readonly movedOn: number
  readonly phoneKey: number
  readonly police: boolean
  readonly alias: string
  readonly addressWithheld: boolean
  readonly noFixedAddress: boolean
  /** RMS nominals made for this person so far. */
  readonly nominals: string[]
  readonly children: Person[]
}

/** The surname in use on a day. */
export function surnameOn(person: Person, day: number): string {
  return day < person.renamedOn ? person.otherSurname : person.surname
}

/** Where somebody lives on a day. */
export function homeOn(person: Person, day: number): Home {
  return day < person.movedOn ? person.earlierHome : person.home
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

/** The part of differing surnames that is a true change of name. */
export const MARRIAGE = 'marriage, separation or reversion'

/** Opens a register; `onMade` is called once for each person, in order. */
export function openRegister(
  random: Random,
  reference: Reference,
  prefix: string,
  onMade: (person: Person) => void,
): Register {
  const { parameters, names } = reference
  const isPolice = evenly(random, parameters.number('people.police_employee_suspect'))
  const isWithheld = evenly(random, parameters.number('people.protected_or_confidential_address'))
  // Some suspects are never named, or were first met as victims, who have none.
  const isAliased = evenly(random, parameters.number('suspects.with_alias_on_some_record') * 1.1)
  const homelessShare = parameters.number('suspects.no_fixed_address')
  // Changes of name are a part of how often surnames differ within a person (parameters). Six women for each man
  // (assumption); half the records of those who change, spread over the window, come before the change.
  const female = parameters.number('people.victim_female')
  const marriage = new Map(parameters.shares('noise.split_of_surname_difference')).get(MARRIAGE) ?? 0
  const byMarriage = parameters.number('noise.surname_differs_within_person') * marriage
  const renamedMen = (2 * byMarriage) / (6 * female + 1 - female)
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
      let otherSurname = drawSurname(random, names, group)
      while (isPublicFigure(forename, otherSurname)) otherSurname = drawSurname(random, names, group)
      const renamed = random.chance(wanted.sex === 'F' ? renamedMen * 6 : renamedMen)
      const home = wanted.home ?? drawHome(random, reference, wanted.borough)
      count++
      const person: Person = {
        id: `${prefix}${String(1000000 + count).slice(1)}`,
        sex: wanted.sex,
        forename,
        middle: random.chance(0.5) ? drawForename(random, names, group, wanted.sex, year) : '',
        surname,
        otherSurname,
        renamedOn: renamed ? window.first + random.below(window.end - window.first) : 0,
        born: wanted.born,
        group,
        ethnicity,
        language: spoken.length > 0 && random.chance(wanted.borough.keepsLanguage) ? pickOne(random, spoken) : 'eng',
        home,
        earlierHome: drawHome(random, reference, wanted.borough),
        // One in eleven moves in a year (assumption), some before the window.
        movedOn: window.end - random.below(11 * 365),
        phoneKey: random.below(1000000),
        police: wanted.suspect === true && isPolice(),
        alias: wanted.suspect === true && isAliased() ? drawAlias(random, reference, forename, group) : '',
        addressWithheld: wanted.suspect !== true && isWithheld(),
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
  const surname = drawSurname(random, reference.names, group)
  return isPublicFigure(forename, surname) ? forename : `${forename} ${surname}`
}

/** A day of birth for somebody of this age (in whole years) on a day. */
export function bornAt(random: Random, age: number, day: number): number {
  return day - Math.ceil(age * 365.25) - random.below(365)
}

/** Age in whole years on a day. */
export function ageOn(born: number, day: number): number {
  return Math.floor((day - born) / 365.25)
}

/** The first day of the span and the day after its last. */
export const window = { first: dayOf(2023, 11, 1), end: dayOf(2026, 11, 1) } as const
