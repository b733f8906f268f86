import { basename } from 'node:path'
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
  type Problem,
} from '#platform/views'
import type { FilePreview, Notice, Preview, Profile, SourceRecord } from './import/index.ts'
import { counted, figures, UPLOAD_STATES } from './import-views.ts'
import { columnField, headerFor, headersOf } from './upload-columns.ts'
import { WAIT_DAYS, type Looked, type Upload, type UploadFile } from './uploads.ts'

export interface UploadForm {
  readonly profiles: readonly { readonly name: string; readonly title: string }[]
  readonly profile: string
  readonly problems: readonly Problem[]
  readonly csrf: string
  /** Nobody proves who they are in it, so nothing of anybody's may go in. */
  readonly demonstration: boolean
}

/** Where files are chosen. The token and the source come before the files, so that a forged form writes nothing. */
export function uploadPage({ profiles, profile, problems, csrf, demonstration }: UploadForm): Page {
  return {
    title: 'Send files',
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: 'Imports', href: '/imports' })} ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Send files</h1>
      <p class="govuk-body">
        Nothing is taken in before you have seen how the files are read. They are removed when they have been taken in,
        or when nobody has done so for ${WAIT_DAYS} days.
      </p>
      ${
        demonstration &&
        govuk.insetText({
          text: 'Anybody can sign in to the demonstration, so it takes in no records of real people: only files of invented ones, which have a column SYNTHETIC, and public figures that name nobody.',
        })
      }
      <form method="post" action="/imports/upload" enctype="multipart/form-data" novalidate>
        ${csrfField(csrf)}
        ${govuk.radios({
          name: 'profile',
          idPrefix: 'profile',
          value: profile,
          fieldset: { legend: { text: 'Where do the files come from?', classes: 'govuk-fieldset__legend--m' } },
          ...(problemFor(problems, 'profile') && { errorMessage: problemFor(problems, 'profile') }),
          items: profiles.map(({ name, title }) => ({ value: name, text: title })),
        })}
        ${govuk.fileUpload({
          id: 'files',
          name: 'files',
          multiple: true,
          label: { text: 'Files', classes: 'govuk-label--m' },
          hint: {
            text: 'CSV, also packed with gzip. Choose all files of one delivery together: those of a folder belong to each other.',
          },
          ...(problemFor(problems, 'files') && { errorMessage: problemFor(problems, 'files') }),
        })}
        ${govuk.button({ text: 'Send and check', preventDoubleClick: true })}
      </form>`,
  }
}

const percent = ({ progress }: Upload): number | null =>
  progress.total ? Math.min(100, Math.floor((100 * (progress.done ?? 0)) / progress.total)) : null

const button = (action: string, text: string, csrf: string, secondary = false): Html =>
  html`<form method="post" action="${action}">
    ${csrfField(csrf)}
    ${govuk.button({ text, preventDoubleClick: true, ...(secondary && { classes: 'govuk-button--secondary' }) })}
  </form>`

/** How far an upload is. It loads itself again; the link does the same by hand. */
export function progressPage(upload: Upload, csrf: string): Page {
  const done = percent(upload)
  const here = `/imports/uploads/${upload.id}`
  const what = upload.state === 'looking' ? 'The files are being read' : 'The files are being taken in'
  const titles: Partial<Record<Upload['state'], string>> = { failed: 'The work on these files stopped', removed: 'These files were removed' } // prettier-ignore
  const title = titles[upload.state] ?? what
  return {
    title: done === null ? title : `${done}%: ${title}`,
    body: html`${govuk.backLink({ text: 'Imports', href: '/imports' })}
      <h1 class="govuk-heading-l">${title}</h1>
      <p class="govuk-body">
        Sent by ${upload.byName} on ${formatInstant(upload.createdAt)}: ${UPLOAD_STATES[upload.state]}.
      </p>
      ${
        upload.state === 'failed'
          ? html`${govuk.warningText({
              text: `Something went wrong that is not about the rows (${upload.said}). What was in stays, and nothing is taken in twice.`,
              iconFallbackText: 'Warning',
            })}
            ${button(`${here}/take-in`, 'Try again', csrf)}
            ${button(`${here}/remove`, 'Remove these files', csrf, true)}`
          : upload.state !== 'removed' &&
            html`<p class="govuk-body">
                <label for="progress"
                  >${done === null ? 'Not begun yet' : `${done}% read, ${figures.format(upload.progress.rows ?? 0)} rows`}</label
                ><br />
                <progress id="progress" max="100" value="${done ?? 0}">${done ?? 0}%</progress>
              </p>
              <p class="govuk-body">
                This page looks again by itself. You can leave it: the work goes on.
                <a class="govuk-link" href="${here}">Look now</a>
              </p>`
      }`,
  }
}

export interface PreviewModel {
  readonly upload: Upload
  readonly files: readonly UploadFile[]
  readonly seen: Preview
  readonly profile: Profile
  /** How the profile itself understands the headers. */
  readonly proposed: readonly FilePreview[]
  readonly csrf: string
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16, little end first',
  'utf-16be': 'UTF-16, big end first',
  'windows-1252': 'Windows-1252',
}
const SIZES = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 })
const size = (bytes: number): string =>
  bytes < 1e6 ? `${SIZES.format(Math.max(bytes / 1e3, 0.1))} KB` : `${SIZES.format(bytes / 1e6)} MB`

/** What an import would do and how the files are read, before anything is written. */
export function previewPage(model: PreviewModel): Page {
  const { upload, seen, profile, csrf } = model
  const here = `/imports/uploads/${upload.id}`
  const { looked } = upload
  const refused = [
    ...new Set([...(looked?.refused ?? []), ...seen.refused].map(({ file, reason }) => `${basename(file)}: ${reason}`)),
  ]
  const takes = (looked?.added ?? 0) + (looked?.updated ?? 0)
  return {
    title: 'Check before taking in',
    wide: true,
    body: html`${govuk.backLink({ text: 'Imports', href: '/imports' })}
      <h1 class="govuk-heading-l">Check before taking in</h1>
      <p class="govuk-body">
        ${profile.title}. Sent by ${upload.byName} on ${formatInstant(upload.createdAt)}. Nothing is written yet.
      </p>
      ${
        refused.length > 0 &&
        html`${govuk.warningText({
            text:
              looked?.read === 0
                ? 'These files cannot be taken in as they are.'
                : 'Part of these files would be refused whole.',
            iconFallbackText: 'Warning',
          })}
          <ul class="govuk-list govuk-list--bullet">
            ${refused.slice(0, 20).map((text) => html`<li>${text}</li>`)}
          </ul>`
      }
      ${looked && outlook(looked)}
      ${
        looked && looked.read > looked.rejected
          ? button(
              `${here}/take-in`,
              takes === 0 ? 'Take in (nothing is new)' : `Take in ${counted(takes, 'record')}`,
              csrf,
            )
          : html`<p class="govuk-body">There is no record to take in.</p>`
      }
      ${button(`${here}/remove`, 'Remove these files', csrf, true)} ${fileTable(model)} ${noticeList(seen.notices)}
      ${firstRecords(seen.records)}
      ${
        seen.firstProblems.length > 0 &&
        dataTable({
          caption: 'The first problems',
          head: [
            { key: 'file', text: 'File' },
            { key: 'line', text: 'Line', numeric: true },
            { key: 'field', text: 'Field' },
            { key: 'reason', text: 'What is wrong' },
          ],
          rows: seen.firstProblems.map(({ file, line, field, reason }) => [basename(file), line, field, reason]),
        })
      }
      ${columnForm(model)}`,
  }
}

function outlook(looked: Looked): Html {
  const bars = (['added', 'updated', 'unchanged', 'rejected'] as const).map((label) => ({
    label,
    value: looked[label],
  }))
  const fields = Object.entries(looked.problemFields).toSorted(([, a], [, b]) => b - a)
  const problems = looked.problemCount - looked.refused.length
  return html`${barChart({
      title: 'What an import would do',
      description: `${figures.format(looked.read)} read: ${bars.map(({ label, value }) => `${figures.format(value)} ${label}`).join(', ')}.`,
      unit: 'records',
      bars,
    })}
    <p class="govuk-body">
      ${counted(looked.incidents, 'record')} in the files, ${figures.format(looked.domestic)} of them domestic.
      ${
        problems > 0 &&
        `${counted(problems, 'problem')}: ${fields
          .slice(0, 8)
          .map(([name, n]) => `${name} ${figures.format(n)}`)
          .join(', ')}. The rows are kept, and can be corrected afterwards.`
      }
    </p>`
}

function fileTable({ files, seen }: PreviewModel): Html {
  return dataTable({
    caption: 'Files',
    head: [
      { key: 'file', text: 'File' },
      { key: 'size', text: 'Size', numeric: true },
      { key: 'encoding', text: 'Encoding' },
      { key: 'table', text: 'Read as' },
      { key: 'columns', text: 'Columns used', numeric: true },
      { key: 'left', text: 'Columns left alone' },
    ],
    rows: files.map((file) => {
      const found = seen.files.find((one) => basename(one.file) === file.name)
      return [
        file.name,
        size(file.bytes),
        file.encoding ? (ENCODINGS[file.encoding] ?? file.encoding) : 'not known',
        found?.table ?? 'not used',
        found?.mapping.length ?? '',
        found?.unknown.join(', ') ?? '',
      ]
    }),
  })
}

/** How many files a notice is told of one by one. */
const FEW = 3

/** Files and columns that are not there, have another name or are not read; what is the same for many files once. */
function noticeList(notices: readonly Notice[]): Html | false {
  const grouped = [...Map.groupBy(notices, ({ said }) => said)].map(([said, some]) => {
    const names = some.slice(0, FEW).flatMap(({ file }) => (file === '' ? [] : basename(file)))
    const more = some.length > FEW ? ` and ${counted(some.length - FEW, 'more file')}` : ''
    return names.length === 0 ? said : `${names.join(', ')}${more}: ${said}`
  })
  return (
    grouped.length > 0 &&
    govuk.details({
      summaryText: 'What is not there, or has another name',
      html: html`<ul class="govuk-list govuk-list--bullet">
        ${grouped.slice(0, 50).map((text) => html`<li>${text}</li>`)}
      </ul>`,
    })
  )
}

function firstRecords(records: readonly SourceRecord[]): Html {
  return dataTable({
    caption: 'The first records, as they are read',
    head: [
      { key: 'ref', text: 'Reference' },
      { key: 'reported', text: 'Reported (UTC)' },
      { key: 'what', text: 'What' },
      { key: 'domestic', text: 'Domestic' },
      { key: 'offences', text: 'Offences' },
      { key: 'people', text: 'People' },
      { key: 'where', text: 'Where' },
    ],
    rows: records.map((record) => [
      record.ref,
      record.reportedAt.replace('T', ' ').replace('Z', ''),
      join(
        [
          record.kind.replace('_', '-'),
          record.status !== 'recorded' && record.status.replace('_', ' '),
          record.riskGrade,
        ],
        ', ',
      ),
      record.domestic ? 'yes' : 'no',
      join(
        record.offences.map(({ title }) => title),
        html`<br />`,
      ),
      join(
        record.parties.map(({ role, forenames, surname, dob, sex, relationship }) =>
          join([`${role}:`, forenames, surname, dob, sex, relationship && `(${relationship})`], ' '),
        ),
        html`<br />`,
      ),
      join([record.place, record.address, record.postcode], ', '),
    ]),
    empty: 'No record can be read.',
  })
}

function inThrees(parts: readonly Html[]): Html {
  const rows = parts.keys().filter((index) => index % 3 === 0)
  return join(
    rows
      .map(
        (from) =>
          html`<div class="govuk-grid-row">
            ${parts.slice(from, from + 3).map((one) => html`<div class="govuk-grid-column-one-third">${one}</div>`)}
          </div>`,
      )
      .toArray(),
  )
}

/** One choice a field: which column it is read from. Those that have none fold away. */
function columnForm({ upload, profile, seen, proposed, csrf }: PreviewModel): Html {
  const tables = Object.entries(profile.tables).filter(([table]) => headersOf(proposed, table).length > 0)
  if (tables.length === 0) return html``
  return html`<h2 class="govuk-heading-m">Columns</h2>
    <p class="govuk-body">
      Change what a field is read from where it was not understood, and have the files read again.
    </p>
    <form method="post" action="/imports/uploads/${upload.id}/columns">
      ${csrfField(csrf)}
      ${tables.map(([table, { columns }]) => {
        const headers = headersOf(proposed, table)
        const missing = seen.files.filter((file) => file.table === table).flatMap((file) => file.missing)
        const fields = Object.entries(columns).map(([field, { names, required }]) => {
          const lost = missing.find((one) => one.field === field)
          const value = upload.columns[`${table}.${field}`] ?? headerFor(proposed, table, field)
          const select = govuk.select({
            id: columnField(table, field),
            name: columnField(table, field),
            label: { text: `${names[0] ?? field}${required ? ' (required)' : ''}` },
            value,
            ...(lost && {
              errorMessage: {
                text:
                  lost.candidates.length > 0
                    ? `Missing. Is it ${lost.candidates.join(' or ')}?`
                    : 'Missing: choose its column.',
              },
            }),
            items: [{ value: '', text: 'Not in these files' }, ...headers.map((text) => ({ value: text, text }))],
          })
          return { select, isFirst: required || value !== '' || lost !== undefined }
        })
        const others = fields.filter(({ isFirst }) => !isFirst).map(({ select }) => select)
        const shown = html`${inThrees(fields.filter(({ isFirst }) => isFirst).map(({ select }) => select))}
        ${
          others.length > 0 &&
          govuk.details({
            summaryText: `${counted(others.length, 'field')} without a column${tables.length === 1 ? '' : ` in ${table}`}`,
            html: inThrees(others),
          })
        }`
        return tables.length === 1
          ? shown
          : govuk.details({ summaryText: `Columns of ${table}`, html: shown, open: missing.length > 0 })
      })}
      ${govuk.checkboxes({
        name: 'keep',
        idPrefix: 'keep',
        items: [{ value: 'yes', text: 'Keep these columns for the next files of this source' }],
      })}
      ${govuk.button({ text: 'Read again with these columns', classes: 'govuk-button--secondary', preventDoubleClick: true })}
    </form>`
}
