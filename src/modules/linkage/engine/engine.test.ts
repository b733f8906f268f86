import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  build,
  cluster,
  decider,
  defaultModel,
  estimateBlocking,
  evaluateClusters,
  evaluateLinkable,
  evaluateSlices,
  explain,
  explainer,
  freeLabels,
  LinkageFailure,
  nameGroups,
  pairScorer,
  positionOf,
  rulesJoining,
  score,
  train,
  type Dataset,
  type Linkable,
  type MentionRow,
} from './index.ts'
import { seededRandom } from './random.ts'

const groups = nameGroups({ nicknames: ['name,nickname', 'william,bill', 'elizabeth,liz'] })
const spec = defaultModel()

function mention(id: string, given: Partial<MentionRow>): MentionRow {
  const empty = { forenames: '', surname: '', knownAs: '', dob: '', sex: '', postcode: '', phone: '' }
  return { id, ...empty, nominal: '', custody: '', record: '', role: '', ...given }
}

const syllables = 'ba ke li mo nu ra se ti vo da fe gi ho ju la me'.split(' ')

/** Mentions of invented people, some with a slip, a nickname, swapped names or a field not recorded. */
function invented(
  people: number,
  mentionsEach: number,
  seed: number,
): { rows: MentionRow[]; who: Map<string, string> } {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const word = (length: number): string => Array.from({ length }, () => pick(syllables)).join('')
  const two = (most: number): string => String(1 + Math.floor(random() * most)).padStart(2, '0')
  const rows: MentionRow[] = []
  const who = new Map<string, string>()
  for (let person = 0; person < people; person++) {
    const forename = random() < 0.1 ? 'William' : word(2)
    const surname = word(3)
    const dob = `${1950 + Math.floor(random() * 50)}-${two(12)}-${two(28)}`
    const home = `E${two(9)[1]} ${Math.floor(random() * 9) + 1}${pick('A B D E F G H'.split(' '))}${pick('J L N P Q R S'.split(' '))}`
    const phone = `07${String(Math.floor(random() * 1e9)).padStart(9, '0')}`
    const sex = pick(['m', 'f'])
    for (let copy = 0; copy < mentionsEach; copy++) {
      const id = `m${String(Math.floor(random() * 1e12)).padStart(12, '0')}`
      const slipped = random() < 0.15 ? surname.slice(0, 3) + pick('a e i o u'.split(' ')) + surname.slice(4) : surname
      const called = forename === 'William' && random() < 0.4 ? 'Bill' : forename
      const swap = random() < 0.04
      rows.push(
        mention(id, {
          forenames: swap ? slipped : called,
          surname: swap ? called : slipped,
          dob: random() < 0.15 ? '' : dob,
          sex,
          postcode: random() < 0.3 ? '' : home,
          phone: random() < 0.4 ? '' : phone,
        }),
      )
      who.set(id, `p${person}`)
    }
  }
  return { rows, who }
}

function peopleOf(dataset: Dataset, who: ReadonlyMap<string, string>): string[] {
  return dataset.ids.map((id) => who.get(id)!)
}

