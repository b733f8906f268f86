import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dayOfText } from './calendar.ts'
import { type Row, WATERMARK, csvTable } from './csv.ts'
import { listFolders, reportFolders } from './folder.ts'
import { isFictionalPhone, isFictionalPostcode } from './homes.ts'
import type { ListKind } from './lists.ts'

/** One record as its files say it is, and whose it is by the truth. */
export interface Seen {
  readonly ref: string
  readonly source: 'rms' | 'report'
  readonly borough: string
  readonly ward: string
  readonly kind: string
  readonly status: string
  readonly channel: string
  readonly risk: string
  readonly day: number
  /** Minutes. */
  readonly reported: number
  readonly from: number
  readonly to: number
  /** Empty when nowhere. */
  readonly lat: string
  readonly lon: string
  offence: string
  outcome: string
  updated: string
  relation: string
  victim: string
  victimSex: string
  suspect: string
  suspectSex: string
  suspectKnown: boolean
  arrested: string
}

/** One mention as it is written. */
export interface Written {
  readonly seen: Seen
  readonly ref: string
  readonly role: string
  /** The person's id. */
  readonly id: string
  readonly nominal: string
  readonly forenames: string
  readonly surname: string
  readonly knownAs: string
  readonly dob: string
  readonly sex: string
  readonly ethnicity: string
  readonly language: string
  readonly address: string
  readonly postcode: string
  readonly phone: string
  readonly addressProtected: boolean
}

export interface TruePerson {
  readonly id: string
  readonly forename: string
  readonly surname: string
  readonly dob: string
  readonly sex: string
  readonly ethnicity: string
  readonly language: string
  readonly borough: string
  readonly postcode: string
  readonly withheld: boolean
  readonly police: boolean
}

/** What is dirty or unsafe in a folder, counted over every file of it. */
export interface Hygiene {
  readonly phones: number
  readonly postcodes: number
  readonly emails: number
  readonly unmarked: number
  readonly files: number
  readonly resent: number
  readonly marks: number
  readonly truncated: number
}

/** A generated folder, read as an outsider would, with its truth beside it. */
export interface FolderRead {
  readonly records: ReadonlyMap<string, Seen>
  readonly written: readonly Written[]
  readonly people: ReadonlyMap<string, TruePerson>
  /** By person: days on which the home or the surname changed, with what was before. */
  readonly changes: ReadonlyMap<
    string,
    readonly { readonly what: string; readonly day: number; readonly before: string }[]
  >
  readonly dyads: readonly Row[]
  readonly marks: ReadonlyMap<string, string>
  readonly duplicates: readonly Row[]
  readonly redactions: readonly Row[]
  /** Accounts by reference of the record or referral. */
  readonly texts: ReadonlyMap<string, string>
  readonly lists: Readonly<Record<ListKind, readonly Row[]>>
  readonly listOwners: ReadonlyMap<string, string>
  readonly hygiene: Hygiene
  readonly corrections: number
  readonly renamed: { readonly before: boolean; readonly after: boolean }
  readonly scale: number
}

const minuteOf = (text: string): number =>
  dayOfText(text) * 1440 + Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16))

