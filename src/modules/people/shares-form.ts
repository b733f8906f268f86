import { randomUUID } from 'node:crypto'
import { endOfLondonDay, parseDayMonthYear, type Temporal } from '#platform/clock'
import { field, isId } from '#platform/http'
import type { Problem } from '#platform/views'
import { GATEWAYS } from './gateways.ts'
import type { NewShare, Shared } from './shares-store.ts'

/** How long a share may last: then somebody decides again. Months. A design choice; the database holds the same. */
export const SHARE_MOST_MONTHS = 12
const LEAST = 10
const MOST = 500
const BASIS_MOST = 200

/** The value of the choice that is none of the laws offered. */
export const OTHER_BASIS = 'other'

const DATE = ['day', 'month', 'year'] as const

/** What was typed, as it was typed. */
export interface TypedShare {
  readonly operation: string
  readonly agency: string
  readonly what: string
  readonly purpose: string
  readonly basis: string
  readonly other: string
  readonly day: string
  readonly month: string
  readonly year: string
}

/** The form before anything is typed. Its number makes sending it twice one share. */
export const blankShare = (): TypedShare => ({
  operation: randomUUID(),
  agency: '',
  what: '',
  purpose: '',
  basis: '',
  other: '',
  day: '',
  month: '',
  year: '',
})

/** What was posted, kept as typed so that it can be given back. */
export function typedShare(body: unknown): TypedShare {
  const [day = '', month = '', year = ''] = DATE.map((part) => field(body, `until-${part}`))
  return {
    operation: field(body, 'operation'),
    agency: field(body, 'agency'),
    what: field(body, 'what'),
    purpose: field(body, 'purpose'),
    basis: field(body, 'basis'),
    other: field(body, 'other'),
    day,
    month,
    year,
  }
}

export type ReadShare =
  { readonly ok: true; readonly share: NewShare } | { readonly ok: false; readonly problems: readonly Problem[] }

/** The share that was typed, or everything that is to be put right. @param today the London day it is decided on */
export function readShare(typed: TypedShare, personId: string, today: Temporal.PlainDate): ReadShare {
  const problems: Problem[] = []
  const wrong = (at: string, message: string): number => problems.push({ field: at, message })
  if (!isId(typed.operation)) wrong('agency', 'This form is damaged: load the page again')
  else if (!isId(typed.agency)) wrong('agency', 'Choose the agency')
  if (typed.what !== 'identity' && typed.what !== 'incidents') wrong('what', 'Choose what they may see')
  if (typed.purpose.length < LEAST) wrong('purpose', `Say what they need it for, in at least ${LEAST} letters`)
  if (typed.purpose.length > MOST) wrong('purpose', `Say what they need it for in ${MOST} letters or fewer`)
  const other = typed.basis === OTHER_BASIS
  const basis = other ? typed.other : typed.basis
  if (!other && !GATEWAYS.some(({ law }) => law === basis)) wrong('basis', 'Choose the law that allows it')
  else if (basis.length < 5) wrong('other', 'Name the other law, with its section')
  else if (basis.length > BASIS_MOST) wrong('other', `Name the other law in ${BASIS_MOST} letters or fewer`)
  const last = parseDayMonthYear(typed.day, typed.month, typed.year, 'the last day')
  if (!last.ok) wrong(`until-${last.problem.fields[0]}`, last.problem.message)
  else if (today.until(last.value).sign < 0) wrong('until-day', PROBLEMS.past.message)
  else if (today.add({ months: SHARE_MOST_MONTHS }).until(last.value).sign > 0) wrong('until-day', PROBLEMS.far.message)
  if (problems.length > 0 || !last.ok) return { ok: false, problems }
  return {
    ok: true,
    share: {
      personId,
      agencyId: typed.agency,
      fields: typed.what === 'incidents' ? ['identity', 'incidents'] : ['identity'],
      purpose: typed.purpose,
      basis,
      until: endOfLondonDay(last.value),
      operationId: typed.operation,
    },
  }
}

const PROBLEMS = {
  past: { field: 'until-day', message: 'The last day must be today or later' },
  far: { field: 'until-day', message: `The last day must be within ${SHARE_MOST_MONTHS} months from today` },
  agency: { field: 'agency', message: 'That agency is suspended or gone since you opened the form: choose another' },
  already: {
    field: 'agency',
    message: 'That agency has a share of this person already: end it first, or wait for its last day',
  },
  sealed: { field: 'agency', message: 'This person is sealed: nothing of them is shared with anybody' },
  fields: { field: 'what', message: 'Choose what they may see' },
  words: { field: 'purpose', message: 'Say what they need it for, and by which law' },
} as const satisfies Partial<Record<Shared, Problem>>

/** What the database found wrong, beside the field where it can be put right; null when nobody is there or all is well. */
export function shareProblem(came: Shared): Problem | null {
  return came === 'done' || came === 'repeated' || came === 'not there' ? null : PROBLEMS[came]
}
