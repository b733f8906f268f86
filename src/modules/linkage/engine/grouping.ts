/** One key of a rule: a number for each mention, by way of the codes of a column. 0: no key. */
export interface Key {
  readonly codes: Int32Array
  /** The key of each code; null when the code is the key. */
  readonly of: Int32Array | null
  /** Above every number that it gives. */
  readonly end: number
}

/** Groups of up to so many are parted by comparing each with each, which is quicker than counting. */
const few = 8

/**
 * Mentions in groups that share all the keys so far. Groups of one are left out: they can make no pair. Its memory serves one rule
 * after another, as fresh memory takes longer to come by than sorting in it.
 *
 * What is done to one group stands in methods of its own: what is called again and again is compiled once and for all, while a loop
 * within a loop is compiled in the midst of running and left again at its end.
 */
export class Grouping {
  readonly size: number
  /** Positions, group after group; group g is order[starts[g]] up to order[starts[g + 1]]. */
  readonly order: Int32Array
  starts: Int32Array
  groups = 0
  private total = 0
  private spare: Int32Array
  private counts = new Int32Array(0)
  /** The key of each in order. */
  private readonly own: Int32Array
  /** Of the group at hand: who they are, and the keys met among them. */
  private readonly who: Int32Array
  private readonly met: Int32Array

  constructor(size: number) {
    this.size = size
    this.order = new Int32Array(size)
    this.starts = new Int32Array((size >> 1) + 2)
    this.spare = new Int32Array((size >> 1) + 2)
    this.own = new Int32Array(size)
    this.who = new Int32Array(size)
    this.met = new Int32Array(size)
  }

  private noughts(end: number): Int32Array {
    if (this.counts.length < end) this.counts = new Int32Array(end)
    else this.counts.fill(0, 0, end)
    return this.counts
  }

  /** Nobody in any group. */
  clear(): void {
    this.groups = 0
    this.starts[0] = 0
  }

  /** Everybody who has the key, sorted by it; within a group in the order of positions. */
  groupAll({ codes, of, end }: Key): void {
    const { size, order, starts } = this
    const places = this.noughts(end + 1)
    for (let at = 0; at < size; at++) places[of === null ? codes[at]! : of[codes[at]!]!]!++
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
    this.groups = groups
    for (let at = 0; at < size; at++) {
      const key = of === null ? codes[at]! : of[codes[at]!]!
      const place = places[key]!
      if (place < 0) continue
      order[place] = at
      places[key] = place + 1
    }
  }

  /** Parts each group by a further key; `only` picks the groups to part, the others stay as they are. */
  part(key: Key, only: ((members: number) => boolean) | null = null): void {
    const { order, starts, groups } = this
    this.readKeys(key, starts[groups]!)
    const counts = this.noughts(key.end)
    this.starts = this.spare
    this.spare = starts
    this.groups = 0
    this.total = 0
    for (let group = 0; group < groups; group++) {
      const from = starts[group]!
      const members = starts[group + 1]! - from
      if (only !== null && !only(members)) {
        this.starts[this.groups++] = this.total
        order.copyWithin(this.total, from, from + members)
        this.total += members
      } else if (members <= few) this.partFew(from, members)
      else this.partMany(from, members, counts)
    }
    this.starts[this.groups] = this.total
  }

  /** In one go: reads that nothing waits for cost the memory's throughput, not its delay. */
  private readKeys({ codes, of }: Key, total: number): void {
    const { order, own } = this
    if (of === null) for (let at = 0; at < total; at++) own[at] = codes[order[at]!]!
    else for (let at = 0; at < total; at++) own[at] = of[codes[order[at]!]!]!
  }

  /** What is parted is written where it was or before, so who they are is kept aside. */
  private partFew(from: number, members: number): void {
    const { order, starts, own, who } = this
    let { total } = this
    for (let at = 0; at < members; at++) who[at] = order[from + at]!
    for (let at = 0; at < members; at++) {
      const key = own[from + at]!
      if (key === 0) continue
      const begin = total
      for (let other = at + 1; other < members; other++) {
        if (own[from + other] !== key) continue
        if (total === begin) {
          starts[this.groups++] = begin
          order[total++] = who[at]!
        }
        order[total++] = who[other]!
        own[from + other] = 0
      }
    }
    this.total = total
  }

  /** The same by counting. `counts` is all noughts before and after. */
  private partMany(from: number, members: number, counts: Int32Array): void {
    const { order, starts, own, who, met } = this
    let { total } = this
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
        starts[this.groups++] = total
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
    this.total = total
  }

  /** Mentions that lack one of the keys at least. Of use when the parting is done. */
  lacking(keys: readonly Key[]): number {
    const { size, own } = this
    own.fill(0)
    for (const key of keys) this.markLacking(key)
    let lacking = 0
    for (let at = 0; at < size; at++) lacking += own[at]!
    return lacking
  }

  private markLacking({ codes, of }: Key): void {
    const { size, own } = this
    // Of numbers that are not negative only 0 has its sign bit set once 1 is taken: there is no branch to guess wrong.
    if (of === null) for (let at = 0; at < size; at++) own[at]! |= (codes[at]! - 1) >>> 31
    else for (let at = 0; at < size; at++) own[at]! |= (of[codes[at]!]! - 1) >>> 31
  }

  pairs(): number {
    let pairs = 0
    for (let group = 0; group < this.groups; group++) pairs += pairsOf(this.starts[group + 1]! - this.starts[group]!)
    return pairs
  }

  /** Groups of more than so many. */
  over(cap: number): number {
    let over = 0
    for (let group = 0; group < this.groups; group++) {
      if (this.starts[group + 1]! - this.starts[group]! > cap) over++
    }
    return over
  }
}

export const pairsOf = (mentions: number): number => (mentions * (mentions - 1)) / 2
