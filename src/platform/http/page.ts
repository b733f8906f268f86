import { ROLES, isRole, may } from '#platform/access'
import { hashToken, sessionToken } from '#platform/auth'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NoSession, type Scope } from '#platform/db'
import { html, notFoundPage, renderPage, type Frame, type Page } from '#platform/views'

/** What stands round a page for whoever asked for it. */
export function frameOf(request: FastifyRequest, said?: string): Frame {
  const { session, site } = request
  const path = request.url.split('?')[0] ?? '/'
  return {
    synthetic: site.synthetic,
    navigation: session
      ? [
          { href: '/', text: 'Today', current: path === '/' },
          ...site.navigation
            .filter((item) => may(session.roles, item.action))
            .map(({ href, text }) => ({ href, text, current: path === href || path.startsWith(`${href}/`) })),
        ]
      : [],
    ...(session && {
      user: { name: session.name, role: session.roles.map((role) => (isRole(role) ? ROLES[role] : role)).join(', ') },
      signOut: { action: '/sign-out', csrf: session.csrf },
    }),
    ...(said !== undefined && { notification: html`${said}` }),
  }
}

/** Sends a page. Null, for whatever reason, is the one not-found page. */
export function pageReply(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page | null,
  said?: string,
): FastifyReply {
  reply.code(page ? (page.inError ? 422 : 200) : 404).type('text/html; charset=utf-8')
  return reply.send(renderPage(page ?? notFoundPage(), frameOf(request, page ? said : undefined)))
}

/** What the audit log will say of this request. @param reason as typed by the person, where the page asks for one */
export function scopeOf(request: FastifyRequest, purpose: string, reason = ''): Scope {
  const token = sessionToken(request, request.site.secureCookies)
  if (token === null) throw new NoSession('no session on this request')
  return {
    tokenHash: hashToken(token),
    purpose,
    reason,
    route: `${request.method} ${request.routeOptions.url ?? ''}`,
    requestId: String(request.id),
  }
}
