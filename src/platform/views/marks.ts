import { type Html, html } from './html.ts'

/** The grades of risk of the DARA and DASH forms. */
export type RiskGrade = 'high' | 'medium' | 'standard'

/** How a deadline stands. */
export type TimeStanding = 'overdue' | 'soon' | 'in-time' | 'done'

const TRIANGLE = html`<path d="M8 1 15.5 15H.5Z" />`
const DIAMOND = html`<path d="M8 0 16 8 8 16 0 8Z" />`
const RING = html`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="3" />`
const SQUARE = html`<path d="M1 1h14v14H1Z" />`
const HALF = html`<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2" /><path
    d="M8 2a6 6 0 0 1 0 12Z"
  />`
const TICK = html`<path d="m1 9 2-2 3 3 7-8 2 2-9 10Z" />`

const RISKS = {
  high: { words: 'High risk', shape: TRIANGLE },
  medium: { words: 'Medium risk', shape: DIAMOND },
  standard: { words: 'Standard risk', shape: RING },
} as const

const TIMES = { overdue: SQUARE, soon: HALF, 'in-time': RING, done: TICK } as const

function mark(kind: string, shape: Html, words: string): Html {
  return html`<span class="dauntless-mark dauntless-mark--${kind}"
    ><svg
      class="dauntless-mark__shape"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="currentColor"
      aria-hidden="true"
      focusable="false"
    >
      ${shape}</svg
    >${words}</span
  >`
}

/** A grade of risk in words, with a shape of its own; the colour only repeats it. Cheap enough for table rows. */
export function riskMark(grade: RiskGrade): Html {
  const { words, shape } = RISKS[grade]
  return mark(grade, shape, words)
}

/** How a deadline stands, in the words given ("2 days late"), with a shape of its own. Cheap enough for table rows. */
export function timeMark(standing: TimeStanding, words: string): Html {
  return mark(standing, TIMES[standing], words)
}
