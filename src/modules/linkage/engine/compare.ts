/** Beyond this many UTF-16 units nothing tells two values apart, and comparing would cost the square of the length. */
export const longestCompared = 128

const matchedLeft = new Uint8Array(longestCompared)
const matchedRight = new Uint8Array(longestCompared)

/**
 * Jaro similarity of two words, 0 (nothing shared) to 1 (equal). Half the shared letters that are out of order count
 * against it, rounded down, as in Winkler's own program and in DuckDB. Only the first 128 UTF-16 units are looked at.
 */
export function jaro(left: string, right: string): number {
  if (left === right) return left === '' ? 0 : 1
  // Which letters are matched first depends on the order of the words, so one order is kept to.
  const a = (left < right ? left : right).slice(0, longestCompared)
  const b = (left < right ? right : left).slice(0, longestCompared)
  if (a.length === 0 || b.length === 0) return 0
  const reach = Math.max(0, (Math.max(a.length, b.length) >> 1) - 1)
  matchedLeft.fill(0, 0, a.length)
  matchedRight.fill(0, 0, b.length)
  let shared = 0
  for (let i = 0; i < a.length; i++) {
    const letter = a.charCodeAt(i)
    const from = i > reach ? i - reach : 0
    const to = Math.min(b.length - 1, i + reach)
    for (let j = from; j <= to; j++) {
      if (matchedRight[j] === 0 && b.charCodeAt(j) === letter) {
        matchedLeft[i] = 1
        matchedRight[j] = 1
        shared++
        break
      }
    }
  }
  if (shared === 0) return 0
  let outOfOrder = 0
  let j = 0
  for (let i = 0; i < a.length; i++) {
    if (matchedLeft[i] === 0) continue
    while (matchedRight[j] === 0) j++
    if (a.charCodeAt(i) !== b.charCodeAt(j)) outOfOrder++
    j++
  }
  return (shared / a.length + shared / b.length + (shared - (outOfOrder >> 1)) / shared) / 3
}

/** Jaro-Winkler similarity: where Jaro's is above 0.7, each of up to four first letters that agree adds to it. */
export function jaroWinkler(left: string, right: string): number {
  const plain = jaro(left, right)
  if (plain <= 0.7) return plain
  let prefix = 0
  while (prefix < 4 && prefix < left.length && left.charCodeAt(prefix) === right.charCodeAt(prefix)) prefix++
  return plain + prefix * 0.1 * (1 - plain)
}

/** Levenshtein distance: fewest letters inserted, deleted or changed. Only the first 128 UTF-16 units are looked at. */
export function levenshtein(left: string, right: string): number {
  const a = left.slice(0, longestCompared)
  const b = right.slice(0, longestCompared)
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1)
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, change))
    }
    previous = row
  }
  return previous[b.length]!
}

/**
 * Damerau-Levenshtein distance: the same, and a swap of neighbours is one edit, also where letters between the two were
 * edited. Only the first 128 UTF-16 units are looked at.
 */
export function damerauLevenshtein(left: string, right: string): number {
  const a = left.slice(0, longestCompared)
  const b = right.slice(0, longestCompared)
  const lastRowOf = new Map<number, number>()
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let lastColumn = 0
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      let cost = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1))
      const k = lastRowOf.get(b.charCodeAt(j - 1)) ?? 0
      // Letters between the two that swap places are deleted on one side and inserted on the other.
      if (k > 0 && lastColumn > 0) cost = Math.min(cost, rows[k - 1]![lastColumn - 1]! + i - k + j - lastColumn - 1)
      if (same) lastColumn = j
      row.push(cost)
    }
    lastRowOf.set(a.charCodeAt(i - 1), i)
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}

/** True when two ISO dates have the same year and the day of one is the month of the other (and they differ). */
export function dayAndMonthSwapped(left: string, right: string): boolean {
  return (
    left !== right &&
    left.slice(0, 4) === right.slice(0, 4) &&
    left.slice(5, 7) === right.slice(8, 10) &&
    left.slice(8, 10) === right.slice(5, 7)
  )
}

/** True when two ISO dates are one keying slip apart: one digit changed, or two neighbouring digits swapped. */
export function dateSlip(left: string, right: string): boolean {
  if (left === right) return false
  // Both are ten characters, so one edit that keeps the length is a change or a swap, found without a matrix.
  let first = -1
  let differing = 0
  let last = -1
  for (let at = 0; at < 10; at++) {
    if (left.charCodeAt(at) === right.charCodeAt(at)) continue
    if (first < 0) first = at
    last = at
    if (++differing > 2) return false
  }
  if (differing === 1) return true
  return left[first] === right[last] && left[last] === right[first] && last - first <= (left[first + 1] === '-' ? 2 : 1)
}

/** Days between two ISO dates, always positive; NaN when either is not a real date. */
export function daysApart(left: string, right: string): number {
  return Math.abs(dayNumber(left) - dayNumber(right))
}

/** Days since a day long ago, proleptic Gregorian; the engine keeps no clock and no time zone. */
export function dayNumber(date: string): number {
  const year = Number(date.slice(0, 4))
  const month = Number(date.slice(5, 7))
  const day = Number(date.slice(8, 10))
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
}

/** True when the shorter set of words is wholly inside the longer and holds a word of three letters or more. */
export function wordsContained(left: string, right: string): boolean {
  const a = new Set(left.split(' '))
  const b = new Set(right.split(' '))
  const [few, many] = a.size <= b.size ? [a, b] : [b, a]
  let telling = false
  for (const word of few) {
    if (!many.has(word)) return false
    if (word.length >= 3) telling = true
  }
  return telling
}
