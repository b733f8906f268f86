import { columnOf, type Dataset } from './dataset.ts'
import { partCodes, postcodePart, soundOfValue } from './levels.ts'
import type { BlockingRule, KeyExpr } from './spec.ts'

const defaultCap = 2000

/** A block that stayed over its cap: its pairs were not compared. Holds no value of any mention. */
export interface RefusedBlock {
  readonly mentions: number
  /** A mention of the block, by position, for whoever must look why so many share a key. */
  readonly example: number
}

/** What one rule does, known before any pair is compared. */
export interface RuleReport {
  readonly rule: string
  /** Pairs the rule makes. */
  readonly pairs: number
  readonly largestBlock: number
  /** Mentions without a key for this rule. */
  readonly withoutKey: number
  readonly refinedBlocks: number
  readonly refused: readonly RefusedBlock[]
  /** Pairs of over-full blocks that the rule leaves out because of refining and refusing. */
  readonly pairsLeftOut: number
}

/** Mentions sorted into the blocks of one rule. */
export interface Blocks {
  readonly report: RuleReport
  /** Key of each mention after refining; 0 when it is in no block of this rule. */
  readonly keys: Int32Array
  /** Positions, block after block; block b is order[starts[b]] up to order[starts[b + 1]]. */
  readonly order: Int32Array
  readonly starts: Int32Array
}

function keyCodes(dataset: Dataset, key: KeyExpr): Int32Array {
  if ('unordered' in key) {
    const left = columnOf(dataset, key.unordered[0])
    const right = columnOf(dataset, key.unordered[1])
    const groups = partCodes(left, (value) => dataset.groups.keyOf(value))
    const low = new Int32Array(dataset.size)
    const high = new Int32Array(dataset.size)
    for (let at = 0; at < dataset.size; at++) {
      const x = groups[left.codes[at]!]!
      const y = groups[right.codes[at]!]!
      if (x === 0 || y === 0) continue
      low[at] = Math.min(x, y)
      high[at] = Math.max(x, y)
    }
    return combined(low, high)
  }
  const column = columnOf(dataset, key.column)
  const part = key.part ?? 'whole'
  if (part === 'whole') return column.codes.slice()
  const made = partCodes(column, (value) => {
    switch (part) {
      case 'canonical':
        return dataset.groups.keyOf(value)
      case 'phonetic':
        return soundOfValue(value)
      case 'initial':
        return value.slice(0, 1)
      case 'year':
        return value.slice(0, 4)
      case 'yearMonth':
        return value.slice(0, 7)
      case 'prefix':
        return Array.from(value)
          .slice(0, 'length' in key ? key.length : 1)
          .join('')
      case 'district':
      case 'sector':
        return postcodePart(value, part)
    }
  })
  return column.codes.map((code) => made[code]!)
}

/** One number for each distinct pair of numbers; 0 where either is 0. */
function combined(left: Int32Array, right: Int32Array): Int32Array {
  const index = new Map<number, number>()
  const made = new Int32Array(left.length)
  for (let at = 0; at < left.length; at++) {
    const x = left[at]!
    const y = right[at]!
    if (x === 0 || y === 0) continue
    // Both are below 2^26 (mentions are), so the product stays exact in a double.
    const pair = x * 67108864 + y
    let number = index.get(pair)
    if (number === undefined) {
      number = index.size + 1
      index.set(pair, number)
    }
    made[at] = number
  }
  return made
}

function countKeys(keys: Int32Array): Int32Array {
  let largest = 0
  for (const key of keys) if (key > largest) largest = key
  const counts = new Int32Array(largest + 1)
  for (const key of keys) counts[key]!++
  return counts
}

const pairsOf = (mentions: number): number => (mentions * (mentions - 1)) / 2

/** Sorts the mentions into the blocks of a rule: combine keys, refine what is over the cap, refuse what stays over. */
export function blocksOf(dataset: Dataset, rule: BlockingRule): Blocks {
  const cap = rule.cap ?? defaultCap
  let keys = rule.keys.map((key) => keyCodes(dataset, key)).reduce((left, right) => combined(left, right))
  let counts = countKeys(keys)
  const withoutKey = counts[0]!
  let before = 0
  let refinedBlocks = 0
  for (let key = 1; key < counts.length; key++) {
    before += pairsOf(counts[key]!)
    if (counts[key]! > cap) refinedBlocks++
  }
  for (const refine of rule.refine ?? []) {
    if (!counts.some((count, key) => key > 0 && count > cap)) break
    const finer = combined(keys, keyCodes(dataset, refine))
    // Refined keys are numbered after the plain ones, so the two kinds cannot meet.
    const offset = counts.length
    keys = keys.map((key, at) => (counts[key]! <= cap || key === 0 ? key : finer[at] === 0 ? 0 : finer[at]! + offset))
    counts = countKeys(keys)
  }
  const refused: RefusedBlock[] = []
  const told = new Set<number>()
  keys.forEach((key, at) => {
    if (key === 0 || counts[key]! <= cap || told.has(key)) return
    told.add(key)
    refused.push({ mentions: counts[key]!, example: at })
  })
  keys = keys.map((key) => (counts[key]! > cap ? 0 : key))
  return sorted(rule, keys, { withoutKey, before, refinedBlocks, refused })
}

function sorted(
  rule: BlockingRule,
  keys: Int32Array,
  found: { withoutKey: number; before: number; refinedBlocks: number; refused: readonly RefusedBlock[] },
): Blocks {
  const counts = countKeys(keys)
  const place = new Int32Array(counts.length).fill(-1)
  const starts: number[] = []
  let total = 0
  let pairs = 0
  let largestBlock = 0
  for (let key = 1; key < counts.length; key++) {
    const mentions = counts[key]!
    if (mentions < 2) continue
    place[key] = total
    starts.push(total)
    total += mentions
    pairs += pairsOf(mentions)
    largestBlock = Math.max(largestBlock, mentions)
  }
  starts.push(total)
  const order = new Int32Array(total)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!
    if (key !== 0 && place[key]! >= 0) order[place[key]!++] = at
  }
  const report: RuleReport = {
    rule: rule.name,
    pairs,
    largestBlock,
    withoutKey: found.withoutKey,
    refinedBlocks: found.refinedBlocks,
    refused: found.refused,
    pairsLeftOut: found.before - pairs,
  }
  return { report, keys, order, starts: Int32Array.from(starts) }
}

/** What each rule would do, exactly, from counts alone: for judging rules before paying for their pairs. */
export function estimateBlocking(dataset: Dataset, rules: readonly BlockingRule[]): readonly RuleReport[] {
  return rules.map((rule) => blocksOf(dataset, rule).report)
}

/** Calls `visit` once for each pair of the rules, never twice, whichever rules make it. */
export function visitPairs(blocks: readonly Blocks[], visit: (a: number, b: number, rule: number) => void): void {
  blocks.forEach(({ order, starts }, rule) => {
    const earlier = blocks.slice(0, rule).map((other) => other.keys)
    for (let block = 0; block + 1 < starts.length; block++) {
      const end = starts[block + 1]!
      for (let x = starts[block]!; x < end - 1; x++) {
        const a = order[x]!
        for (let y = x + 1; y < end; y++) {
          const b = order[y]!
          if (!madeBy(earlier, a, b)) visit(a, b, rule)
        }
      }
    }
  })
}

function madeBy(keys: readonly Int32Array[], a: number, b: number): boolean {
  for (let rule = 0; rule < keys.length; rule++) {
    const key = keys[rule]![a]!
    if (key !== 0 && key === keys[rule]![b]) return true
  }
  return false
}