/** Reads a generated folder whole. @throws RangeError when its files do not fit together */
export async function readFolder(folder: string): Promise<FolderRead> {
  const truth = (name: string): Promise<string> => readFile(join(folder, 'truth', name), 'utf8')
  const owners = new Map(csvTable(await truth('mentions.csv')).map((row) => [row('mention_ref'), row('person_id')]))
  const hygiene = { phones: 0, postcodes: 0, emails: 0, unmarked: 0, files: 0, resent: 0, marks: 0, truncated: 0 }
  const records = new Map<string, Seen>()
  const written: Written[] = []
  const texts = new Map<string, string>()
  const lists: Record<ListKind, Row[]> = {
    custody: [],
    bail: [],
    'bail-conditions': [],
    court: [],
    orders: [],
    marac: [],
    dvds: [],
    operations: [],
  }
  const renamed = { before: false, after: false }
  let corrections = 0
  const textOf = async (name: string): Promise<string | undefined> => {
    const text = await readFile(join(folder, name), 'utf8')
    countUnsafe(text, hygiene)
    hygiene.files++
    if (!text.includes(WATERMARK)) hygiene.unmarked++
    if (text.startsWith('\uFEFF')) hygiene.marks++
    if (!name.includes('_resend')) return text
    hygiene.resent++
    return undefined
  }
  const addWritten = (
    seen: Seen,
    read: (column: string) => string,
    ref: string,
    role: string,
    nominal: string,
  ): void => {
    const id = owners.get(ref)
    if (id === undefined) throw new RangeError(`mention ${ref} is not in the truth`)
    const one: Written = {
      seen,
      ref,
      role,
      id,
      nominal,
      forenames: read('forenames'),
      surname: read('surname'),
      knownAs: read('known_as'),
      dob: read('dob'),
      sex: read('sex'),
      ethnicity: read('ethnicity_sde'),
      language: read('language'),
      address: read('address'),
      postcode: read('postcode'),
      phone: read('phone'),
      addressProtected: read('address_protected') === 'Y',
    }
    written.push(one)
    if (role === 'victim') Object.assign(seen, { victim: id, victimSex: one.sex })
    if (role !== 'suspect') return
    Object.assign(seen, { suspect: id, suspectSex: one.sex, suspectKnown: one.forenames !== '' || one.knownAs !== '' })
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.csv')).sort()
  // Offences and persons of a record are in no earlier file than its incident.
  for (const start of ['incidents_', 'offences_', 'persons_'])
    for (const name of names.filter((one) => one.startsWith(start))) {
      const text = await textOf(name)
      if (text === undefined) continue
      const outcome = text.slice(0, 200).includes('outcome_cd') ? 'outcome_cd' : 'outcome_code'
      if (start === 'offences_') renamed[outcome === 'outcome_cd' ? 'after' : 'before'] = true
      for (const row of csvTable(text)) {
        const ref = row('crime_ref')
        const held = records.get(ref)
        if (start === 'incidents_') {
          if (held === undefined) records.set(ref, seenOf(row, ref, 'rms'))
          else {
            corrections++
            if (row('last_updated') > held.updated) held.updated = row('last_updated')
          }
          texts.set(ref, row('mo_text'))
          continue
        }
        if (held === undefined) throw new RangeError(`${name} names a crime_ref that no incident file holds`)
        if (start === 'offences_') {
          held.offence = row('offence_code')
          // A correction decides what was open.
          if (held.outcome === '' || held.outcome === '99') held.outcome = row(outcome)
          continue
        }
        addWritten(held, row, row('mention_ref'), row('role'), row('nominal_id'))
        if (row('relationship_to_suspect') !== '') held.relation = row('relationship_to_suspect')
        if (row('arrest_dt') !== '') held.arrested = row('arrest_dt')
      }
    }
  for (const part of reportFolders)
    for (const name of await readdir(join(folder, part))) {
      const text = await textOf(join(part, name))
      for (const row of text === undefined ? [] : csvTable(text)) {
        const ref = row('report_ref')
        const seen = seenOf((column) => row(reportNames.get(column) ?? column), ref, 'report')
        records.set(ref, seen)
        texts.set(ref, row('text'))
        seen.relation = row('relationship_to_suspect')
        for (const who of ['victim', 'suspect'])
          addWritten(seen, (column) => row(`${who}_${column}`), row(`${who}_mention_ref`), who, '')
      }
    }
  for (const part of listFolders)
    for (const name of await readdir(join(folder, part))) {
      const text = await textOf(join(part, name))
      if (text === undefined) continue
      if (name.endsWith('.json')) addReferrals(text, texts)
      else {
        const kind = name.split(/[_.]/)[0] ?? ''
        if (!isListKind(kind, lists)) throw new RangeError(`${name} is not a list`)
        for (const row of csvTable(text)) lists[kind].push(row)
      }
    }
  const dirt = await readdir(join(folder, 'dirt'))
  for (const name of dirt) {
    const text = await readFile(join(folder, 'dirt', name), 'utf8')
    if (!text.includes(WATERMARK)) hygiene.unmarked++
    if (!text.endsWith('\n')) hygiene.truncated++
  }
  for (const name of await readdir(join(folder, 'truth')))
    if (!(await truth(name)).includes(WATERMARK)) hygiene.unmarked++
  const table = async (name: string): Promise<Row[]> => csvTable(await truth(name))
  return {
    records,
    written,
    texts,
    lists,
    hygiene,
    corrections,
    renamed,
    people: new Map((await table('persons.csv')).map((row) => [row('person_id'), personOf(row)])),
    changes: Map.groupBy(
      (await table('changes.csv')).map((row) => ({
        id: row('person_id'),
        what: row('change'),
        day: dayOfText(row('on')),
        before: row('before'),
      })),
      ({ id }) => id,
    ),
    dyads: await table('dyads.csv'),
    duplicates: await table('duplicates.csv'),
    redactions: await table('redactions.csv'),
    marks: new Map((await table('marks.csv')).map((row) => [row('mention_ref'), row('mark')])),
    listOwners: new Map((await table('list-mentions.csv')).map((row) => [row('mention_ref'), row('person_id')])),
    scale: scaleOf(await truth('expected.json')),
  }
}

// The names that the columns of a trio have in a report.
const reportNames: ReadonlyMap<string, string> = new Map([
  ['reported_dt', 'received_dt'],
  ['committed_from', 'happened_from'],
  ['committed_to', 'happened_to'],
])

function seenOf(row: (column: string) => string, ref: string, source: Seen['source']): Seen {
  return {
    ref,
    source,
    borough: row('borough_code'),
    ward: row('ward_code'),
    kind: row('record_kind'),
    status: source === 'rms' ? row('crime_status') : '',
    channel: row('channel'),
    risk: row('risk_grade'),
    day: dayOfText(row('reported_dt')),
    reported: minuteOf(row('reported_dt')),
    from: minuteOf(row('committed_from')),
    to: minuteOf(row('committed_to')),
    lat: row('lat'),
    lon: row('lon'),
    updated: row('last_updated'),
    offence: '',
    outcome: '',
    relation: '',
    victim: '',
    victimSex: '',
    suspect: '',
    suspectSex: '',
    suspectKnown: false,
    arrested: '',
  }
}

function personOf(row: Row): TruePerson {
  return {
    id: row('person_id'),
    forename: row('forenames').toLowerCase(),
    surname: row('surname').toLowerCase(),
    dob: row('dob'),
    sex: row('sex'),
    ethnicity: row('ethnicity_sde'),
    language: row('language'),
    borough: row('borough_code'),
    postcode: row('postcode'),
    withheld: row('address_withheld') === 'Y',
    police: row('police_employee') === 'Y',
  }
}

function isListKind(kind: string, lists: Readonly<Record<ListKind, unknown>>): kind is ListKind {
  return kind in lists
}

function addReferrals(text: string, texts: Map<string, string>): void {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('referrals' in value) || !Array.isArray(value.referrals)) return
  for (const one of value.referrals as readonly Readonly<Record<string, unknown>>[])
    texts.set(String(one['referral_ref']), String(one['account']))
}

// Anything that looks like a telephone number, a postcode or an e-mail address, wherever it stands.
function countUnsafe(text: string, unsafe: { phones: number; postcodes: number; emails: number }): void {
  for (const [phone] of text.matchAll(/(?<![\w.:-])(?:\+44 ?|0)[1-9](?: ?\d){8,9}(?![\w.:-]?\d)/g))
    if (!isFictionalPhone(phone)) unsafe.phones++
  for (const [postcode] of text.matchAll(/(?<![\w-])[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![\w-])/g))
    if (!isFictionalPostcode(postcode)) unsafe.postcodes++
  for (const [, host = ''] of text.matchAll(/[\w.+-]+@([\w.-]+\w)/g))
    if (host !== 'example.org' && host !== 'example.net') unsafe.emails++
}

function scaleOf(text: string): number {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'scale' in value && typeof value.scale === 'number')
    return value.scale
  throw new RangeError('expected.json holds no scale')
}
