import { utf8Of } from './bytes.ts'
import type { Structure } from './structure.ts'

export interface CsvRow {
  cells: string[]
  line: number
  /** The row as it is written. */
  text: string
}

const QUOTE = 0x22
const LF = 0x0a
const CR = 0x0d

/**
 * Cuts text into rows, a piece of the text at a time. A quote within a cell that was not begun by one is a letter; a cell
 * that goes on after its closing quote is taken as it is written.
 */
export class RowCutter {
  readonly #separator: number
  #rest = ''
  #line = 1
  #afterReturn = false

  constructor(delimiter: string) {
    this.#separator = delimiter.charCodeAt(0)
  }

  /** The rows that end in this piece. @param isLast the end of the text ends a row too */
  cut(piece: string, isLast: boolean): CsvRow[] {
    const text = this.#rest === '' ? piece : this.#rest + piece
    const rows: CsvRow[] = []
    let at = this.#afterReturn && text.charCodeAt(0) === LF ? 1 : 0
    if (text.length > 0) this.#afterReturn = false
    while (at < text.length) {
      const cells: string[] = []
      const end = this.#rowAt(text, at, isLast, cells)
      if (end < 0) break
      const row = text.slice(at, end)
      rows.push({ cells, line: this.#line, text: row })
      this.#line++
      // only a row with quotes can hold line breaks
      if (row.includes('\n')) this.#line += row.split('\n').length - 1
      at = end + 1
      if (text.charCodeAt(end) !== CR) continue
      if (at === text.length) this.#afterReturn = true
      else if (text.charCodeAt(at) === LF) at++
    }
    this.#rest = text.slice(at)
    return rows
  }

  /** Reads the cells of the row that begins at a place. @returns where its line break is, or -1 when it does not end here */
  #rowAt(text: string, start: number, isLast: boolean, cells: string[]): number {
    let at = start
    for (;;) {
      let end: number
      if (text.charCodeAt(at) === QUOTE) {
        let said = ''
        let from = at + 1
        for (;;) {
          const quote = text.indexOf('"', from)
          if (quote < 0 || (quote + 1 === text.length && !isLast)) return -1
          said += text.slice(from, quote)
          from = quote + 1
          if (text.charCodeAt(from) !== QUOTE) break
          said += '"'
          from++
        }
        end = this.#endOf(text, from)
        cells.push(end === from ? said : `"${said}"${text.slice(from, end)}`)
      } else {
        end = this.#endOf(text, at)
        cells.push(text.slice(at, end))
      }
      if (end === text.length) return isLast ? end : -1
      if (text.charCodeAt(end) !== this.#separator) return end
      at = end + 1
    }
  }

  #endOf(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const letter = text.charCodeAt(at)
      if (letter === this.#separator || letter === LF || letter === CR) return at
    }
    return text.length
  }
}

/**
 * The rows of a file that has passed `structureOf`, header and blank lines left out, some hundreds at a time, in constant
 * memory. `onBytes` hears how many stored bytes have been read.
 */
export async function* rowsOf(
  file: string,
  structure: Structure,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<CsvRow[]> {
  const cutter = new RowCutter(structure.delimiter)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let header = true
  const below = (rows: CsvRow[]): CsvRow[] => {
    const full = rows.filter(({ cells }) => cells.length > 1 || cells[0] !== '')
    if (header && full.length > 0) {
      header = false
      full.shift()
    }
    return full
  }
  for await (const chunk of utf8Of(file, structure.encoding, onBytes)) {
    yield below(cutter.cut(decoder.decode(chunk, { stream: true }), false))
  }
  yield below(cutter.cut(decoder.decode(), true))
}
