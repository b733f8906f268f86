import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { hashToken, newToken, type AuthStore, type Session } from '#platform/auth'
import { Temporal } from '#platform/clock'
import { NoSession, OutcomeUnknown } from '#platform/db'
import { buildServer, pageReply } from './index.ts'

const PER_MINUTE = 40
const TOKENS = { amara: newToken(), tom: newToken() }
const CSRF = { amara: randomBytes(24).toString('hex'), tom: randomBytes(24).toString('hex') }
type Who = keyof typeof TOKENS

const sessionOf = (staffId: Who): Session => ({
  sessionId: staffId,
  staffId,
  name: staffId,
  roles: ['investigator'],
  csrf: CSRF[staffId],
  confirmed: false,
  absoluteUntil: Temporal.Instant.from('2030-01-01T00:00:00Z'),
})
/** Two people who are signed in; nothing else of the store is asked for by the server. */
const store = {
  session: (hash: Buffer) => {
    const who = (Object.keys(TOKENS) as Who[]).find((one) => hashToken(TOKENS[one]).equals(hash))
    return Promise.resolve(who === undefined ? null : sessionOf(who))
  },
} as AuthStore // the rest belongs to signing in

interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly who?: Who | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A server with a route of each kind; `done` counts what reached a route that changes something. */
async function serve() {
  const app = await buildServer({
    authStore: store,
    site: { navigation: [], synthetic: true, secureCookies: false },
    log: false,
    requestsPerMinute: PER_MINUTE,
  })
  const seen = { done: 0 }
  app.get('/open', { config: { access: 'public' } }, () => 'open')
  app.get('/mine', { config: { access: 'signed-in' } }, () => 'mine')
  app.get('/log', { config: { access: 'audit.read' } }, () => 'the log')
  app.get('/none', { config: { access: 'signed-in' } }, (request, reply) => pageReply(request, reply, null))
  app.post('/change', { config: { access: 'signed-in' } }, () => `done ${++seen.done}`)
  app.post('/files', { config: { access: 'signed-in', readsFiles: true } }, () => `read ${++seen.done}`)
  app.post('/api/v1/change', { config: { access: 'signed-in' } }, () => ({ done: ++seen.done }))
  for (const [path, fault] of Object.entries(FAULTS)) {
    app.get(path, { config: { access: 'signed-in' } }, () => Promise.reject(fault))
    app.post(path, { config: { access: 'signed-in' } }, () => Promise.reject(fault))
  }
  const ask = ({ method = 'GET', url, who = 'amara', headers = {}, body }: Ask) =>
    app.inject({
      method,
      url,
      headers: { ...(who !== null && { cookie: `session=${TOKENS[who]}` }), ...headers },
      ...(body !== undefined && { payload: body }),
    })
  return { app, seen, ask }
}
const SECRET = 'Isolde Hallowood of 12 Quarry Lane'
const FAULTS = {
  '/fault': new Error(SECRET),
  '/lost': new OutcomeUnknown(SECRET),
  '/over': new NoSession(SECRET),
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const form = (csrf: string): string => new URLSearchParams({ csrf, reason: 'x' }).toString()
const multipart = (fields: Readonly<Record<string, string>>) => ({
  headers: { 'content-type': 'multipart/form-data; boundary=X' },
  body: `${Object.entries(fields)
    .map(([name, value]) => `--X\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--X--\r\n`,
})

describe('a route', () => {
  it('that does not say who may call it stops the server from starting', async () => {
    const { app } = await serve()
    assert.throws(() => app.get('/forgotten', () => 'x'), /GET \/forgotten does not say who may call it/)
    await app.close()
  })
})

describe('a post', () => {
  let at: Awaited<ReturnType<typeof serve>>
  before(async () => {
    at = await serve()
  })
  after(() => at.app.close())
  const good = { method: 'POST', url: '/change', headers: FORM, body: form(CSRF.amara) } as const

  it('with the token of the session, from our own pages, is done', async () => {
    for (const site of [
      {},
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost', host: 'localhost' },
      { origin: 'null' },
    ]) {
      const before = at.seen.done
      assert.equal((await at.ask({ ...good, headers: { ...FORM, ...site } })).statusCode, 200, JSON.stringify(site))
      assert.equal(at.seen.done, before + 1)
    }
  })

  const FORGED: readonly (readonly [string, Ask])[] = [
    ['without a token', { ...good, body: 'reason=x' }],
    ['without a body', { method: 'POST', url: '/change' }],
    ['with the token of somebody else', { ...good, body: form(CSRF.tom) }],
    ['with the token twice', { ...good, body: `${form(CSRF.amara)}&csrf=x` }],
    ['with the token in the address', { ...good, url: `/change?csrf=${CSRF.amara}`, body: 'reason=x' }],
    ['from another site', { ...good, headers: { ...FORM, 'sec-fetch-site': 'cross-site' } }],
    ['from a neighbouring host', { ...good, headers: { ...FORM, 'sec-fetch-site': 'same-site' } }],
    ['of another origin', { ...good, headers: { ...FORM, origin: 'https://evil.example' } }],
    ['of an origin that is none', { ...good, headers: { ...FORM, origin: 'not an address' } }],
    ['as parts, to a route that reads no files', { ...good, ...multipart({ csrf: CSRF.amara }) }],
    ['as parts without a token', { ...good, ...multipart({}) }],
    ['as JSON', { ...good, headers: { 'content-type': 'application/json' }, body: `{"reason": "x"}` }],
    ['as plain text', { ...good, headers: { 'content-type': 'text/plain' } }],
    ['to the API without the header', { ...good, url: '/api/v1/change' }],
    ['to the API with a wrong header', { ...good, url: '/api/v1/change', headers: { ...FORM, 'x-csrf-token': 'x' } }],
    ['to a route that reads files, as no files', { ...good, url: '/files', body: 'reason=x' }],
  ]
  for (const [how, ask] of FORGED) {
    it(`${how} is refused and does nothing`, async () => {
      const { done } = at.seen
      assert.equal((await at.ask(ask)).statusCode, 403)
      assert.equal(at.seen.done, done)
    })
  }

  it('in another form is not read, and does nothing', async () => {
    const { done } = at.seen
    const answer = await at.ask({ ...good, headers: { 'content-type': 'application/xml' } })
    assert.deepEqual([answer.statusCode, at.seen.done], [415, done])
  })

  it('with files reaches the route that reads them, which checks the token itself', async () => {
    const { done } = at.seen
    assert.equal((await at.ask({ ...good, url: '/files', ...multipart({ csrf: CSRF.amara }) })).statusCode, 200)
    assert.equal(at.seen.done, done + 1)
  })

  it('larger than a megabyte is not read', async () => {
    const { done } = at.seen
    const answer = await at.ask({ ...good, body: `${form(CSRF.amara)}&x=${'x'.repeat(1024 * 1024)}` })
    assert.deepEqual([answer.statusCode, at.seen.done], [413, done])
  })
})

describe('whoever may not', () => {
  let at: Awaited<ReturnType<typeof serve>>
  before(async () => {
    at = await serve()
  })
  after(() => at.app.close())

  it('is sent to sign in, from a form is told that nothing was saved, and by the API is told in JSON', async () => {
    const page = await at.ask({ url: '/mine?x=1', who: null })
    assert.deepEqual([page.statusCode, page.headers.location], [303, '/sign-in?return_to=%2Fmine%3Fx%3D1'])
    const post = await at.ask({ method: 'POST', url: '/change', who: null, headers: FORM, body: form(CSRF.amara) })
    assert.equal(post.statusCode, 401)
    assert.match(post.body, /Nothing was saved/)
    const api = await at.ask({ method: 'POST', url: '/api/v1/change', who: null })
    assert.equal(api.statusCode, 401)
    assert.match(String(api.headers['content-type']), /application\/problem\+json/)
  })

  it('gets for what is there the page of what is not', async () => {
    const [barred, none, nowhere] = await Promise.all(['/log', '/none', '/nowhere'].map((url) => at.ask({ url })))
    assert.deepEqual([barred?.statusCode, none?.statusCode], [404, 404])
    assert.equal(barred?.body, none?.body)
    // a route that is not there asks nobody who they are
    assert.equal(nowhere?.statusCode, 404)
  })

  it('loses a session in the middle: a page goes to sign in, a form is told that nothing was saved', async () => {
    const page = await at.ask({ url: '/over' })
    assert.deepEqual([page.statusCode, page.headers.location], [303, '/sign-in'])
    const post = await at.ask({ method: 'POST', url: '/over', headers: FORM, body: form(CSRF.amara) })
    assert.equal(post.statusCode, 401)
    assert.match(post.body, /what you typed is still there/)
  })
})

describe('an answer of any kind', () => {
  let at: Awaited<ReturnType<typeof serve>>
  before(async () => {
    at = await serve()
  })
  after(() => at.app.close())
  const KINDS: readonly (readonly [string, Ask, number])[] = [
    ['a page', { url: '/mine' }, 200],
    ['an open page', { url: '/open', who: null }, 200],
    ['a redirect', { url: '/mine', who: null }, 303],
    ['a page that is not there', { url: '/nowhere' }, 404],
    ['an address that is none', { url: '/people/%zz' }, 404],
    ['an address that is none, of the API', { url: '/api/v1/%zz' }, 404],
    ['another method', { method: 'PUT', url: '/mine' }, 404],
    ['a forged post', { method: 'POST', url: '/change', headers: FORM, body: 'x=1' }, 403],
    ['a fault of ours', { url: '/fault' }, 500],
    ['an outcome that is not known', { url: '/lost' }, 503],
  ]
  for (const [what, ask, status] of KINDS) {
    it(`is kept nowhere, framed nowhere, and runs no script of others: ${what}`, async () => {
      const { statusCode, headers, body } = await at.ask(ask)
      assert.equal(statusCode, status)
      assert.equal(headers['cache-control'], 'no-store')
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.match(policy, /base-uri 'none'/)
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/)
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['x-powered-by'], undefined)
      assert.doesNotMatch(body, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/)
    })
  }

  it('says nothing of what went wrong with us but a reference', async () => {
    for (const url of ['/fault', '/lost']) {
      const { body } = await at.ask({ url })
      assert.doesNotMatch(body, /Hallowood|Quarry|OutcomeUnknown|server\.test/)
      assert.match(body, /[0-9a-f]{8}-[0-9a-f]{4}-/)
    }
  })
})

describe('too many requests', () => {
  let app: FastifyInstance
  let ask: Awaited<ReturnType<typeof serve>>['ask']
  before(async () => {
    ;({ app, ask } = await serve())
  })
  after(() => app.close())
  const statuses = async (one: Ask, times: number): Promise<number[]> => {
    const all: number[] = []
    for (let n = 0; n < times; n++) all.push((await ask(one)).statusCode)
    return all
  }

  it('of one session are told to wait, and nobody else is', async () => {
    assert.deepEqual(new Set(await statuses({ url: '/mine' }, PER_MINUTE)), new Set([200]))
    const over = await ask({ url: '/mine' })
    assert.equal(over.statusCode, 429)
    assert.match(over.body, /Wait a minute/)
    assert.equal((await ask({ url: '/mine', who: 'tom' })).statusCode, 200)
  })

  it('of somebody who is not signed in are told to wait, later: a whole station may come from one address', async () => {
    const all = await statuses({ url: '/open', who: null }, PER_MINUTE * 5 + 1)
    assert.deepEqual([all.indexOf(429), all.at(-1)], [PER_MINUTE * 5, 429])
    assert.equal((await ask({ url: '/mine', who: 'tom' })).statusCode, 200)
  })
})
