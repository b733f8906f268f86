import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { after, before, describe, it } from 'node:test'
import { authStore } from '#platform/auth'
import { londonDay, systemClock, type Temporal } from '#platform/clock'
import { withScope } from '#platform/db'
import { buildServer } from '#platform/http'
import { world, WHO, type Who, type World } from '#test/world'
import { organisationModule } from './index.ts'

const TODAY = londonDay(systemClock.now())

const dayFields = (name: string, day: Temporal.PlainDate): Record<string, string> => ({
  [`${name}-day`]: String(day.day),
  [`${name}-month`]: String(day.month),
  [`${name}-year`]: String(day.year),
})

describe('the pages of the organisation', () => {
  let force: World
  let app: FastifyInstance
  let unitAW: string
  let agency: string
  before(async () => {
    force = await world()
    app = await buildServer({
      authStore: authStore(force.signInPool),
      site: { navigation: organisationModule.navigation ?? [], synthetic: true, secureCookies: false },
      log: false,
    })
    organisationModule.routes?.(app, {
      pool: force.appPool,
      clock: systemClock,
      folder: '.',
      enqueue: () => Promise.resolve(),
    })
    unitAW = await one(`select id as value from organisation.unit where name = 'Safeguarding AW'`)
    agency = await one(`select id as value from organisation.agency where name = 'Harbour Council'`)
  })
  after(async () => {
    await app.close()
    await force.close()
  })

  async function one(sql: string, values: unknown[] = []): Promise<string> {
    const { rows } = await force.admin.query<{ value: unknown }>(sql, values)
    return String(rows[0]?.value)
  }
  interface Answer {
    readonly status: number
    readonly body: string
    readonly location: string
  }
  async function get(who: Who, url: string): Promise<Answer> {
    const { cookie } = await force.visitOf(who)
    const { statusCode, body, headers } = await app.inject({ url, headers: { cookie } })
    return { status: statusCode, body, location: headers.location ?? '' }
  }
  async function post(who: Who, url: string, fields: Record<string, string>): Promise<Answer> {
    const { cookie, csrf } = await force.visitOf(who)
    const { statusCode, body, headers } = await app.inject({
      method: 'POST',
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ csrf, ...fields }).toString(),
    })
    return { status: statusCode, body, location: headers.location ?? '' }
  }
  async function addPerson(name: string): Promise<string> {
    const made = await post('administrator', '/organisation/people', {
      name,
      issuer: 'https://signin.example',
      subject: randomUUID(),
    })
    assert.equal(made.status, 303)
    return /people\/([0-9a-f-]{36})/.exec(made.location)?.[1] ?? ''
  }
  const postTo = (person: string, more: Record<string, string> = {}): Promise<Answer> =>
    post('administrator', `/organisation/people/${person}/postings`, {
      role: 'investigator',
      place: `unit:${unitAW}`,
      ...dayFields('from', TODAY),
      ...more,
    })
  const postings = (person: string): Promise<string> =>
    one('select count(*) as value from organisation.posting where account_id = $1', [person])
  const rolesOf = (person: string): Promise<string> => one('select organisation.roles_of($1)::text as value', [person])

  it('show the force to everybody in it, and who is posted where only as a number', async () => {
    const { status, body } = await get('investigatorAW', '/organisation')
    assert.equal(status, 200)
    assert.match(body, /Central West/)
    assert.match(body, /Westminster/)
    assert.doesNotMatch(body, /Carol Supervisor|Add a unit/)
    assert.match((await get('administrator', '/organisation')).body, /Add a unit/)
  })

  it('draw the boroughs on a map, with the figures in a table, when their outlines are known', async () => {
    const ring = [[[-0.1, 51.5], [-0.2, 51.5], [-0.2, 51.6], [-0.1, 51.5]]] // prettier-ignore
    await force.admin.query('update organisation.borough set boundary = $1', [
      JSON.stringify({ type: 'Polygon', coordinates: ring }),
    ])
    const { body } = await get('lead', '/organisation')
    assert.match(body, /<svg/)
    // two of the test force's people are posted to the unit of Central West
    assert.match(body, /Westminster: 2</)
  })

  it('are for administrators alone where people can be changed: to every other role they are not there', async () => {
    const person = force.accounts.investigatorCN
    const reads = ['people', `people/${person}`, 'postings', 'agencies', `agencies/${agency}`]
    const writes = [
      'people',
      `people/${person}/account`,
      `people/${person}/postings`,
      'agencies',
      `agencies/${agency}/suspend`,
      'portfolios',
      'units',
    ]
    const before = await one('select count(*) as value from organisation.posting')
    for (const who of Object.keys(WHO) as Who[]) {
      if (who === 'administrator') continue
      for (const path of reads) assert.equal((await get(who, `/organisation/${path}`)).status, 404, `${who} ${path}`)
      for (const path of writes)
        assert.equal((await post(who, `/organisation/${path}`, { to: 'disabled' })).status, 404, `${who} ${path}`)
    }
    assert.equal(await one('select count(*) as value from organisation.posting'), before)
    assert.equal(await one('select count(*) as value from auth.account where disabled_at is not null'), '0')
  })

  it('add a person once, however often the form is sent, who can do nothing until posted', async () => {
    const sent = { name: 'DC Pat New', issuer: 'https://signin.example', subject: 'pat' }
    const [first, second] = [
      await post('administrator', '/organisation/people', sent),
      await post('administrator', '/organisation/people', sent),
    ]
    assert.equal(first.status, 303)
    assert.equal(second.location, first.location)
    assert.equal(await one(`select count(*) as value from auth.account where subject = 'pat'`), '1')
    const taken = await post('administrator', '/organisation/people', { ...sent, name: 'Somebody Else' })
    assert.equal(taken.status, 422)
    assert.match(taken.body, /here already/)
    assert.match(taken.body, /value="Somebody Else"/)
    assert.match((await get('administrator', '/organisation/people?filter=unposted')).body, /DC Pat New/)
    assert.doesNotMatch((await get('administrator', '/organisation/people?part=carol')).body, /DC Pat New/)
  })

  it('keep what was typed when it makes no sense', async () => {
    const person = await addPerson('Kept Typed')
    const { status, body } = await postTo(person, { role: 'partner', 'from-year': '1999' })
    assert.equal(status, 422)
    assert.match(body, /Choose an agency for this role/)
    assert.match(body, /first day must be today or later/)
    assert.match(body, /value="1999"/)
    assert.match(body, /<option value="partner" selected/)
    assert.equal(await postings(person), '0')
  })

  it('post somebody once, from the day given', async () => {
    const person = await addPerson('DC Once Posted')
    assert.equal((await postTo(person)).status, 303)
    assert.equal((await postTo(person)).status, 303)
    assert.equal(await postings(person), '1')
    assert.equal(await rolesOf(person), '{investigator}')
    const later = await postTo(person, dayFields('from', TODAY.add({ days: 3 })))
    assert.match(later.body, /overlaps/)
    const coming = await addPerson('DC Coming')
    await postTo(coming, dayFields('from', TODAY.add({ days: 1 })))
    assert.equal(await rolesOf(coming), '{}')
    assert.match((await get('administrator', '/organisation/postings?list=coming')).body, /DC Coming/)
  })

  it('end a posting after its last day: a leaver has nothing from midnight', async () => {
    const person = await addPerson('DC Leaver')
    await postTo(person)
    const id = await one('select id as value from organisation.posting where account_id = $1', [person])
    const early = await post(
      'administrator',
      `/organisation/postings/${id}`,
      dayFields('last', TODAY.subtract({ days: 1 })),
    )
    assert.equal(early.status, 422)
    assert.match(early.body, /disable the account/)
    assert.equal((await post('administrator', `/organisation/postings/${id}`, dayFields('last', TODAY))).status, 303)
    assert.equal(await rolesOf(person), '{investigator}')
    const to = await one('select valid_to::text as value from organisation.posting where id = $1', [id])
    assert.equal(to, TODAY.add({ days: 1 }).toString())
    assert.match((await get('administrator', '/organisation/postings?list=ending')).body, /DC Leaver/)
    // the clock of the database cannot be turned, so the posting is moved back a day: it is now after its midnight
    await force.admin.query(
      'update organisation.posting set valid_from = valid_from - 1, valid_to = valid_to - 1 where id = $1',
      [id],
    )
    assert.equal(await rolesOf(person), '{}')
    assert.match((await get('administrator', `/organisation/people/${person}`)).body, /ended/)
    assert.equal((await post('administrator', `/organisation/postings/${id}`, dayFields('last', TODAY))).status, 404)
  })

  it('call off a posting that has not begun, and then the same can be given again', async () => {
    const person = await addPerson('DC Called Off')
    const from = dayFields('from', TODAY.add({ days: 7 }))
    await postTo(person, from)
    const id = await one('select id as value from organisation.posting where account_id = $1', [person])
    for (let sent = 0; sent < 2; sent++)
      assert.equal((await post('administrator', `/organisation/postings/${id}`, { to: 'off' })).status, 303)
    assert.match((await get('administrator', `/organisation/people/${person}`)).body, /called off/)
    assert.equal((await postTo(person, from)).status, 303)
    assert.equal(await postings(person), '2')
  })

  it('sign a disabled account out at once and for good', async () => {
    const { cookie, tokenHash } = await force.visitOf('supervisorCN')
    const url = `/organisation/people/${force.accounts.supervisorCN}/account`
    assert.equal((await app.inject({ url: '/organisation', headers: { cookie } })).statusCode, 200)
    assert.equal((await post('administrator', url, { to: 'disabled' })).status, 303)
    assert.equal((await app.inject({ url: '/organisation', headers: { cookie } })).statusCode, 303)
    assert.equal((await post('administrator', url, { to: 'active' })).status, 303)
    assert.equal((await app.inject({ url: '/organisation', headers: { cookie } })).statusCode, 303)
    const closed = await one('select closed_at is not null as value from auth.session where token_hash = $1', [
      tokenHash,
    ])
    assert.equal(closed, 'true')
  })

  it('log each change and show the administrator the history of the person', async () => {
    const person = await addPerson('DC History')
    await postTo(person)
    const id = await one('select id as value from organisation.posting where account_id = $1', [person])
    await post('administrator', `/organisation/postings/${id}`, dayFields('last', TODAY.add({ days: 9 })))
    await post('administrator', `/organisation/people/${person}/account`, { to: 'disabled' })
    const entries = await one(
      `select string_agg(purpose, ', ' order by at) as value from audit.entry where action = 'alter' and subjects @> array[$1::uuid]`,
      [person],
    )
    const end = `end a posting on ${TODAY.add({ days: 9 }).toString()}`
    assert.equal(entries, `add a person, post somebody, ${end}, disable an account`)
    const { body } = await get('administrator', `/organisation/people/${person}`)
    for (const shown of [
      'Account added',
      'Posting added: Domestic abuse investigator, Safeguarding AW',
      end,
      'Account changed',
    ])
      assert.ok(body.includes(shown), shown)
    const rows = await withScope(
      force.appPool,
      await force.scopeFor('investigatorAW'),
      (tx) => tx.sql`select * from organisation.changes_to(${person})`,
    )
    assert.equal(rows.length, 0)
  })

  it('let no administrator give herself access, by the page or behind it', async () => {
    const me = force.accounts.administrator
    const answer = await postTo(me)
    assert.equal(answer.status, 422)
    assert.match(answer.body, /cannot post yourself/)
    const attempt = (statement: (tx: Parameters<Parameters<typeof withScope>[2]>[0]) => Promise<unknown>) =>
      force.scopeFor('administrator').then((scope) => withScope(force.appPool, scope, statement))
    await assert.rejects(
      attempt(
        (tx) => tx.sql`insert into organisation.posting (account_id, role, unit_id, valid_from)
        values (${me}, 'investigator', ${unitAW}, organisation.today())`,
      ),
      /row-level security/,
    )
    // nor take over somebody else's account or rewrite a posting
    const other = force.accounts.investigatorAW
    await assert.rejects(
      attempt((tx) => tx.sql`update auth.account set subject = 'mine' where id = ${other}`),
      /permission denied/,
    )
    await assert.rejects(
      attempt((tx) => tx.sql`update organisation.posting set account_id = ${me} where account_id = ${other}`),
      /permission denied/,
    )
    assert.deepEqual(
      await attempt((tx) => tx.sql`update auth.account set disabled_at = null where id = ${me} returning id`),
      [],
    )
    assert.equal(await rolesOf(me), '{administrator}')
  })

  it('suspend an agency: its people lose sight at once, and get it back', async () => {
    const { body } = await get('administrator', `/organisation/agencies/${agency}`)
    assert.match(body, /Jo Partner/)
    await post('administrator', `/organisation/agencies/${agency}/suspend`, { to: 'suspended' })
    assert.equal(await rolesOf(force.accounts.partner), '{}')
    assert.match((await get('administrator', `/organisation/agencies/${agency}`)).body, /Suspended/)
    await post('administrator', `/organisation/agencies/${agency}/suspend`, { to: 'active' })
    assert.equal(await rolesOf(force.accounts.partner), '{partner}')
    const made = await post('administrator', '/organisation/agencies', { name: 'River Refuge', kind: 'refuge' })
    const again = await post('administrator', '/organisation/agencies', { name: 'River Refuge', kind: 'refuge' })
    assert.equal(made.status, 303)
    assert.equal(again.location, made.location)
    const other = await post('administrator', '/organisation/agencies', { name: 'River Refuge', kind: 'health' })
    assert.match(other.body, /an agency of this name already/)
    assert.equal((await get('administrator', `/organisation/agencies/${randomUUID()}`)).status, 404)
  })

  it('give a theme to a Lead Responsible Officer, and end it', async () => {
    const sent = { account: force.accounts.lead, theme: 'Stalking', ...dayFields('from', TODAY) }
    for (let times = 0; times < 2; times++)
      assert.equal((await post('administrator', '/organisation/portfolios', sent)).status, 303)
    const id = await one('select id as value from organisation.portfolio')
    assert.equal(await one('select count(*) as value from organisation.portfolio'), '1')
    const seen = await get('investigatorAW', '/organisation/portfolios')
    assert.match(seen.body, /Stalking/)
    assert.match(seen.body, /Farah Lead/)
    assert.doesNotMatch(seen.body, /End today/)
    const wrong = await post('administrator', '/organisation/portfolios', { ...sent, account: force.accounts.analyst })
    assert.equal(wrong.status, 422)
    assert.match(wrong.body, /value="Stalking"/)
    assert.equal((await post('administrator', `/organisation/portfolios/${id}/end`, {})).status, 303)
    assert.equal(
      await one('select valid_to::text as value from organisation.portfolio where id = $1', [id]),
      TODAY.add({ days: 1 }).toString(),
    )
  })

  it('add a unit of a command', async () => {
    const sent = { name: 'Stalking team AW', kind: 'stalking', bcu: '1' }
    assert.equal((await post('administrator', '/organisation/units', sent)).status, 303)
    const again = await post('administrator', '/organisation/units', sent)
    assert.match(again.body, /a unit of this name already/)
    assert.match(again.body, /value="Stalking team AW"/)
    const nowhere = await post('administrator', '/organisation/units', { ...sent, name: 'Team of none', bcu: '77' })
    assert.match(nowhere.body, /Choose a command/)
    assert.match((await get('administrator', '/organisation')).body, /Stalking team AW/)
  })

  it('tell administrators on the first page what needs them', async () => {
    await addPerson('DC Without')
    const [contribution] = organisationModule.today ?? []
    const card = await withScope(force.appPool, await force.scopeFor('administrator'), (tx) =>
      contribution === undefined ? Promise.resolve(null) : contribution.card(tx, systemClock.now()),
    )
    assert.match(card?.body.toString() ?? '', /an account and no posting/)
  })
})
