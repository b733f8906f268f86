import { formatDay, formatInstant, type Temporal } from '#platform/clock'
import { ROLES } from '#platform/access'
import { csrfField, dataTable, errorSummaryFor, govuk, html, join, type Html, type Page } from '#platform/views'
import { buttonForm, choice, dayInput, pages, sections, textInput, type FormState } from './form.ts'
import { ENDING_DAYS, PAGE_ROWS } from './people-store.ts'
import type { Account, Change, Listed, PeopleFilter, Posting, PostingList } from './people-store.ts'
import { lastDayOf, standingOf } from './rules.ts'
import { roleWords } from './words.ts'

const tabs = (of: readonly (readonly [href: string, text: string])[], current: string): Html =>
  html`<p class="govuk-body">
    ${join(
      of.map(([href, text]) =>
        href === current
          ? html`<strong aria-current="page">${text}</strong>`
          : html`<a class="govuk-link" href="${href}">${text}</a>`,
      ),
      ' · ',
    )}
  </p>`

export const PEOPLE_FILTERS: Readonly<Record<PeopleFilter, string>> = {
  all: 'Everybody',
  posted: 'Posted today',
  unposted: 'Without a posting today',
  disabled: 'Disabled',
}

export function peoplePage(model: {
  rows: readonly Listed[]
  found: number
  part: string
  filter: PeopleFilter
  page: number
  demonstration: boolean
  form: FormState
}): Page {
  const { part, filter, form, demonstration } = model
  const href = (page: number): string =>
    `/organisation/people?${new URLSearchParams({ part, filter, page: String(page) }).toString()}`
  return {
    title: 'People',
    inError: form.problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(form.problems)}
      <h1 class="govuk-heading-l">People</h1>
      ${sections('/organisation/people', true)}
      <p class="govuk-body">Everybody who can sign in. What somebody may do and see follows from their postings.</p>
      <form method="get" action="/organisation/people">
        ${govuk.input({ id: 'part', name: 'part', label: { text: 'Part of the name' }, value: part, classes: 'govuk-input--width-20' })}
        ${govuk.select({
          id: 'filter',
          name: 'filter',
          label: { text: 'Show' },
          items: Object.entries(PEOPLE_FILTERS).map(([value, text]) => ({ value, text, selected: value === filter })),
        })}
        ${govuk.button({ text: 'Show', classes: 'govuk-button--secondary' })}
      </form>
      ${dataTable({
        caption: `${model.found} ${model.found === 1 ? 'person' : 'people'}`,
        rowHeader: true,
        empty: 'Nobody like that.',
        head: [
          { key: 'name', text: 'Name' },
          { key: 'now', text: 'Today' },
          { key: 'state', text: 'Account' },
        ],
        rows: model.rows.map((person) => [
          html`<a class="govuk-link" href="/organisation/people/${person.id}">${person.name}</a>`,
          person.now.length === 0
            ? 'No posting'
            : person.now.map(({ role, place }) => `${roleWords(role)}, ${place}`).join('; '),
          person.disabledAt ? 'Disabled' : 'Active',
        ]),
      })}
      ${pages(model.page, model.found, PAGE_ROWS, href)}
      <h2 class="govuk-heading-m">Add a person</h2>
      <p class="govuk-body">
        They can do nothing until they have a posting.
        ${demonstration && 'In the demonstration they are then on the list of the sign-in page: invent somebody.'}
      </p>
      <form method="post" action="/organisation/people" novalidate>
        ${csrfField(form.csrf)} ${textInput('Name', 'name', form, 'With rank, as colleagues know them')}
        ${!demonstration && textInput('Address of the sign-in service', 'issuer', form, 'Such as https://signin.example.police.uk')}
        ${textInput('Identifier at the sign-in service', 'subject', form)} ${govuk.button({ text: 'Add person' })}
      </form>`,
  }
}

const POSTING_LISTS: Readonly<Record<PostingList, string>> = {
  now: 'Running today',
  coming: 'Beginning later',
  ending: `Ending within ${ENDING_DAYS} days`,
}

export function postingsPage(model: {
  rows: readonly Posting[]
  found: number
  list: PostingList
  place: { readonly id: string; readonly name: string } | null
  page: number
}): Page {
  const href = (list: PostingList, page = 1): string =>
    `/organisation/postings?${new URLSearchParams({ list, ...(model.place && { place: model.place.id }), ...(page > 1 && { page: String(page) }) }).toString()}`
  const lists = Object.entries(POSTING_LISTS) as [PostingList, string][] // the keys are PostingList's
  return {
    title: 'Postings',
    wide: true,
    body: html`<h1 class="govuk-heading-l">Postings</h1>
      ${sections('/organisation/postings', true)}
      <p class="govuk-body">
        A posting gives access from midnight at the start of its first day to midnight at the end of its last, London
        time. Open a person to post them or to end a posting.
      </p>
      ${tabs(
        lists.map(([list, text]) => [href(list), text]),
        href(model.list),
      )}
      ${
        model.place &&
        html`<p class="govuk-body">
          Only ${model.place.name}. <a class="govuk-link" href="/organisation/postings">Show all</a>
        </p>`
      }
      ${dataTable({
        caption: `${POSTING_LISTS[model.list]}: ${model.found}`,
        rowHeader: true,
        empty: 'There are none.',
        head: [
          { key: 'name', text: 'Name' },
          { key: 'role', text: 'Role' },
          { key: 'place', text: 'Unit or agency' },
          { key: 'from', text: 'First day' },
          { key: 'to', text: 'Last day' },
        ],
        rows: model.rows.map((posting) => {
          const last = lastDayOf(posting)
          return [
            html`<a class="govuk-link" href="/organisation/people/${posting.accountId}">${posting.name}</a>`,
            roleWords(posting.role),
            posting.place,
            formatDay(posting.validFrom),
            last ? formatDay(last) : 'open',
          ]
        }),
      })}
      ${pages(model.page, model.found, PAGE_ROWS, (page) => href(model.list, page))}`,
  }
}

const CHANGED: Readonly<Record<string, string>> = {
  'auth.account': 'Account',
  'organisation.posting': 'Posting',
  'organisation.portfolio': 'Portfolio',
}

function changeRow(change: Change): (Html | string)[] {
  const about = change.role ? `${roleWords(change.role)}, ${change.place}` : change.place
  return [
    formatInstant(change.at),
    change.who,
    `${CHANGED[change.what] ?? change.what} ${change.how === 'insert' ? 'added' : 'changed'}${about && `: ${about}`}`,
    change.reason ? `${change.purpose}: ${change.reason}` : change.purpose,
  ]
}

export interface PersonModel {
  readonly person: Account
  readonly postings: readonly Posting[]
  readonly portfolios: readonly { theme: string; validFrom: Temporal.PlainDate; validTo: Temporal.PlainDate | null }[]
  readonly changes: readonly Change[]
  readonly units: readonly { id: string; name: string }[]
  readonly agencies: readonly { id: string; name: string }[]
  readonly today: Temporal.PlainDate
  /** It is the administrator's own account, which she cannot change. */
  readonly own: boolean
  readonly form: FormState
}

export function personPage(model: PersonModel): Page {
  const { person, form, own, today } = model
  return {
    title: person.name,
    inError: form.problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(form.problems)} ${govuk.backLink({ href: '/organisation/people', text: 'People' })}
      <h1 class="govuk-heading-l">${person.name}</h1>
      ${govuk.summaryList({
        rows: [
          {
            key: { text: 'Account' },
            value: { text: person.disabledAt ? `Disabled since ${formatInstant(person.disabledAt)}` : 'Active' },
          },
          { key: { text: 'Sign-in service' }, value: { text: person.issuer } },
          { key: { text: 'Identifier there' }, value: { text: person.subject } },
        ],
      })}
      ${own && govuk.insetText({ text: 'This is your own account. Another administrator has to change it.' })}
      ${dataTable({
        caption: 'Postings, the latest first',
        rowHeader: true,
        empty: 'No posting yet: this person can do nothing.',
        head: [
          { key: 'role', text: 'Role' },
          { key: 'place', text: 'Unit or agency' },
          { key: 'from', text: 'First day' },
          { key: 'to', text: 'Last day' },
          { key: 'state', text: 'State' },
          { key: 'change', text: 'Change' },
        ],
        rows: model.postings.map((posting) => {
          const last = lastDayOf(posting)
          const standing = standingOf(posting, today)
          const about = `${roleWords(posting.role)}, ${posting.place}`
          return [
            roleWords(posting.role),
            posting.place,
            formatDay(posting.validFrom),
            standing === 'called off' ? 'none' : last ? formatDay(last) : 'open',
            standing,
            !own &&
              (standing === 'now' || standing === 'coming') &&
              html`<a class="govuk-link" href="/organisation/postings/${posting.id}"
                >Change<span class="govuk-visually-hidden">: ${about}</span></a
              >`,
          ]
        }),
      })}
      ${
        model.portfolios.length > 0 &&
        html`<h2 class="govuk-heading-m">Portfolios</h2>
          <ul class="govuk-list govuk-list--bullet">
            ${model.portfolios.map((one) => {
              const last = lastDayOf(one)
              return html`<li>
                ${one.theme}, ${last ? `until ${formatDay(last)}` : `since ${formatDay(one.validFrom)}`}
              </li>`
            })}
          </ul>`
      }
      ${!own && postForm(model)}
      ${
        !own &&
        html`<h2 class="govuk-heading-m">${person.disabledAt ? 'Open the account again' : 'Disable the account'}</h2>
          <p class="govuk-body">
            ${
              person.disabledAt
                ? 'They can sign in again and have what their postings give.'
                : 'They are signed out everywhere at once and cannot sign in. Postings stay as they are.'
            }
          </p>
          ${buttonForm(
            `/organisation/people/${person.id}/account`,
            form.csrf,
            person.disabledAt ? 'Open again' : 'Disable',
            person.name,
            { to: person.disabledAt ? 'active' : 'disabled' },
          )}`
      }
      ${dataTable({
        caption: 'What was changed, the latest first',
        empty: 'Nothing has been changed since this person was put in.',
        head: [
          { key: 'at', text: 'When' },
          { key: 'who', text: 'By' },
          { key: 'what', text: 'What' },
          { key: 'why', text: 'To do what' },
        ],
        rows: model.changes.map(changeRow),
      })}`,
  }
}

