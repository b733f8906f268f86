import { type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html } from '#platform/views'
import { sealingFaults } from './rules.ts'
import { accessGiven, logState } from './store.ts'

const DAYS = 7

/** What needs the auditor: a log that is not sealed as it should be, and access that was given this week. */
export async function auditorsCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const state = await logState(tx)
  if (!state) return null
  const oldest = state.oldestWaiting
  const oldestWaitingMs = oldest === null ? null : now.epochMilliseconds - oldest.epochMilliseconds
  const faults = sealingFaults({ ...state, oldestWaitingMs })
  const given = await accessGiven(tx, now.subtract({ hours: 24 * DAYS }))
  if (faults.length === 0 && given.length === 0) return null
  return {
    title: 'Audit log',
    order: 10,
    body: html`${faults.map((fault) => html`<p class="govuk-body"><a class="govuk-link" href="/log/seal">${fault}</a></p>`)}
    ${
      given.length > 0 &&
      html`<p class="govuk-body">
        <a class="govuk-link" href="/log/access"
          >${given.length} ${given.length === 1 ? 'posting was' : 'postings were'} made in the last ${DAYS} days</a
        >
      </p>`
    }`,
  }
}
