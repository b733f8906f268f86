import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { nibrs, PUBLISHED, readAll, withFiles } from './fixtures.ts'

const readTables = (files: Record<string, string | Buffer>) => withFiles(files, (folder) => readAll([folder], 'nibrs'))

describe('reading the tables of the FBI', () => {
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

  it('tells of what is lacking when a table was cut between two rows', async () => {
    const less = (name: string, from: RegExp) => ({ ...nibrs(), [name]: String(nibrs()[name]).replace(from, '') })
    const relations = await readTables(less('NIBRS_VICTIM_OFFENDER_REL.csv', /7,9,26\n/))
    assert.deepEqual(
      relations.problems.map(({ line, reason }) => [line, reason]),
      [
        [2, 'is between people, and has no row in the relations'],
        [3, '11-MAR-18 2:00 is in the hour lost when the clocks go forward'],
      ],
    )
    const links = { 'NIBRS_ARRESTEE_WEAPON.csv': 'ARRESTEE_ID,WEAPON_ID\n3,1\n4,1\n' }
    const arrestees = await readTables({ ...nibrs(), ...links })
    assert.equal(arrestees.records.length, 2)
    assert.match(arrestees.problems[0]?.reason ?? '', /^1 of 2 arrestees of NIBRS_ARRESTEE_WEAPON.csv are not here/)
    const { 'NIBRS_ARRESTEE.csv': _gone, ...without } = nibrs()
    const refused = await readTables({ ...without, 'NIBRS_PROPERTY.csv': 'PROPERTY_ID,INCIDENT_ID\n1,1\n' })
    assert.deepEqual([refused.records.length, refused.refusals.length], [0, 1])
    assert.match(refused.refusals[0]?.reason ?? '', /NIBRS_ARRESTEE of this delivery is missing/)
  })

  it('reads the columns and codes of other years', async () => {
    const plain = await readTables(nibrs())
    const files = nibrs()
    // from 2020 on: codes in the place of ids, and of ages
    files['nibrs_offense.csv'] = 'offense_id,incident_id,offense_code,location_id\n5,1,13B,20\n6,2,13B,20\n'
    files['NIBRS_OFFENSE_TYPE.csv'] = 'offense_code,offense_name,crime_against\n13B,Simple Assault,Person\n'
    files['NIBRS_incident.csv'] = 'incident_id,incident_date,incident_hour\n1,2018-01-18,19\n2,2018-03-11 00:00:00,2\n'
    // and as a spreadsheet writes numbers where some are blank
    files['NIBRS_VICTIM_OFFENDER_REL.csv'] = 'VICTIM_ID,OFFENDER_ID,RELATIONSHIP_ID\n7.0,9.0,26.0\n8.0,10.0,24.0\n'
    const later = await readTables(files)
    assert.deepEqual(
      later.records.map(({ hash }) => hash),
      plain.records.map(({ hash }) => hash),
    )
    files['NIBRS_VICTIM.csv'] =
      'VICTIM_ID,INCIDENT_ID,VICTIM_SEQ_NUM,VICTIM_TYPE_ID,AGE_NUM,SEX_CODE\n7,1,1,4,NS,F\n8,2,1,4,BB,NULL\n'
    const ages = await readTables(files)
    assert.deepEqual(
      ages.records.map(({ parties: [victim] }) => [victim?.ageFrom, victim?.ageTo, victim?.sex]),
      [
        [undefined, undefined, 'F'],
        [0, 0, undefined],
      ],
    )
    assert.equal(ages.problems.length, 1)
  })

  it('refuses a folder in which two files hold one table', async () => {
    const copy = { 'NIBRS_VICTIM (1).csv': nibrs()['NIBRS_VICTIM.csv'] ?? '' }
    assert.equal((await readTables({ ...nibrs(), ...copy })).refusals.length, 0)
    const other = { 'NIBRS_VICTIM (1).csv': String(copy['NIBRS_VICTIM (1).csv']).replace('30', '40') }
    const { records, refusals } = await readTables({ ...nibrs(), ...other })
    assert.equal(records.length, 0)
    assert.match(refusals[0]?.reason ?? '', /holds the same table as NIBRS_VICTIM.csv/)
  })
})
