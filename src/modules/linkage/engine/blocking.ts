import { columnOf, type Dataset } from './dataset.ts'
import { partCodes, postcodePart, soundOfValue } from './fact-writing.ts'
import { Grouping, pairsOf, type Key } from './grouping.ts'
import { sharedInt32 } from './letters.ts'
import type { NameGroups } from './names.ts'
import type { BlockingRule, KeyExpr } from './spec.ts'

/** Most mentions in a block of a rule that names no other number. */
export const defaultCap = 2000

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
  /** Block of each mention, from 1; 0 when it shares a key with nobody or its block was refused. */
  readonly keys: Int32Array
  /** Positions, block after block; block b is order[starts[b]] up to order[starts[b + 1]]. */
  readonly order: Int32Array
  readonly starts: Int32Array
}

/** The numbers that mentions are sorted by, in the order in which they are; an unordered pair of columns gives two. */
function keysOf(dataset: Dataset, key: KeyExpr): readonly Key[] {
  if ('unordered' in key) {
    const left = columnOf(dataset, key.unordered[0])
    const right = columnOf(dataset, key.unordered[1])
    // The two columns share their lexicon, so one table serves both.
    const groups = partCodes(left.lexicon.values, (value) => dataset.groups.keyOf(value))
    const low = sharedInt32(dataset.size)
    const high = sharedInt32(dataset.size)
    for (let at = 0; at < dataset.size; at++) {
      const x = groups[left.codes[at]!]!
      const y = groups[right.codes[at]!]!
      if (x === 0 || y === 0) continue
      low[at] = x < y ? x : y
      high[at] = x < y ? y : x
    }
    const end = groups.length + 1
    return [
      { codes: low, of: null, end },
      { codes: high, of: null, end },
    ]
  }
  const column = columnOf(dataset, key.column)
  const part = key.part ?? 'whole'
  const end = column.lexicon.size + 1
  if (part === 'whole') return [{ codes: column.codes, of: null, end }]
  const made = partCodes(column.lexicon.values, keyPart(key, dataset.groups))
  // Far fewer than there are values: what a key comes to decides which is sorted by first.
  return [{ codes: column.codes, of: made, end: made.reduce((most, number) => (number > most ? number : most), 0) + 1 }]
}

/** What a key that is not the whole value takes of it. */
export function keyPart(
  key: Exclude<KeyExpr, { readonly unordered: unknown }>,
  groups: NameGroups,
): (value: string) => string | null {
  switch (key.part ?? 'whole') {
    case 'whole':
      return (value) => value
    case 'canonical':
      return (value) => groups.keyOf(value)
    case 'phonetic':
      return soundOfValue
    case 'initial':
      return (value) => value.slice(0, 1)
    case 'year':
      return (value) => value.slice(0, 4)
    case 'yearMonth':
      return (value) => value.slice(0, 7)
    case 'prefix': {
      const length = 'length' in key ? key.length : 1
      return (value) => prefixOf(value, length)
    }
    case 'district':
      return (value) => postcodePart(value, 'district')
    case 'sector':
      return (value) => postcodePart(value, 'sector')
  }
}

function prefixOf(value: string, length: number): string {
  const cut = value.slice(0, length)
  // Only a value with letters of two units can be cut in the middle of one.
  return /[\ud800-\udfff]/.test(cut) ? Array.from(value).slice(0, length).join('') : cut
}

/** A rule with its keys worked out: numbers in memory that workers share. */
export interface KeyedRule {
  readonly name: string
  readonly size: number
  readonly cap: number
  readonly keys: readonly Key[]
  /** An unordered pair of columns parts a block by two numbers, one after the other. */
  readonly refine: readonly (readonly Key[])[]
}

export function keyed(dataset: Dataset, rule: BlockingRule): KeyedRule {
  return {
    name: rule.name,
    size: dataset.size,
    cap: rule.cap ?? defaultCap,
    // By the key with the most values first: its groups are small, and the other keys then part what is already near in memory.
    keys: rule.keys.flatMap((key) => keysOf(dataset, key)).sort((left, right) => right.end - left.end),
    refine: (rule.refine ?? []).map((key) => keysOf(dataset, key)),
  }
}

/** Sorts the mentions into the blocks of a rule: combine keys, refine what is over the cap, refuse what stays over. */
export function sorted(rule: KeyedRule, grouping: Grouping): Blocks {
  const { cap, keys } = rule
  const [first, ...rest] = keys
  if (first === undefined) grouping.clear()
  else grouping.groupAll(first)
  for (const key of rest) grouping.part(key)
  const before = grouping.pairs()
  const refinedBlocks = grouping.over(cap)
  for (const refine of rule.refine) {
    if (grouping.over(cap) === 0) break
    for (const key of refine) grouping.part(key, (members) => members > cap)
  }
  return finished(rule, grouping, { before, refinedBlocks, withoutKey: grouping.lacking(keys) })
}

/** The blocks of a rule over a data set. */
export function blocksOf(dataset: Dataset, rule: BlockingRule): Blocks {
  return sorted(keyed(dataset, rule), new Grouping(dataset.size))
}

/** A worker's side of blocking: sorts by one rule after another, all in the same memory. */
export function pieceBlocks(rules: readonly KeyedRule[]): (piece: number) => Blocks {
  const grouping = new Grouping(rules[0]?.size ?? 0)
  return (piece) => sorted(rules[piece]!, grouping)
}

function finished(
  { name, size, cap }: KeyedRule,
  { order: all, starts: allStarts, groups }: Grouping,
  found: { readonly before: number; readonly refinedBlocks: number; readonly withoutKey: number },
): Blocks {
  const refused: RefusedBlock[] = []
  const keys = sharedInt32(size)
  const order = sharedInt32(allStarts[groups]!)
  const starts = sharedInt32(groups + 1)
  let kept = 0
  let total = 0
  let pairs = 0
  let largestBlock = 0
  for (let group = 0; group < groups; group++) {
    const from = allStarts[group]!
    const end = allStarts[group + 1]!
    const members = end - from
    if (members > cap) {
      refused.push({ mentions: members, example: all[from]! })
      continue
    }
    starts[kept++] = total
    for (let at = from; at < end; at++) {
      keys[all[at]!] = kept
      order[total++] = all[at]!
    }
    pairs += pairsOf(members)
    if (members > largestBlock) largestBlock = members
  }
  starts[kept] = total
  return {
    report: {
      rule: name,
      pairs,
      largestBlock,
      withoutKey: found.withoutKey,
      refinedBlocks: found.refinedBlocks,
      refused,
      pairsLeftOut: found.before - pairs,
    },
    keys,
    order: order.subarray(0, total),
    starts: starts.subarray(0, kept + 1),
  }
}

/** What each rule would do, exactly, from counts alone: for judging rules before paying for their pairs. */
export function estimateBlocking(dataset: Dataset, rules: readonly BlockingRule[]): readonly RuleReport[] {
  return rules.map((rule) => blocksOf(dataset, rule).report)
}

/** Calls `visit` once for each pair of the rules, a < b, never twice, whichever rules make it. */
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
