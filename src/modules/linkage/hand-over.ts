import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream'
import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { withScope, type Pool, type Scope } from '#platform/db'
import {
  build, defaultModel, exportSplink, importSplink, train,
  type BroughtEdge, type Dataset, type MentionRow, type SplinkDialect, type SplinkFrequencies, type SplinkImport,
  type TrainedModel,
} from './engine/index.ts' // prettier-ignore
import { addOtherParties } from './mentions.ts'
import { loadNameGroups } from './search-keys.ts'

/** Mentions read and logged at a time. */
const PAGE = 2000

/** A file that is not what it should be. Says which and why, never what stands in it about anybody. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile'
}

/**
 * Every mention that stands, for a file that leaves: without the sealed, and with everybody in it named in the log, page by
 * page.
 * @param pool connected as dauntless_worker
 * @param detail what the log says of the export
 */
export async function mentionsToHandOver(
  pool: Pool,
  scope: Scope,
  detail: Readonly<Record<string, string>>,
): Promise<MentionRow[]> {
  const rows: MentionRow[] = []
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await withScope(pool, scope, async (tx) => {
      const found = await tx.sql<MentionRow & { person: string | null }>`
        select m.id, coalesce(m.forenames, '') as forenames, coalesce(m.surname, '') as surname, coalesce(m.known_as, '') as "knownAs",
          coalesce(m.dob::text, '') as dob, coalesce(m.sex, '') as sex, coalesce(m.postcode, '') as postcode, coalesce(m.phone, '') as phone,
          coalesce(m.nominal, '') as nominal, coalesce(m.source || ':' || m.custody_ref, '') as custody, m.record_id::text as record, m.role,
          case when m.protected_place then 'yes' else '' end as "protectedPlace",
          b.person_id as person
        from people.mention m left join people.membership b on b.mention_id = m.id and b.to_at is null
        left join people.person p on p.id = b.person_id
        where m.superseded_at is null and not m.sealed and p.sealed is not true and m.id > ${after} order by m.id limit ${PAGE}`
      const persons = [...new Set(found.flatMap(({ person }) => person ?? []))]
      if (found.length > 0)
        await tx.sql`select audit.record('export', ${persons}, '{}', ${{ ...detail, what: 'mentions for Splink', rows: found.length }})`
      return found
    })
    for (const { person: _, ...row } of page) rows.push(row)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  addOtherParties(rows)
  return rows
}

/** The mentions of a file of one's own, with an `id` and the columns that the model reads. @throws UnfitFile */
export async function mentionsOfFile(path: string): Promise<({ readonly id: string } & Record<string, string>)[]> {
  const rows: ({ readonly id: string } & Record<string, string>)[] = []
  for await (const row of csv(path)) {
    const id = row['id'] ?? row['unique_id']
    if (id === undefined || id === '') throw new UnfitFile(`${basename(path)} row ${rows.length + 1} has no id`)
    rows.push({ ...row, id })
  }
  return rows
}

/** @throws UnfitFile where it cannot be read, or is no CSV: with the line, as the parser's own words may hold what is in the file */
async function* csv(path: string): AsyncGenerator<Record<string, string>> {
  const parser = parse({ columns: true, bom: true, relax_column_count: true })
  const rows = pipeline(createReadStream(path), parser, () => {}) // whoever reads it is told of what goes wrong
  try {
    for await (const row of rows) yield row as Record<string, string>
  } catch (error) {
    if (error instanceof CsvError) throw new UnfitFile(`${basename(path)} line ${parser.info.lines} is not CSV`)
    if (error instanceof Error && 'syscall' in error) throw new UnfitFile(`${basename(path)} cannot be read`)
    throw error
  }
}

/** A trained model from its file. @throws UnfitFile */
export function modelOfFile(path: string): TrainedModel {
  const read = json(path) as Partial<TrainedModel> & { readonly model?: TrainedModel }
  const model = read.model ?? read
  const { spec, params, prior, shared, calibration } = model
  const fits =
    typeof prior === 'number' &&
    typeof shared === 'object' &&
    typeof calibration === 'object' &&
    Array.isArray(spec?.comparisons) &&
    Array.isArray(spec.blocking) &&
    params?.length === spec.comparisons.length
  if (!fits) throw new UnfitFile(`${basename(path)} is not a trained model`)
  return model as TrainedModel
}

function json(path: string): unknown {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof read === 'object' && read !== null) return read
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new UnfitFile(`${basename(path)} is not JSON`)
}

/** The model that the last run used, where it was of today's default; undefined when there is none. */
export async function modelOfLastRun(pool: Pool, scope: Scope): Promise<TrainedModel | undefined> {
  const spec = defaultModel()
  const [found] = await withScope(
    pool,
    scope,
    (tx) => tx.sql<Pick<TrainedModel, 'calibration'> & { params: Omit<TrainedModel, 'spec' | 'calibration'> }>`
      select m.params, m.calibration from linkage.run r join linkage.model m on m.id = r.model_id
      where r.model = ${`${spec.id} ${spec.version}`} and r.finished_at is not null order by r.started_at desc, r.id limit 1`,
  )
  return found && { ...found.params, calibration: found.calibration, spec }
}

