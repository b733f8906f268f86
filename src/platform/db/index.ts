import { createHash } from 'node:crypto'
import pg from 'pg'
import { Temporal } from '#platform/clock'
import { Batch } from './batch.ts'

export { startEmbedded, type Embedded } from './embedded.ts'
export { migrate, migrations, OUR_SCHEMAS, pendingMigrations, SCHEMAS } from './migrate.ts'
export { ensureRoles, loginUrls, LOGINS, type Login } from './roles.ts'
export { selfCheck } from './self-check.ts'

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => Temporal.Instant.from(text.replace(' ', 'T')))
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => Temporal.PlainDate.from(text))
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

declare const scoped: unique symbol

/** A transaction already acting for a signed-in person. The only thing a store accepts; only `withScope` makes one. */
export interface Tx {
  readonly [scoped]: true
  /** Runs one statement. Everything interpolated is a bind parameter, never text; the result is the rows. */
  sql<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]>
}

/** Who is acting, and why: everything the audit log says of a transaction besides what it touched. */
export interface Scope {
  /** SHA-256 of the session token; the database looks the session up itself. */
  readonly tokenHash: Buffer
  readonly purpose: string
  readonly reason?: string
  /** The route or command, as it will read in the log. */
  readonly route: string
  readonly requestId: string
}

export type Pool = pg.Pool

/** The write may or may not have happened: the connection or the standby was lost during COMMIT. Ask, do not repeat blindly. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The session is over or was never there. */
export class NoSession extends Error {
  override readonly name = 'NoSession'
}

/** A pool whose connections may die, idle or at work, without taking the process with them (node-postgres emits an error then). */
export function openPool(connectionString: string, max = 10): Pool {
  return poolOf({ connectionString, max })
}

/**
 * A pool that serves pages. Each statement is planned once a connection: with policies, planning is dearer than running. What is
 * asked together goes to the server together and is done in that order; COPY and cursors are not for these connections.
 */
export function openPagePool(connectionString: string, max = 10): Pool {
  return poolOf({ connectionString, max, pipeline: true }, '-c plan_cache_mode=force_generic_plan')
}

function poolOf(config: pg.PoolConfig, settings = ''): Pool {
  const pool = new pg.Pool({
    ...config,
    connectionTimeoutMillis: 10_000,
    options: `-c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC ${settings}`,
  })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {})) // whoever is using it has its statement rejected
  return pool
}

const toWire = (value: unknown): unknown =>
  value instanceof Temporal.Instant || value instanceof Temporal.PlainDate
    ? value.toString()
    : value !== null && typeof value === 'object' && value.constructor === Object
      ? JSON.stringify(value)
      : value

const statements = new WeakMap<TemplateStringsArray, { readonly name: string; readonly text: string }>()

/** A statement with a name of its own, so that a connection plans it once: policies make planning dearer than running. */
function statementOf(strings: TemplateStringsArray): { readonly name: string; readonly text: string } {
  const known = statements.get(strings)
  if (known) return known
  const text = strings.reduce((all, part, at) => `${all}$${at}${part}`)
  const made = { name: createHash('sha256').update(text).digest('base64url').slice(0, 32), text }
  statements.set(strings, made)
  return made
}

/** The transaction on a connection, and how to end it: what asks later must not fall into somebody else's on the same connection. */
function txOver(client: pg.PoolClient): { readonly tx: Tx; readonly end: () => void } {
  let over = false
  const sql = async <Row extends object>(
    strings: TemplateStringsArray,
    ...values: readonly unknown[]
  ): Promise<Row[]> => {
    if (over) throw new Error('a statement came after its transaction was over')
    const { rows } = await ask<Row>(client, { ...statementOf(strings), values: values.map(toWire) })
    return rows
  }
  return {
    tx: { sql } as Tx,
    end: () => {
      over = true
    },
  }
}

/** Something that several parts of one page ask for: read at the first asking, the same for all until the transaction ends. */
export interface OnceInTx<T> {
  (tx: Tx, key: string): Promise<T>
  /** What this transaction has asked for so far. */
  asked(tx: Tx): readonly Promise<T>[]
}

