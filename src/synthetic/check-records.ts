import { civil, dayOf, weekdayOf } from './calendar.ts'
import { recordedByBorough } from './generate.ts'
import { window } from './people.ts'
import { type Reference, sharesOf } from './reference.ts'
import { pilotStart } from './records.ts'
import type { FolderRead, Seen } from './seen.ts'
import { type Target, count, exact, share, tally, widest, within } from './target.ts'
import { channelNames, channels } from './arrests.ts'
import { dayWeight, doubledHourDays, footballDays, lostHourDays } from './times.ts'

/** Totals, offences, outcomes, places and times. */
export function recordTargets(reference: Reference, read: FolderRead): Target[] {
  const records = [...read.records.values()]
  return [
    ...totals(reference, records, read.scale),
    ...mix(reference, records),
    ...outcomes(reference, records),
    ...places(reference, records),
    ...hours(reference, records),
    ...specialDays(reference, records),
  ]
}

function totals(reference: Reference, records: readonly Seen[], scale: number): Target[] {
  const wanted = recordedByBorough(reference, scale)
  const crimes = records.filter(({ status }) => status === 'recorded')
  const found = tally(crimes, ({ borough }) => borough)
  const right = [...wanted].filter(([borough, total]) => (found.get(borough) ?? 0) === total).length
  const all = [...wanted.values()].reduce((sum, total) => sum + total, 0)
  const shares = new Map(reference.parameters.shares('noise.channel_share'))
  const nonCrime = reference.parameters.number('scale.noncrime_share_of_all_da_records')
  return [
    exact('recorded offences in three years', crimes.length, all),
    exact('boroughs with their exact total', right, 32),
    share(
      'non-crime share of records',
      records.filter(({ kind }) => kind === 'non_crime').length,
      records.length,
      nonCrime,
      0.005,
    ),
    ...channels.map((channel) => {
      const these = records.filter((seen) => seen.channel === channel).length
      return share(`records by ${channelNames[channel]}`, these, records.length, shares.get(channelNames[channel]) ?? 0)
    }),
    ...(['standard', 'medium', 'high'] as const).map((grade) => {
      const target = new Map(reference.parameters.shares('safeguarding.risk_grade')).get(grade) ?? 0
      return share(`risk ${grade}`, records.filter(({ risk }) => risk === grade).length, records.length, target)
    }),
  ]
}

function mix(reference: Reference, records: readonly Seen[]): Target[] {
  const crimes = records.filter(({ status }) => status === 'recorded')
  const subgroups = new Map(reference.offences.map(({ id, subgroup }) => [id, subgroup]))
  const violent = /^(?:Violence|Stalking|Homicide)/
  const violence = crimes.filter(({ offence }) => violent.test(subgroups.get(offence) ?? '')).length
  const coercive = crimes.filter(({ offence }) => offence === 'coercive-control').length
  // Orders of the pilot can be broken only in it; elsewhere another order is. Compared without either.
  const orders = /^(?:breach-dapo|dapo-notify|breach-nmo)$/
  const wanted = new Map(reference.offences.map(({ id, mix: part }) => [orders.test(id) ? 'orders' : id, part]))
  wanted.set(
    'orders',
    reference.offences.reduce((sum, { id, mix: part }) => (orders.test(id) ? sum + part : sum), 0),
  )
  const found = tally(crimes, ({ offence }) => (orders.test(offence) ? 'orders' : offence))
  const early = crimes.filter(({ offence, day }) => offence === 'breach-dapo' && day < pilotStart).length
  return [
    share('violence against the person', violence, crimes.length, 0.79, 0.02),
    share('coercive control', coercive, crimes.length, 0.041),
    widest('furthest offence from its share of the mix', found, wanted, crimes.length > 20000 ? 0.015 : 0.03),
    exact('orders of the pilot broken before it began', early, 0),
  ]
}

function outcomes(reference: Reference, records: readonly Seen[]): Target[] {
  const codes = new Map([
    ['2/3', '3'],
    ['open', '99'],
  ])
  // Crimes of the last months are still open.
  const settled = records.filter(({ status, day }) => status === 'recorded' && day < dayOf(2026, 2, 1))
  const found = tally(settled, ({ outcome }) => outcome)
  return reference.parameters
    .shares('justice.outcomes')
    .map(([name, target]) => share(`outcome ${name}`, found.get(codes.get(name) ?? name) ?? 0, settled.length, target))
}

