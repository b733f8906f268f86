import { grownInt32 } from './letters.ts'

/** The numbers that mentions are blocked by, worked out from the codes of their columns. */
export class KeyNumbers {
  private readonly codes: Int32Array[] = []
  private readonly of: (Int32Array | null)[] = []
  private readonly others: (Int32Array | null)[] = []
  /** 0 a key of one column; of an unordered pair of columns 1 the lower, 2 the higher. */
  private readonly side: number[] = []

  /** Sets a key, anew when its arrays have grown. @param of what each code comes to; null when the code is the number */
  set(
    key: number,
    codes: Int32Array,
    of: Int32Array | null,
    side: 0 | 1 | 2 = 0,
    other: Int32Array | null = null,
  ): void {
    this.codes[key] = codes
    this.of[key] = of
    this.side[key] = side
    this.others[key] = other
  }

  /** The number of a mention; 0 when it has none. */
  number(key: number, mention: number): number {
    const of = this.of[key]!
    const code = this.codes[key]![mention]!
    if (of === null) return code
    const here = of[code]!
    const side = this.side[key]!
    if (side === 0) return here
    const there = of[this.others[key]![mention]!]!
    if (here === 0 || there === 0) return 0
    return (side === 1) === here < there ? here : there
  }
}

/** The head of a block that is parted by a further key. */
const parted = -2
const nobody = -1

const mixed = (hash: number, number: number): number => {
  const next = Math.imul(hash ^ number, 0x85ebca6b)
  return next ^ (next >>> 13)
}

/**
 * The blocks of one rule as a batch would make them of the mentions that are in it now, kept up as mentions come and go. A block
 * over the cap is parted by the further keys, one after another, and put together again when it is no longer over it.
 */
export class LiveBlocks {
  private readonly cap: number
  private readonly keys: readonly number[]
  private readonly refine: readonly number[]
  private readonly numbers: KeyNumbers
  /** The next mention of the same block. */
  private next: Int32Array
  private slots: Int32Array
  private groups = 0
  private head: Int32Array
  private count: Int32Array
  private hash: Int32Array
  /** A mention that was put in: its keys are those of the block for good. */
  private sample: Int32Array
  private parent: Int32Array
  private readonly children = new Map<number, Set<number>>()

  /**
   * @param keys what must be the same, @param refine what more in blocks over the cap, by their places in the numbers
   * @param room for so many mentions
   */
  constructor(cap: number, keys: readonly number[], refine: readonly number[], numbers: KeyNumbers, room: number) {
    this.cap = cap
    this.keys = keys
    this.refine = refine
    this.numbers = numbers
    this.next = new Int32Array(room)
    this.slots = new Int32Array(1 << 10)
    this.head = new Int32Array(256)
    this.count = new Int32Array(256)
    this.hash = new Int32Array(256)
    this.sample = new Int32Array(256)
    this.parent = new Int32Array(256)
  }

  grow(room: number): void {
    this.next = grownInt32(this.next, room)
  }

  /** Puts a mention in. One without a key is in no block. */
  put(mention: number): void {
    let group = this.whole(mention)
    for (let depth = 0; group !== nobody; depth++) {
      const members = ++this.count[group]!
      if (this.head[group] !== parted) {
        this.next[mention] = this.head[group]!
        this.head[group] = mention
        if (members > this.cap && depth < this.refine.length && !this.leftOut(group, mention)) this.part(group, depth)
        return
      }
      group = this.child(group, this.refine[depth]!, mention)
    }
  }

  take(mention: number): void {
    const path: number[] = []
    let group = this.whole(mention)
    for (let depth = 0; ; depth++) {
      if (group === nobody) return
      path.push(group)
      this.count[group]!--
      if (this.head[group] !== parted) break
      group = this.child(group, this.refine[depth]!, mention)
    }
    this.unchain(group, mention)
    const whole = path.find((one) => this.head[one] === parted && this.count[one]! <= this.cap)
    if (whole !== undefined) this.head[whole] = this.gathered(whole, nobody)
  }

  /**
   * Hands over the others of a mention's block.
   * @returns how many mentions the block has when it is refused because it is over the cap, else 0
   */
  visit(mention: number, see: (other: number) => void): number {
    let group = this.whole(mention)
    for (let depth = 0; group !== nobody; depth++) {
      if (this.head[group] !== parted) {
        if (this.leftOut(group, mention)) return 0
        if (this.count[group]! > this.cap) return this.count[group]!
        for (let other = this.head[group]!; other !== nobody; other = this.next[other]!) {
          if (other !== mention) see(other)
        }
        return 0
      }
      group = this.child(group, this.refine[depth]!, mention)
    }
    return 0
  }

