// A small force with a few records, for tests of who may see and do what against a real database.
//
//   const force = await world()          // its own database; `await force.close()` in `after`
//   const scope = await force.scopeFor('investigatorAW', 'read a person')
//   await withScope(force.appPool, scope, (tx) => …)      // acts as that person, under row-level security
//   const visit = await force.visitOf('investigatorAW')   // for app.inject: headers { cookie: visit.cookie }, form { csrf: visit.csrf }
//   await force.admin.query(…)           // sees everything: to arrange and to look behind, never for a claim about access
//
// Records: a1 and a2 (AW; kiran and noor, who change roles), c1 (CN; tomasz and ewa), s1 (AW, sealed; officer and partner).
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { LOGINS, openPagePool, openPool, type Pool, type Scope } from '#platform/db'
import { freshDatabase } from '#test/database'

/** Everybody who can sign in. `standards` is the one reader named for the sealed people; `partner` has a share of kiran's identity. */
export const WHO = {
  investigatorAW: { role: 'investigator', name: 'Asha Investigator', unit: 'Safeguarding AW' },
  investigatorCN: { role: 'investigator', name: 'Ben Investigator', unit: 'Safeguarding CN' },
  supervisorAW: { role: 'safeguarding_supervisor', name: 'Carol Supervisor', unit: 'Safeguarding AW' },
  supervisorCN: { role: 'safeguarding_supervisor', name: 'Dev Supervisor', unit: 'Safeguarding CN' },
  analyst: { role: 'analyst', name: 'Erin Analyst', unit: 'Headquarters' },
  lead: { role: 'lead_responsible_officer', name: 'Farah Lead', unit: 'Headquarters' },
  standards: { role: 'professional_standards', name: 'Gwen Standards', unit: 'Headquarters' },
  administrator: { role: 'administrator', name: 'Hal Administrator', unit: 'Headquarters' },
  auditor: { role: 'auditor', name: 'Ines Auditor', unit: 'Headquarters' },
  partner: { role: 'partner', name: 'Jo Partner', agency: 'Harbour Council' },
  otherPartner: { role: 'partner', name: 'Kit Partner', agency: 'Hill Housing' },
} as const satisfies Record<string, { role: string; name: string; unit?: string; agency?: string }>
export type Who = keyof typeof WHO

export const BCU = { AW: 1, CN: 2 } as const

const PERSONS = ['kiran', 'noor', 'tomasz', 'ewa', 'officer', 'sealedPartner'] as const
const INCIDENTS = ['a1', 'a2', 'c1', 's1'] as const

/** A signed-in browser. */
export interface Visit {
  readonly token: string
  readonly tokenHash: Buffer
  readonly csrf: string
  /** The Cookie header, for a site without TLS (`secureCookies: false`). */
  readonly cookie: string
}

export interface World {
  readonly adminUrl: string
  /** The superuser: arranges, and looks behind. */
  readonly admin: pg.Client
  /** The server's own login role: everything through it obeys the policies. */
  readonly appPool: Pool
  /** Connected as dauntless_auth: for the store of sessions. */
  readonly signInPool: Pool
  /** The worker's login role. */
  readonly workerPool: Pool
  readonly accounts: Readonly<Record<Who, string>>
  readonly persons: Readonly<Record<(typeof PERSONS)[number], string>>
  readonly incidents: Readonly<Record<(typeof INCIDENTS)[number], string>>
  visitOf(who: Who): Promise<Visit>
  /** A new session each time, so that sessions may be closed without harm to other tests. */
  scopeFor(who: Who, purpose?: string, reason?: string): Promise<Scope>
  close(): Promise<void>
}

// The same in every test process: roles belong to the cluster, and test files must agree. No secret: a throw-away server.
const PASSWORD = 'only-for-tests'
let passwordsSet: Promise<void> | undefined

async function setPasswords(adminUrl: string): Promise<void> {
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    for (const role of LOGINS) {
      await client.query(`alter role ${role} password '${PASSWORD}'`)
    }
  } finally {
    await client.end()
  }
}

/** The address of a database for one of the login roles; sets their passwords once a process. */
export async function loginUrl(adminUrl: string, role: string): Promise<string> {
  passwordsSet ??= setPasswords(adminUrl)
  await passwordsSet
  const url = new URL(adminUrl)
  url.username = role
  url.password = PASSWORD
  return url.toString()
}

/**
 * Makes the database, the force and its records. About a third of a second.
 * @param how.synthetic an invented force, which marks what leaves it and takes in no file without a mark
 */
