import type { Patience } from './worker.ts'

/** A worker that cannot wait. */
export const HASTY: Patience = {
  relayMs: 20,
  silentSeconds: 10,
  superviseSeconds: 1,
  pollSeconds: 0.5,
  tries: 2,
  retrySeconds: 1,
  graceMs: 300,
}

/** Asks again until the answer is the one waited for. @throws Error with the last answer when it has not come in 10 s */
export async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    if (Date.now() > end) throw new Error(`waited in vain; the last answer was ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
