import { formatDay, formatInstant, londonDay, type Temporal } from '#platform/clock'
import { dataTable, govuk, html, riskMark, type Html, type Page } from '#platform/views'
import type { Signs } from '#modules/incidents'
import { choiceForm, type FormModel } from './choice-form.ts'
import { cannotFind } from './list-view.ts'
import type { Points, SignCounts } from './rules.ts'
import { openedScore, recordAnchor, victimNames } from './score-view.ts'
import type { Choice, KeptScore, Subject, SuspectRecord, WeighedOffence } from './store.ts'
import { choiceWords, counted, daysText, decisionWords, pointsText, reviewWords, SIGNS } from './words.ts'

const SIGN_OF: Readonly<Record<keyof SignCounts, keyof Signs>> = {
  conduct36m: 'conduct',
  strangulation36m: 'strangulation',
  threats36m: 'threat',
  highRisk36m: 'highRisk',
}

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
      <h1 class="govuk-heading-l"><span class="govuk-caption-l">Score and choice</span> ${name}</h1>
      <p class="govuk-body dauntless-lead">
        ${score ? html`<strong>${pointsText(score.total)} points</strong> of 45.` : 'No score now.'}
        ${choiceWords(choices[0] ?? { decision: null, review_on: null }, today)}
      </p>
      <p class="govuk-body">
        <a class="govuk-link" href="/people/${subject.id}">Person record of ${name}</a>${
          form && html`. <a class="govuk-link" href="#decision">Decide</a>`
        }
      </p>
      ${
        subject.roles.includes('victim') &&
        govuk.warningText({
          iconFallbackText: 'Warning',
          text: 'Also recorded as a victim of domestic abuse. Look at those records first: a report against a victim may be the abuser’s own.',
        })
      }
      ${score ? openedScore(model, score) : notScored()} ${unweighed(model.records)} ${recordTable(model.records)}
      <h2 class="govuk-heading-m" id="choices">Choices so far</h2>
      ${choiceTable(choices, today)} ${form && choiceForm(form)} ${cannotFind()}`,
  }
}

function notScored(): Html {
  return html`<p class="govuk-body">
    There is no score now: no record of the last 36 months holds harm, or the last score has expired. Somebody may still
    be chosen, as when a partner refers them.
  </p>`
}

function offenceWords({ title, days, fallback, verified }: WeighedOffence): Html {
  return html`<li>
    ${title}:
    ${daysText(days)}${fallback && ' (fallback: stands in for a value not found)'}${!fallback && !verified && ' (not verified)'}
  </li>`
}

function recordTable(records: readonly SuspectRecord[]): Html {
  const known = victimNames(records)
  const total = records.reduce((sum, record) => sum + record.harm_days, 0)
  const rows = records.map((record) => [
    formatDay(londonDay(record.reported_at)),
    html`<a class="govuk-link" id="${recordAnchor(record)}" href="/incidents/${record.incident_id}">${record.ref}</a>`,
    record.victims.length === 0
      ? 'No victim named'
      : html`${record.victims.map(
          ({ id, relationship }, index) =>
            html`${index > 0 && html`<br />`}<a class="govuk-link" href="/people/${id}">${known.get(id)}</a
              >${relationship && `, ${relationship.replaceAll('_', ' ')}`}`,
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
  return html`<h2 class="govuk-heading-m" id="records">The records behind it</h2>
    ${dataTable({
      cards: true,
      caption: 'Records as a suspect in the last 36 months, latest first',
      empty: 'No record of the last 36 months that you may see.',
      head: [
        { key: 'reported', text: 'Reported' },
        { key: 'ref', text: 'Record' },
        { key: 'victims', text: 'Victims and relationship' },
        { key: 'offences', text: 'Offences and their days' },
        { key: 'days', text: 'Harm (unverified)', numeric: true },
        { key: 'risk', text: 'Risk' },
        { key: 'arrest', text: 'Arrest' },
      ],
      rows,
    })}
    ${
      records.length > 0 &&
      html`<p class="govuk-body">
        In all ${counted(records.length, 'record')} and <strong>${daysText(total)}</strong> of harm. The days are
        working values that nobody has verified.
      </p>`
    }`
}

/** Signs that the days of harm weigh little, with the records that show them. Source: domain brief section 11. */
function unweighed(records: readonly SuspectRecord[]): Html {
  if (records.length === 0) return html``
  return html`<h2 class="govuk-heading-m" id="signs">What the days of harm weigh little</h2>
    <ul class="govuk-list govuk-list--bullet">
      ${SIGNS.map(([sign, what]) => {
        const those = records.filter(({ signs }) => signs[SIGN_OF[sign]])
        return html`<li>
          ${counted(those.length, 'record')} of
          ${what}${those.map(
            (record, at) =>
              html`${at === 0 ? ': ' : ', '}<a class="govuk-link" href="#${recordAnchor(record)}">${record.ref}</a>`,
          )}
        </li>`
      })}
    </ul>`
}

function choiceTable(choices: readonly Choice[], today: Temporal.PlainDate): Html {
  return dataTable({
    caption: 'Choices about this person, latest first',
    captionHidden: true,
    cards: true,
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
      [choice.who || choice.score.by || 'Name not kept', choice.place].filter(Boolean).join(', '),
      decisionWords(choice.decision),
      choice.reason,
      choice.score.total === undefined ? 'None' : pointsText(choice.score.total),
      index === 0 ? reviewWords(choice.review_on, today) : 'Superseded by a later choice',
    ]),
  })
}
