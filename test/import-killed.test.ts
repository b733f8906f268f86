// The real command line, killed without warning in the middle of an import and run again: what stands is what one clean run
// makes.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { LOGINS } from '#platform/db'
import { loginUrl, world, type World } from '#test/world'

const RECORDS = 24_000
/** Of these many there is a later version, and of these a row that cannot be read. */
const LATER_EACH = 100
const BAD_EACH = 1000

function rowsOf(): string {
  const head =
    'crime_ref,reported_dt,ho_offence_code,da_flag,crime_status,victim_nominal_id,relationship,suspect_nominal_id,last_updated\n'
  const row = (n: number, status: string, day: string): string =>
    `K${n},${n % BAD_EACH === 1 ? '31/02/2026' : '2026-01-05 10:00'},8N,${n % 2 ? 'Y' : 'N'},${status},V${n},partner,S${n % 500},${day}\n`
  const numbers = [...Array(RECORDS).keys()]
  const later = numbers.filter((n) => n % LATER_EACH === 0)
  return head + numbers.map((n) => row(n, 'recorded', '2026-01-06')).join('') + later.map((n) => row(n, 'cancelled', '2026-01-09')).join('') // prettier-ignore
}

/** What stands, without ids, times and batches. */
const STANDING = `select json_build_array(
  (select json_agg(x order by x.ref) from (select ref, status, domestic, hash, (select count(*) from incidents.incident_version v
    where v.incident_id = i.id) as versions, (select json_agg(json_build_array(o.seq, o.code)) from incidents.offence o
    where o.incident_id = i.id) as offences, (select json_agg(json_build_array(m.role, m.nominal) order by m.seq) from people.mention m
    where m.record_id = i.id and m.superseded_at is null) as people from incidents.incident i where i.source = 'rms') x),
  (select json_agg(json_build_array(file, line, field) order by line) from incidents.problem))::text as text`

describe('an import that was killed', () => {
  let home: string
  let file: string
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'killed-'))
    file = join(home, 'rows.csv')
    writeFileSync(file, rowsOf())
  })
  after(() => rmSync(home, { recursive: true }))

  async function start(force: World, name: string): Promise<ChildProcess> {
    const folder = join(home, name)
    mkdirSync(join(folder, 'secrets'), { recursive: true })
    const passwords: Record<string, string> = {}
    for (const login of LOGINS) passwords[login] = new URL(await loginUrl(force.adminUrl, login)).password
    writeFileSync(join(folder, 'secrets', 'logins.json'), JSON.stringify(passwords), { mode: 0o600 })
    return spawn(process.execPath, ['src/cli.ts', 'import', file, '--profile', 'rms', '--json'], {
      env: { ...process.env, DATABASE_URL: force.adminUrl, DAUNTLESS_DATA: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
  async function finish(child: ChildProcess): Promise<Record<string, number>> {
    let out = ''
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
    await once(child, 'close')
    return JSON.parse(out) as Record<string, number>
  }
  const standing = async (force: World): Promise<string | undefined> =>
    (await force.admin.query<{ text: string }>(STANDING)).rows[0]?.text
  const count = async (force: World): Promise<number> =>
    (await force.admin.query<{ n: number }>(`select count(*)::int as n from incidents.incident where source = 'rms'`))
      .rows[0]?.n ?? 0

  it('ends, run again, as one clean run ends', async () => {
    const [clean, broken] = [await world(), await world()]
    try {
      const once_ = await finish(await start(clean, 'clean'))
      const bad = RECORDS / BAD_EACH
      assert.deepEqual(
        [once_['added'], once_['updated'], once_['rejected']],
        [RECORDS - bad, RECORDS / LATER_EACH, bad],
      )
      const child = await start(broken, 'broken')
      const closed = once(child, 'close')
      while ((await count(broken)) === 0) await delay(20)
      child.kill('SIGKILL')
      await closed
      const inTheMiddle = await count(broken)
      assert.ok(inTheMiddle > 0 && inTheMiddle < RECORDS - bad, `killed with ${inTheMiddle} in`)
      const again = await finish(await start(broken, 'broken'))
      assert.equal(again['added'], RECORDS - bad - inTheMiddle)
      assert.equal(await standing(broken), await standing(clean))
      const third = await finish(await start(broken, 'broken'))
      assert.deepEqual([third['added'], third['updated']], [0, 0])
      assert.equal(await count(broken), RECORDS - bad)
    } finally {
      await clean.close()
      await broken.close()
    }
  })
})
