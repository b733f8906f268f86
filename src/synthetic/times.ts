import { bankHolidayMondays, civil, dayOf, weekdayOf } from './calendar.ts'
import { window } from './people.ts'
import { type Random, type Weighted, pick, weighted } from './random.ts'
import type { Reference } from './reference.ts'

/** Draws when things happened and when they were told. All in minutes of London wall-clock time. */
export interface Times {
  /** Days (numbers) of the records of one dyad, in order. */
  readonly days: (records: number) => readonly number[]
  /** The three times of one record told of on a day. `lasting` is for conduct over weeks. */
  readonly record: (day: number, lasting: boolean) => RecordTimes
}

export interface RecordTimes {
  readonly reported: number
  readonly from: number
  readonly to: number
}

// England men's matches in the window (UEFA Euro 2024; FIFA World Cup 2026, group matches).
const footballDays: ReadonlySet<number> = new Set([
  ...[16, 20, 25, 30].map((day) => dayOf(2024, 6, day)),
  ...[6, 10, 14].map((day) => dayOf(2024, 7, day)),
  ...[17, 23, 27].map((day) => dayOf(2026, 6, day)),
])

/** Prepares the calendar of the window: month index, weekday, special days and day-to-day scatter. */
export function timesOf(random: Random, reference: Reference, recordsPerDay: number): Times {
  const { parameters, hours, months } = reference
  const special = new Map(parameters.shares('when.special_days'))
  const mondays = new Set([2023, 2024, 2025, 2026].flatMap((year) => [...bankHolidayMondays(year)]))
  const weekdays = [0, 1, 2, 3, 4, 5, 6].map(
    (day) => hours.slice(day * 24, day * 24 + 24).reduce((a, b) => a + b, 0) * 7,
  )
  // Counts of a day vary 1.4 times as much as chance alone: a uniform factor of that variance (at full size).
  const excess = parameters.number('when.overdispersion_of_daily_count') - 1
  const spread = Math.min(0.5, Math.sqrt((3 * excess) / Math.max(1, recordsPerDay)))
  const weights = Array.from({ length: window.end - window.first }, (_, place) => {
    const day = window.first + place
    const { month, day: date } = civil(day)
    let weight = (months[month - 1] ?? 1) * (weekdays[weekdayOf(day)] ?? 1) * (1 + spread * (2 * random.next() - 1))
    if (month === 1 && date === 1) weight *= 1 + ((special.get('1 Jan 00:00-06:00') ?? 1) - 1) / 4
    if (month === 12 && (date === 25 || date === 26)) weight *= special.get('25-26 Dec') ?? 1
    if (mondays.has(day)) weight *= special.get('bank holiday Monday') ?? 1
    if (footballDays.has(day)) weight *= special.get('big football day evening') ?? 1
    return weight
  })
  const calendar = weighted(weights.map((weight, place) => [window.first + place, weight] as const))
  const hourTables = [0, 1, 2, 3, 4, 5, 6].map((day) =>
    weighted(hours.slice(day * 24, day * 24 + 24).map((share, hour) => [hour, share] as const)),
  )
  const gaps = weighted(parameters.shares('repeats.gap_to_next_record_days_given_repeat'))
  const delays = weighted(parameters.shares('when.reporting_delay_days'))

  const nearby = (target: number): number => {
    const low = Math.max(window.first, Math.min(target - 3, window.end - 7))
    let sum = 0
    for (let day = low; day < low + 7; day++) sum += weights[day - window.first] ?? 0
    let at = random.next() * sum
    for (let day = low; day < low + 7; day++) {
      at -= weights[day - window.first] ?? 0
      if (at < 0) return day
    }
    return low + 6
  }
  const startOf = (day: number): number => {
    const { month, day: date } = civil(day)
    if (month === 1 && date === 1 && random.chance(0.3)) return day * 1440 + random.below(360)
    const table = hourTables[weekdayOf(day)]
    return day * 1440 + (table === undefined ? 0 : pick(random, table)) * 60 + random.below(60)
  }
  return {
    days: (records) => {
      if (records === 1) return [pick(random, calendar)]
      const steps: number[] = []
      for (let step = 1; step < records; step++) steps.push(drawGap(random, gaps))
      const length = window.end - window.first - 1
      const span = steps.reduce((all, gap) => all + gap, 0)
      const squeeze = span > length * 0.97 ? (length * 0.97) / span : 1
      // A long history goes round the window's end to its start: otherwise all of them would begin on its first day
      // and end on its last, and those two months would swell.
      const round = span > length * 0.3
      let target = window.first + random.below(round ? length : Math.max(1, length - span))
      const days = [nearby(target)]
      for (const gap of steps) {
        target += gap * squeeze
        const day = Math.floor(target)
        days.push(nearby(day < window.end ? day : round ? day - length : window.end - 1))
      }
      return days.sort((one, other) => one - other)
    },
    record: (day, lasting) => {
      const delay = pick(random, delays)
      const last = window.end * 1440 - 1
      const duration = lasting ? random.between(7, 240) * 1440 : random.below(90)
      if (delay === 'same day') {
        const happened = startOf(day)
        // Most calls are made during or soon after.
        const reported = Math.min(last, happened + random.between(2, random.chance(0.7) ? 45 : 600))
        return lasting
          ? { reported, from: happened - duration, to: happened }
          : { reported, from: happened, to: Math.min(reported, happened + duration) }
      }
      const [low, high] = delay === 'over 365' ? [366, 2500] : delay.split('-').map(Number)
      const days = random.between(low ?? 1, high ?? 7)
      const happened = startOf(day - days)
      const reported = day * 1440 + random.between(8 * 60, 22 * 60)
      return lasting
        ? { reported, from: happened - duration, to: happened }
        : { reported, from: happened, to: Math.min(reported, happened + duration) }
    },
  }
}

function drawGap(random: Random, table: Weighted<string>): number {
  const band = pick(random, table)
  if (band.startsWith('over')) return random.between(366, 800)
  const [low, high] = band.split('-')
  return random.between(Number(low), Number(high))
}
