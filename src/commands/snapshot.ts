import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { OUR_SCHEMAS } from '#platform/db'
import type { Say } from '../setup.ts'

/** One table of a snapshot: its file, and what proves that it came back as it was. */
export interface TableFile {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: number
  /** Of the rows in any order, so that it can be worked out again from the restored table. */
  readonly checksum: string
  readonly file: string
  /** SHA-256 of the file. */
  readonly sha256: string
}

const quoted = (table: string): string => table.split('.').map(pg.escapeIdentifier).join('.')

/** Every table that holds something of ours, with the columns that are stored. The record of migrations is made by migrating. */
async function tables(client: pg.Client): Promise<{ table: string; columns: string[] }[]> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select n.nspname || '.' || c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname = any ($1) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and n.nspname || '.' || c.relname <> 'meta.migration'
     group by 1 order by 1`,
    [OUR_SCHEMAS],
  )
  return rows
}

/** How values read as text, so that the same row has the same sum on every server. */
const PLAIN = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0`

async function sumOf(client: pg.Client, table: string): Promise<{ rows: number; checksum: string }> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select count(*)::text as rows, coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text as checksum
     from ${quoted(table)} t`,
  )
  return { rows: Number(rows[0]?.rows), checksum: rows[0]?.checksum ?? '' }
}

function hashing(): { through: Transform; digest: () => string } {
  const hash = createHash('sha256')
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  return { through, digest: () => hash.digest('hex') }
}

/**
 * Writes every table into `folder` as it stood at one moment, while the server goes on working.
 * @param client the one who migrates; may read past row-level security
 * @returns the tables, and a transaction number that none of the rows is past
 */
export async function writeTables(
  client: pg.Client,
  folder: string,
  say: Say,
): Promise<{ tables: TableFile[]; xact: string }> {
  await client.query('begin isolation level repeatable read read only')
  try {
    await client.query(PLAIN)
    const { rows } = await client.query<{ xact: string }>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as xact',
    )
    const written: TableFile[] = []
    for (const { table, columns } of await tables(client)) {
      const sum = await sumOf(client, table)
      const file = `${table}.copy.gz`
      const { through, digest } = hashing()
      const out = client.query(
        copyTo(`copy ${quoted(table)} (${columns.map(pg.escapeIdentifier).join(', ')}) to stdout`),
      )
      await pipeline(out, createGzip({ level: 1 }), through, createWriteStream(join(folder, file), { mode: 0o600 }))
      written.push({ table, columns, ...sum, file, sha256: digest() })
      if (sum.rows > 0) say(`${table}: ${sum.rows} rows`)
    }
    await client.query('commit')
    return { tables: written, xact: rows[0]?.xact ?? '0' }
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** SHA-256 of a file. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/**
 * Puts the tables of a snapshot into an empty database of the same version, all or nothing, and works out each sum again.
 * @throws Error when a table or its sum is not what the snapshot says
 */
export async function readTables(
  client: pg.Client,
  folder: string,
  files: readonly TableFile[],
  say: Say,
): Promise<void> {
  await client.query('begin')
  try {
    await client.query(PLAIN)
    // rows come table by table: foreign keys held when they were written, and the log has its entries of the changes already
    await client.query('set local session_replication_role = replica')
    const here = await tables(client)
    await client.query(`truncate ${here.map(({ table }) => quoted(table)).join(', ')}`)
    for (const { table, columns, rows, checksum, file } of files) {
      const known = here.find((one) => one.table === table)
      if (!known || columns.some((column) => !known.columns.includes(column)))
        throw new Error(`this version has no table ${table} with the columns of the backup`)
      const into = client.query(
        copyFrom(`copy ${quoted(table)} (${columns.map(pg.escapeIdentifier).join(', ')}) from stdin`),
      )
      await pipeline(createReadStream(join(folder, file)), createGunzip(), into)
      const sum = await sumOf(client, table)
      if (sum.rows !== rows || sum.checksum !== checksum)
        throw new Error(`${table} did not come back as it was: ${sum.rows} rows of ${rows}`)
      if (rows > 0) say(`${table}: ${rows} rows`)
    }
    // who was signed in then is not signed in now
    await client.query('update auth.session set closed_at = now() where closed_at is null')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Most transaction numbers used up one by one; a hundred thousand take about a second. */
const MOST_USED_UP = 50_000_000

/**
 * Moves the server's transaction counter past `xact`. The log is sealed in the order of transactions, so a new entry must
 * not come before those that were restored.
 * @throws Error when the counter is too far behind to be moved this way
 */
export async function moveCounter(client: pg.Client, xact: string, say: Say): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ behind: string }>(
      `select ($1::numeric - pg_snapshot_xmax(pg_current_snapshot())::text::numeric)::text as behind`,
      [xact],
    )
    const behind = Number(rows[0]?.behind ?? 0)
    if (behind < 0) return
    if (behind > MOST_USED_UP)
      throw new Error(`the transaction counter is ${behind} behind: stop the server and move it with pg_resetwal -x`)
    say(`moving the transaction counter: ${behind} to go`)
    const loops = Math.min(behind + 1, 200_000)
    await client.query(`do $$ begin for n in 1..${loops} loop perform pg_current_xact_id(); commit; end loop; end $$`)
  }
}
