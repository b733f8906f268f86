import { jaro, levenshtein } from './compare.ts'
import { columnIn, columnOf, type Dataset, type EncodedColumn } from './dataset.ts'
import { editsWithin, lettersOf, sharedInt32, similarityOf, type Letters } from './letters.ts'
import type { NameGroups } from './names.ts'
import { soundCode } from './phonetic.ts'
import type { ColumnSpec, ComparisonSpec, Test } from './spec.ts'

/**
 * What the tests of a model ask of the values of a column, worked out once for each value and kept as numbers by code, so that a
 * pair of mentions is compared without touching a string, and any worker can do it.
 */
export type Fact =
  | { readonly fact: 'letters'; readonly table: Letters }
  /** Lists of numbers, those of a code from starts[code] up to starts[code + 1]. */
  | { readonly fact: 'lists'; readonly starts: Int32Array; readonly items: Int32Array }
  | { readonly fact: 'numbers'; readonly numbers: Int32Array }
  /** Amounts by code; NaN where the value is none. */
  | { readonly fact: 'amounts'; readonly amounts: Float64Array }
  /** The values themselves, for the few tests that only models from elsewhere use. */
  | { readonly fact: 'texts'; readonly texts: readonly string[] }
  | { readonly fact: 'two lists'; readonly one: Lists; readonly other: Lists }

type Lists = Extract<Fact, { fact: 'lists' }>

/** The test that two recorded, different values pass, by code. */
export type ValueTest = (x: number, y: number) => boolean

export type ColumnTest = Exclude<
  Test,
  {
    test: 'any' | 'every' | 'exact' | 'missing' | 'recorded' | 'differs' | 'swapped' | 'crossed' | 'reversed' | 'parts'
  }
>
/** What is asked of a column to make a fact: a test of one column, or the groups of its names. */
type Asked = ColumnTest | { readonly test: 'groups' }

/** Whether two mentions with the same value pass a test without looking at the value. */
export function holdsWhenEqual({ test }: ColumnTest): boolean {
  return test !== 'initial' && test !== 'dayMonthSwapped' && test !== 'dateSlip' && test !== 'otherSource'
}

