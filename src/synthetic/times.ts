import { civil, clockChanges, dayOf, weekdayOf } from './calendar.ts'
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
export const footballDays: ReadonlySet<number> = new Set([
  ...[16, 20, 25, 30].map((day) => dayOf(2024, 6, day)),
  ...[6, 10, 14].map((day) => dayOf(2024, 7, day)),
  ...[17, 23, 27].map((day) => dayOf(2026, 6, day)),
])

const years = [2023, 2024, 2025, 2026] as const
/** Sundays in the window on which an hour is lost, and on which one comes twice. */
export const lostHourDays: ReadonlySet<number> = new Set(years.map((year) => clockChanges(year).forward))
export const doubledHourDays: ReadonlySet<number> = new Set(years.map((year) => clockChanges(year).back))

// How much oftener than chance the hour of a clock change is written, so that even small folders hold some (assumption).
const clockChangeBoost = (recordsPerDay: number): number => (recordsPerDay < 20 ? 40 : 6)

/** How many times its usual share each hour of a day holds. Source: parameters, when.special_days. */
export function hourFactors(reference: Reference, day: number): readonly number[] {
  const special = new Map(reference.parameters.shares('when.special_days'))
  const factor = (name: string): number => special.get(name) ?? 1
  const { month, day: date } = civil(day)
  let whole = 1
  if (month === 12 && (date === 25 || date === 26)) whole = factor('25-26 Dec')
  else if (weekdayOf(day) === 0 && reference.holidays.has(day) && !(month === 1 && date === 1))
    whole = factor('bank holiday Monday')
  return Array.from({ length: 24 }, (_, hour) => {
    if (month === 1 && date === 1 && hour < 6) return factor('1 Jan 00:00-06:00')
    return footballDays.has(day) && hour >= 18 ? factor('big football day evening') : whole
  })
}

/** How often a day is reported on against the mean day: month, weekday and special days. */
export function dayWeight(reference: Reference, day: number): number {
  const { hours, months } = reference
  const start = weekdayOf(day) * 24
  const share = hourFactors(reference, day).reduce((sum, factor, hour) => sum + factor * (hours[start + hour] ?? 0), 0)
  return (months[civil(day).month - 1] ?? 1) * share * 7
}

/** Prepares the calendar of the window: month index, weekday, special days and day-to-day scatter. */
export function timesOf(random: Random, reference: Reference, recordsPerDay: number): Times {
  const { parameters, hours } = reference
  // Counts of a day vary 1.4 times as much as chance alone: a uniform factor of that variance (at full size).
  const excess = parameters.number('when.overdispersion_of_daily_count') - 1
  const spread = Math.min(0.5, Math.sqrt((3 * excess) / Math.max(1, recordsPerDay)))
  const weights = Array.from(
    { length: window.end - window.first },
    (_, place) => dayWeight(reference, window.first + place) * (1 + spread * (2 * random.next() - 1)),
  )
  const calendar = weighted(weights.map((weight, place) => [window.first + place, weight] as const))
  const usual = [0, 1, 2, 3, 4, 5, 6].map((day) =>
    weighted(hours.slice(day * 24, day * 24 + 24).map((share, hour) => [hour, share] as const)),
  )
  const weekdays = usual.map(({ cumulative }) => cumulative.at(-1) ?? 0)
  const busiest = Math.max(...weekdays)
  const special = new Map<number, Weighted<number>>()
  for (let day = window.first; day < window.end; day++) {
    const factors = hourFactors(reference, day).map((factor, hour) =>
      hour === 1 && (lostHourDays.has(day) || doubledHourDays.has(day))
        ? factor * clockChangeBoost(recordsPerDay)
        : factor,
    )
    if (factors.every((factor) => factor === factors[0])) continue
    const start = weekdayOf(day) * 24
    special.set(day, weighted(factors.map((factor, hour) => [hour, factor * (hours[start + hour] ?? 0)] as const)))
  }
  const gaps = weighted(parameters.shares('repeats.gap_to_next_record_days_given_repeat'))
  const delays = weighted(parameters.shares('when.reporting_delay_days'))

  const startOf = (day: number): number => {
    const table = special.get(day) ?? usual[weekdayOf(day)]
    return day * 1440 + (table === undefined ? 0 : pick(random, table)) * 60 + random.below(60)
  }
  // A server stamps the report, so none falls into the hour that is lost; a hand writes when it happened, and some do.
  const stamped = (minute: number): number => {
    const day = Math.floor(minute / 1440)
    const hour = Math.floor((minute - day * 1440) / 60)
    return hour === 1 && lostHourDays.has(day) ? minute + 60 : minute
  }
  const last = window.end * 1440 - 1
  const told = (happened: number, reported: number, lasting: boolean): RecordTimes => {
    const duration = lasting ? random.between(7, 240) * 1440 : random.below(90)
    return lasting
      ? { reported, from: happened - duration, to: happened }
      : { reported, from: happened, to: Math.min(reported, happened + duration) }
  }
  return {
    days: (records) => {
      const steps: number[] = []
      for (let step = 1; step < records; step++) steps.push(drawGap(random, gaps))
      const length = window.end - window.first
      const span = steps.reduce((all, gap) => all + gap, 0)
      const squeeze = span > length * 0.97 ? (length * 0.97) / span : 1
      // Gaps are counted in usual days: a busy day is longer than a quiet one, so that each gets its share of the records
      // of long histories too. Whatever runs past the window's end comes in at its start, or both would be thin.
      let at = random.next() * length
      const days = [pick(random, calendar, at / length)]
      for (const gap of steps) {
        at = (at + gap * squeeze) % length
        days.push(pick(random, calendar, at / length))
      }
      return days.sort((one, other) => one - other)
    },
    record: (day, lasting) => {
      const delay = pick(random, delays)
      if (delay === 'same day') {
        const happened = startOf(day)
        // Most calls are made during or soon after.
        const reported = Math.min(last, happened + random.between(2, random.chance(0.7) ? 45 : 600))
        return told(happened, stamped(reported), lasting)
      }
      const [low, high] = delay === 'over 365' ? [366, 2500] : delay.split('-').map(Number)
      let happenedOn = day - random.between(low ?? 1, high ?? 7)
      // Days of the week as they are for what is told at once.
      while (random.next() * busiest > (weekdays[weekdayOf(happenedOn)] ?? 0))
        happenedOn = day - random.between(low ?? 1, high ?? 7)
      const happened = startOf(happenedOn)
      return told(happened, day * 1440 + random.between(8 * 60, 22 * 60), lasting)
    },
  }
}

function drawGap(random: Random, table: Weighted<string>): number {
  const band = pick(random, table)
  if (band.startsWith('over')) return random.between(366, 800)
  const [low, high] = band.split('-')
  return random.between(Number(low), Number(high))
}
