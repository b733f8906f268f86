import { columnIn } from './columns.ts'
import { columnOf, type Dataset, type EncodedColumn } from './dataset.ts'
import { writtenFact } from './fact-tables.ts'
import { membersOf, numbering, partsWriting, writingOf, type Asked, type Writing } from './fact-writing.ts'
import type { Letters } from './letters.ts'
import type { NameGroups } from './names.ts'
import type { ColumnSpec, ComparisonSpec, Test } from './spec.ts'

/**
 * What the tests of a model ask of the values of a column, worked out once for each value and kept as numbers by code, so that a
 * pair of mentions is compared without touching a string, and any worker can do it.
 */
export type Fact =
  | { readonly fact: 'letters'; readonly table: Letters }
  /** Lists of numbers, those of a code from starts[code] up to starts[code + 1]. */
  | { readonly fact: 'lists'; readonly starts: Int32Array; readonly items: Int32Array }
  | { readonly fact: 'numbers'; readonly numbers: Int32Array }
  /** Amounts by code; NaN where the value is none. */
  | { readonly fact: 'amounts'; readonly amounts: Float64Array }
  /** The values themselves, for the few tests that only models from elsewhere use. */
  | { readonly fact: 'texts'; readonly texts: readonly string[] }
  | { readonly fact: 'two lists'; readonly one: Lists; readonly other: Lists }

export type Lists = Extract<Fact, { fact: 'lists' }>

/** The key of the fact a test needs; facts are shared between columns with one lexicon. */
export function factOf(column: Pick<ColumnSpec, 'name' | 'kind'>, test: Asked): string {
  const of = column.kind === 'name' ? 'names' : column.name
  switch (test.test) {
    case 'groups':
    case 'canonical':
      return `${of} groups`
    case 'jw':
      return `${of} letters`
    case 'edits':
      return `${of} letters without spaces`
    case 'jaroWinkler':
    case 'damerau':
      return `${of} plain letters`
    case 'jaro':
    case 'levenshtein':
      return `${of} texts`
    case 'numberWithin':
      return `${of} amounts`
    case 'overlap':
    case 'contained':
      return `${of} members`
    case 'subset':
      return `${of} words`
    case 'initial':
      return `${of} initials`
    case 'phonetic':
      return `${of} sounds`
    case 'fullDate':
    case 'firstOfJanuary':
      return `${of} firsts`
    case 'dayMonthSwapped':
    case 'dateSlip':
      return `${of} digits`
    case 'sameYear':
      return `${of} years`
    case 'daysWithin':
      return `${of} days`
    case 'postcodePart':
      return `${of} ${test.part}`
    case 'otherSource':
      return `${of} sources`
  }
}

/** The key of the fact of `parts` tests: all name columns share one lexicon. */
export const partsFact = 'names parts'

/** The key of the fact that a `reversed` test of these columns needs. */
export const reversedFact = ([one, other]: readonly [string, string]): string => `${one} ${other} members`

/** A fact that some comparison needs: of the values of one column, or of two columns that are held against each other. */
export interface Wanted {
  readonly key: string
  /** One column with its writing, or two. */
  readonly of: readonly (readonly [column: string, writing: Writing])[]
}

/** The facts that the tests of these comparisons need, each once. */
export function factsWanted(
  columns: ReadonlyMap<string, Pick<EncodedColumn, 'spec'>>,
  comparisons: readonly ComparisonSpec[],
  groups: NameGroups,
): readonly Wanted[] {
  const wanted = new Map<string, Wanted>()
  const specOf = (name: string): ColumnSpec => columnIn(columns, name).spec
  const once = (key: string, of: () => Wanted['of']): void => {
    if (!wanted.has(key)) wanted.set(key, { key, of: of() })
  }
  const want = (name: string, test: Asked): void =>
    once(factOf(specOf(name), test), () => [[name, writingOf(specOf(name), test, groups)]])
  const visit = (test: Test): void => {
    switch (test.test) {
      case 'any':
      case 'every':
        return test.of.forEach(visit)
      case 'exact':
      case 'missing':
      case 'recorded':
      case 'differs':
        return undefined
      case 'swapped':
      case 'crossed':
        return want(test.columns[0], { test: 'groups' })
      case 'parts':
        return once(partsFact, () => [[test.columns[0]!, partsWriting(groups)]])
      case 'reversed': {
        // One numbering for both, so that a member of the one is known in the other.
        const number = numbering()
        return once(reversedFact(test.columns), () =>
          test.columns.map((name): [string, Writing] => [name, membersOf(specOf(name), number)]),
        )
      }
      default:
        return want(test.column, test)
    }
  }
  for (const { levels, silentWhen } of comparisons) {
    for (const level of levels) level.all.forEach(visit)
    if (silentWhen !== undefined) visit(silentWhen)
  }
  return [...wanted.values()]
}

/** One fact, or two lists as the fact of how two columns meet. */
export function factFrom(made: readonly Fact[]): Fact {
  const [one, other] = made
  if (one === undefined) throw new TypeError('a fact is of a column')
  if (other === undefined) return one
  if (one.fact !== 'lists' || other.fact !== 'lists') throw new TypeError('two columns meet by their members')
  return { fact: 'two lists', one, other }
}

const known = new WeakMap<Dataset, Map<string, Fact>>()

/** The facts that the tests of these comparisons need, each worked out once for a data set. */
export function factsFor(dataset: Dataset, comparisons: readonly ComparisonSpec[]): Readonly<Record<string, Fact>> {
  const made = known.get(dataset) ?? new Map<string, Fact>()
  known.set(dataset, made)
  const needed: Record<string, Fact> = {}
  for (const { key, of } of factsWanted(dataset.columns, comparisons, dataset.groups)) {
    const fact =
      made.get(key) ??
      factFrom(of.map(([column, writing]) => writtenFact(columnOf(dataset, column).lexicon.values, writing)))
    made.set(key, fact)
    needed[key] = fact
  }
  return needed
}
