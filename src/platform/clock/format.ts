import { LONDON, Temporal } from './temporal.ts'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** Months as people write them, January first. Written out so that no change of locale data can alter a served page. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** A day for people: `24 November 2026`, `Tuesday 24 November 2026` if asked, or `24 Nov 2026` for a narrow column. */
export function formatDay(
  day: Temporal.PlainDate,
  { weekday = false, short = false }: { readonly weekday?: boolean; readonly short?: boolean } = {},
): string {
  const month = MONTHS[day.month - 1] ?? ''
  const date = `${day.day} ${short ? month.slice(0, 3) : month} ${day.year}`
  return weekday ? `${WEEKDAYS[day.dayOfWeek - 1]} ${date}` : date
}

/**
 * A moment for people, as London clocks showed it, cut to the minute: `24 November 2026 at 10:30`.
 * In the hour that October repeats it says which: `25 October 2026 at 01:30 (GMT)`. For a narrow column: `24 Nov 2026, 10:30`.
 */
export function formatInstant(instant: Temporal.Instant, { short = false }: { readonly short?: boolean } = {}): string {
  const shown = instant.toZonedDateTimeISO(LONDON)
  const time = `${twoDigits(shown.hour)}:${twoDigits(shown.minute)}`
  return `${formatDay(shown.toPlainDate(), { short })}${short ? ', ' : ' at '}${time}${whichOfTwo(shown)}`
}

/**
 * A deadline for people. Midnight is said as the end of the day before, since "25 November at 00:00" is read as the
 * night that follows: `the end of Tuesday 24 November 2026`. Otherwise as `formatInstant`.
 */
export function formatDeadline(deadline: Temporal.Instant): string {
  const shown = deadline.toZonedDateTimeISO(LONDON)
  if (!shown.equals(shown.startOfDay())) return formatInstant(deadline)
  return `the end of ${formatDay(shown.toPlainDate().subtract({ days: 1 }), { weekday: true })}`
}

/** How far a day is from today, for people: `today`, `tomorrow`, `yesterday`, `in 3 days`, `12 days ago`. */
export function formatRelativeDays(day: Temporal.PlainDate, today: Temporal.PlainDate): string {
  const days = today.until(day, { largestUnit: 'days' }).days
  if (days === 0) return 'today'
  if (days === 1) return 'tomorrow'
  if (days === -1) return 'yesterday'
  return days > 0 ? `in ${days} days` : `${-days} days ago`
}

function whichOfTwo(shown: Temporal.ZonedDateTime): string {
  const face = shown.toPlainDateTime()
  const first = face.toZonedDateTime(LONDON, { disambiguation: 'earlier' })
  const second = face.toZonedDateTime(LONDON, { disambiguation: 'later' })
  if (first.equals(second)) return ''
  return shown.equals(first) ? ' (BST)' : ' (GMT)'
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0')
}
