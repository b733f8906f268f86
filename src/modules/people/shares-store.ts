import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

/** What of a person a share may name; the policies know these and no others. */
export const SHARED_FIELDS = ['identity', 'incidents'] as const
export type SharedField = (typeof SHARED_FIELDS)[number]

/** A share of a person, live or over. */
export interface Share {
  readonly id: string
  readonly agency: string
  /** The agency is suspended: nobody of it sees anything meanwhile. */
  readonly suspended: boolean
  readonly fields: readonly string[]
  readonly purpose: string
  readonly basis: string
  readonly decidedBy: string
  readonly at: Temporal.Instant
  readonly until: Temporal.Instant
  readonly endedAt: Temporal.Instant | null
  readonly endedBy: string
  readonly endReason: string
  /** It was of a record that was since found to be of this person: the agency sees nothing by it. */
  readonly isLeft: boolean
}

/** The shares of a person opened before, live ones first, the newest 100; with those that a joining of records has left. */
export async function sharesOf(tx: Tx, personId: string): Promise<readonly Share[]> {
  return tx.sql<Share>`
    with s as (
      (select o.*, false as left_behind from people.share o where o.person_id = ${personId} order by o.at desc, o.id limit 100)
      union all select o.*, true from people.shares_left(${personId}) o)
    select s.id, a.name as agency, a.suspended_at is not null as suspended, s.fields, s.purpose, s.basis, coalesce(d.name, '') as "decidedBy",
      s.at, s.until, s.ended_at as "endedAt", coalesce(e.name, '') as "endedBy", s.end_reason as "endReason", s.left_behind as "isLeft"
    from s join organisation.agency a on a.id = s.agency_id
    left join organisation.names_of(array(select decided_by from s)) d on d.id = s.decided_by
    left join organisation.names_of(array(select ended_by from s)) e on e.id = s.ended_by
    order by s.ended_at is null and s.until > now() desc, s.at desc, s.id`
}

/** Somebody of whom a joining of records has left a share: the agencies see nothing any more until somebody shares again. */
export interface LeftShare {
  readonly personId: string
  readonly name: string
  readonly agencies: readonly string[]
}

/** Those of them whom the acting supervisor sees, whose share ends first at the top, 20 at most. Logs them as shown. */
export async function leftShares(tx: Tx): Promise<readonly LeftShare[]> {
  const left = await tx.sql<{ personId: string; agencies: string[] }>`
    select person_id as "personId", agencies from people.open_shares_left()`
  if (left.length === 0) return []
  const named = await tx.sql<{ id: string; name: string }>`
    select id, name from people.person where id = any (${left.map(({ personId }) => personId)})`
  const names = new Map(named.map(({ id, name }) => [id, name]))
  return left.map((one) => ({ ...one, name: names.get(one.personId) ?? '' }))
}

/** The agencies that something can be shared with now. */
export async function liveAgencies(tx: Tx): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return tx.sql`select id, name from organisation.agency where suspended_at is null order by name, id`
}

export interface NewShare {
  readonly personId: string
  readonly agencyId: string
  readonly fields: readonly SharedField[]
  readonly purpose: string
  readonly basis: string
  readonly until: Temporal.Instant
  /** Made with the form, so that one sent twice shares once. */
  readonly operationId: string
}

/** What came of asking to share: done (also when it had been done by the same form), or why not. */
export type Shared =
  'done' | 'repeated' | 'not there' | 'sealed' | 'fields' | 'words' | 'past' | 'far' | 'agency' | 'already'

/** Shares a person with an agency. Logged as a disclosure. */
export async function sharePerson(tx: Tx, share: NewShare): Promise<Shared> {
  const { personId, agencyId, fields, purpose, basis, until, operationId } = share
  const [row] = await tx.sql<{ came: Shared }>`
    select people.share_person(${personId}, ${agencyId}, ${fields}, ${purpose}, ${basis}, ${until}, ${operationId}) as came`
  return row?.came ?? 'not there'
}

/** Ends a share at once. */
export async function endShare(
  tx: Tx,
  shareId: string,
  reason: string,
): Promise<'done' | 'not there' | 'words' | 'ended'> {
  const [row] = await tx.sql<{ came: 'done' | 'not there' | 'words' | 'ended' }>`
    select people.end_share(${shareId}, ${reason}) as came`
  return row?.came ?? 'not there'
}
