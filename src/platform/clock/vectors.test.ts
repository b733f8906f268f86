import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addCountedHours,
  bailPeriodEnds,
  bailStartDate,
  endOfLondonDay,
  exclusionSets,
  lastDayOfPeriodBeginningWith,
  loadBankHolidays,
  LONDON,
  londonInstant,
  Temporal,
} from './index.ts'

const { A, B } = exclusionSets(loadBankHolidays())

const CLOCKS = {
  'notice to hearing, 48 hours, set A': { hours: 48, set: A },
  'order breach arrest to court, 24 hours, set A': { hours: 24, set: A },
  'post-charge bail breach arrest to court, 24 hours, set B': { hours: 24, set: B },
} as const

const HEARING = 'notice to hearing, 48 hours, set A'
const ORDER_BREACH = 'order breach arrest to court, 24 hours, set A'
const BAIL_BREACH = 'post-charge bail breach arrest to court, 24 hours, set B'

/** As London clocks show it, with the offset, so that a clock change cannot hide. */
function shown(instant: Temporal.Instant): string {
  return instant.toZonedDateTimeISO(LONDON).toString({ smallestUnit: 'minute', timeZoneName: 'never' })
}

describe('the hour clocks of the law, with the shipped calendar', () => {
  for (const [clock, start, due, why] of [
    [HEARING, '2026-11-18T09:30', '2026-11-20T09:30+00:00', 'a plain Wednesday'],
    [HEARING, '2026-11-20T22:15', '2026-11-23T22:15+00:00', 'Sunday is disregarded and Saturday counts'],
    [HEARING, '2026-11-22T03:00', '2026-11-25T00:00+00:00', 'served on a Sunday: the end of Tuesday'],
    [HEARING, '2026-04-02T18:00', '2026-04-07T18:00+01:00', 'Maundy Thursday: Friday, Sunday, Monday out, Saturday in'],
    [HEARING, '2026-12-24T20:00', '2026-12-29T20:00+00:00', 'Saturday 26 December 2026 counts: the earlier deadline'],
    [HEARING, '2027-12-24T12:00', '2027-12-30T12:00+00:00', 'four days out running'],
    [HEARING, '2026-10-24T22:00', '2026-10-27T22:00+00:00', 'the clocks change on the disregarded Sunday'],
    [ORDER_BREACH, '2026-08-29T23:00', '2026-09-01T23:00+01:00', 'Sunday and the bank holiday Monday are out'],
    [BAIL_BREACH, '2026-08-29T23:00', '2026-08-31T23:00+01:00', 'for bail the bank holiday counts'],
    [ORDER_BREACH, '2026-08-30T10:00', '2026-09-02T00:00+01:00', 'arrested on a Sunday'],
    [BAIL_BREACH, '2026-08-30T10:00', '2026-09-01T00:00+01:00', 'arrested on a Sunday, for bail'],
  ] as const) {
    it(`${clock}: from ${start} is due ${due} (${why})`, () => {
      const { hours, set } = CLOCKS[clock]
      assert.equal(shown(addCountedHours(londonInstant(start), hours, set)), due)
    })
  }
})

describe('the day clocks of the law', () => {
  for (const [what, first, days, last] of [
    ['a DVPO of 14 days', '2026-11-23', 14, '2026-12-06'],
    ['a DVPO of 28 days', '2026-11-23', 28, '2026-12-20'],
    ['DAPO notification in 3 days', '2026-12-23', 3, '2026-12-25'],
  ] as const) {
    it(`${what} beginning with ${first} ends with ${last}`, () => {
      assert.equal(lastDayOfPeriodBeginningWith(Temporal.PlainDate.from(first), { days }).toString(), last)
    })
  }

  it('DAPO notification for an order made on 23 December may be given until Christmas Day is over', () => {
    const last = lastDayOfPeriodBeginningWith(Temporal.PlainDate.from('2026-12-23'), { days: 3 })
    assert.equal(shown(endOfLondonDay(last)), '2026-12-26T00:00+00:00')
  })
})

describe('pre-charge bail', () => {
  for (const [arrested, start, ends] of [
    ['2026-03-01', '2026-03-02', ['2026-06-01', '2026-09-01', '2026-12-01', '2027-03-01', '2027-09-01']],
    ['2026-11-30', '2026-12-01', ['2027-02-28', '2027-05-31', '2027-08-31']],
    ['2026-11-29', '2026-11-30', ['2027-02-28']],
  ] as const) {
    it(`for an arrest on ${arrested} starts on ${start} and its periods end on ${ends.join(', ')}`, () => {
      for (const time of ['00:00', '12:00', '23:59']) {
        const startDate = bailStartDate(londonInstant(`${arrested}T${time}`))
        assert.equal(startDate.toString(), start)
        const lastDays = bailPeriodEnds(startDate).map(({ lastDay }) => lastDay.toString())
        assert.deepEqual(lastDays.slice(0, ends.length), ends)
      }
    })
  }

  it('has periods of 3, 6, 9, 12 and 18 months, each running to the midnight after its last day', () => {
    const ends = bailPeriodEnds(Temporal.PlainDate.from('2026-03-02'))
    assert.deepEqual(
      ends.map(({ months, endsAt }) => [months, shown(endsAt)]),
      [
        [3, '2026-06-02T00:00+01:00'],
        [6, '2026-09-02T00:00+01:00'],
        [9, '2026-12-02T00:00+00:00'],
        [12, '2027-03-02T00:00+00:00'],
        [18, '2027-09-02T00:00+01:00'],
      ],
    )
  })

  it('starts on the London day after the arrest, though UTC still has the day before', () => {
    assert.equal(bailStartDate(Temporal.Instant.from('2026-06-30T23:30:00Z')).toString(), '2026-07-02')
  })
})
