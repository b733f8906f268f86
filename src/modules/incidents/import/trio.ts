import { finish, readIncident, readOffence, readParty } from './record.ts'
import { cutShort, gather, isMany, Rows, strays } from './related.ts'
import { complain, problemsOf, textOf, type Row, isMarked } from './row.ts'
import type { ReadOptions, Source } from './source.ts'
import type { ImportItem, RowProblem, SourceRecord } from './types.ts'

/** The three files of one delivery, joined by the crime reference. */
export interface Trio {
  incidents: Source
  offences: Source
  persons: Source
}

/** Reads one trio. It is held in memory, packed: about 1 KB an incident with its offences and persons. */
export async function* readTrio(trio: Trio, options: ReadOptions): AsyncGenerator<ImportItem> {
  const offences = new Rows(trio.offences)
  const persons = new Rows(trio.persons)
  const incidents = new Rows(trio.incidents)
  yield* gather(offences, options, 'ref')
  yield* gather(persons, options, 'ref')
  yield* gather(incidents, options, 'ref')
  const refused = misfit(incidents, offences, persons)
  if (refused !== undefined) {
    yield { problem: refused }
    return
  }
  for (const ref of incidents.keys()) {
    // The same reference again in a file is a later version, told with the same offences and persons.
    for (const [version, row] of incidents.get(ref).entries()) {
      const its = { offences: offences.get(ref), persons: persons.get(ref) }
      const record = readIncident(row, ref)
      if (record !== undefined) {
        for (const offence of its.offences) addOffence(record, offence)
        for (const person of its.persons) addPerson(record, person)
        relate(record)
        untold(record, row, its)
      }
      // the problems of shared rows are told once
      if (version > 0) for (const one of [...its.offences, ...its.persons]) one.problems = []
      yield* problemsOf([row, ...its.offences, ...its.persons])
      if (record !== undefined) yield { record: finish(record) }
    }
  }
  for (const rows of [offences, persons]) {
    yield* strays(rows, incidents, 'ref', 'the incidents file of this delivery')
  }
}

const FEW_ALONE = 3

/** Why the three files cannot be of one whole delivery, if they cannot. */
function misfit(incidents: Rows, offences: Rows, persons: Rows): RowProblem | undefined {
  for (const [name, rows] of [
    ['offences', offences],
    ['persons', persons],
  ] as const) {
    const lost = [...rows.keys()].filter((ref) => !incidents.has(ref)).length
    if (isMany(lost, rows.size)) {
      return cutShort(incidents.source.file, lost, rows.size, `references of the ${name} are not among the incidents`)
    }
  }
  const refs = [...incidents.keys()]
  const nobody = refs.filter((ref) => !persons.has(ref)).length
  // a late correction comes without its persons, so some incidents have none
  if (nobody > FEW_ALONE && nobody > refs.length / 4) {
    return cutShort(persons.source.file, nobody, refs.length, 'incidents have no person')
  }
  const crimes = refs.filter((ref) => incidents.get(ref).some((row) => textOf(row, 'kind')?.toLowerCase() === 'crime'))
  const bare = crimes.filter((ref) => !offences.has(ref)).length
  return isMany(bare, crimes.length)
    ? cutShort(offences.source.file, bare, crimes.length, 'crimes have no offence')
    : undefined
}

/**
 * What the other files do not say of an incident is not said at all, which is not the same as that there is nobody: a
 * correction comes without the persons, and those of an earlier delivery stand.
 */
function untold(record: SourceRecord, row: Row, its: { offences: Row[]; persons: Row[] }): void {
  const missing = (['offences', 'persons'] as const).filter((what) => its[what].length === 0)
  record.untold = missing
  for (const what of missing) {
    if (what === 'offences' && record.kind === 'non_crime') continue
    complain(row, 'ref', `has no row in the ${what} file: those of an earlier delivery stand`, false)
  }
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
  if (party === undefined || row.refused) return withoutPlace(record, row)
  if (record.parties.some(({ seq }) => seq === party.seq)) {
    complain(row, 'person.seq', 'is used twice in one incident')
    return withoutPlace(record, row)
  }
  record.parties.push(party)
  if (party.role === 'suspect' && party.arrestedAt !== undefined) record.arrestMade = true
}

/** Where somebody who cannot be read has a protected address, what may give it is left out until their row is put right. */
function withoutPlace(record: SourceRecord, row: Row): void {
  if (!isMarked(row, 'person.addressProtected')) return
  for (const field of ['address', 'postcode', 'wardCode', 'lat', 'lon', 'summary', 'details'] as const)
    delete record[field]
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
