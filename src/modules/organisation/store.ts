import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

export interface Bcu {
  readonly id: number
  readonly code: string
  readonly name: string
}
export interface Borough {
  readonly code: string
  readonly name: string
  readonly bcuId: number
}
export interface Posting {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly role: string
  readonly place: string
  readonly validFrom: Temporal.PlainDate
  readonly validTo: Temporal.PlainDate | null
}

/** The commands of the force, by name; the pseudo-command for records without one comes last. */
export async function bcus(tx: Tx): Promise<Bcu[]> {
  return tx.sql<Bcu>`select id, code, name from organisation.bcu order by id = 0, name`
}
export async function boroughs(tx: Tx): Promise<Borough[]> {
  return tx.sql<Borough>`select code, name, bcu_id as "bcuId" from organisation.borough order by name`
}
export async function units(tx: Tx): Promise<{ id: string; name: string; bcu: string | null }[]> {
  return tx.sql`select u.id, u.name, b.name as bcu from organisation.unit u left join organisation.bcu b on b.id = u.bcu_id order by u.name`
}
export async function agencies(tx: Tx): Promise<{ id: string; name: string; kind: string; suspended: boolean }[]> {
  return tx.sql`select id, name, kind, suspended_at is not null as suspended from organisation.agency order by name`
}
/** Every posting the acting person may see (the administrator: all), by name and then latest first. */
export async function postings(tx: Tx): Promise<Posting[]> {
  return tx.sql<Posting>`
    select p.id, p.account_id as "accountId", a.name, p.role, coalesce(u.name, g.name, '') as place, p.valid_from as "validFrom",
      p.valid_to as "validTo"
    from organisation.posting p join auth.account a on a.id = p.account_id left join organisation.unit u on u.id = p.unit_id
    left join organisation.agency g on g.id = p.agency_id order by a.name, p.valid_from desc, p.id`
}
export async function accounts(tx: Tx): Promise<{ id: string; name: string }[]> {
  return tx.sql`select id, name from auth.account where kind = 'person' and disabled_at is null order by name, id`
}
export async function addPosting(
  tx: Tx,
  posting: {
    accountId: string
    role: string
    unitId: string | null
    agencyId: string | null
    from: Temporal.PlainDate
  },
): Promise<void> {
  await tx.sql`insert into organisation.posting (account_id, role, unit_id, agency_id, valid_from)
    values (${posting.accountId}, ${posting.role}, ${posting.unitId}, ${posting.agencyId}, ${posting.from})`
}
/** Ends a posting; `lastDay` is its last day. False when there is none that the acting person may end. */
export async function endPosting(tx: Tx, id: string, lastDay: Temporal.PlainDate): Promise<boolean> {
  const rows = await tx.sql<{ id: string }>`update organisation.posting set valid_to = ${lastDay.add({ days: 1 })}
    where id = ${id} and valid_from <= ${lastDay} returning id`
  return rows.length > 0
}
export async function addPerson(
  tx: Tx,
  person: { name: string; issuer: string; subject: string },
): Promise<string | null> {
  const rows = await tx.sql<{
    id: string
  }>`insert into auth.account (issuer, subject, name) values (${person.issuer}, ${person.subject},
    ${person.name}) on conflict (issuer, subject) do nothing returning id`
  return rows[0]?.id ?? null
}
export async function addAgency(tx: Tx, name: string, kind: string): Promise<boolean> {
  const rows = await tx.sql<{ id: string }>`insert into organisation.agency (name, kind) values (${name}, ${kind})
    on conflict (name) do nothing returning id`
  return rows.length > 0
}
/** Suspends an agency, or lets it back in: all of its people lose or get back their sight with the next statement. */
export async function suspendAgency(tx: Tx, id: string, suspended: boolean): Promise<void> {
  await tx.sql`update organisation.agency set suspended_at = case when ${suspended} then now() end where id = ${id}`
}
