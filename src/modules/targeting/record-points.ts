import type { Temporal } from '#platform/clock'
import { NO_VICTIM, scorePerson, type Involvement, type Points } from './rules.ts'
import type { SuspectRecord } from './store.ts'

/** The points that the records a reader may see make by themselves, by the same rules; null when they make none. */
export function pointsOfRecords(records: readonly SuspectRecord[], at: Temporal.Instant): Points | null {
  const rows = records.flatMap((record): Involvement[] => {
    const victims = record.victims.length === 0 ? [NO_VICTIM] : record.victims.map(({ id }) => id)
    return victims.map((victimId) => ({
      victimId,
      incidentId: record.incident_id,
      reportedAt: record.reported_at,
      harmDays: record.harm_days,
      harmMax: record.harm_max,
      harmFallback: record.harm_fallback,
      arrested: record.arrested,
      ...record.signs,
    }))
  })
  return scorePerson(rows, at)
}
