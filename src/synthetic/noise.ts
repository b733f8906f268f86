import { civil, dayOf, isoDay } from './calendar.ts'
import { capitalised, type Names } from './names.ts'
import type { Person } from './people.ts'
import { type Random, type Weighted, pick, weighted } from './random.ts'
import type { Reference } from './reference.ts'

/** How a person's true details come out on one record. */
export interface Written {
  readonly forenames: string
  readonly surname: string
  /** `YYYY-MM-DD` or empty. */
  readonly dob: string
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** One slip of the fingers: a letter left out, put in, changed or swapped. Always differs from the name. */
export function typingSlip(random: Random, name: string): string {
  const at = random.between(1, Math.max(1, name.length - 1))
  const letter = letters.charAt(random.below(26))
  const kind = name.length < 4 ? 0 : random.below(4)
  let slip = name.slice(0, at) + letter + name.slice(at)
  if (kind === 1) slip = name.slice(0, at) + name.slice(at + 1)
  if (kind === 2) slip = name.slice(0, at) + letter + name.slice(at + 1)
  if (kind === 3) slip = name.slice(0, at - 1) + name.charAt(at) + name.charAt(at - 1) + name.slice(at + 1)
  return slip.toLowerCase() === name.toLowerCase() ? `${name}${letter}` : slip
}

/** Writes a person's name and date of birth with the errors of the channel. `factor` has mean 1 over the channels. */
export type Writer = (person: Person, factor: number, otherBorn: number) => Written

/** Prepares the noise, with its rates from the parameter file. */
export function noiseWriter(random: Random, reference: Reference): Writer {
  const { parameters, names } = reference
  const surnameKinds = weighted(parameters.shares('noise.split_of_surname_difference'))
  const forenameKinds = weighted(parameters.shares('noise.split_of_forename_difference'))
  const dobKinds = weighted(parameters.shares('noise.dob.split'))
  const surnameRate = parameters.number('noise.surname_differs_within_person')
  const swapped =
    surnameRate *
    (new Map(parameters.shares('noise.split_of_surname_difference')).get('given name and surname swapped') ?? 0)
  // A swap changes the forename too, so it counts towards the forename's own rate.
  const forenameRate = parameters.number('noise.forename_differs_within_person') - swapped
  const missing = parameters.number('noise.dob.missing')
  const wrong = parameters.number('noise.dob.wrong')
  const upper = parameters.number('noise.ocr_or_case_noise')
  return (person, factor, otherBorn) => {
    let forenames = person.forename
    let surname = person.surname
    const plain = !random.chance(forenameRate * factor)
    if (!plain) forenames = otherForm(random, names, person, pick(random, forenameKinds))
    else if (person.middle !== '' && random.chance(0.35)) forenames = `${person.forename} ${person.middle}`
    if (random.chance(surnameRate * factor)) {
      const kind = pick(random, surnameKinds)
      if (kind.startsWith('given')) [forenames, surname] = [person.surname, person.forename]
      else surname = otherSurname(random, names, person, kind)
    }
    if (random.chance(upper)) {
      forenames = forenames.toUpperCase()
      surname = surname.toUpperCase()
    }
    let dob = isoDay(person.born)
    if (random.chance(missing * factor)) dob = ''
    else if (random.chance(Math.min(0.9, (wrong * factor) / (1 - missing * factor))))
      dob = isoDay(wrongBirth(random, person.born, otherBorn, dobKinds))
    return { forenames, surname, dob }
  }
}

function otherForm(random: Random, names: Names, person: Person, kind: string): string {
  const key = person.forename.toLowerCase()
  const from = (lists: ReadonlyMap<string, Weighted<string>>): string | undefined => {
    const list = lists.get(key)
    const drawn = list === undefined ? undefined : pick(random, list)
    return drawn?.toLowerCase() === key ? undefined : drawn
  }
  if (kind.startsWith('initial')) return person.forename.charAt(0)
  if (kind.startsWith('middle') && person.middle !== '' && person.middle.toLowerCase() !== key) return person.middle
  const listed = kind.startsWith('nickname')
    ? (from(names.nicknames) ?? from(names.forenameVariants))
    : kind.startsWith('spelling')
      ? (from(names.forenameVariants) ?? from(names.nicknames))
      : undefined
  return listed ?? capitalised(typingSlip(random, person.forename))
}

function otherSurname(random: Random, names: Names, person: Person, kind: string): string {
  const own = person.surname.toLowerCase()
  if (kind.startsWith('marriage') && person.otherSurname.toLowerCase() !== own) return person.otherSurname
  if (kind.startsWith('hyphen')) {
    const parts = person.surname.split(/[ -]/)
    return parts.length > 1 ? (parts[random.below(parts.length)] ?? '') : `${person.surname}-${person.otherSurname}`
  }
  const list = kind.startsWith('spelling') ? names.surnameVariants.get(own) : undefined
  const drawn = list === undefined ? undefined : pick(random, list)
  return drawn !== undefined && drawn.toLowerCase() !== own ? drawn : typingSlip(random, person.surname)
}

function wrongBirth(random: Random, born: number, otherBorn: number, kinds: Weighted<string>): number {
  const { year, month, day } = civil(born)
  const kind = pick(random, kinds)
  if (kind.startsWith('day') && day <= 12 && day !== month) return dayOf(year, day, month)
  if (kind.startsWith('1 January')) {
    const first = random.chance(0.5) ? dayOf(year, 1, 1) : dayOf(year, month, 1)
    if (first !== born) return first
  }
  if (kind.startsWith('sibling') && otherBorn !== born) return otherBorn
  if (kind.startsWith('year')) {
    const off = random.chance(0.7) ? 1 : 10
    return dayOf(year + (random.chance(0.5) ? off : -off), month, Math.min(day, 28))
  }
  // One digit of the day: the units, kept within every month.
  const units = (day % 10) + random.between(1, 8)
  const typed = Math.min(2, Math.floor(day / 10)) * 10 + (units % 9)
  return dayOf(year, month, typed === day || typed === 0 ? (day % 27) + 2 : typed)
}
