import type { Dataset } from './dataset.ts'
import { columnOf } from './dataset.ts'
import { factsFor, type Fact } from './facts.ts'
import { sharedInt32 } from './letters.ts'
import type { ColumnSpec, ComparisonSpec, Test, TrainedModel } from './spec.ts'
import { priorWeight, weightsOf, type ComparisonWeights } from './weights.ts'

/**
 * A model made ready for comparing the mentions of a data set: everything as numbers in memory that workers share. Plain data,
 * so that it can be posted to a worker.
 */
export interface KernelParts {
  readonly comparisons: readonly ComparisonSpec[]
  /** The columns that are compared, in the order in which a row holds their codes. */
  readonly columns: readonly Pick<ColumnSpec, 'name' | 'kind'>[]
  /** One row a mention: its code in each column, then its key in each blocking rule. */
  readonly rows: Int32Array
  readonly width: number
  readonly size: number
  readonly rules: number
  readonly facts: Readonly<Record<string, Fact>>
  readonly prior: number
  /** Null before training, when only levels are asked for. */
  readonly weights: readonly ComparisonWeights[] | null
}

/** Pairs that reached the threshold, a chunk at a time. */
export interface PairSink {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly weight: Float64Array
  readonly evidence: Int32Array
  count: number
  /** Written by the kernel, read by nobody: what was read ahead is used for something. */
  touched: number
  /** Takes what is there and sets the count back to nought. */
  full(): void
}

/** Mentions in blocks: block n is order[starts[n]] up to order[starts[n + 1]]. */
export interface BlockOrder {
  readonly order: Int32Array
  readonly starts: Int32Array
}

export interface Kernel {
  /** Scores the pairs of blocks `from` up to `to` of a rule that no earlier rule makes. @returns how many pairs that were */
  readonly score: (
    blocks: BlockOrder,
    from: number,
    to: number,
    rule: number,
    threshold: number,
    sink: PairSink,
  ) => number
  /** Match weight of two positions, a < b. */
  readonly weigh: (a: number, b: number) => number
  /** Evidence of two positions, a < b (see evidenceOf). */
  readonly evidence: (a: number, b: number) => number
  /** The level of each comparison of two positions, a < b: -1 where it says nothing. */
  readonly levels: (a: number, b: number, into: Int32Array) => void
}

/** The columns that comparisons look at, in the order in which they first do. */
export function columnsOf(comparisons: readonly ComparisonSpec[]): readonly string[] {
  const columns = new Set<string>()
  const visit = (test: Test): void => {
    if (test.test === 'any' || test.test === 'every') test.of.forEach(visit)
    else if ('columns' in test) test.columns.forEach((name) => columns.add(name))
    else columns.add(test.column)
  }
  for (const comparison of comparisons) {
    comparison.columns.forEach((name) => columns.add(name))
    if (comparison.silentWhen !== undefined) visit(comparison.silentWhen)
    for (const level of comparison.levels) {
      level.all.forEach(visit)
      level.tf?.forEach(({ column }) => columns.add(column))
    }
  }
  return [...columns]
}

/** Large memory begins 16 bytes into a line of 64; so many numbers on, a row of 16 takes one line and not two. */
const toLine = 12

/** Makes the parts of a kernel. `keys` are those of the blocking rules, by position; without a model there are no weights. */
export function kernelParts(
  dataset: Dataset,
  comparisons: readonly ComparisonSpec[],
  keys: readonly Int32Array[],
  model: TrainedModel | null,
): KernelParts {
  const names = columnsOf(comparisons)
  const columns = names.map((name) => columnOf(dataset, name))
  const width = columns.length + keys.length
  const rows = sharedInt32(dataset.size * width + toLine).subarray(toLine)
  const sources = [...columns.map(({ codes }) => codes), ...keys]
  // Some thousand mentions at a time, so that the rows being written stay in the cache.
  for (let from = 0; from < dataset.size; from += 4096) {
    const to = Math.min(dataset.size, from + 4096)
    sources.forEach((codes, column) => {
      for (let at = from; at < to; at++) rows[at * width + column] = codes[at]!
    })
  }
  return {
    comparisons,
    columns: columns.map(({ spec: { name, kind } }) => ({ name, kind })),
    rows,
    width,
    size: dataset.size,
    rules: keys.length,
    facts: factsFor(dataset, comparisons),
    prior: model === null ? 0 : priorWeight(model),
    weights: model === null ? null : weightsOf(dataset, model),
  }
}