function postForm({ person, form, units, agencies }: PersonModel): Html {
  return html`<h2 class="govuk-heading-m">Post ${person.name}</h2>
    <form method="post" action="/organisation/people/${person.id}/postings" novalidate>
      ${csrfField(form.csrf)}
      ${choice(
        'Role',
        'role',
        Object.entries(ROLES).map(([value, text]) => ({ value, text })),
        form,
      )}
      ${choice(
        'Unit, or agency for a partner',
        'place',
        [
          ...units.map((unit) => ({ value: `unit:${unit.id}`, text: unit.name })),
          ...agencies.map((agency) => ({ value: `agency:${agency.id}`, text: agency.name })),
        ],
        form,
      )}
      ${dayInput('First day', 'from', form, 'Today or later')} ${govuk.button({ text: 'Post' })}
    </form>`
}

export function postingPage(model: { posting: Posting; today: Temporal.PlainDate; form: FormState }): Page {
  const { posting, form } = model
  const coming = standingOf(posting, model.today) === 'coming'
  const last = lastDayOf(posting)
  return {
    title: `Posting of ${posting.name}`,
    inError: form.problems.length > 0,
    body: html`${errorSummaryFor(form.problems)}
      ${govuk.backLink({ href: `/organisation/people/${posting.accountId}`, text: posting.name })}
      <h1 class="govuk-heading-l">Change a posting of ${posting.name}</h1>
      <p class="govuk-body">
        ${roleWords(posting.role)}, ${posting.place}, from
        ${formatDay(posting.validFrom)}${last && ` to ${formatDay(last)}`}.
      </p>
      <form method="post" action="/organisation/postings/${posting.id}" novalidate>
        ${csrfField(form.csrf)}
        ${dayInput('Last day', 'last', form, 'Access ends at midnight after this day, London time')}
        ${govuk.button({ text: 'Save last day' })}
      </form>
      ${
        coming &&
        html`<h2 class="govuk-heading-m">Call it off</h2>
          <p class="govuk-body">The posting has not begun. Called off, it never gives access.</p>
          ${buttonForm(`/organisation/postings/${posting.id}`, form.csrf, 'Call off', posting.name, { to: 'off' })}`
      }`,
  }
}
