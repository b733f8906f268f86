import { dateSlip, dayAndMonthSwapped, daysApart, jaroWinkler, wordsContained } from './compare.ts'
import { columnOf, type Dataset, type EncodedColumn } from './dataset.ts'
import { soundCode } from './phonetic.ts'
import type { ComparisonSpec, Test } from './spec.ts'

/** True or false of two mentions by position. */
type PairTest = (a: number, b: number) => boolean

/** The level of two mentions: -1 when the comparison says nothing, the number of levels when none holds. */
export type LevelFinder = (a: number, b: number) => number

/** The level finders of a model's comparisons over one data set, in the order of the comparisons. */
export function levelFinders(dataset: Dataset, comparisons: readonly ComparisonSpec[]): readonly LevelFinder[] {
  return comparisons.map((comparison) => {
    const needed = comparison.columns.map((name) => columnOf(dataset, name).codes)
    const silent = comparison.silentWhen === undefined ? null : pairTest(dataset, comparison.silentWhen)
    const levels = comparison.levels.map((level) => allOf(level.all.map((test) => pairTest(dataset, test))))
    const count = levels.length
    return (a, b) => {
      let comparable = false
      for (const codes of needed) {
        if (codes[a] !== 0 && codes[b] !== 0) {
          comparable = true
          break
        }
      }
      if (!comparable || (silent !== null && silent(a, b))) return -1
      for (let level = 0; level < count; level++) if (levels[level]!(a, b)) return level
      return count
    }
  })
}

function allOf(tests: readonly PairTest[]): PairTest {
  const [first, second] = tests
  if (first !== undefined && tests.length === 1) return first
  if (first !== undefined && second !== undefined && tests.length === 2) return (a, b) => first(a, b) && second(a, b)
  return (a, b) => tests.every((test) => test(a, b))
}

/** A test of two recorded, different values by code; the answer for the last two codes is kept. */
function onValues(column: EncodedColumn, whenEqual: boolean, test: (x: number, y: number) => boolean): PairTest {
  const { codes } = column
  let lastX = 0
  let lastY = 0
  let last = false
  return (a, b) => {
    const x = codes[a]!
    const y = codes[b]!
    if (x === 0 || y === 0) return false
    if (x === y) return whenEqual
    if (x === lastX && y === lastY) return last
    lastX = x
    lastY = y
    last = test(x, y)
    return last
  }
}

/** A number for what `part` makes of each value of a column; 0 when it makes nothing of it. */
export function partCodes(column: EncodedColumn, part: (value: string) => string | null): Int32Array {
  const index = new Map<string, number>()
  const { values } = column.lexicon
  const codes = new Int32Array(values.length)
  for (let code = 1; code < values.length; code++) {
    const made = part(values[code]!)
    if (made === null || made === '') continue
    let number = index.get(made)
    if (number === undefined) {
      number = index.size + 1
      index.set(made, number)
    }
    codes[code] = number
  }
  return codes
}

/** Outward code, outward code with the sector digit, or the area letters of a normalised postcode. */
export function postcodePart(postcode: string, part: 'sector' | 'district' | 'area'): string {
  const space = postcode.indexOf(' ')
  if (part === 'sector') return postcode.slice(0, space + 2)
  return part === 'district' ? postcode.slice(0, space) : /^[A-Z]+/.exec(postcode)![0]
}

/** The sound of all the words of a value. */
export function soundOfValue(value: string): string | null {
  return soundCode(value.replaceAll(' ', ''))
}

// Groups and letters of names are worked out once per lexicon, which several columns and levels share.
const groupCache = new WeakMap<object, readonly (readonly number[])[]>()

function groupsByCode(dataset: Dataset, column: EncodedColumn): readonly (readonly number[])[] {
  const known = groupCache.get(column.lexicon)
  if (known !== undefined) return known
  const index = new Map<string, number>()
  const groups = column.lexicon.values.map((value) =>
    dataset.groups.groupsOf(value).map((group) => {
      const number = index.get(group) ?? index.size + 1
      index.set(group, number)
      return number
    }),
  )
  groupCache.set(column.lexicon, groups)
  return groups
}

function shareGroup(left: readonly number[], right: readonly number[]): boolean {
  for (const group of left) if (right.includes(group)) return true
  return false
}

