import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { csvReader, type Dataset, type MentionRow, type ModelSpec, type NameGroups } from './engine/index.ts'

/** The columns of a mention as the engine takes them. @param m what `people.mention` is called in the statement */
const fieldsOf = (
  m: string,
): string => `${m}.id, coalesce(${m}.forenames, '') as forenames, coalesce(${m}.surname, '') as surname,
  coalesce(${m}.known_as, '') as "knownAs", coalesce(${m}.dob::text, '') as dob, coalesce(${m}.sex, '') as sex,
  coalesce(${m}.postcode, '') as postcode, coalesce(${m}.phone, '') as phone, coalesce(${m}.nominal, '') as nominal,
  coalesce(${m}.source || ':' || ${m}.custody_ref, '') as custody, ${m}.record_id::text as record, ${m}.role,
  case when ${m}.protected_place then 'yes' else '' end as "protectedPlace"`
export const FIELDS = fieldsOf('mention')

// The other party as `addOtherParties` finds it.
const FORCE = `copy (
  with party as (
    select record_id, role, (array_agg(id))[1] as id from people.mention
    where superseded_at is null and role in ('victim', 'suspect') group by 1, 2 having count(*) = 1)
  select ${fieldsOf('m')}, coalesce(o.forenames, '') as "otherForenames", coalesce(o.surname, '') as "otherSurname",
    coalesce(o.dob::text, '') as "otherDob"
  from people.mention m
  left join party p on p.record_id = m.record_id and p.role = case m.role when 'victim' then 'suspect' when 'suspect' then 'victim' end
  left join people.mention o on o.id = p.id
  where m.superseded_at is null order by m.id) to stdout with (format csv, header)`

/**
 * Every mention that stands, with the other party of its record, as the columns of a model. Read as bytes: as rows a force of
 * millions would not fit into memory.
 */
export async function readForce(client: pg.ClientBase, spec: ModelSpec, groups: NameGroups): Promise<Dataset> {
  const reader = csvReader(spec, 'id', groups)
  for await (const chunk of client.query(copyTo(FORCE))) reader.push(chunk as Uint8Array)
  return reader.finish()
}

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
