// The same decision at the surfaces that people and programs use: pages and API over HTTP, against the reference.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { may } from '#platform/access'
import { systemClock, type Temporal } from '#platform/clock'
import { openPagePool, openPool, type Pool } from '#platform/db'
import { type AccessWorld, type Account, loadAccessWorld, makeAccessWorld } from '#test/access-world'
import { functionsExpected } from '#test/access-surfaces'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { exported } from '#test/exports'
import { maySee, postingsOf, type Sight } from '#test/reference-decision'
import { loginUrl } from '#test/world'
import { MODULES } from '../src/modules.ts'
import { buildWeb } from '../src/web.ts'

const SEED = 7_202_611
/** Of the people and of the records, every how many are looked at by each account on pages; the API gets all of them. */
const EVERY = 3

describe('pages and API, against the reference decision', () => {
  let at: FreshDatabase
  let admin: pg.Client
  let pool: Pool
  let signIn: Pool
  let w: AccessWorld
  let app: FastifyInstance
  let decisions = 0
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
    const { rows } = await admin.query<{ now: Temporal.Instant }>('select now() as now')
    w = makeAccessWorld(SEED, rows[0]?.now ?? assert.fail('no time'))
    await loadAccessWorld(admin, w)
    pool = openPagePool(await loginUrl(at.adminUrl, 'dauntless_app'), 2)
    signIn = openPool(await loginUrl(at.adminUrl, 'dauntless_auth'), 2)
    app = await buildWeb({
      pool,
      signIn,
      modules: MODULES,
      clock: systemClock,
      synthetic: true,
      issuer: { issuer: new URL('https://issuer.example.org'), clientId: 'test' },
      publicUrl: () => 'http://localhost',
      log: false,
      requestsPerMinute: 1_000_000,
      folder: '.',
      enqueue: () => Promise.resolve(),
      draining: () => false,
    })
  })
  after(async () => {
    await app.close()
    await pool.end()
    await signIn.end()
    await admin.end()
    await at.drop()
  })

  const ask = (who: Account, url: string, body?: object): Promise<{ statusCode: number; body: string }> =>
    app.inject({
      url,
      headers: { cookie: `session=${who.token}`, ...(body && { 'x-csrf-token': csrf.get(who.id) ?? '' }) },
      ...(body ? { method: 'POST', payload: body } : { method: 'GET' }),
    })
  const csrf = new Map<string, string>()
  const rolesOf = (who: Account): string[] => postingsOf(who, w.now).map(({ role }) => role)

  /** Somebody without a post is not signed in: a page leads to sign-in, the API says so. To all others what they may not see is not there. */
  const check = (wrong: string[], who: Account, what: string, is: number, sight: boolean): void => {
    decisions++
    const none = rolesOf(who).length > 0 ? 404 : what.startsWith('API') ? 401 : 303
    if (is !== (sight ? 200 : none)) wrong.push(`${who.label}, ${what}: ${is}`)
  }

  it('gives a person’s page and record to those who see the person, and the not-found answer to all others', async () => {
    const wrong: string[] = []
    for (const who of w.accounts) {
      const mayRead = may(rolesOf(who), 'people.read')
      for (const [n, person] of w.people.entries()) {
        const sight = mayRead && maySee(who, person, w.now) === 'full'
        const { statusCode } = await ask(who, `/api/v1/people/${person.id}`)
        check(wrong, who, `API, person ${person.id}`, statusCode, sight)
        if (n % EVERY > 0) continue
        check(wrong, who, `page, ${person.id}`, (await ask(who, `/people/${person.id}`)).statusCode, sight)
      }
    }
    assert.deepEqual(wrong.slice(0, 20), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('gives a record’s page to those who see the record', async () => {
    const wrong: string[] = []
    for (const who of w.accounts) {
      const mayRead = may(rolesOf(who), 'incidents.read')
      for (const [n, incident] of w.incidents.entries()) {
        const sight = mayRead && maySee(who, incident, w.now) === 'full'
        const { statusCode } = await ask(who, `/api/v1/incidents/${incident.id}`)
        check(wrong, who, `API, record ${incident.id}`, statusCode, sight)
        if (n % EVERY > 0) continue
        const page = await ask(who, `/incidents/${incident.id}`)
        check(wrong, who, `page, ${incident.id}`, page.statusCode, sight)
      }
    }
    assert.deepEqual(wrong.slice(0, 20), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('finds by the API whom the reference says: people, stubs and nobody', async () => {
    const { rows } = await admin.query<{ account_id: string; csrf: string }>(
      'select account_id, csrf from auth.session',
    )
    for (const row of rows) csrf.set(row.account_id, row.csrf)
    // a reference that the search box takes as one
    const refOf = (n: number): string => `01/${String(1_000_000 + n)}/26`
    const { rows: keyed } = await admin.query<{ value: string }>(
      `update people.search_key set value = regexp_replace(split_part(k.new, ' ', 2), '[^0-9A-Z]', '', 'g')
       from unnest($1::text[]) k (new) where person_id::text = split_part(k.new, ' ', 1) returning value`,
      [w.people.map(({ id }, n) => `${id} ${refOf(n)}`)],
    )
    assert.equal(keyed.length, w.people.length)
    const wrong: string[] = []
    for (const who of w.accounts) {
      const expected = functionsExpected(w, who)['find'] ?? assert.fail()
      const mayFind = may(rolesOf(who), 'people.search')
      for (const [n, person] of w.people.entries()) {
        const { statusCode, body } = await ask(who, '/api/v1/people/search', { q: refOf(n) })
        decisions++
        const found = statusCode === 200 ? (JSON.parse(body) as Found).data.found : []
        const is: Sight = found.length === 0 ? 'none' : found[0]?.kind === 'person' ? 'full' : 'stub'
        const must = mayFind ? expected.get(person.id) : 'none'
        if (is !== must) wrong.push(`${who.label}, ${refOf(n)}: ${is}, not ${must} (${statusCode})`)
        if (is === 'full' && found[0]?.id !== person.id) wrong.push(`${who.label}, ${refOf(n)}: somebody else`)
      }
    }
    assert.deepEqual(wrong.slice(0, 20), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('ranks by the API whom the reference says', async () => {
    const wrong: string[] = []
    for (const who of w.accounts) {
      const expected = functionsExpected(w, who)['ranked'] ?? assert.fail()
      const mayRank = may(rolesOf(who), 'targeting.read')
      const there = new Set<string>()
      for (const page of [1, 2]) {
        const { statusCode, body } = await ask(who, `/api/v1/targets?page=${page}`)
        if (statusCode === 200) for (const row of (JSON.parse(body) as Ranked).data.rows) there.add(row.person_id)
      }
      for (const { id } of w.people) {
        decisions++
        const must = mayRank && expected.get(id) === 'full'
        if (there.has(id) !== must) wrong.push(`${who.label}, rank of ${id}: ${!must}`)
      }
    }
    assert.deepEqual(wrong.slice(0, 20), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('writes into files whom and what may leave: nobody and nothing sealed, and source rows and the log by role', async () => {
    const files = await exported(at.adminUrl)
    // each row begins with whom or what it is about, after the mark of an invented force
    const firstsOf = (text: string): Set<string> =>
      new Set(text.split('\n').map((line) => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(line)?.[0] ?? ''))
    const firsts = {
      people: firstsOf(files.people),
      incidents: firstsOf(files.incidents),
      targets: firstsOf(files.targets),
    }
    const wrong: string[] = []
    const compare = (what: string, id: string, is: boolean, must: boolean): void => {
      decisions++
      if (is !== must) wrong.push(`${what} ${id}: ${is ? 'in the file' : 'not in the file'}`)
    }
    for (const { id, sealed } of w.people) {
      compare('people', id, firsts.people.has(id), !sealed)
      compare('targets', id, firsts.targets.has(id), !sealed)
    }
    for (const { id, people } of w.incidents)
      compare(
        'incidents',
        id,
        firsts.incidents.has(id),
        people.every(({ sealed }) => !sealed),
      )
    for (const who of w.accounts) {
      for (const [action, url] of [
        ['incidents.import', `/imports/${w.batch}/problems.csv`],
        ['audit.read', '/log'],
      ] as const)
        check(wrong, who, `file ${url}`, (await ask(who, url)).statusCode, may(rolesOf(who), action))
    }
    assert.deepEqual(wrong.slice(0, 20), [], `seed ${SEED}: ${wrong.length} wrong`)
  })

  it('answers a program in its own form: who is not signed in, what is wrong with a request, and its description', async () => {
    const who = w.accounts[0] ?? assert.fail()
    const stranger = await app.inject({ url: '/api/v1/targets' })
    assert.equal(stranger.statusCode, 401)
    assert.match(String(stranger.headers['content-type']), /application\/problem\+json/)
    const wrong = await ask(who, '/api/v1/targets?page=nought&colour=red')
    assert.equal(wrong.statusCode, 422)
    assert.match(wrong.body, /"field":"page"/)
    const forged = await app.inject({
      method: 'POST',
      url: '/api/v1/people/search',
      headers: { cookie: `session=${who.token}`, 'x-csrf-token': 'wrong' },
      payload: { q: '01/1000001/26' },
    })
    assert.equal(forged.statusCode, 403)
    const described = JSON.parse((await ask(who, '/api/v1/openapi.json')).body) as { paths: Record<string, object> }
    for (const { method, path } of MODULES.flatMap(({ api }) => api ?? [])) {
      const name = `/api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`
      assert.ok(Object.hasOwn(described.paths[name] ?? {}, method.toLowerCase()), name)
    }
  })

  it('has made at least 5,000 decisions', () => {
    console.log(`# ${decisions} decisions of pages and API compared with the reference (seed ${SEED})`)
    assert.ok(decisions >= 5000, String(decisions))
  })
})

interface Found {
  readonly data: { readonly found: readonly { readonly kind: string; readonly id?: string }[] }
}
interface Ranked {
  readonly data: { readonly rows: readonly { readonly person_id: string }[] }
}
