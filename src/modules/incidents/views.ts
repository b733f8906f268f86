import { formatInstant } from '#platform/clock'
import { dataTable, govuk, html, join, riskMark, type Html, type Page } from '#platform/views'
import type { IncidentDetail, IncidentLine, Offence, Party } from './store.ts'

const KIND = { crime: 'Crime', non_crime: 'Non-crime incident' } as const
const words = (code: string): string => code.replaceAll('_', ' ')
const titleOf = (code: string): string => words(code).replace(/^./, (letter) => letter.toUpperCase())

/** What a status means for counting, when it is not the ordinary one. */
const statusNote = (status: string): string | false =>
  status === 'recorded' ? false : status === 'transferred' ? 'transferred' : `${words(status)}: left out of scores`

const partyList = (parties: readonly Party[], self?: string): Html =>
  join(
    parties.map((party) => {
      const label = `${party.role}: ${party.name}${party.relationship ? ` (${words(party.relationship)})` : ''}`
      return party.personId && party.personId !== self
        ? html`<a class="govuk-link" href="/people/${party.personId}">${label}</a>`
        : html`<strong>${label}</strong>`
    }),
    html`<br />`,
  )

const offenceList = (offences: readonly Offence[]): Html =>
  join(
    offences.map(
      (offence) =>
        html`${offence.title}${offence.outcomeCode && html` <span class="dauntless-quiet">outcome ${offence.outcomeCode}</span>`}`,
    ),
    html`<br />`,
  )

/** Everything recorded that touches a person, newest first. */
export function timeline(
  personId: string,
  incidents: readonly IncidentLine[],
  parties: readonly Party[],
  offences: readonly Offence[],
): Html {
  return html`<section aria-labelledby="timeline">
    <h2 class="govuk-heading-m" id="timeline">Timeline</h2>
    ${dataTable({
      caption: `${incidents.length} record${incidents.length === 1 ? '' : 's'}, newest first`,
      head: [
        { key: 'when', text: 'Reported' },
        { key: 'what', text: 'What' },
        { key: 'who', text: 'Who' },
        { key: 'offences', text: 'Offences' },
        { key: 'where', text: 'BCU' },
      ],
      rows: incidents.map((incident) => [
        html`<a class="govuk-link" href="/incidents/${incident.id}">${formatInstant(incident.reportedAt)}</a>`,
        join(
          [
            KIND[incident.kind],
            statusNote(incident.status),
            incident.riskGrade && riskMark(incident.riskGrade),
            incident.flags.length > 0 && incident.flags.map(words).join(', '),
            incident.arrestMade && 'arrest made',
          ],
          html`<br />`,
        ),
        partyList(
          parties.filter((party) => party.incidentId === incident.id),
          personId,
        ),
        offenceList(offences.filter((offence) => offence.incidentId === incident.id)),
        incident.bcu,
      ]),
      empty: 'No record that you can see.',
    })}
  </section>`
}

interface Couple {
  readonly otherId: string
  readonly name: string
  readonly towards: number
  readonly from: number
}

/** Both directions of each couple side by side: who is recorded against whom, and how often. */
export function couples(personId: string, parties: readonly Party[]): Html | null {
  const found = new Map<string, { name: string; towards: Set<string>; from: Set<string> }>()
  const mine = parties.filter((party) => party.personId === personId)
  for (const party of parties) {
    if (party.personId === null || party.personId === personId) continue
    const roles = mine.filter((own) => own.incidentId === party.incidentId).map((own) => own.role)
    const pair = found.get(party.personId) ?? { name: party.name, towards: new Set<string>(), from: new Set<string>() }
    if (roles.includes('suspect') && party.role === 'victim') pair.towards.add(party.incidentId)
    if (roles.includes('victim') && party.role === 'suspect') pair.from.add(party.incidentId)
    if (pair.towards.size + pair.from.size > 0) found.set(party.personId, pair)
  }
  const rows: Couple[] = [...found].map(([otherId, pair]) => ({
    otherId,
    name: pair.name,
    towards: pair.towards.size,
    from: pair.from.size,
  }))
  if (rows.length === 0) return null
  return html`<section aria-labelledby="couples">
    <h2 class="govuk-heading-m" id="couples">Between them</h2>
    ${dataTable({
      caption: 'Records in each direction',
      head: [
        { key: 'other', text: 'Other person' },
        { key: 'towards', text: 'This person suspected', numeric: true },
        { key: 'from', text: 'This person the victim', numeric: true },
        { key: 'read', text: 'How to read it' },
      ],
      rows: rows
        .toSorted((a, b) => b.towards + b.from - (a.towards + a.from) || a.otherId.localeCompare(b.otherId))
        .map((couple) => [
          html`<a class="govuk-link" href="/people/${couple.otherId}">${couple.name}</a>`,
          couple.towards,
          couple.from,
          couple.towards > 0 && couple.from > 0
            ? 'Reports in both directions: establish who is the primary perpetrator'
            : couple.towards + couple.from > 1
              ? 'Repeat'
              : 'One record',
        ]),
    })}
  </section>`
}

export function incidentPage(incident: IncidentDetail, parties: readonly Party[], offences: readonly Offence[]): Page {
  const row = (key: string, value: string | Html | null | false) =>
    value ? [{ key: { text: key }, value: typeof value === 'string' ? { text: value } : { html: value } }] : []
  return {
    title: `Record ${incident.ref}`,
    wide: true,
    body: html`<h1 class="govuk-heading-l">Record ${incident.ref}</h1>
      ${govuk.summaryList({
        rows: [
          ...row(
            'What',
            `${KIND[incident.kind]}${statusNote(incident.status) ? `, ${String(statusNote(incident.status))}` : ''}`,
          ),
          ...row('Domestic abuse', incident.domestic ? 'Yes' : 'No'),
          ...row('Reported', formatInstant(incident.reportedAt)),
          ...row('Happened', incident.committedFrom && formatInstant(incident.committedFrom)),
          ...row('Until', incident.committedTo && formatInstant(incident.committedTo)),
          ...row('Risk', incident.riskGrade && riskMark(incident.riskGrade)),
          ...row('Flags', incident.flags.map(words).join(', ')),
          ...row(
            'Where',
            [incident.place && words(incident.place), incident.address, incident.postcode].filter(Boolean).join(', '),
          ),
          ...row('Command', incident.bcu),
          ...row('Arrest', incident.arrestMade ? 'Made' : 'None recorded'),
          ...row('Came by', incident.channel),
          ...row('Source', `${incident.source} ${incident.ref}`),
          ...Object.entries(incident.details).flatMap(([key, value]) => row(titleOf(key), value)),
        ],
      })}
      ${incident.summary && html`<p class="govuk-body">${incident.summary}</p>`}
      <h2 class="govuk-heading-m">People on it</h2>
      <p class="govuk-body">${partyList(parties)}</p>
      <h2 class="govuk-heading-m">Offences</h2>
      ${dataTable({
        caption: 'Every offence recorded',
        head: [
          { key: 'title', text: 'Offence' },
          { key: 'outcome', text: 'Outcome' },
          { key: 'when', text: 'Outcome date' },
        ],
        rows: offences.map((o) => [
          o.title,
          o.outcomeCode ?? 'not yet assigned',
          o.outcomeAt ? formatInstant(o.outcomeAt) : '',
        ]),
        empty: 'No offence was recorded.',
      })}`,
  }
}
