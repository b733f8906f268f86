import { readDay, readInstant, type Wrong } from './dates.ts'
import type { Source } from './source.ts'
import { plain, type Profile, type Table } from './profile.ts'
import type { KeptRows, RowProblem } from './types.ts'

/** One row of a table with the names of its columns, gathering what is wrong with it. */
export interface Row {
  file: string
  line: number
  cells: string[]
  /** The row as it is written; empty for one that was kept packed. */
  text: string
  at: Record<string, number>
  also: readonly string[]
  flags: readonly string[]
  table: Table
  tableName: string
  header: string[]
  profile: Profile
  problems: RowProblem[]
  /** A required value is blank or bad: the row cannot become a record. */
  refused: boolean
  /** Nothing that has happened is later than this (ISO instant); unbounded when absent. */
  latest: string | undefined
}

/** How many rows one incident has at most in a table: more is one reference for everything that has none. */
export const MOST_ROWS = 1000
export const CROWDED = `has more than ${MOST_ROWS} rows: it cannot be the reference of one incident`

/** A row of a checked file, with nothing noted on it yet. */
export function newRow(source: Source, line: number, cells: string[], text = ''): Row {
  const { file, tableName, table, profile, binding, structure, latest } = source
  const header = structure.header
  return {
    file,
    line,
    cells,
    text,
    at: binding.at,
    also: binding.also,
    flags: binding.flags,
    table,
    tableName,
    header,
    profile,
    problems: [],
    refused: false,
    latest,
  }
}

/** A reason quotes what it is about, which can be a whole file by mistake. */
const MOST_SAID = 300

/** Notes a bad value: the row is refused when the field is required, else goes on without it. */
export function complain(row: Row, field: string, reason: string, required = isRequired(row, field)): undefined {
  const name = row.table.columns[field]?.names[0] ?? field
  const said = reason.length > MOST_SAID ? `${reason.slice(0, MOST_SAID)}…` : reason
  if (required) row.refused = true
  // a field that is looked at twice is told once
  if (row.problems.some((one) => one.field === name && one.reason === said)) return undefined
  const closed = isClosed(row) && { closed: true as const }
  row.problems.push({
    file: row.file,
    line: row.line,
    field: name,
    reason: said,
    row: row.cells,
    rejected: required,
    ...closed,
  })
  return undefined
}

/** The rows of one record as they are kept when something is wrong with one of them. */
export function keptRows(rows: readonly Row[]): KeptRows {
  return {
    headers: Object.fromEntries(rows.map(({ file, header }) => [file, header])),
    rows: rows.map(({ tableName, file, line, cells }) => ({ table: tableName, file, line, cells })),
  }
}

/** What is wrong with the rows of one record, each problem with all of them. */
export function* problemsOf(rows: readonly Row[]): Generator<{ problem: RowProblem }> {
  if (rows.every(({ problems }) => problems.length === 0)) return
  const kept = keptRows(rows)
  const closed = rows.some(isClosed) && { closed: true as const }
  for (const row of rows) for (const problem of row.problems) yield { problem: { ...problem, kept, ...closed } }
}

/** Whether a row says of anybody on it that they are a police employee or have a protected address. Says nothing of what is wrong. */
export function isClosed(row: Row): boolean {
  return Object.entries(row.at).some(
    ([field, place]) =>
      (/(^|\.)policeEmployee$/.test(field) && YES.has(row.cells[place]?.trim().toLowerCase() ?? '')) ||
      (isMark(field) && isMarked(row, field)),
  )
}

/** Whether a field is one that says that an address is protected. */
export const isMark = (field: string): boolean => /(^|\.)addressProtected$/.test(field)

function isRequired(row: Row, field: string): boolean {
  return row.table.columns[field]?.required ?? false
}

/** No index holds more, and no name or number is as long; it is what a lost delimiter makes. */
const MOST_LETTERS = 500
const MOST_NARRATIVE = 100_000

/** What databases and spreadsheets write where there is nothing. As a value it would make one person of many. */
const NOTHING = new Set(['', 'NULL', '(null)', '\\N', 'NaN', 'nan', '#N/A'])
const MOST_NOTHING = 6

/** The trimmed text of a field, or undefined when it is blank or has no column. */
export function textOf(row: Row, field: string): string | undefined {
  const at = row.at[field]
  if (at === undefined) return undefined
  const text = row.cells[at]?.trim() ?? ''
  if (text === '' || (text.length <= MOST_NOTHING && NOTHING.has(text))) return undefined
  if (text.includes('\0')) return complain(row, field, 'holds a null character')
  const most = field === 'summary' || field.startsWith('also.') ? MOST_NARRATIVE : MOST_LETTERS
  return text.length > most ? complain(row, field, `is longer than ${most} characters`) : text
}

/** As `textOf`, but a blank required field refuses the row. */
export function neededText(row: Row, field: string): string | undefined {
  const before = row.problems.length
  const text = textOf(row, field)
  if (text === undefined && row.problems.length === before && isRequired(row, field)) complain(row, field, 'is blank')
  return text
}

