import { generateKeyPairSync } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Configuration, JWK, Provider } from 'oidc-provider'
import { isRole, ROLES, type Role } from '#platform/access'
import type { Clock } from '#platform/clock'
import { embeddedMemory } from './embedded-memory.ts'
import { embeddedPath } from './embedded-name.ts'
import { escapeHtml, sendLine, type RenderPage } from './pages.ts'
import type { AuthStore, DemoPerson } from './store.ts'
import { newToken } from './tokens.ts'

/** What the demonstration's own sign-in service needs. */
export interface EmbeddedProviderOptions {
  readonly store: AuthStore
  readonly clock: Clock
  readonly clientId: string
  /** The address people use, without a path. Asked at the first request, when the port is known. */
  readonly publicUrl: () => string
  readonly render: RenderPage
}

/** The provider's own session cookie; see `prepare` for why it is never read. */
const sessionCookie = 'idp-session'

/** How long each thing the provider makes lives, in seconds. A code is used at once; the rest as a sign-in under way. */
const lifetimes = {
  AccessToken: 60,
  AuthorizationCode: 60,
  ClientCredentials: 60,
  Grant: 600,
  IdToken: 300,
  Interaction: 600,
  RefreshToken: 60,
  Session: 600,
} as const

const openToAll = { exposeHeadRoute: false, config: { access: 'public' } } as const

function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), use: 'sig', alg: 'ES256', kid: newToken() }
}

/** What each role can try in the demonstration, in one line. */
const TRY: Readonly<Record<Role, string>> = {
  investigator: 'Find people, read their records, open others with a reason.',
  da_car: 'Find who is at an address before the knock; break glass when somebody is in danger.',
  safeguarding_supervisor: 'Review records opened with a reason; choose or refuse targets.',
  disclosure_officer: 'Find people and read what is known of both of a couple.',
  orders_officer: 'Find people and read the ranked list.',
  analyst: 'Take in records, rank the force, choose or refuse targets.',
  lead_responsible_officer: 'Everything in the force: the ranked list, the choice of targets.',
  idva: 'See only what is shared with the service.',
  partner: 'See only what is shared with the agency.',
  professional_standards: 'The sealed records of police employees, and nobody else.',
  administrator: 'People, postings and agencies; no records.',
  auditor: 'Who looked at what; no records.',
}

/** The page that asks who you want to be: one button a person, with their role and what there is to try. */
export function peoplePage(action: string, people: readonly DemoPerson[]): string {
  const order = Object.keys(ROLES)
  const cards = people
    .toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role))
    .map(({ subject, name, role, unit }) => {
      const [words, what] = isRole(role) ? [ROLES[role], TRY[role]] : [role, '']
      return (
        `<li><button type="submit" class="govuk-button govuk-button--secondary" name="subject" ` +
        `value="${escapeHtml(subject)}">${escapeHtml(name)}</button>` +
        `<p><strong>${escapeHtml(words)}</strong>, ${escapeHtml(unit)}</p><p>${escapeHtml(what)}</p></li>`
      )
    })
  return (
    `<h1 class="govuk-heading-l">Choose who to sign in as</h1>` +
    `<p class="govuk-body">This is a demonstration. Everybody here is invented, and nobody needs a password.</p>` +
    `<form method="post" action="${escapeHtml(action)}"><ul class="dauntless-people">${cards.join('')}</ul></form>`
  )
}

