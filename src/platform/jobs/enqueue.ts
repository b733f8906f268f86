import type { Pool, Tx } from '#platform/db'
import { put, type Writer } from '#platform/events'

type Data = Readonly<Record<string, string>>

async function ask(writer: Writer, known: readonly string[], job: string, data: Data): Promise<void> {
  if (!known.includes(job)) throw new TypeError(`no job is called ${job}`)
  const key = data['operationId']
  await put(writer, { kind: 'job', name: job, data, ...(key !== undefined && { key }) })
}

/**
 * Gives modules the way to ask for a job: it is durable when the promise resolves, and done at least once.
 * A form that is sent twice carries the same `operationId` in its data, and the job is then asked for once.
 * @param known the names of all jobs
 */
export function enqueue(pool: Pool, known: readonly string[]): (job: string, data: Data) => Promise<void> {
  return (job, data) => ask(pool, known, job, data)
}

/** Asks for a job as part of a transaction: it is done if the change is made, and not if it is not. As `enqueue` otherwise. */
export function enqueueIn(tx: Tx, job: string, data: Data): Promise<void> {
  return ask(tx, [job], job, data)
}
