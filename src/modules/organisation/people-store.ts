import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

/** Somebody who can sign in, as the list of people has them. */
export interface Account {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly disabledAt: Temporal.Instant | null
}
export interface Listed extends Account {
  /** What they are today, in the words of the database: role and place. */
  readonly now: readonly { readonly role: string; readonly place: string }[]
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
export interface Change {
  readonly at: Temporal.Instant
  readonly who: string
  readonly purpose: string
  readonly reason: string
  readonly what: string
  readonly how: string
  readonly role: string
  readonly place: string
}

export const PAGE_ROWS = 50

export type PeopleFilter = 'all' | 'posted' | 'unposted' | 'disabled'

/** One page of the people, by name, with what they are today. */
export async function people(
  tx: Tx,
  { part, filter, page }: { part: string; filter: PeopleFilter; page: number },
): Promise<{ rows: Listed[]; found: number }> {
  const rows = await tx.sql<Listed & { found: number }>`
    select a.id, a.name, a.issuer, a.subject, a.disabled_at as "disabledAt", coalesce(n.now, '[]') as now,
      count(*) over ()::integer as found
    from auth.account a left join lateral (
      select jsonb_agg(jsonb_build_object('role', p.role, 'place', coalesce(u.name, g.name, '')) order by p.valid_from) as now
      from organisation.posting p left join organisation.unit u on u.id = p.unit_id left join organisation.agency g on g.id = p.agency_id
      where p.account_id = a.id and p.valid_from <= organisation.today() and (p.valid_to is null or p.valid_to > organisation.today())
    ) n on true
    where a.kind = 'person' and strpos(lower(a.name), lower(${part})) > 0
      and case ${filter}::text when 'disabled' then a.disabled_at is not null when 'unposted' then a.disabled_at is null and n.now is null
        when 'posted' then a.disabled_at is null and n.now is not null else true end
    order by a.name, a.id limit ${PAGE_ROWS} offset ${(page - 1) * PAGE_ROWS}`
  return { rows, found: rows[0]?.found ?? 0 }
}

export async function account(tx: Tx, id: string): Promise<Account | null> {
  const rows = await tx.sql<Account>`select id, name, issuer, subject, disabled_at as "disabledAt" from auth.account
    where id = ${id} and kind = 'person'`
  return rows[0] ?? null
}

/** Whether this is the demonstration: an invented force, and nobody of a real sign-in service in it. */
export async function isDemonstration(tx: Tx): Promise<boolean> {
  const rows = await tx.sql<{ demo: boolean }>`select auth.is_demo_force() as demo`
  return rows[0]?.demo === true
}

/** Adds somebody who can sign in. Null when the identifier is another person's already; sent twice it is done once. */
export async function addPerson(
  tx: Tx,
  person: { name: string; issuer: string; subject: string },
): Promise<string | null> {
  const made = await tx.sql<{ id: string }>`insert into auth.account (issuer, subject, name)
    values (${person.issuer}, ${person.subject}, ${person.name}) on conflict (issuer, subject) do nothing returning id`
  if (made[0]) return made[0].id
  const there = await tx.sql<{ id: string }>`select id from auth.account
    where issuer = ${person.issuer} and subject = ${person.subject} and name = ${person.name} and kind = 'person'`
  return there[0]?.id ?? null
}
/** Shuts an account, which signs it out everywhere at once, or opens it again. False when that may not be done. */
export async function setDisabled(tx: Tx, id: string, disabled: boolean): Promise<boolean> {
  const rows = await tx.sql<{ id: string }>`update auth.account set disabled_at = case when ${disabled} then now() end
    where id = ${id} and kind = 'person' and (disabled_at is not null) <> ${disabled} returning id`
  return rows.length > 0
}

/** Every posting of one person, the latest first. */
export async function postingsOf(tx: Tx, accountId: string): Promise<Posting[]> {
  return tx.sql<Posting>`
    select p.id, p.account_id as "accountId", a.name, p.role, coalesce(u.name, g.name, '') as place, p.valid_from as "validFrom",
      p.valid_to as "validTo"
    from organisation.posting p join auth.account a on a.id = p.account_id left join organisation.unit u on u.id = p.unit_id
    left join organisation.agency g on g.id = p.agency_id where p.account_id = ${accountId} order by p.valid_from desc, p.id limit 200`
}

/** Which postings a list is of: those that run today, begin later, end within the fortnight, or run at one unit or agency. */
export type PostingList = 'now' | 'coming' | 'ending'
/** How far ahead an end is shown as near. Days. */
export const ENDING_DAYS = 14

/** Postings of the force, by name. @param place a unit or agency; null for all */
export async function postings(
  tx: Tx,
  { list, place, page }: { list: PostingList; place: string | null; page: number },
): Promise<{ rows: Posting[]; found: number }> {
  const rows = await tx.sql<Posting & { found: number }>`
    select p.id, p.account_id as "accountId", a.name, p.role, coalesce(u.name, g.name, '') as place, p.valid_from as "validFrom",
      p.valid_to as "validTo", count(*) over ()::integer as found
    from organisation.posting p join auth.account a on a.id = p.account_id left join organisation.unit u on u.id = p.unit_id
    left join organisation.agency g on g.id = p.agency_id
    where a.kind = 'person' and (p.valid_to is null or p.valid_to > greatest(organisation.today(), p.valid_from))
      and (${place}::uuid is null or p.unit_id = ${place}::uuid or p.agency_id = ${place}::uuid)
      and case ${list}::text when 'coming' then p.valid_from > organisation.today()
        when 'ending' then p.valid_from <= organisation.today() and p.valid_to <= organisation.today() + ${ENDING_DAYS + 1}::integer
        else p.valid_from <= organisation.today() end
    order by case when ${list}::text = 'ending' then p.valid_to end, a.name, p.valid_from desc, p.id
    limit ${PAGE_ROWS} offset ${(page - 1) * PAGE_ROWS}`
  return { rows, found: rows[0]?.found ?? 0 }
}

export interface NewPosting {
  readonly accountId: string
  readonly role: string
  readonly unitId: string | null
  readonly agencyId: string | null
  readonly from: Temporal.PlainDate
}
/** A posting of the same person as the same in the same place that would overlap, other than the very same one sent again. */
export async function overlapping(tx: Tx, posting: NewPosting): Promise<Posting | null> {
  const rows = await tx.sql<Posting>`
    select p.id, p.account_id as "accountId", '' as name, p.role, '' as place, p.valid_from as "validFrom", p.valid_to as "validTo"
    from organisation.posting p where p.account_id = ${posting.accountId} and p.role = ${posting.role}
      and coalesce(p.unit_id, p.agency_id) = coalesce(${posting.unitId}::uuid, ${posting.agencyId}::uuid)
      and (p.valid_to is null or p.valid_to > greatest(p.valid_from, ${posting.from}::date)) and p.valid_from <> ${posting.from}
    order by p.valid_from limit 1`
  return rows[0] ?? null
}
/** Posts somebody. Sent twice it is done once. */
export async function addPosting(tx: Tx, posting: NewPosting): Promise<void> {
  await tx.sql`insert into organisation.posting (account_id, role, unit_id, agency_id, valid_from)
    values (${posting.accountId}, ${posting.role}, ${posting.unitId}, ${posting.agencyId}, ${posting.from}) on conflict do nothing`
}
export async function posting(tx: Tx, id: string): Promise<Posting | null> {
  const rows = await tx.sql<Posting>`
    select p.id, p.account_id as "accountId", a.name, p.role, coalesce(u.name, g.name, '') as place, p.valid_from as "validFrom",
      p.valid_to as "validTo"
    from organisation.posting p join auth.account a on a.id = p.account_id left join organisation.unit u on u.id = p.unit_id
    left join organisation.agency g on g.id = p.agency_id where p.id = ${id} and a.kind = 'person'`
  return rows[0] ?? null
}
/** Sets the first day without the posting. False when the acting person may not. */
export async function endPosting(tx: Tx, id: string, validTo: Temporal.PlainDate): Promise<boolean> {
  const rows = await tx.sql<{
    id: string
  }>`update organisation.posting set valid_to = ${validTo} where id = ${id} returning id`
  return rows.length > 0
}

/** What was changed about somebody's account, postings and portfolios, the latest first. */
export async function changesTo(tx: Tx, accountId: string): Promise<Change[]> {
  return tx.sql<Change>`select * from organisation.changes_to(${accountId})`
}

/** How many people can sign in and are nobody anywhere, today or later. */
export async function unposted(tx: Tx): Promise<number> {
  const rows = await tx.sql<{ n: number }>`select count(*)::integer as n from auth.account a
    where a.kind = 'person' and a.disabled_at is null and not exists (select from organisation.posting p where p.account_id = a.id
      and (p.valid_to is null or p.valid_to > greatest(organisation.today(), p.valid_from)))`
  return rows[0]?.n ?? 0
}
