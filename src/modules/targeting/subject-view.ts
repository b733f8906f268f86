import { formatDay, formatInstant, londonDay, type Temporal } from '#platform/clock'
import { barChart, dataTable, govuk, html, riskMark, type Html, type Page } from '#platform/views'
import { choiceForm, type FormModel } from './choice-form.ts'
import { cannotFind } from './list-view.ts'
import { ESCALATION_DAYS, ESCALATION_RECORDS, GRAVEST_DAYS, MOST, sinceFor, type Points } from './rules.ts'
import type { Choice, KeptScore, Subject, SuspectRecord, WeighedOffence } from './store.ts'
import { counted, daysText, decisionWords, madeWords, pointsText, reviewWords } from './words.ts'
import { HARM_VERSION } from './weights.ts'

/** What one person's opened score is made of. */
export interface SubjectModel {
  readonly subject: Subject
  readonly score: KeptScore | null
  /** Those the reader may see, latest first. */
  readonly records: readonly SuspectRecord[]
  /** The points as the records shown make them now; null when they make none. */
  readonly shown: Points | null
  readonly choices: readonly Choice[]
  /** Null for a reader who may not choose. */
  readonly form: FormModel | null
  readonly today: Temporal.PlainDate
}

/** One person's score with every part of it opened, and the choice to be made. */
export function subjectPage(model: SubjectModel): Page {
  const { subject, score, choices, form, today } = model
  const name = subject.name || 'Name not known'
  return {
    title: `Score of ${name}`,
    wide: true,
    inError: (form?.problems.length ?? 0) > 0,
    body: html`${govuk.backLink({ text: 'Ranked people', href: '/targets' })} ${form?.summary}
      <h1 class="govuk-heading-l">${name}</h1>
      <p class="govuk-body"><a class="govuk-link" href="/people/${subject.id}">Person record</a></p>
      ${
        subject.roles.includes('victim') &&
        govuk.warningText({
          iconFallbackText: 'Warning',
          text: 'Also recorded as a victim of domestic abuse. Look at those records first: a report against a victim may be the abuser’s own.',
        })
      }
      ${score ? openedScore(model, score) : notScored()} ${recordTable(model.records)} ${unweighed(model.records)}
      <h2 class="govuk-heading-m">Choices so far</h2>
      ${choiceTable(choices, today)} ${form && choiceForm(form)} ${cannotFind()}`,
  }
}

function notScored(): Html {
  return html`<p class="govuk-body">
    There is no score now: no record of the last 36 months holds harm, or the last score has expired. Somebody may still
    be chosen, as when a partner refers them.
  </p>`
}

function openedScore({ records, shown }: SubjectModel, score: KeptScore): Html {
  const since = sinceFor(score.scored_at)
  const parts: [string, number, number, string, string][] = [
    [
      'Recency (R)',
      score.recency,
      MOST.recency,
      `Last record ${formatDay(londonDay(score.last_at))}`,
      'Last record within 30 days 10, 90 days 7, 180 days 4, 365 days 2, else 0',
    ],
    [
      'Frequency (F)',
      score.frequency,
      MOST.frequency,
      `${counted(score.incidents_24m, 'record')} since ${formatDay(londonDay(since.months24))}`,
      'One for each record of 24 months, at most 10',
    ],
    [
      'Gravity (G)',
      score.gravity,
      MOST.gravity,
      `${daysText(score.harm_days)} of harm in all, gravest offence ${daysText(score.harm_max)}${score.harm_fallback ? '; in part fallback weights' : ''}`,
      `10 × ln(1 + days in all) ÷ ln(1 + ${GRAVEST_DAYS.toLocaleString('en-GB')}), at most 10, to a tenth`,
    ],
    [
      'Victims (V)',
      score.victims,
      MOST.victims,
      `${counted(score.victims_36m, 'victim')} since ${formatDay(londonDay(since.months36))}`,
      'Three for each victim named in 36 months, at most 15',
    ],
  ]
  return html`<p class="govuk-body">${madeWords(score, HARM_VERSION)}</p>
    ${barChart({
      title: `${pointsText(score.total)} points of 45`,
      description: 'The four parts of the score; together they are the total.',
      unit: 'points',
      bars: parts.map(([label, value]) => ({ label, value })),
    })}
    ${dataTable({
      caption: 'How each part was made',
      rowHeader: true,
      head: [
        { key: 'part', text: 'Part' },
        { key: 'points', text: 'Points', numeric: true },
        { key: 'most', text: 'Of', numeric: true },
        { key: 'fact', text: 'What it is made of' },
        { key: 'rule', text: 'Rule' },
      ],
      rows: [
        ...parts.map(([label, points, most, fact, rule]) => [label, pointsText(points), most, fact, rule]),
        ['Total', pointsText(score.total), 45, 'The four parts added', ''],
      ],
    })}
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
    </ul>
    ${
      (shown === null || shown.total !== score.total) &&
      govuk.insetText({
        text: `The ${counted(records.length, 'record')} below make ${pointsText(shown?.total ?? 0)} points, not ${pointsText(score.total)}: records have changed since the score was made, or not all of them are open to you.`,
      })
    }`
}

