// A small demonstration force as the product itself makes it (generated, imported, linked, scored), with the cases that the
// proofs need. Made once for a whole test run, as a template database that files copy.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { hashToken } from '#platform/auth'
import { openPagePool, openPool, type Tx, withScope } from '#platform/db'
import { generate } from '#synthetic'
import { addressOf, freshDatabase, type FreshDatabase } from '#test/database'
import { loginUrl } from '#test/world'
import { loadDemo } from '../../src/demo.ts'
import type { Installation } from '../../src/setup.ts'

/** About 900 records: every route has something to show, and the whole is made in some seconds. */
export const DEMO_SCALE = 0.002
const TEMPLATE = 'tpl_demo'
const LOCK = 7_262_025

/** Records written into the source files, so that they come in as any other does. All invented. */
export const STORY = {
  /** A police employee: sealed at linkage. Alone on a record with somebody nobody else knows. */
  sealed: { forenames: 'Quillon', surname: 'Sealwright', dob: '1981-04-17', phone: '07700 900991' },
  sealedVictim: { forenames: 'Maribel', surname: 'Sealwright', dob: '1983-09-02', phone: '07700 900992' },
  /** Known to the South East alone, so a stub to the Central North. */
  farAway: { forenames: 'Zebedee', surname: 'Farthingale', dob: '1979-01-23', phone: '07700 900993' },
  /** Known to the Central North; shared with both partner agencies. */
  shared: { forenames: 'Ottoline', surname: 'Quartermain', dob: '1990-07-30', phone: '07700 900994' },
  suspect: { forenames: 'Barnaby', surname: 'Quartermain', dob: '1986-12-05', phone: '07700 900995' },
} as const satisfies Record<string, StoryPerson>
export interface StoryPerson {
  readonly forenames: string
  readonly surname: string
  readonly dob: string
  readonly phone: string
}

/** One domestic record as the lines of the three source files. */
export interface StoryRecord {
  readonly ref: string
  readonly bcu: string
  readonly borough: string
  readonly reported: string
  readonly victim: StoryPerson
  readonly suspect: StoryPerson
  readonly police?: boolean
}

const INCIDENTS =
  'crime_ref,incident_ref,record_kind,reported_dt,committed_from,committed_to,crime_status,da_flag,flags,risk_grade,' +
  'bcu,borough_code,ward_code,location_type,address,postcode,lat,lon,channel,mo_text,last_updated,SYNTHETIC\n'
const OFFENCES = 'crime_ref,offence_seq,offence_code,cjs_code,offence_title,outcome_code,outcome_dt,SYNTHETIC\n'
const PERSONS =
  'crime_ref,person_seq,mention_ref,role,nominal_id,forenames,surname,known_as,dob,sex,ethnicity_sde,language,address,' +
  'postcode,phone,relationship_to_suspect,arrest_dt,custody_ref,police_employee,SYNTHETIC\n'

/** Writes a delivery of records into a folder, in the shape of the synthetic source's files. @param name of the delivery */
export function writeDelivery(folder: string, name: string, records: readonly StoryRecord[]): void {
  const write = (file: string, text: string): void => appendFileSync(join(folder, `${file}_${name}.csv`), text)
  write('incidents', INCIDENTS)
  write('offences', OFFENCES)
  write('persons', PERSONS)
  for (const { ref, bcu, borough, reported, victim, suspect, police } of records) {
    write(
      'incidents',
      `${ref},,crime,${reported},${reported},,recorded,Y,,medium,${bcu},${borough},,home,"1 Story Street",,,,phone,An invented record.,${reported},SYNTHETIC\n`,
    )
    write('offences', `${ref},1,harassment-fear,PH97009,Harassment: putting in fear of violence,,,SYNTHETIC\n`)
    const line = (seq: number, role: string, { forenames, surname, dob, phone }: StoryPerson, last: string): void =>
      write(
        'persons',
        `${ref},${seq},${ref}-${seq},${role},,${forenames},${surname},,${dob},U,,,"1 Story Street",,${phone},${last},SYNTHETIC\n`,
      )
    line(1, 'victim', victim, 'ex-partner,,,')
    line(2, 'suspect', suspect, `,,,${police ? 'Y' : ''}`)
  }
}

/** The month before last, so that the records count in every window of the ranking on whichever day the tests run. */
function recently(day: number): string {
  const at = new Date(Date.now() - 45 * 86_400_000)
  return `${at.getUTCFullYear()}-${String(at.getUTCMonth() + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}T12:00`
}

function storyRecords(): StoryRecord[] {
  const camden = { bcu: 'CN', borough: 'E09000007' }
  const bexley = { bcu: 'SE', borough: 'E09000004' }
  return [
    {
      ref: 'STORY-1',
      ...camden,
      reported: recently(2),
      victim: STORY.sealedVictim,
      suspect: STORY.sealed,
      police: true,
    },
    { ref: 'STORY-2', ...bexley, reported: recently(3), victim: STORY.farAway, suspect: STORY.suspect },
    { ref: 'STORY-3', ...camden, reported: recently(4), victim: STORY.shared, suspect: STORY.suspect },
    { ref: 'STORY-4', ...camden, reported: recently(9), victim: STORY.shared, suspect: STORY.suspect },
  ]
}

