import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { from as copyFrom } from 'pg-copy-streams'
import type pg from 'pg'
import { Temporal } from '#platform/clock'
import type { SourceRecord } from './import/types.ts'

/** How many records are checked and written together: enough to spread the round trips, small enough to keep memory flat. */
const CHUNK = 5000

export interface IntakeCounts {
  added: number
  updated: number
  unchanged: number
  domestic: number
  domesticAdded: number
}

/** A time-ordered random id (UUID version 7): new rows land at the end of their indexes. @param now milliseconds */
export function newId(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  // a version 4 id from its random bits on: Node keeps random bytes in store for these, and asks for others one by one
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

type Cell = string | number | boolean | null | undefined

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
function cell(value: Cell): string {
  if (value === null || value === undefined || value === '') return '\\N'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'number') return String(value)
  // PostgreSQL holds no NUL in text
  return /[\\\t\n\r\0]/.test(value) ? value.replaceAll('\0', '').replace(/[\\\t\n\r]/g, (c) => ESCAPES[c] ?? c) : value
}
function line(cells: readonly Cell[]): string {
  let text = cell(cells[0])
  for (let at = 1; at < cells.length; at++) text += `\t${cell(cells[at])}`
  return `${text}\n`
}
const array = (items: readonly (string | number)[]): string =>
  `{${items.map((item) => (typeof item === 'number' ? item : `"${item.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`

async function copy(client: pg.ClientBase, table: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const stream = client.query(copyFrom(`copy ${table} from stdin`))
  const finished = once(stream, 'finish')
  stream.end(lines.join(''))
  await finished
}

const INCIDENT = `incidents.incident (id, source, ref, kind, status, domestic, reported_at, committed_from, committed_to, bcu_id,
  borough_code, ward_code, place, address, postcode, lat, lon, channel, risk_grade, flags, summary, arrest_made, source_updated_at,
  hash, batch_id, reach)`
const OFFENCE = 'incidents.offence (incident_id, seq, code, cjs_code, title, outcome_code, outcome_at)'
const MENTION = `people.mention (id, record_id, seq, source, mention_ref, role, nominal, forenames, surname, known_as, dob, age_from,
  age_to, sex, ethnicity, language, address, postcode, phone, relationship, arrested_at, custody_ref, police_employee, reach)`

/** What the writer needs to know of the force. */
export interface Force {
  readonly bcuByCode: ReadonlyMap<string, number>
  readonly bcuByBorough: ReadonlyMap<string, number>
}

export async function loadForce(client: pg.ClientBase): Promise<Force> {
  const bcus = await client.query<{ id: number; code: string }>('select id, code from organisation.bcu')
  const boroughs = await client.query<{ code: string; bcu_id: number }>('select code, bcu_id from organisation.borough')
  return {
    bcuByCode: new Map(bcus.rows.map((row) => [row.code, row.id])),
    bcuByBorough: new Map(boroughs.rows.map((row) => [row.code, row.bcu_id])),
  }
}

interface Existing {
  readonly id: string
  readonly hash: string
  readonly updated: string | null
}

/**
 * Writes source records: new ones are added, changed ones replace what stood and keep it as history, the same again does nothing.
 * Each chunk is one transaction, so a killed import leaves whole records and a second run goes on where it stopped.
 * A chunk is written while the next is being read: before the connection is used for anything else, `flush` or `settle`.
 */
export class Intake {
  readonly counts: IntakeCounts = { added: 0, updated: 0, unchanged: 0, domestic: 0, domesticAdded: 0 }
  readonly #client: pg.ClientBase
  readonly #force: Force
  readonly #batch: string
  readonly #now: () => number
  #waiting = new Map<string, SourceRecord>()
  #source = ''
  #writing: Promise<void> = Promise.resolve()

  /** @param client connected as dauntless_worker, with a context begun by the caller's session for the audit entry of the batch */
  constructor(client: pg.ClientBase, force: Force, batch: string, now: () => number) {
    this.#client = client
    this.#force = force
    this.#batch = batch
    this.#now = now
  }

