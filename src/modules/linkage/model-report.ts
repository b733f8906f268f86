import {
  improvedByReviews, pairScorer, probabilityOf, supportOf,
  type Calibration, type Edges, type LabelledPair, type TrainedModel,
} from './engine/index.ts' // prettier-ignore
import type { Learned } from './models.ts'

/** What one blocking rule does; of refused blocks only their size and a mention by its position: no value of anybody. */
export interface RuleLine {
  readonly rule: string
  readonly pairs: number
  readonly largestBlock: number
  readonly withoutKey: number
  readonly refinedBlocks: number
  readonly pairsLeftOut: number
  readonly refusedBlocks: number
  /** The largest refused blocks, twenty at most. */
  readonly refused: readonly { readonly mentions: number; readonly example: number }[]
}

/** How right the pairs at or above a weight are, among those of which it is known. */
export interface ThresholdLine {
  readonly weight: number
  readonly precision: number
  readonly recall: number
}

/** Pairs of about one probability: what was said of them, and what they are. */
export interface ReliabilityLine {
  readonly said: number
  readonly found: number
  readonly pairs: number
}

/** The pairs of two bits of weight (all above in the last), and how many of them are one person if the chances that are said are true. */
export interface WeightLine {
  readonly weight: number
  readonly pairs: number
  readonly onePerson: number
}

/** What a model page shows of a model. Counts and shares of the whole force. */
export interface ModelReport {
  readonly compared: number
  readonly edges: number
  readonly blocking: readonly RuleLine[]
  readonly unlinkable: {
    readonly looked: number
    readonly share: number
    readonly below: readonly { readonly weight: number; readonly share: number }[]
  }
  readonly thresholds: readonly ThresholdLine[]
  /** Not in the reports of models that were trained before it was counted. */
  readonly byWeight?: readonly WeightLine[]
  readonly reliability: readonly ReliabilityLine[]
  /** Mean distance between what was said and what people answered, weighed by pairs; null without answers of both kinds. */
  readonly calibrationError: number | null
}

const MOST_REFUSED_SHOWN = 20
/** Mentions looked at, evenly spaced, for the share that could never be linked. */
const LOOKED_AT = 50_000

/** Works out the report of a model that was just trained. */
export function reportOf({ model, weighed, scored, unreviewed, free, answered }: Learned): ModelReport {
  const { lines, error } = reliabilityOf(answered, unreviewed)
  return {
    compared: scored.compared,
    edges: scored.edges.count,
    blocking: scored.rules.map(({ refused, ...rule }) => ({
      rule: rule.rule,
      pairs: rule.pairs,
      largestBlock: rule.largestBlock,
      withoutKey: rule.withoutKey,
      refinedBlocks: rule.refinedBlocks,
      pairsLeftOut: rule.pairsLeftOut,
      refusedBlocks: refused.length,
      refused: refused
        .toSorted((a, b) => b.mentions - a.mentions || a.example - b.example)
        .slice(0, MOST_REFUSED_SHOWN),
    })),
    unlinkable: unlinkableOf(model, weighed),
    thresholds: thresholdsOf([...free, ...answered]),
    byWeight: byWeightOf(model, scored.edges),
    reliability: lines,
    calibrationError: error,
  }
}

/** A mention that could not even be linked to another that says the very same says too little. */
function unlinkableOf(model: TrainedModel, dataset: Learned['weighed']): ModelReport['unlinkable'] {
  const scorer = pairScorer(dataset, model)
  const support = supportOf(model)
  const looked = Math.min(dataset.size, LOOKED_AT)
  const weights = new Float64Array(looked)
  let unlinkable = 0
  for (let step = 0; step < looked; step++) {
    const at = Math.floor((step * dataset.size) / looked)
    weights[step] = scorer.weightOf(at, at)
    const { enough } = support(scorer.evidenceOf(at, at))
    if (!enough || probabilityOf(model.calibration, weights[step] ?? 0, 'proven') < model.spec.bands.autoLink)
      unlinkable++
  }
  weights.sort()
  const below = Array.from({ length: 13 }, (_, step) => {
    const weight = step * 5 - 10
    const count = weights.findIndex((own) => own >= weight)
    return { weight, share: looked === 0 ? 0 : (count < 0 ? looked : count) / looked }
  })
  return { looked, share: looked === 0 ? 0 : unlinkable / looked, below }
}