describe('levels of agreement', () => {
  const base = { forenames: 'William John', surname: 'Kowalski', dob: '1984-03-12', postcode: 'E1 4NY', sex: 'm' }
  const cases: readonly (readonly [string, string, Partial<MentionRow>, Partial<MentionRow>])[] = [
    ['name', 'same forename and surname', base, base],
    ['name', 'same surname, forename a form of the same name or known as it', base, { ...base, forenames: 'Bill' }],
    [
      'name',
      'same surname, forename a form of the same name or known as it',
      { ...base, forenames: 'Dragan', knownAs: 'William' },
      base,
    ],
    ['name', 'forename and surname swapped', base, { forenames: 'Kowalski', surname: 'William' }],
    ['name', 'same forename, surname close', base, { ...base, surname: 'Kowalska' }],
    ['name', 'same surname, forename close', base, { ...base, forenames: 'Willam' }],
    ['name', 'forename and surname both close', base, { forenames: 'Willam', surname: 'Kowalsky' }],
    ['name', 'same surname, forename only an initial', base, { ...base, forenames: 'W' }],
    ['name', 'same surname, a forename not recorded', base, { ...base, forenames: 'unknown' }],
    ['name', 'same forename, a surname not recorded', base, { ...base, surname: '' }],
    ['name', 'same forename, different surname', base, { ...base, surname: 'Obi' }],
    ['name', 'surname agrees, different forename', base, { ...base, forenames: 'Grace' }],
    [
      'name',
      'the parts of one name are all in the other',
      { forenames: 'Gurpreet Kaur', surname: 'Gill' },
      { forenames: 'Gurpreet', surname: 'Kaur' },
    ],
    [
      'name',
      'the parts of one name are all in the other',
      { forenames: 'Mohammed Shafiq', surname: 'Khan' },
      { forenames: 'Khan', surname: 'Shafiq' },
    ],
    [
      'name',
      'the only name of one is a name of the other, recorded in the other place',
      base,
      { forenames: 'Kowalski', dob: '1984-03-12' },
    ],
    ['name', 'same forename, different surname', base, { forenames: 'William', surname: 'Ng' }],
    ['name', 'different', { forenames: 'Wei', surname: 'Li' }, { forenames: 'Wen', surname: 'Lin' }],
    ['date of birth', 'same date of birth', base, base],
    ['date of birth', 'same year, both recorded as 1 January', { dob: '1984-01-01' }, { dob: '1984-01-01' }],
    ['date of birth', 'day and month swapped', base, { dob: '1984-12-03' }],
    ['date of birth', 'one slip in the date', base, { dob: '1984-03-13' }],
    ['date of birth', 'one slip in the date', base, { dob: '1984-33-12' }],
    ['date of birth', 'same year', base, { dob: '1984-11-25' }],
    ['date of birth', 'less than two years apart', base, { dob: '1985-11-25' }],
    ['date of birth', 'different', base, { dob: '1961-11-25' }],
    ['date of birth', 'not recorded', base, { dob: '1900-01-01' }],
    ['sex', 'different sex', base, { sex: 'Female' }],
    ['postcode', 'same postcode', base, { postcode: 'e14ny' }],
    ['postcode', 'one slip between the postcodes', base, { postcode: 'E14 4NY' }],
    ['postcode', 'same postcode sector', base, { postcode: 'E1 4AB' }],
    ['postcode', 'same postcode district', base, { postcode: 'E1 7AB' }],
    ['postcode', 'different districts', base, { postcode: 'E14 7AB' }],
    ['phone', 'same phone', { phone: '07700 900123' }, { phone: '+447700900123' }],
    ['phone', 'one slip between the phones', { phone: '07700 900123' }, { phone: '07700 900132' }],
    ['email', 'two slips at most', { email: 'ann.lee@mail.test' }, { email: 'ann_lee@mail.test' }],
    ['town', 'same town', { town: 'Wells' }, { town: 'WELLS' }],
    ['middle names', 'middle names agree in part', base, { ...base, forenames: 'William J' }],
    ['source number', 'same number in the same source', { nominal: 'cris:77' }, { nominal: 'CRIS:77' }],
    ['source number', 'not recorded', { nominal: 'cris:77' }, { nominal: 'niche:78' }],
    ['custody number', 'same custody number', { custody: 'c:01EK/1' }, { custody: 'c:01EK/1' }],
  ]
  for (const [comparison, label, left, right] of cases) {
    it(`finds "${label}" in ${comparison}: ${JSON.stringify(right)}`, () => {
      const dataset = build([mention('a', left), mention('b', right)], spec, groups)
      const found = explain(dataset, train(dataset, spec), 0, 1).steps.find((step) => step.comparison === comparison)
      assert.equal(found?.label, label)
    })
  }
})

