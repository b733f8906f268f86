import type { Pool } from '#platform/db'
import { count, keyOfText, newTally } from './import/tally.ts'
import type { SourceRecord } from './import/types.ts'

/** How many records are compared with those that stand in one question. */
const CHUNK = 5000

interface Standing {
  readonly ref: string
  readonly hash: string
  readonly domestic: boolean
  readonly updated: string | null
}

/** What stands under these references. */
async function standing(pool: Pool, source: string, refs: readonly string[]): Promise<Map<string, Standing>> {
  const { rows } = await pool.query<Standing>(
    `select ref, hash, domestic, to_char(source_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated
     from incidents.incident where source = $1 and ref = any ($2)`,
    [source, refs],
  )
  return new Map(rows.map((row) => [row.ref, row]))
}

/**
 * Counts the records that the files of one run hold, each once however often it comes, in a few bytes a record. Of one
 * that comes in several versions the last word is that of the database, so those few are asked for at the end.
 */
export class Held {
  readonly #seen = newTally()
  readonly #domestic = newTally()
  readonly #again = new Map<string, boolean>()
  #counts = { incidents: 0, domestic: 0 }

  /** @returns false when this reference has come before in the run */
  add({ ref, domestic }: SourceRecord): boolean {
    const key = keyOfText(ref)
    if (count(this.#seen, key) > 1) {
      // a copy: a part of a text keeps the whole of it in memory
      this.#again.set(Buffer.from(ref).toString(), domestic)
      return false
    }
    this.#counts.incidents++
    if (domestic) this.#counts.domestic += count(this.#domestic, key)
    return true
  }

  /** @param pool where the records stand now; null when nothing was written, and the last version is taken */
  async counts(pool: Pool | null, source: string): Promise<{ incidents: number; domestic: number }> {
    const refs = [...this.#again.keys()]
    for (let at = 0; at < refs.length; at += CHUNK) {
      const some = refs.slice(at, at + CHUNK)
      const stands = pool ? await standing(pool, source, some) : new Map<string, Standing>()
      for (const ref of some) {
        const before = count(this.#domestic, keyOfText(ref)) > 1
        const now = stands.get(ref)?.domestic ?? this.#again.get(ref) ?? before
        this.#counts.domestic += Number(now) - Number(before)
      }
    }
    this.#again.clear()
    return this.#counts
  }
}

/** Says what an import would do with each record, and does nothing. */
export class Comparison {
  readonly counts = { added: 0, updated: 0, unchanged: 0, domesticAdded: 0 }
  readonly #pool: Pool
  readonly #source: string
  #waiting: SourceRecord[] = []

  constructor(pool: Pool, source: string) {
    this.#pool = pool
    this.#source = source
  }

  /** @param isFirst whether its reference comes for the first time in this run: a second version is an update of the first */
  add(record: SourceRecord, isFirst: boolean): Promise<void> | undefined {
    if (!isFirst) this.counts.updated++
    else if (this.#waiting.push(record) >= CHUNK) return this.flush()
    return undefined
  }

  async flush(): Promise<void> {
    const records = this.#waiting
    this.#waiting = []
    const stands = await standing(this.#pool, this.#source, records.map(({ ref }) => ref)) // prettier-ignore
    for (const { ref, hash, updatedAt, domestic } of records) {
      const was = stands.get(ref)
      if (was === undefined) {
        this.counts.added++
        if (domestic) this.counts.domesticAdded++
      } else if (was.hash === hash || (updatedAt !== undefined && was.updated !== null && updatedAt < was.updated)) {
        this.counts.unchanged++
      } else this.counts.updated++
    }
  }
}
