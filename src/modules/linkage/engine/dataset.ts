import { LinkageFailure } from './failure.ts'
import { nameGroups, type NameGroups } from './names.ts'
import {
  nameTokens,
  normaliseDate,
  normaliseId,
  normalisePhone,
  normalisePostcode,
  normaliseSex,
  normaliseText,
} from './normalise.ts'
import type { ColumnSpec, ModelSpec } from './spec.ts'

/** The distinct normalised values of one or more columns; code 0 stands for "not recorded". */
export interface Lexicon {
  readonly values: readonly string[]
}

export interface EncodedColumn {
  readonly spec: ColumnSpec
  readonly lexicon: Lexicon
  /** Code of the value of each mention. */
  readonly codes: Int32Array
  /** How many mentions have each code; entry 0 is the missing ones. */
  readonly counts: Int32Array
  /** Mentions with a value. */
  readonly recorded: number
}

/**
 * Mentions as numbers. Positions follow the order of the ids, so nothing that comes after can depend on the order in
 * which the rows arrived.
 */
export interface Dataset {
  readonly size: number
  readonly ids: readonly string[]
  readonly columns: ReadonlyMap<string, EncodedColumn>
  readonly groups: NameGroups
}

interface Growing {
  readonly spec: ColumnSpec
  readonly lexicon: { readonly index: Map<string, number>; readonly values: string[] }
  /** Code of each text met so far, as it was recorded. */
  readonly seen: Map<string, number>
  codes: Int32Array
}

function normaliseColumn(column: ColumnSpec, text: string): string | null {
  switch (column.kind) {
    case 'name': {
      const words = nameTokens(text)
      const part = column.part === 'first' ? words.slice(0, 1) : column.part === 'rest' ? words.slice(1) : words
      return part.length === 0 ? null : part.join(' ')
    }
    case 'date':
      return normaliseDate(text)
    case 'sex':
      return normaliseSex(text)
    case 'postcode':
      return normalisePostcode(text)
    case 'phone':
      return normalisePhone(text)
    case 'id':
      return normaliseId(text)
    case 'key':
      return text
    case 'text':
      return normaliseText(text)
  }
}

/**
 * Reads mentions into columns. Fields a row does not have, and fields that are not text, count as not recorded.
 *
 * @throws LinkageFailure `linkage.no_id` or `linkage.same_id_twice`
 */
export function build(
  rows: Iterable<{ readonly id: string }>,
  spec: ModelSpec,
  groups: NameGroups = nameGroups(),
): Dataset {
  // All name columns share one lexicon, so that a forename can be compared with a surname by number.
  const names = { index: new Map<string, number>(), values: [''] }
  const growing: Growing[] = spec.columns.map((column) => ({
    spec: column,
    lexicon: column.kind === 'name' ? names : { index: new Map(), values: [''] },
    seen: new Map(),
    codes: new Int32Array(1024),
  }))
  const arrived: string[] = []
  for (const row of rows) {
    if (typeof row.id !== 'string' || row.id === '') throw new LinkageFailure('linkage.no_id', 'a mention has no id')
    const at = arrived.push(row.id) - 1
    for (const column of growing) {
      const raw: unknown = Reflect.get(row, column.spec.from)
      if (at >= column.codes.length) column.codes = grown(column.codes)
      if (typeof raw !== 'string' || raw === '') continue
      // Most values come again and again, and normalising is the dear part.
      let code = column.seen.get(raw)
      if (code === undefined) {
        code = codeOf(column.lexicon, normaliseColumn(column.spec, raw))
        column.seen.set(raw, code)
      }
      column.codes[at] = code
    }
  }
  return inIdOrder(arrived, growing, groups)
}

function codeOf(lexicon: Growing['lexicon'], value: string | null): number {
  if (value === null) return 0
  let code = lexicon.index.get(value)
  if (code === undefined) {
    code = lexicon.values.push(value) - 1
    lexicon.index.set(value, code)
  }
  return code
}

function grown(codes: Int32Array): Int32Array {
  const larger = new Int32Array(codes.length * 2)
  larger.set(codes)
  return larger
}

function inIdOrder(arrived: readonly string[], growing: readonly Growing[], groups: NameGroups): Dataset {
  const size = arrived.length
  const order = Array.from({ length: size }, (_, index) => index)
  order.sort((a, b) => (arrived[a]! < arrived[b]! ? -1 : arrived[a]! > arrived[b]! ? 1 : 0))
  const ids = order.map((index) => arrived[index]!)
  for (let at = 1; at < size; at++) {
    if (ids[at] === ids[at - 1]) throw new LinkageFailure('linkage.same_id_twice', 'two mentions have the same id')
  }
  // Codes are given again in the new order, per lexicon, so that they do not remember the order of arrival either.
  const renumbered = new Map<Growing['lexicon'], { readonly map: Int32Array; readonly values: string[] }>()
  const columns = new Map<string, EncodedColumn>()
  for (const column of growing) {
    let fresh = renumbered.get(column.lexicon)
    if (fresh === undefined) {
      fresh = { map: new Int32Array(column.lexicon.values.length), values: [''] }
      renumbered.set(column.lexicon, fresh)
    }
    const codes = new Int32Array(size)
    for (let at = 0; at < size; at++) {
      const old = column.codes[order[at]!]!
      if (old === 0) continue
      if (fresh.map[old] === 0) fresh.map[old] = fresh.values.push(column.lexicon.values[old]!) - 1
      codes[at] = fresh.map[old]!
    }
    const counts = new Int32Array(column.lexicon.values.length)
    for (const code of codes) counts[code]!++
    columns.set(column.spec.name, {
      spec: column.spec,
      lexicon: fresh,
      codes,
      counts,
      recorded: size - (counts[0] ?? 0),
    })
  }
  return { size, ids, columns, groups }
}

/** @throws LinkageFailure `linkage.no_column` when the model speaks of a column it does not declare */
export function columnOf(dataset: Dataset, name: string): EncodedColumn {
  const column = dataset.columns.get(name)
  if (column === undefined) throw new LinkageFailure('linkage.no_column', `the model has no column ${name}`)
  return column
}

/** Position of a mention by its id; -1 when there is none. */
export function positionOf(dataset: Dataset, id: string): number {
  let low = 0
  let high = dataset.size - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const here = dataset.ids[middle]!
    if (here === id) return middle
    if (here < id) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Chance that two mentions with a value in this column, taken at random, have the same one. */
export function chanceShared(column: EncodedColumn): number {
  let pairs = 0
  for (let code = 1; code < column.counts.length; code++) pairs += column.counts[code]! * (column.counts[code]! - 1)
  const all = column.recorded * (column.recorded - 1)
  return all === 0 ? 0 : pairs / all
}
