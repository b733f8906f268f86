import type { Writing } from './fact-writing.ts'
import type { Fact } from './facts.ts'
import { grownInt32, lettersOf, LetterTable, sharedInt32 } from './letters.ts'

/** A fact that is written down value after value, with room for those to come. */
export interface FactTable {
  /** @returns false when the fact is in other memory than before and must be asked for again */
  add(value: string): boolean
  /** The fact, good until `add` says false. */
  fact(): Fact
}

/** Numbers by code; 0 for the code that stands for nothing. */
export class NumberTable implements FactTable {
  numbers: Int32Array
  private size = 0
  private readonly of: (value: string) => number

  constructor(of: (value: string) => number, room: number) {
    this.of = of
    this.numbers = sharedInt32(room)
  }

  add(value: string): boolean {
    const held = this.size < this.numbers.length
    if (!held) this.numbers = grownInt32(this.numbers, 2 * this.size)
    this.numbers[this.size] = this.size === 0 ? 0 : this.of(value)
    this.size++
    return held
  }

  fact(): Fact {
    return { fact: 'numbers', numbers: this.numbers }
  }
}

class ListTable implements FactTable {
  private starts: Int32Array
  private items: Int32Array
  private size = 0
  private end = 0
  private readonly of: (value: string) => Iterable<number>

  constructor(of: (value: string) => Iterable<number>, room: number) {
    this.of = of
    this.starts = sharedInt32(room + 1)
    this.items = sharedInt32(2 * room)
  }

  add(value: string): boolean {
    let held = true
    if (this.size + 1 === this.starts.length) {
      this.starts = grownInt32(this.starts, 2 * this.size + 1)
      held = false
    }
    for (const item of this.size === 0 ? [] : this.of(value)) {
      if (this.end === this.items.length) {
        this.items = grownInt32(this.items, 2 * this.end)
        held = false
      }
      this.items[this.end++] = item
    }
    this.starts[++this.size] = this.end
    return held
  }

  fact(): Extract<Fact, { fact: 'lists' }> {
    return { fact: 'lists', starts: this.starts, items: this.items }
  }
}

const sharedFloat64 = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(Math.max(1, length) * 8))

class AmountTable implements FactTable {
  private amounts: Float64Array
  private size = 0
  private readonly of: (value: string) => number

  constructor(of: (value: string) => number, room: number) {
    this.of = of
    this.amounts = sharedFloat64(room)
  }

  add(value: string): boolean {
    const held = this.size < this.amounts.length
    if (!held) {
      const larger = sharedFloat64(2 * this.size)
      larger.set(this.amounts)
      this.amounts = larger
    }
    this.amounts[this.size++] = this.of(value)
    return held
  }

  fact(): Fact {
    return { fact: 'amounts', amounts: this.amounts }
  }
}

class TextTable implements FactTable {
  private readonly texts: string[] = []

  add(value: string): boolean {
    this.texts.push(value)
    return true
  }

  fact(): Fact {
    return { fact: 'texts', texts: this.texts }
  }
}

class Lettered implements FactTable {
  private readonly table: LetterTable

  constructor(bare: boolean, room: number) {
    this.table = new LetterTable(bare, room)
  }

  add(value: string): boolean {
    return this.table.add(value)
  }

  fact(): Fact {
    return { fact: 'letters', table: this.table.growing() }
  }
}

/** An empty table for so many values, to begin with. */
export function factTable(writing: Writing, room: number): FactTable {
  switch (writing.fact) {
    case 'letters':
      return new Lettered(writing.bare, room)
    case 'lists':
      return new ListTable(writing.of, room)
    case 'numbers':
      return new NumberTable(writing.of, room)
    case 'amounts':
      return new AmountTable(writing.of, room)
    case 'texts':
      return new TextTable()
  }
}

/** The fact of all values of a lexicon, with no room for more, in memory that workers share. */
export function writtenFact(values: readonly string[], writing: Writing): Fact {
  if (writing.fact === 'letters') return { fact: 'letters', table: lettersOf(values, writing.bare) }
  if (writing.fact === 'texts') return { fact: 'texts', texts: values }
  const table = factTable(writing, values.length)
  for (const value of values) table.add(value)
  return table.fact()
}
