import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  afterHours,
  civil,
  clockChanges,
  dayOf,
  dayOfText,
  isoDay,
  isoMinute,
  isoWeek,
  monthsFrom,
  quarter,
  weekdayOf,
} from './calendar.ts'
import { csvLine, csvRows } from './csv.ts'
import { isFictionalPhone, isFictionalPostcode, phoneNumber } from './homes.ts'
import { typingSlip } from './noise.ts'
import { gamma, largestRemainder, randomFrom } from './random.ts'

describe('the calendar', () => {
  it('agrees with known days, weeks and quarters', () => {
    assert.equal(isoMinute(dayOf(2026, 3, 1) * 1440 + 22 * 60 + 15), '2026-03-01T22:15')
    assert.equal(isoWeek(dayOf(2023, 11, 1)), '2023-W44')
    assert.equal(isoWeek(dayOf(2024, 12, 30)), '2025-W01')
    assert.equal(isoWeek(dayOf(2026, 12, 31)), '2026-W53')
    assert.equal(quarter(dayOf(2026, 10, 31)), '2026-Q4')
    const { forward, back } = clockChanges(2026)
    assert.deepEqual([isoDay(forward), isoDay(back)], ['2026-03-29', '2026-10-25'])
  })

  it('counts months as bail does and hours as notices do', () => {
    // Bail begins the day after the arrest; the rows are those of the domain's own test vectors.
    for (const [first, three, six] of [
      ['2026-03-02', '2026-06-01', '2026-09-01'],
      ['2026-12-01', '2027-02-28', '2027-05-31'],
      ['2026-11-30', '2027-02-28', '2027-05-29'],
    ] as const) {
      assert.equal(isoDay(monthsFrom(dayOfText(first), 3)), three)
      assert.equal(isoDay(monthsFrom(dayOfText(first), 6)), six)
    }
    const holidays = new Set(['2026-04-03', '2026-04-06'].map(dayOfText))
    const isLeftOut = (day: number): boolean => weekdayOf(day) === 6 || holidays.has(day)
    for (const [served, heardBy] of [
      ['2026-11-18T09:30', '2026-11-20T09:30'],
      ['2026-11-20T22:15', '2026-11-23T22:15'],
      ['2026-11-22T03:00', '2026-11-25T00:00'],
      ['2026-04-02T18:00', '2026-04-07T18:00'],
    ] as const) {
      const minute = dayOfText(served) * 1440 + Number(served.slice(11, 13)) * 60 + Number(served.slice(14))
      assert.equal(isoMinute(afterHours(minute, 48, isLeftOut)), heardBy)
    }
  })

  it('turns every day into a date and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -30000, max: 40000 }), (day) => {
        const date = civil(day)
        assert.equal(dayOf(date.year, date.month, date.day), day)
      }),
    )
  })
})

describe('the numbers drawn', () => {
  it('are the same wherever they are drawn', () => {
    const random = randomFrom(20231101, 1)
    const drawn = Array.from({ length: 4 }, () => random.below(1000000))
    assert.deepEqual(drawn, [579885, 867113, 560046, 511150])
  })

  it('of the gamma have a mean of about one', () => {
    const random = randomFrom(1)
    let sum = 0
    for (let draw = 0; draw < 200000; draw++) sum += gamma(random, 0.1)
    assert.ok(Math.abs(sum / 200000 - 1) < 0.03)
  })

  it('by largest remainder add up exactly and stray less than one from the ideal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }),
        fc.nat(100000),
        (weights, total) => {
          const given = largestRemainder(weights, total)
          const sum = weights.reduce((all, weight) => all + weight, 0)
          assert.equal(
            given.reduce((all, count) => all + count, 0),
            total,
          )
          for (const [place, count] of given.entries())
            assert.ok(Math.abs(count - ((weights[place] ?? 0) * total) / sum) < 1 + 1e-6)
        },
      ),
    )
  })
})

describe('what is written', () => {
  it('comes back from CSV as it went in', () => {
    const value = fc.string().filter((text) => !text.includes('\r'))
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 6 }), (values) => {
        assert.deepEqual(csvRows(csvLine(['a', ...values])), [['a', ...values]])
      }),
    )
  })

  it('has only telephone numbers of the drama ranges', () => {
    fc.assert(fc.property(fc.nat(5000000), fc.nat(3), (key, style) => isFictionalPhone(phoneNumber(key, style))))
    for (const real of ['020 7230 1212', '07700 901000', '07911 123456', '0207946000'])
      assert.ok(!isFictionalPhone(real))
  })

  it('tells a postcode nobody has from one somebody may have', () => {
    for (const made of ['E8 1CV', 'SW1A 2OM', 'BR1 3XK']) assert.ok(isFictionalPostcode(made))
    for (const real of ['SW1A 1AA', 'E8 1BB', 'E8']) assert.ok(!isFictionalPostcode(real))
  })

  it('differs from the name after a slip of the fingers', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[A-Z][a-z]{1,9}$/), (seed, name) => {
        assert.notEqual(typingSlip(randomFrom(seed), name).toLowerCase(), name.toLowerCase())
      }),
    )
  })
})
