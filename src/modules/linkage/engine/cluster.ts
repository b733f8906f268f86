import { positionOf, type Dataset } from './dataset.ts'
import { decider, type Band } from './decide.ts'
import { LinkageFailure } from './failure.ts'
import { pairScorer, type Edges } from './score.ts'
import { strongestFirst } from './sort.ts'
import type { TrainedModel } from './spec.ts'

/** What people have decided about pairs of mentions, by id. It goes before whatever the model thinks. */
export interface Assertions {
  readonly same?: readonly (readonly [string, string])[]
  readonly different?: readonly (readonly [string, string])[]
}

export interface ClusterOptions extends Assertions {
  /**
   * Join edges of at least this many bits instead of those in the auto band, for measuring; the evidence guard is not
   * asked then, the others are.
   */
  readonly minimumWeight?: number
}

export type Refusal = 'two people' | 'victim and suspect roles' | 'protected address' | 'does not hold together'

/** A pair that a person should look at. */
export interface ReviewEdge {
  readonly a: number
  readonly b: number
  readonly weight: number
  readonly reason: Refusal | 'not certain enough'
}

export interface Clusters {
  /** For each mention, the lowest position in its cluster, which stands for the cluster. */
  readonly of: Int32Array
  /** Edges in the review band between clusters, and edges good enough to link whose joining was refused. */
  readonly review: readonly ReviewEdge[]
  /** Clusters larger than the model's alarm, by the position that stands for them. */
  readonly tooLarge: readonly number[]
  /** Pairs asserted to be the same that could not be joined, because they are also asserted to be different. */
  readonly contradictions: readonly (readonly [string, string])[]
}

// Twenty-five pairs tell a chain from a person as well as all of them do, at a fixed cost.
const cohesionPairs = 25
const clampBits = 12

/** Union-find over mentions that knows which clusters may not meet. Members of a cluster are a ring, so that joining is one swap. */
export class Gathering {
  readonly parent: Int32Array
  private readonly next: Int32Array
  private readonly sizes: Int32Array
  readonly sides: Uint8Array
  /** 1 for a cluster that holds an address which must not become known. */
  readonly guarded: Uint8Array
  private readonly record: (mention: number) => number
  /** Records of the members looked at last, to find one that both clusters are parties of. */
  private readonly seen: Int32Array
  private looks = 0
  /** What people have called different: no two clusters with one of these numbers may be joined. */
  private readonly apart = new Map<number, Set<number>>()

  constructor(size: number, record: (mention: number) => number, records: number) {
    this.parent = Int32Array.from({ length: size }, (_, at) => at)
    this.next = Int32Array.from({ length: size }, (_, at) => at)
    this.sizes = new Int32Array(size).fill(1)
    this.sides = new Uint8Array(size)
    this.guarded = new Uint8Array(size)
    this.record = record
    this.seen = new Int32Array(records)
  }

  find(mention: number): number {
    const { parent } = this
    let at = mention
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }

  sizeOf(root: number): number {
    return this.sizes[root]!
  }

  /** Writes the members of a cluster into an array. @returns how many */
  membersInto(root: number, into: Int32Array): number {
    let count = 0
    let at = root
    do {
      into[count++] = at
      at = this.next[at]!
    } while (at !== root)
    return count
  }

  partFrom(root: number, token: number): void {
    const held = this.apart.get(root)
    if (held === undefined) this.apart.set(root, new Set([token]))
    else held.add(token)
  }

  conflict(one: number, other: number): boolean {
    const left = this.apart.get(one)
    const right = this.apart.get(other)
    if (left !== undefined && right !== undefined && !left.isDisjointFrom(right)) return true
    return this.seen.length > 1 && this.sharesRecord(one, other)
  }

  private sharesRecord(one: number, other: number): boolean {
    this.looks++
    let at = one
    do {
      const record = this.record(at)
      if (record !== 0) this.seen[record] = this.looks
      at = this.next[at]!
    } while (at !== one)
    at = other
    do {
      const record = this.record(at)
      if (record !== 0 && this.seen[record] === this.looks) return true
      at = this.next[at]!
    } while (at !== other)
    return false
  }

