import { basename } from 'node:path'
import { plain } from './profile.ts'
import { cutShort, isMany, maybeCut, type Rows } from './related.ts'
import { idOf, textOf, type Row } from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import type { ImportItem, RowProblem } from './types.ts'

// Whether the tables of a folder are of one whole delivery. A file that was cut between two rows looks whole by itself; it
// shows as rows whose other half is not there.

export type Tables = ReadonlyMap<string, Rows>
export type Find = (table: string, id: string | undefined) => Row[]

/** Tables of which every incident has a row. Source: FBI, NIBRS User Manual, data elements 6, 23, 36. */
export const RELATED = ['offences', 'victims', 'offenders'] as const

/** Lists of codes, and where they are used: a code that is used is in its list. */
const CODED = [
  ['offences', 'type', 'offenceTypes'],
  ['victims', 'type', 'victimTypes'],
  ['relations', 'relationship', 'relationships'],
] as const

/** The same of lists that only describe. */
const DESCRIBED = [
  ['offences', 'place', 'places'],
  ['victims', 'race', 'races'],
  ['offenders', 'race', 'races'],
  ['victims', 'ageCode', 'ages'],
  ['offenders', 'ageCode', 'ages'],
] as const

/** Tables that are read only to see whether others are whole: a row of theirs names a row of another table. */
const LINKS = [
  ['victimOffences', 'victim', 'victims'],
  ['victimOffences', 'offence', 'offences'],
  ['arresteeWeapons', 'arrestee', 'arrestees'],
] as const

/** Why the tables cannot be of one whole delivery, if they cannot. */
export function misfit(tables: Tables): RowProblem | undefined {
  const incidents = tables.get('incidents')
  const refuse = (name: string, lacking: number, of: number, what: string): RowProblem | undefined =>
    isMany(lacking, of) ? cutShort(tables.get(name)?.source.file ?? name, lacking, of, what) : undefined
  for (const name of RELATED) {
    const rows = tables.get(name)
    if (!incidents || !rows) continue
    const refused =
      refuse('incidents', without(rows, incidents), rows.size, `incidents of the ${name} are not in their table`) ??
      refuse(name, without(incidents, rows), incidents.size, `incidents have no row in the ${name}`)
    if (refused) return refused
  }
  for (const [name, field, list] of CODED) {
    const { unknown, of } = unlisted(tables, name, field, list)
    const refused = refuse(list, unknown, of, `${name} have a code that is not in their list`)
    if (refused) return refused
  }
  const relations = tables.get('relations')
  const victims = idsOf(tables.get('victims'))
  const lost = [...(relations?.keys() ?? [])].filter((id) => !victims.has(id)).length
  const find: Find = (name, id) => (id === undefined ? [] : (tables.get(name)?.get(id) ?? []))
  const related = [...(incidents?.keys() ?? [])].filter((id) => needsRelation(id, find))
  const bare = related.filter((id) => !find('victims', id).some((row) => relations?.has(idOf(row, 'id') ?? '')))
  return (
    refuse('victims', lost, relations?.size ?? 0, 'victims of the relations are not in their table') ??
    refuse('relations', bare.length, related.length, 'incidents between people have no relationship')
  )
}

/** How many keys of a table another has no row of. */
function without(rows: Rows, other: Rows): number {
  let lacking = 0
  for (const key of rows.keys()) if (!other.has(key)) lacking++
  return lacking
}

/** How many rows have a code that their list does not have, or none where they must have one. */
function unlisted(tables: Tables, name: string, field: string, list: string): { unknown: number; of: number } {
  const codes = tables.get(list)
  const rows = tables.get(name)
  if (!codes || !rows) return { unknown: 0, of: 0 }
  let unknown = 0
  for (const row of rows) {
    const code = idOf(row, field)
    if (code === undefined ? row.table.columns[field]?.required : !codes.has(code)) unknown++
  }
  return { unknown, of: rows.count }
}

function idsOf(rows: Rows | undefined): Set<string> {
  const ids = new Set<string>()
  for (const row of rows ?? []) ids.add(idOf(row, 'id') ?? '')
  return ids
}

/** Tells of tables that may have been cut, and that no record stands or falls with. @param links the tables that only link */
export async function* doubts(
  tables: Tables,
  links: readonly Source[],
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  for (const [name, field, list] of DESCRIBED) {
    const { unknown, of } = unlisted(tables, name, field, list)
    const file = tables.get(list)?.source.file ?? list
    if (isMany(unknown, of))
      yield { problem: maybeCut(file, unknown, of, `${name} have a code that is not in this list`) }
  }
  for (const source of links) {
    const asked = LINKS.filter(([name]) => name === source.tableName).flatMap(([, field, name]) => {
      const rows = tables.get(name)
      return rows ? [{ field, name, file: rows.source.file, ids: idsOf(rows), lost: 0 }] : []
    })
    let count = 0
    for await (const items of tableRows(source, options)) {
      for (const item of items) {
        if (!('row' in item)) {
          yield item
          continue
        }
        count++
        for (const one of asked) if (!one.ids.has(idOf(item.row, one.field) ?? '')) one.lost++
      }
    }
    for (const { name, file, lost } of asked) {
      if (lost > 0) yield { problem: maybeCut(file, lost, count, `${name} of ${basename(source.file)} are not here`) }
    }
  }
}

/** Whether people who are known have done something to each other, so that a relationship must be told. Source: data element 35. */
export function needsRelation(incident: string, find: Find): boolean {
  const against = (row: Row): boolean => {
    const type = find('offenceTypes', idOf(row, 'type'))[0]
    return type !== undefined && textOf(type, 'against')?.toLowerCase() === 'person'
  }
  return (
    find('offences', incident).some(against) &&
    find('victims', incident).some(
      (row) => row.profile.values['victimType']?.[plain(victimType(row, find) ?? '')] !== undefined,
    ) &&
    find('offenders', incident).some((row) => idOf(row, 'seq') !== '0')
  )
}

/** The code of a victim's type: a person, a business, society. */
export function victimType(row: Row, find: Find): string | undefined {
  const listed = find('victimTypes', idOf(row, 'type'))[0]
  return listed === undefined ? undefined : textOf(listed, 'code')
}
