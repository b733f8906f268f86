import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { WorkerConnection } from './worker.ts'
import { inOneTransaction } from './worker.ts'

/** The table of harm weights that records are weighed by, as it is named in the database. Never mixed with another. */
export const HARM_VERSION = 'cchi-2026-working-1'

const FOLDER = join(import.meta.dirname, '../../../data/offences')
const WORKING = 'working value, written from memory, not verified'

/** Days of harm of one offence, and where the figure comes from. */
export interface HarmWeight {
  readonly code: string
  readonly days: number
  /** The median of its subgroup (or nought) stands in for a value that was not found. */
  readonly fallback: boolean
  readonly source: string
}

/** The median days of each subgroup of recorded crime. Source: Cambridge Crime Harm Index, February 2026, second-hand. */
export function subgroupMedians(): ReadonlyMap<string, number> {
  const rows = table('cchi-subgroup-medians.csv')
  return new Map(rows.map((row) => [row['prc_offence_subgroup'] ?? '', Number(row['cchi_days_median'])]))
}

/**
 * The weight of every offence that is seen in domestic abuse, by CJS code: its own working value where there is one,
 * otherwise the median of its subgroup, marked as a fallback. None has been verified.
 */
export function offenceWeights(): HarmWeight[] {
  const medians = subgroupMedians()
  return table('da-offences.csv').map((row) => {
    const code = row['cjs_code'] ?? ''
    const subgroup = row['ons_subgroup'] ?? ''
    const working = row['harm_days_working_from_memory'] ?? ''
    if (working !== '') return { code, days: Number(working), fallback: false, source: WORKING }
    const median = medians.get(subgroup) ?? Number(row['cchi_subgroup_median_days'] || 0)
    return { code, days: median, fallback: true, source: `median of "${subgroup}" stands in, not verified` }
  })
}

/** Words in the title of an offence that tell its subgroup. The first that fits decides, so the particular comes first. */
const SUBGROUP_WORDS: readonly (readonly [RegExp, string])[] = [
  [/attempt\w* (to )?murder/, 'Violence with injury'],
  [/murder|homicide|manslaughter|infanticide/, 'Homicide'],
  [/\brape|sodomy/, 'Rape offences'],
  [/sex|penetration|fondling|indecent assault|intimate (image|state|photo)/, 'Other sexual offences'],
  [/(without|no|not) (\w+ )?injury/, 'Violence without injury'],
  [/stalk|harass|malicious comm|communication|telephone|restraining order/, 'Stalking and harassment'],
  [/strangl|strangul|suffocat|wound|grievous|bodily harm|injur/, 'Violence with injury'],
  [/aggravated.*(assault|battery)|(assault|battery).*aggravated/, 'Violence with injury'],
  [/robbery/, 'Robbery of personal property'],
  [/burglary|home invasion|breaking and entering/, 'Residential burglary'],
  [/arson/, 'Arson'],
  [
    /assault|battery|kidnap|abduct|imprison|restraint|coerci|control|intimidat|cruelty|threat/,
    'Violence without injury',
  ],
  [/weapon|firearm|knife|blade/, 'Possession of weapons'],
  [/damage|vandal|destruction/, 'Criminal damage'],
  [/vehicle/, 'Vehicle crime'],
  [/theft|larceny|stolen|stealing/, 'Other theft'],
  [/public order|affray|disorderly|fear of violence/, 'Public order'],
  [/breach|violat|order/, 'Other crime'],
]

/**
 * What stands in for an offence whose code is in no table (another country's, or one too new): the median of the
 * subgroup its title speaks of, or nought when it speaks of none. Always marked as a fallback.
 */
export function fallbackWeight(code: string, title: string, medians = subgroupMedians()): HarmWeight {
  const words = title.toLowerCase()
  const subgroup = SUBGROUP_WORDS.find(([pattern]) => pattern.test(words))?.[1]
  if (subgroup === undefined) return { code, days: 0, fallback: true, source: 'no weight is known: counted as nought' }
  const days = medians.get(subgroup) ?? 0
  return { code, days, fallback: true, source: `median of "${subgroup}" stands in, judged by the title` }
}

/**
 * Loads the weights of this release into the database as a version. Safe to run again.
 * @returns how many weights there are
 */
export async function loadHarmWeights(connection: WorkerConnection, version: string = HARM_VERSION): Promise<number> {
  const weights = offenceWeights()
  await inOneTransaction(connection, (client) => keepWeights(client, version, weights))
  return weights.length
}

interface Queries {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>
}

/** Gives every offence on the books a weight in the version: codes that have none yet get their fallback. */
export async function addFallbackWeights(client: Queries, version: string): Promise<number> {
  const { rows } = await client.query<{ code: string; title: string }>(
    `select coalesce(nullif(o.cjs_code, ''), o.code) as code, min(o.title) as title from incidents.offence o
     where not exists (select from targeting.harm_weight w where w.version = $1 and w.code = coalesce(nullif(o.cjs_code, ''), o.code))
     group by 1 order by 1`,
    [version],
  )
  const medians = subgroupMedians()
  await keepWeights(
    client,
    version,
    rows.map(({ code, title }) => fallbackWeight(code, title, medians)),
  )
  return rows.length
}

async function keepWeights(client: Queries, version: string, weights: readonly HarmWeight[]): Promise<void> {
  await client.query(
    `insert into targeting.harm_weight (version, code, days, fallback, source)
     select $1, w.* from unnest($2::text[], $3::real[], $4::boolean[], $5::text[]) w
     on conflict (version, code) do update set days = excluded.days, fallback = excluded.fallback, source = excluded.source
       where harm_weight.verified_by is null`,
    [
      version,
      weights.map(({ code }) => code),
      weights.map(({ days }) => days),
      weights.map(({ fallback }) => fallback),
      weights.map(({ source }) => source),
    ],
  )
}

function table(name: string): Record<string, string>[] {
  return parse(readFileSync(join(FOLDER, name)), { columns: true, bom: true, skip_empty_lines: true })
}
