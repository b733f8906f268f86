import type { PairScorer } from './score.ts'
import type { Evidence, Guard, TrainedModel } from './spec.ts'

/** The model's guard of a kind, if it has one. */
export function guardOf<Kind extends Guard['kind']>(
  model: TrainedModel,
  kind: Kind,
): Extract<Guard, { kind: Kind }> | null {
  // Narrowing by a generic kind is beyond the checker; the comparison on the same line is what makes it true.
  return (model.spec.guards.find((guard) => guard.kind === kind) as Extract<Guard, { kind: Kind }> | undefined) ?? null
}

/** The kinds of evidence on which a pair agrees strongly, in part, and plainly not. */
export interface Agreement {
  readonly strong: ReadonlySet<Evidence>
  readonly partial: ReadonlySet<Evidence>
  readonly against: ReadonlySet<Evidence>
}

/** What a pair agrees and disagrees on, for the guards. */
export function agreementOf(model: TrainedModel, scorer: PairScorer, a: number, b: number): Agreement {
  const strong = new Set<Evidence>()
  const partial = new Set<Evidence>()
  const against = new Set<Evidence>()
  scorer.partsOf(a, b).forEach(({ level }, at) => {
    if (level < 0) return
    const { levels, otherwise, evidence } = model.spec.comparisons[at]!
    const found = levels[level]
    if (found?.strong === true) strong.add(evidence)
    if (found?.partial === true) partial.add(evidence)
    if ((found ?? otherwise).against === true) against.add(evidence)
  })
  return { strong, partial, against }
}

/** Whether a pair agrees on enough that is independent, and whether it plainly disagrees on something. */
export interface Support {
  readonly enough: boolean
  readonly contradicted: boolean
}

/** Prepares the evidence guards of a model. */
export function supportOf(model: TrainedModel, scorer: PairScorer): (a: number, b: number) => Support {
  const evidence = guardOf(model, 'minimumEvidence')
  const contradiction = guardOf(model, 'noContradiction')
  const enough = ({ strong, partial }: Agreement): boolean => {
    if (evidence === null) return true
    if (strong.has(evidence.needs)) return evidence.andOneOf.some((kind) => strong.has(kind))
    const { partly } = evidence
    return (
      partly !== undefined &&
      partial.has(evidence.needs) &&
      strong.has(partly.needs) &&
      partly.andOneOf.some((kind) => strong.has(kind))
    )
  }
  return (a, b) => {
    const agreement = agreementOf(model, scorer, a, b)
    return {
      enough: enough(agreement),
      contradicted: contradiction !== null && agreement.against.has(contradiction.evidence),
    }
  }
}
