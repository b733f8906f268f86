import type { ColumnKind, ColumnSpec, Making, Test } from './spec.ts'
import { NotUnderstood, type Sql } from './splink-sql.ts'

/** A value of one of the two mentions. */
interface Value {
  readonly column: string
  readonly side: 'l' | 'r'
}

/** Columns that conditions speak of, each with what is made of a field; the same making is the same column. */
export interface ColumnsMet {
  readonly meet: (from: string, kind: ColumnKind, making: readonly Making[]) => string
  readonly all: () => readonly ColumnSpec[]
  readonly kindOf: (column: string) => ColumnKind
}

export function columnsMet(): ColumnsMet {
  const columns = new Map<string, ColumnSpec>()
  return {
    meet(from, kind, making) {
      const made = making.map((step) =>
        'length' in step ? `first ${step.length}` : 'pattern' in step ? step.pattern : step.make,
      )
      const name = [from, ...(kind === 'key' ? [] : [`as ${kind}`]), ...made].join(' ')
      if (!columns.has(name)) columns.set(name, { name, from, kind, ...(making.length === 0 ? {} : { making }) })
      return name
    },
    all: () => [...columns.values()],
    kindOf: (column) => columns.get(column)?.kind ?? 'key',
  }
}

const textTypes = new Set(['text', 'varchar', 'string', 'char'])
const numberTypes = new Set(['int', 'integer', 'bigint', 'double', 'float', 'float8', 'real', 'decimal', 'numeric'])
const dateFormats = new Set(['%Y-%m-%d', 'yyyy-MM-dd'])
const dateReaders = new Set(['try_strptime', 'strptime', 'try_to_timestamp', 'to_timestamp', 'to_date', 'date'])
/** Patterns that cannot take long on any text: no groups, no choices, nothing repeated that repeats. */
const plainPattern = /^\^?(?:(?:\[\^?[\w@.\- ]+\]|[\w@ -])(?:[?*+]|\{\d+(?:,\d*)?\})?)+\$?$/

function isCall(sql: Sql | undefined, ...names: readonly string[]): sql is Extract<Sql, { is: 'call' }> {
  return sql?.is === 'call' && names.includes(sql.name)
}

/** The one number that an expression without columns comes to; null when it has columns. */
function numberOf(sql: Sql): number | null {
  if (sql.is === 'number') return sql.value
  if (isCall(sql, 'floor') && sql.of.length === 1) {
    const inner = numberOf(sql.of[0]!)
    return inner === null ? null : Math.floor(inner)
  }
  if (sql.is !== 'sum') return null
  const left = numberOf(sql.left)
  const right = numberOf(sql.right)
  if (left === null || right === null) return null
  if (sql.by === '/') return left / right
  return sql.by === '*' ? left * right : sql.by === '+' ? left + right : left - right
}

/** The next number up, so that "more than" can be said as "at least". */
function nextUp(number: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, number)
  view.setBigInt64(0, view.getBigInt64(0) + 1n)
  return view.getFloat64(0)
}

/** Reads conditions as tests; what it does not know it refuses, saying why. */
export interface ConditionReader {
  /** @throws NotUnderstood */
  readonly test: (sql: Sql) => Test
  /** The column of a blocking key `l.x = r.x`, with what is made of it. @throws NotUnderstood */
  readonly key: (sql: Sql) => string
}

