// The decision about access once more, plainly, from the words of the design ("the database says no") and not from the SQL.
// The tests hold the two together: `test/access-matrix.test.ts`.
import type { Temporal } from '#platform/clock'

export interface Posting {
  readonly role: string
  /** The Basic Command Unit of the team; null for a team of the whole force; undefined for a partner. */
  readonly bcu?: number | null
  readonly agency?: { readonly id: string; readonly suspended: boolean }
  readonly from: Temporal.PlainDate
  /** The first day without. */
  readonly to: Temporal.PlainDate | null
}
export interface Actor {
  readonly id: string
  readonly postings: readonly Posting[]
  readonly claims: readonly { readonly person: string; readonly until: Temporal.Instant }[]
  readonly exclusions: readonly { readonly person: string; readonly ended: boolean }[]
  /** The sealed people this actor is named for. */
  readonly namedFor: readonly string[]
}
export interface Share {
  readonly agency: string
  readonly fields: readonly string[]
  readonly until: Temporal.Instant
  readonly ended: boolean
}
export interface Person {
  readonly kind: 'person'
  readonly id: string
  readonly sealed: boolean
  /** The commands that have a record of this person. */
  readonly bcus: readonly number[]
  readonly shares: readonly Share[]
}
export interface Incident {
  readonly kind: 'incident'
  readonly id: string
  /** Everybody it says is on it now. */
  readonly people: readonly Person[]
  /** Those an earlier version of it named. They give nobody sight of it, but may take it away. */
  readonly formerly: readonly Person[]
}
export type Sight = 'full' | 'stub' | 'none'

/** Roles that work with people's records and so have a relationship to those of their command. */
export const WORKING = [
  'investigator',
  'da_car',
  'safeguarding_supervisor',
  'disclosure_officer',
  'orders_officer',
  'analyst',
  'lead_responsible_officer',
]

/** The postings that hold on the day in London; those of a suspended agency do not. */
export function postingsOf(actor: Actor, now: Temporal.Instant): Posting[] {
  const today = now.toZonedDateTimeISO('Europe/London').toPlainDate().toString()
  return actor.postings.filter(
    ({ from, to, agency }) =>
      from.toString() <= today && (to === null || today < to.toString()) && agency?.suspended !== true,
  )
}

/** Whether the actor holds one of the roles today. */
export function hasRole(actor: Actor, roles: readonly string[], now: Temporal.Instant): boolean {
  return postingsOf(actor, now).some(({ role }) => roles.includes(role))
}

/** What the actor may see of a person or a record: all of it, that it is known and to whom, or nothing at all. */
export function maySee(actor: Actor, record: Person | Incident, now: Temporal.Instant): Sight {
  const people = record.kind === 'person' ? [record] : record.people
  const touched = record.kind === 'person' ? [record] : [...record.people, ...record.formerly]
  const live = postingsOf(actor, now)
  // Somebody without a post is nobody, whatever was once given.
  if (live.length === 0) return 'none'

  // A conflict of interest wins over everything; the sealed is absent for all who are not named for everybody sealed on it.
  if (touched.some(({ id }) => actor.exclusions.some((one) => one.person === id && !one.ended))) return 'none'
  const sealed = touched.filter((person) => person.sealed)
  if (sealed.some(({ id }) => !actor.namedFor.includes(id))) return 'none'
  if (sealed.length > 0) return 'full'

  const field = record.kind === 'person' ? 'identity' : 'incidents'
  const isShared = people.some(({ shares }) =>
    shares.some(
      (share) =>
        live.some(({ agency }) => agency?.id === share.agency) &&
        share.fields.includes(field) &&
        !share.ended &&
        share.until.epochMilliseconds > now.epochMilliseconds,
    ),
  )
  if (isShared) return 'full'

  const working = live.filter(({ role }) => WORKING.includes(role))
  const isRelated = people.some(({ bcus }) =>
    working.some(({ bcu }) => bcus.some((one) => bcu === null || bcu === one)),
  )
  if (isRelated) return 'full'
  const isClaimed = people.some(({ id }) =>
    actor.claims.some(({ person, until }) => person === id && until.epochMilliseconds > now.epochMilliseconds),
  )
  if (isClaimed && working.length > 0) return 'full'
  // Only people are searched for, and a stub is for those who may search the force.
  const maySearch = working.length > 0 || live.some(({ role }) => role === 'professional_standards')
  return record.kind === 'person' && maySearch ? 'stub' : 'none'
}

/** Whether one click with a reason opens this person: never the sealed, never one's own conflict. */
export function mayClaim(actor: Actor, person: Person, now: Temporal.Instant): boolean {
  return hasRole(actor, WORKING, now) && !person.sealed && maySee(actor, person, now) !== 'none'
}