describe('the engine on invented mentions', () => {
  const { rows, who } = invented(400, 4, 11)
  const dataset = build(rows, spec, groups)
  const model = train(dataset, spec)
  const { edges, compared, rules } = score(dataset, model)
  const people = peopleOf(dataset, who)

  it('finds most people and joins hardly any two', () => {
    const found = evaluateClusters(cluster(dataset, model, edges, { minimumWeight: 6 }).of, people)
    assert.ok(found.precision > 0.98 && found.recall > 0.9, JSON.stringify(found))
    const auto = evaluateClusters(cluster(dataset, model, edges).of, people)
    assert.ok(auto.precision > 0.995 && auto.recall > 0.5, JSON.stringify(auto))
  })
  it('compares each pair once, whichever rules make it', () => {
    const seen = new Set<string>()
    for (let edge = 0; edge < edges.count; edge++) {
      const [a, b] = [edges.a[edge]!, edges.b[edge]!]
      assert.ok(a < b)
      seen.add(`${a} ${b}`)
      assert.ok(rulesJoiningCount(a, b) > 0)
    }
    assert.equal(seen.size, edges.count)
    assert.ok(compared >= edges.count && compared <= rules.reduce((sum, rule) => sum + rule.pairs, 0))
  })
  function rulesJoiningCount(a: number, b: number): number {
    // Asking for every edge would build the rules anew each time; the first few hundred positions are enough.
    return a < 5 ? rulesJoining(dataset, model, a, b).length : 1
  }
  it('explains every edge so that the steps add up to the weight', () => {
    const explained = explainer(dataset, model)
    assert.ok(edges.count > 1000)
    for (let edge = 0; edge < edges.count; edge++) {
      const { prior, steps, total } = explained(edges.a[edge]!, edges.b[edge]!)
      const sum = steps.reduce((running, step) => running + step.weight + step.rarity, prior)
      assert.ok(Math.abs(sum - edges.weight[edge]!) < 1e-9)
      assert.ok(Math.abs(total - edges.weight[edge]!) < 1e-9 && steps.at(-1)?.runningTotal === total)
    }
  })
  it('scores a pair the same in both directions', () => {
    const { weightOf } = pairScorer(dataset, model)
    fc.assert(
      fc.property(fc.nat(dataset.size - 1), fc.nat(dataset.size - 1), (a, b) => {
        assert.equal(weightOf(a, b), weightOf(b, a))
      }),
    )
  })
  it('gives the same model and clusters in whatever order the mentions come', () => {
    const expected = cluster(dataset, model, edges)
    const turned = [...rows.slice(700), ...rows.slice(0, 700).reverse()]
    const other = build(turned, spec, groups)
    const otherModel = train(other, spec)
    assert.deepEqual(other.ids, dataset.ids)
    assert.deepEqual(otherModel.params, model.params)
    assert.deepEqual(cluster(other, otherModel, score(other, otherModel).edges).of, expected.of)
  })
  it('keeps apart what people have called different, and together what they have called the same', () => {
    const { a, b } = { a: dataset.ids[edges.a[0]!]!, b: dataset.ids[edges.b[0]!]! }
    const stranger = dataset.ids[people.findIndex((person) => person !== people[edges.a[0]!])]!
    const parted = cluster(dataset, model, edges, { different: [[a, b]], same: [[a, stranger]] })
    const at = (id: string): number => parted.of[positionOf(dataset, id)]!
    assert.notEqual(at(a), at(b))
    assert.equal(at(a), at(stranger))
    const both = cluster(dataset, model, edges, { different: [[a, b]], same: [[b, a]] })
    assert.equal(both.contradictions.length, 1)
    assert.throws(() => cluster(dataset, model, edges, { same: [['nobody', a]] }), LinkageFailure)
  })
  it('measures each slice by the pairs that touch it', () => {
    const { of } = cluster(dataset, model, edges)
    const slices = evaluateSlices(
      of,
      people,
      people.map((_, at) => (at % 2 === 0 ? 'even' : 'odd')),
    )
    assert.deepEqual([...slices.keys()].sort(), ['even', 'odd'])
    assert.equal(
      evaluateSlices(
        of,
        people,
        people.map(() => 'all'),
      ).get('all')?.f1,
      evaluateClusters(of, people).f1,
    )
  })
  it('measures what may be linked unseen as counting pair by pair does', () => {
    const mention = fc.record({
      cluster: fc.nat(3),
      person: fc.constantFrom('p', 'q', 'r'),
      slice: fc.constantFrom('x', 'y'),
      linkable: fc.constantFrom<Linkable>('never', 'any', 'one side', 'other side'),
    })
    fc.assert(
      fc.property(fc.array(mention, { maxLength: 25 }), (mentions) => {
        const found = evaluateLinkable(
          Int32Array.from(mentions, ({ cluster: of }) => of),
          mentions.map(({ person }) => person),
          mentions.map(({ slice }) => slice),
          mentions.map(({ linkable }) => linkable),
        )
        for (const slice of new Set(mentions.map((one) => one.slice))) {
          let [joined, right, real] = [0, 0, 0]
          for (const [at, one] of mentions.entries()) {
            for (const other of mentions.slice(0, at)) {
              const sides = new Set([one.linkable, other.linkable])
              if (sides.has('never') || (sides.has('one side') && sides.has('other side'))) continue
              if (one.slice !== slice && other.slice !== slice) continue
              const [together, same] = [one.cluster === other.cluster, one.person === other.person]
              if (together) joined++
              if (same) real++
              if (together && same) right++
            }
          }
          const { truePositives, falsePositives, falseNegatives } = found.get(slice)!
          assert.deepEqual([truePositives, falsePositives, falseNegatives], [right, joined - right, real - right])
        }
      }),
    )
  })
  it('never puts two parties of one record in one cluster', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (records) => {
        const marked = rows.slice(0, 400).map((row, at) => ({ ...row, record: `r${at % (records * 10)}` }))
        const small = build(marked, spec, groups)
        const found = cluster(small, model, score(small, model).edges, { minimumWeight: 0 })
        const taken = new Set(
          small.ids.map((id, at) => `${marked.find((row) => row.id === id)!.record} ${found.of[at]}`),
        )
        assert.equal(taken.size, small.size)
      }),
      { numRuns: 5 },
    )
  })
})

