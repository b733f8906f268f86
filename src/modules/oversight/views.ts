import { ROLES, isRole } from '#platform/access'
import { formatDay, formatInstant } from '#platform/clock'
import { csrfField, dataTable, errorSummaryFor, govuk, html, problemFor, type Html, type Page } from '#platform/views'
import { dayFields, hiddenQuestion, sections, whyFields } from './pieces.ts'
import { addressOf, type Asked } from './query.ts'
import { sealingFaults } from './rules.ts'
import { PAGE_ROWS, type AccessGiven, type Entry, type Line, type LogState } from './store.ts'
import { ACTIONS, actionWords, READ_FOR, type ReadFor } from './words.ts'

const roleWords = (roles: string): string =>
  roles
    .split(' ')
    .map((role) => (isRole(role) ? ROLES[role] : role))
    .join(', ')

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** What a line is about, in few words: counts and the code of what it was. */
function aboutWords({ subjects, objects, detail }: Line): string {
  const what = [detail['what'], detail['table']].find((one) => typeof one === 'string') ?? ''
  const counts = [
    subjects > 0 && plural(subjects, 'person', 'people'),
    objects > 0 && plural(objects, 'record', 'records'),
  ].filter((part) => part !== false)
  return [what, counts.join(', ')].filter((part) => part !== '').join(': ')
}

export interface LogModel {
  readonly asked: Asked
  /** Null while nothing has been asked. */
  readonly lines: readonly Line[] | null
  /** Names behind the ids of who acted. */
  readonly names: readonly string[]
  /** What was typed as a name, when nobody was found. */
  readonly name: string
  readonly csrf: string
}

