import { blocksOf, keyed, type Blocks, type RuleReport } from './blocking.ts'
import type { Dataset } from './dataset.ts'
import type { Crew } from './crew.ts'
import { Gathered, joined, type GatheredPairs } from './gathered.ts'
import { kernelParts, type Kernel, type KernelParts } from './kernel.ts'
import { openKernel } from './kernel-source.ts'
import type { TrainedModel } from './spec.ts'
import { rarityOf, weightsOf } from './weights.ts'

/** Pairs at or above the threshold, by position, a < b, each once, in no order but always the same (strongestFirst puts them in one). */
export interface Edges {
  readonly count: number
  readonly a: Int32Array
  readonly b: Int32Array
  /** Match weight in bits: log2 of the odds that the two are one person, before calibration. */
  readonly weight: Float64Array
  /** The first rule that brought the pair together. */
  readonly rule: Uint8Array
  /** What the pair agrees and disagrees on, for the guards (evidenceOf). */
  readonly evidence: Int32Array
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
  /** What the pair agrees and disagrees on (evidenceOf). */
  readonly evidenceOf: (a: number, b: number) => number
  readonly priorWeight: number
}

/** Prepares a model for scoring pairs of a data set. */
export function pairScorer(dataset: Dataset, model: TrainedModel): PairScorer {
  return scorerOf(dataset, model, kernelParts(dataset, model.spec.comparisons, [], model))
}

/**
 * Scores by a kernel.
 * @param before the order of two positions; how alike two values are can hang on which is asked about which
 */
export function scorerOf(
  dataset: Dataset,
  model: TrainedModel,
  parts: KernelParts,
  kernel: Kernel = openKernel(parts),
  before: (a: number, b: number) => boolean = (a, b) => a < b,
): PairScorer {
  const weights = parts.weights ?? weightsOf(dataset, model)
  const levels = new Int32Array(weights.length)
  const codesOf = (column: string): Int32Array => dataset.columns.get(column)!.codes
  const rarityAt = (comparison: number, level: number, a: number, b: number): number => {
    const parts = weights[comparison]!.rarity[level]
    if (parts === undefined || parts === null) return 0
    let sum = 0
    for (const part of parts) {
      const [x, y] = [codesOf(part.column)[a]!, codesOf(part.column)[b]!]
      const said = part.either ? x !== 0 || y !== 0 : x !== 0 && y !== 0
      sum += said ? rarityOf(part)(part.byCode[x]!, part.byCode[y]!) : 0
    }
    return Math.min(sum, weights[comparison]!.room[level]!)
  }
  return {
    priorWeight: parts.prior,
    weightOf: (a, b) => (before(a, b) ? kernel.weigh(a, b) : kernel.weigh(b, a)),
    evidenceOf: (a, b) => (before(a, b) ? kernel.evidence(a, b) : kernel.evidence(b, a)),
    partsOf: (a, b) => {
      if (before(a, b)) kernel.levels(a, b, levels)
      else kernel.levels(b, a, levels)
      return Array.from(levels, (level, comparison) =>
        level < 0
          ? { level, base: 0, rarity: 0 }
          : { level, base: weights[comparison]!.base[level]!, rarity: rarityAt(comparison, level, a, b) },
      )
    },
  }
}

/** Raw pairs a piece of work has, about: small enough to share out evenly, large enough not to be all hand-over. */
const pairsAPiece = 150_000

/** Blocks of one rule that are scored in one go. */
interface Piece {
  readonly rule: number
  readonly from: number
  readonly to: number
}

/** What a worker needs to score: the same for every piece. */
export interface ScoreGround {
  readonly parts: KernelParts
  readonly blocks: readonly { readonly order: Int32Array; readonly starts: Int32Array }[]
  readonly pieces: readonly Piece[]
  readonly threshold: number
}

/** The pairs of one piece that reached the threshold. */
export interface ScoredPiece extends GatheredPairs {
  readonly compared: number
}

