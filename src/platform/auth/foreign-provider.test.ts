// Signing in through a sign-in service that is not ours and answers as it likes: what of its answers is believed.
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { after, afterEach, before, describe, it } from 'node:test'
import formbody from '@fastify/formbody'
import { systemClock } from '#platform/clock'
import { browser, closeSites, memoryStore, server } from './auth.fixture.ts'
import { authPlugin, type AuthStore } from './index.ts'

type Json = Record<string, unknown>
const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = (): number => Math.floor(Date.now() / 1000)

/** An ID token; signed as its header says, or as `signature` says otherwise. */
function token(header: Json, claims: Json, key: KeyObject, signature?: string): string {
  const text = `${part(header)}.${part(claims)}`
  const signed =
    header['alg'] === 'HS256'
      ? createHmac('sha256', String(signature ?? 'secret'))
          .update(text)
          .digest('base64url')
      : (signature ?? sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'))
  return `${text}.${signed}`
}

describe('a sign-in service elsewhere', () => {
  const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const another = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let provider: Server
  let issuer: string
  /** What the next token says, from what an honest one would. */
  let answer: (honest: { header: Json; claims: Json }) => string
  let asked: URLSearchParams
  let nonce = ''
  /** What the service says of itself, over what an honest one does. */
  let metadata: Json = {}

  before(async () => {
    provider = createServer((request, response) => {
      const json = (body: Json): void => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      if (request.url === '/.well-known/openid-configuration')
        return json({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'],
          end_session_endpoint: `${issuer}/logout`,
          ...metadata,
        })
      if (request.url === '/jwks')
        return json({ keys: [{ ...ours.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] })
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        asked = new URLSearchParams(body)
        const claims = { iss: issuer, aud: 'dauntless', sub: 'amina', iat: now(), exp: now() + 60, nonce }
        json({
          access_token: randomUUID(),
          token_type: 'Bearer',
          id_token: answer({ header: { alg: 'ES256', kid: 'k' }, claims }),
        })
      })
      return undefined
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    const address = provider.address()
    issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  after(() => {
    provider.closeAllConnections()
    provider.close()
  })
  afterEach(async () => {
    metadata = {}
    await closeSites()
  })

  /** Signs in; gives where it led and whether a session came of it. */
  async function signIn(callback: (address: URL) => void = () => {}) {
    const app = server()
    const { store, sessions } = memoryStore()
    const opened: string[] = []
    const watched: AuthStore = {
      ...store,
      openSession: (from, subject, hash, agent) => {
        opened.push(`${from} ${subject}`)
        return store.openSession(from === issuer ? 'embedded' : from, subject, hash, agent)
      },
    }
    await app.register(authPlugin, {
      store: watched,
      clock: systemClock,
      issuerConfig: { issuer: new URL(issuer), clientId: 'dauntless' },
      publicUrl: () => app.listeningOrigin,
      secureCookies: false,
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const amina = browser(app.listeningOrigin)
    const sent = new URL((await amina.visit('/sign-in')).to)
    nonce = sent.searchParams.get('nonce') ?? ''
    const back = new URL('/sign-in/callback', app.listeningOrigin)
    back.searchParams.set('code', 'code')
    back.searchParams.set('state', sent.searchParams.get('state') ?? '')
    callback(back)
    const { status, to, body } = await amina.visit(back.href)
    return { sent, status, to, body, opened, sessions: sessions.size }
  }
  const honest = ({ header, claims }: { header: Json; claims: Json }): string => token(header, claims, ours.privateKey)

  it('is asked for a code with PKCE, state and nonce, and believed when it signs for this sign-in', async () => {
    answer = honest
    const { sent, status, opened, sessions } = await signIn()
    assert.deepEqual([status, opened, sessions], [303, [`${issuer} amina`], 1])
    const { searchParams } = sent
    assert.deepEqual(
      ['response_type', 'code_challenge_method', 'scope'].map((name) => searchParams.get(name)),
      ['code', 'S256', 'openid'],
    )
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.ok((searchParams.get(name) ?? '').length >= 43, name)
    assert.ok((asked.get('code_verifier') ?? '').length >= 43)
  })

  const LIES: readonly (readonly [string, typeof answer])[] = [
    [
      'of another service',
      ({ header, claims }) => honest({ header, claims: { ...claims, iss: 'https://evil.example' } }),
    ],
    ['for another site', ({ header, claims }) => honest({ header, claims: { ...claims, aud: 'another' } })],
    [
      'for several, with nobody named',
      ({ header, claims }) => honest({ header, claims: { ...claims, aud: ['dauntless', 'x'] } }),
    ],
    ['without whom it is for', ({ header, claims: { aud: _aud, ...rest } }) => honest({ header, claims: rest })],
    ['of another sign-in', ({ header, claims }) => honest({ header, claims: { ...claims, nonce: 'n'.repeat(43) } })],
    ['of no sign-in', ({ header, claims: { nonce: _nonce, ...rest } }) => honest({ header, claims: rest })],
    [
      'that has run out',
      ({ header, claims }) => honest({ header, claims: { ...claims, exp: now() - 600, iat: now() - 900 } }),
    ],
    ['about nobody', ({ header, claims: { sub: _sub, ...rest } }) => honest({ header, claims: rest })],
    ['signed with another key', ({ header, claims }) => token(header, claims, another.privateKey)],
    ['whose signature is not there', ({ header, claims }) => token(header, claims, ours.privateKey, '')],
    ['that says it needs no signature', ({ claims }) => token({ alg: 'none' }, claims, ours.privateKey, '')],
    ['signed with a secret', ({ claims }) => token({ alg: 'HS256', kid: 'k' }, claims, ours.privateKey, 'dauntless')],
    [
      'signed with our public key as the secret',
      ({ claims }) =>
        token(
          { alg: 'HS256', kid: 'k' },
          claims,
          ours.privateKey,
          ours.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        ),
    ],
    ['of a key that it does not have', ({ header, claims }) => honest({ header: { ...header, kid: 'other' }, claims })],
    ['that is none', () => 'not a token'],
  ]
  for (const [what, lie] of LIES) {
    it(`is not believed with a token ${what}`, async () => {
      answer = lie
      const { status, opened, sessions, body } = await signIn()
      assert.deepEqual([status, opened, sessions], [502, [], 0])
      assert.doesNotMatch(body, /amina|Error/)
    })
  }

  it('is not believed about an answer that another service gave (RFC 9207)', async () => {
    answer = honest
    metadata = { authorization_response_iss_parameter_supported: true }
    for (const from of ['https://evil.example', null]) {
      const { opened, sessions } = await signIn((back) => {
        if (from !== null) back.searchParams.set('iss', from)
      })
      assert.deepEqual([opened, sessions], [[], 0], String(from))
    }
    assert.equal((await signIn((back) => back.searchParams.set('iss', issuer))).sessions, 1)
  })

  it('is told to ask again whoever comes after somebody signed out, and can be signed out of as well', async () => {
    answer = honest
    const app = server()
    await app.register(formbody)
    const { store } = memoryStore()
    await app.register(authPlugin, {
      store: {
        ...store,
        openSession: (_, subject, hash, agent) => store.openSession('embedded', subject, hash, agent),
      },
      clock: systemClock,
      issuerConfig: { issuer: new URL(issuer), clientId: 'dauntless' },
      publicUrl: () => app.listeningOrigin,
      secureCookies: false,
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const shared = browser(app.listeningOrigin)
    const begin = async (): Promise<URL> => new URL((await shared.visit('/sign-in')).to)
    const first = await begin()
    assert.equal(first.searchParams.get('prompt'), null)
    await shared.visit('/sign-out', {})
    assert.equal((await begin()).searchParams.get('prompt'), 'login', 'by the address alone too')
    const page = await shared.visit('/signed-out')
    const there = new URL(/href="(http[^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '')
    assert.equal(`${there.origin}${there.pathname}`, `${issuer}/logout`)
    assert.equal(there.searchParams.get('post_logout_redirect_uri'), `${app.listeningOrigin}/signed-out`)
    assert.equal(there.searchParams.get('client_id'), 'dauntless')
    const again = await begin()
    nonce = again.searchParams.get('nonce') ?? ''
    const state = encodeURIComponent(again.searchParams.get('state') ?? '')
    assert.equal((await shared.visit(`/sign-in/callback?code=code&state=${state}`)).status, 303)
    assert.equal(shared.jar.has('left'), false)
  })

  it('is not spoken to when it says that it is another', async () => {
    answer = honest
    metadata = { issuer: 'https://evil.example' }
    const app = server()
    const { store } = memoryStore()
    await app.register(authPlugin, {
      store,
      clock: systemClock,
      issuerConfig: { issuer: new URL(issuer), clientId: 'dauntless' },
      publicUrl: () => 'http://localhost:80',
      secureCookies: false,
    })
    assert.equal((await app.inject({ url: '/sign-in', headers: { host: 'localhost' } })).statusCode, 503)
  })
})
