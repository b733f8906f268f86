import { type Entry, withArrests } from './arrests.ts'
import { isoDay, isoWeek, quarter } from './calendar.ts'
import { writeConferences } from './conferences.ts'
import { writeCourts } from './courts.ts'
import { WATERMARK, csvLine } from './csv.ts'
import { writeCustody } from './custody.ts'
import { writeDisclosures } from './disclosures.ts'
import { type Dyad, dyadMaker, emptyPools } from './dyads.ts'
import { type Folder, renamedFrom } from './folder.ts'
import { type Bcu, type ListKind, lastDay, listColumns, listLine } from './lists.ts'
import { mentionWriter } from './mentions.ts'
import type { Sex } from './names.ts'
import { writeOrders } from './orders.ts'
import { type Person, openRegister, window } from './people.ts'
import { one, randomFrom } from './random.ts'
import { type Told, recordMaker, settleDeaths } from './records.ts'
import type { Borough, Reference } from './reference.ts'
import { referralOf } from './referrals.ts'
import { incidentColumns, lineWriter, offenceColumns, personColumns, reportColumns, staysAReport } from './rows.ts'
import type { SexDrawer } from './sexes.ts'
import { timesOf } from './times.ts'
import type { Volumes } from './volumes.ts'

/** What is counted over the whole force while its BCUs are made. */
export interface Counts {
  records: number
  recordedOffences: number
  reports: number
  dyads: number
  people: number
  mentions: number
}

/** What every BCU is made from. */
export interface World {
  readonly reference: Reference
  readonly folder: Folder
  readonly seed: number
  readonly scale: number
  /** Recorded offences, and records of any kind, by borough code. */
  readonly recorded: ReadonlyMap<string, number>
  readonly totals: ReadonlyMap<string, number>
  readonly counts: Counts
  /** Recorded offences by borough code and month. */
  readonly expected: Record<string, Record<string, number>>
  /** Suspects of the BCUs made so far who may go on to somebody elsewhere. */
  readonly travellers: Record<Sex, Person[]>
  readonly sexes: SexDrawer
}

/** Names of the files of a day. Trios: weeks, or quarters in small folders; lists: months, quarters or years. */
function periodsOf(scale: number): { trio: (day: number) => string; list: (day: number) => string } {
  const month = (day: number): string => isoDay(day).slice(0, 7)
  const year = (day: number): string => isoDay(day).slice(0, 4)
  return { trio: scale >= 0.1 ? isoWeek : quarter, list: scale >= 1 ? month : scale >= 0.1 ? quarter : year }
}

/** Makes everything of one BCU and writes it. `place` numbers the BCUs from 0. */
export async function writeBcu(
  world: World,
  place: number,
  name: string,
  code: string,
  volumes: Volumes,
): Promise<void> {
  const { reference, folder, counts, scale } = world
  const random = randomFrom(world.seed, place + 1)
  const boroughs = reference.boroughs.filter(({ bcu }) => bcu === code)
  const truth = { persons: '', changes: '' }
  const register = openRegister(random, reference, `P-${code}-`, (person) => {
    counts.people++
    truth.persons += personLine(person)
    truth.changes += changeLines(person)
  })
  const flushPeople = async (): Promise<void> => {
    await folder.truth('persons.csv', truth.persons)
    await folder.truth('changes.csv', truth.changes)
    truth.persons = ''
    truth.changes = ''
  }
  const times = timesOf(random, reference, (reference.parameters.number('scale.records_per_year') / 365) * scale)
  const pools = emptyPools()
  const makeDyads = dyadMaker(random, reference, register, pools, world.travellers, times, world.sexes)
  const makeRecords = recordMaker(random, reference, times)
  const dyads: Dyad[] = []
  const told: Told[] = []
  for (const borough of boroughs) {
    const made = makeDyads(borough, world.totals.get(borough.code) ?? 0)
    // Not spread into push: a full-size borough has more entries than a call may have arguments.
    for (const dyad of made) dyads.push(dyad)
    for (const record of makeRecords(borough, made, world.recorded.get(borough.code) ?? 0)) told.push(record)
  }
  const settled = settleDeaths(reference, told)
  for (const [person, minute] of settled.died)
    truth.changes += csvLine([person.id, 'death', isoDay(Math.floor(minute / 1440)), '', '', WATERMARK])
  const entries = withArrests(random, reference, settled.records, volumes.operations).sort(
    (first, second) => first.reported - second.reported,
  )
  counts.dyads += dyads.length
  await folder.truth('dyads.csv', dyadTruth(dyads, entries))
  countMonths(world.expected, entries)

  const refs = refsOf(entries, code)
  const mention = mentionWriter(random, reference)
  const lists = listWriter(scale)
  const listMentions = { text: '' }
  const bcu: Bcu = {
    code,
    name,
    // A stream of its own, so that a list more or less leaves the records as they are.
    random: randomFrom(world.seed, 100 + place),
    reference,
    register,
    entries,
    refOf: (entry) => one(refs.get(entry), 'a reference').ref,
    custodyRefOf: (entry) => one(refs.get(entry), 'a reference').custody,
    died: settled.died,
    operations: volumes.operations,
    mention,
    add: lists.add,
    mentionAs: (ref, occasion) => {
      listMentions.text += csvLine([ref, occasion.person.id, WATERMARK])
      return mention(occasion)
    },
    duplicate: lists.duplicate,
  }
  await writeRecords(world, bcu, flushPeople)
  const detained = writeCustody(bcu)
  const endings = writeCourts(bcu, detained, Math.round(volumes.orders.restraining * courtShare))
  writeOrders(bcu, volumes.orders, endings)
  for (const borough of boroughs) writeConferences(bcu, borough, volumes.conferences.get(borough.code) ?? 0)
  writeDisclosures(bcu, volumes.disclosures)
  await lists.flush(folder, code)
  await folder.truth('list-mentions.csv', listMentions.text)
  await flushPeople()
  // One suspect in twenty may go on to somebody in another BCU (assumption).
  for (const sex of ['M', 'F'] as const) {
    const living = pools.freshSuspects[sex].filter((person) => !settled.died.has(person))
    for (const person of living.slice(0, Math.ceil(living.length / 20))) world.travellers[sex].push(person)
  }
}

