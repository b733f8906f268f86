import { type Caption, pictureWithTable, place, shorten } from './figure.ts'
import { type Html, html } from './html.ts'
import type { DataTable } from './table.ts'

const WIDTH = 720
const ROW = 36
const STEP = 28
const DRAWN_AT_MOST = 24

export interface TreeChart extends Caption {
  /** Each with the place of the one it hangs on, which comes before it; null for one that hangs on nothing. */
  readonly nodes: readonly { readonly label: string; readonly on: number | null; readonly tie: string }[]
  readonly table: Omit<DataTable, 'caption' | 'captionHidden'>
}

/**
 * What hangs on what, one under the other, each line saying what the tie is. The first twenty-four are drawn.
 *
 * @throws RangeError when one hangs on something that does not come before it.
 */
export function treeChart({ nodes, table, ...caption }: TreeChart): Html {
  const depths: number[] = []
  for (const [at, { on }] of nodes.entries()) {
    if (on !== null && (on < 0 || on >= at)) throw new RangeError(`${caption.title}: ${at} hangs on ${on}.`)
    depths.push(on === null ? 0 : (depths[on] ?? 0) + 1)
  }
  const drawn = nodes.slice(0, DRAWN_AT_MOST)
  const x = (at: number): number => 12 + Math.min(depths[at] ?? 0, 10) * STEP
  const y = (at: number): number => 20 + at * ROW
  const left = nodes.length - drawn.length
  const drawing = drawn.map(({ label, on, tie }, at) => {
    const from = on === null ? null : { x: x(on), y: y(on) }
    return html`<g>
      ${
        from !== null &&
        html`<path
          class="dauntless-chart__tie"
          fill="none"
          d="M${place(from.x)} ${place(from.y + 7)}V${place(y(at))}H${place(x(at) - 7)}"
        />`
      }
      <circle class="dauntless-chart__person" cx="${place(x(at))}" cy="${place(y(at))}" r="7" />
      <text x="${place(x(at) + 14)}" y="${place(y(at))}" dy="0.35em"
        ><tspan font-weight="700">${shorten(label, 44)}</tspan> <tspan>${shorten(tie, 34)}</tspan></text
      >
    </g>`
  })
  return pictureWithTable(
    caption,
    { width: WIDTH, height: drawn.length * ROW + (left > 0 ? 28 : 8) },
    html`${drawing}
    ${left > 0 && html`<text x="8" y="${place(drawn.length * ROW + 16)}" font-size="13">and ${left} more, in the table</text>`}`,
    table,
    'folded',
  )
}
