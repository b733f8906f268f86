import { dayOf, isoDay, weekdayOf } from './calendar.ts'
import { largestRemainder } from './random.ts'
import type { Reference } from './reference.ts'

/** One operation, with what was made in it: of the whole force, or of one BCU. */
export interface Operation {
  readonly code: string
  readonly name: string
  /** Day numbers, both included. */
  readonly first: number
  readonly last: number
  readonly men: number
  readonly women: number
  readonly charges: number
  readonly cautions: number
  readonly orders: number
  readonly dvds: number
}

/** What is counted of an operation. */
export const operationCounts = ['men', 'women', 'charges', 'cautions', 'orders', 'dvds'] as const

const nothing = { men: 0, women: 0, charges: 0, cautions: 0, orders: 0, dvds: 0 } as const

/** The force's operations in the window: sixteen days of action each winter, a week each June, a day each month. */
export function operationsOf(reference: Reference, scale: number): readonly Operation[] {
  const sixteen = new Map(reference.parameters.shares('operations.sixteen_days'))
  const week = reference.parameters.number('operations.arrests_in_a_week_of_action')
  const made = (
    code: string,
    name: string,
    first: number,
    last: number,
    counts: Partial<Record<(typeof operationCounts)[number], number>>,
  ): Operation => ({ ...nothing, ...counts, code, name, first, last })
  const sixteenOf = (name: (typeof operationCounts)[number]): number =>
    name === 'men' ? (sixteen.get('arrests') ?? 0) - (sixteen.get('women') ?? 0) : (sixteen.get(name) ?? 0)
  const scaled = Object.fromEntries(operationCounts.map((name) => [name, Math.round(sixteenOf(name) * scale)]))
  const operations: Operation[] = []
  for (const year of [2023, 2024, 2025])
    operations.push(
      made(`SYN-OP-16D-${year}`, 'Sixteen days of action', dayOf(year, 11, 25), dayOf(year, 12, 10), scaled),
    )
  for (const year of [2024, 2025, 2026]) {
    const monday = dayOf(year, 6, 7) - weekdayOf(dayOf(year, 6, 7))
    const counts = { men: Math.round(week * scale) }
    operations.push(made(`SYN-OP-WEEK-${year}`, 'Week of action', monday, monday + 6, counts))
  }
  // Twelve standing days of action a year: the third Thursday of each month (the day is an assumption).
  for (let month = 10; month < 46; month++) {
    const first = dayOf(2023 + Math.floor(month / 12), (month % 12) + 1, 1)
    const thursday = first + ((3 - weekdayOf(first) + 7) % 7) + 14
    operations.push(made(`SYN-OP-DAY-${isoDay(thursday).slice(0, 7)}`, 'Day of action', thursday, thursday, {}))
  }
  return operations
}

/**
 * The operations with their counts spread over the BCUs, one list for each. `weights` says what each BCU has, and may
 * differ for what is counted.
 */
export function operationsByBcu(
  operations: readonly Operation[],
  weights: (operation: Operation, counted: (typeof operationCounts)[number]) => readonly number[],
  bcus: number,
): Operation[][] {
  const spread = operations.map((operation) =>
    operationCounts.map((name) => largestRemainder(weights(operation, name), operation[name])),
  )
  return Array.from({ length: bcus }, (_, bcu) =>
    operations.map((operation, place) => ({
      ...operation,
      ...Object.fromEntries(operationCounts.map((name, column) => [name, spread[place]?.[column]?.[bcu] ?? 0])),
    })),
  )
}
