import { blocksOf, visitPairs, type RuleReport } from './blocking.ts'
import { columnOf, type Dataset } from './dataset.ts'
import { levelFinders, type LevelFinder } from './levels.ts'
import type { ComparisonSpec, Level, TrainedModel } from './spec.ts'

/** Pairs at or above the threshold, by position, a < b, each once; sorted strongest first, then by position. */
export interface Edges {
  readonly count: number
  readonly a: Int32Array
  readonly b: Int32Array
  /** Match weight in bits: log2 of the odds that the two are one person, before calibration. */
  readonly weight: Float64Array
  /** The first rule that brought the pair together. */
  readonly rule: Uint8Array
}

export interface ScoreResult {
  readonly edges: Edges
  readonly compared: number
  readonly rules: readonly RuleReport[]
}

/** Weight of one comparison for one pair, in two parts. */
export interface ComparisonWeight {
  readonly level: number
  readonly base: number
  readonly rarity: number
}

/** Scores any two mentions of a data set under a trained model. */
export interface PairScorer {
  /** Match weight of two positions. */
  readonly weightOf: (a: number, b: number) => number
  /** The same, part by part, in the order in which weightOf adds them. */
  readonly partsOf: (a: number, b: number) => readonly ComparisonWeight[]
  readonly priorWeight: number
  /** The weight, or minus infinity as soon as it is certain to be below the threshold. */
  readonly weightIfAtLeast: (a: number, b: number, threshold: number) => number
}

interface Prepared {
  readonly find: LevelFinder
  readonly base: Float64Array
  readonly rarity: readonly (((a: number, b: number) => number) | null)[]
}

/** Match weight of the prior alone, in bits. */
export function priorWeight(model: TrainedModel): number {
  return Math.log2(model.prior / (1 - model.prior))
}

/** Prepares a model for scoring pairs of a data set. */
export function pairScorer(dataset: Dataset, model: TrainedModel): PairScorer {
  const { comparisons } = model.spec
  const finders = levelFinders(dataset, comparisons)
  const prepared = comparisons.map((comparison, at): Prepared => {
    const { m, u } = model.params[at]!
    const base = Float64Array.from(m, (value, level) => Math.min(comparison.maxWeight, Math.log2(value / u[level]!)))
    return {
      find: finders[at]!,
      base,
      rarity: comparison.levels.map((level, index) => rarityOf(dataset, model, comparison, level, base[index]!)),
    }
  })
  const prior = priorWeight(model)
  // What the comparisons from here on can still add at most; a silent comparison adds nothing.
  const ahead = new Float64Array(prepared.length + 1)
  for (let at = prepared.length - 1; at >= 0; at--) {
    const { base, rarity } = prepared[at]!
    const most = rarity.some((part) => part !== null) ? comparisons[at]!.maxWeight : Math.max(...base)
    ahead[at] = ahead[at + 1]! + Math.max(0, most)
  }
  const weightIfAtLeast = (a: number, b: number, threshold: number): number => {
    let weight = prior
    for (let at = 0; at < prepared.length; at++) {
      // The margin covers rounding: a pair exactly on the threshold must not be lost.
      if (weight + ahead[at]! < threshold - 1e-6) return Number.NEGATIVE_INFINITY
      const comparison = prepared[at]!
      const level = comparison.find(a, b)
      if (level < 0) continue
      const rarity = comparison.rarity[level]
      weight += comparison.base[level]! + (rarity === undefined || rarity === null ? 0 : rarity(a, b))
    }
    return weight
  }
  return {
    weightIfAtLeast,
    weightOf: (a, b) => weightIfAtLeast(a, b, Number.NEGATIVE_INFINITY),
    priorWeight: prior,
    partsOf: (a, b) =>
      prepared.map(({ find, base, rarity }) => {
        const level = find(a, b)
        if (level < 0) return { level, base: 0, rarity: 0 }
        return { level, base: base[level]!, rarity: rarity[level]?.(a, b) ?? 0 }
      }),
  }
}

function rarityOf(
  dataset: Dataset,
  model: TrainedModel,
  comparison: ComparisonSpec,
  level: Level,
  base: number,
): ((a: number, b: number) => number) | null {
  if (level.tf === undefined) return null
  const parts = level.tf.map(({ column: name, weight, minimum }) => {
    const column = columnOf(dataset, name)
    const usual = Math.log2(Math.max(model.shared[name] ?? 0, minimum))
    const byCode = Float64Array.from(column.counts, (count) =>
      Math.log2(Math.max(count / Math.max(1, column.recorded), minimum)),
    )
    return { codes: column.codes, byCode, usual, weight }
  })
  const most = comparison.maxWeight - base
  return (a, b) => {
    let sum = 0
    for (const { codes, byCode, usual, weight } of parts) {
      const x = codes[a]!
      const y = codes[b]!
      // The commoner of the two speaks: a slip makes a rare spelling of a common name.
      if (x !== 0 && y !== 0) sum += weight * (usual - Math.max(byCode[x]!, byCode[y]!))
    }
    return Math.min(sum, most)
  }
}

/**
 * Compares every pair the blocking rules make, once, and keeps those of at least `threshold` bits (0 when left out:
 * as likely one person as not, before calibration).
 */
export function score(
  dataset: Dataset,
  model: TrainedModel,
  options: { readonly threshold?: number } = {},
): ScoreResult {
  const threshold = options.threshold ?? 0
  const { weightIfAtLeast } = pairScorer(dataset, model)
  const blocks = model.spec.blocking.map((rule) => blocksOf(dataset, rule))
  let room = 1 << 12
  let a = new Int32Array(room)
  let b = new Int32Array(room)
  let weight = new Float64Array(room)
  let rules = new Uint8Array(room)
  let count = 0
  let compared = 0
  visitPairs(blocks, (left, right, rule) => {
    compared++
    const found = weightIfAtLeast(left, right, threshold)
    if (found < threshold) return
    if (count === room) {
      room *= 2
      a = copied(a, new Int32Array(room))
      b = copied(b, new Int32Array(room))
      weight = copied(weight, new Float64Array(room))
      rules = copied(rules, new Uint8Array(room))
    }
    a[count] = left
    b[count] = right
    weight[count] = found
    rules[count++] = rule
  })
  const order = new Uint32Array(count)
  for (let at = 0; at < count; at++) order[at] = at
  order.sort((x, y) => weight[y]! - weight[x]! || a[x]! - a[y]! || b[x]! - b[y]!)
  return {
    edges: {
      count,
      a: Int32Array.from(order, (at) => a[at]!),
      b: Int32Array.from(order, (at) => b[at]!),
      weight: Float64Array.from(order, (at) => weight[at]!),
      rule: Uint8Array.from(order, (at) => rules[at]!),
    },
    compared,
    rules: blocks.map(({ report }) => report),
  }
}

function copied<Numbers extends Int32Array | Float64Array | Uint8Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
