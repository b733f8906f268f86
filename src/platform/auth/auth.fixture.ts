import assert from 'node:assert/strict'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import { systemClock, Temporal } from '#platform/clock'
import { authPlugin, embeddedProvider, readSession, type AuthStore, type DemoPerson } from './index.ts'
import { barePage } from './pages.ts'

const people: readonly DemoPerson[] = [
  { subject: 'amina', name: 'Amina <Shah>', role: 'Investigator', unit: 'North DA team' },
  { subject: 'ben', name: 'Ben Cole', role: 'Supervisor', unit: 'North DA team' },
  { subject: 'left', name: 'Lou Left', role: 'Supervisor', unit: 'North DA team' },
]

/** The database, as the SQL functions promise to behave; `left` has an identity but no active post. */
export function memoryStore(force: { isDemo: boolean } = { isDemo: true }) {
  const pending = new Map<string, Parameters<AuthStore['beginLogin']>[1]>()
  const sessions = new Map<string, { staffId: string; steppedUp: boolean }>()
  const store: AuthStore = {
    async beginLogin(state, login) {
      pending.set(state, login)
    },
    async takeLogin(state) {
      const found = pending.get(state)
      pending.delete(state)
      return found ?? null
    },
    async openSession(issuer, subject, hash) {
      if (issuer !== 'embedded' || !['amina', 'ben'].includes(subject)) return null
      sessions.set(hash.toString('hex'), { staffId: subject, steppedUp: false })
      return { sessionId: hash.toString('hex'), staffId: subject }
    },
    async session(hash) {
      const found = sessions.get(hash.toString('hex'))
      if (found === undefined) return null
      const now = Temporal.Instant.from('2026-07-27T09:00:00Z')
      return {
        sessionId: hash.toString('hex'),
        staffId: found.staffId,
        name: found.staffId,
        roles: [],
        csrf: 'csrf',
        confirmed: found.steppedUp,
        absoluteUntil: now,
      }
    },
    async stepUp(hash, next, issuer, subject) {
      const found = sessions.get(hash.toString('hex'))
      if (found === undefined || issuer !== 'embedded' || found.staffId !== subject) return false
      sessions.delete(hash.toString('hex'))
      sessions.set(next.toString('hex'), { ...found, steppedUp: true })
      return true
    },
    async closeSession(hash) {
      sessions.delete(hash.toString('hex'))
    },
    async closeAllSessions(hash) {
      const owner = sessions.get(hash.toString('hex'))?.staffId
      for (const [key, session] of sessions) if (session.staffId === owner) sessions.delete(key)
    },
    isDemoForce: async () => force.isDemo,
    demoPeople: async () => people,
  }
  return { store, sessions, pending }
}

const running: FastifyInstance[] = []

/** Closes what a test started. */
export async function closeSites(): Promise<void> {
  for (const app of running.splice(0)) await app.close()
}

/** A server to be closed after the test. */
export function server(): FastifyInstance {
  const app = fastify()
  running.push(app)
  return app
}

/** Our site with the embedded provider, listening. @param home its public address when that is not where it listens */
export async function site(force = { isDemo: true }, home?: string) {
  const memory = memoryStore(force)
  const app = server()
  const publicUrl = () => home ?? app.listeningOrigin
  const secureCookies = home?.startsWith('https:') ?? false
  const shared = { store: memory.store, clock: systemClock, publicUrl }
  await app.register(formbody)
  await app.register(authPlugin, {
    ...shared,
    issuerConfig: { issuer: 'embedded', clientId: 'dauntless' },
    secureCookies,
  })
  await app.register(await embeddedProvider({ ...shared, clientId: 'dauntless', render: barePage }))
  app.get('/who', async (request) => (await readSession(memory.store, request, secureCookies)) ?? { staffId: null })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, ...memory, address: app.listeningOrigin }
}

/** A browser: keeps cookies by name and path, and goes where it is told one step at a time. */
export function browser(address: string) {
  const jar = new Map<string, { value: string; path: string }>()
  async function visit(path: string, form?: Readonly<Record<string, string>>) {
    const url = new URL(path, address)
    const cookie = [...jar].filter(([, kept]) => url.pathname.startsWith(kept.path))
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: cookie.map(([name, kept]) => `${name}=${kept.value}`).join('; '), accept: 'text/html' },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const kept = { value, path: /path=([^;]+)/i.exec(line)?.[1] ?? '/' }
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, kept)
    }
    return {
      status: response.status,
      to: response.headers.get('location') ?? '',
      cookies: response.headers.getSetCookie(),
      body: await response.text(),
    }
  }
  /** Follows redirects, stopping before `until`. */
  async function follow(path: string, until: string): Promise<string> {
    let at = path
    for (let steps = 0; steps < 10 && !new URL(at, address).pathname.startsWith(until); steps += 1) {
      const { to } = await visit(at)
      assert.notEqual(to, '', `a redirect from ${at}`)
      at = to
    }
    return at
  }
  /** Goes through the sign-in service as this person, and stops at the address that brings them back to us. */
  async function choose(subject: string, start = '/sign-in'): Promise<string> {
    const page = await follow(start, '/idp/interaction/')
    const { to } = await visit(page, { subject })
    return follow(to, '/sign-in/callback')
  }
  async function signIn(subject: string, start?: string) {
    return visit(await choose(subject, start))
  }
  async function who(): Promise<unknown> {
    const { body } = await visit('/who')
    return (JSON.parse(body) as { staffId: unknown }).staffId
  }
  return { jar, visit, follow, choose, signIn, who }
}
