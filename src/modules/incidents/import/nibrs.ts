import { readInstant } from './dates.ts'
import { plain } from './profile.ts'
import { finish, readIncident } from './record.ts'
import { cutShort, gather, gatherIncidents, isMany, isSame, strayProblems, strays, type RowsByKey } from './related.ts'
import { codeOf, complain, neededText, numberOf, problemsOf, textOf, type Row } from './row.ts'
import type { ReadOptions, Source } from './source.ts'
import type { ImportItem, RowProblem, SourceParty, SourceRecord } from './types.ts'

/**
 * Reads a folder of the FBI's related tables. They are held in memory (about 0.5 KB a row): a state and year of some
 * 500,000 incidents is the limit of a 4 GB process.
 */
export async function* readNibrs(
  tables: ReadonlyMap<string, Source>,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  const rows = new Map<string, RowsByKey>()
  const incidents: Row[] = []
  for (const [name, source] of tables) {
    if (name === 'incidents') yield* gatherIncidents(source, options, incidents)
    else {
      const keyed: RowsByKey = new Map()
      rows.set(name, keyed)
      yield* gather(source, options, KEYS[name] ?? 'incident', keyed)
    }
  }
  // later years name the offence by its code where earlier ones name it by a number of their own
  const types = rows.get('offenceTypes')
  for (const type of [...(types?.values() ?? [])].flat()) {
    const code = textOf(type, 'code')
    if (code !== undefined && !types?.has(code)) types?.set(code, [type])
  }
  const refused = misfit(incidents, rows, tables)
  if (refused !== undefined) {
    yield { problem: refused }
    return
  }
  const seen = new Map<string, Row>()
  for (const row of incidents) {
    const used = new Set<Row>([row])
    const find: Find = (table, id) => {
      const found = (id && rows.get(table)?.get(id)) || []
      for (const one of found) used.add(one)
      return found
    }
    const ref = neededText(row, 'ref')
    const before = ref === undefined ? undefined : seen.get(ref)
    if (before !== undefined) {
      if (isSame(row, before)) continue
      complain(row, 'ref', 'is the id of an earlier row too', true)
      for (const problem of row.problems) yield { problem }
      continue
    }
    if (ref !== undefined) seen.set(ref, row)
    const record = readIncident(withHour(row), ref)
    // the hour was put into a copy of the row: what is kept is the row as it came
    for (const problem of row.problems) problem.row = row.cells
    for (const table of RELATED) find(table, ref)
    if (record !== undefined) {
      addOffences(record, find)
      addPeople(record, find)
      record.arrestMade = find('arrestees', record.ref).length > 0
    }
    if (record !== undefined) {
      for (const table of RELATED.filter((name) => find(name, record.ref).length === 0)) {
        complain(row, 'ref', `has no row in the ${table}`, false)
      }
    }
    yield* problemsOf([...used])
    for (const one of used) if (one !== row) one.problems = []
    if (record !== undefined) yield { record: finish(record) }
  }
  const known = new Set(seen.keys())
  for (const name of RELATED) {
    yield* strayProblems(
      strays(rows.get(name) ?? new Map<string, Row[]>(), known),
      'incident',
      'the table of incidents',
    )
  }
}

/** Tables of which every incident has a row. */
const RELATED = ['offences', 'victims', 'offenders'] as const

/** Lists of codes, and where their codes are used: [table, field, list]. */
const CODED = [
  ['offences', 'type', 'offenceTypes'],
  ['victims', 'type', 'victimTypes'],
  ['relations', 'relationship', 'relationships'],
] as const

/**
 * Why the tables cannot be of one whole delivery, if they cannot: each incident has an offence, a victim and an offender,
 * and where a known offender has hurt a person, a relationship. Source: FBI, NIBRS User Manual, data elements 6, 23, 35, 36.
 */
function misfit(
  incidents: readonly Row[],
  rows: ReadonlyMap<string, RowsByKey>,
  tables: ReadonlyMap<string, Source>,
): RowProblem | undefined {
  const ids = new Set(incidents.map((row) => textOf(row, 'ref') ?? ''))
  const table = (name: string): RowsByKey => rows.get(name) ?? new Map<string, Row[]>()
  const find: Find = (name, id) => (id && table(name).get(id)) || []
  const refuse = (name: string, lacking: number, of: number, what: string): RowProblem | undefined =>
    isMany(lacking, of) ? cutShort(tables.get(name)?.file ?? name, lacking, of, what) : undefined
  for (const name of RELATED) {
    const lost = [...table(name).keys()].filter((id) => !ids.has(id)).length
    const bare = [...ids].filter((id) => !table(name).has(id)).length
    const refused =
      refuse('incidents', lost, table(name).size, `incidents of the ${name} are not in their table`) ??
      refuse(name, bare, ids.size, `incidents have no row in the ${name}`)
    if (refused) return refused
  }
  const victims = new Set([...table('victims').values()].flat().map((row) => textOf(row, 'id') ?? ''))
  const lost = [...table('relations').keys()].filter((id) => !victims.has(id)).length
  const related = [...ids].filter((id) => needsRelation(id, find))
  const bare = related.filter(
    (id) => !find('victims', id).some((row) => find('relations', textOf(row, 'id')).length > 0),
  )
  return (
    CODED.map(([name, field, list]) => {
      const used = [...table(name).values()].flat()
      const unknown = used.filter((row) => !table(list).has(textOf(row, field) ?? '')).length
      return refuse(list, unknown, used.length, `${name} have a code that is not in their list`)
    }).find((refused) => refused !== undefined) ??
    refuse('victims', lost, table('relations').size, 'victims of the relations are not in their table') ??
    refuse('relations', bare.length, related.length, 'incidents between people have no relationship')
  )
}

