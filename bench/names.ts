import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { weighted, type Weighted } from '../src/synthetic/random.ts'

const NAMES = join(import.meta.dirname, '../data/names')

/** The names of London with how common they are. Weights are squeezed together (square root): the lists overlap in scale. */
export function names(): { forenames: Weighted<string>; surnames: Weighted<string> } {
  return { forenames: read('forenames.csv', 'forename'), surnames: read('surnames.csv', 'surname') }
}

function read(file: string, column: string): Weighted<string> {
  const rows = parse<Record<string, string>>(readFileSync(join(NAMES, file)), { columns: true, bom: true })
  const all = new Map<string, number>()
  for (const row of rows) {
    const name = row[column] ?? ''
    if (name === '' || /[",]/.test(name)) continue
    all.set(name, (all.get(name) ?? 0) + Math.sqrt(Number(row['weight']) || 1))
  }
  return weighted(all)
}
