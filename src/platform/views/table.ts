import { type Html, html, type Part } from './html.ts'

/** A column: its heading, whether it holds figures (right-aligned, tabular), and whether people may sort by it. */
export interface Column {
  readonly key: string
  readonly text: string
  readonly numeric?: boolean
  readonly sortable?: boolean
}

export type Direction = 'ascending' | 'descending'

/** How the rows are sorted now, and the address that sorts them otherwise. */
export interface Sort {
  readonly by: string
  readonly direction: Direction
  readonly href: (by: string, direction: Direction) => string
}

export interface DataTable {
  readonly caption: string
  /** Leaves the caption to screen readers only, where a heading just above says the same. */
  readonly captionHidden?: boolean
  readonly head: readonly Column[]
  /** Cells in the order of `head`; a cell is text, a number, or Html. */
  readonly rows: readonly (readonly Part[])[]
  readonly sort?: Sort | undefined
  /** True when the first cell names its row. */
  readonly rowHeader?: boolean
  /** What to say when there are no rows. */
  readonly empty?: string
  /** On a narrow screen each row becomes a card with the headings beside its cells, for tables of people to go through. */
  readonly cards?: boolean
}

const nothing = 'Nothing to show.'

const ARROWS = { ascending: '▲', descending: '▼' } as const

function heading(column: Column, sort: Sort | undefined, cards: boolean): Html {
  const classes = column.numeric ? 'govuk-table__header govuk-table__header--numeric' : 'govuk-table__header'
  if (cards) return html`<th scope="col" role="columnheader" class="${classes}">${column.text}</th>`
  if (!sort || !column.sortable) return html`<th scope="col" class="${classes}">${column.text}</th>`
  const current = sort.by === column.key ? sort.direction : undefined
  const next: Direction = current === 'ascending' ? 'descending' : 'ascending'
  return html`<th scope="col" class="${classes}" aria-sort="${current ?? 'none'}">
    <a class="govuk-link dauntless-sort" href="${sort.href(column.key, next)}"
      >${column.text}${current && html` <span aria-hidden="true">${ARROWS[current]}</span>`}<span
        class="govuk-visually-hidden"
        >, sort ${next}</span
      ></a
    >
  </th>`
}

function plainCell(cell: Part, column: Column | undefined, isHeader: boolean): Html {
  if (isHeader) return html`<th scope="row" class="govuk-table__header">${cell}</th>`
  return html`<td class="govuk-table__cell${column?.numeric && ' govuk-table__cell--numeric'}">${cell}</td>`
}

// A cell laid out as part of a card is no table cell to every screen reader unless it says so. The style writes the label
// before it; to a screen reader the heading of the column says the same.
function cardCell(cell: Part, column: Column | undefined, isHeader: boolean): Html {
  const label = column?.text ?? ''
  if (isHeader)
    return html`<th scope="row" role="rowheader" class="govuk-table__header" data-label="${label}">${cell}</th>`
  const classes = column?.numeric ? 'govuk-table__cell govuk-table__cell--numeric' : 'govuk-table__cell'
  return html`<td role="cell" class="${classes}" data-label="${label}"><div>${cell}</div></td>`
}

/**
 * A compact table for staff, written without macros because it may hold hundreds of rows. Figures are tabular and
 * right-aligned; on a narrow screen the table scrolls within its own box, which the keyboard can reach, or its rows
 * become cards. Cards cannot be sorted by.
 *
 * @throws RangeError when a row has not as many cells as there are columns.
 */
export function dataTable(table: DataTable): Html {
  const { caption, captionHidden, head, rows, sort, rowHeader = false, empty, cards = false } = table
  const body = rows.map((cells, row) => {
    if (cells.length !== head.length) {
      throw new RangeError(`Row ${row} has ${cells.length} cells; the table has ${head.length} columns.`)
    }
    const shown = cells.map((cell, at) => (cards ? cardCell : plainCell)(cell, head[at], rowHeader && at === 0))
    return cards
      ? html`<tr role="row" class="govuk-table__row">
          ${shown}
        </tr>`
      : html`<tr class="govuk-table__row">
          ${shown}
        </tr>`
  })
  const none = html`<tr class="govuk-table__row">
    <td class="govuk-table__cell" colspan="${head.length}">${empty ?? nothing}</td>
  </tr>`
  const headings = head.map((column) => heading(column, sort, cards))
  const shownCaption = html`<caption
    class="govuk-table__caption ${captionHidden ? 'govuk-visually-hidden' : 'govuk-table__caption--s'}"
  >
    ${caption}
  </caption>`
  // with nothing in it there are no cards, and the headings of none would be wider than a phone
  if (cards && rows.length === 0) {
    return html`<p class="${captionHidden ? 'govuk-visually-hidden' : 'govuk-heading-s'}">${caption}</p>
      <p class="govuk-body">${empty ?? nothing}</p>`
  }
  if (cards) {
    return html`<div class="dauntless-scroll" role="region" aria-label="${caption}" tabindex="0">
      <table role="table" class="govuk-table dauntless-table dauntless-table--cards">
        ${shownCaption}
        <thead role="rowgroup" class="govuk-table__head">
          <tr role="row" class="govuk-table__row">
            ${headings}
          </tr>
        </thead>
        <tbody role="rowgroup" class="govuk-table__body">
          ${body}
        </tbody>
      </table>
    </div>`
  }
  return html`<div class="dauntless-scroll" role="region" aria-label="${caption}" tabindex="0">
    <table class="govuk-table dauntless-table">
      ${shownCaption}
      <thead class="govuk-table__head">
        <tr class="govuk-table__row">
          ${headings}
        </tr>
      </thead>
      <tbody class="govuk-table__body">
        ${rows.length === 0 ? none : body}
      </tbody>
    </table>
  </div>`
}
