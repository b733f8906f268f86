import type { Evidence, Guard, Standing, TrainedModel, Way } from './spec.ts'
import { evidenceKinds } from './weights.ts'

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

/** The kinds of evidence that a pair's bits stand for (evidenceOf). */
export function agreementOf(evidence: number): Agreement {
  const kinds = (shift: number): ReadonlySet<Evidence> =>
    new Set(evidenceKinds.filter((_, kind) => ((evidence >>> (shift + kind)) & 1) === 1))
  return { strong: kinds(0), partial: kinds(8), against: kinds(16) }
}

/** Whether a pair agrees on enough that is independent, and whether it plainly disagrees on something. */
export interface Support {
  readonly enough: boolean
  readonly contradicted: boolean
  readonly standing: Standing
}

/** Prepares the evidence guards of a model: what they say of the evidence bits of a pair. */
export function supportOf(model: TrainedModel): (evidence: number) => Support {
  const needed = guardOf(model, 'minimumEvidence')
  const contradiction = guardOf(model, 'noContradiction')
  const enough = ({ strong, partial }: Agreement): boolean => {
    const agrees = (kind: Evidence): boolean => strong.has(kind) || partial.has(kind)
    const holds = ({ strong: all = [], partly = [], oneOf, twoPartly }: Way): boolean =>
      all.every((kind) => strong.has(kind)) &&
      partly.every(agrees) &&
      (oneOf === undefined || oneOf.some((kind) => strong.has(kind))) &&
      (twoPartly === undefined || twoPartly.filter(agrees).length >= 2)
    return needed === null || needed.ways.some(holds)
  }
  // Pairs by the million share a few hundred kinds of evidence.
  const known = new Map<number, Support>()
  return (evidence) => {
    let support = known.get(evidence)
    if (support === undefined) {
      const agreement = agreementOf(evidence)
      const contradicted = contradiction !== null && agreement.against.has(contradiction.evidence)
      const proven = enough(agreement)
      support = {
        enough: proven,
        contradicted,
        standing: contradicted ? 'contradicted' : proven ? 'proven' : 'open',
      }
      known.set(evidence, support)
    }
    return support
  }
}