function piecesOf(blocks: readonly Blocks[]): Piece[] {
  return blocks.flatMap(({ starts }, rule) => {
    const pieces: Piece[] = []
    let from = 0
    let pairs = 0
    for (let block = 0; block + 1 < starts.length; block++) {
      const members = starts[block + 1]! - starts[block]!
      pairs += (members * (members - 1)) / 2
      if (pairs < pairsAPiece) continue
      pieces.push({ rule, from, to: block + 1 })
      from = block + 1
      pairs = 0
    }
    if (pairs > 0) pieces.push({ rule, from, to: starts.length - 1 })
    return pieces
  })
}

/** A worker's side of scoring: opens the kernel once, then takes piece after piece. */
export function pieceScorer(ground: ScoreGround): (piece: number) => ScoredPiece {
  const kernel: Kernel = openKernel(ground.parts)
  // What a piece keeps mostly fits, and is then copied once.
  const room = 1 << 17
  const sink = new Gathered(room)
  return (at) => {
    const { rule, from, to } = ground.pieces[at]!
    const compared = kernel.score(ground.blocks[rule]!, from, to, rule, ground.threshold, sink)
    return { compared, ...sink.take() }
  }
}

export interface ScoreOptions {
  /** Bits; 0 when left out: as likely one person as not, before calibration. */
  readonly threshold?: number
}

/** Blocks and rows made ready for scoring, in this thread or by workers. */
function groundOf(
  dataset: Dataset,
  model: TrainedModel,
  blocks: readonly Blocks[],
  { threshold = 0 }: ScoreOptions,
): ScoreGround {
  return {
    parts: kernelParts(
      dataset,
      model.spec.comparisons,
      blocks.map(({ keys }) => keys),
      model,
    ),
    blocks: blocks.map(({ order, starts }) => ({ order, starts })),
    pieces: piecesOf(blocks),
    threshold,
  }
}

function resultOf(ground: ScoreGround, scored: readonly ScoredPiece[], blocks: readonly Blocks[]): ScoreResult {
  const { a, b, weight, evidence } = joined(scored)
  const rule = new Uint8Array(a.length)
  let at = 0
  let compared = 0
  scored.forEach((piece, index) => {
    rule.fill(ground.pieces[index]!.rule, at, at + piece.a.length)
    at += piece.a.length
    compared += piece.compared
  })
  return {
    edges: { count: a.length, a, b, weight, evidence, rule },
    compared,
    rules: blocks.map(({ report }) => report),
  }
}

/** Those of the edges that reach a weight. */
export function edgesFrom({ count, a, b, weight, evidence, rule }: Edges, least: number): Edges {
  const kept = Int32Array.from({ length: count }, (_, edge) => edge).filter((edge) => weight[edge]! >= least)
  const ints = (from: Int32Array): Int32Array => Int32Array.from(kept, (edge) => from[edge]!)
  return {
    count: kept.length,
    a: ints(a),
    b: ints(b),
    weight: Float64Array.from(kept, (edge) => weight[edge]!),
    evidence: ints(evidence),
    rule: Uint8Array.from(kept, (edge) => rule[edge]!),
  }
}

/** Compares every pair the blocking rules make, once, and keeps those that reach the threshold. */
export function score(dataset: Dataset, model: TrainedModel, options: ScoreOptions = {}): ScoreResult {
  const blocks = model.spec.blocking.map((rule) => blocksOf(dataset, rule))
  const ground = groundOf(dataset, model, blocks, options)
  const one = pieceScorer(ground)
  return resultOf(
    ground,
    ground.pieces.map((_, piece) => one(piece)),
    blocks,
  )
}

/** The same by a crew of workers; the result is the same to the last bit, however many they are. */
export async function scoreWith(
  crew: Crew,
  dataset: Dataset,
  model: TrainedModel,
  options: ScoreOptions = {},
): Promise<ScoreResult> {
  const blocks = await crew.run(
    'blocks',
    model.spec.blocking.map((rule) => keyed(dataset, rule)),
    model.spec.blocking.length,
  )
  const ground = groundOf(dataset, model, blocks, options)
  return resultOf(ground, await crew.run('score', ground, ground.pieces.length), blocks)
}
