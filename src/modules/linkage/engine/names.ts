import { nameTokens } from './normalise.ts'

/** Which names are forms of one name: nicknames, women's forms, and spellings of a name from another alphabet. */
export interface NameGroups {
  /** Every group a folded word belongs to; at least the word itself. Two words agree when they share a group. */
  groupsOf(word: string): readonly string[]
  /** The one group used as a blocking key. */
  keyOf(word: string): string
}

/** The tables as lines of CSV with their header line; the engine reads no files. */
export interface NameTables {
  /** Lines `name,nickname`. */
  readonly nicknames?: Iterable<string>
  /** Lines `name,short`: what people are called in other languages than English. */
  readonly shortForms?: Iterable<string>
  /** Lines `set_id,canonical,variant`. */
  readonly transliterations?: Iterable<string>
}

// Women's forms of surnames, so that Kowalska and Kowalski, Petrova and Petrov, Kazlauskaite and Kazlauskas meet.
const genderedEndings: readonly (readonly [string, string])[] = [
  ['skaya', 'ski'],
  ['skaia', 'ski'],
  ['ska', 'ski'],
  ['cka', 'cki'],
  ['dzka', 'dzki'],
  ['skiy', 'ski'],
  ['skyi', 'ski'],
  ['skyy', 'ski'],
  ['skij', 'ski'],
  ['skis', 'ski'],
  ['sky', 'ski'],
  ['skii', 'ski'],
  ['ova', 'ov'],
  ['eva', 'ev'],
  ['ovs', 'ov'],
  ['evs', 'ev'],
  ['poulou', 'poulos'],
  ['idou', 'idis'],
  ['iene', 'as'],
  ['aite', 'as'],
  ['yte', 'as'],
  ['ute', 'as'],
]

function withoutGender(word: string): string {
  if (word.length < 6) return word
  for (const [ending, base] of genderedEndings) {
    if (word.endsWith(ending)) return word.slice(0, -ending.length) + base
  }
  return word
}

// Spellings of one sound in names written from other alphabets, and in English ones.
const plainer: readonly (readonly [RegExp, string])[] = [
  [/ph/g, 'f'],
  [/ck|kh|q/g, 'k'],
  [/(?<=[bdtgz])h/g, ''],
  [/x/g, 'ks'],
  [/w/g, 'v'],
  [/ou|oo/g, 'u'],
  [/[ijy]+e?(?![aou])|e[eijy]+/g, 'i'],
  [/[jy]/g, 'i'],
  [/(.)\1+/g, '$1'],
]

/** One spelling for words of five letters or more that differ only in how a sound is written; null for shorter ones. */
export function plainSpelling(word: string): string | null {
  if (word.length < 5) return null
  let plain = word
  for (const [from, to] of plainer) plain = plain.replace(from, to)
  return plain.length < 4 ? null : plain
}

/** Builds the groups from the tables; with no tables only endings and spellings remain. */
export function nameGroups(tables: NameTables = {}): NameGroups {
  const roots = new Map<string, Set<string>>()
  const sizes = new Map<string, number>()
  const spellings = new Map<string, string>()
  const belong = (word: string, root: string): void => {
    const of = roots.get(word)
    if (of === undefined) roots.set(word, new Set([root]))
    else of.add(root)
  }
  for (const table of [tables.nicknames, tables.shortForms]) {
    // a table that lists Bill as a name with short forms would otherwise make William and Robert one name
    for (const [name, nickname] of shortForms(table, sizes)) {
      belong(name, name)
      belong(nickname, name)
    }
  }
  for (const [set, canonical, variant] of cells(tables.transliterations)) {
    if (set === undefined || canonical === undefined || variant === undefined || variant === '') continue
    const group = `=${set} ${canonical}`
    for (const word of [canonical, variant]) {
      belong(word, group)
      // A word in two sets (Ali) keeps the first, so the key does not depend on how often the table is read.
      if (!spellings.has(word)) spellings.set(word, group)
    }
  }
  const keyOfWord = (word: string): string => {
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
  }
  return {
    groupsOf(word) {
      if (word.includes(' ')) return [word, word.split(' ').map(keyOfWord).sort().join(' ')]
      const groups = new Set([word, withoutGender(word), ...(roots.get(word) ?? [])])
      const plain = plainSpelling(withoutGender(word))
      if (plain !== null) groups.add(`~${plain}`)
      return [...groups]
    },
    keyOf: (word) => (word.includes(' ') ? word.split(' ').map(keyOfWord).sort().join(' ') : keyOfWord(word)),
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
