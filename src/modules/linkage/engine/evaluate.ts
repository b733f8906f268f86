import type { Edges } from './score.ts'

export interface Measure {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
}

function measure(truePositives: number, found: number, real: number): Measure {
  const precision = found === 0 ? 1 : truePositives / found
  const recall = real === 0 ? 1 : truePositives / real
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    truePositives,
    falsePositives: found - truePositives,
    falseNegatives: real - truePositives,
  }
}

const pairsOf = (mentions: number): number => (mentions * (mentions - 1)) / 2

function pairsWithin(labels: readonly string[]): number {
  let pairs = 0
  for (const size of sizesOf(labels).values()) pairs += pairsOf(size)
  return pairs
}

/** Pairs at or above a weight against who the mentions really are; pairs never compared count as missed. */
export function evaluateEdges(edges: Edges, people: readonly string[], minimumWeight = 0): Measure {
  let found = 0
  let right = 0
  for (let edge = 0; edge < edges.count; edge++) {
    if (edges.weight[edge]! < minimumWeight) continue
    found++
    if (people[edges.a[edge]!] === people[edges.b[edge]!]) right++
  }
  return measure(right, found, pairsWithin(people))
}

/** B-cubed: precision and recall as a mention meets them, on average, so that a person of many mentions counts for each once. */
export interface ByMention {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export interface SliceMeasure extends Measure {
  readonly bCubed: ByMention
}

export interface ClusterMeasure extends SliceMeasure {
  readonly clusters: number
  readonly largest: number
}

function sizesOf(labels: readonly string[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  return sizes
}

/** B-cubed of the mentions at these places. */
function byMention(labels: readonly string[], people: readonly string[], places: readonly number[][]): ByMention[] {
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  const [clusterSizes, personSizes, bothSizes] = [sizesOf(labels), sizesOf(people), sizesOf(both)]
  return places.map((own) => {
    if (own.length === 0) return { precision: 1, recall: 1, f1: 1 }
    let [precision, recall] = [0, 0]
    for (const at of own) {
      const shared = bothSizes.get(both[at]!)!
      precision += shared / clusterSizes.get(labels[at]!)!
      recall += shared / personSizes.get(people[at]!)!
    }
    precision /= own.length
    recall /= own.length
    return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
  })
}

/** Clusters (a label for each mention) against who the mentions really are. */
export function evaluateClusters(of: Int32Array, people: readonly string[]): ClusterMeasure {
  const labels = Array.from(of, String)
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  const sizes = sizesOf(labels)
  let largest = 0
  for (const size of sizes.values()) largest = Math.max(largest, size)
  return {
    ...measure(pairsWithin(both), pairsWithin(labels), pairsWithin(people)),
    bCubed: byMention(labels, people, [[...people.keys()]])[0]!,
    clusters: sizes.size,
    largest,
  }
}

/**
 * Cluster measures for each slice (sex, name group, source): the pairs of a slice are those with at least one mention
 * in it, so that a group whose mentions are lost to others is seen to lose.
 */
export function evaluateSlices(
  of: Int32Array,
  people: readonly string[],
  slices: readonly string[],
): ReadonlyMap<string, SliceMeasure> {
  const labels = Array.from(of, String)
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  const placesOf = Map.groupBy(slices.keys(), (at) => slices[at]!)
  const met = byMention(labels, people, [...placesOf.values()])
  return new Map(
    [...placesOf.keys()].map((slice, index) => {
      const touching = (all: readonly string[]): number =>
        pairsWithin(all) - pairsWithin(all.filter((_, at) => slices[at] !== slice))
      return [slice, { ...measure(touching(both), touching(labels), touching(people)), bCubed: met[index]! }] as const
    }),
  )
}

/** Whether a mention may be linked unseen: never, to any other, or to none of the other side. */
export type Linkable = 'never' | 'any' | 'one side' | 'other side'

function linkablePairsWithin(labels: readonly string[], linkable: readonly Linkable[]): number {
  const free = labels.filter((_, at) => linkable[at] !== 'never')
  const on = (side: Linkable): ReadonlyMap<string, number> => sizesOf(labels.filter((_, at) => linkable[at] === side))
  const other = on('other side')
  let pairs = pairsWithin(free)
  for (const [label, size] of on('one side')) pairs -= size * (other.get(label) ?? 0)
  return pairs
}

/** The same, of those pairs alone that may be linked unseen: what is left to names, dates and places. */
export function evaluateLinkable(
  of: Int32Array,
  people: readonly string[],
  slices: readonly string[],
  linkable: readonly Linkable[],
): ReadonlyMap<string, Measure> {
  const labels = Array.from(of, String)
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  return new Map(
    [...new Set(slices)].map((slice) => {
      const others = [...slices.keys()].filter((at) => slices[at] !== slice)
      const touching = (all: readonly string[]): number =>
        linkablePairsWithin(all, linkable) -
        linkablePairsWithin(
          others.map((at) => all[at]!),
          others.map((at) => linkable[at]!),
        )
      return [slice, measure(touching(both), touching(labels), touching(people))] as const
    }),
  )
}
