import { blocksOf } from './blocking.ts'
import type { Dataset } from './dataset.ts'
import { decider, type Decider, type Decision } from './decide.ts'
import { pairScorer, type PairScorer } from './score.ts'
import type { TrainedModel } from './spec.ts'

export interface WaterfallStep {
  readonly comparison: string
  /** Which level held, by its place among those of the comparison, after them for the remaining one; -1 when the comparison says nothing. */
  readonly level: number
  /** The level that held, in words; `not recorded` when the comparison says nothing. */
  readonly label: string
  /** How often this level holds for one person, and for two people; null when the comparison says nothing. */
  readonly m: number | null
  readonly u: number | null
  /** Bits added by the level itself, and by how rare the shared value is. */
  readonly weight: number
  readonly rarity: number
  /** Total of the prior and all steps up to this one, in bits. */
  readonly runningTotal: number
}

/** Why two mentions are, or are not, taken for one person. Holds no value of either mention. */
export interface Waterfall extends Decision {
  /** Where every pair starts, in bits. */
  readonly prior: number
  readonly steps: readonly WaterfallStep[]
  /** The match weight, as scoring gives it. */
  readonly total: number
  readonly calibrationSource: string
}

/** Explains the score of two mentions, by position. */
export function explain(dataset: Dataset, model: TrainedModel, a: number, b: number): Waterfall {
  return explainer(dataset, model)(a, b)
}

/** The same for many pairs of one data set, with the preparation done once. */
export function explainer(dataset: Dataset, model: TrainedModel): (a: number, b: number) => Waterfall {
  const scorer = pairScorer(dataset, model)
  return explainerBy(model, scorer, decider(dataset, model, scorer))
}

/** The same by a scorer and a decider that are there already. */
export function explainerBy(
  model: TrainedModel,
  scorer: PairScorer,
  { decide }: Pick<Decider, 'decide'>,
): (a: number, b: number) => Waterfall {
  return (a, b) => {
    let runningTotal = scorer.priorWeight
    const steps = scorer.partsOf(a, b).map(({ level, base, rarity }, at): WaterfallStep => {
      const comparison = model.spec.comparisons[at]!
      runningTotal += base + rarity
      if (level < 0) {
        return {
          comparison: comparison.name,
          level,
          label: 'not recorded',
          m: null,
          u: null,
          weight: 0,
          rarity: 0,
          runningTotal,
        }
      }
      const { m, u } = model.params[at]!
      return {
        comparison: comparison.name,
        level,
        label: (comparison.levels[level] ?? comparison.otherwise).label,
        m: m[level]!,
        u: u[level]!,
        weight: base,
        rarity,
        runningTotal,
      }
    })
    return {
      prior: scorer.priorWeight,
      steps,
      total: runningTotal,
      calibrationSource: model.calibration.source,
      ...decide(a, b, runningTotal),
    }
  }
}

/** Names of the blocking rules that bring two mentions together; empty when no rule would compare them. */
export function rulesJoining(dataset: Dataset, model: TrainedModel, a: number, b: number): readonly string[] {
  return model.spec.blocking
    .filter((rule) => {
      const { keys } = blocksOf(dataset, rule)
      return keys[a] !== 0 && keys[a] === keys[b]
    })
    .map((rule) => rule.name)
}