export async function world(how: { readonly synthetic?: boolean } = {}): Promise<World> {
  const database = await freshDatabase()
  const admin = new pg.Client(database.adminUrl)
  await admin.connect()
  const appPool = openPagePool(await loginUrl(database.adminUrl, 'dauntless_app'), 4)
  const signInPool = openPool(await loginUrl(database.adminUrl, 'dauntless_auth'), 2)
  const workerPool = openPool(await loginUrl(database.adminUrl, 'dauntless_worker'), 2)
  const accounts = await force(admin, how.synthetic === true)
  const { persons, incidents } = await records(admin, accounts)

  const visitOf = async (who: Who): Promise<Visit> => {
    const token = randomBytes(32).toString('base64url')
    const tokenHash = createHash('sha256').update(token, 'utf8').digest()
    const { rows } = await admin.query<{ csrf: string }>(
      'insert into auth.session (account_id, token_hash, step_up_at) values ($1, $2, now()) returning csrf',
      [accounts[who], tokenHash],
    )
    return { token, tokenHash, csrf: rows[0]?.csrf ?? '', cookie: `session=${token}` }
  }
  return {
    adminUrl: database.adminUrl,
    admin,
    appPool,
    signInPool,
    workerPool,
    accounts,
    persons,
    incidents,
    visitOf,
    async scopeFor(who, purpose = 'test', reason = '') {
      const { tokenHash } = await visitOf(who)
      return { tokenHash, purpose, reason, route: 'test', requestId: randomUUID() }
    },
    async close() {
      await appPool.end()
      await signInPool.end()
      await workerPool.end()
      await admin.end()
      await database.drop()
    },
  }
}

async function force(admin: pg.Client, synthetic: boolean): Promise<Record<Who, string>> {
  await admin.query(`
    insert into organisation.force (id, name, synthetic) values ('test', 'Test force', ${synthetic});
    insert into organisation.bcu (id, code, name) values
      (0, 'NONE', 'No BCU'), (${BCU.AW}, 'AW', 'Central West'), (${BCU.CN}, 'CN', 'Central North');
    insert into organisation.borough (code, name, bcu_id) values ('E09000033', 'Westminster', ${BCU.AW}), ('E09000007', 'Camden', ${BCU.CN});
    insert into organisation.unit (kind, name, bcu_id) values ('safeguarding', 'Safeguarding AW', ${BCU.AW}),
      ('safeguarding', 'Safeguarding CN', ${BCU.CN}), ('headquarters', 'Headquarters', null);
    insert into organisation.agency (name, kind) values ('Harbour Council', 'council'), ('Hill Housing', 'housing')`)
  const accounts = {} as Record<Who, string> // filled just below, one for each of WHO
  for (const [who, person] of Object.entries(WHO)) {
    const id = randomUUID()
    await admin.query(`insert into auth.account (id, issuer, subject, name, demo) values ($1, 'test', $2, $3, true)`, [
      id,
      who,
      person.name,
    ])
    await admin.query(
      `insert into organisation.posting (account_id, role, unit_id, agency_id, valid_from)
       values ($1, $2, (select id from organisation.unit where name = $3), (select id from organisation.agency where name = $4), '2020-01-01')`,
      [id, person.role, 'unit' in person ? person.unit : null, 'agency' in person ? person.agency : null],
    )
    accounts[who as Who] = id
  }
  return accounts
}

const idsFor = <Name extends string>(names: readonly Name[]): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, randomUUID()])) as Record<Name, string>

