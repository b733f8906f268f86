import type pg from 'pg'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import type { Job } from '#platform/http'
import { serviceScope } from '#modules/incidents'
import { beginLinkage } from './batch.ts'
import { ARRIVALS_JOB } from './live-linking.ts'
import { settleMentions } from './settle.ts'

/** Mentions whose neighbourhoods are clustered in one transaction. */
const LOT = 200

export interface SettledArrivals {
  readonly arrivals: number
  readonly moved: number
}

/**
 * Clusters again everything that hangs together with mentions that came singly: an arrival joins whom it fits as the people stand,
 * and a clustering of them all may know better. Safe to repeat; a lot is a transaction.
 * @param pool as dauntless_worker
 */
export async function settleArrivals(pool: Pool, scope: Scope, signal?: AbortSignal): Promise<SettledArrivals> {
  const all = { arrivals: 0, moved: 0 }
  for (;;) {
    signal?.throwIfAborted()
    const lot = await inTransaction(pool, async (client) => {
      await beginLinkage(client, scope)
      return settleLot(client)
    })
    all.arrivals += lot.arrivals
    all.moved += lot.moved
    if (lot.arrivals < LOT) return all
  }
}

async function settleLot(client: pg.ClientBase): Promise<SettledArrivals> {
  const { rows } = await client.query<{ seq: number; id: string }>(
    `select seq, mention_id as id from linkage.arrival where settled_at is null order by seq limit ${LOT}`,
  )
  if (rows.length === 0) return { arrivals: 0, moved: 0 }
  // Those with whom somebody has a pair for review are clustered too: why it is for review can be another by what has come.
  const { rows: near } = await client.query<{ id: string }>(
    `with own as (
       select y.mention_id as id from people.membership x join people.membership y on y.person_id = x.person_id and y.to_at is null
       where x.mention_id = any ($1) and x.to_at is null union select unnest($1::uuid[]))
     select id from own
     union select e.b from own join linkage.edge e on e.a = own.id where e.reason is not null
     union select e.a from own join linkage.edge e on e.b = own.id where e.reason is not null`,
    [rows.map(({ id }) => id)],
  )
  const settled = await settleMentions(
    client,
    near.map(({ id }) => id),
  )
  await client.query('update linkage.arrival set settled_at = now() where seq = any ($1)', [rows.map(({ seq }) => seq)])
  const detail = { what: 'settling arrivals', mentions: settled?.mentions ?? 0, moved: settled?.moved ?? 0 }
  await client.query(`select audit.record('combine', '{}', '{}', $1)`, [JSON.stringify(detail)])
  return { arrivals: rows.length, moved: settled?.moved ?? 0 }
}

const arrivals: Job = async (_, { pool, signal }) => {
  await settleArrivals(pool, await serviceScope(pool, 'settle arrivals', ARRIVALS_JOB), signal)
}

export const ARRIVALS_JOBS: Readonly<Record<string, Job>> = { [ARRIVALS_JOB]: arrivals }
