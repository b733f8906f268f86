import { columnOf, type Dataset } from './dataset.ts'
import type { Edges, PairScorer } from './score.ts'
import type { Calibration, TrainedModel } from './spec.ts'

/** A pair of which it is known whether it is one person; `share` is how many pairs it stands for. */
export interface LabelledPair {
  readonly weight: number
  readonly samePerson: boolean
  readonly share?: number
}

/** Fewest labelled pairs of either kind that may replace the calibration the model came with. */
const fewestLabels = 50

/** The probability that a pair of this weight is one person, from 0 to 1. */
export function probabilityOf(calibration: Calibration, weight: number): number {
  const { weights, probabilities } = calibration
  if (weights.length === 0) return 1 / (1 + 2 ** -weight)
  if (weight <= weights[0]!) return probabilities[0]!
  let low = 0
  let high = weights.length - 1
  if (weight >= weights[high]!) return probabilities[high]!
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (weights[middle]! <= weight) low = middle
    else high = middle
  }
  const part = (weight - weights[low]!) / (weights[high]! - weights[low]!)
  return probabilities[low]! + part * (probabilities[high]! - probabilities[low]!)
}

/**
 * Isotonic regression (pool adjacent violators): the rising curve from weight to probability that fits labelled pairs
 * best. Null when there are too few pairs of either kind to say anything.
 */
export function calibrate(pairs: readonly LabelledPair[], source: string): Calibration | null {
  const same = pairs.filter((pair) => pair.samePerson).length
  if (same < fewestLabels || pairs.length - same < fewestLabels) return null
  const sorted = [...pairs].sort((x, y) => x.weight - y.weight || Number(x.samePerson) - Number(y.samePerson))
  const pools: { weight: number; same: number; share: number }[] = []
  for (const { weight, samePerson, share = 1 } of sorted) {
    pools.push({ weight: weight * share, same: samePerson ? share : 0, share })
    for (;;) {
      const last = pools.at(-1)
      const before = pools.at(-2)
      if (last === undefined || before === undefined) break
      // Pools are held to fifty labels, so that a lucky run of a few pairs is not read as certainty.
      if (before.same / before.share < last.same / last.share && before.share >= fewestLabels) break
      pools.pop()
      before.weight += last.weight
      before.same += last.same
      before.share += last.share
    }
  }
  const weights: number[] = []
  const probabilities: number[] = []
  for (const pool of pools) {
    weights.push(pool.weight / pool.share)
    // Half a pair on either side: a pool without a single error is not proof that there is none.
    probabilities.push((pool.same + 0.5) / (pool.share + 1))
  }
  for (let at = 1; at < probabilities.length; at++) {
    probabilities[at] = Math.max(probabilities[at]!, probabilities[at - 1]!)
  }
  return { weights, probabilities, source }
}

/**
 * Labels that cost no one's time: two parties of one record are two people, and a shared custody number is one
 * person. The weight of a custody pair is given without the custody comparison, which would mark its own work.
 *
 * The two kinds are not found in the proportion in which they occur, so each kind is given a share that restores the
 * proportion of true pairs the model expects among the edges.
 */
export function freeLabels(dataset: Dataset, model: TrainedModel, edges: Edges, scorer: PairScorer): LabelledPair[] {
  const record = columnOf(dataset, 'record').codes
  const custody = columnOf(dataset, 'custody').codes
  const identifier = model.spec.comparisons.findIndex((comparison) => comparison.columns.includes('custody'))
  const labelled: LabelledPair[] = []
  let expected = 0
  for (let edge = 0; edge < edges.count; edge++) {
    const a = edges.a[edge]!
    const b = edges.b[edge]!
    const weight = edges.weight[edge]!
    expected += probabilityOf(model.calibration, weight)
    if (record[a] !== 0 && record[a] === record[b]) labelled.push({ weight, samePerson: false })
    else if (custody[a] !== 0 && custody[a] === custody[b]) {
      const own = scorer.partsOf(a, b)[identifier]
      labelled.push({ weight: weight - (own === undefined ? 0 : own.base + own.rarity), samePerson: true })
    }
  }
  const same = labelled.filter((pair) => pair.samePerson).length
  if (same === 0 || same === labelled.length) return labelled
  const rate = expected / edges.count
  const trueShare = (rate * labelled.length) / same
  const falseShare = ((1 - rate) * labelled.length) / (labelled.length - same)
  return labelled.map((pair) => ({ ...pair, share: pair.samePerson ? trueShare : falseShare }))
}
