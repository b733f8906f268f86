import { blocksOf } from './blocking.ts'
import { positionOf, type Dataset } from './dataset.ts'
import { LinkageFailure } from './failure.ts'
import { pairScorer, type Edges, type PairScorer } from './score.ts'
import type { TrainedModel } from './spec.ts'

/** A pair that another engine scored. */
export interface BroughtEdge {
  readonly a: string
  readonly b: string
  readonly weight: number
}

export interface BroughtEdges {
  readonly edges: Edges
  /** Edges of mentions that no longer stand. */
  readonly gone: number
  /** Pairs scored here, because the other engine did not have one of the two. */
  readonly scoredHere: number
}

/** Every one of so many edges is scored again, to see that the other engine did what it was given. */
const checkedEvery = 100

/**
 * Edges that another engine scored under this model, as edges of these mentions; pairs with a mention it did not have are
 * scored here.
 *
 * @param had ids of the mentions the other engine had
 * @throws LinkageFailure `linkage.other_weights` when its weights are not ours, `linkage.pair_twice`
 */
export async function broughtEdges(
  dataset: Dataset,
  model: TrainedModel,
  had: ReadonlySet<string>,
  brought: AsyncIterable<BroughtEdge>,
  threshold = 0,
): Promise<BroughtEdges> {
  const scorer = pairScorer(dataset, model)
  const fresh = Uint8Array.from(dataset.ids, (id) => (had.has(id) ? 0 : 1))
  // With other mentions values are rarer or commoner than they were, so weights move a little.
  const tolerance = fresh.includes(1) || had.size !== dataset.size ? 1 : 1e-6
  const list = growingEdges()
  let gone = 0
  let read = 0
  for await (const edge of brought) {
    const a = positionOf(dataset, edge.a)
    const b = positionOf(dataset, edge.b)
    if (a < 0 || b < 0) gone++
    else {
      if (read++ % checkedEvery === 0) mustAgree(scorer, a, b, edge.weight, tolerance)
      if (edge.weight >= threshold) list.add(Math.min(a, b), Math.max(a, b), edge.weight)
    }
  }
  // Several rules may make a pair; what came from elsewhere has none of these.
  const seen = new Set<number>()
  if (fresh.includes(1)) {
    pairsWith(dataset, model, fresh, (a, b) => {
      const pair = Math.min(a, b) * dataset.size + Math.max(a, b)
      if (seen.has(pair)) return
      seen.add(pair)
      const weight = scorer.weightOf(a, b)
      if (weight >= threshold) list.add(Math.min(a, b), Math.max(a, b), weight)
    })
  }
  return { edges: list.all(scorer), gone, scoredHere: seen.size }
}

function growingEdges(): { add: (a: number, b: number, weight: number) => void; all: (scorer: PairScorer) => Edges } {
  let room = 1 << 12
  let count = 0
  let a = new Int32Array(room)
  let b = new Int32Array(room)
  let weight = new Float64Array(room)
  return {
    add(left, right, bits) {
      if (count === room) {
        room *= 2
        const [widerA, widerB, widerWeight] = [new Int32Array(room), new Int32Array(room), new Float64Array(room)]
        widerA.set(a)
        widerB.set(b)
        widerWeight.set(weight)
        ;[a, b, weight] = [widerA, widerB, widerWeight]
      }
      a[count] = left
      b[count] = right
      weight[count++] = bits
    },
    all(scorer) {
      const order = Uint32Array.from({ length: count }, (_, at) => at)
      order.sort((x, y) => a[x]! - a[y]! || b[x]! - b[y]!)
      for (let at = 1; at < count; at++) {
        const [x, y] = [order[at - 1]!, order[at]!]
        if (a[x] === a[y] && b[x] === b[y])
          throw new LinkageFailure('linkage.pair_twice', 'the edges hold a pair twice')
      }
      return {
        count,
        a: a.slice(0, count),
        b: b.slice(0, count),
        weight: weight.slice(0, count),
        rule: new Uint8Array(count),
        evidence: Int32Array.from({ length: count }, (_, at) => scorer.evidenceOf(a[at]!, b[at]!)),
      }
    },
  }
}

function mustAgree(scorer: PairScorer, a: number, b: number, weight: number, tolerance: number): void {
  const off = Math.abs(scorer.weightOf(a, b) - weight)
  if (off <= tolerance) return
  const bits = Number.isFinite(off) ? off.toFixed(3) : 'some'
  throw new LinkageFailure('linkage.other_weights', `an edge is ${bits} bits off what the model gives: other settings?`)
}

/** Calls `visit` for each pair of one block of which one at least is marked; a pair may come more than once. */
function pairsWith(
  dataset: Dataset,
  model: TrainedModel,
  marked: Uint8Array,
  visit: (a: number, b: number) => void,
): void {
  for (const rule of model.spec.blocking) {
    const { order, starts } = blocksOf(dataset, rule)
    for (let block = 0; block + 1 < starts.length; block++) {
      const members = order.subarray(starts[block], starts[block + 1])
      members.forEach((a, at) => {
        if (marked[a] === 0) return
        members.forEach((b, other) => {
          if (at !== other && (marked[b] === 0 || at < other)) visit(a, b)
        })
      })
    }
  }
}
