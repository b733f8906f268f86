import { columnIn } from './columns.ts'
import type { EncodedColumn } from './dataset.ts'
import type { Frequency } from './frequencies.ts'
import { sharedInt32 } from './letters.ts'
import type { NamesakeSpec } from './spec.ts'

type Columns = ReadonlyMap<string, EncodedColumn>

/** A whole name as it is kept: its two parts as their columns hold them, which hold no such sign. */
const whole = (one: string, other: string): string => `${one}|${other}`

/** People of one name from whom on it counts as one of several: beside the two whom a pair may be, there is somebody. */
const FEWEST = 3

/**
 * Which whole names several people have, and how many each; `recorded` is how many people there are by the same
 * count. People of one name are told apart by years of birth more than a year apart: a slip rarely makes one.
 */
export function namesakesIn(columns: Columns, { of, born }: NamesakeSpec): Frequency {
  const [one, other] = [columnIn(columns, of[0]), columnIn(columns, of[1])]
  const birth = columnIn(columns, born)
  const years = birth.lexicon.values.map((date) => Number(date.slice(0, 4)))
  const first = years.reduce((least, year, code) => (code > 0 && year < least ? year : least), Number.POSITIVE_INFINITY)
  const span = years.reduce((most, year, code) => (code > 0 ? Math.max(most, year - first + 1) : most), 1)
  const others = other.lexicon.size
  // A number each for name and year, so that sorting puts the years of a name together; the years from the first on, so that it
  // stays a whole number with millions of names.
  const met = new Float64Array(birth.codes.length)
  let count = 0
  for (let at = 0; at < birth.codes.length; at++) {
    const [left, right, day] = [one.codes[at]!, other.codes[at]!, birth.codes[at]!]
    if (left !== 0 && right !== 0 && day !== 0) met[count++] = (left * others + right) * span + years[day]! - first
  }
  const sorted = met.subarray(0, count).sort()
  const counts = new Map<string, number>()
  let recorded = 0
  for (let at = 0; at < count;) {
    const name = Math.floor(sorted[at]! / span)
    let people = 1
    for (at++; at < count && Math.floor(sorted[at]! / span) === name; at++) {
      if (sorted[at]! - sorted[at - 1]! > 1) people++
    }
    recorded += people
    if (people < FEWEST) continue
    const [left, right] = [Math.floor(name / others), name % others]
    counts.set(whole(one.lexicon.values[left]!, other.lexicon.values[right]!), people)
  }
  return { recorded, counts }
}

/** The column that says of each mention which of these names it has; those of no known namesake have none. */
export function namesakeColumn(columns: Columns, spec: NamesakeSpec, { recorded, counts }: Frequency): EncodedColumn {
  const [one, other] = [columnIn(columns, spec.of[0]), columnIn(columns, spec.of[1])]
  const names = [...counts.keys()]
  const codeOf = new Map<number, number>()
  for (const [at, [left, right]] of partsOf(columns, spec, names).entries()) {
    if (left > 0 && right > 0) codeOf.set(left * other.lexicon.size + right, at + 1)
  }
  const codes = sharedInt32(one.codes.length)
  for (let at = 0; at < codes.length; at++) {
    const [left, right] = [one.codes[at]!, other.codes[at]!]
    if (left !== 0 && right !== 0) codes[at] = codeOf.get(left * other.lexicon.size + right) ?? 0
  }
  const values = ['', ...names]
  return {
    spec: { name: spec.name, from: '', kind: 'key' },
    lexicon: { size: values.length, values },
    codes,
    counts: Int32Array.from(values, (name) => counts.get(name) ?? 0),
    recorded,
  }
}

/** Which of the names kept a mention has that comes later; null for none of them. */
export function namesakeOf({ of }: NamesakeSpec, valueOf: (column: string) => string | null): string | null {
  const [one, other] = [valueOf(of[0]), valueOf(of[1])]
  return one === null || other === null ? null : whole(one, other)
}

/**
 * By code of the namesake column, the bits by which the name is commoner than its two parts make it, each taken by itself:
 * families, faiths and countries give names that go together. Never below 0. The two whom a pair may be are not counted:
 * of one person's two records one year may be written wrong.
 *
 * @param bits log2 of the frequency of each value of the two parts, by their codes
 */
export function namesakeBits(
  columns: Columns,
  spec: NamesakeSpec,
  bits: readonly [Float64Array, Float64Array],
): Float64Array {
  const { lexicon, counts, recorded } = columnIn(columns, spec.name)
  const found = new Float64Array(new SharedArrayBuffer(8 * lexicon.values.length)).fill(Number.NEGATIVE_INFINITY)
  for (const [at, [left, right]] of partsOf(columns, spec, lexicon.values.slice(1)).entries()) {
    const apart = (bits[0][left] ?? 0) + (bits[1][right] ?? 0)
    const others = counts[at + 1]! - (FEWEST - 1)
    const together = Math.log2(others / Math.max(1, recorded))
    found[at + 1] = others < 1 || left < 1 || right < 1 ? 0 : Math.max(0, together - apart)
  }
  return found
}

/** The codes of the two parts of whole names; -1 where a part is in no mention. */
function partsOf(columns: Columns, { of }: NamesakeSpec, names: readonly string[]): [number, number][] {
  const parts = names.map((name) => name.split('|'))
  const codesIn = (column: string, place: number): Map<string, number> => {
    const wanted = new Set(parts.map((part) => part[place]))
    const codes = new Map<string, number>()
    columnIn(columns, column).lexicon.values.forEach((value, code) => {
      if (code > 0 && wanted.has(value)) codes.set(value, code)
    })
    return codes
  }
  const [one, other] = [codesIn(of[0], 0), codesIn(of[1], 1)]
  return parts.map(([left = '', right = '']) => [one.get(left) ?? -1, other.get(right) ?? -1])
}
