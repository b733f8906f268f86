import { defaultCap, keyPart, type RefusedBlock } from './blocking.ts'
import { columnOf, normaliseColumn, type Dataset, type EncodedColumn } from './dataset.ts'
import { decider, sideOfRole, type Decider } from './decide.ts'
import { guardOf } from './evidence.ts'
import { explainerBy, type Waterfall } from './explain.ts'
import { factTable, NumberTable, type FactTable } from './fact-tables.ts'
import { numbered } from './fact-writing.ts'
import { factFrom, factsWanted, type Fact } from './facts.ts'
import { LinkageFailure } from './failure.ts'
import { frequenciesOf, withFrequencies, type Frequencies } from './frequencies.ts'
import { Gathered } from './gathered.ts'
import { columnsOf, type Kernel, type KernelParts } from './kernel.ts'
import { openKernel } from './kernel-source.ts'
import { grownInt32, sharedInt32 } from './letters.ts'
import { KeyNumbers, LiveBlocks } from './live-blocks.ts'
import { liveColumns, type LiveColumn } from './live-columns.ts'
import { LiveLexicon, roomFor } from './live-lexicon.ts'
import { namesakeOf } from './namesakes.ts'
import { scorerOf, type Edges, type PairScorer } from './score.ts'
import type { KeyExpr, TrainedModel } from './spec.ts'
import { priorWeight, weightsOf } from './weights.ts'

/** What was found for a mention that came. */
export interface Arrival {
  readonly position: number
  /** Pairs at or above the threshold; `a` has the lower id of the two, so that a weight is what a batch would find. */
  readonly edges: Edges
  readonly compared: number
  /** Blocks over the cap that it would have been in: nobody of those was looked at for that rule. */
  readonly refused: readonly { readonly rule: string; readonly mentions: number }[]
}

export interface LiveOptions {
  /** What the model has kept of the mentions it was trained on; else those of the data set are kept from now on. */
  readonly frequencies?: Frequencies
  /** Bits; 0 when left out, as in a batch. */
  readonly threshold?: number
}

/**
 * Mentions to which one more can be added at any time, and is compared with those that are there in well under a millisecond:
 * the same pairs and weights that a batch over all of them would find for it, with the frequencies of values as the model keeps
 * them. Memory only: what holds it is whoever keeps the mentions.
 */
export class LiveIndex {
  private readonly model: TrainedModel
  private readonly dataset: Dataset
  private readonly threshold: number
  private readonly apart: ReturnType<typeof guardOf<'rolesApart'>>
  private readonly roles: LiveColumn | null
  private readonly columns: readonly LiveColumn[]
  private readonly keys = new KeyNumbers()
  private readonly keySources: readonly (() => void)[]
  private readonly rules: readonly LiveBlocks[]
  private readonly factTables: readonly { readonly key: string; readonly tables: readonly FactTable[] }[]
  private readonly width: number
  private readonly names: LiveLexicon
  /** Position of each name of a mention; -1 of one that was taken out. */
  private places: Int32Array
  private readonly ids: string[]
  private highest: string
  private standing: number
  private room: number
  private rows: Int32Array
  private sides: Uint8Array
  /** The arrival that looked at a mention last, and the rule by which it came to it. */
  private seen: Int32Array
  private seenBy: Uint8Array
  private looks = 0
  private kernel!: Kernel
  private scorer!: PairScorer
  private judge!: Decider
  private explainer!: (a: number, b: number) => Waterfall
  private pairs: Int32Array = new Int32Array(1 << 13)
  private pairStarts: Int32Array = Int32Array.from({ length: (1 << 12) + 1 }, (_, pair) => 2 * pair)
  private found = 0
  private readonly sink = new Gathered(1 << 10)

