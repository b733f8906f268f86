import type { Clock } from '#platform/clock'
import type { Pool, Tx } from '#platform/db'

/** Something that has happened to somebody or something, told to whoever wants to know. Ids only: the row is the truth. */
export interface Event {
  /** Sorts by the time it was told. The same each time the event is handed on, so it can be remembered as done. */
  readonly id: string
  /** What happened: "incidents.imported". */
  readonly topic: string
  /** Whom or what it happened to: events of one subject are handed on in their order. */
  readonly subject: string
  readonly data: Readonly<Record<string, string>>
}

/** What a listener is handed besides the event. */
export interface SubscriberParts {
  /** Connected as dauntless_worker. */
  readonly pool: Pool
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A listener to one topic. It may be called again for the same event, so it must be safe to repeat. */
export interface Subscriber {
  readonly topic: string
  /** Names the listener for good: what waits for it is kept under this name. */
  readonly name: string
  readonly handle: (event: Event, parts: SubscriberParts) => Promise<void>
}

/** One row of the outbox that is to be written. */
export interface Asked {
  readonly kind: 'job' | 'event'
  readonly name: string
  readonly subject?: string
  /** A second row of the same kind, name and key is not written. */
  readonly key?: string
  readonly data: Readonly<Record<string, string>>
}

// Ids, codes, days, numbers and file paths. A blank is what names and free text have and these have not.
const ID_LIKE = /^[\w.,:/+=@-]{0,200}$/

/** Where a row may be written: a transaction, or the pool when the row is all there is to write. */
export type Writer = Pick<Tx, 'sql'> | Pool

/**
 * Writes a row of the outbox.
 * @returns false when the key has been used before
 * @throws TypeError when the data is more than ids and codes
 */
export async function put(writer: Writer, asked: Asked): Promise<boolean> {
  for (const [name, value] of Object.entries(asked.data)) {
    if (!ID_LIKE.test(value)) throw new TypeError(`${asked.kind} ${asked.name}: ${name} is not an id or a code`)
  }
  const { kind, name, subject = null, key = null } = asked
  const data = JSON.stringify(asked.data)
  if ('sql' in writer) {
    const [row] = await writer.sql<{ put: boolean }>`select events.put(${kind}, ${name}, ${subject}, ${key}, ${data})`
    return row?.put === true
  }
  const values = [kind, name, subject, key, data]
  const { rows } = await writer.query<{ put: boolean }>('select events.put($1, $2, $3, $4, $5)', values)
  return rows[0]?.put === true
}

/**
 * Tells of an event as part of this transaction: it is told if the change is made, and not if it is not.
 * @returns false when the key has been used before
 * @throws TypeError when the data is more than ids and codes
 */
export function emit(
  tx: Tx,
  event: { topic: string; subject: string; key?: string; data?: Readonly<Record<string, string>> },
): Promise<boolean> {
  const { topic, data = {}, ...rest } = event
  return put(tx, { kind: 'event', name: topic, data, ...rest })
}
