import { Temporal } from './temporal.ts'

/** Where "now" comes from. Handed in, never reached for, so that a rule can be asked about any moment. */
export interface Clock {
  now(): Temporal.Instant
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Temporal.Now.instant() }

/**
 * A clock that has stopped, for tests and for replaying what was known at a moment.
 * @param iso an instant with its offset, such as `2026-11-24T10:30:00Z`
 * @throws RangeError if it is not one.
 */
export function fixedClock(iso: string): Clock {
  const instant = Temporal.Instant.from(iso)
  return { now: () => instant }
}
