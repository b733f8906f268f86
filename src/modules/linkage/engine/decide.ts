import { probabilityOf } from './calibrate.ts'
import { columnOf, type Dataset } from './dataset.ts'
import { guardOf, supportOf } from './evidence.ts'
import type { Edges, PairScorer } from './score.ts'
import type { Guard, Standing, TrainedModel } from './spec.ts'

/** What is to become of a pair: linked at once, shown to a person, or left (not linked, but findable). */
export type Band = 'auto' | 'review' | 'leave'

/** Why a pair that scores high enough is not linked without a person, or not at all. */
export type GuardReason =
  | 'one record, two people'
  | 'too little independent evidence'
  | 'facts disagree'
  | 'victim and suspect roles'
  | 'protected address'

export interface Decision {
  readonly band: Band
  readonly probability: number
  readonly reasons: readonly GuardReason[]
}

/** Applies the bands and guards of a model. */
export interface Decider {
  readonly decide: (a: number, b: number, weight: number) => Decision
  /** The same for an edge, whose evidence is known already. */
  readonly decideEdge: (edges: Edges, edge: number) => Decision
  /** Only the band of an edge, which is asked of millions. */
  readonly bandOf: (edges: Edges, edge: number) => Band
  /** Bits below which every pair is left. */
  readonly leastWeight: number
  /** 1 for a role on one side of the roles kept apart, 2 for the other, 0 for neither. */
  readonly roleSide: (mention: number) => number
  /** True when the mention carries an address that must not become known. */
  readonly isProtected: (mention: number) => boolean
  /** Code of the record a mention is a party of; 0 when there is none or the model has no such guard. */
  readonly recordOf: (mention: number) => number
}

/**
 * Prepares the bands and guards of a model for a data set.
 * @param sides the side of each mention's role, where more mentions are to come
 */
export function decider(
  dataset: Dataset,
  model: TrainedModel,
  scorer: PairScorer,
  sides: Uint8Array = roleSides(dataset, guardOf(model, 'rolesApart')),
): Decider {
  const records = guardOf(model, 'oneRecordTwoPeople')
  const record = records === null ? null : columnOf(dataset, records.column).codes
  const protection = guardOf(model, 'onlyByPerson')
  const carried = protection === null ? null : columnOf(dataset, protection.column).codes
  const isProtected = (mention: number): boolean => carried !== null && carried[mention] !== 0
  const support = supportOf(model)
  const recordOf = (mention: number): number => record?.[mention] ?? 0
  const decide = (a: number, b: number, weight: number, evidence: number): Decision => {
    const { enough, contradicted, standing } = support(evidence)
    const probability = probabilityOf(model.calibration, weight, standing)
    if (recordOf(a) !== 0 && recordOf(a) === recordOf(b)) {
      return { band: 'leave', probability, reasons: ['one record, two people'] }
    }
    if (probability < model.spec.bands.review) return { band: 'leave', probability, reasons: [] }
    const reasons: GuardReason[] = []
    if (!enough) reasons.push('too little independent evidence')
    if (contradicted) reasons.push('facts disagree')
    if (sides[a] !== 0 && sides[b] !== 0 && sides[a] !== sides[b]) reasons.push('victim and suspect roles')
    if (isProtected(a) || isProtected(b)) reasons.push('protected address')
    const sure = probability >= model.spec.bands.autoLink && reasons.length === 0
    return { band: sure ? 'auto' : 'review', probability, reasons }
  }
  const { autoLink, review } = model.spec.bands
  const bandOf = ({ a, b, weight, evidence }: Edges, edge: number): Band => {
    const { standing } = support(evidence[edge]!)
    const probability = probabilityOf(model.calibration, weight[edge]!, standing)
    if (probability < review) return 'leave'
    const [x, y] = [a[edge]!, b[edge]!]
    if (recordOf(x) !== 0 && recordOf(x) === recordOf(y)) return 'leave'
    const apart = sides[x] !== 0 && sides[y] !== 0 && sides[x] !== sides[y]
    const unseen = standing === 'proven' && !apart && !isProtected(x) && !isProtected(y)
    return probability >= autoLink && unseen ? 'auto' : 'review'
  }
  return {
    bandOf,
    leastWeight: leastWeightFor(model),
    recordOf,
    isProtected,
    roleSide: (mention) => sides[mention] ?? 0,
    decide: (a, b, weight) => decide(a, b, weight, scorer.evidenceOf(a, b)),
    decideEdge: ({ a, b, weight, evidence }, edge) => decide(a[edge]!, b[edge]!, weight[edge]!, evidence[edge]!),
  }
}

const STANDINGS: readonly Standing[] = ['proven', 'open', 'contradicted']

/** The lowest weight at which any pair reaches the review band: probabilities never fall as weights rise. */
function leastWeightFor({ calibration, spec }: TrainedModel): number {
  const reaches = (weight: number): boolean =>
    STANDINGS.some((standing) => probabilityOf(calibration, weight, standing) >= spec.bands.review)
  let low = -64
  let high = 1024
  if (reaches(low)) return Number.NEGATIVE_INFINITY
  if (!reaches(high)) return Number.POSITIVE_INFINITY
  // Kept just below where it happens, so that rounding loses no pair.
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (reaches(middle)) high = middle
    else low = middle
  }
  return low
}

function roleSides(dataset: Dataset, guard: Extract<Guard, { kind: 'rolesApart' }> | null): Uint8Array {
  const sides = new Uint8Array(dataset.size)
  if (guard === null) return sides
  const { codes, lexicon } = columnOf(dataset, guard.column)
  const sideOf = lexicon.values.map((role) => sideOfRole(guard, role))
  return sides.map((_, at) => sideOf[codes[at]!]!)
}

/** 1 for a role on one side of those kept apart, 2 for one on the other, 0 for neither. */
export function sideOfRole({ one, other }: Extract<Guard, { kind: 'rolesApart' }>, role: string): 0 | 1 | 2 {
  return one.includes(role) ? 1 : other.includes(role) ? 2 : 0
}
