import { londonDay, type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html, type Html } from '#platform/views'
import { NO_FILTER, PAGE_ROWS, choicesOf, mayChoose, rankedList, reviewsDue, scoreOf } from './store.ts'
import { choiceWords, partsBar, pointsText, reviewWords } from './words.ts'

/** How far ahead a review is shown as coming. Days. */
const REVIEW_SOON_DAYS = 14
const MOST_SHOWN = 5

function personLink(personId: string, name: string, after: Html): Html {
  return html`<li><a class="govuk-link" href="/targets/${personId}">${name || 'Name not known'}</a>. ${after}</li>`
}

/** The people high on the list about whom nobody has decided yet. */
export async function undecidedCard(tx: Tx): Promise<TodayCard | null> {
  const { rows } = await rankedList(tx, NO_FILTER, 0, PAGE_ROWS)
  const open = rows.filter(({ decision }) => decision === null).slice(0, MOST_SHOWN)
  if (open.length === 0) return null
  return {
    title: 'High on the list, not decided',
    order: 40,
    body: html`<ul class="govuk-list">
        ${open.map((row) => personLink(row.person_id, row.name, html`Rank ${row.place}, ${pointsText(row.total)} points.`))}
      </ul>
      <p class="govuk-body"><a class="govuk-link" href="/targets">All ranked people</a></p>`,
  }
}

/** The first of the list, for those who read it and do not choose: whom they may meet on their next call. */
export async function highestCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  if (await mayChoose(tx)) return null
  const { rows } = await rankedList(tx, NO_FILTER, 0, MOST_SHOWN)
  if (rows.length === 0) return null
  return {
    title: 'Highest on the list where you work',
    order: 50,
    body: html`<ul class="govuk-list">
        ${rows.map((row) => personLink(row.person_id, row.name, html`${pointsText(row.total)} points. ${choiceWords(row, londonDay(now))}`))}
      </ul>
      <p class="govuk-body"><a class="govuk-link" href="/targets">All ranked people</a></p>`,
  }
}

/** The choices whose review is overdue or due within two weeks, the longest due first. */
export async function reviewsCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard | null> {
  const today = londonDay(now)
  const due = await reviewsDue(tx, today.add({ days: REVIEW_SOON_DAYS }))
  if (due.length === 0) return null
  return {
    title: 'Target reviews due',
    order: 20,
    body: html`<ul class="govuk-list">
        ${due.slice(0, MOST_SHOWN).map(({ id, name, reviewOn }) => personLink(id, name, reviewWords(reviewOn, today)))}
      </ul>
      ${due.length > MOST_SHOWN && html`<p class="govuk-body">${due.length} in all.</p>`}`,
  }
}

/** The fold of the person page: score and latest choice. Null when there is neither. */
export async function scorePanel(tx: Tx, personId: string, now: Temporal.Instant): Promise<Html | null> {
  const [score, [latest]] = await Promise.all([scoreOf(tx, personId, now), choicesOf(tx, personId)])
  if (!score && !latest) return null
  return html`<h2 class="govuk-heading-m" id="ranking">Ranking</h2>
    <p class="govuk-body">
      ${score ? html`${pointsText(score.total)} points of 45: ${partsBar(score)}.` : 'No score now.'}
      <a class="govuk-link" href="/targets/${personId}">Open the score</a>
    </p>
    <p class="govuk-body">${choiceWords(latest ?? { decision: null, review_on: null }, londonDay(now))}</p>`
}
