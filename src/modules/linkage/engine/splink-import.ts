import { LinkageFailure } from './failure.ts'
import type {
  BlockingRule,
  Calibration,
  ComparisonSpec,
  KeyExpr,
  Level,
  TermFrequency,
  Test,
  TrainedModel,
} from './spec.ts'
import type { SplinkFrequencies } from './splink-export.ts'
import { withoutWrittenJaro } from './splink-jaro.ts'
import { NotUnderstood, readSql } from './splink-sql.ts'
import { columnsMet, conditionReader, type ColumnsMet, type ConditionReader } from './splink-reader.ts'

export interface SplinkImport {
  readonly model: TrainedModel
  /** The column of the mentions that holds their id. */
  readonly uniqueId: string
}

interface ImportOptions {
  /** Tables of frequencies that belong to the settings; without them the mentions are counted. */
  readonly termFrequencies?: readonly SplinkFrequencies[]
}

/** Splink's own word for a level that training did not meet, and what it takes for it. */
const notObserved = { text: 'level not observed in training dataset', probability: 1e-6 } as const
/** Splink takes smaller probabilities for this. */
const leastProbability = 1e-300
/** More bits than any level adds: Splink has no most. */
const noMost = 1000
/** Splink compares every pair of a block, however large. */
const noCap = Number.MAX_SAFE_INTEGER

/**
 * Reads settings that Splink 4 or 5 saved, as a model that scores the same pairs with the same weights. It links nothing
 * by itself until it is calibrated on the force's own records: Splink's probabilities are too sure of themselves.
 *
 * @throws LinkageFailure `linkage.splink_not_read`, naming the comparison and level, or the blocking rule, and why
 */
export function importSplink(settings: unknown, options: ImportOptions = {}): SplinkImport {
  const given = objectOf(settings, 'the settings')
  const link = given['link_type']
  if (link !== 'dedupe_only' && link !== 'link_and_dedupe')
    throw refusal('the settings', `link_type is not dedupe_only or link_and_dedupe`)
  const columns = columnsMet()
  const reader = conditionReader(columns)
  const comparisons = arrayOf(given['comparisons'], 'comparisons').map((one, at) =>
    readComparison(objectOf(one, `comparison ${at + 1}`), at, columns, reader),
  )
  const blocking = arrayOf(given['blocking_rules_to_generate_predictions'] ?? [], 'blocking rules').map((rule, at) =>
    readRule(rule, at, columns, reader),
  )
  const tables = (options.termFrequencies ?? []).map(({ column, values }) => [column, values] as const)
  const model: TrainedModel = {
    spec: {
      id: `splink-${textOf(given['linker_uid']) ?? 'model'}`,
      version: 1,
      columns: columns.all(),
      comparisons: comparisons.map(({ spec }) => spec),
      blocking,
      training: { deterministic: [], recall: 0.5, sessions: [] },
      calibration: asSplinkClaims,
      bands: { autoLink: 1, review: 0.5 },
      cohesion: 0,
      largestCluster: 40,
      guards: [],
    },
    prior: numberOf(given['probability_two_random_records_match']) ?? 0.0001,
    params: comparisons.map(({ m, u }) => ({ m, u })),
    shared: {},
    ...(tables.length === 0 ? {} : { frequencies: Object.fromEntries(tables) }),
    calibration: asSplinkClaims,
    warnings: ['imported from Splink: not calibrated, so nothing is linked without a person looking'],
  }
  return { model, uniqueId: textOf(given['unique_id_column_name']) ?? 'unique_id' }
}

const claimedWeights = [-20, -10, -6, -4, -2, 0, 2, 4, 6, 10, 13]

/** Probability as Splink says it, up to a point short of certainty. */
const asSplinkClaims: Calibration = {
  weights: claimedWeights,
  probabilities: claimedWeights.map((weight) => 1 / (1 + 2 ** -weight)),
  source: 'as Splink claims, not calibrated',
}

interface ReadComparison {
  readonly spec: ComparisonSpec
  readonly m: readonly number[]
  readonly u: readonly number[]
}

type Given = Readonly<Record<string, unknown>>

