import { formatDay, londonDay, startOfLondonDay, type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html, join } from '#platform/views'
import { batch, batches, highRiskOpen, offencesOf, partiesOf } from './store.ts'
import { counted } from './words.ts'

/** How long after its report a record is still looked at for an arrest. Months. */
const OPEN_MONTHS = 12
const MOST_SHOWN = 5
/** How far back an import's rows are still to be put right, and how many imports are looked at. */
const IMPORT_DAYS = 28
const IMPORTS_LOOKED_AT = 5

/** The newest records of one's commands that are graded high risk and show no arrest. */
export async function highRiskCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const since = startOfLondonDay(londonDay(now).subtract({ months: OPEN_MONTHS }))
  const { rows, found } = await highRiskOpen(tx, since, MOST_SHOWN)
  if (rows.length === 0) return null
  const ids = rows.map(({ id }) => id)
  const parties = await partiesOf(tx, ids)
  const offences = await offencesOf(tx, ids)
  return {
    title: 'High risk, nobody arrested',
    order: 15,
    body: html`<p class="govuk-body">
        ${counted(found, 'record')} of the last ${OPEN_MONTHS} months where you
        work${found > rows.length && `, the newest ${rows.length}`}:
      </p>
      <ul class="govuk-list">
        ${rows.map((line) => {
          const suspects = parties.filter(({ incidentId, role }) => incidentId === line.id && role === 'suspect')
          const [offence] = offences.filter(({ incidentId }) => incidentId === line.id)
          return html`<li>
            <a class="govuk-link" href="/incidents/${line.id}">${formatDay(londonDay(line.reportedAt))}</a>:
            ${offence?.title ?? 'not recorded as a crime'}.
            ${
              suspects.length === 0
                ? 'No suspect named'
                : join(
                    suspects.map(({ personId, name }) =>
                      personId === null
                        ? html`${name}`
                        : html`<a class="govuk-link" href="/people/${personId}">${name}</a>`,
                    ),
                    html`, `,
                  )
            }
          </li>`
        })}
      </ul>`,
  }
}

/** The imports that failed, or that hold rows nobody has put right. */
export async function importsCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const since = now.subtract({ hours: 24 * IMPORT_DAYS })
  const recent = (await batches(tx)).filter(({ startedAt }) => startedAt.epochMilliseconds >= since.epochMilliseconds)
  const waiting: { id: string; at: Temporal.Instant; words: string }[] = []
  for (const { id, startedAt, state } of recent.slice(0, IMPORTS_LOOKED_AT)) {
    if (state === 'failed') waiting.push({ id, at: startedAt, words: 'stopped before its end' })
    const report = state === 'failed' ? null : await batch(tx, id)
    const open = report === null ? 0 : report.problemCount - report.corrected
    if (open > 0) waiting.push({ id, at: startedAt, words: `${counted(open, 'problem')} to put right` })
  }
  if (waiting.length === 0) return null
  return {
    title: 'Imports to put right',
    order: 30,
    body: html`<ul class="govuk-list">
      ${waiting.map(
        ({ id, at, words }) =>
          html`<li>
            <a class="govuk-link" href="/imports/${id}">Import of ${formatDay(londonDay(at))}</a>: ${words}
          </li>`,
      )}
    </ul>`,
  }
}