function places(reference: Reference, records: readonly Seen[]): Target[] {
  const found = tally(records, ({ ward }) => ward)
  let [busy, wanted] = [0, 0]
  for (const { areas, code } of reference.boroughs) {
    const weights = new Map<string, number>()
    for (const [{ ward }, part] of sharesOf(areas)) weights.set(ward, (weights.get(ward) ?? 0) + part)
    const sorted = [...weights].sort(([, one], [, other]) => other - one)
    const top = sorted.slice(0, Math.ceil(sorted.length / 4))
    const mine = records.filter(({ borough }) => borough === code).length
    for (const [ward, weight] of top) {
      busy += found.get(ward) ?? 0
      wanted += mine * weight
    }
  }
  const far = records.filter((seen) => seen.lat !== '' && !isNearACentre(reference, seen)).length
  return [
    share('records in the busiest quarter of wards', busy, records.length, wanted / records.length, 0.02),
    exact('points farther than 250 m from the centre of a small area', far, 0),
  ]
}

// At London's latitude a degree is 111,320 m north and 69,200 m east.
function isNearACentre({ boroughs }: Reference, { lat, lon, borough }: Seen): boolean {
  const areas = boroughs.find(({ code }) => code === borough)?.areas.items ?? []
  return areas.some(
    (area) => ((Number(lat) - area.lat) * 111320) ** 2 + ((Number(lon) - area.lon) * 69200) ** 2 <= 250 ** 2,
  )
}

function hours(reference: Reference, records: readonly Seen[]): Target[] {
  const { months, hours: profile } = reference
  const days = new Map<string, number>()
  for (let day = window.first; day < window.end; day++) {
    const month = String(civil(day).month)
    days.set(month, (days.get(month) ?? 0) + 1)
  }
  const found = tally(records, ({ day }) => String(civil(day).month))
  const perDay = (month: string): number => (found.get(month) ?? 0) / (days.get(month) ?? 1)
  const mean = records.length / (window.end - window.first)
  const furthest = Math.max(...months.map((index, place) => Math.abs(perDay(String(place + 1)) / mean - index)))
  // Single events, not conduct over weeks.
  const events = records.filter(({ from, to }) => to - from < 1440)
  const atNight = events.filter(({ from }) => isNight(hourOf(from))).length
  const onSaturday = events.filter(({ from }) => weekdayOf(Math.floor(from / 1440)) === 5).length
  const whole = profile.reduce((sum, part) => sum + part, 0)
  const shareOf = (test: (at: number) => boolean): number =>
    profile.reduce((sum, part, at) => (test(at) ? sum + part : sum), 0) / whole
  const inHourOne = (day: ReadonlySet<number>): number =>
    records.filter(({ from }) => day.has(Math.floor(from / 1440)) && hourOf(from) === 1).length
  return [
    within('furthest month from its index', furthest, 0, records.length > 30000 ? 0.06 : 0.2),
    share(
      'between 21:00 and 03:00',
      atNight,
      events.length,
      shareOf((at) => isNight(at % 24)),
      0.015,
    ),
    share(
      'on a Saturday',
      onSaturday,
      events.length,
      shareOf((at) => Math.floor(at / 24) === 5),
      0.015,
    ),
    within('committed in an hour that a clock change took away', inHourOne(lostHourDays), 1, Infinity),
    within('committed in an hour that a clock change gave twice', inHourOne(doubledHourDays), 1, Infinity),
  ]
}

const hourOf = (minute: number): number => Math.floor((((minute % 1440) + 1440) % 1440) / 60)
const isNight = (hour: number): boolean => hour >= 21 || hour < 3

function specialDays(reference: Reference, records: readonly Seen[]): Target[] {
  const special = new Map(reference.parameters.shares('when.special_days'))
  const prompt = records.filter(({ from, to, reported }) => to - from < 1440 && reported - from < 700)
  let weights = 0
  for (let day = window.first; day < window.end; day++) weights += dayWeight(reference, day)
  const isHolidayMonday = (day: number): boolean =>
    weekdayOf(day) === 0 && reference.holidays.has(day) && civil(day).month > 1 && civil(day).month < 12
  const cases: readonly (readonly [string, (day: number, hour: number) => boolean])[] = [
    ['1 Jan 00:00-06:00', (day, hour) => civil(day).month === 1 && civil(day).day === 1 && hour < 6],
    ['25-26 Dec', (day) => civil(day).month === 12 && [25, 26].includes(civil(day).day)],
    ['bank holiday Monday', isHolidayMonday],
    ['big football day evening', (day, hour) => footballDays.has(day) && hour >= 18],
  ]
  return cases.map(([name, test]) => {
    let usual = 0
    for (let day = window.first; day < window.end; day++)
      for (let hour = 0; hour < 24; hour++)
        if (test(day, hour))
          usual +=
            (reference.months[civil(day).month - 1] ?? 1) * (reference.hours[weekdayOf(day) * 24 + hour] ?? 0) * 7
    const seen = prompt.filter(({ from }) => test(Math.floor(from / 1440), hourOf(from))).length
    const factor = special.get(name) ?? 1
    return count(`on ${name}, at ${factor} times the usual`, seen, ((prompt.length * usual) / weights) * factor)
  })
}
