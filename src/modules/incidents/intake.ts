import type pg from 'pg'
import { Temporal } from '#platform/clock'
import type { SourceRecord } from './import/types.ts'
import {
  array,
  arrestMade,
  copy,
  INCIDENT,
  json,
  line,
  MENTION,
  isSealed,
  mentionLine,
  newId,
  OFFENCE,
  offenceLines,
} from './intake-lines.ts'
import { fillIn, replace, type Later } from './intake-later.ts'
import { MOST_AT_ONCE, type Arrivals } from './arrivals.ts'

/** How many records are checked and written together: enough to spread the round trips, small enough to keep memory flat. */
const CHUNK = 5000

export interface IntakeCounts {
  added: number
  updated: number
  unchanged: number
  domestic: number
  domesticAdded: number
}

/** What the writer needs to know of the force: BCUs and boroughs by their code or name, as `plainName` writes it. */
export interface Force {
  readonly bcus: ReadonlyMap<string, number>
  readonly boroughs: ReadonlyMap<string, { readonly code: string; readonly bcu: number }>
}

/** A name as it is looked for: `Hammersmith & Fulham` is `hammersmith and fulham` is `Hammersmith and Fulham`. */
const plainName = (text: string): string => text.toLowerCase().replaceAll(/\band\b|[^a-z0-9]/g, '')

