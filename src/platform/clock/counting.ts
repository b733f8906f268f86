import type { BankHolidays } from './bank-holidays.ts'
import { isExcludedFromW, type ExclusionSet } from './exclusion.ts'
import { endOfLondonDay, londonDay, Temporal } from './temporal.ts'

const NANOSECONDS_IN_HOUR = 3_600_000_000_000n

/** The longest real run of excluded days is 4 (Easter or Christmas): 31 means a table that was loaded wrong. */
const LONGEST_RUN_DAYS = 31

/**
 * The instant at which so many hours have been counted since something happened, leaving out whole excluded London days.
 *
 * Counts elapsed hours, so a clock change inside a counted day shifts the time on the clock face, not the hours allowed.
 * From an excluded day counting begins at the next midnight that counts. Hours used up at a midnight end there, even if
 * an excluded day follows. Court sitting hours are not considered: the answer may be 03:00.
 *
 * @throws RangeError if `hours` is not a whole number of 0 or more, or if no day in 31 counts.
 */
export function addCountedHours(start: Temporal.Instant, hours: number, isExcluded: ExclusionSet): Temporal.Instant {
  let left = BigInt(wholeNumber(hours, 'hours')) * NANOSECONDS_IN_HOUR
  let at = start
  let day = londonDay(start)
  let excludedInARow = 0
  while (left > 0n) {
    const midnight = endOfLondonDay(day)
    if (isExcluded(day)) {
      excludedInARow = oneMoreExcluded(excludedInARow, day)
    } else {
      excludedInARow = 0
      const today = midnight.epochNanoseconds - at.epochNanoseconds
      if (left <= today) return at.add({ nanoseconds: Number(left) })
      left -= today
    }
    at = midnight
    day = day.add({ days: 1 })
  }
  return start
}

/** The London days wholly or partly left out between two instants, in order, to show how a deadline was reached. */
export function disregardedDaysBetween(
  start: Temporal.Instant,
  end: Temporal.Instant,
  isExcluded: ExclusionSet,
): Temporal.PlainDate[] {
  const days: Temporal.PlainDate[] = []
  if (Temporal.Instant.compare(start, end) >= 0) return days
  // A deadline at midnight belongs to the day that ends there, not to the one that begins.
  const last = londonDay(end.subtract({ nanoseconds: 1 }))
  for (let day = londonDay(start); Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    if (isExcluded(day)) days.push(day)
  }
  return days
}

/**
 * The working day that is so many working days after a day. The day itself is day 0, whether it is a working day or not; 0 gives it back.
 * @throws RangeError if `days` is not a whole number of 0 or more, or if no day in 31 is a working day.
 */
export function addWorkingDays(day: Temporal.PlainDate, days: number, holidays: BankHolidays): Temporal.PlainDate {
  let left = wholeNumber(days, 'working days')
  let at = day
  let excludedInARow = 0
  while (left > 0) {
    at = at.add({ days: 1 })
    if (isExcludedFromW(at, holidays)) {
      excludedInARow = oneMoreExcluded(excludedInARow, at)
    } else {
      excludedInARow = 0
      left--
    }
  }
  return at
}

/** How long a period lasts: in days or in months, never both. */
export type PeriodLength =
  { readonly days: number; readonly months?: never } | { readonly months: number; readonly days?: never }

/**
 * The last day of a period "of N days (or N months) beginning with" a day, which is itself day 1.
 *
 * Months end on the day before the same day of the month, or on the last day of a month that has no such day:
 * 3 months beginning with 30 November end on 28 February, not on the 27th.
 *
 * @throws RangeError if the length is not a whole number of 1 or more.
 */
export function lastDayOfPeriodBeginningWith(day: Temporal.PlainDate, length: PeriodLength): Temporal.PlainDate {
  if (length.months === undefined) return day.add({ days: atLeastOne(length.days, 'days') - 1 })
  const monthsLater = day.add({ months: atLeastOne(length.months, 'months') }, { overflow: 'constrain' })
  return monthsLater.day === day.day ? monthsLater.subtract({ days: 1 }) : monthsLater
}

/**
 * The last day "within N days of" a day, which is itself day 0. Not for "beginning with": that is one day shorter.
 * @throws RangeError if `days` is not a whole number of 0 or more.
 */
export function withinDaysOf(day: Temporal.PlainDate, days: number): Temporal.PlainDate {
  return day.add({ days: wholeNumber(days, 'days') })
}

function oneMoreExcluded(soFar: number, day: Temporal.PlainDate): number {
  if (soFar >= LONGEST_RUN_DAYS)
    throw new RangeError(`no day counts in the ${LONGEST_RUN_DAYS} before ${day.toString()}`)
  return soFar + 1
}

function atLeastOne(count: number, unit: string): number {
  if (count < 1) throw new RangeError(`a period needs at least 1 of its ${unit}, not ${count}`)
  return wholeNumber(count, unit)
}

function wholeNumber(count: number, unit: string): number {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${unit} must be a whole number, not ${count}`)
  return count
}