  /** A bit for each side of the roles kept apart; clusters a person has let hold both may go on growing. */
  rolesClash(one: number, other: number): boolean {
    const left = this.sides[one]!
    const right = this.sides[other]!
    return left !== 3 && right !== 3 && (left | right) === 3
  }

  join(one: number, other: number): void {
    const large = this.sizes[one]! >= this.sizes[other]! ? one : other
    const small = large === one ? other : one
    const after = this.next[large]!
    this.next[large] = this.next[small]!
    this.next[small] = after
    this.sizes[large]! += this.sizes[small]!
    this.sides[large]! |= this.sides[small]!
    this.guarded[large]! |= this.guarded[small]!
    this.parent[small] = large
    for (const token of this.apart.get(small) ?? []) this.partFrom(large, token)
    this.apart.delete(small)
  }
}

/** Pairs of clusters that did not hold together, so that the next edge between them does not ask all over again. */
class Refusals {
  private readonly known = new Map<number, number>()
  private readonly size: number

  constructor(size: number) {
    this.size = size
  }

  /** The sizes say whether either has grown since. */
  has(one: number, other: number, sizes: number): boolean {
    return this.known.get(one < other ? one * this.size + other : other * this.size + one) === sizes
  }

  add(one: number, other: number, sizes: number): void {
    this.known.set(one < other ? one * this.size + other : other * this.size + one, sizes)
  }
}

/**
 * Gathers mentions into people, strongest pair first. Two clusters are joined only if nothing says they are two
 * people, no victim would become a suspect unseen, and their mentions agree with each other on the whole.
 *
 * @throws LinkageFailure `linkage.no_mention` when an assertion names an id that is not in the data set
 */
export function cluster(dataset: Dataset, model: TrainedModel, edges: Edges, options: ClusterOptions = {}): Clusters {
  const scorer = pairScorer(dataset, model)
  const { bandOf, roleSide, recordOf, isProtected, leastWeight } = decider(dataset, model, scorer)
  let records = 1
  for (let at = 0; at < dataset.size; at++) records = Math.max(records, recordOf(at) + 1)
  const gathering = new Gathering(dataset.size, recordOf, records)
  for (let at = 0; at < dataset.size; at++) {
    gathering.sides[at] = roleSide(at)
    gathering.guarded[at] = isProtected(at) ? 1 : 0
  }
  const contradictions = applyAssertions(dataset, gathering, options)
  const holdsTogether = cohesion(dataset.size, model.spec.cohesion, gathering, scorer.weightOf)
  const review: ReviewEdge[] = []
  const { minimumWeight } = options
  const heavy = (edge: number): boolean => minimumWeight !== undefined && edges.weight[edge]! >= minimumWeight
  const meet = meeting({
    gathering,
    recordOf,
    holdsTogether,
    bandOf: (edge) => (heavy(edge) ? 'auto' : bandOf(edges, edge)),
    wants: (edge, band) => (minimumWeight === undefined ? band === 'auto' : heavy(edge)),
  })
  // What is neither to be joined nor for a person to look at is not even put in order.
  for (const edge of strongestFirst(edges, Math.min(leastWeight, minimumWeight ?? leastWeight))) {
    const [a, b] = [edges.a[edge]!, edges.b[edge]!]
    const reason = meet(a, b, edge)
    if (reason !== 'joined' && reason !== null) review.push({ a, b, weight: edges.weight[edge]!, reason })
  }
  return named(dataset, model, gathering, review, contradictions)
}

/** What decides whether two clusters become one. */
interface Meeting {
  readonly gathering: Gathering
  readonly recordOf: (mention: number) => number
  readonly bandOf: (edge: number) => Band
  readonly wants: (edge: number, band: Band) => boolean
  readonly holdsTogether: (one: number, other: number) => boolean
}

/**
 * Joins the clusters of an edge's two mentions, if nothing is against it.
 * @returns why they were not joined; null when there is nothing to look at, because they are one already or the edge is weak
 */
