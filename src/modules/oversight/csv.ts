/** A value that a spreadsheet would run as a formula is made text by an apostrophe. Source: OWASP, CSV injection. */
const tame = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

/** One line of CSV (RFC 4180 quoting, CRLF), with no value that a spreadsheet would run. */
export function csvLine(values: readonly (string | number | boolean | null)[]): string {
  const cells = values.map((value) => {
    const text = typeof value === 'string' ? tame(value) : String(value ?? '')
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${cells.join(',')}\r\n`
}

/**
 * Marks each line of an export of a synthetic force, header among them, so that no line can be taken for a real one.
 * @param head the names of the columns
 */
export function markedCsv(synthetic: boolean, head: readonly string[]) {
  const mark = (first: string) => (synthetic ? [first] : [])
  return {
    head: csvLine([...mark('marking'), ...head]),
    line: (values: readonly (string | number | boolean | null)[]) =>
      csvLine([...mark('SYNTHETIC: everybody here is invented'), ...values]),
    /** What the name of the file begins with. */
    prefix: synthetic ? 'SYNTHETIC-' : '',
  }
}
