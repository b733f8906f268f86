import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { improvedByReviews, loweredByLabels, probabilityOf, reliability, type LabelledPair } from './calibrate.ts'
import { seededRandom } from './random.ts'
import type { Calibration, Standing } from './spec.ts'

const before: Calibration = {
  weights: [-2, 0, 4, 8, 12],
  probabilities: [0.02, 0.3, 0.7, 0.95, 0.99],
  withEvidence: { weights: [0, 6, 12], probabilities: [0.6, 0.99, 0.999] },
  contradicted: { weights: [0, 8, 16], probabilities: [0.1, 0.4, 0.9] },
  source: 'before',
}
const standings: readonly Standing[] = ['open', 'proven', 'contradicted']
const weights = Array.from({ length: 60 }, (_, at) => at / 2 - 8)

describe('a calibration improved by reviews', () => {
  it('stays as it was without any', () => assert.equal(improvedByReviews(before, []), before))

  it('moves towards what people say, the further the more they say it', () => {
    const refused = (count: number) => Array.from({ length: count }, () => ({ weight: 8, samePerson: false }))
    const at = (count: number): number => probabilityOf(improvedByReviews(before, refused(count)), 8)
    assert.ok(at(2) < 0.95 && at(2) > at(20) && at(20) > at(500), `${at(2)} ${at(20)} ${at(500)}`)
    assert.ok(at(500) < 0.2)
  })
  it('moves nothing elsewhere: one answer leaves what is said of other weights and other pairs near where it was', () => {
    for (const standing of standings) {
      const after = improvedByReviews(before, [{ weight: 11, samePerson: true, standing }])
      for (const other of standings) {
        for (const weight of weights.filter((at) => other !== standing || at <= 8)) {
          const [was, is] = [probabilityOf(before, weight, other), probabilityOf(after, weight, other)]
          assert.ok(Math.abs(was - is) < 1e-9, `${standing} moves ${other} at ${weight}: ${was} ${is}`)
        }
      }
    }
  })
  it('does not touch what is linked unseen for fewer than fifty answers of a kind, whatever they are', () => {
    const refused = Array.from({ length: 49 }, () => ({ weight: 12, samePerson: false, standing: 'proven' }) as const)
    const found = Array.from({ length: 60 }, () => ({ weight: 12, samePerson: true, standing: 'proven' }) as const)
    assert.equal(improvedByReviews(before, [...refused, ...found]).withEvidence, before.withEvidence)
    const more = improvedByReviews(before, [
      ...refused,
      ...found,
      { weight: 12, samePerson: false, standing: 'proven' },
    ])
    assert.ok(probabilityOf(more, 12, 'proven') < 0.6)
    // with what is known for nothing beside them they are a few among many
    const free = Array.from({ length: 20_000 }, () => found[0]!)
    assert.ok(probabilityOf(improvedByReviews(before, [...refused, ...refused], free), 12, 'proven') > 0.995)
  })
  it('counts answers on pairs without a curve of their own to the open ones', () => {
    const { contradicted: _, ...two } = before
    const refused = Array.from(
      { length: 500 },
      () => ({ weight: 8, samePerson: false, standing: 'contradicted' }) as const,
    )
    assert.ok(probabilityOf(improvedByReviews(two, refused), 8) < 0.2)
    assert.ok(Math.abs(probabilityOf(improvedByReviews(before, refused), 8) - 0.95) < 1e-9)
  })
  it('never makes what is linked unseen easier to reach, and never falls as weights rise', () => {
    const review = fc.record({
      weight: fc.double({ min: -4, max: 16, noNaN: true }),
      samePerson: fc.boolean(),
      standing: fc.constantFrom(...standings),
    })
    fc.assert(
      fc.property(fc.array(review, { minLength: 1, maxLength: 200 }), (reviews) => {
        const after = improvedByReviews(before, reviews)
        for (const standing of standings) {
          const curve = weights.map((weight) => probabilityOf(after, weight, standing))
          assert.ok(curve.every((chance, at) => at === 0 || chance >= curve[at - 1]! - 1e-9))
          assert.ok(curve.every((chance) => chance >= 0 && chance <= 1))
        }
        for (const weight of weights)
          assert.ok(probabilityOf(after, weight, 'proven') <= probabilityOf(before, weight, 'proven') + 1e-9)
      }),
    )
  })
  it('learns the true curve on one half of the pairs, as the other half shows', () => {
    const random = seededRandom(5)
    const drawn = Array.from({ length: 8000 }, () => {
      const weight = random() * 20 - 5
      return { weight, samePerson: random() < 1 / (1 + 2 ** (5 - weight)) }
    })
    const after = improvedByReviews(before, drawn.slice(0, 4000))
    const error = (curve: Calibration): number =>
      reliability(drawn.slice(4000).map((pair) => ({ ...pair, probability: probabilityOf(curve, pair.weight) }))).error
    assert.ok(error(after) < 0.02 && error(before) > 0.1, `${error(after)} ${error(before)}`)
  })
})

describe('the chance at a weight', () => {
  it('is that of the curve at its points, and between two of them the odds grow by so much a bit', () => {
    before.weights.forEach((weight, at) =>
      assert.ok(Math.abs(probabilityOf(before, weight) - before.probabilities[at]!) < 1e-12),
    )
    const odds = (chance: number): number => chance / (1 - chance)
    const middle = odds(probabilityOf(before, 6))
    assert.ok(Math.abs(middle - Math.sqrt(odds(0.7) * odds(0.95))) < 1e-9)
    const certain = { weights: [0, 4], probabilities: [0, 1], source: '' }
    assert.equal(probabilityOf(certain, 1), 0.25)
  })
})

describe('a calibration lowered by labels', () => {
  const labels = (count: number, wrong: number): LabelledPair[] =>
    Array.from({ length: count }, (_, at) => ({ weight: 12, samePerson: at >= wrong, standing: 'proven' }))

  it('makes what is linked unseen harder to reach, and nothing else', () => {
    const after = loweredByLabels(before, labels(1000, 100))
    assert.ok(Math.abs(probabilityOf(after, 12, 'proven') - 0.9) < 0.01)
    assert.equal(probabilityOf(after, 8, 'open'), probabilityOf(before, 8, 'open'))
    assert.equal(probabilityOf(loweredByLabels(before, labels(100_000, 60)), 0, 'proven'), 0.6)
  })
  it('stays as it was for fewer than fifty labels of a kind, and for labels of pairs that no one links unseen', () => {
    assert.equal(loweredByLabels(before, labels(1000, 49)), before)
    const open = labels(1000, 500).map((label) => ({ ...label, standing: 'open' }) as const)
    assert.equal(loweredByLabels(before, open), before)
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