export async function loadForce(client: pg.ClientBase): Promise<Force> {
  const { rows: bcus } = await client.query<{ id: number; code: string; name: string }>(
    'select id, code, name from organisation.bcu',
  )
  const { rows: boroughs } = await client.query<{ code: string; name: string; bcu: number }>(
    'select code, name, bcu_id as bcu from organisation.borough',
  )
  return {
    bcus: new Map(bcus.flatMap(({ id, code, name }) => [code, name].map((text) => [plainName(text), id]))),
    boroughs: new Map(boroughs.flatMap((one) => [one.code, one.name].map((text) => [plainName(text), one]))),
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
  readonly #isMet: (file: string) => boolean
  #arrivals: Arrivals | null
  #waiting = new Map<string, SourceRecord>()
  #source = ''
  #writing: Promise<void> = Promise.resolve()

  /**
   * @param client connected as dauntless_worker
   * @param isMet whether an earlier import has read this file, or has begun to
   * @param arrivals told of what is written, as long as it is little
   */
  constructor(
    client: pg.ClientBase,
    force: Force,
    batch: string,
    now: () => number,
    isMet: (file: string) => boolean = () => false,
    arrivals: Arrivals | null = null,
  ) {
    this.#client = client
    this.#force = force
    this.#batch = batch
    this.#now = now
    this.#isMet = isMet
    this.#arrivals = arrivals
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
    const arrivals = records.size <= MOST_AT_ONCE ? this.#arrivals : null
    await arrivals?.ready()
    await client.query('begin')
    let ended: (committed: boolean) => void = () => {}
    try {
      await arrivals?.begun(client)
      const { rows } = await client.query<Existing & { ref: string }>(
        `select ref, id, hash, to_char(source_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated
         from incidents.incident where source = $1 and ref = any ($2)`,
        [source, [...records.keys()]],
      )
      const standing = new Map(rows.map((row) => [row.ref, row]))
      const fresh: SourceRecord[] = []
      const changed: { record: SourceRecord; was: Existing }[] = []
      const late: { record: SourceRecord; was: Existing }[] = []
      for (const record of records.values()) {
        const was = standing.get(record.ref)
        if (record.domestic) this.counts.domestic++
        if (was === undefined) fresh.push(record)
        else if (was.hash === record.hash) this.counts.unchanged++
        else if (isOlder(record, was)) late.push({ record, was })
        else changed.push({ record, was })
      }
      const again = await this.#stoodBefore(changed)
      const written = await this.#write(fresh)
      for (const { record, was } of changed) {
        if (again.has(record)) continue
        await replace(client, this.#part(record, was.id))
        written.push(was.id)
      }
      let filled = 0
      for (const { record, was } of late) {
        if (!(await fillIn(client, this.#part(record, was.id)))) continue
        filled++
        written.push(was.id)
      }
      if (arrivals !== null && written.length > 0) ended = await arrivals.came(client, written)
      // many records are linked together, by a job of their own, and so are the few that come after them
      if (written.length > MOST_AT_ONCE) this.#arrivals = null
      await client.query('commit')
      ended(true)
      this.counts.added += fresh.length
      this.counts.domesticAdded += fresh.filter((record) => record.domestic).length
      this.counts.updated += changed.length - again.size + filled
      this.counts.unchanged += late.length - filled + again.size
    } catch (error) {
      ended(false)
      await client.query('rollback')
      throw error
    }
  }

  /**
   * Of versions that do not say that they are newer, those that a file met before brings again, and that another has
   * replaced since: without this the same files would undo and redo each other's changes each time they are read.
   */
  async #stoodBefore(changed: readonly { record: SourceRecord; was: Existing }[]): Promise<Set<SourceRecord>> {
    const asked = changed.filter(({ record, was }) => !isNewer(record, was) && this.#isMet(record.file))
    if (asked.length === 0) return new Set()
    const { rows } = await this.#client.query<{ id: string; hash: string }>(
      `select incident_id as id, was ->> 'hash' as hash from incidents.incident_version where incident_id = any ($1)`,
      [asked.map(({ was }) => was.id)],
    )
    const stood = new Set(rows.map(({ id, hash }) => `${id} ${hash}`))
    return new Set(asked.filter(({ record, was }) => stood.has(`${was.id} ${record.hash}`)).map(({ record }) => record))
  }

  /** @returns the ids of the records */
  async #write(records: readonly SourceRecord[]): Promise<string[]> {
    const ids: string[] = []
    const incidents: string[] = []
    const offences: string[] = []
    const mentions: string[] = []
    const now = this.#now()
    for (const record of records) {
      const id = newId(now)
      ids.push(id)
      const { bcu, borough } = this.#placeOf(record)
      const reach = `{${bcu}}`
      incidents.push(this.#incidentLine(record, { id, bcu, borough, reach }))
      offences.push(...offenceLines(record, id))
      for (const party of record.parties) mentions.push(mentionLine(record, party, { id, reach, now }))
    }
    await copy(this.#client, INCIDENT, incidents)
    await copy(this.#client, OFFENCE, offences)
    await copy(this.#client, MENTION, mentions)
    return ids
  }

  #placeOf({ bcu, boroughCode }: SourceRecord): { bcu: number; borough: string | undefined } {
    const borough = this.#force.boroughs.get(plainName(boroughCode ?? ''))
    return {
      bcu: this.#force.bcus.get(plainName(bcu ?? '')) ?? borough?.bcu ?? 0,
      borough: borough?.code ?? boroughCode,
    }
  }

  #part(record: SourceRecord, id: string): Later {
    return { record, id, batch: this.#batch, now: this.#now(), ...this.#placeOf(record) }
  }

  #incidentLine(
    r: SourceRecord,
    { id, bcu, borough, reach }: { id: string; bcu: number; borough: string | undefined; reach: string },
  ): string {
    return line([
      id, r.source, r.ref, r.kind, r.status, r.domestic, r.reportedAt, r.committedFrom, r.committedTo, bcu,
      borough, r.wardCode, r.place, r.address, r.postcode, r.lat, r.lon, r.channel, r.riskGrade, array(r.flags), r.summary,
      arrestMade(r) ?? false, r.updatedAt, r.hash, this.#batch, reach, isSealed(r), r.details ? json(r.details) : '{}',
    ]) // prettier-ignore
  }
}

/** A version that says it is older than the one that stands (files can arrive out of order) changes nothing. */
const isOlder = (record: SourceRecord, was: Existing): boolean => compared(record, was) < 0
const isNewer = (record: SourceRecord, was: Existing): boolean => compared(record, was) > 0

/** By what they say of themselves: below nought when the record is older, nought when they do not say. */
function compared(record: SourceRecord, was: Existing): number {
  return record.updatedAt === undefined || was.updated === null
    ? 0
    : Temporal.Instant.compare(record.updatedAt, was.updated)
}
