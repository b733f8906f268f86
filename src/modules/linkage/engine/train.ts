import { blocksOf, visitPairs } from './blocking.ts'
import { chanceShared, columnOf, type Dataset } from './dataset.ts'
import { levelFinders, type LevelFinder } from './levels.ts'
import { seededRandom } from './random.ts'
import type { BlockingRule, ComparisonSpec, KeyExpr, ModelSpec, Test, TrainedModel } from './spec.ts'

export interface TrainOptions {
  readonly seed?: number
  /** Random pairs looked at for u; by default twenty a mention, from 50,000 to 1,000,000. */
  readonly randomPairs?: number
  /** Most pairs looked at in one EM session; a larger session is thinned. */
  readonly sessionPairs?: number
}

/** Pairs' worth of belief in the starting values, so that a level seen once or never is not taken as certain. */
const startingPairs = 10
const mostRounds = 50
const settled = 1e-5

/**
 * Learns the model's numbers from unlabelled mentions: how often each level holds for two different people (u), for
 * one person (m, by EM), and how often two mentions are one person at all. The same mentions and seed always give the
 * same model, whatever order they came in.
 */
export function train(dataset: Dataset, spec: ModelSpec, options: TrainOptions = {}): TrainedModel {
  const warnings: string[] = []
  const finders = levelFinders(dataset, spec.comparisons)
  const prior = estimatePrior(dataset, spec)
  const seed = options.seed ?? 1
  const overall = levelShares(dataset, spec.comparisons, finders, options.randomPairs, seed)
  const sessions = spec.training.sessions.map((rule, index) => {
    const taught = spec.comparisons.map((comparison) => !usesAny(comparison, columnsOf(rule)))
    const histogram = patterns(
      dataset,
      rule,
      finders,
      spec.comparisons,
      options.sessionPairs ?? 1_000_000,
      seed + index,
    )
    return { rule, taught, histogram }
  })
  let m = spec.comparisons.map((comparison) => starting(comparison, 'm'))
  let u = withoutMatches(spec.comparisons, overall, m, prior)
  // u is what is left of the shares of all pairs once the true pairs are taken out, which needs m; twice is enough.
  for (let round = 0; round < 2; round++) {
    const found = sessions.map((session) => expectationMaximisation(spec.comparisons, session, m, u))
    m = pooled(spec.comparisons, found)
    u = withoutMatches(spec.comparisons, overall, m, prior)
    if (round === 1) warnings.push(...disagreements(spec.comparisons, found), ...neverSeen(spec.comparisons, found))
  }
  const shared: Record<string, number> = {}
  for (const comparison of spec.comparisons) {
    for (const level of comparison.levels) {
      for (const { column } of level.tf ?? []) shared[column] ??= chanceShared(columnOf(dataset, column))
    }
  }
  const params = spec.comparisons.map((_, index) => ({ m: m[index]!, u: u[index]! }))
  return { spec, prior, params, shared, calibration: spec.calibration, warnings }
}

function starting(comparison: ComparisonSpec, side: 'm' | 'u'): number[] {
  const all = [...comparison.levels.map((level) => level[side]), comparison.otherwise[side]]
  const total = all.reduce((sum, value) => sum + value, 0)
  return all.map((value) => value / total)
}

function columnsOf(rule: BlockingRule): readonly string[] {
  return rule.keys.flatMap((key: KeyExpr) => ('unordered' in key ? key.unordered : [key.column]))
}

function usesAny(comparison: ComparisonSpec, columns: readonly string[]): boolean {
  return comparison.columns.some((column) => columns.includes(column))
}

function estimatePrior(dataset: Dataset, spec: ModelSpec): number {
  const pairs = (dataset.size * (dataset.size - 1)) / 2
  if (pairs === 0) return 1e-4
  let certain = 0
  visitPairs(
    spec.training.deterministic.map((rule) => blocksOf(dataset, rule)),
    () => {
      certain++
    },
  )
  return Math.min(0.2, Math.max(certain, 0.5) / spec.training.recall / pairs)
}

