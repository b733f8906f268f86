import { ROLES } from '#platform/access'
import { formatDay, Temporal } from '#platform/clock'
import {
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  problemFor,
  type Html,
  type Page,
  type Problem,
} from '#platform/views'
import { roleWords } from './seed.ts'
import type { Bcu, Borough, Posting } from './store.ts'

/** What was typed into a form that came back, by field name. */
export type Typed = Readonly<Record<string, string>>

const words = (code: string): string => code.replaceAll('_', ' ')

export function forcePage(model: {
  bcus: readonly Bcu[]
  boroughs: readonly Borough[]
  units: readonly { name: string; bcu: string | null }[]
  administers: boolean
}): Page {
  return {
    title: 'Organisation',
    body: html`<h1 class="govuk-heading-l">Organisation</h1>
      ${
        model.administers &&
        html`<p class="govuk-body"><a class="govuk-link" href="/organisation/postings">People and postings</a></p>
          <p class="govuk-body"><a class="govuk-link" href="/organisation/agencies">Partner agencies</a></p>`
      }
      ${dataTable({
        caption: 'Basic Command Units and their boroughs',
        head: [
          { key: 'code', text: 'Code' },
          { key: 'name', text: 'Command' },
          { key: 'boroughs', text: 'Boroughs' },
        ],
        rows: model.bcus
          .filter((bcu) => bcu.id !== 0)
          .map((bcu) => [
            bcu.code,
            bcu.name,
            model.boroughs
              .filter((borough) => borough.bcuId === bcu.id)
              .map((borough) => borough.name)
              .join(', '),
          ]),
      })}
      ${dataTable({
        caption: 'Units',
        head: [
          { key: 'name', text: 'Unit' },
          { key: 'bcu', text: 'Command' },
        ],
        rows: model.units.map((unit) => [unit.name, unit.bcu ?? 'Whole force']),
      })}`,
  }
}

const select = (
  label: string,
  name: string,
  items: { value: string; text: string }[],
  typed: Typed,
  problems: readonly Problem[],
): Html =>
  govuk.select({
    id: name,
    name,
    label: { text: label },
    items: [{ value: '', text: 'Choose' }, ...items.map((item) => ({ ...item, selected: item.value === typed[name] }))],
    errorMessage: problemFor(problems, name),
  })

const input = (label: string, name: string, typed: Typed, problems: readonly Problem[]): Html =>
  govuk.input({
    id: name,
    name,
    label: { text: label },
    value: typed[name] ?? '',
    errorMessage: problemFor(problems, name),
  })

export function postingsPage(model: {
  postings: readonly Posting[]
  accounts: readonly { id: string; name: string }[]
  units: readonly { id: string; name: string }[]
  agencies: readonly { id: string; name: string }[]
  today: Temporal.PlainDate
  csrf: string
  problems: readonly Problem[]
  typed: Typed
}): Page {
  const { problems, typed, csrf } = model
  return {
    title: 'People and postings',
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">People and postings</h1>
      <p class="govuk-body">
        What somebody may do and see follows from their posting. It ends at midnight after its last day.
      </p>
      ${dataTable({
        caption: 'Postings',
        head: [
          { key: 'name', text: 'Name' },
          { key: 'role', text: 'Role' },
          { key: 'place', text: 'Unit or agency' },
          { key: 'from', text: 'First day' },
          { key: 'to', text: 'Last day' },
          { key: 'end', text: 'End' },
        ],
        rows: model.postings.map((posting) => {
          const lastDay = posting.validTo?.subtract({ days: 1 })
          const ended = posting.validTo !== null && Temporal.PlainDate.compare(posting.validTo, model.today) <= 0
          return [
            posting.name,
            roleWords(posting.role),
            posting.place,
            formatDay(posting.validFrom),
            lastDay ? formatDay(lastDay) : 'open',
            !ended &&
              !lastDay &&
              html`<form method="post" action="/organisation/postings/${posting.id}/end">
                ${csrfField(csrf)}<button class="govuk-button govuk-button--secondary dauntless-small" type="submit">
                  End today<span class="govuk-visually-hidden">: ${posting.name}, ${roleWords(posting.role)}</span>
                </button>
              </form>`,
          ]
        }),
      })}
      <h2 class="govuk-heading-m">Post somebody</h2>
      <form method="post" action="/organisation/postings" novalidate>
        ${csrfField(csrf)}
        ${select(
          'Who',
          'account',
          model.accounts.map((a) => ({ value: a.id, text: a.name })),
          typed,
          problems,
        )}
        ${select(
          'Role',
          'role',
          Object.entries(ROLES).map(([value, text]) => ({ value, text })),
          typed,
          problems,
        )}
        ${select(
          'Unit, or agency for a partner',
          'place',
          [
            ...model.units.map((u) => ({ value: `unit:${u.id}`, text: u.name })),
            ...model.agencies.map((a) => ({ value: `agency:${a.id}`, text: a.name })),
          ],
          typed,
          problems,
        )}
        ${govuk.dateInput({
          id: 'from',
          namePrefix: 'from',
          fieldset: { legend: { text: 'First day' } },
          items: (['day', 'month', 'year'] as const).map((part) => ({
            name: part,
            value: typed[`from-${part}`] ?? '',
            classes: part === 'year' ? 'govuk-input--width-4' : 'govuk-input--width-2',
          })),
          errorMessage: problemFor(problems, 'from-day'),
        })}
        ${govuk.button({ text: 'Post' })}
      </form>
      <h2 class="govuk-heading-m">Add a person</h2>
      <form method="post" action="/organisation/people" novalidate>
        ${csrfField(csrf)} ${input('Name', 'name', typed, problems)}
        ${input('Address of the sign-in service', 'issuer', typed, problems)}
        ${input('Identifier at the sign-in service', 'subject', typed, problems)} ${govuk.button({ text: 'Add' })}
      </form>`,
  }
}

export function agenciesPage(model: {
  agencies: readonly { id: string; name: string; kind: string; suspended: boolean }[]
  kinds: readonly string[]
  csrf: string
  problems: readonly Problem[]
  typed: Typed
}): Page {
  const { problems, typed, csrf } = model
  return {
    title: 'Partner agencies',
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Partner agencies</h1>
      <p class="govuk-body">
        An agency sees only what was shared with it. Suspending one takes effect at once for all of its people.
      </p>
      ${dataTable({
        caption: 'Agencies',
        head: [
          { key: 'name', text: 'Agency' },
          { key: 'kind', text: 'Kind' },
          { key: 'state', text: 'State' },
          { key: 'change', text: 'Change' },
        ],
        rows: model.agencies.map((agency) => [
          agency.name,
          words(agency.kind),
          agency.suspended ? 'Suspended' : 'Active',
          html`<form method="post" action="/organisation/agencies/${agency.id}/suspend">
            ${csrfField(csrf)}<input type="hidden" name="to" value="${agency.suspended ? 'active' : 'suspended'}" />
            <button class="govuk-button govuk-button--secondary dauntless-small" type="submit">
              ${agency.suspended ? 'Let back in' : 'Suspend'}<span class="govuk-visually-hidden">: ${agency.name}</span>
            </button>
          </form>`,
        ]),
      })}
      <h2 class="govuk-heading-m">Add an agency</h2>
      <form method="post" action="/organisation/agencies" novalidate>
        ${csrfField(csrf)} ${input('Name', 'name', typed, problems)}
        ${select(
          'Kind',
          'kind',
          model.kinds.map((kind) => ({ value: kind, text: words(kind) })),
          typed,
          problems,
        )}
        ${govuk.button({ text: 'Add' })}
      </form>`,
  }
}
