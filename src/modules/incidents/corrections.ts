import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#platform/clock'
import { inTransaction, type Tx } from '#platform/db'
import type { Job } from '#platform/http'
import { lockSource, logged } from './import-batch.ts'
import { latestAt, loadProfile, readRecords, type KeptRow, type RowProblem, type SourceRecord } from './import/index.ts'
import type { ArrivalsOf } from './arrivals.ts'
import { Intake, loadForce } from './intake.ts'
import { tellRecordsChanged } from './told.ts'

/** A record with something wrong: its rows as corrected so far, and as they were last taken in. */
export interface KeptRecord {
  readonly id: string
  readonly profile: string
  readonly columns: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string[]>>
  readonly rows: readonly KeptRow[]
  readonly taken: readonly KeptRow[]
}

export interface OpenProblem {
  readonly id: string
  readonly file: string
  readonly line: number
  readonly field: string
  readonly reason: string
  readonly row: string[]
  readonly correctedBy: string | null
  readonly correctedAt: object | null
  readonly kept: KeptRecord | null
  /** Why a correction could not be taken in. */
  readonly said: string
  /** Every problem of this row. */
  readonly ofRow: readonly { readonly field: string; readonly reason: string }[]
}

/** One rejected row of an import with everything that belongs to its record, or null. Logs that the import is opened. */
export async function openProblem(tx: Tx, batch: string, id: string): Promise<OpenProblem | null> {
  await tx.sql`select incidents.open_batch(${batch})`
  const [found] = await tx.sql<OpenProblem & { keptId: string | null }>`
    select id, file, line, field, reason, row, corrected_by as "correctedBy", corrected_at as "correctedAt", kept_id as "keptId"
    from incidents.problem where id = ${id} and batch_id = ${batch} and line > 0`
  if (!found) return null
  const [kept] = await tx.sql<KeptRecord & { said: string }>`
    select k.id, b.profile, b.columns, k.headers, k.rows, k.taken, k.said from incidents.kept_record k
    join incidents.batch b on b.id = k.batch_id where k.id = ${found.keptId}`
  const ofRow = await tx.sql<{ field: string; reason: string }>`
    select field, reason from incidents.problem where batch_id = ${batch} and file = ${found.file} and line = ${found.line}
    order by field, reason`
  return { ...found, kept: kept ?? null, said: kept?.said ?? '', ofRow }
}

/** @returns false when the row has been put right already */
export async function correctRow(tx: Tx, kept: string, at: { file: string; line: number }, cells: readonly string[]) {
  const [row] = await tx.sql<{ done: boolean }>`
    select incidents.correct_row(${kept}, ${at.file}, ${at.line}, ${JSON.stringify(cells)}) as done`
  return row?.done === true
}

export interface ReadAgain {
  readonly record: SourceRecord | null
  readonly problems: readonly RowProblem[]
}

/**
 * Reads the rows of one record as if they had come in files of their own. The lines of the problems are those of `rows`.
 * @param folder the data folder: the rows lie there for as long as they are being read
 * @param ref the reference of a record whose source gives none
 */
