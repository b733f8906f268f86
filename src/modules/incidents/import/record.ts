import { hash } from 'node:crypto'
import { fromGrid } from './grid.ts'
import {
  claimOf,
  codeOf,
  complain,
  dayOf,
  instantOf,
  isMarked,
  MOST_SEQ,
  neededText,
  numberOf,
  outcomeOf,
  postcodeOf,
  textOf,
  wordOf,
  type Row,
} from './row.ts'
import type { SourceOffence, SourceParty, SourceRecord } from './types.ts'

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
/**
 * Fields of which some have no value. Those are there and undefined, where `exactOptionalPropertyTypes` wants them absent:
 * nothing here tells the two apart, and millions of objects of one form are far quicker than of many.
 */
const defined = <T extends object>(fields: T): Defined<T> => fields as Defined<T>

/** A record from its row, without offences, parties, relations and hash; undefined when the row is refused. */
export function readIncident(row: Row, ref: string | undefined): SourceRecord | undefined {
  const reportedAt = instantOf(row, 'reportedAt')
  const updatedAt = instantOf(row, 'updatedAt')
  const from = instantOf(row, 'committedFrom')
  let to = instantOf(row, 'committedTo')
  if (from !== undefined && to !== undefined && to < from) to = complain(row, 'committedTo', 'is before committed from')
  const kind =
    codeOf(row, 'kind', 'kind', ['crime', 'non_crime'] as const) ??
    (textOf(row, 'nonCrimeType') !== undefined && textOf(row, 'offence.code') === undefined ? 'non_crime' : 'crime')
  const status = codeOf(row, 'status', 'status', ['recorded', 'cancelled', 'no_crime', 'transferred'] as const)
  const domestic = claimOf(row, 'domestic')
  const flags = new Set<string>()
  for (const flag of (textOf(row, 'flags') ?? '').split(/[;|,]/)) {
    if (flag.trim() !== '') flags.add(wordFor(row, flag.trim()))
  }
  for (const field of row.flags) if (claimOf(row, field) === true) flags.add(field.slice('flag.'.length))
  const rest = defined({
    committedFrom: from,
    committedTo: to,
    bcu: textOf(row, 'bcu'),
    boroughCode: textOf(row, 'boroughCode'),
    wardCode: textOf(row, 'wardCode'),
    place: textOf(row, 'place'),
    address: textOf(row, 'address'),
    postcode: postcodeOf(row, 'postcode'),
    ...pointOf(row),
    channel: textOf(row, 'channel'),
    riskGrade: codeOf(row, 'riskGrade', 'riskGrade', ['standard', 'medium', 'high', ''] as const) || undefined,
    summary: textOf(row, 'summary'),
    arrestMade: claimOf(row, 'arrestMade'),
    updatedAt,
    details: detailsOf(row),
  })
  if (row.refused || ref === undefined || reportedAt === undefined) return undefined
  return {
    source: row.profile.source,
    ref,
    file: row.file,
    line: row.line,
    kind,
    status: status ?? 'recorded',
    domestic: domestic ?? false,
    reportedAt,
    ...rest,
    flags: [...flags].sort(),
    offences: [],
    parties: [],
    relations: [],
    hash: '',
  }
}

function wordFor(row: Row, flag: string): string {
  const key = flag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '')
  return row.profile.values['flag']?.[key] ?? flag.toLowerCase()
}

/** What the row says besides, in its own words; the profile's fields that begin with `also.`. Undefined when it is nothing. */
export function detailsOf(row: Row): Record<string, string> | undefined {
  let details: Record<string, string> | undefined
  for (const field of row.also) {
    const text = textOf(row, field)
    if (text !== undefined) (details ??= {})[field.slice('also.'.length)] = text
  }
  return details
}

/** Degrees, from the grid where there are none. Half a coordinate is none; nought and nought is what is written for nothing. */
function pointOf(row: Row): { lat: number | undefined; lon: number | undefined } {
  const lat = numberOf(row, 'lat', -90, 90)
  const lon = numberOf(row, 'lon', -180, 180)
  if (lat !== undefined && lon !== undefined && (lat !== 0 || lon !== 0)) return { lat, lon }
  const easting = numberOf(row, 'easting', 0, 700_000)
  const northing = numberOf(row, 'northing', 0, 1_300_000)
  if (easting === undefined || northing === undefined || easting * northing === 0)
    return { lat: undefined, lon: undefined }
  const point = fromGrid(easting, northing)
  return { lat: Number(point.lat.toFixed(6)), lon: Number(point.lon.toFixed(6)) }
}

/** The offence of a row, or undefined when it names none. A crime needs a code; without one its row is refused. */
export function readOffence(row: Row, seq: number, kind: SourceRecord['kind']): SourceOffence | undefined {
  const code = kind === 'non_crime' ? textOf(row, 'offence.code') : neededText(row, 'offence.code')
  const main = textOf(row, 'offence.title')
  const sub = textOf(row, 'offence.subtitle')
  const said = [main, sub].filter((part) => part !== undefined).join(' - ')
  const title = said === '' && kind === 'non_crime' ? (textOf(row, 'nonCrimeType') ?? '') : said
  const outcomeCode = outcomeOf(row, 'offence.outcomeCode')
  const outcomeAt = instantOf(row, 'offence.outcomeAt')
  if (code === undefined) return undefined
  const detail = textOf(row, 'offence.codeDetail')
  return {
    seq: numberOf(row, 'offence.seq', 0, MOST_SEQ) ?? seq,
    code: detail === undefined ? code : `${code}/${detail}`,
    title: title === '' ? code : title,
    ...defined({ cjsCode: textOf(row, 'offence.cjsCode'), outcomeCode, outcomeAt }),
  }
}