/** A key by which tables are joined: a whole number that a spreadsheet wrote as a fraction (`7.0`) is the number. */
export function idOf(row: Row, field: string): string | undefined {
  return neededText(row, field)?.replace(/^(\d+)\.0+$/, '$1')
}

function checked(row: Row, field: string, read: (text: string) => string | Wrong): string | undefined {
  const text = neededText(row, field)
  if (text === undefined) return undefined
  const value = read(text)
  return typeof value === 'string' ? value : complain(row, field, value.wrong)
}

/** When something happened. */
export function instantOf(row: Row, field: string): string | undefined {
  return checked(row, field, (text) => {
    const instant = readInstant(text, row.profile.dates, row.profile.timeZone)
    const ahead = typeof instant === 'string' && row.latest !== undefined && instant > row.latest
    return ahead ? { wrong: `${text} is in the future` } : instant
  })
}

export function dayOf(row: Row, field: string): string | undefined {
  return checked(row, field, (text) => readDay(text, row.profile.dates))
}

/** A coded value by the profile's map of that kind; a word the map does not have is bad. A blank is undefined. */
export function codeOf<T extends string>(row: Row, field: string, kind: string, allowed: readonly T[]): T | undefined {
  const text = neededText(row, field)
  if (text === undefined) return undefined
  const word = row.profile.values[kind]?.[plain(text)] ?? text
  const value = allowed.find((one) => one === word)
  return value ?? complain(row, field, `"${text}" is not one of ${allowed.join(', ')}`)
}

/** A word kept as the profile maps it, or as written when the map does not have it. */
export function wordOf(row: Row, field: string, kind: string): string | undefined {
  const text = textOf(row, field)
  return text === undefined ? undefined : (row.profile.values[kind]?.[plain(text)] ?? text)
}

const YES = new Set(['1', 'y', 'yes', 'true', 't'])
const NO = new Set(['0', 'n', 'no', 'false', 'f'])

/** Yes or no; any other word is bad. */
export function claimOf(row: Row, field: string): boolean | undefined {
  const text = neededText(row, field)
  if (text === undefined) return undefined
  const word = text.toLowerCase()
  if (YES.has(word)) return true
  if (NO.has(word)) return false
  return complain(row, field, `"${text}" is neither yes nor no`)
}

const UNMARKED = new Set([...NO, 'none', 'nil', 'n/a', 'na', '-'])

/** Whether a field says anything but no: of a mark that protects somebody, a word that nobody knows (`Refuge`) counts. */
export function isMarked(row: Row, field: string): boolean {
  const text = row.cells[row.at[field] ?? -1]?.trim() ?? ''
  return !NOTHING.has(text) && !UNMARKED.has(text.toLowerCase())
}

const DATES = new Set(['reportedAt', 'committedFrom', 'committedTo'])
const CLAIMS = new Set(['domestic', 'arrestMade'])

/** The text of a field in one spelling, however the source writes its dates and its yes. Says nothing of what is wrong. */
export function sameText(row: Row, field: string): string {
  const text = row.cells[row.at[field] ?? -1]?.trim() ?? ''
  if (DATES.has(field)) {
    const instant = readInstant(text, row.profile.dates, row.profile.timeZone)
    return typeof instant === 'string' ? instant : text
  }
  const word = text.toLowerCase()
  return !CLAIMS.has(field) ? text : YES.has(word) ? 'yes' : NO.has(word) ? 'no' : text
}

/** The most that a place in a list is. */
export const MOST_SEQ = 32_767

export function numberOf(row: Row, field: string, least: number, most: number): number | undefined {
  const text = neededText(row, field)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^[+-]?\d+(\.\d+)?$/.test(text) && value >= least && value <= most) return value
  return complain(row, field, `"${text}" is not a number from ${least} to ${most}`)
}

const POSTCODE = /^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$/

/** A British postcode in its usual spelling, `SW1A 1AA`. Its form is checked, not that it exists. */
export function postcodeOf(row: Row, field: string): string | undefined {
  return checked(row, field, (text) => {
    const found = POSTCODE.exec(text.toUpperCase().replaceAll(/\s+/g, ''))
    return found === null ? { wrong: `"${text}" is not a postcode` } : `${found[1] ?? ''} ${found[2] ?? ''}`
  })
}

const OUTCOMES = new Set(['1', '1A', '2', '2A', '3', '3A', ...Array.from({ length: 19 }, (_, i) => String(i + 4))])
const NOT_YET = new Set(['99', 'notyetassigned', 'none', 'open'])

/** A Home Office outcome code without leading noughts; not yet assigned is undefined. Source: crime outcomes, 1-22. */
export function outcomeOf(row: Row, field: string): string | undefined {
  const text = neededText(row, field)
  if (text === undefined || NOT_YET.has(plain(text))) return undefined
  const code = text.toUpperCase().replace(/^(?:OUTCOME|TYPE)?\s*0*(?=\d)/, '')
  return OUTCOMES.has(code) ? code : complain(row, field, `"${text}" is not a Home Office outcome code`)
}