/** Makes of a reading one that is done once a transaction and key. */
export function onceInTx<T>(read: (tx: Tx, key: string) => Promise<T>): OnceInTx<T> {
  const asked = new WeakMap<Tx, Map<string, Promise<T>>>()
  const once = (tx: Tx, key: string): Promise<T> => {
    const known = asked.get(tx) ?? new Map<string, Promise<T>>()
    asked.set(tx, known)
    const made = known.get(key) ?? read(tx, key)
    known.set(key, made)
    return made
  }
  return Object.assign(once, { asked: (tx: Tx) => [...(asked.get(tx)?.values() ?? [])] })
}

/**
 * Runs `work` in one transaction as the session's person, so that row-level security decides what is there.
 * What `work` returns is handed on only after COMMIT: whatever was read has its audit rows by then.
 * @throws NoSession, OutcomeUnknown, or whatever `work` throws (after rolling back)
 */
export async function withScope<T>(pool: Pool, scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    try {
      await ask(client, {
        name: 'begin',
        text: 'select access.begin($1, $2, $3, $4, $5)',
        values: [scope.tokenHash, scope.purpose, scope.reason ?? '', scope.route, scope.requestId],
      })
    } catch (cause) {
      if (cause instanceof pg.DatabaseError && cause.code === '28000') throw new NoSession('no live session', { cause })
      throw cause
    }
    const { tx, end } = txOver(client)
    try {
      return await work(tx)
    } finally {
      end()
    }
  })
}

// The function in the server that warns of a COMMIT whose wait for the standby was cancelled. The words of the warning ("might
// not have been replicated") are translated and stand in its detail; this name is always the same.
const WAIT_FOR_STANDBY = 'SyncRepWaitForLSN'
// admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped; connection exceptions
const GOING_AWAY = /^(57P0|08)/

/**
 * Runs one statement, as `client.query` does. What the driver's own promise holds outlives its statement until the whole memory is
 * cleared (3 KB asked left 3 KB behind); what is told to a function does not. For whatever is asked thousands of times.
 * @throws what the driver tells, with the trace of whoever asked
 */
export async function ask<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  statement: string | pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  return asking((ended) => client.query<Row>(statement, ended))
}

/**
 * Sends statements to the server together: one way there and back for all of them. They are done in that order; after one that fails
 * none of the rest is done.
 * @param statements one each
 * @returns their results, in order
 * @throws what the first that failed throws, with the trace of whoever asked
 */
export async function together(
  client: pg.ClientBase,
  statements: readonly (string | pg.QueryConfig)[],
): Promise<readonly pg.QueryResult[]> {
  return asking((ended) => client.query(new Batch(statements, ended)))
}

async function asking<T>(start: (ended: (fault: Error | null, result: T) => void) => void): Promise<T> {
  try {
    return await new Promise((resolve, reject) => {
      start((fault, result) => (fault === null ? resolve(result) : reject(fault)))
    })
  } catch (fault) {
    if (fault instanceof Error) Error.captureStackTrace(fault)
    throw fault
  }
}

/** One transaction on a connection of the pool; COMMIT is checked for "might not have been replicated". */
export async function inTransaction<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  let unreplicated = false
  const onNotice = (notice: { readonly routine?: string | undefined }) => {
    if (notice.routine === WAIT_FOR_STANDBY) unreplicated = true
  }
  client.on('notice', onNotice)
  try {
    let result: T
    try {
      // on the connections of pages it goes together with the first statement of the work
      const begun = ask(client, 'begin')
      if (!client.pipeline) await begun
      ;[result] = await Promise.all([work(client), begun])
    } catch (error) {
      await client.query('rollback').catch((cause: unknown) => {
        broken = cause instanceof Error ? cause : new Error('rollback failed', { cause })
      })
      throw error
    }
    let ended: string
    try {
      ended = (await ask(client, 'commit')).command
    } catch (cause) {
      broken = cause instanceof Error ? cause : new Error('commit failed', { cause })
      // an SQLSTATE is the server's own no, but for those that say that it is going away; then nobody knows
      if (cause instanceof pg.DatabaseError && !GOING_AWAY.test(cause.code ?? '')) throw cause
      throw new OutcomeUnknown('the connection was lost during COMMIT', { cause })
    }
    // what the server says when a statement had failed and the work went on as if it had not
    if (ended === 'ROLLBACK') throw new Error('a statement had failed before COMMIT: nothing was kept')
    if (unreplicated) throw new OutcomeUnknown('COMMIT might not have been replicated')
    return result
  } finally {
    client.off('notice', onNotice)
    client.release(broken)
  }
}
