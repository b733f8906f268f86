import { encodingOf, firstEncodingOf, utf8Of, type Encoding } from './bytes.ts'
import { FileRefused } from './fault.ts'

/** What the first pass learns of a CSV file, enough to read it right. */
export interface Structure {
  encoding: Encoding
  delimiter: string
  header: string[]
  /** Rows below the header, blank lines left out. */
  rows: number
  /** Rows whose number of cells is not the header's. They are refused one by one, not with the file. */
  ragged: number
  /** Bytes of the file as UTF-8: what the second pass will go through. */
  bytes: number
}

/** A row longer than this is a lost closing quote, not a row; it also bounds the memory of a read. */
export const MAX_ROW_BYTES = 4 << 20

const QUOTE = 0x22
const LF = 0x0a
const CR = 0x0d

const START = 0
const PLAIN = 1
const QUOTED = 2
const CLOSED = 3

const DELIMITERS = [',', ';', '\t', '|']

/** The delimiter that splits the header most often outside quotes. @param text the beginning of a file */
function delimiterOf(text: string): string {
  const plain = firstRow(text.replace(/^[\r\n]+/, '')).replaceAll(/"[^"]*"/g, '')
  let best = ','
  let most = 0
  for (const candidate of DELIMITERS) {
    const count = plain.split(candidate).length - 1
    if (count > most) {
      best = candidate
      most = count
    }
  }
  return best
}

function headerOf(line: string, delimiter: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const letter = line[i] ?? ''
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (line[i + 1] === '"') {
        cell += '"'
        i++
      } else quoted = false
    } else if (letter === '"' && cell === '') quoted = true
    else if (letter === delimiter) {
      cells.push(cell.trim())
      cell = ''
    } else cell += letter
  }
  cells.push(cell.trim())
  return cells
}

/**
 * The header of a file from its first bytes, without the rest being looked at. Its letters beyond ASCII may be read by
 * the wrong table, which the names of columns bear.
 * @throws FileRefused when there is nothing in it.
 */
export async function headOf(file: string): Promise<string[]> {
  let text = ''
  for await (const chunk of utf8Of(file, await firstEncodingOf(file))) {
    text += chunk.toString('utf8')
    if (/[^\r\n][\r\n]/.test(text) || text.length > MAX_ROW_BYTES) break
  }
  const line = text.replace(/^[\r\n]+/, '')
  if (line === '') throw new FileRefused('the file is empty')
  const header = firstRow(line)
  // eslint-disable-next-line no-control-regex -- it is these that tell a text from another file
  if (/[\0-\x08\x0e-\x1f]/.test(header)) throw new FileRefused('this is not a text file')
  return headerOf(header, delimiterOf(line))
}

/** The first row: up to the first line break that is not inside quotes. */
function firstRow(text: string): string {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (letter === '"') quoted = !quoted
    else if (!quoted && (letter === '\n' || letter === '\r')) return text.slice(0, i)
  }
  return text
}

/**
 * Goes once through a file, in constant memory, before any of it is believed: encoding, balance of quotes, number of
 * cells of every row, and whether the last row is whole. The states are those of `RowCutter`.
 * @throws FileRefused when the file is empty or cut short, with the reason; nothing of it may then be read.
 */