/** The pools and addresses of a database of the tests, as the product's own commands are handed them. */
export async function installationOn(adminUrl: string, folder: string): Promise<Installation> {
  const url = (role: string): Promise<string> => loginUrl(adminUrl, role)
  const urls = {
    dauntless_app: await url('dauntless_app'),
    dauntless_auth: await url('dauntless_auth'),
    dauntless_worker: await url('dauntless_worker'),
    dauntless_sealer: await url('dauntless_sealer'),
    dauntless_public: await url('dauntless_public'),
  }
  const app = openPagePool(urls.dauntless_app, 4)
  const signIn = openPool(urls.dauntless_auth, 2)
  const worker = openPool(urls.dauntless_worker, 3)
  const close = async (): Promise<void> => {
    await Promise.all([app.end(), signIn.end(), worker.end()])
  }
  return { folder, adminUrl, urls, app, signIn, worker, embedded: false, close }
}

/** Opens a session, just confirmed, for one of the demonstration's people without the sign-in service. @param subject their name there ("amara") */
export async function openSession(admin: pg.Client, subject: string): Promise<{ token: string; csrf: string }> {
  const token = randomBytes(32).toString('base64url')
  const { rows } = await admin.query<{ csrf: string }>(
    `insert into auth.session (account_id, token_hash, step_up_at)
     select id, $2, now() from auth.account where issuer = 'embedded' and subject = $1 returning csrf`,
    [subject, hashToken(token)],
  )
  const csrf = rows[0]?.csrf
  if (csrf === undefined) throw new Error(`nobody of the demonstration is called ${subject}`)
  return { token, csrf }
}

/** The id of somebody of the story. */
export async function storyPerson(admin: pg.Client, { forenames, surname }: StoryPerson): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `select distinct b.person_id as id from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
     where m.forenames = $1 and m.surname = $2`,
    [forenames, surname],
  )
  const [only] = rows
  if (only === undefined || rows.length > 1)
    throw new Error(`${forenames} ${surname} is ${rows.length} people, not one`)
  return only.id
}

/** What staff did before the tests look: shares, a declared conflict, openings that wait for review, a chosen target. */
async function actStory(installation: Installation, admin: pg.Client): Promise<void> {
  const as = async (subject: string, work: (tx: Tx) => Promise<unknown>): Promise<void> => {
    const { token } = await openSession(admin, subject)
    const scope = { tokenHash: hashToken(token), purpose: 'story', route: 'story', requestId: crypto.randomUUID() }
    await withScope(installation.app, scope, work)
  }
  const far = await storyPerson(admin, STORY.farAway)
  const shared = await storyPerson(admin, STORY.shared)
  const suspect = await storyPerson(admin, STORY.suspect)
  await as('leila', (tx) => tx.sql`select people.claim_record(${far}, 'break_glass', 'she called from the hospital')`)
  await as('grace', async (tx) => {
    await tx.sql`select people.open_person(${shared})`
    await tx.sql`select people.share_person(${shared}, id, case kind when 'housing' then '{identity}'::text[] else '{identity,incidents}'::text[] end,
        'for the MARAC', 'Crime and Disorder Act 1998 s.115', now() + interval '30 days', gen_random_uuid()) from organisation.agency`
  })
  await as('imran', async (tx) => {
    await tx.sql`select people.open_person(${suspect})`
    await tx.sql`insert into people.exclusion (account_id, person_id, reason) values (access.actor(), ${suspect}, 'a cousin')`
  })
  await as('ruth', async (tx) => {
    await tx.sql`select people.open_person(${suspect})`
    await tx.sql`insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach)
      select person_id, 'target', 'two people afraid of him within a week', current_date - 1, '{}', gen_random_uuid(), reach
      from people.told_of(array[${suspect}::uuid])`
  })
}

async function fill(adminUrl: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-demo-'))
  const installation = await installationOn(adminUrl, folder)
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  try {
    // where loadDemo looks for it
    const files = join(folder, `synthetic-${DEMO_SCALE}`)
    await generate({ out: files, scale: DEMO_SCALE })
    writeDelivery(files, 'CN_story', storyRecords())
    await loadDemo(installation, DEMO_SCALE, () => {})
    await actStory(installation, admin)
    await admin.query('analyze')
  } finally {
    await admin.end()
    await installation.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

let made: Promise<void> | undefined

/** Makes the template where this run has not made it yet; whoever comes second waits. */
async function makeTemplate(): Promise<void> {
  const server = new pg.Client(addressOf('postgres'))
  await server.connect()
  try {
    await server.query('select pg_advisory_lock($1)', [LOCK])
    const there = await server.query('select from pg_database where datname = $1', [TEMPLATE])
    if (there.rowCount === 1) return
    const fresh = await freshDatabase()
    try {
      await fill(fresh.adminUrl)
    } catch (error) {
      await fresh.drop()
      throw error
    }
    // Renamed last: what bears the name is whole.
    await server.query(`alter database ${fresh.name} with allow_connections false`)
    await server.query(`alter database ${fresh.name} rename to ${TEMPLATE}`)
  } finally {
    await server.end() // gives the lock back
  }
}

/** A database of a test's own with the demonstration force in it. Some seconds the first time in a run, then about a third of one. */
export async function demoDatabase(): Promise<FreshDatabase> {
  made ??= makeTemplate()
  await made
  return freshDatabase(TEMPLATE)
}
