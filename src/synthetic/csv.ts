/** Stands in every row, page and file of invented data, and names its column. */
export const WATERMARK = 'SYNTHETIC'

/** One line of CSV (RFC 4180 quoting, LF). */
export function csvLine(values: readonly (string | number)[]): string {
  let line = ''
  for (let place = 0; place < values.length; place++) {
    const value = String(values[place])
    line += (place === 0 ? '' : ',') + (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
  }
  return `${line}\n`
}

/** The rows of a CSV text, the header among them; a byte-order mark is dropped. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = []
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (let at = start; at < text.length;) {
    let end = text.indexOf('\n', at)
    if (end === -1) end = text.length
    let line = text.slice(at, end)
    // A quoted value may hold a line break: go on until the quotes are even.
    while (quotes(line) % 2 === 1 && end < text.length) {
      const next = text.indexOf('\n', end + 1)
      end = next === -1 ? text.length : next
      line = text.slice(at, end)
    }
    at = end + 1
    if (line.endsWith('\r')) line = line.slice(0, -1)
    if (line !== '') rows.push(line.includes('"') ? quotedValues(line) : line.split(','))
  }
  return rows
}

function quotes(line: string): number {
  let count = 0
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) count++
  return count
}

function quotedValues(line: string): string[] {
  const values: string[] = []
  let value = ''
  let inside = false
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at)
    if (inside && letter === '"' && line.charAt(at + 1) === '"') {
      value += '"'
      at++
    } else if (letter === '"') inside = !inside
    else if (letter === ',' && !inside) {
      values.push(value)
      value = ''
    } else value += letter
  }
  values.push(value)
  return values
}

/** Reads a value of a row by the name of its column. */
export type Row = (column: string) => string

/** The rows of a CSV text, read by column name. @throws RangeError for a column that is not there. */
export function csvTable(text: string): Row[] {
  const [header, ...rows] = csvRows(text)
  const places = new Map((header ?? []).map((name, place) => [name, place]))
  return rows.map((row) => (column: string): string => {
    const place = places.get(column)
    if (place === undefined) throw new RangeError(`no column ${column}`)
    return row[place] ?? ''
  })
}
