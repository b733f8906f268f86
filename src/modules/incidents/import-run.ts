import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { systemClock } from '#platform/clock'
import type { Pool } from '#platform/db'
import { batchOfUpload, closeBatch, failBatch, lockSource, openBatch, ProblemKeeper } from './import-batch.ts'
import { Comparison, Held } from './import-count.ts'
import { filesOf, fingerprint, latestAt, loadProfile, readBatches, type Profile } from './import/index.ts'
import { count, keyOfText, newTally } from './import/tally.ts'
import { isRefusal, type KeptRows, type Progress, type RowProblem, type SourceRecord } from './import/types.ts'
import type { Arrivals } from './arrivals.ts'
import { Intake, loadForce } from './intake.ts'

export interface ImportOptions {
  readonly paths: readonly string[]
  readonly profile: string
  /** Columns chosen by hand: `table.field` to the header, '' for none. */
  readonly columns?: Readonly<Record<string, string>>
  /** Reads and reports, writes nothing. */
  readonly dryRun?: boolean
  /** The upload these files came by, and who sent them. */
  readonly upload?: { readonly id: string; readonly by: string }
  /** Hears, before anything is written, of files and columns that are not there, have another name or are not read. */
  readonly onNotice?: (notice: RunNotice) => void
  /** Bytes read of all files so far, their total, and rows read. */
  readonly onProgress?: (done: number, total: number, rows: number) => void
  /** Told of records that come few at a time. */
  readonly arrivals?: Arrivals
  /** Leaves off between two records when aborted: what is in stays, and the run can be made again. */
  readonly signal?: AbortSignal
}

/** A notice, once for all files that it is the same for. */
export interface RunNotice {
  readonly said: string
  /** The first of the files; empty when it is about the whole. */
  readonly file: string
  files: number
}

export interface ImportReport {
  /** The batch in the database; null for a dry run. */
  batch: string | null
  readonly profile: string
  /** Records read: added, updated, unchanged and rejected. */
  read: number
  added: number
  updated: number
  unchanged: number
  /** Rows left out because something in them is wrong; all of them are kept. */
  rejected: number
  /** Records that the files hold and that stand after the run, each counted once. */
  incidents: number
  /** Those of them that are domestic. */
  domestic: number
  /** Files refused whole: nothing of them was taken in. */
  refused: { file: string; reason: string }[]
  /** Files and columns that are not there, have another name or are not read. */
  notices: RunNotice[]
  /** Rows and fields that could not be read, all of them kept for correction; the first hundred are here. */
  problems: Omit<RowProblem, 'kept'>[]
  problemCount: number
  /** How many problems each field has. */
  problemFields: Record<string, number>
  seconds: number
}

/**
 * Takes in source files: good rows go in, bad ones are kept with what is wrong, the same again adds nothing. Imports of
 * one source run one after the other. May be killed at any moment: the same run made again ends in the same records.
 * @param pool connected as dauntless_worker
 * @throws Error when the profile is not known, a file cannot be opened, or `signal` is aborted
 */
export async function runImport(pool: Pool, options: ImportOptions): Promise<ImportReport> {
  const started = performance.now()
  const profile = await loadProfile(options.profile)
  const report: ImportReport = {
    batch: null, profile: profile.name, read: 0, added: 0, updated: 0, unchanged: 0, rejected: 0, incidents: 0, domestic: 0, refused: [],
    notices: [], problems: [], problemCount: 0, problemFields: {}, seconds: 0,
  } // prettier-ignore
  const gone = options.paths.find((path) => !existsSync(path))
  if (gone !== undefined) throw new Error(`there is no file or folder ${gone}`)
  const names = new Names(options.paths)
  const onlyMarked = await isDemonstration(pool)
  if (options.dryRun) await look(pool, { ...options, onlyMarked }, profile, names, report)
  else await take(pool, { ...options, onlyMarked }, profile, names, report)
  report.read = report.added + report.updated + report.unchanged + report.rejected
  report.seconds = Math.round((performance.now() - started) / 10) / 100
  return report
}

/** An invented force: nobody proves who they are in it, so it takes in nothing of anybody's. */
async function isDemonstration(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ invented: boolean }>(
    'select coalesce(bool_and(synthetic), false) as invented from organisation.force',
  )
  return rows[0]?.invented === true
}

type RunOptions = ImportOptions & { readonly onlyMarked: boolean }

async function look(pool: Pool, options: RunOptions, profile: Profile, names: Names, report: ImportReport) {
  const comparison = new Comparison(pool, profile.source)
  const held = new Held()
  await readAll(options, profile, names, report, {
    record: (record) => comparison.add(record, held.add(record)),
    problem: () => Promise.resolve(),
  })
  await comparison.flush()
  const { added, updated, unchanged } = comparison.counts
  Object.assign(report, { added, updated, unchanged }, await held.counts(null, profile.source))
}

