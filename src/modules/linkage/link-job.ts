import { put, type Subscriber } from '#platform/events'
import type { Job } from '#platform/http'
import { FORCE, RECORDS_CHANGED, serviceScope } from '#modules/incidents'
import { linkForce } from './batch.ts'

/** Told when everybody has been linked anew. */
export const LINKED = 'linkage.linked'
const LINK = 'linkage.link'

/** Links the force where records have come in, or were put right, since it was last linked. Safe to repeat. */
const link: Job = async (_, { pool }) => {
  // Records that came few at a time were linked as they came; they are not behind. A chunk of an import ends within minutes.
  const { rows } = await pool.query<{ behind: boolean }>(
    `with last as (select max(started_at) as at from linkage.run where finished_at is not null)
     select coalesce(last.at < greatest((select max(finished_at) from incidents.batch), (select max(corrected_at) from incidents.problem)), true)
       and (last.at is null
         or exists (select from people.mention m where m.superseded_at is null
           and not exists (select from people.membership b where b.mention_id = m.id and b.to_at is null))
         or exists (select from people.mention m where m.superseded_at > last.at - interval '5 minutes'
           and not exists (select from linkage.arrival a where a.mention_id = m.id))) as behind
     from last`,
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