export async function structureOf(file: string): Promise<Structure> {
  const encoding = await encodingOf(file)
  let delimiter = ''
  let separator = 0
  let state: number = START
  let cells = 1
  let rowBytes = 0
  let cellBytes = 0
  let cellQuoted = false
  let cellBroken = false
  let line = 1
  let quoteLine = 0
  let rows = -1
  let ragged = 0
  let bytes = 0
  let header: string[] | undefined
  const headParts: Buffer[] = []
  let headBytes = 0
  let afterReturn = false
  // Lengths of the last cell of all whole rows: the only sign by which a last row without a line break can be judged.
  let shortest = Infinity
  let longest = 0
  let columns = 0
  // A cut in the middle of a doubled quote looks like a closed quote.
  let escapes = 0

  const endRow = (): void => {
    if (header === undefined) {
      const text = Buffer.concat(headParts).toString('utf8')
      header = headerOf(text.replace(/[\r\n]+$/, ''), delimiter)
      columns = header.length
      rows = 0
    } else {
      rows++
      if (cells !== columns) ragged++
      else if (rows > 0) {
        if (cellBytes < shortest) shortest = cellBytes
        if (cellBytes > longest) longest = cellBytes
      }
    }
    cells = 1
    rowBytes = 0
    cellBytes = 0
    cellQuoted = false
    state = START
  }

  for await (const chunk of utf8Of(file, encoding)) {
    if (chunk.length === 0) continue
    bytes += chunk.length
    if (delimiter === '') {
      delimiter = delimiterOf(chunk.toString('utf8'))
      separator = delimiter.charCodeAt(0)
    }
    let headStart = 0
    for (let i = 0; i < chunk.length; i++) {
      if (state === PLAIN || state === QUOTED) {
        // nearly all of a file is letters within a cell
        const begin = i
        if (state === PLAIN) i = endOfPlain(chunk, i, separator)
        else {
          for (; i < chunk.length && chunk[i] !== QUOTE; i++) {
            if (chunk[i] === LF) line++
            else if (chunk[i] !== CR) continue
            cellBroken = true
          }
        }
        rowBytes += i - begin
        cellBytes += i - begin
        if (i > begin) afterReturn = false
        if (rowBytes > MAX_ROW_BYTES) {
          throw state === QUOTED ? lostQuote(quoteLine) : new FileRefused(`the row at line ${line} is longer than 4 MB`)
        }
        if (i === chunk.length) break
      }
      const byte = chunk[i] ?? 0
      if (byte === LF && afterReturn) {
        afterReturn = false
        if (state === START && rowBytes === 0) {
          headStart = i + 1
          continue
        }
      }
      afterReturn = byte === CR
      rowBytes++
      if (state === QUOTED) state = CLOSED
      else if (byte === separator) {
        cells++
        cellBytes = 0
        cellQuoted = false
        state = START
      } else if (byte === LF || byte === CR) {
        line++
        if (rowBytes === 1) {
          // A blank line is no row.
          rowBytes = 0
          if (header === undefined) headStart = i + 1
          continue
        }
        if (header === undefined) headParts.push(chunk.subarray(headStart, i))
        endRow()
      } else if (byte === QUOTE && state === START) {
        state = QUOTED
        cellQuoted = true
        cellBroken = false
        quoteLine = line
      } else if (byte === QUOTE && state === CLOSED) {
        state = QUOTED
        cellBytes++
        if (cells === columns) escapes++
      } else {
        // A stray quote within a line harms one row. One that has swallowed line breaks has swallowed rows.
        if (state === CLOSED && cellBroken) throw lostQuote(quoteLine)
        state = PLAIN
        cellBytes++
      }
    }
    if (header === undefined) {
      headParts.push(Buffer.from(chunk.subarray(headStart)))
      headBytes += chunk.length
      if (headBytes > MAX_ROW_BYTES) throw new FileRefused('the first line is too long to be a header')
    }
  }

  if (state === QUOTED) throw lostQuote(quoteLine)
  if (rowBytes > 0) {
    const last = { cells, cellBytes, wholeByQuote: cellQuoted && state === CLOSED && escapes === 0 }
    endRow()
    if (rows > 0) {
      if (last.cells < columns) {
        throw new FileRefused(
          `the last row (line ${line}) has ${last.cells} of ${columns} columns: the file has been cut short`,
        )
      }
      if (!last.wholeByQuote && !(rows > 1 && shortest === longest && last.cellBytes === longest)) {
        throw new FileRefused(
          `the last row (line ${line}) has no line break after it, so nothing shows that it is whole; ` +
            'if it is, add a line break at the end of the file',
        )
      }
    }
  }
  if (header === undefined) throw new FileRefused('the file is empty')
  return { encoding, delimiter, header, rows, ragged, bytes }
}

function endOfPlain(chunk: Buffer, from: number, separator: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === separator || byte === LF || byte === CR) return at
  }
  return chunk.length
}

function lostQuote(line: number): FileRefused {
  return new FileRefused(`a quote opened on line ${line} is never closed: the file has been cut short or damaged`)
}
