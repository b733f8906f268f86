import pg from 'pg'
import { inTransaction, type Pool } from '#platform/db'

/** A connection as dauntless_worker: row-level security does not hold for it, and it may touch only what it is granted. */
export type WorkerConnection = Pool | pg.Client

/** One transaction, without the limit of seconds that a page has: these statements go through the whole force. */
export async function inOneTransaction<T>(
  connection: WorkerConnection,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const unhurried = async (client: pg.ClientBase): Promise<T> => {
    await client.query(`set local statement_timeout = 0; set local work_mem = '256MB'; set local jit = off`)
    return work(client)
  }
  if (connection instanceof pg.Pool) return inTransaction(connection, unhurried)
  await connection.query('begin')
  try {
    const result = await unhurried(connection)
    await connection.query('commit')
    return result
  } catch (error) {
    await connection.query('rollback')
    throw error
  }
}
