import type { Test } from './spec.ts'

type Columns = ReadonlySet<string>

const union = (sets: readonly Columns[]): Columns => new Set(sets.flatMap((set) => [...set]))
const common = (sets: readonly Columns[]): Columns =>
  new Set([...(sets[0] ?? [])].filter((column) => sets.every((set) => set.has(column))))

/** Columns that both mentions have whenever all these tests hold. */
export function surelyRecorded(tests: readonly Test[]): Columns {
  return union(
    tests.map((test): Columns => {
      switch (test.test) {
        case 'every':
          return surelyRecorded(test.of)
        case 'any':
          return common(test.of.map((one) => surelyRecorded([one])))
        case 'missing':
        case 'crossed':
        case 'parts':
          return new Set()
        case 'swapped':
          return new Set(test.columns)
        case 'reversed':
          return new Set(test.ways === 'both' ? test.columns : [])
        default:
          return new Set([test.column])
      }
    }),
  )
}

/** Columns that one mention or the other lacks whenever all these tests hold. */
export function surelyMissing(tests: readonly Test[]): Columns {
  return union(
    tests.map((test): Columns => {
      if (test.test === 'every') return surelyMissing(test.of)
      if (test.test === 'any') return common(test.of.map((one) => surelyMissing([one])))
      return new Set(test.test === 'missing' ? [test.column] : [])
    }),
  )
}

/** Columns in which the two mentions are equal whenever all these tests hold. */
export function surelyEqual(tests: readonly Test[]): Columns {
  return union(
    tests.map((test): Columns => {
      switch (test.test) {
        case 'every':
          return surelyEqual(test.of)
        case 'any':
          return common(test.of.map((one) => surelyEqual([one])))
        case 'exact':
        case 'fullDate':
        case 'firstOfJanuary':
          return new Set([test.column])
        default:
          return new Set()
      }
    }),
  )
}
