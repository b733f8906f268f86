import type pg from 'pg'
import type { Pool } from '#platform/db'

/** Whoever works out at once who the people on records are, told in the transaction that writes them. */
export interface Arrivals {
  /** Told before a transaction begins in which there may be something to link: what takes long is done then. */
  ready(): Promise<void>
  /** Told first thing in that transaction, so that whoever else writes about people waits before either has begun. */
  begun(client: pg.ClientBase): Promise<void>
  /**
   * Told last thing in it, and commits it: COMMIT goes to the server with what is written of people.
   * @param client as dauntless_worker, in that transaction, with the records written
   * @param records ids of those that were written or changed: {@link MOST_AT_ONCE} at most
   * @throws when it could not be committed
   */
  came(client: pg.ClientBase, records: readonly string[]): Promise<void>
}

/** With more records than this together, who is who is for the job that links everybody. */
export const MOST_AT_ONCE = 100

/** @param pool as dauntless_worker */
export type ArrivalsOf = (pool: Pool) => Arrivals
