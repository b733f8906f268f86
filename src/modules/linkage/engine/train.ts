import { blocksOf, keyed, visitPairs, type Blocks } from './blocking.ts'
import type { Crew } from './crew.ts'
import { chanceShared, columnOf, type Dataset } from './dataset.ts'
import { kernelParts } from './kernel.ts'
import { withExpectedPrior } from './prior.ts'
import type { BlockingRule, ComparisonSpec, KeyExpr, ModelSpec, Test, TrainedModel } from './spec.ts'
import { basesOf, combined, levelsOf, pieceTally, type Tallied, type TallyGround, type TallyPiece } from './tally.ts'

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
/** Pairs that one piece of counting looks at, about. */
const pairsAPiece = 100_000

/**
 * Learns the model's numbers from unlabelled mentions: how often each level holds for two different people (u), for
 * one person (m, by EM), and how often two mentions are one person at all. The same mentions and seed always give the
 * same model, whatever order they came in.
 */
export function train(dataset: Dataset, spec: ModelSpec, options: TrainOptions = {}): TrainedModel {
  const plan = planOf(
    dataset,
    spec,
    options,
    sessionRules(spec).map((rule) => blocksOf(dataset, rule)),
  )
  const one = pieceTally(plan.ground)
  const tallies = plan.ground.pieces.map((_, piece) => one(piece))
  const model = learned(dataset, spec, plan, tallies)
  if (spec.training.expectedPrior !== true) return model
  return withExpectedPrior(
    dataset,
    model,
    spec.blocking.map((rule) => blocksOf(dataset, rule)),
  )
}

/** The same by a crew of workers; the model is the same, however many they are. */
export async function trainWith(
  crew: Crew,
  dataset: Dataset,
  spec: ModelSpec,
  options: TrainOptions = {},
): Promise<TrainedModel> {
  const rules = sessionRules(spec)
  const blocks = await crew.run(
    'blocks',
    rules.map((rule) => keyed(dataset, rule)),
    rules.length,
  )
  const plan = planOf(dataset, spec, options, blocks)
  const model = learned(dataset, spec, plan, await crew.run('tally', plan.ground, plan.ground.pieces.length))
  if (spec.training.expectedPrior !== true) return model
  const keys = spec.blocking.map((rule) => keyed(dataset, rule))
  return withExpectedPrior(dataset, model, await crew.run('blocks', keys, keys.length))
}

/** The rules of which blocks are needed: the sessions, then those whose pairs are nearly always one person. */
const sessionRules = ({ training }: ModelSpec): readonly BlockingRule[] => [
  ...training.sessions,
  ...training.deterministic,
]

interface Plan {
  readonly ground: TallyGround
  readonly bases: readonly number[]
  /** How many of the pieces are random pairs; those of the sessions follow. */
  readonly random: number
  /** Which pieces belong to each session. */
  readonly sessions: readonly (readonly number[])[]
  readonly prior: number
}

function planOf(dataset: Dataset, spec: ModelSpec, options: TrainOptions, blocks: readonly Blocks[]): Plan {
  const seed = options.seed ?? 1
  const most = options.sessionPairs ?? 1_000_000
  const draws = dataset.size < 2 ? 0 : (options.randomPairs ?? Math.min(1_000_000, Math.max(50_000, dataset.size * 20)))
  const pieces: TallyPiece[] = []
  for (let from = 0; from < draws; from += pairsAPiece) {
    pieces.push({ draws: Math.min(pairsAPiece, draws - from), seed: seed + 7919 * (pieces.length + 1) })
  }
  const random = pieces.length
  const sessions = spec.training.sessions.map((_, session) => {
    const { starts, report } = blocks[session]!
    const share = Math.min(1, most / Math.max(1, report.pairs))
    const own: number[] = []
    let from = 0
    let pairs = 0
    for (let block = 0; block + 1 < starts.length; block++) {
      const members = starts[block + 1]! - starts[block]!
      pairs += ((members * (members - 1)) / 2) * share
      if (pairs < pairsAPiece && block + 2 < starts.length) continue
      own.push(pieces.length)
      pieces.push({ blocks: session, from, to: block + 1, share, seed: seed + 104_729 * (pieces.length + 1) })
      from = block + 1
      pairs = 0
    }
    return own
  })
  const parts = kernelParts(dataset, spec.comparisons, [], null)
  const ground = { parts, blocks: blocks.map(({ order, starts }) => ({ order, starts })), pieces }
  const prior = estimatePrior(dataset, spec, blocks.slice(spec.training.sessions.length))
  return { ground, bases: basesOf(parts), random, sessions, prior }
}

