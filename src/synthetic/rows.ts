import type { Entry } from './arrests.ts'
import { isoMinute } from './calendar.ts'
import { WATERMARK, csvLine } from './csv.ts'
import { type Home, drawHome } from './homes.ts'
import { type Mention, type MentionWriter, unknownPerson } from './mentions.ts'
import { narrative, withSlip } from './narratives.ts'
import { type Person, type Register, bornAt, homeOn } from './people.ts'
import { type Random, pickOne } from './random.ts'
import type { Reference } from './reference.ts'

export const incidentColumns =
  'crime_ref,incident_ref,record_kind,reported_dt,committed_from,committed_to,crime_status,da_flag,flags,risk_grade,' +
  `bcu,borough_code,ward_code,location_type,address,postcode,lat,lon,channel,mo_text,last_updated,${WATERMARK}`
export const offenceColumns = `crime_ref,offence_seq,offence_code,cjs_code,offence_title,outcome_code,outcome_dt,${WATERMARK}`
export const personColumns =
  'crime_ref,person_seq,mention_ref,role,nominal_id,forenames,surname,known_as,dob,sex,ethnicity_sde,language,address,' +
  `postcode,phone,relationship_to_suspect,arrest_dt,custody_ref,police_employee,address_protected,${WATERMARK}`
/** Of calls to 999 and of online reports that did not become crimes: one line each, with what the first teller said. */
export const reportColumns =
  'report_ref,incident_ref,received_dt,happened_from,happened_to,record_kind,da_flag,flags,risk_grade,bcu,borough_code,' +
  'ward_code,location_type,address,postcode,lat,lon,channel,text,' +
  ['victim', 'suspect']
    .flatMap((who) =>
      'mention_ref,forenames,surname,known_as,dob,sex,ethnicity_sde,language,address,postcode,phone'
        .split(',')
        .map((column) => `${who}_${column}`),
    )
    .join(',') +
  `,victim_email,relationship_to_suspect,suspect_police_employee,victim_address_protected,suspect_address_protected,last_updated,${WATERMARK}`

/** The lines of one record, for the files they go into, and what the truth files say of it. */
export interface Lines {
  readonly incident: string
  readonly offence: string
  readonly persons: string
  /** In place of the three: the line of a call or an online report that stayed one. */
  readonly report: string
  /** `mention_ref,person_id` */
  readonly mentions: string
  /** How many people the record names. */
  readonly people: number
  readonly redaction: string
  /** Lines of `truth/marks.csv`. */
  readonly marks: string
  /** When an early version was sent first: its lines; the ones above are then the correction. */
  readonly early: { readonly incident: string; readonly offence: string } | undefined
  /** What the record says of its victim and suspect, and the account itself. */
  readonly told: { readonly victim: Mention; readonly suspect: Mention; readonly text: string }
}

/** Writes a record's lines. `ref` is unique in the whole folder; `custodyRef` is empty without an arrest. */
export type LineWriter = (entry: Entry, ref: string, custodyRef: string) => Lines

// Share of crimes whose outcome is sent later, in a file of the week it was decided (assumption).
const correctedShare = 0.02

/** True for a record that only the control room or the online desk holds, because no crime was recorded. */
export function staysAReport(entry: Entry): boolean {
  return entry.offence === undefined && (entry.channel === 'call_999' || entry.channel === 'online')
}