function readComparison(given: Given, at: number, columns: ColumnsMet, reader: ConditionReader): ReadComparison {
  const name = textOf(given['output_column_name']) ?? textOf(given['comparison_description']) ?? `comparison ${at + 1}`
  const levels = arrayOf(given['comparison_levels'], name).map((level, index) => {
    const read = objectOf(level, `${name}, level ${index + 1}`)
    const label = textOf(read['label_for_charts']) ?? `level ${index + 1}`
    const sql = textOf(read['sql_condition'])?.trim()
    const where = `comparison "${name}", level "${label}"`
    if (sql === undefined) throw refusal(where, 'it has no sql_condition')
    return { given: read, label, sql, where, silent: read['is_null_level'] === true }
  })
  const otherwise = levels.pop()
  if (otherwise === undefined || otherwise.sql.toUpperCase() !== 'ELSE')
    throw refusal(`comparison "${name}"`, 'its last level is not ELSE')
  const speaking = levels.filter(({ silent }) => !silent)
  const late = levels.find(({ silent }, index) => silent && index > levels.length - 1 - speaking.length)
  if (late !== undefined) throw refusal(late.where, 'it is not recorded only after another level')
  const tests = speaking.map(({ sql, where }) => readTest(sql, where, reader))
  const exactU = (column: string): number | undefined => {
    const level = tests.findIndex((test) => test.test === 'exact' && test.column === column)
    return level < 0 ? undefined : probabilityOf(speaking[level]!.given, 'u_probability', speaking[level]!.where)
  }
  const read = speaking.map(({ given: level, label, where }, index): Level => {
    const test = tests[index]!
    const tf = readFrequency(level, where, columns, exactU)
    return {
      label,
      all: test.test === 'every' ? test.of : [test],
      m: probabilityOf(level, 'm_probability', where),
      u: probabilityOf(level, 'u_probability', where),
      ...(tf === null ? {} : { tf: [tf] }),
    }
  })
  const last = {
    label: otherwise.label,
    m: probabilityOf(otherwise.given, 'm_probability', otherwise.where),
    u: probabilityOf(otherwise.given, 'u_probability', otherwise.where),
  }
  const silence = levels.filter(({ silent }) => silent).map(({ sql, where }) => readTest(sql, where, reader))
  return {
    spec: {
      name,
      evidence: 'other',
      ...silentWhen(silence),
      levels: read,
      otherwise: last,
      maxWeight: noMost,
    },
    m: [...read.map(({ m }) => m), last.m],
    u: [...read.map(({ u }) => u), last.u],
  }
}

/** Our comparisons are silent when all of some columns are missing, and when one more thing holds. */
function silentWhen(tests: readonly Test[]): Pick<ComparisonSpec, 'columns' | 'silentWhen'> {
  const parts = tests.flatMap((test) => (test.test === 'any' ? test.of : [test]))
  const missing = (test: Test): string[] | null => {
    const all = test.test === 'every' ? test.of : [test]
    return all.every((one) => one.test === 'missing') ? all.map((one) => one.column) : null
  }
  const [first, ...rest] = parts
  const columns = first === undefined ? null : missing(first)
  const others = columns === null ? parts : rest
  return {
    columns: columns ?? [],
    ...(others.length === 0 ? {} : { silentWhen: others.length === 1 ? others[0]! : { test: 'any', of: others } }),
  }
}

function readFrequency(
  level: Given,
  where: string,
  columns: ColumnsMet,
  exactU: (column: string) => number | undefined,
): TermFrequency | null {
  const from = textOf(level['tf_adjustment_column'])?.replace(/^["`]|["`]$/g, '')
  const weight = numberOf(level['tf_adjustment_weight']) ?? 1
  if (from === undefined || weight === 0) return null
  const column = columns.meet(from, 'key', [])
  const own = level['disable_tf_exact_match_detection'] === true
  const usual = own ? probabilityOf(level, 'u_probability', where) : exactU(column)
  if (usual === undefined)
    throw refusal(where, `it adjusts by how often ${from} occurs, but no level is its plain equality`)
  return { column, weight, minimum: numberOf(level['tf_minimum_u_value']) ?? 0, usual, either: true }
}

function readRule(rule: unknown, at: number, columns: ColumnsMet, reader: ConditionReader): BlockingRule {
  const where = `blocking rule ${at + 1}`
  const given: Given = typeof rule === 'string' ? { blocking_rule: rule } : objectOf(rule, where)
  const sql = textOf(given['blocking_rule'])
  if (sql === undefined) throw refusal(where, 'it has no condition')
  const exploded = given['arrays_to_explode']
  if (Array.isArray(exploded) && exploded.length > 0) throw refusal(where, 'it takes lists apart')
  try {
    const read = readSql(sql)
    const names = (read.is === 'and' ? read.of : [read]).map((part) => reader.key(part))
    const keys = names.map((name): KeyExpr => {
      if (columns.kindOf(name) === 'list') throw new NotUnderstood('whole lists compared')
      return { column: name }
    })
    return { name: `rule ${at + 1}`, keys, cap: noCap }
  } catch (error) {
    throw error instanceof NotUnderstood ? refusal(where, error.message) : error
  }
}

function readTest(sql: string, where: string, reader: ConditionReader): Test {
  try {
    return reader.test(readSql(withoutWrittenJaro(sql)))
  } catch (error) {
    throw error instanceof NotUnderstood ? refusal(where, error.message) : error
  }
}

function probabilityOf(level: Given, name: string, where: string): number {
  if (level[name] === notObserved.text) return notObserved.probability
  const found = numberOf(level[name])
  if (found === undefined || found < 0) throw refusal(where, `it has no ${name}: train the model first`)
  return Math.max(found, leastProbability)
}

function refusal(where: string, why: string): LinkageFailure {
  return new LinkageFailure('linkage.splink_not_read', `${where} is not understood: ${why}`)
}

function objectOf(value: unknown, what: string): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(what, 'it is not an object')
  return value as Given
}

function arrayOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal(what, 'it is not a list')
  return value
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
