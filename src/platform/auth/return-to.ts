/** Longest path we carry through a sign-in, in characters; ours are far shorter. */
const longestPath = 1024

/** A host nobody can own (RFC 2606), to resolve paths against: what leaves it is not one of our paths. */
const nowhere = 'http://own.invalid'

/** Pages that would send a person round in a circle, or sign them out, straight after signing in. */
const ownPages = /^\/(?:sign-in|sign-out|sign-out-everywhere|signed-out|step-up|idp)(?:[/?]|$)/

/**
 * The page to show after signing in: the path asked for when it is one of ours, else the front page.
 * It is resolved as a browser would resolve it, because `//x`, `/\x` and `/.//x` all leave the site.
 */
export function safeReturnTo(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > longestPath || !asked.startsWith('/')) return '/'
  // A browser drops tabs and new lines before it reads an address, and reads a backslash as a slash.
  // eslint-disable-next-line no-control-regex -- the control characters are the point
  if (/[\\\u0000-\u001f\u007f]/.test(asked) || !URL.canParse(asked, nowhere)) return '/'
  const resolved = new URL(asked, nowhere)
  const path = resolved.pathname + resolved.search
  if (resolved.origin !== nowhere || path.startsWith('//') || ownPages.test(path)) return '/'
  return path
}
