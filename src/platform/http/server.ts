import { randomUUID } from 'node:crypto'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { may, type RouteAccess } from '#platform/access'
import { readSession, type AuthStore, type Session } from '#platform/auth'
import { NoSession, OutcomeUnknown } from '#platform/db'
import { assets, CSRF_FIELD, html, notFoundPage, problemPage, renderPage, type Page } from '#platform/views'
import { frameOf } from './page.ts'
import type { NavigationItem } from './module.ts'
import { isApi, sendProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call this route. Every route says; the server does not start if one does not. */
    access?: RouteAccess
    /** The route reads the parts of a posted form itself, files among them, and checks its token with `checkCsrf`. */
    readsFiles?: true
  }
  interface FastifyRequest {
    session: Session | null
    site: Site
  }
}

/** What is the same for every page of this installation. */
export interface Site {
  readonly navigation: readonly NavigationItem[]
  readonly synthetic: boolean
  readonly secureCookies: boolean
}
export type AppRequest = FastifyRequest

export interface ServerParts {
  readonly authStore: AuthStore
  readonly site: Site
  /** To stderr, as JSON: a line a request; or only what failed. Ids, route templates and codes, never a name or an address. */
  readonly log: boolean | 'faults'
  /** Told of each answered request. `route` is its template. */
  readonly observe?: (method: string, route: string, status: number, seconds: number) => void
  /** Requests a minute from one session before it is told to wait. */
  readonly requestsPerMinute?: number
}

/** How many times as much may come from one address with nobody signed in: a whole station can be behind it. */
const UNKNOWN_TIMES = 5

// Asked for every second by whoever watches over the server, or with every page: counted, not logged.
const QUIET = /^\/(health|assets)\//
const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** The address as the routes get it. One that cannot be read is one where nothing is, by the same page as any other. */
function readable(url: string): string {
  try {
    decodeURIComponent(url.split('?')[0] ?? '')
    return url
  } catch {
    return url.startsWith('/api/') ? '/api/' : '/unreadable'
  }
}

/** The HTTP server with everything that holds for every route: who may call, forged posts, headers, limits and error pages. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const { authStore, site } = parts
  const app = Fastify({
    logger: parts.log !== false && {
      level: parts.log === 'faults' ? 'error' : 'info',
      stream: process.stderr,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      // a message can carry what somebody typed, and an address names whom it is about: neither is logged, whoever logs it
      serializers: { err: ({ name }) => ({ type: name, message: '', stack: '' }), req: () => ({}), res: () => ({}) },
    },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    return503OnClosing: true,
    trustProxy: false,
    rewriteUrl: ({ url = '/' }) => readable(url),
  })
  app.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.access) throw new Error(`${String(method)} ${url} does not say who may call it (config.access)`)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, session, routeOptions } = request
    const route = routeOptions.url ?? 'none'
    const [status, ms] = [reply.statusCode, Math.round(reply.elapsedTime * 10) / 10]
    parts.observe?.(method, route, status, reply.elapsedTime / 1000)
    if (!QUIET.test(route))
      request.log.info({ method, route, status, ms, account: session?.staffId ?? null }, 'request')
    done()
  })
  app.decorateRequest('session', null)
  app.decorateRequest('site', { getter: () => site })

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: true,
    strictTransportSecurity: site.secureCookies && { maxAge: 63_072_000, includeSubDomains: true },
  })
  await app.register(formbody)
  await app.register(multipart, { limits: { fileSize: 2 * 1024 ** 3, files: 10, fields: 20 } })
  await app.register(rateLimit, {
    max: ({ session }) => (parts.requestsPerMinute ?? 600) * (session ? 1 : UNKNOWN_TIMES),
    timeWindow: 60_000,
    keyGenerator: (request) => request.session?.sessionId ?? request.ip,
    hook: 'preHandler',
    allowList: (request) => QUIET.test(request.routeOptions.url ?? ''),
  })

  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access
    if (!request.routeOptions.url?.startsWith('/assets/')) reply.header('cache-control', 'no-store')
    if (access === undefined || access === 'public') return undefined
    request.session = await readSession(authStore, request, site.secureCookies)
    if (!request.session) return signedOut(request, reply, `/sign-in?return_to=${encodeURIComponent(request.url)}`)
    if (access !== 'signed-in' && !may(request.session.roles, access))
      return sendPage(request, reply, 404, notFoundPage())
    return undefined
  })
  app.addHook('preHandler', async (request, reply) => {
    if (!UNSAFE.has(request.method) || !request.session) return undefined
    if (request.routeOptions.config.readsFiles && request.isMultipart()) return undefined
    const inBody = (request.body as Record<string, unknown> | undefined)?.[CSRF_FIELD]
    if (checkCsrf(request, isApi(request) ? request.headers['x-csrf-token'] : inBody)) return undefined
    return sendPage(request, reply, 403, staleFormPage())
  })

  app.setNotFoundHandler({}, (request, reply) => sendPage(request, reply, 404, notFoundPage()))
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof NoSession) return signedOut(request, reply, '/sign-in')
    const status = statusOf(error)
    if (status === 429) return sendPage(request, reply, 429, waitPage())
    if (status >= 400 && status < 500) return sendPage(request, reply, status, badRequestPage())
    // names only: a message can carry what somebody typed
    request.log.error({ code: error instanceof Error ? error.name : 'unknown', at: stackOf(error) }, 'request failed')
    return sendPage(request, reply, error instanceof OutcomeUnknown ? 503 : 500, problemPage(String(request.id)))
  })

  for (const [path, asset] of assets()) {
    app.get(path, { config: { access: 'public' } }, (request, reply) => {
      reply.header('cache-control', 'public, max-age=31536000, immutable').header('etag', asset.etag)
      if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
      return reply.type(asset.type).send(asset.body)
    })
  }
  return app
}

/** The database's code for text that no text can be (a NUL in an address): the request is at fault, not the server. */
const NO_TEXT = '22021'
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500
  if ('code' in error && error.code === NO_TEXT) return 400
  return 'statusCode' in error ? Number(error.statusCode) : 500
}

