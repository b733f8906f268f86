import { complain, CROWDED, idOf, MOST_ROWS, newRow, problemsOf, type Row } from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import type { ImportItem, RowProblem } from './types.ts'

/**
 * The rows of a related table by a key, each as one text of some 0.2 KB: as objects they would take ten times as much.
 * Every look makes them anew, so what is noted on a row is noted on that look's alone.
 */
export class Rows {
  readonly source: Source
  readonly #kept = new Map<string, string | string[]>()
  #count = 0

  constructor(source: Source) {
    this.source = source
  }

  /** A row that comes again just as it was counts once. False when there are too many of this key. */
  add(key: string, row: Row): boolean {
    const text = JSON.stringify([row.line, ...row.cells])
    const before = this.#kept.get(key)
    // a copy: a part of a text keeps the whole of it in memory
    if (before === undefined) this.#kept.set(Buffer.from(key).toString(), text)
    else if (typeof before === 'string') {
      if (isSame(before, text)) return true
      this.#kept.set(key, [before, text])
    } else if (before.some((other) => isSame(other, text))) return true
    else if (before.length >= MOST_ROWS) return false
    else before.push(text)
    this.#count++
    return true
  }

  get(key: string): Row[] {
    const kept = this.#kept.get(key) ?? []
    return (typeof kept === 'string' ? [kept] : kept).map((text) => this.#row(text))
  }

  has(key: string): boolean {
    return this.#kept.has(key)
  }

  keys(): Iterable<string> {
    return this.#kept.keys()
  }

  /** How many keys there are. */
  get size(): number {
    return this.#kept.size
  }

  get count(): number {
    return this.#count
  }

  *[Symbol.iterator](): Generator<Row> {
    for (const kept of this.#kept.values()) {
      if (typeof kept === 'string') yield this.#row(kept)
      else for (const text of kept) yield this.#row(text)
    }
  }

  #row(text: string): Row {
    // as `add` wrote it
    const [line, ...cells] = JSON.parse(text) as [number, ...string[]]
    return newRow(this.source, line, cells)
  }
}

/** Equal but for the line they stand in. */
function isSame(text: string, other: string): boolean {
  return text.slice(text.indexOf(',')) === other.slice(other.indexOf(','))
}

/** Reads a related table by a key. A row without one is told and left; an incident's can be put right by itself. */
export async function* gather(rows: Rows, options: ReadOptions, field: string): AsyncGenerator<ImportItem> {
  for await (const items of tableRows(rows.source, options)) {
    for (const item of items) {
      if (!('row' in item)) {
        yield item
        continue
      }
      const { row } = item
      const key = idOf(row, field)
      if (key !== undefined && !rows.add(key, row)) complain(row, field, CROWDED, true)
      if (key === undefined && rows.source.tableName === 'incidents') yield* problemsOf([row])
      else for (const problem of row.problems) yield { problem }
    }
  }
}

/** The rows whose record is not in the table of incidents. */
export function* strays(rows: Rows, known: Rows, field: string, where: string): Generator<{ problem: RowProblem }> {
  for (const key of rows.keys()) {
    if (known.has(key)) continue
    for (const row of rows.get(key)) {
      complain(row, field, `"${key}" is not in ${where}`, true)
      for (const problem of row.problems) yield { problem }
    }
  }
}

/**
 * How many rows may lack their other half before the file that should hold it is taken as cut short: single ones are
 * slips of the source and are reported row by row, half a table is not.
 */
const FEW = 3
const FEW_IN = 2_000

export function isMany(lacking: number, of: number): boolean {
  return lacking > Math.max(FEW, of / FEW_IN)
}

/** The problem that refuses a delivery because one of its tables does not go with the others. */
export function cutShort(file: string, lacking: number, of: number, what: string): RowProblem {
  const reason = `${lacking} of ${of} ${what}: a file of this delivery has been cut short, or belongs to another delivery`
  return { file, line: 0, field: 'file', reason, row: [], rejected: true }
}

/** The same of a table that no record stands or falls with: it is told of the file's first line, and the delivery is read. */
export function maybeCut(file: string, lacking: number, of: number, what: string): RowProblem {
  const reason = `${lacking} of ${of} ${what}: the file may have been cut short, and then what it should say is lacking`
  return { file, line: 1, field: 'file', reason, row: [], rejected: false }
}
