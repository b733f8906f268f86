import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { after, before, describe, it } from 'node:test'
import { authStore } from '#platform/auth'
import { fixedClock, londonDay, systemClock } from '#platform/clock'
import { withScope, type Tx } from '#platform/db'
import { buildServer, type TodayCard } from '#platform/http'
import { world, type Who, type World } from '#test/world'
import { deriveInvolvement } from './involvement.ts'
import { targetingModule } from './index.ts'
import { targetingRoutes } from './routes.ts'
import { scoreForce } from './score.ts'
import { scorePanel } from './today.ts'
import { loadHarmWeights } from './weights.ts'

const NOW = systemClock.now()
const TODAY = londonDay(NOW)

describe('the pages of ranked people', () => {
  let force: World
  let app: FastifyInstance
  before(async () => {
    force = await world()
    app = await buildServer({
      authStore: authStore(force.signInPool),
      site: { navigation: targetingModule.navigation ?? [], synthetic: true, secureCookies: false },
      log: false,
    })
    targetingRoutes(app, {
      pool: force.appPool,
      clock: fixedClock(NOW.toString()),
      folder: '.',
      enqueue: () => Promise.resolve(),
    })
    // the list ends scores by the database's own clock, so the records are moved beside it
    await force.admin.query(
      `update incidents.incident set reported_at = now() - interval '20 days', risk_grade = 'high'`,
    )
    await loadHarmWeights(force.workerPool)
    await deriveInvolvement(force.workerPool)
    await scoreForce(force.workerPool, { now: NOW })
  })
  after(async () => {
    await app.close()
    await force.close()
  })

  async function get(who: Who, url: string): Promise<{ status: number; body: string }> {
    const { cookie } = await force.visitOf(who)
    const { statusCode, body } = await app.inject({ url, headers: { cookie } })
    return { status: statusCode, body }
  }

  interface Sent {
    readonly decision?: string
    readonly reason?: string
    readonly inDays?: number
    readonly operation?: string
    /** The latest choice that the form was shown with; the true one when absent. */
    readonly seen?: string
  }
  const latest = async (id: string): Promise<string> => {
    const { rows } = await force.admin.query<{ id: string }>(
      'select id from targeting.choice where person_id = $1 order by at desc, id limit 1',
      [id],
    )
    return rows[0]?.id ?? ''
  }
  async function choose(who: Who, id: string, sent: Sent): Promise<{ status: number; body: string }> {
    const { cookie, csrf } = await force.visitOf(who)
    const review = TODAY.add({ days: sent.inDays ?? 28 })
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: `/targets/${id}`,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        csrf,
        operation: sent.operation ?? randomUUID(),
        seen: sent.seen ?? (await latest(id)),
        decision: sent.decision ?? 'target',
        reason: sent.reason ?? 'Strangled a partner; no order in place',
        'review-day': String(review.day),
        'review-month': String(review.month),
        'review-year': String(review.year),
      }).toString(),
    })
    return { status: statusCode, body }
  }

  async function cardsFor(tx: Tx): Promise<(TodayCard | null)[]> {
    const cards: (TodayCard | null)[] = []
    for (const { card } of targetingModule.today ?? []) cards.push(await card(tx, NOW))
    return cards
  }

  async function entries(): Promise<number> {
    const { rows } = await force.admin.query<{ n: number }>(
      `select count(*)::integer as n from audit.entry where action = 'search' and detail ->> 'what' = 'ranked list' and subjects <> '{}'`,
    )
    return rows[0]?.n ?? 0
  }

  it('list whom the reader may see, in order, log them, and say what ranking cannot find', async () => {
    const before = await entries()
    const { status, body } = await get('investigatorAW', '/targets')
    assert.equal(status, 200)
    assert.match(body, /Kiran Example/)
    assert.doesNotMatch(body, /Tomasz|Robin Hidden/)
    assert.match(body, /More than half of the gravest harm comes with no earlier report/)
    assert.match(body, /A score expires after 28 days/)
    assert.match(
      body,
      /lifts a score \(2 of [^)]*, 1 of [^)]*\)[^<]*is a design choice of Dauntless: it is taken from no law, guidance or study/,
    )
    assert.match(body, /in part fallback/)
    assert.equal(await entries(), before + 1)
  })

  it('filter by command, borough and standing', async () => {
    assert.match((await get('analyst', '/targets')).body, /Tomasz/)
    assert.doesNotMatch((await get('analyst', '/targets?bcu=1')).body, /Tomasz/)
    assert.match((await get('analyst', '/targets?borough=E09000007&only=unarrested')).body, /Tomasz/)
    assert.match((await get('analyst', '/targets?only=serial&only=escalating')).body, /Nobody that you may see/)
    assert.match((await get('analyst', '/targets?bcu=x&page=-1')).body, /Tomasz/)
    // graded high, but for grave harm already: the signs change nothing
    assert.match((await get('analyst', '/targets?only=lifted')).body, /Nobody that you may see/)
  })

  it('show beside the harm what it weighs little, and say when and why that lifts a score', async () => {
    const c1 = force.incidents.c1
    await force.admin.query(
      `update incidents.offence set title = 'Threats to kill', cjs_code = 'OF61014' where incident_id = $1`,
      [c1],
    )
    await deriveInvolvement(force.workerPool)
    await scoreForce(force.workerPool, { now: NOW })
    const list = (await get('analyst', '/targets?only=lifted')).body
    assert.match(list, /Tomasz/)
    assert.doesNotMatch(list, /Kiran Example/)
    for (const column of ['Stalking, control', 'Threats to kill', 'High risk']) assert.match(list, new RegExp(column))
    const { body } = await get('analyst', `/targets/${force.persons.tomasz}`)
    assert.match(body, /Lifted: 1 record of a threat to kill, 1 record of risk graded high/)
    assert.match(body, /Lifted by [^<]*taken from no law, guidance or study/)
    assert.match(body, /days of harm alone make 2.8 of gravity; it counts as 6.1/)
    assert.doesNotMatch(body, /records have changed since/, 'the lifted score adds up')
  })

  it('are not there for roles without them', async () => {
    for (const who of ['partner', 'administrator', 'auditor', 'standards'] as const) {
      assert.equal((await get(who, '/targets')).status, 404, who)
      assert.equal((await get(who, `/targets/${force.persons.kiran}`)).status, 404, who)
    }
  })

  it('open a score to its parts and records, with the days of each offence', async () => {
    const { status, body } = await get('investigatorAW', `/targets/${force.persons.kiran}`)
    assert.equal(status, 200)
    assert.match(body, /Actual bodily harm:\s+365 days\s+\(fallback: stands in for a value not found\)/)
    assert.match(body, /01\/0000001\/26/)
    assert.match(body, /Victim 1/)
    assert.match(body, /Also recorded as a victim/)
    assert.doesNotMatch(body, /records have changed since/)
    assert.doesNotMatch(body, /Save the decision/, 'an investigator may not choose')
  })

  it('say so when the records shown do not make the score', async () => {
    await force.admin.query('update targeting.score set total = 44, victims = 15 where person_id = $1', [
      force.persons.kiran,
    ])
    assert.match((await get('analyst', `/targets/${force.persons.kiran}`)).body, /points, not 44/)
    await scoreForce(force.workerPool, { now: NOW })
  })

  it('are the same not-found page for the unseen, the sealed, the only-victim and the unknown', async () => {
    const unseen = [force.persons.tomasz, force.persons.officer, force.persons.ewa, randomUUID(), 'nobody']
    for (const id of unseen) {
      const { status, body } = await get('supervisorAW', `/targets/${id}`)
      assert.equal(status, 404)
      assert.match(body, /There is nothing at this address that you can see/)
    }
    assert.equal((await get('supervisorCN', `/targets/${force.persons.ewa}`)).status, 404)
    assert.equal((await choose('supervisorCN', force.persons.ewa, {})).status, 404)
    assert.equal((await choose('supervisorAW', force.persons.tomasz, {})).status, 404)
  })

  it('keep one choice of a form sent twice, with who, why and the score as it stood', async () => {
    const operation = randomUUID()
    assert.equal((await choose('supervisorAW', force.persons.kiran, { operation })).status, 303)
    assert.equal((await choose('supervisorAW', force.persons.kiran, { operation })).status, 303)
    const { rows } = await force.admin.query(
      `select by_account, decision, score ->> 'by' as by, (score ->> 'total')::real > 0 as scored from targeting.choice where person_id = $1`,
      [force.persons.kiran],
    )
    assert.deepEqual(rows, [
      { by_account: force.accounts.supervisorAW, decision: 'target', by: 'Carol Supervisor', scored: true },
    ])
    const { body } = await get('investigatorAW', `/targets/${force.persons.kiran}?saved`)
    assert.match(body, /Carol Supervisor/)
    assert.match(body, /Strangled a partner; no order in place/)
    assert.match(body, /Your decision is saved/)
    assert.match((await get('analyst', '/targets')).body, />Target<br \/>/)
  })

  it('give back what was typed beside what is wrong with it', async () => {
    const wrong: [Sent, RegExp][] = [
      [{ decision: 'maybe' }, /Select whether this person is a target/],
      [{ reason: 'Too short' }, /Enter your reason, in 10 characters or more/],
      [{ inDays: 0 }, /The review date must be in the future/],
      [{ inDays: 200 }, /The review date must be within 6 months/],
      [{ operation: 'x' }, /This form is damaged/],
    ]
    for (const [sent, message] of wrong) {
      const { status, body } = await choose('supervisorCN', force.persons.tomasz, sent)
      assert.equal(status, 422)
      assert.match(body, message)
      assert.match(body, new RegExp(sent.reason ?? 'Strangled a partner'))
    }
    const { rows } = await force.admin.query('select from targeting.choice where person_id = $1', [
      force.persons.tomasz,
    ])
    assert.equal(rows.length, 0)
  })

  it('keep no choice of a form that another choice has overtaken, and give it back with what was typed', async () => {
    const seen = await latest(force.persons.kiran)
    const { body } = await get('supervisorAW', `/targets/${force.persons.kiran}`)
    assert.match(body, new RegExp(`name="seen"\\s+value="${seen}"`))
    assert.equal(
      (await choose('supervisorAW', force.persons.kiran, { seen, reason: 'The first of two at once' })).status,
      303,
    )
    const late = await choose('analyst', force.persons.kiran, {
      seen,
      decision: 'refuse',
      reason: 'The second of two at once',
    })
    assert.equal(late.status, 422)
    assert.match(late.body, /Somebody has decided about this person since/)
    assert.match(late.body, /The second of two at once<\/textarea>/)
    assert.match(late.body, /The first of two at once/)
    const now = await latest(force.persons.kiran)
    assert.match(late.body, new RegExp(`name="seen"\\s+value="${now}"`), 'read, it can be saved again')
    assert.equal(
      (await choose('analyst', force.persons.kiran, { seen: now, reason: 'After reading the other' })).status,
      303,
    )
  })

  it('refuse the choice of an investigator', async () => {
    assert.equal((await choose('investigatorAW', force.persons.kiran, {})).status, 404)
  })

  it('say in words when a review is overdue, on the page and on the first page', async () => {
    await force.admin.query(
      `insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, by_account, reach)
       values ($1, 'refuse', 'In prison until the spring', $2, '{}', $3, $4, '{1}')`,
      [force.persons.noor, TODAY.subtract({ days: 3 }).toString(), randomUUID(), force.accounts.supervisorAW],
    )
    assert.match((await get('analyst', `/targets/${force.persons.noor}`)).body, /Review overdue: was due .*3 days ago/)
    const cards = await withScope(force.appPool, await force.scopeFor('supervisorAW'), (tx) => cardsFor(tx))
    assert.match(String(cards[0]?.body), /Noor Sample[^]*Review overdue/)
    assert.doesNotMatch(String(cards[0]?.body), /Kiran/, 'four weeks ahead is not due')
    assert.equal(cards[1], null, 'both of this command are decided')
    const open = await withScope(force.appPool, await force.scopeFor('lead'), (tx) => cardsFor(tx))
    assert.match(String(open[1]?.body), /Tomasz/)
  })

  it('put score and choice on the person page of those who may read them, and nothing for a partner', async () => {
    const panelFor = async (who: Who): Promise<string> =>
      withScope(force.appPool, await force.scopeFor(who), async (tx) => {
        await tx.sql`select people.open_person(${force.persons.kiran}::uuid)`
        return String(await scorePanel(tx, force.persons.kiran, NOW))
      })
    assert.match(await panelFor('investigatorAW'), /points of 45[^]*Chosen as a target/)
    assert.equal(await panelFor('partner'), 'null')
  })
})
