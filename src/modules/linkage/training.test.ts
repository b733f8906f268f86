import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { reliabilityOf, thresholdsOf } from './model-report.ts'
import { defaultModel, type LabelledPair } from './engine/index.ts'
import { changesOf } from './training.ts'

describe('what a draft would change', () => {
  it('joins, parts, and leaves alone', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const now = new Map([['a', 'P'], ['b', 'P'], ['c', 'Q'], ['d', 'R'], ['e', 'R']]) // prettier-ignore
    // a and b stay one; c and d become one, so Q and R are joined; e leaves R; f is new
    const { changes, pairs } = changesOf({ ids }, Int32Array.of(0, 0, 2, 2, 4, 5), now)
    assert.deepEqual(changes, { joined: 2, into: 1, parted: 2, from: 1, persons: 3 })
    assert.deepEqual(pairs, [['join', 'c', 'd'], ['part', 'd', 'e']]) // prettier-ignore
  })

  it('is nothing when the clusters are the people, and else names a pair that differs', () => {
    const group = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 14 })
    fc.assert(
      fc.property(group, group, (persons, clusters) => {
        const size = Math.min(persons.length, clusters.length)
        const ids = Array.from({ length: size }, (_, at) => `m${String(at).padStart(2, '0')}`)
        const now = new Map(ids.map((id, at) => [id, `P${persons[at]}`]))
        const of = Int32Array.from(ids, (_, at) => clusters[at] ?? 0)
        const { changes, pairs } = changesOf({ ids }, of, now)
        const together = (a: number, b: number) => ({ drafted: of[a] === of[b], now: persons[a] === persons[b] })
        const differs = ids.some((_, a) => ids.some((__, b) => together(a, b).drafted !== together(a, b).now))
        assert.equal(differs, pairs.length > 0)
        assert.equal(differs, changes.into + changes.from > 0)
        for (const [kind, a, b] of pairs) {
          const found = together(ids.indexOf(a), ids.indexOf(b))
          assert.deepEqual(found, kind === 'join' ? { drafted: true, now: false } : { drafted: false, now: true })
        }
      }),
    )
  })
})

describe('the report of a model', () => {
  const pair = fc.record({
    weight: fc.integer({ min: -10, max: 40 }),
    samePerson: fc.boolean(),
    share: fc.integer({ min: 1, max: 5 }),
    standing: fc.constantFrom('open', 'proven', 'contradicted'),
  })
  const { calibration } = defaultModel()

  it('gives precision and recall at each threshold, as counting one by one does', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 40 }), (labelled: LabelledPair[]) => {
        const lines = thresholdsOf(labelled)
        const both = labelled.some((one) => one.samePerson) && labelled.some((one) => !one.samePerson)
        assert.equal(lines.length > 0, both)
        for (const { weight, precision, recall } of lines) {
          let [kept, right, all] = [0, 0, 0]
          for (const one of labelled) {
            if (one.samePerson) all += one.share ?? 1
            if (one.weight < weight) continue
            kept += one.share ?? 1
            if (one.samePerson) right += one.share ?? 1
          }
          assert.ok(Math.abs(precision - (kept === 0 ? 1 : right / kept)) < 1e-12)
          assert.ok(Math.abs(recall - right / all) < 1e-12)
        }
        for (const [at, line] of lines.entries()) assert.ok(at === 0 || line.recall <= (lines[at - 1]?.recall ?? 0))
      }),
    )
  })

  it('loses no label in the reliability, says nothing without both kinds, and finds a lie', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), (labelled: LabelledPair[]) => {
        const { lines, error } = reliabilityOf(labelled, calibration)
        if (error === null) return assert.deepEqual(lines, [])
        assert.equal(
          lines.reduce((sum, line) => sum + line.pairs, 0),
          labelled.length,
        )
        assert.ok(error >= 0 && error <= 1)
      }),
    )
    // what the model is sure of is one person every second time
    const lying = Array.from({ length: 40 }, (_, at): LabelledPair => ({
      weight: 33,
      samePerson: at % 4 < 2,
      standing: 'proven',
    }))
    assert.ok((reliabilityOf(lying, calibration).error ?? 0) > 0.4)
  })
})
