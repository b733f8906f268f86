import { readInstant } from './dates.ts'
import { doubts, misfit, needsRelation, RELATED, victimType, type Find, type Tables } from './nibrs-whole.ts'
import { plain } from './profile.ts'
import { finish, readIncident } from './record.ts'
import { gather, Rows, strays } from './related.ts'
import { codeOf, complain, idOf, numberOf, problemsOf, textOf, type Row } from './row.ts'
import type { ReadOptions, Source } from './source.ts'
import type { ImportItem, SourceParty, SourceRecord } from './types.ts'

/** The field by which rows of a table are found; `incident` where nothing is said. */
const KEYS: Readonly<Record<string, string>> = {
  incidents: 'ref',
  offenceTypes: 'id',
  relationships: 'id',
  relations: 'victim',
  places: 'id',
  victimTypes: 'id',
  races: 'id',
  ages: 'id',
}

/**
 * Reads a folder of the FBI's related tables. They are held in memory, packed: about 1 KB an incident with all its rows.
 */
export async function* readNibrs(
  sources: ReadonlyMap<string, Source>,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  const tables = new Map<string, Rows>()
  const checks: Source[] = []
  for (const [name, source] of sources) {
    if (name === 'victimOffences' || name === 'arresteeWeapons') {
      checks.push(source)
      continue
    }
    const rows = new Rows(source)
    tables.set(name, rows)
    yield* gather(rows, options, KEYS[name] ?? 'incident')
  }
  // later years name an offence by its code, where earlier ones have a number of their own for it
  for (const name of ['offenceTypes', 'ages']) alsoByCode(tables.get(name))
  const refused = misfit(tables)
  if (refused !== undefined) {
    yield { problem: refused }
    return
  }
  yield* doubts(tables, checks, options)
  const incidents = tables.get('incidents')
  if (incidents === undefined) return
  for (const key of incidents.keys()) {
    const [row, ...others] = incidents.get(key)
    for (const other of others) {
      complain(other, 'ref', 'is the id of an earlier row too', true)
      yield* other.problems.map((problem) => ({ problem }))
    }
    if (row !== undefined) yield* incidentOf(row, key, tables)
  }
  for (const name of RELATED) {
    const rows = tables.get(name)
    if (rows) yield* strays(rows, incidents, 'incident', 'the table of incidents')
  }
}

function alsoByCode(list: Rows | undefined): void {
  for (const row of list ? [...list] : []) {
    const code = textOf(row, 'code')
    if (code !== undefined && !list?.has(code)) list?.add(code, row)
  }
}

function* incidentOf(row: Row, ref: string, tables: Tables): Generator<ImportItem> {
  const looked = new Map<string, Row[]>()
  const find: Find = (table, id) => {
    if (id === undefined) return []
    const key = `${table} ${id}`
    const rows = looked.get(key) ?? tables.get(table)?.get(id) ?? []
    looked.set(key, rows)
    return rows
  }
  const record = readIncident(withHour(row), ref)
  // the hour was put into a copy of the row: what is kept is the row as it came
  for (const problem of row.problems) problem.row = row.cells
  for (const table of RELATED) find(table, ref)
  if (record !== undefined) {
    addOffences(record, find)
    addPeople(record, find)
    record.arrestMade = find('arrestees', ref).length > 0
    for (const table of RELATED.filter((name) => find(name, ref).length === 0)) {
      complain(row, 'ref', `has no row in the ${table}`, false)
    }
    const related = find('victims', ref).some((victim) => find('relations', idOf(victim, 'id')).length > 0)
    if (!related && needsRelation(ref, find)) {
      complain(row, 'ref', 'is between people, and has no row in the relations', false)
    }
  }
  yield* problemsOf([row, ...[...looked.values()].flat()])
  if (record !== undefined) yield { record: finish(record) }
}

/** The date and the hour stand in two columns; an hour that is bad or lost to the clocks is reported and left out. */
function withHour(row: Row): Row {
  const at = row.at['reportedAt']
  const day = textOf(row, 'reportedAt')?.replace(/[ T]00:00(:00)?$/, '')
  const hour = numberOf(row, 'hour', 0, 23)
  if (at === undefined || day === undefined || hour === undefined || day.includes(':')) return row
  const { dates, timeZone } = row.profile
  const timed = readInstant(`${day} ${hour}:00`, dates, timeZone)
  if (typeof timed !== 'string') {
    if (typeof readInstant(day, dates, timeZone) === 'string') complain(row, 'hour', timed.wrong, false)
    return row
  }
  return { ...row, cells: row.cells.with(at, `${day} ${hour}:00`) }
}

