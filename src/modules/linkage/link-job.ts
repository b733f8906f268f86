import { put, type Subscriber } from '#platform/events'
import type { Job } from '#platform/http'
import { FORCE, RECORDS_CHANGED, serviceScope } from '#modules/incidents'
import { linkForce } from './batch.ts'

/** Told when everybody has been linked anew. */
export const LINKED = 'linkage.linked'
const LINK = 'linkage.link'

/** Links the force where records have come in, or were put right, since it was last linked. Safe to repeat. */
const link: Job = async (_, { pool }) => {
  const { rows } = await pool.query<{ behind: boolean }>(
    `select coalesce((select max(started_at) from linkage.run where finished_at is not null) <
       greatest((select max(finished_at) from incidents.batch), (select max(corrected_at) from incidents.problem)), true) as behind`,
  )
  if (rows[0]?.behind === true) await linkForce(pool, await serviceScope(pool, 'link records', LINK))
  // also when there was nothing to link: a run before this one may have been killed before it could tell
  await put(pool, { kind: 'event', name: LINKED, subject: FORCE, data: {} })
}

export const LINK_JOBS: Readonly<Record<string, Job>> = { [LINK]: link }

export const LINK_SUBSCRIBERS: readonly Subscriber[] = [
  {
    topic: RECORDS_CHANGED,
    name: 'link',
    // a job of its own: an event is given minutes, and the linkage of a force takes longer
    handle: async ({ id }, { pool }) => {
      await put(pool, { kind: 'job', name: LINK, key: id, data: {} })
    },
  },
]
