import type { Entry } from './arrests.ts'
import { afterHours, isoDay, isoMinute, monthsFrom, weekdayOf } from './calendar.ts'
import type { Ending } from './courts.ts'
import type { Dyad } from './dyads.ts'
import { type Bcu, type Row, isAlive, lastDay, numberer, personColumnsOf } from './lists.ts'
import { ageOn, homeOn, window } from './people.ts'
import { pickOne, sample } from './random.ts'
import { pilotBcu, pilotStart } from './records.ts'

/** How many orders of each kind a BCU has in the window. */
export interface OrderCounts {
  readonly dvpn: number
  readonly dvpo: number
  /** Of the orders applied for. */
  readonly dvpoGranted: number
  readonly dvpoBroken: number
  readonly dapo: number
  readonly spo: number
  readonly nmo: number
  readonly restraining: number
}

/** What an order is for: a record it follows, and the day on which it is made or the notice served. */
interface Ground {
  readonly entry: Entry
  readonly day: number
}

/** Writes the protection notices and orders of a BCU. `endings` are the cases in which a restraining order was made. */
export function writeOrders(bcu: Bcu, counts: OrderCounts, endings: readonly Ending[]): void {
  const write = orderWriter(bcu)
  writeNotices(bcu, counts, write)
  writePilotOrders(bcu, counts.dapo, write)
  const stalking = grounds(bcu, (entry) => entry.offence?.subgroup.startsWith('Stalking') === true, [20, 90])
  for (const ground of firstBroken(bcu, ['breach-spo'], stalking, counts.spo)) {
    write(ground, {
      order_type: 'SPO',
      route: 'police to magistrates',
      court: `${bcu.name} Magistrates’ Court (invented)`,
      authorised_by_rank: 'superintendent',
      result: 'granted',
      // At least two years. Source: Stalking Protection Act 2019 s.3.
      ...made(bcu, ground.day, monthsFrom(ground.day, 12 * bcu.random.between(2, 5))),
      terms: pickOne(bcu.random, ['NO_CONTACT;NO_FOLLOW', 'NO_CONTACT;EXCLUSION_ZONE', 'NO_CONTACT;DEVICES'] as const),
    })
  }
  const families = grounds(bcu, () => true, [10, 60])
  for (const ground of firstBroken(bcu, ['breach-nmo'], families, counts.nmo)) {
    const withoutNotice = bcu.random.chance(0.6)
    write(ground, {
      order_type: 'NMO',
      route: withoutNotice ? 'victim to family court, without notice' : 'victim to family court',
      court: `${bcu.name} Family Court (invented)`,
      result: 'granted',
      ...made(bcu, ground.day, monthsFrom(ground.day, pickOne(bcu.random, [6, 12, 12, 12, 24] as const))),
      terms: pickOne(bcu.random, ['NO_VIOLENCE;NO_CONTACT', 'NO_VIOLENCE;NO_CONTACT;NOT_ENTER_ADDRESS'] as const),
    })
  }
  writeRestraining(bcu, counts.restraining, endings, write)
}

type OrderWriter = (ground: Ground, row: Row) => string

function orderWriter(bcu: Bcu): OrderWriter {
  const nextRef = numberer(bcu, 'OR')
  return ({ entry, day }, row) => {
    const ref = nextRef()
    const { victim, suspect } = entry.dyad
    const at = day * 1440 + 600
    const p = bcu.mentionAs(`${ref}-P`, { person: suspect, other: victim, role: 'suspect', channel: 'officer', at })
    const v = bcu.mentionAs(`${ref}-V`, { person: victim, other: suspect, role: 'victim', channel: 'officer', at })
    const home = homeOn(victim, day)
    bcu.add('orders', day, {
      order_ref: ref,
      crime_ref: bcu.refOf(entry),
      bcu: bcu.code,
      borough_code: entry.borough.code,
      premises_address: victim.addressWithheld ? 'Address withheld' : home.address,
      premises_postcode: victim.addressWithheld ? '' : home.postcode,
      ...personColumnsOf('p', `${ref}-P`, p),
      ...personColumnsOf('v', `${ref}-V`, v),
      ...row,
    })
    return ref
  }
}

/** When an order was made, served (within three days: assumption) and runs out. */
function made(bcu: Bcu, day: number, last: number): Row {
  const hearing = day * 1440 + 600 + 15 * bcu.random.below(24)
  const served = hearing + bcu.random.between(30, 3 * 1440)
  return {
    hearing_dt: isoMinute(hearing),
    made_on: isoDay(day),
    served_dt: served < window.end * 1440 ? isoMinute(served) : '',
    ends_on: isoDay(last),
  }
}

