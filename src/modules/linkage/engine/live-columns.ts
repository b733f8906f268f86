import type { Dataset } from './dataset.ts'
import type { Frequencies } from './frequencies.ts'
import { sharedInt32 } from './letters.ts'
import { LiveLexicon } from './live-lexicon.ts'
import type { ColumnSpec, TrainedModel } from './spec.ts'

export interface LiveColumn {
  readonly spec: ColumnSpec
  readonly lexicon: LiveLexicon
  /** Its place in a row of the kernel; -1 when no comparison looks at it. */
  readonly place: number
  codes: Int32Array
  /** How often the model has met each value; null when no level asks. */
  counts: Int32Array | null
  readonly recorded: number
}

/** The columns with lexicons that can grow. Values that the model weighs are in them from the start, so that what is new is rare. */
export function liveColumns(
  dataset: Dataset,
  model: TrainedModel,
  frequencies: Frequencies,
  compared: readonly string[],
  room: number,
): LiveColumn[] {
  const lexicons = new Map<string, { readonly lexicon: LiveLexicon }>()
  const keyOf = (spec: ColumnSpec): string => (spec.kind === 'name' ? 'names' : spec.name)
  const specs = [...dataset.columns.values()].map(({ spec }) => spec)
  for (const { spec, lexicon } of dataset.columns.values()) {
    if (lexicons.has(keyOf(spec))) continue
    const values = [...lexicon.values]
    const met = new Set(values)
    for (const { name } of specs.filter((other) => keyOf(other) === keyOf(spec))) {
      const weighed = [
        ...(frequencies.get(name)?.counts.keys() ?? []),
        ...(model.frequencies?.[name] ?? []).map(([value]) => value),
      ]
      for (const value of weighed) {
        if (met.has(value)) continue
        met.add(value)
        values.push(value)
      }
    }
    lexicons.set(keyOf(spec), { lexicon: new LiveLexicon(values) })
  }
  return [...dataset.columns.values()].map(({ spec, codes: from }) => {
    const { lexicon } = lexicons.get(keyOf(spec))!
    const frequency = frequencies.get(spec.name)
    const codes = sharedInt32(room)
    codes.set(from)
    const counts =
      frequency === undefined
        ? null
        : Int32Array.from(lexicon.values, (value, code) => (code === 0 ? 0 : (frequency.counts.get(value) ?? 1)))
    return { spec, lexicon, place: compared.indexOf(spec.name), codes, counts, recorded: frequency?.recorded ?? 0 }
  })
}
