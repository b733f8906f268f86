import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatDay, formatDeadline, formatInstant, formatRelativeDays, londonInstant, Temporal } from './index.ts'

describe('a moment for people', () => {
  for (const [instant, words] of [
    ['2026-11-24T10:30:00Z', '24 November 2026 at 10:30'],
    ['2026-06-30T23:05:59Z', '1 July 2026 at 00:05'],
    ['2026-10-25T00:30:00Z', '25 October 2026 at 01:30 (BST)'],
    ['2026-10-25T01:30:00Z', '25 October 2026 at 01:30 (GMT)'],
    ['2026-10-25T02:00:00Z', '25 October 2026 at 02:00'],
    ['2026-03-29T01:00:00Z', '29 March 2026 at 02:00'],
  ] as const) {
    it(`${instant} is ${words}`, () => assert.equal(formatInstant(Temporal.Instant.from(instant)), words))
  }

  it('is never the same for two different minutes', () => {
    const around = fc.integer({ min: -300, max: 300 })
    const base = Temporal.Instant.from('2026-10-25T01:00:00Z')
    fc.assert(
      fc.property(around, around, (one, two) => {
        const words = [one, two].map((minutes) => formatInstant(base.add({ minutes })))
        assert.equal(words[0] === words[1], one === two)
      }),
    )
  })
})

describe('a day for people', () => {
  it('has the month in words, and the weekday if asked', () => {
    assert.equal(formatDay(Temporal.PlainDate.from('2026-11-24')), '24 November 2026')
    assert.equal(formatDay(Temporal.PlainDate.from('2026-03-01'), { weekday: true }), 'Sunday 1 March 2026')
    assert.equal(formatDay(Temporal.PlainDate.from('2026-09-01'), { short: true }), '1 Sep 2026')
    assert.equal(formatInstant(Temporal.Instant.from('2026-07-01T08:05:00Z'), { short: true }), '1 Jul 2026, 09:05')
  })

  it('reads as the runtime writes British English', () => {
    const british = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (days) => {
        const day = Temporal.PlainDate.from('1970-01-01').add({ days })
        assert.equal(formatDay(day, { weekday: true }), british.format(days * 86_400_000).replace(',', ''))
      }),
    )
  })
})

describe('a deadline for people', () => {
  it('says midnight as the end of the day before, in summer too', () => {
    assert.equal(formatDeadline(londonInstant('2026-11-25T00:00')), 'the end of Tuesday 24 November 2026')
    assert.equal(formatDeadline(londonInstant('2026-09-02T00:00')), 'the end of Tuesday 1 September 2026')
    assert.equal(formatDeadline(londonInstant('2026-11-20T09:30')), '20 November 2026 at 09:30')
  })
})

describe('how far off a day is', () => {
  for (const [day, words] of [
    ['2026-11-24', 'today'],
    ['2026-11-25', 'tomorrow'],
    ['2026-11-23', 'yesterday'],
    ['2026-11-27', 'in 3 days'],
    ['2026-11-12', '12 days ago'],
    ['2027-11-24', 'in 365 days'],
  ] as const) {
    it(`${day} is ${words}, seen from 24 November 2026`, () => {
      assert.equal(formatRelativeDays(Temporal.PlainDate.from(day), Temporal.PlainDate.from('2026-11-24')), words)
    })
  }
})
