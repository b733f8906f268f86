import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { RowCutter } from './rows.ts'

/** The rows of a text that comes in pieces of these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): { cells: string[]; line: number }[] {
  const cutter = new RowCutter(',')
  const rows = []
  for (let at = 0, piece = 0; at < text.length; piece++) {
    const length = lengths[piece % lengths.length] ?? 1
    rows.push(...cutter.cut(text.slice(at, at + length), false))
    at += length
  }
  return [...rows, ...cutter.cut('', true)]
}

describe('cutting text into rows', () => {
  it('makes the rows that a parser of its own trade makes, in whatever pieces the text comes', () => {
    const options = { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, relax_quotes: true }
    const part = fc.constantFrom(
      '"',
      '"',
      ',',
      ',',
      'a',
      'b',
      ' ',
      '\n',
      '\r\n',
      '\r',
      '""',
      '\u00e9',
      '"a,b"',
      '"a\nb"',
    )
    let compared = 0
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, lengths) => {
        const text = parts.join('')
        let expected: unknown
        try {
          expected = parse(text, options)
        } catch {
          return // a quote that is never closed: such a file is refused before it is cut
        }
        compared++
        assert.deepEqual(cut(text, lengths).map(({ cells }) => cells), expected)
      }),
      { numRuns: 5_000 },
    ) // prettier-ignore
    assert.ok(compared > 2_000, `${compared} texts compared`)
  })

  it('knows the line that each row begins in', () => {
    const rows = cut('a,b\r\n"1\n2\n3",x\r\n\r\nlast,\n', [3])
    assert.deepEqual(
      rows.map(({ cells, line }) => [line, cells]),
      [
        [1, ['a', 'b']],
        [2, ['1\n2\n3', 'x']],
        [5, ['']],
        [6, ['last', '']],
      ],
    )
  })
})
