import type { FastifyRequest } from 'fastify'
import { readCookie } from './cookies.ts'
import type { AuthStore, Session } from './store.ts'
import { hashToken } from './tokens.ts'

/** A token as `newToken` makes it; anything else is not worth asking the database about. */
const tokenShape = /^[A-Za-z0-9_-]{43}$/

/** The session token this request carries, or null. @param secureCookies as given to `authPlugin` */
export function sessionToken(request: FastifyRequest, secureCookies: boolean): string | null {
  const token = readCookie(request, 'session', secureCookies)
  return token !== undefined && tokenShape.test(token) ? token : null
}

/**
 * Who is asking: the open session of this request, or null when there is none or it has ended.
 * Counts as activity, so call it once a request. @param secureCookies as given to `authPlugin`
 */
export async function readSession(
  store: AuthStore,
  request: FastifyRequest,
  secureCookies: boolean,
): Promise<Session | null> {
  const token = sessionToken(request, secureCookies)
  return token === null ? null : store.session(hashToken(token))
}
