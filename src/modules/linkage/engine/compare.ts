const matchedLeft = new Uint8Array(128)
const matchedRight = new Uint8Array(128)

/**
 * Jaro-Winkler similarity of two words, 0 (nothing shared) to 1 (equal); prefix of up to four letters counts a tenth
 * each. Only the first 128 UTF-16 units are looked at.
 */
export function jaroWinkler(left: string, right: string): number {
  if (left === right) return left === '' ? 0 : 1
  // Which letters are matched first depends on the order of the words, so one order is kept to.
  const a = (left < right ? left : right).slice(0, 128)
  const b = (left < right ? right : left).slice(0, 128)
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
  const jaro = (shared / a.length + shared / b.length + (shared - outOfOrder / 2) / shared) / 3
  let prefix = 0
  while (prefix < 4 && prefix < a.length && prefix < b.length && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

/** Damerau-Levenshtein distance (insert, delete, change, or swap of neighbours) of two short texts. */
export function damerauLevenshtein(left: string, right: string): number {
  const width = right.length + 1
  let before = Array.from({ length: width }, () => 0)
  let previous = Array.from({ length: width }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const row = Array.from({ length: width }, () => 0)
    row[0] = i
    for (let j = 1; j < width; j++) {
      const same = left[i - 1] === right[j - 1]
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1)
      }
      row[j] = cost
    }
    before = previous
    previous = row
  }
  return previous[right.length]!
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

function dayNumber(date: string): number {
  // Civil-day count (proleptic Gregorian); the engine keeps no clock and no time zone.
  const year = Number(date.slice(0, 4))
  const month = Number(date.slice(5, 7))
  const day = Number(date.slice(8, 10))
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
}

/** True when the shorter list of words is wholly inside the longer and holds a word of three letters or more. */
export function wordsContained(left: string, right: string): boolean {
  const a = left.split(' ')
  const b = right.split(' ')
  const [few, many] = a.length <= b.length ? [a, b] : [b, a]
  if (many.length === 1) return false
  return few.every((word) => many.includes(word)) && few.some((word) => word.length >= 3)
}
