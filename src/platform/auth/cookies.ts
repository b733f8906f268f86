import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The cookies of this room. `session` holds the session token. `login` holds the key that ties a sign-in under way to the
 * browser that began it, so nobody can finish theirs in another person's browser. `left` says that somebody signed out
 * here, so that the sign-in service is told to ask who it is now.
 */
export type CookieName = 'session' | 'login' | 'left'

/** How long a sign-in under way may take, in seconds; the same ten minutes as `auth.take_login`. */
const loginSeconds = 600

// `__Host-` makes the browser refuse the cookie unless it came over TLS from this very host for the whole of it, so a
// neighbouring host cannot plant one. Without TLS (a demo on loopback) browsers refuse the prefix, hence two names.
// Only the name that belongs to the setting is ever read.
function fullName(name: CookieName, secure: boolean): string {
  return secure ? `__Host-${name}` : name
}

/** Reads one of our cookies from the request itself, so it does not matter which plugins are loaded or in what order. */
export function readCookie(request: FastifyRequest, name: CookieName, secure: boolean): string | undefined {
  const start = `${fullName(name, secure)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length)
}

function setCookie(reply: FastifyReply, name: CookieName, value: string, secure: boolean, ages: string): void {
  // Our values are base64url, so nothing in them needs escaping.
  const cookie = `${fullName(name, secure)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${ages}`
  reply.header('set-cookie', cookie)
}

/**
 * Gives the browser one of our cookies. SameSite is Lax, not Strict: the person comes back from the sign-in service by a
 * cross-site navigation, and with Strict the browser would send neither cookie to the callback nor the new session to the
 * page after it. Lax still keeps both from every cross-site POST, frame and fetch.
 * The session cookie has no age: it goes with the browser, and the database says when it ends.
 */
export function writeCookie(reply: FastifyReply, name: CookieName, value: string, secure: boolean): void {
  setCookie(reply, name, value, secure, name === 'login' ? `; Max-Age=${String(loginSeconds)}` : '')
}

/** Takes one of our cookies back from the browser. */
export function dropCookie(reply: FastifyReply, name: CookieName, secure: boolean): void {
  setCookie(reply, name, '', secure, '; Max-Age=0')
}
