import { govuk } from './components.ts'
import { type Html, html } from './html.ts'

/** Something a person can put right, and the field it is about (the id of that field on the page). */
export interface Problem {
  readonly field: string
  readonly message: string
}

/** The list of what is wrong that stands at the top of a form, each line a link to its field; empty when all is well. */
export function errorSummaryFor(problems: readonly Problem[]): Html {
  if (problems.length === 0) return html``
  return govuk.errorSummary({
    titleText: 'There is a problem',
    errorList: problems.map(({ field, message }) => ({ text: message, href: `#${encodeURIComponent(field)}` })),
  })
}

/**
 * What to give a component as its `errorMessage`: every problem of that field in one message, or undefined for none.
 */
export function problemFor(problems: readonly Problem[], field: string): { readonly text: string } | undefined {
  const messages = problems.filter((problem) => problem.field === field).map((problem) => problem.message)
  return messages.length === 0 ? undefined : { text: messages.join(' ') }
}

/** The name of the hidden field that carries the token against forged posts. */
export const CSRF_FIELD = 'csrf'

/** The hidden field every posting form holds. */
export function csrfField(token: string): Html {
  return html`<input type="hidden" name="${CSRF_FIELD}" value="${token}" />`
}
