import { formatDay } from '#platform/clock'
import { dataTable, govuk, html, type Html, problemFor } from '#platform/views'
import type { BelievedMention, Holder } from './as-at.ts'
import type { PersonModel } from './person-model.ts'
import { roleWord, writtenName } from './words.ts'

/** Asks for a day, and says which records were held to be this person on it. */
export function asAtSection({ opened, asAt, problems }: PersonModel): Html {
  const { typed, believed } = asAt
  return html`<form method="get" action="/people/${opened.person.id}" novalidate>
      ${govuk.input({
        id: 'as-at',
        name: 'as-at',
        type: 'date',
        value: typed,
        classes: 'govuk-input--width-10',
        label: { text: 'Which records did we take for this person at the end of the day?' },
        hint: {
          text: 'For what was known when something was decided. The records themselves are shown as they say now.',
        },
        errorMessage: problemFor(problems, 'as-at'),
      })}
      ${govuk.button({ text: 'Show that day', classes: 'govuk-button--secondary' })}
    </form>
    ${
      believed !== null &&
      dataTable({
        caption: `At the end of ${formatDay(believed.day)}, and now`,
        rowHeader: true,
        cards: true,
        empty: 'No record was this person then.',
        head: ['Record', 'Written as', 'Born', 'Role', 'On that day', 'Now'].map((text) => ({ key: text, text })),
        rows: believed.mentions.map((mention) => [
          html`<a class="govuk-link" href="/incidents/${mention.recordId}">Open</a>`,
          writtenName(mention),
          mention.dob === null ? 'Not written' : formatDay(mention.dob),
          roleWord(mention.role),
          holderWords(mention.onDay, mention.thenId),
          nowWords(mention),
        ]),
      })
    }`
}

function holderWords(holder: Holder, id: string | null): Html {
  if (holder === 'nobody') return html`Nobody: not linked`
  if (holder === 'this person') return html`This person`
  return id === null ? html`Somebody else` : html`<a class="govuk-link" href="/people/${id}">Somebody else</a>`
}

function nowWords({ today, nowId, replaced }: BelievedMention): Html {
  return replaced ? html`Replaced by a later version of the record` : holderWords(today, nowId)
}