function offenceWords({ title, days, fallback, verified }: WeighedOffence): Html {
  return html`<li>
    ${title}:
    ${daysText(days)}${fallback && ' (fallback: stands in for a value not found)'}${!fallback && !verified && ' (not verified)'}
  </li>`
}

function recordTable(records: readonly SuspectRecord[]): Html {
  const known = new Map<string, number>()
  for (const { victims } of records.toReversed())
    for (const { id } of victims) if (!known.has(id)) known.set(id, known.size + 1)
  const total = records.reduce((sum, record) => sum + record.harm_days, 0)
  const rows = records.map((record) => [
    formatDay(londonDay(record.reported_at)),
    record.ref,
    record.victims.length === 0
      ? 'No victim named'
      : html`${record.victims.map(
          ({ id, relationship }, index) =>
            html`${index > 0 && html`<br />`}<a class="govuk-link" href="/people/${id}">Victim ${known.get(id)}</a
              >${relationship && `, ${relationship}`}`,
        )}`,
    record.offences.length === 0
      ? 'Not recorded as a crime: no days of harm'
      : html`<ul class="govuk-list">
          ${record.offences.map(offenceWords)}
        </ul>`,
    daysText(record.harm_days),
    record.risk_grade ? riskMark(record.risk_grade) : 'Not graded',
    record.arrested ? 'Arrested' : 'No arrest',
  ])
  return html`<h2 class="govuk-heading-m">The records behind it</h2>
    ${dataTable({
      caption: 'Records as a suspect in the last 36 months, latest first',
      empty: 'No record of the last 36 months that you may see.',
      head: [
        { key: 'reported', text: 'Reported' },
        { key: 'ref', text: 'Record' },
        { key: 'victims', text: 'Victims and relationship' },
        { key: 'offences', text: 'Offences and their days' },
        { key: 'days', text: 'Harm', numeric: true },
        { key: 'risk', text: 'Risk' },
        { key: 'arrest', text: 'Arrest' },
      ],
      rows:
        rows.length === 0
          ? []
          : [
              ...rows,
              ['', '', '', html`<strong>All records</strong>`, html`<strong>${daysText(total)}</strong>`, '', ''],
            ],
    })}`
}

const UNWEIGHED: readonly (readonly [string, RegExp])[] = [
  ['a course of conduct (stalking, harassment, coercive control)', /stalk|harass|coerci|controlling/i],
  ['strangulation or suffocation', /strangul|strangle|suffocat/i],
  ['threats to kill', /threat\w* to kill|threatening death/i],
]

/** Signs that the days of harm weigh little, as counts of records. Source: domain brief section 11. */
function unweighed(records: readonly SuspectRecord[]): Html {
  if (records.length === 0) return html``
  const high = records.filter(({ risk_grade }) => risk_grade === 'high').length
  return html`<h2 class="govuk-heading-m">What the days of harm do not say</h2>
    <ul class="govuk-list govuk-list--bullet">
      ${UNWEIGHED.map(([what, pattern]) => {
        const count = records.filter(({ offences }) => offences.some(({ title }) => pattern.test(title))).length
        return html`<li>${counted(count, 'record')} of ${what}</li>`
      })}
      <li>${counted(high, 'record')} graded high risk</li>
    </ul>`
}

function choiceTable(choices: readonly Choice[], today: Temporal.PlainDate): Html {
  return dataTable({
    caption: 'Choices about this person, latest first',
    captionHidden: true,
    empty: 'Nobody has decided about this person.',
    head: [
      { key: 'when', text: 'When' },
      { key: 'who', text: 'Who' },
      { key: 'decision', text: 'Decision' },
      { key: 'why', text: 'Why' },
      { key: 'score', text: 'Score then', numeric: true },
      { key: 'review', text: 'Review' },
    ],
    rows: choices.map((choice, index) => [
      formatInstant(choice.at),
      choice.score.by ?? 'Name not kept',
      decisionWords(choice.decision),
      choice.reason,
      choice.score.total === undefined ? 'None' : pointsText(choice.score.total),
      index === 0 ? reviewWords(choice.review_on, today) : 'Superseded by a later choice',
    ]),
  })
}
