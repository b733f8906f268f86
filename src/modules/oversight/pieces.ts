import { csrfField, govuk, html, join, problemFor, type Html } from '#platform/views'
import { FIELDS, type Asked } from './query.ts'
import { READ_FOR } from './words.ts'

const SECTIONS = [
  ['/log', 'Search the log'],
  ['/log/use', 'Use of the records'],
  ['/log/access', 'Access given'],
  ['/log/seal', 'State of the log'],
] as const

/** The pages of this subject. @param current the address of this one */
export const sections = (current: string): Html =>
  html`<nav aria-label="Audit log">
    <p class="govuk-body">
      ${join(
        SECTIONS.map(([href, text]) =>
          href === current
            ? html`<a class="govuk-link" href="${href}" aria-current="page"><strong>${text}</strong></a>`
            : html`<a class="govuk-link" href="${href}">${text}</a>`,
        ),
        ' · ',
      )}
    </p>
  </nav>`

/** What one reads the log for, and the reference of the enquiry. Asked before anything is shown. */
export const whyFields = ({ typed, problems }: Asked): Html =>
  html`${govuk.radios({
    idPrefix: 'why',
    name: 'why',
    fieldset: { legend: { text: 'What do you read the log for?', classes: 'govuk-fieldset__legend--s' } },
    hint: { text: 'The law allows these and no others. Your answer goes into the log.' },
    classes: 'govuk-radios--small',
    items: Object.entries(READ_FOR).map(([value, text]) => ({ value, text, checked: typed['why'] === value })),
    errorMessage: problemFor(problems, 'why'),
  })}
  ${govuk.input({
    id: 'ref',
    name: 'ref',
    label: { text: 'Reference of the enquiry (if there is one)' },
    value: typed['ref'] ?? '',
    classes: 'govuk-input--width-20',
    errorMessage: problemFor(problems, 'ref'),
  })}`

export const dayFields = (label: string, name: 'from' | 'to', { typed, problems }: Asked): Html =>
  govuk.dateInput({
    id: name,
    namePrefix: name,
    fieldset: { legend: { text: label, classes: 'govuk-fieldset__legend--s' } },
    items: (['day', 'month', 'year'] as const).map((part) => ({
      name: part,
      value: typed[`${name}-${part}`] ?? '',
      classes: part === 'year' ? 'govuk-input--width-4' : 'govuk-input--width-2',
    })),
    errorMessage: problemFor(problems, `${name}-day`),
  })

/** The question again as hidden fields, for a form that sends it on. */
export const hiddenQuestion = (csrf: string, { typed }: Asked): Html =>
  html`${csrfField(csrf)}${FIELDS.filter((name) => typed[name]).map(
    (name) => html`<input type="hidden" name="${name}" value="${typed[name] ?? ''}" />`,
  )}`

/** The id of a record or person, short enough for a table, whole for who points at it. */
export const shortId = (id: string): Html => html`<span title="${id}">${id.slice(0, 8)}…</span>`
