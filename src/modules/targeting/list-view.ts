import { formatDay, londonDay, type Temporal } from '#platform/clock'
import { dataTable, govuk, html, join, type Html, type Page } from '#platform/views'
import { PAGE_ROWS, type Filter, type Ranked } from './store.ts'
import {
  daysText,
  LIFT_RULE,
  LIFT_SOURCE,
  madeWords,
  partsBar,
  partsLegend,
  pointsText,
  reviewMark,
  signCounts,
  SIGNS,
} from './words.ts'
import { HARM_VERSION } from './weights.ts'

/** What the ranked list is made of. */
export interface RankedModel {
  readonly rows: readonly Ranked[]
  /** How many there are that the reader may see and the filter lets through. */
  readonly found: number
  readonly filter: Filter
  /** Counted from 1. */
  readonly page: number
  readonly bcus: readonly { readonly id: number; readonly name: string }[]
  readonly boroughs: readonly { readonly code: string; readonly name: string }[]
  readonly today: Temporal.PlainDate
}

/** The people reported most and for the gravest harm, in order, for somebody to choose from. */
export function rankedPage(model: RankedModel): Page {
  const first = model.rows[0]
  return {
    title: 'Ranked people',
    wide: true,
    body: html`<h1 class="govuk-heading-l">Ranked people</h1>
      <p class="govuk-body">
        People reported as suspects of domestic abuse, in order of how lately, how often, how gravely and against how
        many victims. A report is not proof. The order decides nothing: a named person chooses, with a reason.
      </p>
      ${cannotFind()} ${filterForm(model)} ${meanings()}
      <p class="govuk-body">
        <strong>${people(model.found)}</strong
        >${model.found > model.rows.length && model.rows.length > 0 && `, page ${model.page} of ${Math.ceil(model.found / PAGE_ROWS)}`}.
        ${first && madeWords(first, HARM_VERSION)}
      </p>
      ${first && html`${partsLegend()} ${besideHarm()}`}
      ${dataTable({
        caption: 'People in order of score',
        captionHidden: true,
        cards: true,
        empty: 'Nobody that you may see is on the list with these filters.',
        head: [
          { key: 'place', text: 'Rank', numeric: true },
          { key: 'person', text: 'Person' },
          { key: 'total', text: 'Score of 45' },
          { key: 'last', text: 'Last record' },
          { key: 'incidents', text: 'Records, 24 months', numeric: true },
          { key: 'victims', text: 'Victims', numeric: true },
          { key: 'harm', text: 'Harm (unverified)', numeric: true },
          { key: 'conduct', text: 'Stalking, control', numeric: true },
          { key: 'strangulation', text: 'Strangu\u00adlation', numeric: true },
          { key: 'threats', text: 'Threats to kill', numeric: true },
          { key: 'high', text: 'High risk', numeric: true },
          { key: 'standing', text: 'Standing' },
          { key: 'choice', text: 'Latest choice' },
        ],
        rows: model.rows.map((row) => [
          row.place,
          html`<a class="govuk-link" href="/people/${row.person_id}">${row.name || 'Name not known'}</a>`,
          html`<a class="govuk-link" href="/targets/${row.person_id}"
              ><strong>${pointsText(row.total)}</strong
              ><span class="govuk-visually-hidden"> points: open the score of ${row.name || 'a person'}</span></a
            >${partsBar(row)}`,
          html`<span class="dauntless-nowrap">${formatDay(londonDay(row.last_at), { short: true })}</span>`,
          row.incidents_24m,
          row.victims_36m,
          html`${daysText(row.harm_days)}<br /><span class="dauntless-quiet"
              >gravest ${row.harm_max.toLocaleString('en-GB')}${row.harm_fallback && html`<br />in part fallback`}</span
            >`,
          ...SIGNS.map(([sign]) => signCounts(row)[sign]),
          standing(row),
          row.decision === null || row.review_on === null
            ? html`<span class="dauntless-quiet">Not decided</span>`
            : html`${row.decision === 'target' ? 'Target' : 'Refused'}<br />${reviewMark(row.review_on, model.today)}`,
        ]),
      })}
      ${pages(model)}`,
  }
}

const people = (count: number): string => (count === 1 ? '1 person' : `${count.toLocaleString('en-GB')} people`)

/** What a person is, in short; nothing where they are none of it. */
function standing(row: Ranked): Html {
  return join(
    [row.serial && 'Serial', row.escalating && 'Escalating', row.unarrested && 'Not arrested', row.lifted && 'Lifted'],
    html`<br />`,
  )
}

