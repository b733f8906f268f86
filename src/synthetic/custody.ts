import type { Entry } from './arrests.ts'
import { isoDay, isoMinute } from './calendar.ts'
import { type Bcu, type Row, lastDay, numberer, personColumnsOf, stationOf } from './lists.ts'
import type { Mention } from './mentions.ts'
import { homeOn } from './people.ts'
import { pickOne, sample } from './random.ts'

/** Somebody who was arrested, as the custody record has them. */
export interface Detained {
  readonly entry: Entry
  readonly mentionRef: string
  readonly mention: Mention
}

/** Writes the custody, bail and bail-condition lists of a BCU. */
export function writeCustody(bcu: Bcu): Detained[] {
  const { random } = bcu
  const detained = bcu.entries.flatMap((entry): Detained[] => {
    const { arrest, dyad } = entry
    if (arrest === undefined) return []
    const mentionRef = bcu.custodyRefOf(entry)
    const mention = bcu.mentionAs(mentionRef, {
      person: dyad.suspect,
      other: dyad.victim,
      role: 'suspect',
      channel: 'custody',
      at: arrest.at,
      arrest,
    })
    bcu.add('custody', Math.floor(arrest.at / 1440), {
      custody_ref: mentionRef,
      crime_ref: bcu.refOf(entry),
      bcu: bcu.code,
      station: stationOf(bcu),
      arrest_dt: isoMinute(arrest.at),
      offence_code: entry.offence?.id ?? '',
      cjs_code: entry.offence?.cjsCode ?? '',
      ...personColumnsOf('detained', mentionRef, mention),
      detained_ethnicity_sde: mention.ethnicity,
      detained_language: mention.language,
      detained_address: mention.address,
      detained_postcode: mention.postcode,
      detained_phone: mention.phone,
      nominal_id: arrest.falseDetails === undefined ? (dyad.suspect.nominals[0] ?? '') : '',
      disposal: arrest.disposal,
      disposal_dt: isoMinute(arrest.disposedAt),
      operation: arrest.operation,
    })
    return [{ entry, mentionRef, mention }]
  })
  const bailed = detained.filter(({ entry }) => entry.arrest?.bail !== undefined)
  const rate = bcu.reference.parameters.number('justice.bail_breach_reported')
  const breached = new Set(sample(random, bailed, Math.round(bailed.length * rate)))
  const nextRef = numberer(bcu, 'BA')
  for (const one of bailed) writeBail(bcu, one, nextRef(), breached.has(one))
  return detained
}

function writeBail(bcu: Bcu, { entry, mentionRef, mention }: Detained, bailRef: string, isBreached: boolean): void {
  const { random } = bcu
  const { arrest } = entry
  const bail = arrest?.bail
  if (arrest === undefined || bail === undefined) return
  const day = Math.floor(bail.from / 1440)
  const end = Math.min(bail.last, lastDay)
  // What is still to come is not known: a live bail ends when its present period does.
  const isLive = bail.last > lastDay
  let extendedTo = 0
  if (end > bail.threeMonths) extendedTo = bail.sixMonths
  if (end > bail.sixMonths) extendedTo = bail.nineMonths
  const breachedAt = Math.max(
    bail.from + 60,
    random.between(day + 1, Math.max(day + 1, end)) * 1440 + random.below(1440),
  )
  const known = isBreached && breachedAt < (lastDay + 1) * 1440
  bcu.add('bail', day, {
    bail_ref: bailRef,
    custody_ref: bcu.custodyRefOf(entry),
    crime_ref: bcu.refOf(entry),
    bcu: bcu.code,
    bail_type: 'pre_charge',
    ...personColumnsOf('bailed', mentionRef, mention),
    victim_mention_ref: `${bcu.refOf(entry)}-1`,
    arrest_dt: isoMinute(arrest.at),
    bail_from: isoMinute(bail.from),
    three_months_end: isoDay(bail.threeMonths),
    extended_to: extendedTo === 0 ? '' : isoDay(extendedTo),
    extended_by_rank: extendedTo === 0 ? '' : extendedTo === bail.sixMonths ? 'inspector' : 'superintendent',
    bail_to: isoDay(isLive ? Math.max(bail.threeMonths, extendedTo) : bail.last),
    status: isLive ? 'live' : 'ended',
    return_station: stationOf(bcu),
    // The views of seven victims in eight were sought (assumption).
    victim_views_sought: random.chance(0.875) ? 'Y' : 'N',
    breach_reported_dt: known ? isoMinute(breachedAt) : '',
    breach_result: known ? pickOne(random, ['arrested', 'arrested', 'advice', 'no_further_action'] as const) : '',
  })
  for (const [place, condition] of conditionsOf(bcu, entry, day).entries())
    bcu.add('bail-conditions', day, {
      bail_ref: bailRef,
      condition_seq: place + 1,
      protects_mention_ref: `${bcu.refOf(entry)}-1`,
      ...condition,
    })
}

/** The conditions of a bail, each as likely as the parameter file says. */
function conditionsOf(bcu: Bcu, { dyad: { victim, suspect } }: Entry, day: number): Row[] {
  const { random, reference } = bcu
  const victims = homeOn(victim, day)
  const own = homeOn(suspect, day)
  // An address that is kept from the records is kept from the conditions.
  const victimsPlace: Row = victim.addressWithheld
    ? { address: 'Address withheld' }
    : { address: victims.address, postcode: victims.postcode, lat: victims.lat, lon: victims.lon }
  // Whoever shared the victim's home sleeps somewhere else while bailed.
  const ownPlace: Row =
    victims === own || suspect.noFixedAddress
      ? { address: 'Address given to the custody officer' }
      : { address: own.address, postcode: own.postcode, lat: own.lat, lon: own.lon }
  const made: Readonly<Record<string, () => Row>> = {
    'no contact with victim': () => ({
      condition_code: 'NO_CONTACT',
      condition_text: 'Not to contact the victim directly or indirectly by any means',
    }),
    'not enter address or street': () => ({
      condition_code: 'NOT_ENTER_ADDRESS',
      condition_text: 'Not to enter the address or the street it is in',
      ...victimsPlace,
    }),
    'not enter area': () => ({
      condition_code: 'NOT_ENTER_AREA',
      condition_text: 'Not to enter the area around the address',
      ...victimsPlace,
      radius_m: pickOne(random, [100, 250, 500, 1000] as const),
    }),
    'reside at address': () => ({
      condition_code: 'RESIDE',
      condition_text: 'To live and sleep each night at the address',
      ...ownPlace,
    }),
    'report to police station': () => ({
      condition_code: 'REPORT',
      condition_text: 'To report to the police station on the days and at the hours given',
      hours: pickOne(random, ['MO,TH 10:00-12:00', 'TU,FR 14:00-16:00', 'MO,WE,FR 09:00-11:00'] as const),
      station: stationOf(bcu),
    }),
    'curfew (doorstep)': () => ({
      condition_code: 'CURFEW',
      condition_text: 'To stay at the address in the hours given and show at the door when asked',
      ...ownPlace,
      hours: pickOne(random, ['21:00-06:00', '20:00-07:00', '22:00-06:00'] as const),
    }),
    'surrender passport': () => ({ condition_code: 'PASSPORT', condition_text: 'To hand in all passports' }),
    'no contact with children except via services': () => ({
      condition_code: 'NO_CHILD_CONTACT',
      condition_text: 'Not to contact the children except through social services or a solicitor',
    }),
  }
  return reference.parameters
    .shares('justice.bail_conditions')
    .flatMap(([name, share]) => (random.chance(share) ? [made[name]?.() ?? {}] : []))
}
