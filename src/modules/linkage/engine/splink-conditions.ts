import { LinkageFailure } from './failure.ts'
import type { Dataset } from './dataset.ts'
import type { ColumnsAsked, Derived } from './splink-columns.ts'
import { sparkJaroAtLeast, sparkJaroWinklerAtLeast } from './splink-jaro.ts'
import type { ComparisonSpec, Test } from './spec.ts'

export type SplinkDialect = 'duckdb' | 'spark'

interface Words {
  readonly jaroWinkler: (column: string, atLeast: number) => string
  readonly jaro: (column: string, atLeast: number) => string
  readonly list: (text: string) => string
  readonly meet: (left: string, right: string) => string
  readonly common: (left: string, right: string) => string
  readonly length: (list: string) => string
}

const words: Readonly<Record<SplinkDialect, Words>> = {
  duckdb: {
    jaroWinkler: (column, atLeast) => `jaro_winkler_similarity(${column}_l, ${column}_r) >= ${atLeast}`,
    jaro: (column, atLeast) => `jaro_similarity(${column}_l, ${column}_r) >= ${atLeast}`,
    list: (text) => `string_split(${text}, '|')`,
    meet: (left, right) => `list_has_any(${left}, ${right})`,
    common: (left, right) => `len(list_intersect(${left}, ${right}))`,
    length: (list) => `len(${list})`,
  },
  spark: {
    jaroWinkler: sparkJaroWinklerAtLeast,
    jaro: sparkJaroAtLeast,
    list: (text) => `split(${text}, '[|]')`,
    meet: (left, right) => `arrays_overlap(${left}, ${right})`,
    common: (left, right) => `size(array_intersect(${left}, ${right}))`,
    length: (list) => `size(${list})`,
  },
}

const or = (...parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`)
const and = (...parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' and ')})`)
const equal = (left: string, right = left): string => `${left}_l = ${right}_r`
const missing = (column: string): string => `(${column}_l is null or ${column}_r is null)`
export const recorded = (column: string): string => `(${column}_l is not null and ${column}_r is not null)`

/** Writes tests as SQL conditions on a pair, of columns that are asked for as they are needed. */
export interface ConditionWriter {
  readonly test: (test: Test) => string
  readonly every: (tests: readonly Test[]) => string
  /** When the comparison says nothing; null when it always speaks. */
  readonly silent: (comparison: ComparisonSpec) => string | null
}

