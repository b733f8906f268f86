import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { csvLine, markedCsv } from './csv.ts'
import { compare, median, sealingFaults, type Use } from './rules.ts'

const use = (who: string, team: string, openings: number, more: Partial<Use> = {}): Use => ({
  actor: who, who, team, days: 1, openings, people: openings, searches: 0, night: 0, claims: 0, breakglass: 0, refused: 0,
  ownName: 0, ...more,
}) // prettier-ignore

describe('use of the records, compared', () => {
  it('has a median with as many below as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1 }), (values) => {
        const middle = median(values)
        const half = values.length / 2
        assert.ok(values.filter((value) => value < middle).length <= half)
        assert.ok(values.filter((value) => value > middle).length <= half)
      }),
    )
    assert.equal(median([1, 9]), 5)
    assert.equal(median([]), 0)
  })

  it('names who is far above the middle of their team, and leaves the rest', () => {
    const rows = compare([use('a', 'AW', 10), use('b', 'AW', 12), use('c', 'AW', 8), use('d', 'AW', 40)])
    assert.equal(rows[0]?.who, 'd')
    assert.equal(rows[0]?.median, 11)
    assert.deepEqual(rows[0]?.signs, ['far above the median'])
    assert.deepEqual(
      rows.slice(1).flatMap(({ signs }) => signs),
      [],
    )
  })

  it('asks how many openings there were before it calls three times the median far', () => {
    const rows = compare([use('a', 'AW', 1), use('b', 'AW', 1), use('c', 'AW', 9)])
    assert.equal(rows[0]?.times, 9)
    assert.deepEqual(rows[0]?.signs, [])
  })

  it('compares a team of two with the force', () => {
    const rows = compare([use('a', 'AW', 10), use('b', 'AW', 12), use('c', 'CN', 30), use('d', 'CN', 90)])
    assert.equal(rows.find(({ who }) => who === 'd')?.against, 'force')
    assert.equal(rows.find(({ who }) => who === 'd')?.median, 21)
  })

  it('says break-glass, nights and own surname', () => {
    const [row] = compare([use('a', 'AW', 1, { night: 2, breakglass: 1, ownName: 1 })])
    assert.deepEqual(row?.signs, ['broke the glass', 'records with their own surname', 'at night'])
  })
})

describe('the state of the seal', () => {
  it('is well when little waits and the witness has confirmed', () => {
    assert.deepEqual(sealingFaults({ size: 100, waiting: 3, oldestWaitingMs: 4000, cosignedSize: 100 }), [])
    assert.deepEqual(sealingFaults({ size: 0, waiting: 0, oldestWaitingMs: null, cosignedSize: 0 }), [])
  })
  it('says that the sealer stopped, or that nobody witnesses', () => {
    const late = sealingFaults({ size: 100, waiting: 8, oldestWaitingMs: 61_000, cosignedSize: 90 })
    assert.match(late.join(' '), /8 entries wait .* The witness has not confirmed/)
    assert.match(sealingFaults({ size: 9, waiting: 0, oldestWaitingMs: null, cosignedSize: 0 }).join(), /No witness/)
  })
})

describe('a file for a spreadsheet', () => {
  it('quotes what must be quoted and runs nothing', () => {
    assert.equal(csvLine(['a,b', 'say "no"', 7, null, true]), '"a,b","say ""no""",7,,true\r\n')
    for (const formula of ['=1+1', '+44', '-1', '@x', '\tx', '\rx']) assert.match(csvLine([formula]), /^"?'/, formula)
  })
  it('is marked on every line when the force is synthetic, and not when it is real', () => {
    const { head, line, prefix } = markedCsv(true, ['id'])
    assert.match(head, /^marking,id/)
    assert.match(line(['1']), /^SYNTHETIC/)
    assert.equal(prefix, 'SYNTHETIC-')
    assert.equal(markedCsv(false, ['id']).line(['1']), '1\r\n')
  })
})