function learned(
  dataset: Dataset,
  spec: ModelSpec,
  { bases, random, sessions: pieces, prior }: Plan,
  tallies: readonly Tallied[],
): TrainedModel {
  const warnings: string[] = []
  const overall = levelShares(dataset, spec.comparisons, combined(tallies.slice(0, random)), bases)
  const sessions = spec.training.sessions.map((rule, index): Session => {
    const taught = spec.comparisons.map((comparison) => !usesAny(comparison, columnsOf(rule)))
    return { taught, ...histogramOf(combined(pieces[index]!.map((piece) => tallies[piece]!)), bases, taught) }
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
      for (const { column, usual } of level.tf ?? []) {
        if (usual === undefined) shared[column] ??= chanceShared(columnOf(dataset, column))
      }
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
  return [...comparison.columns, ...(comparison.follows ?? [])].some((column) => columns.includes(column))
}

function estimatePrior(dataset: Dataset, spec: ModelSpec, deterministic: readonly Blocks[]): number {
  const pairs = (dataset.size * (dataset.size - 1)) / 2
  if (pairs === 0) return 1e-4
  let certain = 0
  visitPairs(deterministic, () => {
    certain++
  })
  return Math.min(0.2, Math.max(certain, 0.5) / spec.training.recall / pairs)
}

/** Share of all pairs at each level of each comparison, of those where it says something; null if it never does. */
function levelShares(
  dataset: Dataset,
  comparisons: readonly ComparisonSpec[],
  { patterns, counts: times, pairs: drawn }: Tallied,
  bases: readonly number[],
): (number[] | null)[] {
  const counts = comparisons.map((comparison) => new Float64Array(comparison.levels.length + 1))
  patterns.forEach((pattern, at) => {
    levelsOf(pattern, bases).forEach((level, index) => {
      if (level >= 0) counts[index]![level]! += times[at]!
    })
  })
  return comparisons.map((comparison, index) => {
    const start = starting(comparison, 'u')
    const seen = counts[index]!
    const spoke = seen.reduce((sum, count) => sum + count, 0)
    // A level that no pair showed may still be true of one pair in twice as many; less would be taken for proof.
    const shares = start.map(
      (share, level) => (seen[level]! + Math.max(share * startingPairs, 0.5)) / (spoke + startingPairs),
    )
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
    const dated = test.test === 'fullDate' || test.test === 'firstOfJanuary'
    if (test.test === 'exact' || (dated && tests.length === 1)) columns.push(test.column)
    else return null
  }
  const [only] = tests
  if (only === undefined) return null
  if (tests.length === 1) {
    const { counts, lexicon } = columnOf(dataset, columns[0]!)
    let pairs = 0
    for (let code = 1; code < counts.length; code++) {
      const mentions = counts[code]!
      if (mentions < 2) continue
      if (only.test !== 'exact' && lexicon.values[code]!.endsWith('-01-01') !== (only.test === 'firstOfJanuary'))
        continue
      pairs += (mentions * (mentions - 1)) / 2
    }
    return pairs
  }
  const keys = columns.map((column) => ({ column }))
  return blocksOf(dataset, { name: 'equal', keys, cap: Number.POSITIVE_INFINITY }).report.pairs
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

/** How often each combination of the levels that a session teaches occurs among the pairs of its rule. */
interface Session {
  readonly taught: readonly boolean[]
  /** Combination after combination, the level of each comparison; -1 where it says nothing or is not taught. */
  readonly levels: Int8Array
  readonly counts: Float64Array
}

function histogramOf(
  { patterns, counts }: Tallied,
  bases: readonly number[],
  taught: readonly boolean[],
): Pick<Session, 'levels' | 'counts'> {
  const index = new Map<number, number>()
  const levels: number[] = []
  const times: number[] = []
  patterns.forEach((pattern, at) => {
    const own = levelsOf(pattern, bases).map((level, comparison) => (taught[comparison] === true ? level : -1))
    const key = own.reduce((all, level, comparison) => all * bases[comparison]! + level + 1, 0)
    let place = index.get(key)
    if (place === undefined) {
      place = index.size
      index.set(key, place)
      levels.push(...own)
      times.push(0)
    }
    times[place]! += counts[at]!
  })
  return { levels: Int8Array.from(levels), counts: Float64Array.from(times) }
}

/** Expected counts of true pairs by level, per comparison; null for comparisons the session cannot teach. */
type SessionResult = readonly (Float64Array | null)[]

function expectationMaximisation(
  comparisons: readonly ComparisonSpec[],
  { taught, levels, counts }: Session,
  startM: readonly (readonly number[])[],
  u: readonly (readonly number[])[],
): SessionResult {
  const width = comparisons.length
  let m = startM.map((own) => [...own])
  let rate = 0.3
  let expected: SessionResult = []
  const all = counts.reduce((sum, count) => sum + count, 0)
  for (let round = 0; round < mostRounds; round++) {
    const gathered = comparisons.map((comparison) => new Float64Array(comparison.levels.length + 1))
    const ratios = m.map((own, at) => own.map((value, level) => value / u[at]![level]!))
    let matches = 0
    for (let pattern = 0; pattern < counts.length; pattern++) {
      let odds = rate / (1 - rate)
      for (let at = 0; at < width; at++) {
        const level = levels[pattern * width + at]!
        if (level >= 0) odds *= ratios[at]![level]!
      }
      const part = counts[pattern]! * (odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds))
      matches += part
      for (let at = 0; at < width; at++) {
        const level = levels[pattern * width + at]!
        if (level >= 0) gathered[at]![level]! += part
      }
    }
    expected = gathered.map((own, at) => (taught[at] === true ? own : null))
    rate = Math.min(0.999, Math.max(1e-6, all === 0 ? rate : matches / all))
    const next = expected.map((own, at) => (own === null ? m[at]! : smoothed(comparisons[at]!, own)))
    const moved = Math.max(...next.flatMap((own, at) => own.map((value, level) => Math.abs(value - m[at]![level]!))))
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
