import { positionOf, type Dataset } from './dataset.ts'
import { decider } from './decide.ts'
import { LinkageFailure } from './failure.ts'
import { pairScorer, type Edges } from './score.ts'
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

export type Refusal = 'two people' | 'victim and suspect roles' | 'does not hold together'

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

/** Union-find over mentions that knows which clusters may not meet. */
class Gathering {
  readonly parent: Int32Array
  readonly members = new Map<number, number[]>()
  /** What a cluster holds that no other cluster it is joined to may hold: records, and asserted differences. */
  readonly claims = new Map<number, Set<number>>()
  readonly sides: Uint8Array

  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, at) => at)
    this.sides = new Uint8Array(size)
  }

  find(mention: number): number {
    let at = mention
    while (this.parent[at] !== at) {
      this.parent[at] = this.parent[this.parent[at]!]!
      at = this.parent[at]!
    }
    return at
  }

  membersOf(root: number): readonly number[] {
    return this.members.get(root) ?? [root]
  }

  claim(root: number, token: number): void {
    const held = this.claims.get(root)
    if (held === undefined) this.claims.set(root, new Set([token]))
    else held.add(token)
  }

  conflict(one: number, other: number): boolean {
    const left = this.claims.get(one)
    const right = this.claims.get(other)
    return left !== undefined && right !== undefined && !left.isDisjointFrom(right)
  }

  /** A bit for each side of the roles kept apart; clusters a person has let hold both may go on growing. */
  rolesClash(one: number, other: number): boolean {
    const left = this.sides[one]!
    const right = this.sides[other]!
    return left !== 3 && right !== 3 && (left | right) === 3
  }

  join(one: number, other: number): void {
    const large = this.membersOf(one).length >= this.membersOf(other).length ? one : other
    const small = large === one ? other : one
    const gathered = this.members.get(large) ?? [large]
    for (const member of this.membersOf(small)) gathered.push(member)
    this.members.delete(small)
    this.members.set(large, gathered)
    for (const token of this.claims.get(small) ?? []) this.claim(large, token)
    this.claims.delete(small)
    this.sides[large]! |= this.sides[small]!
    this.parent[small] = large
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
  const { decide, roleSide, recordOf } = decider(dataset, model, scorer)
  const gathering = new Gathering(dataset.size)
  for (let at = 0; at < dataset.size; at++) {
    if (recordOf(at) !== 0) gathering.claim(at, recordOf(at))
    gathering.sides[at] = roleSide(at)
  }
  const contradictions = applyAssertions(dataset, gathering, options)
  const review: ReviewEdge[] = []
  const refuse = (edge: number, reason: ReviewEdge['reason']): void => {
    review.push({ a: edges.a[edge]!, b: edges.b[edge]!, weight: edges.weight[edge]!, reason })
  }
  for (let edge = 0; edge < edges.count; edge++) {
    const weight = edges.weight[edge]!
    const one = gathering.find(edges.a[edge]!)
    const other = gathering.find(edges.b[edge]!)
    if (one === other) continue
    const { band, reasons } = decide(edges.a[edge]!, edges.b[edge]!, weight)
    const wanted = options.minimumWeight === undefined ? band === 'auto' : weight >= options.minimumWeight
    if (gathering.conflict(one, other)) {
      // The two mentions themselves may be free to be one person; then a person should see why they are not.
      if (wanted && !reasons.includes('one record, two people')) refuse(edge, 'two people')
    } else if (gathering.rolesClash(one, other)) {
      if (wanted || band !== 'leave') refuse(edge, 'victim and suspect roles')
    } else if (!wanted) {
      if (band === 'review') refuse(edge, 'not certain enough')
    } else if (
      meanWeight(gathering.membersOf(one), gathering.membersOf(other), scorer.weightOf) < model.spec.cohesion
    ) {
      refuse(edge, 'does not hold together')
    } else gathering.join(one, other)
  }
  return named(dataset, model, gathering, review, contradictions)
}

function applyAssertions(dataset: Dataset, gathering: Gathering, assertions: Assertions): [string, string][] {
  const contradictions: [string, string][] = []
  const place = (id: string): number => {
    const at = positionOf(dataset, id)
    if (at < 0) throw new LinkageFailure('linkage.no_mention', 'an assertion names a mention that is not there')
    return at
  }
  assertions.different?.forEach(([left, right], index) => {
    // Negative, so that it cannot be taken for the code of a record.
    gathering.claim(place(left), -1 - index)
    gathering.claim(place(right), -1 - index)
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

/** Mean weight between two clusters over at most 25 evenly spaced pairs, each held within 12 bits either way. */
function meanWeight(
  one: readonly number[],
  other: readonly number[],
  weightOf: (a: number, b: number) => number,
): number {
  const all = one.length * other.length
  if (all === 1) return Number.POSITIVE_INFINITY
  const looked = Math.min(all, cohesionPairs)
  let sum = 0
  for (let step = 0; step < looked; step++) {
    const pair = Math.floor((step * all) / looked)
    const weight = weightOf(one[Math.floor(pair / other.length)]!, other[pair % other.length]!)
    sum += Math.max(-clampBits, Math.min(clampBits, weight))
  }
  return sum / looked
}

function named(
  dataset: Dataset,
  model: TrainedModel,
  gathering: Gathering,
  review: readonly ReviewEdge[],
  contradictions: readonly (readonly [string, string])[],
): Clusters {
  const lowest = new Int32Array(dataset.size).fill(-1)
  const sizes = new Map<number, number>()
  const of = new Int32Array(dataset.size)
  for (let at = 0; at < dataset.size; at++) {
    const root = gathering.find(at)
    if (lowest[root] === -1) lowest[root] = at
    of[at] = lowest[root]!
    sizes.set(of[at]!, (sizes.get(of[at]!) ?? 0) + 1)
  }
  const tooLarge = [...sizes].filter(([, size]) => size > model.spec.largestCluster).map(([root]) => root)
  // Later joins can make a pair put aside earlier into members of one cluster; nobody need look at those.
  const open = review.filter(({ a, b }) => of[a] !== of[b])
  return { of, review: open, tooLarge, contradictions }
}
