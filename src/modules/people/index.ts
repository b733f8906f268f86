import type { Module, PersonPanel } from '#platform/http'
import { html } from '#platform/views'
import { peopleApi } from './api.ts'
import { peopleRoutes } from './routes.ts'
import type { NameKeys } from './search.ts'
import { countAsked, countWaiting } from './store.ts'

export { URGENT_BEFORE } from './routes.ts'
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
 */
export function peopleModule(panels: () => readonly PersonPanel[], names: NameKeys): Module {
  return {
    name: 'people',
    navigation: [{ href: '/people', text: 'Find a person', action: 'people.search' }],
    api: peopleApi(names),
    routes: (app, routeParts) => peopleRoutes(app, routeParts, { panels, names }),
    today: [
      {
        action: 'people.review-claims',
        card: async (tx, now) => {
          const { waiting, overdue } = await countWaiting(tx, now)
          if (waiting === 0) return null
          return {
            title: 'Records opened with a reason',
            order: overdue > 0 ? 10 : 40,
            body: html`<p class="govuk-body">
              <a class="govuk-link" href="/people/reviews"
                >${waiting === 1 ? '1 waits' : `${waiting} wait`} for review</a
              >${overdue > 0 && html`, <strong>${overdue} overdue</strong>`}.
            </p>`,
          }
        },
      },
      {
        action: 'people.claim',
        card: async (tx) => {
          const asked = await countAsked(tx)
          if (asked === 0) return null
          return {
            title: 'A supervisor asks',
            order: 30,
            body: html`<p class="govuk-body">
              Why you opened ${asked === 1 ? 'a record' : `${asked} records`} with a reason. Speak with your supervisor.
            </p>`,
          }
        },
      },
    ],
  }
}
