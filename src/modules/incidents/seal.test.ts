import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withScope } from '#platform/db'
import { type StoryRecord, writeDelivery } from '#test/demo-template'
import { type Who, world, type World } from '#test/world'
import { runImport } from './import-run.ts'
import { openIncident } from './store.ts'

const OFFICER = { forenames: 'Caspian', surname: 'Hallowood', dob: '1984-02-11', phone: '07700 900981' }
const PARTNER = { forenames: 'Isolde', surname: 'Hallowood', dob: '1985-10-19', phone: '07700 900982' }
const FRIEND = { forenames: 'Marit', surname: 'Quill', dob: '1986-01-05', phone: '07700 900983' }

describe('a record of a police employee, from the moment that it is taken in and before anybody is linked', () => {
  let force: World
  let folder: string
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'seal-'))
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true })
  })

  let deliveries = 0
  async function take(record: Partial<StoryRecord>): Promise<void> {
    const into = join(folder, String(deliveries++))
    mkdirSync(into)
    const common = { bcu: 'AW', borough: 'E09000033', victim: PARTNER, suspect: OFFICER }
    writeDelivery(into, 'AW_seal', [{ ref: 'SEAL-1', reported: `2026-02-0${deliveries}T12:00`, ...common, ...record }])
    const report = await runImport(force.workerPool, { paths: [into], profile: 'synthetic' })
    assert.equal(report.added + report.updated, 1, JSON.stringify(report.problems))
  }
  const idOf = async (ref: string): Promise<string> =>
    (await force.admin.query<{ id: string }>('select id from incidents.incident where ref = $1', [ref])).rows[0]?.id ??
    ''
  async function seenBy(who: Who, ref: string): Promise<[boolean, number]> {
    const id = await idOf(ref)
    return withScope(force.appPool, await force.scopeFor(who), async (tx) => {
      const found = await openIncident(tx, id)
      // whatever the log says has been opened
      await tx.sql`select audit.record('consult', '{}', ${[id]}, '{}')`
      return [found !== null, (await tx.sql`select from people.mention where record_id = ${id}`).length]
    })
  }
  const WHO = ['investigatorAW', 'supervisorAW', 'analyst', 'lead', 'standards'] as const

  it('is there for nobody', async () => {
    await take({ ref: 'SEAL-1', police: true })
    for (const who of WHO) assert.deepEqual(await seenBy(who, 'SEAL-1'), [false, 0], who)
  })

  it('is closed by a later version that names one, and whoever a version adds to it is closed with it', async () => {
    await take({ ref: 'SEAL-2' })
    assert.deepEqual(await seenBy('investigatorAW', 'SEAL-2'), [true, 2])
    await take({ ref: 'SEAL-2', police: true })
    for (const who of WHO) assert.deepEqual(await seenBy(who, 'SEAL-2'), [false, 0], who)
    await take({ ref: 'SEAL-2', victim: FRIEND })
    for (const who of WHO) assert.deepEqual(await seenBy(who, 'SEAL-2'), [false, 0], who)
  })
})
