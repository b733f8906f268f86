import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

const FILE = join(import.meta.dirname, '../../../data/codes/languages-london.csv')
const NAMES = new Map(
  (parse(readFileSync(FILE), { columns: true, bom: true }) as Record<string, string>[]).flatMap((row) =>
    [row['iso639_3'], row['iso639_1']].flatMap((code) => (code ? [[code, row['name'] ?? code] as const] : [])),
  ),
)

/** A language by the name that people know it by; what is not a code of the table stays as it was written. */
export const languageName = (written: string): string => NAMES.get(written.trim().toLowerCase()) ?? written
