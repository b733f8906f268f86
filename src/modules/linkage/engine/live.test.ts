import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  build, cluster, defaultModel, explain, frequenciesOf, joinArrival, LiveIndex, positionOf, score, train, withFrequencies,
  type Arrival, type Dataset, type Home, type MentionRow, type ModelSpec, type ScoreResult,
} from './index.ts' // prettier-ignore
import { seededRandom } from './random.ts'
import { difficultMentions, groups } from './splink.fixture.ts'

const spec: ModelSpec = {
  ...defaultModel(),
  // Caps so low that blocks of some dozen mentions are refined and refused.
  blocking: defaultModel().blocking.map((rule, at) => ({ ...rule, cap: [3, 6, 12, 40][at % 4]! })),
}
const learnedOn = difficultMentions(400, 3)
const learned = build(learnedOn, spec, groups)
const model = train(learned, spec)
const frequencies = frequenciesOf(learned, spec)

const among = (rows: readonly MentionRow[]): Dataset => withFrequencies(build(rows, spec, groups), frequencies)

/** The same mentions with ids in no order, as records come in that were written elsewhere. */
function shuffled(rows: readonly MentionRow[], seed: number): MentionRow[] {
  const random = seededRandom(seed)
  return rows
    .map((row) => ({ ...row, id: `${Math.floor(random() * 1e9).toString(36)}-${row.id}` }))
    .sort(() => random() - 0.5)
}

interface Pair {
  readonly weight: number
  readonly rule: number
  readonly evidence: number
}

/** The pairs of one mention, by the id of the other. */
function pairsOf(
  id: string,
  { edges }: Pick<ScoreResult, 'edges'> | Arrival,
  idOf: (position: number) => string,
): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (let edge = 0; edge < edges.count; edge++) {
    const [a, b] = [idOf(edges.a[edge]!), idOf(edges.b[edge]!)]
    assert.ok(a < b)
    if (a !== id && b !== id) continue
    pairs.set(a === id ? b : a, {
      weight: edges.weight[edge]!,
      rule: edges.rule[edge]!,
      evidence: edges.evidence[edge]!,
    })
  }
  return pairs
}

const sortedPairs = (pairs: Map<string, Pair>): [string, Pair][] => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))

describe('one mention more', () => {
  it('is compared with whom a batch over all of them compares it with, to the last bit, whatever came before and went', () => {
    let edges = 0
    let refusals = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 90 }),
        (seed, atFirst, more) => {
          const rows = shuffled(difficultMentions(atFirst + more, seed), seed)
          const index = new LiveIndex(build(rows.slice(0, atFirst), spec, groups), model, {
            frequencies,
            threshold: -8,
          })
          const there = rows.slice(0, atFirst)
          for (const [at, row] of rows.slice(atFirst).entries()) {
            if (at % 5 === 4) {
              const [gone] = there.splice(at % there.length, 1)
              assert.equal(index.remove(gone!.id), true)
            }
            there.push(row)
            const arrival = index.add(row)
            // Whoever is not in a batch's data set is not in the index either.
            assert.equal(index.size, there.length)
            if (at % 3 !== 0 && at !== more - 1) continue
            const dataset = among(there)
            const batch = score(dataset, model, { threshold: -8 })
            const expected = pairsOf(row.id, batch, (position) => dataset.ids[position]!)
            const found = pairsOf(row.id, arrival, (position) => index.idOf(position))
            assert.deepEqual(sortedPairs(found), sortedPairs(expected))
            edges += found.size
            for (const [rule, { refused }] of batch.rules.entries()) {
              const live = index.refusedBlocks()[rule]!.mentions.toSorted((x, y) => x - y)
              assert.deepEqual(
                live,
                refused.map(({ mentions }) => mentions).toSorted((x, y) => x - y),
              )
              refusals += live.length
            }
            for (const { rule, mentions } of arrival.refused) {
              const said = batch.rules.find((report) => report.rule === rule)
              assert.ok(said?.refused.some((block) => block.mentions === mentions))
            }
          }
        },
      ),
      { numRuns: 30 },
    )
    assert.ok(edges > 300, `${edges} pairs`)
    assert.ok(refusals > 100, `${refusals} refused blocks`)
  })

  it('brings values, letters and numbers that nobody had before', () => {
    const index = new LiveIndex(build([], spec, groups), model, { frequencies, threshold: -8 })
    const rows = shuffled(difficultMentions(1200, 11), 11)
    const alphabet = Array.from({ length: 300 }, (_, at) => String.fromCodePoint(0x4e00 + 7 * at))
    rows.push(
      ...alphabet.map((letter, at) => ({ ...rows[at]!, id: `~${at}`, surname: `${rows[at]!.surname}${letter}` })),
    )
    const last = rows.at(-1)!
    let arrival: Arrival | undefined
    for (const row of rows) arrival = index.add(row)
    const dataset = among(rows)
    const expected = pairsOf(last.id, score(dataset, model, { threshold: -8 }), (position) => dataset.ids[position]!)
    assert.ok(expected.size > 0)
    assert.deepEqual(sortedPairs(pairsOf(last.id, arrival!, (position) => index.idOf(position))), sortedPairs(expected))
  })

  it('is explained as a batch explains it', () => {
    const rows = shuffled(difficultMentions(300, 5), 5)
    const dataset = among(rows)
    const index = new LiveIndex(build(rows.slice(0, 200), spec, groups), model, { frequencies })
    let explained = 0
    for (const row of rows.slice(200)) {
      const { edges } = index.add(row)
      for (let edge = 0; edge < edges.count; edge++) {
        const [a, b] = [edges.a[edge]!, edges.b[edge]!]
        const [x, y] = [positionOf(dataset, index.idOf(a)), positionOf(dataset, index.idOf(b))]
        assert.deepEqual(index.explain(b, a), explain(dataset, model, Math.min(x, y), Math.max(x, y)))
        if (++explained > 40) return
      }
    }
    assert.fail('too few pairs')
  })

  it('is refused without an id and when it is there, and comes back when it was taken out', () => {
    const [row] = difficultMentions(1, 1)
    const index = new LiveIndex(build([], spec, groups), model, { frequencies })
    index.add(row!)
    assert.throws(() => index.add(row!), { code: 'linkage.same_id_twice' })
    assert.throws(() => index.add({ ...row!, id: '' }), { code: 'linkage.no_id' })
    assert.equal(index.remove(row!.id), true)
    assert.equal(index.remove(row!.id), false)
    assert.equal(index.positionOf(row!.id), -1)
    assert.equal(index.add(row!).edges.count, 0)
    assert.equal(index.size, 1)
  })
})