function addOffences(record: SourceRecord, find: Find): void {
  const rows = find('offences', record.ref).toSorted((a, b) => byNumber(idOf(a, 'id'), idOf(b, 'id')))
  for (const row of rows) {
    const typeId = idOf(row, 'type')
    const type = find('offenceTypes', typeId)[0]
    const code = type === undefined ? typeId : (textOf(type, 'code') ?? typeId)
    if (type === undefined) complain(row, 'type', `"${typeId ?? ''}" is not in the list of offence types`, false)
    if (code === undefined) continue
    const title = type === undefined ? undefined : textOf(type, 'title')
    record.offences.push({ seq: record.offences.length + 1, code, title: title ?? code })
    const place = find('places', idOf(row, 'place'))[0]
    const placeName = place === undefined ? undefined : textOf(place, 'name')
    if (record.place === undefined && placeName !== undefined) record.place = placeName
  }
}

function addPeople(record: SourceRecord, find: Find): void {
  const victims = find('victims', record.ref).toSorted(bySeq)
  const offenders = find('offenders', record.ref).toSorted(bySeq)
  const suspects = new Map<string, number>()
  const unknown = new Set<string>()
  const people: { row: Row; id: string; seq: number }[] = []
  for (const row of victims) {
    const type = victimType(row, find)
    if (type === undefined) complain(row, 'type', 'is not in the list of victim types', false)
    const words = row.profile.values['victimType']?.[plain(type ?? '')]
    const id = idOf(row, 'id')
    // Businesses, the public and the like are victims in law but not people to protect.
    if (id === undefined || words === undefined) continue
    const seq = record.parties.length + 1
    const party = personOf(row, seq, 'victim', find)
    party.mentionRef = `V${id}`
    if (words === 'police') party.policeEmployee = true
    record.parties.push(party)
    people.push({ row, id, seq })
  }
  for (const row of offenders) {
    const id = idOf(row, 'id')
    // Number 0 says that nothing at all is known of who did it.
    if (id !== undefined && idOf(row, 'seq') === '0') unknown.add(id)
    if (id === undefined || unknown.has(id)) continue
    const seq = record.parties.length + 1
    record.parties.push({ ...personOf(row, seq, 'suspect', find), mentionRef: `O${id}` })
    suspects.set(id, seq)
  }
  for (const { id, seq } of people) {
    for (const row of find('relations', id).toSorted((a, b) => byNumber(idOf(a, 'offender'), idOf(b, 'offender')))) {
      const offender = idOf(row, 'offender') ?? ''
      const suspectSeq = suspects.get(offender)
      const type = find('relationships', idOf(row, 'relationship'))[0]
      const code = type === undefined ? undefined : textOf(type, 'code')
      if (code === undefined) complain(row, 'relationship', 'is not in the list of relationships', false)
      if (suspectSeq === undefined && !unknown.has(offender)) {
        complain(row, 'offender', 'is not an offender of this incident', false)
      }
      if (code === undefined) continue
      const relationship = row.profile.values['relationship']?.[plain(code)] ?? code
      if (row.profile.domesticRelationships.includes(relationship)) record.domestic = true
      if (suspectSeq === undefined) continue
      record.relations.push({ victimSeq: seq, suspectSeq, relationship })
      const victim = record.parties[seq - 1]
      if (victim !== undefined) victim.relationship ??= relationship
    }
  }
}

function personOf(row: Row, seq: number, role: SourceParty['role'], find: Find): SourceParty {
  const party: SourceParty = { seq, role }
  const sex = codeOf(row, 'sex', 'sex', ['M', 'F', 'U'] as const)
  if (sex !== undefined) party.sex = sex
  const race = find('races', idOf(row, 'race'))[0]
  const ethnicity = race === undefined ? undefined : textOf(race, 'name')
  if (ethnicity !== undefined) party.ethnicity = ethnicity
  const age = ageOf(row, find)
  if (age !== undefined) {
    party.ageFrom = age.from
    party.ageTo = age.to
  }
  return party
}

/** An age in years, a range, or a code for the very young and the very old, which later years write in the place of years. */
function ageOf(row: Row, find: Find): { from: number; to: number } | undefined {
  const { age: codes = {} } = row.profile.values
  const listed = find('ages', idOf(row, 'ageCode'))[0]
  const code = plain((listed === undefined ? textOf(row, 'ageCode') : textOf(listed, 'code')) ?? '')
  const years = plain(textOf(row, 'age') ?? '')
  // `||`: a code that says nothing of the age leaves it to the other
  const fixed = codes[code] || codes[years]
  if (fixed) {
    const [from = 0, to = from] = fixed.split('-').map(Number)
    return { from, to }
  }
  const low = numberOf(row, 'ageFrom', 0, 120)
  const high = numberOf(row, 'ageTo', 0, 120)
  if (low !== undefined && high !== undefined && high > low) return { from: low, to: high }
  const age = (codes[years] === undefined ? numberOf(row, 'age', 0, 120) : undefined) ?? low
  return age === undefined ? undefined : { from: age, to: age }
}

function byNumber(a = '', b = ''): number {
  return Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0)
}

function bySeq(a: Row, b: Row): number {
  return byNumber(textOf(a, 'seq'), textOf(b, 'seq')) || byNumber(textOf(a, 'id'), textOf(b, 'id'))
}
