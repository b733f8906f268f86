import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Temporal } from './temporal.ts'

/** Every year has had at least 8: a year with fewer is one that somebody has only begun to fill in. */
const FEWEST_IN_A_YEAR = 8

/** How far ahead the table must reach. An 18 month bail period granted today must fall inside it. */
const MONTHS_AHEAD = 18

const SHIPPED = new URL('../../../data/calendar/bank-holidays-england-and-wales.json', import.meta.url)

/** One day of the table, with what people call it. */
export interface BankHoliday {
  readonly day: Temporal.PlainDate
  readonly title: string
}

/** The bank holidays of England and Wales as gov.uk lists them: with substitutes, one-off days and Good Friday. */
export interface BankHolidays {
  /** In date order, each day once. */
  readonly days: readonly BankHoliday[]
  /** 1 January of the first full year. */
  readonly coversFrom: Temporal.PlainDate
  /** 31 December of the last full year before any gap. After it bank holidays are not known, and so they count. */
  readonly coversUntil: Temporal.PlainDate
  /** What the day is called, or undefined if it is not in the table. */
  titleOn(day: Temporal.PlainDate): string | undefined
}

const GovUkFile = z.object({
  'england-and-wales': z.object({
    events: z.array(z.object({ title: z.string().min(1), date: z.iso.date(), notes: z.string().default('') })),
  }),
})

/**
 * Reads the table from JSON in the shape of gov.uk/bank-holidays.json.
 * @throws RangeError if it has another shape, names a day twice, or holds no full year.
 */
export function bankHolidaysFrom(json: unknown): BankHolidays {
  const file = GovUkFile.safeParse(json)
  if (!file.success) throw new RangeError('the bank holiday file is not in the gov.uk shape', { cause: file.error })
  return tableOf(
    file.data['england-and-wales'].events.map(({ date, title, notes }) => ({
      day: Temporal.PlainDate.from(date),
      title: notes === '' ? title : `${title} (${notes.toLowerCase()})`,
    })),
  )
}

/**
 * Loads the table from a file: the shipped one, unless another is named.
 * @throws Error if the file cannot be read, SyntaxError if it is not JSON, RangeError as `bankHolidaysFrom`.
 */
export function loadBankHolidays(file: string | URL = SHIPPED): BankHolidays {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return bankHolidaysFrom(json)
}

/**
 * The table with days proclaimed since it was published, and without days that a proclamation moved.
 * A day that is added again takes its new title. The table given is not changed.
 */
export function amendBankHolidays(
  table: BankHolidays,
  change: { readonly add?: readonly BankHoliday[]; readonly remove?: readonly Temporal.PlainDate[] },
): BankHolidays {
  const added = change.add ?? []
  const gone = new Set([...(change.remove ?? []), ...added.map(({ day }) => day)].map(String))
  return tableOf([...table.days.filter(({ day }) => !gone.has(day.toString())), ...added])
}

/**
 * A sentence for the administrator if the table does not reach 18 months past today; otherwise undefined.
 * Deadlines past the end are still computed: unknown bank holidays count as ordinary days, so they fall early, never late.
 */
export function bankHolidayWarning(table: BankHolidays, today: Temporal.PlainDate): string | undefined {
  const needed = today.add({ months: MONTHS_AHEAD })
  if (Temporal.PlainDate.compare(table.coversUntil, needed) >= 0) return undefined
  return (
    `Bank holidays are known only until ${table.coversUntil.toString()}, and are needed until ${needed.toString()}. ` +
    'Later deadlines may be shown a day or more early. Add the days gov.uk has published.'
  )
}

function tableOf(unordered: readonly BankHoliday[]): BankHolidays {
  const days = unordered.toSorted((a, b) => Temporal.PlainDate.compare(a.day, b.day))
  const titles = new Map(days.map(({ day, title }) => [day.toString(), title]))
  if (titles.size !== days.length) throw new RangeError('the bank holiday table names a day twice')
  const { first, last } = fullYears(days)
  return {
    days,
    coversFrom: Temporal.PlainDate.from({ year: first, month: 1, day: 1 }),
    coversUntil: Temporal.PlainDate.from({ year: last, month: 12, day: 31 }),
    titleOn: (day) => titles.get(day.toString()),
  }
}

function fullYears(days: readonly BankHoliday[]): { first: number; last: number } {
  const inYear = new Map<number, number>()
  for (const { day } of days) inYear.set(day.year, (inYear.get(day.year) ?? 0) + 1)
  const isFull = (year: number): boolean => (inYear.get(year) ?? 0) >= FEWEST_IN_A_YEAR
  const first = [...inYear.keys()].find(isFull)
  if (first === undefined) throw new RangeError('the bank holiday table holds no full year')
  let last = first
  while (isFull(last + 1)) last++
  return { first, last }
}