  /** @param mentions those that are there already */
  constructor(mentions: Dataset, model: TrainedModel, { frequencies, threshold = 0 }: LiveOptions = {}) {
    const { spec } = model
    this.model = model
    this.threshold = threshold
    this.apart = guardOf(model, 'rolesApart')
    const compared = columnsOf(spec.comparisons)
    const kept = new Map([...frequenciesOf(mentions, spec), ...(frequencies ?? [])])
    const { namesakes } = spec
    const known = namesakes && kept.get(namesakes.name)
    // The names that the model knows several people by are a column; how often values occur is counted below.
    const dataset = known ? withFrequencies(mentions, new Map([[namesakes.name, known]])) : mentions
    const room = roomFor(dataset.size)
    this.room = room
    this.columns = liveColumns(dataset, model, kept, compared, room)
    this.roles = this.apart === null ? null : this.column(this.apart.column)
    this.factTables = factsWanted(dataset.columns, spec.comparisons, dataset.groups).map(({ key, of }) => ({
      key,
      tables: of.map(([name, writing]) => {
        const { lexicon } = this.column(name)
        const table = factTable(writing, lexicon.room)
        lexicon.write(table)
        return table
      }),
    }))
    this.width = compared.length
    this.rows = sharedInt32(room * this.width)
    for (const { codes, place } of this.columns) {
      if (place >= 0) for (let at = 0; at < dataset.size; at++) this.rows[at * this.width + place] = codes[at]!
    }
    this.ids = [...dataset.ids]
    this.highest = this.ids.at(-1) ?? ''
    this.names = new LiveLexicon(this.ids)
    this.places = Int32Array.from({ length: this.names.room }, (_, at) => at)
    this.standing = dataset.size
    this.sides = new Uint8Array(room)
    this.seen = new Int32Array(room)
    this.seenBy = new Uint8Array(room)
    for (let at = 0; at < dataset.size; at++) this.sides[at] = this.sideOf(at)
    this.dataset = { ...dataset, ids: this.ids, columns: new Map() }
    const { sources, rules } = this.blocks(dataset)
    this.keySources = sources
    this.rules = rules
    for (const rule of rules) for (let at = 0; at < dataset.size; at++) rule.put(at)
    this.open()
  }

  /** Mentions that are in it. */
  get size(): number {
    return this.standing
  }

  /** Position of a mention by its id; -1 when it is not in it. */
  positionOf(id: string): number {
    const code = this.names.codeOf(id)
    return code < 0 ? -1 : this.places[code]!
  }

  idOf(position: number): string {
    return this.ids[position]!
  }

  /** The bands and guards of the model, by position. */
  get decider(): Decider {
    return this.judge
  }

  /** Match weight of two positions, in bits. */
  weightOf(a: number, b: number): number {
    return this.scorer.weightOf(a, b)
  }

  /** Why two mentions score as they do, by position. */
  explain(a: number, b: number): Waterfall {
    return this.explainer(a, b)
  }

  /**
   * Adds a mention and compares it with all that share a block with it.
   * @throws LinkageFailure `linkage.no_id`, or `linkage.same_id_twice` when it is in it already
   */
  add(row: { readonly id: string }): Arrival {
    const position = this.enter(row)
    this.looks++
    this.found = 0
    const last = row.id >= this.highest
    if (last) this.highest = row.id
    let refused: { rule: string; mentions: number }[] | null = null
    for (let rule = 0; rule < this.rules.length; rule++) {
      const blocks = this.rules[rule]!
      blocks.put(position)
      this.looker = position
      this.lookingBy = rule
      this.lookerLast = last
      const over = blocks.visit(position, this.look)
      if (over > 0) (refused ??= []).push({ rule: this.model.spec.blocking[rule]!.name, mentions: over })
    }
    this.kernel.score({ order: this.pairs, starts: this.pairStarts }, 0, this.found, 0, this.threshold, this.sink)
    const kept = this.sink.take()
    const edges: Edges = { count: kept.a.length, ...kept, rule: new Uint8Array(kept.a.length) }
    for (let edge = 0; edge < edges.count; edge++) {
      const other = edges.a[edge] === position ? edges.b[edge]! : edges.a[edge]!
      edges.rule[edge] = this.seenBy[other]!
    }
    return { position, edges, compared: this.found, refused: refused ?? nothing }
  }

  /** Takes a mention out again, with everything that came of it. @returns false when it was not in it */
  remove(id: string): boolean {
    const position = this.positionOf(id)
    if (position < 0) return false
    for (const rule of this.rules) rule.take(position)
    this.places[this.names.codeOf(id)] = -1
    this.standing--
    return true
  }