export function conditionWriter(dataset: Dataset, dialect: SplinkDialect, columns: ColumnsAsked): ConditionWriter {
  const { use, useParts } = columns
  const sql = words[dialect]
  const lists = (left: string, right = left): readonly [string, string] => [
    sql.list(`${left}_l`),
    sql.list(`${right}_r`),
  ]
  const isList = (column: string): boolean => dataset.columns.get(column)?.spec.kind === 'list'
  const same = (column: string, derived: Derived): string => equal(use(column, derived))
  const contained = (column: string): string => {
    const [left, right] = lists(column)
    return `${sql.common(left, right)} = least(${sql.length(left)}, ${sql.length(right)})`
  }
  /** `meets(left, right)` is about the left mention's first and the right mention's second. */
  const bothWays = (names: readonly [string, string], derived: Derived, list: boolean): readonly [string, string] => {
    const [one, other] = [use(names[0], derived), use(names[1], derived)]
    const meets = (left: string, right: string): string => (list ? sql.meet(...lists(left, right)) : equal(left, right))
    return [meets(one, other), meets(other, one)]
  }
  const write = (test: Test): string => {
    switch (test.test) {
      case 'any':
        return or(...test.of.map(write))
      case 'every':
        return and(...test.of.map(write))
      case 'exact':
        return same(test.column, 'value')
      case 'missing':
        return missing(use(test.column, 'value'))
      case 'recorded':
        return recorded(use(test.column, 'value'))
      case 'differs':
        return `${use(test.column, 'value')}_l <> ${use(test.column, 'value')}_r`
      case 'canonical':
        return sql.meet(...lists(use(test.column, 'groups')))
      case 'jw': {
        const long = use(test.column, 'long')
        return or(same(test.column, 'short'), sql.jaroWinkler(long, test.atLeast))
      }
      case 'edits': {
        const many = use(test.column, 'many')
        return or(same(test.column, 'few'), `damerau_levenshtein(${many}_l, ${many}_r) <= ${test.atMost}`)
      }
      case 'parts': {
        const parts = useParts(test.columns)
        return and(contained(parts), `${sql.common(...lists(parts))} >= 2`)
      }
      case 'subset': {
        const telling = sql.meet(...lists(use(test.column, 'telling')))
        return or(same(test.column, 'value'), and(telling, contained(use(test.column, 'words'))))
      }
      case 'initial': {
        const [lone, first, value] = [use(test.column, 'lone'), use(test.column, 'first'), use(test.column, 'value')]
        return and(or(equal(lone, first), equal(first, lone)), `${value}_l <> ${value}_r`)
      }
      case 'phonetic':
        return or(same(test.column, 'value'), same(test.column, 'sound'))
      case 'swapped':
        return and(...bothWays(test.columns, 'groups', true))
      case 'crossed':
        return or(...bothWays(test.columns, 'groups', true), same(test.columns[0], 'value'))
      case 'reversed': {
        const list = isList(test.columns[0])
        if (list !== isList(test.columns[1])) throw new LinkageFailure('linkage.not_in_sql', 'a list and not a list')
        return (test.ways === 'both' ? and : or)(...bothWays(test.columns, 'value', list))
      }
      case 'fullDate':
        return same(test.column, 'full')
      case 'firstOfJanuary':
        return same(test.column, 'january')
      case 'dayMonthSwapped': {
        const [date, turned] = [use(test.column, 'value'), use(test.column, 'turned')]
        return and(equal(date, turned), equal(turned, date), `${date}_l <> ${date}_r`)
      }
      case 'dateSlip': {
        const digits = use(test.column, 'digits')
        return `damerau_levenshtein(${digits}_l, ${digits}_r) = 1`
      }
      case 'sameYear':
        return same(test.column, 'year')
      case 'daysWithin':
        return within(use(test.column, 'days'), test.days)
      case 'numberWithin':
        return within(use(test.column, 'value'), test.atMost)
      case 'postcodePart':
        return same(test.column, test.part)
      case 'otherSource': {
        const source = use(test.column, 'source')
        return `${source}_l <> ${source}_r`
      }
      case 'jaro':
      case 'jaroWinkler':
        return sql[test.test](use(test.column, 'letters'), test.atLeast)
      case 'levenshtein':
      case 'damerau': {
        const letters = use(test.column, 'letters')
        const distance = test.test === 'damerau' ? 'damerau_levenshtein' : 'levenshtein'
        return `${distance}(${letters}_l, ${letters}_r) <= ${test.atMost}`
      }
      case 'overlap': {
        const [left, right] = lists(use(test.column, 'value'))
        return `${sql.common(left, right)} >= ${Math.max(1, test.atLeast)}`
      }
      case 'contained': {
        const value = use(test.column, 'value')
        return and(recorded(value), contained(value))
      }
    }
  }
  const within = (column: string, most: number): string =>
    `abs(cast(${column}_l as double) - cast(${column}_r as double)) <= ${most}`
  return {
    test: write,
    every: (tests) => and(...tests.map(write)),
    silent(comparison) {
      const parts =
        comparison.columns.length === 0
          ? []
          : [and(...comparison.columns.map((column) => missing(use(column, 'value'))))]
      if (comparison.silentWhen !== undefined) parts.push(write(comparison.silentWhen))
      return parts.length === 0 ? null : or(...parts)
    },
  }
}
