import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { MAY } from '#platform/access'
import { authStore } from '#platform/auth'
import { fixedClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { buildServer } from '#platform/http'
import { serviceScope } from '#modules/incidents'
import { type Who, world, type World } from '#test/world'
import { explainPair, tellWaterfall } from './explain.ts'
import { linkageModule } from './index.ts'
import { link, partner, putCouples, putRecord } from './linkage.fixture.ts'
import type { ModelReport } from './model-report.ts'
import { judgePair } from './store.ts'
import { draftCard } from './today.ts'
import { TRAIN_JOB, trainJob } from './training.ts'

describe('the linkage models', () => {
  let force: World
  let app: FastifyInstance
  const clock = fixedClock('2026-03-15T12:00:00Z')
  before(async () => {
    force = await world()
    await putCouples(force.admin)
    await link(force)
    const site = { navigation: [], synthetic: true, secureCookies: false }
    app = await buildServer({ authStore: authStore(force.signInPool), site, log: false })
    linkageModule.routes?.(app, { pool: force.appPool, clock, folder: '.', enqueue: () => Promise.resolve() })
    await app.ready()
  })
  after(async () => {
    await app.close()
    await force.close()
  })
  async function get(who: Who, url: string) {
    const { cookie } = await force.visitOf(who)
    const reply = await app.inject({ url, headers: { cookie } })
    return { status: reply.statusCode, text: reply.body, refresh: reply.headers['refresh'] }
  }
  async function post(who: Who, url: string, form: Record<string, string> = {}) {
    const { cookie, csrf } = await force.visitOf(who)
    const reply = await app.inject({
      method: 'POST',
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ csrf, ...form }).toString(),
    })
    return { status: reply.statusCode, location: String(reply.headers.location ?? '') }
  }
  interface Line {
    readonly id: string
    readonly version: number
    readonly status: string
    readonly by: string | null
    readonly trained_on: number
    readonly labels: Readonly<Record<string, number>>
    readonly hash: string
  }
  const models = async (): Promise<Line[]> =>
    (
      await force.admin.query<Line>(
        `select m.id, m.version, m.status, a.name as by, o.trained_on, o.labels, m.hash from linkage.model m
         join linkage.model_report o on o.model_id = m.id
       left join auth.account a on a.id = m.published_by order by version`,
      )
    ).rows
  const usedLast = async (): Promise<string> =>
    (await force.admin.query<{ id: string }>('select model_id as id from linkage.run order by started_at desc limit 1'))
      .rows[0]?.id ?? ''
  const work = async (): Promise<void> => {
    const { rows } = await force.admin.query<{ data: Record<string, string> }>(
      `select data from events.outbox where kind = 'job' and name = $1`,
      [TRAIN_JOB],
    )
    for (const { data } of rows) {
      await trainJob(data, { pool: force.workerPool, clock, folder: '.', signal: new AbortController().signal })
    }
  }

  it('begin with the one that the first run makes, and the page shows what it learned and how right it is', async () => {
    const [first] = await models()
    assert.deepEqual([first?.version, first?.status, first?.by], [1, 'published', null])
    assert.equal(await usedLast(), first?.id)
    assert.match((await get('analyst', '/linkage/models')).text, /Published: links now/)
    const { status, text } = await get('lead', `/linkage/models/${first?.id}`)
    assert.equal(status, 200)
    for (const what of [
      'What each agreement adds',
      'Parameters',
      'Records that can never be linked',
      'Precision and recall',
      'What a weight is worth',
      'How the pairs lie',
      'Whether chances are true',
      'Which pairs are compared',
      'Refused blocks',
    ])
      // prettier-ignore
      assert.ok(text.includes(what), what)
    assert.ok((text.match(/<svg class="dauntless-chart|<svg[^>]*role="img"/g)?.length ?? 0) >= 10, 'pictures')
    assert.ok(text.includes('same surname and date of birth'), 'the blocking rules')
    // nothing of anybody: no name and no address that a record has
    for (const value of ['Ashgrove', 'Kestrel', 'Sten', 'E1 0CK']) assert.ok(!text.includes(value), value)
  })

  it('count every pair by its weight, and show reports of before that was done', async () => {
    const [first] = await models()
    const { rows } = await force.admin.query<{ report: ModelReport }>(
      'select report from linkage.model_report where model_id = $1',
      [first?.id],
    )
    const { byWeight = [], edges = 0 } = rows[0]?.report ?? {}
    assert.ok(edges > 0)
    assert.equal(
      byWeight.reduce((sum, { pairs }) => sum + pairs, 0),
      edges,
    )
    assert.ok(byWeight.every(({ pairs, onePerson }) => onePerson >= 0 && onePerson <= pairs))
    try {
      await force.admin.query(`update linkage.model_report set report = report - 'byWeight' where model_id = $1`, [
        first?.id,
      ])
      const { status, text } = await get('lead', `/linkage/models/${first?.id}`)
      assert.equal(status, 200)
      assert.ok(!text.includes('How the pairs lie') && text.includes('Which pairs are compared'))
    } finally {
      await force.admin.query('update linkage.model_report set report = $2 where model_id = $1', [
        first?.id,
        JSON.stringify(rows[0]?.report),
      ])
    }
  })

  it('are for those who look after them, on pages as in the database', async () => {
    const [first] = await models()
    for (const who of ['supervisorAW', 'investigatorAW', 'standards', 'partner', 'auditor'] as const) {
      assert.equal((await get(who, '/linkage/models')).status, 404, who)
      assert.equal((await get(who, `/linkage/models/${first?.id}`)).status, 404, who)
      assert.equal((await post(who, '/linkage/models/train', { operation: randomUUID() })).status, 404, who)
      assert.equal((await post(who, `/linkage/models/${first?.id}/publish`)).status, 404, who)
    }
    assert.equal((await get('analyst', `/linkage/models/${randomUUID()}`)).status, 404)
    assert.equal((await get('analyst', '/linkage/models/x')).status, 404)
    const { rows } = await force.admin.query<{ body: string }>(
      `select prosrc as body from pg_proc where oid = 'linkage.publish(uuid)'::regprocedure`,
    )
    const roles = /r in \(([^)]*)\)/.exec(rows[0]?.body ?? '')?.[1]?.match(/\w+/g) ?? []
    assert.deepEqual(roles.toSorted(), [...MAY['linkage.models']].toSorted())
  })

  it('trained anew is a draft that links nobody, calibrated by what people have answered too', async () => {
    const { rows } = await force.admin.query<{ a: string; b: string }>(
      `select a, b from linkage.edge where reason is null and band = 'link' order by a, b limit 1`,
    )
    const { a = '', b = '' } = rows[0] ?? {}
    const judged = await withScope(force.appPool, await force.scopeFor('analyst'), (tx) =>
      judgePair(tx, { judgement: randomUUID(), a, b, answer: 'same', reason: 'one man' }),
    )
    assert.equal(judged, 'done')
    const { rows: certain } = await force.admin.query<{ a: string; b: string }>(
      `select a, b from linkage.edge where band = 'review' and chance > 0.99 order by weight desc limit 1`,
    )
    const parted = await withScope(force.appPool, await force.scopeFor('analyst'), (tx) =>
      judgePair(tx, {
        judgement: randomUUID(),
        a: certain[0]?.a ?? '',
        b: certain[0]?.b ?? '',
        answer: 'different',
        reason: 'a slip',
      }),
    )
    assert.equal(parted, 'done')
    const operation = randomUUID()
    assert.equal((await post('analyst', '/linkage/models/train', { operation })).status, 303)
    assert.equal((await post('analyst', '/linkage/models/train', { operation })).status, 303)
    assert.equal((await post('lead', '/linkage/models/train', { operation: randomUUID() })).status, 303)
    const asked = await force.admin.query('select count(*)::int as n from linkage.training')
    assert.equal(asked.rows[0].n, 1, 'asked twice, and by a second while it is under way: trained once')
    const waiting = await get('analyst', '/linkage/models')
    assert.match(waiting.text, /waiting for the worker/)
    assert.equal(waiting.refresh, '2')
    await work()
    await work()
    const [, draft, more] = await models()
    assert.equal(more, undefined)
    assert.deepEqual([draft?.version, draft?.status], [2, 'draft'])
    assert.deepEqual([draft?.labels['reviewedSame'], draft?.labels['reviewedDifferent']], [1, 1])
    const report = await force.admin.query<{ changes: { from: number; into: number } }>(
      `select report -> 'changes' as changes from linkage.model_report where model_id = $1`,
      [draft?.id],
    )
    const { from, into } = report.rows[0]!.changes
    assert.deepEqual([from, into], [0, 0], 'one answer about a certain pair parts nobody else')
    const ready = await get('analyst', '/linkage/models')
    assert.equal(ready.refresh, undefined)
    assert.ok(ready.text.includes(`/linkage/models/${draft?.id}`))
    const was = await usedLast()
    await link(force)
    assert.equal(await usedLast(), was, 'the draft links nobody')
  })

  it('are published by somebody, under their name, having seen what would change', async () => {
    const [first, draft] = await models()
    const { rows } = await force.admin.query<{ id: string; sealed: boolean }>(
      'select id, sealed from people.mention where superseded_at is null order by id',
    )
    const open = rows.filter(({ sealed }) => !sealed)
    const hidden = rows.find(({ sealed }) => sealed)
    const put = (kind: string, a = '', b = '') =>
      force.admin.query('insert into linkage.model_change values ($1, $2, $3, $4)', [draft?.id, kind, a, b])
    await put('join', open[0]?.id, open[1]?.id)
    await put('part', open[0]?.id, hidden?.id)
    const { text } = await get('lead', `/linkage/models/${draft?.id}`)
    assert.match(text, /What it would change/)
    assert.equal(text.match(/Would be (joined|parted)/g)?.length, 1, 'of those that one sees')
    assert.doesNotMatch(text, /Hidden/)
    const card = await withScope(force.appPool, await force.scopeFor('lead'), draftCard)
    assert.match(card?.body.toString() ?? '', /One draft/)
    const done = await post('lead', `/linkage/models/${draft?.id}/publish`)
    assert.deepEqual([done.status, done.location], [303, '/linkage/models?published=yes'])
    assert.deepEqual((await models()).map(({ status, by }) => [status, by]), [['retired', null], ['published', 'Farah Lead']]) // prettier-ignore
    assert.equal((await post('lead', `/linkage/models/${draft?.id}/publish`)).status, 404, 'it is no draft any more')
    assert.equal((await post('lead', `/linkage/models/${first?.id}/publish`)).status, 404)
    assert.equal(await withScope(force.appPool, await force.scopeFor('lead'), draftCard), null)
    const logged = await force.admin.query(`select detail ->> 'what' as what from audit.entry where objects = array[$1::uuid] and action = 'alter'`, [draft?.id]) // prettier-ignore
    assert.deepEqual(logged.rows, [{ what: 'model published' }])
    await link(force)
    assert.equal(await usedLast(), draft?.id)
  })

  it('published by name link on when the force has grown, until somebody publishes another', async () => {
    const before_ = await models()
    for (let couple = 0; couple < 40; couple++)
      await putRecord(force.admin, 1, [partner(couple, 'victim'), partner(couple, 'suspect')])
    await link(force)
    assert.deepEqual(await models(), before_)
    assert.equal(await usedLast(), before_[1]?.id)
  })

  it('explain a pair on the command line as they weighed it, and the log says who looked', async () => {
    const { rows } = await force.admin.query<{ a: string; b: string; weight: number }>(
      `select a, b, weight from linkage.edge order by weight, a, b limit 20`,
    )
    const scope = await serviceScope(force.workerPool, 'explain', 'test')
    for (const { a, b, weight } of rows) {
      const found = await explainPair(force.workerPool, scope, b, a)
      assert.ok(Math.abs(found.total - weight) < 1e-9, `${found.total} ${weight}`)
      assert.ok(found.rules.length > 0)
    }
    const { a = '', b = '' } = rows[0] ?? {}
    const told = tellWaterfall(await explainPair(force.workerPool, scope, a, b))
    assert.match(told, /date of birth/)
    assert.match(told, /brought together by/)
    const logged = await force.admin.query(`select count(*)::int as n from audit.entry where detail ->> 'what' = 'pair explained' and cardinality(subjects) > 0`) // prettier-ignore
    assert.equal(logged.rows[0].n, rows.length + 1)
    await assert.rejects(explainPair(force.workerPool, scope, a, a), RangeError)
    await assert.rejects(explainPair(force.workerPool, scope, a, randomUUID()), RangeError)
  })
})
