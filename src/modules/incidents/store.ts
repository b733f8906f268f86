import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import { calledAs, mentionsAround } from '#modules/people'

export interface IncidentLine {
  readonly id: string
  readonly ref: string
  readonly source: string
  readonly kind: 'crime' | 'non_crime'
  readonly status: string
  readonly domestic: boolean
  readonly reportedAt: Temporal.Instant
  readonly bcu: string
  readonly riskGrade: 'standard' | 'medium' | 'high' | null
  readonly flags: string[]
  readonly arrestMade: boolean
}
export interface Party {
  readonly incidentId: string
  readonly personId: string | null
  readonly role: string
  readonly name: string
  readonly relationship: string | null
  readonly arrestedAt: Temporal.Instant | null
  readonly custodyRef: string | null
}
export interface Offence {
  readonly incidentId: string
  readonly seq: number
  readonly title: string
  readonly outcomeCode: string | null
  readonly outcomeAt: Temporal.Instant | null
}
export interface IncidentDetail extends IncidentLine {
  readonly committedFrom: Temporal.Instant | null
  readonly committedTo: Temporal.Instant | null
  readonly place: string | null
  readonly address: string | null
  readonly postcode: string | null
  readonly channel: string | null
  readonly summary: string | null
  /** What the source says besides, in its own words. */
  readonly details: Readonly<Record<string, string>>
}

/** How many of a person's incidents a page shows at most. */
export const MOST_INCIDENTS = 200

/** The incidents that a person is on, newest first, 200 at most. The record must have been opened in this transaction. */
export async function incidentsOf(tx: Tx, personId: string): Promise<IncidentLine[]> {
  return tx.sql<IncidentLine>`
    select i.id, i.ref, i.source, i.kind, i.status, i.domestic, i.reported_at as "reportedAt", b.name as bcu,
      i.risk_grade as "riskGrade", i.flags, i.arrest_made as "arrestMade"
    from incidents.incident i join organisation.bcu b on b.id = i.bcu_id
    where i.id = any (array(select people.records_opened(${personId}))) order by i.reported_at desc, i.id limit ${MOST_INCIDENTS}`
}

/**
 * The newest records of the acting person's commands that are graded high risk and show no arrest, with how many there are in
 * all; those on the page are logged with everybody on them.
 */
export async function highRiskOpen(
  tx: Tx,
  since: Temporal.Instant,
  howMany: number,
): Promise<{ rows: IncidentLine[]; found: number }> {
  const opened = await tx.sql<{ incident_id: string; of: number }>`
    select incident_id, of from incidents.open_high_risk(${since}::timestamptz, ${howMany}::integer)`
  const rows = await tx.sql<IncidentLine>`
    select i.id, i.ref, i.source, i.kind, i.status, i.domestic, i.reported_at as "reportedAt", b.name as bcu,
      i.risk_grade as "riskGrade", i.flags, i.arrest_made as "arrestMade"
    from incidents.incident i join organisation.bcu b on b.id = i.bcu_id
    where i.id = any (${opened.map((row) => row.incident_id)}::uuid[]) order by i.reported_at desc, i.id`
  return { rows, found: opened[0]?.of ?? 0 }
}

/** How a record is quoted on a page about a person. */
export interface RecordFact {
  readonly ref: string
  readonly reportedAt: Temporal.Instant
  readonly href: string
}

/** Reference and time of records opened in this transaction. */
export async function incidentFacts(
  tx: Tx,
  ids: readonly string[],
): Promise<{ id: string; ref: string; reportedAt: Temporal.Instant }[]> {
  return tx.sql`select id, ref, reported_at as "reportedAt" from incidents.incident where id = any (${ids}) order by id`
}

const NO_NAME = 'Name not known'

/** Who is on each of these incidents, as the records wrote them. */
export async function partiesOf(tx: Tx, incidents: readonly string[]): Promise<Party[]> {
  return tx.sql<Party>`
    select m.record_id as "incidentId", s.person_id as "personId", m.role, m.relationship,
      m.arrested_at as "arrestedAt", m.custody_ref as "custodyRef",
      coalesce(nullif(trim(concat_ws(' ', m.forenames, m.surname)), ''), m.known_as, ${NO_NAME}) as name
    from people.mention m left join people.membership s on s.mention_id = m.id and s.to_at is null
    where m.record_id = any (${incidents}) and m.superseded_at is null
    order by m.record_id, m.role = 'suspect' desc, m.role, m.seq`
}

/**
 * Who is on each of the records of a person opened in this transaction, as the records wrote them; suspects first. Null when they
 * are more than are read at once.
 */
