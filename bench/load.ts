// Readers at once, in a thread of their own so that they do not take the server's turns.
import { Agent, request } from 'node:http'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export interface Asked {
  readonly path: string
  /** A form to post; a page to get when absent. */
  readonly form?: string
}
export interface Load {
  readonly port: number
  readonly cookies: readonly string[]
  readonly asks: readonly Asked[]
  readonly atOnce: number
  readonly seconds: number
}
export interface Answered {
  /** Milliseconds from sending to the last byte, one an answer. */
  readonly took: Float64Array
  readonly perSecond: number
}

/** Asks again and again for so many seconds. @throws Error when any answer is not 200 */
export async function load(what: Load): Promise<Answered> {
  const worker = new Worker(new URL(import.meta.url), { workerData: what })
  return new Promise((resolve, reject) => {
    worker.once('message', (said: Answered | string) =>
      typeof said === 'string' ? reject(new Error(said)) : resolve(said),
    )
    worker.once('error', reject)
  })
}

function ask(agent: Agent, { port }: Load, cookie: string, { path, form }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        path,
        host: '127.0.0.1',
        method: form === undefined ? 'GET' : 'POST',
        headers: { cookie, ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }) },
      },
      (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    sent.once('error', reject)
    sent.end(form)
  })
}

async function run(what: Load): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: what.atOnce })
  const took: number[] = []
  const began = performance.now()
  let next = 0
  const reader = async (at: number): Promise<void> => {
    const cookie = what.cookies[at % what.cookies.length] ?? ''
    while (performance.now() - began < what.seconds * 1000) {
      const one = what.asks[next++ % what.asks.length]
      if (one === undefined) return
      const sentAt = performance.now()
      const status = await ask(agent, what, cookie, one)
      if (status !== 200) throw new Error(`${one.path} answered ${status}`)
      took.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: what.atOnce }, (_, at) => reader(at)))
  agent.destroy()
  return { took: Float64Array.from(took), perSecond: took.length / ((performance.now() - began) / 1000) }
}

if (!isMainThread) {
  run(workerData as Load).then(
    (answered) => parentPort?.postMessage(answered),
    (fault: unknown) => parentPort?.postMessage(fault instanceof Error ? fault.message : 'failed'),
  )
}