/** The key of the fact a test needs; facts are shared between columns with one lexicon. */
export function factOf(column: Pick<ColumnSpec, 'name' | 'kind'>, test: Asked): string {
  const of = column.kind === 'name' ? 'names' : column.name
  switch (test.test) {
    case 'groups':
    case 'canonical':
      return `${of} groups`
    case 'jw':
      return `${of} letters`
    case 'edits':
      return `${of} letters without spaces`
    case 'jaroWinkler':
    case 'damerau':
      return `${of} plain letters`
    case 'jaro':
    case 'levenshtein':
      return `${of} texts`
    case 'numberWithin':
      return `${of} amounts`
    case 'overlap':
    case 'contained':
      return `${of} members`
    case 'subset':
      return `${of} words`
    case 'initial':
      return `${of} initials`
    case 'phonetic':
      return `${of} sounds`
    case 'fullDate':
    case 'firstOfJanuary':
      return `${of} firsts`
    case 'dayMonthSwapped':
    case 'dateSlip':
      return `${of} digits`
    case 'sameYear':
      return `${of} years`
    case 'daysWithin':
      return `${of} days`
    case 'postcodePart':
      return `${of} ${test.part}`
    case 'otherSource':
      return `${of} sources`
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
  return each(values, numbered(part))
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
const noDay = -2147483648

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

/** What each value stands for: a list for its members, anything else for itself. */
function membersOf({ kind }: Pick<ColumnSpec, 'kind'>, number: (text: string) => number): ListWriting {
  return { fact: 'lists', of: (value) => (kind === 'list' ? value.split('|') : [value]).map(number) }
}

function lists(values: readonly string[], of: (value: string) => Iterable<number>): Lists {
  const starts = sharedInt32(values.length + 1)
  const items: number[] = []
  for (let code = 0; code < values.length; code++) {
    starts[code] = items.length
    if (code > 0) for (const item of of(values[code]!)) items.push(item)
  }
  starts[values.length] = items.length
  const kept = sharedInt32(items.length)
  kept.set(items)
  return { fact: 'lists', starts, items: kept }
}

function numbering(): (text: string) => number {
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

function each(values: readonly string[], of: (value: string) => number): Int32Array {
  const numbers = sharedInt32(values.length)
  for (let code = 1; code < values.length; code++) numbers[code] = of(values[code]!)
  return numbers
}

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

/** The fact of all values of a lexicon. */
function written(values: readonly string[], writing: Writing): Fact {
  switch (writing.fact) {
    case 'letters':
      return { fact: 'letters', table: lettersOf(values, writing.bare) }
    case 'lists':
      return lists(values, writing.of)
    case 'numbers':
      return { fact: 'numbers', numbers: each(values, writing.of) }
    case 'amounts': {
      const amounts = new Float64Array(new SharedArrayBuffer(8 * values.length))
      values.forEach((value, code) => (amounts[code] = writing.of(value)))
      return { fact: 'amounts', amounts }
    }
    case 'texts':
      return { fact: 'texts', texts: values }
  }
}

function writingOf({ kind }: Pick<ColumnSpec, 'kind'>, test: Asked, groups: NameGroups): Writing {
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

/** The key of the fact of `parts` tests: all name columns share one lexicon. */
export const partsFact = 'names parts'

/** The words of a name, each by the one form that stands for all forms of it. */
export function partsOf(value: string, groups: NameGroups): readonly string[] {
  return value === '' ? [] : [...new Set(value.split(' ').map((word) => groups.keyOf(word)))]
}

function partsWriting(groups: NameGroups): ListWriting {
  const number = numbering()
  return { fact: 'lists', of: (value) => partsOf(value, groups).map(number) }
}

/** More parts than this are no name. */
export const mostParts = 12

/** Whether the parts of one name are all in the other. The codes of the two are handed over in arrays, a code a column. */
export function partsAgree(fact: Fact | undefined): (left: Int32Array, right: Int32Array) => boolean {
  if (fact?.fact !== 'lists') throw new TypeError('parts are lists')
  const { starts, items } = fact
  const few = new Int32Array(mostParts)
  const many = new Int32Array(mostParts)
  /** @returns how many different parts, or one more than there may be */
  const gather = (codes: Int32Array, into: Int32Array): number => {
    let count = 0
    for (const code of codes) {
      for (let at = starts[code]!; at < starts[code + 1]!; at++) {
        const part = items[at]!
        let seen = 0
        while (seen < count && into[seen] !== part) seen++
        if (seen < count) continue
        if (count === mostParts) return mostParts + 1
        into[count++] = part
      }
    }
    return count
  }
  return (left, right) => {
    const inLeft = gather(left, few)
    // A single name is part of too many.
    if (inLeft < 2 || inLeft > mostParts) return false
    const inRight = gather(right, many)
    if (inRight < 2 || inRight > mostParts) return false
    let shared = 0
    for (let at = 0; at < inLeft; at++) {
      for (let other = 0; other < inRight; other++) {
        if (few[at] === many[other]) {
          shared++
          break
        }
      }
    }
    return shared === Math.min(inLeft, inRight)
  }
}

/** The key of the fact that a `reversed` test of these columns needs. */
export const reversedFact = ([one, other]: readonly [string, string]): string => `${one} ${other} members`

/** A fact that some comparison needs: of the values of one column, or of two columns that are held against each other. */
export interface Wanted {
  readonly key: string
  /** One column with its writing, or two. */
  readonly of: readonly (readonly [column: string, writing: Writing])[]
}

/** The facts that the tests of these comparisons need, each once. */
export function factsWanted(
  columns: ReadonlyMap<string, Pick<EncodedColumn, 'spec'>>,
  comparisons: readonly ComparisonSpec[],
  groups: NameGroups,
): readonly Wanted[] {
  const wanted = new Map<string, Wanted>()
  const specOf = (name: string): ColumnSpec => columnIn(columns, name).spec
  const once = (key: string, of: () => Wanted['of']): void => {
    if (!wanted.has(key)) wanted.set(key, { key, of: of() })
  }
  const want = (name: string, test: Asked): void =>
    once(factOf(specOf(name), test), () => [[name, writingOf(specOf(name), test, groups)]])
  const visit = (test: Test): void => {
    switch (test.test) {
      case 'any':
      case 'every':
        return test.of.forEach(visit)
      case 'exact':
      case 'missing':
      case 'recorded':
      case 'differs':
        return undefined
      case 'swapped':
      case 'crossed':
        return want(test.columns[0], { test: 'groups' })
      case 'parts':
        return once(partsFact, () => [[test.columns[0]!, partsWriting(groups)]])
      case 'reversed': {
        // One numbering for both, so that a member of the one is known in the other.
        const number = numbering()
        return once(reversedFact(test.columns), () =>
          test.columns.map((name): [string, Writing] => [name, membersOf(specOf(name), number)]),
        )
      }
      default:
        return want(test.column, test)
    }
  }
  for (const { levels, silentWhen } of comparisons) {
    for (const level of levels) level.all.forEach(visit)
    if (silentWhen !== undefined) visit(silentWhen)
  }
  return [...wanted.values()]
}

/** One fact, or two lists as the fact of how two columns meet. */
export function factFrom(made: readonly Fact[]): Fact {
  const [one, other] = made
  if (one === undefined) throw new TypeError('a fact is of a column')
  if (other === undefined) return one
  if (one.fact !== 'lists' || other.fact !== 'lists') throw new TypeError('two columns meet by their members')
  return { fact: 'two lists', one, other }
}

const known = new WeakMap<Dataset, Map<string, Fact>>()

/** The facts that the tests of these comparisons need, each worked out once for a data set. */
export function factsFor(dataset: Dataset, comparisons: readonly ComparisonSpec[]): Readonly<Record<string, Fact>> {
  const made = known.get(dataset) ?? new Map<string, Fact>()
  known.set(dataset, made)
  const needed: Record<string, Fact> = {}
  for (const { key, of } of factsWanted(dataset.columns, comparisons, dataset.groups)) {
    const fact =
      made.get(key) ??
      factFrom(of.map(([column, writing]) => written(columnOf(dataset, column).lexicon.values, writing)))
    made.set(key, fact)
    needed[key] = fact
  }
  return needed
}

/** Whether two codes have an item in common. */
export function sharesItem({ starts, items }: Lists): ValueTest {
  return (x, y) => {
    const yEnd = starts[y + 1]!
    for (let at = starts[x]!; at < starts[x + 1]!; at++) {
      const item = items[at]
      for (let other = starts[y]!; other < yEnd; other++) if (items[other] === item) return true
    }
    return false
  }
}

/** True when the shorter set of words is wholly inside the longer and holds a word of three letters or more. */
function wordsContained({ starts, items }: Lists): ValueTest {
  return (x, y) => {
    const [few, many] = starts[x + 1]! - starts[x]! <= starts[y + 1]! - starts[y]! ? [x, y] : [y, x]
    const end = starts[many + 1]!
    let telling = false
    for (let at = starts[few]!; at < starts[few + 1]!; at++) {
      const word = items[at]!
      let found = false
      for (let other = starts[many]!; other < end && !found; other++) found = items[other] === word
      if (!found) return false
      if ((word & 1) === 1) telling = true
    }
    return telling
  }
}

/** One digit changed, or two neighbouring digits swapped. */
function oneSlip(digits: Int32Array): ValueTest {
  return (x, y) => {
    const left = digits[x]!
    const right = digits[y]!
    if (left === 0 || right === 0) return false
    const differ = left ^ right
    const which = (differ | (differ >>> 1) | (differ >>> 2) | (differ >>> 3)) & 0x11111111
    const low = which & -which
    if (which === low) return true
    if (which !== (low | (low << 4))) return false
    const at = 31 - Math.clz32(low)
    return ((left >>> at) & 15) === ((right >>> (at + 4)) & 15) && ((left >>> (at + 4)) & 15) === ((right >>> at) & 15)
  }
}

/** The year the same, the day of one the month of the other. */
function dayAndMonthSwapped(digits: Int32Array): ValueTest {
  return (x, y) => {
    const left = digits[x]!
    const right = digits[y]!
    if (left === 0 || right === 0 || left >>> 16 !== right >>> 16) return false
    return ((left >>> 8) & 255) === (right & 255) && (left & 255) === ((right >>> 8) & 255)
  }
}

/** How many items of the one list are in the other. */
function inCommon(one: Lists, x: number, other: Lists, y: number): number {
  let count = 0
  const end = other.starts[y + 1]!
  for (let at = one.starts[x]!; at < one.starts[x + 1]!; at++) {
    for (let there = other.starts[y]!; there < end; there++) {
      if (one.items[at] !== other.items[there]) continue
      count++
      break
    }
  }
  return count
}

/** Whether the one mention has in the first column what the other has in the second, by their codes there. */
export function meets(fact: Fact | undefined): ValueTest {
  if (fact?.fact !== 'two lists') throw new TypeError('two columns meet by their members')
  const { one, other } = fact
  return (x, y) => inCommon(one, x, other, y) > 0
}

/** Texts shorter than this are compared as they are: one edit makes another name of them. */
export const longForEdits = 5

function editsOfNames(fact: Extract<Fact, { fact: 'letters' }>, atMost: number): ValueTest {
  const { starts } = fact.table
  const within = editsWithin(fact.table)
  const { same } = shortNames(fact)
  return (x, y) => {
    const shorter = Math.min(starts[x + 1]! - starts[x]!, starts[y + 1]! - starts[y]!)
    return shorter < longForEdits ? same(x, y) : within(x, y, atMost)
  }
}

function listTest(fact: Lists, test: ColumnTest): ValueTest {
  if (test.test === 'subset') return wordsContained(fact)
  if (test.test === 'overlap') {
    const least = Math.max(1, test.atLeast)
    return (x, y) => inCommon(fact, x, fact, y) >= least
  }
  if (test.test !== 'contained') return sharesItem(fact)
  const lengthOf = (code: number): number => fact.starts[code + 1]! - fact.starts[code]!
  return (x, y) => inCommon(fact, x, fact, y) === Math.min(lengthOf(x), lengthOf(y))
}

/** The test of two recorded, different values. Similarity is not among them: the kernel keeps what it found for a pair. */
export function valueTest(fact: Fact, test: ColumnTest): ValueTest {
  if (fact.fact === 'letters') {
    if (test.test === 'edits') return editsOfNames(fact, test.atMost)
    if (test.test !== 'damerau') throw new TypeError('only edits are a yes or no of letters')
    const within = editsWithin(fact.table)
    const { atMost } = test
    return (x, y) => within(x, y, atMost)
  }
  if (fact.fact === 'lists') return listTest(fact, test)
  if (fact.fact === 'texts') {
    const { texts } = fact
    if (test.test === 'jaro') return (x, y) => jaro(texts[x]!, texts[y]!) >= test.atLeast
    if (test.test === 'levenshtein') return (x, y) => levenshtein(texts[x]!, texts[y]!) <= test.atMost
  }
  if (fact.fact === 'amounts' && test.test === 'numberWithin') {
    const { amounts } = fact
    return (x, y) => Math.abs(amounts[x]! - amounts[y]!) <= test.atMost
  }
  if (fact.fact !== 'numbers') throw new TypeError(`the fact of "${test.test}" is another`)
  const { numbers } = fact
  const { test: kind } = test
  if (kind === 'dateSlip') return oneSlip(numbers)
  if (kind === 'dayMonthSwapped') return dayAndMonthSwapped(numbers)
  if (kind === 'otherSource') return (x, y) => numbers[x] !== numbers[y]
  if (kind === 'fullDate' || kind === 'firstOfJanuary') return () => false
  // The same first letter, and one of the two is that letter alone.
  if (kind === 'initial')
    return (x, y) => numbers[x]! >> 1 === numbers[y]! >> 1 && ((numbers[x]! | numbers[y]!) & 1) === 1
  if (kind !== 'daysWithin') return (x, y) => numbers[x] !== 0 && numbers[x] === numbers[y]
  const { days } = test
  return (x, y) => {
    const left = numbers[x]!
    const right = numbers[y]!
    return left !== noDay && right !== noDay && left - right <= days && right - left <= days
  }
}

/** Names of up to so many letters are alike only when they are the same. */
const shortName = 3

/** Whether both names are long enough to be alike without being the same; and whether two short ones are the same. */
export function shortNames(fact: Fact | undefined): { readonly bothLong: ValueTest; readonly same: ValueTest } {
  if (fact?.fact !== 'letters') throw new TypeError('a name has letters')
  const { starts, letters } = fact.table
  const lengthOf = (code: number): number => starts[code + 1]! - starts[code]!
  return {
    bothLong: (x, y) => lengthOf(x) > shortName && lengthOf(y) > shortName,
    same(x, y) {
      const length = lengthOf(x)
      if (length !== lengthOf(y)) return false
      for (let at = 0; at < length; at++) if (letters[starts[x]! + at] !== letters[starts[y]! + at]) return false
      return true
    },
  }
}

/** Similarity of values by code, from the fact of a `jw` test. */
export function similarityFrom(fact: Fact | undefined): (x: number, y: number, atLeast: number) => number {
  if (fact?.fact !== 'letters') throw new TypeError('similarity is of letters')
  return similarityOf(fact.table)
}