const shareOf = ({ share = 1 }: LabelledPair): number => share

/** Precision and recall at each threshold from the labels there are; recall is of the labelled pairs. Empty without both kinds. */
export function thresholdsOf(labelled: readonly LabelledPair[]): ThresholdLine[] {
  const total = (pairs: readonly LabelledPair[]): number => pairs.reduce((sum, pair) => sum + shareOf(pair), 0)
  const same = labelled.filter((pair) => pair.samePerson)
  const all = total(same)
  if (all === 0 || same.length === labelled.length) return []
  return Array.from({ length: 16 }, (_, step) => {
    const weight = step * 2
    const right = total(same.filter((pair) => pair.weight >= weight))
    const kept = total(labelled.filter((pair) => pair.weight >= weight))
    return { weight, precision: kept === 0 ? 1 : right / kept, recall: right / all }
  })
}

const BINS = 10

/** Bits from which pairs are one line. */
const HIGHEST = 24

function byWeightOf(model: TrainedModel, edges: Edges): WeightLine[] {
  const support = supportOf(model)
  const lines = Array.from({ length: HIGHEST / 2 + 1 }, (_, step) => ({ weight: 2 * step, pairs: 0, onePerson: 0 }))
  for (let edge = 0; edge < edges.count; edge++) {
    const weight = edges.weight[edge] ?? 0
    const line = lines[Math.min(lines.length - 1, Math.floor(weight / 2))]
    if (line === undefined) continue
    line.pairs++
    line.onePerson += probabilityOf(model.calibration, weight, support(edges.evidence[edge] ?? 0).standing)
  }
  return lines.map((line) => ({ ...line, onePerson: Math.round(line.onePerson) }))
}

/**
 * Whether pairs are one person as often as the model says. Each half of the answers is judged by the curves that the
 * other half leads to, so that nothing marks its own work.
 * @param before the calibration before any answer
 */
export function reliabilityOf(
  answered: readonly LabelledPair[],
  before: Calibration,
): { readonly lines: readonly ReliabilityLine[]; readonly error: number | null } {
  const same = answered.filter((pair) => pair.samePerson).length
  if (same === 0 || same === answered.length) return { lines: [], error: null }
  const bins = Array.from({ length: BINS }, () => ({ said: 0, found: 0, share: 0, pairs: 0 }))
  // in the order of their weight, so that both halves have of every kind
  const sorted = answered.toSorted((x, y) => x.weight - y.weight || Number(x.samePerson) - Number(y.samePerson))
  for (const half of [0, 1]) {
    const others = sorted.filter((_, at) => at % 2 !== half)
    const curves = improvedByReviews(before, others)
    for (const [at, pair] of sorted.entries()) {
      if (at % 2 !== half) continue
      const said = probabilityOf(curves, pair.weight, pair.standing)
      const bin = bins[Math.min(BINS - 1, Math.floor(said * BINS))]
      if (bin === undefined) continue
      const share = shareOf(pair)
      bin.said += said * share
      bin.found += pair.samePerson ? share : 0
      bin.share += share
      bin.pairs++
    }
  }
  const filled = bins.filter((bin) => bin.pairs > 0)
  const all = filled.reduce((sum, bin) => sum + bin.share, 0)
  return {
    lines: filled.map(({ said, found, share, pairs }) => ({ said: said / share, found: found / share, pairs })),
    error: filled.reduce((sum, { said, found }) => sum + Math.abs(said - found), 0) / all,
  }
}
