import { readInstant } from './dates.ts'
import { plain } from './profile.ts'
import { finish, readIncident } from './record.ts'
import { codeOf, complain, neededText, numberOf, textOf, type Row } from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import type { ImportItem, SourceParty, SourceRecord } from './types.ts'

type RowsByKey = Map<string, Row[]>

/**
 * Reads a folder of the FBI's related tables. All tables but the incidents are held in memory (about 0.5 KB a row): a
 * state and year of some 500,000 incidents is the limit of a 4 GB process.
 */
export async function* readNibrs(
  tables: ReadonlyMap<string, Source>,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  const rows = new Map<string, RowsByKey>()
  for (const [name, source] of tables) {
    if (name === 'incidents') continue
    const keyed: RowsByKey = new Map()
    rows.set(name, keyed)
    const key = KEYS[name] ?? 'incident'
    for await (const item of tableRows(source, options)) {
      if (!('row' in item)) {
        yield item
        continue
      }
      const id = neededText(item.row, key)
      if (id === undefined) for (const problem of item.row.problems) yield { problem }
      else {
        const same = keyed.get(id)
        if (same === undefined) keyed.set(id, [item.row])
        else same.push(item.row)
      }
    }
  }
  const incidents = tables.get('incidents')
  if (incidents === undefined) return
  const find = (table: string, id: string | undefined): Row[] => (id && rows.get(table)?.get(id)) || []
  const seen = new Set<string>()
  for await (const item of tableRows(incidents, options)) {
    if (!('row' in item)) {
      yield item
      continue
    }
    const { row } = item
    const ref = neededText(row, 'ref')
    if (ref !== undefined && seen.has(ref)) complain(row, 'ref', 'is the id of an earlier row too', true)
    else if (ref !== undefined) seen.add(ref)
    const record = readIncident(withHour(row), ref)
    const parts: Row[] = []
    if (record !== undefined) {
      addOffences(record, find, parts)
      addPeople(record, find, parts)
      record.arrestMade = find('arrestees', record.ref).length > 0
    }
    for (const problem of row.problems) yield { problem: { ...problem, row: row.cells } }
    for (const part of parts) for (const problem of part.problems) yield { problem }
    if (record !== undefined) yield { record: finish(record) }
  }
  for (const name of ['offences', 'victims', 'offenders']) {
    for (const [id, lost] of rows.get(name) ?? []) {
      if (seen.has(id)) continue
      for (const one of lost) {
        complain(one, 'incident', `${id} is not in the table of incidents`)
        for (const problem of one.problems) yield { problem }
      }
    }
  }
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

function addOffences(record: SourceRecord, find: Find, parts: Row[]): void {
  const rows = find('offences', record.ref).toSorted((a, b) => byNumber(textOf(a, 'id'), textOf(b, 'id')))
  for (const row of rows) {
    parts.push(row)
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

function addPeople(record: SourceRecord, find: Find, parts: Row[]): void {
  const victims = find('victims', record.ref).toSorted(bySeq)
  const offenders = find('offenders', record.ref).toSorted(bySeq)
  const suspects = new Map<string, number>()
  const unknown = new Set<string>()
  const people: { row: Row; id: string; seq: number }[] = []
  for (const row of victims) {
    const type = victimType(row, find)
    const words = row.profile.values['victimType']?.[plain(type ?? '')]
    parts.push(row)
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
    parts.push(row)
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
      parts.push(row)
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
  const id = textOf(row, 'type')
  const listed = find('victimTypes', id)[0]
  return listed === undefined ? id : textOf(listed, 'code')
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
