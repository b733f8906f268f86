// What the records of one person say of each couple, and of danger now: pure.
import { londonDay, type Temporal } from '#platform/clock'
import { signsOf, type Signs } from './signs.ts'
import type { IncidentLine, Offence, Party } from './store.ts'

/** The records of one person, as their page has them. */
export interface PersonRecords {
  readonly personId: string
  readonly incidents: readonly IncidentLine[]
  readonly parties: readonly Party[]
  readonly offences: readonly Offence[]
}

/** Whether a record counts for anything said about abuse: domestic, and neither cancelled nor no-crimed. */
export const stands = ({ domestic, status }: Pick<IncidentLine, 'domestic' | 'status'>): boolean =>
  domestic && (status === 'recorded' || status === 'transferred')

/** How long after a record a further one of the same direction makes it a repeat. Months. Source: domain brief section 10. */
export const REPEAT_MONTHS = 12

/** What one of a couple is recorded as having done to the other. */
export interface Direction {
  /** Latest first. */
  readonly records: readonly IncidentLine[]
  /** How many of them came within twelve months of the one before. */
  readonly repeats: number
  readonly lastYear: number
  readonly highRisk: number
  readonly arrests: number
}
/** A couple, seen from the person of the page. */
export interface Couple {
  readonly otherId: string
  readonly name: string
  readonly relationships: readonly string[]
  /** The person suspected, the other the victim. */
  readonly towards: Direction
  /** The other suspected, the person the victim. */
  readonly from: Direction
}

/** Everybody with whom the person is suspect and victim on a record that stands, those with the most records first. */
export function couplesOf({ personId, incidents, parties }: PersonRecords, since: Temporal.Instant): Couple[] {
  const lines = new Map(incidents.filter(stands).map((line) => [line.id, line]))
  const mine = new Map<string, Set<string>>()
  for (const party of parties)
    if (party.personId === personId)
      mine.set(party.incidentId, (mine.get(party.incidentId) ?? new Set()).add(party.role))
  const found = new Map<string, { names: string[]; said: Set<string>; towards: Set<string>; from: Set<string> }>()
  for (const { personId: otherId, incidentId, role, name, relationship } of parties) {
    if (otherId === null || otherId === personId || !lines.has(incidentId)) continue
    const own = mine.get(incidentId) ?? new Set()
    const towards = own.has('suspect') && role === 'victim'
    const from = own.has('victim') && role === 'suspect'
    if (!towards && !from) continue
    const pair = found.get(otherId) ?? { names: [], said: new Set(), towards: new Set(), from: new Set() }
    found.set(otherId, pair)
    pair.names.push(name)
    if (towards) pair.towards.add(incidentId)
    if (from) pair.from.add(incidentId)
    // the word on a record is what its victim is to its suspect
    const word = towards ? relationship : relationOf(parties, incidentId, personId)
    if (word !== null && word !== '') pair.said.add(word)
  }
  const direction = (ids: ReadonlySet<string>, suspect: string): Direction => {
    const records = [...ids].flatMap((id) => lines.get(id) ?? []).toSorted(latestFirst)
    return {
      records,
      repeats: records.filter((line, at) => {
        const before = records[at + 1]
        return before !== undefined && isWithin(before.reportedAt, line.reportedAt)
      }).length,
      lastYear: records.filter((line) => isFrom(line, since)).length,
      highRisk: records.filter(({ riskGrade }) => riskGrade === 'high').length,
      arrests: records.filter((line) => arrestOf(line, suspect, parties)).length,
    }
  }
  return [...found]
    .map(([otherId, { names, said, towards, from }]) => ({
      otherId,
      name: commonest(names),
      relationships: [...said],
      towards: direction(towards, personId),
      from: direction(from, otherId),
    }))
    .toSorted((a, b) => size(b) - size(a) || a.otherId.localeCompare(b.otherId))
}

