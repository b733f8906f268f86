import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Temporal } from '#platform/clock'
import { firstDayProblem, lastDayOf, lastDayProblem, standingOf } from './rules.ts'

const day = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text)
const TODAY = day('2026-11-24')

describe('a posting', () => {
  it('stands by its days: the last day still counts, the day after does not', () => {
    const examples = [
      ['2026-11-24', null, 'now'],
      ['2026-11-25', null, 'coming'],
      ['2026-11-01', '2026-11-25', 'now'],
      ['2026-11-01', '2026-11-24', 'ended'],
      ['2026-11-25', '2026-11-25', 'called off'],
      ['2026-11-01', '2026-11-01', 'called off'],
      ['2026-12-01', '2026-12-05', 'coming'],
    ] as const
    for (const [from, to, standing] of examples)
      assert.equal(
        standingOf({ validFrom: day(from), validTo: to && day(to) }, TODAY),
        standing,
        `${from} ${String(to)}`,
      )
  })

  it('has a last day, which is the day before the first without it', () => {
    assert.equal(lastDayOf({ validFrom: TODAY, validTo: day('2026-12-01') })?.toString(), '2026-11-30')
    assert.equal(lastDayOf({ validFrom: TODAY, validTo: null }), null)
  })

  it('begins today or later, and not in a year mistyped', () => {
    assert.match(firstDayProblem(day('2026-11-23'), TODAY)?.message ?? '', /today or later/)
    assert.equal(firstDayProblem(TODAY, TODAY), null)
    assert.equal(firstDayProblem(day('2028-11-24'), TODAY), null)
    assert.match(firstDayProblem(day('2028-11-25'), TODAY)?.message ?? '', /within 24 months/)
  })

  it('ends today or later, and not before it begins', () => {
    const running = { validFrom: day('2026-01-01'), validTo: null }
    assert.match(lastDayProblem(day('2026-11-23'), running, TODAY)?.message ?? '', /disable the account/)
    assert.equal(lastDayProblem(TODAY, running, TODAY), null)
    const coming = { validFrom: day('2026-12-10'), validTo: null }
    assert.match(lastDayProblem(day('2026-12-09'), coming, TODAY)?.message ?? '', /call it off/)
    assert.equal(lastDayProblem(day('2026-12-10'), coming, TODAY), null)
  })
})