describe('whom an arrival joins', () => {
  const plain = defaultModel()
  const rows = difficultMentions(500, 21).map((row, at) => (at % 23 === 0 ? { ...row, protectedPlace: 'refuge' } : row))
  const dataset = withFrequencies(build(rows, plain, groups), frequenciesOf(build(rows, plain, groups), plain))
  // As it stands after training on so few the model links hardly anybody: a curve that is sure from eight bits makes it decide.
  const curve = { weights: [-2, 4, 8], probabilities: [0, 0.6, 0.999] }
  const sure = { ...train(dataset, plain), calibration: { ...curve, withEvidence: curve, source: 'test' } }

  it('is whom a clustering of all puts it with, where the people stand as that clustering has them', () => {
    const { edges } = score(dataset, sure)
    const all = cluster(dataset, sure, edges)
    const kept = frequenciesOf(dataset, plain)
    let joined = 0
    let alone = 0
    let guarded = 0
    for (let at = 0; at < rows.length; at += at % 23 === 0 ? 5 : 6) {
      const id = rows[at]!.id
      const others = rows.filter((row) => row.id !== id)
      const index = new LiveIndex(build(others, plain, groups), sure, { frequencies: kept })
      const position = positionOf(dataset, id)
      const members = new Map<number, string[]>()
      for (const [mention, root] of all.of.entries()) {
        if (mention !== position) members.set(root, [...(members.get(root) ?? []), dataset.ids[mention]!])
      }
      const homes = [...members].map(([root, ids]): Home => ({
        person: `${root}`,
        members: ids.map((one) => index.positionOf(one)),
      }))
      const joining = joinArrival(index, sure, index.add(rows[at]!), homes)
      const home = members.has(all.of[position]!) ? `${all.of[position]}` : null
      // One that holds two parts together is found by the clustering alone; everybody else joins where that puts them.
      if (joining.bridged.length > 0) continue
      assert.equal(joining.person, home)
      if (home === null) alone++
      else joined++
      if ((rows[at]!.protectedPlace ?? '') !== '') {
        assert.equal(joining.person, null)
        guarded += joining.pairs.filter(({ reason }) => reason === 'protected address').length
      }
    }
    assert.ok(
      joined > 10 && alone > 10 && guarded > 5,
      `${joined} joined, ${alone} alone, ${guarded} pairs with a protected address`,
    )
  })
})
