import { formatDay, formatRelativeDays, londonDay, type Temporal } from '#platform/clock'
import { html, timeMark, type Html } from '#platform/views'
import {
  LIFTED_GRAVITY,
  liftingSigns,
  LIFTS_FROM,
  MOST,
  SCORE_LASTS_DAYS,
  SEVERE_DAYS,
  type Points,
  type SignCounts,
} from './rules.ts'
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

/** The parts of a score with the letter and the word that each is known by, in the order that they are written. */
export const PARTS = [
  ['recency', 'R', 'Recency'],
  ['frequency', 'F', 'Frequency'],
  ['gravity', 'G', 'Gravity'],
  ['victims', 'V', 'Victims'],
] as const

/** The most that all parts can give together. */
export const MOST_POINTS = MOST.recency + MOST.frequency + MOST.gravity + MOST.victims
const BAR = { width: 180, height: 14 }

/** The four parts as one bar on a scale of all 45 points, with the same as figures under it and in words. */
export function partsBar(points: Omit<Points, 'total'>): Html {
  let at = 0
  const pieces = PARTS.map(([part]) => {
    const left = at
    at += (points[part] / MOST_POINTS) * BAR.width
    // a hair of white keeps neighbours apart for those who do not see the colours
    const width = Math.max(0, at - left - 1)
    return html`<rect
      class="dauntless-parts__${part}"
      x="${left.toFixed(1)}"
      y="0"
      width="${width.toFixed(1)}"
      height="${BAR.height}"
    />`
  })
  return html`<svg
      class="dauntless-parts"
      viewBox="0 0 ${BAR.width} ${BAR.height}"
      width="${BAR.width}"
      height="${BAR.height}"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="dauntless-parts__room" x="0" y="0" width="${BAR.width}" height="${BAR.height}" />
      ${pieces}</svg
    ><span class="dauntless-figures dauntless-nowrap" aria-hidden="true"
      >${PARTS.map(([part, letter]) => `${letter} ${pointsText(points[part])}`).join(' + ')}</span
    ><span class="govuk-visually-hidden"
      >${PARTS.map(([part, , word]) => `${word} ${pointsText(points[part])}`).join(', ')}</span
    >`
}

const LEGEND: Readonly<Record<(typeof PARTS)[number][0], string>> = {
  recency: 'how lately',
  frequency: 'how often',
  gravity: 'how grave',
  victims: 'how many victims',
}

/** What the letters and shades of the bars mean, and how much each part can give. */
export function partsLegend(): Html {
  return html`<ul class="dauntless-legend" aria-label="Parts of a score">
    ${PARTS.map(
      ([part, letter, word]) =>
        html`<li>
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" focusable="false">
            <rect class="dauntless-parts__${part}" width="14" height="14" /></svg
          ><strong>${letter}</strong> ${word}, ${LEGEND[part]} (at most ${MOST[part]})
        </li>`,
    )}
  </ul>`
}

/** What each sign is called, one record of it. */
const SIGN: Readonly<Record<keyof SignCounts, string>> = {
  conduct36m: 'stalking, harassment or control',
  strangulation36m: 'strangulation or suffocation',
  threats36m: 'a threat to kill',
  highRisk36m: 'risk graded high',
}
export const SIGNS = Object.entries(SIGN) as [keyof SignCounts, string][]

/** How many records of 36 months show each sign, as the score keeps them. */
export function signCounts(score: KeptScore): SignCounts {
  return {
    conduct36m: score.conduct_36m,
    strangulation36m: score.strangulation_36m,
    threats36m: score.threats_36m,
    highRisk36m: score.high_risk_36m,
  }
}

/** What lifts a score: "2 records of stalking, harassment or control". Empty when nothing does. */
export function liftWords(counts: SignCounts): string {
  return liftingSigns(counts)
    .map((sign) => `${counted(counts[sign], 'record')} of ${SIGN[sign]}`)
    .join(', ')
}

/** The rule that lifts, in words. */
export const LIFT_RULE = `gravity is at least ${LIFTED_GRAVITY}, as one record of ${SEVERE_DAYS} days makes, with ${SIGNS.map(
  ([sign, words]) => `${counted(LIFTS_FROM[sign], 'record')} of ${words}`,
).join(' or ')} in 36 months`

/** Where that rule comes from, said wherever a lift is. */
export const LIFT_SOURCE = `From how many records a sign lifts a score (${SIGNS.map(([sign, words]) => `${LIFTS_FROM[sign]} of ${words}`).join(', ')}), and how far, is a design choice of Dauntless: it is taken from no law, guidance or study.`

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

/** The same in few words, for a narrow column. */
export function reviewMark(reviewOn: Temporal.PlainDate, today: Temporal.PlainDate): Html {
  const days = today.until(reviewOn, { largestUnit: 'days' }).days
  if (days < 0) return timeMark('overdue', `Review ${counted(-days, 'day')} overdue`)
  if (days <= SOON_DAYS) return timeMark('soon', `Review ${formatRelativeDays(reviewOn, today)}`)
  return timeMark('in-time', `Review ${formatDay(reviewOn, { short: true })}`)
}

/** From how near a review is marked as coming. Days. */
const SOON_DAYS = 14

/** When a review is due, in words: overdue once its day has passed. */
export function reviewWords(reviewOn: Temporal.PlainDate, today: Temporal.PlainDate): Html {
  const days = today.until(reviewOn, { largestUnit: 'days' }).days
  if (days < 0)
    return timeMark(
      'overdue',
      `Review overdue: was due ${formatDay(reviewOn, { short: true })}, ${formatRelativeDays(reviewOn, today)}`,
    )
  return timeMark(
    days <= SOON_DAYS ? 'soon' : 'in-time',
    `Review due ${formatDay(reviewOn, { short: true })}, ${formatRelativeDays(reviewOn, today)}`,
  )
}

/** When and by which rules a score was made, and when it ends. */
export function madeWords(score: Pick<KeptScore, 'scored_at' | 'version'>, harmVersion: string): string {
  const day = londonDay(score.scored_at)
  return `Scored on ${formatDay(day)} by version ${score.version}, with harm weights ${harmVersion} (not verified). A score expires after ${SCORE_LASTS_DAYS} days: this one on ${formatDay(day.add({ days: SCORE_LASTS_DAYS }))}.`
}
