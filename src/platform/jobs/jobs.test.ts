import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock, Temporal } from '#platform/clock'
import { openPool, type Pool, withScope } from '#platform/db'
import { emit, type Event, type Subscriber } from '#platform/events'
import type { Job } from '#platform/http'
import { loginUrl, world, type World } from '#test/world'
import { deadWork, enqueue, enqueueIn, openJobs, redrive, workFigures, type JobFault, type Jobs } from './index.ts'
import { HASTY, until } from './jobs.fixture.ts'
import { queueOn } from './queue.ts'

describe('jobs and events', () => {
  let force: World
  let queuePool: Pool
  let url: string
  const faults: JobFault[] = []
  const working: Jobs[] = []
  before(async () => {
    force = await world()
    url = await loginUrl(force.adminUrl, 'dauntless_worker')
    queuePool = openPool(url, 3)
    await force.admin.query(`create table jobs.note (said text, at timestamptz default clock_timestamp());
      grant select, insert on jobs.note to dauntless_worker`)
  })
  after(async () => {
    for (const jobs of working) await jobs.stop()
    await queuePool.end()
    await force.close()
  })
  async function work(jobs: Record<string, Job>, subscribers: Subscriber[] = []): Promise<Jobs> {
    const parts = { pool: force.workerPool, queuePool, clock: systemClock, folder: '.' }
    const opened = await openJobs({
      ...parts,
      jobs,
      subscribers,
      onFault: (fault) => faults.push(fault),
      patience: HASTY,
    })
    working.push(opened)
    return opened
  }
  const count = async (sql: string, values: unknown[] = []): Promise<number> =>
    (await force.admin.query<{ n: number }>(`select count(*)::int as n from ${sql}`, values)).rows[0]?.n ?? 0

  it('has the tables that this version of pg-boss expects', async () => {
    const boss = queueOn(queuePool)
    await boss.start() // refuses another version
    const drift = await boss.detectSchemaDrift()
    await boss.stop()
    assert.equal(drift.ok, true, JSON.stringify(drift))
  })

  it('does a job once, however often the form that asks for it is sent', async () => {
    const done: string[] = []
    const ask = enqueue(force.appPool, ['test.once'])
    const jobs = await work({ 'test.once': async ({ operationId = '' }) => void done.push(operationId) })
    await Promise.all([1, 2, 3].map(() => ask('test.once', { operationId: 'same' })))
    await until(
      () => Promise.resolve(done),
      (all) => all.length > 0,
    )
    await ask('test.once', { operationId: 'same' }) // again, when it has been done
    await ask('test.once', { operationId: 'other' })
    await until(
      () => Promise.resolve(done),
      (all) => all.includes('other'),
    )
    assert.deepEqual(done, ['same', 'other'])
    await jobs.stop()
  })

  it('asks for a job only if the transaction that asks for it is kept', async () => {
    const scope = await force.scopeFor('analyst')
    const asked = (): Promise<number> => count("events.outbox where name = 'test.kept'")
    const lost = withScope(force.appPool, scope, async (tx) => {
      await enqueueIn(tx, 'test.kept', { id: '1' })
      throw new Error('taken back')
    })
    await assert.rejects(lost, /taken back/)
    assert.equal(await asked(), 0)
    await withScope(force.appPool, scope, (tx) => enqueueIn(tx, 'test.kept', { id: '1' }))
    assert.equal(await asked(), 1)
    assert.equal(await count('events.outbox where name = $1 and actor = $2', ['test.kept', force.accounts.analyst]), 1)
  })

  it('asks for a daily job once a London day, whatever number of workers there are and however often they start', async () => {
    const done: string[] = []
    let now = '2026-03-28T23:59:00Z' // the night the clocks go forward; London is at Greenwich time
    const daily = () =>
      openJobs({
        pool: force.workerPool,
        queuePool,
        clock: { now: () => Temporal.Instant.from(now) },
        folder: '.',
        jobs: { 'test.daily': async () => void done.push(now) },
        subscribers: [],
        daily: ['test.daily'],
        onFault: (fault) => faults.push(fault),
        patience: HASTY,
      })
    const [first, second] = [await daily(), await daily()]
    const many = (n: number) =>
      until(
        () => Promise.resolve(done.length),
        (length) => length >= n,
      )
    await many(1)
    await first.stop()
    working.push(await daily())
    now = '2026-03-29T00:01:00Z'
    await many(2)
    await second.stop()
    await working.at(-1)?.stop()
    assert.deepEqual(done, ['2026-03-28T23:59:00Z', '2026-03-29T00:01:00Z'])
    assert.equal(await count("events.outbox where name = 'test.daily'"), 2)
  })

  it('keeps a job that this version does not know for one that does', async () => {
    const known = await work({})
    await enqueue(force.appPool, ['test.later'])('test.later', { id: 'a' })
    await known.stop()
    const done: string[] = []
    const later = await work({ 'test.later': async ({ id = '' }) => void done.push(id) })
    await until(
      () => Promise.resolve(done.length),
      (n) => n === 1,
    )
    await later.stop()
  })

  it('takes ids and codes, never what somebody typed, and no job that nobody does', async () => {
    const ask = enqueue(force.appPool, ['test.once'])
    await assert.rejects(ask('test.once', { why: 'he said so' }), TypeError)
    await assert.rejects(ask('test.none', {}), /no job is called test.none/)
  })

  it('lets the web role put work in and neither see nor change it', async () => {
    for (const statement of [
      'select from events.outbox',
      'delete from events.outbox',
      "insert into events.outbox (kind, name, data) values ('job', 'x', '{}')",
      'select from jobs.job',
      "insert into jobs.job (name) values ('job.test.once')",
      "select jobs.create_queue('x', '{}')",
    ]) {
      await assert.rejects(force.appPool.query(statement), { code: '42501' }, statement)
    }
  })

  it('tries a failed job again, gives it up at the end, says so with ids only, and takes it up again when told', async () => {
    let broken = true
    let tries = 0
    const jobs = await work({
      'test.broken': () => {
        tries++
        return broken ? Promise.reject(Object.assign(new Error('Ada Example'), { code: 'test.no' })) : Promise.resolve()
      },
    })
    faults.length = 0
    await enqueue(force.appPool, ['test.broken'])('test.broken', { id: 'x' })
    const dead = await until(
      () => deadWork(queuePool),
      (all) => all.length === 1,
    )
    assert.deepEqual(
      dead.map(({ queue, fault, tries: n }) => ({ queue, fault, n })),
      [{ queue: 'job.test.broken', fault: 'test.no', n: 2 }],
    )
    assert.deepEqual(
      faults.map(({ queue, attempt, dead: last, fault }) => ({ queue, attempt, last, fault })),
      [
        { queue: 'job.test.broken', attempt: 1, last: false, fault: 'test.no' },
        { queue: 'job.test.broken', attempt: 2, last: true, fault: 'test.no' },
      ],
    )
    assert.equal(await count("jobs.job where output::text like '%Ada%' or source_output::text like '%Ada%'"), 0)
    assert.equal((await workFigures(queuePool)).dead, 1)
    broken = false
    assert.equal(await redrive(queuePool), 1)
    await until(
      () => Promise.resolve(tries),
      (n) => n === 3,
    )
    assert.equal((await workFigures(queuePool)).dead, 0)
    await jobs.stop()
  })

  it('hands events on in the order of each subject, also past one that was given up', async () => {
    const [one, two] = [force.persons.kiran, force.persons.tomasz]
    const told: string[] = []
    const listener: Subscriber = {
      topic: 'test.happened',
      name: 'teller',
      handle: ({ subject, data }: Event) => {
        told.push(`${subject === one ? 'one' : 'two'} ${data['n']}`)
        return data['n'] === '2' && subject === one ? Promise.reject(new Error('no')) : Promise.resolve()
      },
    }
    for (const n of ['1', '2', '3']) {
      await withScope(force.appPool, await force.scopeFor('analyst'), async (tx) => {
        for (const subject of [one, two]) await emit(tx, { topic: 'test.happened', subject, data: { n } })
      })
    }
    const jobs = await work({}, [listener])
    await until(
      () => Promise.resolve(told.length),
      (n) => n === 7,
    )
    assert.deepEqual(
      told.filter((line) => line.startsWith('one')),
      ['one 1', 'one 2', 'one 2', 'one 3'],
    )
    assert.deepEqual(
      told.filter((line) => line.startsWith('two')),
      ['two 1', 'two 2', 'two 3'],
    )
    assert.deepEqual(
      (await deadWork(queuePool)).map(({ queue }) => queue),
      ['on.test.happened.teller'],
    )
    await jobs.stop()
  })

  it('puts back what does not end in time when the worker is stopped, at no cost of a try', async () => {
    let runs = 0
    const hanging: Job = () => (++runs === 1 ? new Promise(() => {}) : Promise.resolve())
    const leaving: Job = async (_data, { signal }) => {
      if (++runs > 2) return
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      signal.throwIfAborted()
    }
    for (const [name, job] of [['test.hanging', hanging], ['test.leaving', leaving]] as const) {
      runs = name === 'test.hanging' ? 0 : 1
      const jobs = await work({ [name]: job })
      await enqueue(force.appPool, [name])(name, { id: 'x' })
      const began = runs
      await until(() => Promise.resolve(runs), (n) => n > began)
      await jobs.stop()
      const { rows } = await force.admin.query(`select state, retry_count, started_on from jobs.job where name = $1`, [
        `job.${name}`,
      ])
      assert.deepEqual(rows, [{ state: 'created', retry_count: 0, started_on: null }], name)
      const again = await work({ [name]: job })
      await until(() => count(`jobs.job where name = $1 and state = 'completed'`, [`job.${name}`]), (n) => n === 1)
      await again.stop()
    }
  }) // prettier-ignore

  it('does a job again whose worker was killed in the middle, and ends it once', async () => {
    const start = (): ChildProcess =>
      spawn(process.execPath, [join(import.meta.dirname, 'worker.fixture.ts')], {
        env: { ...process.env, WORKER_URL: url },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
    const said = async (): Promise<string[]> =>
      (await force.admin.query<{ said: string }>('select said from jobs.note order by at')).rows.map((row) => row.said)
    const first = start()
    await enqueue(force.appPool, ['test.slow'])('test.slow', { id: 'k' })
    await until(said, (all) => all.length === 1)
    first.kill('SIGKILL')
    await once(first, 'exit')
    const second = start()
    // ten seconds of silence go by
    await force.admin.query(
      "update jobs.job set heartbeat_on = heartbeat_on - interval '11 s' where name = 'job.test.slow'",
    )
    await until(said, (all) => all.some((line) => line.startsWith('done')))
    await until(
      () => count("jobs.job where name = 'job.test.slow' and state = 'completed'"),
      (n) => n === 1,
    )
    second.kill('SIGTERM')
    assert.deepEqual(await once(second, 'exit'), [0, null])
    assert.deepEqual(await said(), ['began k', 'began k', 'done k'])
  })
})