export interface HandOver {
  readonly mentions: number
  readonly files: readonly string[]
  readonly modelSha256: string
  readonly warnings: readonly string[]
}

/**
 * Writes settings, mentions, frequencies and the sidecar into a folder.
 * @param folder there, and empty
 * @param rows the mentions; their model is trained on them when none is given
 */
export async function writeHandOver(
  folder: string,
  rows: Iterable<{ readonly id: string }>,
  given: TrainedModel | undefined,
  options: { readonly dialect: SplinkDialect; readonly synthetic: boolean },
): Promise<HandOver> {
  const spec = given?.spec ?? defaultModel()
  const dataset = build(rows, spec, loadNameGroups())
  const model = given ?? train(dataset, spec)
  const { settings, columns, termFrequencies, sidecar } = exportSplink(dataset, model, { dialect: options.dialect })
  const modelSha256 = createHash('sha256').update(JSON.stringify(model)).digest('hex')
  const mark = options.synthetic ? [['marking', 'SYNTHETIC: everybody here is invented'] as const] : []
  const head = [...mark.map(([name]) => name), ...columns.map(({ name }) => name)]
  await writeCsv(join(folder, 'mentions.csv'), head, linesOf(dataset, (at) => [
    ...mark.map(([, text]) => text), ...columns.map(({ valueOf }) => valueOf(at)),
  ])) // prettier-ignore
  for (const { column, values } of termFrequencies)
    await writeCsv(join(folder, frequenciesFile(column)), [column, `tf_${column}`], values)
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 1)}\n`, { mode: 0o600 })
  write('settings.json', settings)
  write('sidecar.json', { ...sidecar, modelSha256 })
  return {
    mentions: dataset.size,
    files: readdirSync(folder).sort(),
    modelSha256,
    warnings: [...sidecar.warnings],
  }
}

const frequenciesFile = (column: string): string => `tf_${column}.csv`

function* linesOf(dataset: Dataset, line: (at: number) => (string | null)[]): Generator<(string | null)[]> {
  for (let at = 0; at < dataset.size; at++) yield line(at)
}

/** Plain CSV: another engine reads it, so no value may be changed, not even one that a spreadsheet would run. */
async function writeCsv(
  path: string,
  head: readonly string[],
  lines: Iterable<readonly (string | number | null)[]>,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
  const text = (line: readonly (string | number | null)[]): string =>
    `${line.map((value) => (/[",\n\r]/.test(String(value ?? '')) ? `"${String(value).replaceAll('"', '""')}"` : (value ?? ''))).join(',')}\n`
  file.write(text(head))
  for (const line of lines) if (!file.write(text(line))) await once(file, 'drain')
  file.end()
  await finished(file)
}

/** Splink's settings from their file, with the tables of frequencies that lie beside it. @throws UnfitFile, LinkageFailure */
export async function splinkOfFile(path: string): Promise<SplinkImport> {
  const folder = dirname(path)
  const termFrequencies: SplinkFrequencies[] = []
  for (const file of readdirSync(folder).sort()) {
    const column = /^tf_(.+)\.csv$/.exec(file)?.[1]
    if (column === undefined) continue
    const values: [string, number][] = []
    for await (const row of csv(join(folder, file))) {
      const frequency = Number(row[`tf_${column}`])
      const value = row[column]
      if (value === undefined || !(frequency > 0)) throw new UnfitFile(`${file} is not a table of frequencies`)
      values.push([value, frequency])
    }
    termFrequencies.push({ column, values })
  }
  return importSplink(json(path), { termFrequencies })
}

export interface Returned {
  readonly model: TrainedModel
  /** Ids of the mentions that were handed over. */
  readonly had: ReadonlySet<string>
  readonly edges: AsyncIterable<BroughtEdge>
}

/** What comes back: the folder that was handed over, and the pairs as Splink wrote them to CSV. @throws UnfitFile */
export async function returnedEdges(folder: string, path: string): Promise<Returned> {
  const sidecar = join(folder, 'sidecar.json')
  if (!existsSync(sidecar)) throw new UnfitFile(`${basename(folder)} holds no sidecar.json`)
  const { modelSha256 } = json(sidecar) as { readonly modelSha256?: string }
  const model = modelOfFile(sidecar)
  if (createHash('sha256').update(JSON.stringify(model)).digest('hex') !== modelSha256)
    throw new UnfitFile('the model in sidecar.json is not the one that was exported')
  if (JSON.stringify(model.spec) !== JSON.stringify(defaultModel()))
    throw new UnfitFile('the model in sidecar.json has other rules and guards than this version: export again')
  const had = new Set<string>()
  for await (const row of csv(join(folder, 'mentions.csv'))) had.add(row['unique_id'] ?? '')
  return { model, had, edges: edgesOf(path) }
}

async function* edgesOf(path: string): AsyncGenerator<BroughtEdge> {
  let at = 0
  for await (const { unique_id_l: a, unique_id_r: b, match_weight: weight = '' } of csv(path)) {
    at++
    if (a === undefined || b === undefined || weight.trim() === '' || !Number.isFinite(Number(weight)))
      throw new UnfitFile(`${basename(path)} row ${at} lacks unique_id_l, unique_id_r or match_weight`)
    yield { a, b, weight: Number(weight) }
  }
}
