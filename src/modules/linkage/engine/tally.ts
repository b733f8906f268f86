import type { BlockOrder, KernelParts } from './kernel.ts'
import { openKernel } from './kernel-source.ts'
import { seededRandom } from './random.ts'

/** Which pairs a piece looks at: of a range of blocks, a share of them; or two mentions taken at random, again and again. */
export type TallyPiece =
  | {
      readonly blocks: number
      readonly from: number
      readonly to: number
      /** Share of the pairs that is looked at, by a seeded draw for each. */
      readonly share: number
      readonly seed: number
    }
  | { readonly draws: number; readonly seed: number }

/** What a worker needs to count levels: the same for every piece. */
export interface TallyGround {
  readonly parts: KernelParts
  readonly blocks: readonly BlockOrder[]
  readonly pieces: readonly TallyPiece[]
}

/** How often each combination of levels occurred. A pattern is the levels + 1 as digits, each to the base of its comparison. */
export interface Tallied {
  readonly pairs: number
  readonly patterns: Float64Array
  readonly counts: Float64Array
}

/** The number of digits' values that each comparison takes in a pattern: silent, its levels, and otherwise. */
export const basesOf = ({ comparisons }: Pick<KernelParts, 'comparisons'>): readonly number[] =>
  comparisons.map(({ levels }) => levels.length + 2)

/** Above this many possible patterns they are counted in a map instead of a table. */
const largestTable = 1 << 21

/** A worker's side of counting. */
export function pieceTally({ parts, blocks, pieces }: TallyGround): (piece: number) => Tallied {
  const kernel = openKernel(parts)
  const bases = basesOf(parts)
  const possible = bases.reduce((product, base) => product * base, 1)
  const levels = new Int32Array(bases.length)
  const table = possible <= largestTable ? new Float64Array(possible) : null
  const map = new Map<number, number>()
  const count = (a: number, b: number): void => {
    kernel.levels(a, b, levels)
    let pattern = 0
    for (let at = 0; at < levels.length; at++) pattern = pattern * bases[at]! + levels[at]! + 1
    if (table === null) map.set(pattern, (map.get(pattern) ?? 0) + 1)
    else table[pattern]!++
  }
  return (at) => {
    table?.fill(0)
    map.clear()
    const piece = pieces[at]!
    const random = seededRandom(piece.seed)
    let pairs = 0
    if ('draws' in piece) {
      for (let draw = 0; draw < piece.draws; draw++) {
        const a = Math.floor(random() * parts.size)
        const b = Math.floor(random() * parts.size)
        if (a === b) continue
        pairs++
        if (a < b) count(a, b)
        else count(b, a)
      }
    } else {
      const { order, starts } = blocks[piece.blocks]!
      for (let block = piece.from; block < piece.to; block++) {
        const end = starts[block + 1]!
        for (let x = starts[block]!; x < end - 1; x++) {
          for (let y = x + 1; y < end; y++) {
            if (piece.share < 1 && random() >= piece.share) continue
            pairs++
            count(order[x]!, order[y]!)
          }
        }
      }
    }
    return { pairs, ...counted(table, map) }
  }
}

function counted(table: Float64Array | null, map: ReadonlyMap<number, number>): Omit<Tallied, 'pairs'> {
  if (table === null) {
    // Sorted, so that sums are taken in one order whatever order the pairs came in.
    const found = [...map].sort(([left], [right]) => left - right)
    return {
      patterns: Float64Array.from(found, ([pattern]) => pattern),
      counts: Float64Array.from(found, ([, n]) => n),
    }
  }
  const patterns: number[] = []
  const counts: number[] = []
  table.forEach((times, pattern) => {
    if (times === 0) return
    patterns.push(pattern)
    counts.push(times)
  })
  return { patterns: Float64Array.from(patterns), counts: Float64Array.from(counts) }
}

/** Several tallies as one, patterns rising. */
export function combined(tallies: readonly Tallied[]): Tallied {
  const all = new Map<number, number>()
  let pairs = 0
  for (const tally of tallies) {
    pairs += tally.pairs
    tally.patterns.forEach((pattern, at) => all.set(pattern, (all.get(pattern) ?? 0) + tally.counts[at]!))
  }
  return { pairs, ...counted(null, all) }
}

/** The levels of a pattern, -1 for a comparison that said nothing. */
export function levelsOf(pattern: number, bases: readonly number[]): Int8Array {
  const levels = new Int8Array(bases.length)
  let rest = pattern
  for (let at = bases.length - 1; at >= 0; at--) {
    levels[at] = (rest % bases[at]!) - 1
    rest = Math.floor(rest / bases[at]!)
  }
  return levels
}
