import { complain, neededText, type Row } from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import type { ImportItem, RowProblem } from './types.ts'

export type RowsByKey = Map<string, Row[]>

/** Reads a related table into memory by a key; a row that comes again just as it was counts once. */
export async function* gather(
  source: Source,
  options: ReadOptions,
  key: string,
  into: RowsByKey,
): AsyncGenerator<ImportItem> {
  for await (const item of tableRows(source, options)) {
    if (!('row' in item)) {
      yield item
      continue
    }
    const { row } = item
    const id = neededText(row, key)
    if (id === undefined) for (const problem of row.problems) yield { problem }
    else {
      const same = into.get(id)
      if (same === undefined) into.set(id, [row])
      else if (!same.some((other) => isSame(row, other))) same.push(row)
    }
  }
}

/** Reads the table of incidents, in its order. */
export async function* gatherIncidents(source: Source, options: ReadOptions, into: Row[]): AsyncGenerator<ImportItem> {
  for await (const item of tableRows(source, options)) {
    if ('row' in item) into.push(item.row)
    else yield item
  }
}

export function isSame(row: Row, other: Row): boolean {
  return row.cells.length === other.cells.length && row.cells.every((cell, at) => cell === other.cells[at])
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

/** The rows whose record is not in the table of incidents. */
export function strays(rows: RowsByKey, known: ReadonlySet<string>): Row[] {
  return [...rows].flatMap(([id, some]) => (known.has(id) ? [] : some))
}

export function* strayProblems(rows: readonly Row[], field: string, where: string): Generator<{ problem: RowProblem }> {
  for (const row of rows) {
    complain(row, field, `"${row.cells[row.at[field] ?? 0] ?? ''}" is not in ${where}`, true)
    for (const problem of row.problems) yield { problem }
  }
}
