import { parse } from 'csv-parse'
import { pipeline } from 'node:stream'
import { utf8Of } from './bytes.ts'
import { MAX_ROW_BYTES, type Structure } from './structure.ts'

export interface CsvRow {
  cells: string[]
  line: number
}

/**
 * The rows of a file that has passed `structureOf`, header and blank lines left out, in constant memory.
 * `onBytes` hears how many stored bytes have been read.
 */
export async function* rowsOf(
  file: string,
  structure: Structure,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter: structure.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_ROW_BYTES,
  })
  // A failure of the source is thrown by the loop below, because pipeline destroys the parser with it.
  pipeline(utf8Of(file, structure.encoding, onBytes), parser, () => undefined)
  let line = 1
  let header = true
  for await (const cells of parser as AsyncIterable<string[]>) {
    const first = line
    line++
    for (const cell of cells) if (cell.includes('\n')) line += cell.split('\n').length - 1
    if (cells.length === 1 && cells[0] === '') continue
    if (header) header = false
    else yield { cells, line: first }
  }
}
