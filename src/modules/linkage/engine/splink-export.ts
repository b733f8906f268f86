import { blocksOf } from './blocking.ts'
import { columnOf, type Dataset } from './dataset.ts'
import { LinkageFailure } from './failure.ts'
import type { ComparisonSpec, TermFrequency, TrainedModel } from './spec.ts'
import { columnsAsked, namesGiven, sqlName, type ColumnsAsked, type SplinkColumn } from './splink-columns.ts'
import { conditionWriter, recorded, type ConditionWriter, type SplinkDialect } from './splink-conditions.ts'
import { surelyEqual, surelyMissing, surelyRecorded } from './splink-certain.ts'
import { bitsByCode } from './weights.ts'

/** A level of a comparison, with no key that one of Splink 4 and 5 does not know. */
export interface SplinkLevel {
  readonly sql_condition: string
  readonly label_for_charts: string
  readonly is_null_level?: true
  readonly m_probability?: number
  readonly u_probability?: number
  readonly tf_adjustment_column?: string
  readonly tf_adjustment_weight?: number
  readonly tf_minimum_u_value?: number
  /** The chance of sharing a value is this level's u, not that of a level of plain equality. */
  readonly disable_tf_exact_match_detection?: true
}

export interface SplinkComparison {
  readonly output_column_name: string
  readonly comparison_description: string
  readonly comparison_levels: readonly SplinkLevel[]
}

/** Settings as Splink 4 and 5 load them; a key that they do not know would stop them. */
export interface SplinkSettings {
  readonly link_type: 'dedupe_only'
  readonly sql_dialect: SplinkDialect
  readonly unique_id_column_name: 'unique_id'
  readonly probability_two_random_records_match: number
  readonly comparisons: readonly SplinkComparison[]
  readonly blocking_rules_to_generate_predictions: readonly {
    readonly blocking_rule: string
    readonly sql_dialect: SplinkDialect
  }[]
  readonly retain_matching_columns: false
  readonly retain_intermediate_calculation_columns: false
  readonly additional_columns_to_retain: readonly string[]
}

/** How often each value of a column occurs, to be registered before predicting. */
export interface SplinkFrequencies {
  readonly column: string
  readonly values: readonly (readonly [value: string, frequency: number])[]
}

/** What Splink cannot hold. */
export interface SplinkSidecar {
  readonly format: 'dauntless-splink-1'
  readonly dialect: SplinkDialect
  readonly mentions: number
  /** Calibration, bands, guards, cohesion and the numbers as they were learned. */
  readonly model: TrainedModel
  readonly columns: readonly { readonly name: string; readonly means: string }[]
  readonly blocking: readonly { readonly column: string; readonly rule: string; readonly refusedBlocks: number }[]
  /** Where weights may differ from ours, in words. */
  readonly warnings: readonly string[]
}

export interface SplinkExport {
  readonly settings: SplinkSettings
  /** The first is `unique_id`; positions are those of the data set. */
  readonly columns: readonly SplinkColumn[]
  readonly termFrequencies: readonly SplinkFrequencies[]
  readonly sidecar: SplinkSidecar
}

/**
 * Writes a trained model for Splink, with the mentions as it must be given them: the same pairs and the same weights as
 * our own scoring. What SQL cannot say (forms of a name, sounds, parts of dates and postcodes, blocks that were refined or
 * refused) stands in columns.
 *
 * @throws LinkageFailure `linkage.not_in_sql` when a level cannot be said exactly
 */
export function exportSplink(
  dataset: Dataset,
  model: TrainedModel,
  options: { readonly dialect: SplinkDialect },
): SplinkExport {
  const { dialect } = options
  const columns = columnsAsked(dataset)
  const writer = conditionWriter(dataset, dialect, columns)
  const frequencies = new Map<string, SplinkFrequencies>()
  const give = namesGiven()
  const comparisons = model.spec.comparisons.flatMap((comparison, at): SplinkComparison[] => {
    const name = give(sqlName(comparison.name))
    const plain = plainComparison(comparison, model, at, name, writer)
    const rarity = rarityComparison({ dataset, model, comparison, at, columns, writer, frequencies }, () =>
      give(`${name}_rarity`),
    )
    return rarity === null ? [plain] : [plain, rarity]
  })
  const blocking = model.spec.blocking.map((rule, at) => {
    const { keys, report } = blocksOf(dataset, rule)
    const counts = new Map<number, number>()
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    const column = columns.add(`block_${at + 1}`, `block of the rule "${rule.name}"`, (position) => {
      const key = keys[position]!
      return key === 0 || counts.get(key)! < 2 ? null : String(key)
    })
    return { column, rule: rule.name, refusedBlocks: report.refused.length }
  })
  const ids: SplinkColumn = {
    name: 'unique_id',
    means: 'id of the mention',
    valueOf: (position) => dataset.ids[position]!,
  }
  return {
    settings: {
      link_type: 'dedupe_only',
      sql_dialect: dialect,
      unique_id_column_name: 'unique_id',
      probability_two_random_records_match: model.prior,
      comparisons,
      blocking_rules_to_generate_predictions: blocking.map(({ column }) => ({
        blocking_rule: `l.${column} = r.${column}`,
        sql_dialect: dialect,
      })),
      retain_matching_columns: false,
      retain_intermediate_calculation_columns: false,
      additional_columns_to_retain: [],
    },
    columns: [ids, ...columns.all()],
    termFrequencies: [...frequencies.values()],
    sidecar: {
      format: 'dauntless-splink-1',
      dialect,
      mentions: dataset.size,
      model,
      columns: [ids, ...columns.all()].map(({ name, means }) => ({ name, means })),
      blocking,
      warnings: columns.warnings(),
    },
  }
}