// Restraining orders that end a case of the register; the others come from earlier cases (assumption).
const courtShare = 0.6

function refsOf(entries: readonly Entry[], code: string): Map<Entry, { ref: string; custody: string }> {
  let arrests = 0
  return new Map(
    entries.map((entry, number) => {
      const year = isoDay(Math.floor(entry.reported / 1440)).slice(2, 4)
      const ref = `SYN-${code}-${year}-${String(1000001 + number).slice(1)}`
      if (entry.arrest !== undefined) arrests++
      const custody = entry.arrest === undefined ? '' : `SYN-CU-${code}-${String(1000000 + arrests).slice(1)}`
      return [entry, { ref, custody }]
    }),
  )
}

/** The parts of one period while they fill. */
type Part = 'incidents' | 'offences' | 'persons'

/** Writes the records of a BCU: trios by period, calls and online reports, referrals; and what the truth says of them. */
async function writeRecords(
  { reference, folder, counts, scale }: World,
  bcu: Bcu,
  flushPeople: () => Promise<void>,
): Promise<void> {
  const { entries, code, mention } = bcu
  const write = lineWriter(bcu.random, reference, bcu.register, code, mention)
  const period = periodsOf(scale)
  const trios = new Map<string, Record<Part, string>>()
  for (let day = window.first; day < window.end; day++)
    if (!trios.has(period.trio(day))) trios.set(period.trio(day), { incidents: '', offences: '', persons: '' })
  const reports = { calls: new Map<string, string>(), online: new Map<string, string>() }
  const referrals = new Map<string, object[]>()
  const text = { mentions: '', redactions: '', marks: '' }
  // Nothing is added to a period once the next has begun, so its files are written and let go.
  const flushBefore = async (current: string): Promise<void> => {
    for (const [ended, trio] of trios) {
      if (ended === current) break
      const later = ended >= (ended.includes('W') ? renamedFrom.week : renamedFrom.quarter)
      await folder.rows(`incidents_${code}_${ended}.csv`, incidentColumns, trio.incidents)
      const columns = later ? offenceColumns.replace('outcome_code', 'outcome_cd') : offenceColumns
      await folder.rows(`offences_${code}_${ended}.csv`, columns, trio.offences)
      await folder.rows(`persons_${code}_${ended}.csv`, personColumns, trio.persons)
      trios.delete(ended)
    }
    await flushPeople()
    await folder.truth('mentions.csv', text.mentions)
    await folder.truth('redactions.csv', text.redactions)
    await folder.truth('marks.csv', text.marks)
    text.mentions = ''
    text.redactions = ''
    text.marks = ''
  }
  let current = ''
  let sent = 0
  for (const entry of entries) {
    const day = Math.floor(entry.reported / 1440)
    const lines = write(entry, bcu.refOf(entry), bcu.custodyRefOf(entry))
    if (period.trio(day) !== current) await flushBefore(period.trio(day))
    current = period.trio(day)
    text.mentions += lines.mentions
    text.redactions += lines.redaction
    text.marks += lines.marks
    counts.mentions += lines.people
    counts.records++
    if (entry.status === 'recorded') counts.recordedOffences++
    if (staysAReport(entry)) {
      counts.reports++
      const held = entry.channel === 'online' ? reports.online : reports.calls
      held.set(period.list(day), (held.get(period.list(day)) ?? '') + lines.report)
      continue
    }
    if (entry.channel === 'partner') {
      const { referral, redaction } = referralOf(
        bcu,
        entry,
        lines.told,
        `SYN-RF-${code}-${String(1000000 + ++sent).slice(1)}`,
      )
      text.redactions += redaction
      referrals.set(period.list(day), [...(referrals.get(period.list(day)) ?? []), referral])
    }
    const trio = one(trios.get(current), 'a period')
    const late = one(trios.get(period.trio(Math.floor(Math.max(entry.reported, entry.outcomeAt) / 1440))), 'a period')
    const isLate = lines.early !== undefined && late !== trio
    trio.incidents += isLate ? (lines.early?.incident ?? '') : lines.incident
    trio.offences += isLate ? (lines.early?.offence ?? '') : lines.offence
    trio.persons += lines.persons
    if (!isLate) continue
    late.incidents += lines.incident
    late.offences += lines.offence
  }
  await flushBefore('')
  for (const kind of ['calls', 'online'] as const)
    for (const [name, body] of reports[kind])
      await folder.rows(`${kind}/${kind}_${code}_${name}.csv`, reportColumns, body)
  for (const [name, held] of referrals)
    await folder.json(`partners/referrals_${code}_${name}.json`, { watermark: WATERMARK, referrals: held })
}

