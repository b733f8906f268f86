import { field } from '#platform/http'
import { csrfField, govuk, html, join, problemFor, type Html, type Problem } from '#platform/views'
import { parseDayMonthYear, type ParsedDate, type Temporal } from '#platform/clock'

/** What was typed into a form that came back, by field name. */
export type Typed = Readonly<Record<string, string>>

/** A form that is shown: what was typed, and what is wrong with it. */
export interface FormState {
  readonly csrf: string
  readonly typed: Typed
  readonly problems: readonly Problem[]
}

/** The fields of a posted form, by name. */
export const typedOf = (body: unknown, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, field(body, name)]))

/** The names of the three boxes of a date. */
export const dateNames = (name: string): string[] => ['day', 'month', 'year'].map((part) => `${name}-${part}`)

/** Reads the three boxes. @param label as it reads mid-sentence: "the first day" */
export const readDay = (typed: Typed, name: string, label: string): ParsedDate =>
  parseDayMonthYear(typed[`${name}-day`], typed[`${name}-month`], typed[`${name}-year`], label)

/** A day as typed into the three boxes. */
export const dayTyped = (name: string, day: Temporal.PlainDate): Typed => ({
  [`${name}-day`]: String(day.day),
  [`${name}-month`]: String(day.month),
  [`${name}-year`]: String(day.year),
})

export function textInput(label: string, name: string, { typed, problems }: FormState, hint?: string): Html {
  return govuk.input({
    id: name,
    name,
    label: { text: label },
    value: typed[name] ?? '',
    ...(hint !== undefined && { hint: { text: hint } }),
    errorMessage: problemFor(problems, name),
  })
}

export function choice(
  label: string,
  name: string,
  items: readonly { value: string; text: string }[],
  { typed, problems }: FormState,
): Html {
  return govuk.select({
    id: name,
    name,
    label: { text: label },
    items: [{ value: '', text: 'Choose' }, ...items.map((item) => ({ ...item, selected: item.value === typed[name] }))],
    errorMessage: problemFor(problems, name),
  })
}

export function dayInput(label: string, name: string, { typed, problems }: FormState, hint?: string): Html {
  return govuk.dateInput({
    id: name,
    namePrefix: name,
    fieldset: { legend: { text: label, classes: 'govuk-fieldset__legend--s' } },
    ...(hint !== undefined && { hint: { text: hint } }),
    items: (['day', 'month', 'year'] as const).map((part) => ({
      name: part,
      value: typed[`${name}-${part}`] ?? '',
      classes: part === 'year' ? 'govuk-input--width-4' : 'govuk-input--width-2',
    })),
    errorMessage: problemFor(problems, `${name}-day`),
  })
}

/** A form of one button, for a row of a table. @param about read after the text, for those who hear the page */
export const buttonForm = (action: string, csrf: string, text: string, about: string, hidden: Typed = {}): Html =>
  html`<form method="post" action="${action}">
    ${csrfField(csrf)}${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="govuk-button govuk-button--secondary dauntless-small" type="submit">
      ${text}<span class="govuk-visually-hidden">: ${about}</span>
    </button>
  </form>`

const SECTIONS = [
  ['/organisation', 'Structure', false],
  ['/organisation/portfolios', 'Portfolios', false],
  ['/organisation/people', 'People', true],
  ['/organisation/postings', 'Postings', true],
  ['/organisation/agencies', 'Partner agencies', true],
] as const

/** The pages of this subject. @param current the address of this one */
export function sections(current: string, administers: boolean): Html {
  const links = SECTIONS.filter(([, , forAdministrators]) => administers || !forAdministrators).map(([href, text]) =>
    href === current
      ? html`<a class="govuk-link" href="${href}" aria-current="page"><strong>${text}</strong></a>`
      : html`<a class="govuk-link" href="${href}">${text}</a>`,
  )
  return html`<nav aria-label="Organisation"><p class="govuk-body">${join(links, ' · ')}</p></nav>`
}

/** Links to the pages of a long list. Nothing when there is one. @param href the address of a page by its number */
export function pages(page: number, found: number, rows: number, href: (page: number) => string): Html {
  const last = Math.max(1, Math.ceil(found / rows))
  if (last === 1) return html``
  return govuk.pagination({
    ...(page > 1 && { previous: { href: href(page - 1) } }),
    ...(page < last && { next: { href: href(page + 1) } }),
    items: [{ number: String(page), current: true, href: href(page) }],
  })
}