/** Prepares the writing of one BCU's records. Records must come in order of report, as nominals are reused over time. */
export function lineWriter(
  random: Random,
  reference: Reference,
  register: Register,
  bcu: string,
  mention: MentionWriter,
): LineWriter {
  const sameAddress = reference.parameters.number('where.repeat_same_address')
  let nominalCount = 0
  let lastNominal = ''

  // Mostly one already held for the person. One in a thousand is put on somebody else's.
  const nominalOf = (person: Person): { nominal: string; wrong: boolean } => {
    if (lastNominal !== '' && random.chance(0.001)) return { nominal: lastNominal, wrong: true }
    if (person.nominals.length > 0 && random.chance(0.55))
      return { nominal: pickOne(random, person.nominals), wrong: false }
    nominalCount++
    const nominal = `SYN-N-${bcu}-${String(10000000 + nominalCount).slice(1)}`
    person.nominals.push(nominal)
    lastNominal = nominal
    return { nominal, wrong: false }
  }

  const childOf = (person: Person, day: number): Person => {
    const held = person.children.filter((child) => child.born < day)
    if (held.length > 0 && random.chance(0.7)) return pickOne(random, held)
    const child = register.make({
      sex: random.chance(0.51) ? 'M' : 'F',
      born: bornAt(random, random.below(16), day),
      borough: person.home.borough,
      home: person.home,
      surname: person.surname,
      ethnicity: person.ethnicity,
      group: person.group,
    })
    person.children.push(child)
    return child
  }

  const castOf = (
    entry: Entry,
  ): { role: 'victim' | 'suspect' | 'child' | 'witness'; person: Person; other: Person }[] => {
    const { victim, suspect } = entry.dyad
    const cast: ReturnType<typeof castOf> = [
      { role: 'victim', person: victim, other: suspect },
      { role: 'suspect', person: suspect, other: victim },
    ]
    if (staysAReport(entry)) return cast
    const day = Math.floor(entry.reported / 1440)
    if (entry.flags.includes('children_present') && random.chance(0.3))
      cast.push({ role: 'child', person: childOf(victim, day), other: victim })
    if (random.chance(0.06)) {
      const sex = random.chance(0.5) ? 'F' : 'M'
      const born = bornAt(random, random.between(18, 75), day)
      cast.push({ role: 'witness', person: register.make({ sex, born, borough: entry.borough }), other: victim })
    }
    return cast
  }

  const placeOf = (entry: Entry): readonly (string | number)[] => {
    const home = homeOn(entry.dyad.victim, Math.floor(entry.reported / 1440))
    const atVictims = entry.place.startsWith('victim') && home.borough === entry.borough
    const place: Home =
      atVictims && random.chance(sameAddress + 0.2) ? home : drawHome(random, reference, entry.borough)
    const kind = placeCodes.get(entry.place) ?? ''
    return entry.place.startsWith('online')
      ? [place.ward, kind, '', '', '', '']
      : [place.ward, kind, place.address, place.postcode, place.lat, place.lon]
  }

  return (entry, ref, custodyRef) => {
    const { arrest, reported } = entry
    let persons = ''
    let mentions = ''
    let marks = ''
    const cast = castOf(entry)
    const written = cast.map(({ role, person, other }, place) => {
      const seq = place + 1
      const known = role !== 'suspect' || entry.suspectKnown
      const isArrested = role === 'suspect' && arrest !== undefined
      const told = known
        ? mention({
            person,
            other,
            role,
            channel: entry.channel,
            at: reported,
            arrest: isArrested ? arrest : undefined,
          })
        : unknownPerson(person)
      // these files hold a protected address, with its mark, where the lists leave it out
      const home = homeOn(person, Math.floor(reported / 1440))
      const isProtected = known && person.addressWithheld
      const one = isProtected ? { ...told, address: home.address, postcode: home.postcode } : told
      mentions += csvLine([`${ref}-${seq}`, person.id, WATERMARK])
      if (isArrested && arrest.falseDetails !== undefined)
        marks += csvLine([`${ref}-${seq}`, 'false_details', WATERMARK])
      if (staysAReport(entry)) return one
      const held = known ? nominalOf(person) : { nominal: '', wrong: false }
      if (held.wrong) marks += csvLine([`${ref}-${seq}`, 'nominal_of_another', WATERMARK])
      persons += csvLine([
        ref,
        seq,
        `${ref}-${seq}`,
        role,
        held.nominal,
        one.forenames,
        one.surname,
        one.knownAs,
        one.dob,
        one.sex,
        one.ethnicity,
        one.language,
        one.address,
        one.postcode,
        one.phone,
        role === 'victim' ? entry.dyad.relation : '',
        isArrested ? isoMinute(arrest.at) : '',
        isArrested ? custodyRef : '',
        role === 'suspect' && known && person.police ? 'Y' : '',
        isProtected ? 'Y' : '',
        WATERMARK,
      ])
      return one
    })
    const [victim = unknownPerson(entry.dyad.victim), suspect = unknownPerson(entry.dyad.suspect)] = written
    const place = placeOf(entry)
    const style = entry.channel === 'call_999' ? 'call' : entry.channel === 'online' ? 'report' : 'officer'
    const account = narrative(random, entry, staysAReport(entry) ? style : 'officer')
    const { text, givenAway } = withSlip(random, account, entry.dyad.victim, Math.floor(reported / 1440))
    const redaction = givenAway === undefined ? '' : csvLine([ref, givenAway.kind, givenAway.words, WATERMARK])
    const first = reported + random.between(60, 2880)
    const base = { mentions, people: cast.length, redaction, marks, told: { victim, suspect, text } }
    const incidentRef = `SYN-CAD-${ref.slice(4)}`
    const flags = entry.flags.join(';')
    if (staysAReport(entry)) {
      const report = csvLine([
        ref,
        incidentRef,
        isoMinute(reported),
        isoMinute(entry.from),
        isoMinute(entry.to),
        'non_crime',
        'Y',
        flags,
        entry.risk,
        bcu,
        entry.borough.code,
        ...place,
        entry.channel,
        text,
        `${ref}-1`,
        ...detailsOf(victim),
        `${ref}-2`,
        ...detailsOf(suspect),
        entry.channel === 'online' ? emailOf(victim, ref) : '',
        entry.dyad.relation,
        entry.suspectKnown && entry.dyad.suspect.police ? 'Y' : '',
        entry.dyad.victim.addressWithheld ? 'Y' : '',
        entry.suspectKnown && entry.dyad.suspect.addressWithheld ? 'Y' : '',
        isoMinute(first),
        WATERMARK,
      ])
      return { ...base, incident: '', offence: '', persons: '', report, early: undefined }
    }
    const incident = (updated: number): string =>
      csvLine([
        ref,
        incidentRef,
        entry.offence === undefined ? 'non_crime' : 'crime',
        isoMinute(reported),
        isoMinute(entry.from),
        isoMinute(entry.to),
        entry.status,
        'Y',
        flags,
        entry.risk,
        bcu,
        entry.borough.code,
        ...place,
        entry.channel,
        text,
        isoMinute(updated),
        WATERMARK,
      ])
    const offence = (outcome: string, at: number): string =>
      entry.offence === undefined
        ? ''
        : csvLine([
            ref,
            1,
            entry.offence.id,
            entry.offence.cjsCode,
            entry.offence.title,
            outcome,
            at < 0 ? '' : isoMinute(at),
            WATERMARK,
          ])
    const corrected = entry.outcomeAt > first && random.chance(correctedShare)
    return {
      ...base,
      incident: incident(Math.max(first, entry.outcomeAt)),
      offence: offence(entry.outcome, entry.outcomeAt),
      persons,
      report: '',
      early: corrected ? { incident: incident(first), offence: offence('99', -1) } : undefined,
    }
  }
}

function detailsOf(one: Mention): string[] {
  const { forenames, surname, knownAs, dob, sex, ethnicity, language, address, postcode, phone } = one
  return [forenames, surname, knownAs, dob, sex, ethnicity, language, address, postcode, phone]
}

/** An address of nobody's, in a domain set aside for examples (RFC 2606). */
export function emailOf(one: Mention, ref: string): string {
  const name = `${one.forenames} ${one.surname}`
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '.')
  const number = Number(ref.slice(-3))
  return `${name === '' ? 'writer' : name}${number}@example.${number % 2 === 0 ? 'org' : 'net'}`
}

const placeCodes: ReadonlyMap<string, string> = new Map([
  ['victim home or shared home', 'victim_home'],
  ['suspect home', 'suspect_home'],
  ['other home', 'other_home'],
  ['street or public', 'public_place'],
  ['work, school, hospital', 'institution'],
  ['online or phone only', 'online'],
])
