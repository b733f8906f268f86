import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { MentionRow } from './engine/index.ts'

const PAGE = 50_000

export const FIELDS = `id, coalesce(forenames, '') as forenames, coalesce(surname, '') as surname, coalesce(known_as, '') as "knownAs",
  coalesce(dob::text, '') as dob, coalesce(sex, '') as sex, coalesce(postcode, '') as postcode, coalesce(phone, '') as phone,
  coalesce(nominal, '') as nominal, coalesce(source || ':' || custody_ref, '') as custody, record_id::text as record, role,
  case when protected_place then 'yes' else '' end as "protectedPlace"`

/** Some mentions that stand, with the other party of their records. */
export async function readSome(client: pg.ClientBase, ids: readonly string[]): Promise<MentionRow[]> {
  const { rows } = await client.query<MentionRow>(
    `select ${FIELDS} from people.mention where superseded_at is null
       and record_id in (select record_id from people.mention where id = any ($1)) order by id`,
    [ids],
  )
  addOtherParties(rows)
  const wanted = new Set(ids)
  return rows.filter(({ id }) => wanted.has(id))
}

/** Mentions that stand, in the order of their ids, a page at a time. Without the other party of the record. */
export async function* readMentions(client: pg.ClientBase): AsyncGenerator<MentionRow> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await client.query<MentionRow>(
      `select ${FIELDS} from people.mention where superseded_at is null and id > $1 order by id limit ${PAGE}`,
      [after],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.id
  }
}

const ACROSS: Readonly<Record<string, string>> = { victim: 'suspect', suspect: 'victim' }

/** Adds to each victim the suspect of the record, and to each suspect the victim, where there is just one. In place. */
export function addOtherParties(rows: MentionRow[]): void {
  // Of each record and role the one mention, or null when there are more.
  const only = new Map<string, MentionRow | null>()
  for (const row of rows) {
    if (ACROSS[row.role] === undefined) continue
    const key = `${row.role}${row.record}`
    only.set(key, only.has(key) ? null : row)
  }
  for (const [at, row] of rows.entries()) {
    const across = ACROSS[row.role]
    const other = across === undefined ? undefined : only.get(`${across}${row.record}`)
    if (!other) continue
    rows[at] = { ...row, otherForenames: other.forenames, otherSurname: other.surname, otherDob: other.dob }
  }
}

/** Lines as COPY takes them into a table; each must end in a line break. @returns how many */
export async function copyInto(client: pg.ClientBase, table: string, lines: Iterable<string>): Promise<number> {
  let count = 0
  const chunks = function* (): Generator<string> {
    let waiting = ''
    for (const line of lines) {
      count++
      waiting += line
      if (waiting.length > 65_536) {
        yield waiting
        waiting = ''
      }
    }
    yield waiting
  }
  await pipeline(Readable.from(chunks()), client.query(copyFrom(`copy ${table} from stdin`)))
  return count
}
