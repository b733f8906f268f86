import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { improvedByReviews, probabilityOf, reliability } from './calibrate.ts'
import { seededRandom } from './random.ts'
import type { Calibration } from './spec.ts'

const before: Calibration = {
  weights: [-2, 0, 4, 8, 12],
  probabilities: [0.02, 0.3, 0.7, 0.95, 0.99],
  withEvidence: { weights: [0, 6, 12], probabilities: [0.6, 0.99, 0.999] },
  source: 'before',
}
const weights = Array.from({ length: 60 }, (_, at) => at / 2 - 8)

describe('a calibration improved by reviews', () => {
  it('stays as it was without any', () => assert.equal(improvedByReviews(before, []), before))

  it('moves towards what people say, the further the more they say it', () => {
    const refused = (count: number) =>
      Array.from({ length: count }, () => ({ weight: 8, samePerson: false, withEvidence: false }))
    const at = (count: number): number => probabilityOf(improvedByReviews(before, refused(count)), 8)
    assert.ok(at(2) < 0.95 && at(2) > at(20) && at(20) > at(500), `${at(2)} ${at(20)} ${at(500)}`)
    assert.ok(at(500) < 0.2)
  })
  it('never makes what is linked unseen easier to reach, and never falls as weights rise', () => {
    const review = fc.record({
      weight: fc.double({ min: -4, max: 16, noNaN: true }),
      samePerson: fc.boolean(),
      withEvidence: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(review, { minLength: 1, maxLength: 200 }), (reviews) => {
        const after = improvedByReviews(before, reviews)
        for (const evidence of [true, false]) {
          const curve = weights.map((weight) => probabilityOf(after, weight, evidence))
          assert.ok(curve.every((chance, at) => at === 0 || chance >= curve[at - 1]! - 1e-9))
          assert.ok(curve.every((chance) => chance >= 0 && chance <= 1))
        }
        for (const weight of weights)
          assert.ok(probabilityOf(after, weight, true) <= probabilityOf(before, weight, true) + 1e-9)
      }),
    )
  })
  it('learns the true curve on one half of the pairs, as the other half shows', () => {
    const random = seededRandom(5)
    const drawn = Array.from({ length: 8000 }, () => {
      const weight = random() * 20 - 5
      return { weight, samePerson: random() < 1 / (1 + 2 ** (5 - weight)), withEvidence: false }
    })
    const after = improvedByReviews(before, drawn.slice(0, 4000))
    const error = (curve: Calibration): number =>
      reliability(drawn.slice(4000).map((pair) => ({ ...pair, probability: probabilityOf(curve, pair.weight) }))).error
    assert.ok(error(after) < 0.02 && error(before) > 0.1, `${error(after)} ${error(before)}`)
  })
})

describe('reliability', () => {
  it('is the mean distance between what is said and what is, each row by its pairs', () => {
    const said = (probability: number, same: number, all: number) =>
      Array.from({ length: all }, (_, at) => ({ probability, samePerson: at < same }))
    const { rows, error } = reliability([...said(0.25, 10, 20), ...said(1, 60, 60)])
    assert.deepEqual(
      rows.map(({ pairs, given, found }) => [pairs, given, found]),
      [
        [20, 0.25, 0.5],
        [60, 1, 1],
      ],
    )
    assert.ok(Math.abs(error - 0.25 * (20 / 80)) < 1e-12)
  })
  it('counts a pair as many times as it stands for', () => {
    const pairs = [
      { probability: 0.5, samePerson: true },
      { probability: 0.5, samePerson: false, share: 3 },
    ]
    assert.equal(reliability(pairs).rows[0]?.found, 0.25)
    assert.equal(reliability([]).error, 0)
  })
})