describe('guards and bands', () => {
  const { rows } = invented(300, 3, 5)
  const same = { forenames: 'Zelda', surname: 'Quartermain', dob: '1981-04-17', phone: '07700900321', sex: 'f' }
  const extra = [
    mention('z1', { ...same, role: 'Victim' }),
    mention('z2', { ...same, role: 'Witness' }),
    mention('z3', { ...same, role: 'Suspect' }),
    mention('z4', { forenames: 'Zelda', surname: 'Quartermain', postcode: 'N1 9GU' }),
    mention('z5', { forenames: 'Zelda', surname: 'Quartermain', postcode: 'N1 9GU' }),
  ]
  const dataset = build([...rows, ...extra], spec, groups)
  const model = train(dataset, spec)
  const scorer = pairScorer(dataset, model)
  const { decide } = decider(dataset, model, scorer)
  const at = (id: string): number => positionOf(dataset, id)
  const decision = (a: string, b: string) => decide(at(a), at(b), scorer.weightOf(at(a), at(b)))

  it('links two mentions that agree on name, date of birth and phone', () => {
    assert.equal(decision('z1', 'z2').band, 'auto')
  })
  it('asks a person before a victim and a suspect are one, even through a third mention', () => {
    assert.deepEqual(decision('z1', 'z3').reasons, ['victim and suspect roles'])
    const found = cluster(dataset, model, score(dataset, model).edges)
    assert.notEqual(found.of[at('z1')], found.of[at('z3')])
    assert.ok(found.review.some((edge) => edge.reason === 'victim and suspect roles'))
    const said = cluster(dataset, model, score(dataset, model).edges, { same: [['z1', 'z3']] })
    assert.equal(said.of[at('z1')], said.of[at('z3')])
  })
  it('does not link on a rare name and a postcode alone', () => {
    const { band, reasons } = decision('z4', 'z5')
    assert.deepEqual([band, reasons], ['review', ['too little independent evidence']])
  })
  it('takes free labels from shared records and custody numbers, without the custody number itself', () => {
    const marked = rows.map((row, index) => ({
      ...row,
      record: index < 2 ? 'r1' : '',
      custody: index > 2 && index < 6 ? 'met:1' : '',
    }))
    const labelled = build(marked, spec, groups)
    const trained = train(labelled, spec)
    const { edges } = score(labelled, trained)
    const labels = freeLabels(labelled, trained, edges, pairScorer(labelled, trained))
    assert.equal(labels.filter((label) => label.samePerson).length, 3)
    assert.equal(labels.filter((label) => !label.samePerson).length, 1)
    const heaviest = Math.max(...labels.filter((label) => label.samePerson).map((label) => label.weight))
    assert.ok(heaviest < edges.weight[0]!)
  })
})

describe('bad input', () => {
  it('takes placeholders, endless names and empty mentions without linking them', () => {
    const rows = [
      ...Array.from({ length: 300 }, (_, at) => mention(`u${at}`, { forenames: 'Unknown', surname: 'UNKNOWN' })),
      ...Array.from({ length: 300 }, (_, at) => mention(`e${at}`, {})),
      mention('l1', { forenames: 'x'.repeat(10_000), surname: 'ab '.repeat(4000) }),
      mention('l2', { forenames: '\u0000\ud800', surname: 'ﷺ' }),
    ]
    const dataset = build(rows, spec, groups)
    const model = train(dataset, spec)
    assert.equal(score(dataset, model).edges.count, 0)
  })
  it('refuses and reports a block of one name 5,000 times instead of comparing 12 million pairs', () => {
    const rows = Array.from({ length: 5000 }, (_, at) => mention(`s${at}`, { forenames: 'Mohammed', surname: 'Khan' }))
    const dataset = build(rows, spec, groups)
    const report = estimateBlocking(dataset, spec.blocking).find((rule) => rule.rule === 'same names in either order')!
    assert.equal(report.pairs, 0)
    assert.equal(report.pairsLeftOut, (5000 * 4999) / 2)
    assert.ok(report.refinedBlocks === 1)
    assert.ok(train(dataset, spec).params.every(({ m, u }) => [...m, ...u].every(Number.isFinite)))
  })
  it('does not take two mentions with one id, or a mention without', () => {
    assert.throws(() => build([mention('a', {}), mention('a', {})], spec), { code: 'linkage.same_id_twice' })
    assert.throws(() => build([mention('', {})], spec), { code: 'linkage.no_id' })
  })
  it('works on no mentions and on one', () => {
    for (const rows of [[], [mention('a', { forenames: 'Ann', surname: 'Lee' })]]) {
      const dataset = build(rows, spec, groups)
      const model = train(dataset, spec)
      assert.equal(cluster(dataset, model, score(dataset, model).edges).of.length, rows.length)
    }
  })
})
