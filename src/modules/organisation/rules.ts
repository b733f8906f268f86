import { Temporal } from '#platform/clock'

/** What is wrong with a field, as a page shows it. */
interface Problem {
  readonly field: string
  readonly message: string
}

/** From one London midnight to another; `validTo` is the first day without. */
export interface Span {
  readonly validFrom: Temporal.PlainDate
  readonly validTo: Temporal.PlainDate | null
}

/** How a posting or portfolio stands on a day: not begun, running, over, or called off before it began. */
export type Standing = 'coming' | 'now' | 'ended' | 'called off'

export function standingOf({ validFrom, validTo }: Span, today: Temporal.PlainDate): Standing {
  const compare = (a: Temporal.PlainDate, b: Temporal.PlainDate): number => Temporal.PlainDate.compare(a, b)
  if (validTo !== null && compare(validTo, validFrom) <= 0) return 'called off'
  if (compare(validFrom, today) > 0) return 'coming'
  return validTo !== null && compare(validTo, today) <= 0 ? 'ended' : 'now'
}

/** The last day of it, for people: "open" ends are null. */
export const lastDayOf = ({ validTo }: Span): Temporal.PlainDate | null => validTo?.subtract({ days: 1 }) ?? null

/** How far ahead a posting may begin. Months; a slip in the year is found by it. */
const MONTHS_AHEAD = 24

/** A posting gives no sight of yesterday, so it cannot say that it did. */
export function firstDayProblem(day: Temporal.PlainDate, today: Temporal.PlainDate): Problem | null {
  if (Temporal.PlainDate.compare(day, today) < 0)
    return { field: 'from-day', message: 'The first day must be today or later: nobody is given access to the past' }
  if (Temporal.PlainDate.compare(day, today.add({ months: MONTHS_AHEAD })) > 0)
    return { field: 'from-day', message: `The first day must be within ${MONTHS_AHEAD} months` }
  return null
}

/** What was open until today was open: a last day before today would make the history untrue. */
export function lastDayProblem(day: Temporal.PlainDate, span: Span, today: Temporal.PlainDate): Problem | null {
  if (Temporal.PlainDate.compare(day, today) < 0)
    return {
      field: 'last-day',
      message: 'The last day must be today or later. To shut somebody out now, disable the account',
    }
  if (Temporal.PlainDate.compare(day, span.validFrom) < 0)
    return { field: 'last-day', message: 'The last day must not be before the first. To stop it, call it off' }
  return null
}
