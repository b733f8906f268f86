import { columnOf, type Dataset, type EncodedColumn } from './dataset.ts'
import { namesakeColumn } from './namesakes.ts'
import type { ModelSpec } from './spec.ts'

/** How often the values of one column were written, or how many people have a name. Values met once are left out. */
export interface Frequency {
  /** Mentions with a value. */
  readonly recorded: number
  readonly counts: ReadonlyMap<string, number>
}
/** By column, for those that some level weighs by how rare its value is. */
export type Frequencies = ReadonlyMap<string, Frequency>

/** What to keep of the mentions a model was trained on, so that it weighs rare values ever after as it did then. */
export function frequenciesOf(dataset: Dataset, spec: ModelSpec): Frequencies {
  const weighed = new Set(
    spec.comparisons.flatMap(({ levels }) => levels.flatMap(({ tf }) => tf ?? [])).map(({ column }) => column),
  )
  return new Map(
    [...weighed].map((name): [string, Frequency] => {
      const { lexicon, counts, recorded } = columnOf(dataset, name)
      const kept = new Map<string, number>()
      for (let code = 1; code < lexicon.values.length; code++) {
        const count = counts[code] ?? 0
        if (count > 1) kept.set(lexicon.values[code] ?? '', count)
      }
      return [name, { recorded, counts: kept }]
    }),
  )
}

/**
 * The same mentions, weighed by frequencies that were kept: few mentions are then scored just as they are among all, and
 * nobody's links hang on records that came after.
 */
export function withFrequencies(dataset: Dataset, frequencies: Frequencies): Dataset {
  const columns = new Map(dataset.columns)
  for (const [name, { recorded, counts }] of frequencies) {
    const column = columns.get(name)
    if (column === undefined) continue
    if (name === dataset.namesakes?.name) {
      columns.set(name, namesakeColumn(columns, dataset.namesakes, { recorded, counts }))
      continue
    }
    const fresh = Int32Array.from(column.lexicon.values, (value, code) => (code === 0 ? 0 : (counts.get(value) ?? 1)))
    columns.set(name, { ...column, counts: fresh, recorded } satisfies EncodedColumn)
  }
  return { ...dataset, columns }
}
