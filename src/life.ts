import { stackOf } from '#platform/http'
import { codeOf } from '#platform/jobs'

/** How long the process may take to end what it is at, in milliseconds. */
const CLOSING_MS = 20_000

/** A process from its start to its end. */
export interface Life {
  /** True from the moment that the process was told to stop. */
  readonly draining: boolean
  /**
   * Begins something that has to be stopped. Told to stop while it begins, the process waits for it and stops it too.
   * @throws Error when the process was told to stop already
   */
  begin<T>(beginning: () => Promise<T>, stop: (begun: T) => Promise<unknown>): Promise<T>
}

/**
 * Runs `work` until a signal, then stops what was begun, the last first, and ends the process with code 0. Whatever fails at the start
 * is one clear line and code 1. A fault that nobody caught is a line with its code and place alone, because a message can
 * hold what somebody typed; then too everything is stopped, with code 1.
 */
export async function live(work: (life: Life) => Promise<void>): Promise<void> {
  const stopping: (() => Promise<unknown>)[] = []
  const life = {
    draining: false,
    begin<T>(beginning: () => Promise<T>, end: (begun: T) => Promise<unknown>): Promise<T> {
      if (life.draining) throw new Error('told to stop')
      const begun = beginning()
      stopping.push(async () => end(await begun))
      return begun
    },
  }
  const stop = async (code: number): Promise<void> => {
    if (life.draining) return
    life.draining = true
    setTimeout(() => process.exit(1), CLOSING_MS).unref()
    for (const step of stopping.toReversed()) await step().catch(() => {})
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (fault: unknown) => {
      if (life.draining) return
      console.error(JSON.stringify({ level: 'error', fault: codeOf(fault), stack: stackOf(fault), msg: 'uncaught' }))
      void stop(1)
    })
  try {
    await work(life)
  } catch (error) {
    if (life.draining) return // it was stopped in the middle of starting; that it then fails says nothing
    console.error(`dauntless: ${oneLine(error)}`)
    await stop(1)
  }
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