function pairTest(dataset: Dataset, test: Test): PairTest {
  if (test.test === 'any') {
    const tests = test.of.map((one) => pairTest(dataset, one))
    return (a, b) => {
      for (const one of tests) if (one(a, b)) return true
      return false
    }
  }
  if (test.test === 'swapped' || test.test === 'crossed') return acrossColumns(dataset, test)
  const column = columnOf(dataset, test.column)
  const { codes } = column
  const { values } = column.lexicon
  switch (test.test) {
    case 'exact':
      return (a, b) => codes[a] !== 0 && codes[a] === codes[b]
    case 'missing':
      return (a, b) => codes[a] === 0 || codes[b] === 0
    case 'canonical': {
      const groups = groupsByCode(dataset, column)
      return onValues(column, true, (x, y) => shareGroup(groups[x]!, groups[y]!))
    }
    case 'jw':
      return similarity(column, test.atLeast)
    case 'subset':
      return onValues(column, true, (x, y) => wordsContained(values[x]!, values[y]!))
    case 'initial':
      return onValues(column, false, (x, y) => oneIsInitial(values[x]!, values[y]!))
    case 'phonetic': {
      const sounds = partCodes(column, soundOfValue)
      return onValues(column, true, (x, y) => sounds[x] !== 0 && sounds[x] === sounds[y])
    }
    case 'fullDate': {
      const full = values.map((value) => value !== '' && !value.endsWith('-01-01'))
      return (a, b) => codes[a] === codes[b] && full[codes[a]!]!
    }
    case 'firstOfJanuary': {
      const first = values.map((value) => value.endsWith('-01-01'))
      return (a, b) => codes[a] === codes[b] && first[codes[a]!]!
    }
    case 'dayMonthSwapped':
      return onValues(column, false, (x, y) => dayAndMonthSwapped(values[x]!, values[y]!))
    case 'dateSlip':
      return onValues(column, false, (x, y) => dateSlip(values[x]!, values[y]!))
    case 'sameYear': {
      const years = partCodes(column, (value) => value.slice(0, 4))
      return onValues(column, true, (x, y) => years[x] === years[y])
    }
    case 'daysWithin':
      return onValues(column, true, (x, y) => daysApart(values[x]!, values[y]!) <= test.days)
    case 'postcodePart': {
      const parts = partCodes(column, (value) => postcodePart(value, test.part))
      return onValues(column, true, (x, y) => parts[x] === parts[y])
    }
    case 'otherSource': {
      const sources = partCodes(column, (value) => value.slice(0, value.indexOf(':') + 1) || null)
      return onValues(column, false, (x, y) => sources[x] !== sources[y])
    }
  }
}

function oneIsInitial(left: string, right: string): boolean {
  return (left.length === 1 || right.length === 1) && left[0] === right[0]
}

/** Jaro-Winkler at least `atLeast`. Names of three letters or fewer are close only when equal (Li, Liu, Lin). */
function similarity(column: EncodedColumn, atLeast: number): PairTest {
  const words = column.lexicon.values.map((value) => value.replaceAll(' ', ''))
  const letters = new Int32Array(words.length)
  words.forEach((word, code) => {
    for (let at = 0; at < word.length; at++) letters[code]! |= 1 << (word.charCodeAt(at) & 31)
  })
  return onValues(column, true, (x, y) => {
    const left = words[x]!
    const right = words[y]!
    if (left.length <= 3 || right.length <= 3) return left === right
    // Letters only one of the words has cannot match, which bounds the similarity without looking at positions.
    const leftMost = left.length - bits(letters[x]! & ~letters[y]!)
    const rightMost = right.length - bits(letters[y]! & ~letters[x]!)
    const most = Math.min(leftMost, rightMost)
    if (most <= 0) return false
    const bound = (most / left.length + most / right.length + 1) / 3
    if (bound + 0.4 * (1 - bound) < atLeast) return false
    return jaroWinkler(left, right) >= atLeast
  })
}

function bits(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function acrossColumns(
  dataset: Dataset,
  test: { readonly test: 'swapped' | 'crossed'; readonly columns: readonly [string, string] },
): PairTest {
  const one = columnOf(dataset, test.columns[0])
  const other = columnOf(dataset, test.columns[1])
  const left = one.codes
  const right = other.codes
  const groups = groupsByCode(dataset, one)
  const agree = (x: number, y: number): boolean => x !== 0 && y !== 0 && (x === y || shareGroup(groups[x]!, groups[y]!))
  if (test.test === 'swapped') return (a, b) => agree(left[a]!, right[b]!) && agree(right[a]!, left[b]!)
  return (a, b) => agree(left[a]!, right[b]!) || agree(right[a]!, left[b]!) || (left[a] !== 0 && left[a] === left[b])
}
