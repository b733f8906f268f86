import type pg from 'pg'
import { Temporal } from '#platform/clock'
import type { SourceParty, SourceRecord } from './import/types.ts'
import { arrestMade, copy, json, isSealed, keepApart, MENTION, mentionLine, mentionOf, OFFENCE, offenceLines, type Cell, type MentionColumn } from './intake-lines.ts' // prettier-ignore

/** A later version of a record, or one that has come late, and the incident that stands for it. */
export interface Later {
  readonly record: SourceRecord
  readonly id: string
  readonly batch: string
  readonly bcu: number
  readonly borough: string | undefined
  /** Milliseconds. */
  readonly now: number
}

/** Keeps what stood as history and puts this version in its place; what the version does not speak of stays. */
export async function replace(client: pg.ClientBase, later: Later): Promise<void> {
  const { record, id, batch, bcu, borough } = later
  await client.query(
    `insert into incidents.incident_version (incident_id, batch_id, was)
     select i.id, $2, to_jsonb(i) || jsonb_build_object('offences', (select jsonb_agg(to_jsonb(o) order by o.seq) from incidents.offence o
       where o.incident_id = i.id)) from incidents.incident i where i.id = $1`,
    [id, batch],
  )
  await client.query(
    `update incidents.incident set kind = $2, status = $3, domestic = $4, reported_at = $5, committed_from = $6, committed_to = $7,
       bcu_id = $8, borough_code = $9, ward_code = $10, place = $11, address = $12, postcode = $13, lat = $14, lon = $15, channel = $16,
       risk_grade = $17, flags = $18, summary = $19, arrest_made = coalesce($20, arrest_made), source_updated_at = $21, hash = $22,
       batch_id = $23, details = $24, reach = (select array_agg(distinct b) from unnest(reach || $8::smallint) b) where id = $1`,
    [
      id, record.kind, record.status, record.domestic, record.reportedAt, record.committedFrom, record.committedTo, bcu,
      borough, record.wardCode, record.place, record.address, record.postcode, record.lat, record.lon, record.channel,
      record.riskGrade, record.flags, record.summary, arrestMade(record), record.updatedAt, record.hash, batch, json(record.details ?? {}),
    ], // prettier-ignore
  )
  if (!record.untold?.includes('offences')) {
    await client.query('delete from incidents.offence where incident_id = $1', [id])
    await copy(client, OFFENCE, offenceLines(record, id))
  }
  if (!record.untold?.includes('persons')) await replaceMentions(client, later)
  else await keepApart(client, [id])
}

/**
 * A version that is older than the one that stands changes nothing, but for what the later one did not speak of: the
 * correction may have come before the delivery that names the people.
 * @returns whether it had something to fill in
 */
export async function fillIn(client: pg.ClientBase, later: Later): Promise<boolean> {
  const { record, id } = later
  if (record.untold === undefined) return false
  const { rows } = await client.query<{ persons: boolean; offences: boolean }>(
    `select exists (select from people.mention where record_id = $1) as persons,
       exists (select from incidents.offence where incident_id = $1) as offences`,
    [id],
  )
  const offences = rows[0]?.offences ? [] : offenceLines(record, id)
  const persons = rows[0]?.persons ? [] : record.parties
  if (offences.length + persons.length === 0) return false
  await copy(client, OFFENCE, offences)
  if (persons.length > 0) {
    await client.query('update incidents.incident set arrest_made = arrest_made or $2 where id = $1', [
      id,
      arrestMade(record) ?? false,
    ])
    await addMentions(client, later, persons)
  }
  return true
}

/** What a mention said, with what is kept apart from it. */
type Mention = Record<MentionColumn, Cell> & { readonly id: string }

