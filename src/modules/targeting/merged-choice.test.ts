import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { londonDay, systemClock } from '#platform/clock'
import { withScope, type Tx } from '#platform/db'
import { type Who, world, type World } from '#test/world'
import { deriveInvolvement } from './involvement.ts'
import { scoreForce } from './score.ts'
import { choicesOf, NO_FILTER, openSubject, rankedList, recordChoice, reviewsDue } from './store.ts'
import { loadHarmWeights } from './weights.ts'

const NOW = systemClock.now()
const TODAY = londonDay(NOW)

describe('a choice about somebody who is found to be another', () => {
  let force: World
  const merge = randomUUID()
  before(async () => {
    force = await world()
    await force.admin.query(`update incidents.incident set reported_at = now() - interval '20 days'`)
    await rescore()
    await choose('lead', force.persons.tomasz, 'target', 'Two people afraid of him')
  })
  after(() => force.close())

  const as = async <T>(who: Who, work: (tx: Tx) => Promise<T>): Promise<T> =>
    withScope(force.appPool, await force.scopeFor(who), work)
  async function rescore(): Promise<void> {
    await loadHarmWeights(force.workerPool)
    await deriveInvolvement(force.workerPool)
    await scoreForce(force.workerPool, { now: NOW })
  }
  const choose = (who: Who, personId: string, decision: 'target' | 'refuse', reason: string) =>
    as(who, async (tx) => {
      assert.ok(await openSubject(tx, personId))
      const choice = {
        personId,
        decision,
        reason,
        operationId: randomUUID(),
        reviewOn: TODAY.add({ days: 3 }),
        by: who,
      }
      await recordChoice(tx, choice, null)
    })
  /** What is said of a person on the page, the ranked list and the list of reviews. */
  const saidOf = (personId: string, who: Who = 'analyst') =>
    as(who, async (tx) => {
      const opened = await openSubject(tx, personId)
      const page = opened && (await choicesOf(tx, personId)).map(({ reason }) => reason)
      const ranked = (await rankedList(tx, NO_FILTER, 0)).rows.find(({ person_id }) => person_id === personId)
      const due = (await reviewsDue(tx, TODAY.add({ days: 9 }))).some(({ id }) => id === personId)
      return { page, ranked: ranked?.decision ?? null, due }
    })
  const judge = async (statement: 'merge' | 'withdraw'): Promise<void> => {
    const { kiran, tomasz } = force.persons
    const [row] = await as('analyst', (tx) =>
      statement === 'merge'
        ? tx.sql<{ came: string }>`select linkage.merge(${kiran}, ${tomasz}, 'the same man', ${merge}) as came`
        : tx.sql<{ came: string }>`select linkage.withdraw(${merge}, 'two men after all') as came`,
    )
    assert.equal(row?.came, 'done')
  }
  const NOTHING = { page: [], ranked: null, due: false }
  const CHOSEN = { page: ['Two people afraid of him'], ranked: 'target', due: true }

  it('is about the other from then on, everywhere, and for whoever sees that one', async () => {
    const { kiran, tomasz } = force.persons
    assert.deepEqual([await saidOf(kiran), await saidOf(tomasz)], [NOTHING, CHOSEN])
    await judge('merge')
    assert.deepEqual(await saidOf(kiran), CHOSEN)
    assert.equal((await saidOf(tomasz)).page, null, 'nobody is there')
    assert.deepEqual(await saidOf(kiran, 'supervisorAW'), CHOSEN)
    await rescore()
    assert.deepEqual(await saidOf(kiran), CHOSEN)
    // whose choices those were is no way to them for anybody who does not see the other
    await force.admin.query('update people.person set reach = $2 where id = $1', [kiran, '{2}'])
    const unseen = await as('supervisorAW', async (tx) => {
      await tx.sql`select audit.record('consult', ${[kiran, tomasz]}, '{}', '{}')`
      return [
        await choicesOf(tx, tomasz),
        await tx.sql`select from targeting.choice`,
        await tx.sql`select * from people.once_opened()`,
      ]
    })
    assert.deepEqual(unseen, [[], [], []])
    await force.admin.query('update people.person set reach = $2 where id = $1', [kiran, '{1,2}'])
  })

  it('is followed by what is decided about the other, and goes back when the two are parted', async () => {
    const { kiran, tomasz } = force.persons
    await choose('supervisorAW', kiran, 'refuse', 'In prison until the spring')
    assert.deepEqual(await saidOf(kiran), {
      page: ['In prison until the spring', 'Two people afraid of him'],
      ranked: 'refuse',
      due: true,
    })
    await judge('withdraw')
    await rescore()
    assert.deepEqual(await saidOf(tomasz), CHOSEN)
    assert.deepEqual(await saidOf(kiran), { page: ['In prison until the spring'], ranked: 'refuse', due: true })
  })
})
