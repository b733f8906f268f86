// What is known of somebody in part: a stub of those who are known elsewhere, and what a share tells a partner.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Temporal } from '#platform/clock'
import { type Tx, withScope } from '#platform/db'
import { world, type World } from '#test/world'
import { plainNames } from './people.fixture.ts'
import { readSearch, type WantedKey } from './search.ts'
import { findPeople, openPerson, openStub } from './store.ts'

let force: World
before(async () => {
  force = await world()
})
after(() => force.close())

function keysOf(text: string): readonly WantedKey[] {
  const search = readSearch(text, plainNames, Temporal.PlainDate.from('2026-03-15'))
  assert.ok(search.ok)
  return search.keys
}

describe('a stub', () => {
  it('opens whom the stub stood for, or nobody, however the results have changed since', async () => {
    const { kiran, tomasz, ewa, noor } = force.persons
    const key = (value: string, ...persons: string[]): Promise<unknown> =>
      force.admin.query(`insert into people.search_key select 'name', $1, unnest($2::uuid[]) on conflict do nothing`, [
        value,
        persons,
      ])
    await key('both', kiran, tomasz, ewa)
    await key('ways', kiran, tomasz, ewa)
    const scope = await force.scopeFor('investigatorAW')
    const within = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => withScope(force.appPool, scope, work)
    const stubs = async (text: string) =>
      (await within((tx) => findPeople(tx, keysOf(text)))).filter((one) => one.kind === 'stub')
    const open = (mark: string, text = 'both ways') =>
      within((tx) => openStub(tx, keysOf(text), mark, 'claim', 'needed for my case'))
    const marks = (await stubs('both ways')).map(({ mark }) => mark)
    assert.equal(new Set(marks).size, 2)
    assert.deepEqual(
      (await stubs('both ways')).map(({ mark }) => mark),
      marks,
    )
    assert.ok(
      (await stubs('ways both')).every(({ mark }) => !marks.includes(mark)),
      'nothing to follow somebody by',
    )
    const order = [tomasz, ewa].toSorted()
    // the first is found no more: what was second is first now
    await force.admin.query(`delete from people.search_key where value = 'both' and person_id = $1`, [order[0]])
    assert.equal(await open(marks[0] ?? ''), 'changed')
    assert.deepEqual(await open(marks[1] ?? ''), { id: order[1] })
    await force.admin.query('delete from people.claim')
    // somebody else is found before
    await key('both', noor, order[0] ?? '')
    await key('ways', noor)
    assert.deepEqual(await open(marks[0] ?? ''), { id: order[0] })
    await force.admin.query('delete from people.claim')
    for (const made of ['0'.repeat(64), '', `${marks[0]?.slice(1)}0`]) assert.equal(await open(made), 'changed')
    assert.equal(await open(marks[0] ?? '', 'ways both'), 'changed', 'of another search')
    assert.deepEqual((await force.admin.query('select from people.claim')).rowCount, 0)
    await force.admin.query(`delete from people.search_key where value in ('both', 'ways')`)
  })
})

describe('a partner with whom is shared who somebody is, and no more', () => {
  const as = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    withScope(force.appPool, await force.scopeFor('partner'), work)
  /** Any statement, as somebody would put it who has got into the partner's session. */
  const put = (tx: Tx, text: string): Promise<object[]> => tx.sql(Object.assign([text], { raw: [text] }))
  const share = (fields: string): Promise<unknown> =>
    force.admin.query('update people.share set fields = $2 where person_id = $1', [force.persons.kiran, fields])
  before(() =>
    force.admin.query(
      `with keys as (insert into people.search_key select k.kind, k.value, $1 from (values ('name', 'kiran'), ('name', 'example'),
         ('dob', '1985-03-12'), ('phone', '07700900001'), ('postcode', 'SW1A1AA'), ('ref', '01000000126')) k (kind, value))
       insert into targeting.score (person_id, total, recency, frequency, gravity, victims, incidents_24m, harm_days,
         harm_max, harm_fallback, victims_36m, last_at, serial, escalating, unarrested, bcus, boroughs, reach, sealed)
       values ($1, 9, 1, 1, 1, 1, 1, 1, 1, false, 1, now(), false, false, false, '{1}', '{}', '{1}', false)`,
      [force.persons.kiran],
    ),
  )
  const readTargets = `insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, by_account, reach)
    values ($1, 'target', 'two people afraid of him', '2031-01-01', '{}', gen_random_uuid(), $2, '{1}')`

  it('reads nothing else of them by any statement', async () => {
    const { kiran } = force.persons
    await force.admin.query(readTargets, [kiran, force.accounts.supervisorAW])
    const opened = (statement: string) =>
      as(async (tx) => {
        assert.ok(await openPerson(tx, kiran))
        // as if all that there is had been opened
        await tx.sql`select audit.record('consult', ${[kiran]}, ${Object.values(force.incidents)}, '{}')`
        return put(tx, statement)
      })
    assert.deepEqual(await opened('select name from people.person'), [{ name: 'Kiran Example' }])
    for (const columns of ['*', 'roles', 'incidents', 'reach', 'p', 'to_jsonb(p)', 'count(reach)'])
      await assert.rejects(opened(`select ${columns} from people.person p`), { code: '42501' }, columns)
    for (const condition of ["reach && '{1}'", 'incidents = 2', "'suspect' = any (roles)"])
      await assert.rejects(opened(`select id from people.person where ${condition}`), { code: '42501' }, condition)
    for (const rows of [
      `people.told_of('{${kiran}}')`,
      'people.once_opened()',
      'targeting.score',
      'targeting.choice',
      'people.mention',
      'people.membership',
      'incidents.incident',
      'incidents.involvement',
      `people.looks_at('${kiran}', 9)`,
      'targeting.open_ranked(null, null, false, false, false, false, 0, 100)',
    ])
      assert.deepEqual(await opened(`select * from ${rows}`), [], rows)
  })

  it('cannot try an address, a telephone or a reference against them', async () => {
    const { kiran } = force.persons
    const found = (text: string) => as((tx) => findPeople(tx, keysOf(text)))
    // two facts that agree in any case find them, and others are tried beside
    const agreeing = async () => {
      const [person] = await found('kiran example SW1A 1AA 07700 900001')
      return person?.kind === 'person' ? [...person.agrees.values()].map(({ kind }) => kind).sort() : []
    }
    assert.equal((await found('kiran example')).length, 1)
    assert.equal((await found('kiran 12/03/1985')).length, 1)
    for (const text of ['kiran SW1A 1AA', 'example 07700 900001', '01/0000001/26'])
      assert.deepEqual(await found(text), [], text)
    assert.deepEqual(await agreeing(), ['name', 'name'])
    await share('{identity,incidents}')
    try {
      for (const text of ['kiran SW1A 1AA', 'example 07700 900001', '01/0000001/26'])
        assert.equal((await found(text)).length, 1, text)
      assert.deepEqual(await agreeing(), ['name', 'name', 'phone', 'postcode'])
      const [told] = await as(async (tx) => {
        await openPerson(tx, kiran)
        return put(tx, `select incidents, roles, reach from people.told_of('{${kiran}}')`)
      })
      assert.deepEqual(told, { incidents: 2, roles: ['suspect', 'victim'], reach: [1] })
    } finally {
      await share('{identity}')
    }
  })
})
