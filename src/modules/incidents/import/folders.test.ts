import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fingerprint } from './bytes.ts'
import { readAll, withFiles } from './fixtures.ts'
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

const readFiles = (files: Record<string, string>) => withFiles(files, (folder) => readAll([folder], 'synthetic'))

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

  it('takes what a delivery does not speak of as not said, and tells it', async () => {
    const correction = (n: number) => INCIDENTS.split('\n')[1]?.replace('01/7/26', `01/7${n}/26`) ?? ''
    const people = (n: number) => PERSONS.split('\n')[1]?.replace('01/7/26', `01/7${n}/26`) ?? ''
    const some = (count: number, named: number) => {
      const numbers = [...Array(count).keys()]
      const offences = numbers.map((n) => `01/7${n}/26,1,8N,CJ88116,ABH,,`)
      return readFiles({
        'incidents_AS.csv': [INCIDENTS.split('\n')[0], ...numbers.map(correction), ''].join('\n'),
        'offences_AS.csv': [OFFENCES.split('\n')[0], ...offences.slice(1), ''].join('\n'),
        'persons_AS.csv': [PERSONS.split('\n')[0], ...numbers.slice(0, named).map(people), ''].join('\n'),
      })
    }
    const { records, problems, refusals } = await some(8, 6)
    assert.deepEqual(refusals, [])
    assert.deepEqual(
      records.map(({ untold }) => untold),
      [['offences'], [], [], [], [], [], ['persons'], ['persons']],
    )
    assert.deepEqual(
      problems.map(({ line, reason, rejected }) => [line, /persons/.test(reason), rejected]),
      [
        [2, false, false],
        [8, true, false],
        [9, true, false],
      ],
    )
    const cut = await some(8, 3)
    assert.equal(cut.records.length, 0)
    assert.match(cut.refusals[0]?.reason ?? '', /5 of 8 incidents have no person/)
  })

  it('leaves no file of a folder unread without a word', async () => {
    const dashed = Object.fromEntries(Object.entries(TRIO).map(([name, text]) => [name.replace('_', '-'), text]))
    assert.equal((await readFiles(dashed)).records.length, 1)
    const stray = await readFiles({ ...TRIO, 'week 44.csv': INCIDENTS, 'notes.txt': 'said\n', 'x.xlsx': 'PK' })
    assert.equal(stray.records.length, 1)
    assert.match(stray.refusals[0]?.reason ?? '', /columns of incidents, but its name does not say/)
    assert.deepEqual(
      stray.notices.filter(({ file }) => file === '').map(({ said }) => said),
      ['not read: x.xlsx, notes.txt'],
    )
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
    assert.ok(shown.notices.some(({ said }) => said === 'read under other names: outcome_cd as outcome_code'))
    const renamed = { ...TRIO, 'incidents_AS_2026w43.csv': INCIDENTS.replace('da_flag', 'da_flagged') }
    const bad = await withFiles(renamed, async (folder) => preview([folder], await loadProfile('synthetic')))
    assert.equal(bad.records.length, 0)
    assert.match(bad.refused[0]?.reason ?? '', /"da_flag" is missing; it may have been renamed to "da_flagged"/)
  })

  it('has the five profiles and knows a file by its content', async () => {
    assert.deepEqual(await profileNames(), ['chicago', 'nibrs', 'rms', 'synthetic', 'synthetic-reports'])
    for (const name of await profileNames()) assert.equal((await loadProfile(name)).name, name)
    await assert.rejects(loadProfile('none'), RangeError)
    const print = await withFiles({ a: 'abc' }, (folder) => fingerprint(join(folder, 'a')))
    assert.equal(print, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
