import { formatDay, formatInstant, formatRelativeDays, londonDay, type Temporal } from '#platform/clock'
import {
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  type Page,
  problemFor,
  type Problem,
  timeMark,
} from '#platform/views'
import { sectionOf } from './contents.ts'
import { GATEWAYS } from './gateways.ts'
import { OTHER_BASIS, SHARE_MOST_MONTHS, type TypedShare } from './shares-form.ts'
import type { Share } from './shares-store.ts'
import { SHORTEST_REASON } from './views.ts'

/** How far ahead the end of a share is shown as coming. Days. */
const ENDS_SOON_DAYS = 14

export interface SharesModel {
  readonly personId: string
  readonly person: { readonly name: string; readonly sealed: boolean }
  readonly shares: readonly Share[]
  /** Those that something can be shared with. */
  readonly agencies: readonly { readonly id: string; readonly name: string }[]
  readonly typed: TypedShare
  readonly problems: readonly Problem[]
  readonly csrf: string
  readonly now: Temporal.Instant
}

const isLive = (share: Share, now: Temporal.Instant): boolean =>
  share.endedAt === null && share.until.epochMilliseconds > now.epochMilliseconds

const what = (fields: readonly string[]): string =>
  fields.includes('incidents') ? 'Who this is, and the records' : 'Who this is'

/** How long a live share still lasts, in words and shape. */
function lasts({ until }: Share, now: Temporal.Instant): Html {
  const [today, last] = [londonDay(now), londonDay(until.subtract({ nanoseconds: 1 }))]
  const left = today.until(last, { largestUnit: 'days' }).days
  return timeMark(
    left <= ENDS_SOON_DAYS ? 'soon' : 'in-time',
    `Last day ${formatDay(last)}, ${formatRelativeDays(last, today)}`,
  )
}

/** On the page of a person, for those who share: with whom now, and where that is changed. */
export function sharesSection(personId: string, shares: readonly Share[], now: Temporal.Instant): Html | null {
  const live = shares.filter((share) => isLive(share, now))
  return sectionOf(
    'shares',
    'Shared with partners',
    html`${
        live.length === 0
          ? html`<p class="govuk-body">With no agency now.</p>`
          : html`<ul class="govuk-list">
              ${live.map((share) =>
                share.isLeft
                  ? html`<li>
                      ${share.agency}: <strong>sees nothing since records were joined.</strong> Share again, or end it.
                    </li>`
                  : html`<li>${share.agency}: ${what(share.fields)}. ${lasts(share, now)}</li>`,
              )}
            </ul>`
      }
      <p class="govuk-body">
        <a class="govuk-link" href="/people/${personId}/shares">Share with a partner, or end a share</a>
      </p>`,
  )
}