async function take(pool: Pool, options: RunOptions, profile: Profile, names: Names, report: ImportReport) {
  const { signal, upload, columns = {} } = options
  const id = randomUUID()
  const client = await pool.connect()
  let intake: Intake | undefined
  try {
    await lockSource(client, profile.source, signal)
    const taken = upload && (await batchOfUpload(pool, upload.id))
    if (taken) {
      report.batch = taken
      return
    }
    const files = []
    for (const path of await filesOf(options.paths, profile)) {
      files.push({ path, name: names.of(path), fingerprint: await fingerprint(path) })
    }
    const met = await openBatch(pool, { id, profile: profile.name, source: profile.source, files, columns, upload })
    const metFiles = new Set(files.filter((file) => met.has(file.fingerprint)).map(({ path }) => path))
    report.batch = id
    const held = new Held()
    const keeper = new ProblemKeeper(pool, id)
    const writer = new Intake(client, await loadForce(client), id, () => systemClock.now().epochMilliseconds, (file) => metFiles.has(file), options.arrivals) // prettier-ignore
    intake = writer
    await readAll(options, profile, names, report, {
      record: (record) => {
        held.add(record)
        return writer.add(record)
      },
      problem: (problem) => keeper.add(problem),
    })
    await writer.flush()
    await keeper.flush()
    const { added, updated, unchanged } = writer.counts
    Object.assign(report, { added, updated, unchanged }, await held.counts(pool, profile.source))
    const { problems: _shown, batch: _id, ...counts } = report
    const read = added + updated + unchanged + report.rejected
    const state = report.refused.length > 0 && read === 0 ? 'refused' : 'done'
    await closeBatch(pool, { id, state, counts: { ...counts, read }, upload: upload?.id })
  } catch (error) {
    await intake?.settle()
    if (report.batch !== null) await failBatch(pool, id, codeOf(error))
    throw error
  } finally {
    await client.query('select pg_advisory_unlock_all()').catch(() => {})
    client.release()
  }
}

/** The code or the name of an error: its message can carry what a file said. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

interface Into {
  /** A promise only where there is something to wait for. */
  readonly record: (record: SourceRecord) => Promise<void> | undefined
  readonly problem: (problem: RowProblem) => Promise<void>
}

/** Reads everything, counts what is wrong and tells of the progress. */
async function readAll(
  { paths, columns, onlyMarked, onNotice, onProgress, signal }: RunOptions,
  profile: Profile,
  names: Names,
  report: ImportReport,
  into: Into,
): Promise<void> {
  const badRows = newTally()
  const progress = new Whole(await filesOf(paths, profile))
  const latest = latestAt(systemClock.now())
  for await (const items of readBatches(paths, profile, { latest, onlyMarked, ...(columns && { columns }) })) {
    for (const item of items) {
      if ('record' in item) {
        const written = into.record(item.record)
        if (written) await written
      } else if ('notice' in item) {
        const { file, said } = item.notice
        const told = report.notices.find((notice) => notice.said === said)
        if (told) told.files++
        else {
          const notice = { said, file: file === '' ? '' : names.of(file), files: 1 }
          report.notices.push(notice)
          onNotice?.(notice)
        }
      } else if ('progress' in item) {
        signal?.throwIfAborted()
        progress.add(item.progress)
        onProgress?.(progress.done, progress.total, progress.rows)
      } else {
        const problem = names.shown(item.problem)
        report.problemCount++
        report.problemFields[problem.field] = (report.problemFields[problem.field] ?? 0) + 1
        if (report.problems.length < 100) {
          const { kept: _rows, ...rest } = problem
          report.problems.push(rest)
        }
        if (isRefusal(problem)) report.refused.push({ file: problem.file, reason: problem.reason })
        else if (problem.rejected && count(badRows, keyOfText(`${problem.file}:${problem.line}`)) === 1)
          report.rejected++
        await into.problem(problem)
      }
    }
  }
}

/** The progress of one file as that of all. */
class Whole {
  done = 0
  rows = 0
  readonly total: number
  #file = ''
  #bytes = 0
  #rows = 0

  constructor(files: readonly string[]) {
    this.total = files.reduce((sum, file) => sum + statSync(file).size, 0)
  }

  add({ file, bytes, rows }: Progress): void {
    if (file !== this.#file) {
      this.#file = file
      this.#bytes = 0
      this.#rows = 0
    }
    this.done += bytes - this.#bytes
    this.rows += rows - this.#rows
    this.#bytes = bytes
    this.#rows = rows
  }
}

/** Names of files as people are told them: from the folder that was named, not from the root of the machine. */
class Names {
  readonly #roots: readonly string[]
  readonly #kept = new WeakMap<KeptRows, KeptRows>()

  constructor(paths: readonly string[]) {
    this.#roots = paths
  }

  of(file: string): string {
    const root = this.#roots.find((path) => file.startsWith(`${path}/`))
    return root === undefined ? basename(file) : relative(root, file) || basename(file)
  }

  shown(problem: RowProblem): RowProblem {
    const { kept } = problem
    const file = isRefusal(problem) && problem.file.includes(', ') ? '' : this.of(problem.file)
    return { ...problem, file, ...(kept && { kept: this.#keptOf(kept) }) }
  }

  #keptOf(kept: KeptRows): KeptRows {
    const before = this.#kept.get(kept)
    if (before) return before
    const headers = Object.fromEntries(Object.entries(kept.headers).map(([file, header]) => [this.of(file), header]))
    const made = { headers, rows: kept.rows.map((row) => ({ ...row, file: this.of(row.file) })) }
    this.#kept.set(kept, made)
    return made
  }
}
