import { formatDay, londonDay, type Temporal } from '#platform/clock'

const ROLES: Readonly<Record<string, string>> = {
  victim: 'Victim',
  suspect: 'Suspect',
  witness: 'Witness',
  child: 'Child',
  other: 'Other',
}
const SEXES: Readonly<Record<string, string>> = { F: 'Female', M: 'Male', U: 'Not known' }
// Victims come first wherever roles are listed: somebody who is both is to be met as a victim.
export const ROLE_ORDER: readonly string[] = ['victim', 'child', 'suspect', 'witness', 'other']

export const roleWord = (role: string): string => ROLES[role] ?? role
export const sexWord = (sex: string | null): string => SEXES[sex ?? 'U'] ?? 'Not known'

/** The roles as words, victim first. */
export function roleWords(roles: readonly string[]): string {
  return roles
    .toSorted((a, b) => ROLE_ORDER.indexOf(a) - ROLE_ORDER.indexOf(b))
    .map(roleWord)
    .join(', ')
}

/** A date of birth with the age it makes: `12 March 1985 (41)`. */
export function dobWords(dob: Temporal.PlainDate | null, now: Temporal.Instant): string {
  return dob === null ? 'Not known' : `${formatDay(dob)} (${ageOn(dob, londonDay(now))})`
}

/** The age in whole years on a day. */
export function ageOn(dob: Temporal.PlainDate, today: Temporal.PlainDate): number {
  return dob.until(today, { largestUnit: 'years' }).years
}

/** The parts of a name that a record holds, as it wrote them. */
export function writtenName(written: { readonly forenames: string | null; readonly surname: string | null }): string {
  return [written.forenames, written.surname].filter(Boolean).join(' ') || 'No name written'
}

/** The name by which a record calls somebody, or what they are known as; empty when it has neither. */
export function calledAs(written: {
  readonly forenames: string | null
  readonly surname: string | null
  readonly knownAs: string | null
}): string {
  return [written.forenames, written.surname].filter(Boolean).join(' ').trim() || (written.knownAs ?? '')
}

/** The BCUs of a record, by name. */
export function bcuWords(reach: readonly number[], bcus: ReadonlyMap<number, string>): string {
  return reach.map((id) => bcus.get(id) ?? String(id)).join(', ')
}

export const records = (count: number): string => (count === 1 ? '1 record' : `${count} records`)

/** What a victim is to a suspect, as people say it; empty where nothing is known. */
export function relationshipWord(code: string | null): string {
  const word = (code ?? '').replaceAll('_', ' ').trim().toLowerCase()
  return word === 'unknown' || word === 'not known' ? '' : word
}

/** How much a mention agrees with the rest of its person, in words. @param weight logarithm to base 2 of how much likelier */
export function weightWords(weight: number | null): string {
  if (weight === null) return 'Not weighed'
  const times = 2 ** Math.min(Math.abs(weight), 60)
  const likelier =
    times > 1_000_000
      ? 'over a million'
      : (times < 100 ? Math.round(times) : Number(times.toPrecision(2))).toLocaleString('en-GB')
  if (weight <= 0) return 'Does not agree by itself'
  const strength = weight >= 20 ? 'Very strong' : weight >= 10 ? 'Strong' : weight >= 5 ? 'Fair' : 'Weak'
  return `${strength}: ${likelier} times likelier as one person`
}

/** The span of two moments as days: one day where they are on the same. */
export function spanWords(first: Temporal.Instant, last: Temporal.Instant): string {
  const [from, to] = [formatDay(londonDay(first)), formatDay(londonDay(last))]
  return from === to ? from : `${from} to ${to}`
}

/** Two times of one thing as people say it: `3 hours late`, `due in 20 minutes`. */
export function lateWords(
  due: Temporal.Instant,
  now: Temporal.Instant,
): { readonly late: boolean; readonly words: string } {
  const minutes = Math.round((due.epochMilliseconds - now.epochMilliseconds) / 60_000)
  const late = minutes < 0
  const size = Math.abs(minutes)
  const span =
    size < 120
      ? counted(size, 'minute')
      : size < 2880
        ? counted(Math.floor(size / 60), 'hour')
        : counted(Math.floor(size / 1440), 'day')
  return { late, words: late ? `Overdue by ${span}` : `Due in ${span}` }
}

/** A count with its noun. */
export const counted = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`
