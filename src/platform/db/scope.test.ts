import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import {
  ask,
  inTransaction,
  NoSession,
  onceInTx,
  openPagePool,
  openPool,
  OutcomeUnknown,
  type Pool,
  type Scope,
  together,
  withScope,
} from '#platform/db'
import { loginUrl, world, type World } from '#test/world'

const hasCode = (code: string) => (error: unknown) => error instanceof pg.DatabaseError && error.code === code

describe('a scope', () => {
  let force: World
  let scope: Scope
  before(async () => {
    force = await world()
    scope = await force.scopeFor('investigatorAW')
  })
  after(() => force.close())
  afterEach(() => force.admin.query('delete from people.exclusion'))

  const conflicts = async (): Promise<number> =>
    (await force.admin.query('select from people.exclusion')).rowCount ?? Number.NaN
  const declare = async (tx: Parameters<Parameters<typeof withScope>[2]>[0]) => {
    await tx.sql`select people.open_person(${force.persons.kiran})`
    return tx.sql`insert into people.exclusion (account_id, person_id, reason)
           values (${force.accounts.investigatorAW}, ${force.persons.kiran}, 'a neighbour')`
  }

  it('keeps what its work wrote, and hands on what it returned', async () => {
    const before = await conflicts()
    assert.equal(await withScope(force.appPool, scope, async (tx) => (await declare(tx)).length), 0)
    assert.equal(await conflicts(), before + 1)
  })

  it('is rolled back when its work throws, and throws the same', async () => {
    const before = await conflicts()
    const fault = new Error('second thoughts')
    const done = withScope(force.appPool, scope, async (tx) => {
      await declare(tx)
      throw fault
    })
    await assert.rejects(done, (error) => error === fault)
    assert.equal(await conflicts(), before)
    assert.deepEqual(await withScope(force.appPool, scope, (tx) => tx.sql<{ one: number }>`select 1 as one`), [
      { one: 1 },
    ])
  })

  it('is not taken for done when a statement failed and the work went on', async () => {
    const before = await conflicts()
    const done = withScope(force.appPool, scope, async (tx) => {
      await declare(tx)
      await tx.sql`select 1 / 0`.catch(() => [])
      return 'saved'
    })
    await assert.rejects(done, /nothing was kept/)
    assert.equal(await conflicts(), before)
  })

  it('asks together what is asked at once, in that order, and keeps nothing when one of them fails', async () => {
    const before = await conflicts()
    const done = withScope(force.appPool, scope, (tx) =>
      Promise.all([declare(tx), tx.sql`select 1 / 0`, tx.sql`select pg_sleep(0)`]),
    )
    await assert.rejects(done, hasCode('22012'))
    assert.equal(await conflicts(), before)
    const seen = await withScope(force.appPool, scope, (tx) =>
      Promise.all(
        [1, 2, 3].map((n) => tx.sql<{ n: number; actor: string }>`select ${n}::int as n, access.actor() as actor`),
      ),
    )
    assert.deepEqual(
      seen.flat(),
      [1, 2, 3].map((n) => ({ n, actor: force.accounts.investigatorAW })),
    )
  })
  it('lets no statement through that comes after it, into whatever the connection does then', async () => {
    const pool = openPagePool(await loginUrl(force.adminUrl, 'dauntless_app'), 1)
    const late: Promise<unknown>[] = []
    const done = withScope(pool, scope, (tx) => {
      const straggler = async (): Promise<unknown> => {
        await tx.sql`select pg_sleep(0)`
        await sleep(20)
        return tx.sql`select 1`
      }
      const other = straggler()
      other.catch(() => undefined)
      late.push(other)
      return Promise.reject(new Error('the other part failed'))
    })
    await assert.rejects(done, /the other part failed/)
    await withScope(pool, scope, async (tx) => {
      await assert.rejects(Promise.all(late), /after its transaction was over/)
      await tx.sql`select 1`
    })
    await pool.end()
  })
  it('sends statements together on a connection that copies too, and says which failed first', async () => {
    const client = await force.workerPool.connect()
    try {
      await client.query('begin')
      await client.query('create temp table noted (n integer) on commit drop')
      const [, doubled, counted] = await together(client, [
        'insert into noted values (1), (2)',
        { name: 'doubled', text: 'select n * $1 as n from noted order by n', values: [2] },
        'select count(*)::int as n from noted',
      ])
      assert.deepEqual([doubled?.rows, counted?.rows], [[{ n: 2 }, { n: 4 }], [{ n: 2 }]])
      const lines = client.query(copyFrom('copy noted from stdin'))
      lines.end('3\n')
      await finished(lines)
      const sum = { text: 'select sum(n)::int as n from noted' }
      assert.deepEqual((await client.query(sum)).rows, [{ n: 6 }])
      await client.query('savepoint here')
      await assert.rejects(together(client, [sum, 'select 1 / 0', sum, 'select nothing']), hasCode('22012'))
      await client.query('rollback to savepoint here')
      assert.deepEqual((await together(client, [sum]))[0]?.rows, [{ n: 6 }])
      await client.query('rollback')
    } finally {
      client.release()
    }
  })
  it('does after one that failed none of those sent with it, and asks those again as if they had never been', async () => {
    const client = await force.workerPool.connect()
    try {
      const one = { name: 'never parsed before', text: 'select $1::int as n', values: [1] }
      await together(client, ['begin', 'savepoint here'])
      await assert.rejects(together(client, ['select 1 / 0', one, 'commit']), hasCode('22012'))
      await assert.rejects(together(client, [one, 'commit']), hasCode('25P02'))
      const results = await together(client, ['rollback to savepoint here', one, 'commit'])
      assert.deepEqual(
        results.map(({ command }) => command),
        ['ROLLBACK', 'SELECT', 'COMMIT'],
      )
      const unheld = {
        toPostgres: () => {
          throw new Error('no value')
        },
      }
      await assert.rejects(together(client, ['begin', { text: 'select $1', values: [unheld] }]), /no value/)
      // nor has it begun
      assert.deepEqual((await client.query('select now() = statement_timestamp() as alone')).rows, [{ alone: true }])
    } finally {
      client.release()
    }
  })
  it('leaves nothing of what was asked in memory', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (how: { readonly type: 'minor' | 'major' }) => void
    const kept = (): number =>
      getHeapSpaceStatistics()
        .filter(({ space_name }) => space_name === 'old_space')
        .reduce((bytes, { space_used_size }) => bytes + space_used_size, 0)
    const client = await force.workerPool.connect()
    const asking = async (ways: number): Promise<void> => {
      for (let at = 0; at < ways; at++) {
        const statement = { text: 'select $1::text as it', values: [JSON.stringify({ long: 'x'.repeat(3000), at })] }
        await (at % 2 === 0 ? ask(client, statement) : together(client, [statement]))
        if (at % 20 === 0) collect({ type: 'minor' })
      }
    }
    try {
      await asking(500)
      collect({ type: 'major' })
      const before = kept()
      await asking(1000)
      const left = (kept() - before) / 1000
      // 3 KB were asked; what the test runner notes of each promise is 1 KB
      assert.ok(left < 2000, `${left} bytes of each`)
    } finally {
      client.release()
    }
  })
  it('reads once what several parts of it ask for, and again in the next', async () => {
    let read = 0
    const once = onceInTx((_, key) => Promise.resolve(`${key}${++read}`))
    const asked = () =>
      withScope(force.appPool, scope, (tx) => Promise.all([once(tx, 'a'), once(tx, 'a'), once(tx, 'b')]))
    assert.deepEqual(await asked(), ['a1', 'a1', 'b2'])
    assert.deepEqual(await asked(), ['a3', 'a3', 'b4'])
  })
  it('hands nothing out when the log cannot be written, not even at the very end', async () => {
    await force.admin.query(`
      create function public.full_disk() returns trigger language plpgsql as $$ begin raise 'no space' using errcode = '53100'; end $$;
      create constraint trigger full_disk after insert on audit.entry deferrable initially deferred
        for each row execute function public.full_disk()`)
    try {
      let read = 0
      const page = withScope(force.appPool, scope, async (tx) => {
        await tx.sql`select people.open_person(${force.persons.kiran})`
        const rows = await tx.sql`select name from people.person where id = ${force.persons.kiran}`
        read = rows.length
        return rows
      })
      await assert.rejects(page, hasCode('53100'))
      assert.equal(read, 1, 'the work had the row, and only COMMIT failed')
    } finally {
      await force.admin.query('drop trigger full_disk on audit.entry; drop function public.full_disk()')
    }
  })

  it('survives a connection that is cut in the middle, and so does the process', async () => {
    const done = withScope(force.appPool, scope, async (tx) => {
      const [me] = await tx.sql<{ pid: number }>`select pg_backend_pid() as pid`
      await force.admin.query('select pg_terminate_backend($1)', [me?.pid])
      await sleep(50)
      return tx.sql`select 1`
    })
    await assert.rejects(done, (error) => error instanceof Error && !(error instanceof NoSession))
    assert.equal((await withScope(force.appPool, scope, (tx) => tx.sql`select 1`)).length, 1)
  })

  const OVER: readonly (readonly [string, string])[] = [
    ['that was never there', 'delete from auth.session where token_hash = $1'],
    ['that was closed', 'update auth.session set closed_at = now() where token_hash = $1'],
    [
      'idle for 15 minutes',
      "update auth.session set last_seen_at = now() - interval '15 minutes' where token_hash = $1",
    ],
    ['10 hours old', "update auth.session set created_at = now() - interval '10 hours' where token_hash = $1"],
    [
      'of an account that was disabled',
      'update auth.account set disabled_at = now() where id = (select account_id from auth.session where token_hash = $1)',
    ],
  ]
  for (const [which, arrange] of OVER) {
    it(`is refused for a session ${which}, before any work`, async () => {
      const mine = await force.scopeFor('supervisorCN')
      await withScope(force.appPool, mine, (tx) => tx.sql`select 1`)
      assert.equal((await force.admin.query(arrange, [mine.tokenHash])).rowCount, 1)
      let worked = false
      const done = withScope(force.appPool, mine, async () => {
        worked = true
      })
      await assert.rejects(done, NoSession)
      assert.equal(worked, false)
    })
  }
})

