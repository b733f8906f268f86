import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { world, type World } from '#test/world'
import { fallbackWeight, HARM_VERSION, loadHarmWeights, offenceWeights } from './weights.ts'

describe('harm weights', () => {
  it('have one figure for each offence of the table, as a quarter of a day at the finest', () => {
    const weights = offenceWeights()
    assert.equal(new Set(weights.map(({ code }) => code)).size, weights.length)
    assert.ok(weights.length > 50)
    for (const { code, days } of weights) assert.ok(days >= 0 && Number.isInteger(days * 4), code)
  })

  it('are the working values of this release, none of them a fallback', () => {
    const weights = new Map(offenceWeights().map((weight) => [weight.code, weight]))
    assert.equal(weights.get('SC15005')?.days, 182)
    assert.deepEqual(
      [...weights.values()].filter(({ fallback }) => fallback),
      [],
    )
  })

  it('stand in for codes of other countries by the words of the title', () => {
    const titles: [string, number][] = [
      ['BATTERY - DOMESTIC BATTERY SIMPLE', 10],
      ['BATTERY - AGGRAVATED DOMESTIC BATTERY: HANDGUN', 365],
      ['Aggravated Assault', 365],
      ['Simple Assault', 10],
      ['Assault without injury', 10],
      ['Murder and Nonnegligent Manslaughter', 5475],
      ['Attempted murder', 365],
      ['Criminal Sexual Assault', 182.25],
      ['Rape', 2555],
      ['Intimidation', 10],
      ['Destruction/Damage/Vandalism of Property', 2],
      ['Motor Vehicle Theft', 5],
      ['Arson', 185],
      ['Something unheard of', 0],
    ]
    for (const [title, days] of titles) {
      const weight = fallbackWeight('X', title)
      assert.deepEqual([weight.days, weight.fallback], [days, true], title)
    }
  })

  describe('in the database', () => {
    let force: World
    before(async () => {
      force = await world()
    })
    after(() => force.close())

    it('are loaded as unverified, and loading again leaves alone what somebody has verified', async () => {
      const count = await loadHarmWeights(force.workerPool)
      await force.admin.query(
        `update targeting.harm_weight set days = 300, verified_by = 'Analyst, workbook of 2026' where code = 'SC15005'`,
      )
      assert.equal(await loadHarmWeights(force.workerPool), count)
      const { rows } = await force.admin.query(
        `select version, count(*)::integer as count, count(verified_by)::integer as verified, max(days) filter (where code = 'SC15005') as days
         from targeting.harm_weight group by 1`,
      )
      assert.deepEqual(rows, [{ version: HARM_VERSION, count, verified: 1, days: 300 }])
    })
  })
})
