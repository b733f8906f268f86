import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { MAY } from '#platform/access'
import { authStore } from '#platform/auth'
import { fixedClock } from '#platform/clock'
import { inTransaction } from '#platform/db'
import { buildServer } from '#platform/http'
import { type Who, world, type World } from '#test/world'
import { readForce } from './mentions.ts'
import { explainer, positionOf, withFrequencies } from './engine/index.ts'
import { linkageModule } from './index.ts'
import { link, partner, personOf, putCouples, putRecord, type MadeRecord } from './linkage.fixture.ts'
import { publishedModel } from './models.ts'
import { explained, readingOf, type ExplainingModel, type GivenAnswer, type KeptPair } from './rules.ts'
import { loadNameGroups } from './search-keys.ts'

describe('the review of pairs', () => {
  let force: World
  let app: FastifyInstance
  let made: MadeRecord[][] = []
  /** As victim on one record and as suspect on another, in Central West: one person, most likely. */
  let turned = ''
  let victim = ''
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
    const other = { role: 'victim' as const, forenames: 'Yorick', surname: 'Quillfeather', dob: '1971-05-06' }
    const record = await putRecord(force.admin, 1, [{ ...partner(14, 'victim'), role: 'suspect' }, other])
    turned = record.mentions[0] ?? ''
    // and one in each command with another date of birth: all else agrees, so somebody must look
    for (const couple of [16, 17]) {
      await putRecord(force.admin, couple % 2 === 0 ? 1 : 2, [{ ...partner(couple, 'suspect'), dob: '1999-01-21' }])
    }
    await force.admin.query(`update incidents.incident set risk_grade = 'high' where id = any ($1)`, [
      made[16]?.map(({ id }) => id),
    ])
    await link(force)
    // of her mentions the one that the queue asks about
    const { rows } = await force.admin.query<{ id: string }>(
      `select case a when $1 then b else a end as id from linkage.edge where reason is not null and $1 in (a, b)
       order by harm desc, chance desc, a, b limit 1`,
      [turned],
    )
    victim = rows[0]?.id ?? ''
    const site = { navigation: linkageModule.navigation ?? [], synthetic: true, secureCookies: false }
    app = await buildServer({ authStore: authStore(force.signInPool), site, log: false })
    const parts = {
      pool: force.appPool,
      clock: fixedClock('2026-03-15T12:00:00Z'),
      folder: '.',
      enqueue: () => Promise.resolve(),
    }
    linkageModule.routes?.(app, parts)
    await app.ready()
  })
  after(async () => {
    await app.close()
    await force.close()
  })

  async function get(who: Who, url: string): Promise<{ status: number; text: string; location: string }> {
    const { cookie } = await force.visitOf(who)
    const reply = await app.inject({ url, headers: { cookie } })
    return { status: reply.statusCode, text: reply.body, location: String(reply.headers.location ?? '') }
  }
  async function post(who: Who, url: string, form: Record<string, string>) {
    const { cookie, csrf } = await force.visitOf(who)
    const reply = await app.inject({
      method: 'POST',
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ csrf, judgement: randomUUID(), which: 'first', ...form }).toString(),
    })
    return { status: reply.statusCode, text: reply.body, location: String(reply.headers.location ?? '') }
  }
  const addressOf = (one: string, other: string): string => `/linkage/pairs/${[one, other].sort().join('/')}`
  const pairsOn = (text: string): string[] =>
    [...text.matchAll(/href="(\/linkage\/pairs\/[\w-]+\/[\w-]+)/g)].map(([, at = '']) => at)

  it('shows what may cost most first: victim and suspect, then high risk, and says so', async () => {
    const { status, text } = await get('analyst', '/linkage/review')
    assert.equal(status, 200)
    const { rows } = await force.admin.query<{ a: string; b: string; harm: number; reason: string }>(
      `select * from (select distinct on (least(x.person_id, y.person_id), greatest(x.person_id, y.person_id)) e.a, e.b, e.harm, e.reason, e.chance from linkage.edge e
         join people.membership x on x.mention_id = e.a and x.to_at is null join people.membership y on y.mention_id = e.b and y.to_at is null
         where e.reason is not null order by least(x.person_id, y.person_id), greatest(x.person_id, y.person_id), e.harm desc, e.chance desc, e.a, e.b) s
       order by harm desc, chance desc, a, b`,
    )
    assert.ok(rows.length >= 3 && rows[0]?.harm === 3 && rows.some(({ harm }) => harm === 2), JSON.stringify(rows))
    assert.deepEqual(
      pairsOn(text),
      rows.map(({ a, b }) => addressOf(a, b)),
    )
    assert.match(text, /a victim and a suspect; then a high/)
    assert.match(text, /One is recorded as victim, the other as suspect<\/a\s*>:\s+\d/)
    const pairsOfReason = rows.filter(({ reason }) => reason === 'victim and suspect roles')
    assert.ok(pairsOfReason.length > 0 && pairsOfReason.length < rows.length)
    const only = await get('analyst', `/linkage/review?reason=${encodeURIComponent('victim and suspect roles')}`)
    assert.deepEqual(pairsOn(only.text).toSorted(), pairsOfReason.map(({ a, b }) => addressOf(a, b)).toSorted())
  })

  it('is for those who may review, and of pairs both of whom they see', async () => {
    const west = pairsOn((await get('supervisorAW', '/linkage/review')).text)
    const north = pairsOn((await get('supervisorCN', '/linkage/review')).text)
    assert.ok(west.includes(addressOf(victim, turned)) && west.length > 0 && north.length > 0)
    assert.deepEqual(
      west.filter((at) => north.includes(at)),
      [],
    )
    for (const at of west) assert.equal((await get('supervisorCN', at)).status, 404)
    assert.equal((await get('supervisorAW', west[0] ?? '')).status, 200)
    for (const who of ['investigatorAW', 'lead', 'standards', 'partner', 'auditor'] as const) {
      assert.equal((await get(who, '/linkage/review')).status, 404, who)
      assert.equal((await get(who, west[0] ?? '')).status, 404, who)
    }
    assert.equal((await get('supervisorAW', `/linkage/pairs/${victim}/${victim}`)).status, 404)
    assert.equal((await get('supervisorAW', '/linkage/pairs/x/y')).status, 404)
  })

  it('may be done by the same roles in the database as on the pages', async () => {
    const { rows } = await force.admin.query<{ body: string }>(
      `select prosrc as body from pg_proc where oid = 'linkage.is_reviewer()'::regprocedure`,
    )
    const roles = [...(rows[0]?.body ?? '').matchAll(/'(\w+)'/g)].map(([, role = '']) => role)
    assert.deepEqual(roles.toSorted(), [...MAY['linkage.review']].toSorted())
  })

  it('is planned for as many pairs as are looked through, also on the connections of pages, which plan for any number', async () => {
    // for any number the planner counts on a tenth of all pairs, and with millions it goes through everybody for a first look
    const { rows } = await force.admin.query<{ settings: string[] }>(
      `select proconfig as settings from pg_proc where oid = 'linkage.open_queue(text, text, integer, integer, integer)'::regprocedure`,
    )
    assert.ok(rows[0]?.settings.includes('plan_cache_mode=force_custom_plan'))
  })

  it('never shows a pair with somebody sealed, also not as a number', async () => {
    const before_ = await get('supervisorAW', '/linkage/review')
    const officer = {
      role: 'suspect' as const,
      forenames: 'Robin',
      surname: 'Hidden',
      dob: '1980-05-05',
      phone: '07700 900005',
    }
    const hidden = await putRecord(force.admin, 1, [
      { ...officer, surname: 'Hiddon', phone: '07700 900009', dob: '1980-05-06' },
    ])
    await force.admin.query(
      `insert into linkage.edge (a, b, weight, chance, band, reason, harm, run_id)
       select least(m.id, $1), greatest(m.id, $1), 5, 0.9, 'review', 'not certain enough', 3, (select run_id from linkage.edge limit 1)
       from people.mention m where m.surname = 'Hidden' and m.forenames = 'Robin'`,
      [hidden.mentions[0]],
    )
    await force.admin.query(
      `insert into people.membership (mention_id, person_id, decision_id) select $1, $2, decision_id from people.membership limit 1`,
      [hidden.mentions[0], force.persons.kiran],
    )
    const now = await get('supervisorAW', '/linkage/review')
    assert.deepEqual(pairsOn(now.text), pairsOn(before_.text))
    assert.equal(/(\d+) pairs? waits?/.exec(now.text)?.[1], /(\d+) pairs? waits?/.exec(before_.text)?.[1])
    const { rows } = await force.admin.query<{ a: string; b: string }>(
      'select a, b from linkage.edge where harm = 3 and weight = 5',
    )
    assert.equal((await get('supervisorAW', addressOf(rows[0]?.a ?? '', rows[0]?.b ?? ''))).status, 404)
    await force.admin.query('delete from people.membership where mention_id = $1', [hidden.mentions[0]])
    await force.admin.query('delete from linkage.edge where weight = 5')
    await force.admin.query('update people.mention set superseded_at = now() where id = $1', [hidden.mentions[0]])
  })

  it('puts the two side by side, says in words where they differ, and explains itself as the engine does', async () => {
    const north = pairsOn((await get('supervisorCN', '/linkage/review')).text)
    const { text } = await get('supervisorCN', north[0] ?? '')
    assert.match(text, /≠ Differs/)
    assert.match(text, /21 January 1999/)
    assert.match(text, /How the model comes to this/)
    assert.match(text, /<svg/)
    assert.match(text, /date of birth/)
    assert.match(text, /accesskey="s"[^>]*data-key="s"/)
    assert.match(text, /data-keys/)
    const { rows } = await force.admin.query<KeptPair & ExplainingModel & { a: string; b: string }>(
      `select e.a, e.b, e.weight, e.chance, e.levels, e.rarity, m.spec, m.params from linkage.edge e
       join linkage.run r on r.id = e.run_id join linkage.model m on m.id = r.model_id`,
    )
    assert.ok(rows.length >= 100, String(rows.length))
    await inTransaction(force.workerPool, async (client) => {
      const kept = (await publishedModel(client)) ?? assert.fail('no model')
      const dataset = withFrequencies(await readForce(client, kept.model.spec, loadNameGroups()), kept.frequencies)
      const explain = explainer(dataset, kept.model)
      for (const row of rows) {
        const own = explain(positionOf(dataset, row.a), positionOf(dataset, row.b))
        const shown = explained(row, row)
        assert.deepEqual(
          shown.steps.map(({ label }) => label),
          own.steps.map(({ label }) => label),
        )
        shown.steps.forEach((step, at) => {
          assert.ok(Math.abs(step.runningTotal - (own.steps[at]?.runningTotal ?? NaN)) < 0.01, `${step.comparison}`)
          assert.equal(step.m, own.steps[at]?.m)
        })
        assert.ok(Math.abs(shown.total - own.total) < 1e-9 && Math.abs(shown.prior - own.prior) < 1e-9)
      }
    })
  })

  it('logs both people, before anything of them is shown', async () => {
    await get('supervisorAW', addressOf(victim, turned))
    const persons = [await personOf(force.admin, victim), await personOf(force.admin, turned)]
    const { rows } = await force.admin.query<{ subjects: string[] }>(
      `select subjects from audit.entry where route = 'GET /linkage/pairs/:a/:b' and action = 'consult' and purpose = 'review who is one person'
       and at > now() - interval '1 minute'`,
    )
    for (const person of persons) assert.ok(rows.some(({ subjects }) => subjects.includes(person ?? '')))
  })

  it('asks why where a victim and a suspect are joined, keeps what was typed, and opens the next pair', async () => {
    const at = addressOf(victim, turned)
    const bare = await post('supervisorAW', at, { answer: 'same', reason: '' })
    assert.equal(bare.status, 422)
    assert.match(bare.text, /href="#reason"[^>]*>Say why/)
    const none = await post('supervisorAW', at, { answer: 'perhaps', reason: 'both live in Ivy Lane' })
    assert.equal(none.status, 422)
    assert.match(none.text, /both live in Ivy Lane<\/textarea>/)
    assert.notEqual(await personOf(force.admin, victim), await personOf(force.admin, turned))
    const done = await post('supervisorAW', at, { answer: 'same', reason: 'she told us that she hit back' })
    assert.deepEqual([done.status, done.location], [303, '/linkage/review/next?which=first&said=same'])
    assert.equal(await personOf(force.admin, victim), await personOf(force.admin, turned))
    const next = await get('supervisorAW', done.location)
    assert.equal(next.status, 303)
    assert.ok(next.location.startsWith('/linkage/pairs/') && !next.location.startsWith(at))
    assert.match((await get('supervisorAW', next.location)).text, /You said: one person/)
    const { rows } = await force.admin.query(
      `select count(*)::int as n from events.outbox where kind = 'job' and name = 'linkage.settle'`,
    )
    assert.equal(rows[0].n, 1)
  })

  it('gives such a pair to a second reader, who is somebody else and does not see the first answer', async () => {
    const at = addressOf(victim, turned)
    assert.deepEqual(pairsOn((await get('supervisorAW', '/linkage/review?which=second')).text), [])
    assert.match((await get('supervisorAW', at)).text, /You have answered this pair/)
    assert.deepEqual(pairsOn((await get('analyst', '/linkage/review?which=second')).text), [at])
    const { text } = await get('analyst', `${at}?which=second`)
    assert.match(text, /Somebody else has answered this pair/)
    assert.doesNotMatch(text, /taken for one person now|hit back/)
    const said = await post('analyst', at, { answer: 'same', reason: 'one telephone', which: 'second' })
    assert.equal(said.status, 303)
    assert.deepEqual(pairsOn((await get('analyst', '/linkage/review?which=second')).text), [])
    assert.equal(
      (await post('analyst', at, { answer: 'same', reason: 'again' })).location,
      '/linkage/review/next?which=first&said=late',
    )
  })

  it('says for each reader what the database would let them do', async () => {
    const given = (...answers: [number, string, boolean?, boolean?][]): GivenAnswer[] =>
      answers.map(([round, answer, own = false, second = true]) => ({ round, answer, own, second }))
    for (const [answers, reading] of [
      [given(), 'first'],
      [given([1, 'same', false, false]), 'answered'],
      [given([1, 'same']), 'second'],
      [given([1, 'same', true]), 'own'],
      [given([1, 'same'], [2, 'same']), 'answered'],
      [given([1, 'same'], [2, 'different']), 'third'],
      [given([1, 'same'], [2, 'different', true]), 'own'],
      [given([1, 'same'], [2, 'different'], [3, 'same']), 'answered'],
      [given([3, 'different']), 'answered'],
    ] as const) {
      assert.equal(readingOf(answers), reading, JSON.stringify(answers))
    }
  })
})
