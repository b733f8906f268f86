import {
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  type Page,
  type Problem,
  problemFor,
  riskMark,
} from '#platform/views'
import type { Mention } from '#modules/people'
import { MANY_MENTIONS } from './edges.ts'
import { type OpenedPair, PAIRS_A_PAGE, type Queue, type ReviewQueue, type WaitingPair } from './pairs.ts'
import { likeness, type Likeness } from './rules.ts'
import {
  bornWords,
  chanceWords,
  FACTS,
  harmWords,
  nameOf,
  NOT_SHOWN,
  phoneWords,
  placeWords,
  reasonWords,
  roleWord,
} from './words.ts'
import { evidenceSection } from './evidence-view.ts'

/** What is known of records, by their ids: the reference that people quote. */
export type Refs = ReadonlyMap<string, { readonly ref: string; readonly href: string }>

export interface QueueModel {
  readonly queue: Queue
  readonly reason: string
  readonly page: number
  readonly found: ReviewQueue
}

const address = (queue: Queue, reason: string, page: number): string => {
  const asked = new URLSearchParams({
    ...(queue === 'second' && { which: 'second' }),
    ...(reason !== '' && { reason }),
    ...(page > 1 && { page: String(page) }),
  }).toString()
  return `/linkage/review${asked === '' ? '' : `?${asked}`}`
}
/** Where a pair is answered. */
export const pairAddress = (a: string, b: string): string => {
  const [one = '', other = ''] = [a, b].toSorted()
  return `/linkage/pairs/${one}/${other}`
}

/** The pairs that wait, and how many for which reason. */
export function queuePage({ queue, reason, page, found }: QueueModel): Page {
  const all = Object.values(found.counts).reduce((sum, count) => sum + count, 0)
  const shown = reason === '' ? all : (found.counts[reason] ?? 0)
  const second = queue === 'second'
  const title = second ? 'Second readings' : 'One person or two?'
  return {
    title,
    wide: true,
    body: html`<h1 class="govuk-heading-l">${title}</h1>
      ${
        second
          ? html`<p class="govuk-body">
              Somebody else has answered these. You answer without seeing what they said: one pair in twenty, and every
              joining of a victim with a suspect, is read twice.
            </p>`
          : html`<p class="govuk-body">
              Pairs of records that may be one person, which nobody links unless a person says so. Those come first
              whose wrong answer may cost most: a victim and a suspect; then a high, then a medium risk on a record of
              either. Among equals, the likelier first.
            </p>`
      }
      <p class="govuk-body">
        ${
          second
            ? html`<a class="govuk-link" href="/linkage/review">Pairs nobody has answered</a>`
            : html`<a class="govuk-link" href="/linkage/review?which=second">My second readings</a>`
        }
      </p>
      ${all > 0 && html`<p class="govuk-body"><a class="govuk-link" href="/linkage/review/next${second && '?which=second'}">Open the first pair</a></p>`}
      ${!second && all > 0 && counts(found, reason)}
      ${found.more && html`<p class="govuk-body">More wait in the force than were looked through for this page.</p>`}
      ${dataTable({
        caption: `${shown === 1 ? '1 pair waits' : `${shown} pairs wait`}${reason === '' ? '' : `: ${reasonWords(reason).toLowerCase()}`}`,
        rowHeader: true,
        cards: true,
        empty: 'Nothing waits for you here.',
        head: ['Pair', 'Born', 'Roles', 'Why somebody is asked', 'What is at stake', 'Chance of one person'].map(
          (text) => ({ key: text, text }),
        ),
        rows: found.pairs.map((pair) => pairRow(pair, queue)),
      })}
      ${pages(queue, reason, page, shown)}`,
  }
}

function counts({ counts: by }: ReviewQueue, chosen: string): Html {
  return html`<h2 class="govuk-heading-s">How many, by reason</h2>
    <ul class="govuk-list">
      ${Object.entries(by)
        .toSorted(([one, n], [other, m]) => m - n || one.localeCompare(other))
        .map(
          ([reason, count]) =>
            html`<li>
              ${
                reason === chosen
                  ? html`<strong>${reasonWords(reason)}: ${count}</strong>`
                  : html`<a class="govuk-link" href="${address('first', reason, 1)}">${reasonWords(reason)}</a>:
                      ${count}`
              }
            </li>`,
        )}
      ${chosen !== '' && html`<li><a class="govuk-link" href="/linkage/review">All reasons</a></li>`}
    </ul>`
}

