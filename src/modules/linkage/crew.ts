import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { alone, type Crew, type Work, type WorkKind } from './engine/index.ts'

/** What a worker is asked: a kind of work, its ground, and how many pieces are still to be had (a counter that all of them share). */
export interface Errand<Kind extends WorkKind = WorkKind> {
  readonly kind: Kind
  readonly ground: Work[Kind]['ground']
  readonly left: Int32Array
}

/** What a worker answers: the pieces it did, or that it could not. */
export type Answer =
  { readonly done: readonly (readonly [number, Work[WorkKind]['result']])[] } | { readonly failed: string }

/** A crew of worker threads that take pieces until there are none. Must be sent home. */
export interface HiredCrew extends Crew, AsyncDisposable {
  readonly size: number
}

/** With fewer mentions a worker would take longer to begin than it saves. */
const WORTH_HIRING = 50_000

/** The crew for so many mentions: as many workers as there are processors, or this thread alone. */
export const crewFor = (mentions: number): HiredCrew => hire(mentions < WORTH_HIRING ? 1 : availableParallelism())

/** Hires so many workers; with one or none everything is done in this thread. */
export function hire(size: number): HiredCrew {
  if (size < 2) return { ...alone, size: 1, [Symbol.asyncDispose]: () => Promise.resolve() }
  const workers = Array.from({ length: size }, () => new Worker(new URL('./crew-worker.ts', import.meta.url)))
  const ask = (worker: Worker, errand: Errand): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const settle = (answer: Answer): void => {
        worker.off('error', reject)
        resolve(answer)
      }
      worker.once('message', settle)
      worker.once('error', reject)
      worker.postMessage(errand)
    })
  return {
    size,
    async run<Kind extends WorkKind>(kind: Kind, ground: Work[Kind]['ground'], pieces: number) {
      const left = new Int32Array(new SharedArrayBuffer(4))
      left[0] = pieces
      const answers = await Promise.all(workers.map((worker) => ask(worker, { kind, ground, left })))
      const results: Work[Kind]['result'][] = []
      for (const answer of answers) {
        if ('failed' in answer) throw new Error(`linkage worker: ${answer.failed}`)
        for (const [piece, result] of answer.done) results[piece] = result
      }
      return results
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
