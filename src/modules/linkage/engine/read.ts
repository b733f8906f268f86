import { datasetOf, grown, type Arrived, type Dataset, type Texts } from './dataset.ts'
import { LinkageFailure } from './failure.ts'
import { nameGroups, type NameGroups } from './names.ts'
import type { ModelSpec } from './spec.ts'

/** Texts kept as the bytes they came in, numbered without making a string of any: a hash table of our own over one buffer. */
class ByteTexts implements Texts {
  private bytes = new Uint8Array(1 << 16)
  private end = 0
  private starts = new Int32Array(1 << 10)
  /** Place after place: hash, number (0: free), start, length. Together, as each of them apart would be a wait for memory. */
  private places = new Int32Array(4 << 11)
  private readonly decoder = new TextDecoder()
  size = 1

  textOf(number: number): string {
    return this.decoder.decode(this.bytes.subarray(this.starts[number], this.starts[number + 1]))
  }

  /** The number of the text buffer[from..to). */
  numberOf(buffer: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5 | 0
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ buffer[at]!, 16777619)
    hash ^= hash >>> 15
    const { places, bytes } = this
    const mask = places.length - 1
    const length = to - from
    let place = (hash << 2) & mask
    for (let number = places[place + 1]!; number !== 0; number = places[place + 1]!) {
      if (places[place] === hash && places[place + 3] === length) {
        const start = places[place + 2]!
        let same = 0
        while (same < length && bytes[start + same] === buffer[from + same]) same++
        if (same === length) return number
      }
      place = (place + 4) & mask
    }
    return this.add(buffer, from, length, hash, place)
  }

  private add(buffer: Uint8Array, from: number, length: number, hash: number, place: number): number {
    const number = this.size++
    if (number + 2 > this.starts.length) this.starts = grown(this.starts)
    if (this.end + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.end + length))
      larger.set(this.bytes)
      this.bytes = larger
    }
    for (let at = 0; at < length; at++) this.bytes[this.end + at] = buffer[from + at]!
    this.places[place] = hash
    this.places[place + 1] = number
    this.places[place + 2] = this.end
    this.places[place + 3] = length
    this.starts[number] = this.end
    this.end += length
    this.starts[number + 1] = this.end
    if (this.size * 8 > this.places.length) this.spread()
    return number
  }

  private spread(): void {
    const before = this.places
    const places = new Int32Array(before.length * 2)
    const mask = places.length - 1
    for (let from = 0; from < before.length; from += 4) {
      if (before[from + 1] === 0) continue
      let place = (before[from]! << 2) & mask
      while (places[place + 1] !== 0) place = (place + 4) & mask
      for (let at = 0; at < 4; at++) places[place + at] = before[from + at]!
    }
    this.places = places
  }
}

const comma = 44
const quote = 34
const newline = 10
const carriageReturn = 13

interface Field {
  readonly texts: ByteTexts
  numbers: Int32Array
}

/** Reads a file of mentions as bytes, a chunk at a time, without making a string of any value. */
export interface MentionReader {
  push(chunk: Uint8Array): void
  /** @throws LinkageFailure `linkage.no_id`, `linkage.same_id_twice`, or `linkage.unfinished` when a quoted value never ends */
  finish(): Dataset
}

/**
 * Reads CSV in UTF-8 whose first line names the columns. Each column of the model is read from the file's column of the name in its
 * `from`; one that the file has not is taken as not recorded, and told by `missing`.
 *
 * @param idColumn the column whose value is unique to each mention
 */