async function records(
  admin: pg.Client,
  accounts: Readonly<Record<Who, string>>,
): Promise<Pick<World, 'persons' | 'incidents'>> {
  const persons = idsFor(PERSONS)
  const incidents = idsFor(INCIDENTS)
  const { AW, CN } = BCU
  const made: [keyof typeof persons, string, string, string, string[], number, number, boolean][] = [
    ['kiran', 'Kiran Example', '1985-03-12', 'M', ['suspect', 'victim'], 2, AW, false],
    ['noor', 'Noor Sample', '1987-11-02', 'F', ['victim', 'suspect'], 2, AW, false],
    ['tomasz', 'Tomasz Wzór', '1979-06-30', 'M', ['suspect'], 1, CN, false],
    ['ewa', 'Ewa Wzór', '1981-01-19', 'F', ['victim'], 1, CN, false],
    ['officer', 'Robin Hidden', '1980-05-05', 'M', ['suspect'], 1, AW, true],
    ['sealedPartner', 'Alex Hidden', '1982-07-07', 'F', ['victim'], 1, AW, true],
  ]
  for (const [key, name, dob, sex, roles, count, bcu, sealed] of made) {
    await admin.query(
      `insert into people.person (id, name, dob, sex, roles, incidents, reach, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [persons[key], name, dob, sex, roles, count, [bcu], sealed],
    )
  }
  const batch = randomUUID()
  const reports: [keyof typeof incidents, string, string, number, string, boolean][] = [
    ['a1', '01/0000001/26', '2026-02-01T20:15:00Z', AW, 'E09000033', false],
    ['a2', '01/0000002/26', '2026-03-05T08:00:00Z', AW, 'E09000033', false],
    ['c1', '01/0000003/26', '2026-03-09T23:30:00Z', CN, 'E09000007', false],
    ['s1', '01/0000004/26', '2026-03-10T12:00:00Z', AW, 'E09000033', true],
  ]
  for (const [key, ref, reported, bcu, borough, sealed] of reports) {
    await admin.query(
      `insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, borough_code, address, postcode,
         risk_grade, flags, summary, hash, batch_id, reach, sealed)
       values ($1, 'RMS', $2, 'crime', 'recorded', true, $3, $4, $5, '1 Test Street', 'SW1A 1AA', 'medium', '{DA}', 'Invented report', $2, $6, $7, $8)`,
      [incidents[key], ref, reported, bcu, borough, batch, [bcu], sealed],
    )
    await admin.query(
      `insert into incidents.offence (incident_id, seq, code, title) values ($1, 1, '8/1', 'Actual bodily harm')`,
      [incidents[key]],
    )
  }
  const link = randomUUID()
  await admin.query(`insert into people.decision (id, kind, model) values ($1, 'link', 'test model')`, [link])
  const mentions: [
    keyof typeof incidents,
    number,
    keyof typeof persons,
    string,
    string,
    string,
    string,
    string,
    number,
    boolean,
  ][] = [
    ['a1', 1, 'kiran', 'suspect', 'Kiran', 'Example', '1985-03-12', '07700 900001', AW, false],
    ['a1', 2, 'noor', 'victim', 'Noor', 'Sample', '1987-11-02', '07700 900002', AW, false],
    ['a2', 1, 'noor', 'suspect', 'Nour', 'Sample', '1987-02-11', '07700 900002', AW, false],
    ['a2', 2, 'kiran', 'victim', 'Kieran', 'Example', '1985-03-12', '07700 900001', AW, false],
    ['c1', 1, 'tomasz', 'suspect', 'Tomasz', 'Wzór', '1979-06-30', '07700 900003', CN, false],
    ['c1', 2, 'ewa', 'victim', 'Ewa', 'Wzór', '1981-01-19', '07700 900004', CN, false],
    ['s1', 1, 'officer', 'suspect', 'Robin', 'Hidden', '1980-05-05', '07700 900005', AW, true],
    ['s1', 2, 'sealedPartner', 'victim', 'Alex', 'Hidden', '1982-07-07', '07700 900006', AW, true],
  ]
  for (const [incident, seq, person, role, forenames, surname, dob, phone, bcu, sealed] of mentions) {
    const id = randomUUID()
    await admin.query(
      `insert into people.mention (id, record_id, seq, source, mention_ref, role, forenames, surname, dob, sex, address, postcode, phone,
         relationship, police_employee, reach, sealed)
       values ($1, $2, $3, 'RMS', $4, $5, $6, $7, $8, (select sex from people.person where id = $9), '1 Test Street', 'SW1A 1AA', $10,
         'partner', $11, $12, $13)`,
      [
        id,
        incidents[incident],
        seq,
        `${incident}-${seq}`,
        role,
        forenames,
        surname,
        dob,
        persons[person],
        phone,
        person === 'officer',
        [bcu],
        sealed,
      ],
    )
    await admin.query(
      `insert into people.membership (mention_id, person_id, weight, decision_id) values ($1, $2, 12.5, $3)`,
      [id, persons[person], link],
    )
  }
  const pairs: [keyof typeof persons, keyof typeof persons, keyof typeof incidents, number, boolean][] = [
    ['kiran', 'noor', 'a1', AW, false],
    ['noor', 'kiran', 'a2', AW, false],
    ['tomasz', 'ewa', 'c1', CN, false],
    ['officer', 'sealedPartner', 's1', AW, true],
  ]
  for (const [suspect, victim, incident, bcu, sealed] of pairs) {
    await admin.query(
      `insert into incidents.involvement (suspect_id, victim_id, incident_id, reported_at, relationship, harm_days, harm_max, harm_fallback,
         severe, arrested, bcu_id, borough_code, reach, sealed)
       select $1, $2, i.id, i.reported_at, 'partner', 20, 20, false, false, false, $4, i.borough_code, $5, $6 from incidents.incident i where i.id = $3`,
      [persons[suspect], persons[victim], incidents[incident], bcu, [bcu], sealed],
    )
  }
  for (const person of [persons.officer, persons.sealedPartner]) {
    await admin.query(
      `insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, 'police employee', $2)`,
      [person, accounts.standards],
    )
  }
  await admin.query(
    `insert into people.share (agency_id, person_id, fields, purpose, basis, decided_by, until)
     values ((select id from organisation.agency where name = 'Harbour Council'), $1, '{identity}', 'MARAC', 'DPA 2018 s.36', $2, now() + interval '30 days')`,
    [persons.kiran, accounts.supervisorAW],
  )
  return { persons, incidents }
}
