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
}

const ARROWS = { ascending: '▲', descending: '▼' } as const

function heading(column: Column, sort: Sort | undefined): Html {
  const classes = column.numeric ? 'govuk-table__header govuk-table__header--numeric' : 'govuk-table__header'
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

/**
 * A compact table for staff, written without macros because it may hold hundreds of rows. Figures are tabular and
 * right-aligned; on a narrow screen the table scrolls within its own box, which the keyboard can reach.
 *
 * @throws RangeError when a row has not as many cells as there are columns.
 */
export function dataTable({ caption, captionHidden, head, rows, sort, rowHeader, empty }: DataTable): Html {
  const body = rows.map((cells, row) => {
    if (cells.length !== head.length) {
      throw new RangeError(`Row ${row} has ${cells.length} cells; the table has ${head.length} columns.`)
    }
    return html`<tr class="govuk-table__row">
      ${cells.map((cell, column) => {
        const numeric = head[column]?.numeric
        if (rowHeader && column === 0) return html`<th scope="row" class="govuk-table__header">${cell}</th>`
        return html`<td class="govuk-table__cell${numeric && ' govuk-table__cell--numeric'}">${cell}</td>`
      })}
    </tr>`
  })
  const none = html`<tr class="govuk-table__row">
    <td class="govuk-table__cell" colspan="${head.length}">${empty ?? 'Nothing to show.'}</td>
  </tr>`
  return html`<div class="dauntless-scroll" role="region" aria-label="${caption}" tabindex="0">
    <table class="govuk-table dauntless-table">
      <caption class="govuk-table__caption ${captionHidden ? 'govuk-visually-hidden' : 'govuk-table__caption--s'}">
        ${caption}
      </caption>
      <thead class="govuk-table__head">
        <tr class="govuk-table__row">
          ${head.map((column) => heading(column, sort))}
        </tr>
      </thead>
      <tbody class="govuk-table__body">
        ${rows.length === 0 ? none : body}
      </tbody>
    </table>
  </div>`
}
