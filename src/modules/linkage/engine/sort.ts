/** What pairs are put in order by. */
interface Weighed {
  readonly count: number
  readonly a: Int32Array
  readonly b: Int32Array
  readonly weight: Float64Array
}

/** Steps that the range of weights is cut into; a step then holds few pairs but for those of exactly one weight. */
const steps = 1 << 18

/**
 * The pairs of at least `atLeast` bits, heaviest first, ties by position. Sorting millions of pairs two by two takes longer than
 * scoring them, so they are first dealt out by weight, and only the few that fall together are compared.
 */
export function strongestFirst({ count, a, b, weight }: Weighed, atLeast: number): Uint32Array {
  let top = Number.NEGATIVE_INFINITY
  let bottom = Number.POSITIVE_INFINITY
  let kept = 0
  for (let at = 0; at < count; at++) {
    const here = weight[at]!
    if (here < atLeast) continue
    kept++
    if (here > top) top = here
    if (here < bottom) bottom = here
  }
  const scale = top > bottom ? (steps - 1) / (top - bottom) : 0
  const ends = new Uint32Array(steps + 1)
  for (let at = 0; at < count; at++) if (weight[at]! >= atLeast) ends[Math.floor((top - weight[at]!) * scale) + 1]!++
  for (let step = 1; step <= steps; step++) ends[step]! += ends[step - 1]!
  const order = new Uint32Array(kept)
  const next = ends.slice()
  for (let at = 0; at < count; at++) {
    if (weight[at]! >= atLeast) order[next[Math.floor((top - weight[at]!) * scale)]!++] = at
  }
  const before = (x: number, y: number): number => weight[y]! - weight[x]! || a[x]! - a[y]! || b[x]! - b[y]!
  for (let step = 0; step < steps; step++) {
    const from = ends[step]!
    const to = ends[step + 1]!
    if (to - from < 2) continue
    if (to - from > 12) order.subarray(from, to).sort(before)
    else {
      for (let at = from + 1; at < to; at++) {
        const pair = order[at]!
        let place = at
        while (place > from && before(order[place - 1]!, pair) > 0) {
          order[place] = order[place - 1]!
          place--
        }
        order[place] = pair
      }
    }
  }
  return order
}
