import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { fingerprint } from './bytes.ts'
import { PUBLISHED, readAll, withFiles } from './fixtures.ts'
import { preview } from './preview.ts'
import { loadProfile, profileNames } from './profile.ts'

const INCIDENTS =
  'crime_ref,incident_ref,record_kind,reported_dt,committed_from,committed_to,crime_status,da_flag,flags,risk_grade,' +
  'bcu,borough_code,ward_code,location_type,address,postcode,lat,lon,channel,mo_text,last_updated\n' +
  '01/7/26,CAD9,crime,2026-10-25T01:30:00,,,recorded,Y,stalking;child,high,AS,E09000012,E05009367,dwelling,' +
  '1 High St,e8 1aa,51.5,-0.05,999,"said ""no""",2026-10-25T03:00:00\n'
const OFFENCES =
  'crime_ref,offence_seq,offence_code,cjs_code,offence_title,outcome_cd,outcome_dt\n01/7/26,1,8N,CJ88116,ABH,,\n' +
  '01/8/26,1,8N,CJ88116,ABH,,\n'
const PERSONS =
  'crime_ref,person_seq,mention_ref,role,nominal_id,forenames,surname,known_as,dob,sex,ethnicity_sde,language,address,' +
  'postcode,phone,relationship_to_suspect,arrest_dt,custody_ref,police_employee\n' +
  '01/7/26,1,M1,victim,N1,Ann,Ray,,1990-01-01,F,W1,en,,E8 1AA,,ex-partner,,,N\n' +
  '01/7/26,2,M2,suspect,N2,Bo,Lee,,2027-01-01,M,W1,en,,BAD,,,2026-10-25T02:30:00,C1,Y\n'

const TRIO = {
  'incidents_AS_2026w43.csv': INCIDENTS,
  'offences_AS_2026w43.csv': OFFENCES,
  'persons_AS_2026w43.csv': PERSONS,
}

