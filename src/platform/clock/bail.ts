import { lastDayOfPeriodBeginningWith } from './counting.ts'
import { endOfLondonDay, londonDay, type Temporal } from './temporal.ts'

/**
 * Where each pre-charge bail period can end, in months from the bail start date: initial, inspector, superintendent,
 * designated case or court, court. Who may grant which belongs to the bail rules, not to the calendar.
 *
 * Source: Police and Criminal Evidence Act 1984 ss.47ZB-47ZG
 */
export const BAIL_PERIOD_MONTHS = [3, 6, 9, 12, 18] as const

/** One of the lengths above. */
export type BailPeriodMonths = (typeof BAIL_PERIOD_MONTHS)[number]

/** The end of one pre-charge bail period. */
export interface BailPeriodEnd {
  readonly months: BailPeriodMonths
  /** The last day on which bail and its conditions hold. */
  readonly lastDay: Temporal.PlainDate
  /** The midnight at the end of it: from here on they do not. */
  readonly endsAt: Temporal.Instant
}

/**
 * The bail start date: the London day after the day of arrest, whenever bail was in fact granted.
 *
 * Source: Police and Criminal Evidence Act 1984 s.47ZB
 */
export function bailStartDate(arrestedAt: Temporal.Instant): Temporal.PlainDate {
  return londonDay(arrestedAt).add({ days: 1 })
}

/**
 * When each pre-charge bail period ends, shortest first, before any time that does not count (s.47ZL, file with the CPS).
 * @param start the bail start date, not the day of arrest
 */
export function bailPeriodEnds(start: Temporal.PlainDate): BailPeriodEnd[] {
  return BAIL_PERIOD_MONTHS.map((months) => {
    const lastDay = lastDayOfPeriodBeginningWith(start, { months })
    return { months, lastDay, endsAt: endOfLondonDay(lastDay) }
  })
}