/** What is shared of a person, and the form that shares. */
export function sharesPage(model: SharesModel): Page {
  const { personId, person, shares, problems, now } = model
  const name = person.name || 'No name'
  const [live, over] = [shares.filter((one) => isLive(one, now)), shares.filter((one) => !isLive(one, now))]
  return {
    title: 'Shared with partners',
    wide: true,
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: name, href: `/people/${personId}` })} ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Shared with partners</h1>
      <p class="govuk-body">
        What an agency sees of ${name}: what is shared, for its purpose, until its last day, and nothing else.
      </p>
      ${liveTable(personId, live, now)}
      ${person.sealed ? govuk.insetText({ text: `${name} is sealed: nothing is shared with anybody.` }) : shareForm(model)}
      ${over.length > 0 && overTable(over)}`,
  }
}

function liveTable(personId: string, shares: readonly Share[], now: Temporal.Instant): Html {
  return dataTable({
    caption: 'Shared now',
    cards: true,
    rowHeader: true,
    empty: 'Nothing is shared with any agency now.',
    head: [
      { key: 'agency', text: 'Agency' },
      { key: 'what', text: 'Sees' },
      { key: 'purpose', text: 'For what' },
      { key: 'basis', text: 'By which law' },
      { key: 'by', text: 'Decided' },
      { key: 'until', text: 'Until' },
      { key: 'end', text: 'Change' },
    ],
    rows: shares.map((share) => [
      share.suspended
        ? html`${share.agency}<br /><span class="dauntless-quiet">suspended: sees nothing</span>`
        : share.agency,
      share.isLeft
        ? html`<strong>Nothing since records were joined.</strong> Before: ${what(share.fields).toLowerCase()}`
        : what(share.fields),
      share.purpose,
      share.basis,
      `${share.decidedBy}, ${formatDay(londonDay(share.at))}`,
      lasts(share, now),
      html`<a class="govuk-link" href="/people/${personId}/shares/${share.id}/end"
        >End it<span class="govuk-visually-hidden">: ${share.agency}</span></a
      >`,
    ]),
  })
}

function overTable(shares: readonly Share[]): Html {
  return dataTable({
    caption: 'No longer shared',
    cards: true,
    rowHeader: true,
    head: [
      { key: 'agency', text: 'Agency' },
      { key: 'what', text: 'Saw' },
      { key: 'purpose', text: 'For what' },
      { key: 'from', text: 'From' },
      { key: 'to', text: 'To' },
      { key: 'why', text: 'Why it ended' },
    ],
    rows: shares.map((share) => [
      share.agency,
      what(share.fields),
      share.purpose,
      `${formatInstant(share.at)}, ${share.decidedBy}`,
      share.endedAt === null ? formatInstant(share.until) : `${formatInstant(share.endedAt)}, ${share.endedBy}`,
      share.endedAt === null ? 'Its last day' : share.endReason,
    ]),
  })
}

function shareForm({ personId, agencies, typed, problems, csrf }: SharesModel): Html {
  const parts = ['day', 'month', 'year'] as const
  const wrong = parts.filter((part) => problems.some((problem) => problem.field === `until-${part}`))
  return html`<h2 class="govuk-heading-m">Share with an agency</h2>
    <form method="post" action="/people/${personId}/shares" novalidate>
      ${csrfField(csrf)}<input type="hidden" name="operation" value="${typed.operation}" />
      ${govuk.select({
        id: 'agency',
        name: 'agency',
        label: { text: 'Which agency?' },
        items: [
          { value: '', text: 'Choose' },
          ...agencies.map(({ id, name }) => ({ value: id, text: name, selected: id === typed.agency })),
        ],
        errorMessage: problemFor(problems, 'agency'),
      })}
      ${govuk.radios({
        classes: 'govuk-radios--small',
        name: 'what',
        idPrefix: 'what',
        value: typed.what,
        fieldset: { legend: { text: 'What may they see?', classes: 'govuk-fieldset__legend--s' } },
        errorMessage: problemFor(problems, 'what'),
        items: [
          { value: 'identity', text: 'Who this is', hint: { text: 'Name, date of birth and sex. No record.' } },
          {
            value: 'incidents',
            text: 'Who this is, and the records',
            hint: {
              text: 'Every record of this person, with everybody on it. Records with somebody sealed stay closed.',
            },
          },
        ],
      })}
      ${govuk.textarea({
        id: 'purpose',
        name: 'purpose',
        rows: 2,
        value: typed.purpose,
        label: { text: 'What do they need it for?' },
        hint: { text: 'In your own words. The agency reads it beside the name.' },
        errorMessage: problemFor(problems, 'purpose'),
      })}
      ${govuk.radios({
        name: 'basis',
        idPrefix: 'basis',
        classes: 'govuk-radios--small',
        value: typed.basis,
        fieldset: { legend: { text: 'Which law allows it?', classes: 'govuk-fieldset__legend--s' } },
        errorMessage: problemFor(problems, 'basis'),
        items: [
          ...GATEWAYS.map(({ law, allows, verified }) => ({
            value: law,
            text: law,
            hint: { text: verified ? allows : `${allows} (not verified)` },
          })),
          { value: OTHER_BASIS, text: 'Another law' },
        ],
      })}
      ${govuk.input({
        id: 'other',
        name: 'other',
        classes: 'govuk-input--width-20',
        value: typed.other,
        label: { text: 'The other law and its section, if none of these' },
        errorMessage: problemFor(problems, 'other'),
      })}
      ${govuk.dateInput({
        id: 'until',
        namePrefix: 'until',
        fieldset: { legend: { text: 'The last day', classes: 'govuk-fieldset__legend--s' } },
        hint: { text: `Within ${SHARE_MOST_MONTHS} months. After it the agency sees nothing by this share.` },
        errorMessage: wrong[0] && problemFor(problems, `until-${wrong[0]}`),
        items: parts.map((part) => ({
          name: part,
          classes: `govuk-input--width-${part === 'year' ? 4 : 2}${wrong.includes(part) ? ' govuk-input--error' : ''}`,
          value: typed[part],
        })),
      })}
      ${govuk.button({ text: 'Share', preventDoubleClick: true })}
    </form>`
}

export interface EndShareModel {
  readonly personId: string
  readonly person: { readonly name: string }
  readonly share: Share
  readonly reason: string
  readonly problems: readonly Problem[]
  readonly csrf: string
}

/** Ends one share, with a reason. */
export function endSharePage({ personId, person, share, reason, problems, csrf }: EndShareModel): Page {
  const name = person.name || 'No name'
  return {
    title: 'End a share',
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: 'Shared with partners', href: `/people/${personId}/shares` })}
      ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">End the share with ${share.agency}</h1>
      <p class="govuk-body">
        ${share.agency} then sees nothing of ${name} by this share, at once. What its people have read they have read.
      </p>
      <form method="post" action="/people/${personId}/shares/${share.id}/end" novalidate>
        ${csrfField(csrf)}
        ${govuk.textarea({
          id: 'reason',
          name: 'reason',
          rows: 2,
          value: reason,
          label: { text: 'Why does it end?' },
          hint: { text: `At least ${SHORTEST_REASON} letters. It is logged.` },
          errorMessage: problemFor(problems, 'reason'),
        })}
        ${govuk.button({ text: 'End the share', classes: 'govuk-button--warning', preventDoubleClick: true })}
      </form>`,
  }
}
