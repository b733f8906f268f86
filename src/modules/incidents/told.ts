import type { Pool } from '#platform/db'
import { put } from '#platform/events'

/** Told when records have been taken in or changed. */
export const RECORDS_CHANGED = 'incidents.records-changed'

/** One subject for the whole force, so that what is told of it is heard one at a time. */
export const FORCE = '00000000-0000-0000-0000-000000000000'

/** Tells whoever works records out (who is who, who did what to whom) that there are new ones. */
export async function tellRecordsChanged(pool: Pool): Promise<void> {
  await put(pool, { kind: 'event', name: RECORDS_CHANGED, subject: FORCE, data: {} })
}
