import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { systemClock } from '#platform/clock'
import { linkForce } from '#modules/linkage'
import { runImport, serviceScope } from '#modules/incidents'
import { seedDemoPeople, seedForce } from '#modules/organisation'
import { deriveInvolvement, loadHarmWeights, scoreForce } from '#modules/targeting'
import { generate } from '#synthetic'
import { asAdmin, type Installation, type Say } from './setup.ts'

/** The scale of the demonstration that `npm start` loads: ready within a minute. */
export const START_SCALE = 0.01

/** Any number that nothing else locks: one process at a time loads the demonstration. */
const LOADING_LOCK = 727_005

/**
 * Loads the demonstration when there is no force yet, or a load of it was cut short. A second process that starts
 * meanwhile waits for the first and then finds it loaded.
 * @param allowed false: an empty database is left empty
 * @returns whether it was loaded now
 * @throws Error when there is no force and none may be loaded
 */
export async function loadDemoIfEmpty(installation: Installation, allowed: boolean, say: Say): Promise<boolean> {
  return asAdmin(installation, async (client) => {
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [LOADING_LOCK])
    if (rows[0]?.free !== true) {
      say('another process is loading the demonstration; waiting for it')
      await client.query('select pg_advisory_lock($1)', [LOADING_LOCK])
    }
    const scale = await demoToLoad(client)
    if (scale === null) return false
    if (!allowed)
      throw new Error('this database holds no force: set one up with "dauntless init", or load the demonstration')
    await loadDemo(installation, scale, say)
    return true
  })
}

/** The scale of the demonstration that is still to be loaded: there is no force yet, or a load was cut short. Null: none. */
async function demoToLoad(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ force: boolean; scale: number | null }>(
    `select exists (select from organisation.force) as force, (select d.scale from meta.demo d where d.finished_at is null
       and not exists (select from meta.demo f where f.finished_at > d.began_at) order by d.began_at desc limit 1) as scale`,
  )
  return rows[0]?.scale ?? (rows[0]?.force ? null : START_SCALE)
}

/** What of a generated folder is taken in, by which profile. A folder that an earlier version made has no calls. */
function sourcesOf(folder: string): { what: string; profile: string; paths: string[] }[] {
  const reports = ['calls', 'online'].map((name) => join(folder, name)).filter((path) => existsSync(path))
  return [
    { what: 'records', profile: 'synthetic', paths: [folder] },
    ...(reports.length > 0 ? [{ what: 'calls and online reports', profile: 'synthetic-reports', paths: reports }] : []),
  ]
}

/**
 * Why the demonstration may not be loaded into this database, in a line; null when it may. Nobody proves who they are in it, so
 * nothing may be there that is somebody's own. Public figures that name nobody may.
 */
export async function whyNoDemo(client: pg.ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ real: boolean; named: boolean }>(
    `select exists (select from organisation.force where not synthetic)
       or exists (select from auth.account where kind = 'person' and not demo) as real,
     not exists (select from meta.demo) and exists (select from people.mention m where m.source <> 'synthetic'
       and coalesce(m.nominal, m.forenames, m.surname, m.known_as, m.address, m.phone, m.custody_ref) is not null) as named`,
  )
  if (rows[0]?.real) return 'this database holds a real force: the demonstration is not loaded into it'
  if (rows[0]?.named)
    return 'this database holds records of people: the demonstration, which anybody can sign in to, is not loaded into it'
  return null
}

/**
 * Loads the demonstration force: generates the synthetic London, takes in its files as any source's, links, scores.
 * @throws Error when the database holds a real force, or records of people
 */
export async function loadDemo(installation: Installation, scale: number, say: Say): Promise<void> {
  await asAdmin(installation, async (client) => {
    const why = await whyNoDemo(client)
    if (why !== null) throw new Error(why)
    await client.query('insert into meta.demo (began_at, scale) values (clock_timestamp(), $1)', [scale])
    await seedForce(client, { id: 'demo', name: 'Synthetic London', synthetic: true })
    await seedDemoPeople(client, '2023-01-01')
  })
  const folder = join(installation.folder, `synthetic-${scale}`)
  if (!existsSync(join(folder, 'truth', 'expected.json'))) {
    rmSync(folder, { recursive: true, force: true })
    say(`making the synthetic London at scale ${scale}`)
    await generate({ out: folder, scale })
  }
  for (const { what, profile, paths } of sourcesOf(folder)) {
    say(`taking in its ${what}`)
    const report = await runImport(installation.worker, { paths, profile })
    say(`took in ${report.added} records (${report.rejected} rows rejected)`)
  }
  await linkAndScore(installation, say)
  await asAdmin(installation, (client) =>
    client.query('update meta.demo set finished_at = clock_timestamp() where finished_at is null'),
  )
}

/** Links every mention, works out who did what to whom, and scores the force. */
export async function linkAndScore(installation: Installation, say: Say): Promise<void> {
  const scope = await serviceScope(installation.worker, 'link and score', 'dauntless link')
  const linked = await linkForce(installation.worker, scope, say)
  say(`linked ${linked.mentions} mentions to ${linked.persons} people in ${linked.seconds} s`)
  await scoreAll(installation, say)
}

export async function scoreAll(installation: Installation, say: Say): Promise<{ people: number; ms: number }> {
  await loadHarmWeights(installation.worker)
  await deriveInvolvement(installation.worker, {})
  const scored = await scoreForce(installation.worker, { now: systemClock.now() })
  say(`scored ${scored.people} people`)
  return scored
}