describe('the signed context', () => {
  let force: World
  let pool: Pool
  let scope: Scope
  before(async () => {
    force = await world()
    pool = openPagePool(await loginUrl(force.adminUrl, 'dauntless_app'), 1) // one connection: what stays on it is met again
    scope = await force.scopeFor('investigatorAW')
  })
  after(async () => {
    await pool.end()
    await force.close()
  })

  /** What somebody gets who sets the setting by hand, as an injected statement would, and then asks for people. */
  const asForger = (context: string): Promise<number> =>
    inTransaction(pool, async (client) => {
      await client.query("select set_config('dauntless.context', $1, true)", [context])
      return (await client.query('select id from people.person')).rowCount ?? 0
    })
  const signed = (): Promise<string> =>
    withScope(pool, scope, async (tx) => {
      const [row] = await tx.sql<{ said: string }>`select current_setting('dauntless.context') as said`
      assert.ok(row && row.said.length > 64)
      return row.said
    })
  const isForged = (error: unknown) =>
    error instanceof pg.DatabaseError && error.code === '28000' && error.message === 'access.forged_context'
  const isStale = (error: unknown) =>
    error instanceof pg.DatabaseError && error.code === '28000' && error.message === 'access.stale_context'

  it('is left on no connection once its transaction is over', async () => {
    await signed()
    const { rows } = await pool.query<{ actor: string | null }>('select access.actor() as actor')
    assert.equal(rows[0]?.actor, null)
  })
  it('is not there without one, and then nobody is seen', async () => {
    assert.equal(await asForger(''), 0)
  })
  it('is refused when it is made up', async () => {
    const claim = JSON.stringify({ actor: force.accounts.supervisorAW, session: randomUUID(), purpose: 'x' })
    await assert.rejects(asForger(randomBytes(32).toString('hex') + claim), isForged)
    await assert.rejects(asForger('x'), isForged)
  })
  it('is refused when one word of a real one is changed', async () => {
    const real = await signed()
    const other = real.replace(force.accounts.investigatorAW, force.accounts.supervisorAW)
    assert.notEqual(other, real)
    await assert.rejects(asForger(other), isForged)
  })
  it('is refused in a later transaction of the same connection', async () => {
    const real = await signed()
    await assert.rejects(asForger(real), isStale)
  })
  it('is refused on another connection', async () => {
    await withScope(force.appPool, scope, async (tx) => {
      const [row] = await tx.sql<{ said: string }>`select current_setting('dauntless.context') as said`
      await assert.rejects(asForger(row?.said ?? ''), isStale)
    })
  })
  it('is signed by a key that no login role can read or use', async () => {
    for (const role of ['dauntless_app', 'dauntless_worker', 'dauntless_public']) {
      const mine = openPool(await loginUrl(force.adminUrl, role), 1)
      await assert.rejects(mine.query('select secret from access.context_key'), hasCode('42501'), role)
      await assert.rejects(mine.query("select access.signature('x')"), hasCode('42501'), role)
      await mine.end()
    }
  })
})

