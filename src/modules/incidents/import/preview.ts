import { basename } from 'node:path'
import { deliveriesOf } from './files.ts'
import { headersOf } from './header.ts'
import type { Profile } from './profile.ts'
import { readRecords } from './read.ts'
import type { ReadOptions } from './source.ts'
import { isRefusal, type Notice, type RowProblem, type SourceRecord } from './types.ts'

export interface FilePreview {
  file: string
  table: string
  header: string[]
  /** Field of the record to the header it is read from. */
  mapping: { field: string; header: string }[]
  renamed: { field: string; expected: string; found: string }[]
  missing: { field: string; expected: string; candidates: string[] }[]
  unknown: string[]
  /** What stops the file from being read, in words; empty when its header is good. */
  refusals: string[]
}

export interface Preview {
  profile: string
  files: FilePreview[]
  /** Refused files: missing columns, and files found cut short. */
  refused: RowProblem[]
  /** Files and columns that are not there, have another name or are not read. */
  notices: Notice[]
  /** The first records, ten at most; without those that name a protected address. */
  records: SourceRecord[]
  /** Field to number of problems within the first rows. */
  problems: Record<string, number>
  firstProblems: RowProblem[]
  /** How many rows were looked at: about a thousand, or all of a smaller file. */
  rowsRead: number
}

const PREVIEW_ROWS = 1_000
const PREVIEW_RECORDS = 10
const PREVIEW_PROBLEMS = 20

/** How the header of each file was understood, from its first bytes. */
export async function headersFound(
  paths: readonly string[],
  profile: Profile,
  options: ReadOptions = {},
): Promise<FilePreview[]> {
  const files: FilePreview[] = []
  for (const delivery of (await deliveriesOf(paths, profile)).deliveries) {
    for (const { file, table, header, binding, problems } of await headersOf(delivery, profile, options)) {
      const { mapping, renamed, missing, unknown } = binding
      files.push({ file, table, header, mapping, renamed, missing, unknown, refusals: problems.map((p) => p.reason) })
    }
  }
  return files
}

/**
 * What an import would meet, before anything is written: how columns were recognised, which are missing or renamed in
 * every file, the first ten records and the problems of the first thousand rows. Reads no more rows than that, after
 * the whole pass of checks over the first good delivery.
 */
export async function preview(paths: readonly string[], profile: Profile, options: ReadOptions = {}): Promise<Preview> {
  const files = await headersFound(paths, profile, options)
  const seen: Preview = {
    profile: profile.name,
    files,
    refused: [],
    notices: [],
    records: [],
    problems: {},
    firstProblems: [],
    rowsRead: 0,
  }
  const main = Object.keys(profile.tables)[0]
  const mainFiles = new Set(files.filter(({ table }) => table === main).map(({ file }) => file))
  const rowsOfFile = new Map<string, number>()
  for await (const item of readRecords(paths, profile, { ...options, progressRows: 100 })) {
    if ('record' in item) {
      const closed = item.record.parties.some(({ addressProtected }) => addressProtected)
      if (seen.records.length < PREVIEW_RECORDS && !closed) seen.records.push(item.record)
    } else if ('problem' in item) {
      const { problem } = item
      if (isRefusal(problem)) seen.refused.push(problem)
      else {
        const key = `${basename(problem.file)} ${problem.field}`
        seen.problems[key] = (seen.problems[key] ?? 0) + 1
        if (seen.firstProblems.length < PREVIEW_PROBLEMS && !problem.closed) seen.firstProblems.push(problem)
      }
    } else if ('notice' in item) seen.notices.push(item.notice)
    else if (mainFiles.has(item.progress.file)) {
      rowsOfFile.set(item.progress.file, item.progress.rows)
      seen.rowsRead = [...rowsOfFile.values()].reduce((sum, rows) => sum + rows, 0)
      if (seen.rowsRead >= PREVIEW_ROWS) break
    }
  }
  return seen
}
