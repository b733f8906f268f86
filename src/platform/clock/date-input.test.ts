import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseDayMonthYear, Temporal } from './index.ts'

describe('a typed date', () => {
  for (const typed of [
    ['24', '11', '2026'],
    [' 24 ', 'November', '2026 '],
    ['24', 'nov', '2026'],
  ] as const) {
    it(`is understood as ${typed.join(' / ')}`, () => {
      const parsed = parseDayMonthYear(typed[0], typed[1], typed[2])
      assert.ok(parsed.ok)
      assert.equal(parsed.value.toString(), '2026-11-24')
    })
  }

  for (const [day, month, year, fields, message] of [
    ['', ' ', undefined, 'day month year', 'Enter the date of arrest'],
    ['24', '', '2026', 'month', 'The date of arrest must include a month'],
    ['', '11', '', 'day year', 'The date of arrest must include a day and a year'],
    ['32', '11', '2026', 'day', 'The date of arrest must have a day from 1 to 31'],
    ['0', '11', '2026', 'day', 'The date of arrest must have a day from 1 to 31'],
    ['1.5', '11', '2026', 'day', 'The date of arrest must have a day from 1 to 31'],
    ['24', '13', '2026', 'month', 'The date of arrest must have a month from 1 to 12, or the name of a month'],
    ['24', 'ju', '2026', 'month', 'The date of arrest must have a month from 1 to 12, or the name of a month'],
    ['24', '11', '26', 'year', 'The date of arrest must have a year of 4 numbers from 1900 to 2100'],
    ['24', '11', '0026', 'year', 'The date of arrest must have a year of 4 numbers from 1900 to 2100'],
    ['31', '4', '2026', 'day', 'The date of arrest must be a real date: April 2026 has 30 days'],
    ['29', '2', '2026', 'day', 'The date of arrest must be a real date: February 2026 has 28 days'],
  ] as const) {
    it(`${day} / ${month} / ${year} is answered: ${message}`, () => {
      const parsed = parseDayMonthYear(day, month, year, 'the date of arrest')
      assert.deepEqual(parsed, { ok: false, problem: { fields: fields.split(' '), message } })
    })
  }

  it('calls itself the date if it has no better name', () => {
    const parsed = parseDayMonthYear('1', '', '')
    assert.ok(!parsed.ok)
    assert.equal(parsed.problem.message, 'The date must include a month and a year')
  })

  it('comes back as the day it was, for every day from 1900 to 2100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 73_413 }), (days) => {
        const day = Temporal.PlainDate.from('1900-01-01').add({ days })
        const parsed = parseDayMonthYear(String(day.day), String(day.month), String(day.year))
        assert.ok(parsed.ok)
        assert.equal(parsed.value.toString(), day.toString())
      }),
    )
  })

  it('is a day or a problem, and never an exception, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (day, month, year) => {
        const parsed = parseDayMonthYear(day, month, year)
        assert.ok(parsed.ok || parsed.problem.message.length > 0)
      }),
    )
  })
})
