import { finish, readIncident, readOffence, readParty } from './record.ts'
import { complain, neededText, type Row } from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import type { ImportItem, SourceRecord } from './types.ts'

/** The three files of one delivery, joined by the crime reference. */
export interface Trio {
  incidents: Source
  offences: Source
  persons: Source
}

/**
 * Reads one trio. The offences and persons of a trio are held in memory (about 1 KB a row), so a delivery should be a
 * week or a month of a BCU, not the whole history: 200,000 persons a trio is a sensible limit.
 */
export async function* readTrio(trio: Trio, options: ReadOptions): AsyncGenerator<ImportItem> {
  const offences = new Map<string, Row[]>()
  const persons = new Map<string, Row[]>()
  yield* gather(trio.offences, options, offences)
  yield* gather(trio.persons, options, persons)
  const seen = new Set<string>()
  for await (const item of tableRows(trio.incidents, options)) {
    if (!('row' in item)) {
      yield item
      continue
    }
    const { row } = item
    const ref = neededText(row, 'ref')
    const record = readIncident(row, ref)
    const its = ref === undefined ? [] : [...(offences.get(ref) ?? []), ...(persons.get(ref) ?? [])]
    // The same reference again in a file is a later version, told with the same offences and persons.
    const again = ref !== undefined && seen.has(ref)
    if (ref !== undefined) seen.add(ref)
    if (record !== undefined) {
      for (const offence of offences.get(record.ref) ?? []) addOffence(record, offence)
      for (const person of persons.get(record.ref) ?? []) addPerson(record, person)
      relate(record)
    }
    for (const problem of row.problems) yield { problem }
    if (!again) for (const one of its) for (const problem of one.problems) yield { problem }
    if (record !== undefined) yield { record: finish(record) }
  }
  for (const rows of [offences, persons]) {
    for (const [ref, lost] of rows) {
      if (seen.has(ref)) continue
      for (const row of lost) {
        complain(row, 'ref', `${ref} is not in the incidents file of this delivery`)
        for (const problem of row.problems) yield { problem }
      }
    }
  }
}

async function* gather(source: Source, options: ReadOptions, into: Map<string, Row[]>): AsyncGenerator<ImportItem> {
  for await (const item of tableRows(source, options)) {
    if (!('row' in item)) {
      yield item
      continue
    }
    const ref = neededText(item.row, 'ref')
    if (ref === undefined) for (const problem of item.row.problems) yield { problem }
    else {
      const rows = into.get(ref)
      if (rows === undefined) into.set(ref, [item.row])
      else rows.push(item.row)
    }
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
