// From a delivery of records to a place on the ranked list, and off it again, with nobody at the command line.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#platform/clock'
import { openPool, type Pool } from '#platform/db'
import { openJobs, type Jobs } from '#platform/jobs'
import { runImport, tellRecordsChanged } from '#modules/incidents'
import { writeDelivery } from '#test/demo-template'
import { loginUrl, world, type World } from '#test/world'
import { MODULES } from '../src/modules.ts'

const yesterday = new Date(Date.now() - 86_400_000).toISOString()
const RECORD = {
  ref: 'LATE-1',
  bcu: 'CN',
  borough: 'E09000007',
  reported: yesterday,
  victim: { forenames: 'Perpetua', surname: 'Lateborn', dob: '1988-02-03', phone: '07700 900981' },
  suspect: { forenames: 'Ignatius', surname: 'Lateborn', dob: '1984-05-06', phone: '07700 900982' },
}

describe('records that are taken in', () => {
  let force: World
  let queuePool: Pool
  let jobs: Jobs
  let folder: string
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-delivery-'))
    queuePool = openPool(await loginUrl(force.adminUrl, 'dauntless_worker'), 3)
    jobs = await openJobs({
      pool: force.workerPool,
      queuePool,
      jobs: Object.assign({}, ...MODULES.map((module) => module.jobs ?? {})),
      subscribers: MODULES.flatMap((module) => module.subscribers ?? []),
      clock: systemClock,
      folder,
      onFault: (fault) => assert.fail(JSON.stringify(fault)),
      patience: { relayMs: 20, pollSeconds: 0.5 },
    })
  })
  after(async () => {
    await jobs.stop()
    await queuePool.end()
    await force.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const scored = async (): Promise<string[]> =>
    (
      await force.admin.query<{ name: string }>(
        `select p.name from targeting.score s join people.person p on p.id = s.person_id where p.name like '%Lateborn'`,
      )
    ).rows.map(({ name }) => name)
  async function until(names: readonly string[]): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      if ((await scored()).join() === names.join()) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.deepEqual(await scored(), names)
  }

  it('are linked and scored by themselves, and leave the scores when a later version cancels them', async () => {
    writeDelivery(folder, 'CN_1', [RECORD])
    const report = await runImport(force.workerPool, { paths: [folder], profile: 'synthetic' })
    assert.equal(report.added, 1)
    await tellRecordsChanged(force.workerPool)
    await until(['Ignatius Lateborn'])

    const file = join(folder, 'incidents_CN_1.csv')
    const later = new Date().toISOString()
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace(',recorded,', ',cancelled,')
        .replace(new RegExp(`${yesterday}$`, 'm'), later),
    )
    const again = await runImport(force.workerPool, { paths: [folder], profile: 'synthetic' })
    assert.equal(again.updated, 1)
    await tellRecordsChanged(force.workerPool)
    await until([])
    const { rows } = await force.admin.query<{ n: number }>(
      `select count(*)::int as n from incidents.involvement v join incidents.incident i on i.id = v.incident_id where i.ref = 'LATE-1'`,
    )
    assert.equal(rows[0]?.n, 0)
  })
})
