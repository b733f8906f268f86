/** What one person did with records in a period. Counts. */
export interface Use {
  readonly actor: string
  readonly who: string
  readonly team: string
  /** Days on which they did anything with records. */
  readonly days: number
  readonly openings: number
  readonly people: number
  readonly searches: number
  readonly night: number
  readonly claims: number
  readonly breakglass: number
  readonly refused: number
  readonly ownName: number
}

export interface Compared extends Use {
  readonly perDay: number
  /** Openings a day of the person in the middle of the team. */
  readonly median: number
  /** What the median is of: the team, or the whole force where the team is too small to have a middle. */
  readonly against: 'team' | 'force'
  /** How many times the median. Null when the median is nought. */
  readonly times: number | null
  readonly signs: readonly string[]
}

/** Smallest team with a middle worth the name. */
const SMALLEST_TEAM = 3
/** From this many times the median somebody stands out, if they opened enough for it to mean anything. A first setting. */
const TIMES_MEDIAN = 3
const FEWEST_OPENINGS = 20

/** The middle of the values; between the two middle ones where there are two; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? 0
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? 0) + upper) / 2 : upper
}

/**
 * Sets each person beside the middle of their team. A sign is a reason to ask, never a finding: night shifts, busy
 * posts and common surnames all give some.
 * @returns those with most signs first, then those furthest above the median
 */
export function compare(uses: readonly Use[]): Compared[] {
  const perDay = (use: Use): number => use.openings / Math.max(1, use.days)
  const teams = Map.groupBy(uses, ({ team }) => team)
  const force = median(uses.map(perDay))
  return uses
    .map((use): Compared => {
      const team = teams.get(use.team) ?? []
      const against = team.length >= SMALLEST_TEAM ? 'team' : 'force'
      const middle = against === 'team' ? median(team.map(perDay)) : force
      const times = middle === 0 ? null : perDay(use) / middle
      const signs = [
        times !== null && times >= TIMES_MEDIAN && use.openings >= FEWEST_OPENINGS && 'far above the median',
        use.breakglass > 0 && 'broke the glass',
        use.ownName > 0 && 'records with their own surname',
        use.night > 0 && 'at night',
      ].filter((sign) => sign !== false)
      return { ...use, perDay: perDay(use), median: middle, against, times, signs }
    })
    .toSorted((a, b) => b.signs.length - a.signs.length || (b.times ?? 0) - (a.times ?? 0) || b.openings - a.openings)
}

/** How far the log is sealed and witnessed. Times in milliseconds of age. */
export interface Sealing {
  readonly size: number
  readonly waiting: number
  readonly oldestWaitingMs: number | null
  readonly cosignedSize: number
}

/** The log is sealed every two seconds; after a minute something is wrong. Milliseconds. */
const SEALED_WITHIN_MS = 60_000

/** What is wrong with the sealing, in a sentence each; none when all is well. */
export function sealingFaults({ size, waiting, oldestWaitingMs, cosignedSize }: Sealing): string[] {
  const late = oldestWaitingMs !== null && oldestWaitingMs > SEALED_WITHIN_MS
  return [
    late && `${waiting} entries wait to be sealed, the oldest for more than a minute: the sealer may have stopped.`,
    late && size === 0 && 'Nothing has been sealed yet.',
    size > 0 && cosignedSize === 0 && 'No witness has confirmed any of it.',
    late && cosignedSize > 0 && cosignedSize < size && 'The witness has not confirmed the newest of it.',
  ].filter((fault) => fault !== false)
}
