import { formatDay, formatRelativeDays, londonDay, type Temporal } from '#platform/clock'
import { html, timeMark, type Html } from '#platform/views'
import { MOST, SCORE_LASTS_DAYS, type Points } from './rules.ts'
import type { Decision, KeptScore } from './store.ts'

/** Days of harm, for people: at most two decimals, as the weights have them. */
export function daysText(days: number): string {
  const shown = Number(days.toFixed(2)).toLocaleString('en-GB')
  return `${shown} ${days === 1 ? 'day' : 'days'}`
}

/** A count with its noun. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`
}

/** Points to a tenth, without a nought behind the point. */
export function pointsText(points: number): string {
  return String(Number(points.toFixed(1)))
}

const PARTS = [
  ['recency', 'R'],
  ['frequency', 'F'],
  ['gravity', 'G'],
  ['victims', 'V'],
] as const

/** The four parts as one small bar of four pieces, and as figures that add up to the total. */
export function partsBar(points: Omit<Points, 'total'>): Html {
  const most = MOST.recency + MOST.frequency + MOST.gravity + MOST.victims
  let at = 0
  const pieces = PARTS.map(([part]) => {
    const left = at
    const width = (points[part] / most) * 132
    at += width + (width > 0 ? 2 : 0)
    return html`<rect
      class="dauntless-chart__bar"
      x="${left.toFixed(1)}"
      y="1"
      width="${width.toFixed(1)}"
      height="8"
    />`
  })
  return html`<svg width="140" height="10" viewBox="0 0 140 10" aria-hidden="true" focusable="false">${pieces}</svg>
    <span class="dauntless-figures"
      >${PARTS.map(([part, letter], index) => `${index > 0 ? ' + ' : ''}${letter} ${pointsText(points[part])}`).join('')}</span
    >`
}

/** The latest choice in words, and whether its review has come. */
export function choiceWords(
  choice: { readonly decision: Decision | null; readonly review_on: Temporal.PlainDate | null },
  today: Temporal.PlainDate,
): Html {
  if (choice.decision === null || choice.review_on === null) return html`Not decided`
  return html`${decisionWords(choice.decision)}<br />${reviewWords(choice.review_on, today)}`
}

export function decisionWords(decision: Decision): string {
  return decision === 'target' ? 'Chosen as a target' : 'Refused as a target'
}

/** When a review is due, in words: overdue once its day has passed. */
export function reviewWords(reviewOn: Temporal.PlainDate, today: Temporal.PlainDate): Html {
  const days = today.until(reviewOn, { largestUnit: 'days' }).days
  if (days < 0)
    return timeMark('overdue', `Review overdue: was due ${formatDay(reviewOn)}, ${formatRelativeDays(reviewOn, today)}`)
  return timeMark(
    days <= 14 ? 'soon' : 'in-time',
    `Review due ${formatDay(reviewOn)}, ${formatRelativeDays(reviewOn, today)}`,
  )
}

/** When and by which rules a score was made, and when it ends. */
export function madeWords(score: Pick<KeptScore, 'scored_at' | 'version'>, harmVersion: string): string {
  const day = londonDay(score.scored_at)
  return `Scored on ${formatDay(day)} by version ${score.version}, with harm weights ${harmVersion} (not verified). A score expires after ${SCORE_LASTS_DAYS} days: this one on ${formatDay(day.add({ days: SCORE_LASTS_DAYS }))}.`
}
