import { NumberTable } from './fact-tables.ts'
import type { NameGroups } from './names.ts'
import { soundCode } from './phonetic.ts'
import type { ColumnSpec, Test } from './spec.ts'

export type ColumnTest = Exclude<
  Test,
  {
    test: 'any' | 'every' | 'exact' | 'missing' | 'recorded' | 'differs' | 'swapped' | 'crossed' | 'reversed' | 'parts'
  }
>

/** What is asked of a column to make a fact: a test of one column, or the groups of its names. */
export type Asked = ColumnTest | { readonly test: 'groups' }

/** How a fact is written down, a value at a time: so that those of a value that is met later can be added. */
export type Writing =
  | { readonly fact: 'letters'; readonly bare: boolean }
  | ListWriting
  | { readonly fact: 'numbers'; readonly of: (value: string) => number }
  | { readonly fact: 'amounts'; readonly of: (value: string) => number }
  | { readonly fact: 'texts' }

export interface ListWriting {
  readonly fact: 'lists'
  readonly of: (value: string) => Iterable<number>
}

/** How the fact that a test asks of a column is written down. */
export function writingOf({ kind }: Pick<ColumnSpec, 'kind'>, test: Asked, groups: NameGroups): Writing {
  const parts = (part: (value: string) => string | null): Writing => ({ fact: 'numbers', of: numbered(part) })
  switch (test.test) {
    case 'groups':
    case 'canonical': {
      const number = numbering()
      return { fact: 'lists', of: (value) => groups.groupsOf(value).map(number) }
    }
    case 'jw':
      return { fact: 'letters', bare: kind === 'name' }
    case 'edits':
      return { fact: 'letters', bare: true }
    case 'jaroWinkler':
    case 'damerau':
      return { fact: 'letters', bare: false }
    case 'jaro':
    case 'levenshtein':
      return { fact: 'texts' }
    case 'numberWithin':
      return { fact: 'amounts', of: (value) => (value === '' ? Number.NaN : Number(value)) }
    case 'overlap':
    case 'contained':
      return membersOf({ kind }, numbering())
    case 'subset': {
      const number = numbering()
      // A word of three letters or more tells something; its number is odd.
      return {
        fact: 'lists',
        of: (value) => [...new Set(value.split(' '))].map((word) => number(word) * 2 + (word.length >= 3 ? 1 : 0)),
      }
    }
    case 'initial': {
      const number = numbering()
      return { fact: 'numbers', of: (value) => number(value.slice(0, 1)) * 2 + (value.length === 1 ? 1 : 0) }
    }
    case 'phonetic':
      return parts(soundOfValue)
    case 'fullDate':
    case 'firstOfJanuary':
      return { fact: 'numbers', of: (value) => (value.endsWith('-01-01') ? 2 : 1) }
    case 'dayMonthSwapped':
    case 'dateSlip':
      return { fact: 'numbers', of: digitsOf }
    case 'sameYear':
      return parts((value) => value.slice(0, 4))
    case 'daysWithin':
      return { fact: 'numbers', of: dayNumber }
    case 'postcodePart':
      return parts((value) => postcodePart(value, test.part))
    case 'otherSource':
      return parts((value) => value.slice(0, value.indexOf(':') + 1) || null)
  }
}

/** What each value stands for: a list for its members, anything else for itself. */
export function membersOf({ kind }: Pick<ColumnSpec, 'kind'>, number: (text: string) => number): ListWriting {
  return { fact: 'lists', of: (value) => (kind === 'list' ? value.split('|') : [value]).map(number) }
}

/** Numbers for texts from 1, the same for the same. */
export function numbering(): (text: string) => number {
  const index = new Map<string, number>()
  return (text) => {
    let number = index.get(text)
    if (number === undefined) {
      number = index.size + 1
      index.set(text, number)
    }
    return number
  }
}

/** A number for what `part` makes of a value, the same for the same; 0 when it makes nothing of it. */
export function numbered(part: (value: string) => string | null): (value: string) => number {
  const number = numbering()
  return (value) => {
    const made = part(value)
    return made === null || made === '' ? 0 : number(made)
  }
}

/** The same of all values, by code. */
export function partCodes(values: readonly string[], part: (value: string) => string | null): Int32Array {
  const table = new NumberTable(numbered(part), values.length)
  for (const value of values) table.add(value)
  return table.numbers
}

const postcodeParts = {
  area: /^[A-Z]{1,2}/i,
  district: /^[A-Z]{1,2}\d[A-Z\d]?/i,
  sector: /^[A-Z]{1,2}\d[A-Z\d]? \d/i,
} as const

/** A code of another country, of digits only, gets coarser from its end. */
const digitsOfPart = { area: 2, district: 3, sector: 4 } as const

/** The area letters, the outward code, or that with the sector digit, of a postcode; null of what does not begin like one. */
export function postcodePart(postcode: string, part: keyof typeof postcodeParts): string | null {
  if (/^\d+$/.test(postcode)) return postcode.slice(0, digitsOfPart[part])
  return postcodeParts[part].exec(postcode)?.[0] ?? null
}

/** The sound of all the words of a value. */
export function soundOfValue(value: string): string | null {
  return soundCode(value.replaceAll(' ', ''))
}

const isoDate = /^(\d{4})-(\d\d)-(\d\d)$/
/** What stands for a date that is none. */
export const noDay = -2147483648

/** Days from 1 March of the year 0 (proleptic Gregorian), without a clock or a zone; `noDay` when there is no such date. */
function dayNumber(date: string): number {
  const parts = isoDate.exec(date)
  if (parts === null) return noDay
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const longestMonth = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > longestMonth) return noDay
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear
}

/** The day of a date as a number; null when there is no such date. */
export function dayOf(date: string): number | null {
  const day = dayNumber(date)
  return day === noDay ? null : day
}

/** The eight digits of an ISO date, four bits each; 0 of anything else. */
function digitsOf(date: string): number {
  const parts = isoDate.exec(date)
  return parts === null ? 0 : Number.parseInt(parts[1]! + parts[2]! + parts[3]!, 16) | 0
}

/** The words of a name, each by the one form that stands for all forms of it. */
export function partsOf(value: string, groups: NameGroups): readonly string[] {
  return value === '' ? [] : [...new Set(value.split(' ').map((word) => groups.keyOf(word)))]
}

export function partsWriting(groups: NameGroups): ListWriting {
  const number = numbering()
  return { fact: 'lists', of: (value) => partsOf(value, groups).map(number) }
}
