import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { addOtherParties, columnsOf, labelledMentions, type Labelled } from '#modules/linkage'
import { generate, readTruth } from '#synthetic'

type Row = Readonly<Record<string, string>>

/** The mentions of a synthetic London with whose they are, from the files that it is taken in from. */
export async function londonMentions(folder: string, scale: number): Promise<Labelled> {
  await generate({ out: folder, scale })
  const truth = await readTruth(folder)
  const rows = new Map<string, Row>()
  for (const file of (await readdir(folder)).filter((name) => name.startsWith('persons_')).sort()) {
    const bytes = await readFile(join(folder, file))
    for (const { crime_ref: record = '', ...row } of parse<Row>(bytes, { columns: true, bom: true })) {
      const ref = row['mention_ref'] ?? ''
      const real = truth.get(ref)
      if (real === undefined || rows.has(ref)) continue
      // Numbers of people are of one source here; the address says no more than the postcode, and less apart from it.
      const { address: _, nominal_id: nominal = '', ...rest } = row
      rows.set(ref, { ...rest, record, nominal, source: 'synthetic', cluster: real.person, name_group: real.nameGroup })
    }
  }
  const all = [...rows.values()]
  const { rows: mentions, ...known } = labelledMentions(all, columnsOf(Object.keys(all[0] ?? {})))
  const withOthers = [...mentions]
  addOtherParties(withOthers)
  return { ...known, rows: withOthers }
}
