import { jaro, levenshtein } from './compare.ts'
import { noDay, type ColumnTest } from './fact-writing.ts'
import type { Fact, Lists } from './facts.ts'
import { editsWithin, similarityOf } from './letters.ts'

/** The test that two recorded, different values pass, by code. */
export type ValueTest = (x: number, y: number) => boolean

/** Whether two mentions with the same value pass a test without looking at the value. */
export function holdsWhenEqual({ test }: ColumnTest): boolean {
  return test !== 'initial' && test !== 'dayMonthSwapped' && test !== 'dateSlip' && test !== 'otherSource'
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
