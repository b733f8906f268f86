import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { fixedClock } from '#platform/clock'
import { type Tx, withScope } from '#platform/db'
import { type Who, world, type World } from '#test/world'
import { peopleModule } from './index.ts'
import { peopleSite, plainNames, type PeopleSite } from './people.fixture.ts'
import { claimPerson, reviewClaim, waitingClaims } from './store.ts'
import { waitingCard } from './today.ts'

const clock = fixedClock('2026-03-15T12:00:00Z')
let force: World
let site: PeopleSite

before(async () => {
  force = await world()
  site = await peopleSite(force, { clock })
  await force.admin.query(
    `insert into people.search_key select k.kind, k.value, $1
    from (values ('name', 'tomasz'), ('name', 'wzor')) as k (kind, value)`,
    [force.persons.tomasz],
  )
})
after(async () => {
  await site.close()
  await force.close()
})

const clearClaims = (): Promise<unknown> => force.admin.query('delete from people.claim')
async function as<T>(who: Who, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withScope(force.appPool, await force.scopeFor(who), work)
}
const get = async (who: Who, url: string) => site.send(await force.visitOf(who), url)
const post = async (who: Who, url: string, form: Record<string, string>) =>
  site.send(await force.visitOf(who), url, form)

describe('breaking the glass', () => {
  const tomasz = (): string => force.persons.tomasz
  const form = { kind: 'break_glass', reason: 'child in the house with him' }
  const count = async (): Promise<number> => (await force.admin.query('select from people.claim')).rowCount ?? 0

  it('asks for a proof of who one is first, and keeps what was typed', async () => {
    const visit = await force.visitOf('investigatorAW')
    for (const at of ["now() - interval '16 minutes'", 'null']) {
      const found = await site.send(visit, '/people/search', { q: 'tomasz wzor' })
      const mark = /name="mark" value="(\w+)"/.exec(found.text)?.[1] ?? assert.fail('no stub')
      await force.admin.query(`update auth.session set step_up_at = ${at} where token_hash = $1`, [visit.tokenHash])
      for (const [url, fields] of [
        [`/people/${tomasz()}/claim`, form],
        ['/people/open-stub', { ...form, q: 'tomasz wzor', mark }],
      ] as const) {
        const page = await site.send(visit, url, fields)
        assert.equal(page.status, 422, url)
        assert.match(page.text, /href="\/step-up\?return_to=%2Fconfirmed"/)
        assert.match(page.text, /child in the house with him/)
      }
      const scope = { tokenHash: visit.tokenHash, purpose: 'test', route: 'test', requestId: randomUUID() }
      await assert.rejects(
        withScope(force.appPool, scope, (tx) => claimPerson(tx, tomasz(), 'break_glass', form.reason)),
        /people\.not_confirmed/,
      )
    }
    assert.equal(await count(), 0)
    // what is opened for the working day needs none
    assert.equal((await site.send(visit, `/people/${tomasz()}/claim`, { ...form, kind: 'claim' })).status, 303)
    await clearClaims()
  })

  it('gives 60 minutes of one person, tells supervisors at once, and is due for review in 72 hours', async () => {
    const card = () => as('supervisorCN', async (tx) => (await waitingCard(tx, clock.now()))?.body.toString() ?? '')
    assert.equal(await card(), '')
    assert.equal((await post('investigatorAW', `/people/${tomasz()}/claim`, form)).status, 303)
    assert.match(await card(), /glass was broken.*1 waits/s)
    const { rows } = await force.admin.query<{ open: number; review: number }>(
      'select extract(epoch from until - at)::int as open, extract(epoch from review_due - at)::int as review from people.claim',
    )
    assert.deepEqual(rows, [{ open: 3600, review: 72 * 3600 }])
    assert.equal((await get('investigatorAW', `/people/${tomasz()}`)).status, 200)
    await force.admin.query(
      `update people.claim set at = at - interval '61 minutes', until = until - interval '61 minutes'`,
    )
    assert.equal((await get('investigatorAW', `/people/${tomasz()}`)).status, 404)
    await assert.rejects(
      force.admin.query(`update people.claim set until = at + interval '61 minutes'`),
      /bounded/,
      'no way to a longer one',
    )
    await clearClaims()
  })
})

