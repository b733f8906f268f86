/**
 * The letters of the values of a lexicon, as numbers in typed arrays that workers can share, and how alike two values are.
 * A letter is a code point; its number is its place in the alphabet that the lexicon happens to use.
 */
export interface Letters {
  /** Letters of all values, one value after another. */
  readonly letters: Uint16Array
  /** Where each value begins, by code; entry code + 1 is where it ends. */
  readonly starts: Int32Array
  /** Which letters a value has, by code: bit (letter & 31). */
  readonly masks: Int32Array
  /** The first four letters packed into bytes; padding that no other value of its length shares. */
  readonly heads: Int32Array
  readonly alphabet: number
}

/** No more of a value than this is compared: nothing beyond it tells two people apart. */
const longest = 128

export function sharedInt32(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Math.max(1, length) * 4))
}

/** Letters of values that are put in one after another, by code. */
export class LetterTable {
  private readonly numbers = new Map<number, number>()
  private readonly bare: boolean
  private starts: Int32Array
  private masks: Int32Array
  private heads: Int32Array
  private letters = new Uint16Array(1 << 16)
  private end = 0
  private size = 0
  /** Letters that whoever compares has room for. */
  private alphabet = 0

  /** @param bare whether spaces are left out, so that "de souza" and "desouza" are compared letter by letter */
  constructor(bare: boolean, room: number) {
    this.bare = bare
    this.starts = sharedInt32(room + 1)
    this.masks = sharedInt32(room)
    this.heads = sharedInt32(room)
  }

  /** @returns false when the letters are in other memory than before, or are more than there was room for */
  add(value: string): boolean {
    const { numbers, bare } = this
    const roomy = this.size < this.masks.length
    if (!roomy) {
      this.starts = grownInt32(this.starts, 2 * this.size + 1)
      this.masks = grownInt32(this.masks, 2 * this.size)
      this.heads = grownInt32(this.heads, 2 * this.size)
    }
    let held = roomy
    let mask = 0
    let head = 0
    let length = 0
    for (let at = 0; at < value.length && length < longest;) {
      const point = value.codePointAt(at)!
      at += point > 0xffff ? 2 : 1
      if (bare && point === 32) continue
      let letter = numbers.get(point)
      if (letter === undefined) {
        // 65,535 letters are more than any language writes with; beyond them all share the last number.
        letter = Math.min(65_535, numbers.size + 1)
        numbers.set(point, letter)
        if (letter >= this.alphabet) held = false
      }
      if (this.end === this.letters.length) {
        const larger = new Uint16Array(2 * this.end)
        larger.set(this.letters)
        this.letters = larger
        held = false
      }
      this.letters[this.end++] = letter
      mask |= 1 << (letter & 31)
      if (length < 4) head |= (letter & 255) << (8 * length)
      length++
    }
    this.masks[this.size] = mask
    this.heads[this.size] = head
    this.starts[++this.size] = this.end
    return held
  }

  /** What there is, with no room for more, in memory that workers share. */
  finished(): Letters {
    const { starts, masks, heads, end } = this
    const letters = new Uint16Array(new SharedArrayBuffer(Math.max(1, end) * 2))
    letters.set(this.letters.subarray(0, end))
    return { letters, starts, masks, heads, alphabet: this.letterCount }
  }

  /** What there is and is to come, for as long as `add` says true. */
  growing(): Letters {
    const { letters, starts, masks, heads } = this
    // A byte holds 255 letters, which is all that the quick way of comparing takes; most lexicons never get beyond it.
    this.alphabet = this.letterCount <= 255 ? 255 : Math.min(65_536, this.letterCount + 1024)
    return { letters, starts, masks, heads, alphabet: this.alphabet }
  }

  private get letterCount(): number {
    return Math.min(65_536, this.numbers.size + 1)
  }
}

/** The same numbers with room for more. */
export function grownInt32(numbers: Int32Array, room: number): Int32Array<SharedArrayBuffer> {
  const larger = sharedInt32(room)
  larger.set(numbers)
  return larger
}

