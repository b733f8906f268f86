/** A stream of numbers that is the same on every machine for the same seed (sfc32 on 32-bit integers). */
export interface Random {
  /** A number from 0 up to but not including 1, in steps of 2^-32. */
  readonly next: () => number
  /** A whole number from 0 up to but not including `limit`. */
  readonly below: (limit: number) => number
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
}

/** Starts a stream. Different `seed` or `stream` numbers give unrelated streams. */
export function randomFrom(seed: number, stream = 0): Random {
  let a = seed | 0
  let b = (seed / 4294967296) | 0
  let c = stream | 0
  let counter = 1
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c = c | 0
    return (sum >>> 0) / 4294967296
  }
  // The first draws of nearby seeds look alike; twenty rounds part them.
  for (let round = 0; round < 20; round++) draw()
  return {
    next: draw,
    below: (limit) => Math.floor(draw() * limit),
    between: (low, high) => low + Math.floor(draw() * (high - low + 1)),
    chance: (probability) => draw() < probability,
  }
}

/**
 * Says yes at a rate, like `chance`, but once in each stretch of 1 / rate calls: for rare things, whose number would
 * otherwise depend on luck.
 */
export function evenly(random: Random, rate: number): () => boolean {
  let calls = 0
  let stretch = 0
  let next = Math.floor(random.next() / rate)
  return () => {
    const isNow = calls === next
    calls++
    if (isNow) {
      stretch++
      next = Math.max(calls, Math.floor((stretch + random.next()) / rate))
    }
    return isNow
  }
}

/** Things to draw from, each with its weight. */
export interface Weighted<T> {
  readonly items: readonly T[]
  readonly cumulative: Float64Array
}

/** Prepares a weighted draw. @throws RangeError when nothing has a weight above zero. */
export function weighted<T>(pairs: Iterable<readonly [T, number]>): Weighted<T> {
  const items: T[] = []
  const sums: number[] = []
  let sum = 0
  for (const [item, weight] of pairs) {
    if (!(weight > 0)) continue
    sum += weight
    items.push(item)
    sums.push(sum)
  }
  if (items.length === 0) throw new RangeError('nothing to draw from')
  return { items, cumulative: Float64Array.from(sums) }
}

/** Draws one thing, by weight; `at` (0 up to 1) may be given to draw by quota and not by chance. */
export function pick<T>(random: Random, table: Weighted<T>, at = random.next()): T {
  const { cumulative, items } = table
  const target = at * (cumulative[cumulative.length - 1] ?? 0)
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulative[middle] ?? 0) > target) high = middle
    else low = middle + 1
  }
  return one(items[low], 'a weighted draw')
}

/** Draws one of a list, all alike. */
export function pickOne<T>(random: Random, items: readonly T[]): T {
  return one(items[random.below(items.length)], 'a draw from a list')
}

/** The thing itself, where its absence would mean the reference data are broken. @throws RangeError */
export function one<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`missing: ${what}`)
  return value
}

/** Some of a list, each as likely as the next, in random order; all of it when it holds no more than `count`. */
export function sample<T>(random: Random, items: readonly T[], count: number): T[] {
  const list = [...items]
  const taken = Math.min(count, list.length)
  for (let place = 0; place < taken; place++) {
    const other = place + random.below(list.length - place)
    const held = one(list[place], 'a sample')
    list[place] = one(list[other], 'a sample')
    list[other] = held
  }
  return list.slice(0, taken)
}

/** Puts a list in random order, in place. */
export function shuffle<T>(random: Random, items: T[]): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const held = one(items[last], 'shuffle')
    items[last] = one(items[other], 'shuffle')
    items[other] = held
  }
}

/**
 * A gamma draw with mean 1 and a shape below 1 (Ahrens-Dieter). Rounded to six places so that a last-bit difference
 * in a machine's logarithm cannot change a byte of the output.
 */
export function gamma(random: Random, shape: number): number {
  const bound = (Math.E + shape) / Math.E
  for (;;) {
    const u = bound * random.next()
    const v = 1 - random.next()
    if (u <= 1) {
      const x = Math.pow(u, 1 / shape)
      if (v <= Math.exp(-x)) return Math.round((x / shape) * 1e6) / 1e6
    } else {
      const x = -Math.log((bound - u) / shape)
      if (v <= Math.pow(x, shape - 1)) return Math.round((x / shape) * 1e6) / 1e6
    }
  }
}

/** Spreads a whole total over weights so that the sum is exact: largest remainder, ties to the earlier. Of no weight comes nothing. */
export function largestRemainder(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (sum === 0) return weights.map(() => 0)
  const ideal = weights.map((weight) => (weight * total) / sum)
  const given = ideal.map((share) => Math.floor(share + 1e-9))
  const order = ideal
    .map((share, place) => ({ place, rest: share - (given[place] ?? 0) }))
    .sort((one, other) => other.rest - one.rest || one.place - other.place)
  let left = total - given.reduce((all, share) => all + share, 0)
  for (const { place } of order) {
    if (left <= 0) break
    given[place] = (given[place] ?? 0) + 1
    left--
  }
  return given
}

/**
 * Deals kinds out to `count` places in random order, so that each kind has its share to the nearest one: chance without
 * its luck, for rates that are asserted.
 */
export function deal<T>(random: Random, shares: readonly (readonly [T, number])[], count: number): T[] {
  const counts = largestRemainder(
    shares.map(([, share]) => share),
    count,
  )
  const dealt = shares.flatMap(([kind], place) => Array.from({ length: counts[place] ?? 0 }, () => kind))
  shuffle(random, dealt)
  return dealt
}
