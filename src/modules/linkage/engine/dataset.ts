import { columnIn } from './columns.ts'
import { LinkageFailure } from './failure.ts'
import { sharedInt32 } from './letters.ts'
import { nameGroups, type NameGroups } from './names.ts'
import {
  calendarDate,
  nameTokens,
  normaliseAnyDate,
  normaliseAnyPostcode,
  normaliseId,
  normaliseList,
  normalisePhone,
  normaliseSex,
  normaliseText,
} from './normalise.ts'
import { namesakeColumn, namesakesIn } from './namesakes.ts'
import type { ColumnSpec, Making, ModelSpec, NamesakeSpec } from './spec.ts'

/** The distinct normalised values of one or more columns; code 0 stands for "not recorded". */
export interface Lexicon {
  /** How many codes there are, 0 included. */
  readonly size: number
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
  readonly namesakes?: NamesakeSpec
}

/** Texts by number, as they come in; 0 stands for none. */
export interface Texts {
  readonly size: number
  textOf(number: number): string
}

/** A column as it arrived: for each mention the number of its text. */
export interface Arrived {
  readonly spec: ColumnSpec
  readonly texts: Texts
  readonly numbers: Int32Array
}

function madeOf(field: string, making: readonly Making[]): string {
  return making.reduce((text, step) => {
    switch (step.make) {
      case 'lower':
        return text.toLowerCase()
      case 'upper':
        return text.toUpperCase()
      case 'prefix':
        return Array.from(text.slice(0, 2 * step.length))
          .slice(0, step.length)
          .join('')
      case 'found':
        return new RegExp(step.pattern, 'u').exec(text)?.[0] ?? ''
    }
  }, field)
}

/** A field as its column compares it; null when it says nothing. */
export function normaliseColumn(column: ColumnSpec, field: string): string | null {
  const text = column.making === undefined ? field : madeOf(field, column.making)
  switch (column.kind) {
    case 'name': {
      const words = nameTokens(text)
      const part = column.part === 'first' ? words.slice(0, 1) : column.part === 'rest' ? words.slice(1) : words
      return part.length === 0 ? null : part.join(' ')
    }
    case 'date':
      return normaliseAnyDate(text)
    case 'sex':
      return normaliseSex(text)
    case 'postcode':
      return normaliseAnyPostcode(text)
    case 'phone':
      return normalisePhone(text)
    case 'id':
      return normaliseId(text)
    case 'key':
      return text === '' ? null : text
    case 'list':
      return normaliseList(text)
    case 'calendar':
      return calendarDate(text)
    case 'text':
      return normaliseText(text)
  }
}

/** Texts kept as strings. */
class Strings implements Texts {
  private readonly index = new Map<string, number>()
  private readonly all = ['']

  get size(): number {
    return this.all.length
  }

  textOf(number: number): string {
    return this.all[number]!
  }

  numberOf(text: string): number {
    let number = this.index.get(text)
    if (number === undefined) {
      number = this.all.push(text) - 1
      this.index.set(text, number)
    }
    return number
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
  // A field that several columns are made of (the first forename, the others) is kept once.
  const fields = new Map<string, { readonly texts: Strings; numbers: Int32Array }>()
  for (const { from } of spec.columns) fields.set(from, { texts: new Strings(), numbers: new Int32Array(1024) })
  const ids: string[] = []
  for (const row of rows) {
    if (typeof row.id !== 'string' || row.id === '') throw new LinkageFailure('linkage.no_id', 'a mention has no id')
    const at = ids.push(row.id) - 1
    for (const [name, field] of fields) {
      const raw: unknown = Reflect.get(row, name)
      if (at >= field.numbers.length) field.numbers = grown(field.numbers)
      if (typeof raw === 'string' && raw !== '') field.numbers[at] = field.texts.numberOf(raw)
    }
  }
  const arrived = spec.columns.map((column): Arrived => ({ spec: column, ...fields.get(column.from)! }))
  return datasetOf(ids, arrived, groups, spec.namesakes)
}

export function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}