const ROLES = ['victim', 'suspect', 'witness', 'child', 'other'] as const

/** The person that the columns beginning with `prefix` describe; undefined when all of them are blank. */
export function readParty(
  row: Row,
  prefix: string,
  seq: number,
  role: SourceParty['role'] | undefined,
  reportedAt: string | undefined,
): SourceParty | undefined {
  const field = fieldsOf(prefix)
  const known = PERSON_FIELDS.some((name) => textOf(row, field[name]) !== undefined)
  if (!known) return undefined
  const found = codeOf(row, field.role, 'role', ROLES) ?? role
  let dob = dayOf(row, field.dob)
  if (dob !== undefined && reportedAt !== undefined) {
    if (dob > reportedAt.slice(0, 10)) dob = complain(row, field.dob, 'is after the report')
    else if (Number(reportedAt.slice(0, 4)) - Number(dob.slice(0, 4)) > 120) {
      dob = complain(row, field.dob, 'makes the person older than 120')
    }
  }
  const details = defined({
    mentionRef: textOf(row, field.mentionRef),
    nominal: textOf(row, field.nominal),
    forenames: textOf(row, field.forenames),
    surname: textOf(row, field.surname),
    knownAs: textOf(row, field.knownAs),
    dob,
    ...agesOf(row, field.age),
    sex: codeOf(row, field.sex, 'sex', ['M', 'F', 'U'] as const),
    ethnicity: textOf(row, field.ethnicity),
    language: textOf(row, field.language),
    address: textOf(row, field.address),
    postcode: postcodeOf(row, field.postcode),
    phone: textOf(row, field.phone),
    relationship: wordOf(row, field.relationship, 'relationship'),
    arrestedAt: instantOf(row, field.arrestedAt),
    custodyRef: textOf(row, field.custodyRef),
    policeEmployee: claimOf(row, field.policeEmployee),
    addressProtected: isMarked(row, field.addressProtected) || undefined,
  })
  if (row.refused || found === undefined) return undefined
  return { seq: numberOf(row, field.seq, 0, MOST_SEQ) ?? seq, role: found, ...details }
}

const PERSON_FIELDS = [
  'mentionRef', 'role', 'nominal', 'forenames', 'surname', 'knownAs', 'dob', 'age', 'sex', 'ethnicity', 'address', 'phone', 'relationship',
  'arrestedAt', 'custodyRef',
] as const // prettier-ignore
const OTHER_FIELDS = ['seq', 'language', 'postcode', 'policeEmployee', 'addressProtected'] as const
type PersonFields = Readonly<Record<(typeof PERSON_FIELDS)[number] | (typeof OTHER_FIELDS)[number], string>>

const prefixed = new Map<string, PersonFields>()

/** The fields of a person under a prefix, made once. */
function fieldsOf(prefix: string): PersonFields {
  let fields = prefixed.get(prefix)
  if (fields === undefined) {
    const names = [...PERSON_FIELDS, ...OTHER_FIELDS]
    // sound: every name of the type is among the names
    fields = Object.fromEntries(names.map((name) => [name, `${prefix}.${name}`])) as unknown as PersonFields
    prefixed.set(prefix, fields)
  }
  return fields
}

/** An age in years, or a range of them ("30-35"). */
function agesOf(row: Row, field: string): { ageFrom: number | undefined; ageTo: number | undefined } {
  const none = { ageFrom: undefined, ageTo: undefined }
  const text = textOf(row, field)
  if (text === undefined) return none
  const found = /^(\d{1,3})(?:\s*(?:-|–|to)\s*(\d{1,3}))?$/.exec(text)
  const from = Number(found?.[1])
  const to = found?.[2] === undefined ? from : Number(found[2])
  if (found !== null && to >= from && to <= 120) return { ageFrom: from, ageTo: to }
  complain(row, field, `"${text}" is not an age`)
  return none
}

/** Puts a record in order (offences and parties by number) and signs it. */
export function finish(record: SourceRecord): SourceRecord {
  record.offences.sort((a, b) => a.seq - b.seq)
  record.parties.sort((a, b) => a.seq - b.seq)
  record.relations.sort((a, b) => a.victimSeq - b.victimSeq || a.suspectSeq - b.suspectSeq)
  record.hash = hash('sha256', contentText(record), 'hex')
  return record
}

function sorted(details: SourceRecord['details']): [string, string][] | undefined {
  return details && Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The content of a record as one text, in an order of its own so that how a record was built does not matter. */
function contentText(r: SourceRecord): string {
  return JSON.stringify([
    [r.source, r.ref, r.kind, r.status, r.domestic, r.reportedAt, r.committedFrom, r.committedTo, r.updatedAt],
    [r.bcu, r.boroughCode, r.wardCode, r.place, r.address, r.postcode, r.lat, r.lon],
    [r.channel, r.riskGrade, r.flags, r.summary, r.arrestMade, sorted(r.details)],
    r.offences.map((o) => [o.seq, o.code, o.cjsCode, o.title, o.outcomeCode, o.outcomeAt]),
    r.parties.map((p) => [
      [p.seq, p.mentionRef, p.role, p.nominal, p.forenames, p.surname, p.knownAs, p.dob, p.ageFrom, p.ageTo, p.sex],
      [p.ethnicity, p.language, p.address, p.postcode, p.phone, p.relationship, p.arrestedAt, p.custodyRef],
      p.policeEmployee,
      // absent where nothing is marked, so that records taken in before there was the mark stay the same
      ...(p.addressProtected ? ['protected'] : []),
    ]),
    r.relations.map((one) => [one.victimSeq, one.suspectSeq, one.relationship]),
  ])
}
