import { parentPort, type Transferable } from 'node:worker_threads'
import type { Answer, Errand } from './crew.ts'
import { openers, type Work, type WorkKind } from './engine/index.ts'

type Result = Work[WorkKind]['result']

/** The buffers of a result that are its own, to be handed over instead of copied; those that workers share stay. */
function owned(result: Result): Transferable[] {
  return Object.values(result).flatMap((value: unknown) =>
    ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : [],
  )
}

/** Takes pieces until there are none, the last first (see Crew). */
function work({ kind, ground, left }: Errand): (readonly [number, Result])[] {
  // The kind says what the ground is; that the two belong together is beyond the checker once the kind is a variable.
  const one = (openers[kind] as (ground: unknown) => (piece: number) => Result)(ground)
  const done: (readonly [number, Result])[] = []
  for (let piece = Atomics.sub(left, 0, 1) - 1; piece >= 0; piece = Atomics.sub(left, 0, 1) - 1) {
    done.push([piece, one(piece)])
  }
  return done
}

parentPort?.on('message', (errand: Errand) => {
  let answer: Answer
  const buffers = new Set<Transferable>()
  try {
    const done = work(errand)
    for (const [, result] of done) for (const buffer of owned(result)) buffers.add(buffer)
    answer = { done }
  } catch (fault) {
    answer = { failed: fault instanceof Error ? fault.message : 'unknown' }
  }
  parentPort?.postMessage(answer, [...buffers])
})
