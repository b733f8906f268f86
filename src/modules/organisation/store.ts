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
export interface Unit {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly bcu: string | null
}
export interface Agency {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly suspendedAt: Temporal.Instant | null
  /** People posted to it today. Only administrators see postings; for others it is 0. */
  readonly people: number
}
export interface Portfolio {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly theme: string
  readonly validFrom: Temporal.PlainDate
  readonly validTo: Temporal.PlainDate | null
}

export async function forceName(tx: Tx): Promise<string> {
  const rows = await tx.sql<{ name: string }>`select name from organisation.force order by id limit 1`
  return rows[0]?.name ?? ''
}
/** The commands of the force, by name; the pseudo-command for records without one comes last. */
export async function bcus(tx: Tx): Promise<Bcu[]> {
  return tx.sql<Bcu>`select id, code, name from organisation.bcu order by id = 0, name`
}
export async function boroughs(tx: Tx): Promise<Borough[]> {
  return tx.sql<Borough>`select code, name, bcu_id as "bcuId" from organisation.borough order by name`
}
/** Outlines of the boroughs that have one, as GeoJSON geometries. */
export async function boundaries(tx: Tx): Promise<{ code: string; name: string; bcuId: number; boundary: unknown }[]> {
  return tx.sql`select code, name, bcu_id as "bcuId", boundary from organisation.borough where boundary is not null order by name`
}
/** How many people are posted to the units of each command today. */
export async function staffOfBcus(tx: Tx): Promise<Map<number, number>> {
  const rows = await tx.sql<{ id: number; staff: number }>`
    select bcu_id as id, staff from organisation.staff_of_bcus() order by 1`
  return new Map(rows.map(({ id, staff }) => [id, staff]))
}
export async function units(tx: Tx): Promise<Unit[]> {
  return tx.sql<Unit>`select u.id, u.kind, u.name, b.name as bcu from organisation.unit u
    left join organisation.bcu b on b.id = u.bcu_id order by u.name`
}
/** @returns the id, or null when there is a unit of that name */
export async function addUnit(
  tx: Tx,
  unit: { name: string; kind: string; bcuId: number | null },
): Promise<string | null> {
  const rows = await tx.sql<{ id: string }>`insert into organisation.unit (kind, name, bcu_id)
    values (${unit.kind}, ${unit.name}, ${unit.bcuId}) on conflict (name) do nothing returning id`
  return rows[0]?.id ?? null
}

export async function agencies(tx: Tx): Promise<Agency[]> {
  return tx.sql<Agency>`
    select g.id, g.name, g.kind, g.suspended_at as "suspendedAt", (select count(distinct p.account_id)::integer
      from organisation.posting p where p.agency_id = g.id and p.valid_from <= organisation.today()
        and (p.valid_to is null or p.valid_to > organisation.today())) as people
    from organisation.agency g order by g.name`
}
/** Adds an agency. @returns its id; of the one that is there when its name and kind are the same; else null */
export async function addAgency(tx: Tx, name: string, kind: string): Promise<string | null> {
  const made = await tx.sql<{ id: string }>`insert into organisation.agency (name, kind) values (${name}, ${kind})
    on conflict (name) do nothing returning id`
  if (made[0]) return made[0].id
  const there = await tx.sql<{ id: string }>`select id from organisation.agency where name = ${name} and kind = ${kind}`
  return there[0]?.id ?? null
}
/** Suspends an agency, or lets it back in: all of its people lose or get back their sight with the next statement. */
export async function suspendAgency(tx: Tx, id: string, suspended: boolean): Promise<void> {
  await tx.sql`update organisation.agency set suspended_at = case when ${suspended} then now() end
    where id = ${id} and (suspended_at is not null) <> ${suspended}`
}

/** Who leads which theme, the running ones first. */
export async function portfolios(tx: Tx): Promise<Portfolio[]> {
  return tx.sql<Portfolio>`
    select f.id, f.account_id as "accountId", n.name, f.theme, f.valid_from as "validFrom", f.valid_to as "validTo"
    from organisation.portfolio f
    left join organisation.names_of(array(select account_id from organisation.portfolio)) n on n.id = f.account_id
    order by f.valid_to is not null, f.theme, f.valid_from desc, f.id limit 500`
}
/** People posted as Lead Responsible Officers now or later: who can be given a portfolio. */
export async function leads(tx: Tx): Promise<{ id: string; name: string }[]> {
  return tx.sql`select distinct a.id, a.name from auth.account a join organisation.posting p on p.account_id = a.id
    where p.role = 'lead_responsible_officer' and a.disabled_at is null
      and (p.valid_to is null or p.valid_to > organisation.today() and p.valid_to > p.valid_from) order by a.name, a.id`
}
/** Gives somebody a theme. Sent twice it is given once. */
export async function addPortfolio(tx: Tx, accountId: string, theme: string, from: Temporal.PlainDate): Promise<void> {
  await tx.sql`insert into organisation.portfolio (account_id, theme, valid_from) values (${accountId}, ${theme}, ${from})
    on conflict (account_id, lower(theme)) where valid_to is null do nothing`
}
/** Ends a portfolio after `lastDay`. False when there is none running. */
export async function endPortfolio(tx: Tx, id: string, lastDay: Temporal.PlainDate): Promise<boolean> {
  const rows = await tx.sql<{ id: string }>`update organisation.portfolio
    set valid_to = greatest(${lastDay.add({ days: 1 })}::date, valid_from) where id = ${id} and valid_to is null returning id`
  return rows.length > 0
}
