import type { BankHolidays } from './bank-holidays.ts'
import { Temporal } from './temporal.ts'

const SATURDAY = 6
const SUNDAY = 7

/** Says whether a whole London day, 00:00 to 24:00, is left out of a count. */
export type ExclusionSet = (day: Temporal.PlainDate) => boolean

/** The names the clock table uses. */
export type ExclusionSetName = 'A' | 'B' | 'W' | 'N'

/** The four sets, for a given table of bank holidays. */
export function exclusionSets(holidays: BankHolidays): Readonly<Record<ExclusionSetName, ExclusionSet>> {
  return {
    A: (day) => isExcludedFromA(day, holidays),
    B: isExcludedFromB,
    W: (day) => isExcludedFromW(day, holidays),
    N: isExcludedFromN,
  }
}

/**
 * Set A: Sunday, Christmas Day, Good Friday or a bank holiday, for notices (48 hours) and arrests for breaking them.
 *
 * A Saturday always counts unless it is Christmas Day, even if the table names it. 26 December on a Saturday (2026) may
 * be a bank holiday as well as its Monday substitute; the law is unclear, so we take the reading with the earlier deadline.
 *
 * Source: Crime and Security Act 2010 ss.26-29; Domestic Abuse Act 2021 ss.26, 29
 */
export function isExcludedFromA(day: Temporal.PlainDate, holidays: BankHolidays): boolean {
  if (isExcludedFromB(day)) return true
  return day.dayOfWeek !== SATURDAY && holidays.titleOn(day) !== undefined
}

/**
 * Set B: Sunday, Christmas Day or Good Friday. Bank holidays count. Needs no table, so it cannot run out.
 *
 * Source: Bail Act 1976 s.7(7); Police and Criminal Evidence Act 1984 s.46; Family Law Act 1996 s.47
 */
export function isExcludedFromB(day: Temporal.PlainDate): boolean {
  return day.dayOfWeek === SUNDAY || isChristmasDay(day) || day.equals(goodFriday(day.year))
}

/** Set W: every day that is not a working day, that is a weekend, Christmas Day, Good Friday or a bank holiday. */
export function isExcludedFromW(day: Temporal.PlainDate, holidays: BankHolidays): boolean {
  return day.dayOfWeek === SATURDAY || isExcludedFromB(day) || holidays.titleOn(day) !== undefined
}

/** Set N: no day is excluded. */
export function isExcludedFromN(_day: Temporal.PlainDate): boolean {
  return false
}

/**
 * Good Friday of a year, by the Gregorian reckoning of Easter, so that no missing table can lengthen a detention.
 *
 * Source: the anonymous ("Meeus/Jones/Butcher") algorithm; tested against every Good Friday in the shipped table.
 */
export function goodFriday(year: number): Temporal.PlainDate {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const inCentury = year % 100
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - epact - (inCentury % 4)) % 7
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451)
  const marchDay = epact + toSunday - 7 * late + 22
  return Temporal.PlainDate.from({ year, month: 3, day: 1 }).add({ days: marchDay - 1 - 2 })
}

function isChristmasDay(day: Temporal.PlainDate): boolean {
  return day.month === 12 && day.day === 25
}