/** Share of all pairs at each level of each comparison, of those where it says something; null if it never does. */
function levelShares(
  dataset: Dataset,
  comparisons: readonly ComparisonSpec[],
  finders: readonly LevelFinder[],
  asked: number | undefined,
  seed: number,
): (number[] | null)[] {
  const random = seededRandom(seed)
  const counts = comparisons.map((comparison) => new Float64Array(comparison.levels.length + 1))
  const draws = dataset.size < 2 ? 0 : (asked ?? Math.min(1_000_000, Math.max(50_000, dataset.size * 20)))
  let drawn = 0
  for (let draw = 0; draw < draws; draw++) {
    const a = Math.floor(random() * dataset.size)
    const b = Math.floor(random() * dataset.size)
    if (a === b) continue
    drawn++
    finders.forEach((finder, index) => {
      const level = finder(a, b)
      if (level >= 0) counts[index]![level]!++
    })
  }
  return comparisons.map((comparison, index) => {
    const start = starting(comparison, 'u')
    const seen = counts[index]!
    const spoke = seen.reduce((sum, count) => sum + count, 0)
    const shares = start.map((share, level) => (seen[level]! + share * startingPairs) / (spoke + startingPairs))
    if (spoke === 0) return null
    // Rare levels of plain equality are counted exactly; sampling would hardly ever meet them.
    comparison.levels.forEach((level, at) => {
      const equal = pairsAgreeing(dataset, level.all)
      if (equal !== null) shares[at] = equal / ((dataset.size * (dataset.size - 1)) / 2) / (spoke / drawn)
    })
    const total = shares.reduce((sum, share) => sum + share, 0)
    return shares.map((share) => Math.max(share / total, 1e-9))
  })
}

/** Pairs for which all the tests hold, when every test is plain equality of a value; otherwise null. */
function pairsAgreeing(dataset: Dataset, tests: readonly Test[]): number | null {
  const columns: string[] = []
  for (const test of tests) {
    if (test.test === 'exact' || test.test === 'fullDate' || test.test === 'firstOfJanuary') columns.push(test.column)
    else return null
  }
  const [only] = tests
  const report = blocksOf(dataset, {
    name: 'equal',
    keys: columns.map((column) => ({ column })),
    cap: Number.POSITIVE_INFINITY,
  })
  if (only?.test !== 'fullDate' && only?.test !== 'firstOfJanuary') return report.report.pairs
  const { codes, lexicon } = columnOf(dataset, only.column)
  let pairs = 0
  for (let block = 0; block + 1 < report.starts.length; block++) {
    const from = report.starts[block]!
    const mentions = report.starts[block + 1]! - from
    const first = lexicon.values[codes[report.order[from]!]!]!.endsWith('-01-01')
    if (first === (only.test === 'firstOfJanuary')) pairs += (mentions * (mentions - 1)) / 2
  }
  return pairs
}

function withoutMatches(
  comparisons: readonly ComparisonSpec[],
  overall: readonly (readonly number[] | null)[],
  m: readonly (readonly number[])[],
  prior: number,
): number[][] {
  return comparisons.map((comparison, index) => {
    const seen = overall[index]
    if (seen === null || seen === undefined) return starting(comparison, 'u')
    const shares = seen.map((share, level) => {
      const rest = (share - prior * m[index]![level]!) / (1 - prior)
      // A tenth is kept whatever the sum says: the difference of two uncertain numbers must not make proof.
      return Math.max(rest, share * 0.1)
    })
    const total = shares.reduce((sum, share) => sum + share, 0)
    return shares.map((share) => share / total)
  })
}

interface Session {
  readonly rule: BlockingRule
  readonly taught: readonly boolean[]
  readonly histogram: { readonly levels: readonly Int8Array[]; readonly counts: Float64Array }
}

