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
  const starts = sharedInt32(Math.min(end, size) + 1)
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

/** Groups as they are made, one after another, in the place of those they are made of. */
interface Made {
  readonly order: Int32Array
  readonly starts: Int32Array
  groups: number
  total: number
}

/** Room for what is known of the members of one group: who they are, and the keys met among them. */
interface Room {
  readonly who: Int32Array
  readonly met: Int32Array
}

const roomFor = (members: number): Room => ({ who: new Int32Array(members), met: new Int32Array(members) })

/*
 * What is done to one group stands in functions of its own: a function that is called again and again is compiled once and for all,
 * while a loop within a loop is compiled in the midst of running and left again at its end.
 */

/** Parts a group by comparing each with each. `own` holds the key of each member, and is used up. */
function partFew(own: Int32Array, from: number, members: number, { who }: Room, made: Made): void {
  const { order, starts } = made
  let { total } = made
  for (let at = 0; at < members; at++) who[at] = order[from + at]!
  for (let at = 0; at < members; at++) {
    const key = own[from + at]!
    if (key === 0) continue
    const begin = total
    for (let other = at + 1; other < members; other++) {
      if (own[from + other] !== key) continue
      if (total === begin) {
        starts[made.groups++] = begin
        order[total++] = who[at]!
      }
      order[total++] = who[other]!
      own[from + other] = 0
    }
  }
  made.total = total
}

/** Parts a group by counting. `counts` is all noughts before and after. */
function partMany(
  own: Int32Array,
  from: number,
  members: number,
  counts: Int32Array,
  { who, met }: Room,
  made: Made,
): void {
  const { order, starts } = made
  let { total } = made
  let kinds = 0
  for (let at = 0; at < members; at++) {
    who[at] = order[from + at]!
    const key = own[from + at]!
    if (key !== 0 && counts[key]!++ === 0) met[kinds++] = key
  }
  for (let kind = 0; kind < kinds; kind++) {
    const key = met[kind]!
    const share = counts[key]!
    if (share < 2) counts[key] = -1
    else {
      starts[made.groups++] = total
      counts[key] = total
      total += share
    }
  }
  for (let at = 0; at < members; at++) {
    const key = own[from + at]!
    if (key === 0 || counts[key]! < 0) continue
    order[counts[key]!] = who[at]!
    counts[key]!++
  }
  for (let kind = 0; kind < kinds; kind++) counts[met[kind]!] = 0
  made.total = total
}

/** Sorts the members of each group by a further key, in place; `only` picks the groups to part, the others stay as they are. */
function regroup(
  { order, starts, groups }: Grouping,
  key: Key,
  only: ((members: number) => boolean) | null = null,
): Grouping {
  const own = keysAlong(key, order)
  const counts = new Int32Array(key.end)
  const made: Made = { order, starts: sharedInt32((order.length >> 1) + 2), groups: 0, total: 0 }
  let room = roomFor(64)
  for (let group = 0; group < groups; group++) {
    const from = starts[group]!
    const members = starts[group + 1]! - from
    if (members > room.who.length) room = roomFor(2 * members)
    if (only !== null && !only(members)) {
      made.starts[made.groups++] = made.total
      order.copyWithin(made.total, from, from + members)
      made.total += members
    } else if (members <= few) partFew(own, from, members, room, made)
    else partMany(own, from, members, counts, room, made)
  }
  made.starts[made.groups] = made.total
  return { order: order.subarray(0, made.total), starts: made.starts, groups: made.groups }
}

/** The key of each, read in one go: reads that nothing waits for cost the memory's throughput, not its delay. */
function keysAlong({ codes, of }: Key, order: Int32Array): Int32Array {
  const own = new Int32Array(order.length)
  if (of === null) for (let at = 0; at < own.length; at++) own[at] = codes[order[at]!]!
  else for (let at = 0; at < own.length; at++) own[at] = of[codes[order[at]!]!]!
  return own
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

/** Mentions that lack one of the keys at least. */
function withoutKey(size: number, keys: readonly Key[]): number {
  const lacking = new Uint8Array(size)
  for (const key of keys) markLacking(key, lacking)
  let without = 0
  for (let at = 0; at < size; at++) without += lacking[at]!
  return without
}

function markLacking({ codes, of }: Key, lacking: Uint8Array): void {
  // Of numbers that are not negative only 0 has its sign bit set once 1 is taken: there is no branch to guess wrong.
  if (of === null) for (let at = 0; at < lacking.length; at++) lacking[at]! |= (codes[at]! - 1) >>> 31
  else for (let at = 0; at < lacking.length; at++) lacking[at]! |= (of[codes[at]!]! - 1) >>> 31
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
  let kept = 0
  let total = 0
  let pairs = 0
  let largestBlock = 0
  for (let group = 0; group < groups; group++) {
    const from = starts[group]!
    const end = starts[group + 1]!
    const members = end - from
    if (members > cap) {
      refused.push({ mentions: members, example: order[from]! })
      continue
    }
    // In place: what is kept never overtakes what is looked at.
    starts[kept++] = total
    for (let at = from; at < end; at++) {
      keys[order[at]!] = kept
      order[total++] = order[at]!
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
