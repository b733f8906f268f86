import { longestCompared } from './compare.ts'
import { columnOf, type Dataset } from './dataset.ts'
import { longForEdits, mostParts } from './fact-tests.ts'
import { dayOf, partsOf, postcodePart, soundOfValue } from './fact-writing.ts'
import type { ColumnKind } from './spec.ts'

/** A column of the mentions that go with exported settings; null where there is nothing. */
export interface SplinkColumn {
  readonly name: string
  /** Where it comes from and what was made of it, for whoever reads the file. */
  readonly means: string
  readonly valueOf: (position: number) => string | null
}

/** What SQL cannot say, worked out for each value beforehand. */
export type Derived =
  | 'value' | 'groups' | 'short' | 'long' | 'words' | 'telling' | 'lone' | 'first' | 'sound' | 'full' | 'january'
  | 'few' | 'many' | 'turned' | 'digits' | 'year' | 'days' | 'sector' | 'district' | 'area' | 'source' | 'letters' // prettier-ignore

const meanings: Readonly<Record<Derived, string>> = {
  value: 'as normalised',
  groups: 'every name it is a form of, parted by |',
  short: 'without spaces, where that is three letters or fewer',
  long: 'without spaces, where that is more than three letters; letters that are not ASCII stand as other ASCII signs',
  few: 'without spaces, where that is too short to be compared letter by letter',
  many: 'without spaces, where that is long enough; letters that are not ASCII stand as other ASCII signs',
  words: 'its words, parted by |',
  telling: 'its words of three letters or more, parted by |',
  lone: 'where it is one letter',
  first: 'its first letter',
  sound: 'how it sounds',
  full: 'where it is not 1 January',
  january: 'where it is 1 January',
  turned: 'with day and month the other way round',
  digits: 'its eight digits',
  year: 'its year',
  days: 'as a number of days, where there is such a date',
  sector: 'outward code and sector digit',
  district: 'outward code',
  area: 'area letters',
  source: 'who gave the number',
  letters: 'as compared letter by letter; letters that are not ASCII stand as other ASCII signs',
}

const withoutSpaces = (value: string): string => value.replaceAll(' ', '')

/** Letters as the engine counts them: code points. */
const lettersIn = (value: string): number => Array.from(value).length

function madeOf(
  value: string,
  derived: Derived,
  kind: ColumnKind,
  groupsOf: (value: string) => readonly string[],
): string | null {
  // Only of names are the spaces left out when they are compared for likeness.
  const like = kind === 'name' ? withoutSpaces(value) : value
  switch (derived) {
    case 'value':
      return value
    case 'groups':
      // A sign at the front would make a formula of it in a spreadsheet.
      return [...new Set(groupsOf(value).map((group) => group.replace(/^=(.*)/, '$1=')))].sort().join('|')
    case 'short':
      return lettersIn(like) <= 3 ? like : null
    case 'long':
      return lettersIn(like) > 3 ? like : null
    case 'few':
      return lettersIn(withoutSpaces(value)) < longForEdits ? withoutSpaces(value) : null
    case 'many':
      return lettersIn(withoutSpaces(value)) >= longForEdits ? withoutSpaces(value) : null
    case 'words':
      return [...new Set(value.split(' '))].sort().join('|')
    case 'telling':
      return [...new Set(value.split(' '))].filter((word) => word.length >= 3).sort().join('|') // prettier-ignore
    case 'lone':
      return value.length === 1 ? value : null
    case 'first':
      return Array.from(value.slice(0, 2))[0] ?? null
    case 'sound':
      return soundOfValue(value)
    case 'full':
      return value.endsWith('-01-01') ? null : value
    case 'january':
      return value.endsWith('-01-01') ? value : null
    case 'turned':
      return `${value.slice(0, 5)}${value.slice(8, 10)}-${value.slice(5, 7)}`
    case 'digits':
      return value.replaceAll('-', '')
    case 'year':
      return value.slice(0, 4)
    case 'days':
      return dayOf(value)?.toString() ?? null
    case 'sector':
    case 'district':
    case 'area':
      return postcodePart(value, derived)
    case 'source':
      // A number without a source is from a source of its own.
      return value.slice(0, value.indexOf(':') + 1) || 'none'
    case 'letters':
      return value
  }
}

const signs = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).filter(
  (sign) => !`,"'\\|=+-@`.includes(sign),
)

/**
 * Makes texts ASCII, letter for letter, so that engines that compare bytes and those that compare letters find the same.
 * Cut to the length that is compared. With more foreign letters than there are signs to spare, texts stay as they are.
 */
