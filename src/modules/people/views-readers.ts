import { formatDay, londonDay } from '#platform/clock'
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
} from '#platform/views'
import type { Colleague, Reader } from './readers-store.ts'
import { SHORTEST_REASON } from './views.ts'

export interface ReadersModel {
  readonly csrf: string
  readonly personId: string
  readonly name: string
  readonly readers: readonly Reader[]
  /** What was typed to look for colleagues, and who was found; null before anything was. */
  readonly part: string
  readonly found: readonly Colleague[] | null
  readonly chosen: string
  readonly reason: string
  readonly problems: readonly Problem[]
}

/** On the page of somebody sealed: that they are, and where the colleagues are named who may see them. */
export function sealPanel(personId: string, readers: readonly Reader[]): Html {
  return govuk.insetText({
    html: html`<strong>Sealed.</strong> To all but
      ${readers.length === 1 ? 'one named colleague' : `${readers.length} named colleagues`} this person is not there.
      <a class="govuk-link" href="/people/${personId}/readers">Who may see this person</a>`,
  })
}

/** Who may see somebody sealed; naming a colleague, and taking a name away. */
export function readersPage(model: ReadersModel): Page {
  const { csrf, personId, name, readers, part, found, problems } = model
  const here = `/people/${personId}/readers`
  return {
    title: 'Who may see this person',
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: name || 'No name', href: `/people/${personId}` })} ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Who may see this person</h1>
      <p class="govuk-body">
        ${name || 'No name'} is sealed. Nobody else can tell that this person or these records exist, by page, search,
        list or count.
      </p>
      ${dataTable({
        caption: 'Named colleagues',
        cards: true,
        rowHeader: true,
        head: [
          { key: 'name', text: 'Name' },
          { key: 'place', text: 'Where' },
          { key: 'why', text: 'Why' },
          { key: 'by', text: 'Named by' },
          { key: 'end', text: 'Change' },
        ],
        rows: readers.map((reader) => [
          reader.name,
          reader.place || 'No posting today: sees nothing',
          reader.reason,
          `${reader.byName}, ${formatDay(londonDay(reader.at))}`,
          reader.own ? 'You: a colleague can take your name away' : endForm(here, csrf, reader),
        ]),
      })}
      <h2 class="govuk-heading-m">Name a colleague</h2>
      <form method="get" action="${here}">
        ${govuk.input({
          id: 'part',
          name: 'part',
          label: { text: 'Part of their name' },
          value: part,
          classes: 'govuk-input--width-20',
          errorMessage: problemFor(problems, 'part'),
        })}
        ${govuk.button({ text: 'Look for colleagues', classes: 'govuk-button--secondary' })}
      </form>
      ${found?.length === 0 && html`<p class="govuk-body">Nobody with a posting today has a name like that.</p>`}
      ${found !== null && found.length > 0 && nameForm(here, model, found)}
      <p class="govuk-body"><a class="govuk-link" href="/people/${personId}/unseal">Unseal this person</a></p>`,
  }
}

const endForm = (here: string, csrf: string, { id, name }: Reader): Html =>
  html`<form method="post" action="${here}/end">
    ${csrfField(csrf)}<input type="hidden" name="colleague" value="${id}" />
    <button class="govuk-button govuk-button--secondary dauntless-small" type="submit">
      Take away<span class="govuk-visually-hidden">: ${name}</span>
    </button>
  </form>`

const nameForm = (
  here: string,
  { csrf, part, chosen, reason, problems }: ReadersModel,
  found: readonly Colleague[],
): Html =>
  html`<form method="post" action="${here}" novalidate>
    ${csrfField(csrf)}<input type="hidden" name="part" value="${part}" />
    ${govuk.radios({
      name: 'colleague',
      idPrefix: 'colleague',
      value: chosen,
      fieldset: { legend: { text: 'Whom do you name?', classes: 'govuk-fieldset__legend--s' } },
      errorMessage: problemFor(problems, 'colleague'),
      items: found.map(({ id, name, place }) => ({ value: id, text: name, hint: { text: place } })),
    })}
    ${govuk.textarea({
      id: 'reason',
      name: 'reason',
      rows: 2,
      value: reason,
      label: { text: 'Why do they need to see this person?' },
      hint: { text: `At least ${SHORTEST_REASON} letters. It is logged.` },
      errorMessage: problemFor(problems, 'reason'),
    })}
    ${govuk.button({ text: 'Name this colleague', preventDoubleClick: true })}
  </form>`