describe('a COMMIT whose end is not known', () => {
  let force: World
  let pool: Pool
  before(async () => {
    force = await world()
    pool = openPool(force.adminUrl, 2)
    await pool.query('create table public.note (n int unique deferrable initially deferred)')
    // Nobody by this name ever comes: whoever asks for a synchronous COMMIT waits. The test server's other work does not ask.
    await force.admin.query("alter system set synchronous_standby_names = 'nobody'")
    await force.admin.query('select pg_reload_conf()')
  })
  after(async () => {
    await force.admin.query('alter system reset synchronous_standby_names')
    await force.admin.query('select pg_reload_conf()')
    await pool.end()
    await force.close()
  })

  const isThere = async (n: number): Promise<boolean> =>
    (await force.admin.query('select from public.note where n = $1', [n])).rowCount === 1
  /** Writes `n` and does `then` to the connection once its COMMIT waits for the standby. */
  async function waiting(n: number, then: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<void> {
    const waits = "select from pg_stat_activity where pid = $1 and wait_event = 'SyncRep'"
    // the server takes its new settings when it comes to them: until then a COMMIT does not wait, and is tried again
    for (const until = Date.now() + 20_000; ;) {
      let pid = 0
      let ended = false
      const done = inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
        pid = rows[0]?.pid ?? 0
        await client.query('set local synchronous_commit = on')
        await client.query('insert into public.note values ($1)', [n])
      })
      done.then(
        () => (ended = true),
        () => (ended = true), // looked at below
      )
      while (!ended) {
        if (pid !== 0 && (await force.admin.query(waits, [pid])).rowCount === 1) {
          await force.admin.query(`select ${then}($1)`, [pid])
          return done
        }
        await sleep(10)
      }
      await done
      assert.ok(Date.now() < until, 'COMMIT did not come to wait')
      await force.admin.query('delete from public.note where n = $1', [n])
    }
  }

  it('because the wait for the standby was cancelled, is never shown as done', async () => {
    await assert.rejects(waiting(1, 'pg_cancel_backend'), OutcomeUnknown)
    assert.equal(await isThere(1), true, 'it was done here, and might be lost with this machine')
  })
  it('because the connection was lost, is neither shown as done nor as failed', async () => {
    await assert.rejects(waiting(2, 'pg_terminate_backend'), OutcomeUnknown)
    assert.equal(await isThere(2), true)
  })
  it('because the server went away during it, is not taken for a refusal', async () => {
    await force.admin.query(`
      create function public.leave() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      create constraint trigger leave after insert on public.note deferrable initially deferred
        for each row execute function public.leave()`)
    await assert.rejects(
      inTransaction(pool, (client) => client.query('insert into public.note values (3)')),
      OutcomeUnknown,
    )
    await force.admin.query('drop trigger leave on public.note')
    assert.equal(await isThere(3), false)
  })
  it('is told from a COMMIT that the server refused', async () => {
    const twice = inTransaction(pool, (client) => client.query('insert into public.note values (4), (4)'))
    await assert.rejects(twice, hasCode('23505'))
    assert.equal(await isThere(4), false)
  })
})
