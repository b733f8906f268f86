import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** Requests under way are waited for so long, in milliseconds; then the server is closed, which waits for them too. */
const MOST_MS = 10_000
const LOOK_MS = 50

/**
 * Counts what a server has under way, so that it can go on answering while it stops: `/health/ready` says that it leaves,
 * whoever watches sends it no more work, and nothing that was sent meanwhile is turned away.
 * @returns waits until `leastMs` have passed and nothing is under way
 */
export function drainOf(server: Server): (leastMs: number) => Promise<void> {
  let underWay = 0
  server.on('request', ({ url }, response) => {
    if (url?.startsWith('/health/')) return // whoever watches does not hold up what they watch
    underWay += 1
    response.once('close', () => (underWay -= 1))
  })
  return async (leastMs) => {
    const began = performance.now()
    const passed = (): number => performance.now() - began
    while (passed() < leastMs || (underWay > 0 && passed() < MOST_MS)) await delay(LOOK_MS)
  }
}