export function csvReader(
  spec: ModelSpec,
  idColumn: string,
  groups: NameGroups = nameGroups(),
  missing: (columns: readonly string[]) => void = () => undefined,
): MentionReader {
  const decoder = new TextDecoder()
  const fields = new Map<string, Field>()
  for (const { from } of spec.columns) fields.set(from, { texts: new ByteTexts(), numbers: new Int32Array(1 << 12) })
  const idTexts = { bytes: new Uint8Array(1 << 16), ends: new Int32Array(1 << 12), end: 0 }
  let byPlace: (Field | null)[] | null = null
  let idPlace = -1
  let rows = 0
  let rest = new Uint8Array(0)
  // Where each value of the record at hand begins and ends, and whether it stood in quotes.
  let from = new Int32Array(64)
  let to = new Int32Array(64)
  let folded = new Int32Array(64)

  const header = (buffer: Uint8Array, count: number): void => {
    const names = Array.from({ length: count }, (_, at) =>
      decoder
        .decode(buffer.subarray(from[at], to[at]))
        .replace(/^\ufeff/, '')
        .trim(),
    )
    idPlace = names.indexOf(idColumn)
    if (idPlace === -1) throw new LinkageFailure('linkage.no_id', 'the file has no column of ids')
    byPlace = names.map((name) => fields.get(name) ?? null)
    missing([...fields.keys()].filter((name) => !names.includes(name)))
  }

  const takeId = (buffer: Uint8Array, start: number, end: number): void => {
    if (end === start) throw new LinkageFailure('linkage.no_id', 'a mention has no id')
    if (rows + 1 > idTexts.ends.length) idTexts.ends = grown(idTexts.ends)
    if (idTexts.end + end - start > idTexts.bytes.length) {
      const larger = new Uint8Array(Math.max(idTexts.bytes.length * 2, idTexts.end + end - start))
      larger.set(idTexts.bytes)
      idTexts.bytes = larger
    }
    for (let at = start; at < end; at++) idTexts.bytes[idTexts.end++] = buffer[at]!
    idTexts.ends[rows] = idTexts.end
  }

  const record = (buffer: Uint8Array, count: number): void => {
    // Only now that the record is whole: what is read again after the next chunk must be as it came.
    for (let at = 0; at < count; at++) if (folded[at] === 1) to[at] = unfold(buffer, from[at]!, to[at]!)
    if (byPlace === null) return header(buffer, count)
    if (count === 1 && from[0] === to[0]) return undefined
    if (idPlace >= count) throw new LinkageFailure('linkage.no_id', 'a mention has no id')
    takeId(buffer, from[idPlace]!, to[idPlace]!)
    for (let place = 0; place < byPlace.length; place++) {
      const field = byPlace[place]!
      if (field === null) continue
      if (rows >= field.numbers.length) field.numbers = grown(field.numbers)
      const start = from[place]!
      const end = to[place]!
      if (place < count && end > start) field.numbers[rows] = field.texts.numberOf(buffer, start, end)
    }
    rows++
    return undefined
  }

  /** Takes every whole record of the buffer. @returns where the first that is not whole begins */
  const take = (buffer: Uint8Array, last: boolean): number => {
    const length = buffer.length
    let begin = 0
    let at = 0
    let count = 0
    while (at < length) {
      if (count === from.length) {
        from = grown(from)
        to = grown(to)
        folded = grown(folded)
      }
      folded[count] = 0
      if (buffer[at] === quote) {
        const end = endOfQuoted(buffer, at)
        // A quote that is the last byte may be half of a doubled one.
        if (end === -1 || (end + 1 === length && !last)) return begin
        from[count] = at + 1
        to[count] = end
        folded[count] = 1
        at = end + 1
      } else {
        const start = at
        while (at < length && buffer[at] !== comma && buffer[at] !== newline) at++
        if (at === length && !last) return begin
        from[count] = start
        to[count] = buffer[at - 1] === carriageReturn && at > start && buffer[at] !== comma ? at - 1 : at
      }
      count++
      if (buffer[at] === comma) {
        at++
        // A comma at the very end opens a value that is empty.
        if (at === length && last) {
          from[count] = at
          to[count] = at
          folded[count++] = 0
        } else continue
      }
      while (at < length && buffer[at] !== newline) at++
      if (at === length && !last) return begin
      record(buffer, count)
      count = 0
      begin = ++at
    }
    return Math.min(begin, length)
  }

  return {
    push(chunk) {
      let buffer = chunk
      if (rest.length > 0) {
        buffer = new Uint8Array(rest.length + chunk.length)
        buffer.set(rest)
        buffer.set(chunk, rest.length)
      }
      rest = buffer.slice(take(buffer, false))
    },
    finish() {
      if (take(rest, true) < rest.length) throw new LinkageFailure('linkage.unfinished', 'a quoted value never ends')
      if (byPlace === null) throw new LinkageFailure('linkage.no_id', 'the file has no column of ids')
      const written = idTexts.bytes.subarray(0, idTexts.end)
      const all = decoder.decode(written)
      // a letter a byte, as nearly all ids have: then one text is cut, which is quicker than to read each by itself
      const plain = all.length === written.length
      let start = 0
      const ids = Array.from({ length: rows }, (_, row) => {
        const end = idTexts.ends[row]!
        const id = plain ? all.slice(start, end) : decoder.decode(written.subarray(start, end))
        start = end
        return id
      })
      const arrived = spec.columns.map((column): Arrived => {
        const { texts, numbers } = fields.get(column.from)!
        return { spec: column, texts, numbers: numbers.length >= rows ? numbers : new Int32Array(rows) }
      })
      return datasetOf(ids, arrived, groups, spec.namesakes)
    },
  }
}

/** Where the closing quote of a value is that opens at `at`; -1 when it is not in the buffer. */
function endOfQuoted(buffer: Uint8Array, at: number): number {
  let end = at + 1
  for (;;) {
    while (end < buffer.length && buffer[end] !== quote) end++
    if (end === buffer.length) return -1
    if (buffer[end + 1] !== quote) return end
    end += 2
  }
}

/** Turns doubled quotes into one, in place. @returns the new end */
function unfold(buffer: Uint8Array, start: number, end: number): number {
  let to = start
  for (let at = start; at < end; at++) {
    buffer[to++] = buffer[at]!
    if (buffer[at] === quote) at++
  }
  return to
}