/** What is written most often; of two, the one that is first by letters. */
function commonest(written: readonly string[]): string {
  const groups = [...Map.groupBy(written, (words) => words)]
  return groups.toSorted(([a, x], [b, y]) => y.length - x.length || a.localeCompare(b, 'en-GB'))[0]?.[0] ?? ''
}

const size = ({ towards, from }: Couple): number => towards.records.length + from.records.length

const relationOf = (parties: readonly Party[], incidentId: string, personId: string): string | null =>
  parties.find((party) => party.incidentId === incidentId && party.personId === personId && party.role === 'victim')
    ?.relationship ?? null

const latestFirst = (a: IncidentLine, b: IncidentLine): number =>
  b.reportedAt.epochMilliseconds - a.reportedAt.epochMilliseconds

const isFrom = ({ reportedAt }: IncidentLine, since: Temporal.Instant): boolean =>
  reportedAt.epochMilliseconds >= since.epochMilliseconds

function isWithin(earlier: Temporal.Instant, later: Temporal.Instant): boolean {
  return londonDay(earlier).add({ months: REPEAT_MONTHS }).since(londonDay(later)).sign >= 0
}

/** Whether a record shows an arrest of one suspect: laid to them by name, or to the only suspect that there is. */
function arrestOf(line: IncidentLine, suspect: string, parties: readonly Party[]): boolean {
  const suspects = parties.filter(({ incidentId, role }) => incidentId === line.id && role === 'suspect')
  const theirs = suspects.filter(({ personId }) => personId === suspect)
  return theirs.some(({ arrestedAt }) => arrestedAt !== null) || (line.arrestMade && theirs.length === suspects.length)
}

/** What makes somebody dangerous, or in danger, by the records that stand. */
export type Danger = keyof Signs | 'weapons' | 'children'
export const DANGERS = ['highRisk', 'strangulation', 'threat', 'conduct', 'weapons', 'children'] as const

/** What the records of the last twelve months hold of danger, with the person as suspect or as victim. */
export interface Standing {
  readonly role: 'suspect' | 'victim'
  /** Latest first; those of the last twelve months. */
  readonly records: readonly IncidentLine[]
  readonly dangers: readonly { readonly danger: Danger; readonly records: readonly IncidentLine[] }[]
  /** Records with an arrest of the suspect. */
  readonly arrested: number
  /** When the latest record of any age was reported; null when the person is this on none. */
  readonly latest: Temporal.Instant | null
}

/** How the person stands as victim and as suspect, the victim first; roles that they are on no record are left out. */
export function standingsOf(
  { personId, incidents, parties, offences }: PersonRecords,
  since: Temporal.Instant,
): Standing[] {
  const titles = Map.groupBy(offences, ({ incidentId }) => incidentId)
  const has = (line: IncidentLine): Record<Danger, boolean> => ({
    ...signsOf({ titles: (titles.get(line.id) ?? []).map(({ title }) => title), ...line }),
    weapons: line.flags.includes('weapons'),
    children:
      line.flags.includes('children_present') ||
      parties.some(({ incidentId, role }) => incidentId === line.id && role === 'child'),
  })
  return (['victim', 'suspect'] as const).flatMap((role) => {
    const own = new Set(
      parties.filter((party) => party.personId === personId && party.role === role).map(({ incidentId }) => incidentId),
    )
    const all = incidents.filter((line) => own.has(line.id) && stands(line)).toSorted(latestFirst)
    if (all.length === 0) return []
    const records = all.filter((line) => isFrom(line, since))
    const shown = records.map((line) => ({ line, has: has(line) }))
    return [
      {
        role,
        records,
        dangers: DANGERS.flatMap((danger) => {
          const those = shown.filter((each) => each.has[danger]).map(({ line }) => line)
          return those.length === 0 ? [] : [{ danger, records: those }]
        }),
        arrested: records.filter((line) =>
          role === 'suspect'
            ? arrestOf(line, personId, parties)
            : line.arrestMade || parties.some((party) => party.incidentId === line.id && party.arrestedAt !== null),
        ).length,
        latest: all[0]?.reportedAt ?? null,
      },
    ]
  })
}
