import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { json } from './intake-lines.ts'
import type { Pool, Scope } from '#platform/db'
import { hashToken, newToken } from '#platform/auth'
import { inTransaction } from '#platform/db'
import type { KeptRows, RowProblem } from './import/types.ts'

/** The scope of an automatic job: a session of the service account, opened for it alone. @param pool as dauntless_worker */
export async function serviceScope(pool: Pool, purpose: string, route: string): Promise<Scope> {
  const tokenHash = hashToken(newToken())
  await pool.query('select auth.open_service_session($1)', [tokenHash])
  return { tokenHash, purpose, route, requestId: randomUUID() }
}

/**
 * One transaction of an import that is logged, in a session of its own: an import can last longer than a session may
 * stand idle.
 */
export async function logged<T>(
  pool: Pool,
  requestId: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const scope = await serviceScope(pool, 'take in records', 'dauntless import')
  return inTransaction(pool, async (client) => {
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      '',
      scope.route,
      requestId,
    ])
    return work(client)
  })
}

export interface BatchStart {
  readonly id: string
  readonly profile: string
  readonly source: string
  readonly files: readonly { readonly name: string; readonly fingerprint: string }[]
  readonly columns: Readonly<Record<string, string>>
  /** The upload it comes from and who sent it; absent for the command line. */
  readonly upload?: { readonly id: string; readonly by: string } | undefined
}

/**
 * Opens a batch. Batches of this source that still run are dead (the caller holds the lock of the source): they are
 * marked, and their problems dropped, because the run that comes now finds them again.
 * @returns the fingerprints of files that an earlier batch of this source has met, wholly or in part
 */
export async function openBatch(pool: Pool, start: BatchStart): Promise<Set<string>> {
  return logged(pool, start.id, async (client) => {
    await client.query(
      `update incidents.batch set state = 'failed', finished_at = now(), said = 'stopped before its end' where source = $1 and state = 'running'`,
      [start.source],
    )
    await dropProblems(client, `select id from incidents.batch where source = $1 and state = 'failed'`, start.source)
    const { rows } = await client.query<{ fingerprint: string }>(
      `select distinct f.fingerprint from incidents.batch_file f join incidents.batch b on b.id = f.batch_id
       where b.source = $1 and f.fingerprint = any ($2)`,
      [start.source, start.files.map(({ fingerprint }) => fingerprint)],
    )
    await client.query(
      `insert into incidents.batch (id, profile, source, columns, upload_id, started_by)
       values ($1, $2, $3, $4, $5, coalesce($6, access.actor()))`,
      [start.id, start.profile, start.source, JSON.stringify(start.columns), start.upload?.id, start.upload?.by],
    )
    await client.query(
      `insert into incidents.batch_file (batch_id, name, fingerprint)
       select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing`,
      [start.id, start.files.map(({ name }) => name), start.files.map(({ fingerprint }) => fingerprint)],
    )
    await record(client, start.id, {
      what: 'import began',
      profile: start.profile,
      files: start.files.length,
      ...(start.upload && { upload: start.upload.id, by: start.upload.by }),
    })
    return new Set(rows.map(({ fingerprint }) => fingerprint))
  })
}

/** What has been put right stays; the rest will be found again. */
async function dropProblems(client: pg.ClientBase, batches: string, source: string): Promise<void> {
  await client.query(`delete from incidents.problem where corrected_by is null and batch_id in (${batches})`, [source])
  await client.query(
    `delete from incidents.kept_record k where batch_id in (${batches})
     and not exists (select from incidents.problem p where p.kept_id = k.id)`,
    [source],
  )
}

async function record(client: pg.ClientBase, batch: string, detail: object): Promise<void> {
  await client.query(`select audit.record('collect', '{}', array[$1::uuid], $2)`, [batch, JSON.stringify(detail)])
}

const WAIT_MS = 500

/**
 * One writer of a source's records at a time. The lock goes with the connection, so a killed process gives it back; who is
 * done gives it back by `pg_advisory_unlock_all`.
 */
