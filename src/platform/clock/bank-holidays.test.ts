import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addCountedHours,
  amendBankHolidays,
  bankHolidaysFrom,
  bankHolidayWarning,
  exclusionSets,
  fixedClock,
  goodFriday,
  loadBankHolidays,
  londonDay,
  londonInstant,
  systemClock,
  Temporal,
} from './index.ts'

const shipped = loadBankHolidays()
const sets = exclusionSets(shipped)
const on = (iso: string): Temporal.PlainDate => Temporal.PlainDate.from(iso)

describe('the shipped bank holidays', () => {
  it('cover 2019 to 2028 and hold the days proclaimed for one year only', () => {
    assert.equal(shipped.coversFrom.toString(), '2019-01-01')
    assert.equal(shipped.coversUntil.toString(), '2028-12-31')
    for (const day of ['2020-05-08', '2022-06-03', '2022-09-19', '2023-05-08']) assert.ok(shipped.titleOn(on(day)), day)
    assert.equal(shipped.titleOn(on('2020-05-04')), undefined)
  })

  it('are, for 2026 and 2027, the days the clock rules were computed with', () => {
    const days = shipped.days.map(({ day }) => day.toString()).filter((day) => day >= '2026' && day < '2028')
    assert.deepEqual(
      days,
      (
        '2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28 ' +
        '2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28'
      ).split(' '),
    )
  })

  it('call a substitute a substitute', () => {
    assert.equal(shipped.titleOn(on('2026-12-28')), 'Boxing Day (substitute day)')
  })

  it('list as Good Friday the day that is reckoned', () => {
    const listed = shipped.days.filter(({ title }) => title === 'Good Friday').map(({ day }) => day.toString())
    assert.equal(listed.length, 10)
    assert.deepEqual(
      listed,
      listed.map((day) => goodFriday(on(day).year).toString()),
    )
  })
})

describe('the warning that the table runs out', () => {
  it('is silent while 18 months ahead are covered, and speaks from the day after', () => {
    assert.equal(bankHolidayWarning(shipped, on('2026-11-24')), undefined)
    assert.equal(bankHolidayWarning(shipped, on('2027-06-30')), undefined)
    assert.match(bankHolidayWarning(shipped, on('2027-07-01')) ?? '', /only until 2028-12-31.*needed until 2029-01-01/)
  })

  it('is not put off by a year that has only been begun', () => {
    const begun = amendBankHolidays(shipped, { add: [{ day: on('2029-01-01'), title: 'New Year’s Day' }] })
    assert.equal(begun.coversUntil.toString(), '2028-12-31')
  })
})

describe('a deadline past the end of the table', () => {
  it('still leaves out Sundays, Christmas Day and Good Friday, and counts the bank holiday nobody has entered', () => {
    const maundyThursday = londonInstant('2029-03-29T18:00')
    const due = addCountedHours(maundyThursday, 48, sets.A)
    assert.equal(due.toString(), londonInstant('2029-04-02T18:00').toString())
  })
})

describe('amending the bank holidays', () => {
  it('leaves out a proclaimed day and counts one that was moved, and does not change the table given', () => {
    const amended = amendBankHolidays(shipped, {
      add: [{ day: on('2026-11-25'), title: 'Day of thanksgiving' }],
      remove: [on('2026-12-28')],
    })
    const { A, B, W } = exclusionSets(amended)
    assert.deepEqual([A(on('2026-11-25')), B(on('2026-11-25')), W(on('2026-11-25'))], [true, false, true])
    assert.equal(A(on('2026-12-28')), false)
    assert.equal(sets.A(on('2026-11-25')), false)
    assert.equal(sets.A(on('2026-12-28')), true)
  })

  it('takes the new title of a day that is already there', () => {
    const amended = amendBankHolidays(shipped, { add: [{ day: on('2026-12-28'), title: 'Renamed' }] })
    assert.equal(amended.titleOn(on('2026-12-28')), 'Renamed')
    assert.equal(amended.days.length, shipped.days.length)
  })
})

describe('a bank holiday file', () => {
  const events = shipped.days.map(({ day, title }) => ({ date: day.toString(), title }))

  it('is refused if it has another shape, a day that is not one, a day twice, or no full year', () => {
    for (const [json, why] of [
      [{ scotland: { events } }, /gov\.uk shape/],
      [{ 'england-and-wales': { events: [{ title: 'No such day', date: '2026-02-30' }] } }, /gov\.uk shape/],
      [{ 'england-and-wales': { events: [...events, events[0]] } }, /twice/],
      [{ 'england-and-wales': { events: events.slice(0, 5) } }, /no full year/],
    ] as const) {
      assert.throws(() => bankHolidaysFrom(json), why)
    }
  })

  it('is read in any order', () => {
    const reversed = bankHolidaysFrom({ 'england-and-wales': { events: events.toReversed() } })
    assert.deepEqual(
      reversed.days.map(({ day }) => day.toString()),
      shipped.days.map(({ day }) => day.toString()),
    )
    assert.equal(reversed.days[0]?.day.toString(), '2019-01-01')
  })
})

describe('the exclusion sets', () => {
  for (const [day, inSets, why] of [
    ['2026-11-21', 'W', 'a Saturday'],
    ['2026-11-22', 'ABW', 'a Sunday'],
    ['2026-11-24', '', 'a Tuesday'],
    ['2026-12-25', 'ABW', 'Christmas Day'],
    ['2027-12-25', 'ABW', 'Christmas Day on a Saturday'],
    ['2026-12-26', 'W', 'Boxing Day on a Saturday'],
    ['2026-12-28', 'AW', 'its substitute'],
    ['2027-12-27', 'AW', 'the substitute for Christmas Day'],
    ['2028-01-01', 'W', 'New Year’s Day on a Saturday'],
    ['2026-04-03', 'ABW', 'Good Friday'],
    ['2026-04-06', 'AW', 'Easter Monday'],
    ['2022-09-19', 'AW', 'a one-off proclaimed day'],
  ] as const) {
    it(`put ${day}, ${why}, in ${inSets === '' ? 'none' : inSets.split('').join(' and ')}`, () => {
      const found = (['A', 'B', 'W', 'N'] as const).filter((name) => sets[name](on(day)))
      assert.equal(found.join(''), inSets)
    })
  }

  it('count Saturday 26 December 2026 even if somebody enters it as a bank holiday', () => {
    const entered = amendBankHolidays(shipped, { add: [{ day: on('2026-12-26'), title: 'Boxing Day' }] })
    const due = addCountedHours(londonInstant('2026-12-24T20:00'), 48, exclusionSets(entered).A)
    assert.equal(due.toString(), londonInstant('2026-12-29T20:00').toString())
  })
})

describe('a clock', () => {
  it('says the moment it was fixed at, always', () => {
    const clock = fixedClock('2026-11-24T10:30:00Z')
    assert.equal(clock.now().toString(), '2026-11-24T10:30:00Z')
    assert.equal(londonDay(clock.now()).toString(), '2026-11-24')
    assert.throws(() => fixedClock('2026-11-24T10:30'), RangeError)
  })

  it('of the system does not run backwards between two looks', () => {
    const first = systemClock.now()
    assert.ok(Temporal.Instant.compare(first, systemClock.now()) <= 0)
    assert.ok(Math.abs(first.epochMilliseconds - Date.now()) < 60_000)
  })
})
