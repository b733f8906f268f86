import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  addCountedHours,
  addWorkingDays,
  disregardedDaysBetween,
  endOfLondonDay,
  exclusionSets,
  lastDayOfPeriodBeginningWith,
  loadBankHolidays,
  londonInstant,
  startOfLondonDay,
  Temporal,
  withinDaysOf,
  type ExclusionSetName,
} from './index.ts'

const holidays = loadBankHolidays()
const sets = exclusionSets(holidays)
const NAMES: readonly ExclusionSetName[] = ['A', 'B', 'W', 'N']

// The slow way shares nothing with the rules: it reads the raw file and asks the runtime, not Temporal, for London days.
const raw = readFileSync(
  new URL('../../../data/calendar/bank-holidays-england-and-wales.json', import.meta.url),
  'utf8',
)
const events = [...raw.matchAll(/"title": "([^"]+)",\s*"date": "([^"]+)"/g)].map(([, title, date]) => ({ title, date }))
const bankHolidays = new Set(events.map(({ date }) => date))
const goodFridays = new Set(events.filter(({ title }) => title === 'Good Friday').map(({ date }) => date))
const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

function slowlyExcluded(epochMilliseconds: number, name: ExclusionSetName): boolean {
  const part = Object.fromEntries(london.formatToParts(epochMilliseconds).map(({ type, value }) => [type, value]))
  const date = `${part['year']}-${part['month']}-${part['day']}`
  const inB = part['weekday'] === 'Sun' || date.endsWith('-12-25') || goodFridays.has(date)
  if (name === 'A') return inB || bankHolidays.has(date)
  if (name === 'B') return inB
  if (name === 'W') return inB || part['weekday'] === 'Sat' || bankHolidays.has(date)
  return false
}

const QUARTER = 15 * 60 * 1000

/** Walks on in quarter hours, counting those on days that count, until there are enough. */
function slowlyAdded(start: Temporal.Instant, hours: number, name: ExclusionSetName): Temporal.Instant {
  let at = start.epochMilliseconds
  for (let counted = 0; counted < hours * 4; at += QUARTER) if (!slowlyExcluded(at, name)) counted++
  return Temporal.Instant.fromEpochMilliseconds(at)
}

const FIRST = Temporal.Instant.from('2019-01-01T00:00:00Z')
const DAYS = 3640 // to 19 December 2028: a count begun then ends inside the table
const anyQuarter = fc.integer({ min: 0, max: DAYS * 96 }).map((n) => FIRST.add({ minutes: n * 15 }))

// Random moments rarely meet Easter, Christmas or a clock change, so half of them are sent to within 3 days of one.
const awkwardDays = [
  ...bankHolidays,
  ...Array.from({ length: 10 }, (_, year) => [`${2019 + year}-03-29`, `${2019 + year}-10-28`]).flat(),
].filter((date): date is string => date !== undefined && date < '2028-12-01')
const awkwardQuarter = fc
  .tuple(fc.constantFrom(...awkwardDays), fc.integer({ min: -3 * 96, max: 96 }))
  .map(([date, quarters]) => startOfLondonDay(Temporal.PlainDate.from(date)).add({ minutes: quarters * 15 }))
const start = fc.oneof(anyQuarter, awkwardQuarter)

const anyDay = fc.integer({ min: 0, max: DAYS - 60 }).map((n) => Temporal.PlainDate.from('2019-01-01').add({ days: n }))

describe('addCountedHours', () => {
  it('reads the same raw table as the slow way, or these tests would prove nothing', () => {
    assert.equal(bankHolidays.size, holidays.days.length)
    assert.equal(goodFridays.size, 10)
  })

  for (const name of NAMES) {
    it(`agrees with a walk in quarter hours, 2019 to 2028, set ${name}`, () => {
      fc.assert(
        fc.property(start, fc.integer({ min: 1, max: 50 }), (from, hours) => {
          const fast = addCountedHours(from, hours, sets[name]).toString()
          assert.equal(fast, slowlyAdded(from, hours, name).toString())
        }),
        { numRuns: 120 },
      )
    })
  }

  it('never gives a later start an earlier deadline, to the nanosecond', () => {
    const later = fc.bigInt({ min: 0n, max: 300_000_000_000_000n })
    fc.assert(
      fc.property(start, later, later, fc.constantFrom(...NAMES), (from, first, more, name) => {
        const one = Temporal.Instant.fromEpochNanoseconds(from.epochNanoseconds + first)
        const two = Temporal.Instant.fromEpochNanoseconds(one.epochNanoseconds + more)
        const due = [addCountedHours(one, 48, sets[name]), addCountedHours(two, 48, sets[name])] as const
        assert.ok(Temporal.Instant.compare(...due) <= 0)
      }),
    )
  })

  it('comes in parts to the same as at once', () => {
    const hours = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(start, hours, hours, fc.constantFrom(...NAMES), (from, first, second, name) => {
        const inParts = addCountedHours(addCountedHours(from, first, sets[name]), second, sets[name])
        assert.equal(inParts.toString(), addCountedHours(from, first + second, sets[name]).toString())
      }),
    )
  })

  it('ends at a midnight that uses up the hours, though excluded days follow', () => {
    const due = addCountedHours(londonInstant('2026-04-01T00:00'), 48, sets.A)
    assert.equal(due.toString(), londonInstant('2026-04-03T00:00').toString())
  })

  it('gives the extra hour of an October Sunday to no one when nothing is excluded', () => {
    const due = addCountedHours(londonInstant('2026-10-24T22:00'), 24, sets.N)
    assert.equal(due.toString(), londonInstant('2026-10-25T21:00').toString())
  })

  it('gives back the start for no hours, even on an excluded day', () => {
    const sunday = londonInstant('2026-11-22T03:00')
    assert.equal(addCountedHours(sunday, 0, sets.A).toString(), sunday.toString())
  })

  it('refuses part hours, fewer than none, and a calendar on which nothing counts', () => {
    for (const hours of [1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => addCountedHours(FIRST, hours, sets.N), RangeError)
    }
    assert.throws(() => addCountedHours(FIRST, 1, () => true), /no day counts/)
  })
})

