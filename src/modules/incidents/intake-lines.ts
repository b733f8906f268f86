import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { from as copyFrom } from 'pg-copy-streams'
import type pg from 'pg'
import type { SourceParty, SourceRecord } from './import/types.ts'

/** A time-ordered random id (UUID version 7): new rows land at the end of their indexes. @param now milliseconds */
export function newId(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  // a version 4 id from its random bits on: Node keeps random bytes in store for these, and asks for others one by one
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

export type Cell = string | number | boolean | null | undefined

/** JSON as PostgreSQL takes it, which holds no NUL in text. */
export const json = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.replaceAll('\0', '') : part))

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
function cell(value: Cell): string {
  if (value === null || value === undefined || value === '') return '\\N'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'number') return String(value)
  // PostgreSQL holds no NUL in text
  return /[\\\t\n\r\0]/.test(value) ? value.replaceAll('\0', '').replace(/[\\\t\n\r]/g, (c) => ESCAPES[c] ?? c) : value
}
export function line(cells: readonly Cell[]): string {
  let text = cell(cells[0])
  for (let at = 1; at < cells.length; at++) text += `\t${cell(cells[at])}`
  return `${text}\n`
}
export const array = (items: readonly (string | number)[]): string =>
  `{${items.map((item) => (typeof item === 'number' ? item : `"${item.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`

/** Lines for COPY as bytes: as texts they would live until they are sent, and the collector would have millions to carry. */
export class Lines {
  #bytes = Buffer.allocUnsafe(1 << 18)
  #end = 0

  add(text: string): void {
    // a UTF-16 unit takes three bytes at most
    const needed = this.#end + text.length * 3
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    this.#end += this.#bytes.write(text, this.#end)
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }
}

export async function copy(client: pg.ClientBase, table: string, lines: Lines | readonly string[]): Promise<void> {
  const bytes = lines instanceof Lines ? lines.bytes : Buffer.from(lines.join(''))
  if (bytes.length === 0) return
  const stream = client.query(copyFrom(`copy ${table} from stdin`))
  const finished = once(stream, 'finish')
  stream.end(bytes)
  await finished
}

export const INCIDENT = `incidents.incident (id, source, ref, kind, status, domestic, reported_at, committed_from, committed_to, bcu_id,
  borough_code, ward_code, place, address, postcode, lat, lon, channel, risk_grade, flags, summary, arrest_made, source_updated_at,
  hash, batch_id, reach, sealed, details)`
export const OFFENCE = 'incidents.offence (incident_id, seq, code, cjs_code, title, outcome_code, outcome_at)'
const MENTION_COLUMNS = ['seq', 'source', 'mention_ref', 'role', 'nominal', 'forenames', 'surname', 'known_as', 'dob', 'age_from',
  'age_to', 'sex', 'ethnicity', 'language', 'address', 'postcode', 'phone', 'relationship', 'arrested_at', 'custody_ref',
  'police_employee', 'protected_place'] as const // prettier-ignore
export type MentionColumn = (typeof MENTION_COLUMNS)[number]
export const MENTION = `people.mention (id, record_id, reach, sealed, ${MENTION_COLUMNS.join(', ')})`

/** A party as its mention holds it, in the order of MENTION_COLUMNS. Nominals are a source's own: its name goes before them. */
const mentionCells = (r: SourceRecord, p: SourceParty): readonly Cell[] => [
  p.seq, r.source, p.mentionRef, p.role, p.nominal && `${r.source}:${p.nominal}`, p.forenames, p.surname, p.knownAs, p.dob, p.ageFrom,
  p.ageTo, p.sex, p.ethnicity, p.language, p.address, p.postcode, p.phone,
  p.relationship ?? r.relations.find((x) => x.victimSeq === p.seq && p.role === 'victim')?.relationship, p.arrestedAt, p.custodyRef,
  p.policeEmployee ?? false, p.addressProtected ?? false,
] // prettier-ignore

/** A party as its mention holds it, by column. */
export function mentionOf(r: SourceRecord, p: SourceParty): Record<MentionColumn, Cell> {
  const cells = mentionCells(r, p)
  // sound: there is a cell for each of the columns
  return Object.fromEntries(MENTION_COLUMNS.map((column, at) => [column, cells[at]])) as Record<MentionColumn, Cell>
}

export function mentionLine(r: SourceRecord, p: SourceParty, at: { id: string; reach: string; now: number }): string {
  return `${newId(at.now)}\t${at.id}\t${at.reach}\t${isSealed(r) ? 't' : 'f'}\t${line(mentionCells(r, p))}`
}

/**
 * Whether a record is closed from the moment that it is there: a police employee is suspect or victim on it. Nobody sees it
 * before the linkage that seals the person and names who may.
 */
export function isSealed({ parties }: SourceRecord): boolean {
  return parties.some(
    ({ policeEmployee, role }) => policeEmployee === true && (role === 'suspect' || role === 'victim'),
  )
}

export function offenceLines({ offences }: SourceRecord, id: string): string[] {
  return offences.map((o) => line([id, o.seq, o.code, o.cjsCode, o.title, o.outcomeCode, o.outcomeAt]))
}

/** Undefined when the record does not speak of it. */
export function arrestMade({ arrestMade: said, parties, untold }: SourceRecord): boolean | undefined {
  return said ?? (untold?.includes('persons') ? undefined : parties.some((p) => p.arrestedAt !== undefined))
}

/** Takes out of records what would give a protected address away, where anybody on them has one; before the transaction ends. */
export async function keepApart(client: pg.ClientBase, records: readonly string[]): Promise<void> {
  if (records.length > 0) await client.query('select incidents.keep_apart($1)', [records])
}
