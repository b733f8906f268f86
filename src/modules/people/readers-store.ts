import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

/** Somebody who may see a sealed person. */
export interface Reader {
  readonly id: string
  readonly name: string
  readonly place: string
  readonly reason: string
  readonly byName: string
  readonly at: Temporal.Instant
  /** The one who asks: their own name is taken away by somebody else. */
  readonly own: boolean
}

export interface Colleague {
  readonly id: string
  readonly name: string
  readonly place: string
}

/** Who may see a sealed person, by name; nobody when the person is not sealed, or not for whoever asks. */
export async function readersOf(tx: Tx, personId: string): Promise<readonly Reader[]> {
  return tx.sql<Reader>`
    with r as (select account_id, reason, by_account, at from people.seal_reader where person_id = ${personId} and ended_at is null)
    select r.account_id as id, coalesce(n.name, '') as name, coalesce(n.place, '') as place, r.reason, coalesce(b.name, '') as "byName",
      r.at, r.account_id = access.actor() as own
    from r left join organisation.names_of(array(select account_id from r)) n on n.id = r.account_id
    left join organisation.names_of(array(select by_account from r)) b on b.id = r.by_account order by n.name, r.account_id`
}

/** Colleagues by part of their name, twenty at most. */
export async function colleagues(tx: Tx, part: string): Promise<readonly Colleague[]> {
  return tx.sql<Colleague>`select id, name, place from people.colleagues(${part})`
}

/** Names a colleague for somebody sealed. False: not for whoever asks, or nobody who can be named. */
export async function nameReader(tx: Tx, personId: string, colleague: string, reason: string): Promise<boolean> {
  const [row] = await tx.sql<{ done: boolean }>`select people.name_reader(${personId}, ${colleague}, ${reason}) as done`
  return row?.done === true
}

/** Takes the name of a colleague away. False: not for whoever asks, one's own, or not named. */
export async function endReader(tx: Tx, personId: string, colleague: string): Promise<boolean> {
  const [row] = await tx.sql<{ done: boolean }>`select people.end_reader(${personId}, ${colleague}) as done`
  return row?.done === true
}
