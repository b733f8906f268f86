import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { after, before, describe, it } from 'node:test'
import { authStore } from '#platform/auth'
import { systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { buildServer } from '#platform/http'
import { WHO, world, type Who, type World } from '#test/world'
import { oversightModule } from './index.ts'

const WHY = 'why=lawfulness'

describe('reading the audit log', () => {
  let force: World
  let app: FastifyInstance
  before(async () => {
    force = await world()
    app = await buildServer({
      authStore: authStore(force.signInPool),
      site: { navigation: oversightModule.navigation ?? [], synthetic: true, secureCookies: false },
      log: false,
    })
    oversightModule.routes?.(app, {
      pool: force.appPool,
      clock: systemClock,
      folder: '.',
      enqueue: () => Promise.resolve(),
    })
    // what is looked for: an investigator opens Kiran, another is refused
    await withScope(
      force.appPool,
      await force.scopeFor('investigatorAW', 'take statement'),
      (tx) => tx.sql`select people.open_person(${force.persons.kiran})`,
    )
    await withScope(
      force.appPool,
      await force.scopeFor('investigatorCN', 'curiosity'),
      (tx) => tx.sql`select people.open_person(${force.persons.kiran})`,
    )
  })
  after(async () => {
    await app.close()
    await force.close()
  })

  async function get(who: Who, url: string) {
    const { cookie } = await force.visitOf(who)
    return app.inject({ url, headers: { cookie } })
  }
  async function post(who: Who, url: string, fields: Record<string, string>) {
    const { cookie, csrf } = await force.visitOf(who)
    return app.inject({
      method: 'POST',
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ csrf, ...fields }).toString(),
    })
  }
  /** Entries that the auditor has left about looking, as rows. */
  async function looks(
    action: string,
  ): Promise<{ purpose: string; reason: string; objects: string[]; detail: Record<string, unknown> }[]> {
    const { rows } = await force.admin.query(
      `select purpose, reason, objects, detail from audit.entry where actor = $1 and action = $2 order by at`,
      [force.accounts.auditor, action],
    )
    return rows
  }

  it('is for auditors: to every other role there is no such page', async () => {
    const entry = randomUUID()
    for (const who of Object.keys(WHO) as Who[]) {
      if (who === 'auditor') continue
      for (const path of ['', `/entries/${entry}`, '/use', `/use/${force.accounts.lead}`, '/access', '/seal'])
        assert.equal((await get(who, `/log${path}?${WHY}`)).statusCode, 404, `${who} ${path}`)
      for (const path of ['', '/export'])
        assert.equal((await post(who, `/log${path}`, { why: 'lawfulness' })).statusCode, 404, who)
    }
  })

  it('shows nothing before it is said what for, and leaves no entry for that', async () => {
    const before = (await looks('consult')).length
    const { statusCode, body } = await get('auditor', '/log')
    assert.equal(statusCode, 200)
    assert.match(body, /What do you read the log for/)
    assert.doesNotMatch(body, /Asha/)
    assert.equal((await looks('consult')).length, before)
    const wrong = await get('auditor', `/log?about=${force.persons.kiran}`)
    assert.equal(wrong.statusCode, 422)
    assert.match(wrong.body, /Choose what you read the log for/)
    assert.match(wrong.body, new RegExp(`value="${force.persons.kiran}"`))
    assert.equal((await get('auditor', `/log/entries/${randomUUID()}`)).headers.location, '/log')
  })

  it('finds by person, and writes each look with what was asked and shown', async () => {
    const { statusCode, body } = await get('auditor', `/log?${WHY}&ref=ENQ-7&about=${force.persons.kiran}`)
    assert.equal(statusCode, 200)
    assert.match(body, /Asha Investigator/)
    assert.match(body, /Ben Investigator/)
    assert.match(body, /Was refused/)
    const look = (await looks('consult')).at(-1)
    assert.match(look?.purpose ?? '', /^read the audit log: to check whether processing was lawful/)
    assert.equal(look?.reason, 'ENQ-7')
    assert.equal(look?.detail['about'], force.persons.kiran)
    assert.equal(look?.detail['shown'], 2)
    assert.equal(look?.objects.length, 2)
    // and does not tell those who may see the person that there is an enquiry
    const seen = await withScope(
      force.appPool,
      await force.scopeFor('investigatorAW'),
      (tx) => tx.sql<{ who: string }>`select who from people.looks_at(${force.persons.kiran}, 50)`,
    )
    assert.deepEqual([...new Set(seen.map(({ who }) => who))].toSorted(), ['Asha Investigator', 'Ben Investigator'])
  })

  it('finds by record, action, purpose and time', async () => {
    assert.match((await get('auditor', `/log?${WHY}&about=${force.incidents.a1}`)).body, /Asha/)
    const refused = (await get('auditor', `/log?${WHY}&action=refuse`)).body
    assert.match(refused, /Ben Investigator/)
    assert.doesNotMatch(refused, /Asha/)
    assert.match((await get('auditor', `/log?${WHY}&purpose=take+statement`)).body, /1 entry/)
    const past = 'from-day=1&from-month=2&from-year=2020&to-day=3&to-month=2&to-year=2020'
    assert.match((await get('auditor', `/log?${WHY}&${past}`)).body, /no entry like that/)
    assert.match(
      (await get('auditor', `/log?${WHY}&${past.replace('from-year=2020', 'from-year=2018')}`)).body,
      /366 days at most/,
    )
    assert.match((await get('auditor', `/log?${WHY}&about=kiran`)).body, /Enter the whole id/)
  })

  it('takes a name by a form and puts only ids into the address', async () => {
    const found = await post('auditor', '/log', { why: 'monitoring', name: 'asha' })
    assert.equal(found.statusCode, 303)
    const location = String(found.headers.location)
    assert.ok(location.includes(force.accounts.investigatorAW))
    assert.doesNotMatch(location, /asha/i)
    const { body } = await get('auditor', location)
    assert.match(body, /Acts of: Asha Investigator/)
    assert.doesNotMatch(body, /Ben Investigator/)
    const nobody = await post('auditor', '/log', { why: 'monitoring', name: 'zzz' })
    assert.equal(nobody.statusCode, 422)
    assert.match(nobody.body, /value="zzz"/)
  })

  it('goes on to earlier entries without repeating or leaving out any', async () => {
    for (let n = 0; n < 60; n++)
      await withScope(
        force.appPool,
        await force.scopeFor('analyst', 'many'),
        (tx) => tx.sql`select audit.record('consult', '{}', '{}', '{}')`,
      )
    const first = (await get('auditor', `/log?${WHY}&purpose=many`)).body
    const next = /href="(\/log\?[^"]*before=[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = (await get('auditor', next)).body
    const shown = [first, second].flatMap((body) =>
      [...body.matchAll(/\/log\/entries\/([0-9a-f-]{36})/g)].map(([, id]) => id),
    )
    assert.equal(shown.length, 60)
    assert.equal(new Set(shown).size, 60)
  })

  it('shows one entry whole, and that look too is in the log', async () => {
    const { rows } = await force.admin.query<{ id: string }>(
      `select id from audit.entry where purpose = 'take statement' and action = 'consult'`,
    )
    const id = rows[0]?.id ?? ''
    const { body } = await get('auditor', `/log/entries/${id}?${WHY}`)
    assert.match(body, /take statement/)
    assert.ok(body.includes(force.incidents.a1))
    assert.match(body, /Waits to be sealed/)
    assert.deepEqual((await looks('consult')).at(-1)?.objects, [id])
    assert.equal((await get('auditor', `/log/entries/${randomUUID()}?${WHY}`)).statusCode, 404)
  })

  it('exports a selection, marked and logged as an export', async () => {
    const file = await post('auditor', '/log/export', { why: 'criminal', ref: 'R v X', about: force.persons.kiran })
    assert.equal(file.statusCode, 200)
    assert.match(String(file.headers['content-disposition']), /SYNTHETIC-audit-log-/)
    const lines = file.body.trimEnd().split('\r\n')
    assert.equal(lines.length, 3)
    assert.ok(lines.slice(1).every((line) => line.startsWith('SYNTHETIC')))
    const look = (await looks('export')).at(-1)
    assert.equal(look?.objects.length, 2)
    assert.equal(look?.reason, 'R v X')
  })

  it('compares the use of the records and shows one person by day', async () => {
    const { body } = await get('auditor', `/log/use?${WHY}`)
    assert.match(body, /Asha Investigator/)
    assert.match(body, /Openings a day/)
    const one = await get('auditor', `/log/use/${force.accounts.investigatorAW}?${WHY}`)
    assert.equal(one.statusCode, 200)
    assert.match(one.body, /<svg/)
    assert.equal((await get('auditor', `/log/use/${randomUUID()}?${WHY}`)).statusCode, 404)
    assert.match(
      (await get('auditor', `/log/use?${WHY}&from-day=1&from-month=1&from-year=2026&to-day=1&to-month=6&to-year=2026`))
        .body,
      /31 days at most/,
    )
  })

  it('counts people who opened records under their own surname, but never the sealed', async () => {
    await force.admin.query(`update auth.account set name = 'DS Gwen Hidden' where id = $1`, [force.accounts.standards])
    await force.admin.query(`update auth.account set name = 'Dev Sample' where id = $1`, [force.accounts.supervisorAW])
    await withScope(
      force.appPool,
      await force.scopeFor('standards'),
      (tx) => tx.sql`select people.open_person(${force.persons.officer})`,
    )
    await withScope(
      force.appPool,
      await force.scopeFor('supervisorAW'),
      (tx) => tx.sql`select people.open_person(${force.persons.kiran})`,
    )
    const rows = await withScope(
      force.appPool,
      await force.scopeFor('auditor'),
      (tx) =>
        tx.sql<{
          who: string
          own: number
        }>`select who, own_name as own from oversight.activity(now() - interval '1 day', now() + interval '1 day')`,
    )
    assert.equal(rows.find(({ who }) => who === 'Dev Sample')?.own, 1)
    assert.equal(rows.find(({ who }) => who === 'DS Gwen Hidden')?.own, 0)
  })

  it('shows who gave access to whom, which the administrator cannot hide', async () => {
    await withScope(
      force.appPool,
      await force.scopeFor('administrator', 'post somebody'),
      (tx) =>
        tx.sql`insert into organisation.posting (account_id, role, unit_id, valid_from)
        select ${force.accounts.partner}, 'investigator', id, organisation.today() from organisation.unit where name = 'Safeguarding CN'`,
    )
    const { body } = await get('auditor', `/log/access?${WHY}`)
    assert.match(body, /Hal Administrator/)
    assert.match(body, /Jo Partner/)
    const [contribution] = oversightModule.today ?? []
    const card = await withScope(force.appPool, await force.scopeFor('auditor'), (tx) =>
      contribution === undefined ? Promise.resolve(null) : contribution.card(tx, systemClock.now()),
    )
    assert.match(card?.body.toString() ?? '', /1 posting was made/)
  })

  it('says how far the log is sealed', async () => {
    const { body } = await get('auditor', '/log/seal')
    assert.match(body, /Sealed entries/)
    assert.match(body, /never/)
  })

  it('is closed in the database as well: no table, and no function that answers without an entry', async () => {
    const scope = await force.scopeFor('auditor')
    await assert.rejects(
      withScope(force.appPool, scope, (tx) => tx.sql`select from audit.entry`),
      /permission denied/,
    )
    await assert.rejects(
      withScope(force.appPool, scope, (tx) => tx.sql`select from audit.checkpoint`),
      /permission denied/,
    )
    const search = `select * from oversight.search_log(null, null, '2000-01-01', '2100-01-01', null, null, null, null, 50, false)`
    const calls = [
      search,
      `select * from oversight.open_entry((select '${randomUUID()}'::uuid))`,
      `select * from oversight.activity('2000-01-01', '2100-01-01')`,
      `select * from oversight.days_of('${force.accounts.lead}', '2000-01-01', '2100-01-01')`,
      `select * from oversight.access_given('2000-01-01')`,
    ]
    for (const call of calls) {
      for (const who of ['auditor', 'standards', 'administrator', 'lead'] as const) {
        const count = async (): Promise<number> =>
          Number((await force.admin.query<{ n: string }>('select count(*) as n from audit.entry')).rows[0]?.n)
        const before = await count()
        const rows = await withScope(force.appPool, await force.scopeFor(who), (tx) =>
          tx.sql<object>(Object.assign([call], { raw: [call] })),
        )
        if (who !== 'auditor') assert.equal(rows.length, 0, `${who}: ${call}`)
        assert.equal(await count(), before + 1, `${who}: ${call}`)
      }
    }
    const state = await withScope(
      force.appPool,
      await force.scopeFor('standards'),
      (tx) => tx.sql`select * from oversight.log_state()`,
    )
    assert.equal(state.length, 0)
    const staff = await withScope(
      force.appPool,
      await force.scopeFor('lead'),
      (tx) => tx.sql`select * from oversight.find_staff('asha')`,
    )
    assert.equal(staff.length, 0)
  })
})
