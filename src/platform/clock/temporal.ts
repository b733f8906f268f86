// The only file that imports the polyfill: when the runtime has its own Temporal, this is the one line to change.
import { Temporal } from 'temporal-polyfill'

export { Temporal }

/** The zone every legal day is counted in. */
export const LONDON = 'Europe/London'

/** The London calendar day on which something happened. */
export function londonDay(instant: Temporal.Instant): Temporal.PlainDate {
  return instant.toZonedDateTimeISO(LONDON).toPlainDate()
}

/** The first instant of a London day. */
export function startOfLondonDay(day: Temporal.PlainDate): Temporal.Instant {
  return day.toZonedDateTime(LONDON).toInstant()
}

/**
 * The instant at which a London day is over: the midnight that begins the next day.
 * Something done strictly before it was done that day. London days last 23, 24 or 25 hours.
 */
export function endOfLondonDay(day: Temporal.PlainDate): Temporal.Instant {
  return startOfLondonDay(day.add({ days: 1 }))
}

/**
 * The instant that London clocks showed as this date and time.
 * A time shown twice (October) is the first of the two, and a time never shown (March) is moved an hour back,
 * so that any deadline reckoned from it is the earlier one.
 * @throws RangeError if text is given that is not a date and time.
 */
export function londonInstant(shown: Temporal.PlainDateTime | string): Temporal.Instant {
  return Temporal.PlainDateTime.from(shown).toZonedDateTime(LONDON, { disambiguation: 'earlier' }).toInstant()
}
