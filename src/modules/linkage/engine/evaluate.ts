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
  const sizes = new Map<string, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  let pairs = 0
  for (const size of sizes.values()) pairs += pairsOf(size)
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

export interface ClusterMeasure extends Measure {
  /** B-cubed: precision and recall as a mention meets them, on average. */
  readonly bCubed: { readonly precision: number; readonly recall: number; readonly f1: number }
  readonly clusters: number
  readonly largest: number
}

/** Clusters (a label for each mention) against who the mentions really are. */
export function evaluateClusters(of: Int32Array, people: readonly string[]): ClusterMeasure {
  const labels = Array.from(of, String)
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  const count = (given: readonly string[]): ReadonlyMap<string, number> => {
    const sizes = new Map<string, number>()
    for (const label of given) sizes.set(label, (sizes.get(label) ?? 0) + 1)
    return sizes
  }
  const clusterSizes = count(labels)
  const personSizes = count(people)
  const bothSizes = count(both)
  let precision = 0
  let recall = 0
  labels.forEach((label, at) => {
    const shared = bothSizes.get(both[at]!)!
    precision += shared / clusterSizes.get(label)! / labels.length
    recall += shared / personSizes.get(people[at]!)! / labels.length
  })
  let largest = 0
  for (const size of clusterSizes.values()) largest = Math.max(largest, size)
  return {
    ...measure(pairsWithin(both), pairsWithin(labels), pairsWithin(people)),
    bCubed: { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) },
    clusters: clusterSizes.size,
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
): ReadonlyMap<string, Measure> {
  const result = new Map<string, Measure>()
  const labels = Array.from(of, String)
  const both = labels.map((label, at) => `${label} ${people[at]}`)
  for (const slice of new Set(slices)) {
    const touching = (all: readonly string[]): number =>
      pairsWithin(all) - pairsWithin(all.filter((_, at) => slices[at] !== slice))
    result.set(slice, measure(touching(both), touching(labels), touching(people)))
  }
  return result
}