// Once a dyad: a first record that could found an order, and a working day so many days after it.
function grounds(
  bcu: Bcu,
  test: (entry: Entry) => boolean,
  [low, high]: readonly [number, number],
  from = window.first,
): Ground[] {
  const seen = new Set<Dyad>()
  return bcu.entries.flatMap((entry): Ground[] => {
    if (!entry.suspectKnown || entry.reported < from * 1440 || seen.has(entry.dyad) || !test(entry)) return []
    const day = workingDay(bcu, Math.floor(entry.reported / 1440) + bcu.random.between(low, high))
    if (day > lastDay || !isAdult(entry, day) || !isAlive(bcu, entry.dyad.victim, day)) return []
    seen.add(entry.dyad)
    return [{ entry, day }]
  })
}

function workingDay(bcu: Bcu, from: number): number {
  let day = from
  while (weekdayOf(day) > 4 || bcu.reference.holidays.has(day)) day++
  return day
}

const isAdult = ({ dyad }: Entry, day: number): boolean => ageOn(dyad.suspect.born, day) >= 18

/** So many grounds: first the dyads in which such an order is later broken, made before that; then others. */
function firstBroken(
  bcu: Bcu,
  breaches: readonly string[],
  others: readonly Ground[],
  count: number,
  from = window.first,
): Ground[] {
  const broken = new Map<Dyad, Ground>()
  for (const entry of bcu.entries) {
    const breach = Math.floor(entry.reported / 1440)
    if (!breaches.includes(entry.offence?.id ?? '') || broken.has(entry.dyad) || breach - from < 8) continue
    const day = workingDay(bcu, bcu.random.between(Math.max(from, breach - 300), breach - 6))
    if (day < breach && isAdult(entry, day)) broken.set(entry.dyad, { entry, day })
  }
  const first = sample(bcu.random, [...broken.values()], count)
  const rest = others.filter(({ entry }) => !broken.has(entry.dyad))
  return [...first, ...sample(bcu.random, rest, count - first.length)]
}

/** Domestic violence protection notices, and the orders applied for on them. Source: Crime and Security Act 2010 ss.24-28. */
function writeNotices(bcu: Bcu, { dvpn, dvpo, dvpoGranted, dvpoBroken }: OrderCounts, write: OrderWriter): void {
  const { random, reference } = bcu
  const candidates = bcu.entries.filter((entry) => {
    const { arrest, offence, dyad } = entry
    if (arrest === undefined || arrest.disposal === 'charged' || arrest.disposal === 'caution') return false
    const day = Math.floor(arrest.disposedAt / 1440)
    // In the pilot boroughs other notices have taken their place. Violence, or a threat of it, is needed.
    if (bcu.code === pilotBcu && day >= pilotStart - 1) return false
    const violent = offence?.subgroup.startsWith('Violence') === true && offence.id !== 'coercive-control'
    return violent && day < lastDay - 4 && isAdult(entry, day) && isAlive(bcu, dyad.victim, day + 30)
  })
  const notices: { entry: Entry; operation: string }[] = []
  for (const { code, first, last, orders } of bcu.operations) {
    const during = candidates.filter(({ arrest }) => {
      const day = Math.floor((arrest?.disposedAt ?? 0) / 1440)
      return day >= first && day <= last
    })
    for (const entry of sample(random, during, Math.min(orders, dvpn - notices.length)))
      notices.push({ entry, operation: code })
  }
  const taken = new Set(notices.map(({ entry }) => entry))
  const free = candidates.filter((entry) => !taken.has(entry))
  for (const entry of sample(random, free, dvpn - notices.length)) notices.push({ entry, operation: '' })
  // Every notice of an operation is followed up.
  const applied = notices.slice(0, dvpo)
  const granted = new Set(sample(random, applied, dvpoGranted))
  const breached = new Set(sample(random, [...granted], dvpoBroken))
  for (const notice of notices) {
    const { entry, operation } = notice
    const at = entry.arrest?.disposedAt ?? entry.reported
    const served = at + random.between(10, 120)
    const terms = entry.dyad.victim.home === entry.dyad.suspect.home ? 'MOL;P1;P2;P3;P4' : 'MOL;P2;P4'
    const day = Math.floor(served / 1440)
    const ref = write(
      { entry, day },
      {
        order_type: 'DVPN',
        route: 'police notice',
        authorised_by_rank: 'superintendent',
        authorised_dt: isoMinute(at),
        served_dt: isoMinute(served),
        result: 'served',
        terms,
        operation,
      },
    )
    if (!applied.includes(notice)) continue
    // Heard within 48 hours of service, Sundays and bank holidays not counted. Source: Crime and Security Act 2010 s.27.
    const isLeftOut = (one: number): boolean => weekdayOf(one) === 6 || reference.holidays.has(one)
    const hearing = hearingBy(served, afterHours(served, 48, isLeftOut), isLeftOut)
    const hearingDay = Math.floor(hearing / 1440)
    const isGranted = granted.has(notice)
    const last = hearingDay + random.between(14, 28) - 1
    const breach = breached.has(notice) ? random.between(hearingDay + 1, Math.min(last, lastDay)) * 1440 : 0
    write(
      { entry, day: hearingDay },
      {
        order_type: 'DVPO',
        route: 'police to magistrates, after a notice',
        based_on_ref: ref,
        court: `${bcu.name} Magistrates’ Court (invented)`,
        hearing_dt: isoMinute(hearing),
        result: isGranted ? 'granted' : random.chance(0.7) ? 'refused' : 'withdrawn',
        made_on: isGranted ? isoDay(hearingDay) : '',
        served_dt: isGranted ? isoMinute(hearing + random.between(10, 600)) : '',
        ends_on: isGranted ? isoDay(last) : '',
        terms,
        breach_reported_dt: breach === 0 ? '' : isoMinute(breach + random.below(1440)),
        operation,
      },
    )
  }
}

