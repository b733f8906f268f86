import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { build, defaultModel, nameGroups, train, type MentionRow } from './index.ts'
import { seededRandom } from './random.ts'

/** Invented people with so many mentions each, a third of them without a date of birth, so that no rule finds all pairs. */
function invented(people: number, each: number): MentionRow[] {
  const random = seededRandom(9)
  const syllables = 'ba ke li mo nu ra se ti vo da fe gi ho ju la me'.split(' ')
  const word = (length: number): string =>
    Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]!).join('')
  return Array.from({ length: people }, (_, person) => {
    const [forenames, surname] = [word(2), word(3)]
    const dob = `19${50 + Math.floor(random() * 50)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}`
    return Array.from({ length: each }, (__, copy) => ({
      id: `p${person}-${copy}`,
      forenames,
      surname,
      knownAs: '',
      dob: random() < 0.33 ? '' : dob,
      sex: 'f',
      postcode: '',
      phone: '',
      nominal: '',
      custody: '',
      record: '',
      role: '',
    }))
  }).flat()
}

describe('the prior', () => {
  for (const [people, each] of [
    [400, 2],
    [200, 6],
  ] as const) {
    it(`comes near to the share of pairs that are one person: ${people} people, ${each} mentions each`, () => {
      const rows = invented(people, each)
      const spec = defaultModel()
      const dataset = build(rows, spec, nameGroups())
      const pairs = (count: number): number => (count * (count - 1)) / 2
      const real = (people * pairs(each)) / pairs(rows.length)
      const { prior } = train(dataset, spec)
      assert.ok(prior > real / 1.6 && prior < real * 1.6, `${prior} against ${real}`)
      const plain = train(dataset, { ...spec, training: { ...spec.training, expectedPrior: false } })
      assert.notEqual(plain.prior, prior)
      assert.deepEqual(plain.params, train(dataset, spec).params)
    })
  }
})
