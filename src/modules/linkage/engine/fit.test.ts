import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  build, COUNTED_FROM, countedFrom, defaultModel, fittedCalibration, nameGroups, probabilityOf, reliability, train,
  type Edges, type MentionRow,
} from './index.ts' // prettier-ignore
import { seededRandom } from './random.ts'
import { edgesFrom } from './score.ts'
import { evidenceKinds } from './weights.ts'

const spec = defaultModel()
const empty = { forenames: '', surname: '', knownAs: '', dob: '', sex: '', postcode: '', phone: '', role: '' }

/** Mentions one after another in twos: the first pair stands on one record, the second shares a custody number, the rest neither. */
const rows = Array.from({ length: 6 }, (_, at): MentionRow => {
  const [record, custody] = [at < 2 ? 'r1' : '', at === 2 || at === 3 ? 'met:9' : '']
  return { id: `m${at}`, ...empty, nominal: '', record, custody }
})
const dataset = build(rows, spec, nameGroups())
const model = train(dataset, spec)

const bit = (kind: (typeof evidenceKinds)[number]): number => 1 << evidenceKinds.indexOf(kind)
const EVIDENCE = {
  open: bit('name'),
  contradicted: bit('name') | (bit('birth') << 16),
  proven: bit('name') | bit('birth'),
}
const PLACE = { 'on one record': 0, 'of one number': 2, plain: 4 }

interface Drawn {
  readonly weight: number
  readonly standing: keyof typeof EVIDENCE
  readonly place: keyof typeof PLACE
  readonly samePerson: boolean
}

function edgesOf(pairs: readonly Drawn[]): Edges {
  const ints = (of: (pair: Drawn) => number): Int32Array => Int32Array.from(pairs, of)
  return {
    count: pairs.length,
    a: ints(({ place }) => PLACE[place]),
    b: ints(({ place }) => PLACE[place] + 1),
    weight: Float64Array.from(pairs, ({ weight }) => weight),
    evidence: ints(({ standing }) => EVIDENCE[standing]),
    rule: new Uint8Array(pairs.length),
  }
}

/** As many open pairs of two people and of one as asked, lying as the model expects them to; those of one go on above evenly. */
function lying(two: number, one: number, seed: number): Drawn[] {
  const random = seededRandom(seed)
  const expected = spec.spread!.open
  const step = (shares: readonly number[]): number => {
    let left = random() * shares.reduce((sum, share) => sum + share, 0)
    return Math.max(0, shares.findIndex((share) => (left -= share) < 0)) // prettier-ignore
  }
  const pair = (samePerson: boolean, shares: readonly number[]): Drawn => ({
    weight: COUNTED_FROM + 2 * (step(shares) + random()),
    standing: 'open',
    place: 'plain',
    samePerson,
  })
  const above = Array.from({ length: 20 }, (_, at) => expected.one[at] ?? 0.2)
  return [
    ...Array.from({ length: two }, () => pair(false, expected.two)),
    ...Array.from({ length: one }, () => pair(true, above)),
  ]
}

describe('a calibration fitted to how the pairs lie', () => {
  it('finds how many are two people from the weights alone, many or few', () => {
    for (const [two, one] of [
      [20_000, 2000],
      [3000, 6000],
      [400, 9000],
    ] as const) {
      // prettier-ignore
      const pairs = lying(two, one, two)
      const curves = fittedCalibration(dataset, model, edgesOf(pairs))
      const { error } = reliability(
        pairs.map((pair) => ({ ...pair, probability: probabilityOf(curves, pair.weight, pair.standing) })),
      )
      const before = reliability(
        pairs.map((pair) => ({ ...pair, probability: probabilityOf(model.calibration, pair.weight, pair.standing) })),
      )
      assert.ok(error < 0.02 && before.error > 1.5 * error, `${two} of ${two + one}: ${error}, before ${before.error}`)
    }
  })
  it('does not ask who anybody is, and lets labels of nobody in: the same pairs give the same curves', () => {
    const pairs = lying(2000, 2000, 4)
    const other = pairs.toReversed().map((pair) => ({ ...pair, samePerson: !pair.samePerson }))
    const [one, two] = [pairs, other].map((all) => fittedCalibration(dataset, model, edgesOf(all)))
    one!.probabilities.forEach((chance, at) => assert.ok(Math.abs(chance - two!.probabilities[at]!) < 1e-9))
  })
  it('says no more than what is known allows: of pairs on one record, and of those that share a number', () => {
    const pairs = lying(2000, 4000, 5)
    const more = (place: Drawn['place'], weight: number): Drawn[] =>
      Array.from({ length: 100 }, () => ({ weight, standing: 'open', place, samePerson: false }))
    /** How many of the pairs are held for two people. */
    const two = (extra: readonly Drawn[]): number => {
      const curves = fittedCalibration(dataset, model, edgesOf([...pairs, ...extra]))
      return pairs.reduce((sum, { weight }) => sum + 1 - probabilityOf(curves, weight), 0)
    }
    const relatives = two(more('on one record', 9)) - two([])
    assert.ok(relatives > 50, `${relatives} more for 100 on one record`)
    const known = two(more('plain', -7)) - two(more('of one number', -7))
    assert.ok(known > 30, `${known} fewer for 100 of one number`)
  })
  it('leaves what is linked unseen as it was, and everything where there are few pairs', () => {
    const { withEvidence, contradicted } = fittedCalibration(dataset, model, edgesOf(lying(2000, 2000, 6)))
    assert.equal(withEvidence, model.calibration.withEvidence)
    assert.equal(contradicted, model.calibration.contradicted)
    assert.equal(fittedCalibration(dataset, model, edgesOf(lying(80, 80, 6))), model.calibration)
    const bare = { ...model, spec: { ...spec } }
    delete (bare.spec as { spread?: unknown }).spread
    assert.equal(fittedCalibration(dataset, bare, edgesOf(lying(2000, 2000, 6))), model.calibration)
    assert.deepEqual([countedFrom(spec), countedFrom(bare.spec)], [COUNTED_FROM, 0])
  })
  it('never falls and never leaves 0 to 1, whatever pairs there are', () => {
    const drawn = fc.record({
      weight: fc.double({ min: -12, max: 60, noNaN: true }),
      standing: fc.constantFrom('open', 'contradicted', 'proven'),
      place: fc.constantFrom('on one record', 'of one number', 'plain'),
      samePerson: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (pairs: Drawn[], times) => {
        const curves = fittedCalibration(dataset, model, edgesOf(Array.from({ length: times }, () => pairs).flat()))
        for (const standing of ['open', 'contradicted', 'proven'] as const) {
          const chances = Array.from({ length: 80 }, (_, at) => probabilityOf(curves, at - 12, standing))
          assert.ok(
            chances.every((chance, at) => chance >= 0 && chance <= 1 && chance >= (chances[at - 1] ?? 0) - 1e-12),
          )
        }
      }),
    )
  })
})

describe('edges from a weight on', () => {
  it('are those and no others, each with all that is known of it', () => {
    const edges = edgesOf(lying(300, 300, 7))
    const kept = edgesFrom(edges, 1)
    const told = ({ count, a, b, weight, evidence, rule }: Edges): string[] =>
      Array.from({ length: count }, (_, at) => [a[at], b[at], weight[at], evidence[at], rule[at]].join())
    assert.ok(kept.count > 50 && kept.count < edges.count)
    assert.deepEqual(told(kept), told(edges).filter((_, at) => edges.weight[at]! >= 1)) // prettier-ignore
  })
})