describe('breaking the glass often', () => {
  const reason = 'child in the house with him'
  const glass = (who: Who, id: string) => as(who, (tx) => claimPerson(tx, id, 'break_glass', reason))
  after(async () => {
    await force.admin.query('update people.glass_limit set most = 5, hours = 12')
    await clearClaims()
  })

  it('ends at so many in a shift: then the page says to ring the duty supervisor, keeps what was typed, and it is logged', async () => {
    const { tomasz, ewa } = force.persons
    for (let times = 0; times < 5; times++) assert.deepEqual(await glass('investigatorAW', tomasz), { id: tomasz })
    assert.deepEqual(await glass('investigatorAW', ewa), { limit: { most: 5, hours: 12 } })
    const nobody = '00000000-0000-4000-8000-00000000dead'
    const form = { kind: 'break_glass', reason }
    const pages = new Set<string>()
    for (const id of [ewa, force.persons.officer, nobody]) {
      const page = await post('investigatorAW', `/people/${id}/claim`, form)
      assert.equal(page.status, 422)
      assert.match(page.text, /5 times within 12 hours[^]*ring the duty supervisor[^]*child in the house with him/)
      pages.add(page.text.replaceAll(id, 'ID').replace(/name="csrf" value="\w+"/g, ''))
    }
    assert.equal(pages.size, 1, 'the same whoever is there')
    const visit = await force.visitOf('investigatorAW')
    const q = 'tomasz wzor'
    await force.admin.query(`update people.claim set until = at where person_id = $1`, [tomasz])
    const mark = /name="mark" value="(\w+)"/.exec((await site.send(visit, '/people/search', { q })).text)?.[1] ?? ''
    const stub = await site.send(visit, '/people/open-stub', { ...form, q, mark })
    assert.equal(stub.status, 422)
    assert.match(stub.text, /ring the duty supervisor[^]*child in the house with him/)
    const { rows } = await force.admin.query<{ n: number }>(
      `select count(*)::int as n from audit.entry where action = 'refuse' and actor = $1 and detail ->> 'why' = 'limit' and reason <> ''`,
      [force.accounts.investigatorAW],
    )
    assert.equal(rows[0]?.n, 4, 'those with a page, which carry the reason')
    // others, and what is opened for the working day, are not held up
    assert.deepEqual(await glass('investigatorCN', force.persons.noor), { id: force.persons.noor })
    assert.deepEqual(await as('investigatorAW', (tx) => claimPerson(tx, ewa, 'claim', reason)), { id: ewa })
  })

  it('is counted within the hours, by the limit of the force, and without those who are sealed since', async () => {
    const { tomasz, ewa } = force.persons
    await force.admin.query(
      `update people.claim set at = at - interval '13 hours', until = until - interval '13 hours'`,
    )
    assert.deepEqual(await glass('investigatorAW', tomasz), { id: tomasz })
    await force.admin.query('update people.glass_limit set most = 1, hours = 24')
    assert.deepEqual(await glass('investigatorAW', ewa), { limit: { most: 1, hours: 24 } })
    await force.admin.query('update people.glass_limit set most = 1, hours = 12')
    await force.admin.query('update people.person set sealed = true where id = $1', [tomasz])
    try {
      assert.deepEqual(await glass('investigatorAW', ewa), { id: ewa })
    } finally {
      await force.admin.query('update people.person set sealed = false where id = $1', [tomasz])
    }
  })

  it('cannot be had twice by two at once', async () => {
    await clearClaims()
    await force.admin.query('update people.glass_limit set most = 1, hours = 12')
    const scope = await force.scopeFor('investigatorAW')
    const came = await Promise.all(
      [1, 2, 3].map(() =>
        withScope(force.appPool, scope, (tx) => claimPerson(tx, force.persons.tomasz, 'break_glass', reason)),
      ),
    )
    assert.equal(came.filter((one) => one !== null && 'id' in one).length, 1)
  })

  it('is a number that the web role can neither read nor set', async () => {
    for (const statement of ['select * from people.glass_limit', 'update people.glass_limit set most = 99'])
      await assert.rejects(
        as('lead', (tx) => tx.sql(Object.assign([statement], { raw: [statement] }))),
        { code: '42501' },
        statement,
      )
  })
})

