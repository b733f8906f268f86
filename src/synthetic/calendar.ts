/*
 * Days are whole numbers since 1970-01-01 and minutes are day x 1440 + minute of the day, all in London wall-clock
 * time. Source records carry naive local times, so the lost and doubled hours of the clock change occur as they would
 * in a real extract.
 */

/** The number of a day. */
export function dayOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468
}

export interface Civil {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The date of a day number. */
export function civil(dayNumber: number): Civil {
  const z = dayNumber + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

/** `2026-03-01`. */
export function isoDay(dayNumber: number): string {
  const { year, month, day } = civil(dayNumber)
  return `${year}-${two(month)}-${two(day)}`
}

/** `2026-03-01T22:15`, London wall clock. */
export function isoMinute(minute: number): string {
  const day = Math.floor(minute / 1440)
  const rest = minute - day * 1440
  return `${isoDay(day)}T${two(Math.floor(rest / 60))}:${two(rest % 60)}`
}

/** Monday is 0. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 3) % 7) + 7) % 7
}

/** `2026-W10`: the ISO week. */
export function isoWeek(dayNumber: number): string {
  const thursday = dayNumber - weekdayOf(dayNumber) + 3
  const { year } = civil(thursday)
  return `${year}-W${two(Math.floor((thursday - dayOf(year, 1, 1)) / 7) + 1)}`
}

/** `2026-Q1`: the calendar quarter. */
export function quarter(dayNumber: number): string {
  const { year, month } = civil(dayNumber)
  return `${year}-Q${Math.floor((month + 2) / 3)}`
}

/** The day number of a text such as `2026-03-01`. */
export function dayOfText(text: string): number {
  return dayOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)))
}

/**
 * The last day of a period of `months` that begins with a day: the day before the same date, or the last of a month
 * without that date.
 */
export function monthsFrom(first: number, months: number): number {
  const { year, month, day } = civil(first)
  const ahead = year * 12 + (month - 1) + months
  const [toYear, toMonth] = [Math.floor(ahead / 12), (ahead % 12) + 1]
  const next = dayOf(toMonth === 12 ? toYear + 1 : toYear, toMonth === 12 ? 1 : toMonth + 1, 1)
  const same = dayOf(toYear, toMonth, day)
  return same >= next ? next - 1 : same - 1
}

/** The minute at which `hours` have run since `start`, days that do not count left out from midnight to midnight. */
export function afterHours(start: number, hours: number, isLeftOut: (day: number) => boolean): number {
  let left = hours * 60
  for (let at = start; ;) {
    const day = Math.floor(at / 1440)
    const midnight = (day + 1) * 1440
    if (isLeftOut(day)) at = midnight
    else if (at + left <= midnight) return at + left
    else {
      left -= midnight - at
      at = midnight
    }
  }
}

/** The Sundays on which clocks change: forward in March, back in October. One hour from 01:00 is lost, or comes twice. */
export function clockChanges(year: number): { readonly forward: number; readonly back: number } {
  const lastSunday = (from: number): number => from - ((weekdayOf(from) + 1) % 7)
  return { forward: lastSunday(dayOf(year, 3, 31)), back: lastSunday(dayOf(year, 10, 31)) }
}