/** @param bare whether spaces are left out */
export function lettersOf(values: readonly string[], bare: boolean): Letters {
  const table = new LetterTable(bare, values.length)
  for (const value of values) table.add(value)
  return table.finished()
}

function bits(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Above this a shared beginning counts (Winkler); below it two words are not alike enough for it to mean anything. */
const prefixCountsAbove = 0.7

/**
 * Jaro-Winkler similarity of two values by code, 0 to 1, or 0 when it is certain to be below `atLeast`. The values of up to 31
 * letters are compared 32 places at a time; a bound from their sets of letters settles most pairs before that.
 */
export function similarityOf(table: Letters): (x: number, y: number, atLeast: number) => number {
  const { letters, starts, masks, heads, alphabet } = table
  // Where each letter stands in the value looked at last: pairs come in blocks that share their first value.
  const places = new Int32Array(alphabet)
  let placed = 0
  return (x, y, atLeast) => {
    const xStart = starts[x]!
    const yStart = starts[y]!
    const xLength = starts[x + 1]! - xStart
    const yLength = starts[y + 1]! - yStart
    if (xLength === 0 || yLength === 0) return 0
    const xMask = masks[x]!
    const yMask = masks[y]!
    const xMost = xLength - bits(xMask & ~yMask)
    const yMost = yLength - bits(yMask & ~xMask)
    const most = xMost < yMost ? xMost : yMost
    if (most <= 0) return 0
    const differ = heads[x]! ^ heads[y]!
    let prefix = differ === 0 ? 4 : (31 - Math.clz32(differ & -differ)) >> 3
    if (prefix > xLength) prefix = xLength
    if (prefix > yLength) prefix = yLength
    let bound = (most / xLength + most / yLength + 1) / 3
    if (bound > prefixCountsAbove) bound += prefix * 0.1 * (1 - bound)
    if (bound < atLeast) return 0
    if (xLength > 31 || yLength > 31 || alphabet > 255)
      return jaroWinklerOfLong(letters, xStart, xLength, yStart, yLength)
    if (placed !== x) {
      if (placed !== 0) for (let at = starts[placed]!; at < starts[placed + 1]!; at++) places[letters[at]!] = 0
      for (let at = 0; at < xLength; at++) places[letters[xStart + at]!]! |= 1 << at
      placed = x
    }
    let reach = ((xLength > yLength ? xLength : yLength) >> 1) - 1
    if (reach < 0) reach = 0
    let xFlags = 0
    let yFlags = 0
    let window = (1 << (reach + 1)) - 1
    const growing = reach < yLength ? reach : yLength
    let at = 0
    for (; at < growing; at++) {
      const free = places[letters[yStart + at]!]! & window & ~xFlags
      if (free !== 0) {
        xFlags |= free & -free
        yFlags |= 1 << at
      }
      window = (window << 1) | 1
    }
    for (; at < yLength; at++) {
      const free = places[letters[yStart + at]!]! & window & ~xFlags
      if (free !== 0) {
        xFlags |= free & -free
        yFlags |= 1 << at
      }
      window <<= 1
    }
    const shared = bits(xFlags)
    if (shared === 0) return 0
    let outOfOrder = 0
    while (yFlags !== 0) {
      const yAt = 31 - Math.clz32(yFlags & -yFlags)
      const xAt = 31 - Math.clz32(xFlags & -xFlags)
      if (letters[xStart + xAt] !== letters[yStart + yAt]) outOfOrder++
      xFlags &= xFlags - 1
      yFlags &= yFlags - 1
    }
    const jaro = (shared / xLength + shared / yLength + (shared - (outOfOrder >> 1)) / shared) / 3
    return jaro > prefixCountsAbove ? jaro + prefix * 0.1 * (1 - jaro) : jaro
  }
}

/** The same for values longer than a word has bits, or alphabets whose first letters do not fit a byte. */
function jaroWinklerOfLong(
  letters: Uint16Array,
  xStart: number,
  xLength: number,
  yStart: number,
  yLength: number,
): number {
  const reach = Math.max(0, (Math.max(xLength, yLength) >> 1) - 1)
  const xTaken = new Uint8Array(xLength)
  const yTaken = new Uint8Array(yLength)
  let shared = 0
  for (let y = 0; y < yLength; y++) {
    const to = Math.min(xLength - 1, y + reach)
    for (let x = Math.max(0, y - reach); x <= to; x++) {
      if (xTaken[x] === 1 || letters[xStart + x] !== letters[yStart + y]) continue
      xTaken[x] = 1
      yTaken[y] = 1
      shared++
      break
    }
  }
  if (shared === 0) return 0
  let outOfOrder = 0
  let x = 0
  for (let y = 0; y < yLength; y++) {
    if (yTaken[y] === 0) continue
    while (xTaken[x] === 0) x++
    if (letters[xStart + x] !== letters[yStart + y]) outOfOrder++
    x++
  }
  const jaro = (shared / xLength + shared / yLength + (shared - (outOfOrder >> 1)) / shared) / 3
  if (jaro <= prefixCountsAbove) return jaro
  let prefix = 0
  while (prefix < 4 && prefix < xLength && prefix < yLength && letters[xStart + prefix] === letters[yStart + prefix]) {
    prefix++
  }
  return jaro + prefix * 0.1 * (1 - jaro)
}

/** Whether at most one letter was put in, left out, changed, or swapped with its neighbour. */
function oneEditApart(letters: Uint16Array, xStart: number, xLength: number, yStart: number, yLength: number): boolean {
  const shorter = xLength < yLength ? xLength : yLength
  let head = 0
  while (head < shorter && letters[xStart + head] === letters[yStart + head]) head++
  let tail = 0
  while (tail < shorter - head && letters[xStart + xLength - 1 - tail] === letters[yStart + yLength - 1 - tail]) {
    tail++
  }
  const xLeft = xLength - head - tail
  const yLeft = yLength - head - tail
  if (xLeft <= 1 && yLeft <= 1) return true
  return (
    xLeft === 2 &&
    yLeft === 2 &&
    letters[xStart + head] === letters[yStart + head + 1] &&
    letters[xStart + head + 1] === letters[yStart + head]
  )
}

/** Whether two values by code are at most `atMost` edits apart (Damerau-Levenshtein: put in, leave out, change, swap neighbours). */
export function editsWithin(table: Letters): (x: number, y: number, atMost: number) => boolean {
  const { letters, starts, alphabet } = table
  const width = longest + 2
  const cells = new Int32Array(width * width)
  const lastRow = new Int32Array(alphabet)
  return (x, y, atMost) => {
    const xStart = starts[x]!
    const yStart = starts[y]!
    const xLength = starts[x + 1]! - xStart
    const yLength = starts[y + 1]! - yStart
    const apart = xLength - yLength
    if (apart > atMost || -apart > atMost) return false
    if (atMost === 1) return oneEditApart(letters, xStart, xLength, yStart, yLength)
    const far = xLength + yLength
    for (let at = 0; at < yLength; at++) lastRow[letters[yStart + at]!] = 0
    for (let at = 0; at < xLength; at++) lastRow[letters[xStart + at]!] = 0
    cells[0] = far
    for (let i = 0; i <= xLength; i++) {
      cells[(i + 1) * width] = far
      cells[(i + 1) * width + 1] = i
    }
    for (let j = 0; j <= yLength; j++) {
      cells[j + 1] = far
      cells[width + j + 1] = j
    }
    for (let i = 1; i <= xLength; i++) {
      const letter = letters[xStart + i - 1]!
      let lastColumn = 0
      for (let j = 1; j <= yLength; j++) {
        const other = letters[yStart + j - 1]!
        const row = lastRow[other]!
        const column = lastColumn
        const same = letter === other
        if (same) lastColumn = j
        cells[(i + 1) * width + j + 1] = Math.min(
          cells[i * width + j]! + (same ? 0 : 1),
          cells[(i + 1) * width + j]! + 1,
          cells[i * width + j + 1]! + 1,
          cells[row * width + column]! + (i - row - 1) + 1 + (j - column - 1),
        )
      }
      lastRow[letter] = i
    }
    return cells[(xLength + 1) * width + yLength + 1]! <= atMost
  }
}
