/** One published or modelled figure and how the made folder compares. */
export interface Target {
  readonly name: string
  readonly value: number
  readonly target: string
  readonly ok: boolean
}

// From the tenth preset up a stated band holds as it is; a rate without one may always differ by chance.
const strictFrom = 23000

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5

/** A count that must be just this. */
export function exact(name: string, value: number, target: number): Target {
  return { name, value, target: String(target), ok: value === target }
}

/** A figure that must lie between two others. */
export function within(name: string, value: number, low: number, high: number): Target {
  return {
    name,
    value: rounded(value),
    target: `${rounded(low)} to ${rounded(high)}`,
    ok: value >= low && value <= high,
  }
}

/**
 * A share of a sample. Without a stated band it may differ by a tenth of the target or by three standard errors of its
 * own sample, whichever is more; a stated band is held as it is once the sample is that of the tenth preset.
 */
export function share(name: string, count: number, of: number, target: number, stated?: number): Target {
  const scatter = 3 * Math.sqrt((target * (1 - target)) / Math.max(1, of))
  const allowed = of >= strictFrom && stated !== undefined ? stated : Math.max(stated ?? target * 0.1, scatter)
  const value = count / Math.max(1, of)
  return {
    name,
    value: rounded(value),
    target: `${rounded(target)} ± ${rounded(allowed)}`,
    ok: of > 0 && Math.abs(value - target) <= allowed,
  }
}

/** A count of things that happen by chance: a tenth of what is expected, or three standard errors, whichever is more. */
export function count(name: string, value: number, expected: number): Target {
  const allowed = Math.max(expected * 0.1, 3 * Math.sqrt(Math.max(1, expected)))
  return {
    name,
    value,
    target: `${rounded(expected)} ± ${rounded(allowed)}`,
    ok: Math.abs(value - expected) <= allowed,
  }
}

/** How far apart two tables of shares are at most, of any of their keys. */
export function widest(
  name: string,
  found: ReadonlyMap<string, number>,
  wanted: ReadonlyMap<string, number>,
  allowed: number,
): Target {
  const sum = (table: ReadonlyMap<string, number>): number => [...table.values()].reduce((all, one) => all + one, 0)
  const [all, whole] = [sum(found), sum(wanted)]
  let most = 0
  for (const key of new Set([...found.keys(), ...wanted.keys()]))
    most = Math.max(most, Math.abs((found.get(key) ?? 0) / all - (wanted.get(key) ?? 0) / whole))
  return within(name, most, 0, allowed)
}

/** Counts of each key. */
export function tally<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}
