import { columnOf, type Dataset, type EncodedColumn } from './dataset.ts'
import { namesakeBits } from './namesakes.ts'
import type { ComparisonSpec, Level, TrainedModel } from './spec.ts'

/** How a level's weight moves by how rare the shared value of a column is. */
export interface RarityPart {
  readonly column: string
  /** Log2 of the frequency of each value, by code, held up to the minimum. */
  readonly byCode: Float64Array
  /** The lowest of them. */
  readonly rarest: number
  /** Log2 of the chance that two mentions share a value, which is what the level's own weight allows for. */
  readonly usual: number
  readonly share: number
  /** Where one mention lacks the value, that of the other speaks for both. */
  readonly either: boolean
}

/** What a value adds, from the log frequencies of the two. The commoner speaks: a slip makes a rare spelling of a common name. */
export function rarityOf({ usual, share }: Pick<RarityPart, 'usual' | 'share'>): (x: number, y: number) => number {
  return (x, y) => {
    const commoner = Math.max(x, y)
    // A value that a brought table does not have is neither rare nor common.
    return commoner === Number.NEGATIVE_INFINITY ? 0 : share * (usual - commoner)
  }
}

/** What each level of a comparison adds, in bits. */
export interface ComparisonWeights {
  /** By level, the otherwise level last. */
  readonly base: Float64Array
  readonly rarity: readonly (readonly RarityPart[] | null)[]
  /** Most that rarity may add on top of the base, by level. */
  readonly room: Float64Array
  /** Most that the comparison can add at all, and most when its first level does not hold; never below 0. */
  readonly most: number
  readonly mostWithoutFirst: number
}

function sharedFloat64(from: ArrayLike<number>): Float64Array<SharedArrayBuffer> {
  const made = new Float64Array(new SharedArrayBuffer(Math.max(1, from.length) * 8))
  made.set(from)
  return made
}

/** Match weight of the prior alone, in bits. */
export function priorWeight(model: TrainedModel): number {
  return Math.log2(model.prior / (1 - model.prior))
}

/** The weights of every comparison of a model, with the frequencies of the data set at hand. */
export function weightsOf(dataset: Dataset, model: TrainedModel): readonly ComparisonWeights[] {
  const frequencyOf = bitsByCode(dataset, model)
  return model.spec.comparisons.map((comparison, at) => {
    const { m, u } = model.params[at]!
    const base = Float64Array.from(m, (value, level) => Math.min(comparison.maxWeight, Math.log2(value / u[level]!)))
    const rarity = comparison.levels.map((level) => rarityParts(model, level, frequencyOf))
    const room = base.map((bits) => comparison.maxWeight - bits)
    const most = (from: number): number => {
      const levels = Array.from(base.subarray(from), (bits, at) => {
        const gain = (rarity[from + at] ?? []).reduce((sum, part) => sum + part.share * (part.usual - part.rarest), 0)
        return bits + Math.max(0, Math.min(gain, room[from + at]!))
      })
      return Math.max(0, ...levels)
    }
    return { base: sharedFloat64(base), rarity, room: sharedFloat64(room), most: most(0), mostWithoutFirst: most(1) }
  })
}

/** Log2 of the frequency of each value of a column, by code; of the column of namesakes the bits by which a name's parts go together. */
export function bitsByCode(dataset: Dataset, model: TrainedModel): (name: string, minimum: number) => Float64Array {
  const frequencies = new Map<string, Float64Array>()
  const { namesakes } = model.spec
  const bitsOf = (name: string, minimum: number): Float64Array => {
    const key = `${name} ${minimum}`
    const known = frequencies.get(key)
    if (known !== undefined) return known
    const byCode =
      name === namesakes?.name
        ? namesakeBits(dataset.columns, namesakes, [bitsOf(namesakes.of[0], minimum), bitsOf(namesakes.of[1], minimum)])
        : frequencyBits(columnOf(dataset, name), model.frequencies?.[name], minimum)
    frequencies.set(key, byCode)
    return byCode
  }
  return bitsOf
}

/** Log2 of how often each value occurs, at least `minimum`; minus infinity for none and for values that a brought table lacks. */
function frequencyBits(
  { counts, recorded, lexicon }: EncodedColumn,
  brought: readonly (readonly [string, number])[] | undefined,
  minimum: number,
): Float64Array {
  const bits = new Float64Array(new SharedArrayBuffer(8 * Math.max(1, counts.length))).fill(Number.NEGATIVE_INFINITY)
  const table = brought === undefined ? null : new Map(brought)
  for (let code = 1; code < counts.length; code++) {
    const frequency = table === null ? counts[code]! / Math.max(1, recorded) : table.get(lexicon.values[code]!)
    if (frequency !== undefined) bits[code] = Math.log2(Math.max(frequency, minimum))
  }
  return bits
}

function rarityParts(
  model: TrainedModel,
  level: Level,
  frequencyOf: (name: string, minimum: number) => Float64Array,
): readonly RarityPart[] | null {
  if (level.tf === undefined || level.tf.length === 0) return null
  return level.tf.map(({ column, weight, minimum, usual: brought, either = false }) => {
    const byCode = frequencyOf(column, minimum)
    const usual = Math.log2(brought ?? Math.max(model.shared[column] ?? 0, minimum))
    let rarest = usual
    for (let code = 1; code < byCode.length; code++) {
      if (byCode[code]! < rarest && byCode[code]! > Number.NEGATIVE_INFINITY) rarest = byCode[code]!
    }
    return { column, byCode, rarest, usual, share: weight, either }
  })
}

/** Evidence of a level in bits: strong agreement from bit 0, partial from bit 8, plain disagreement from bit 16. */
export const evidenceKinds = ['name', 'birth', 'contact', 'place', 'identifier', 'associate', 'other'] as const

/** The evidence of each level of a comparison, by level + 1 (the first entry is of a comparison that says nothing). */
export function evidenceOf({ evidence, levels, otherwise }: ComparisonSpec): Int32Array {
  const bit = 1 << evidenceKinds.indexOf(evidence)
  const marks = [
    0,
    ...levels.map(
      ({ strong, partial, against }) =>
        (strong === true ? bit : 0) | (partial === true ? bit << 8 : 0) | (against === true ? bit << 16 : 0),
    ),
    otherwise.against === true ? bit << 16 : 0,
  ]
  return Int32Array.from(marks)
}