/** How often each combination of levels occurs among the pairs of a rule. */
function patterns(
  dataset: Dataset,
  rule: BlockingRule,
  finders: readonly LevelFinder[],
  comparisons: readonly ComparisonSpec[],
  most: number,
  seed: number,
): Session['histogram'] {
  const blocks = blocksOf(dataset, rule)
  const share = Math.min(1, most / Math.max(1, blocks.report.pairs))
  const random = seededRandom(seed)
  const index = new Map<number, number>()
  visitPairs([blocks], (a, b) => {
    if (share < 1 && random() >= share) return
    let pattern = 0
    for (let at = 0; at < finders.length; at++) {
      pattern = pattern * (comparisons[at]!.levels.length + 2) + finders[at]!(a, b) + 1
    }
    index.set(pattern, (index.get(pattern) ?? 0) + 1)
  })
  // Sorted, so that sums are taken in one order whatever order the pairs came in.
  const found = [...index].sort(([left], [right]) => left - right)
  return {
    levels: found.map(([pattern]) => {
      const levels = new Int8Array(finders.length)
      let rest = pattern
      for (let at = finders.length - 1; at >= 0; at--) {
        const size = comparisons[at]!.levels.length + 2
        levels[at] = (rest % size) - 1
        rest = Math.floor(rest / size)
      }
      return levels
    }),
    counts: Float64Array.from(found, ([, count]) => count),
  }
}

/** Expected counts of true pairs by level, per comparison; null for comparisons the session cannot teach. */
type SessionResult = readonly (Float64Array | null)[]

function expectationMaximisation(
  comparisons: readonly ComparisonSpec[],
  { taught, histogram }: Session,
  startM: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
): SessionResult {
  let m = startM.map((levels) => [...levels])
  let rate = 0.3
  let expected = taught.map((yes, at) => (yes ? new Float64Array(comparisons[at]!.levels.length + 1) : null))
  for (let round = 0; round < mostRounds; round++) {
    expected = taught.map((yes, at) => (yes ? new Float64Array(comparisons[at]!.levels.length + 1) : null))
    let matches = 0
    let all = 0
    histogram.levels.forEach((levels, pattern) => {
      let odds = rate / (1 - rate)
      expected.forEach((counts, at) => {
        const level = levels[at]!
        if (counts !== null && level >= 0) odds *= m[at]![level]! / u[at]![level]!
      })
      const count = histogram.counts[pattern]!
      const part = count * (odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds))
      matches += part
      all += count
      expected.forEach((counts, at) => {
        const level = levels[at]!
        if (counts !== null && level >= 0) counts[level]! += part
      })
    })
    rate = Math.min(0.999, Math.max(1e-6, all === 0 ? rate : matches / all))
    const next = expected.map((counts, at) => (counts === null ? m[at]! : smoothed(comparisons[at]!, counts)))
    const moved = Math.max(
      ...next.flatMap((levels, at) => levels.map((value, level) => Math.abs(value - m[at]![level]!))),
    )
    m = next
    if (moved < settled) break
  }
  return expected
}

function smoothed(comparison: ComparisonSpec, counts: Float64Array): number[] {
  const start = starting(comparison, 'm')
  const total = counts.reduce((sum, count) => sum + count, 0) + startingPairs
  return start.map((share, level) => (counts[level]! + share * startingPairs) / total)
}

function pooled(comparisons: readonly ComparisonSpec[], sessions: readonly SessionResult[]): number[][] {
  return comparisons.map((comparison, at) => {
    const counts = new Float64Array(comparison.levels.length + 1)
    for (const session of sessions) session[at]?.forEach((count, level) => (counts[level]! += count))
    return smoothed(comparison, counts)
  })
}

function disagreements(comparisons: readonly ComparisonSpec[], sessions: readonly SessionResult[]): string[] {
  return comparisons.flatMap((comparison, at) => {
    const shares = sessions.flatMap((session) => (session[at] ? [smoothed(comparison, session[at])] : []))
    const top = shares.map((levels) => levels[0]!)
    if (top.length < 2 || Math.max(...top) <= 2 * Math.min(...top)) return []
    return [`${comparison.name}: training sessions differ more than twofold on "${comparison.levels[0]!.label}"`]
  })
}

function neverSeen(comparisons: readonly ComparisonSpec[], sessions: readonly SessionResult[]): string[] {
  return comparisons.flatMap((comparison, at) =>
    comparison.levels.flatMap((level, index) => {
      const seen = sessions.reduce((sum, session) => sum + (session[at]?.[index] ?? 0), 0)
      return seen < 1
        ? [`${comparison.name}: no pair of one person was seen at "${level.label}"; its starting value stands`]
        : []
    }),
  )
}
