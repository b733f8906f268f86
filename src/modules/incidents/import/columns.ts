import { plain, type Table } from './profile.ts'

/** How the header of a file meets the columns of a profile's table. */
export interface Binding {
  /** Field to position in the row. Fields without a column are absent. */
  at: Record<string, number>
  /** Fields that are kept in the source's words. */
  also: string[]
  /** Fields of flags with a column of their own. */
  flags: string[]
  mapping: { field: string; header: string }[]
  /** Found, but under another name than the profile's first. */
  renamed: { field: string; expected: string; found: string }[]
  /** Required and not found; `candidates` are unknown headers that look like it. */
  missing: { field: string; expected: string; candidates: string[] }[]
  /** Not required and not found, by their proper names. */
  absent: string[]
  /** Headers that the profile does not know; they are left alone. */
  unknown: string[]
  /** Used headers that occur twice: which of them is meant cannot be known. */
  ambiguous: string[]
  width: number
}

/** Field (`table.field`) to the header that the officer chose for it, or '' for none; it goes before the profile's names. */
export type ChosenColumns = Readonly<Record<string, string>>

/** Meets a header with a table by name, so the order of columns does not matter. */
export function bindColumns(
  header: readonly string[],
  name: string,
  table: Table,
  chosen: ChosenColumns = {},
): Binding {
  const position = new Map<string, number>()
  const twice = new Set<string>()
  header.forEach((text, index) => {
    const key = plain(text)
    if (key === '') return
    if (position.has(key)) twice.add(key)
    else position.set(key, index)
  })
  const binding: Binding = {
    at: {},
    also: [],
    flags: [],
    mapping: [],
    renamed: [],
    missing: [],
    absent: [],
    unknown: [],
    ambiguous: [],
    width: header.length,
  }
  const used = new Set<string>()
  const wanted: { field: string; expected: string }[] = []
  for (const [field, { names, required }] of Object.entries(table.columns)) {
    const expected = names[0] ?? field
    const pick = chosen[`${name}.${field}`]
    const tried = pick === undefined ? names : [pick]
    const found = tried.map(plain).find((key) => key !== '' && position.has(key))
    const index = found === undefined ? undefined : position.get(found)
    if (found === undefined || index === undefined) {
      if (required || (pick !== undefined && pick !== '')) wanted.push({ field, expected: pick || expected })
      else if (pick === undefined) binding.absent.push(expected)
      continue
    }
    used.add(found)
    binding.at[field] = index
    const text = header[index] ?? ''
    binding.mapping.push({ field, header: text })
    if (found !== plain(expected)) binding.renamed.push({ field, expected, found: text })
    if (twice.has(found)) binding.ambiguous.push(text)
  }
  binding.also = Object.keys(binding.at).filter((field) => field.startsWith('also.')).sort() // prettier-ignore
  binding.flags = Object.keys(binding.at).filter((field) => field.startsWith('flag.'))
  binding.unknown = header.filter((text) => !used.has(plain(text)))
  binding.missing = wanted.map((one) => ({ ...one, candidates: alike(one.expected, binding.unknown) }))
  return binding
}

/** Name of a field, as problems tell it, to its place in the rows of a file with this header. */
export function columnsAt(
  header: readonly string[],
  name: string,
  table: Table,
  chosen: ChosenColumns = {},
): Map<string, number> {
  const { at } = bindColumns(header, name, table, chosen)
  return new Map(Object.entries(at).map(([field, index]) => [table.columns[field]?.names[0] ?? field, index]))
}

/** What an officer must be told when a file cannot be read by its header; empty when it can. */
export function headerProblems(binding: Binding): { field: string; reason: string }[] {
  return [
    ...binding.missing.map(({ expected, candidates }) => ({
      field: expected,
      reason:
        `the column "${expected}" is missing` +
        (candidates.length > 0 ? `; it may have been renamed to ${candidates.map((c) => `"${c}"`).join(' or ')}` : ''),
    })),
    ...binding.ambiguous.map((header) => ({ field: header, reason: `the column "${header}" is there twice` })),
  ]
}

function alike(expected: string, headers: readonly string[]): string[] {
  const words = pairs(plain(expected))
  return headers
    .map((header) => {
      const other = pairs(plain(header))
      const shared = [...words].filter((pair) => other.has(pair)).length
      return { header, likeness: (2 * shared) / (words.size + other.size || 1) }
    })
    .filter(({ likeness }) => likeness >= 0.4)
    .sort((a, b) => b.likeness - a.likeness || a.header.localeCompare(b.header))
    .slice(0, 3)
    .map(({ header }) => header)
}

/** Letter pairs of a word: two names that share many look alike (Dice). */
function pairs(word: string): Set<string> {
  const found = new Set<string>()
  for (let i = 0; i + 1 < word.length; i++) found.add(word.slice(i, i + 2))
  return found
}
