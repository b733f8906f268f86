import { isoMinute } from './calendar.ts'
import { csvLine } from './csv.ts'
import { otherForename } from './dyads.ts'
import { drawHome, phoneNumber } from './homes.ts'
import { drawSurname } from './names.ts'
import { noiseWriter } from './noise.ts'
import { type Person, type Register, bornAt } from './people.ts'
import { type Random, pickOne } from './random.ts'
import { type Entry, channelNames, narrative } from './records.ts'
import type { Reference } from './reference.ts'

export const incidentColumns =
  'crime_ref,incident_ref,record_kind,reported_dt,committed_from,committed_to,crime_status,da_flag,flags,risk_grade,' +
  'bcu,borough_code,ward_code,location_type,address,postcode,lat,lon,channel,mo_text,last_updated'
export const offenceColumns = 'crime_ref,offence_seq,offence_code,cjs_code,offence_title,outcome_code,outcome_dt'
export const personColumns =
  'crime_ref,person_seq,mention_ref,role,nominal_id,forenames,surname,known_as,dob,sex,ethnicity_sde,language,address,' +
  'postcode,phone,relationship_to_suspect,arrest_dt,custody_ref,police_employee'

/** The lines of one record, for the three files it goes into, and what the truth file says of it. */
export interface Lines {
  readonly incident: string
  readonly offence: string
  readonly persons: string
  /** `mention_ref,person_id` */
  readonly mentions: string
  /** How many people the record names. */
  readonly people: number
  readonly redaction: string
  /** When an early version was sent first: its lines; the ones above are then the correction. */
  readonly early: { readonly incident: string; readonly offence: string } | undefined
}

/** Writes a record's lines; `ref` is unique in the whole folder. */
export type LineWriter = (entry: Entry, ref: string) => Lines

// Share of crimes whose outcome is sent later, in a file of the week it was decided (assumption).
const correctedShare = 0.02

