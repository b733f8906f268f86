import { createHash } from 'node:crypto'
import { govuk } from './components.ts'
import { type Html, html } from './html.ts'
import { type DataTable, dataTable } from './table.ts'

/** What a picture is called, and what it shows in a sentence for those who cannot see it. */
export interface Caption {
  readonly title: string
  readonly description: string
}

const LETTERS = new Intl.Segmenter('en-GB')

/** How long a label may be before it is cut; the table behind the picture has it whole. */
export function shorten(label: string, length: number): string {
  const letters = [...LETTERS.segment(label)].map(({ segment }) => segment)
  return letters.length <= length
    ? label
    : `${letters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`
}

/** Short letters that stand for a text, for ids that must differ on one page and be the same each time. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)

/** A number to at most two decimals, as it is written in Britain. */
const BRITISH = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 })
export const figure = (value: number): string => BRITISH.format(value)

/** A place in the picture to a tenth of a unit, so that the same figures always draw the same bytes. */
export const place = (value: number): string => String(Math.round(value * 10) / 10)

/**
 * A drawing with its title, its description and the same figures as a table behind it, folded away or beside it.
 *
 * @param size In the units of the drawing.
 */
export function pictureWithTable(
  { title, description }: Caption,
  size: { readonly width: number; readonly height: number },
  drawing: Html,
  table: Omit<DataTable, 'caption' | 'captionHidden'>,
  tableIs: 'folded' | 'beside' = 'folded',
): Html {
  const id = `picture-${fingerprint(`${title}\n${description}\n${drawing.toString()}`)}`
  const shown = dataTable({ caption: title, captionHidden: true, ...table })
  return html`<figure class="dauntless-figure ${tableIs === 'beside' && 'dauntless-figure--beside'}">
    <figcaption class="dauntless-figure__title">${title}</figcaption>
    <div class="dauntless-figure__picture" role="region" aria-label="Picture: ${title}" tabindex="0">
      <svg
        class="dauntless-chart"
        xmlns="http://www.w3.org/2000/svg"
        viewBox="0 0 ${place(size.width)} ${place(size.height)}"
        font-size="15"
        role="img"
        aria-labelledby="${id}-title ${id}-description"
      >
        <title id="${id}-title">${title}</title>
        <desc id="${id}-description">${description}</desc>
        ${drawing}
      </svg>
    </div>
    ${tableIs === 'beside' ? shown : govuk.details({ summaryText: 'Show these figures as a table', html: shown })}
  </figure>`
}
