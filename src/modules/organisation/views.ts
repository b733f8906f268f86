import { formatDay, formatInstant, type Temporal } from '#platform/clock'
import {
  choropleth,
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  type Areas,
  type Html,
  type Page,
} from '#platform/views'
import { buttonForm, choice, dayInput, sections, textInput, type FormState } from './form.ts'
import type { Posting } from './people-store.ts'
import { lastDayOf, standingOf } from './rules.ts'
import type { Agency, Bcu, Borough, Portfolio, Unit } from './store.ts'
import { AGENCY_KINDS, kindWords, roleWords, UNIT_KINDS } from './words.ts'

const options = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, text]) => ({ value, text }))

export interface Structure {
  readonly force: string
  readonly bcus: readonly Bcu[]
  readonly boroughs: readonly Borough[]
  readonly boundaries: readonly { code: string; name: string; bcuId: number; boundary: unknown }[]
  readonly staff: ReadonlyMap<number, number>
  readonly units: readonly Unit[]
}

function map({ boundaries, staff }: Structure): Html | false {
  if (boundaries.length === 0) return false
  const areas = {
    type: 'FeatureCollection',
    features: boundaries.map(({ code, name, boundary }) => ({
      type: 'Feature',
      properties: { code, name },
      geometry: boundary,
    })),
  } as Areas // the boundaries are put in from GeoJSON by the seed alone
  return choropleth(areas, new Map(boundaries.map(({ code, bcuId }) => [code, staff.get(bcuId) ?? 0])), {
    title: 'Boroughs by the people posted to their command',
    description: 'A map of the boroughs, darker where more people are posted to the units of the command.',
    unit: 'people posted',
    area: 'Borough',
    codeProperty: 'code',
    nameProperty: 'name',
  })
}