/** The order of ids; null when they came in it, as a database or a file of our own gives them. */
function idOrder(ids: readonly string[]): Uint32Array | null {
  let inOrder = true
  for (let at = 1; at < ids.length; at++) {
    if (ids[at]! > ids[at - 1]!) continue
    if (ids[at] === ids[at - 1]) throw sameIdTwice()
    inOrder = false
    break
  }
  if (inOrder) return null
  const order = Uint32Array.from(ids, (_, index) => index)
  order.sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : 0))
  for (let at = 1; at < ids.length; at++) if (ids[order[at]!] === ids[order[at - 1]!]) throw sameIdTwice()
  return order
}

const sameIdTwice = (): LinkageFailure => new LinkageFailure('linkage.same_id_twice', 'two mentions have the same id')

/** What the values of columns are numbered in. All name columns share one, so that a forename is compared with a surname by number. */
class ValueLexicon implements Lexicon {
  private readonly index = new Map<string, number>()
  readonly values: string[] = ['']

  get size(): number {
    return this.values.length
  }

  add(value: string): number {
    let code = this.index.get(value)
    if (code === undefined) {
      code = this.values.push(value) - 1
      this.index.set(value, code)
    }
    return code
  }
}

/** The values of a column that is compared as it is, spelled out only when somebody asks: of a phone number hardly anybody does. */
class TextLexicon implements Lexicon {
  private numbers = new Int32Array(1 << 10)
  private made: readonly string[] | null = null
  private readonly texts: Texts
  size = 1

  constructor(texts: Texts) {
    this.texts = texts
  }

  get values(): readonly string[] {
    this.made ??= Array.from({ length: this.size }, (_, code) =>
      code === 0 ? '' : this.texts.textOf(this.numbers[code]!),
    )
    return this.made
  }

  add(number: number): number {
    if (this.size === this.numbers.length) this.numbers = grown(this.numbers)
    this.numbers[this.size] = number
    return this.size++
  }
}

/**
 * Makes the data set of columns as they arrived. Codes are given in the order of ids, column by column, so that nothing remembers
 * the order of arrival.
 *
 * @throws LinkageFailure `linkage.same_id_twice`
 */
export function datasetOf(
  arrivedIds: readonly string[],
  arrived: readonly Arrived[],
  groups: NameGroups,
  namesakes?: NamesakeSpec,
): Dataset {
  const order = idOrder(arrivedIds)
  const size = arrivedIds.length
  const names = new ValueLexicon()
  const columns = new Map<string, EncodedColumn>()
  for (const { spec, texts, numbers } of arrived) {
    const asItIs = spec.kind === 'key' && spec.making === undefined ? new TextLexicon(texts) : null
    const values = spec.kind === 'name' ? names : new ValueLexicon()
    // Most texts come again and again, and normalising is the dear part: -1 is a text not met yet.
    const codeOf = new Int32Array(texts.size).fill(-1)
    codeOf[0] = 0
    const codes = sharedInt32(size)
    for (let at = 0; at < size; at++) {
      const number = numbers[order === null ? at : order[at]!]!
      let code = codeOf[number]!
      if (code === -1) {
        if (asItIs !== null) code = asItIs.add(number)
        else {
          const value = normaliseColumn(spec, texts.textOf(number))
          code = value === null ? 0 : values.add(value)
        }
        codeOf[number] = code
      }
      codes[at] = code
    }
    columns.set(spec.name, { spec, lexicon: asItIs ?? values, codes, counts: EMPTY, recorded: 0 })
  }
  // Counted last: only now is it known how many codes a shared lexicon has.
  for (const [name, column] of columns) {
    const counts = new Int32Array(column.lexicon.size)
    for (let at = 0; at < size; at++) counts[column.codes[at]!]!++
    columns.set(name, { ...column, counts, recorded: size - counts[0]! })
  }
  const ids = order === null ? arrivedIds : Array.from(order, (at) => arrivedIds[at]!)
  if (namesakes === undefined) return { size, ids, columns, groups }
  columns.set(namesakes.name, namesakeColumn(columns, namesakes, namesakesIn(columns, namesakes)))
  return { size, ids, columns, groups, namesakes }
}

const EMPTY = new Int32Array(0)

/** @throws LinkageFailure `linkage.no_column` when the model speaks of a column it does not declare */
export function columnOf(dataset: Dataset, name: string): EncodedColumn {
  return columnIn(dataset.columns, name)
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
