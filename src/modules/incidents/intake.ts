import type pg from 'pg'
import { Temporal } from '#platform/clock'
import { count, keyOfText, newTally, type Tally } from './import/tally.ts'
import type { SourceRecord } from './import/types.ts'
import {
  array,
  arrestMade,
  copy,
  INCIDENT,
  json,
  keepApart,
  line,
  Lines,
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
const CHUNK = 2000

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

/** How many chunks may wait: a commit now and then takes longer than to read a chunk. */
const MOST_BEHIND = 3

/** From how many records on it is worth knowing every reference that stands, rather than to ask of each chunk. */
const MANY = 20_000
const PAGE = 50_000

async function refsOf(client: pg.ClientBase, source: string): Promise<Tally> {
  const refs = newTally()
  for (let after = ''; ;) {
    const { rows } = await client.query<{ ref: string }>(
      `select ref from incidents.incident where source = $1 and ref > $2 order by ref limit ${PAGE}`,
      [source, after],
    )
    for (const { ref } of rows) count(refs, keyOfText(ref))
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return refs
    after = last.ref
  }
}

/** Records of one chunk that do not stand yet, as the lines that make them. */
class Fresh {
  readonly incidents = new Lines()
  readonly offences = new Lines()
  readonly mentions = new Lines()
  readonly ids: string[] = []
  /** Of those, the ones that name somebody whose address is protected. */
  readonly marked: string[] = []
  count = 0
  domestic = 0
  /** When the first of them was added, in milliseconds: the time in all of their ids. */
  now: number | undefined

  async write(client: pg.ClientBase): Promise<void> {
    await copy(client, INCIDENT, this.incidents)
    await copy(client, OFFENCE, this.offences)
    await copy(client, MENTION, this.mentions)
    await keepApart(client, this.marked)
  }
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
  /** Records of which some may stand already. */
  #waiting = new Map<string, SourceRecord>()
  /** Records that are known not to stand. */
  #fresh = new Fresh()
  /** References that stand, and those met since; once there are many to come. */
  #met: Tally | undefined
  #sent = 0
  /** How many chunks are waiting to be written, or are being. */
  #behind = 0
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

  /** @returns a promise when there is something to wait for @throws what an earlier chunk could not be written for */
  add(record: SourceRecord): Promise<void> | undefined {
    // two versions of one record in one chunk are written one after the other
    if (this.#waiting.has(record.ref) || (this.#source !== '' && this.#source !== record.source)) {
      return this.#send().then(() => this.add(record))
    }
    this.#source = record.source
    if (this.#met !== undefined && count(this.#met, keyOfText(record.ref)) === 1) this.#put(record, this.#fresh)
    else this.#waiting.set(record.ref, record)
    return this.#waiting.size + this.#fresh.count >= CHUNK ? this.#send() : undefined
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
    if (this.#behind >= MOST_BEHIND) await this.#writing
    const [fresh, waiting] = [this.#fresh, this.#waiting]
    if (fresh.count + waiting.size > 0) {
      this.#fresh = new Fresh()
      this.#waiting = new Map()
      this.#behind++
      const source = this.#source
      // one after the other; after a failure nothing more is written
      this.#writing = this.#writing.then(async () => {
        await this.#store(source, fresh, waiting)
        this.#behind--
      })
      this.#writing.catch(() => {}) // not unhandled: whoever awaits it next is told
    }
    this.#sent += waiting.size
    if (this.#met !== undefined || this.#sent < MANY) return
    await this.#writing
    this.#met = await refsOf(this.#client, this.#source)
  }

  async #store(source: string, known: Fresh, records: ReadonlyMap<string, SourceRecord>): Promise<void> {
    const client = this.#client
    const arrivals = known.count + records.size <= MOST_AT_ONCE ? this.#arrivals : null
    await arrivals?.ready()
    await client.query('begin')
    try {
      await arrivals?.begun(client)
      await known.write(client)
      const written = records.size > 0 ? [...known.ids, ...(await this.#compare(source, records))] : known.ids
      // many records are linked together, by a job of their own, and so are the few that come after them
      if (written.length > MOST_AT_ONCE) this.#arrivals = null
      await (arrivals !== null && written.length > 0 ? arrivals.came(client, written) : client.query('commit'))
      this.counts.added += known.count
      this.counts.domestic += known.domestic
      this.counts.domesticAdded += known.domestic
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }

  /** Writes records of which some may stand already. @returns the ids of those written or changed */
  async #compare(source: string, records: ReadonlyMap<string, SourceRecord>): Promise<string[]> {
    const client = this.#client
    const { rows } = await client.query<Existing & { ref: string }>(
      `select ref, id, hash, to_char(source_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated
       from incidents.incident where source = $1 and ref = any ($2)`,
      [source, [...records.keys()]],
    )
    const standing = new Map(rows.map((row) => [row.ref, row]))
    const fresh = new Fresh()
    const changed: { record: SourceRecord; was: Existing }[] = []
    const late: { record: SourceRecord; was: Existing }[] = []
    for (const record of records.values()) {
      const was = standing.get(record.ref)
      if (record.domestic) this.counts.domestic++
      if (was === undefined) this.#put(record, fresh)
      else if (was.hash === record.hash) this.counts.unchanged++
      else if (isOlder(record, was)) late.push({ record, was })
      else changed.push({ record, was })
    }
    const again = await this.#stoodBefore(changed)
    await fresh.write(client)
    const written = [...fresh.ids]
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
    this.counts.added += fresh.count
    this.counts.domesticAdded += fresh.domestic
    this.counts.updated += changed.length - again.size + filled
    this.counts.unchanged += late.length - filled + again.size
    return written
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

  /** Adds a record that does not stand yet to those of its chunk. */
  #put(record: SourceRecord, fresh: Fresh): void {
    const now = (fresh.now ??= this.#now())
    const id = newId(now)
    const { bcu, borough } = this.#placeOf(record)
    const reach = `{${bcu}}`
    fresh.incidents.add(this.#incidentLine(record, { id, bcu, borough, reach }))
    for (const text of offenceLines(record, id)) fresh.offences.add(text)
    for (const party of record.parties) fresh.mentions.add(mentionLine(record, party, { id, reach, now }))
    fresh.ids.push(id)
    if (record.parties.some(({ addressProtected }) => addressProtected)) fresh.marked.push(id)
    fresh.count++
    if (record.domestic) fresh.domestic++
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
