// A worker that links records as they come, killed without warning again and again: what stands is what one that was let be makes.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { loginUrl, world, type World } from '#test/world'
import { seededRandom } from './engine/random.ts'
import { link } from './linkage.fixture.ts'
import { putNumbered } from './live-killed.fixture.ts'

const FIRST = 100
const ALL = 220
/** Mentions of the records of this test; every world has some of its own, with other ids each time. */
const OURS = `select m.id from people.mention m join incidents.incident i on i.id = m.record_id where i.ref like '88/%'`

/** Memberships by what mentions stand together, and the pairs; persons have other ids each time. */
async function standing(force: World): Promise<object> {
  const { rows: together } = await force.admin.query(
    `select array_agg(mention_id order by mention_id) as mentions, max(p.name) as name, max(p.incidents) as incidents, bool_or(p.sealed) as sealed
     from people.membership b join people.person p on p.id = b.person_id where b.to_at is null and b.mention_id in (${OURS}) group by b.person_id order by 1`,
  )
  const { rows: pairs } = await force.admin.query(
    `select a, b, weight, band, sure, reason, rule from linkage.edge where a in (${OURS}) order by a, b`,
  )
  const { rows: arrivals } = await force.admin.query('select mention_id from linkage.arrival order by seq')
  return { together, pairs, arrivals }
}

const count = async (force: World): Promise<number> => {
  const { rows } = await force.admin.query<{ n: number }>('select count(*)::int as n from linkage.arrival')
  return rows[0]?.n ?? 0
}

/** A force with the first records linked by a run, under the model of another force where there is one. */
async function begun(like?: World): Promise<World> {
  const force = await world()
  for (let n = 0; n < FIRST; n++) await putNumbered(force.admin, n)
  for (const table of like === undefined ? [] : ['model', 'model_report', 'frequency']) {
    const { rows } = (await like?.admin.query<{ row: string }>(
      `select (to_jsonb(x) || $1)::text as row from linkage.${table} x`,
      [JSON.stringify(table === 'model' ? { trained_by: force.accounts.lead, published_by: force.accounts.lead } : {})],
    )) ?? { rows: [] }
    await force.admin.query(
      `insert into linkage.${table} select x.* from unnest($1::jsonb[]) j, jsonb_populate_record(null::linkage.${table}, j) x`,
      [rows.map(({ row }) => row)],
    )
  }
  await link(force)
  return force
}

async function start(force: World): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'live-killed.fixture.ts')
  const url = await loginUrl(force.adminUrl, 'dauntless_worker')
  return spawn(process.execPath, [script, url, String(FIRST), String(ALL)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

describe('a worker that was killed while it linked what came', () => {
  it('has lost nothing and linked nothing twice', async () => {
    const clean = await begun()
    const broken = await begun(clean)
    try {
      const [code] = (await once(await start(clean), 'close')) as [number | null]
      assert.equal(code, 0)
      const random = seededRandom(20_261_125)
      const stopped: number[] = []
      for (;;) {
        const child = await start(broken)
        const closed = once(child, 'close')
        const ready = child.stdout === null ? closed : once(child.stdout, 'data')
        await ready
        await Promise.race([closed, delay(20 + random() * 500)])
        if (stopped.length < 8) child.kill('SIGKILL')
        const [ended] = (await closed) as [number | null]
        if (ended === 0) break
        stopped.push(await count(broken))
      }
      assert.ok(new Set(stopped).size >= 3, `killed with ${stopped.join(', ')} linked`)
      assert.deepEqual(await standing(broken), await standing(clean))
      assert.equal(await count(broken), 2 * (ALL - FIRST))
      const { rows } = await broken.admin.query(
        `select m.id from people.mention m left join people.membership b on b.mention_id = m.id and b.to_at is null
         where m.id in (${OURS}) group by 1 having count(b.person_id) <> 1`,
      )
      assert.deepEqual(rows, [])
    } finally {
      await clean.close()
      await broken.close()
    }
  })
})