function asciiLetters(texts: readonly (string | null)[]): {
  readonly texts: (string | null)[]
  readonly whole: boolean
} {
  const cut = texts.map((text) => (text === null ? null : text.slice(0, longestCompared)))
  const used = new Set<string>()
  for (const text of cut) for (let at = 0; at < (text?.length ?? 0); at++) used.add(text!.charAt(at))
  const foreign = [...used].filter((letter) => letter > '\x7e').sort()
  const spare = signs.filter((sign) => !used.has(sign))
  if (foreign.length > spare.length) return { texts: cut, whole: false }
  const signOf = new Map(foreign.map((letter, at) => [letter, spare[at]!]))
  const write = (text: string): string => text.replace(/[^\0-\x7e]/g, (letter) => signOf.get(letter) ?? letter)
  return { texts: cut.map((text) => (text === null ? null : write(text))), whole: true }
}

/** A bare lower-case name that every dialect takes without quotes. */
export function sqlName(name: string): string {
  const plain = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return /^[a-z]/.test(plain) ? plain : `c_${plain}`
}

/** Hands out names that are not taken yet. */
export function namesGiven(): (wanted: string) => string {
  const taken = new Set(['unique_id', 'source_dataset', 'match_key', 'match_weight', 'match_probability'])
  return (wanted) => {
    let name = wanted
    for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
    taken.add(name)
    return name
  }
}

/** Collects the columns that conditions ask for. */
export interface ColumnsAsked {
  /** Name of the column that holds this of a column of the model. */
  readonly use: (column: string, derived: Derived) => string
  /** Name of the column that holds the parts of a name that stands in several columns. */
  readonly useParts: (columns: readonly string[]) => string
  /** Adds a column that is not made of a single column of the model. */
  readonly add: (wanted: string, means: string, valueOf: SplinkColumn['valueOf']) => string
  readonly all: () => readonly SplinkColumn[]
  readonly warnings: () => readonly string[]
}

export function columnsAsked(dataset: Dataset): ColumnsAsked {
  const give = namesGiven()
  const known = new Map<string, string>()
  const columns: SplinkColumn[] = []
  const warnings: string[] = []
  const add: ColumnsAsked['add'] = (wanted, means, valueOf) => {
    const name = give(wanted)
    columns.push({ name, means, valueOf })
    return name
  }
  const use: ColumnsAsked['use'] = (column, derived) => {
    const key = `${derived} ${column}`
    const before = known.get(key)
    if (before !== undefined) return before
    const { codes, lexicon, counts, spec } = columnOf(dataset, column)
    // Several columns may share a lexicon; only what stands in this one counts.
    let made = lexicon.values.map((value, code) =>
      code === 0 || counts[code] === 0
        ? null
        : madeOf(value, derived, spec.kind, (word) => dataset.groups.groupsOf(word)) || null,
    )
    if (derived === 'long' || derived === 'many' || derived === 'letters') {
      const ascii = asciiLetters(made)
      if (!ascii.whole) warnings.push(`${column} has too many kinds of letters: engines that compare bytes will differ`)
      const asItWas = derived === 'letters' && ascii.texts.every((text, code) => text === made[code])
      if (asItWas) return use(column, 'value')
      made = ascii.texts
    }
    const base = sqlName(column)
    const name = add(derived === 'value' ? base : `${base}_${derived}`, `${column}, ${meanings[derived]}`, (at) => {
      return made[codes[at]!] ?? null
    })
    known.set(key, name)
    return name
  }
  const useParts: ColumnsAsked['useParts'] = (names) => {
    const key = `parts ${names.join(' ')}`
    const before = known.get(key)
    if (before !== undefined) return before
    const held = names.map((name) => columnOf(dataset, name))
    const made = held.map(({ lexicon }) => lexicon.values.map((value) => partsOf(value, dataset.groups)))
    const name = add(
      `${names.map(sqlName).join('_')}_parts`,
      `${names.join(' and ')}, their parts, parted by |`,
      (at) => {
        const parts = new Set(held.flatMap(({ codes }, column) => made[column]![codes[at]!]!))
        if (parts.size === 0 || parts.size > mostParts) return null
        // A sign at the front would make a formula of it in a spreadsheet.
        return [...parts].map((part) => part.replace(/^=(.*)/, '$1=')).sort().join('|') // prettier-ignore
      },
    )
    known.set(key, name)
    return name
  }
  return { use, useParts, add, all: () => columns, warnings: () => warnings }
}
