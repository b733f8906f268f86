import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AuthorizationResponseError } from 'openid-client'
import type { Clock } from '#platform/clock'
import { dropCookie, readCookie, writeCookie } from './cookies.ts'
import { newState, readState, type LoginPurpose } from './login-state.ts'
import { barePage, sendLine, type RenderPage } from './pages.ts'
import { relyingParty, type Identity, type IssuerConfig } from './relying-party.ts'
import { safeReturnTo } from './return-to.ts'
import { readSession, sessionToken } from './session.ts'
import type { AuthStore } from './store.ts'
import { hashToken, newToken } from './tokens.ts'

/** What signing in needs from the one who starts the server. */
export interface AuthOptions {
  readonly store: AuthStore
  readonly clock: Clock
  readonly issuerConfig: IssuerConfig
  /** The address people use, without a path. Asked late, because a port may be known only once we listen. */
  readonly publicUrl: () => string
  /** True wherever the site is served over TLS. */
  readonly secureCookies: boolean
  /** The site's layout; without it pages are bare. */
  readonly render?: RenderPage
}

/** How far the sign-in service's clock may be from ours when we check a step-up, in seconds. */
const clockDriftSeconds = 60

/** How much of a browser's description of itself is kept beside the session, in characters. */
const userAgentLength = 300

// A HEAD request must not use up a callback, so these pages answer to GET alone.
const openToAll = { exposeHeadRoute: false, config: { access: 'public' } } as const
const signedIn = { exposeHeadRoute: false, config: { access: 'signed-in' } } as const

function query(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return typeof request.query === 'object' && request.query !== null ? { ...request.query } : {}
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}

