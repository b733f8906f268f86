import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { openPagePool, withScope } from '#platform/db'
import { loginUrl, world } from '#test/world'

describe('what a transaction has opened', () => {
  it('is looked for by index, also over a connection that planned it while the log was empty', async () => {
    const force = await world()
    const pool = openPagePool(await loginUrl(force.adminUrl, 'dauntless_app'), 1)
    try {
      await force.admin.query(
        'set session_replication_role = replica; delete from audit.entry; reset session_replication_role',
      )
      await force.admin.query('vacuum (analyze) audit.entry')
      const scope = await force.scopeFor('investigatorAW')
      const ask = () => withScope(pool, scope, (tx) => tx.sql`select audit.opened()`)
      const readSoFar = async (): Promise<number> => {
        await pool.query('select pg_stat_force_next_flush()')
        await sleep(50)
        const { rows } = await force.admin.query<{ blocks: number }>(
          `select (heap_blks_hit + heap_blks_read)::int as blocks from pg_statio_user_tables where relid = 'audit.entry'::regclass`,
        )
        return rows[0]?.blocks ?? Number.NaN
      }
      await ask()
      await withScope(
        pool,
        scope,
        (tx) => tx.sql`select count(audit.record('search', '{}', '{}', '{}')) from generate_series(1, 3000)`,
      )
      const before = await readSoFar()
      for (let times = 0; times < 10; times++) await ask()
      const read = (await readSoFar()) - before
      assert.ok(read < 100, `${read} blocks of the log for ten questions`)
    } finally {
      await pool.end()
      await force.close()
    }
  })
})