/** What is to be read next to any figure of harm. Source: domain brief section 11. */
function besideHarm(): Html {
  return html`<p class="govuk-body dauntless-small">
    Victims, harm and the four columns after it count 36 months. The days of harm weigh stalking, coercive control and
    threats very little: records of those stand beside them, and lift a score. ${LIFT_SOURCE}
  </p>`
}

/** What no ranking can find, said where the ranking is read. Source: domain brief sections 10 and 11. */
export function cannotFind(): Html {
  return govuk.details({
    summaryText: 'What this list cannot find: somebody who is not on it may be dangerous',
    html: html`<ul class="govuk-list govuk-list--bullet">
        <li>
          More than half of the gravest harm comes with no earlier report. Of 36,000 domestic abuse records in Suffolk,
          over half of the pairs with the highest harm had no contact with the police before (fewer than 2% of pairs
          made 80% of the harm, and 76% were never reported again). In Thames Valley 77% of 52,296 people had no second
          report within two years.
        </li>
        <li>
          Stalking and coercive control weigh little in the index: 10 days is the median for stalking and harassment,
          against 365 for violence with injury, although stalking came before 94% of killings of women (Suzy Lamplugh
          Trust). Two such records lift a score here, and one may be all there is. Read the records, not the figure.
        </li>
        <li>
          Reports that were not recorded as a crime have no days of harm. Somebody known from them alone is not listed,
          however many there are.
        </li>
        <li>
          Police records hold some minority ethnic groups more often among the gravest cases (150,000 records). No sex,
          age, ethnicity, language or address enters the score, yet who is reported and recorded does.
        </li>
      </ul>
      <p class="govuk-body">
        The days of harm are working values written from memory in the manner of the Cambridge Crime Harm Index. Nobody
        has verified them. The points for each part are this system's own choice: no force has published its own.
      </p>`,
  })
}

const CLAIMS = [
  ['serial', 'Serial', 'two or more victims in 36 months'],
  ['escalating', 'Escalating', 'the later half of the records holds twice the harm'],
  ['unarrested', 'Not arrested', 'reported in the last 12 months, no arrest on any of those records'],
  ['lifted', 'Lifted', LIFT_RULE],
] as const

/** What the filters and the word Lifted mean, to be unfolded by whoever asks. */
function meanings(): Html {
  return govuk.details({
    classes: 'dauntless-details--small',
    summaryText: 'What these words mean',
    html: html`<ul class="govuk-list govuk-list--bullet dauntless-small">
      ${CLAIMS.map(([, text, meaning]) => html`<li>${text}: ${meaning}</li>`)}
    </ul>`,
  })
}

function filterForm({ filter, bcus, boroughs }: RankedModel): Html {
  return html`<form method="get" action="/targets" class="dauntless-filters" aria-label="Filter the list" novalidate>
    ${govuk.select({
      id: 'bcu',
      name: 'bcu',
      label: { text: 'Basic Command Unit' },
      items: [
        { value: '', text: 'All that I may see' },
        ...bcus.map(({ id, name }) => ({ value: String(id), text: name, selected: id === filter.bcu })),
      ],
    })}
    ${govuk.select({
      id: 'borough',
      name: 'borough',
      label: { text: 'Borough' },
      items: [
        { value: '', text: 'All that I may see' },
        ...boroughs.map(({ code, name }) => ({ value: code, text: name, selected: code === filter.borough })),
      ],
    })}
    ${govuk.checkboxes({
      name: 'only',
      classes: 'govuk-checkboxes--small',
      fieldset: { legend: { text: 'Only those who are' } },
      items: CLAIMS.map(([value, text]) => ({ value, text, checked: filter[value] })),
    })}
    ${govuk.button({ text: 'Show', classes: 'govuk-button--secondary' })}
  </form>`
}

/** The address of a page of the list with its filters. */
function listHref(filter: Filter, page: number): string {
  const query = new URLSearchParams()
  if (filter.bcu !== null) query.set('bcu', String(filter.bcu))
  if (filter.borough !== null) query.set('borough', filter.borough)
  for (const claim of ['serial', 'escalating', 'unarrested', 'lifted'] as const)
    if (filter[claim]) query.append('only', claim)
  if (page > 1) query.set('page', String(page))
  const text = query.toString()
  return text === '' ? '/targets' : `/targets?${text}`
}

function pages({ filter, found, page }: RankedModel): Html {
  const last = Math.ceil(found / PAGE_ROWS)
  if (last <= 1) return html``
  return govuk.pagination({
    ...(page > 1 && { previous: { href: listHref(filter, page - 1), labelText: `Page ${page - 1} of ${last}` } }),
    ...(page < last && { next: { href: listHref(filter, page + 1), labelText: `Page ${page + 1} of ${last}` } }),
  })
}