/** Signing in and out, and proving again who one is: the pages, and the session cookie that comes of it. */
export async function authPlugin(app: FastifyInstance, options: AuthOptions): Promise<void> {
  const { store, clock, issuerConfig, publicUrl, secureCookies } = options
  const render = options.render ?? barePage
  const service = relyingParty(app, issuerConfig, publicUrl)
  const seconds = () => Math.floor(clock.now().epochMilliseconds / 1000)
  const userAgent = (request: FastifyRequest) => (request.headers['user-agent'] ?? '').slice(0, userAgentLength)

  // Logs get a code and never who it was; the page gets a line and never why in detail.
  async function refuse(reply: FastifyReply, code: string, status: number, title: string, line: string) {
    reply.request.log.warn({ code }, 'sign-in refused')
    return sendLine(reply, render, { status, title, line, link: { href: '/sign-in', text: 'Start again' } })
  }

  function notStartedHere(reply: FastifyReply) {
    return refuse(
      reply,
      'auth.state_refused',
      400,
      'Sign-in could not be completed',
      'This sign-in was not started here, has been used already, or took longer than 10 minutes.',
    )
  }

  async function sendToService(
    request: FastifyRequest,
    reply: FastifyReply,
    purpose: LoginPurpose,
    freshly: boolean,
  ): Promise<FastifyReply> {
    reply.header('cache-control', 'no-store')
    const asked = query(request)
    const returnTo = safeReturnTo(asked['return_to'])
    const home = new URL(publicUrl())
    // Cookies belong to one host. Who came by another name (localhost for 127.0.0.1) is first sent to the one the
    // sign-in service will send them back to; once, lest a proxy that rewrites Host sends them round for ever.
    if (request.host !== home.host && asked['moved'] === undefined) {
      const here = new URL(purpose === 'step-up' ? '/step-up' : '/sign-in', home)
      here.searchParams.set('return_to', returnTo)
      if (asked['again'] !== undefined) here.searchParams.set('again', 'yes')
      here.searchParams.set('moved', 'yes')
      return reply.redirect(here.href, 303)
    }
    const browserKey = readCookie(request, 'login', secureCookies) ?? newToken()
    const state = newState(browserKey, { purpose, beganAt: seconds() })
    try {
      const { url, nonce, verifier } = await service.begin(state, new URL('/sign-in/callback', home).href, freshly)
      await store.beginLogin(state, { nonce, verifier, returnTo })
      writeCookie(reply, 'login', browserKey, secureCookies)
      return await reply.redirect(url.href, 303)
    } catch (error) {
      request.log.error({ code: 'auth.service_unreachable', cause: errorCode(error) }, 'sign-in could not begin')
      return refuse(
        reply,
        'auth.service_unreachable',
        503,
        'Sign-in is not available',
        'The sign-in service cannot be reached. Try again in a few minutes.',
      )
    }
  }

  async function signIn(request: FastifyRequest, reply: FastifyReply, identity: Identity, returnTo: string) {
    const token = newToken()
    const opened = await store.openSession(identity.issuer, identity.subject, hashToken(token), userAgent(request))
    if (opened === null) {
      return refuse(
        reply,
        'auth.unknown_person',
        403,
        'You do not have access',
        'You have signed in, but you have no active account here. Ask your administrator to add you.',
      )
    }
    const before = sessionToken(request, secureCookies)
    if (before !== null) await store.closeSession(hashToken(before))
    writeCookie(reply, 'session', token, secureCookies)
    dropCookie(reply, 'left', secureCookies)
    return reply.redirect(returnTo, 303)
  }

  // A step-up must be the same person, proved since it began. The session goes on under a new token, so that one stolen
  // before does not gain what it unlocks; a form that waits in another tab is still a form of this session.
  async function stepUp(
    request: FastifyRequest,
    reply: FastifyReply,
    identity: Identity,
    beganAt: number,
    returnTo: string,
  ) {
    const before = sessionToken(request, secureCookies)
    const isFresh = identity.authenticatedAt !== null && identity.authenticatedAt >= beganAt - clockDriftSeconds
    const token = newToken()
    const { issuer, subject } = identity
    if (before === null || !isFresh || !(await store.stepUp(hashToken(before), hashToken(token), issuer, subject))) {
      const line = 'You were not confirmed again as the person who is signed in.'
      return refuse(reply, 'auth.step_up_refused', 403, 'Not confirmed', line)
    }
    writeCookie(reply, 'session', token, secureCookies)
    return reply.redirect(returnTo, 303)
  }

  app.get('/sign-in', openToAll, async (request, reply) => {
    // After signing out the service must ask again, or the next person at this computer would come in as the last one.
    const left = readCookie(request, 'left', secureCookies) !== undefined
    return sendToService(request, reply, 'sign-in', left || query(request)['again'] !== undefined)
  })

  app.get('/step-up', signedIn, async (request, reply) => {
    const session = await readSession(store, request, secureCookies)
    if (session === null) return reply.header('cache-control', 'no-store').redirect('/sign-in', 303)
    return sendToService(request, reply, 'step-up', true)
  })

  app.get('/confirmed', signedIn, async (_request, reply) =>
    sendLine(reply, render, {
      status: 200,
      title: 'You have confirmed who you are',
      line: 'Close this tab, go back to the one before and send the form again. It asks for nothing more for 15 minutes.',
      link: { href: '/', text: 'Go to the start' },
    }),
  )

  app.get('/sign-in/callback', openToAll, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const state = query(request)['state']
    const begun = readState(readCookie(request, 'login', secureCookies), state)
    if (begun === null || typeof state !== 'string') return notStartedHere(reply)
    const pending = await store.takeLogin(state)
    if (pending === null) return notStartedHere(reply)
    let identity: Identity
    try {
      identity = await service.finish(new URL(request.url, publicUrl()), state, pending)
    } catch (error) {
      request.log.warn({ code: 'auth.answer_refused', cause: errorCode(error) }, 'sign-in answer refused')
      const declined = error instanceof AuthorizationResponseError
      return refuse(
        reply,
        declined ? 'auth.declined' : 'auth.answer_refused',
        declined ? 403 : 502,
        'Sign-in could not be completed',
        declined
          ? 'The sign-in service did not let you in.'
          : 'The sign-in service gave an answer we could not confirm.',
      )
    }
    // Checked again on the way out: what is in the table may be older than the rule.
    const returnTo = safeReturnTo(pending.returnTo)
    return begun.purpose === 'step-up'
      ? stepUp(request, reply, identity, begun.beganAt, returnTo)
      : signIn(request, reply, identity, returnTo)
  })

  app.get('/signed-out', openToAll, async (_request, reply) => {
    const there = await service.signOutAddress(new URL('/signed-out', publicUrl()).href)
    return sendLine(reply, render, {
      status: 200,
      title: 'You have signed out',
      line: 'On a shared computer, close the browser as well.',
      link: { href: '/sign-in?again=yes', text: 'Sign in' },
      also: there && { href: there.href, text: 'Sign out of the sign-in service too' },
    })
  })

  async function signOut(request: FastifyRequest, reply: FastifyReply, close: (hash: Buffer) => Promise<void>) {
    const token = sessionToken(request, secureCookies)
    if (token !== null) await close(hashToken(token))
    dropCookie(reply, 'session', secureCookies)
    dropCookie(reply, 'login', secureCookies)
    writeCookie(reply, 'left', 'yes', secureCookies)
    return reply.header('cache-control', 'no-store').redirect('/signed-out', 303)
  }

  app.post('/sign-out', signedIn, async (request, reply) => signOut(request, reply, (hash) => store.closeSession(hash)))
  app.post('/sign-out-everywhere', signedIn, async (request, reply) =>
    signOut(request, reply, (hash) => store.closeAllSessions(hash)),
  )
}
