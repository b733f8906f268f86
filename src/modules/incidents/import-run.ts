import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type pg from 'pg'
import { hashToken, newToken } from '#platform/auth'
import { systemClock } from '#platform/clock'
import type { Pool, Scope } from '#platform/db'
import { Intake, loadForce, type IntakeCounts } from './intake.ts'
import { isRefusal, type RowProblem } from './import/types.ts'
import { fingerprint, loadProfile, readRecords } from './import/index.ts'

export interface ImportOptions {
  readonly paths: readonly string[]
  readonly profile: string
  /** Reads and reports, writes nothing. */
  readonly dryRun?: boolean
  readonly onProgress?: (done: number, total: number, rows: number) => void
}

export interface ImportReport extends IntakeCounts {
  readonly batch: string | null
  readonly profile: string
  /** Records read: those taken in plus those rejected. */
  read: number
  rejected: number
  /** Files refused whole: nothing of them was taken in. */
  refused: { file: string; reason: string }[]
  /** Rows and fields that could not be read, all of them kept for correction; the first hundred are here. */
  problems: RowProblem[]
  problemCount: number
  /** Records of these sources that stand after the run. */
  incidents: number
  seconds: number
}

/** The scope of an automatic job: a session of the service account, opened for it alone. @param pool as dauntless_worker */
export async function serviceScope(pool: Pool, purpose: string, route: string): Promise<Scope> {
  const tokenHash = hashToken(newToken())
  await pool.query('select auth.open_service_session($1)', [tokenHash])
  return { tokenHash, purpose, route, requestId: randomUUID() }
}

/** Problems waiting to be written, so that a file of bad rows costs few round trips. */
const PROBLEM_CHUNK = 500

async function keepProblems(client: pg.ClientBase, batch: string, problems: RowProblem[]): Promise<void> {
  if (problems.length === 0) return
  await client.query(
    `insert into incidents.problem (batch_id, file, line, field, reason, row)
     select $1, * from unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::jsonb[])`,
    [
      batch,
      problems.map((p) => p.file),
      problems.map((p) => p.line),
      problems.map((p) => p.field),
      problems.map((p) => p.reason),
      problems.map((p) => JSON.stringify(p.row).replaceAll('\\u0000', '')),
    ],
  )
  problems.length = 0
}

/**
 * Takes in source files: good rows go in, bad ones are kept with what is wrong, the same again adds nothing.
 * @param pool connected as dauntless_worker
 * @throws Error when the profile is not known or a file cannot be opened
 */
export async function runImport(pool: Pool, options: ImportOptions): Promise<ImportReport> {
  const started = performance.now()
  const profile = await loadProfile(options.profile)
  const paths = [...options.paths]
  const report: ImportReport = {
    batch: null, profile: options.profile, read: 0, rejected: 0, refused: [], problems: [], problemCount: 0, incidents: 0, seconds: 0,
    added: 0, updated: 0, unchanged: 0, domestic: 0, domesticAdded: 0,
  } // prettier-ignore
  const client = await pool.connect()
  try {
    const scope = await serviceScope(pool, 'take in records', 'dauntless import')
    const begin = () =>
      client.query('select access.begin($1, $2, $3, $4, $5)', [
        scope.tokenHash,
        scope.purpose,
        '',
        scope.route,
        scope.requestId,
      ])
    const batch = randomUUID()
    if (!options.dryRun) {
      await client.query('begin')
      await begin()
      await client.query(
        `insert into incidents.batch (id, profile, source, started_by) values ($1, $2, $3, access.actor())`,
        [batch, options.profile, options.profile],
      )
      await client.query(`select audit.record('collect', '{}', array[$1::uuid], $2)`, [
        batch,
        JSON.stringify({ what: 'import began', profile: options.profile, files: paths.length }),
      ])
      await client.query('commit')
      Object.assign(report, { batch })
    }
    const intake = options.dryRun
      ? null
      : new Intake(client, await loadForce(client), batch, () => systemClock.now().epochMilliseconds)
    const waiting: RowProblem[] = []
    const badLines = new Set<string>()
    try {
      for await (const item of readRecords(paths, profile, {})) {
        if ('progress' in item) {
          options.onProgress?.(item.progress.bytes, item.progress.totalBytes, item.progress.rows)
        } else if ('problem' in item) {
          const { problem } = item
          report.problemCount++
          if (report.problems.length < 100) report.problems.push(problem)
          if (isRefusal(problem)) report.refused.push({ file: problem.file, reason: problem.reason })
          waiting.push(problem)
          badLines.add(`${problem.file}:${problem.line}`)
          if (!options.dryRun && waiting.length >= PROBLEM_CHUNK) await keepProblems(client, batch, waiting)
        } else {
          report.read++
          if (intake) await intake.add(item.record)
          else if (item.record.domestic) report.domestic++
        }
      }
      await intake?.flush()
      if (intake) Object.assign(report, intake.counts)
      report.rejected = report.problems.length === 0 ? 0 : badLines.size
      if (!options.dryRun) {
        await keepProblems(client, batch, waiting)
        for (const path of paths) await keepFingerprints(client, batch, path)
        const { rows } = await client.query<{ n: number }>(
          'select count(*)::int as n from incidents.incident where source = (select source from incidents.incident where batch_id = $1 limit 1)',
          [batch],
        )
        report.incidents = (rows[0]?.n ?? 0) || report.added + report.updated + report.unchanged
        await client.query('begin')
        await begin()
        const { problems: _shown, ...counts } = report
        await client.query(`update incidents.batch set finished_at = now(), state = $2, counts = $3 where id = $1`, [
          batch,
          report.refused.length > 0 && report.read === 0 ? 'refused' : 'done',
          JSON.stringify(counts),
        ])
        await client.query(`select audit.record('collect', '{}', array[$1::uuid], $2)`, [
          batch,
          JSON.stringify({ what: 'import', ...counts }),
        ])
        await client.query('commit')
      }
    } catch (error) {
      if (!options.dryRun) {
        await client.query(
          `update incidents.batch set finished_at = now(), state = 'failed', said = $2 where id = $1`,
          [batch, error instanceof Error ? error.name : 'unknown'],
        )
      }
      throw error
    }
    report.seconds = Math.round((performance.now() - started) / 10) / 100
    return report
  } finally {
    client.release()
  }
}

async function keepFingerprints(client: pg.ClientBase, batch: string, path: string): Promise<void> {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(path, entry.name)) // prettier-ignore
    : [path]
  for (const file of files) {
    await client.query(
      'insert into incidents.batch_file (batch_id, name, fingerprint) values ($1, $2, $3) on conflict do nothing',
      [batch, basename(file), await fingerprint(file)],
    )
  }
}
