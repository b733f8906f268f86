import type { Subscriber } from '#platform/events'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import { SEAL_CHANGED } from '#modules/people'
import { beginLinkage } from './batch.ts'
import { renewFindable } from './settle.ts'

/**
 * After somebody was sealed or unsealed by hand: works out again whom their records speak of and by what those are found, and
 * which kept rows of imports are closed. The seal itself holds already. Safe to repeat.
 * @param pool connected as dauntless_worker
 */
export async function followSeal(pool: Pool, scope: Scope, personId: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await beginLinkage(client, scope)
    // a linkage that was under way may have gone by what was open when it began
    await client.query(
      'create temp table changed on commit drop as select distinct unnest(linkage.describe(array[$1::uuid])) as person_id',
      [personId],
    )
    await renewFindable(client)
  })
}

export const followSeals: Subscriber = {
  topic: SEAL_CHANGED,
  name: 'search-keys',
  handle: async ({ id, subject }, { pool }) =>
    followSeal(pool, await serviceScope(pool, 'follow a seal', `event ${id}`), subject),
}