export function conditionReader(columns: ColumnsMet): ConditionReader {
  const made = (sql: Sql, making: readonly Making[], kind: ColumnKind): Value => {
    if (sql.is === 'column') return { column: columns.meet(sql.name, kind, making), side: sql.side }
    if (sql.is === 'cast' && textTypes.has(sql.type)) return made(sql.of, making, kind)
    if (sql.is === 'cast' && sql.type === 'date' && kind === 'key') return made(sql.of, making, 'calendar')
    if (sql.is !== 'call') throw new NotUnderstood('a value that is not a column')
    const [first, second, third] = sql.of
    if (first === undefined) throw new NotUnderstood(`${sql.name}()`)
    switch (sql.name) {
      case 'lower':
      case 'upper':
        return made(first, [{ make: sql.name }, ...making], kind)
      case 'substr':
      case 'substring':
        if (second?.is === 'number' && second.value === 1 && third?.is === 'number')
          return made(first, [{ make: 'prefix', length: third.value }, ...making], kind)
        throw new NotUnderstood(`${sql.name} that does not begin at the first letter`)
      case 'left':
        if (second?.is === 'number') return made(first, [{ make: 'prefix', length: second.value }, ...making], kind)
        throw new NotUnderstood('left')
      case 'nullif':
        if (second?.is !== 'text' || second.value !== '') throw new NotUnderstood('nullif of anything but empty text')
        if (!isCall(first, 'regexp_extract')) return made(first, making, kind)
        return found(first.of, making, kind)
      case 'string_split':
      case 'split':
        if (second?.is === 'text' && (second.value === '|' || second.value === '[|]') && kind === 'key')
          return made(first, making, 'list')
        throw new NotUnderstood(`${sql.name} by anything but |`)
    }
    const format = second === undefined || (second.is === 'text' && dateFormats.has(second.value))
    if (dateReaders.has(sql.name) && format && kind === 'key') {
      // date(try_to_timestamp(...)) is one reading of one date.
      const inner = isCall(first, ...dateReaders) && sql.name === 'date' ? first : sql
      return made(inner.of[0]!, making, 'calendar')
    }
    throw new NotUnderstood(`${sql.name}()`)
  }
  const found = (of: readonly Sql[], making: readonly Making[], kind: ColumnKind): Value => {
    const [text, pattern, group] = of
    const whole = group === undefined || (group.is === 'number' && group.value === 0)
    if (text === undefined || pattern?.is !== 'text' || !whole || !plainPattern.test(pattern.value))
      throw new NotUnderstood('this pattern')
    return made(text, [{ make: 'found', pattern: pattern.value }, ...making], kind)
  }
  const value = (sql: Sql | undefined): Value => {
    if (sql === undefined) throw new NotUnderstood('a value is due')
    return made(sql, [], 'key')
  }
  /** The one column that both sides speak of. */
  const shared = (left: Value, right: Value): string => {
    if (left.column !== right.column || left.side === right.side)
      throw new NotUnderstood('it compares two different things')
    return left.column
  }
  const both = (of: readonly Sql[], as: (sql: Sql | undefined) => Value = value): string => {
    if (of.length !== 2) throw new NotUnderstood('it does not compare two values')
    return shared(as(of[0]), as(of[1]))
  }
  /** A list of the database is a list, however it is written. */
  const list = (sql: Sql | undefined): Value => (sql?.is === 'column' ? made(sql, [], 'list') : value(sql))
  const listOf = (of: readonly Sql[]): string => {
    const column = both(of, list)
    if (columns.kindOf(column) !== 'list') throw new NotUnderstood('it is not a list')
    return column
  }
  const seconds = (sql: Sql): Value => {
    if (!isCall(sql, 'epoch', 'unix_timestamp')) throw new NotUnderstood('a difference of what are not dates')
    return date(sql.of[0])
  }
  const date = (sql: Sql | undefined): Value => {
    const read = value(sql)
    if (columns.kindOf(read.column) === 'calendar') return read
    if (sql?.is !== 'column') throw new NotUnderstood('a difference of what are not dates')
    return made(sql, [], 'calendar')
  }
  const number = (sql: Sql | undefined): Value => value(sql?.is === 'cast' && numberTypes.has(sql.type) ? sql.of : sql)

  const measured = (call: Sql, by: '=' | '<' | '<=' | '>' | '>=', limit: number): Test => {
    if (call.is !== 'call') throw new NotUnderstood('it compares nothing that is measured')
    const atLeast = by === '>=' ? limit : by === '>' ? nextUp(limit) : null
    const atMost = by === '<=' ? Math.floor(limit) : by === '<' ? Math.ceil(limit) - 1 : null
    switch (call.name) {
      case 'jaro_winkler_similarity':
      case 'jaro_winkler':
        if (atLeast !== null) return { test: 'jaroWinkler', column: both(call.of), atLeast }
        break
      case 'jaro_similarity':
      case 'jaro_sim':
        if (atLeast !== null) return { test: 'jaro', column: both(call.of), atLeast }
        break
      case 'levenshtein':
      case 'damerau_levenshtein': {
        const test = call.name === 'levenshtein' ? 'levenshtein' : 'damerau'
        const column = both(call.of)
        if (atMost !== null) return { test, column, atMost }
        // Exactly one is at most one and not none.
        if (by === '=' && limit === 1)
          return {
            test: 'every',
            of: [
              { test, column, atMost: 1 },
              { test: 'differs', column },
            ],
          }
        break
      }
      case 'len':
      case 'size':
      case 'cardinality':
      case 'array_length': {
        const [inner] = call.of
        const least = by === '>=' ? Math.ceil(limit) : by === '>' ? Math.floor(limit) + 1 : 0
        if (isCall(inner, 'list_intersect', 'array_intersect') && least >= 1)
          return { test: 'overlap', column: listOf(inner.of), atLeast: least }
        break
      }
      case 'abs': {
        const [inner] = call.of
        if (isCall(inner, 'datediff', 'date_diff') && atMost !== null) {
          const days = inner.of[0]?.is === 'text' && inner.of[0].value === 'day' ? inner.of.slice(1) : inner.of
          return { test: 'daysWithin', column: both(days, date), days: atMost }
        }
        if (inner?.is !== 'sum' || inner.by !== '-') break
        if (isCall(inner.left, 'epoch', 'unix_timestamp')) {
          const most = by === '<=' ? Math.floor(limit / 86_400) : by === '<' ? Math.ceil(limit / 86_400) - 1 : null
          if (most === null) break
          return { test: 'daysWithin', column: shared(seconds(inner.left), seconds(inner.right)), days: most }
        }
        if (by === '<=') return { test: 'numberWithin', column: both([inner.left, inner.right], number), atMost: limit }
      }
    }
    throw new NotUnderstood(`${call.name}() ${by} ${limit}`)
  }

  const comparison = (sql: Extract<Sql, { is: 'compare' }>): Test => {
    const { left, right, by } = sql
    const limit = numberOf(right)
    if (limit !== null && by !== '<>') return measured(left, by, limit)
    const flipped = numberOf(left)
    if (flipped !== null && by !== '<>') {
      const turned = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const
      return measured(right, turned[by], flipped)
    }
    if (by === '=' && isCall(right, 'least')) {
      const [common] = left.is === 'call' ? left.of : []
      const sizes = right.of.flatMap((size) => (size.is === 'call' ? size.of : []))
      if (isCall(common, 'list_intersect', 'array_intersect') && sizes.length === 2) {
        const column = listOf(common.of)
        if (listOf(sizes) === column) return { test: 'contained', column }
      }
      throw new NotUnderstood('least()')
    }
    if (by !== '=' && by !== '<>') throw new NotUnderstood(`two values compared by ${by}`)
    const column = shared(value(left), value(right))
    if (columns.kindOf(column) === 'list') throw new NotUnderstood('whole lists compared')
    return { test: by === '=' ? 'exact' : 'differs', column }
  }

  const test = (sql: Sql): Test => {
    switch (sql.is) {
      case 'and':
      case 'or': {
        const rest = pairedUp(sql)
        if (rest.length === 1) return rest[0]!
        return sql.is === 'and' ? { test: 'every', of: rest } : { test: 'any', of: rest }
      }
      case 'compare':
        return comparison(sql)
      case 'call':
        if (['list_has_any', 'arrays_overlap', 'array_has_any'].includes(sql.name))
          return { test: 'overlap', column: listOf(sql.of), atLeast: 1 }
        throw new NotUnderstood(`${sql.name}()`)
      default:
        throw new NotUnderstood('one side alone')
    }
  }

  /** A part that says something of one side, or of two columns across; it needs its mirror image. */
  interface Half {
    readonly key: string
    readonly mirror: string
    readonly whole: () => Test
  }

  const halfOf = (sql: Sql, within: 'and' | 'or'): Half | null => {
    if (sql.is === 'null') {
      // "Not recorded" on either side is one thing, "recorded" on both another.
      if (sql.not !== (within === 'and')) throw new NotUnderstood('recorded or not on one side alone')
      const { column, side } = value(sql.of)
      const other = side === 'l' ? 'r' : 'l'
      return {
        key: `null ${column} ${side}`,
        mirror: `null ${column} ${other}`,
        whole: () => ({ test: sql.not ? 'recorded' : 'missing', column }),
      }
    }
    const crossed =
      sql.is === 'compare' && sql.by === '='
        ? ([sql.left, sql.right] as const)
        : isCall(sql, 'list_has_any', 'arrays_overlap', 'array_has_any') && sql.of.length === 2
          ? ([sql.of[0]!, sql.of[1]!] as const)
          : null
    if (crossed === null || crossed.some((part) => numberOf(part) !== null || isCall(part, 'least'))) return null
    const as = sql.is === 'call' ? list : value
    const simple = crossed.every((part) => part.is === 'column' || part.is === 'cast' || part.is === 'call')
    if (!simple || isMeasure(crossed[0]) || isMeasure(crossed[1])) return null
    const [one, other] = [as(crossed[0]), as(crossed[1])]
    if (one.column === other.column || one.side === other.side) return null
    if ((columns.kindOf(one.column) === 'list') !== (columns.kindOf(other.column) === 'list'))
      throw new NotUnderstood('a list compared with what is none')
    const [left, right] = one.side === 'l' ? [one, other] : [other, one]
    const ways = within === 'and' ? 'both' : 'either'
    return {
      key: `cross ${left.column} ${right.column}`,
      mirror: `cross ${right.column} ${left.column}`,
      whole: () => ({ test: 'reversed', columns: [left.column, right.column], ways }),
    }
  }

  const pairedUp = (sql: Extract<Sql, { is: 'and' | 'or' }>): readonly Test[] => {
    const waiting = new Map<string, { readonly at: number; readonly half: Half }>()
    const tests: (Test | null)[] = []
    for (const part of sql.of) {
      const half = halfOf(part, sql.is)
      if (half === null) {
        tests.push(test(part))
        continue
      }
      const mirror = waiting.get(half.mirror)
      if (mirror === undefined) {
        waiting.set(half.key, { at: tests.push(null) - 1, half })
      } else {
        waiting.delete(half.mirror)
        tests[mirror.at] = mirror.half.whole()
      }
    }
    if (waiting.size > 0) throw new NotUnderstood('it says of one mention what it does not say of the other')
    return tests.filter((one) => one !== null)
  }

  return {
    test,
    key(sql) {
      if (sql.is !== 'compare' || sql.by !== '=') throw new NotUnderstood('it is not that two values are equal')
      return shared(value(sql.left), value(sql.right))
    },
  }
}

function isMeasure(sql: Sql): boolean {
  return isCall(sql, 'len', 'size', 'cardinality', 'array_length', 'abs', 'levenshtein', 'damerau_levenshtein')
}
