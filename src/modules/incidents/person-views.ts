import { formatDay, formatInstant, londonDay, startOfLondonDay, type Temporal } from '#platform/clock'
import { dataTable, govuk, html, join, riskMark, type Html } from '#platform/views'
import {
  couplesOf,
  REPEAT_MONTHS,
  standingsOf,
  type Danger,
  type Direction,
  type PersonRecords,
  type Standing,
} from './dyads.ts'
import { outcomeWords } from './outcomes.ts'
import { MOST_INCIDENTS, type IncidentLine, type Offence, type Party } from './store.ts'
import { counted, flagWord, KIND, partyList, relationWord, statusNote } from './words.ts'

const DANGER: Readonly<Record<Danger, string>> = {
  highRisk: 'Graded high risk',
  strangulation: 'Strangulation or suffocation',
  threat: 'Threats to kill',
  conduct: 'Stalking, harassment or control',
  weapons: 'Weapons',
  children: 'Children present',
}
const LINKED = 3

/** The same day a year ago: what counts as now on the page of a person. */
function yearBefore(now: Temporal.Instant): Temporal.Instant {
  return startOfLondonDay(londonDay(now).subtract({ months: 12 }))
}

const recordLink = (line: IncidentLine): Html =>
  html`<a class="govuk-link" href="/incidents/${line.id}"
    >${formatDay(londonDay(line.reportedAt), { short: true })}<span class="govuk-visually-hidden"
      >, ${line.ref}</span
    ></a
  >`

/** What the records of the last twelve months hold of danger: above everything else, and said also when it is nothing. */
export function dangerNow(records: PersonRecords, now: Temporal.Instant): Html | null {
  const standings = standingsOf(records, yearBefore(now))
  if (standings.length === 0) return null
  return html`<section class="dauntless-section dauntless-danger" aria-labelledby="danger">
    <h2 class="govuk-heading-m" id="danger">Danger in the last 12 months</h2>
    ${standings.map((standing) => standingView(standing))}
    <p class="govuk-body dauntless-small dauntless-quiet">
      From the records that you may see, cancelled ones left out. What nobody reported is not here.
    </p>
  </section>`
}

function standingView({ role, records, dangers, arrested, latest }: Standing): Html {
  const as = role === 'suspect' ? 'As suspect' : 'As victim'
  if (records.length === 0) {
    return html`<p class="govuk-body">
      <strong>${as}:</strong> no record in the last 12
      months${latest !== null && html`; the latest was reported ${formatDay(londonDay(latest))}`}.
    </p>`
  }
  const arrests =
    arrested > 0
      ? `${role === 'suspect' ? 'arrested' : 'a suspect arrested'} on ${arrested} of them`
      : 'nobody arrested on any of them'
  return html`<p class="govuk-body">
      <strong>${as}:</strong> ${counted(records.length, 'record')}, the latest
      ${recordLink(records[0] as IncidentLine)}, ${arrests}.
    </p>
    ${
      dangers.length > 0 &&
      html`<ul class="dauntless-facts">
        ${dangers.map(
          ({ danger, records: those }) =>
            html`<li>
              ${danger === 'highRisk' ? riskMark('high') : html`<strong>${DANGER[danger]}</strong>`}
              <span class="dauntless-quiet">${counted(those.length, 'record')}:</span>
              ${join(those.slice(0, LINKED).map(recordLink), html`, `)}${those.length > LINKED && ', …'}
            </li>`,
        )}
      </ul>`
    }`
}

/** Both directions of each couple side by side: who is recorded against whom, how often, how lately and with what. */
export function couples(records: PersonRecords, now: Temporal.Instant): Html | null {
  const found = couplesOf(records, yearBefore(now))
  if (found.length === 0) return null
  return html`<section class="dauntless-section" aria-labelledby="couples">
    <h2 class="govuk-heading-m" id="couples">Between them</h2>
    ${dataTable({
      caption: 'Each couple in both directions, by the records that stand',
      cards: true,
      rowHeader: true,
      head: [
        { key: 'other', text: 'Other person' },
        { key: 'towards', text: 'This person suspected, the other the victim' },
        { key: 'from', text: 'The other suspected, this person the victim' },
        { key: 'read', text: 'How to read it' },
      ],
      rows: found.map((couple) => [
        html`<a class="govuk-link" href="/people/${couple.otherId}">${couple.name}</a>${
            couple.relationships.length > 0 &&
            html`<br /><span class="dauntless-quiet">${couple.relationships.map(relationWord).join(', ')}</span>`
          }`,
        directionView(couple.towards),
        directionView(couple.from),
        readingOf(couple.towards, couple.from),
      ]),
    })}
  </section>`
}

