// What keeps the demonstration's open sign-in to the demonstration, and the demonstration open to whoever tries it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { authStore } from '#platform/auth'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { installationOn } from '#test/demo-template'
import { type Answer, type Product, startProduct, type Visit } from '#test/product'
import { loadDemo, whyNoDemo } from '../src/demo.ts'

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