function pairRow({ a, b, reason, harm, chance }: WaitingPair, queue: Queue) {
  return [
    html`<a class="govuk-link" href="${pairAddress(a.id, b.id)}${queue === 'second' && '?which=second'}"
      >${nameOf(a)} and ${nameOf(b)}</a
    >`,
    html`${bornWords(a) || 'Not written'}<br />${bornWords(b) || 'Not written'}`,
    html`${roleWord(a.role)}<br />${roleWord(b.role)}`,
    reasonWords(reason),
    harm === 2 ? riskMark('high') : harm === 1 ? riskMark('medium') : harmWords(harm),
    queue === 'second' ? 'Not shown' : chanceWords(chance),
  ]
}

function pages(queue: Queue, reason: string, page: number, all: number): Html | false {
  const last = Math.max(1, Math.ceil(all / PAIRS_A_PAGE))
  if (last === 1) return false
  return govuk.pagination({
    ...(page > 1 && { previous: { href: address(queue, reason, page - 1) } }),
    ...(page < last && { next: { href: address(queue, reason, page + 1) } }),
  })
}

export interface PairModel {
  readonly pair: OpenedPair
  readonly refs: Refs
  readonly csrf: string
  /** The id of the judgement that the form will make. */
  readonly judgement: string
  readonly queue: Queue
  readonly problems: readonly Problem[]
  readonly reason: string
}

