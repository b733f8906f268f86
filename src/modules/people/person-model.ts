import type { Temporal } from '#platform/clock'
import type { Html, Problem } from '#platform/views'
import type { Believed } from './as-at.ts'
import type { RecordFact, When } from './facts.ts'
import type { OpenedPerson } from './store.ts'

/** What the page of one person is made of. */
export interface PersonModel {
  readonly opened: OpenedPerson
  /** What is dangerous or live now, from other modules. */
  readonly urgent: readonly Html[]
  /** What stands above the relationships and the mentions. */
  readonly early: readonly Html[]
  /** What else other modules say. */
  readonly panels: readonly Html[]
  /** What is known of each record, by its id; null where no module says it. */
  readonly facts: ReadonlyMap<string, RecordFact> | null
  readonly bcus: ReadonlyMap<number, string>
  /** With whom this is shared, for those who share. */
  readonly shares: Html | null
  /** The day that was asked about, as typed, and what was believed then. */
  readonly asAt: { readonly typed: string; readonly believed: Believed | null }
  readonly now: Temporal.Instant
  readonly csrf: string
  readonly mayDeclareConflict: boolean
  /** Whether those on the records whom one does not see may be opened with a reason. */
  readonly mayClaim: boolean
  readonly problems: readonly Problem[]
  /** What was typed as the reason of a conflict. */
  readonly conflict: string
}

/** When a mention was said: the day its record was reported where that is known, else the day it was taken in. */
export const whenOf =
  ({ facts }: Pick<PersonModel, 'facts'>): When =>
  ({ recordId, recordedAt }) =>
    facts?.get(recordId)?.reportedAt ?? recordedAt
