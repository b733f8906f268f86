import { freeLabels, loweredByLabels, risingCurve, type LabelledPair } from './calibrate.ts'
import { columnOf, type Dataset } from './dataset.ts'
import { supportOf } from './evidence.ts'
import { edgesFrom, pairScorer, type Edges } from './score.ts'
import type { Calibration, Curve, Spread, TrainedModel } from './spec.ts'

/** Bits from which pairs are counted: most of those just above it are two people. */
export const COUNTED_FROM = -8
export const STEP_BITS = 2
/** Steps near zero, where there are pairs of both kinds: those to 6 bits. */
export const NEAR = 7
/** Fewest pairs near zero from which anything is fitted. */
const FEWEST_NEAR = 200

/** Pairs of one standing by weight. */
interface Counts {
  readonly pairs: Float64Array
  /** Sum of their weights. */
  readonly bits: Float64Array
  /** Pairs known to be one person: they share a custody number or a source's own number. */
  readonly one: Float64Array
  /** Pairs known to be two people, parties of one record. They are not among `pairs`: they need no probability. */
  readonly two: Float64Array
}

/** The lowest weight at which pairs must be kept for a model to be fitted, or else linked. */
export function countedFrom({ spread }: Pick<TrainedModel['spec'], 'spread'>): number {
  return spread === undefined ? 0 : COUNTED_FROM
}

/** A model that goes by the mentions at hand, without anybody's answer. */
export interface Calibrated {
  readonly model: TrainedModel
  /** The edges from 0 bits. */
  readonly edges: Edges
  readonly free: readonly LabelledPair[]
}

/**
 * Calibrates a trained model: fitted to how its pairs lie, then what is linked unseen lowered by free labels.
 * @param counted every pair from `countedFrom` on
 */
export function calibrated(dataset: Dataset, model: TrainedModel, counted: Edges): Calibrated {
  const fitted = { ...model, calibration: fittedCalibration(dataset, model, counted) }
  const edges = edgesFrom(counted, 0)
  const free = freeLabels(dataset, fitted, edges, pairScorer(dataset, model))
  return { model: { ...model, calibration: loweredByLabels(fitted.calibration, free) }, edges, free }
}

/**
 * The calibration of a model for the mentions at hand, without a label of anybody. How pairs of two people lie by weight
 * is much the same from one set of mentions to another; how many there are of them beside those of one person is not.
 * So the numbers of both are found from how many pairs there are at each weight near zero, and the share of one person
 * at every weight follows. It stands between what is known: there are at least as many pairs of two people at a weight as
 * stand on one record (relatives and namesakes meet on two records oftener than on one), and no more than leaves those
 * that share a number. Proven pairs keep the curve that the model came with: too few of them are two people to count.
 *
 * @param edges every pair from `countedFrom` on
 */
export function fittedCalibration(dataset: Dataset, model: TrainedModel, edges: Edges): Calibration {
  const { calibration, spec } = model
  if (spec.spread === undefined) return calibration
  const counts = countsOf(dataset, model, edges)
  const open = fittedCurve(spec.spread.open, counts.open)
  const contradicted = fittedCurve(spec.spread.contradicted, counts.contradicted)
  if (open === null && contradicted === null) return calibration
  return {
    ...calibration,
    ...open,
    ...(contradicted === null ? {} : { contradicted }),
    source: `${calibration.source}, fitted to how many pairs there are at each weight`,
  }
}

function countsOf(dataset: Dataset, model: TrainedModel, edges: Edges): Record<'open' | 'contradicted', Counts> {
  const steps = model.spec.spread?.open.two.length ?? 0
  const none = (): Counts => ({
    pairs: new Float64Array(steps),
    bits: new Float64Array(steps),
    one: new Float64Array(steps),
    two: new Float64Array(steps),
  })
  const counts = { open: none(), contradicted: none() }
  const record = columnOf(dataset, 'record').codes
  const numbers = ['custody', 'nominal'].map((name) => columnOf(dataset, name).codes)
  const support = supportOf(model)
  for (let edge = 0; edge < edges.count; edge++) {
    const weight = edges.weight[edge]!
    const { standing } = support(edges.evidence[edge]!)
    if (standing === 'proven' || weight < COUNTED_FROM) continue
    const own = counts[standing]
    const step = Math.min(steps - 1, Math.floor((weight - COUNTED_FROM) / STEP_BITS))
    const [a, b] = [edges.a[edge]!, edges.b[edge]!]
    if (record[a] !== 0 && record[a] === record[b]) {
      own.two[step]!++
      continue
    }
    own.pairs[step]!++
    own.bits[step]! += weight
    if (numbers.some((codes) => codes[a] !== 0 && codes[a] === codes[b])) own.one[step]!++
  }
  return counts
}

function fittedCurve(spread: Spread, { pairs, bits, one, two }: Counts): Curve | null {
  const near = pairs.subarray(0, NEAR)
  if (sum(near) < FEWEST_NEAR) return null
  const all = numberOfTwo(spread, near)
  const points: LabelledPair[] = []
  spread.two.forEach((share, step) => {
    const count = pairs[step]!
    if (count === 0) return
    const different = Math.min(count - one[step]!, Math.max(all * share, two[step]!))
    const weight = bits[step]! / count
    points.push({ weight, samePerson: true, share: count - different }, { weight, samePerson: false, share: different })
  })
  return risingCurve(points, 1, 0)
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0)

const MOST_ROUNDS = 1000

/** How many pairs near zero are two people, by EM: the two kinds lie as they do, only their numbers are sought. */
function numberOfTwo({ two, one }: Spread, near: Float64Array): number {
  const all = sum(near)
  let different = all / 2
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = near.reduce((total, count, step) => {
      const [left, right] = [different * two[step]!, (all - different) * one[step]!]
      return total + (left + right === 0 ? 0 : (count * left) / (left + right))
    }, 0)
    const moved = Math.abs(found - different)
    different = found
    if (moved < all * 1e-9) break
  }
  return different
}