export function logPage({ asked, lines, names, name, csrf }: LogModel): Page {
  const { typed, problems } = asked
  const last = lines?.at(-1)
  return {
    title: 'Audit log',
    inError: problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Audit log</h1>
      ${sections('/log')}
      <p class="govuk-body">
        Who opened, searched, changed or was refused what, and why. Each search of the log is itself written into it.
      </p>
      ${lines && resultsOf(asked, lines, names, csrf)}
      ${
        last &&
        lines?.length === PAGE_ROWS &&
        govuk.pagination({
          next: { href: addressOf('/log', typed, { before: last.at.toString(), entry: last.id }), text: 'Earlier' },
        })
      }
      <h2 class="govuk-heading-m">${lines ? 'Ask again' : 'Ask the log'}</h2>
      <form method="post" action="/log" novalidate>
        ${csrfField(csrf)} ${whyFields(asked)}
        ${govuk.input({
          id: 'name',
          name: 'name',
          label: { text: 'Who acted: part of the name' },
          hint: { text: 'Leave empty for everybody' },
          value: name,
          classes: 'govuk-input--width-20',
          errorMessage: problemFor(problems, 'name'),
        })}
        ${govuk.input({
          id: 'about',
          name: 'about',
          label: { text: 'About which person or record: its id' },
          hint: { text: 'The id stands at the end of the address of its page' },
          value: typed['about'] ?? '',
          errorMessage: problemFor(problems, 'about'),
        })}
        ${govuk.select({
          id: 'action',
          name: 'action',
          label: { text: 'What was done' },
          items: [
            { value: '', text: 'Anything' },
            ...Object.entries(ACTIONS).map(([value, text]) => ({ value, text, selected: typed['action'] === value })),
          ],
          errorMessage: problemFor(problems, 'action'),
        })}
        ${govuk.input({
          id: 'purpose',
          name: 'purpose',
          label: { text: 'For what purpose' },
          hint: { text: 'As the log has it, such as: choosing people to target' },
          value: typed['purpose'] ?? '',
        })}
        ${dayFields('First day', 'from', asked)} ${dayFields('Last day', 'to', asked)}
        ${govuk.button({ text: 'Search the log' })}
      </form>`,
  }
}

function resultsOf(asked: Asked, lines: readonly Line[], names: readonly string[], csrf: string): Html {
  return html`${names.length > 0 && html`<p class="govuk-body">Acts of: ${names.join(', ')}.</p>`}
  ${dataTable({
    caption: lines.length === PAGE_ROWS ? `The latest ${PAGE_ROWS} entries` : plural(lines.length, 'entry', 'entries'),
    empty: 'The log has no entry like that.',
    head: [
      { key: 'at', text: 'When' },
      { key: 'who', text: 'Who' },
      { key: 'action', text: 'Did what' },
      { key: 'about', text: 'About' },
      { key: 'purpose', text: 'Purpose and reason' },
    ],
    rows: lines.map((line) => [
      html`<a class="govuk-link" href="${addressOf(`/log/entries/${line.id}`, asked.typed)}"
        >${formatInstant(line.at)}</a
      >`,
      html`${line.who || 'unknown'}<br />${roleWords(line.role)}`,
      actionWords(line.action),
      aboutWords(line),
      line.reason ? `${line.purpose}: ${line.reason}` : line.purpose,
    ]),
  })}
  ${
    lines.length > 0 &&
    html`<form method="post" action="/log/export">
      ${hiddenQuestion(csrf, asked)}
      ${govuk.button({ text: 'Export this selection (CSV)', classes: 'govuk-button--secondary' })}
    </form>`
  }`
}

const ids = (list: readonly string[]): Html | string =>
  list.length === 0
    ? 'none'
    : html`<ul class="govuk-list">
        ${list.slice(0, 200).map((id) => html`<li><code>${id}</code></li>`)}${
          list.length > 200 && html`<li>and ${list.length - 200} more</li>`
        }
      </ul>`

export function entryPage(entry: Entry, back: string): Page {
  const row = (key: string, value: Html | string) => ({
    key: { text: key },
    value: typeof value === 'string' ? { text: value || 'none' } : { html: value },
  })
  return {
    title: 'Entry of the audit log',
    body: html`${govuk.backLink({ href: back, text: 'Audit log' })}
      <h1 class="govuk-heading-l">Entry of the audit log</h1>
      ${govuk.summaryList({
        rows: [
          row('Entry', html`<code>${entry.id}</code>`),
          row('When', formatInstant(entry.at)),
          row('Exactly', `${entry.at.toString()} (UTC)`),
          row('Who', `${entry.who}, ${roleWords(entry.role)}`),
          row('Where', entry.organisation),
          row('Did what', actionWords(entry.action)),
          row('Purpose', entry.purpose),
          row('Reason', entry.reason),
          row('Page or command', entry.route),
          row('Session', entry.sessionId ?? ''),
          row('Request', entry.requestId ?? ''),
          row('People', ids(entry.subjects)),
          row('Records', ids(entry.objects)),
          row('Detail', html`<code>${JSON.stringify(entry.detail)}</code>`),
          row('Seal', entry.seq === null ? 'Waits to be sealed' : `Sealed at place ${entry.seq}, counted from 0`),
        ],
      })}`,
  }
}

export function statePage(state: LogState, ageMs: (at: LogState['signedAt']) => number | null): Page {
  const faults = sealingFaults({ ...state, oldestWaitingMs: ageMs(state.oldestWaiting) })
  const age = (at: LogState['signedAt']): string => {
    const ms = ageMs(at)
    if (at === null || ms === null) return 'never'
    const seconds = Math.round(ms / 1000)
    return `${formatInstant(at)}, ${seconds < 120 ? plural(seconds, 'second', 'seconds') : plural(Math.round(seconds / 60), 'minute', 'minutes')} ago`
  }
  return {
    title: 'State of the log',
    body: html`<h1 class="govuk-heading-l">State of the log</h1>
      ${sections('/log/seal')}
      ${
        faults.length > 0
          ? faults.map((fault) => govuk.warningText({ text: fault, iconFallbackText: 'Warning' }))
          : html`<p class="govuk-body">The log is sealed and witnessed as it should be.</p>`
      }
      ${govuk.summaryList({
        rows: [
          { key: { text: 'Sealed entries' }, value: { text: String(state.size) } },
          { key: { text: 'Last checkpoint' }, value: { text: age(state.signedAt) } },
          { key: { text: 'Confirmed by the witness' }, value: { text: `${state.cosignedSize} entries` } },
          { key: { text: 'Last confirmed checkpoint' }, value: { text: age(state.cosignedAt) } },
          { key: { text: 'Waiting to be sealed' }, value: { text: String(state.waiting) } },
        ],
      })}
      <p class="govuk-body">
        This page counts; it does not prove. To prove the whole log, run <code>dauntless audit verify</code>, and
        compare with what the witness remembers.
      </p>`,
  }
}

export function accessPage(asked: Asked, given: readonly AccessGiven[] | null): Page {
  const { why = '', ref = '' } = asked.typed
  return {
    title: 'Access given',
    inError: asked.problems.length > 0,
    wide: true,
    body: html`${errorSummaryFor(asked.problems)}
      <h1 class="govuk-heading-l">Access given</h1>
      ${sections('/log/access')}
      <p class="govuk-body">Postings made by administrators in the last 28 days: who gave access to whom.</p>
      ${
        given
          ? dataTable({
              caption: plural(given.length, 'posting', 'postings'),
              empty: 'Nobody was posted in the last 28 days.',
              head: [
                { key: 'at', text: 'When' },
                { key: 'by', text: 'By' },
                { key: 'to', text: 'To' },
                { key: 'role', text: 'Role' },
                { key: 'place', text: 'Unit or agency' },
                { key: 'from', text: 'First day' },
              ],
              rows: given.map((one) => [
                html`<a
                  class="govuk-link"
                  href="/log/entries/${one.entry}?${new URLSearchParams({ why, ref }).toString()}"
                  >${formatInstant(one.at)}</a
                >`,
                one.byName,
                one.toName,
                roleWords(one.role),
                one.place,
                formatDay(one.validFrom),
              ]),
            })
          : html`<form method="get" action="/log/access" novalidate>
              ${whyFields(asked)} ${govuk.button({ text: 'Show' })}
            </form>`
      }`,
  }
}

/** What the log will say of a look. */
export const purposeOf = (why: ReadFor): string => `read the audit log: ${READ_FOR[why].toLowerCase()}`
