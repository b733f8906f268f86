import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { loadProfile } from './profile.ts'
import { readRecords } from './read.ts'
import type { ReadOptions } from './source.ts'
import { isRefusal, type Notice, type RowProblem, type SourceRecord } from './types.ts'

/** The published records that lie beside a checkout; tests that want them fall back on what they write themselves. */
export const PUBLISHED = fileURLToPath(new URL('../../../../../shared/data/incidents/', import.meta.url))

/** A folder with these files for as long as the work lasts. */
export async function withFiles<T>(
  files: Record<string, string | Buffer>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dauntless-import-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Read {
  records: SourceRecord[]
  problems: RowProblem[]
  refusals: RowProblem[]
  notices: Notice[]
}

/** All that a profile reads from these paths. */
export async function readAll(paths: string[], profile: string, options: ReadOptions = {}): Promise<Read> {
  const read: Read = { records: [], problems: [], refusals: [], notices: [] }
  for await (const item of readRecords(paths, await loadProfile(profile), options)) {
    if ('record' in item) read.records.push(item.record)
    else if ('notice' in item) read.notices.push(item.notice)
    else if ('problem' in item) (isRefusal(item.problem) ? read.refusals : read.problems).push(item.problem)
  }
  return read
}

/** Reads one file of this content. */
export async function readText(
  content: string | Buffer,
  profile = 'rms',
  options: ReadOptions = {},
  name = 'extract.csv',
): Promise<Read> {
  return withFiles({ [name]: content }, (folder) => readAll([join(folder, name)], profile, options))
}

/** The smallest set of the FBI's tables; file names in mixed case and one packed, as found in the wild. */
export function nibrs(): Record<string, string | Buffer> {
  return {
    'NIBRS_incident.csv':
      '"INCIDENT_ID","INCIDENT_DATE","INCIDENT_HOUR","REPORT_DATE_FLAG"\n1,18-JAN-18,19,""\n2,11-MAR-18,2,""\n',
    'nibrs_offense.csv': 'offense_id,incident_id,offense_type_id,location_id\n5,1,51,20\n6,2,51,20\n',
    'NIBRS_OFFENSE_TYPE.csv': 'OFFENSE_TYPE_ID,OFFENSE_CODE,OFFENSE_NAME,CRIME_AGAINST\n51,13B,Simple Assault,Person\n',
    'NIBRS_VICTIM.csv':
      'VICTIM_ID,INCIDENT_ID,VICTIM_SEQ_NUM,VICTIM_TYPE_ID,AGE_NUM,SEX_CODE\n7,1,1,4,30,F\n8,2,1,4,31,F\n',
    'NIBRS_OFFENDER.csv.gz': gzipSync('OFFENDER_ID,INCIDENT_ID,OFFENDER_SEQ_NUM,SEX_CODE\n9,1,1,M\n10,2,1,M\n'),
    'NIBRS_VICTIM_OFFENDER_REL.csv': 'VICTIM_ID,OFFENDER_ID,RELATIONSHIP_ID\n7,9,26\n8,10,24\n',
    'NIBRS_RELATIONSHIP.csv':
      'RELATIONSHIP_ID,RELATIONSHIP_CODE,RELATIONSHIP_NAME\n26,XS,Ex-Spouse\n24,ST,Victim Was Stranger\n',
    'NIBRS_VICTIM_TYPE.csv': 'VICTIM_TYPE_ID,VICTIM_TYPE_CODE,VICTIM_TYPE_NAME\n4,I,Individual\n',
    'NIBRS_ARRESTEE.csv': 'ARRESTEE_ID,INCIDENT_ID,ARREST_DATE\n3,1,18-JAN-18\n',
  }
}
