import type { Pool } from '#platform/db'
import { queueOn } from './queue.ts'
import { DEAD } from './names.ts'

/** How much work there is, by state; the age of the oldest that should have begun, in seconds. */
export interface WorkFigures {
  /** In the outbox: asked for and not yet in the queue. */
  readonly asked: number
  readonly waiting: number
  readonly retrying: number
  readonly active: number
  /** Given up after the last try: somebody must look. */
  readonly dead: number
  readonly oldestSeconds: number
}

/** @param pool connected as dauntless_worker */
export async function workFigures(pool: Pool): Promise<WorkFigures> {
  const { rows } = await pool.query<WorkFigures>(
    `with o as (select count(*) as asked, extract(epoch from now() - min(at)) as age from events.outbox where handed_at is null),
       j as (select count(*) filter (where state = 'created' and name <> $1) as waiting,
         count(*) filter (where state = 'retry') as retrying, count(*) filter (where state = 'active') as active,
         count(*) filter (where name = $1 and state = 'created') as dead,
         extract(epoch from now() - min(start_after) filter (where state in ('created', 'retry') and name <> $1)) as age
       from jobs.job where state < 'completed')
     select o.asked, j.waiting, j.retrying, j.active, j.dead,
       greatest(o.age, j.age, 0)::double precision as "oldestSeconds" from o, j`,
    [DEAD],
  )
  return rows[0] ?? { asked: 0, waiting: 0, retrying: 0, active: 0, dead: 0, oldestSeconds: 0 }
}

/** A job or an event that was given up: what it was, for whom, and the code of the last fault. */
export interface DeadWork {
  readonly id: string
  readonly queue: string
  readonly fault: string
  readonly tries: number
  readonly at: string
}

/** What was given up and not yet taken up again, the oldest first; at most 1,000. @param pool connected as dauntless_worker */
export async function deadWork(pool: Pool): Promise<DeadWork[]> {
  const { rows } = await pool.query<DeadWork>(
    `select id, source_name as queue, coalesce(source_output ->> 'message', source_output -> 'value' ->> 'message', 'unknown') as fault,
       coalesce(source_retry_count, 0) + 1 as tries, created_on::text as at
     from jobs.job where name = $1 and state = 'created' order by created_on, id limit 1000`,
    [DEAD],
  )
  return rows
}

/** Puts what was given up back into its queue, to be tried again. @returns how many. @param pool as dauntless_worker */
export async function redrive(pool: Pool): Promise<number> {
  const boss = queueOn(pool)
  await boss.start()
  try {
    return await boss.redrive(DEAD)
  } finally {
    await boss.stop({ graceful: false })
  }
}
