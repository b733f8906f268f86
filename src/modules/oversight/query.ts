import { londonDay, parseDayMonthYear, startOfLondonDay, type Temporal } from '#platform/clock'
import { field, isId } from '#platform/http'
import type { Problem } from '#platform/views'
import { ACTIONS, isReadFor, type ReadFor } from './words.ts'

/** How many days a question covers when it names none, and at most. */
const DAYS = 7
const MOST_DAYS = { log: 366, use: 31 } as const

/** A question to the log. */
export interface Question {
  readonly why: ReadFor
  /** The reference of the enquiry, if there is one; it goes into the log as the reason. */
  readonly reference: string
  readonly actors: readonly string[] | null
  /** A person, a record, or an entry of the log. */
  readonly about: string | null
  readonly since: Temporal.Instant
  readonly until: Temporal.Instant
  readonly action: string | null
  readonly purpose: string | null
  readonly before: { readonly at: Temporal.Instant; readonly id: string } | null
}

/** The names of the fields that make a question, as they stand in an address. */
export const FIELDS = [
  'why', 'ref', 'by', 'about', 'action', 'purpose',
  'from-day', 'from-month', 'from-year', 'to-day', 'to-month', 'to-year',
] as const // prettier-ignore

export interface Asked {
  readonly typed: Readonly<Record<string, string>>
  /** Null while there is nothing to ask yet, or something is wrong. */
  readonly question: Question | null
  readonly problems: readonly Problem[]
}

const dayOf = (typed: Readonly<Record<string, string>>, name: string) =>
  parseDayMonthYear(
    typed[`${name}-day`],
    typed[`${name}-month`],
    typed[`${name}-year`],
    name === 'from' ? 'the first day' : 'the last day',
  )

/**
 * Reads a question from an address or a form. With nothing in it there is no question and no problem; days that are not
 * named are the last seven.
 */
export function readQuestion(
  given: unknown,
  now: Temporal.Instant,
  of: keyof typeof MOST_DAYS,
  at: (text: string) => Temporal.Instant | null,
): Asked {
  const today = londonDay(now)
  const typed: Record<string, string> = Object.fromEntries(
    FIELDS.map((name) => [name, field(given, name).slice(0, 800)]),
  )
  for (const [name, day] of [
    ['from', today.subtract({ days: DAYS - 1 })],
    ['to', today],
  ] as const) {
    if (['day', 'month', 'year'].some((part) => typed[`${name}-${part}`] !== '')) continue
    Object.assign(typed, {
      [`${name}-day`]: String(day.day),
      [`${name}-month`]: String(day.month),
      [`${name}-year`]: String(day.year),
    })
  }
  if (FIELDS.every((name) => field(given, name) === '')) return { typed, question: null, problems: [] }

  const problems: Problem[] = []
  const { why = '', by = '', about = '', action = '', purpose = '', ref = '' } = typed
  if (!isReadFor(why)) problems.push({ field: 'why', message: 'Choose what you read the log for' })
  const actors = by === '' ? null : by.split(',')
  if (actors && !actors.every(isId)) problems.push({ field: 'name', message: 'Enter part of the name of who acted' })
  if (about !== '' && !isId(about))
    problems.push({
      field: 'about',
      message: 'Enter the whole id of a person, a record or an entry: 36 letters, numbers and hyphens',
    })
  if (action !== '' && !Object.hasOwn(ACTIONS, action))
    problems.push({ field: 'action', message: 'Choose what was done, or leave it open' })
  if (ref.length > 80) problems.push({ field: 'ref', message: 'The reference must be 80 letters or fewer' })
  const from = dayOf(typed, 'from')
  const to = dayOf(typed, 'to')
  if (!from.ok) problems.push({ field: 'from-day', message: from.problem.message })
  if (!to.ok) problems.push({ field: 'to-day', message: to.problem.message })
  if (from.ok && to.ok) {
    const { days } = from.value.until(to.value, { largestUnit: 'days' })
    if (days < 0) problems.push({ field: 'to-day', message: 'The last day must not be before the first' })
    if (days >= MOST_DAYS[of]) problems.push({ field: 'from-day', message: `Ask for ${MOST_DAYS[of]} days at most` })
  }
  if (problems.length > 0 || !from.ok || !to.ok || !isReadFor(why)) return { typed, question: null, problems }
  const beforeAt = at(field(given, 'before'))
  const beforeId = field(given, 'entry')
  return {
    typed,
    problems,
    question: {
      why,
      reference: ref,
      actors,
      about: about === '' ? null : about,
      since: startOfLondonDay(from.value),
      until: startOfLondonDay(to.value.add({ days: 1 })),
      action: action === '' ? null : action,
      purpose: purpose === '' ? null : purpose,
      before: beforeAt && isId(beforeId) ? { at: beforeAt, id: beforeId } : null,
    },
  }
}

/** The address of the same question, with something changed. */
export function addressOf(path: string, typed: Readonly<Record<string, string>>, more: Record<string, string> = {}) {
  const all = { ...Object.fromEntries(FIELDS.map((name) => [name, typed[name] ?? ''])), ...more }
  const said = Object.entries(all).filter(([, value]) => value !== '')
  return `${path}?${new URLSearchParams(said).toString()}`
}