export async function partiesAround(tx: Tx, personId: string): Promise<Party[] | null> {
  const { mentions, isWhole } = await mentionsAround(tx, personId)
  if (!isWhole) return null
  const suspectsFirst = (role: string): string => (role === 'suspect' ? '' : role)
  return mentions
    .toSorted(
      (a, b) => byText(a.recordId, b.recordId) || byText(suspectsFirst(a.role), suspectsFirst(b.role)) || a.seq - b.seq,
    )
    .map((mention) => ({
      incidentId: mention.recordId,
      personId: mention.personId,
      role: mention.role,
      relationship: mention.relationship,
      arrestedAt: mention.arrestedAt,
      custodyRef: mention.custodyRef,
      name: calledAs(mention) || NO_NAME,
    }))
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The offences of the records of a person opened in this transaction. */
export async function offencesAround(tx: Tx, personId: string): Promise<Offence[]> {
  return tx.sql<Offence>`
    select incident_id as "incidentId", seq, title, outcome_code as "outcomeCode", outcome_at as "outcomeAt"
    from incidents.offence where incident_id = any (array(select people.records_opened(${personId}))) order by incident_id, seq`
}

export async function offencesOf(tx: Tx, incidents: readonly string[]): Promise<Offence[]> {
  return tx.sql<Offence>`
    select incident_id as "incidentId", seq, title, outcome_code as "outcomeCode", outcome_at as "outcomeAt"
    from incidents.offence where incident_id = any (${incidents}) order by incident_id, seq`
}

/** One incident, or null when there is none that the acting person may see. Logs before it reads. */
export async function openIncident(tx: Tx, id: string): Promise<IncidentDetail | null> {
  const [opened] = await tx.sql<{ id: string }>`select people.open_record(${id}) as id`
  const rows = await tx.sql<IncidentDetail>`
    select i.id, i.ref, i.source, i.kind, i.status, i.domestic, i.reported_at as "reportedAt", b.name as bcu, i.risk_grade as "riskGrade",
      i.flags, i.arrest_made as "arrestMade", i.committed_from as "committedFrom", i.committed_to as "committedTo", i.place, i.address,
      i.postcode, i.channel, i.summary, i.details
    from incidents.incident i join organisation.bcu b on b.id = i.bcu_id where i.id = ${opened?.id}`
  return rows[0] ?? null
}

export interface Batch {
  readonly id: string
  readonly profile: string
  readonly state: string
  readonly startedAt: Temporal.Instant
  readonly finishedAt: Temporal.Instant | null
  readonly counts: Readonly<Record<string, unknown>>
  /** Why it stopped, when it failed. */
  readonly said: string
  readonly byName: string
}
export interface KeptProblem {
  readonly id: string
  readonly file: string
  readonly line: number
  readonly field: string
  readonly reason: string
  readonly rejected: boolean
  readonly correctedBy: string | null
  readonly correctedAt: Temporal.Instant | null
}
export interface BatchReport {
  readonly batch: Batch
  /** The first 200. */
  readonly problems: readonly KeptProblem[]
  readonly problemCount: number
  readonly corrected: number
  readonly files: readonly { readonly name: string }[]
}

/** The newest imports, 50 at most. */
export async function batches(tx: Tx): Promise<Batch[]> {
  return tx.sql<Batch>`select id, profile, state, started_at as "startedAt", finished_at as "finishedAt", counts, said,
      coalesce((select n.name from organisation.names_of(array[b.started_by]) n), '') as "byName"
    from incidents.batch b order by started_at desc, id limit 50`
}
/** One import with what went wrong in it, or null. Logs that it is opened. */
export async function batch(tx: Tx, id: string): Promise<BatchReport | null> {
  await tx.sql`select incidents.open_batch(${id})`
  const [found] = await tx.sql<Batch>`
    select id, profile, state, started_at as "startedAt", finished_at as "finishedAt", counts, said,
      coalesce((select n.name from organisation.names_of(array[b.started_by]) n), '') as "byName"
    from incidents.batch b where id = ${id}`
  if (!found) return null
  const problems = await tx.sql<KeptProblem>`
    select id, file, line, field, reason, rejected, corrected_by as "correctedBy", corrected_at as "correctedAt"
    from incidents.problem where batch_id = ${id} order by (line = 0) desc, corrected_at is not null, file, line, field, id limit 200`
  const [sums] = await tx.sql<{ all: number; corrected: number }>`
    select count(*)::int as all, count(corrected_at)::int as corrected from incidents.problem where batch_id = ${id}`
  const files = await tx.sql<{ name: string }>`
    select name from incidents.batch_file where batch_id = ${id} order by name limit 200`
  return { batch: found, problems, problemCount: sums?.all ?? 0, corrected: sums?.corrected ?? 0, files }
}

/** How many problems a download holds at most: what a spreadsheet opens with ease. */
export const MOST_PROBLEMS = 100_000

/** Every problem of an import with the row as it came, for a file. Logs that it leaves the system; null when there is no such import. */
export async function exportProblems(tx: Tx, id: string): Promise<(KeptProblem & { row: string[] })[] | null> {
  await tx.sql`select audit.record('export', '{}', array[${id}::uuid], '{"what": "import problems"}')`
  const [found] = await tx.sql<{ id: string }>`select id from incidents.batch where id = ${id}`
  if (!found) return null
  return tx.sql<KeptProblem & { row: string[] }>`
    select id, file, line, field, reason, rejected, corrected_by as "correctedBy", corrected_at as "correctedAt", row
    from incidents.problem where batch_id = ${id} order by file, line, field, id limit ${MOST_PROBLEMS}`
}