function silentLevel(comparison: ComparisonSpec, writer: ConditionWriter): SplinkLevel[] {
  const condition = writer.silent(comparison)
  if (condition === null) return []
  return [{ sql_condition: condition, label_for_charts: 'not recorded', is_null_level: true }]
}

function plainComparison(
  comparison: ComparisonSpec,
  model: TrainedModel,
  at: number,
  name: string,
  writer: ConditionWriter,
): SplinkComparison {
  const { m, u } = model.params[at]!
  const probabilities = (level: number) => ({
    m_probability: m[level]!,
    // A level may add no more than the comparison's most, which the two probabilities alone must say.
    u_probability: Math.max(u[level]!, m[level]! / 2 ** comparison.maxWeight),
  })
  return {
    output_column_name: name,
    comparison_description: comparison.name,
    comparison_levels: [
      ...silentLevel(comparison, writer),
      ...comparison.levels.map((level, index) => ({
        sql_condition: writer.every(level.all),
        label_for_charts: level.label,
        ...probabilities(index),
      })),
      {
        sql_condition: 'ELSE',
        label_for_charts: comparison.otherwise.label,
        ...probabilities(comparison.levels.length),
      },
    ],
  }
}

interface RarityWork {
  readonly dataset: Dataset
  readonly model: TrainedModel
  readonly comparison: ComparisonSpec
  readonly at: number
  readonly columns: ColumnsAsked
  readonly writer: ConditionWriter
  /** Tables made so far, by column. */
  readonly frequencies: Map<string, SplinkFrequencies>
}

/** No weight of its own: m and u are one. */
const nothing = { m_probability: 0.5, u_probability: 0.5 }

/**
 * How rare the shared value is, as a comparison of its own: its levels have m = u, the chance that two mentions share a
 * value, so that Splink's adjustment for term frequency is all they add. Splink adjusts by one column a level, so what two
 * columns say together is a column of its own.
 */
function rarityComparison(work: RarityWork, named: () => string): SplinkComparison | null {
  const { comparison, writer } = work
  const last = comparison.levels.findLastIndex(({ tf }) => tf?.some(({ weight }) => weight !== 0) === true)
  if (last < 0) return null
  const name = named()
  const levels = comparison.levels.slice(0, last + 1).flatMap((level, index): SplinkLevel[] => {
    const without = surelyMissing(level.all)
    const certain = surelyRecorded(level.all)
    const parts = (level.tf ?? []).filter(({ column, weight }) => weight !== 0 && !without.has(column))
    // A name of nobody else takes nothing away, so that column speaks always.
    const speaksAlways = ({ column, either }: TermFrequency): boolean =>
      either === true || column === work.model.spec.namesakes?.name
    const unsure = parts.filter((part) => !speaksAlways(part) && !certain.has(part.column))
    // Rarity speaks only where both sides have the value: one level for each way it can be recorded, most first.
    return subsetsLargestFirst(unsure).map((absent): SplinkLevel => {
      const present = parts.filter((part) => !absent.includes(part))
      const seen = unsure.filter((part) => !absent.includes(part))
      const conditions = seen.map(({ column }) => recorded(work.columns.use(column, 'value')))
      return {
        sql_condition: [writer.every(level.all), ...conditions].join(' and '),
        label_for_charts: level.label,
        ...(present.length === 0 ? nothing : adjustment(work, name, index, present)),
      }
    })
  })
  return {
    output_column_name: name,
    comparison_description: `how rare what is shared is, for ${comparison.name}`,
    comparison_levels: [
      ...silentLevel(comparison, writer),
      ...levels,
      { sql_condition: 'ELSE', label_for_charts: 'nothing rare', ...nothing },
    ],
  }
}

/** Every choice of what is absent, from nothing to all. */
function subsetsLargestFirst<Part>(parts: readonly Part[]): readonly (readonly Part[])[] {
  const all = Array.from({ length: 1 << parts.length }, (_, bits) => parts.filter((_part, at) => (bits >> at) & 1))
  return all.sort((left, right) => left.length - right.length)
}