/** Gathers the lines of lists by period until they are written. */
function listWriter(scale: number): {
  add: Bcu['add']
  duplicate: Bcu['duplicate']
  flush: (folder: Folder, code: string) => Promise<void>
} {
  const period = periodsOf(scale)
  const held = new Map<ListKind, Map<string, { day: number; line: string }[]>>()
  let duplicates = ''
  return {
    add: (kind, day, row) => {
      const within = Math.min(lastDay, Math.max(window.first, day))
      const ofKind = held.get(kind) ?? new Map<string, { day: number; line: string }[]>()
      held.set(kind, ofKind)
      const rows = ofKind.get(period.list(within)) ?? []
      ofKind.set(period.list(within), rows)
      rows.push({ day: within, line: listLine(kind, row) })
    },
    duplicate: (kind, ref, of) => {
      duplicates += csvLine([kind, ref, of, WATERMARK])
    },
    flush: async (folder, code) => {
      for (const [kind, periods] of held)
        for (const name of [...periods.keys()].sort()) {
          const rows = periods.get(name) ?? []
          const body = rows.sort((first, second) => first.day - second.day).map(({ line }) => line)
          const columns = `${listColumns[kind]},${WATERMARK}`
          await folder.rows(`${kind.replace(/-.*/, '')}/${kind}_${code}_${name}.csv`, columns, body.join(''))
        }
      await folder.truth('duplicates.csv', duplicates)
    },
  }
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
    person.home.address,
    person.home.postcode,
    person.addressWithheld ? 'Y' : '',
    person.police ? 'Y' : '',
    WATERMARK,
  ])
}

// Changes within the window.
function changeLines({ id, movedOn, earlierHome, home, renamedOn, otherSurname, surname }: Person): string {
  const within = (day: number): boolean => day >= window.first && day < window.end
  const where = (one: typeof home): string => `${one.address}, ${one.postcode}`
  const move = within(movedOn) ? csvLine([id, 'home', isoDay(movedOn), where(earlierHome), where(home), WATERMARK]) : ''
  return move + (within(renamedOn) ? csvLine([id, 'surname', isoDay(renamedOn), otherSurname, surname, WATERMARK]) : '')
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
      dyad.days.length,
      dyad.gravity.toFixed(6),
      dyad.escalates ? 'Y' : '',
      dyad.relation,
      harm.get(dyad) ?? 0,
      WATERMARK,
    ])
  return lines
}

function countMonths(expected: Record<string, Record<string, number>>, entries: readonly Entry[]): void {
  for (const { status, borough, reported } of entries) {
    if (status !== 'recorded') continue
    const months: Record<Borough['code'], number> = (expected[borough.code] ??= {})
    const month = isoDay(Math.floor(reported / 1440)).slice(0, 7)
    months[month] = (months[month] ?? 0) + 1
  }
}
