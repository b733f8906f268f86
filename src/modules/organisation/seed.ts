import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import type { Role } from '#platform/access'

const GEO = join(import.meta.dirname, '../../../data/geo')

/** The 12 Basic Command Units of the Metropolitan Police with their two-letter codes, as of the 2019 structure. */
export const BCUS: readonly (readonly [id: number, code: string, name: string])[] = [
  [0, '--', 'No BCU given'],
  [1, 'AW', 'Central West'],
  [2, 'CN', 'Central North'],
  [3, 'CE', 'Central East'],
  [4, 'AS', 'Central South'],
  [5, 'NE', 'North East'],
  [6, 'EA', 'East'],
  [7, 'NA', 'North'],
  [8, 'NW', 'North West'],
  [9, 'WA', 'West'],
  [10, 'SW', 'South West'],
  [11, 'SN', 'South'],
  [12, 'SE', 'South East'],
]

/** The account that commands and the worker act as. It cannot sign in by the web. */
export const SERVICE_ACCOUNT = '00000000-0000-4000-8000-000000000001'

interface Feature {
  readonly properties: { readonly code: string; readonly name: string; readonly bcu: string }
  readonly geometry: object
}

/**
 * Puts in the force's own structure (BCUs, boroughs with boundaries, safeguarding units) where it is not there yet.
 * @param client connected as the one who migrates
 */
export async function seedForce(
  client: pg.Client,
  force: { id: string; name: string; synthetic: boolean },
): Promise<void> {
  await client.query(
    'insert into organisation.force (id, name, synthetic) values ($1, $2, $3) on conflict do nothing',
    [force.id, force.name, force.synthetic],
  )
  for (const [id, code, name] of BCUS) {
    await client.query('insert into organisation.bcu (id, code, name) values ($1, $2, $3) on conflict do nothing', [
      id,
      code,
      name,
    ])
  }
  const { features } = JSON.parse(readFileSync(join(GEO, 'london-boroughs.geojson'), 'utf8')) as { features: Feature[] }
  for (const { properties, geometry } of features) {
    if (properties.bcu === '') continue // the City of London has its own force
    await client.query(
      `insert into organisation.borough (code, name, bcu_id, boundary)
       select $1, $2, b.id, $3 from organisation.bcu b where b.name = $4 on conflict do nothing`,
      [properties.code, properties.name, JSON.stringify(geometry), properties.bcu.replace(/ Area$/, '')],
    )
  }
  for (const [id, , name] of BCUS.slice(1)) {
    await client.query(
      `insert into organisation.unit (kind, name, bcu_id) values ('safeguarding', $1, $3), ('da_car', $2, $3) on conflict do nothing`,
      [`${name} safeguarding unit`, `${name} domestic abuse cars`, id],
    )
  }
  await client.query(`insert into organisation.unit (kind, name) values ('headquarters', 'Public protection headquarters'),
    ('professional_standards', 'Professional standards'), ('stalking', 'Stalking Threat Assessment Centre') on conflict do nothing`)
  await client.query(
    `insert into auth.account (id, issuer, subject, name, kind) values ($1, 'service', 'worker', 'Dauntless (automatic)', 'service')
     on conflict do nothing`,
    [SERVICE_ACCOUNT],
  )
}

interface DemoPerson {
  readonly subject: string
  readonly name: string
  readonly role: Role
  readonly unit?: string
  readonly agency?: string
}

/** The invented staff of the demonstration: one or two for each role. */
const DEMO_PEOPLE: readonly DemoPerson[] = [
  { subject: 'amara', name: 'DC Amara Okafor', role: 'investigator', unit: 'Central North safeguarding unit' },
  { subject: 'tom', name: 'DC Tom Ashdown', role: 'investigator', unit: 'South East safeguarding unit' },
  { subject: 'leila', name: 'PC Leila Haddad', role: 'da_car', unit: 'Central North domestic abuse cars' },
  {
    subject: 'grace',
    name: 'DS Grace Whitlock',
    role: 'safeguarding_supervisor',
    unit: 'Central North safeguarding unit',
  },
  { subject: 'imran', name: 'Imran Siddiq', role: 'disclosure_officer', unit: 'Central North safeguarding unit' },
  { subject: 'katja', name: 'Katja Novak', role: 'orders_officer', unit: 'Central North safeguarding unit' },
  { subject: 'wei', name: 'Wei Chen', role: 'analyst', unit: 'Public protection headquarters' },
  {
    subject: 'ruth',
    name: 'Det Supt Ruth Adeyemi',
    role: 'lead_responsible_officer',
    unit: 'Public protection headquarters',
  },
  { subject: 'nadia', name: 'Nadia Rahman', role: 'idva', agency: 'Lantern IDVA service (invented)' },
  { subject: 'ben', name: 'Ben Carver', role: 'partner', agency: 'Northbridge council housing (invented)' },
  { subject: 'olu', name: 'DI Olu Balogun', role: 'professional_standards', unit: 'Professional standards' },
  { subject: 'sam', name: 'Sam Lister', role: 'administrator', unit: 'Public protection headquarters' },
  { subject: 'joan', name: 'Joan Mercer', role: 'auditor', unit: 'Professional standards' },
]

/** Puts in the demonstration's staff and agencies, once. @param from the first day of their postings, ISO */
export async function seedDemoPeople(client: pg.Client, from: string): Promise<void> {
  await client.query(`insert into organisation.agency (name, kind) values ('Lantern IDVA service (invented)', 'idva_service'),
    ('Northbridge council housing (invented)', 'housing') on conflict do nothing`)
  for (const { subject, name, role, unit, agency } of DEMO_PEOPLE) {
    const { rows } = await client.query<{ id: string }>(
      `insert into auth.account (issuer, subject, name, demo) values ('embedded', $1, $2, true) on conflict do nothing returning id`,
      [subject, name],
    )
    const id = rows[0]?.id
    if (id === undefined) continue
    await client.query(
      `insert into organisation.posting (account_id, role, unit_id, agency_id, valid_from)
       values ($1, $2, (select id from organisation.unit where name = $3), (select id from organisation.agency where name = $4), $5)`,
      [id, role, unit ?? null, agency ?? null, from],
    )
    if (role === 'lead_responsible_officer') {
      await client.query(
        `insert into organisation.portfolio (account_id, theme, valid_from) values ($1, 'Domestic abuse', $2)`,
        [id, from],
      )
    }
  }
}
