import { scaleLinear } from 'd3-scale'
import { type Caption, figure, pictureWithTable, place, shorten } from './figure.ts'
import { type Html, html, type Part } from './html.ts'
import type { DataTable } from './table.ts'

const WIDTH = 720
const ROW = 32

export interface Waterfall extends Caption {
  /** What the steps are counted in, such as "bits". */
  readonly unit: string
  /** In order; each begins where the one before it ended. The first begins at nought. */
  readonly steps: readonly { readonly label: string; readonly by: number }[]
  /** What the whole comes to is called. */
  readonly total: string
  /** A fuller table of the same steps, in place of the one of steps and totals. */
  readonly table?: Omit<DataTable, 'caption' | 'captionHidden'>
}

const tenth = (value: number): string => figure(Math.round(value * 10) / 10)
/** A figure with its sign, as it is added. */
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${tenth(Math.abs(value))}`

/** Draws rows of bars over one scale that holds nought and all of these values. */
function rowsOver(values: readonly number[], left = 200) {
  const x = scaleLinear([Math.min(0, ...values), Math.max(1, ...values)], [left + 56, WIDTH - 64])
  const row = (at: number, label: string, from: number, to: number, said: string, kind: string): Html => {
    const top = 4 + at * ROW
    const [low, high] = [Math.min(x(from), x(to)), Math.max(x(from), x(to))]
    return html`<g>
      <text x="${left - 10}" y="${place(top + ROW / 2)}" dy="0.35em" text-anchor="end"
        >${shorten(label, Math.floor(left / 7.5))}</text
      >
      <rect
        class="dauntless-chart__${kind}"
        x="${place(low)}"
        y="${place(top + 5)}"
        width="${place(Math.max(high - low, 1.5))}"
        height="${ROW - 10}"
      />
      <text
        x="${place(to < from ? low - 6 : high + 6)}"
        y="${place(top + ROW / 2)}"
        dy="0.35em"
        text-anchor="${to < from ? 'end' : 'start'}"
        font-weight="700"
        >${said}</text
      >
    </g>`
  }
  const nought = (height: number): Html =>
    html`<line class="dauntless-chart__grid" x1="${place(x(0))}" y1="0" x2="${place(x(0))}" y2="${place(height)}" />`
  return Object.assign(row, { nought })
}

export interface SignedBars extends Caption {
  /** What the bars are counted in, such as "bits". */
  readonly unit: string
  readonly bars: readonly { readonly label: string; readonly value: number }[]
}

/**
 * Lying bars from nought: right for what is above it, left and hollow for what is below, each with its figure and sign.
 *
 * @throws RangeError when a value is not finite.
 */
export function signedBarChart({ unit, bars, ...caption }: SignedBars): Html {
  for (const { value } of bars)
    if (!Number.isFinite(value)) throw new RangeError(`${caption.title}: ${value} cannot be drawn.`)
  const row = rowsOver(
    bars.map(({ value }) => value),
    330,
  )
  const height = bars.length * ROW + 8
  return pictureWithTable(
    caption,
    { width: WIDTH, height },
    html`${row.nought(height)}
    ${bars.map(({ label, value }, at) => row(at, label, 0, value, signed(value), value < 0 ? 'against' : 'bar'))}`,
    {
      head: [
        { key: 'label', text: 'What' },
        { key: 'value', text: unit, numeric: true },
      ],
      rows: bars.map(({ label, value }) => [label, signed(value)]),
      rowHeader: true,
    },
  )
}

/**
 * Steps up and down that make a total, one under the other: what speaks for goes right, what speaks against goes left and
 * is drawn hollow, and each bears its figure with its sign.
 *
 * @throws RangeError when a step is not finite.
 */
export function waterfallChart({ unit, steps, total, table, ...caption }: Waterfall): Html {
  for (const { by } of steps) if (!Number.isFinite(by)) throw new RangeError(`${caption.title}: ${by} cannot be drawn.`)
  const ends: number[] = []
  for (const { by } of steps) ends.push((ends.at(-1) ?? 0) + by)
  const sum = ends.at(-1) ?? 0
  const row = rowsOver(ends)
  const height = (steps.length + 1) * ROW + 8
  const drawing: Part = steps.map(({ label, by }, at) =>
    row(at, label, ends[at - 1] ?? 0, ends[at] ?? 0, signed(by), by < 0 ? 'against' : 'bar'),
  )
  return pictureWithTable(
    caption,
    { width: WIDTH, height },
    html`${row.nought(height)} ${drawing} ${row(steps.length, total, 0, sum, tenth(sum), 'total')}`,
    table ?? {
      head: [
        { key: 'step', text: 'What' },
        { key: 'by', text: `Adds (${unit})`, numeric: true },
        { key: 'end', text: 'Running total', numeric: true },
      ],
      rows: [...steps.map(({ label, by }, at) => [label, signed(by), tenth(ends[at] ?? 0)]), [total, '', tenth(sum)]],
      rowHeader: true,
    },
  )
}