function needsRelation(id: string, find: Find): boolean {
  const against = (row: Row): boolean => {
    const type = find('offenceTypes', textOf(row, 'type'))[0]
    return type !== undefined && textOf(type, 'against')?.toLowerCase() === 'person'
  }
  return (
    find('offences', id).some(against) &&
    find('victims', id).some(
      (row) => row.profile.values['victimType']?.[plain(victimType(row, find) ?? '')] !== undefined,
    ) &&
    find('offenders', id).some((row) => textOf(row, 'seq') !== '0')
  )
}

/** The field by which rows of a table are found; `incident` where nothing is said. */
const KEYS: Readonly<Record<string, string>> = {
  offenceTypes: 'id',
  relationships: 'id',
  relations: 'victim',
  places: 'id',
  victimTypes: 'id',
  races: 'id',
  ages: 'id',
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

type Find = (table: string, id: string | undefined) => Row[]

function addOffences(record: SourceRecord, find: Find): void {
  const rows = find('offences', record.ref).toSorted((a, b) => byNumber(textOf(a, 'id'), textOf(b, 'id')))
  for (const row of rows) {
    const typeId = textOf(row, 'type')
    const type = find('offenceTypes', typeId)[0]
    const code = type === undefined ? typeId : (textOf(type, 'code') ?? typeId)
    if (type === undefined) complain(row, 'type', `"${typeId ?? ''}" is not in the list of offence types`, false)
    if (code === undefined) continue
    const title = type === undefined ? undefined : textOf(type, 'title')
    record.offences.push({ seq: record.offences.length + 1, code, title: title ?? code })
    const place = find('places', textOf(row, 'place'))[0]
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
    const id = neededText(row, 'id')
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
    const id = neededText(row, 'id')
    // Number 0 says that nothing at all is known of who did it.
    if (id !== undefined && textOf(row, 'seq') === '0') unknown.add(id)
    if (id === undefined || unknown.has(id)) continue
    const seq = record.parties.length + 1
    record.parties.push({ ...personOf(row, seq, 'suspect', find), mentionRef: `O${id}` })
    suspects.set(id, seq)
  }
  for (const { id, seq } of people) {
    for (const row of find('relations', id).toSorted((a, b) =>
      byNumber(textOf(a, 'offender'), textOf(b, 'offender')),
    )) {
      const suspectSeq = suspects.get(neededText(row, 'offender') ?? '')
      const type = find('relationships', textOf(row, 'relationship'))[0]
      const code = type === undefined ? undefined : textOf(type, 'code')
      if (code === undefined) complain(row, 'relationship', 'is not in the list of relationships', false)
      if (suspectSeq === undefined && !unknown.has(textOf(row, 'offender') ?? '')) {
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

function victimType(row: Row, find: Find): string | undefined {
  const listed = find('victimTypes', textOf(row, 'type'))[0]
  return listed === undefined ? undefined : textOf(listed, 'code')
}

function personOf(row: Row, seq: number, role: SourceParty['role'], find: Find): SourceParty {
  const party: SourceParty = { seq, role }
  const sex = codeOf(row, 'sex', 'sex', ['M', 'F', 'U'] as const)
  if (sex !== undefined) party.sex = sex
  const race = find('races', textOf(row, 'race'))[0]
  const ethnicity = race === undefined ? undefined : textOf(race, 'name')
  if (ethnicity !== undefined) party.ethnicity = ethnicity
  const age = ageOf(row, find)
  if (age !== undefined) {
    party.ageFrom = age.from
    party.ageTo = age.to
  }
  return party
}

/** An age in years, a range, or a code for the very young and the very old. */
function ageOf(row: Row, find: Find): { from: number; to: number } | undefined {
  const listed = find('ages', textOf(row, 'ageCode'))[0]
  const code = plain((listed === undefined ? textOf(row, 'ageCode') : textOf(listed, 'code')) ?? '')
  const fixed = row.profile.values['age']?.[code]
  if (fixed !== undefined) {
    const [from = 0, to = from] = fixed.split('-').map(Number)
    return { from, to }
  }
  const low = numberOf(row, 'ageFrom', 0, 120)
  const high = numberOf(row, 'ageTo', 0, 120)
  if (low !== undefined && high !== undefined && high > low) return { from: low, to: high }
  const age = numberOf(row, 'age', 0, 120) ?? low
  return age === undefined ? undefined : { from: age, to: age }
}

function byNumber(a = '', b = ''): number {
  return Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0)
}

function bySeq(a: Row, b: Row): number {
  return byNumber(textOf(a, 'seq'), textOf(b, 'seq')) || byNumber(textOf(a, 'id'), textOf(b, 'id'))
}
