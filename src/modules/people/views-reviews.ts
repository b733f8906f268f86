import { formatInstant, type Temporal } from '#platform/clock'
import { csrfField, govuk, html, type Html, type Page, timeMark } from '#platform/views'
import type { WaitingClaim } from './store.ts'
import { lateWords } from './words.ts'

export interface ReviewsModel {
  readonly claims: readonly WaitingClaim[]
  readonly now: Temporal.Instant
  readonly csrf: string
}

/** What a supervisor is to look at: every break-glass, and the claims drawn by lot. */
export function reviewsPage({ claims, now, csrf }: ReviewsModel): Page {
  const mine = claims.filter((claim) => claim.person !== null)
  const elsewhere = claims.length - mine.length
  return {
    title: 'Records opened with a reason',
    wide: true,
    body: html`<h1 class="govuk-heading-l">Records opened with a reason</h1>
      <p class="govuk-body">Every break-glass is reviewed within 72 hours, and one claim in a hundred.</p>
      ${mine.length === 0 && html`<p class="govuk-body">Nothing waits for you.</p>`}
      ${mine.map((claim) => review(claim, now, csrf))}
      ${
        elsewhere > 0 &&
        html`<p class="govuk-body">
          ${elsewhere === 1 ? 'One more concerns somebody' : `${elsewhere} more concern people`} whom you do not see;
          the supervisors of other teams review ${elsewhere === 1 ? 'it' : 'them'}.
        </p>`
      }`,
  }
}

function review(
  { id, kind, reason, at, dueAt, moreAsked, person, by }: WaitingClaim,
  now: Temporal.Instant,
  csrf: string,
): Html {
  const { late, words } = lateWords(dueAt, now)
  const name = person?.name || 'No name'
  return html`<h2 class="govuk-heading-m"><a class="govuk-link" href="/people/${person?.id ?? ''}">${name}</a></h2>
    ${govuk.summaryList({
      rows: [
        {
          key: { text: 'Review' },
          value: { html: timeMark(late ? 'overdue' : 'in-time', `${words}, ${formatInstant(dueAt)}`) },
        },
        {
          key: { text: 'Opened by' },
          value: { text: [by.who, by.organisation].filter(Boolean).join(', ') },
        },
        {
          key: { text: 'How' },
          value: { text: `${kind === 'break_glass' ? 'Break-glass' : 'Claim'}, ${formatInstant(at)}` },
        },
        { key: { text: 'Reason given' }, value: { text: reason } },
        moreAsked && { key: { text: 'So far' }, value: { text: 'More was asked of the one who opened it' } },
      ],
    })}
    <form method="post" action="/people/reviews" class="govuk-button-group">
      ${csrfField(csrf)}
      <input type="hidden" name="claim" value="${id}" />
      ${govuk.button({ text: 'Justified', name: 'finding', value: 'justified' })}
      ${govuk.button({ text: 'Not justified', name: 'finding', value: 'not_justified', classes: 'govuk-button--warning' })}
      ${govuk.button({ text: 'Ask more', name: 'finding', value: 'ask_more', classes: 'govuk-button--secondary' })}
    </form>`
}