/** A mention is never changed: those that say the same stay, with their person; the others are superseded. */
async function replaceMentions(client: pg.ClientBase, later: Later): Promise<void> {
  const { record, id } = later
  const { rows } = await client.query<{ mention: Mention }>(
    `select to_jsonb(m) || coalesce(to_jsonb(c) - 'mention_id', '{}') as mention from people.mention m
     left join people.protected_contact c on c.mention_id = m.id where m.record_id = $1 and m.superseded_at is null`,
    [id],
  )
  const old = new Map(rows.map(({ mention }) => [textOf(mention, ALL), mention]))
  const news: SourceParty[] = []
  for (const party of record.parties) {
    const text = textOf(mentionOf(record, party), ALL)
    // what is protected once stays so, whatever a later version says; what is protected only now is another mention
    const says = old.get(text)
    if (says !== undefined && says.protected_place === false && party.addressProtected) news.push(party)
    else if (!old.delete(text)) news.push(party)
  }
  const gone = [...old.values()]
  if (gone.length > 0) {
    const ids = gone.map((mention) => mention.id)
    await client.query('update people.mention set superseded_at = now() where id = any ($1)', [ids])
    await client.query('update people.membership set to_at = now() where mention_id = any ($1) and to_at is null', [
      ids,
    ])
  }
  await addMentions(client, later, news)
  const same = news.flatMap((party) => {
    const who = textOf(mentionOf(record, party), WHO)
    const at = gone.findIndex((mention) => textOf(mention, WHO) === who)
    return gone.splice(at, at < 0 ? 0 : 1).map((mention) => ({
      was: mention.id,
      seq: party.seq,
      protected: mention.protected_place === true,
    }))
  })
  if (same.length === 0) return
  // who they are has not changed, so nobody has to work out again which person that is; but whose address is protected only now
  // leaves whomever they were joined to, until a person says otherwise
  await client.query(
    `insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
     select m.id, b.person_id, b.weight, b.decision_id, clock_timestamp()
     from unnest($2::uuid[], $3::int[], $4::boolean[]) as x (was, seq, protected)
     join people.membership b on b.mention_id = x.was and b.to_at = now()
     join people.mention m on m.record_id = $1 and m.seq = x.seq and m.superseded_at is null
     where x.protected or not m.protected_place`,
    [id, same.map(({ was }) => was), same.map(({ seq }) => seq), same.map((one) => one.protected)],
  )
}

/** New mentions of a record that stands are within the reach and under the seal of that record, and so are those of before. */
async function addMentions(client: pg.ClientBase, later: Later, parties: readonly SourceParty[]): Promise<void> {
  const { record, id, bcu, now } = later
  await copy(
    client,
    MENTION,
    parties.map((party) => mentionLine(record, party, { id, reach: `{${bcu}}`, now })),
  )
  if (isSealed({ ...record, parties: [...parties] }))
    await client.query('update incidents.incident set sealed = true where id = $1 and not sealed', [id])
  await client.query(
    `update people.mention m set reach = i.reach, sealed = i.sealed from incidents.incident i
     where i.id = $1 and m.record_id = i.id and (m.reach, m.sealed) is distinct from (i.reach, i.sealed)`,
    [id],
  )
  await keepApart(client, [id])
}

const WHO = ['role', 'nominal', 'forenames', 'surname', 'known_as', 'dob', 'sex'] as const
const ALL = [...WHO, 'seq', 'mention_ref', 'age_from', 'age_to', 'ethnicity', 'language', 'address', 'postcode', 'phone', 'relationship',
  'arrested_at', 'custody_ref', 'police_employee'] as const // prettier-ignore

/** What a mention says in these columns, in one text: as it stands, or as it would. */
function textOf(mention: Readonly<Record<MentionColumn, Cell>>, columns: readonly MentionColumn[]): string {
  return JSON.stringify(
    columns.map((column) => {
      const value = mention[column] ?? ''
      if (column === 'arrested_at' && value !== '') return Temporal.Instant.from(String(value)).toString()
      return typeof value === 'string' ? value.replaceAll('\0', '') : value
    }),
  )
}
