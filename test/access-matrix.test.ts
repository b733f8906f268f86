import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { Temporal } from '#platform/clock'
import { inTransaction, NoSession, openPool, type Pool, withScope } from '#platform/db'
import { functionsExpected, functionsSeen, TABLES, tablesExpected, tablesSeen } from '#test/access-surfaces'
import { type AccessWorld, type Account, loadAccessWorld, makeAccessWorld, scopeOf } from '#test/access-world'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { maySee } from '#test/reference-decision'
import { loginUrl } from '#test/world'

const SEED = 20_261_124
const SHOWN = 25

describe('access, against the reference decision', () => {
  let at: FreshDatabase
  let admin: pg.Client
  let pool: Pool
  let w: AccessWorld
  let decisions = 0
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
    const { rows } = await admin.query<{ now: Temporal.Instant }>('select now() as now')
    w = makeAccessWorld(SEED, rows[0]?.now ?? assert.fail('no time'))
    await loadAccessWorld(admin, w)
    pool = openPool(await loginUrl(at.adminUrl, 'dauntless_app'), 2)
  })
  after(async () => {
    await pool.end()
    await admin.end()
    await at.drop()
  })
  const account = (label: string): Account => w.accounts.find((one) => one.label === label) ?? assert.fail(label)

  /** One decision for every row of every table: is it there when it must be, and not when it must not. */
  async function compareTables(mode: 'unlogged' | 'logged'): Promise<string[]> {
    const wrong: string[] = []
    for (const who of w.accounts) {
      const seen = (await tablesSeen(pool, w, scopeOf(who)))[mode]
      const expected = tablesExpected(w, who)
      for (const table of TABLES) {
        for (const key of expected.all.get(table) ?? []) {
          decisions++
          const [is, must] = [seen.get(table)?.has(key) === true, expected[mode].get(table)?.has(key) === true]
          if (is !== must) wrong.push(`${who.label}, ${table} ${key}: ${is ? 'seen' : 'not seen'}`)
        }
        const known = new Set(expected.all.get(table))
        for (const key of seen.get(table) ?? [])
          if (!known.has(key)) wrong.push(`${who.label}, ${table}: ${key} is no row`)
      }
    }
    return wrong
  }

  it('has a world with every answer in it, for people and for records', () => {
    const sights = w.accounts.flatMap((who) => [...w.people, ...w.incidents].map((one) => maySee(who, one, w.now)))
    for (const sight of ['full', 'stub', 'none']) assert.ok(sights.filter((one) => one === sight).length >= 150, sight)
  })

  it('gives the rows of every table exactly as the reference says, when the look has been logged', async () => {
    const wrong = await compareTables('logged')
    assert.deepEqual(wrong.slice(0, SHOWN), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('gives nothing about anybody when the look has not been logged', async () => {
    const wrong = await compareTables('unlogged')
    assert.deepEqual(wrong.slice(0, SHOWN), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('finds, opens, ranks, claims and says who has looked exactly as the reference says', async () => {
    const wrong: string[] = []
    for (const who of w.accounts) {
      const seen = await functionsSeen(pool, w, who)
      for (const [surface, answers] of Object.entries(functionsExpected(w, who))) {
        for (const [id, must] of answers) {
          decisions++
          const is = seen[surface]?.get(id) ?? 'none'
          if (is !== must) wrong.push(`${who.label}, ${surface} ${id}: ${is}, not ${must}`)
        }
      }
    }
    assert.deepEqual(wrong.slice(0, SHOWN), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('has made at least 20,000 decisions', () => {
    console.log(`# ${decisions} access decisions compared with the reference (seed ${SEED})`)
    assert.ok(decisions >= 20_000, String(decisions))
  })

  describe('without a true context', () => {
    /** How many rows the web role finds in all tables on this connection, as it is. */
    const rowsThere = async (client: pg.PoolClient): Promise<number> => {
      const text = TABLES.map((table) => `select count(*) as n from ${table}`).join(' union all ')
      return (await client.query<{ n: number }>(text)).rows.reduce((sum, { n }) => sum + n, 0)
    }
    const contextOf = async (who: Account): Promise<string> =>
      withScope(pool, scopeOf(who), async (tx) => {
        const [row] = await tx.sql<{ said: string }>`select current_setting('dauntless.context') as said`
        return row?.said ?? ''
      })

    it('a transaction finds no row of any table', async () => {
      assert.equal(await inTransaction(pool, rowsThere), 0)
    })

    it('a forged one is refused', async () => {
      const forged = `${'0'.repeat(64)}{"actor": "${account('analyst of the force').id}"}`
      for (const said of [forged, 'x', '{}']) {
        const look = inTransaction(pool, async (client) => {
          await client.query("select set_config('dauntless.context', $1, true)", [said])
          return rowsThere(client)
        })
        await assert.rejects(look, { code: '28000', message: 'access.forged_context' })
      }
    })

    it('one that was altered, or is replayed in a later transaction, is refused', async () => {
      const true_ = await contextOf(account('investigator 1'))
      const altered = true_.replace(account('investigator 1').id, account('analyst of the force').id)
      assert.notEqual(altered, true_)
      for (const [said, message] of [
        [altered, 'access.forged_context'],
        [true_, 'access.stale_context'],
      ]) {
        const look = inTransaction(pool, async (client) => {
          await client.query("select set_config('dauntless.context', $1, true)", [said])
          return rowsThere(client)
        })
        await assert.rejects(look, { code: '28000', message })
      }
    })

    it('an unknown, closed, idle or disabled session begins nothing', async () => {
      const who = account('investigator 2')
      const begin = (): Promise<unknown> => withScope(pool, scopeOf(who), (tx) => tx.sql`select 1`)
      await assert.rejects(
        withScope(pool, { ...scopeOf(who), tokenHash: Buffer.alloc(32) }, (tx) => tx.sql`select 1`),
        NoSession,
      )
      for (const [broken, mended] of [
        [
          'auth.session set closed_at = now() where account_id = $1',
          'auth.session set closed_at = null where account_id = $1',
        ],
        [
          "auth.session set last_seen_at = now() - interval '16 minutes' where account_id = $1",
          'auth.session set last_seen_at = now() where account_id = $1',
        ],
        [
          "auth.session set created_at = now() - interval '11 hours' where account_id = $1",
          'auth.session set created_at = now() where account_id = $1',
        ],
      ]) {
        await begin()
        await admin.query(`update ${broken}`, [who.id])
        await assert.rejects(begin(), NoSession, broken)
        await admin.query(`update ${mended}`, [who.id])
      }
      await begin()
      await admin.query('update auth.account set disabled_at = now() where id = $1', [who.id])
      await assert.rejects(begin(), NoSession, 'disabled')
      await admin.query('update auth.account set disabled_at = null where id = $1', [who.id])
      await assert.rejects(begin(), NoSession, 'enabled again, in the session of before')
      await admin.query('update auth.session set closed_at = null where account_id = $1', [who.id])
      await begin()
    })
  })
})