export async function readAgain(
  kept: Pick<KeptRecord, 'profile' | 'columns' | 'headers'>,
  rows: readonly KeptRow[],
  folder: string,
  ref?: string,
): Promise<ReadAgain> {
  const profile = await loadProfile(kept.profile)
  const place = join(folder, 'uploads', `row-${randomUUID()}`)
  const tables = Object.entries(profile.tables).map(([name, table]) => ({
    name,
    path: join(place, `${table.file || name}.csv`),
    file: rows.find((row) => row.table === name)?.file,
    // a table that this record has no row of is there, and empty
    header: Object.entries(table.columns).map(
      ([field, { names }]) => kept.columns[`${name}.${field}`] || (names[0] ?? field),
    ),
  }))
  /** Line in the file that is written now to line in the file it came from. */
  const lines = new Map<string, Map<number, number>>()
  try {
    await mkdir(place, { recursive: true, mode: 0o700 })
    for (const { name, path, file, header } of tables) {
      const text = [csvLine((file !== undefined && kept.headers[file]) || header)]
      const known = new Map<number, number>()
      let line = 2
      for (const row of rows.filter((one) => one.table === name)) {
        known.set(line, row.line)
        text.push(csvLine(row.cells))
        line += 1 + row.cells.reduce((sum, one) => sum + one.split('\n').length - 1, 0)
      }
      lines.set(path, known)
      await writeFile(path, text.join(''), { mode: 0o600 })
    }
    let record: SourceRecord | null = null
    const problems: RowProblem[] = []
    const options = { columns: kept.columns, latest: latestAt(systemClock.now()), ...(ref !== undefined && { ref }) }
    for await (const item of readRecords([place], profile, options)) {
      if ('record' in item) record = item.record
      else if ('problem' in item) {
        const { problem } = item
        const file = tables.find(({ path }) => path === problem.file)?.file ?? ''
        problems.push({ ...problem, file, line: lines.get(problem.file)?.get(problem.line) ?? 0 })
      }
    }
    return { record, problems }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

const csvLine = (cells: readonly string[]): string =>
  `${cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')}\n`

/** The rows with one of them changed. */
export function withRow(
  rows: readonly KeptRow[],
  at: { file: string; line: number },
  cells: readonly string[],
): KeptRow[] {
  return rows.map((row) => (row.file === at.file && row.line === at.line ? { ...row, cells: [...cells] } : row))
}

/**
 * Takes in a record whose rows were put right. What stands must be what these rows gave before: a later version that has
 * come in since wins, and the correction says so. Safe to repeat.
 */
export const correctJob =
  (arrivals?: ArrivalsOf): Job =>
  async ({ kept: id = '' }, { pool, folder }) => {
    const { rows } = await pool.query<KeptRecord & { batch: string; source: string }>(
      `select k.id, b.profile, b.columns, b.source, b.id as batch, k.headers, k.rows, k.taken from incidents.kept_record k
     join incidents.batch b on b.id = k.batch_id where k.id = $1`,
      [id],
    )
    const kept = rows[0]
    if (!kept) return
    const before = (await readAgain(kept, kept.taken, folder)).record
    const { record } = await readAgain(kept, kept.rows, folder, before?.ref)
    if (!record) return
    const client = await pool.connect()
    try {
      await lockSource(client, kept.source)
      const standing = await client.query<{ hash: string }>(
        'select hash from incidents.incident where source = $1 and ref = $2',
        [kept.source, record.ref],
      )
      const hash = standing.rows[0]?.hash
      if (hash !== record.hash && hash !== before?.hash) {
        await inTransaction(pool, async (other) => {
          await other.query(
            `update incidents.kept_record set rows = taken, said = 'A later version of this record has come in since, so this row was left as it is.' where id = $1`,
            [id],
          )
          await other.query(
            'update incidents.problem set corrected_by = null where kept_id = $1 and corrected_at is null',
            [id],
          )
        })
        return
      }
      const now = (): number => systemClock.now().epochMilliseconds
      const intake = new Intake(client, await loadForce(client), kept.batch, now, () => false, arrivals?.(pool))
      await intake.add(record)
      await intake.flush()
      await logged(pool, kept.batch, async (other) => {
        await other.query('update incidents.kept_record set taken = rows where id = $1', [id])
        await other.query(
          'update incidents.problem set corrected_at = now() where kept_id = $1 and corrected_by is not null and corrected_at is null',
          [id],
        )
        await other.query(
          `select audit.record('collect', '{}', array[$1::uuid], '{"what": "corrected row taken in"}')`,
          [kept.batch],
        )
      })
      await tellRecordsChanged(pool)
    } finally {
      await client.query('select pg_advisory_unlock_all()').catch(() => {})
      client.release()
    }
  }
