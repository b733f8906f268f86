import { scaleBand, scaleLinear, scalePoint } from 'd3-scale'
import { line } from 'd3-shape'
import { type Caption, figure, pictureWithTable, place, shorten } from './figure.ts'
import { type Html, html } from './html.ts'
import type { DataTable } from './table.ts'

const WIDTH = 720

export interface BarChart extends Caption {
  /** What the bars count, such as "incidents". */
  readonly unit: string
  /** Drawn in the order given. Values are finite and not negative. */
  readonly bars: readonly { readonly label: string; readonly value: number }[]
}

function checkFigures(title: string, values: Iterable<number>): void {
  for (const value of values) {
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`${title}: ${value} cannot be drawn.`)
  }
}

/**
 * Lying bars from nought, each with its figure beside it.
 *
 * @throws RangeError when a value is negative or not finite.
 */
export function barChart({ unit, bars, ...caption }: BarChart): Html {
  checkFigures(
    caption.title,
    bars.map((bar) => bar.value),
  )
  const left = 190
  const height = bars.length * 30 + 8
  const x = scaleLinear([0, Math.max(1, ...bars.map((bar) => bar.value))], [left, WIDTH - 70])
  const y = scaleBand(bars.keys().toArray(), [4, height - 4]).padding(0.25)
  const drawing = bars.map(({ label, value }, index) => {
    const top = y(index) ?? 0
    const middle = place(top + y.bandwidth() / 2)
    return html`<g>
      <text x="${left - 10}" y="${middle}" dy="0.35em" text-anchor="end">${shorten(label, 24)}</text>
      <rect
        class="dauntless-chart__bar"
        x="${left}"
        y="${place(top)}"
        width="${place(x(value) - left)}"
        height="${place(y.bandwidth())}"
      />
      <text x="${place(x(value) + 8)}" y="${middle}" dy="0.35em" font-weight="700">${figure(value)}</text>
    </g>`
  })
  return pictureWithTable(
    caption,
    { width: WIDTH, height },
    html`<line class="dauntless-chart__grid" x1="${left}" y1="0" x2="${left}" y2="${place(height)}" /> ${drawing}`,
    {
      head: [
        { key: 'label', text: 'What' },
        { key: 'value', text: capital(unit), numeric: true },
      ],
      rows: bars.map((bar) => [bar.label, figure(bar.value)]),
      rowHeader: true,
    },
  )
}

export interface LineChart extends Caption {
  readonly unit: string
  /** What the line runs along, such as "Month". */
  readonly along: string
  /** The steps along the bottom, in order, such as months. */
  readonly steps: readonly string[]
  /** At most four lines; a value for each step, null where there is no figure. */
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[]
}

/** A line is known by its dashes and by the name at its end; its colour only repeats that. */
const DASHES = ['none', '8 5', '2 4', '12 4 2 4'] as const

/**
 * Up to four lines over steps, from nought. A gap is left where there is no figure.
 *
 * @throws RangeError when a line has not one value for each step, when there are over four lines, or when a value is
 * negative or not finite.
 */
