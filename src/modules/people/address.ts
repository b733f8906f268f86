// How an address is brought to one form: the number of the house and its street, without the flat, the town or the postcode.

/** What streets are called, each with the ways people shorten it. */
const STREET_WORDS: Readonly<Record<string, readonly string[]>> = {
  road: ['rd'],
  street: ['st', 'str'],
  avenue: ['ave', 'av'],
  close: ['cl'],
  lane: ['ln', 'la'],
  drive: ['dr', 'drv'],
  grove: ['gr', 'grv'],
  gardens: ['gdns', 'gdn'],
  place: ['pl'],
  square: ['sq'],
  crescent: ['cres', 'cresc', 'cr'],
  terrace: ['ter', 'terr'],
  court: ['ct', 'crt'],
  parade: ['pde'],
  estate: ['est'],
  walk: [],
  way: [],
  mews: [],
  hill: [],
  rise: [],
  row: [],
  green: [],
  park: ['pk'],
  view: [],
}
const WHOLE_WORD = new Map(
  Object.entries(STREET_WORDS).flatMap(([whole, short]) => [whole, ...short].map((one) => [one, whole] as const)),
)

const FLAT = /(?<![\p{L}\d])(?:flat|apartment|apt|unit|room)\s+\d{1,4}[a-z]?(?![\p{L}\d])[\s,]*/giu
const NUMBERED = /(?<![\p{L}\d/.-])(\d{1,4}[a-z]?),?[^\S\n]+(\p{L}[\p{L}'’.-]*(?:[^\S\n]+\p{L}[\p{L}'’.-]*){0,5})/iu
/** Streets whose last word says nothing are read up to so many words when nothing ends them. */
const LONGEST_STREET = 3

/** An address as it was found in a text. */
export interface ReadAddress {
  /** What it may be kept as: one form where the street ends in a word for streets, more where it is not known where it ends. */
  readonly keys: readonly string[]
  /** What was read, to be taken out of the text. */
  readonly written: string
}

/** The first house and street of a text; null when there is none. */
export function readAddress(text: string): ReadAddress | null {
  const flat = FLAT.exec(text)
  FLAT.lastIndex = 0
  // the words for a flat are the same length of blanks, so that places in the text stay as they are
  const open = text.replace(FLAT, (found) => ' '.repeat(found.length))
  const found = NUMBERED.exec(open)
  const [all, number = '', run = ''] = found ?? []
  if (!found || all === undefined) return null
  const words = run.split(/\s+/)
  const folded = words.map(foldWord)
  const first = folded.findIndex((word, at) => at > 0 && WHOLE_WORD.has(word))
  // a year beside a name is no house
  if (first <= 0 && /^(?:19|20)\d\d$/.test(number)) return null
  let end = first + 1
  while (first > 0 && end < folded.length && WHOLE_WORD.has(folded[end] ?? '')) end += 1
  const lengths = first > 0 ? [end] : words.slice(0, LONGEST_STREET).map((_, at) => at + 1)
  const taken = words.slice(0, first > 0 ? end : LONGEST_STREET)
  const startOfRun = found.index + all.length - run.length
  const from = flat !== null && flat.index < found.index ? flat.index : found.index
  return {
    keys: lengths.map((length) => [number.toLowerCase(), ...folded.slice(0, length).map(wholeWord)].join(' ')),
    written: text.slice(from, startOfRun + lengthOf(run, taken.length)),
  }
}

/** How an address is kept: `12 elm road`. Null when it has no house number and street. */
export function addressKey(written: string): string | null {
  return readAddress(written)?.keys.at(-1) ?? null
}

const foldWord = (word: string): string =>
  word
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^\p{L}\d]/gu, '')

const wholeWord = (word: string, at: number): string =>
  at === 0 ? (word === 'st' ? 'saint' : word) : (WHOLE_WORD.get(word) ?? word)

/** How many letters of a run its first words fill. */
function lengthOf(run: string, words: number): number {
  const found = new RegExp(`^(?:\\S+\\s+){${words - 1}}\\S+`).exec(run)
  return found?.[0].length ?? run.length
}
