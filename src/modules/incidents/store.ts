import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

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
}

/** The incidents that a person is on, newest first, 200 at most. The record must have been opened in this transaction. */
export async function incidentsOf(tx: Tx, personId: string): Promise<IncidentLine[]> {
  return tx.sql<IncidentLine>`
    select distinct i.id, i.ref, i.source, i.kind, i.status, i.domestic, i.reported_at as "reportedAt", b.name as bcu,
      i.risk_grade as "riskGrade", i.flags, i.arrest_made as "arrestMade"
    from people.membership s join people.mention m on m.id = s.mention_id join incidents.incident i on i.id = m.record_id
    join organisation.bcu b on b.id = i.bcu_id
    where s.person_id = ${personId} and s.to_at is null and m.superseded_at is null
    order by i.reported_at desc, i.id limit 200`
}

/** Who is on each of these incidents, as the records wrote them. */
export async function partiesOf(tx: Tx, incidents: readonly string[]): Promise<Party[]> {
  return tx.sql<Party>`
    select m.record_id as "incidentId", s.person_id as "personId", m.role, m.relationship,
      coalesce(nullif(trim(concat_ws(' ', m.forenames, m.surname)), ''), m.known_as, 'name not known') as name
    from people.mention m left join people.membership s on s.mention_id = m.id and s.to_at is null
    where m.record_id = any (${incidents}) and m.superseded_at is null
    order by m.record_id, m.role = 'suspect' desc, m.role, m.seq`
}

export async function offencesOf(tx: Tx, incidents: readonly string[]): Promise<Offence[]> {
  return tx.sql<Offence>`
    select incident_id as "incidentId", seq, title, outcome_code as "outcomeCode", outcome_at as "outcomeAt"
    from incidents.offence where incident_id = any (${incidents}) order by incident_id, seq`
}

/** One incident, or null when there is none that the acting person may see. Logs before it reads. */
export async function openIncident(tx: Tx, id: string): Promise<IncidentDetail | null> {
  await tx.sql`select people.open_record(${id})`
  const rows = await tx.sql<IncidentDetail>`
    select i.id, i.ref, i.source, i.kind, i.status, i.domestic, i.reported_at as "reportedAt", b.name as bcu, i.risk_grade as "riskGrade",
      i.flags, i.arrest_made as "arrestMade", i.committed_from as "committedFrom", i.committed_to as "committedTo", i.place, i.address,
      i.postcode, i.channel, i.summary
    from incidents.incident i join organisation.bcu b on b.id = i.bcu_id where i.id = ${id}`
  return rows[0] ?? null
}

export interface Batch {
  readonly id: string
  readonly profile: string
  readonly state: string
  readonly startedAt: Temporal.Instant
  readonly finishedAt: Temporal.Instant | null
  readonly counts: Readonly<Record<string, number>>
}
export interface KeptProblem {
  readonly file: string
  readonly line: number
  readonly field: string
  readonly reason: string
}

/** The newest imports, 50 at most. */
export async function batches(tx: Tx): Promise<Batch[]> {
  return tx.sql<Batch>`select id, profile, state, started_at as "startedAt", finished_at as "finishedAt", counts
    from incidents.batch order by started_at desc, id limit 50`
}
export async function batch(
  tx: Tx,
  id: string,
): Promise<{ batch: Batch; problems: KeptProblem[]; files: { name: string }[] } | null> {
  await tx.sql`select incidents.open_batch(${id})`
  const rows =
    await tx.sql<Batch>`select id, profile, state, started_at as "startedAt", finished_at as "finishedAt", counts
    from incidents.batch where id = ${id}`
  const found = rows[0]
  if (!found) return null
  const problems =
    await tx.sql<KeptProblem>`select file, line, field, reason from incidents.problem where batch_id = ${id}
    order by file, line, field limit 200`
  const files = await tx.sql<{
    name: string
  }>`select name from incidents.batch_file where batch_id = ${id} order by name limit 200`
  return { batch: found, problems, files }
}
