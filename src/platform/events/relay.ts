import type pg from 'pg'
import { inTransaction, type Pool } from '#platform/db'

/** A row of the outbox that the queue has not taken yet. */
export interface Waiting {
  /** Sorts by the time it was written. */
  readonly id: string
  readonly kind: 'job' | 'event'
  readonly name: string
  readonly subject: string | null
  readonly data: Readonly<Record<string, string>>
}

export interface Relay {
  /** Ends it after the round that is under way. */
  stop(): Promise<void>
}

/** Puts the rows into the queue on the connection given, so that either all of it holds or nothing. */
export type HandOn = (client: pg.PoolClient, rows: readonly Waiting[]) => Promise<void>

const ROUND = 500
// One relay at a time, so that events keep their order: any number that nothing else in the product locks.
const RELAY_LOCK = 727_011
/** How long a row is kept once it has been handed on, and with it the memory of its key. Days. */
const KEPT_DAYS = 30

/**
 * Hands what waits in the outbox to the queue, in order, once: the rows are marked in the transaction that fills the queue.
 * @param jobs the kinds of job that this version knows; others wait for a worker that does
 * @returns how many rows were handed on; 0 too when another worker is at it
 */
export async function relayOnce(pool: Pool, jobs: readonly string[], handOn: HandOn): Promise<number> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [RELAY_LOCK])
    if (lock.rows[0]?.got !== true) return 0
    const { rows } = await client.query<Waiting>(
      `select id, kind, name, subject, data from events.outbox
       where handed_at is null and (kind = 'event' or name = any ($1)) order by id limit ${ROUND}`,
      [jobs],
    )
    if (rows.length === 0) return 0
    await handOn(client, rows)
    await client.query('update events.outbox set handed_at = now() where id = any ($1)', [rows.map(({ id }) => id)])
    return rows.length
  })
}

/** Relays round after round, and says so when something was handed on. What fails is told and tried again. */
export function startRelay(
  pool: Pool,
  jobs: readonly string[],
  handOn: HandOn,
  { everyMs, onFault, onHanded }: { everyMs: number; onFault: (fault: unknown) => void; onHanded: () => void },
): Relay {
  const ending = Promise.withResolvers<void>()
  let stopped = false
  let tidyAt = 0
  const running = (async () => {
    while (!stopped) {
      let full = false
      try {
        const handed = await relayOnce(pool, jobs, handOn)
        if (handed > 0) onHanded()
        full = handed === ROUND
        if (performance.now() > tidyAt) {
          tidyAt = performance.now() + 3_600_000
          await pool.query(`delete from events.outbox where handed_at < now() - interval '${KEPT_DAYS} days'`)
        }
      } catch (fault) {
        onFault(fault)
      }
      if (full) continue
      let timer: NodeJS.Timeout | undefined
      await Promise.race([ending.promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, everyMs)))])
      clearTimeout(timer)
    }
  })()
  return {
    async stop() {
      stopped = true
      ending.resolve()
      await running
    },
  }
}
