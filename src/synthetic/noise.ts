import { civil, dayOf, isoDay } from './calendar.ts'
import { capitalised, isPublicFigure, type Names } from './names.ts'
import { MARRIAGE, type Person, surnameOn } from './people.ts'
import { type Random, type Weighted, one, pick, pickOne, weighted } from './random.ts'
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

// What a hurried ear makes of a sound; each pair both ways.
const sounds = [
  'th',
  'f',
  'ph',
  'f',
  'd',
  't',
  'b',
  'p',
  'm',
  'n',
  'k',
  'g',
  's',
  'z',
  'ee',
  'i',
  'a',
  'o',
  'v',
  'w',
] as const

/** A name as it is heard over a bad line: one sound taken for another, or the end not heard. Always differs. */
export function misheard(random: Random, name: string): string {
  const lower = name.toLowerCase()
  const start = random.below(sounds.length)
  for (let step = 0; step < sounds.length; step++) {
    const place = (start + step) % sounds.length
    const sound = one(sounds[place], 'a sound')
    const other = one(sounds[place ^ 1], 'a sound')
    const at = lower.lastIndexOf(sound)
    if (at >= 1) return capitalised(lower.slice(0, at) + other + lower.slice(at + sound.length))
  }
  return typingSlip(random, name)
}

/** How somebody's details are written down. */
export interface Writing {
  /** How error-prone the channel is; mean 1 over all records. */
  readonly factor: number
  /** The names are taken down by ear. */
  readonly heard: boolean
  /** Day number of the record. */
  readonly day: number
  /** The birth of somebody else on the record, whose date may be taken by mistake. */
  readonly otherBorn: number
}

/** Writes a person's name and date of birth with the errors of the channel. */
export type Writer = (person: Person, writing: Writing) => Written

/** Prepares the noise, with its rates from the parameter file. */
export function noiseWriter(random: Random, reference: Reference): Writer {
  const { parameters, names } = reference
  const splits = parameters.shares('noise.split_of_surname_difference')
  const surnameKinds = weighted(splits.filter(([name]) => name !== MARRIAGE))
  const forenameKinds = weighted(parameters.shares('noise.split_of_forename_difference'))
  const wholeRate = parameters.number('noise.surname_differs_within_person')
  const shareOf = (name: string): number => new Map(splits).get(name) ?? 0
  // True changes of name are in the people themselves; the rest of the rate is left to those who have none.
  const lasting = wholeRate * shareOf(MARRIAGE)
  const surnameRate = (wholeRate - lasting) / (1 - lasting)
  // A swap changes the forename too, so it counts towards the forename's own rate.
  const forenameRate =
    parameters.number('noise.forename_differs_within_person') - wholeRate * shareOf('given name and surname swapped')
  const missing = parameters.number('noise.dob.missing')
  const wrong = parameters.number('noise.dob.wrong')
  const upper = parameters.number('noise.ocr_or_case_noise')
  const wrongBirth = birthErrors(random, parameters.shares('noise.dob.split'))
  return (person, { factor, heard, day, otherBorn }) => {
    const slip = heard ? misheard : typingSlip
    let forenames = person.forename
    let surname = surnameOn(person, day)
    const plain = !random.chance(forenameRate * factor)
    if (!plain) forenames = otherForm(random, names, person, pick(random, forenameKinds), slip)
    else if (person.middle !== '' && random.chance(0.35)) forenames = `${person.forename} ${person.middle}`
    if (random.chance(surnameRate * factor)) {
      const kind = pick(random, surnameKinds)
      if (kind.startsWith('given')) [forenames, surname] = [surname, person.forename]
      else surname = otherSurname(random, names, person, surname, kind, slip)
    }
    // No error may make somebody well known of somebody invented.
    if (isPublicFigure(forenames, surname)) [forenames, surname] = [person.forename, surnameOn(person, day)]
    if (random.chance(upper)) {
      forenames = forenames.toUpperCase()
      surname = surname.toUpperCase()
    }
    let dob = isoDay(person.born)
    if (random.chance(missing * factor)) dob = ''
    else if (random.chance(Math.min(0.9, (wrong * factor) / (1 - missing * factor))))
      dob = isoDay(wrongBirth(person.born, otherBorn))
    return { forenames, surname, dob }
  }
}

type Slip = (random: Random, name: string) => string

function otherForm(random: Random, names: Names, person: Person, kind: string, slip: Slip): string {
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
  return listed ?? capitalised(slip(random, person.forename))
}

function otherSurname(random: Random, names: Names, person: Person, surname: string, kind: string, slip: Slip): string {
  const own = surname.toLowerCase()
  if (kind.startsWith('hyphen')) {
    const parts = surname.split(/[ -]/)
    const second = own === person.otherSurname.toLowerCase() ? person.surname : person.otherSurname
    return parts.length > 1 ? (parts[random.below(parts.length)] ?? '') : `${surname}-${second}`
  }
  const list = kind.startsWith('spelling') ? names.surnameVariants.get(own) : undefined
  const drawn = list === undefined ? undefined : pick(random, list)
  return drawn !== undefined && drawn.toLowerCase() !== own ? drawn : slip(random, surname)
}

// About this share of birth dates can have day and month swapped: 132 of 365.25 (days 1 to 12, the same number left out).
const swappable = 132 / 365.25

/** Wrong dates of birth in the kinds and shares asked for, though not every date can be wrong in every way. */
function birthErrors(
  random: Random,
  split: readonly (readonly [string, number])[],
): (born: number, otherBorn: number) => number {
  const swap = split.find(([kind]) => kind.startsWith('day'))?.[1] ?? 0
  const kinds = weighted(split.filter(([kind]) => !kind.startsWith('day')))
  return (born, otherBorn) => {
    const { year, month, day } = civil(born)
    if (day <= 12 && day !== month && random.chance(swap / swappable)) return dayOf(year, day, month)
    const kind = pick(random, kinds)
    if (kind.startsWith('1 January')) {
      const first = random.chance(0.5) ? dayOf(year, 1, 1) : dayOf(year, month, 1)
      if (first !== born) return first
    }
    if (kind.startsWith('sibling') && otherBorn !== born) return otherBorn
    if (kind.startsWith('year')) {
      const off = random.chance(0.7) ? 1 : 10
      return dayOf(year + (random.chance(0.5) ? off : -off), month, month === 2 ? Math.min(day, 28) : day)
    }
    if (day >= 30) return dayOf(year, month, 10 * random.between(1, 2) + (day % 10))
    // The last digit of the day, kept within every month and off the first, which is a default.
    const tens = Math.floor(day / 10) * 10
    const typed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => tens + digit)
    return dayOf(year, month, pickOne(random, typed.filter((other) => other !== day && other > 1 && other <= 28))) // prettier-ignore
  }
}
