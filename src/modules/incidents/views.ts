import { formatInstant } from '#platform/clock'
import { dataTable, govuk, html, riskMark, type Html, type Page } from '#platform/views'
import { outcomeWords } from './outcomes.ts'
import type { IncidentDetail, Offence, Party } from './store.ts'
import { capital, flagWord, KIND, partyList, placeWord, statusNote } from './words.ts'

/** One record: what was reported, who is on it, and every offence with its outcome. */
export function incidentPage(incident: IncidentDetail, parties: readonly Party[], offences: readonly Offence[]): Page {
  const row = (key: string, value: string | Html | null | false) =>
    value ? [{ key: { text: key }, value: typeof value === 'string' ? { text: value } : { html: value } }] : []
  const status = statusNote(incident.status)
  const arrested = incident.arrestMade || parties.some(({ arrestedAt }) => arrestedAt !== null)
  const happened = [incident.committedFrom, incident.committedTo]
    .flatMap((at) => (at === null ? [] : [formatInstant(at)]))
    .filter((words, at, all) => all.indexOf(words) === at)
  return {
    title: `Record ${incident.ref}`,
    wide: true,
    body: html`<h1 class="govuk-heading-l">Record ${incident.ref}</h1>
      <p class="govuk-body dauntless-lead">
        ${KIND[incident.kind]}, ${incident.domestic ? 'domestic' : 'not domestic'}, reported
        ${formatInstant(incident.reportedAt)}.${status && html` <strong>${status}.</strong>`}
        ${incident.riskGrade && riskMark(incident.riskGrade)}
      </p>
      <h2 class="govuk-heading-m" id="people">People on it</h2>
      <p class="govuk-body">${parties.length === 0 ? 'Nobody that you can see.' : partyList(parties)}</p>
      <h2 class="govuk-heading-m" id="offences">Offences</h2>
      ${dataTable({
        caption: 'Every offence recorded, each with its outcome',
        captionHidden: true,
        cards: true,
        head: [
          { key: 'title', text: 'Offence' },
          { key: 'outcome', text: 'Outcome' },
          { key: 'when', text: 'Outcome given' },
        ],
        rows: offences.map(({ title, outcomeCode, outcomeAt }) => [
          title,
          outcomeWords(outcomeCode),
          outcomeAt ? formatInstant(outcomeAt) : '',
        ]),
        empty: 'No offence was recorded.',
      })}
      <h2 class="govuk-heading-m" id="record">What was reported</h2>
      ${incident.summary && html`<p class="govuk-body">${incident.summary}</p>`}
      ${govuk.summaryList({
        classes: 'govuk-summary-list--no-border dauntless-compact',
        rows: [
          ...row('Happened', happened.join(' to ')),
          ...row('Flags', capital(incident.flags.map(flagWord).join(', '))),
          ...row(
            'Where',
            [incident.place && placeWord(incident.place), incident.address, incident.postcode]
              .filter(Boolean)
              .join(', '),
          ),
          ...row('Command', incident.bcu),
          ...row('Arrest', arrested ? 'Made' : 'None recorded'),
          ...row('Came by', incident.channel && capital(incident.channel)),
          ...row('Source', capital(incident.source)),
          ...Object.entries(incident.details).flatMap(([key, value]) => row(capital(key.replaceAll('_', ' ')), value)),
        ],
      })}`,
  }
}
