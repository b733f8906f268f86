import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Temporal } from '#platform/clock'
import { plainNames } from './people.fixture.ts'
import { agreementWords, type Fact, phoneKey, readSearch, searchKeysOf, type WantedKey } from './search.ts'

const NOTHING = { forenames: null, surname: null, knownAs: null, dob: null, phone: null, postcode: null, refs: [] }
const today = Temporal.PlainDate.from('2026-03-15')

function factsOf(text: string): readonly Fact[] {
  const search = readSearch(text, plainNames, today)
  assert.ok(search.ok, search.ok ? '' : search.problem)
  return search.facts
}
function keysOf(text: string): readonly WantedKey[] {
  const search = readSearch(text, plainNames, today)
  return search.ok ? search.keys : []
}
function problemOf(text: string): string {
  const search = readSearch(text, plainNames, today)
  return search.ok ? '' : search.problem
}
const said = (fact: Fact): string =>
  fact.kind === 'name'
    ? fact.word
    : fact.kind === 'dob'
      ? fact.day.toString()
      : fact.kind === 'phone'
        ? fact.number
        : fact.kind === 'postcode'
          ? fact.postcode
          : fact.kind === 'address'
            ? fact.written
            : fact.ref

describe('the search box', () => {
  for (const written of [
    '12/03/1985',
    '12-03-1985',
    '12.3.1985',
    '1985-03-12',
    '12 Mar 1985',
    '12th March 1985',
    'march 12, 1985',
    '12/3/85',
    '12 03 1985',
    '12 3 1985',
  ]) {
    it(`reads ${written} as a date of birth`, () => {
      assert.deepEqual(factsOf(`smith ${written}`).map(said).sort(), ['1985-03-12', 'smith'])
    })
  }
  it('reads a year of two figures as the latest that has begun', () => {
    assert.deepEqual(factsOf('lee 01/01/26').map(said).sort(), ['2026-01-01', 'lee'])
    assert.deepEqual(factsOf('lee 01/01/27').map(said).sort(), ['1927-01-01', 'lee'])
  })
  it('reads a date written months first where it can be nothing else', () => {
    assert.deepEqual(factsOf('lee 03/25/1985').map(said).sort(), ['1985-03-25', 'lee'])
  })
  it('says that a day which never was is not a date of birth', () => {
    for (const written of ['31/02/1985', '12/03/2027', '00/05/1990'])
      assert.match(problemOf(`lee ${written}`), /not a date/)
  })
  for (const written of [
    '07700 900123',
    '+44 7700 900123',
    '0044 7700900123',
    '07700900123',
    '+44 (0)7700 900123',
    '7700 900123',
    '44 7700 900123',
    '447700900123',
  ]) {
    it(`reads ${written} as a telephone number`, () => {
      assert.deepEqual(factsOf(`smith ${written}`).map(said).sort(), ['07700900123', 'smith'])
    })
  }
  it('reads postcodes with and without their space', () => {
    assert.deepEqual(factsOf('smith sw1a 1aa').map(said).sort(), ['SW1A1AA', 'smith'])
    assert.deepEqual(factsOf('smith E16AN').map(said).sort(), ['E16AN', 'smith'])
  })
  it('reads references, and one is enough', () => {
    for (const written of ['01/0000001/26', 'CRIS-123456', '6543210/26', 'AW123456']) {
      const facts = factsOf(written)
      assert.deepEqual(
        facts.map((fact) => fact.kind),
        ['ref'],
      )
      assert.equal(facts.map(said)[0], written.replace(/[^A-Z0-9]/g, ''))
    }
  })
  it('takes a number with hyphens for both, a reference and a telephone number', () => {
    assert.deepEqual(
      keysOf('01-0000001-26').map((key) => [key.kind, key.value, key.fact]),
      [
        ['ref', '01000000126', 0],
        ['phone', '01000000126', 0],
      ],
    )
  })
  it('reads eight figures as a date of birth and as a reference', () => {
    for (const written of ['12031985', '19850312']) {
      const [fact, name] = factsOf(`smith ${written}`)
      assert.deepEqual([fact?.kind, name?.kind], ['ref', 'name'])
      const keys = keysOf(`smith ${written}`).filter(({ fact: number }) => number === 0)
      assert.ok(keys.some(({ kind, value }) => kind === 'dob' && value === '1985-03-12'))
      assert.ok(keys.some(({ kind, value }) => kind === 'ref' && value === written))
    }
    assert.ok(keysOf('smith 99999999').every(({ kind }) => kind !== 'dob'))
  })
  it('reads a reference written in pieces, or with its source', () => {
    for (const written of ['SYN AS 24 000031', 'SYN-AS-24-000031', 'rms:SYN-AS-24-000031'])
      assert.deepEqual(factsOf(written).map(said), ['SYNAS24000031'], written)
    assert.deepEqual(factsOf('Lee AB 12 3456').map(said).sort(), ['AB123456', 'lee'])
    assert.deepEqual(factsOf('LEE SMITH').map(said).sort(), ['lee', 'smith'])
  })
  it('does not take a year for a house', () => {
    assert.match(problemOf('1990 smith'), /“1990” is not understood/)
    assert.deepEqual(factsOf('smith 1990 Elm Road').map(said).sort(), ['1990 Elm Road', 'smith'])
  })
  it('refuses wild cards, nothing, one thing, and what it cannot read', () => {
    assert.match(problemOf('smi* 12/03/1985'), /cannot hold/)
    for (const wild of ['50% jones', 'sm_th jones', 'sm?th jones']) assert.match(problemOf(wild), /cannot hold/)
    assert.match(problemOf('   '), /at least two/)
    assert.match(problemOf('smith'), /one more thing/)
    assert.match(problemOf('smith smith'), /one more thing/)
    assert.match(problemOf('12/03/1985'), /one more thing/)
    assert.match(problemOf('smith 12'), /not understood/)
    assert.match(problemOf('a '.repeat(150)), /fewer/)
    assert.match(problemOf('a b c d e f g h i j k'), /10 things/)
  })
  it('gives the same keys whatever the order of the words', () => {
    const words = fc.shuffledSubarray(['kiran', 'example', '12/03/1985', 'SW1A 1AA', '07700 900001'], { minLength: 2 })
    fc.assert(
      fc.property(words, (some) => {
        const plain = (text: string) =>
          keysOf(text)
            .map(({ kind, value, weight }) => `${kind}:${value}:${weight}`)
            .sort()
        assert.deepEqual(plain(some.join(' ')), plain(some.toSorted().join(' ')))
      }),
    )
  })
  it('never breaks on what is typed, and never asks with fewer than two facts unless by reference', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const search = readSearch(text, plainNames, today)
        if (search.ok) {
          const facts = new Set(search.keys.map((key) => key.fact)).size
          assert.ok(facts >= 2 || search.keys.some((key) => key.kind === 'ref'))
        } else assert.notEqual(search.problem, '')
      }),
    )
  })
})