type Adjustment = Required<
  Pick<SplinkLevel, 'm_probability' | 'u_probability' | 'tf_adjustment_column' | 'tf_adjustment_weight'>
> &
  Pick<SplinkLevel, 'tf_minimum_u_value' | 'disable_tf_exact_match_detection'>

function adjustment(work: RarityWork, name: string, index: number, parts: readonly TermFrequency[]): Adjustment {
  const { model, comparison, at } = work
  const level = comparison.levels[index]!
  const { m, u } = model.params[at]!
  const room = comparison.maxWeight - Math.min(comparison.maxWeight, Math.log2(m[index]! / u[index]!))
  const usual = (part: TermFrequency): number => part.usual ?? Math.max(model.shared[part.column] ?? 0, part.minimum)
  const [first] = parts
  if (first !== undefined && parts.length === 1 && first.column !== model.spec.namesakes?.name) {
    return adjusted(plainFrequencies(work, first.column), usual(first), first.weight, first.minimum, room)
  }
  const equal = surelyEqual(level.all)
  if (parts.filter(({ column, either }) => either === true || !equal.has(column)).length > 1) {
    throw new LinkageFailure(
      'linkage.not_in_sql',
      `${comparison.name}, "${level.label}": the rarity of two values that may both differ is not one value`,
    )
  }
  const together = parts.reduce((product, part) => product * usual(part) ** part.weight, 1)
  return adjusted(jointFrequencies(work, name, parts), together, 1, 0, room)
}

/** @param room most bits that rarity may still add */
function adjusted(column: string, usual: number, weight: number, minimum: number, room: number): Adjustment {
  // Taking values for at least this common is the same as adding no more than the room there is.
  const least = Math.max(minimum, weight > 0 ? 2 ** (Math.log2(usual) - room / weight) : 0)
  return {
    m_probability: usual,
    u_probability: usual,
    tf_adjustment_column: column,
    tf_adjustment_weight: weight,
    ...(least > 0 ? { tf_minimum_u_value: least } : {}),
    disable_tf_exact_match_detection: true,
  }
}

/** The frequency of each value of a column, by code; undefined where a table that the model brings has none. */
function frequencyOf({ dataset, model }: RarityWork, name: string): (code: number) => number | undefined {
  const column = columnOf(dataset, name)
  const brought = model.frequencies?.[name]
  if (brought === undefined) return (code) => column.counts[code]! / Math.max(1, column.recorded)
  const table = new Map(brought)
  return (code) => table.get(column.lexicon.values[code]!)
}

function plainFrequencies(work: RarityWork, name: string): string {
  const column = work.columns.use(name, 'value')
  if (work.frequencies.has(column)) return column
  const { lexicon, counts } = columnOf(work.dataset, name)
  const of = frequencyOf(work, name)
  const values: [string, number][] = []
  for (let code = 1; code < lexicon.values.length; code++) {
    const frequency = counts[code]! > 0 ? of(code) : undefined
    if (frequency !== undefined) values.push([lexicon.values[code]!, frequency])
  }
  work.frequencies.set(column, { column, values })
  return column
}

/** A column that holds how rare several values are together, with itself as its table of frequencies. */
function jointFrequencies(work: RarityWork, name: string, parts: readonly TermFrequency[]): string {
  const { dataset, columns } = work
  const means = `how rare together: ${parts.map(({ column, weight, minimum }) => `${column} (weight ${weight}, at least ${minimum})`).join(', ')}`
  const same = columns.all().find((column) => column.means === means)
  if (same !== undefined) return same.name
  const { namesakes } = work.model.spec
  const together = bitsByCode(dataset, work.model)
  const factors = parts.map(({ column, weight, minimum }) => {
    const { codes } = columnOf(dataset, column)
    if (column === namesakes?.name) {
      const bits = together(column, minimum)
      return { codes, none: 1, factor: (code: number) => 2 ** (bits[code]! * weight) }
    }
    const of = frequencyOf(work, column)
    const factor = (code: number): number => {
      const frequency = of(code)
      if (frequency === undefined)
        throw new LinkageFailure('linkage.not_in_sql', `a value of ${column} has no frequency`)
      return Math.max(frequency, minimum) ** weight
    }
    return { codes, none: null, factor }
  })
  const valueOf = (position: number): string | null => {
    let product = 1
    for (const { codes, none, factor } of factors) {
      const code = codes[position]!
      const value = code === 0 ? none : factor(code)
      if (value === null) return null
      product *= value
    }
    return String(product)
  }
  const column = columns.add(name, means, valueOf)
  const values = new Set<string>()
  for (let at = 0; at < dataset.size; at++) {
    const value = valueOf(at)
    if (value !== null) values.add(value)
  }
  work.frequencies.set(column, { column, values: [...values].sort().map((value) => [value, Number(value)]) })
  return column
}