export function lineChart({ unit, along, steps, lines, ...caption }: LineChart): Html {
  if (lines.length > DASHES.length)
    throw new RangeError(`${caption.title}: over ${DASHES.length} lines cannot be told apart.`)
  for (const { label, values } of lines) {
    if (values.length !== steps.length)
      throw new RangeError(`${label}: ${values.length} values for ${steps.length} steps.`)
  }
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null))
  checkFigures(caption.title, known)
  const edge = { left: 64, right: WIDTH - 150, top: 16, bottom: 280 }
  const x = scalePoint(steps.keys().toArray(), [edge.left, edge.right])
  const y = scaleLinear([0, Math.max(1, ...known)], [edge.bottom, edge.top]).nice(5)
  const every = Math.max(1, Math.ceil(steps.length / 8))
  const grid = y.ticks(5).map(
    (tick) =>
      html`<g>
        <line
          class="dauntless-chart__grid"
          x1="${edge.left}"
          x2="${edge.right}"
          y1="${place(y(tick))}"
          y2="${place(y(tick))}"
        />
        <text x="${edge.left - 10}" y="${place(y(tick))}" dy="0.35em" text-anchor="end">${figure(tick)}</text>
      </g>`,
  )
  const names = steps.map(
    (step, index) =>
      index % every === 0 &&
      html`<text x="${place(x(index) ?? 0)}" y="${edge.bottom + 24}" text-anchor="middle">${shorten(step, 10)}</text>`,
  )
  const endings = spread(
    lines.map(({ values }) => y(values.findLast((value) => value !== null) ?? 0)),
    18,
  )
  const drawn = lines.map(({ label, values }, index) => {
    const path = line<number | null>()
      .defined((value) => value !== null)
      .x((_, step) => x(step) ?? 0)
      .y((value) => y(value ?? 0))
      .digits(1)([...values])
    const alone = values.map(
      (value, step) =>
        value !== null &&
        (values[step - 1] ?? null) === null &&
        (values[step + 1] ?? null) === null &&
        html`<circle class="dauntless-chart__dot" cx="${place(x(step) ?? 0)}" cy="${place(y(value))}" r="3" />`,
    )
    return html`<g>
      <path
        class="dauntless-chart__line dauntless-chart__line--${index}"
        fill="none"
        stroke-dasharray="${DASHES[index]}"
        d="${path ?? ''}"
      />
      ${alone}
      <text x="${edge.right + 8}" y="${place(endings[index] ?? 0)}" dy="0.35em" font-weight="700"
        >${shorten(label, 17)}</text
      >
    </g>`
  })
  return pictureWithTable(
    caption,
    { width: WIDTH, height: edge.bottom + 40 },
    html`${grid}${names}${drawn}<text x="${edge.left}" y="10" font-size="13">${capital(unit)}</text>`,
    {
      head: [
        { key: 'step', text: along },
        ...lines.map(({ label }, index) => ({ key: `line-${index}`, text: label, numeric: true })),
      ],
      rows: steps.map((step, index) => [
        step,
        ...lines.map(({ values }) => (typeof values[index] === 'number' ? figure(values[index]) : 'no figure')),
      ]),
      rowHeader: true,
    },
  )
}