/** True when a post comes from a form of ours: the session's token, and no other site's hand in it. */
export function checkCsrf(request: FastifyRequest, token: unknown): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = request.headers
  if (origin !== undefined && origin !== 'null' && URL.parse(origin)?.host !== host) return false
  return typeof token === 'string' && token === request.session?.csrf
}

/** A page is asked for again after signing in; a form is told that nothing was saved, so that nothing typed is lost. */
function signedOut(request: FastifyRequest, reply: FastifyReply, signIn: string): FastifyReply {
  if (isApi(request) || UNSAFE.has(request.method)) return sendPage(request, reply, 401, signedOutPage())
  return reply.redirect(signIn, 303)
}

function sendPage(request: FastifyRequest, reply: FastifyReply, status: number, page: Page): FastifyReply {
  if (isApi(request)) return sendProblem(reply, status, page.title)
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(renderPage(page, frameOf(request)))
}

/** Where it happened: the lines of a stack that name places, without the message above them. */
export const stackOf = (error: unknown): string[] =>
  error instanceof Error
    ? (error.stack ?? '')
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 8)
    : []

function signedOutPage(): Page {
  return {
    title: 'You have been signed out',
    body: html`<h1 class="govuk-heading-l">You have been signed out</h1>
      <p class="govuk-body">
        Nothing was saved. Sign in in another tab, then go back and send the form again: what you typed is still there.
      </p>
      <p class="govuk-body">
        <a class="govuk-link" href="/sign-in" target="_blank" rel="noopener">Sign in (opens in a new tab)</a>
      </p>`,
  }
}
function staleFormPage(): Page {
  return {
    title: 'This form is out of date',
    body: html`<h1 class="govuk-heading-l">This form is out of date</h1>
      <p class="govuk-body">Nothing was saved. Go back, load the page again and send it again.</p>`,
  }
}
function badRequestPage(): Page {
  return {
    title: 'That could not be read',
    body: html`<h1 class="govuk-heading-l">That could not be read</h1>
      <p class="govuk-body">Nothing was saved. Go back and check what was entered or which address was used.</p>`,
  }
}
function waitPage(): Page {
  return {
    title: 'Too many requests',
    body: html`<h1 class="govuk-heading-l">Too many requests</h1>
      <p class="govuk-body">You have asked for more pages than one person reads. Wait a minute, then go on.</p>`,
  }
}
