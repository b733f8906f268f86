import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { columnsOf, labelledMentions, type Labelled } from '#modules/linkage'
import { londonMentions } from './linkage-london.ts'

export type Row = Readonly<Record<string, string>>

/** Where the public sets are, when no folder is given: beside the repository. */
export const USUAL = join(import.meta.dirname, '../../shared/data/linkage')
/** Mentions that the synthetic London holds at scale 1. */
const LONDON = 858_000

export function readSet(folder: string, file: string): readonly Row[] {
  const path = join(folder, file)
  if (!existsSync(path)) throw new Error(`${path} is not there: say where the linkage sets are with --data FOLDER`)
  const bytes = readFileSync(path)
  const header = (names: string[]): string[] => names.map((name) => name.trim())
  return parse<Row>(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: header, trim: true, bom: true })
}

/** A set as mentions of people, for the default model. */
export function labelledSet(folder: string, file: string): Labelled {
  const rows = readSet(folder, file)
  return labelledMentions(rows, columnsOf(Object.keys(rows[0] ?? {})))
}

/** A synthetic London of about so many mentions. */
export async function londonOf(size: number): Promise<Labelled> {
  const folder = mkdtempSync(join(tmpdir(), 'london-'))
  try {
    return await londonMentions(folder, size / LONDON)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
