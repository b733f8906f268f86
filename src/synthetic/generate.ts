import { isoDay, isoWeek, quarter } from './calendar.ts'
import { csvLine } from './csv.ts'
import { type Dyad, dyadMaker, emptyPools } from './dyads.ts'
import { type Trio, openFolder } from './folder.ts'
import { type Person, openRegister, window } from './people.ts'
import { largestRemainder, one, randomFrom } from './random.ts'
import { type Entry, entryMaker, recordCounts } from './records.ts'
import { type Borough, type Reference, bcuCodes, readReference } from './reference.ts'
import { lineWriter } from './rows.ts'
import { timesOf } from './times.ts'

export interface GenerateOptions {
  /** Folder to write; made if it is not there. */
  readonly out: string
  /** 1 is 78,634 recorded offences a year; any number above 0. */
  readonly scale: number
  /** Same seed, same bytes. */
  readonly seed?: number
  /** Called after each Basic Command Unit with the records written so far and in all. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface Summary {
  readonly records: number
  readonly recordedOffences: number
  readonly dyads: number
  readonly people: number
  readonly mentions: number
  readonly files: number
}

/**
 * Makes a whole, wholly fictional Met: three years of source extracts and, apart, the truth to mark a program against.
 * Works one BCU at a time, so memory does not grow with the number of records in London.
 * @throws RangeError when the scale is not above zero.
 */
export async function generate(options: GenerateOptions): Promise<Summary> {
  const { out, scale, seed = 20231101, onProgress } = options
  if (!(scale > 0)) throw new RangeError(`scale must be above 0, not ${scale}`)
  const reference = readReference()
  const recorded = recordedByBorough(reference, scale)
  const totals = new Map(
    reference.boroughs.map((borough) => {
      const count = recorded.get(borough.code) ?? 0
      const { nonCrime, cancelled } = recordCounts(reference, count)
      return [borough.code, count + nonCrime + cancelled]
    }),
  )
  const total = [...totals.values()].reduce((sum, count) => sum + count, 0)
  const folder = await openFolder(out)
  const expected: Record<string, Record<string, number>> = {}
  const counts = { records: 0, recordedOffences: 0, dyads: 0, people: 0, mentions: 0 }
  const travellers: Person[] = []
  const periodOf = scale >= 0.1 ? isoWeek : quarter
  for (const [place, bcu] of [...bcuCodes.values()].entries()) {
    const random = randomFrom(seed, place + 1)
    let truth = ''
    const register = openRegister(random, reference, `P-${bcu}-`, (person) => {
      counts.people++
      truth += personLine(person)
    })
    const pools = emptyPools()
    const makeDyads = dyadMaker(random, reference, register, pools, travellers)
    const times = timesOf(random, reference, (78634 / 0.6 / 365) * scale)
    const makeEntries = entryMaker(random, reference, times)
    const entries: Entry[] = []
    let dyadLines = ''
    for (const borough of reference.boroughs.filter((candidate) => candidate.bcu === bcu)) {
      const dyads = makeDyads(borough, totals.get(borough.code) ?? 0)
      const mine = makeEntries(borough, dyads, recorded.get(borough.code) ?? 0)
      counts.dyads += dyads.length
      dyadLines += dyadTruth(dyads, mine)
      countMonths(expected, borough, mine)
      // Not spread into push: a full-size borough has more entries than a call may have arguments.
      for (const entry of mine) entries.push(entry)
    }
    const order = [...entries.keys()].sort(
      (first, second) =>
        one(entries[first], 'entry').reported - one(entries[second], 'entry').reported || first - second,
    )
    const write = lineWriter(random, reference, register, bcu)
    const trios = periodsOf(periodOf)
    let current = ''
    const text = { mentions: '', redactions: '' }
    // Nothing is added to a period once the next has begun, so its files are written and let go.
    const flushBefore = async (period: string): Promise<void> => {
      for (const [ended, trio] of trios) {
        if (ended === period) break
        await folder.trio(bcu, ended, trio)
        trios.delete(ended)
      }
      await folder.truth('persons.csv', truth)
      await folder.truth('mentions.csv', text.mentions)
      await folder.truth('redactions.csv', text.redactions)
      truth = ''
      text.mentions = ''
      text.redactions = ''
    }
    for (const [number, index] of order.entries()) {
      const entry = one(entries[index], 'entry')
      const day = Math.floor(entry.reported / 1440)
      const ref = `SYN-${bcu}-${isoDay(day).slice(2, 4)}-${String(1000001 + number).slice(1)}`
      const lines = write(entry, ref)
      const period = periodOf(day)
      if (period !== current) await flushBefore(period)
      current = period
      const trio = one(trios.get(period), 'a period')
      const late = one(trios.get(periodOf(Math.floor(Math.max(entry.reported, entry.outcomeAt) / 1440))), 'a period')
      const isLate = lines.early !== undefined && late !== trio
      trio.incidents += isLate ? (lines.early?.incident ?? '') : lines.incident
      trio.offences += isLate ? (lines.early?.offence ?? '') : lines.offence
      trio.persons += lines.persons
      if (isLate) {
        late.incidents += lines.incident
        late.offences += lines.offence
      }
      text.mentions += lines.mentions
      text.redactions += lines.redaction
      counts.mentions += lines.people
      counts.records++
      if (entry.status === 'recorded') counts.recordedOffences++
    }
    await flushBefore('')
    await folder.truth('dyads.csv', dyadLines)
    // A few suspects go on to somebody in another BCU.
    for (const sex of ['M', 'F'] as const) travellers.push(...pools.freshSuspects[sex].slice(0, 200))
    onProgress?.(counts.records, total)
  }
  const files = await folder.close({ seed, scale, ...counts, recordedOffencesByBoroughAndMonth: expected })
  return { ...counts, files: files.length }
}

/** Recorded offences of each borough in the three years: calibrated totals x scale, by largest remainder. */
export function recordedByBorough(reference: Reference, scale: number): Map<string, number> {
  const years = reference.parameters.number('scale.years')
  const perYear = reference.parameters.number('scale.recorded_da_offences_per_year')
  const counts = largestRemainder(
    reference.boroughs.map((borough) => borough.offencesPerYear),
    Math.round(perYear * years * scale),
  )
  return new Map(reference.boroughs.map((borough, place) => [borough.code, counts[place] ?? 0]))
}

function periodsOf(periodOf: (day: number) => string): Map<string, Trio> {
  const trios = new Map<string, Trio>()
  for (let day = window.first; day < window.end; day++) {
    const period = periodOf(day)
    if (!trios.has(period)) trios.set(period, { incidents: '', offences: '', persons: '' })
  }
  return trios
}

function personLine(person: Person): string {
  return csvLine([
    person.id,
    person.forename,
    person.middle,
    person.surname,
    person.otherSurname,
    isoDay(person.born),
    person.sex,
    person.ethnicity,
    person.group,
    person.language,
    person.home.borough.code,
    person.police ? 'Y' : '',
  ])
}

function dyadTruth(dyads: readonly Dyad[], entries: readonly Entry[]): string {
  const harm = new Map<Dyad, number>()
  for (const entry of entries)
    if (entry.status === 'recorded') harm.set(entry.dyad, (harm.get(entry.dyad) ?? 0) + (entry.offence?.harm ?? 0))
  let lines = ''
  for (const dyad of dyads)
    lines += csvLine([
      dyad.suspect.id,
      dyad.victim.id,
      dyad.records,
      dyad.gravity.toFixed(6),
      dyad.escalates ? 'Y' : '',
      dyad.relation,
      harm.get(dyad) ?? 0,
    ])
  return lines
}

function countMonths(
  expected: Record<string, Record<string, number>>,
  borough: Borough,
  entries: readonly Entry[],
): void {
  const months = (expected[borough.code] ??= {})
  for (const entry of entries)
    if (entry.status === 'recorded') {
      const month = isoDay(Math.floor(entry.reported / 1440)).slice(0, 7)
      months[month] = (months[month] ?? 0) + 1
    }
}
