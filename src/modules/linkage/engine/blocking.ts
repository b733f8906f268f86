import { columnOf, type Dataset } from './dataset.ts'
import { partCodes, postcodePart, soundOfValue } from './fact-writing.ts'
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

/** One key of a rule: a number for each mention, by way of the codes of a column. 0: no key. */
interface Key {
  readonly codes: Int32Array
  /** The key of each code; null when the code is the key. */
  readonly of: Int32Array | null
  /** Above every number that it gives. */
  readonly end: number
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

/** Mentions in groups that share all the keys so far. Groups of one are left out: they can make no pair. */
interface Grouping {
  readonly order: Int32Array
  readonly starts: Int32Array
  readonly groups: number
}

/** Everybody who has the key, sorted by it; within a group in the order of positions. */
function groupAll(size: number, { codes, of, end }: Key): Grouping {
  const places = new Int32Array(end + 1)
  for (let at = 0; at < size; at++) places[of === null ? codes[at]! : of[codes[at]!]!]!++
  const starts = new Int32Array(Math.min(end, size) + 1)
  let groups = 0
  let total = 0
  places[0] = -1
  for (let key = 1; key < end; key++) {
    const members = places[key]!
    if (members < 2) places[key] = -1
    else {
      starts[groups++] = total
      places[key] = total
      total += members
    }
  }
  starts[groups] = total
  const order = sharedInt32(total)
  for (let at = 0; at < size; at++) {
    const key = of === null ? codes[at]! : of[codes[at]!]!
    const place = places[key]!
    if (place < 0) continue
    order[place] = at
    places[key] = place + 1
  }
  return { order, starts, groups }
}

/** Groups of up to so many are parted by comparing each with each, which is quicker than counting. */
const few = 8

/**
 * Sorts the members of each group by a further key. A group is small, so what is counted stays in the cache; `only` picks the groups
 * to part, the others stay as they are.
 */
function regroup(
  { order, starts, groups }: Grouping,
  { codes, of, end }: Key,
  only: ((members: number) => boolean) | null = null,
): Grouping {
  const counts = new Int32Array(end)
  const met = new Int32Array(order.length)
  let own = new Int32Array(64)
  const made = sharedInt32(order.length)
  const madeStarts = new Int32Array((order.length >> 1) + 2)
  let parted = 0
  let total = 0
  for (let group = 0; group < groups; group++) {
    const from = starts[group]!
    const members = starts[group + 1]! - from
    if (only !== null && !only(members)) {
      madeStarts[parted++] = total
      for (let at = from; at < from + members; at++) made[total++] = order[at]!
      continue
    }
    if (members > own.length) own = new Int32Array(2 * members)
    for (let at = 0; at < members; at++) {
      const code = codes[order[from + at]!]!
      own[at] = of === null ? code : of[code]!
    }
    if (members <= few) {
      for (let at = 0; at < members; at++) {
        const key = own[at]!
        if (key === 0) continue
        const begin = total
        for (let other = at + 1; other < members; other++) {
          if (own[other] !== key) continue
          if (total === begin) {
            madeStarts[parted++] = begin
            made[total++] = order[from + at]!
          }
          made[total++] = order[from + other]!
          own[other] = 0
        }
      }
      continue
    }
    let kinds = 0
    for (let at = 0; at < members; at++) {
      const key = own[at]!
      if (key !== 0 && counts[key]!++ === 0) met[kinds++] = key
    }
    for (let kind = 0; kind < kinds; kind++) {
      const key = met[kind]!
      const share = counts[key]!
      if (share < 2) counts[key] = -1
      else {
        madeStarts[parted++] = total
        counts[key] = total
        total += share
      }
    }
    for (let at = 0; at < members; at++) {
      const key = own[at]!
      if (key === 0 || counts[key]! < 0) continue
      made[counts[key]!] = order[from + at]!
      counts[key]!++
    }
    for (let kind = 0; kind < kinds; kind++) counts[met[kind]!] = 0
  }
  madeStarts[parted] = total
  return { order: made.subarray(0, total), starts: madeStarts.subarray(0, parted + 1), groups: parted }
}

const pairsOf = (mentions: number): number => (mentions * (mentions - 1)) / 2

function pairsIn({ starts, groups }: Grouping): number {
  let pairs = 0
  for (let group = 0; group < groups; group++) pairs += pairsOf(starts[group + 1]! - starts[group]!)
  return pairs
}

function overCap({ starts, groups }: Grouping, cap: number): number {
  let over = 0
  for (let group = 0; group < groups; group++) if (starts[group + 1]! - starts[group]! > cap) over++
  return over
}

function withoutKey(size: number, keys: readonly Key[]): number {
  let without = 0
  for (let at = 0; at < size; at++) {
    for (const { codes, of } of keys) {
      if ((of === null ? codes[at]! : of[codes[at]!]!) !== 0) continue
      without++
      break
    }
  }
  return without
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
export function sorted(rule: KeyedRule): Blocks {
  const { cap, keys, size } = rule
  const [first, ...rest] = keys
  let grouping = first === undefined ? groupAll(0, nobody) : groupAll(size, first)
  for (const key of rest) grouping = regroup(grouping, key)
  const before = pairsIn(grouping)
  const refinedBlocks = overCap(grouping, cap)
  for (const refine of rule.refine) {
    if (overCap(grouping, cap) === 0) break
    for (const key of refine) grouping = regroup(grouping, key, (members) => members > cap)
  }
  return finished(rule, grouping, { before, refinedBlocks, withoutKey: withoutKey(size, keys) })
}

/** The blocks of a rule over a data set. */
export function blocksOf(dataset: Dataset, rule: BlockingRule): Blocks {
  return sorted(keyed(dataset, rule))
}

const nobody: Key = { codes: new Int32Array(0), of: null, end: 1 }

function finished(
  { name, size, cap }: KeyedRule,
  { order, starts, groups }: Grouping,
  found: { readonly before: number; readonly refinedBlocks: number; readonly withoutKey: number },
): Blocks {
  const refused: RefusedBlock[] = []
  const keys = sharedInt32(size)
  const keptStarts = sharedInt32(groups + 1)
  let kept = 0
  let total = 0
  let pairs = 0
  let largestBlock = 0
  for (let group = 0; group < groups; group++) {
    const from = starts[group]!
    const members = starts[group + 1]! - from
    if (members > cap) {
      refused.push({ mentions: members, example: order[from]! })
      continue
    }
    keptStarts[kept++] = total
    for (let at = from; at < from + members; at++) {
      keys[order[at]!] = kept
      order[total++] = order[at]!
    }
    pairs += pairsOf(members)
    if (members > largestBlock) largestBlock = members
  }
  keptStarts[kept] = total
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
    starts: keptStarts.subarray(0, kept + 1),
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
