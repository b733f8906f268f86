import type { Subscriber } from '#platform/events'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import { SEAL_CHANGED } from '#modules/people'
import { beginLinkage } from './batch.ts'
import { readSome } from './mentions.ts'
import { loadNameGroups, nameKeys, rebuildSearchKeys } from './search-keys.ts'

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
    const { rows } = await client.query<{ id: string }>(
      `select m.id from changed c join people.membership b on b.person_id = c.person_id and b.to_at is null
       join people.mention m on m.id = b.mention_id where m.superseded_at is null`,
    )
    const mentions = await readSome(
      client,
      rows.map(({ id }) => id),
    )
    await rebuildSearchKeys(client, mentions, nameKeys(loadNameGroups()), false)
    await client.query('select incidents.close_problems(null)')
  })
}

export const followSeals: Subscriber = {
  topic: SEAL_CHANGED,
  name: 'search-keys',
  handle: async ({ id, subject }, { pool }) =>
    followSeal(pool, await serviceScope(pool, 'follow a seal', `event ${id}`), subject),
}
