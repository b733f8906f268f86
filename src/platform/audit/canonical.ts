import { hash } from 'node:crypto'

/**
 * One row of the audit log as the seal sees it. Everything is text, so that nothing depends on the session's time zone,
 * date style or number handling: `at` is UTC with microseconds, `xact` is decimal, `detail` is JSON text.
 */
export interface AuditEntry {
  readonly id: string
  readonly xact: string
  readonly at: string
  readonly actor: string | null
  readonly session_id: string | null
  readonly role: string | null
  readonly organisation: string | null
  readonly action: string | null
  readonly purpose: string | null
  readonly reason: string | null
  readonly route: string | null
  readonly request_id: string | null
  readonly subjects: readonly string[] | null
  readonly objects: readonly string[] | null
  /** JSON text as PostgreSQL prints it; numbers keep every digit. */
  readonly detail: string | null
}

/** The columns the seal covers. A column outside this list would not be protected, so the verifier objects to one. */
export const sealedColumns: readonly string[] = [
  'id',
  'xact',
  'at',
  'actor',
  'session_id',
  'role',
  'organisation',
  'action',
  'purpose',
  'reason',
  'route',
  'request_id',
  'subjects',
  'objects',
  'detail',
]

// A year outside 1-9999 (BC, infinity) has no ISO form of one reading, so it is written as microseconds since 1970.
const atText = `case when e.at >= timestamptz '0001-01-01 00:00:00+00' and e.at < timestamptz '9999-12-31 00:00:00+00'
  then to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  else trunc(extract(epoch from e.at) * 1000000)::text end`

/** The select list that reads `audit.entry e` for {@link entryFromRow}, in the order of `sealedColumns`. */
export const entrySelect = `e.id::text, e.xact::text, ${atText}, e.actor::text, e.session_id::text, e.role,
  e.organisation, e.action, e.purpose, e.reason, e.route, e.request_id::text, e.subjects::text[], e.objects::text[],
  e.detail::text`

/** Makes an entry of a row read in array mode with {@link entrySelect}, starting at column `offset`. */
export function entryFromRow(row: readonly unknown[], offset = 0): AuditEntry {
  const entry: Record<string, unknown> = {}
  sealedColumns.forEach((column, index) => {
    entry[column] = row[offset + index]
  })
  // The select list above gives text, text arrays and nulls in just this order.
  return entry as unknown as AuditEntry
}

interface Digits {
  readonly digits: string
}

function isDigits(value: object): value is Digits {
  return digitMarks.has(value)
}

// Numbers are marked by identity, not by shape, so that no object in `detail` can pass itself off as a number.
const digitMarks = new WeakSet<object>()

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value
  const kept: Digits = { digits: context?.source ?? String(value) }
  digitMarks.add(kept)
  return kept
}

function write(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (isDigits(value)) return value.digits
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(',')}}`
}

/**
 * One text for one JSON value: keys sorted by UTF-16 code unit at every depth, no spaces, strings as RFC 8785 writes
 * them. Numbers stay as they were printed, because JavaScript would round 12345678901234567890 and a changed last digit
 * would go unseen.
 * @throws SyntaxError when the text is not JSON
 */
export function canonicalJson(text: string): string {
  return write(JSON.parse(text, keepDigits))
}

const string = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value))

/**
 * The one text of an audit entry that is hashed: a JSON object, version 1, keys in alphabetical order, no spaces, absent
 * values as null. The bytes are its UTF-8.
 */
export function canonicalEntry(entry: AuditEntry): string {
  return (
    `{"action":${string(entry.action)},"actor":${string(entry.actor)},"at":${string(entry.at)}` +
    `,"detail":${entry.detail === null ? 'null' : canonicalJson(entry.detail)},"id":${string(entry.id)}` +
    `,"objects":${JSON.stringify(entry.objects)},"organisation":${string(entry.organisation)}` +
    `,"purpose":${string(entry.purpose)},"reason":${string(entry.reason)},"request_id":${string(entry.request_id)}` +
    `,"role":${string(entry.role)},"route":${string(entry.route)},"session_id":${string(entry.session_id)}` +
    `,"subjects":${JSON.stringify(entry.subjects)},"v":1,"xact":${string(entry.xact)}}`
  )
}

/**
 * The leaf hash of an entry in the Merkle tree: sha256(0x00 || bytes).
 * Source: RFC 6962 section 2.1.
 */
export function leafHash(bytes: string | Uint8Array): Buffer {
  const body = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
  const prefixed = Buffer.allocUnsafe(body.length + 1)
  prefixed[0] = 0
  prefixed.set(body, 1)
  return hash('sha256', prefixed, 'buffer')
}

/** The leaf hash of an entry in its canonical form. */
export function entryHash(entry: AuditEntry): Buffer {
  return leafHash(canonicalEntry(entry))
}