describe('reading folders', () => {
  it('joins a trio by the crime reference and leaves the truth and the dirt alone', async () => {
    const { records, problems, refusals } = await withFiles({ ...TRIO, 'truth/incidents_x.csv': 'a\n' }, (folder) =>
      readAll([folder], 'synthetic'),
    )
    assert.deepEqual(refusals, [])
    assert.equal(records.length, 1)
    const [record] = records
    // The hour comes twice that night; the first is meant.
    assert.equal(record?.reportedAt, '2026-10-25T00:30:00Z')
    assert.deepEqual([record?.domestic, record?.riskGrade, record?.postcode], [true, 'high', 'E8 1AA'])
    assert.deepEqual(record?.flags, ['child', 'stalking'])
    assert.deepEqual(record?.relations, [{ victimSeq: 1, suspectSeq: 2, relationship: 'ex-partner' }])
    assert.deepEqual([record?.parties[1]?.policeEmployee, record?.arrestMade], [true, true])
    assert.deepEqual(
      problems.map(({ line, field }) => [line, field]),
      [
        [3, 'dob'],
        [3, 'postcode'],
        [3, 'crime_ref'],
      ],
    )
  })

  it('refuses a whole delivery when one of its files is cut short or missing, and reads the others', async () => {
    const other = Object.fromEntries(Object.entries(TRIO).map(([name, text]) => [name.replace('w43', 'w44'), text]))
    const cut = { ...TRIO, 'persons_AS_2026w43.csv': PERSONS.slice(0, -12), ...other }
    const read = await withFiles(cut, (folder) => readAll([folder], 'synthetic'))
    assert.equal(read.records.length, 1)
    assert.match(read.records[0]?.file ?? '', /w44/)
    assert.match(read.refusals[0]?.file ?? '', /persons_AS_2026w43/)
    const { 'persons_AS_2026w43.csv': _gone, ...two } = TRIO
    const less = await withFiles(two, (folder) => readAll([folder], 'synthetic'))
    assert.deepEqual([less.records.length, less.refusals.length], [0, 1])
  })

  it('reads a file of a delivery that was sent twice under another name once', async () => {
    const twice = { ...TRIO, 'offences_AS_2026w43_resend.csv': OFFENCES }
    const read = await withFiles(twice, (folder) => readAll([folder], 'synthetic'))
    assert.deepEqual([read.records.length, read.refusals.length], [1, 0])
    const changed = { ...TRIO, 'offences_AS_2026w43_resend.csv': OFFENCES.replace('8N', '8A') }
    const told = await withFiles(changed, (folder) => readAll([folder], 'synthetic'))
    assert.deepEqual([told.records.length, told.refusals.length], [1, 2])
  })

  it('shows before an import what was recognised, renamed and missing', async () => {
    const shown = await withFiles(TRIO, async (folder) => preview([folder], await loadProfile('synthetic')))
    const offences = shown.files.find(({ table }) => table === 'offences')
    assert.deepEqual(offences?.renamed, [
      { field: 'offence.outcomeCode', expected: 'outcome_code', found: 'outcome_cd' },
    ])
    assert.equal(shown.records.length, 1)
    assert.equal(shown.rowsRead, 1)
    assert.equal(shown.problems['persons_AS_2026w43.csv dob'], 1)
    const renamed = { ...TRIO, 'incidents_AS_2026w43.csv': INCIDENTS.replace('da_flag', 'da_flagged') }
    const bad = await withFiles(renamed, async (folder) => preview([folder], await loadProfile('synthetic')))
    assert.equal(bad.records.length, 0)
    assert.match(bad.refused[0]?.reason ?? '', /"da_flag" is missing; it may have been renamed to "da_flagged"/)
  })

  it('takes an incident of the FBI tables as domestic when a relationship in it is', async () => {
    const { records, problems } = await withFiles(nibrs(), (folder) => readAll([folder], 'nibrs'))
    assert.deepEqual(
      records.map(({ ref, domestic, reportedAt }) => [ref, domestic, reportedAt]),
      [
        ['1', true, '2018-01-19T01:00:00Z'],
        ['2', false, '2018-03-11T06:00:00Z'],
      ],
    )
    assert.deepEqual(
      problems.map(({ line, field }) => [line, field]),
      [[3, 'INCIDENT_HOUR']],
    )
    assert.deepEqual(records[0]?.relations, [{ victimSeq: 1, suspectSeq: 2, relationship: 'ex-spouse' }])
  })

  it('reads the published FBI tables to their totals', async () => {
    const folder = join(PUBLISHED, 'nibrs-mn-2018')
    const there = existsSync(folder)
    const read = there
      ? await readAll([folder], 'nibrs')
      : await withFiles(nibrs(), (small) => readAll([small], 'nibrs'))
    assert.deepEqual(
      [read.records.length, read.records.filter(({ domestic }) => domestic).length, read.refusals.length],
      there ? [18_779, 1_926, 0] : [2, 1, 0],
    )
  })

  it('has the four profiles and knows a file by its content', async () => {
    assert.deepEqual(await profileNames(), ['chicago', 'nibrs', 'rms', 'synthetic'])
    for (const name of await profileNames()) assert.equal((await loadProfile(name)).name, name)
    await assert.rejects(loadProfile('none'), RangeError)
    const print = await withFiles({ a: 'abc' }, (folder) => fingerprint(join(folder, 'a')))
    assert.equal(print, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

/** The smallest set of tables; file names in mixed case and one packed, as found in the wild. */
function nibrs(): Record<string, string | Buffer> {
  return {
    'NIBRS_incident.csv':
      '"INCIDENT_ID","INCIDENT_DATE","INCIDENT_HOUR","REPORT_DATE_FLAG"\n1,18-JAN-18,19,""\n2,11-MAR-18,2,""\n',
    'nibrs_offense.csv': 'offense_id,incident_id,offense_type_id,location_id\n5,1,51,20\n6,2,51,20\n',
    'NIBRS_OFFENSE_TYPE.csv': 'OFFENSE_TYPE_ID,OFFENSE_CODE,OFFENSE_NAME\n51,13B,Simple Assault\n',
    'NIBRS_VICTIM.csv':
      'VICTIM_ID,INCIDENT_ID,VICTIM_SEQ_NUM,VICTIM_TYPE_ID,AGE_NUM,SEX_CODE\n7,1,1,4,30,F\n8,2,1,4,31,F\n',
    'NIBRS_OFFENDER.csv.gz': gzipSync('OFFENDER_ID,INCIDENT_ID,OFFENDER_SEQ_NUM,SEX_CODE\n9,1,1,M\n10,2,1,M\n'),
    'NIBRS_VICTIM_OFFENDER_REL.csv': 'VICTIM_ID,OFFENDER_ID,RELATIONSHIP_ID\n7,9,26\n8,10,24\n',
    'NIBRS_RELATIONSHIP.csv':
      'RELATIONSHIP_ID,RELATIONSHIP_CODE,RELATIONSHIP_NAME\n26,XS,Ex-Spouse\n24,ST,Victim Was Stranger\n',
    'NIBRS_VICTIM_TYPE.csv': 'VICTIM_TYPE_ID,VICTIM_TYPE_CODE,VICTIM_TYPE_NAME\n4,I,Individual\n',
  }
}