describe('disregardedDaysBetween', () => {
  it('names the days that moved a Christmas Eve deadline', () => {
    const served = londonInstant('2026-12-24T20:00')
    const days = disregardedDaysBetween(served, addCountedHours(served, 48, sets.A), sets.A)
    assert.deepEqual(days.map(String), ['2026-12-25', '2026-12-27', '2026-12-28'])
  })

  it('names the day of service if that is left out, and not the day a midnight deadline opens', () => {
    const [from, to] = [londonInstant('2026-11-15T03:00'), londonInstant('2026-11-22T00:00')]
    assert.deepEqual(disregardedDaysBetween(from, to, sets.A).map(String), ['2026-11-15'])
    assert.deepEqual(disregardedDaysBetween(from, from, sets.A), [])
  })
})

describe('addWorkingDays', () => {
  for (const [why, day, days, due] of [
    ['the next day', '2026-11-24', 1, '2026-11-25'],
    ['over a weekend', '2026-11-27', 1, '2026-11-30'],
    ['from a Saturday', '2026-11-28', 1, '2026-11-30'],
    ['over Easter', '2026-04-02', 2, '2026-04-08'],
    ['over Christmas and New Year', '2026-12-23', 5, '2027-01-04'],
    ['none at all', '2026-11-28', 0, '2026-11-28'],
  ] as const) {
    it(`${why}: ${days} after ${day} is ${due}`, () => {
      assert.equal(addWorkingDays(Temporal.PlainDate.from(day), days, holidays).toString(), due)
    })
  }

  it('agrees with counting the days one at a time', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 25 }), (day, days) => {
        const due = addWorkingDays(day, days, holidays)
        let counted = 0
        for (let at = day; !at.equals(due);) {
          at = at.add({ days: 1 })
          if (!slowlyExcluded(startOfLondonDay(at).epochMilliseconds, 'W')) counted++
        }
        assert.equal(counted, days)
        assert.equal(sets.W(due), false)
      }),
    )
  })

  it('refuses fewer than none and part days', () => {
    for (const days of [-1, 0.5]) {
      assert.throws(() => addWorkingDays(Temporal.PlainDate.from('2026-11-24'), days, holidays), RangeError)
    }
  })
})

describe('lastDayOfPeriodBeginningWith', () => {
  for (const [day, months, last] of [
    ['2026-11-30', 3, '2027-02-28'],
    ['2027-11-30', 3, '2028-02-29'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2026-03-31', 1, '2026-04-30'],
    ['2026-02-28', 1, '2026-03-27'],
    ['2026-12-01', 3, '2027-02-28'],
  ] as const) {
    it(`${months} months beginning with ${day} end with ${last}`, () => {
      assert.equal(lastDayOfPeriodBeginningWith(Temporal.PlainDate.from(day), { months }).toString(), last)
    })
  }

  it('agrees, in months, with walking on until the same day of the month is next or the month runs out', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 24 }), (day, months) => {
        const target = day.year * 12 + day.month + months
        const inTarget = (at: Temporal.PlainDate): boolean => at.year * 12 + at.month === target
        let last = day
        for (;;) {
          const next = last.add({ days: 1 })
          if (inTarget(next) && next.day === day.day) break
          if (inTarget(last) && !inTarget(next)) break
          last = next
        }
        assert.equal(lastDayOfPeriodBeginningWith(day, { months }).toString(), last.toString())
      }),
      { numRuns: 60 },
    )
  })

  it('holds as many days as it says, the first among them', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 60 }), (day, days) => {
        assert.equal(day.until(lastDayOfPeriodBeginningWith(day, { days })).days + 1, days)
      }),
    )
  })

  it('refuses a period of nothing', () => {
    const day = Temporal.PlainDate.from('2026-11-24')
    for (const count of [0, -1, 1.5]) {
      assert.throws(() => lastDayOfPeriodBeginningWith(day, { days: count }), RangeError)
      assert.throws(() => lastDayOfPeriodBeginningWith(day, { months: count }), RangeError)
    }
  })
})

describe('withinDaysOf', () => {
  it('takes the day as day 0, so it ends a day later than a period beginning with that day', () => {
    const day = Temporal.PlainDate.from('2026-12-23')
    assert.equal(withinDaysOf(day, 3).toString(), '2026-12-26')
    assert.equal(lastDayOfPeriodBeginningWith(day, { days: 3 }).toString(), '2026-12-25')
    assert.throws(() => withinDaysOf(day, -1), RangeError)
  })
})

describe('a London day', () => {
  it('ends as the next begins, 23, 24 or 25 hours after it began', () => {
    for (const [day, hours] of [
      ['2026-03-29', 23],
      ['2026-10-25', 25],
      ['2026-11-24', 24],
    ] as const) {
      const date = Temporal.PlainDate.from(day)
      assert.equal(startOfLondonDay(date).until(endOfLondonDay(date)).total('hours'), hours)
    }
  })

  it('takes the first of two times shown twice, and moves back one never shown', () => {
    assert.equal(londonInstant('2026-10-25T01:30').toString(), '2026-10-25T00:30:00Z')
    assert.equal(londonInstant('2026-03-29T01:30').toString(), '2026-03-29T00:30:00Z')
  })
})