describe('the keys of a search', () => {
  it('try a date of birth swapped and wrong by one digit, weighing less, as one fact', () => {
    const keys = keysOf('smith 12/03/1985').filter((key) => key.kind === 'dob')
    const weights = new Map(keys.map((key) => [key.value, key.weight]))
    assert.equal(new Set(keys.map((key) => key.fact)).size, 1)
    const exact = weights.get('1985-03-12') ?? 0
    for (const likely of ['1985-12-03', '1985-03-13', '1986-03-12', '1975-03-12', '1985-08-12']) {
      assert.ok((weights.get(likely) ?? 99) < exact, likely)
    }
    assert.equal(weights.get('1985-04-13'), undefined)
    assert.equal(weights.size, keys.length)
  })
  it('try the groups and the sound of a name', () => {
    const keys = keysOf('bob smith').map((key) => `${key.kind}:${key.value}:${key.fact}`)
    for (const key of ['name:bob:0', 'name:~robert:0', 'name:robert:0', 'name:smith:1', 'sound:sm:1'])
      assert.ok(keys.includes(key), key)
  })
  it('say of a form of the name that it is another, and of what is written so that it is that', () => {
    const bob: Fact = { kind: 'name', word: 'bob' }
    const has = (forenames: string) =>
      new Set(searchKeysOf({ ...NOTHING, forenames }, plainNames).map(({ kind, value }) => `${kind}:${value}`))
    const words = (forenames: string): string[] =>
      keysOf('bob smith')
        .filter(({ fact, kind, value }) => fact === 0 && has(forenames).has(`${kind}:${value}`))
        .toSorted((a, b) => b.weight - a.weight)
        .map((key) => agreementWords(bob, key))
    assert.equal(words('Bob')[0], 'name “bob”')
    for (const other of ['Robert', 'Bobby']) assert.equal(words(other)[0], 'another form of “bob”', other)
  })
  it('find O’Kelly as O Kelly, OKelly and Kelly, and Kelly as O’Kelly', () => {
    const kept = (surname: string) =>
      new Set(searchKeysOf({ ...NOTHING, surname }, plainNames).map(({ kind, value }) => `${kind}:${value}`))
    const finds = (text: string, surname: string): boolean =>
      keysOf(`lily ${text}`).some(
        ({ fact, kind, value }) => fact > 0 && kind === 'name' && kept(surname).has(`name:${value}`),
      )
    for (const surname of ["O'Kelly", 'O Kelly', 'O’KELLY', 'OKelly'])
      for (const text of ["o'kelly", 'o kelly', 'okelly']) assert.ok(finds(text, surname), `${text} for ${surname}`)
    for (const surname of ["O'Kelly", 'O Kelly']) assert.ok(finds('kelly', surname), surname)
    assert.ok(finds("o'kelly", 'Kelly'))
    assert.ok(!finds('kelly', 'Okello'))
  })
  it('have weights whose sums are exact', () => {
    for (const key of keysOf('bob smith 12/03/1985 sw1a1aa 07700900123 01/123456/26'))
      assert.equal((key.weight * 2) % 1, 0)
  })
})

