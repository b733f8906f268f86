import { setTimeout as delay } from 'node:timers/promises'
import type { Job as Claim, JobInsert, PgBoss, QueueOptions } from 'pg-boss'
import { londonDay, type Clock } from '#platform/clock'
import type { Pool } from '#platform/db'
import { put, startRelay, type HandOn, type Subscriber } from '#platform/events'
import type { Job } from '#platform/http'
import { codeOf } from './fault.ts'
import { DEAD, eventQueue, jobQueue } from './names.ts'
import { overPg, queueOn } from './queue.ts'

/** A job or an event that failed: all that may stand in a log. */
export interface JobFault {
  /** "job.incidents.import", or "on.TOPIC.LISTENER"; "queue" when it is the queue itself that fails. */
  readonly queue: string
  readonly id: string
  /** Which try it was, from 1. */
  readonly attempt: number
  /** True when it was the last. */
  readonly dead: boolean
  readonly fault: string
}

/** How patient the worker is. Left out, each is what a force needs; the tests are less patient. */
export interface Patience {
  /** How often the outbox is looked at, in milliseconds. */
  readonly relayMs?: number
  /** A worker that has not been heard of for so long is dead, and its jobs begin again. Seconds, 10 at least. */
  readonly silentSeconds?: number
  /** How often dead workers are looked for, in seconds. */
  readonly superviseSeconds?: number
  /** How often each queue is looked at without having been told of something new, in seconds. */
  readonly pollSeconds?: number
  readonly tries?: number
  /** Before the second try, in seconds; then about twice as long each time. */
  readonly retrySeconds?: number
  /** How long running work may take to leave off when the process stops, in milliseconds. */
  readonly graceMs?: number
}

export interface JobsOptions {
  /** Connected as dauntless_worker. What jobs themselves use. */
  readonly pool: Pool
  /** Connected as dauntless_worker. The queue's own, so that busy jobs do not keep it from its upkeep. */
  readonly queuePool: Pool
  readonly jobs: Readonly<Record<string, Job>>
  readonly subscribers: readonly Subscriber[]
  /** Jobs to ask for once each London day. */
  readonly daily?: readonly string[]
  readonly clock: Clock
  readonly folder: string
  readonly onFault: (fault: JobFault) => void
  readonly patience?: Patience
}

export interface Jobs {
  /** Takes no more work, lets what runs end or leave off, and puts back what does not in time: nothing is lost. */
  stop(): Promise<void>
}

const DAY = 86_400
/** Work that waits longer than this (a worker that was off for a year) is thrown away. */
const KEPT = 365 * DAY
const JOB_MOST_SECONDS = 12 * 3600
const EVENT_MOST_SECONDS = 600
const RETRY_MOST_SECONDS = 900

type Work = (claim: Claim<Record<string, string>>, signal: AbortSignal) => Promise<void>

