import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#platform/clock'
import type { Pool } from '#platform/db'
import type { Job } from '#platform/http'
import { runImport } from './import-run.ts'
import { batchOfUpload } from './import-batch.ts'
import { knownEncodingOf } from './import/index.ts'
import type { Looked, Upload } from './uploads.ts'
import type { ArrivalsOf } from './arrivals.ts'
import { tellRecordsChanged } from './told.ts'
import { folderOf, pathsOf, sweep } from './upload-receive.ts'

/** How often the page is told how far a run is, in milliseconds. */
const TOLD_MS = 1000

interface Work {
  readonly profile: string
  readonly columns: Record<string, string>
  readonly by: string
}

/** Says how far a run is, without holding it up. */
function progressOf(pool: Pool, upload: string): (done: number, total: number, rows: number) => void {
  let told = 0
  let telling = false
  return (done, total, rows) => {
    if (telling || performance.now() - told < TOLD_MS) return
    told = performance.now()
    telling = true
    pool
      .query('update incidents.upload set progress = $2 where id = $1', [upload, JSON.stringify({ done, total, rows })])
      // the next report makes up for one that was lost
      .catch(() => {})
      .finally(() => (telling = false))
  }
}

async function workOf(pool: Pool, upload: string, states: readonly Upload['state'][], now: Upload['state']) {
  const { rows } = await pool.query<Work>(
    `update incidents.upload set state = $3, said = '' where id = $1 and state = any ($2) and batch_id is null
     returning profile, columns, by_account as by`,
    [upload, states, now],
  )
  return rows[0]
}

async function leave(pool: Pool, upload: string, state: Upload['state'], said: string): Promise<void> {
  await pool.query('update incidents.upload set state = $2, said = $3 where id = $1 and batch_id is null', [
    upload,
    state,
    said,
  ])
}

/** A code for what went wrong; messages can carry what a file said. */
const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.name) : 'unknown'

/** Reads an upload to its end without writing a record: what would be added, updated, rejected, and each file's encoding. */
export const dryRunJob: Job = async ({ upload = '' }, { pool, folder, signal }) => {
  await sweep(pool, folder, systemClock.now())
  const work = await workOf(pool, upload, ['looking'], 'looking')
  if (!work) return
  const path = folderOf(folder, upload)
  try {
    const { rows } = await pool.query<{ name: string }>('select name from incidents.upload_file where upload_id = $1', [
      upload,
    ])
    for (const { name } of rows) {
      const encoding = await knownEncodingOf(join(path, name))
      await pool.query('update incidents.upload_file set encoding = $3 where upload_id = $1 and name = $2', [
        upload,
        name,
        encoding,
      ])
    }
    const { profile, columns } = work
    const onProgress = progressOf(pool, upload)
    const paths = await pathsOf(folder, upload)
    const report = await runImport(pool, { paths, profile, columns, dryRun: true, onProgress, signal })
    const { read, added, updated, unchanged, rejected, incidents, domestic, problemCount, problemFields, refused } =
      report
    const looked: Looked = {
      read,
      added,
      updated,
      unchanged,
      rejected,
      incidents,
      domestic,
      problemCount,
      problemFields,
      refused,
    }
    await pool.query(
      `update incidents.upload set state = 'ready', looked = $2 where id = $1 and state = 'looking' and columns = $3`,
      [upload, JSON.stringify(looked), JSON.stringify(columns)],
    )
  } catch (error) {
    if (!signal.aborted) await leave(pool, upload, 'failed', codeOf(error))
    throw error
  }
}

/**
 * Takes in an upload and removes its files. Safe to repeat: an upload has one batch, and a run that was killed is made
 * again to the same end.
 */
export const importJob =
  (arrivals?: ArrivalsOf): Job =>
  async ({ upload = '' }, { pool, folder, signal }) => {
    const path = folderOf(folder, upload)
    const work = await workOf(pool, upload, ['ready', 'queued', 'running', 'failed'], 'running')
    try {
      if (work) {
        const { profile, columns, by } = work
        const onProgress = progressOf(pool, upload)
        const paths = await pathsOf(folder, upload)
        const told = arrivals && { arrivals: arrivals(pool) }
        await runImport(pool, { paths, profile, columns, upload: { id: upload, by }, onProgress, signal, ...told })
      }
    } catch (error) {
      await leave(pool, upload, signal.aborted ? 'queued' : 'failed', signal.aborted ? '' : codeOf(error))
      throw error
    }
    if ((await batchOfUpload(pool, upload)) === null) return
    await tellRecordsChanged(pool)
    await rm(path, { recursive: true, force: true })
  }
