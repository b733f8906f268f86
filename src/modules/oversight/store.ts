import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { Question } from './query.ts'
import type { Use } from './rules.ts'

/** One line of the log, as a list shows it. */
export interface Line {
  readonly id: string
  readonly at: Temporal.Instant
  readonly actor: string
  readonly who: string
  readonly role: string
  readonly organisation: string
  readonly action: string
  readonly purpose: string
  readonly reason: string
  readonly route: string
  /** How many people and records it names. */
  readonly subjects: number
  readonly objects: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** One entry whole. */
export interface Entry extends Omit<Line, 'subjects' | 'objects'> {
  readonly sessionId: string | null
  readonly requestId: string | null
  readonly subjects: readonly string[]
  readonly objects: readonly string[]
  /** Its place in the sealed log; null while it waits. */
  readonly seq: number | null
}

export const PAGE_ROWS = 50
/** Most entries in one file. A whole log is exported by the command line. */
export const EXPORT_ROWS = 10_000

/** Asks the log. The look is logged by the database itself, with the question and the entries shown. */
export async function searchLog(tx: Tx, question: Question, rows: number, forExport = false): Promise<Line[]> {
  const { actors, about, since, until, action, purpose, before } = question
  return tx.sql<Line>`
    select id, at, actor, who, role, organisation, action, purpose_said as purpose, reason, route, subjects, objects, detail
    from oversight.search_log(${actors}::uuid[], ${about}::uuid, ${since}, ${until}, ${action === null ? null : [action]}::text[],
      ${purpose}::text, ${before?.at ?? null}::timestamptz, ${before?.id ?? null}::uuid, ${rows}, ${forExport})`
}

export async function openEntry(tx: Tx, id: string): Promise<Entry | null> {
  const rows = await tx.sql<Entry>`
    select id, at, actor, who, role, organisation, action, purpose, reason, route, session_id as "sessionId", request_id as "requestId",
      subjects, objects, detail, seq from oversight.open_entry(${id})`
  return rows[0] ?? null
}

export interface LogState {
  readonly size: number
  readonly signedAt: Temporal.Instant | null
  readonly cosignedSize: number
  readonly cosignedAt: Temporal.Instant | null
  readonly waiting: number
  readonly oldestWaiting: Temporal.Instant | null
}
/** How far the log is sealed. Null for anybody but the auditor. */
export async function logState(tx: Tx): Promise<LogState | null> {
  const rows = await tx.sql<LogState>`
    select size, signed_at as "signedAt", cosigned_size as "cosignedSize", cosigned_at as "cosignedAt", waiting,
      oldest_waiting as "oldestWaiting" from oversight.log_state()`
  return rows[0] ?? null
}

/** What each person did with records between two moments. */
export async function activity(tx: Tx, since: Temporal.Instant, until: Temporal.Instant): Promise<Use[]> {
  return tx.sql<Use>`select actor, who, team, days, openings, people, searches, night, claims, breakglass, refused,
      own_name as "ownName" from oversight.activity(${since}, ${until})`
}
export interface DayCount {
  readonly day: Temporal.PlainDate
  readonly openings: number
  readonly night: number
}
/** One person's openings by London day; days without any are absent. */
export async function daysOf(
  tx: Tx,
  actor: string,
  since: Temporal.Instant,
  until: Temporal.Instant,
): Promise<DayCount[]> {
  return tx.sql<DayCount>`select day, openings, night from oversight.days_of(${actor}, ${since}, ${until})`
}

export interface Staff {
  readonly id: string
  readonly name: string
  readonly place: string
}
/** Up to 20 people whose name holds the part. */
export async function findStaff(tx: Tx, part: string): Promise<Staff[]> {
  return tx.sql<Staff>`select id, name, place from oversight.find_staff(${part})`
}
/** Names of accounts, for a question that already names them by id. */
export async function namesOf(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.sql<{ name: string }>`select name from organisation.names_of(${ids}::uuid[]) order by name, id`
  return rows.map(({ name }) => name)
}

export interface AccessGiven {
  readonly entry: string
  readonly at: Temporal.Instant
  readonly byName: string
  readonly toName: string
  readonly role: string
  readonly place: string
  readonly validFrom: Temporal.PlainDate
}
/** Postings made since then, the latest first: 200 at most. */
export async function accessGiven(tx: Tx, since: Temporal.Instant): Promise<AccessGiven[]> {
  return tx.sql<AccessGiven>`select entry, at, by_name as "byName", to_name as "toName", role, place, valid_from as "validFrom"
    from oversight.access_given(${since})`
}
