import { formatInstant } from '#platform/clock'
import {
  barChart,
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  join,
  problemFor,
  type Html,
  type Page,
  type Part,
  type Problem,
} from '#platform/views'
import type { OpenProblem } from './corrections.ts'
import type { Batch, BatchReport, KeptProblem } from './store.ts'
import type { Upload } from './uploads.ts'

const BATCH_STATES: Readonly<Record<string, string>> = {
  running: 'running',
  done: 'taken in',
  refused: 'refused',
  failed: 'stopped before its end',
}
export const UPLOAD_STATES: Readonly<Record<Upload['state'], string>> = {
  looking: 'being read',
  ready: 'waits for you to check it',
  queued: 'waits to be taken in',
  running: 'being taken in',
  done: 'taken in',
  refused: 'refused',
  failed: 'stopped',
  removed: 'removed',
}

/** A whole number of a report, 0 when it has none. */
const count = (batch: Batch, name: string): number => {
  const value = batch.counts[name]
  return typeof value === 'number' ? value : 0
}
export const figures = new Intl.NumberFormat('en-GB')
/** `1 record`, `2,000 records`. */
export const counted = (n: number, one: string): string => `${figures.format(n)} ${one}${n === 1 ? '' : 's'}`
const shown = (batch: Batch, name: string): string => (name in batch.counts ? figures.format(count(batch, name)) : '')

const SUMS = ['read', 'added', 'updated', 'unchanged', 'rejected'] as const

export function importsPage(batches: readonly Batch[], uploads: readonly Upload[]): Page {
  return {
    title: 'Imports',
    wide: true,
    body: html`<h1 class="govuk-heading-l">Imports</h1>
      <p class="govuk-body">
        The same file or row again adds nothing. A later version of a record replaces it, and what it said before is
        kept.
      </p>
      ${govuk.button({ text: 'Send files', href: '/imports/upload' })}
      ${
        uploads.length > 0 &&
        dataTable({
          caption: 'Sent, and not taken in yet',
          head: [
            { key: 'when', text: 'Sent' },
            { key: 'by', text: 'By' },
            { key: 'profile', text: 'Source' },
            { key: 'state', text: 'State' },
          ],
          rows: uploads.map((upload) => [
            html`<a class="govuk-link" href="/imports/uploads/${upload.id}">${formatInstant(upload.createdAt)}</a>`,
            upload.byName,
            upload.profile,
            UPLOAD_STATES[upload.state],
          ]),
        })
      }
      ${dataTable({
        caption: 'Imports, newest first',
        head: [
          { key: 'when', text: 'Began' },
          { key: 'by', text: 'By' },
          { key: 'profile', text: 'Source' },
          { key: 'state', text: 'State' },
          ...SUMS.map((key) => ({ key, text: key, numeric: true })),
        ],
        rows: batches.map((batch) => [
          html`<a class="govuk-link" href="/imports/${batch.id}">${formatInstant(batch.startedAt)}</a>`,
          batch.byName,
          batch.profile,
          BATCH_STATES[batch.state] ?? batch.state,
          ...SUMS.map((name) => shown(batch, name)),
        ]),
        empty: 'Nothing has been imported.',
      })}`,
  }
}

const whatCame = (problem: KeptProblem): Part =>
  problem.correctedAt
    ? 'Corrected'
    : problem.correctedBy
      ? 'Corrected, waits to be taken in'
      : problem.rejected
        ? 'Row left out'
        : 'Taken in without it'

/** The report of one import. */
export function importPage({ batch, problems, problemCount, corrected, files }: BatchReport): Page {
  const refused = problems.filter(({ line }) => line === 0)
  const rows = problems.filter(({ line }) => line > 0)
  return {
    title: 'Import',
    wide: true,
    body: html`${govuk.backLink({ text: 'Imports', href: '/imports' })}
      <h1 class="govuk-heading-l">Import of ${formatInstant(batch.startedAt)}</h1>
      ${
        batch.state === 'failed' &&
        govuk.warningText({
          text: 'This import stopped before its end. What was in stays. Take the same files in again and it goes on from there.',
          iconFallbackText: 'Warning',
        })
      }
      ${govuk.summaryList({
        rows: [
          ['Source', batch.profile],
          ['State', BATCH_STATES[batch.state] ?? batch.state],
          ['By', batch.byName],
          [
            'Took',
            typeof batch.counts['seconds'] === 'number' ? `${figures.format(batch.counts['seconds'])} seconds` : '',
          ],
          ['Records in the files', `${shown(batch, 'incidents')}, ${shown(batch, 'domestic')} of them domestic`],
        ]
          .filter(([, text]) => text !== '' && text !== ',  of them domestic')
          .map(([key, text]) => ({ key: { text: key ?? '' }, value: { text: text ?? '' } })),
      })}
      ${
        'read' in batch.counts &&
        barChart({
          title: 'What became of the records',
          description: `${shown(batch, 'read')} read: ${SUMS.slice(1)
            .map((name) => `${shown(batch, name)} ${name}`)
            .join(', ')}.`,
          unit: 'records',
          bars: SUMS.slice(1).map((name) => ({ label: name, value: count(batch, name) })),
        })
      }
      ${
        refused.length > 0 &&
        html`<h2 class="govuk-heading-m">Files refused whole</h2>
          <p class="govuk-body">Nothing of these was taken in. Put them right and send them again.</p>
          ${dataTable({
            caption: 'Refused files',
            captionHidden: true,
            head: [
              { key: 'file', text: 'File' },
              { key: 'reason', text: 'Why' },
            ],
            rows: refused.map(({ file, reason }) => [file, reason]),
          })}`
      }
      <h2 class="govuk-heading-m">Rows with something wrong</h2>
      <p class="govuk-body">
        ${
          problemCount - refused.length === 0
            ? 'None.'
            : html`${counted(problemCount - refused.length, 'problem')}, ${figures.format(corrected)}
                corrected${rows.length < problemCount - refused.length && '; the first 200 are listed'}.
                <a class="govuk-link" href="/imports/${batch.id}/problems.csv">Download all of them (CSV)</a>.`
        }
      </p>
      ${
        rows.length > 0 &&
        dataTable({
          caption: 'Problems, those still open first',
          head: [
            { key: 'file', text: 'File' },
            { key: 'line', text: 'Line', numeric: true },
            { key: 'field', text: 'Field' },
            { key: 'reason', text: 'What is wrong' },
            { key: 'state', text: 'What came of it' },
            { key: 'correct', text: 'Row' },
          ],
          rows: rows.map((problem) => [
            problem.file,
            problem.line,
            problem.field,
            problem.reason,
            whatCame(problem),
            html`<a class="govuk-link" href="/imports/${batch.id}/problems/${problem.id}"
              >${problem.correctedAt ? 'See' : 'Correct'}<span class="govuk-visually-hidden">
                line ${problem.line} of ${problem.file}</span
              ></a
            >`,
          ]),
        })
      }
      ${govuk.details({
        summaryText: files.length === 200 ? 'The first 200 files' : counted(files.length, 'file'),
        html: join(
          files.map((file) => file.name),
          html`<br />`,
        ),
      })}`,
  }
}

