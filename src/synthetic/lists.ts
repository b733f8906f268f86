import type { Entry } from './arrests.ts'
import { WATERMARK, csvLine } from './csv.ts'
import type { Mention, MentionWriter, Occasion } from './mentions.ts'
import type { Operation } from './operations.ts'
import { type Person, type Register, window } from './people.ts'
import type { Random } from './random.ts'
import type { Reference } from './reference.ts'

const person = (who: string): string =>
  ['mention_ref', 'forenames', 'surname', 'dob', 'sex'].map((column) => `${who}_${column}`).join(',')

/**
 * The lists beside the records, each a folder of CSV files for a later module to take in. A `..._mention_ref` says whose
 * details they are: those of the record itself (`crime_ref-1`) or a mention of the list's own (`truth/list-mentions.csv`).
 */
export const listColumns = {
  custody:
    `custody_ref,crime_ref,bcu,station,arrest_dt,offence_code,cjs_code,${person('detained')},detained_ethnicity_sde,` +
    'detained_language,detained_address,detained_postcode,detained_phone,nominal_id,disposal,disposal_dt,operation',
  bail:
    `bail_ref,custody_ref,crime_ref,bcu,bail_type,${person('bailed')},victim_mention_ref,arrest_dt,bail_from,` +
    'three_months_end,extended_to,extended_by_rank,bail_to,status,return_station,victim_views_sought,breach_reported_dt,' +
    'breach_result',
  'bail-conditions':
    'bail_ref,condition_seq,condition_code,condition_text,protects_mention_ref,address,postcode,lat,lon,radius_m,hours,station',
  court:
    `case_ref,asn,custody_ref,crime_ref,bcu,court,court_type,hearing_dt,hearing_type,${person('defendant')},` +
    'defendant_address,defendant_postcode,offence_seq,cjs_code,offence_title,plea,verdict,remand_status,result_seq,' +
    'result_code,result_text,result_value,result_unit,next_hearing_dt',
  orders:
    'order_ref,order_type,route,based_on_ref,crime_ref,bcu,borough_code,court,authorised_by_rank,authorised_dt,served_dt,' +
    `hearing_dt,result,made_on,ends_on,terms,premises_address,premises_postcode,${person('p')},${person('v')},` +
    'breach_reported_dt,operation',
  marac:
    'case_ref,marac,borough_code,bcu,crime_ref,referring_agency,referred_dt,reason,risk_grade,meeting_on,is_repeat,' +
    `previous_meeting_on,${person('victim')},victim_phone,safe_to_call,${person('perpetrator')},perpetrator_aware,` +
    'relationship,children,consent,idva_referred,idva_engaged,actions',
  dvds:
    'application_ref,route,channel,received_dt,bcu,borough_code,duplicate_declared,applicant_is_third_party,' +
    `${person('a')},a_phone,a_safe_hours,${person('b')},b_address,c_mention_ref,c_forenames,c_surname,relationship,` +
    'checks_dt,met_dt,panel_on,decided_on,decision,disclosed_to,closed_as,operation',
  operations: 'operation,name,first_day,last_day,arrests,women_arrested,charges,cautions,orders,dvds_applications',
} as const
export type ListKind = keyof typeof listColumns

export type Row = Readonly<Record<string, string | number>>

/** One line of a list, by the names of its columns. @throws RangeError for a name the list does not have */
export function listLine(kind: ListKind, row: Row): string {
  const columns = listColumns[kind].split(',')
  for (const name of Object.keys(row))
    if (!columns.includes(name)) throw new RangeError(`${kind} has no column ${name}`)
  return csvLine([...columns.map((name) => row[name] ?? ''), WATERMARK])
}

/** What the lists of one BCU are made from. */
export interface Bcu {
  readonly code: string
  readonly name: string
  readonly random: Random
  readonly reference: Reference
  readonly register: Register
  /** In order of report. */
  readonly entries: readonly Entry[]
  readonly refOf: (entry: Entry) => string
  readonly custodyRefOf: (entry: Entry) => string
  /** Minute in which somebody was killed. */
  readonly died: ReadonlyMap<Person, number>
  readonly operations: readonly Operation[]
  readonly mention: MentionWriter
  /** Keeps a line for the file of the day's period; a day outside the window goes to its nearest. */
  readonly add: (kind: ListKind, day: number, row: Row) => void
  /** Writes a mention of a list's own and tells the truth file whose it is. */
  readonly mentionAs: (mentionRef: string, occasion: Occasion) => Mention
  /** Tells the truth file that one line of a list says again what another said. */
  readonly duplicate: (kind: ListKind, ref: string, of: string) => void
}

/** The columns of a person under a prefix. */
export function personColumnsOf(who: string, mentionRef: string, one: Mention): Row {
  return {
    [`${who}_mention_ref`]: mentionRef,
    [`${who}_forenames`]: one.forenames,
    [`${who}_surname`]: one.surname,
    [`${who}_dob`]: one.dob,
    [`${who}_sex`]: one.sex,
  }
}

/** True while nobody has killed the person. */
export function isAlive(bcu: Bcu, one: Person, day: number): boolean {
  const died = bcu.died.get(one)
  return died === undefined || day * 1440 < died
}

/** A number that is unique in its list and BCU: `SYN-BA-AW-000001`. */
export function numberer(bcu: Bcu, kind: string): () => string {
  let count = 0
  return () => `SYN-${kind}-${bcu.code}-${String(1000000 + ++count).slice(1)}`
}

/** The last day the extracts know of. */
export const lastDay = window.end - 1

const stations = ['Northgate', 'Kingsmead', 'Bridge Road', 'Market Street'] as const

/** A made-up police station of the BCU. */
export function stationOf(bcu: Bcu): string {
  const station = stations[bcu.random.below(stations.length)] ?? stations[0]
  return `${station} (${bcu.name}, invented)`
}
