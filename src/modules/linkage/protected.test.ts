// Nobody is joined by the machine to a mention with a protected address, however the mention comes; a person may join them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { withScope } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import { BCU, world, type World } from '#test/world'
import { settleArrivals } from './arrivals-job.ts'
import { arrive, link, partner, personOf, putCouples, putRecord, type MadeRecord } from './linkage.fixture.ts'
import { LiveLinking } from './live-linking.ts'
import { settle } from './settle.ts'
import { judgePair } from './store.ts'

const { AW } = BCU

describe('a mention with a protected address', () => {
  let force: World
  let made: MadeRecord[][] = []
  let batched: MadeRecord
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
    batched = await putRecord(force.admin, AW, [
      { ...partner(4, 'victim'), protectedPlace: true },
      partner(4, 'suspect'),
    ])
    await link(force)
    await force.admin.query(`update linkage.model set published_by = $1 where status = 'published'`, [
      force.accounts.lead,
    ])
  })
  after(() => force.close())

  const people = async (record: MadeRecord): Promise<(string | null)[]> => [
    await personOf(force.admin, record.mentions[0]),
    await personOf(force.admin, record.mentions[1]),
  ]
  const couple = (at: number): Promise<(string | null)[]> => people(made[at]?.[0] ?? assert.fail())

  it('is joined to nobody when all are linked, while the other of its record is, and waits for a reader', async () => {
    const [[victim, suspect], [her, him]] = [await couple(4), await people(batched)]
    assert.notEqual(her, null)
    assert.notEqual(her, victim)
    assert.equal(him, suspect)
    const { rows } = await force.admin.query<{ reason: string }>(
      'select distinct reason from linkage.edge where $1 in (a, b) and reason is not null',
      [batched.mentions[0]],
    )
    assert.deepEqual(rows, [{ reason: 'protected address' }])
  })

  it('is joined to nobody when it comes singly, nor is one without that comes after it, nor when they settle', async () => {
    const linking = new LiveLinking(force.workerPool)
    const come = (at: number, protectedPlace: boolean) =>
      arrive(force, linking, (client) =>
        putRecord(client, AW, [{ ...partner(at, 'victim'), protectedPlace }, partner(at, 'suspect')]),
      )
    const first = await come(6, true)
    const later = await come(6, false)
    const held = async (): Promise<void> => {
      const [[victim, suspect], [her, him], after_] = [await couple(6), await people(first), await people(later)]
      assert.notEqual(her, null)
      assert.notEqual(her, victim)
      assert.equal(him, suspect)
      assert.deepEqual(after_, [victim, suspect])
    }
    await held()
    await settleArrivals(force.workerPool, await serviceScope(force.workerPool, 'settle arrivals', 'test'))
    await held()
    await link(force)
    await held()
  })

  it('is joined when a person says so, and stays', async () => {
    const [a = '', b = ''] = [made[4]?.[0]?.mentions[0] ?? '', batched.mentions[0] ?? ''].toSorted()
    const judgement = randomUUID()
    const said = await withScope(force.appPool, await force.scopeFor('analyst'), (tx) =>
      judgePair(tx, { judgement, a, b, answer: 'same', reason: 'she told us so herself' }),
    )
    assert.equal(said, 'done')
    await settle(force.workerPool, await serviceScope(force.workerPool, 'settle', 'test'), judgement)
    assert.equal((await people(batched))[0], (await couple(4))[0])
    await link(force)
    assert.equal((await people(batched))[0], (await couple(4))[0])
  })
})
