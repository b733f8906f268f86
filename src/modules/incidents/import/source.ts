import { stat } from 'node:fs/promises'
import { bindColumns, headerProblems, type Binding, type ChosenColumns } from './columns.ts'
import { FileRefused } from './fault.ts'
import type { Profile, Table } from './profile.ts'
import { isClosed, isMark, keptRows, newRow, type Row } from './row.ts'
import { rowsOf } from './rows.ts'
import { structureOf, type Structure } from './structure.ts'
import type { ImportItem } from './types.ts'

/** A file that has passed every check that is made before a row of it is read. */
export interface Source {
  file: string
  tableName: string
  table: Table
  profile: Profile
  structure: Structure
  binding: Binding
  totalBytes: number
  /** Nothing that has happened is later than this. */
  latest: string | undefined
}

export interface ReadOptions {
  /** Columns an officer chose by hand, `table.field` to header. */
  columns?: ChosenColumns
  /** The reference of a record whose source gives none: for rows that are read again after they were put right. */
  ref?: string
  /** ISO instant: what a file says happened later than this is wrong. Not asked when absent. */
  latest?: string
  /** Refuses files that are neither marked as synthetic nor of a nameless profile: for the demonstration. */
  onlyMarked?: boolean
  /** How many rows are read between two reports of progress; 5,000 when not given. */
  progressRows?: number
}

/** Checks one file as a table of the profile. @throws FileRefused when it is cut short or lacks a column. */
export async function openSource(
  file: string,
  tableName: string,
  profile: Profile,
  options: ReadOptions,
): Promise<Source> {
  const table = profile.tables[tableName]
  if (table === undefined) throw new RangeError(`profile ${profile.name} has no table ${tableName}`)
  const structure = await structureOf(file)
  const binding = bindColumns(structure.header, tableName, table, options.columns)
  const problems = headerProblems(binding)
  const first = problems[0]
  if (first !== undefined) {
    throw new FileRefused(problems.map(({ reason }) => reason).join('; '), first.field, structure.header)
  }
  const latest = profile.anyDate ? undefined : options.latest
  return { file, tableName, table, profile, structure, binding, totalBytes: (await stat(file)).size, latest }
}

export type TableItem = { row: Row } | Exclude<ImportItem, { record: unknown }>

/**
 * The rows of a checked file as rows with named columns, and a problem for each that has too many or too few cells. Some
 * hundreds at a time: to wait for each by itself takes longer than to read it.
 */
export async function* tableRows(source: Source, options: ReadOptions): AsyncGenerator<TableItem[]> {
  const { file, binding, profile, structure, totalBytes } = source
  const every = options.progressRows ?? 5_000
  let bytes = 0
  let rows = 0
  yield [{ progress: { file, bytes: 0, totalBytes, rows: 0 } }]
  for await (const some of rowsOf(file, structure, (read) => (bytes = read))) {
    const items: TableItem[] = []
    for (const { cells, line, text } of some) {
      // spreadsheets end with rows of nothing but commas
      if (cells.every((cell) => cell.trim() === '')) continue
      rows++
      const row = newRow(source, line, cells, text)
      if (cells.length !== binding.width && !trailingBlanks(cells, binding.width)) {
        // where the mark of a protected address would stand is not known
        const closed = (isClosed(row) || Object.keys(row.at).some(isMark)) && { closed: true as const }
        const reason = `has ${cells.length} columns where the header has ${binding.width}`
        const alone = profile.layout === 'flat' && { kept: keptRows([row]) }
        items.push({ problem: { file, line, field: 'row', reason, row: cells, rejected: true, ...alone, ...closed } })
      } else items.push({ row })
      if (rows % every === 0) items.push({ progress: { file, bytes, totalBytes, rows } })
    }
    yield items
  }
  yield [{ progress: { file, bytes: totalBytes, totalBytes, rows } }]
}

/** Spreadsheets add empty cells at the end of rows; they lose nothing. */
function trailingBlanks(cells: string[], width: number): boolean {
  return cells.length > width && cells.slice(width).every((cell) => cell.trim() === '')
}
