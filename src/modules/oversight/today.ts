import { formatInstant, type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html } from '#platform/views'
import { sealingFaults } from './rules.ts'
import { accessGiven, logState } from './store.ts'

const DAYS = 7

/** What needs the auditor: whether the log is sealed as it should be, and access that was given this week. */
export async function auditorsCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const state = await logState(tx)
  if (!state) return null
  const oldest = state.oldestWaiting
  const oldestWaitingMs = oldest === null ? null : now.epochMilliseconds - oldest.epochMilliseconds
  const faults = sealingFaults({ ...state, oldestWaitingMs })
  const given = await accessGiven(tx, now.subtract({ hours: 24 * DAYS }))
  return {
    title: 'Audit log',
    order: faults.length > 0 ? 10 : 30,
    body: html`${
      faults.length === 0 &&
      html`<p class="govuk-body">
        <a class="govuk-link" href="/log/seal">Sealed</a> to entry
        ${state.size.toLocaleString('en-GB')}${
          state.cosignedAt !== null &&
          `, cosigned by the witness to entry ${state.cosignedSize.toLocaleString('en-GB')} on ${formatInstant(state.cosignedAt)}`
        }.
        No fault.
      </p>`
    }
    ${faults.map((fault) => html`<p class="govuk-body"><a class="govuk-link" href="/log/seal">${fault}</a></p>`)}
    ${given.length === 0 && html`<p class="govuk-body">No access was given in the last ${DAYS} days.</p>`}
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