  /** The blocks over their caps, by rule: pairs of those are not looked at for that rule. */
  refusedBlocks(): readonly { readonly rule: string; readonly mentions: readonly RefusedBlock['mentions'][] }[] {
    return this.rules.map((rule, at) => ({ rule: this.model.spec.blocking[at]!.name, mentions: rule.refused() }))
  }

  /** Whether the first of two mentions comes first in the order of the ids, which is that of a batch. */
  before(a: number, b: number): boolean {
    return this.ids[a]! < this.ids[b]!
  }

  private looker = 0
  private lookingBy = 0
  private lookerLast = false
  private readonly look = (other: number): void => {
    if (this.seen[other] === this.looks) return
    this.seen[other] = this.looks
    this.seenBy[other] = this.lookingBy
    if (2 * this.found === this.pairs.length) this.growPairs()
    const first = this.lookerLast || this.before(other, this.looker)
    this.pairs[2 * this.found] = first ? other : this.looker
    this.pairs[2 * this.found + 1] = first ? this.looker : other
    this.found++
  }

  private growPairs(): void {
    this.pairs = grownInt32(this.pairs, 2 * this.pairs.length)
    this.pairStarts = Int32Array.from({ length: this.pairs.length / 2 + 1 }, (_, pair) => 2 * pair)
  }

  private column(name: string): LiveColumn {
    return this.columns.find(({ spec }) => spec.name === name)!
  }

  private sideOf(position: number): number {
    const { apart, roles } = this
    return apart === null || roles === null ? 0 : sideOfRole(apart, roles.lexicon.values[roles.codes[position]!]!)
  }

  /** Writes the mention into the columns and the row. @returns its position */
  private enter(row: { readonly id: string }): number {
    const { id } = row
    if (typeof id !== 'string' || id === '') throw new LinkageFailure('linkage.no_id', 'a mention has no id')
    const known = this.names.codeOf(id)
    if (known >= 0 && this.places[known] !== -1) {
      throw new LinkageFailure('linkage.same_id_twice', 'a mention is there already')
    }
    const position = this.ids.push(id) - 1
    let held = true
    if (position === this.room) {
      this.grow()
      held = false
    }
    if (known >= 0) this.places[known] = position
    else {
      if (!this.names.add(id)) this.places = grownInt32(this.places, this.names.room)
      this.places[this.names.size - 1] = position
    }
    for (const { spec, lexicon, place, codes } of this.columns) {
      if (spec.name === this.model.spec.namesakes?.name) continue
      const raw: unknown = Reflect.get(row, spec.from)
      const value = typeof raw === 'string' && raw !== '' ? normaliseColumn(spec, raw) : null
      let code = 0
      if (value !== null) {
        code = lexicon.codeOf(value)
        if (code < 0) {
          code = lexicon.size
          held = lexicon.add(value) && held
        }
      }
      codes[position] = code
      if (place >= 0) this.rows[position * this.width + place] = code
    }
    this.markNamesake(position)
    this.sides[position] = this.sideOf(position)
    this.standing++
    if (!held) this.open()
    return position
  }

  /** Says which name of several people the mention has, if it is one that the model knows. */
  private markNamesake(position: number): void {
    const { namesakes } = this.model.spec
    if (namesakes === undefined) return
    const { lexicon, place, codes } = this.column(namesakes.name)
    const name = namesakeOf(namesakes, (of) => {
      const column = this.column(of)
      const code = column.codes[position]!
      return code === 0 ? null : column.lexicon.values[code]!
    })
    const code = name === null ? 0 : Math.max(0, lexicon.codeOf(name))
    codes[position] = code
    if (place >= 0) this.rows[position * this.width + place] = code
  }

  /** Twice the room for mentions. */
  private grow(): void {
    this.room *= 2
    const { room } = this
    for (const column of this.columns) column.codes = grownInt32(column.codes, room)
    for (const rule of this.rules) rule.grow(room)
    this.rows = grownInt32(this.rows, room * this.width)
    this.seen = grownInt32(this.seen, room)
    const bytes = (from: Uint8Array): Uint8Array => {
      const larger = new Uint8Array(room)
      larger.set(from)
      return larger
    }
    this.sides = bytes(this.sides)
    this.seenBy = bytes(this.seenBy)
  }

