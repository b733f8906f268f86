import fc from 'fast-check'
import type { Temporal } from '#platform/clock'
import type { Signs } from '#modules/incidents'
import { NO_VICTIM, type Involvement } from './rules.ts'

const VICTIMS = [NO_VICTIM, ...Array.from({ length: 6 }, (_, n) => `00000000-0000-4000-8000-00000000000${n + 1}`)]

export const NO_SIGNS: Signs = { conduct: false, strangulation: false, threat: false, highRisk: false }

/** Records of one suspect, over four years back and a little ahead, some with several victims and some with none. */
export function involvements(now: Temporal.Instant): fc.Arbitrary<Involvement[]> {
  const record = fc.record({
    incidentId: fc.uuid({ version: 4 }),
    hours: fc.integer({ min: -48, max: 24 * 1500 }),
    weights: fc.array(fc.constantFrom(0, 1, 2, 7.5, 10, 20, 182.25, 365, 5475), { maxLength: 3 }),
    harmFallback: fc.boolean(),
    arrested: fc.boolean(),
    signs: fc.record({
      conduct: fc.boolean(),
      strangulation: fc.boolean(),
      threat: fc.boolean(),
      highRisk: fc.boolean(),
    }),
    victims: fc.uniqueArray(fc.constantFrom(...VICTIMS.slice(1)), { maxLength: 3 }),
  })
  return fc.uniqueArray(record, { maxLength: 9, selector: ({ incidentId }) => incidentId }).map((records) =>
    records.flatMap(({ incidentId, hours, weights, harmFallback, arrested, signs, victims }) =>
      (victims.length === 0 ? [NO_VICTIM] : victims).map((victimId) => ({
        victimId,
        incidentId,
        reportedAt: now.subtract({ hours }),
        harmDays: weights.reduce<number>((sum, days) => sum + days, 0),
        harmMax: Math.max(0, ...weights),
        harmFallback,
        arrested,
        ...signs,
      })),
    ),
  )
}