function directionView(direction: Direction): Html {
  const [last] = direction.records
  if (last === undefined) return html`<span class="dauntless-quiet">No record</span>`
  return html`<strong>${counted(direction.records.length, 'record')}</strong>, ${direction.lastYear} in the last 12
    months<br />
    latest ${recordLink(last)}<br />
    <span class="dauntless-quiet">high risk on ${direction.highRisk}, arrested on ${direction.arrests}</span>`
}

function readingOf(towards: Direction, from: Direction): Html {
  if (towards.records.length > 0 && from.records.length > 0)
    return html`<strong>Reports in both directions.</strong> Establish who is the primary perpetrator before you act on
      either.`
  const { repeats, records } = towards.records.length > 0 ? towards : from
  if (repeats > 0)
    return html`<strong>Repeat</strong>: ${repeats} further within ${REPEAT_MONTHS} months of the one before`
  return html`${records.length === 1 ? 'One record' : `No further record within ${REPEAT_MONTHS} months of another`}`
}

const TIMELINE_OPEN = 10

/** Everything recorded that touches a person, newest first; the older folds. */
export function timeline({ personId, incidents, parties, offences }: PersonRecords): Html | null {
  if (incidents.length === 0) return null
  const oneBcu = new Set(incidents.map(({ bcu }) => bcu)).size === 1
  const partiesOf = Map.groupBy(parties, ({ incidentId }) => incidentId)
  const offencesOf = Map.groupBy(offences, ({ incidentId }) => incidentId)
  const table = (lines: readonly IncidentLine[], caption: string): Html =>
    dataTable({
      caption,
      cards: true,
      head: ['Reported', 'What', 'Who', 'Offences and outcomes', ...(oneBcu ? [] : ['BCU'])].map((text) => ({
        key: text,
        text,
      })),
      rows: lines.map((line) => [
        html`<a class="govuk-link dauntless-nowrap" href="/incidents/${line.id}"
            >${formatInstant(line.reportedAt, { short: true })}</a
          ><br /><span class="dauntless-quiet dauntless-nowrap">${line.ref}</span>`,
        whatOf(line, partiesOf.get(line.id) ?? []),
        partyList(partiesOf.get(line.id) ?? [], personId),
        offencesOf.has(line.id) ? offenceList(offencesOf.get(line.id) ?? []) : 'None recorded',
        ...(oneBcu ? [] : [line.bcu]),
      ]),
    })
  const [open, older] = [incidents.slice(0, TIMELINE_OPEN), incidents.slice(TIMELINE_OPEN)]
  const all =
    incidents.length >= MOST_INCIDENTS ? `The newest ${MOST_INCIDENTS} records` : counted(incidents.length, 'record')
  return html`<section class="dauntless-section" aria-labelledby="timeline">
    <h2 class="govuk-heading-m" id="timeline">Timeline</h2>
    ${table(open, older.length === 0 ? `${all}, newest first` : `${all}: the newest ${TIMELINE_OPEN}`)}
    ${
      older.length > 0 &&
      govuk.details({
        summaryText: `Show the ${older.length === 1 ? 'older record' : `${older.length} older records`}`,
        html: table(older, 'Older records, newest first'),
      })
    }
  </section>`
}

function whatOf(line: IncidentLine, parties: readonly Party[]): Html {
  const arrested = parties.filter(({ arrestedAt }) => arrestedAt !== null).length > 0 || line.arrestMade
  return join(
    [
      html`${KIND[line.kind]}${!line.domestic && ', not domestic'}`,
      statusNote(line.status),
      line.riskGrade && riskMark(line.riskGrade),
      line.flags.length > 0 && html`<span class="dauntless-quiet">${line.flags.map(flagWord).join(', ')}</span>`,
      arrested && 'Arrest made',
    ],
    html`<br />`,
  )
}

const offenceList = (offences: readonly Offence[]): Html =>
  join(
    offences.map(
      ({ title, outcomeCode }) => html`${title}<br /><span class="dauntless-quiet">${outcomeWords(outcomeCode)}</span>`,
    ),
    html`<br />`,
  )
