import type { FastifyInstance } from 'fastify'
import { may } from '#platform/access'
import { authPlugin, authStore, embeddedProvider, type IssuerConfig } from '#platform/auth'
import { formatDay, londonDay, type Clock } from '#platform/clock'
import { selfCheck, withScope, type Pool } from '#platform/db'
import { buildServer, frameOf, pageReply, scopeOf, serveApi, type Module, type TodayCard } from '#platform/http'
import { csrfField, html, renderMarkup } from '#platform/views'

export interface WebParts {
  /** Connected as dauntless_app: what pages and the API read by. */
  readonly pool: Pool
  /** Connected as dauntless_auth: opens, finds and closes sessions, and can do nothing else. */
  readonly signIn: Pool
  readonly modules: readonly Module[]
  readonly clock: Clock
  readonly synthetic: boolean
  readonly issuer: IssuerConfig
  readonly publicUrl: () => string
  readonly log: boolean | 'faults'
  /** Told of each answered request, by its route template. */
  readonly observe?: (method: string, route: string, status: number, seconds: number) => void
  readonly requestsPerMinute?: number
  readonly folder: string
  readonly enqueue: (job: string, data: Record<string, string>) => Promise<void>
  /** Says that the server is on its way out, so that it is sent no more work. */
  readonly draining: () => boolean
}

/** The staff site: every module's routes, the first page, sign-in and health. */
export async function buildWeb(parts: WebParts): Promise<FastifyInstance> {
  const { pool, modules, clock, synthetic, publicUrl } = parts
  const store = authStore(parts.signIn)
  const secureCookies = publicUrl().startsWith('https:')
  const app = await buildServer({
    authStore: store,
    site: { navigation: modules.flatMap((module) => module.navigation ?? []), synthetic, secureCookies },
    log: parts.log,
    ...(parts.observe && { observe: parts.observe }),
    ...(parts.requestsPerMinute !== undefined && { requestsPerMinute: parts.requestsPerMinute }),
  })
  const render = (title: string, body: string, reply: { request: Parameters<typeof frameOf>[0] }) =>
    renderMarkup(title, body, frameOf(reply.request))
  await app.register(authPlugin, { store, clock, issuerConfig: parts.issuer, publicUrl, secureCookies, render })
  if (parts.issuer.issuer === 'embedded') {
    await app.register(await embeddedProvider({ store, clock, clientId: parts.issuer.clientId, publicUrl, render }))
  }

  app.get('/health/live', { config: { access: 'public' } }, () => ({ live: true }))
  app.get('/health/ready', { config: { access: 'public' } }, async (_request, reply) => {
    if (parts.draining()) return reply.code(503).send({ ready: false, why: 'draining' })
    try {
      await pool.query('select 1')
      return { ready: true }
    } catch {
      return reply.code(503).send({ ready: false, why: 'database' })
    }
  })

  app.get('/', { config: { access: 'signed-in' } }, async (request, reply) => {
    const { session } = request
    const roles = session?.roles ?? []
    const now = clock.now()
    const cards = await withScope(pool, scopeOf(request, 'see what needs me'), async (tx) => {
      const made: TodayCard[] = []
      for (const source of modules.flatMap((module) => module.today ?? [])) {
        if (!may(roles, source.action)) continue
        const card = await source.card(tx, now)
        if (card) made.push(card)
      }
      return made.toSorted((a, b) => a.order - b.order)
    })
    return pageReply(request, reply, {
      title: 'Today',
      wide: true,
      body: html`<h1 class="govuk-heading-l">Today</h1>
        <p class="govuk-body dauntless-lead">
          ${formatDay(londonDay(now), { weekday: true })}. ${session?.name}, what needs you now:
        </p>
        ${
          cards.length === 0
            ? html`<p class="govuk-body">Nothing is waiting for you. Use the menu to find a person or a record.</p>`
            : html`<div class="dauntless-cards">
                ${cards.map(
                  (card) =>
                    html`<section class="dauntless-card">
                      <h2 class="govuk-heading-m">${card.title}</h2>
                      ${card.body}
                    </section>`,
                )}
              </div>`
        }
        <form method="post" action="/sign-out-everywhere">
          ${csrfField(session?.csrf ?? '')}
          <p class="govuk-body govuk-!-margin-top-6">
            Signed in on another computer?
            <button type="submit" class="govuk-button govuk-button--secondary dauntless-small">
              Sign out everywhere
            </button>
          </p>
        </form>`,
    })
  })

  serveApi(
    app,
    modules.flatMap((module) => module.api ?? []),
    { pool, clock, synthetic },
  )
  for (const module of modules) module.routes?.(app, { pool, clock, folder: parts.folder, enqueue: parts.enqueue })
  return app
}

/** Throws one clear line when the database is not safe to serve from. */
export async function refuseUnsafe(pool: Pool): Promise<void> {
  const problems = await selfCheck(pool)
  if (problems.length > 0) throw new Error(`the database is not safe to serve from: ${problems.join('; ')}`)
}
