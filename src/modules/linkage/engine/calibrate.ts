import { columnOf, type Dataset } from './dataset.ts'
import { supportOf } from './evidence.ts'
import type { Edges, PairScorer } from './score.ts'
import type { Calibration, Curve, Standing, TrainedModel } from './spec.ts'

/** A pair of which it is known whether it is one person; `share` is how many pairs it stands for. */
export interface LabelledPair {
  readonly weight: number
  readonly samePerson: boolean
  readonly share?: number
  /** Open where it is left out. */
  readonly standing?: Standing
}

/** Fewest labelled pairs of either kind that say anything of what is linked unseen. */
const fewestLabels = 50

/** The probability that a pair of this weight is one person, from 0 to 1. */
export function probabilityOf(calibration: Calibration, weight: number, standing: Standing = 'open'): number {
  return valueAt(curveOf(calibration, standing), weight)
}

function curveOf(calibration: Calibration, standing: Standing): Curve {
  if (standing === 'open') return calibration
  return (standing === 'proven' ? calibration.withEvidence : calibration.contradicted) ?? calibration
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
  const [less, more] = [probabilities[low]!, probabilities[high]!]
  if (less <= 0 || more >= 1) return less + part * (more - less)
  // A weight is log odds: between two points the odds grow by so much a bit.
  return 1 / (1 + (1 / less - 1) ** (1 - part) * (1 / more - 1) ** part)
}

/**
 * The calibration with what labelled pairs say of those that are proven. These are linked unseen, so labels may only
 * make that harder, never easier: they hold no trace of errors that nobody could label. As it was where there are too few
 * proven labels of either kind.
 */
export function loweredByLabels(before: Calibration, labels: readonly LabelledPair[]): Calibration {
  const proven = labels.filter(({ standing }) => standing === 'proven')
  const known = before.withEvidence
  if (known === undefined || !enoughOfBoth(proven)) return before
  return { ...before, withEvidence: lower(risingCurve(proven), known), source: `${before.source} and free labels` }
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

/** What the curve before counts for beside reviews: this many pairs at each of its points. */
const pairsAPoint = 8

/**
 * The calibration that people's reviews of pairs lead to, starting from the one before: a few reviews move it a little,
 * many make it their own. Not so the curve of proven pairs, which is so near to certain that one wrong answer would part
 * half the force: it goes by all labels together, and only where there are many (loweredByLabels).
 * @param free labels that nobody was asked for
 */
export function improvedByReviews(
  before: Calibration,
  reviewed: readonly LabelledPair[],
  free: readonly LabelledPair[] = [],
): Calibration {
  if (reviewed.length === 0) return before
  const improved = (curve: Curve, pairs: readonly LabelledPair[]): Curve => {
    const known = curve.weights.flatMap((weight, at): LabelledPair[] => {
      const chance = curve.probabilities[at]!
      return [
        { weight, samePerson: true, share: pairsAPoint * chance },
        { weight, samePerson: false, share: pairsAPoint * (1 - chance) },
      ]
    })
    return pairs.length === 0 ? curve : risingCurve([...known, ...pairs], 1, 0)
  }
  const { contradicted } = before
  const { withEvidence } = loweredByLabels(before, [...free, ...reviewed])
  const of = (wanted: 'open' | 'contradicted'): readonly LabelledPair[] =>
    reviewed.filter(({ standing = 'open' }) =>
      // Where they have no curve of their own they go by that of the open ones.
      wanted === 'open' ? curveOf(before, standing) === before : standing === wanted,
    )
  return {
    ...improved(before, of('open')),
    ...(contradicted === undefined ? {} : { contradicted: improved(contradicted, of('contradicted')) }),
    ...(withEvidence === undefined ? {} : { withEvidence }),
    source: `${before.source}, improved by ${reviewed.length} reviewed pairs`,
  }
}

/** A row of a reliability table: the pairs whose probability lies from `from` to `to`. */
export interface ReliabilityRow {
  readonly from: number
  readonly to: number
  readonly pairs: number
  /** Mean of the probabilities given, and the share that really was one person. */
  readonly given: number
  readonly found: number
}

export interface Reliability {
  readonly rows: readonly ReliabilityRow[]
  /** Mean distance between given and found over the rows, each by its pairs: the expected calibration error. */
  readonly error: number
}

/**
 * How far probabilities can be believed, from pairs of which the truth is known. Rows are a tenth wide, finer at the top.
 * @param pairs `share` is how many pairs one stands for
 */
export function reliability(
  pairs: readonly { readonly probability: number; readonly samePerson: boolean; readonly share?: number }[],
): Reliability {
  const limits = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 1]
  const sums = limits.slice(1).map(() => ({ pairs: 0, given: 0, same: 0 }))
  let all = 0
  for (const { probability, samePerson, share = 1 } of pairs) {
    let at = 0
    while (at < sums.length - 1 && probability >= limits[at + 1]!) at++
    const row = sums[at]!
    row.pairs += share
    row.given += share * probability
    if (samePerson) row.same += share
    all += share
  }
  const rows = sums.flatMap(({ pairs: count, given, same }, at): ReliabilityRow[] =>
    count === 0
      ? []
      : [{ from: limits[at]!, to: limits[at + 1]!, pairs: count, given: given / count, found: same / count }],
  )
  const error = rows.reduce((sum, row) => sum + (row.pairs / all) * Math.abs(row.given - row.found), 0)
  return { rows, error }
}

