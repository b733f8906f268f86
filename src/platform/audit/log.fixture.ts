import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freshDatabase } from '#test/database'
import { openSigner } from './checkpoint.ts'
import type { Signer } from './checkpoint.ts'
import { sealOnce } from './sealer.ts'
import type { SealMemory, Witness } from './sealer.ts'
import { openWitness, serveWitness } from './witness.ts'
import type { WitnessBook } from './witness.ts'

/** A log of a test's own: a database, a folder for keys, and a signer. Its pool is the superuser's, as an attacker's is. */
export interface TestLog {
  readonly pool: pg.Pool
  readonly folder: string
  readonly signer: Signer
  close(): Promise<void>
}

// The tables as migration 0001 has them, for a database whose template was made before it.
const tables = `create schema if not exists audit;
  create table if not exists audit.entry (id uuid primary key default gen_random_uuid(),
    xact xid8 not null default pg_current_xact_id(), at timestamptz not null default clock_timestamp(),
    actor uuid not null, session_id uuid, role text not null default '', organisation text not null default '',
    action text not null, purpose text not null, reason text not null default '', route text not null default '',
    request_id uuid, subjects uuid[] not null default '{}', objects uuid[] not null default '{}',
    detail jsonb not null default '{}');
  create table if not exists audit.leaf (seq bigint primary key, entry_id uuid not null unique, hash bytea not null);
  create table if not exists audit.checkpoint (size bigint primary key, root bytea not null,
    signed_at timestamptz not null default now(), note text not null, cosignature text)`

export async function openLog(): Promise<TestLog> {
  const database = await freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const pool = new pg.Pool({ connectionString: database.adminUrl, max: 4 })
  await pool.query(tables)
  return {
    pool,
    folder,
    signer: openSigner(join(folder, 'log.secret'), 'test.log', 'log'),
    async close() {
      await pool.end()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Writes one entry in the transaction of `db`, or in one of its own when `db` is a pool. */
export async function writeEntry(db: pg.Pool | pg.PoolClient, reason: string, detail = '{}'): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into audit.entry (actor, session_id, role, organisation, action, purpose, reason, route, request_id,
       subjects, objects, detail)
     values ($1, $2, 'dao', 'met', 'consult', 'investigate', $3, '/people/:id', $4, array[$5]::uuid[],
       array[$6, $7]::uuid[], $8::jsonb) returning id`,
    [
      ...Array.from({ length: 2 }, () => randomUUID()),
      reason,
      ...Array.from({ length: 4 }, () => randomUUID()),
      detail,
    ],
  )
  return rows[0]?.id ?? ''
}

/** Seals until `size` rows are sealed. Another test's open transaction on the same server can hold the horizon a while. */
export async function sealTo(log: TestLog, size: number, memory: SealMemory, now?: () => Date): Promise<void> {
  const until = Date.now() + 5_000
  while ((await sealOnce(log.pool, log.signer, { memory, ...(now && { now }) })).size < size) {
    if (Date.now() > until) throw new Error(`fewer than ${size} rows could be sealed within 5 s`)
  }
}

/** Starts a witness of the log in a folder under the log's own. */
export async function openTestWitness(log: TestLog): Promise<Witness & { book: WitnessBook; server: Server }> {
  const folder = mkdtempSync(join(log.folder, 'witness-'))
  writeFileSync(join(folder, 'log.key'), `${log.signer.key}\n`)
  const book = openWitness(folder, 'test.witness')
  const server = await serveWitness(book, 0)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, key: book.key, book, server }
}

/** Stops a witness and the connections kept open to it. */
export async function closeWitness(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