describe('the keys kept of a mention', () => {
  it('meet those of a search for the same things', () => {
    const kept = searchKeysOf(
      {
        forenames: 'Robert',
        surname: 'O’Smith',
        knownAs: 'Bobby',
        dob: Temporal.PlainDate.from('1985-03-12'),
        phone: '+44 7700 900123',
        postcode: 'sw1a 1aa',
        refs: ['01/0000001/26', null, 'AW'],
      },
      plainNames,
    )
    const has = new Set(kept.map((key) => `${key.kind}:${key.value}`))
    assert.equal(has.size, kept.length)
    assert.ok(!has.has('ref:AW'))
    for (const text of [
      'bob osmith',
      'osmith 12/03/1985',
      'robert 13/03/1985',
      '07700900123 SW1A1AA',
      '01/0000001/26',
    ]) {
      const keys = keysOf(text)
      for (const fact of new Set(keys.map((key) => key.fact))) {
        assert.ok(
          keys.some((key) => key.fact === fact && has.has(`${key.kind}:${key.value}`)),
          `${text}: fact ${fact}`,
        )
      }
    }
  })
  it('are none for a mention that says nothing', () => {
    const nothing = {
      forenames: null,
      surname: '',
      knownAs: null,
      dob: null,
      phone: 'none',
      postcode: 'unknown',
      refs: [],
    }
    assert.deepEqual(searchKeysOf(nothing, plainNames), [])
  })
  it('leave out telephone numbers that are none', () => {
    for (const wrong of ['', '0', '12345', '999', '00000000000', '07700 90012345']) assert.equal(phoneKey(wrong), null)
  })
})
