import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { WATERMARK, csvLine } from './csv.ts'
import { listColumns } from './lists.ts'
import { incidentColumns, offenceColumns, personColumns, reportColumns } from './rows.ts'

/** Writes the source folder: trios, lists, the dirt real extracts have, and the truth files beside them. */
export interface Folder {
  /** A file of rows, its name without the folder's own; counted, and now and then sent twice or with a mark before it. */
  readonly rows: (name: string, header: string, body: string) => Promise<void>
  readonly json: (name: string, value: object) => Promise<void>
  readonly truth: (file: TruthFile, lines: string) => Promise<void>
  readonly close: (expected: object) => Promise<readonly string[]>
}

export const truthHeaders = {
  'mentions.csv': `mention_ref,person_id,${WATERMARK}`,
  'list-mentions.csv': `mention_ref,person_id,${WATERMARK}`,
  'persons.csv':
    'person_id,forenames,middle_name,surname,other_surname,dob,sex,ethnicity_sde,name_group,language,borough_code,address,' +
    `postcode,address_withheld,police_employee,${WATERMARK}`,
  'changes.csv': `person_id,change,on,before,after,${WATERMARK}`,
  'dyads.csv': `suspect,victim,records,gravity,escalates,relation,harm_days,${WATERMARK}`,
  'duplicates.csv': `what,ref,of,${WATERMARK}`,
  'marks.csv': `mention_ref,mark,${WATERMARK}`,
  'redactions.csv': `ref,kind,text,${WATERMARK}`,
} as const
export type TruthFile = keyof typeof truthHeaders

/** Folders beside the trios: those that an import can take in, and those of later modules. */
export const reportFolders = ['calls', 'online'] as const
export const listFolders = ['bail', 'court', 'custody', 'dvds', 'marac', 'operations', 'orders', 'partners', 'services'] as const // prettier-ignore

/** The first period in which the outcome column has its later name. */
export const renamedFrom = { week: '2025-W14', quarter: '2025-Q2' } as const

/**
 * Opens the folder anew: what an earlier run left there is removed, nothing else.
 * @throws RangeError when the folder holds anything but an earlier run.
 */
export async function openFolder(out: string): Promise<Folder> {
  await mkdir(out, { recursive: true })
  const held = await readdir(out)
  if (held.length > 0 && !held.includes('SYNTHETIC.txt')) throw new RangeError('the folder is not empty')
  // Written first, so that a run cut short is still known for what it is.
  await writeFile(join(out, 'SYNTHETIC.txt'), notice)
  const trio = /^(?:incidents|offences|persons)_[A-Z]{2}_[^_]*(?:_resend)?\.csv$/
  for (const name of held) if (trio.test(name)) await rm(join(out, name))
  for (const part of ['truth', 'dirt', ...reportFolders, ...listFolders]) {
    await rm(join(out, part), { recursive: true, force: true })
    await mkdir(join(out, part))
  }
  const truth = new Map<TruthFile, Awaited<ReturnType<typeof open>>>()
  // The names are those of the object just above.
  for (const name of Object.keys(truthHeaders) as TruthFile[]) {
    const file = await open(join(out, 'truth', name), 'w')
    await file.write(`${truthHeaders[name]}\n`)
    truth.set(name, file)
  }
  const files: string[] = []
  let truncated = false
  const write = async (name: string, text: string): Promise<void> => {
    const number = files.length
    files.push(name)
    await writeFile(join(out, name), text)
    // 0.4% of files are sent twice under another name.
    if (number % 250 !== 40) return
    const again = name.replace(/\.[a-z]+$/, '_resend$&')
    files.push(again)
    await writeFile(join(out, again), text)
    await truth.get('duplicates.csv')?.write(csvLine(['file', again, name, WATERMARK]))
  }
  return {
    rows: async (name, header, body) => {
      const number = files.length
      // One file in twenty starts with a byte-order mark, as files saved by a spreadsheet do.
      const text = `${number % 20 === 7 ? '\uFEFF' : ''}${header}\n${body}`
      await write(name, text)
      if (truncated || number <= 30 || body.length <= 600 || dirname(name) !== '.') return
      truncated = true
      await writeFile(join(out, 'dirt', name.replace('.csv', '_truncated.csv')), text.slice(0, header.length + 500))
    },
    json: (name, value) => write(name, `${JSON.stringify(value, undefined, 1)}\n`),
    truth: async (name, lines) => {
      if (lines !== '') await truth.get(name)?.write(lines)
    },
    close: async (expected) => {
      for (const file of truth.values()) await file.close()
      const text = JSON.stringify({ watermark: WATERMARK, ...expected }, undefined, 1)
      await writeFile(join(out, 'truth', 'expected.json'), `${text}\n`)
      return files
    },
  }
}

const columnsOf = (name: string, columns: string): string => `${name}\n    ${columns.replaceAll(',', ', ')}\n`

const notice = `SYNTHETIC DATA

Every person, address, phone number and event in this folder is made up. Nothing here describes anybody.
Counts by borough are modelled, not published: never judge a real place by them.

Phone numbers are of the ranges set aside for drama (07700 900000-900999, 020 7946 0000-0999). Two thousand numbers
serve everybody, so many people share one. Postcodes pair a real district with an ending Royal Mail does not use.
E-mail addresses end in example.org or example.net. Every reference starts with SYN.

incidents_, offences_ and persons_ files: one trio for each Basic Command Unit and period. Times are London wall clock.
calls/ and online/: calls to 999 and online reports that did not become crimes; those that did are in the trios.
Made dirty on purpose: files sent twice (_resend), byte-order marks, outcome_code named outcome_cd from ${renamedFrom.week}
(${renamedFrom.quarter}) on, later files that repeat a crime_ref with a newer last_updated and its outcome, and times of
committing in the hour that a clock change takes away or gives twice.
dirt/ holds a file cut short; it must be refused. truth/ holds the answers; it must never be imported.
The other folders are lists for modules to take in: CSV, but partners/ (JSON, one referral an entry) and services/ (JSON,
Open Referral UK).

Columns

${[
  columnsOf('incidents', incidentColumns),
  columnsOf('offences', offenceColumns),
  columnsOf('persons', personColumns),
  columnsOf('calls and online', reportColumns),
  ...Object.entries(listColumns).map(([name, columns]) => columnsOf(name, `${columns},${WATERMARK}`)),
  ...Object.entries(truthHeaders).map(([name, columns]) => columnsOf(`truth/${name}`, columns)),
].join('\n')}`