describe('the review of records opened with a reason', () => {
  it('shows break-glass by name to the supervisors of the person, to others without, and to nobody else', async () => {
    await as('investigatorAW', (tx) =>
      claimPerson(tx, force.persons.tomasz, 'break_glass', 'child in the house with him'),
    )
    const [claim] = await as('supervisorCN', waitingClaims)
    assert.deepEqual([claim?.person?.name, claim?.reason], ['Tomasz Wzór', 'child in the house with him'])
    assert.equal((await as('supervisorAW', waitingClaims))[0]?.person, null)
    assert.deepEqual(await as('investigatorCN', waitingClaims), [])
    await clearClaims()
  })
  it('takes one finding, from a supervisor who sees the person and is not the one who opened', async () => {
    await post('investigatorAW', `/people/${force.persons.tomasz}/claim`, {
      kind: 'break_glass',
      reason: 'child in the house with him',
    })
    await force.admin.query(`update people.claim set review_due = '2026-03-15T09:00:00Z'`)
    const page = await get('supervisorCN', '/people/reviews')
    assert.match(page.text, /Overdue by 3 hours/)
    assert.match(page.text, /Asha Investigator, Safeguarding AW/)
    assert.match(page.text, /child in the house with him/)
    const { rows } = await force.admin.query<{ id: string }>('select id from people.claim')
    const claim = rows[0]?.id ?? ''
    assert.equal(await as('supervisorAW', (tx) => reviewClaim(tx, claim, 'justified')), false)
    const cards = peopleModule(() => [], plainNames).today ?? []
    const card = (at: number, who: Who) =>
      as(who, async (tx) => (await cards[at]?.card(tx, clock.now()))?.body.toString() ?? '')
    assert.match(await card(0, 'supervisorCN'), /1 waits[^]*1 overdue/)
    assert.equal(await card(1, 'investigatorAW'), '')
    assert.match((await post('supervisorCN', '/people/reviews', { claim, finding: 'ask_more' })).location, /done=yes/)
    assert.match(await card(1, 'investigatorAW'), /Speak with your supervisor/)
    assert.match((await get('supervisorCN', '/people/reviews')).text, /More was asked/)
    assert.match((await post('supervisorCN', '/people/reviews', { claim, finding: 'justified' })).location, /done=yes/)
    assert.match(
      (await post('supervisorCN', '/people/reviews', { claim, finding: 'not_justified' })).location,
      /done=no/,
    )
    assert.match((await get('supervisorCN', '/people/reviews')).text, /Nothing waits for you/)
    assert.equal(await card(0, 'supervisorCN'), '')
    assert.equal((await post('supervisorCN', '/people/reviews', { claim, finding: 'fine' })).status, 404)
    assert.equal((await get('investigatorAW', '/people/reviews')).status, 404)
    await clearClaims()
  })
  it('goes on when the person has been found to be another since, for the supervisors of that one', async () => {
    const { tomasz, noor } = force.persons
    await as('investigatorAW', (tx) => claimPerson(tx, tomasz, 'break_glass', 'child in the house with him'))
    const { rows: was } = await force.admin.query('select reach from people.person where id = $1', [tomasz])
    await force.admin.query(`update people.person set merged_into = $2, reach = '{}' where id = $1`, [tomasz, noor])
    try {
      const [claim] = await as('supervisorAW', waitingClaims)
      assert.deepEqual([claim?.person?.id, claim?.person?.name], [noor, 'Noor Sample'])
      assert.equal(await as('supervisorAW', (tx) => reviewClaim(tx, claim?.id ?? '', 'justified')), true)
    } finally {
      await force.admin.query('update people.person set merged_into = null, reach = $2 where id = $1', [
        tomasz,
        was[0].reach,
      ])
      await clearClaims()
    }
  })
  it('is given by professional standards when the person has been sealed since, and is nothing to supervisors', async () => {
    const { tomasz } = force.persons
    await as('investigatorAW', (tx) => claimPerson(tx, tomasz, 'break_glass', 'child in the house with him'))
    await force.admin.query('update people.person set sealed = true where id = $1', [tomasz])
    await force.admin.query(
      `insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, 'a colleague', $2)`,
      [tomasz, force.accounts.standards],
    )
    try {
      assert.deepEqual(await as('supervisorCN', waitingClaims), [])
      assert.match((await get('supervisorCN', '/people/reviews')).text, /Nothing waits for you/)
      assert.doesNotMatch((await get('supervisorCN', '/people/reviews')).text, /One more/)
      assert.match((await get('standards', '/people/reviews')).text, /Tomasz/)
      const [claim] = await as('standards', waitingClaims)
      assert.equal(await as('standards', (tx) => reviewClaim(tx, claim?.id ?? '', 'not_justified')), true)
    } finally {
      await force.admin.query('update people.person set sealed = false where id = $1', [tomasz])
      await force.admin.query('delete from people.seal_reader where person_id = $1', [tomasz])
      await clearClaims()
    }
  })
})