  /** How many mentions each block has that is over the cap and cannot be parted any more. */
  refused(): number[] {
    const found: number[] = []
    for (let group = 0; group < this.groups; group++) {
      if (this.head[group] === parted || this.count[group]! <= this.cap) continue
      if (!this.leftOut(group, this.sample[group]!)) found.push(this.count[group]!)
    }
    return found
  }

  /** Whether these are the ones without the key by which their block was parted: they are compared with nobody. */
  private leftOut(group: number, mention: number): boolean {
    let depth = -1
    for (let at = group; this.parent[at] !== nobody; at = this.parent[at]!) depth++
    return depth >= 0 && this.numbers.number(this.refine[depth]!, mention) === 0
  }

  /** The block of all that share the keys of the rule; made when it is not there. */
  private whole(mention: number): number {
    let hash = 1
    for (const key of this.keys) {
      const number = this.numbers.number(key, mention)
      if (number === 0) return nobody
      hash = mixed(hash, number)
    }
    return this.found(hash, nobody, this.keys, mention)
  }

  private child(group: number, key: number, mention: number): number {
    const hash = mixed(Math.imul(group + 2, 0x9e3779b1), this.numbers.number(key, mention))
    this.one[0] = key
    const found = this.found(hash, group, this.one, mention)
    if (this.count[found] === 0) this.children.get(group)!.add(found)
    return found
  }
  private readonly one = [0]

  private found(hash: number, parent: number, keys: readonly number[], mention: number): number {
    const { slots } = this
    const last = slots.length - 1
    let at = hash & last
    for (; slots[at] !== 0; at = (at + 1) & last) {
      const group = slots[at]! - 1
      if (this.hash[group] !== hash || this.parent[group] !== parent) continue
      const sample = this.sample[group]!
      let same = true
      for (let key = 0; key < keys.length && same; key++) {
        same = this.numbers.number(keys[key]!, sample) === this.numbers.number(keys[key]!, mention)
      }
      if (same) return group
    }
    if (this.groups === this.head.length) this.growGroups()
    const group = this.groups++
    this.head[group] = nobody
    this.hash[group] = hash
    this.sample[group] = mention
    this.parent[group] = parent
    slots[at] = group + 1
    if (2 * this.groups > slots.length) this.rehash()
    return group
  }

  private growGroups(): void {
    const room = 2 * this.groups
    this.head = grownInt32(this.head, room)
    this.count = grownInt32(this.count, room)
    this.hash = grownInt32(this.hash, room)
    this.sample = grownInt32(this.sample, room)
    this.parent = grownInt32(this.parent, room)
  }

  private rehash(): void {
    const slots = new Int32Array(2 * this.slots.length)
    const last = slots.length - 1
    for (let group = 0; group < this.groups; group++) {
      let at = this.hash[group]! & last
      while (slots[at] !== 0) at = (at + 1) & last
      slots[at] = group + 1
    }
    this.slots = slots
  }

  /** Parts a block by its next key, and what is then still over the cap by the one after it. */
  private part(group: number, depth: number): void {
    let mention = this.head[group]!
    this.head[group] = parted
    const children = new Set<number>()
    this.children.set(group, children)
    while (mention !== nobody) {
      const after = this.next[mention]!
      const child = this.child(group, this.refine[depth]!, mention)
      this.next[mention] = this.head[child]!
      this.head[child] = mention
      this.count[child]!++
      mention = after
    }
    if (depth + 1 === this.refine.length) return
    for (const child of children) {
      if (this.count[child]! > this.cap && !this.leftOut(child, this.head[child]!)) this.part(child, depth + 1)
    }
  }

  /** All mentions of a parted block in one chain that ends as given; its parts are empty then. @returns the first */
  private gathered(group: number, end: number): number {
    let first = end
    for (const child of this.children.get(group) ?? []) {
      if (this.head[child] === parted) first = this.gathered(child, first)
      else {
        for (let mention = this.head[child]!; mention !== nobody;) {
          const after = this.next[mention]!
          this.next[mention] = first
          first = mention
          mention = after
        }
      }
      this.head[child] = nobody
      this.count[child] = 0
    }
    this.children.delete(group)
    return first
  }

  private unchain(group: number, mention: number): void {
    if (this.head[group] === mention) {
      this.head[group] = this.next[mention]!
      return
    }
    let at = this.head[group]!
    while (this.next[at] !== mention) at = this.next[at]!
    this.next[at] = this.next[mention]!
  }
}
