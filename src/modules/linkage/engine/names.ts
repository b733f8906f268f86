import { nameTokens } from './normalise.ts'

/** Which names are forms of one name: nicknames, and spellings of a name from another alphabet. */
export interface NameGroups {
  /** Every group a folded word belongs to; at least the word itself. Two words agree when they share a group. */
  groupsOf(word: string): readonly string[]
  /** The one group used as a blocking key. */
  keyOf(word: string): string
}

/** The two tables as lines of CSV with their header line; the engine reads no files. */
export interface NameTables {
  /** Lines `name,nickname`. */
  readonly nicknames?: Iterable<string>
  /** Lines `set_id,canonical,variant`. */
  readonly transliterations?: Iterable<string>
}

// Women's forms of Slavonic surnames, so that Kowalska and Kowalski, Petrova and Petrov meet.
const genderedEndings: readonly (readonly [string, string])[] = [
  ['ska', 'ski'],
  ['cka', 'cki'],
  ['dzka', 'dzki'],
  ['ova', 'ov'],
  ['eva', 'ev'],
  ['skaya', 'ski'],
  ['skiy', 'ski'],
  ['sky', 'ski'],
]

function withoutGender(word: string): string {
  if (word.length < 6) return word
  for (const [ending, base] of genderedEndings) {
    if (word.endsWith(ending)) return word.slice(0, -ending.length) + base
  }
  return word
}

/** Builds the groups from the tables; with no tables only the gendered endings remain. */
export function nameGroups(tables: NameTables = {}): NameGroups {
  const roots = new Map<string, Set<string>>()
  const sizes = new Map<string, number>()
  const spellings = new Map<string, string>()
  const belong = (word: string, root: string): void => {
    const of = roots.get(word)
    if (of === undefined) roots.set(word, new Set([root]))
    else of.add(root)
  }
  // a table that lists Bill as a name with short forms would otherwise make William and Robert one name
  for (const [name, nickname] of shortForms(tables.nicknames, sizes)) {
    belong(name, name)
    belong(nickname, name)
  }
  for (const [set, canonical, variant] of cells(tables.transliterations)) {
    if (set === undefined || canonical === undefined || variant === undefined || variant === '') continue
    const group = `=${canonical}`
    for (const word of [canonical, variant]) {
      belong(word, group)
      // A word in two sets (Ali) keeps the first, so the key does not depend on how often the table is read.
      if (!spellings.has(word)) spellings.set(word, group)
    }
  }
  return {
    groupsOf(word) {
      const plain = withoutGender(word)
      return [plain, ...(roots.get(word) ?? [])]
    },
    keyOf(word) {
      const spelling = spellings.get(word)
      if (spelling !== undefined) return spelling
      const of = roots.get(word)
      if (of === undefined) return withoutGender(word)
      // The name with the most short forms speaks for a short form of several (Alex: Alexander).
      let best = word
      for (const root of of) {
        const gain = (sizes.get(root) ?? 0) - (sizes.get(best) ?? 0)
        if (gain > 0 || (gain === 0 && root < best)) best = root
      }
      return spellings.get(best) ?? best
    },
  }
}

/** Pairs of a name and a short form of it, whichever way round a table lists them: the name is the one with more short forms. */
function shortForms(lines: Iterable<string> | undefined, sizes: Map<string, number>): [string, string][] {
  const pairs: [string, string][] = []
  for (const [name, nickname] of cells(lines)) {
    if (name === undefined || nickname === undefined || name === '' || nickname === '') continue
    pairs.push([name, nickname])
    sizes.set(name, (sizes.get(name) ?? 0) + 1)
  }
  return pairs.map(([a, b]) => {
    const gain = (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0)
    return gain > 0 || (gain === 0 && a < b) ? [a, b] : [b, a]
  })
}

/** Rows of a plain CSV without quotes, header left out, cells folded the way names are. */
function* cells(lines: Iterable<string> | undefined): Generator<readonly (string | undefined)[]> {
  let header = true
  for (const line of lines ?? []) {
    if (header) {
      header = false
      continue
    }
    if (line.trim() === '') continue
    const parts = line.split(',')
    yield parts.map((part, index) =>
      index === 0 && /^\d+$/.test(part) ? part : nameTokens(part).join(' ') || part.trim().toLowerCase(),
    )
  }
}