export function meeting({
  gathering,
  recordOf,
  bandOf,
  wants,
  holdsTogether,
}: Meeting): (a: number, b: number, edge: number) => ReviewEdge['reason'] | 'joined' | null {
  return (a, b, edge) => {
    const one = gathering.find(a)
    const other = gathering.find(b)
    if (one === other) return null
    const band = bandOf(edge)
    if (band === 'leave') return null
    const wanted = wants(edge, band)
    if (gathering.conflict(one, other)) {
      // The two mentions themselves may be free to be one person; then a person should see why they are not.
      const record = recordOf(a)
      return wanted && (record === 0 || record !== recordOf(b)) ? 'two people' : null
    }
    if (gathering.rolesClash(one, other)) return 'victim and suspect roles'
    // Whoever is joined to such a cluster would be found at its address.
    if (gathering.guarded[one] !== 0 || gathering.guarded[other] !== 0) return 'protected address'
    if (!wanted) return 'not certain enough'
    if (!holdsTogether(one, other)) return 'does not hold together'
    gathering.join(one, other)
    return 'joined'
  }
}

/** Whether two clusters are alike on the whole: mean weight over at most 25 evenly spaced pairs, each held within 12 bits either way. */
export function cohesion(
  size: number,
  least: number,
  gathering: Gathering,
  weightOf: (a: number, b: number) => number,
): (one: number, other: number) => boolean {
  if (least === Number.NEGATIVE_INFINITY) return () => true
  const left = new Int32Array(size)
  const right = new Int32Array(size)
  const refused = new Refusals(size)
  return (one, other) => {
    const all = gathering.sizeOf(one) * gathering.sizeOf(other)
    if (all === 1) return true
    if (refused.has(one, other, all)) return false
    gathering.membersInto(one, left)
    const width = gathering.membersInto(other, right)
    const looked = Math.min(all, cohesionPairs)
    let sum = 0
    for (let step = 0; step < looked; step++) {
      const pair = Math.floor((step * all) / looked)
      const weight = weightOf(left[Math.floor(pair / width)]!, right[pair % width]!)
      sum += Math.max(-clampBits, Math.min(clampBits, weight))
    }
    if (sum / looked >= least) return true
    refused.add(one, other, all)
    return false
  }
}

function applyAssertions(dataset: Dataset, gathering: Gathering, assertions: Assertions): [string, string][] {
  const contradictions: [string, string][] = []
  const place = (id: string): number => {
    const at = positionOf(dataset, id)
    if (at < 0) throw new LinkageFailure('linkage.no_mention', 'an assertion names a mention that is not there')
    return at
  }
  assertions.different?.forEach(([left, right], index) => {
    gathering.partFrom(place(left), index)
    gathering.partFrom(place(right), index)
  })
  // In one order, so that which of two contradictory assertions wins does not depend on how they were listed.
  const same = (assertions.same ?? []).map(([left, right]): readonly [string, string] =>
    left < right ? [left, right] : [right, left],
  )
  same.sort(([a, b], [c, d]) => (a === c ? (b < d ? -1 : Number(b > d)) : a < c ? -1 : 1))
  for (const [left, right] of same) {
    const one = gathering.find(place(left))
    const other = gathering.find(place(right))
    if (one === other) continue
    if (gathering.conflict(one, other)) contradictions.push([left, right])
    else gathering.join(one, other)
  }
  return contradictions
}

function named(
  dataset: Dataset,
  model: TrainedModel,
  gathering: Gathering,
  review: readonly ReviewEdge[],
  contradictions: readonly (readonly [string, string])[],
): Clusters {
  const lowest = new Int32Array(dataset.size).fill(-1)
  const of = new Int32Array(dataset.size)
  const tooLarge: number[] = []
  for (let at = 0; at < dataset.size; at++) {
    const root = gathering.find(at)
    if (lowest[root] === -1) {
      lowest[root] = at
      if (gathering.sizeOf(root) > model.spec.largestCluster) tooLarge.push(at)
    }
    of[at] = lowest[root]!
  }
  // Later joins can make a pair put aside earlier into members of one cluster; nobody need look at those.
  const open = review.filter(({ a, b }) => of[a] !== of[b])
  return { of, review: open, tooLarge, contradictions }
}
