import { formatDay, type Temporal } from '#platform/clock'
import { barChart, dataTable, errorSummaryFor, govuk, html, type Html, type Page } from '#platform/views'
import { dayFields, sections, whyFields } from './pieces.ts'
import { addressOf, type Asked } from './query.ts'
import type { Compared } from './rules.ts'
import type { DayCount } from './store.ts'

const oneDecimal = (value: number): string => value.toFixed(1)

const form = (asked: Asked): Html =>
  html`<form method="get" action="/log/use" novalidate>
    ${whyFields(asked)} ${dayFields('First day', 'from', asked)} ${dayFields('Last day', 'to', asked)}
    ${govuk.button({ text: 'Show the use of the records' })}
  </form>`

/** Everybody who used records in the period, beside the middle of their team. Null rows: nothing asked yet. */
export function usePage(asked: Asked, rows: readonly Compared[] | null): Page {
  return {
    title: 'Use of the records',
    inError: asked.problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(asked.problems)}
      <h1 class="govuk-heading-l">Use of the records</h1>
      ${sections('/log/use')}
      <p class="govuk-body">
        How many records each person opened, beside the person in the middle of their team. A sign is a reason to ask
        and not a finding: night duty, a busy post and a common surname each give one.
      </p>
      ${
        rows &&
        dataTable({
          caption: `${rows.length} ${rows.length === 1 ? 'person' : 'people'} who used records`,
          rowHeader: true,
          empty: 'Nobody used records in these days.',
          head: [
            { key: 'who', text: 'Name' },
            { key: 'team', text: 'Team' },
            { key: 'signs', text: 'Signs' },
            { key: 'perDay', text: 'Openings a day', numeric: true },
            { key: 'median', text: 'Team median', numeric: true },
            { key: 'openings', text: 'Openings', numeric: true },
            { key: 'people', text: 'People', numeric: true },
            { key: 'night', text: 'At night', numeric: true },
            { key: 'breakglass', text: 'Break-glass', numeric: true },
            { key: 'claims', text: 'With a reason', numeric: true },
            { key: 'refused', text: 'Refused', numeric: true },
            { key: 'own', text: 'Own surname', numeric: true },
          ],
          rows: rows.map((use) => [
            html`<a class="govuk-link" href="${addressOf(`/log/use/${use.actor}`, asked.typed)}">${use.who}</a>`,
            use.team || 'no posting now',
            use.signs.join(', '),
            oneDecimal(use.perDay),
            html`${oneDecimal(use.median)}${use.against === 'force' && ' (force)'}`,
            use.openings,
            use.people,
            use.night,
            use.breakglass,
            use.claims,
            use.refused,
            use.ownName,
          ]),
        })
      }
      ${
        rows &&
        html`<p class="govuk-body">
          At night: from 22:00 to 06:00, London time. Own surname: people on the records opened who share the last word
          of the reader’s name. In a team of one or two the median is the force’s.
        </p>`
      }
      <h2 class="govuk-heading-m">${rows ? 'Other days' : 'Which days'}</h2>
      ${form(asked)}`,
  }
}

/** One person's openings by day. @param from the first day @param to the last day */
export function usePersonPage(
  asked: Asked,
  person: { readonly id: string; readonly name: string },
  counts: readonly DayCount[],
  from: Temporal.PlainDate,
  to: Temporal.PlainDate,
): Page {
  const byDay = new Map(counts.map((count) => [count.day.toString(), count]))
  const length = from.until(to, { largestUnit: 'days' }).days + 1
  const days = Array.from({ length }, (_, at) => from.add({ days: at }))
  const bars = days.map((day) => ({
    label: formatDay(day, { weekday: true }),
    value: byDay.get(day.toString())?.openings ?? 0,
  }))
  return {
    title: `Use of the records by ${person.name}`,
    body: html`${govuk.backLink({ href: addressOf('/log/use', asked.typed), text: 'Use of the records' })}
      <h1 class="govuk-heading-l">Use of the records by ${person.name}</h1>
      ${barChart({
        title: 'Records opened, by day',
        description: `How many records ${person.name} opened on each day from ${formatDay(from)} to ${formatDay(to)}.`,
        unit: 'openings',
        bars,
      })}
      <p class="govuk-body">
        ${counts.reduce((sum, { night }) => sum + night, 0)} of them between 22:00 and 06:00.
        <a class="govuk-link" href="${addressOf('/log', asked.typed, { by: person.id })}">Show the entries</a>
      </p>`,
  }
}
