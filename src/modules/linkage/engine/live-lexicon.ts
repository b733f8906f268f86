import type { Lexicon } from './dataset.ts'
import type { FactTable } from './fact-tables.ts'

/** A hash of a text; the same text has the same in every run. */
function hashOf(text: string): number {
  let hash = text.length
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}

/** How much room is kept for what is to come: a quarter of what there is. */
export const roomFor = (size: number): number => Math.ceil(size * 1.25) + 1024

/**
 * Values by code, to which more can be added; what is asked of a value is written into the tables when it comes. Found by a table
 * of numbers, not by a map: a map of a million texts stops everything when it grows.
 */
export class LiveLexicon implements Lexicon {
  readonly values: string[] = []
  private readonly tables: FactTable[] = []
  private slots: Int32Array
  /** Values that whoever keeps something by code has room for; doubled when it is full. */
  room: number

  constructor(values: readonly string[]) {
    this.room = roomFor(values.length)
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.room)))
    for (const value of values) this.put(value)
  }

  get size(): number {
    return this.values.length
  }

  /** Has the tables written from now on, and at once of the values that are there. */
  write(...tables: readonly FactTable[]): void {
    for (const table of tables) {
      for (const value of this.values) table.add(value)
      this.tables.push(table)
    }
  }

  /** The code of a value; -1 when it is not there. */
  codeOf(value: string): number {
    const { slots, values } = this
    const last = slots.length - 1
    for (let at = hashOf(value) & last; ; at = (at + 1) & last) {
      const code = slots[at]! - 1
      if (code < 0 || values[code] === value) return code
    }
  }

  /** Adds a value that is not there. @returns false when a table is in other memory than before, or the room has grown */
  add(value: string): boolean {
    let held = this.values.length < this.room
    if (!held) this.room *= 2
    this.put(value)
    for (const table of this.tables) if (!table.add(value)) held = false
    return held
  }

  private put(value: string): void {
    if (2 * this.values.length >= this.slots.length) {
      this.slots = new Int32Array(2 * this.slots.length)
      this.values.forEach((known, code) => this.place(known, code))
    }
    this.place(value, this.values.push(value) - 1)
  }

  private place(value: string, code: number): void {
    const last = this.slots.length - 1
    let at = hashOf(value) & last
    while (this.slots[at] !== 0) at = (at + 1) & last
    this.slots[at] = code + 1
  }
}
