import { MONTHS } from './format.ts'
import { Temporal } from './temporal.ts'

/** Years outside this are slips of the hand, such as 0026 or 2206. */
const FIRST_YEAR = 1900
const LAST_YEAR = 2100

/** One box of the GOV.UK date input. */
export type DateField = 'day' | 'month' | 'year'

/** What is wrong with a typed date, and which boxes to mark; never empty. */
export interface DateProblem {
  readonly fields: readonly [DateField, ...DateField[]]
  readonly message: string
}

/** A day, or what to put right. */
export type ParsedDate =
  { readonly ok: true; readonly value: Temporal.PlainDate } | { readonly ok: false; readonly problem: DateProblem }

/**
 * Reads the three boxes of a GOV.UK date input. Takes `November` and `nov` as well as `11`; ignores space around.
 * Says one problem at a time, the first a reader would meet.
 * @param label what the date is, as it reads mid-sentence: `the date of arrest`
 */
export function parseDayMonthYear(
  day: string | undefined,
  month: string | undefined,
  year: string | undefined,
  label = 'the date',
): ParsedDate {
  const typed = { day: (day ?? '').trim(), month: (month ?? '').trim(), year: (year ?? '').trim() }
  const [missing, ...alsoMissing] = (['day', 'month', 'year'] as const).filter((field) => typed[field] === '')
  if (missing !== undefined) {
    const message =
      alsoMissing.length === 2
        ? `Enter ${label}`
        : `${sentence(label)} must include a ${[missing, ...alsoMissing].join(' and a ')}`
    return problem([missing, ...alsoMissing], message)
  }

  const dayNumber = wholeNumberIn(typed.day, /^\d{1,2}$/, 1, 31)
  if (dayNumber === undefined) return problem(['day'], `${sentence(label)} must have a day from 1 to 31`)
  const monthNumber = wholeNumberIn(typed.month, /^\d{1,2}$/, 1, 12) ?? monthNamed(typed.month)
  if (monthNumber === undefined) {
    return problem(['month'], `${sentence(label)} must have a month from 1 to 12, or the name of a month`)
  }
  const yearNumber = wholeNumberIn(typed.year, /^\d{4}$/, FIRST_YEAR, LAST_YEAR)
  if (yearNumber === undefined) {
    return problem(['year'], `${sentence(label)} must have a year of 4 numbers from ${FIRST_YEAR} to ${LAST_YEAR}`)
  }

  const { daysInMonth } = Temporal.PlainYearMonth.from({ year: yearNumber, month: monthNumber })
  if (dayNumber > daysInMonth) {
    const name = `${MONTHS[monthNumber - 1]} ${yearNumber}`
    return problem(['day'], `${sentence(label)} must be a real date: ${name} has ${daysInMonth} days`)
  }
  return { ok: true, value: Temporal.PlainDate.from({ year: yearNumber, month: monthNumber, day: dayNumber }) }
}

function problem(fields: DateProblem['fields'], message: string): ParsedDate {
  return { ok: false, problem: { fields, message } }
}

function wholeNumberIn(typed: string, shape: RegExp, least: number, most: number): number | undefined {
  const count = shape.test(typed) ? Number(typed) : Number.NaN
  return count >= least && count <= most ? count : undefined
}

/** Three letters tell every month from the others. */
function monthNamed(typed: string): number | undefined {
  const start = typed.toLowerCase()
  if (start.length < 3) return undefined
  const at = MONTHS.findIndex((name) => name.toLowerCase().startsWith(start))
  return at === -1 ? undefined : at + 1
}

function sentence(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1)
}
