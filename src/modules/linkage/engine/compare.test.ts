import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  dateSlip,
  dayAndMonthSwapped,
  daysApart,
  damerauLevenshtein,
  jaro,
  jaroWinkler,
  levenshtein,
  wordsContained,
} from './compare.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e'), maxLength: 12 })

describe('comparing words and dates', () => {
  it('gives the Jaro-Winkler values of the literature', () => {
    assert.ok(Math.abs(jaroWinkler('martha', 'marhta') - 0.9611) < 1e-4)
    assert.ok(Math.abs(jaroWinkler('dwayne', 'duane') - 0.84) < 1e-4)
    assert.ok(Math.abs(jaroWinkler('dixon', 'dicksonx') - 0.8133) < 1e-4)
    assert.equal(jaroWinkler('abc', 'xyz'), 0)
  })
  it('rounds half of the letters out of order down, and adds for first letters only where words are close', () => {
    // three letters are out of order: one counts
    assert.equal(jaro('abcdef', 'bcadef'), (1 + 1 + 5 / 6) / 3)
    assert.equal(jaroWinkler('abxyzw', 'abqrst'), jaro('abxyzw', 'abqrst'))
  })
  it('compares words the same in both directions, within 0 and 1', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const similarity = jaroWinkler(a, b)
        assert.equal(similarity, jaroWinkler(b, a))
        assert.ok(similarity >= 0 && similarity <= 1)
        assert.equal(damerauLevenshtein(a, b), damerauLevenshtein(b, a))
      }),
    )
  })
  it('counts swapped neighbours as one edit', () => {
    assert.equal(damerauLevenshtein('1984-03-12', '1984-03-21'), 1)
    assert.equal(damerauLevenshtein('kitten', 'sitting'), 3)
    assert.equal(levenshtein('1984-03-12', '1984-03-21'), 2)
    // c and a swap places and b comes between them: two edits, though the swap is of letters no longer neighbours
    assert.equal(damerauLevenshtein('ca', 'abc'), 2)
  })
  it('tells a slip in a date from another date, as the edit distance does', () => {
    const digit = fc.integer({ min: 0, max: 9 })
    const date = fc
      .array(digit, { minLength: 8, maxLength: 8 })
      .map((d) => d.join('').replace(/(.{4})(..)(..)/, '$1-$2-$3'))
    fc.assert(
      fc.property(date, digit, fc.constantFrom(0, 2, 5, 8), (left, put, at) => {
        const right = left.slice(0, at) + String(put) + left.slice(at + 1)
        assert.equal(dateSlip(left, right), damerauLevenshtein(left, right) === 1)
      }),
    )
    assert.equal(dateSlip('1984-03-12', '1984-03-21'), true)
    assert.equal(dateSlip('1984-03-12', '1975-03-12'), false)
  })
  it('sees day and month swapped', () => {
    assert.equal(dayAndMonthSwapped('1984-03-12', '1984-12-03'), true)
    assert.equal(dayAndMonthSwapped('1984-03-12', '1985-12-03'), false)
    assert.equal(dayAndMonthSwapped('1984-03-03', '1984-03-03'), false)
  })
  it('counts days over a leap day and a century', () => {
    assert.equal(daysApart('2000-02-28', '2000-03-01'), 2)
    assert.equal(daysApart('1900-02-28', '1900-03-01'), 1)
    assert.equal(daysApart('1999-12-31', '2000-12-31'), 366)
  })
  it('finds one surname inside a double one', () => {
    assert.equal(wordsContained('garcia', 'garcia lopez'), true)
    assert.equal(wordsContained('perez', 'garcia lopez'), false)
    assert.equal(wordsContained('ana ana', 'ana maria'), wordsContained('ana maria', 'ana ana'))
  })
})