/** The last slot at a court, 10:00 to 16:00 of a day it sits, before a deadline. */
function hearingBy(served: number, deadline: number, isLeftOut: (day: number) => boolean): number {
  for (let day = Math.floor((deadline - 1) / 1440); day * 1440 >= served - 1440; day--) {
    if (isLeftOut(day)) continue
    const latest = Math.min(day * 1440 + 960, deadline)
    if (latest >= day * 1440 + 600 && latest > served) return latest
  }
  return deadline
}

/** Domestic abuse protection notices and orders, in the pilot boroughs. Source: Domestic Abuse Act 2021 Part 3. */
function writePilotOrders(bcu: Bcu, count: number, write: OrderWriter): void {
  if (count === 0) return
  const { random } = bcu
  const possible = grounds(bcu, (entry) => entry.status === 'recorded', [1, 6], pilotStart)
  for (const ground of firstBroken(bcu, ['breach-dapo', 'dapo-notify'], possible, count, pilotStart)) {
    const { entry, day } = ground
    const terms = pickOne(random, ['NO_CONTACT;DISTANCE', 'NO_CONTACT;DISTANCE;PROGRAMME', 'NO_CONTACT;LEAVE'] as const)
    // Half follow a notice (assumption), which an inspector may give.
    const byNotice = random.chance(0.5)
    const noticeAt = (day - 1) * 1440 + random.between(600, 1300)
    const ref = byNotice
      ? write(
          { entry, day: day - 1 },
          {
            order_type: 'DAPN',
            route: 'police notice',
            authorised_by_rank: 'inspector',
            authorised_dt: isoMinute(noticeAt - 60),
            served_dt: isoMinute(noticeAt),
            result: 'served',
            terms: 'NO_CONTACT;DISTANCE',
          },
        )
      : ''
    const breached = random.chance(bcu.reference.parameters.number('protection.dvpo_breach')) && day + 90 < lastDay
    write(ground, {
      order_type: 'DAPO',
      route: byNotice ? 'police to magistrates, after a notice' : pickOne(random, dapoRoutes),
      based_on_ref: ref,
      court: `${bcu.name} Magistrates’ Court (invented)`,
      result: 'granted',
      ...made(bcu, day, monthsFrom(day, pickOne(random, [12, 12, 24] as const))),
      terms,
      breach_reported_dt: breached ? isoMinute((day + random.between(2, 89)) * 1440 + random.below(1440)) : '',
    })
  }
}

const dapoRoutes = ['police to magistrates', 'victim to family court', 'criminal court'] as const

/** Restraining orders: those that are broken later were made before, in earlier cases; the rest end the cases of the register. */
function writeRestraining(bcu: Bcu, count: number, endings: readonly Ending[], write: OrderWriter): void {
  const { random } = bcu
  const row = (day: number, isConviction: boolean): Row => ({
    order_type: 'RO',
    // Sources: Sentencing Act 2020 s.360; Protection from Harassment Act 1997 s.5A.
    route: isConviction ? 'criminal court, on conviction' : 'criminal court, on acquittal',
    court: `${bcu.name} Magistrates’ Court (invented)`,
    result: 'granted',
    ...made(bcu, day, monthsFrom(day, 12 * random.between(1, 5))),
    terms: pickOne(random, ['NO_CONTACT', 'NO_CONTACT;NOT_ENTER_ADDRESS', 'NO_CONTACT;EXCLUSION_ZONE'] as const),
  })
  const others = grounds(bcu, ({ status }) => status === 'recorded', [60, 300])
  for (const ground of firstBroken(bcu, ['breach-ro', 'breach-ro-acq'], others, count - endings.length))
    write(ground, row(ground.day, ground.entry.offence?.id !== 'breach-ro-acq'))
  for (const { detained, caseRef, day, isConviction } of endings)
    write({ entry: detained.entry, day }, { ...row(day, isConviction), based_on_ref: caseRef })
}