function configuration(options: EmbeddedProviderOptions): Configuration {
  const { store, clock, clientId, publicUrl } = options
  return {
    adapter: embeddedMemory(() => clock.now().epochMilliseconds),
    clients: [
      {
        client_id: clientId,
        redirect_uris: [new URL('/sign-in/callback', publicUrl()).href],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        // A secret shared by two halves of one process would guard nothing; PKCE ties the code to who asked for it.
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: {
      keys: [newToken()],
      names: { session: sessionCookie, interaction: 'idp-interaction', resume: 'idp-resume' },
    },
    scopes: ['openid'],
    responseTypes: ['code'],
    ttl: Object.fromEntries(Object.entries(lifetimes).map(([kind, seconds]) => [kind, () => seconds])),
    interactions: { url: (_context, interaction) => `${embeddedPath}/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    clientBasedCORS: () => false,
    // Asked at every token, so the door shuts the moment the database holds anybody but the demo force.
    async findAccount(_context, subject) {
      const isDemo = await store.isDemoForce()
      const people = isDemo ? await store.demoPeople() : []
      if (!people.some((person) => person.subject === subject)) return undefined
      return { accountId: subject, claims: () => ({ sub: subject }) }
    },
    // There is nothing to consent to: our own site learns which invented person was chosen.
    async loadExistingGrant(context) {
      const { provider, session, client } = context.oidc
      if (session?.accountId === undefined || client === undefined) return undefined
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
    renderError(context) {
      context.type = 'html'
      context.body =
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign-in could not be completed</title></head>' +
        '<body><p>Sign-in could not be completed. <a href="/sign-in">Start again</a></p></body></html>'
    },
  }
}

/**
 * Makes the demonstration's own sign-in service, to be registered on the same server under `/idp`: an OpenID Connect
 * provider where one chooses an invented person instead of proving anything. Its keys last as long as the process.
 * @throws when the database holds anybody but the demo force, or oidc-provider (a development package) is not installed
 */
export async function embeddedProvider(
  options: EmbeddedProviderOptions,
): Promise<(app: FastifyInstance) => Promise<void>> {
  const { store, publicUrl, render } = options
  if (!(await store.isDemoForce())) {
    throw new Error(
      'auth.not_demo_force: the embedded sign-in service starts only on a database of the demo force alone',
    )
  }
  const { Provider: MakeProvider } = await import('oidc-provider')
  let made: Provider | null = null

  function provider(): Provider {
    if (made !== null) return made
    made = new MakeProvider(new URL(embeddedPath, publicUrl()).href, configuration(options))
    // Its addresses follow publicUrl, which `prepare` puts in the forwarding headers over whatever the sender wrote there.
    made.proxy = true
    return made
  }

  // The provider is told our own address whatever the sender wrote, and no session of its own: each sign-in starts from
  // nothing, so it always asks who you are, and one can change people without its sign-out page (which needs JavaScript).
  function prepare(reply: FastifyReply): void {
    const { headers } = reply.request.raw
    const home = new URL(publicUrl())
    headers['x-forwarded-host'] = home.host
    headers['x-forwarded-proto'] = home.protocol.slice(0, -1)
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
    headers.cookie = cookies.filter((cookie) => !cookie.startsWith(sessionCookie)).join('; ')
  }

  function startAgain(reply: FastifyReply, line: string) {
    const link = { href: '/sign-in', text: 'Start again' }
    return sendLine(reply, render, { status: 400, title: 'Sign-in could not be completed', line, link })
  }

  // The provider hides what is wrong with a sign-in under way behind one error class, and to the person it is all one.
  async function underWay(reply: FastifyReply): Promise<boolean> {
    prepare(reply)
    try {
      const { uid } = await provider().interactionDetails(reply.request.raw, reply.raw)
      return reply.request.url === `${embeddedPath}/interaction/${uid}`
    } catch (error) {
      if (error instanceof Error && error.name === 'SessionNotFound') return false
      throw error
    }
  }

  async function peopleRoutes(app: FastifyInstance): Promise<void> {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, new URLSearchParams(String(body)))
    })
    app.get(`${embeddedPath}/interaction/:uid`, openToAll, async (request, reply) => {
      if (!(await underWay(reply))) return startAgain(reply, 'This sign-in has ended or was not started here.')
      const people = await store.demoPeople()
      const html = await render('Choose who to sign in as', peoplePage(request.url, people), reply)
      return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html)
    })
    app.post(`${embeddedPath}/interaction/:uid`, openToAll, async (request, reply) => {
      if (!(await underWay(reply))) return startAgain(reply, 'This sign-in has ended or was not started here.')
      const subject = request.body instanceof URLSearchParams ? request.body.get('subject') : null
      const people = (await store.isDemoForce()) ? await store.demoPeople() : []
      const chosen = people.find((person) => person.subject === subject)
      if (chosen === undefined) return startAgain(reply, 'Choose one of the people on the page.')
      const result = { login: { accountId: chosen.subject, remember: false } }
      const next = await provider().interactionResult(request.raw, reply.raw, result)
      return reply.header('cache-control', 'no-store').redirect(next, 303)
    })
  }

  async function providerRoutes(app: FastifyInstance): Promise<void> {
    // The provider reads the request itself, so nothing here may read it first.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => {
      done(null)
    })
    app.route({
      ...openToAll,
      method: ['GET', 'POST'],
      url: `${embeddedPath}/*`,
      handler(request, reply) {
        prepare(reply)
        // What our own hooks put on the answer (content policy, request id) stands on the provider's too.
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value)
        }
        reply.hijack()
        const raw: typeof request.raw & { originalUrl?: string } = request.raw
        // It finds where it is mounted by comparing these two, as Express would leave them.
        raw.originalUrl = request.url
        raw.url = request.url.slice(embeddedPath.length)
        void provider().callback()(raw, reply.raw)
      },
    })
  }

  return async (app) => {
    await app.register(peopleRoutes)
    await app.register(providerRoutes)
  }
}