  /** @throws what a chunk before could not be written for */
  async add(record: SourceRecord): Promise<void> {
    // two versions of one record in one chunk are written one after the other
    if (this.#waiting.has(record.ref) || (this.#source !== '' && this.#source !== record.source)) await this.#send()
    this.#source = record.source
    this.#waiting.set(record.ref, record)
    if (this.#waiting.size >= CHUNK) await this.#send()
  }

  /** Writes what has been added and not written yet; returns when all of it stands. */
  async flush(): Promise<void> {
    await this.#send()
    await this.#writing
  }

  /** Waits until nothing is being written, however that ended: what went wrong is thrown by `add` or `flush`. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => {})
  }

  async #send(): Promise<void> {
    await this.#writing
    if (this.#waiting.size === 0) return
    this.#writing = this.#store(this.#source, this.#waiting)
    this.#waiting = new Map()
    this.#writing.catch(() => {}) // not unhandled: whoever awaits it next is told
  }

  async #store(source: string, records: ReadonlyMap<string, SourceRecord>): Promise<void> {
    const client = this.#client
    await client.query('begin')
    try {
      const { rows } = await client.query<Existing & { ref: string }>(
        `select ref, id, hash, to_char(source_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated
         from incidents.incident where source = $1 and ref = any ($2)`,
        [source, [...records.keys()]],
      )
      const standing = new Map(rows.map((row) => [row.ref, row]))
      const fresh: SourceRecord[] = []
      const changed: { record: SourceRecord; was: Existing }[] = []
      for (const record of records.values()) {
        const was = standing.get(record.ref)
        if (record.domestic) this.counts.domestic++
        if (was === undefined) fresh.push(record)
        else if (was.hash === record.hash || isOlder(record, was)) this.counts.unchanged++
        else changed.push({ record, was })
      }
      await this.#write(fresh)
      for (const { record, was } of changed) await this.#replace(record, was.id)
      await client.query('commit')
      this.counts.added += fresh.length
      this.counts.domesticAdded += fresh.filter((record) => record.domestic).length
      this.counts.updated += changed.length
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }

  async #write(records: readonly SourceRecord[]): Promise<void> {
    const incidents: string[] = []
    const offences: string[] = []
    const mentions: string[] = []
    const now = this.#now()
    for (const record of records) {
      const id = newId(now)
      const bcu = this.#bcuOf(record)
      const reach = `{${bcu}}`
      incidents.push(this.#incidentLine(record, id, bcu, reach))
      for (const o of record.offences) {
        offences.push(line([id, o.seq, o.code, o.cjsCode, o.title, o.outcomeCode, o.outcomeAt]))
      }
      for (const mention of this.#mentionLines(record, id, reach, now)) mentions.push(mention)
    }
    await copy(this.#client, INCIDENT, incidents)
    await copy(this.#client, OFFENCE, offences)
    await copy(this.#client, MENTION, mentions)
  }

  #bcuOf(record: SourceRecord): number {
    const { bcuByCode, bcuByBorough } = this.#force
    return bcuByCode.get(record.bcu ?? '') ?? bcuByBorough.get(record.boroughCode ?? '') ?? 0
  }

  #incidentLine(r: SourceRecord, id: string, bcu: number, reach: string): string {
    return line([
      id, r.source, r.ref, r.kind, r.status, r.domestic, r.reportedAt, r.committedFrom, r.committedTo, bcu,
      r.boroughCode, r.wardCode, r.place, r.address, r.postcode, r.lat, r.lon, r.channel, r.riskGrade, array(r.flags), r.summary,
      r.arrestMade ?? r.parties.some((p) => p.arrestedAt !== undefined), r.updatedAt, r.hash, this.#batch, reach,
    ]) // prettier-ignore
  }

  #mentionLines(r: SourceRecord, id: string, reach: string, now: number): string[] {
    return r.parties.map(
      (p) =>
      line([
        newId(now), id, p.seq, r.source, p.mentionRef, p.role, p.nominal && `${r.source}:${p.nominal}`, p.forenames, p.surname,
        p.knownAs, p.dob, p.ageFrom, p.ageTo, p.sex, p.ethnicity, p.language, p.address, p.postcode, p.phone,
        p.relationship ?? r.relations.find((x) => x.victimSeq === p.seq && p.role === 'victim')?.relationship,
        p.arrestedAt, p.custodyRef, p.policeEmployee ?? false, reach,
      ]), // prettier-ignore
    )
  }

  async #replace(record: SourceRecord, id: string): Promise<void> {
    const client = this.#client
    await client.query(
      `insert into incidents.incident_version (incident_id, batch_id, was)
       select i.id, $2, to_jsonb(i) || jsonb_build_object('offences', (select jsonb_agg(to_jsonb(o) order by o.seq) from incidents.offence o
         where o.incident_id = i.id)) from incidents.incident i where i.id = $1`,
      [id, this.#batch],
    )
    const bcu = this.#bcuOf(record)
    await client.query(
      `update incidents.incident set kind = $2, status = $3, domestic = $4, reported_at = $5, committed_from = $6, committed_to = $7,
         bcu_id = $8, borough_code = $9, ward_code = $10, place = $11, address = $12, postcode = $13, lat = $14, lon = $15, channel = $16,
         risk_grade = $17, flags = $18, summary = $19, arrest_made = $20, source_updated_at = $21, hash = $22, batch_id = $23,
         reach = (select array_agg(distinct b) from unnest(reach || $8::smallint) b) where id = $1`,
      [
        id, record.kind, record.status, record.domestic, record.reportedAt, record.committedFrom, record.committedTo, bcu,
        record.boroughCode, record.wardCode, record.place, record.address, record.postcode, record.lat, record.lon, record.channel,
        record.riskGrade, record.flags, record.summary,
        record.arrestMade ?? record.parties.some((p) => p.arrestedAt !== undefined), record.updatedAt, record.hash, this.#batch,
      ], // prettier-ignore
    )
    await client.query('delete from incidents.offence where incident_id = $1', [id])
    await copy(
      client,
      OFFENCE,
      record.offences.map((o) => line([id, o.seq, o.code, o.cjsCode, o.title, o.outcomeCode, o.outcomeAt])),
    )
    // a mention is never changed: those that say the same stay (and keep their person), the others are superseded
    const { rows } = await client.query<{ id: string; said: string }>(
      `select id, concat_ws('|', seq, role, nominal, forenames, surname, known_as, dob, sex, address, postcode, phone, custody_ref,
         mention_ref) as said from people.mention where record_id = $1 and superseded_at is null`,
      [id],
    )
    const kept = new Map(rows.map((row) => [row.said, row.id]))
    const news: string[] = []
    for (const p of record.parties) {
      const said = [p.seq, p.role, p.nominal && `${record.source}:${p.nominal}`, p.forenames, p.surname, p.knownAs, p.dob, p.sex,
        p.address, p.postcode, p.phone, p.custodyRef, p.mentionRef]
        .filter((part) => part !== undefined && part !== '').join('|') // prettier-ignore
      if (!kept.delete(said)) news.push(...this.#mentionLines({ ...record, parties: [p] }, id, `{${bcu}}`, this.#now()))
    }
    if (kept.size > 0) {
      await client.query('update people.mention set superseded_at = now() where id = any ($1)', [[...kept.values()]])
      await client.query('update people.membership set to_at = now() where mention_id = any ($1) and to_at is null', [
        [...kept.values()],
      ])
    }
    await copy(client, MENTION, news)
  }
}

/** A version that says it is older than the one that stands (files can arrive out of order) changes nothing. */
function isOlder(record: SourceRecord, was: Existing): boolean {
  return (
    record.updatedAt !== undefined &&
    was.updated !== null &&
    Temporal.Instant.compare(record.updatedAt, was.updated) < 0
  )
}
