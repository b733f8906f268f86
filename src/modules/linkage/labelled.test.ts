import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnsOf, labelledMentions, type TextRow } from './labelled.ts'

const read = (rows: readonly TextRow[], said?: ReadonlyMap<string, 'town' | 'person'>) =>
  labelledMentions(rows, columnsOf(Object.keys(rows[0] ?? {}), said))

describe('a labelled file of mentions', () => {
  it('is read by the usual names of its columns', () => {
    const { rows, people } = read([
      { unique_id: '7', cluster: 'a', First_Name: 'Ann', 'Middle Name': 'May', last_name: 'Lee', 'Date of Birth': '3/4/1981', Gender: 'F' },
      { unique_id: '8', cluster: 'a', First_Name: 'None', 'Middle Name': '', last_name: 'Lee', 'Date of Birth': '25-04-1981', Gender: '' },
    ]) // prettier-ignore
    assert.deepEqual(
      rows.map(({ id, forenames, surname, dob, sex }) => [id, forenames, surname, dob, sex]),
      [
        ['7', 'Ann May', 'Lee', '1981-04-03', 'F'],
        ['8', '', 'Lee', '1981-04-25', ''],
      ],
    )
    assert.deepEqual([...people], [['7', 'a'], ['8', 'a']]) // prettier-ignore
  })
  it('reads dates month first where the day cannot be', () => {
    const dobs = (...dates: readonly string[]) =>
      read(dates.map((dob) => ({ dob, cluster: 'a' }))).rows.map((row) => row.dob)
    assert.deepEqual(dobs('03/04/1981', '04/25/1981'), ['1981-03-04', '1981-04-25'])
    assert.deepEqual(dobs('03/04/1981', '25/04/1981'), ['1981-04-03', '1981-04-25'])
    assert.deepEqual(dobs('1981-4-3', '19810403', '1856-86-18'), ['1981-04-03', '19810403', '1856-86-18'])
  })
  it('puts an address together, and takes a whole name apart', () => {
    const { rows } = read([
      { name: 'Lee, Ann May', street_number: '8', address_1: 'Mill Lane', suburb: 'Kew', entity: '1', soc_sec_id: '5304' },
      { name: 'Ann May Lee', street_number: '', address_1: '', suburb: '', entity: '1', soc_sec_id: '' },
    ]) // prettier-ignore
    assert.deepEqual(
      rows.map(({ forenames, surname }) => [forenames, surname]),
      [
        ['Ann May', 'Lee'],
        ['Ann May', 'Lee'],
      ],
    )
    assert.deepEqual([rows[0]?.address, rows[0]?.town, rows[0]?.nominal], ['8 Mill Lane', 'Kew', '5304'])
  })
  it('knows from the ids of a FEBRL set who is who', () => {
    const { people } = read([{ rec_id: 'rec-7-org', surname: 'Lee' }, { rec_id: 'rec-7-dup-0', surname: 'Leigh' }]) // prettier-ignore
    assert.deepEqual([...people.values()], ['7', '7'])
  })
  it('takes a column for what somebody says it is, and only for that', () => {
    const said = new Map([['label', 'town'], ['group', 'person']] as const) // prettier-ignore
    const { rows, people } = read([{ label: 'Kew', group: 'x' }, { label: 'Kew', group: 'y' }], said) // prettier-ignore
    assert.deepEqual([rows[0]?.town, [...people.values()]], ['Kew', ['x', 'y']])
  })
  it('numbers rows whose id is missing or comes twice', () => {
    const { rows } = read([{ id: '1', label: 'a' }, { id: '1', label: 'a' }, { id: '', label: 'b' }]) // prettier-ignore
    assert.equal(new Set(rows.map(({ id }) => id)).size, 3)
  })
  it('says when nothing tells who is who', () => {
    assert.throws(() => read([{ id: '1', surname: 'Lee' }]), RangeError)
  })
})
