import { type Action, isRole, may, ROLES } from '#platform/access'
import { formatDay, formatRelativeDays, londonDay, type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html, timeMark } from '#platform/views'
import { leftShares } from './shares-store.ts'
import { agencyShares, countAsked, countWaiting, endingPostings, ownRoles, ownSeals } from './store.ts'

/** How far ahead the end of a posting is shown to its holder. Days. */
const POSTING_ENDS_SOON_DAYS = 14

/** Between them these reach every role, for a card that is for everybody. */
export const POSTING_ACTIONS = [
  'people.search',
  'organisation.administer',
  'audit.read',
] as const satisfies readonly Action[]

/** For supervisors: the records opened with a reason that wait for their review. */
export async function waitingCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const { waiting, glass, overdue } = await countWaiting(tx, now)
  if (waiting === 0) return null
  return {
    title: 'Records opened with a reason',
    order: glass > 0 || overdue > 0 ? 10 : 40,
    body: html`${
        glass > 0 &&
        html`<p class="govuk-body">
          <strong>The glass was broken${glass > 1 && ` ${glass} times`}: look now.</strong>
        </p>`
      }
      <p class="govuk-body">
        <a class="govuk-link" href="/people/reviews">${waiting === 1 ? '1 waits' : `${waiting} wait`} for review</a
        >${overdue > 0 && html`, <strong>${overdue} overdue</strong>`}.
      </p>`,
  }
}

/** For whoever opened a record with a reason: that a supervisor asks about it. */
export async function askedCard(tx: Tx): Promise<TodayCard | null> {
  const asked = await countAsked(tx)
  if (asked === 0) return null
  return {
    title: 'A supervisor asks',
    order: 30,
    body: html`<p class="govuk-body">
      Why you opened ${asked === 1 ? 'a record' : `${asked} records`} with a reason. Speak with your supervisor.
    </p>`,
  }
}

/** One's own postings that end soon: with the last day one's sight of every record ends. */
export async function postingsCard(
  tx: Tx,
  now: Temporal.Instant,
  action: (typeof POSTING_ACTIONS)[number],
): Promise<TodayCard | null> {
  const roles = await ownRoles(tx)
  // somebody with several roles is told once, by the first action that is theirs
  if (POSTING_ACTIONS.find((one) => may(roles, one)) !== action) return null
  const today = londonDay(now)
  const ending = await endingPostings(tx, today, POSTING_ENDS_SOON_DAYS)
  if (ending.length === 0) return null
  return {
    title: ending.length === 1 ? 'Your posting ends soon' : 'Your postings end soon',
    order: 35,
    body: html`<ul class="govuk-list">
        ${ending.map(
          ({ role, place, lastDay }) =>
            html`<li>
              ${isRole(role) ? ROLES[role] : role}${place !== '' && `, ${place}`}.
              ${timeMark('soon', `Last day ${formatDay(lastDay)}, ${formatRelativeDays(lastDay, today)}`)}
            </li>`,
        )}
      </ul>
      <p class="govuk-body">
        After the last day you see nothing by it. If you stay, ask your administrator to renew it.
      </p>`,
  }
}

const MOST_SHOWN = 5
/** How far ahead the end of a share is shown as coming. Days. */
const SHARE_ENDS_SOON_DAYS = 14

/** For partners: the people shared with the own agency, those whose share ends first at the top. */
export async function sharedCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const shares = await agencyShares(tx)
  if (shares.length === 0) return null
  const today = londonDay(now)
  return {
    title: 'Shared with your agency',
    order: 20,
    body: html`<p class="govuk-body">
        ${shares.length === 1 ? '1 person' : `${shares.length} people`}, each for a purpose and until a day:
      </p>
      <ul class="govuk-list">
        ${shares.slice(0, MOST_SHOWN).map(({ personId, name, purpose, until }) => {
          // a share ends with its last day, at the midnight that begins the next
          const day = londonDay(until.subtract({ milliseconds: 1 }))
          const left = today.until(day, { largestUnit: 'days' }).days
          return html`<li>
            <a class="govuk-link" href="/people/${personId}">${name || 'Name not known'}</a>, ${purpose}.
            ${timeMark(left <= SHARE_ENDS_SOON_DAYS ? 'soon' : 'in-time', `Until ${formatDay(day)}, ${formatRelativeDays(day, today)}`)}
          </li>`
        })}
      </ul>`,
  }
}

/** For supervisors: people shared with a partner before their records were joined with others, of whom the partner now sees nothing. */
export async function leftSharesCard(tx: Tx): Promise<TodayCard | null> {
  const left = await leftShares(tx)
  if (left.length === 0) return null
  return {
    title: 'A partner sees nothing any more',
    order: 15,
    body: html`<p class="govuk-body">
        Records were joined, and what was shared of one of them is not shared of the whole. Share again, or end it:
      </p>
      <ul class="govuk-list">
        ${left
          .slice(0, MOST_SHOWN)
          .map(
            ({ personId, name, agencies }) =>
              html`<li>
                <a class="govuk-link" href="/people/${personId}/shares">${name || 'Name not known'}</a>,
                ${agencies.join(', ')}
              </li>`,
          )}
      </ul>
      ${left.length > MOST_SHOWN && html`<p class="govuk-body">${left.length} in all.</p>`}`,
  }
}

/** For professional standards: the sealed people one is named for. */
export async function sealedCard(tx: Tx): Promise<TodayCard | null> {
  const seals = await ownSeals(tx)
  if (seals.length === 0) return null
  return {
    title: 'Sealed records you are named for',
    order: 20,
    body: html`<p class="govuk-body">
        ${seals.length === 1 ? 'One person' : `${seals.length} people`} whom nobody sees but those named. The newest
        first:
      </p>
      <ul class="govuk-list">
        ${seals
          .slice(0, MOST_SHOWN)
          .map(
            ({ personId, name, at }) =>
              html`<li>
                <a class="govuk-link" href="/people/${personId}">${name || 'Name not known'}</a>, named for since
                ${formatDay(londonDay(at))}
              </li>`,
          )}
      </ul>`,
  }
}