/** Heights moved apart so that no two names at the ends of lines lie over each other; their order is kept. */
function spread(heights: readonly number[], gap: number): number[] {
  const order = heights
    .map((height, index) => ({ height, index }))
    .sort((a, b) => a.height - b.height || a.index - b.index)
  const placed = [...heights]
  let last = -Infinity
  for (const { height, index } of order) {
    last = Math.max(height, last + gap)
    placed[index] = last
  }
  return placed
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export interface EgoNetwork extends Caption {
  /** The person in the middle. */
  readonly centre: string
  /** The others, most important first: the first twenty are drawn, all are in the table. */
  readonly others: readonly {
    readonly label: string
    /** What joins them to the person in the middle, such as "partner, 2019 to 2024". */
    readonly tie: string
    /** Where the table links their name. */
    readonly href?: string
  }[]
  /** A fuller table of the same people, put beside the picture in place of the one of names and ties. */
  readonly beside?: Omit<DataTable, 'caption' | 'captionHidden'>
}

/** The least that a picture beside its table gets of the page: drawn at this width its words keep their size. */
const BESIDE_WIDTH = 480
const DRAWN_AT_MOST = 20
/** With more people than this the words of the ties lie over each other, and are left to the table. */
const TIES_WRITTEN_AT_MOST = 8

/** What a letter takes of a line of 16 pixels, and how high the line is: figures of the typeface. */
const LETTER = 7.8
const LINE = 18

/** How high above or below the middle each name of a ring is written: beside its place, moved out where another is there. */
function besideEachOther(ring: readonly { readonly x: number; readonly y: number }[], width: number): number[] {
  const heights = ring.map(({ y }) => (y < 0 ? y - 16 : y + 28))
  const inward = ring.map((_, index) => index).sort((a, b) => Math.abs(ring[a]!.y) - Math.abs(ring[b]!.y) || a - b)
  const placed: number[] = []
  for (const index of inward) {
    const { x, y } = ring[index]!
    const taken = (height: number): boolean =>
      placed.some((other) => Math.abs(ring[other]!.x - x) < width && Math.abs(heights[other]! - height) < LINE)
    while (taken(heights[index]!)) heights[index]! += y < 0 ? -LINE : LINE
    placed.push(index)
  }
  return heights
}

/** One person in the middle and those joined to them round about, each line saying what the tie is. */
export function egoNetwork({ centre, others, beside, ...caption }: EgoNetwork): Html {
  const drawn = others.slice(0, DRAWN_AT_MOST)
  // beside a table there is room for less, and a wider picture would be made smaller, its words with it
  const radii = { x: beside ? 150 : 250, y: Math.max(beside ? 110 : 150, drawn.length * 19) }
  const letters = beside ? 18 : 24
  const ring = drawn.map((_, index) => {
    // Half a step round from the top, so that two people stand left and right with room for their ties.
    const angle = ((index + 0.5) / drawn.length) * 2 * Math.PI - Math.PI / 2
    return { x: radii.x * Math.cos(angle), y: radii.y * Math.sin(angle) }
  })
  const names = besideEachOther(ring, letters * LETTER)
  const reach = Math.max(...names.map(Math.abs), radii.y) + 24
  const size = { width: beside ? BESIDE_WIDTH : WIDTH, height: reach * 2 }
  const middle = { x: size.width / 2, y: reach }
  const people = drawn.map(({ label, tie }, index) => {
    const from = ring[index] ?? { x: 0, y: 0 }
    const at = { x: middle.x + from.x, y: middle.y + from.y }
    // Ties are written nearer the rim, every other one further in, so that neighbours do not lie over each other.
    const along = index % 2 === 0 ? 0.62 : 0.48
    const words = { x: middle.x + (at.x - middle.x) * along, y: middle.y + (at.y - middle.y) * along }
    return {
      tie: html`<line
        class="dauntless-chart__tie"
        x1="${place(middle.x)}"
        y1="${place(middle.y)}"
        x2="${place(at.x)}"
        y2="${place(at.y)}"
      />`,
      words: html`<text
        x="${place(words.x)}"
        y="${place(words.y)}"
        dy="0.35em"
        text-anchor="middle"
        font-size="13"
        stroke="#fff"
        stroke-width="5"
        stroke-linejoin="round"
        paint-order="stroke"
        >${shorten(tie, 28)}</text
      >`,
      person: html`<g>
        <circle class="dauntless-chart__person" cx="${place(at.x)}" cy="${place(at.y)}" r="9" />
        <text
          x="${place(at.x)}"
          y="${place(middle.y + (names[index] ?? 0))}"
          text-anchor="middle"
          stroke="#fff"
          stroke-width="5"
          stroke-linejoin="round"
          paint-order="stroke"
          >${shorten(label, letters)}</text
        >
      </g>`,
    }
  })
  const left = others.length - drawn.length
  return pictureWithTable(
    caption,
    size,
    html`${people.map(({ tie }) => tie)}
      ${drawn.length <= TIES_WRITTEN_AT_MOST && people.map(({ words }) => words)}${people.map(({ person }) => person)}
      <circle class="dauntless-chart__centre" cx="${place(middle.x)}" cy="${place(middle.y)}" r="14" />
      <text
        x="${place(middle.x)}"
        y="${place(middle.y + 34)}"
        text-anchor="middle"
        font-weight="700"
        stroke="#fff"
        stroke-width="6"
        stroke-linejoin="round"
        paint-order="stroke"
        >${shorten(centre, 30)}</text
      >
      ${left > 0 && html`<text x="8" y="${place(size.height - 8)}" font-size="13">and ${left} more, in the table</text>`}`,
    beside ?? {
      head: [
        { key: 'person', text: 'Person' },
        { key: 'tie', text: `Tie to ${centre}` },
      ],
      rows: others.map(({ label, tie, href }) => [
        href ? html`<a class="govuk-link" href="${href}">${label}</a>` : label,
        tie,
      ]),
      rowHeader: true,
    },
    beside ? 'beside' : 'folded',
  )
}
