// The whole product as it is served, on a small demonstration force: for tests of what holds over every page of it.
//
//   const product = await startProduct()        // its own database; `await product.close()` in `after`
//   const visit = await product.visitOf('grace')
//   const page = await product.get(visit, '/targets')
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { type Clock, systemClock } from '#platform/clock'
import type { Module } from '#platform/http'
import { demoDatabase, installationOn, openSession } from '#test/demo-template'
import { MODULES } from '../../src/modules.ts'
import type { Installation } from '../../src/setup.ts'
import { buildWeb } from '../../src/web.ts'

/** One of the demonstration's people, with a live session. */
export interface Visit {
  readonly subject: string
  readonly account: string
  readonly roles: readonly string[]
  readonly token: string
  readonly csrf: string
  readonly cookie: string
}

/** What came back, with what the log said of the request before the first byte of it left. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly location: string
  readonly body: string
  readonly requestId: string
  readonly logged: readonly Logged[]
  /** What was thrown, where something was. */
  readonly fault: string
}
export interface Logged {
  readonly actor: string
  readonly action: string
  readonly subjects: readonly string[]
  /** The people of the log entries that were opened, where it was the log itself that was read. */
  readonly quoted: readonly string[]
}

/** A request as a browser would send it; a form is posted with the session's token. */
export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly form?: Readonly<Record<string, string>>
}

/** A route of the modules, as it was declared. */
export interface Route {
  readonly method: string
  readonly url: string
  readonly access: string
}

export interface Product {
  readonly app: FastifyInstance
  /** The superuser: arranges, and looks behind. */
  readonly admin: pg.Client
  readonly installation: Installation
  readonly routes: readonly Route[]
  /** Everybody who can sign in, by their name with the demonstration's sign-in service. */
  readonly subjects: readonly string[]
  visitOf(subject: string): Promise<Visit>
  ask(visit: Visit, ask: Ask): Promise<Answer>
  get(visit: Visit, url: string): Promise<Answer>
  close(): Promise<void>
}

export interface ProductOptions {
  /** Modules beside the product's own, to plant a breach with. */
  readonly extra?: (admin: pg.Client) => readonly Module[]
  readonly clock?: Clock
  /** The address it is served at, when it listens. */
  readonly publicUrl?: () => string
  /** Instead of a copy of the demonstration force: a database, which `close` drops. */
  readonly database?: { readonly adminUrl: string; drop(): Promise<void> }
  /** Whether each answer is held until the log has been read, to see what it said before the answer left. Default true. */
  readonly watched?: boolean
}

/** Starts the product on a database of its own. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const database = options.database ?? (await demoDatabase())
  const admin = new pg.Client(database.adminUrl)
  await admin.connect()
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-product-'))
  const installation = await installationOn(database.adminUrl, folder)
  const clock = options.clock ?? systemClock
  const routes: Route[] = []
  const spy: Module = {
    name: 'spy',
    routes: (app) =>
      app.addHook('onRoute', ({ method, url, config }) => {
        for (const one of [method].flat()) routes.push({ method: one, url, access: String(config?.access) })
      }),
  }
  const modules = [spy, ...MODULES, ...(options.extra?.(admin) ?? [])]
  const app = await buildWeb({
    pool: installation.app,
    signIn: installation.signIn,
    modules,
    clock,
    synthetic: true,
    issuer: { issuer: 'embedded', clientId: 'dauntless' },
    publicUrl: options.publicUrl ?? (() => 'http://localhost'),
    log: false,
    requestsPerMinute: 1_000_000,
    folder,
    // what the worker would do, at once
    enqueue: async (job, data) => {
      const work = modules.map((module) => module.jobs?.[job]).find((found) => found !== undefined)
      if (work === undefined) throw new Error(`no module has the job ${job}`)
      await work(data, { pool: installation.worker, clock, folder, signal: new AbortController().signal })
    },
    draining: () => false,
  })
  const logged = new Map<string, readonly Logged[]>()
  const faults = new Map<string, string>()
  app.addHook('onError', async (request, _reply, error) => {
    const place = error.stack?.split('\n').find((line) => line.includes('/src/modules/')) ?? ''
    faults.set(String(request.id), `${error.name}: ${error.message} ${place.trim()}`)
  })
  if (options.watched !== false) {
    await admin.query('create index on audit.entry (request_id)')
    app.addHook('onSend', async (request, reply) => {
      reply.header('x-request-id', request.id)
      const { rows } = await admin.query<Logged>(
        `select e.actor, e.action, e.subjects, array(select s from audit.entry o, unnest(o.subjects) s where o.id = any (e.objects)) as quoted
         from audit.entry e where e.request_id = $1`,
        [request.id],
      )
      logged.set(String(request.id), rows)
    })
  }
  await app.ready()

  const { rows: people } = await admin.query<{ subject: string; id: string; roles: string[] }>(
    `select subject, id, organisation.roles_of(id) as roles from auth.account where issuer = 'embedded' order by subject`,
  )
  async function visitOf(subject: string): Promise<Visit> {
    const person = people.find((one) => one.subject === subject)
    if (person === undefined) throw new Error(`nobody of the demonstration is called ${subject}`)
    const { token, csrf } = await openSession(admin, subject)
    return { subject, account: person.id, roles: person.roles, token, csrf, cookie: `session=${token}` }
  }
  async function ask(visit: Visit, { method, url, form }: Ask): Promise<Answer> {
    const reply = await app.inject({
      method,
      url,
      headers: {
        cookie: visit.cookie,
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { payload: new URLSearchParams({ csrf: visit.csrf, ...form }).toString() }),
    })
    const requestId = String(reply.headers['x-request-id'] ?? '')
    const said = logged.get(requestId) ?? []
    logged.delete(requestId)
    const fault = faults.get(requestId) ?? ''
    faults.delete(requestId)
    return {
      status: reply.statusCode,
      type: String(reply.headers['content-type'] ?? ''),
      location: String(reply.headers.location ?? ''),
      body: reply.body,
      requestId,
      logged: said,
      fault,
    }
  }
  return {
    app,
    admin,
    installation,
    routes,
    subjects: people.map(({ subject }) => subject),
    visitOf,
    ask,
    get: (visit, url) => ask(visit, { method: 'GET', url }),
    async close() {
      await app.close()
      await installation.close()
      await admin.end()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