export function forcePage(model: Structure & { administers: boolean; form: FormState }): Page {
  const commands = model.bcus.filter((bcu) => bcu.id !== 0)
  return {
    title: 'Organisation',
    inError: model.form.problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(model.form.problems)}
      <h1 class="govuk-heading-l">Organisation</h1>
      ${sections('/organisation', model.administers)}
      <p class="govuk-body">
        ${model.force}: ${commands.length} Basic Command Units, ${model.boroughs.length} boroughs, ${model.units.length}
        units.
      </p>
      ${dataTable({
        caption: 'Basic Command Units and their boroughs',
        rowHeader: true,
        head: [
          { key: 'name', text: 'Command' },
          { key: 'code', text: 'Code' },
          { key: 'boroughs', text: 'Boroughs' },
          { key: 'staff', text: 'People posted today', numeric: true },
        ],
        rows: commands.map((bcu) => [
          bcu.name,
          bcu.code,
          model.boroughs
            .filter((borough) => borough.bcuId === bcu.id)
            .map((borough) => borough.name)
            .join(', '),
          model.staff.get(bcu.id) ?? 0,
        ]),
      })}
      ${map(model)}
      ${dataTable({
        caption: 'Units and teams',
        rowHeader: true,
        head: [
          { key: 'name', text: 'Unit' },
          { key: 'kind', text: 'Kind' },
          { key: 'bcu', text: 'Command' },
        ],
        rows: model.units.map((unit) => [
          model.administers
            ? html`<a class="govuk-link" href="/organisation/postings?place=${unit.id}">${unit.name}</a>`
            : unit.name,
          kindWords(UNIT_KINDS, unit.kind),
          unit.bcu ?? 'Whole force',
        ]),
      })}
      ${
        model.administers &&
        html`<h2 class="govuk-heading-m">Add a unit or team</h2>
          <form method="post" action="/organisation/units" novalidate>
            ${csrfField(model.form.csrf)} ${textInput('Name', 'name', model.form)}
            ${choice('Kind', 'kind', options(UNIT_KINDS), model.form)}
            ${choice(
              'Command',
              'bcu',
              [
                { value: 'all', text: 'Whole force: its people reach the records of every command' },
                ...commands.map((bcu) => ({ value: String(bcu.id), text: bcu.name })),
              ],
              model.form,
            )}
            ${govuk.button({ text: 'Add unit' })}
          </form>`
      }`,
  }
}

export function agenciesPage({ agencies, form }: { agencies: readonly Agency[]; form: FormState }): Page {
  return {
    title: 'Partner agencies',
    inError: form.problems.length > 0,
    body: html`${errorSummaryFor(form.problems)}
      <h1 class="govuk-heading-l">Partner agencies</h1>
      ${sections('/organisation/agencies', true)}
      <p class="govuk-body">
        An agency sees only what was shared with it. Suspending one takes effect at once for all of its people.
      </p>
      ${dataTable({
        caption: 'Agencies',
        captionHidden: true,
        rowHeader: true,
        empty: 'There are no agencies yet.',
        head: [
          { key: 'name', text: 'Agency' },
          { key: 'kind', text: 'Kind' },
          { key: 'people', text: 'People', numeric: true },
          { key: 'state', text: 'State' },
        ],
        rows: agencies.map((agency) => [
          html`<a class="govuk-link" href="/organisation/agencies/${agency.id}">${agency.name}</a>`,
          kindWords(AGENCY_KINDS, agency.kind),
          agency.people,
          agency.suspendedAt ? 'Suspended' : 'Active',
        ]),
      })}
      <h2 class="govuk-heading-m">Add an agency</h2>
      <form method="post" action="/organisation/agencies" novalidate>
        ${csrfField(form.csrf)} ${textInput('Name', 'name', form)}
        ${choice('Kind', 'kind', options(AGENCY_KINDS), form)} ${govuk.button({ text: 'Add agency' })}
      </form>`,
  }
}

export function agencyPage(model: {
  agency: Agency
  postings: readonly Posting[]
  today: Temporal.PlainDate
  csrf: string
}): Page {
  const { agency, postings, today } = model
  return {
    title: agency.name,
    body: html`${govuk.backLink({ href: '/organisation/agencies', text: 'Partner agencies' })}
      <h1 class="govuk-heading-l">${agency.name}</h1>
      <p class="govuk-body">${kindWords(AGENCY_KINDS, agency.kind)}.</p>
      ${
        agency.suspendedAt
          ? html`<p class="govuk-body">
              <strong>Suspended</strong> since ${formatInstant(agency.suspendedAt)}: its people see nothing.
            </p>`
          : html`<p class="govuk-body">Active: its people see what was shared with it.</p>`
      }
      ${buttonForm(
        `/organisation/agencies/${agency.id}/suspend`,
        model.csrf,
        agency.suspendedAt ? 'Let back in' : 'Suspend',
        agency.name,
        { to: agency.suspendedAt ? 'active' : 'suspended' },
      )}
      ${dataTable({
        caption: 'People of this agency',
        rowHeader: true,
        empty: 'Nobody is posted to this agency.',
        head: [
          { key: 'name', text: 'Name' },
          { key: 'role', text: 'Role' },
          { key: 'from', text: 'First day' },
          { key: 'to', text: 'Last day' },
          { key: 'state', text: 'State' },
        ],
        rows: postings.map((posting) => postingCells(posting, today)),
      })}`,
  }
}

/** Name, role, first day, last day and standing of a posting. */
function postingCells(posting: Posting, today: Temporal.PlainDate): (Html | string)[] {
  const last = lastDayOf(posting)
  return [
    html`<a class="govuk-link" href="/organisation/people/${posting.accountId}">${posting.name}</a>`,
    roleWords(posting.role),
    formatDay(posting.validFrom),
    last ? formatDay(last) : 'open',
    standingOf(posting, today),
  ]
}

export function portfoliosPage(model: {
  portfolios: readonly Portfolio[]
  leads: readonly { id: string; name: string }[]
  today: Temporal.PlainDate
  administers: boolean
  form: FormState
}): Page {
  const { form, today, administers } = model
  return {
    title: 'Portfolios',
    inError: form.problems.length > 0,
    body: html`${errorSummaryFor(form.problems)}
      <h1 class="govuk-heading-l">Portfolios</h1>
      ${sections('/organisation/portfolios', administers)}
      <p class="govuk-body">A Lead Responsible Officer is a senior officer who owns one theme for the whole force.</p>
      ${dataTable({
        caption: 'Lead Responsible Officers and their themes',
        captionHidden: true,
        rowHeader: true,
        empty: 'No theme has been given to anybody yet.',
        head: [
          { key: 'theme', text: 'Theme' },
          { key: 'who', text: 'Lead Responsible Officer' },
          { key: 'from', text: 'First day' },
          { key: 'to', text: 'Last day' },
          ...(administers ? [{ key: 'end', text: 'Change' }] : []),
        ],
        rows: model.portfolios.map((one) => {
          const last = lastDayOf(one)
          const calledOff = standingOf(one, today) === 'called off'
          return [
            one.theme,
            one.name,
            formatDay(one.validFrom),
            calledOff ? 'called off' : last ? formatDay(last) : 'open',
            ...(administers
              ? [
                  one.validTo === null &&
                    buttonForm(
                      `/organisation/portfolios/${one.id}/end`,
                      form.csrf,
                      'End today',
                      `${one.theme}, ${one.name}`,
                    ),
                ]
              : []),
          ]
        }),
      })}
      ${
        administers &&
        html`<h2 class="govuk-heading-m">Give somebody a theme</h2>
          <form method="post" action="/organisation/portfolios" novalidate>
            ${csrfField(form.csrf)}
            ${choice(
              'Lead Responsible Officer',
              'account',
              model.leads.map(({ id, name }) => ({ value: id, text: name })),
              form,
            )}
            ${textInput('Theme', 'theme', form, 'Such as domestic abuse, stalking, or honour-based abuse')}
            ${dayInput('First day', 'from', form)} ${govuk.button({ text: 'Give theme' })}
          </form>`
      }`,
  }
}
