import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { world, type World } from '#test/world'
import { incidentsModule } from './routes.ts'

describe('what the records of a person say on their page', () => {
  let force: World
  before(async () => {
    force = await world()
  })
  after(() => force.close())

  const page = async (personId: string): Promise<string> =>
    withScope(force.appPool, await force.scopeFor('supervisorAW'), async (tx) => {
      await tx.sql`select people.open_person(${personId})`
      const asked = { personId, now: systemClock.now(), roles: ['safeguarding_supervisor'] }
      const shown = await Promise.all((incidentsModule().personPanels ?? []).map(({ render }) => render(tx, asked)))
      return shown.join('')
    })

  it('misses nobody on a record, however many others are on it', async () => {
    const { kiran } = force.persons
    const before = await page(kiran)
    assert.match(before, /Noor Sample/)
    // later than all others, so that these are read first
    await force.admin.query(
      `with put as (
         insert into people.mention (id, record_id, seq, source, role, forenames, reach, recorded_at)
         select gen_random_uuid(), m.record_id, 100 + n, 'test', 'witness', 'Invented ' || n, m.reach, now() + interval '1 hour'
         from people.membership b join people.mention m on m.id = b.mention_id cross join generate_series(1, 2100) n
         where b.person_id = $1 and b.to_at is null returning id)
       insert into people.membership (mention_id, person_id, decision_id)
       select p.id, $2, (select d.id from people.decision d limit 1) from put p`,
      [kiran, force.persons.tomasz],
    )
    assert.match(await page(kiran), /Noor Sample[^]*Invented 2100|Invented 2100[^]*Noor Sample/)
  })
})