/**
 * Isotonic regression (pool adjacent violators): the rising curve from weight to probability that fits best.
 * @param fewest labels that a pool must have
 * @param doubt pairs of either kind that are added to each pool
 */
export function risingCurve(pairs: readonly LabelledPair[], fewest = fewestLabels, doubt = 0.5): Curve {
  const sorted = [...pairs].sort((x, y) => x.weight - y.weight)
  const pools: Pool[] = []
  for (let at = 0; at < sorted.length;) {
    const { weight: here } = sorted[at]!
    const point = { weight: 0, same: 0, share: 0, labels: 0 }
    // Pairs of one weight are one point of the curve, whatever they are.
    for (; at < sorted.length && sorted[at]!.weight === here; at++) {
      const { weight, samePerson, share = 1 } = sorted[at]!
      addTo(point, { weight: weight * share, same: samePerson ? share : 0, share, labels: 1 })
    }
    pools.push(point)
    for (;;) {
      const top = pools.at(-1)
      const before = pools.at(-2)
      if (top === undefined || before === undefined) break
      // Pools are held to so many labels, that a lucky run of a few pairs is not read as certainty.
      if (before.same / before.share < top.same / top.share && before.labels >= fewest) break
      pools.pop()
      addTo(before, top)
    }
  }
  const weights = pools.map((pool) => pool.weight / pool.share)
  // Half a pair on either side: a pool without a single error is not proof that there is none.
  const probabilities = pools.map((pool) => (pool.same + doubt) / (pool.share + 2 * doubt))
  for (let at = 1; at < probabilities.length; at++) {
    probabilities[at] = Math.max(probabilities[at]!, probabilities[at - 1]!)
  }
  return { weights, probabilities }
}

interface Pool {
  weight: number
  same: number
  share: number
  labels: number
}

function addTo(pool: Pool, other: Pool): void {
  pool.weight += other.weight
  pool.same += other.same
  pool.share += other.share
  pool.labels += other.labels
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
    labelled.push({ weight, samePerson, standing: support(edges.evidence[edge]!).standing })
  }
  let expected = 0
  for (let edge = 0; edge < edges.count; edge++) {
    const a = edges.a[edge]!
    const b = edges.b[edge]!
    const weight = edges.weight[edge]!
    expected += probabilityOf(model.calibration, weight, support(edges.evidence[edge]!).standing)
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