export async function lockSource(client: pg.ClientBase, source: string, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as got',
      [`incidents.import ${source}`],
    )
    if (rows[0]?.got === true) return
    await delay(WAIT_MS, undefined, signal && { signal })
  }
}

/** Closes a batch with its counts, and the upload it came by with it: an upload is taken in once. */
export async function closeBatch(
  pool: Pool,
  end: { id: string; state: 'done' | 'refused'; counts: object; upload: string | undefined },
): Promise<void> {
  await logged(pool, end.id, async (client) => {
    await client.query(`update incidents.batch set finished_at = now(), state = $2, counts = $3 where id = $1`, [
      end.id,
      end.state,
      JSON.stringify(end.counts),
    ])
    await client.query(`update incidents.upload set state = $2, batch_id = $3, said = '' where id = $1`, [
      end.upload,
      end.state,
      end.id,
    ])
    // rows of records that are sealed, now that these are there
    await client.query('select incidents.close_problems(null)')
    await record(client, end.id, { what: 'import', ...end.counts })
  })
}

/** The batch that an upload was taken in by, if it has been. */
export async function batchOfUpload(pool: Pool, upload: string): Promise<string | null> {
  const { rows } = await pool.query<{ id: string | null }>(
    'select batch_id as id from incidents.upload where id = $1',
    [upload],
  )
  return rows[0]?.id ?? null
}

/** Marks a batch that could not go on. @param said a code or a name of an error, never what was read */
export async function failBatch(pool: Pool, id: string, said: string): Promise<void> {
  await pool.query(
    `update incidents.batch set finished_at = now(), state = 'failed', said = $2 where id = $1 and state = 'running'`,
    [id, said],
  )
}

/** Problems are written in lots, so that a file of bad rows costs few round trips. */
const LOT = 500

/** Keeps problems, and the rows of their records, for correction. */
export class ProblemKeeper {
  readonly #pool: Pool
  readonly #batch: string
  readonly #records = new Map<KeptRows, string>()
  #waiting: RowProblem[] = []

  constructor(pool: Pool, batch: string) {
    this.#pool = pool
    this.#batch = batch
  }

  async add(problem: RowProblem): Promise<void> {
    this.#waiting.push(problem)
    // the problems of one record come one after the other, and share its rows
    if (this.#waiting.length >= LOT && problem.kept !== this.#waiting.at(-2)?.kept) await this.flush()
  }

  async flush(): Promise<void> {
    const problems = this.#waiting
    if (problems.length === 0) return
    this.#waiting = []
    this.#records.clear()
    for (const { kept } of problems) if (kept && !this.#records.has(kept)) this.#records.set(kept, randomUUID())
    const records = [...this.#records]
    await inTransaction(this.#pool, async (client) => {
      await client.query(
        `insert into incidents.kept_record (id, batch_id, headers, rows, taken, sealed)
         select id, $1, headers, rows, rows, sealed
         from unnest($2::uuid[], $3::jsonb[], $4::jsonb[], $5::boolean[]) as x (id, headers, rows, sealed)`,
        [
          this.#batch,
          records.map(([, id]) => id),
          records.map(([{ headers }]) => json(headers)),
          records.map(([{ rows }]) => json(rows)),
          records.map(([kept]) => problems.some((p) => p.kept === kept && p.closed === true)),
        ],
      )
      await client.query(
        `insert into incidents.problem (batch_id, file, line, field, reason, row, rejected, kept_id, names_police, sealed)
         select $1, x.*, x.closed from unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::jsonb[], $7::boolean[], $8::uuid[], $9::boolean[])
           as x (file, line, field, reason, row, rejected, kept, closed)`,
        [
          this.#batch,
          problems.map((p) => p.file),
          problems.map((p) => p.line),
          problems.map((p) => p.field),
          problems.map((p) => p.reason.replaceAll('\0', '')),
          problems.map((p) => json(p.row)),
          problems.map((p) => p.rejected),
          problems.map((p) => (p.kept ? this.#records.get(p.kept) : null)),
          problems.map((p) => p.closed === true),
        ],
      )
    })
  }
}