export interface CorrectionModel {
  readonly batch: string
  readonly problem: OpenProblem
  readonly header: readonly string[]
  /** Name of a field, as problems tell it, to its place in the row. */
  readonly at: ReadonlyMap<string, number>
  /** What stands in the fields: as it came, or as it was typed. */
  readonly cells: readonly string[]
  readonly problems: readonly Problem[]
  readonly csrf: string
}

/** Where a problem's field is on the page of its row. */
export const cellId = (at: number): string => `cell-${at}`

/** One row with what is wrong in it, to be put right. */
export function correctionPage({ batch, problem, header, at, cells, problems, csrf }: CorrectionModel): Page {
  const wrong = new Set(problem.ofRow.flatMap(({ field }) => at.get(field) ?? []))
  for (const one of problems) wrong.add(Number(one.field.slice('cell-'.length)))
  const expected = new Map([...at].map(([name, index]) => [index, name]))
  const place = `line ${problem.line} of ${problem.file}`
  const input = (index: number): Html => {
    const name = header[index] ?? ''
    const known = expected.get(index)
    const value = cells[index] ?? ''
    const reasons = problem.ofRow.filter(({ field }) => at.get(field) === index).map(({ reason }) => reason)
    const shared = {
      id: cellId(index),
      name: `cell${index}`,
      label: { text: name === '' ? `Column ${index + 1}` : name },
      value,
      ...(known !== undefined && known !== name && { hint: { text: `Read as ${known}` } }),
      ...(problems.length === 0 && reasons.length > 0 && { errorMessage: { text: reasons.join('; ') } }),
      ...(problemFor(problems, cellId(index)) && { errorMessage: problemFor(problems, cellId(index)) }),
    }
    return /[\r\n]/.test(value) || value.length > 100 ? govuk.textarea(shared) : govuk.input(shared)
  }
  const columns = header.keys().toArray()
  const others = columns.filter((index) => !wrong.has(index))
  const isOpen = problem.kept !== null && problem.correctedAt === null
  return {
    title: `Correct ${place}`,
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: 'Import', href: `/imports/${batch}` })} ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Correct ${place}</h1>
      <ul class="govuk-list govuk-list--bullet">
        ${problem.ofRow.map(({ field, reason }) => html`<li>${field}: ${reason}</li>`)}
      </ul>
      ${problem.said !== '' && govuk.warningText({ text: problem.said, iconFallbackText: 'Warning' })}
      ${
        problem.correctedAt !== null
          ? html`<p class="govuk-body"><strong>Corrected and taken in.</strong></p>`
          : problem.correctedBy !== null &&
            html`<p class="govuk-body">
              <strong>Corrected, and waits to be taken in.</strong> You can change it again.
            </p>`
      }
      ${
        isOpen
          ? html`<form method="post" action="/imports/${batch}/problems/${problem.id}" novalidate>
              ${csrfField(csrf)} ${columns.filter((index) => wrong.has(index)).map(input)}
              ${
                others.length > 0 &&
                (wrong.size === 0
                  ? others.map(input)
                  : govuk.details({ summaryText: 'The other columns of this row', html: join(others.map(input)) }))
              }
              ${
                cells.length > header.length &&
                html`<p class="govuk-body">
                  The row goes on after its last column: ${cells.slice(header.length).join(' | ')}. What is right of it
                  belongs in one of the columns above.
                </p>`
              }
              ${govuk.button({ text: 'Save and take in', preventDoubleClick: true })}
            </form>`
          : html`${
              problem.correctedAt === null &&
              html`<p class="govuk-body">
                This row cannot be put right by itself, because it does not say which record it belongs to. Correct it
                in the file and send the file again: what is in already stays as it is.
              </p>`
            }
            ${govuk.summaryList({
              rows: problem.row.map((text, index) => ({
                key: { text: header[index] ?? `Column ${index + 1}` },
                value: { text },
              })),
            })}`
      }`,
  }
}
