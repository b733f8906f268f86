import { sharedInt32 } from './letters.ts'
import type { NameGroups } from './names.ts'

/** The words of each value of a lexicon, each by the groups it belongs to, as numbers in memory that workers share. */
export interface GroupedWords {
  /** The words of a code from starts[code] up to starts[code + 1]. */
  readonly starts: Int32Array
  readonly words: Int32Array
  /** The groups of a word from groupStarts[word] up to groupStarts[word + 1]. */
  readonly groupStarts: Int32Array
  readonly groups: Int32Array
  /** A bit for each group of a word, and of all words of a code, so that most are told apart at once. */
  readonly bitsOfWord: Int32Array
  readonly bitsOfCode: Int32Array
}

function shared(numbers: readonly number[]): Int32Array {
  const made = sharedInt32(numbers.length)
  made.set(numbers)
  return made
}

export function groupedWords(values: readonly string[], names: NameGroups): GroupedWords {
  const wordOf = new Map<string, number>()
  const groupOf = new Map<string, number>()
  const [starts, words, groupStarts, groups, bitsOfWord, bitsOfCode]: number[][] = [[], [], [], [], [], []]
  const number = (text: string): number => {
    const known = wordOf.get(text)
    if (known !== undefined) return known
    groupStarts!.push(groups!.length)
    let bits = 0
    for (const group of names.groupsOf(text)) {
      const numbered = groupOf.get(group) ?? groupOf.size + 1
      groupOf.set(group, numbered)
      groups!.push(numbered)
      bits |= 1 << (Math.imul(numbered, 0x9e3779b1) >>> 27)
    }
    bitsOfWord!.push(bits)
    wordOf.set(text, wordOf.size)
    return wordOf.size - 1
  }
  for (const value of values) {
    starts!.push(words!.length)
    const own = value === '' ? [] : value.split(' ').map(number)
    words!.push(...own)
    bitsOfCode!.push(own.reduce((all, word) => all | bitsOfWord![word]!, 0))
  }
  starts!.push(words!.length)
  groupStarts!.push(groups!.length)
  return {
    starts: shared(starts!),
    words: shared(words!),
    groupStarts: shared(groupStarts!),
    groups: shared(groups!),
    bitsOfWord: shared(bitsOfWord!),
    bitsOfCode: shared(bitsOfCode!),
  }
}

/** With more words than this nothing is a name. */
const mostWords = 12

/** The `parts` test of two mentions by their codes in two columns that share a lexicon. */
export function partsAgree(table: GroupedWords): (a0: number, a1: number, b0: number, b1: number) => boolean {
  const { starts, words, groupStarts, groups, bitsOfWord, bitsOfCode } = table
  const few = new Int32Array(mostWords)
  const many = new Int32Array(mostWords)
  const wordsInto = (one: number, other: number, into: Int32Array): number => {
    let count = 0
    for (let at = starts[one]!; at < starts[one + 1]!; at++) into[count++] = words[at]!
    for (let at = starts[other]!; at < starts[other + 1]!; at++) into[count++] = words[at]!
    return count
  }
  const share = (x: number, y: number): boolean => {
    if (x === y) return true
    if ((bitsOfWord[x]! & bitsOfWord[y]!) === 0) return false
    for (let at = groupStarts[x]!; at < groupStarts[x + 1]!; at++) {
      for (let to = groupStarts[y]!; to < groupStarts[y + 1]!; to++) if (groups[at] === groups[to]) return true
    }
    return false
  }
  const count = (one: number, other: number): number =>
    starts[one + 1]! - starts[one]! + starts[other + 1]! - starts[other]!
  return (a0, a1, b0, b1) => {
    const [inA, inB] = [count(a0, a1), count(b0, b1)]
    // A single name is part of too many.
    if (inA < 2 || inB < 2 || inA > mostWords || inB > mostWords) return false
    const short = inA <= inB
    const bits = short ? bitsOfCode[b0]! | bitsOfCode[b1]! : bitsOfCode[a0]! | bitsOfCode[a1]!
    const least = short ? wordsInto(a0, a1, few) : wordsInto(b0, b1, few)
    for (let at = 0; at < least; at++) if ((bitsOfWord[few[at]!]! & bits) === 0) return false
    const most = short ? wordsInto(b0, b1, many) : wordsInto(a0, a1, many)
    for (let at = 0; at < least; at++) {
      let found = -1
      for (let to = 0; to < most && found < 0; to++) if (many[to]! >= 0 && share(few[at]!, many[to]!)) found = to
      if (found < 0) return false
      many[found] = -1
    }
    return true
  }
}
