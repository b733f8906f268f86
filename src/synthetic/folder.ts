import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { incidentColumns, offenceColumns, personColumns } from './rows.ts'

/** The three files of one BCU and period, while they fill. */
export interface Trio {
  incidents: string
  offences: string
  persons: string
}

/** Writes the source folder: trios, the dirt real extracts have, and the truth files beside them. */
export interface Folder {
  readonly trio: (bcu: string, period: string, trio: Trio) => Promise<void>
  readonly truth: (file: TruthFile, lines: string) => Promise<void>
  readonly close: (expected: unknown) => Promise<readonly string[]>
}

export const truthHeaders = {
  'mentions.csv': 'mention_ref,person_id',
  'persons.csv':
    'person_id,forenames,middle_name,surname,other_surname,dob,sex,ethnicity_sde,name_group,language,borough_code,police_employee',
  'dyads.csv': 'suspect,victim,records,gravity,escalates,relation,harm_days',
  'redactions.csv': 'crime_ref,kind,text',
} as const
export type TruthFile = keyof typeof truthHeaders

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
  for (const name of held) if (/^(?:incidents|offences|persons)_[A-Z]{2}_.*\.csv$/.test(name)) await rm(join(out, name))
  for (const part of ['truth', 'dirt']) {
    await rm(join(out, part), { recursive: true, force: true })
    await mkdir(join(out, part))
  }
  const truth = new Map<TruthFile, Awaited<ReturnType<typeof open>>>()
  for (const name of ['mentions.csv', 'persons.csv', 'dyads.csv', 'redactions.csv'] as const) {
    const file = await open(join(out, 'truth', name), 'w')
    await file.write(`${truthHeaders[name]}\n`)
    truth.set(name, file)
  }
  const files: string[] = []
  let truncated = false
  const write = async (name: string, header: string, body: string): Promise<void> => {
    const number = files.length
    files.push(name)
    // One file in twenty starts with a byte-order mark, as files saved by a spreadsheet do.
    const text = `${number % 20 === 7 ? '\uFEFF' : ''}${header}\n${body}`
    await writeFile(join(out, name), text)
    // 0.4% of files are sent twice under another name.
    if (number % 250 === 40) {
      const again = name.replace('.csv', '_resend.csv')
      files.push(again)
      await writeFile(join(out, again), text)
    }
    if (!truncated && number > 30 && body.length > 600) {
      truncated = true
      await writeFile(join(out, 'dirt', name.replace('.csv', '_truncated.csv')), text.slice(0, header.length + 500))
    }
  }
  return {
    trio: async (bcu, period, trio) => {
      const later = period >= (period.includes('W') ? renamedFrom.week : renamedFrom.quarter)
      const offences = later ? offenceColumns.replace('outcome_code', 'outcome_cd') : offenceColumns
      await write(`incidents_${bcu}_${period}.csv`, incidentColumns, trio.incidents)
      await write(`offences_${bcu}_${period}.csv`, offences, trio.offences)
      await write(`persons_${bcu}_${period}.csv`, personColumns, trio.persons)
    },
    truth: async (name, lines) => {
      await truth.get(name)?.write(lines)
    },
    close: async (expected) => {
      for (const file of truth.values()) await file.close()
      await writeFile(join(out, 'truth', 'expected.json'), `${JSON.stringify(expected, undefined, 1)}\n`)
      return files
    },
  }
}

const notice = `SYNTHETIC DATA

Every person, address, phone number and event in this folder is made up. Nothing here describes anybody.
Counts by borough are modelled, not published: never judge a real place, team or group of people by them.

Phone numbers are of the ranges set aside for drama (07700 900000-900999, 020 7946 0000-0999). Two thousand numbers
serve everybody, so many people share one. Postcodes pair a real district with an ending Royal Mail does not use.
Every reference starts with SYN.

incidents_, offences_ and persons_ files: one trio for each Basic Command Unit and period. Times are London wall clock.
Made dirty on purpose: files sent twice (_resend), byte-order marks, outcome_code named outcome_cd from ${renamedFrom.week}
(${renamedFrom.quarter}) on, and later files that repeat a crime_ref with a newer last_updated and its outcome.
dirt/ holds a file cut short; it must be refused. truth/ holds the answers; it must never be imported.
`