/** Two mentions side by side, the question, and why the model thinks what it thinks. */
export function pairPage(model: PairModel): Page {
  const { pair, problems } = model
  const { a, b, evidence, reading } = pair
  const blind = reading === 'second' || reading === 'third'
  return {
    title: 'One person or two?',
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <p class="govuk-body">
        <a class="govuk-link" href="/linkage/review${model.queue === 'second' && '?which=second'}">All pairs</a>
      </p>
      <div data-keys tabindex="-1" ${problems.length === 0 && html`autofocus`}>
        <h1 class="govuk-heading-l">One person or two?</h1>
        <p class="govuk-body dauntless-lead">${leadLine(pair, blind)}</p>
        ${sideBySide(model)} ${question(model)}
      </div>
      ${evidence !== null ? evidenceSection(evidence) : html`<p class="govuk-body">The model has not compared these two records: nothing that it looks for first brings them together.</p>`}
      ${otherMentions(model, blind, a, b)}`,
  }
}

function leadLine({ evidence, a, b }: OpenedPair, blind: boolean): string {
  if (blind) return 'Somebody else has answered this pair. Say what you find, without asking them.'
  if (evidence === null) return ''
  const chance = `The chance that these two records are one person is ${chanceWords(evidence.chance)}.`
  if (a.personId === b.personId && evidence.reason !== MANY_MENTIONS)
    return `${chance} They are taken for one person now.`
  return evidence.reason === null
    ? chance
    : `${chance} Why somebody is asked: ${reasonWords(evidence.reason).toLowerCase()}.`
}

const MARKS: Readonly<Record<Likeness, string>> = {
  same: 'Same',
  'written differently': 'Same, written differently',
  'one holds the other': 'In part: one has more',
  differs: '≠ Differs',
  'one is not written': 'Only one is written',
  'neither is written': '',
}

function sideBySide({ pair: { a, b }, refs }: PairModel): Html {
  const record = ({ recordId }: Mention): Html => {
    const known = refs.get(recordId)
    return known === undefined ? html`Not known` : html`<a class="govuk-link" href="${known.href}">${known.ref}</a>`
  }
  const rows = FACTS.map(({ what, words, key }) => ({ what, key, one: words(a), other: words(b) })).filter(
    ({ one, other }) => one !== '' || other !== '',
  )
  return dataTable({
    caption: 'The two records side by side',
    rowHeader: true,
    cards: true,
    head: ['What', 'First record', 'Second record', 'Do they agree?'].map((text) => ({ key: text, text })),
    rows: [
      ...rows.map(({ what, key, one, other }) => {
        const hidden = one === NOT_SHOWN || other === NOT_SHOWN
        const found = likeness(one, other, key)
        return [
          what,
          one || 'Not written',
          other || 'Not written',
          hidden ? 'Not compared' : found === 'differs' ? html`<strong>${MARKS[found]}</strong>` : MARKS[found],
        ]
      }),
      ['Record', record(a), record(b), ''],
    ],
  })
}

function question(model: PairModel): Html {
  const { pair, csrf, judgement, problems, reason, queue } = model
  const { a, b, reading, rolesDiffer } = pair
  if (reading === 'own' || reading === 'answered') {
    return html`<p class="govuk-body">
      ${reading === 'own' ? 'You have answered this pair. Somebody else is to answer it too.' : 'This pair has been answered.'}
      What was said, and how to take it back, is on
      <a class="govuk-link" href="/people/${a.personId}">the person’s page</a>.
    </p>`
  }
  const answer = (value: string, key: string, words: string, quiet: boolean): Html =>
    html`<button
      type="submit"
      name="answer"
      value="${value}"
      accesskey="${key}"
      data-key="${key}"
      class="govuk-button${quiet && ' govuk-button--secondary'}"
      data-module="govuk-button"
    >
      ${words} <kbd>${key.toUpperCase()}</kbd>
    </button> `
  return html`<form method="post" action="${pairAddress(a.id, b.id)}" novalidate>
    ${csrfField(csrf)}
    <input type="hidden" name="judgement" value="${judgement}" />
    <input type="hidden" name="which" value="${queue}" />
    ${govuk.textarea({
      id: 'reason',
      name: 'reason',
      rows: 2,
      value: reason,
      label: { text: rolesDiffer ? 'Why?' : 'Why? (optional)' },
      hint: {
        text: rolesDiffer
          ? 'One of them is recorded as a victim and one as a suspect, so say what you go by. To join them changes how each is met.'
          : 'What you go by, for whoever looks at this later.',
      },
      errorMessage: problemFor(problems, 'reason'),
    })}
    <div class="govuk-button-group" id="answer">
      ${answer('same', 's', 'Same person', false)} ${answer('different', 'd', 'Different people', false)}
      ${answer('cannot say', 'c', 'Cannot say', true)}
    </div>
    <p class="govuk-hint">
      The letters S, D and C answer too, until you type or move away from the two records. Same joins the two people at
      once; it can be taken back. No fact of one record is copied to another.
    </p>
  </form>`
}

function otherMentions({ pair, refs }: PairModel, blind: boolean, a: Mention, b: Mention): Html | false {
  if (pair.others.length === 0) return false
  const table = (caption: string, mentions: readonly Mention[]): Html =>
    dataTable({
      caption,
      rowHeader: true,
      cards: true,
      empty: 'No other record.',
      head: ['Name', 'Born', 'Role', 'Address', 'Telephone', 'Record'].map((text) => ({ key: text, text })),
      rows: mentions.map((mention) => [
        nameOf(mention),
        bornWords(mention) || 'Not written',
        roleWord(mention.role),
        placeWords(mention),
        phoneWords(mention),
        refs.get(mention.recordId)?.ref ?? '',
      ]),
    })
  const heading = html`<h2 class="govuk-heading-m">Their other records</h2>`
  // whose is whose would say what the first reader answered
  if (blind || a.personId === b.personId) return html`${heading} ${table('Other records of either', pair.others)}`
  const of = (person: string): Mention[] => pair.others.filter(({ personId }) => personId === person)
  return html`${heading} ${table('Other records of the first person', of(a.personId))}
    ${table('Other records of the second person', of(b.personId))}
    <p class="govuk-body">
      Open <a class="govuk-link" href="/people/${a.personId}">the first person</a> or
      <a class="govuk-link" href="/people/${b.personId}">the second person</a>.
    </p>`
}
