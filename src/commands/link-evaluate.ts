import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import {
  columnsOf, evaluateFile, FIELDS, labelledMentions, tellFileEvaluation, type Field, type Labelled, type TextRow,
} from '#modules/linkage' // prettier-ignore
import { UsageError, type Command } from './command.ts'

const isField = (text: string): text is Field => FIELDS.some((field) => field === text)

/** `COLUMN=field` by commas. @throws UsageError */
function readMap(text: string): ReadonlyMap<string, Field> {
  return new Map(
    text.split(',').map((pair): [string, Field] => {
      const [column = '', field = ''] = pair.split('=').map((part) => part.trim())
      if (column === '' || !isField(field))
        throw new UsageError(
          `--map takes COLUMN=field by commas, not "${pair}"; a field is one of ${FIELDS.join(', ')}`,
        )
      return [column, field]
    }),
  )
}

/** The rows of a CSV file, packed with gzip or not. @throws UsageError when it cannot be read as one */
async function readTable(path: string, typed: string): Promise<readonly TextRow[]> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch {
    throw new UsageError(`${typed} cannot be read`)
  }
  try {
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
    const header = (names: string[]): string[] => names.map((name) => name.trim())
    return parse<TextRow>(text, {
      columns: header,
      trim: true,
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
    })
  } catch {
    // What the parser says may hold what is in the file.
    throw new UsageError(`${typed} is not a CSV file with one header line`)
  }
}

function readLabelled(rows: readonly TextRow[], columns: ReturnType<typeof columnsOf>): Labelled {
  try {
    return labelledMentions(rows, columns)
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message)
    throw error
  }
}

/** Measuring linkage against a file in which it is known who is who. */
export const LINK_EVALUATE_COMMANDS: readonly Command[] = [
  {
    name: 'link evaluate',
    group: 'Linkage',
    summary: 'Measure the default model on a file of mentions that says who each is; needs no database',
    usage: 'link evaluate FILE.csv [--map COLUMN=field,...]',
    more: [
      'The file is CSV, packed with gzip or not, a mention a row. Columns are found by their usual names (first_name, surname,',
      'dob, postcode, phone, sex, cluster...); --map names those that are not. Training does not see who is who.',
      `Fields: ${FIELDS.join(', ')}.`,
    ],
    options: { map: { type: 'string' } },
    takes: 'words',
    async run({ path }, values, words) {
      const [file, stray] = words
      if (file === undefined || stray !== undefined) throw new UsageError('link evaluate takes one file')
      const map = typeof values['map'] === 'string' ? readMap(values['map']) : new Map<string, Field>()
      const rows = await readTable(path(file), file)
      const header = Object.keys(rows[0] ?? {})
      if (rows.length < 2) throw new UsageError(`${file} holds fewer than two mentions`)
      const unknown = [...map.keys()].find((column) => !header.includes(column))
      if (unknown !== undefined) throw new UsageError(`${file} has no column "${unknown}"`)
      const columns = columnsOf(header, map)
      const found = evaluateFile(readLabelled(rows, columns))
      const used = Object.values(columns).flat()
      const notUsed = header.filter((column) => !used.includes(column))
      const read = Object.entries(columns).map(([field, from]) => `${field} from ${from.join(' and ')}`)
      return {
        result: { columns, notUsed, ...found },
        said: [
          `read ${read.join(', ')}${notUsed.length > 0 ? `; not used: ${notUsed.join(', ')}` : ''}`,
          tellFileEvaluation(found),
        ].join('\n'),
      }
    },
  },
]
