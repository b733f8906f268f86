import { columnOf, type Dataset } from './dataset.ts'
import { supportOf } from './evidence.ts'
import type { Edges, PairScorer } from './score.ts'
import type { Calibration, Curve, TrainedModel } from './spec.ts'

/** A pair of which it is known whether it is one person; `share` is how many pairs it stands for. */
export interface LabelledPair {
  readonly weight: number
  readonly samePerson: boolean
  readonly share?: number
  /** Whether the pair passes the evidence guards. */
  readonly withEvidence?: boolean
}

/** Fewest labelled pairs of either kind that may replace the calibration the model came with. */
const fewestLabels = 50

/** The probability that a pair of this weight is one person, from 0 to 1. */
export function probabilityOf(calibration: Calibration, weight: number, withEvidence = false): number {
  return valueAt((withEvidence ? calibration.withEvidence : undefined) ?? calibration, weight)
}

function valueAt({ weights, probabilities }: Curve, weight: number): number {
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
 * Learns the two curves from labelled pairs: one for pairs that pass the evidence guards, one for the rest. The first
 * decides what is linked unseen, so labels may only lower it below what `before` had, never raise it: they hold no trace
 * of errors that nobody could label.
 * Null when there are too few pairs of either kind to say anything.
 */
export function calibrate(pairs: readonly LabelledPair[], source: string, before?: Calibration): Calibration | null {
  const rest = pairs.filter((pair) => pair.withEvidence !== true)
  if (!enoughOfBoth(rest)) return null
  const proven = pairs.filter((pair) => pair.withEvidence === true)
  const learned = enoughOfBoth(proven) ? risingCurve(proven) : undefined
  const known = before?.withEvidence
  const withEvidence = learned === undefined || known === undefined ? (learned ?? known) : lower(learned, known)
  return { ...risingCurve(rest), ...(withEvidence === undefined ? {} : { withEvidence }), source }
}

function enoughOfBoth(pairs: readonly LabelledPair[]): boolean {
  const same = pairs.filter((pair) => pair.samePerson).length
  return same >= fewestLabels && pairs.length - same >= fewestLabels
}

/** The lower of two curves, everywhere. */
function lower(one: Curve, other: Curve): Curve {
  const weights = [...new Set([...one.weights, ...other.weights])].sort((x, y) => x - y)
  return { weights, probabilities: weights.map((weight) => Math.min(valueAt(one, weight), valueAt(other, weight))) }
}

/** Isotonic regression (pool adjacent violators): the rising curve from weight to probability that fits best. */
function risingCurve(pairs: readonly LabelledPair[]): Curve {
  const sorted = [...pairs].sort((x, y) => x.weight - y.weight || Number(x.samePerson) - Number(y.samePerson))
  const pools: { weight: number; same: number; share: number; labels: number }[] = []
  for (const { weight, samePerson, share = 1 } of sorted) {
    pools.push({ weight: weight * share, same: samePerson ? share : 0, share, labels: 1 })
    for (;;) {
      const last = pools.at(-1)
      const before = pools.at(-2)
      if (last === undefined || before === undefined) break
      // Pools are held to fifty labels, so that a lucky run of a few pairs is not read as certainty.
      if (before.same / before.share < last.same / last.share && before.labels >= fewestLabels) break
      pools.pop()
      before.weight += last.weight
      before.same += last.same
      before.share += last.share
      before.labels += last.labels
    }
  }
  const weights = pools.map((pool) => pool.weight / pool.share)
  // Half a pair on either side: a pool without a single error is not proof that there is none.
  const probabilities = pools.map((pool) => (pool.same + 0.5) / (pool.share + 1))
  for (let at = 1; at < probabilities.length; at++) {
    probabilities[at] = Math.max(probabilities[at]!, probabilities[at - 1]!)
  }
  return { weights, probabilities }
}

/**
 * Labels that cost no one's time: two parties of one record are two people, and mentions that share a custody number or
 * a source's own number for a person are one. The weight of those is given without the identifiers, which would mark
 * their own work. Two parties of one record are relatives more often than two people at large, so what is learned
 * here errs towards asking a person.
 *
 * The two kinds are not found in the proportion in which they occur, so each kind is given a share that restores the
 * proportion of true pairs the model expects among the edges.
 */
export function freeLabels(dataset: Dataset, model: TrainedModel, edges: Edges, scorer: PairScorer): LabelledPair[] {
  const record = columnOf(dataset, 'record').codes
  const numbers = ['custody', 'nominal'].map((name) => columnOf(dataset, name).codes)
  const identifiers = model.spec.comparisons.flatMap(({ evidence }, at) => (evidence === 'identifier' ? [at] : []))
  const support = supportOf(model)
  let lowest = edges.count === 0 ? 0 : Number.POSITIVE_INFINITY
  for (let edge = 0; edge < edges.count; edge++) if (edges.weight[edge]! < lowest) lowest = edges.weight[edge]!
  const labelled: LabelledPair[] = []
  const label = (edge: number, weight: number, samePerson: boolean): void => {
    const { enough, contradicted } = support(edges.evidence[edge]!)
    labelled.push({ weight, samePerson, withEvidence: enough && !contradicted })
  }
  let expected = 0
  for (let edge = 0; edge < edges.count; edge++) {
    const a = edges.a[edge]!
    const b = edges.b[edge]!
    const weight = edges.weight[edge]!
    expected += probabilityOf(model.calibration, weight)
    if (record[a] !== 0 && record[a] === record[b]) label(edge, weight, false)
    else if (numbers.some((codes) => codes[a] !== 0 && codes[a] === codes[b])) {
      const parts = scorer.partsOf(a, b)
      const own = identifiers.reduce((sum, at) => sum + parts[at]!.base + parts[at]!.rarity, 0)
      // Pairs that the numbers alone brought this far have no counterpart among the others.
      if (weight - own >= lowest) label(edge, weight - own, true)
    }
  }
  const same = labelled.filter((pair) => pair.samePerson).length
  if (same === 0 || same === labelled.length) return labelled
  const rate = expected / edges.count
  const trueShare = (rate * labelled.length) / same
  const falseShare = ((1 - rate) * labelled.length) / (labelled.length - same)
  return labelled.map((pair) => ({ ...pair, share: pair.samePerson ? trueShare : falseShare }))
}