/** Begins to work: jobs, and listeners to events, each kind one at a time in this process. */
export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { pool, queuePool, clock, folder, onFault, subscribers } = options
  const { relayMs = 500, silentSeconds = 60, superviseSeconds = 10, graceMs = 8000 } = options.patience ?? {}
  const { tries = 6, retrySeconds = 10, pollSeconds = 2 } = options.patience ?? {}
  const report = (fault: unknown): void =>
    onFault({ queue: 'queue', id: '', attempt: 0, dead: false, fault: codeOf(fault) })
  const boss = queueOn(queuePool, superviseSeconds)
  boss.on('error', report)
  boss.on('warning', ({ message }) => report(Object.assign(new Error(message), { code: 'queue.warning' })))
  await boss.start()

  const usual = {
    retryLimit: tries - 1,
    retryDelay: retrySeconds,
    retryBackoff: true,
    retryDelayMax: RETRY_MOST_SECONDS,
    retentionSeconds: KEPT,
    heartbeatSeconds: silentSeconds,
  } satisfies QueueOptions
  await boss.createQueue(DEAD, { retentionSeconds: KEPT })
  const stopping = new AbortController()
  const running = new Set<{ queue: string; id: string; attempt: number; ended: Promise<void> }>()
  const workers = new Map<string, string>()

  /** Puts a job back as if it had not begun, so that being stopped uses up none of its tries. */
  const putBack = (queue: string, id: string, attempt: number): Promise<unknown> =>
    queuePool.query(
      `update jobs.job set state = 'created', started_on = null, heartbeat_on = null, start_after = now()
       where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
      [queue, id, attempt],
    )

  async function once(queue: string, claim: Claim<Record<string, string>>, work: Work): Promise<void> {
    try {
      stopping.signal.throwIfAborted()
      await work(claim, AbortSignal.any([stopping.signal, claim.signal]))
    } catch (fault) {
      if (stopping.signal.aborted) {
        await putBack(queue, claim.id, claim.retryCount)
      } else {
        const dead = claim.retryCount >= tries - 1
        onFault({ queue, id: claim.id, attempt: claim.retryCount + 1, dead, fault: codeOf(fault) })
      }
      // The queue keeps what is thrown, and a message or a stack can carry what somebody typed.
      throw Object.assign(new Error(codeOf(fault)), { stack: '' })
    }
  }

  async function serve(queue: string, policy: 'standard' | 'key_strict_fifo', mostSeconds: number, work: Work) {
    const settings = { ...usual, expireInSeconds: mostSeconds, deadLetter: DEAD }
    await boss.createQueue(queue, { policy, ...settings })
    await boss.updateQueue(queue, settings)
    const worker = await boss.work<Record<string, string>>(
      queue,
      { pollingIntervalSeconds: pollSeconds, heartbeatRefreshSeconds: silentSeconds / 3 },
      async ([claim]) => {
        if (!claim) return
        const ended = once(queue, claim, work)
        const entry = { queue, id: claim.id, attempt: claim.retryCount, ended }
        running.add(entry)
        await ended.finally(() => {
          running.delete(entry)
          boss.notifyWorker(workers.get(queue) ?? '') // look for the next one at once
        })
      },
    )
    workers.set(queue, worker)
  }

  for (const [name, job] of Object.entries(options.jobs)) {
    await serve(jobQueue(name), 'standard', JOB_MOST_SECONDS, ({ data }, signal) =>
      job(data, { pool, clock, folder, signal }),
    )
  }
  for (const { topic, name, handle } of subscribers) {
    await serve(eventQueue(topic, name), 'key_strict_fifo', EVENT_MOST_SECONDS, ({ id, data }, signal) => {
      const { subject = '', ...rest } = data
      return handle({ id, topic, subject, data: rest }, { pool, clock, signal })
    })
  }

  const filled = new Set<string>()
  const relay = startRelay(queuePool, Object.keys(options.jobs), handOnTo(boss, subscribers, filled), {
    everyMs: relayMs,
    onFault: report,
    onHanded: () => {
      for (const queue of filled) boss.notifyWorker(workers.get(queue) ?? '')
      filled.clear()
    },
  })
  const sweeping = setInterval(() => void releaseSubjects(queuePool).catch(report), superviseSeconds * 1000)
  let askedFor = ''
  /** The key makes it once a day for the whole force, whatever number of workers there are and however often they start. */
  const askDaily = async (): Promise<void> => {
    const today = londonDay(clock.now()).toString()
    if (askedFor === today) return
    for (const name of options.daily ?? []) await put(queuePool, { kind: 'job', name, key: `daily ${today}`, data: {} })
    askedFor = today
  }
  await askDaily().catch(report)
  const days = setInterval(() => void askDaily().catch(report), superviseSeconds * 1000)
  return {
    async stop() {
      clearInterval(sweeping)
      clearInterval(days)
      await relay.stop()
      stopping.abort()
      const all = Promise.allSettled([...running].map(({ ended }) => ended))
      await Promise.race([all, delay(graceMs, undefined, { ref: false })])
      for (const { queue, id, attempt } of running) await putBack(queue, id, attempt)
      await boss.stop({ graceful: true, timeout: 1000 })
    },
  }
}

/** Fills the queue from the outbox: a job into its own queue, an event into that of each of its listeners. */
function handOnTo(boss: PgBoss, subscribers: readonly Subscriber[], filled: Set<string>): HandOn {
  return async (client, rows) => {
    const db = overPg(client)
    const batches = new Map<string, JobInsert[]>()
    const add = (queue: string, job: JobInsert): void => {
      batches.set(queue, [...(batches.get(queue) ?? []), job])
    }
    for (const { id, kind, name, subject, data } of rows) {
      if (kind === 'job') {
        add(jobQueue(name), { id, data: { ...data } })
        continue
      }
      for (const listener of subscribers.filter(({ topic }) => topic === name)) {
        const told = { id, singletonKey: subject ?? id, data: { ...data, subject: subject ?? '' } }
        add(eventQueue(name, listener.name), told)
      }
    }
    for (const [queue, jobs] of batches) {
      await boss.insert(queue, jobs, { db })
      filled.add(queue)
    }
  }
}

/**
 * An event that was given up has been copied to the dead and must not hold back what comes after it for the same subject.
 */
async function releaseSubjects(pool: Pool): Promise<void> {
  await pool.query(
    `delete from jobs.job where state = 'failed' and policy = 'key_strict_fifo' and dead_letter is not null`,
  )
}
