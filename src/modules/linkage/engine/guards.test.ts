import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  agreementOf, build, cluster, decider, defaultModel, explain, nameGroups, pairScorer, positionOf, score, supportOf, train,
  type MentionRow,
} from './index.ts' // prettier-ignore
import { evidenceKinds } from './weights.ts'

const spec = defaultModel()
const groups = nameGroups()

function mention(id: string, given: Partial<MentionRow>): MentionRow {
  const empty = { forenames: '', surname: '', knownAs: '', dob: '', sex: '', postcode: '', phone: '' }
  return { id, ...empty, nominal: '', custody: '', record: '', role: '', ...given }
}

const same = { forenames: 'Zelda', surname: 'Quartermain', dob: '1981-04-17', phone: '07700900321', sex: 'f' }
const crowd = Array.from({ length: 400 }, (_, at) =>
  mention(`c${at}`, {
    forenames: `Fore${String.fromCharCode(97 + (at % 26))}${at % 7}x`,
    surname: `Sur${String.fromCharCode(97 + (at % 23))}name`,
    dob: `19${50 + (at % 50)}-0${1 + (at % 9)}-1${at % 10}`,
    sex: at % 2 === 0 ? 'f' : 'm',
    postcode: `E${1 + (at % 9)} ${1 + (at % 9)}AB`,
  }),
)

function linked(extra: readonly MentionRow[], assertions: { same?: [string, string][] } = {}) {
  const dataset = build([...crowd, ...extra], spec, groups)
  const model = train(dataset, spec)
  const { edges } = score(dataset, model)
  const found = cluster(dataset, model, edges, assertions)
  const scorer = pairScorer(dataset, model)
  const at = (id: string): number => positionOf(dataset, id)
  const { decide } = decider(dataset, model, scorer)
  return {
    together: (a: string, b: string): boolean => found.of[at(a)] === found.of[at(b)],
    decision: (a: string, b: string) => decide(at(a), at(b), scorer.weightOf(at(a), at(b))),
    explained: (a: string, b: string) => explain(dataset, model, at(a), at(b)),
    review: found.review,
  }
}

describe('an address that must not become known', () => {
  const safe = mention('s1', { ...same, protectedPlace: 'yes', postcode: 'N1 9GU' })

  it('is on a mention that only a person joins', () => {
    const { together, decision, review } = linked([safe, mention('s2', same)])
    assert.deepEqual(decision('s1', 's2').reasons, ['protected address'])
    assert.equal(decision('s1', 's2').band, 'review')
    assert.equal(together('s1', 's2'), false)
    assert.ok(review.some(({ reason }) => reason === 'protected address'))
  })
  it('is not carried to a third mention by a join that a person made', () => {
    const rows = [safe, mention('s2', same), mention('s3', { ...same, sex: '' })]
    assert.equal(linked(rows.slice(1)).together('s2', 's3'), true)
    const { together } = linked(rows, { same: [['s1', 's2']] })
    assert.equal(together('s1', 's2'), true)
    assert.equal(together('s1', 's3') || together('s2', 's3'), false)
  })
  it('is told by the explanation without being told', () => {
    const text = JSON.stringify(linked([safe, mention('s2', same)]).explained('s1', 's2'))
    assert.ok(text.includes('protected address') && !text.includes('N1 9GU') && !text.includes('Quartermain'))
  })
})

describe('evidence that is enough for linking unseen', () => {
  const bits = (kinds: readonly string[], shift: number): number =>
    kinds.reduce((all, kind) => all | (1 << (evidenceKinds.findIndex((one) => one === kind) + shift)), 0)
  const support = supportOf(train(build(crowd, spec, groups), spec))
  const enough = (strong: string, partial = ''): boolean => {
    const evidence = bits(strong.split(' ').filter(Boolean), 0) | bits(partial.split(' ').filter(Boolean), 8)
    assert.equal(agreementOf(evidence).strong.size, strong.split(' ').filter(Boolean).length)
    return support(evidence).enough
  }
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['name birth', '', true],
    ['name contact', '', true],
    ['name identifier', '', true],
    ['identifier birth', '', true],
    ['birth place', 'name', true],
    ['name place', 'birth', true],
    ['name place other', '', true],
    // A common name and a postcode, a rare surname and a household, the same birthday at one address: not enough.
    ['name', '', false],
    ['name place', '', false],
    ['name', 'birth', false],
    ['birth place', '', false],
    ['birth contact place', '', false],
    ['birth', 'name', false],
    ['contact place', 'name', false],
  ]
  for (const [strong, partial, expected] of cases) {
    it(`${expected ? 'is' : 'is not'} ${strong}${partial === '' ? '' : `, in part ${partial}`}`, () =>
      assert.equal(enough(strong, partial), expected))
  }
  it('does not join a father and his son of one name on their postcode, and puts them up for review', () => {
    const home = { forenames: 'Zelda', surname: 'Quartermain', postcode: 'N1 9GU', sex: 'f' }
    const { together, decision } = linked([mention('f', home), mention('s', home)])
    assert.equal(together('f', 's'), false)
    assert.equal(decision('f', 's').band, 'review')
  })
})
