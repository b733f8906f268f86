import { formatDay, londonDay, type Temporal } from '#platform/clock'
import { govuk, html, type Html } from '#platform/views'
import {
  ESCALATION_DAYS,
  ESCALATION_RECORDS,
  gravityPoints,
  GRAVEST_DAYS,
  MOST,
  sinceFor,
  type Points,
} from './rules.ts'
import type { KeptScore, SuspectRecord } from './store.ts'
import {
  counted,
  daysText,
  LIFT_RULE,
  LIFT_SOURCE,
  liftWords,
  madeWords,
  partsBar,
  partsLegend,
  pointsText,
  signCounts,
} from './words.ts'
import { HARM_VERSION } from './weights.ts'

/** What a score is opened with. */
export interface OpenedScore {
  /** Those the reader may see, latest first. */
  readonly records: readonly SuspectRecord[]
  /** The points as those records make them now; null when they make none. */
  readonly shown: Points | null
}

/** Where a record stands on the page, for the parts of the score to point to. */
export const recordAnchor = ({ incident_id }: Pick<SuspectRecord, 'incident_id'>): string => `record-${incident_id}`

/** What each victim is called on the page, the earliest first: the page of a suspect does not spread their names. */
export function victimNames(records: readonly SuspectRecord[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { victims } of records.toReversed())
    for (const { id } of victims) if (!names.has(id)) names.set(id, `Victim ${names.size + 1}`)
  return names
}

interface Part {
  readonly name: string
  readonly points: number
  readonly most: number
  readonly fact: string
  readonly rule: string
  readonly made: Html
}

/** A score with each of its parts, which open to the records that made them, and how it stands by the named rules. */
export function openedScore({ records, shown }: OpenedScore, score: KeptScore): Html {
  return html`<h2 class="govuk-heading-m" id="score">How the score is made</h2>
    <p class="govuk-body">${partsBar(score)}</p>
    ${partsLegend()} ${partsOf(records, score).map(part)}
    <ul class="govuk-list govuk-list--bullet">
      <li>
        ${score.serial ? 'Serial' : 'Not serial'}: ${counted(score.victims_36m, 'victim')} in 36 months; serial is two
        or more.
      </li>
      <li>
        ${score.escalating ? 'Escalating' : 'Not escalating'}: of ${ESCALATION_RECORDS} or more records in order, the
        later half must hold twice the harm of the earlier half, and at least ${ESCALATION_DAYS} days more.
      </li>
      <li>
        ${
          score.unarrested
            ? 'Not arrested: no record of the last 12 months shows an arrest.'
            : 'Arrested in the last 12 months, or no record in them.'
        }
      </li>
      <li>${liftedWords(score)}</li>
    </ul>
    <p class="govuk-body">${madeWords(score, HARM_VERSION)}</p>
    ${
      (shown === null || shown.total !== score.total) &&
      govuk.insetText({
        text: `The ${counted(records.length, 'record')} below make ${pointsText(shown?.total ?? 0)} points, not ${pointsText(score.total)}: records have changed since the score was made, or not all of them are open to you.`,
      })
    }`
}

function liftedWords(score: KeptScore): string {
  const by = liftWords(signCounts(score))
  if (score.lifted)
    return `Lifted: ${by}. The days of harm alone make ${pointsText(gravityPoints(score.harm_days))} of gravity; it counts as ${pointsText(score.gravity)}.`
  return by === ''
    ? 'Not lifted: too few signs of what the days of harm weigh little.'
    : `Not lifted: the days of harm make as much already. Signs: ${by}.`
}

function part({ name, points, most, fact, rule, made }: Part): Html {
  return govuk.details({
    summaryText: `${name}: ${pointsText(points)} of ${most}. ${fact}`,
    html: html`${made}
      <p class="govuk-body dauntless-small dauntless-quiet">Rule: ${rule}.</p>`,
  })
}

function partsOf(records: readonly SuspectRecord[], score: KeptScore): Part[] {
  const since = sinceFor(score.scored_at)
  const day = (at: Temporal.Instant): string => formatDay(londonDay(at))
  const within = (from: Temporal.Instant) =>
    records.filter((record) => record.reported_at.epochNanoseconds >= from.epochNanoseconds)
  const harmful = records.filter((record) => record.harm_days > 0).toSorted((a, b) => b.harm_days - a.harm_days)
  return [
    {
      name: 'Recency (R)',
      points: score.recency,
      most: MOST.recency,
      fact: `Last record ${day(score.last_at)}`,
      rule: 'last record within 30 days 10, 90 days 7, 180 days 4, 365 days 2, else 0',
      made: recordList(records.slice(0, 1)),
    },
    {
      name: 'Frequency (F)',
      points: score.frequency,
      most: MOST.frequency,
      fact: `${counted(score.incidents_24m, 'record')} since ${day(since.months24)}`,
      rule: 'one for each record of 24 months, at most 10',
      made: recordList(within(since.months24)),
    },
    {
      name: 'Gravity (G)',
      points: score.gravity,
      most: MOST.gravity,
      fact: `${daysText(score.harm_days)} of harm in all, gravest offence ${daysText(score.harm_max)}, unverified${score.harm_fallback ? ', in part fallback weights' : ''}${score.lifted ? `. Lifted from ${pointsText(gravityPoints(score.harm_days))}` : ''}`,
      rule: `10 × ln(1 + days in all) ÷ ln(1 + ${GRAVEST_DAYS.toLocaleString('en-GB')}), at most 10, to a tenth; ${LIFT_RULE}`,
      made: html`${recordList(harmful, (record) => daysText(record.harm_days))}
      ${score.lifted && html`<p class="govuk-body">Lifted by ${liftWords(signCounts(score))}. ${LIFT_SOURCE}</p>`}`,
    },
    {
      name: 'Victims (V)',
      points: score.victims,
      most: MOST.victims,
      fact: `${counted(score.victims_36m, 'victim')} since ${day(since.months36)}`,
      rule: 'three for each victim named in 36 months, at most 15',
      made: victimList(records),
    },
  ]
}

function recordList(records: readonly SuspectRecord[], words?: (record: SuspectRecord) => string): Html {
  if (records.length === 0) return html`<p class="govuk-body">No record that is open to you.</p>`
  return html`<ul class="govuk-list">
    ${records.map((record) => html`<li>${recordLink(record)}${words && `: ${words(record)}`}</li>`)}
  </ul>`
}

const recordLink = (record: SuspectRecord): Html =>
  html`<a class="govuk-link" href="#${recordAnchor(record)}">${record.ref}</a>,
    ${formatDay(londonDay(record.reported_at))}`

function victimList(records: readonly SuspectRecord[]): Html {
  const names = [...victimNames(records)]
  if (names.length === 0) return html`<p class="govuk-body">No victim is named on a record that is open to you.</p>`
  return html`<ul class="govuk-list">
    ${names.map(([id, name]) => {
      const theirs = records.filter(({ victims }) => victims.some((victim) => victim.id === id))
      return html`<li>
        <a class="govuk-link" href="/people/${id}">${name}</a>:
        ${theirs.map((record, at) => html`${at > 0 && '; '}${recordLink(record)}`)}
      </li>`
    })}
  </ul>`
}
