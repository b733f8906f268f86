import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { Module, PersonPanel } from '#platform/http'
import { peopleApi } from './api.ts'
import { readersRoutes } from './readers-routes.ts'
import { peopleRoutes, type RecordFacts } from './routes.ts'
import type { NameKeys } from './search.ts'
import { sealRoutes } from './seal-routes.ts'
import { sharesRoutes } from './shares-routes.ts'
import {
  askedCard,
  leftSharesCard,
  POSTING_ACTIONS,
  postingsCard,
  sealedCard,
  sharedCard,
  waitingCard,
} from './today.ts'

export type { RecordFact } from './facts.ts'
export { EARLY_BEFORE, type RecordFacts, URGENT_BEFORE } from './routes.ts'
export { isJoined, type Mention, mentionsAround } from './store.ts'
export { calledAs } from './words.ts'
export { SEAL_CHANGED } from './seal-store.ts'
export {
  phoneKey,
  postcodeKey,
  refKey,
  searchKeysOf,
  type FindableMention,
  type KeyKind,
  type NameKeys,
  type SearchKey,
} from './search.ts'

/**
 * People: finding them, the person page, conflicts of interest, and the review of records opened with a reason.
 * @param panels what the modules above add to the person page, asked for at each page
 * @param names how names are brought to one form; the same that filled `people.search_key`
 * @param records what the module above knows of records; without it pages say when each was taken in
 */
export function peopleModule(panels: () => readonly PersonPanel[], names: NameKeys, records?: RecordFacts): Module {
  return {
    name: 'people',
    navigation: [{ href: '/people', text: 'Find a person', action: 'people.search' }],
    api: peopleApi(names),
    routes: (app, routeParts) => {
      peopleRoutes(app, routeParts, { panels, names, records })
      readersRoutes(app, routeParts)
      sharesRoutes(app, routeParts)
      sealRoutes(app, routeParts)
    },
    today: [
      { action: 'people.review-claims', card: waitingCard },
      { action: 'people.claim', card: askedCard },
      { action: 'people.share', card: leftSharesCard },
      { action: 'people.read', card: sharedCard },
      { action: 'people.read', card: sealedCard },
      ...POSTING_ACTIONS.map((action) => ({
        action,
        card: (tx: Tx, now: Temporal.Instant) => postingsCard(tx, now, action),
      })),
    ],
  }
}
