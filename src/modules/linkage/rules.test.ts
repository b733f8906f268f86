import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  agreementOf,
  evidencePath,
  hangingOn,
  haveFaced,
  likeness,
  strongestTree,
  type AnswerCount,
  type EvidenceEdge,
} from './rules.ts'

describe('the agreement of two readers', () => {
  for (const [why, counts, share, kappa] of [
    [
      'the textbook example',
      [
        ['yes', 'yes', 20],
        ['yes', 'no', 5],
        ['no', 'yes', 10],
        ['no', 'no', 15],
      ],
      0.7,
      0.4,
    ],
    [
      'whole agreement on two answers',
      [
        ['same', 'same', 5],
        ['different', 'different', 5],
      ],
      1,
      1,
    ],
    [
      'never',
      [
        ['same', 'different', 3],
        ['different', 'same', 3],
      ],
      0,
      -1,
    ],
    ['everybody always says the same', [['same', 'same', 9]], 1, null],
  ] as const) {
    it(`is ${share} and kappa ${kappa}: ${why}`, () => {
      const found = agreementOf(counts.map(([first, second, pairs]) => ({ first, second, pairs })))
      assert.ok(found !== null && Math.abs(found.share - share) < 1e-12)
      assert.ok(
        kappa === null ? found.kappa === null : Math.abs((found.kappa ?? NaN) - kappa) < 1e-12,
        String(found.kappa),
      )
    })
  }
  it('is nothing without a pair read twice', () => assert.equal(agreementOf([]), null))

  const answer = fc.constantFrom('same', 'different', 'cannot say')
  it('is never above the share, at most 1, and the same whichever reader comes first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(answer, answer), { minLength: 1, maxLength: 60 }), (pairs) => {
        const counts = (turned: boolean): AnswerCount[] =>
          pairs.map(([x, y]) => ({ first: turned ? y : x, second: turned ? x : y, pairs: 1 }))
        const [one, other] = [agreementOf(counts(false)), agreementOf(counts(true))]
        assert.ok(one !== null && other !== null)
        assert.equal(one.pairs, pairs.length)
        if (one.kappa === null) return assert.equal(one.share, 1)
        assert.ok(one.kappa <= one.share + 1e-12)
        assert.ok(Math.abs(one.kappa - (other.kappa ?? NaN)) < 1e-12)
      }),
    )
  })
})

describe('the tree of the strongest edges', () => {
  it('leaves out what only goes round', () => {
    const edges = [
      { a: 'a', b: 'b', weight: 3 },
      { a: 'b', b: 'c', weight: 9 },
      { a: 'a', b: 'c', weight: 5 },
    ]
    assert.deepEqual(
      strongestTree(edges).map(({ weight }) => weight),
      [9, 5],
    )
  })

  it('reaches as far as all edges do, with one edge fewer than mentions, and no swap would make it stronger', () => {
    const name = fc.integer({ min: 0, max: 7 }).map((n) => `m${n}`)
    const edge = fc.record({ a: name, b: name, weight: fc.integer({ min: 0, max: 40 }) })
    /** The slow way: who is reached from whom, step by step. */
    const reached = (edges: readonly EvidenceEdge[], from: string): Set<string> => {
      const found = new Set([from])
      for (let size = 0; size < found.size;) {
        size = found.size
        for (const { a, b } of edges) {
          if (found.has(a)) found.add(b)
          if (found.has(b)) found.add(a)
        }
      }
      return found
    }
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 20 }), (given) => {
        const edges = given.filter(({ a, b }) => a !== b)
        const tree = strongestTree(edges)
        for (const { a } of edges) assert.deepEqual([...reached(tree, a)].sort(), [...reached(edges, a)].sort())
        for (const cut of tree) {
          const rest = tree.filter((one) => one !== cut)
          const side = reached(rest, cut.a)
          assert.ok(!side.has(cut.b), 'an edge too many')
          for (const other of edges) if (side.has(other.a) !== side.has(other.b)) assert.ok(other.weight <= cut.weight)
        }
      }),
    )
  })
})

describe('how two written facts compare', () => {
  for (const [one, other, words] of [
    ['Sam', 'Sam ', 'same'],
    ['SAM LEE', 'Sam  Lee', 'written differently'],
    ['José', 'Jose', 'written differently'],
    ['07700 900001', '07700900001', 'written differently'],
    ['Sam', 'Sam Lee', 'one holds the other'],
    ['Lee Sam', 'Sam', 'one holds the other'],
    ['Sam', 'Pam', 'differs'],
    ['', 'Pam', 'one is not written'],
    [' - ', '', 'neither is written'],
  ] as const) {
    it(`"${one}" and "${other}": ${words}`, () => assert.equal(likeness(one, other), words))
  }
  it('takes two ways of writing a telephone for one', () => {
    const key = (text: string): string => text.replace(/\D/g, '').replace(/^44/, '0')
    assert.equal(likeness('+44 7700 900268', '07700900268', key), 'written differently')
    assert.equal(likeness('+44 7700 900268', '07700900269', key), 'differs')
  })
  it('does not mind which comes first', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => assert.equal(likeness(one, other), likeness(other, one))),
    )
  })
})

describe('the path of evidence', () => {
  const ids = ['m0', 'm1', 'm2', 'm3', 'm4', 'm5']
  const name = fc.constantFrom(...ids)
  const edges = fc
    .array(fc.record({ a: name, b: name, weight: fc.integer({ min: 0, max: 40 }) }), { maxLength: 12 })
    .map((given) => given.filter(({ a, b }) => a !== b))

  it('holds each mention once, each after the one it hangs on, by an edge of theirs', () => {
    fc.assert(
      fc.property(edges, (given) => {
        const path = evidencePath(ids, given)
        assert.deepEqual(path.map(({ id }) => id).toSorted(), ids)
        for (const [at, { id, on, edge }] of path.entries()) {
          if (on === null) assert.equal(edge, null)
          else {
            assert.ok(on < at && edge !== null)
            assert.deepEqual([edge.a, edge.b].toSorted(), [id, path[on]?.id ?? ''].toSorted())
          }
        }
        assert.equal(path.filter(({ on }) => on === null).length, ids.length - strongestTree(given).length)
      }),
    )
  })

  it('parts in two just where it is cut', () => {
    fc.assert(
      fc.property(edges, name, (given, cut) => {
        const path = evidencePath(ids, given)
        const going = hangingOn(path, cut)
        assert.ok(going.includes(cut))
        for (const { id, on } of path) {
          if (on === null || id === cut) continue
          assert.equal(going.includes(id), going.includes(path[on]?.id ?? ''))
        }
      }),
    )
  })
})

describe('two people', () => {
  const been = (...roles: readonly string[]): ReadonlySet<string> => new Set(roles)

  it('have faced each other where one was a victim and the other a suspect, whichever is named first', () => {
    assert.ok(haveFaced(been('victim', 'witness'), been('suspect')))
    assert.ok(haveFaced(been('suspect'), been('witness', 'victim')))
    assert.ok(haveFaced(been('victim', 'suspect'), been('victim')))
    assert.ok(!haveFaced(been('victim'), been('victim', 'witness')))
    assert.ok(!haveFaced(been('victim', 'suspect'), been('witness')))
    assert.ok(!haveFaced(been(), been('suspect')))
  })
})
