// What keeps the demonstration's open sign-in to the demonstration, and the demonstration open to whoever tries it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { authStore } from '#platform/auth'
import { runImport } from '#modules/incidents'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { demoDatabase, installationOn } from '#test/demo-template'
import { type Answer, type Product, startProduct, type Visit } from '#test/product'
import { RECORD_COMMANDS } from '../src/commands/records.ts'
import { loadDemo, whyNoDemo } from '../src/demo.ts'
import type { Installation } from '../src/setup.ts'

describe('an administrator of the demonstration', () => {
  let product: Product
  let sam: Visit
  before(async () => {
    product = await startProduct()
    sam = await product.visitOf('sam')
  })
  after(() => product.close())

  const post = (url: string, form: Record<string, string>): Promise<Answer> =>
    product.ask(sam, { method: 'POST', url, form })

  it('adds people to its list, who can sign in once they are posted, and shuts nobody out', async () => {
    const store = authStore(product.installation.signIn)
    const before = await store.demoPeople()
    assert.doesNotMatch((await product.get(sam, '/organisation/people')).body, /name="issuer"/)
    const added = await post('/organisation/people', { name: 'DC Noor Aziz', subject: 'noor' })
    assert.equal(added.status, 303, added.body)
    assert.equal(await store.isDemoForce(), true)
    assert.deepEqual(await store.demoPeople(), before, 'without a posting there is nothing to sign in to')

    const { rows } = await product.admin.query<{ id: string }>(
      `select id from organisation.unit where name = 'Central North safeguarding unit'`,
    )
    const today = new Date()
    const posted = await post(`${added.location.split('?')[0] ?? ''}/postings`, {
      role: 'investigator',
      place: `unit:${rows[0]?.id ?? ''}`,
      'from-day': String(today.getUTCDate()),
      'from-month': String(today.getUTCMonth() + 1),
      'from-year': String(today.getUTCFullYear()),
    })
    assert.equal(posted.status, 303, posted.body)
    const [noor] = (await store.demoPeople()).filter(({ subject }) => subject === 'noor')
    assert.deepEqual([noor?.name, noor?.role], ['DC Noor Aziz', 'investigator'])
    assert.ok(await store.openSession('embedded', 'noor', Buffer.from(randomUUID()), ''))
  })

  it('cannot bring in somebody of a real sign-in service, even by hand', async () => {
    const sent = { name: 'DC Real Person', subject: 'real', issuer: 'https://signin.example.police.uk' }
    assert.equal((await post('/organisation/people', sent)).status, 303)
    assert.equal(await authStore(product.installation.signIn).isDemoForce(), true)
  })
})

describe('an import into the demonstration', () => {
  let at: FreshDatabase
  let admin: pg.Client
  let installation: Installation
  let folder: string
  before(async () => {
    at = await demoDatabase()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-real-'))
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
    installation = await installationOn(at.adminUrl, folder)
  })
  after(async () => {
    await installation.close()
    await admin.end()
    await at.drop()
    rmSync(folder, { recursive: true })
  })
  const HEAD = 'crime_ref,reported_dt,ho_offence_code,da_flag,victim_surname,suspect_surname'
  const rows = (mark: string): string =>
    [HEAD, 'A-1,2026-01-05 10:00,8N,Y,Tremblethwick,Lee', 'A-2,no day,8N,Y,Tremblethwick,Lee', '']
      .map((line, at) => (line === '' || mark === '' ? line : `${line},${at === 0 ? mark : 'SYNTHETIC'}`))
      .join('\n')
  const take = (name: string, text: string, profile: string, dryRun = false) => {
    writeFileSync(join(folder, name), text)
    return runImport(installation.worker, { paths: [join(folder, name)], profile, dryRun })
  }
  /** How many tables hold that name anywhere. */
  const held = async (): Promise<number> => {
    let found = 0
    for (const table of [
      'people.mention',
      'incidents.incident',
      'incidents.problem',
      'incidents.kept_record',
      'incidents.upload',
    ])
      found +=
        (await admin.query(`select from ${table} t where to_jsonb(t)::text like '%Tremblethwick%'`)).rowCount ?? 0
    return found
  }

  it('refuses a file of real people whole, also to look at it, and keeps no row of it', async () => {
    for (const dryRun of [true, false]) {
      for (const mark of ['', 'synthetic?']) {
        const report = await take('real.csv', rows(mark), 'rms', dryRun)
        assert.deepEqual([report.read, report.added, report.rejected], [0, 0, 0])
        assert.deepEqual(
          report.refused.map(({ file, reason }) => `${file}: ${reason.slice(0, 30)}`),
          ['real.csv: this is a demonstration, which'],
        )
      }
    }
    assert.equal(await held(), 0)
  })

  it('takes in what is marked SYNTHETIC, by any profile, and public figures that name nobody', async () => {
    const invented = await take('invented.csv', rows('SYNTHETIC'), 'rms')
    assert.deepEqual([invented.added, invented.rejected, invented.refused], [1, 1, []])
    assert.ok((await held()) > 0, 'the look is a look')
    const figures = await take(
      'chicago.csv',
      'ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,Domestic,Beat,Updated On\n' +
        '1,JA1,01/05/2022 10:00:00 AM,001XX W STATE ST,0486,BATTERY,DOMESTIC BATTERY SIMPLE,APARTMENT,true,true,0111,01/06/2022 10:00:00 AM\n',
      'chicago',
    )
    assert.deepEqual([figures.added, figures.domestic, figures.refused], [1, 1, []])
  })

  it('is said by the command in a line, with another exit code', async () => {
    const command = RECORD_COMMANDS.find(({ name }) => name === 'import')
    const context = {
      installation: () => Promise.resolve(installation),
      folder,
      say: () => {},
      path: (typed: string) => join(folder, typed),
    }
    const done = await command?.run(context, { profile: 'rms' }, ['real.csv'])
    assert.equal(done?.bad, true)
    assert.match(done?.said ?? '', /refused real\.csv: this is a demonstration[^]*column SYNTHETIC/)
  })
})

describe('the demonstration', () => {
  let at: FreshDatabase
  let admin: pg.Client
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
  })
  after(async () => {
    await admin.end()
    await at.drop()
  })
  const mention = (source: string, surname: string | null): Promise<unknown> =>
    admin.query(
      `insert into people.mention (id, record_id, seq, source, role, surname, reach) values ($1, $1, 1, $2, 'victim', $3, '{}')`,
      [randomUUID(), source, surname],
    )

  it('is loaded into an empty database, and beside public figures that name nobody', async () => {
    assert.equal(await whyNoDemo(admin), null)
    await mention('nibrs', null)
    assert.equal(await whyNoDemo(admin), null)
  })

  it('is not loaded where there are records that name people: anybody could read them', async () => {
    await mention('rms', 'Hallowood')
    const installation = await installationOn(at.adminUrl, '.')
    try {
      await assert.rejects(
        loadDemo(installation, 0.001, () => {}),
        /holds records of people/,
      )
    } finally {
      await installation.close()
    }
    const { rows } = await admin.query<{ n: number }>('select count(*) as n from organisation.force')
    assert.equal(Number(rows[0]?.n), 0)
  })
})
