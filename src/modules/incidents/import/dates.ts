import { Temporal } from '#platform/clock'

/** The latest that something can have happened, for a reader at this moment: clocks are wrong and zones differ, by a day at most. */
export function latestAt(now: Temporal.Instant): string {
  return `${now.add({ hours: 24 }).toString().slice(0, 19)}Z`
}

export type DateOrder = 'ymd' | 'dmy' | 'mdy' | 'd-mon-y'

/** A value that cannot be read, with the reason. */
export interface Wrong {
  wrong: string
}

const TIME =
  '(?:(?:T|,?\\s+)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.\\d+)?)?\\s*([AaPp][Mm])?\\s*(Z|[+-]\\d{2}(?::?\\d{2})?)?)?$'
const SHAPES: Record<DateOrder, RegExp> = {
  ymd: new RegExp(`^(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})${TIME}`),
  dmy: new RegExp(`^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})${TIME}`),
  mdy: new RegExp(`^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})${TIME}`),
  'd-mon-y': new RegExp(`^(\\d{1,2})[- ]([A-Za-z]{3,9})[- ](\\d{4}|\\d{2})${TIME}`),
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

interface Parts {
  year: number
  month: number
  day: number
  timed: boolean
  hour: number
  minute: number
  second: number
  /** Minutes east of UTC where the source says so itself. */
  offset: number | undefined
}

/** Days from 1 January 1970 of a Gregorian day. Source: H. Hinnant, "chrono-compatible low-level date algorithms". */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719468
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}

function dayText(days: number): string {
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const ofEra = z - era * 146097
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365,
  )
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return `${year + era * 400 + (month <= 2 ? 1 : 0)}-${two(month)}-${two(ofYear - Math.floor((153 * shifted + 2) / 5) + 1)}`
}

/** A whole number from the digits between two places of a text; NaN when there is anything else. */
function digits(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

/** `2026-01-05`, with `10:00` or `10:00:00` after it: nearly every date there is, read without an expression and its texts. */
function plainIso(text: string): Parts | undefined {
  const { length } = text
  if ((length !== 10 && length !== 16 && length !== 19) || text[4] !== '-' || text[7] !== '-') return undefined
  const timed = length > 10
  if (timed && ((text[10] !== ' ' && text[10] !== 'T') || text[13] !== ':')) return undefined
  if (length === 19 && text[16] !== ':') return undefined
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)]
  const [hour, minute] = timed ? [digits(text, 11, 13), digits(text, 14, 16)] : [0, 0]
  const second = length === 19 ? digits(text, 17, 19) : 0
  if (Number.isNaN(year + month + day + hour + minute + second)) return undefined
  return { year, month, day, timed, hour, minute, second, offset: undefined }
}

function partsOf(text: string, orders: readonly DateOrder[]): Parts | Wrong {
  const iso = orders.includes('ymd') ? plainIso(text) : undefined
  if (iso) return checked(text, iso)
  for (const order of orders) {
    const found = SHAPES[order].exec(text)
    if (found === null) continue
    const [, a = '', b = '', c = '', hour, minute, second, half, offset] = found
    const [y, m, d] = order === 'ymd' ? [a, b, c] : order === 'mdy' ? [c, a, b] : [c, b, a]
    const month = order === 'd-mon-y' ? MONTHS.indexOf(m.slice(0, 3).toLowerCase()) + 1 : Number(m)
    // Two digits: the century in which the day is not far ahead of the records that such sources hold.
    const year = y.length === 2 ? (Number(y) < 70 ? 2000 : 1900) + Number(y) : Number(y)
    let hours = Number(hour ?? 0)
    if (half !== undefined) {
      if (hours < 1 || hours > 12) return { wrong: `there is no such time as ${text}` }
      hours = (hours % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
    }
    return checked(text, {
      year,
      month,
      day: Number(d),
      timed: hour !== undefined,
      hour: hours,
      minute: Number(minute ?? 0),
      second: Number(second ?? 0),
      offset: offset === undefined ? undefined : offsetMinutes(offset),
    })
  }
  return { wrong: `"${text}" is not a date in a form this profile knows` }
}

function checked(text: string, parts: Parts): Parts | Wrong {
  const { year, month, day, hour, minute, second } = parts
  if (year < 1880 || year > 2100) return { wrong: `the year ${year} cannot be right` }
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = month === 2 && !leap ? 28 : (MONTH_DAYS[month - 1] ?? 0)
  if (month < 1 || month > 12 || day < 1 || day > days) return { wrong: `there is no such day as ${text}` }
  if (hour > 23 || minute > 59 || second > 59) return { wrong: `there is no such time as ${text}` }
  return parts
}

function offsetMinutes(text: string): number {
  if (text === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  return (text.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0))
}

const LOST = Number.NaN
const offsets = new Map<string, Map<number, number>>()

/** Minutes east of UTC of an hour on the wall; NaN when the clocks jump over it. Kept, as zones are slow to ask. */
function offsetAt(zone: string, days: number, parts: Parts): number {
  let hours = offsets.get(zone)
  if (hours === undefined) offsets.set(zone, (hours = new Map<number, number>()))
  const key = days * 24 + parts.hour
  const kept = hours.get(key)
  if (kept !== undefined) return kept
  const { year, month, day, hour } = parts
  const there = Temporal.PlainDateTime.from({ year, month, day, hour }).toZonedDateTime(zone, {
    disambiguation: 'earlier',
  })
  const offset = there.hour === hour ? there.offsetNanoseconds / 60e9 : LOST
  hours.set(key, offset)
  return offset
}

/**
 * An instant (ISO, UTC, whole seconds) from a date and time written in local time. A day alone is its midnight. In the
 * hour that comes twice the first is taken; a time in the hour that is lost is wrong.
 */
export function readInstant(text: string, orders: readonly DateOrder[], zone: string): string | Wrong {
  const parts = partsOf(text, orders)
  if ('wrong' in parts) return parts
  const days = daysOf(parts.year, parts.month, parts.day)
  const offset = parts.offset ?? offsetAt(zone, days, parts)
  if (Number.isNaN(offset)) return { wrong: `${text} is in the hour lost when the clocks go forward` }
  const minutes = days * 1440 + parts.hour * 60 + parts.minute - offset
  const day = Math.floor(minutes / 1440)
  const ofDay = minutes - day * 1440
  return `${dayText(day)}T${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}:${two(parts.second)}Z`
}

/** An ISO day; a time after it is left out. */
export function readDay(text: string, orders: readonly DateOrder[]): string | Wrong {
  const parts = partsOf(text, orders)
  return 'wrong' in parts ? parts : `${parts.year}-${two(parts.month)}-${two(parts.day)}`
}
