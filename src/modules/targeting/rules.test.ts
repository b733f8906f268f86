import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Temporal } from '#platform/clock'
import { involvements, NO_SIGNS } from './targeting.fixture.ts'
import {
  frequencyPoints,
  gravityPoints,
  isEscalating,
  isSerial,
  NO_VICTIM,
  recencyPoints,
  scorePerson,
  sinceFor,
  LIFTED_GRAVITY,
  tenths,
  victimPoints,
  type Involvement,
} from './rules.ts'

const NOW = Temporal.Instant.from('2026-11-24T10:30:00Z')
const since = sinceFor(NOW)

function involvement(days: number, more: Partial<Involvement> = {}): Involvement {
  return {
    victimId: '00000000-0000-4000-8000-000000000001',
    incidentId: `00000000-0000-4000-8000-${String(days).padStart(12, '0')}`,
    reportedAt: NOW.subtract({ hours: 24 * days }),
    harmDays: 20,
    harmMax: 20,
    harmFallback: false,
    arrested: false,
    ...NO_SIGNS,
    ...more,
  }
}

describe('the points of a score', () => {
  it('recency falls in steps of whole London days', () => {
    const days: [number, number][] = [
      [0, 10],
      [30, 10],
      [31, 7],
      [90, 7],
      [91, 4],
      [180, 4],
      [181, 2],
      [365, 2],
      [366, 0],
    ]
    for (const [back, points] of days) {
      assert.equal(recencyPoints(NOW.subtract({ hours: 24 * back }), since), points, `${back} days`)
    }
  })

  it('a record made just after midnight 30 days ago is within 30 days, one just before is not', () => {
    assert.equal(recencyPoints(Temporal.Instant.from('2026-10-25T00:00:00+01:00'), since), 10)
    assert.equal(recencyPoints(Temporal.Instant.from('2026-10-24T23:59:59+01:00'), since), 7)
  })

  it('frequency is one a record up to ten, victims three each up to fifteen', () => {
    assert.deepEqual([0, 1, 10, 11].map(frequencyPoints), [0, 1, 10, 10])
    assert.deepEqual([0, 1, 2, 5, 6].map(victimPoints), [0, 3, 6, 15, 15])
  })

  it('gravity is nought for no harm and ten for the weight of a homicide or more', () => {
    assert.deepEqual([0, 1, 10, 182, 365, 5475, 99_999].map(gravityPoints), [0, 0.8, 2.8, 6.1, 6.9, 10, 10])
  })

  it('gravity never falls as harm rises', () => {
    fc.assert(
      fc.property(fc.nat(30_000), fc.nat(30_000), (less, more) => {
        assert.ok(gravityPoints(less) <= gravityPoints(less + more))
      }),
    )
  })

  it('serial is two victims or more', () => {
    assert.deepEqual([0, 1, 2, 3].map(isSerial), [false, false, true, true])
  })

  it('escalating needs four records, twice the harm and ten days more in the later half', () => {
    const cases: [number[], boolean][] = [
      [[], false],
      [[0, 0, 500], false],
      [[1, 1, 2, 2], false],
      [[0, 0, 0, 10], true],
      [[0, 0, 0, 9], false],
      [[10, 10, 20, 20], true],
      [[10, 10, 20, 19], false],
      [[20, 20, 10, 10], false],
      [[5, 5, 900, 10, 10], true],
      [[20, 20, 900, 20, 19], false],
    ]
    for (const [harm, expected] of cases) assert.equal(isEscalating(harm), expected, harm.join(' '))
  })
})

describe('the score of a person', () => {
  it('says every fact beside its points', () => {
    const score = scorePerson([involvement(10), involvement(100, { harmDays: 182, harmMax: 182 })], NOW)
    assert.deepEqual(
      { ...score, lastAt: String(score?.lastAt) },
      {
        recency: 10,
        frequency: 2,
        gravity: 6.2,
        victims: 3,
        total: 21.2,
        incidents24m: 2,
        harmDays: 202,
        harmMax: 182,
        harmFallback: false,
        victims36m: 1,
        lastAt: '2026-11-14T10:30:00Z',
        serial: false,
        escalating: false,
        unarrested: true,
        conduct36m: 0,
        strangulation36m: 0,
        threats36m: 0,
        highRisk36m: 0,
        lifted: false,
      },
    )
  })

  it('counts a record with two victims once for harm and frequency and twice for victims', () => {
    const second = '00000000-0000-4000-8000-000000000002'
    const score = scorePerson([involvement(10), involvement(10, { victimId: second })], NOW)
    assert.deepEqual([score?.harmDays, score?.incidents24m, score?.victims36m, score?.serial], [20, 1, 2, true])
  })

  it('is lifted by signs that the days of harm weigh little: gravity as of one severe record, and no more', () => {
    const stalked = (days: number) => involvement(days, { harmDays: 10, harmMax: 10, conduct: true })
    const cases: [string, Involvement[], number, boolean][] = [
      ['one record of stalking', [stalked(10)], 2.8, false],
      ['two records of stalking', [stalked(10), stalked(20)], LIFTED_GRAVITY, true],
      ['one of them too old', [stalked(10), stalked(1200)], 2.8, false],
      ['one record with two victims', [stalked(10), { ...stalked(10), victimId: NO_VICTIM }], 2.8, false],
      ['a strangulation', [involvement(10, { strangulation: true })], LIFTED_GRAVITY, true],
      ['a threat to kill', [involvement(10, { threat: true })], LIFTED_GRAVITY, true],
      ['risk graded high', [involvement(10, { highRisk: true })], LIFTED_GRAVITY, true],
      ['grave already', [involvement(10, { highRisk: true, harmDays: 1825, harmMax: 1825 })], 8.7, false],
    ]
    for (const [what, rows, gravity, lifted] of cases) {
      const score = scorePerson(rows, NOW)
      assert.deepEqual([score?.gravity, score?.lifted], [gravity, lifted], what)
    }
    assert.equal(scorePerson([involvement(10, { highRisk: true, harmDays: 0, harmMax: 0 })], NOW), null)
  })

  it('counts no victim where none is named', () => {
    assert.equal(scorePerson([involvement(10, { victimId: NO_VICTIM })], NOW)?.victims, 0)
  })

  it('leaves out whoever has no harm, no record within 36 months, or only records from after the moment', () => {
    assert.equal(scorePerson([], NOW), null)
    assert.equal(scorePerson([involvement(10, { harmDays: 0, harmMax: 0 })], NOW), null)
    assert.equal(scorePerson([involvement(1200)], NOW), null)
    assert.equal(scorePerson([involvement(-1)], NOW), null)
  })

  it('calls unarrested whoever was reported but not arrested within 12 months', () => {
    assert.equal(scorePerson([involvement(10), involvement(400, { arrested: true })], NOW)?.unarrested, true)
    assert.equal(scorePerson([involvement(10, { arrested: true })], NOW)?.unarrested, false)
    assert.equal(scorePerson([involvement(400)], NOW)?.unarrested, false)
  })

  it('is the sum of its parts, within bounds, whatever the order of the records', () => {
    fc.assert(
      fc.property(involvements(NOW), (rows) => {
        const score = scorePerson(rows, NOW)
        if (!score) return
        assert.equal(score.total, tenths(score.recency + score.frequency + score.gravity + score.victims))
        assert.ok(score.total > 0 && score.total <= 45 && score.harmMax <= score.harmDays)
        assert.deepEqual(scorePerson(rows.toReversed(), NOW), score)
      }),
    )
  })
})
