import { finish, readIncident, readOffence, readParty } from './record.ts'
import { cutShort, gather, gatherIncidents, isMany, isSame, strayProblems, strays, type RowsByKey } from './related.ts'
import { complain, neededText, problemsOf, textOf, type Row } from './row.ts'
import type { ReadOptions, Source } from './source.ts'
import type { ImportItem, RowProblem, SourceRecord } from './types.ts'

/** The three files of one delivery, joined by the crime reference. */
export interface Trio {
  incidents: Source
  offences: Source
  persons: Source
}

/**
 * Reads one trio. It is held in memory (about 1 KB a row), so a delivery should be a week or a month of a BCU, not the
 * whole history: 200,000 persons a trio is a sensible limit.
 */
export async function* readTrio(trio: Trio, options: ReadOptions): AsyncGenerator<ImportItem> {
  const offences: RowsByKey = new Map()
  const persons: RowsByKey = new Map()
  const incidents: Row[] = []
  yield* gather(trio.offences, options, 'ref', offences)
  yield* gather(trio.persons, options, 'ref', persons)
  yield* gatherIncidents(trio.incidents, options, incidents)
  const refused = misfit(incidents, offences, persons, trio)
  if (refused !== undefined) {
    yield { problem: refused }
    return
  }
  const versions = new Map<string, Row[]>()
  for (const row of incidents) {
    const ref = neededText(row, 'ref')
    // The same reference again in a file is a later version, told with the same offences and persons.
    const before = ref === undefined ? [] : (versions.get(ref) ?? [])
    if (before.some((other) => isSame(row, other))) continue
    if (ref !== undefined) versions.set(ref, [...before, row])
    const its = ref === undefined ? [] : [...(offences.get(ref) ?? []), ...(persons.get(ref) ?? [])]
    const record = readIncident(row, ref)
    if (record !== undefined) {
      for (const offence of offences.get(record.ref) ?? []) addOffence(record, offence)
      for (const person of persons.get(record.ref) ?? []) addPerson(record, person)
      relate(record)
    }
    yield* problemsOf([row, ...its])
    // the problems of shared rows are told once
    for (const one of its) one.problems = []
    if (record !== undefined) yield { record: finish(record) }
  }
  const known = new Set(versions.keys())
  for (const rows of [offences, persons]) {
    yield* strayProblems(strays(rows, known), 'ref', 'the incidents file of this delivery')
  }
}

/** Why the three files cannot be of one whole delivery, if they cannot. */
function misfit(incidents: Row[], offences: RowsByKey, persons: RowsByKey, trio: Trio): RowProblem | undefined {
  const known = new Set(incidents.map((row) => textOf(row, 'ref') ?? ''))
  for (const [name, rows] of [
    ['offences', offences],
    ['persons', persons],
  ] as const) {
    // prettier-ignore
    const lost = [...rows.keys()].filter((ref) => !known.has(ref)).length
    if (isMany(lost, rows.size)) {
      return cutShort(trio.incidents.file, lost, rows.size, `references of the ${name} are not among the incidents`)
    }
  }
  const crimes = incidents.filter((row) => textOf(row, 'kind')?.toLowerCase() === 'crime')
  const bare = crimes.filter((row) => !offences.has(textOf(row, 'ref') ?? '')).length
  return isMany(bare, crimes.length)
    ? cutShort(trio.offences.file, bare, crimes.length, 'crimes have no offence')
    : undefined
}

function addOffence(record: SourceRecord, row: Row): void {
  const offence = readOffence(row, record.offences.length + 1, record.kind)
  if (offence === undefined || row.refused) return
  if (record.offences.some(({ seq }) => seq === offence.seq)) {
    complain(row, 'offence.seq', 'is used twice in one incident')
    return
  }
  record.offences.push(offence)
}

function addPerson(record: SourceRecord, row: Row): void {
  const party = readParty(row, 'person', record.parties.length + 1, undefined, record.reportedAt)
  if (party === undefined || row.refused) return
  if (record.parties.some(({ seq }) => seq === party.seq)) {
    complain(row, 'person.seq', 'is used twice in one incident')
    return
  }
  record.parties.push(party)
  if (party.role === 'suspect' && party.arrestedAt !== undefined) record.arrestMade = true
}

/** A victim's relationship is to the suspect; of several suspects the row does not say which, so none is made. */
function relate(record: SourceRecord): void {
  const suspects = record.parties.filter(({ role }) => role === 'suspect')
  const suspect = suspects[0]
  if (suspect === undefined || suspects.length > 1) return
  for (const { seq, role, relationship } of record.parties) {
    if (relationship === undefined || role === 'suspect') continue
    record.relations.push({ victimSeq: seq, suspectSeq: suspect.seq, relationship })
  }
}
