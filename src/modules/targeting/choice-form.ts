import { randomUUID } from 'node:crypto'
import { parseDayMonthYear, type Temporal } from '#platform/clock'
import { field, isId } from '#platform/http'
import { csrfField, errorSummaryFor, govuk, html, problemFor, type Html, type Problem } from '#platform/views'
import type { Decision } from './store.ts'

/** A choice may stand this long without being looked at again. Months. Source: domain brief section 10 (a review date). */
export const REVIEW_WITHIN_MONTHS = 6
/** A shorter reason is none. Characters. */
export const REASON_LEAST = 10
const REASON_MOST = 2000

/** What was typed, as it was typed. */
export interface Typed {
  readonly operationId: string
  /** The id of the latest choice when the form was shown; empty when there was none. */
  readonly seen: string
  readonly decision: string
  readonly reason: string
  readonly day: string
  readonly month: string
  readonly year: string
}

export interface FormModel {
  readonly personId: string
  readonly csrf: string
  readonly typed: Typed
  readonly problems: readonly Problem[]
  readonly summary: Html
}

export type ParsedChoice =
  | {
      readonly ok: true
      readonly decision: Decision
      readonly reason: string
      readonly reviewOn: Temporal.PlainDate
      readonly operationId: string
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The form before anything is typed. Its id makes sending it twice one choice. @param seen the id of the latest choice */
export function blankChoice(seen: string): Typed {
  return { operationId: randomUUID(), seen, decision: '', reason: '', day: '', month: '', year: '' }
}

/** What was posted, kept as typed so that it can be given back. */
export function typedChoice(body: unknown): Typed {
  return {
    operationId: field(body, 'operation'),
    seen: field(body, 'seen'),
    decision: field(body, 'decision'),
    reason: field(body, 'reason'),
    day: field(body, 'review-day'),
    month: field(body, 'review-month'),
    year: field(body, 'review-year'),
  }
}

/** The choice that was typed, or everything that is to be put right. @param today the London day it is made on */
export function readChoice(typed: Typed, today: Temporal.PlainDate): ParsedChoice {
  const problems: Problem[] = []
  const decision = typed.decision === 'target' || typed.decision === 'refuse' ? typed.decision : null
  if (decision === null) problems.push({ field: 'decision', message: 'Select whether this person is a target' })
  if (typed.reason.length < REASON_LEAST)
    problems.push({ field: 'reason', message: `Enter your reason, in ${REASON_LEAST} characters or more` })
  if (typed.reason.length > REASON_MOST)
    problems.push({ field: 'reason', message: `Your reason must be ${REASON_MOST} characters or fewer` })
  const review = parseDayMonthYear(typed.day, typed.month, typed.year, 'the review date')
  if (!review.ok) problems.push({ field: `review-${review.problem.fields[0]}`, message: review.problem.message })
  else {
    const last = today.add({ months: REVIEW_WITHIN_MONTHS })
    if (review.value.since(today).sign <= 0)
      problems.push({ field: 'review-day', message: 'The review date must be in the future' })
    else if (last.until(review.value).sign > 0)
      problems.push({
        field: 'review-day',
        message: `The review date must be within ${REVIEW_WITHIN_MONTHS} months from today`,
      })
  }
  if (!isId(typed.operationId))
    problems.push({ field: 'decision', message: 'This form is damaged: load the page again' })
  if (problems.length > 0 || decision === null || !review.ok) return { ok: false, problems }
  return { ok: true, decision, reason: typed.reason, reviewOn: review.value, operationId: typed.operationId }
}

/** What is wrong when somebody has decided since the form was shown: it is given back with what they decided above it. */
export const OVERTAKEN: Problem = {
  field: 'decision',
  message: 'Somebody has decided about this person since you opened the form: read the latest choice, then save again',
}

/** The form with what was typed and what is wrong with it. */
export function formModel(personId: string, csrf: string, typed: Typed, problems: readonly Problem[]): FormModel {
  return { personId, csrf, typed, problems, summary: errorSummaryFor(problems) }
}

/** Choosing or refusing somebody as a target. */
export function choiceForm({ personId, csrf, typed, problems }: FormModel): Html {
  const decisionError = problemFor(problems, 'decision')
  const reasonError = problemFor(problems, 'reason')
  const parts = ['day', 'month', 'year'] as const
  const wrong = parts.filter((part) => problems.some((problem) => problem.field === `review-${part}`))
  const reviewError = wrong[0] && problemFor(problems, `review-${wrong[0]}`)
  return html`<form method="post" action="/targets/${personId}" novalidate>
    ${csrfField(csrf)}<input type="hidden" name="operation" value="${typed.operationId}" /><input
      type="hidden"
      name="seen"
      value="${typed.seen}"
    />
    ${govuk.radios({
      name: 'decision',
      idPrefix: 'decision',
      fieldset: { legend: { text: 'Decide', classes: 'govuk-fieldset__legend--m' } },
      hint: {
        text: 'You decide, not the score. Check first that each record is this person, and that each offence stands.',
      },
      ...(decisionError && { errorMessage: decisionError }),
      items: [
        { value: 'target', text: 'Choose as a target', checked: typed.decision === 'target' },
        { value: 'refuse', text: 'Refuse as a target', checked: typed.decision === 'refuse' },
      ],
    })}
    ${govuk.textarea({
      id: 'reason',
      name: 'reason',
      label: { text: 'Your reason' },
      hint: { text: 'In your own words: what in the records decides it. A score is no reason.' },
      value: typed.reason,
      ...(reasonError && { errorMessage: reasonError }),
    })}
    ${govuk.dateInput({
      id: 'review',
      namePrefix: 'review',
      fieldset: { legend: { text: 'Review on', classes: 'govuk-fieldset__legend--s' } },
      hint: { text: `A day within the next ${REVIEW_WITHIN_MONTHS} months.` },
      ...(reviewError && { errorMessage: reviewError }),
      items: parts.map((part) => ({
        name: part,
        classes: `govuk-input--width-${part === 'year' ? 4 : 2}${wrong.includes(part) ? ' govuk-input--error' : ''}`,
        value: typed[part],
      })),
    })}
    ${govuk.button({ text: 'Save the decision', preventDoubleClick: true })}
  </form>`
}