  /** Makes the kernel and all that knows where its arrays are; again whenever one of them has moved. */
  private open(): void {
    const { model } = this
    const columns = new Map<string, EncodedColumn>()
    for (const column of this.columns) {
      const { spec, lexicon, codes, recorded } = column
      // a value that the model has never met counts as one it met once
      if (column.counts !== null && column.counts.length < lexicon.room) {
        const counts = new Int32Array(lexicon.room).fill(1)
        counts.set(column.counts)
        column.counts = counts
      }
      columns.set(spec.name, { spec, lexicon, codes, counts: column.counts ?? none, recorded })
    }
    const facts: Record<string, Fact> = {}
    for (const { key, tables } of this.factTables) facts[key] = factFrom(tables.map((table) => table.fact()))
    for (const source of this.keySources) source()
    const { comparisons } = model.spec
    const dataset: Dataset = { ...this.dataset, columns }
    const parts: KernelParts = {
      comparisons,
      columns: columnsOf(comparisons).map((name) => ({ name, kind: columnOf(dataset, name).spec.kind })),
      rows: this.rows,
      width: this.width,
      size: this.room,
      rules: 0,
      facts,
      prior: priorWeight(model),
      weights: weightsOf(dataset, model),
    }
    this.kernel = openKernel(parts)
    this.scorer = scorerOf(dataset, model, parts, this.kernel, (a, b) => this.before(a, b))
    this.judge = decider(dataset, model, this.scorer, this.sides)
    this.explainer = explainerBy(model, this.scorer, this.judge)
  }

  /** The rules' blocks, all empty, and what sets the keys to where the arrays are. */
  private blocks(dataset: Dataset): { readonly sources: readonly (() => void)[]; readonly rules: LiveBlocks[] } {
    const sources: (() => void)[] = []
    const known = new Map<string, readonly number[]>()
    let places = 0
    const tableOf = (lexicon: LiveLexicon, part: (value: string) => string | null): NumberTable => {
      const table = new NumberTable(numbered(part), lexicon.room)
      lexicon.write(table)
      return table
    }
    const tables = new Map<string, NumberTable>()
    const once = (name: string, make: () => NumberTable): NumberTable => {
      const table = tables.get(name) ?? make()
      tables.set(name, table)
      return table
    }
    const placesOf = (key: KeyExpr): readonly number[] => {
      const name = JSON.stringify(key)
      const there = known.get(name)
      if (there !== undefined) return there
      let made: readonly number[]
      if ('unordered' in key) {
        const [left, right] = [this.column(key.unordered[0]), this.column(key.unordered[1])]
        const table = once('names canonical', () => tableOf(left.lexicon, (value) => dataset.groups.keyOf(value)))
        const [low, high] = [places++, places++]
        sources.push(() => {
          this.keys.set(low, left.codes, table.numbers, 1, right.codes)
          this.keys.set(high, left.codes, table.numbers, 2, right.codes)
        })
        made = [low, high]
      } else {
        const column = this.column(key.column)
        const { part = 'whole', column: _, ...rest } = key
        const of = column.spec.kind === 'name' ? 'names' : column.spec.name
        const table =
          part === 'whole'
            ? null
            : once(`${of} ${part} ${JSON.stringify(rest)}`, () => tableOf(column.lexicon, keyPart(key, dataset.groups)))
        const place = places++
        sources.push(() => this.keys.set(place, column.codes, table?.numbers ?? null))
        made = [place]
      }
      known.set(name, made)
      return made
    }
    const rules = this.model.spec.blocking.map(
      ({ cap = defaultCap, keys, refine = [] }) =>
        new LiveBlocks(cap, keys.flatMap(placesOf), refine.flatMap(placesOf), this.keys, this.room),
    )
    for (const source of sources) source()
    return { sources, rules }
  }
}

const nothing: readonly never[] = []
const none = new Int32Array(0)
