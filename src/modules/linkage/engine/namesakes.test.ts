import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  build, columnOf, defaultModel, frequenciesOf, LiveIndex, pairScorer, train, withFrequencies,
  type Dataset, type MentionRow,
} from './index.ts' // prettier-ignore
import { groups, namesakeMentions } from './splink.fixture.ts'

const spec = defaultModel()
const empty = { knownAs: '', sex: '', postcode: '', phone: '', nominal: '', custody: '', record: '', role: '' }
const knownIn = (dataset: Dataset) => frequenciesOf(dataset, spec).get('namesakes')!

describe('names of several people', () => {
  it('are those with three years of birth at least, each more than a year from the one before', () => {
    const person = fc.record({
      forenames: fc.constantFrom('', 'Ana', 'Bo', 'Ana Maria'),
      surname: fc.constantFrom('', 'Lee', 'Khan'),
      year: fc.integer({ min: 1980, max: 1992 }),
      dated: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(person, { maxLength: 40 }), (people) => {
        const rows = people.map(({ forenames, surname, year, dated }, at): MentionRow => {
          return { id: `p${at}`, ...empty, forenames, surname, dob: dated ? `${year}-05-0${1 + (at % 9)}` : '' }
        })
        const { recorded, counts } = knownIn(build(rows, spec, groups))
        const expected = new Map<string, number>()
        let all = 0
        for (const given of ['ana', 'bo']) {
          for (const surname of ['lee', 'khan']) {
            const of = people.filter(
              (one) =>
                one.dated &&
                one.forenames.toLowerCase().split(' ')[0] === given &&
                one.surname.toLowerCase() === surname,
            )
            const years = [...new Set(of.map(({ year }) => year))].sort((x, y) => x - y)
            const count = years.filter((year, at) => at === 0 || year - years[at - 1]! > 1).length
            all += count
            if (count >= 3) expected.set(`${given}|${surname}`, count)
          }
        }
        assert.deepEqual([recorded, new Map(counts)], [all, expected])
      }),
    )
  })

  const rows = namesakeMentions(800, 2)
  const dataset = build(rows, spec, groups)
  const model = train(dataset, spec)
  const known = knownIn(dataset)

  it('say by as much less as the name is commoner than its two parts make it, and other pairs say what they said', () => {
    const without = withFrequencies(dataset, new Map([['namesakes', { recorded: 0, counts: new Map() }]]))
    const [here, there] = [pairScorer(dataset, model), pairScorer(without, model)]
    const [given, surname] = [columnOf(dataset, 'given'), columnOf(dataset, 'surname')]
    const { codes, lexicon } = columnOf(dataset, 'namesakes')
    let less = 0
    for (let a = 0; a < 200; a++) {
      for (let b = a + 1; b < 200; b++) {
        const same = given.codes[a] === given.codes[b] && surname.codes[a] === surname.codes[b] && codes[a] !== 0
        const drop = there.weightOf(a, b) - here.weightOf(a, b)
        if (!same) {
          assert.equal(drop, 0)
          continue
        }
        const rareness = ({ counts, recorded }: typeof given, code: number): number => counts[code]! / recorded
        const apart = rareness(given, given.codes[a]!) * rareness(surname, surname.codes[a]!)
        const together = (known.counts.get(lexicon.values[codes[a]!]!)! - 2) / known.recorded
        assert.ok(Math.abs(drop - Math.max(0, Math.log2(together / apart))) < 1e-9, `${drop}`)
        if (drop > 1) less++
      }
    }
    assert.ok(known.counts.size >= 6 && less > 50, `${known.counts.size} names, ${less} pairs`)
  })

  it('are weighed for a mention that comes alone as among all, also when it is the first of its name', () => {
    const frequencies = frequenciesOf(dataset, spec)
    for (const atFirst of [0, 1, 500]) {
      const index = new LiveIndex(build(rows.slice(0, atFirst), spec, groups), model, { frequencies })
      for (const row of rows.slice(atFirst)) index.add(row)
      const batch = pairScorer(withFrequencies(dataset, frequencies), model)
      const { codes } = columnOf(dataset, 'namesakes')
      const some = rows.flatMap((_, at) => (codes[at] === 0 ? [] : [at])).slice(0, 60)
      for (const a of some) {
        for (const b of some) {
          if (a < b)
            assert.equal(
              index.weightOf(index.positionOf(rows[a]!.id), index.positionOf(rows[b]!.id)),
              batch.weightOf(a, b),
            )
        }
      }
    }
  })

  it('are only those that the model knew: a name that becomes common later is weighed as it was', () => {
    const later = Array.from({ length: 12 }, (_, at): MentionRow => {
      return {
        id: `z${at}`,
        ...empty,
        forenames: 'Zelda',
        surname: 'Quartermain',
        dob: `${1950 + 3 * at}-04-1${at % 10}`,
      }
    })
    const few = build(later, spec, groups)
    assert.equal(knownIn(few).counts.size, 1)
    const frequencies = frequenciesOf(dataset, spec)
    const { codes } = columnOf(withFrequencies(few, frequencies), 'namesakes')
    assert.deepEqual([...new Set(codes)], [0])
  })
})
