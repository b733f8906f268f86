import { hash } from 'node:crypto'
import { detailsOf, finish, readIncident, readOffence, readParty } from './record.ts'
import {
  claimOf,
  CROWDED,
  MOST_ROWS,
  isClosed,
  neededText,
  problemsOf,
  sameText,
  textOf,
  wordOf,
  type Row,
} from './row.ts'
import { tableRows, type ReadOptions, type Source } from './source.ts'
import { count, keyOf, keyOfText, newTally } from './tally.ts'
import type { ImportItem, RowProblem, SourceOffence, SourceParty, SourceRecord } from './types.ts'

/**
 * Reads one wide file, a row or several adjacent rows an incident, as a stream: memory holds one incident and a few
 * bytes for each reference and row seen. A row that comes again just as it was counts once.
 */
export async function* readFlat(source: Source, options: ReadOptions): AsyncGenerator<ImportItem[]> {
  const joiner = new Joiner(source.binding.at['ref'] !== undefined, options.ref)
  for await (const items of tableRows(source, options)) {
    const made: ImportItem[] = []
    for (const item of items) {
      if ('row' in item) joiner.add(item.row, made)
      else made.push(item)
    }
    yield made
  }
  const last: ImportItem[] = []
  joiner.end(last)
  yield last
}

/** Puts adjacent rows of one reference together. */
class Joiner {
  readonly #isNamed: boolean
  readonly #ref: string | undefined
  readonly #seen = newTally()
  readonly #rowsSeen = newTally()
  #group: Row[] = []
  #now: { ref: string; version: string | undefined; apart: boolean } | undefined

  /** @param isNamed whether the source gives references @param ref the one to take when it does not */
  constructor(isNamed: boolean, ref: string | undefined) {
    this.#isNamed = isNamed
    this.#ref = ref
  }

  /** @param made takes what this row ends, and what is wrong with it */
  add(row: Row, made: ImportItem[]): void {
    const ref = this.#isNamed ? neededText(row, 'ref') : (this.#ref ?? contentRef(row, this.#seen))
    const version = textOf(row, 'updatedAt')
    if (ref === undefined) {
      made.push(...problemsOf([row]))
      return
    }
    if (this.#isNamed && count(this.#rowsSeen, keyOf(hash('sha256', row.text, 'hex'))) > 1) return
    if (ref === this.#now?.ref && version === this.#now.version) {
      if (this.#now.apart) made.push({ problem: refusedRow(row, APART) })
      else if (this.#group.length >= MOST_ROWS) made.push({ problem: refusedRow(row, CROWDED) })
      else this.#group.push(row)
      return
    }
    this.end(made)
    // A reference met again further down is a later version when the file says so by its date. With the same date, or
    // none, the rows may be parts of one incident that lost each other, and the second must not pass for the whole.
    const apart = this.#isNamed && count(this.#seen, keyOfText(`${ref}\u001f${version ?? ''}`)) > 1
    if (apart) made.push({ problem: refusedRow(row, APART) })
    else this.#group = [row]
    this.#now = { ref, version, apart }
  }

  /** What has been put together so far. */
  end(made: ImportItem[]): void {
    const group = this.#group
    this.#group = []
    if (this.#now !== undefined && group.length > 0) addIncident(group, this.#now.ref, made)
  }
}

const APART = 'is used again away from its other rows: put the rows of an incident together'

function refusedRow(row: Row, reason: string): RowProblem {
  const field = row.table.columns['ref']?.names[0] ?? 'ref'
  const closed = isClosed(row) && { closed: true as const }
  return { file: row.file, line: row.line, field, reason, row: row.cells, rejected: true, ...closed }
}

/**
 * A reference for a row that has none: its content and how often that content has come before in the file. The same
 * file again gives the same references, however it writes a date or a yes; identical rows stay distinct and countable.
 */
function contentRef(row: Row, seen: ReturnType<typeof newTally>): string {
  const cells = Object.keys(row.at)
    .filter((field) => field !== 'updatedAt')
    .sort()
    .map((field) => `${field}=${sameText(row, field)}`)
  const digest = hash('sha256', cells.join('\u001f'), 'hex')
  return `${digest.slice(0, 24)}-${count(seen, keyOf(digest))}`
}

function addIncident(rows: readonly Row[], ref: string, made: ImportItem[]): void {
  let record: SourceRecord | undefined
  // a flag on any row of an incident is a flag of the incident
  let flagged: boolean | undefined
  const parties: SourceParty[] = []
  const offences: SourceOffence[] = []
  for (const row of rows) {
    const before = record
    record ??= readIncident(row, ref)
    const claim = claimOf(row, 'domestic')
    if (claim !== undefined) flagged = (flagged ?? false) || claim
    if (before !== undefined) {
      if (claimOf(row, 'arrestMade') === true) before.arrestMade = true
      const details = detailsOf(row)
      if (details) before.details = { ...details, ...before.details }
    }
    if (record !== undefined && !row.refused) addRow(record, row, offences, parties)
    // The base of an incident is a whole row: one whose offence is refused gives way to the next.
    if (record !== undefined && row.refused && offences.length === 0 && parties.length === 0) record = undefined
  }
  made.push(...problemsOf(rows))
  if (record === undefined) return
  record.offences = offences
  record.parties = parties
  const related = rows[0]?.profile.domesticRelationships ?? []
  record.domestic = flagged ?? record.parties.some(({ relationship }) => related.includes(relationship ?? ''))
  made.push({ record: finish(record) })
}

function addRow(record: SourceRecord, row: Row, offences: SourceOffence[], parties: SourceParty[]): void {
  const offence = readOffence(row, offences.length + 1, record.kind)
  if (row.refused) return
  const victim = readParty(row, 'victim', parties.length + 1, 'victim', record.reportedAt)
  const suspect = readParty(row, 'suspect', parties.length + 2, 'suspect', record.reportedAt)
  if (row.refused) return
  if (offence !== undefined) keep(offences, offence)
  const keptVictim = victim === undefined ? undefined : keep(parties, victim)
  const keptSuspect = suspect === undefined ? undefined : keep(parties, suspect)
  if (keptSuspect?.arrestedAt !== undefined || wordOf(row, 'suspect.status', 'arrest') === 'arrested') {
    record.arrestMade = true
  }
  const relationship = wordOf(row, 'victim.relationship', 'relationship')
  if (keptVictim === undefined || keptSuspect === undefined || relationship === undefined) return
  const link = { victimSeq: keptVictim.seq, suspectSeq: keptSuspect.seq, relationship }
  if (!record.relations.some((one) => one.victimSeq === link.victimSeq && one.suspectSeq === link.suspectSeq)) {
    record.relations.push(link)
  }
}

/** Adds what is not there yet: the rows of an incident repeat its people and offences. */
function keep<T extends SourceParty | SourceOffence>(kept: T[], one: T): T {
  const before = kept.find((other) => isSame(other, one))
  if (before !== undefined) return before
  one.seq = kept.length + 1
  kept.push(one)
  return one
}

/** What rows of one incident may say differently of the same. */
const ASIDE = new Set(['seq', 'relationship', 'arrestedAt'])

function isSame<T extends SourceParty | SourceOffence>(one: T, other: T): boolean {
  const [a, b]: [Partial<SourceParty>, Partial<SourceParty>] = [one, other]
  if (a.nominal !== undefined || b.nominal !== undefined) return a.nominal === b.nominal && a.role === b.role
  // both were made by one function, so both have the same fields
  return Object.entries(one).every(([field, value]) => ASIDE.has(field) || Reflect.get(other, field) === value)
}