/** Prepares the writing of one BCU's records. Records must come in order of report, as nominals are reused over time. */
export function lineWriter(random: Random, reference: Reference, register: Register, bcu: string): LineWriter {
  const { parameters } = reference
  const write = noiseWriter(random, reference)
  const factors = new Map(parameters.shares('noise.channel_factor'))
  const mean = parameters
    .shares('noise.channel_share')
    .reduce((sum, [name, share]) => sum + share * (factors.get(name) ?? 1), 0)
  const rates = {
    noDob: parameters.number('suspects.name_only_no_dob'),
    nickname: parameters.number('suspects.nickname_or_alias_only'),
    noAddress: parameters.number('suspects.suspect_address_missing'),
    falseDetails: parameters.number('suspects.deliberately_false_details_at_arrest'),
    sexWrong: parameters.number('noise.sex_wrong'),
    sexUnknown: parameters.number('people.victim_sex_not_recorded'),
    noEthnicity: parameters.number('people.ethnicity_not_recorded'),
    noPhone: parameters.number('noise.phone_missing'),
    phoneChange: parameters.number('noise.phone_changed_per_year'),
    postcode: parameters.number('noise.postcode_differs'),
    sameAddress: parameters.number('where.repeat_same_address'),
    sharedPhone: parameters.number('noise.hard_cases.two people sharing a phone'),
  }
  let nominalCount = 0
  let custodyCount = 0
  let lastNominal = ''

  const nominalOf = (person: Person): string => {
    // One in a thousand is put on somebody else's nominal.
    if (lastNominal !== '' && random.chance(0.001)) return lastNominal
    if (person.nominals.length > 0 && random.chance(0.55)) return pickOne(random, person.nominals)
    nominalCount++
    const nominal = `SYN-N-${bcu}-${String(10000000 + nominalCount).slice(1)}`
    person.nominals.push(nominal)
    lastNominal = nominal
    return nominal
  }

  const addressOf = (person: Person, factor: number, suspect: boolean): readonly [string, string] => {
    if (suspect && random.chance(rates.noAddress)) return ['', '']
    if (person.noFixedAddress) return ['No fixed address', '']
    if (person.addressWithheld) return ['Address withheld', '']
    if (!random.chance(Math.min(0.95, rates.postcode * factor))) return [person.home.address, person.home.postcode]
    const at = random.next()
    if (at < 0.4) return [!suspect && random.chance(0.5) ? '' : person.home.address, '']
    if (at < 0.75) return [person.earlierHome.address, person.earlierHome.postcode]
    // One digit of the second half mistyped: still nobody's postcode.
    const digit = person.home.postcode.length - 3
    const typed = (Number(person.home.postcode.charAt(digit)) + random.between(1, 9)) % 10
    return [
      person.home.address,
      `${person.home.postcode.slice(0, digit)}${typed}${person.home.postcode.slice(digit + 1)}`,
    ]
  }

  const personLine = (entry: Entry, ref: string, seq: number, role: string, person: Person, other: Person): string => {
    const suspect = role === 'suspect'
    const factor = (factors.get(channelNames[entry.channel]) ?? 1) / mean
    const written = write(person, factor, other.born)
    let { forenames, surname, dob } = written
    let knownAs = person.alias !== '' && suspect && random.chance(0.7) ? person.alias : ''
    let sex: string = random.chance(rates.sexWrong) ? (person.sex === 'M' ? 'F' : 'M') : person.sex
    if (random.chance(rates.sexUnknown)) sex = 'U'
    let [address, postcode] = addressOf(person, factor, suspect)
    const known = !suspect || entry.suspectKnown
    if (suspect) {
      if (random.chance(rates.noDob)) dob = ''
      if (random.chance(rates.nickname)) {
        knownAs = person.alias === '' ? forenames : person.alias
        forenames = ''
        surname = ''
        dob = ''
      } else if (entry.arrestAt >= 0 && random.chance(rates.falseDetails)) {
        forenames = otherForename(random, reference, person)
        surname = drawSurname(random, reference.names, person.group)
        dob = dob === '' ? '' : isoMinute((person.born + random.between(-900, 900)) * 1440).slice(0, 10)
      }
    }
    if (!known) {
      forenames = ''
      surname = ''
      knownAs = ''
      dob = ''
      address = ''
      postcode = ''
    }
    const year = Math.floor(entry.reported / 525960)
    const owner = random.chance(rates.sharedPhone) ? other : person
    // A new number every four years or so: the year of each person's change differs.
    const key = owner.phoneKey + 7919 * Math.floor(year * rates.phoneChange + (owner.phoneKey % 97) / 97)
    const phone = !known || role === 'child' || random.chance(rates.noPhone) ? '' : phoneNumber(key, random.below(4))
    if (suspect && entry.arrestAt >= 0) custodyCount++
    return csvLine([
      ref,
      seq,
      `${ref}-${seq}`,
      role,
      known ? nominalOf(person) : '',
      forenames,
      surname,
      knownAs,
      dob,
      sex,
      !known || random.chance(rates.noEthnicity) ? 'NS' : person.ethnicity,
      known && random.chance(0.8) ? person.language : '',
      address,
      postcode,
      phone,
      role === 'victim' ? entry.dyad.relation : '',
      suspect && entry.arrestAt >= 0 ? isoMinute(entry.arrestAt) : '',
      suspect && entry.arrestAt >= 0 ? `SYN-CU-${bcu}-${String(1000000 + custodyCount).slice(1)}` : '',
      suspect && known && person.police ? 'Y' : '',
    ])
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

  return (entry, ref) => {
    const { victim, suspect } = entry.dyad
    const day = Math.floor(entry.reported / 1440)
    const cast: [string, Person, Person][] = [
      ['victim', victim, suspect],
      ['suspect', suspect, victim],
    ]
    if (entry.flags.includes('children_present') && random.chance(0.3))
      cast.push(['child', childOf(victim, day), victim])
    if (random.chance(0.06)) {
      const borough = entry.borough
      const witness = register.make({
        sex: random.chance(0.5) ? 'F' : 'M',
        born: bornAt(random, random.between(18, 75), day),
        borough,
      })
      cast.push(['witness', witness, victim])
    }
    let persons = ''
    let mentions = ''
    for (const [place, [role, person, other]] of cast.entries()) {
      persons += personLine(entry, ref, place + 1, role, person, other)
      mentions += csvLine([`${ref}-${place + 1}`, person.id])
    }
    const atVictims = entry.place.startsWith('victim') && victim.home.borough === entry.borough
    const home =
      atVictims && random.chance(rates.sameAddress + 0.2) ? victim.home : drawHome(random, reference, entry.borough)
    const dwelling = !entry.place.startsWith('online')
    let text = narrative(random, entry)
    let redaction = ''
    if (random.chance(0.02)) {
      const told = pickOne(random, [
        ['name', `${victim.forename} ${victim.surname}`],
        ['phone', phoneNumber(victim.phoneKey, 0)],
        ['address', victim.home.address],
      ] as const)
      text +=
        told[0] === 'name'
          ? ` ${told[1]} was present.`
          : told[0] === 'phone'
            ? ` Call back on ${told[1]}.`
            : ` Now staying at ${told[1]}.`
      redaction = csvLine([ref, told[0], told[1]])
    }
    const incident = (updated: number): string =>
      csvLine([
        ref,
        `SYN-CAD-${ref.slice(4)}`,
        entry.offence === undefined ? 'non_crime' : 'crime',
        isoMinute(entry.reported),
        isoMinute(entry.from),
        isoMinute(entry.to),
        entry.status,
        'Y',
        entry.flags.join(';'),
        entry.risk,
        bcu,
        entry.borough.code,
        home.ward,
        placeCodes.get(entry.place) ?? '',
        dwelling ? home.address : '',
        dwelling ? home.postcode : '',
        dwelling ? home.lat : '',
        dwelling ? home.lon : '',
        entry.channel,
        text,
        isoMinute(updated),
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
          ])
    const first = entry.reported + random.between(60, 2880)
    const corrected = entry.outcomeAt > first && random.chance(correctedShare)
    return {
      incident: incident(Math.max(first, entry.outcomeAt)),
      offence: offence(entry.outcome, entry.outcomeAt),
      persons,
      mentions,
      people: cast.length,
      redaction,
      early: corrected ? { incident: incident(first), offence: offence('99', -1) } : undefined,
    }
  }
}

const placeCodes: ReadonlyMap<string, string> = new Map([
  ['victim home or shared home', 'victim_home'],
  ['suspect home', 'suspect_home'],
  ['other home', 'other_home'],
  ['street or public', 'public_place'],
  ['work, school, hospital', 'institution'],
  ['online or phone only', 'online'],
])
