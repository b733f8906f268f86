import { formatDay, Temporal } from '#platform/clock'
import { addressKey, readAddress } from './address.ts'

/** How names are brought to one form. Linkage has the rules; people may not ask linkage, so they are handed in. */
export interface NameKeys {
  /** The words of a name as they are compared: folded, without titles; empty for "unknown" and the like. */
  tokens(text: string): readonly string[]
  /** The groups a word belongs to (nicknames, spellings from other alphabets), each by its name; the word itself among them or not. */
  groups(token: string): readonly string[]
  /** A coarse code of how it sounds; empty when it has none. */
  sound(token: string): string
}

export type KeyKind = 'name' | 'sound' | 'dob' | 'phone' | 'postcode' | 'address' | 'ref'

/** Something a person may be found by, as `people.search_key` holds it. */
export interface SearchKey {
  readonly kind: KeyKind
  readonly value: string
}

/** A key of a search. Keys with one fact number are different readings of one thing that somebody knows. */
export interface WantedKey extends SearchKey {
  readonly fact: number
  readonly weight: number
}

/** One thing that somebody typed, as it was understood. */
export type Fact =
  /** `also` is what follows an O': Kelly of O'Kelly. */
  | { readonly kind: 'name'; readonly word: string; readonly also?: string }
  | { readonly kind: 'dob'; readonly day: Temporal.PlainDate }
  | { readonly kind: 'phone'; readonly number: string }
  | { readonly kind: 'postcode'; readonly postcode: string }
  /** Each of `keys` is a place where the street may end. */
  | { readonly kind: 'address'; readonly written: string; readonly keys: readonly string[] }
  /** `phone` and `day` are there too when the reference could as well be a telephone number with hyphens, or eight figures of a date. */
  | { readonly kind: 'ref'; readonly ref: string; readonly phone?: string; readonly day?: Temporal.PlainDate }

export type Search =
  | { readonly ok: true; readonly facts: readonly Fact[]; readonly keys: readonly WantedKey[] }
  | { readonly ok: false; readonly problem: string }

// Halves and wholes only: sums of them are exact, so that two runs of one search give the same order. Exact facts
// weigh more than likely ones; the figures order a list of at most fifty and decide nothing.
const WEIGHT = {
  name: 4.5,
  group: 4,
  sound: 2,
  dob: 8,
  dobSwapped: 5,
  dobOneDigit: 4,
  phone: 8,
  postcode: 3,
  address: 5,
  ref: 12,
} as const

const LONGEST = 200
const MOST_FACTS = 10
// Shorter words sound like too many others.
const SOUND_FROM_LETTERS = 3
const FIRST_YEAR = 1900

const MONTH_STARTS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH_WORD =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const ALONE = { before: '(?<![\\p{L}\\d/.-])', after: '(?![\\p{L}\\d/-])' }
const shape = (text: string): RegExp => new RegExp(`${ALONE.before}${text}${ALONE.after}`, 'giu')

const YEAR_FIRST = shape('(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})')
const DAY_FIRST = shape('(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d{2})')
const DAY_FIRST_SPACED = shape('(\\d{1,2}) (\\d{1,2}) ((?:19|20)\\d{2})')
const DAY_MONTH_WORD = shape(`(\\d{1,2})(?:st|nd|rd|th)?[\\s-]+(${MONTH_WORD})\\.?,?[\\s-]+(\\d{4})`)
const MONTH_WORD_DAY = shape(`(${MONTH_WORD})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`)
const POSTCODE = shape('([a-z]{1,2}\\d[a-z\\d]?)\\s*(\\d[a-z]{2})')
const PHONE = /(?<![\p{L}\d/.-])(?:\+?44|0044|0|7)[\d\s()]{8,16}\d(?![\p{L}\d/-])/giu

/**
 * Reads the one search box. Dates, telephone numbers, postcodes and references are taken out wherever they stand; the
 * words left are a name, in any order.
 * @param today in London: no date of birth lies after it, and years of two figures are read by it
 */
export function readSearch(text: string, names: NameKeys, today: Temporal.PlainDate): Search {
  const no = (problem: string): Search => ({ ok: false, problem })
  const typed = text.normalize('NFKC').trim()
  if (typed === '') return no('Enter at least two things you know of the person, or one exact reference')
  if (/[*%_?]/.test(typed)) return no('Enter whole words: a search cannot hold *, %, _ or ?')
  if (typed.length > LONGEST) return no(`Enter ${LONGEST} letters and numbers or fewer`)

  const facts: Fact[] = []
  let wrongDate: string | undefined
  let rest = typed
  const take = (pattern: RegExp, read: (found: RegExpMatchArray) => boolean): void => {
    rest = rest.replace(pattern, (...found) => {
      const parts = found.slice(0, -2).map((part: unknown) => (typeof part === 'string' ? part : ''))
      return read(parts as RegExpMatchArray) ? ' ' : (parts[0] ?? '')
    })
  }
  const takeDay = (year: number, month: number, day: number, written: string): boolean => {
    const found = dayOf(year, month, day, today) ?? dayOf(year, day, month, today) // months before days, as some write
    if (found) facts.push({ kind: 'dob', day: found })
    else wrongDate ??= written
    return true
  }
  take(YEAR_FIRST, ([all, y, m, d]) => takeDay(Number(y), Number(m), Number(d), all ?? ''))
  take(DAY_FIRST, ([all, d, , m, y]) => takeDay(wholeYear(y ?? '', today), Number(m), Number(d), all ?? ''))
  take(DAY_FIRST_SPACED, ([all, d, m, y]) => takeDay(Number(y), Number(m), Number(d), all ?? ''))
  take(DAY_MONTH_WORD, ([all, d, m, y]) => takeDay(Number(y), monthOf(m ?? ''), Number(d), all ?? ''))
  take(MONTH_WORD_DAY, ([all, m, d, y]) => takeDay(Number(y), monthOf(m ?? ''), Number(d), all ?? ''))
  if (wrongDate !== undefined) return no(`${wrongDate} is not a date of birth: enter it as 12/03/1985 or 12 March 1985`)
  take(PHONE, ([all]) => {
    const number = phoneKey(all ?? '')
    if (number !== null) facts.push({ kind: 'phone', number })
    return number !== null
  })
  take(POSTCODE, ([, outward, inward]) => {
    facts.push({ kind: 'postcode', postcode: `${outward}${inward}`.toUpperCase() })
    return true
  })
  for (let address = readAddress(rest); address !== null; address = readAddress(rest)) {
    facts.push({ kind: 'address', written: address.written.trim(), keys: address.keys })
    rest = rest.replace(address.written, ' , ')
  }
  const words: string[] = []
  for (const word of inPieces(rest.split(/[\s,;]+/).filter(Boolean))) {
    if (!/\d/.test(word)) {
      words.push(word)
      continue
    }
    const ref = refKey(word.slice(word.indexOf(':') + 1))
    if (ref.length < 5)
      return no(
        `“${word}” is not understood: enter a name, date of birth, telephone, postcode, reference, or a house number with its street`,
      )
    const [phone, day] = [phoneKey(word), eightFigures(word, today)]
    facts.push({ kind: 'ref', ref, ...(phone !== null && { phone }), ...(day !== null && { day }) })
  }
  const { text: nameText, after } = joinO(words.join(' '), names)
  for (const word of names.tokens(nameText)) {
    const also = after.get(word)
    facts.push({ kind: 'name', word, ...(also !== undefined && { also }) })
  }

  const different = [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()]
  if (different.length > MOST_FACTS) return no(`Enter ${MOST_FACTS} things or fewer`)
  if (different.length < 2 && !different.some((fact) => fact.kind === 'ref')) {
    const [only] = different
    return no(
      `${only ? `${capital(factWords(only))} alone finds too many. ` : ''}Enter one more thing you know of the person: a second name, a date of birth, telephone, postcode or address`,
    )
  }
  return {
    ok: true,
    facts: different,
    keys: different.flatMap((fact, number) => keysOfFact(fact, number, names, today)),
  }
}

function keysOfFact(fact: Fact, number: number, names: NameKeys, today: Temporal.PlainDate): WantedKey[] {
  const wanted = new Map<string, WantedKey>()
  const want = (kind: KeyKind, value: string, weight: number): void => {
    const id = `${kind}:${value}`
    if (!wanted.has(id)) wanted.set(id, { kind, value, fact: number, weight })
  }
  const wantDay = (born: Temporal.PlainDate): void => {
    want('dob', born.toString(), WEIGHT.dob)
    for (const day of swapped(born, today)) want('dob', day.toString(), WEIGHT.dobSwapped)
    for (const day of wrongByOneDigit(born, today)) want('dob', day.toString(), WEIGHT.dobOneDigit)
  }
  switch (fact.kind) {
    case 'name':
      want('name', fact.word, WEIGHT.name)
      for (const group of [fact.word, ...names.groups(fact.word)]) {
        want('name', groupKey(group), WEIGHT.group)
        want('name', group, WEIGHT.group)
      }
      if (fact.also !== undefined) for (const key of [fact.also, groupKey(fact.also)]) want('name', key, WEIGHT.group)
      for (const sound of soundsOf(fact.word, names)) want('sound', sound, WEIGHT.sound)
      break
    case 'dob':
      wantDay(fact.day)
      break
    case 'phone':
      want('phone', fact.number, WEIGHT.phone)
      break
    case 'postcode':
      want('postcode', fact.postcode, WEIGHT.postcode)
      break
    case 'address':
      for (const key of fact.keys) want('address', key, WEIGHT.address)
      break
    case 'ref':
      want('ref', fact.ref, WEIGHT.ref)
      if (fact.phone !== undefined) want('phone', fact.phone, WEIGHT.phone)
      if (fact.day !== undefined) wantDay(fact.day)
  }
  return [...wanted.values()]
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** One thing that somebody typed, in the words for what it was read as. */
export function factWords(fact: Fact): string {
  switch (fact.kind) {
    case 'name':
      return `name “${fact.word}”`
    case 'dob':
      return `date of birth ${formatDay(fact.day)}`
    case 'phone':
      return `telephone ${fact.number}`
    case 'postcode':
      return `postcode ${fact.postcode}`
    case 'address':
      return `address ${fact.written}`
    case 'ref':
      return [
        `reference ${fact.ref}`,
        fact.phone !== undefined && `telephone ${fact.phone}`,
        fact.day !== undefined && `date of birth ${formatDay(fact.day)}`,
      ]
        .filter(Boolean)
        .join(' or ')
  }
}

/** In what way a key of the person agrees with what was typed, in words. */
export function agreementWords(fact: Fact, key: SearchKey): string {
  if (key.kind === 'sound' && fact.kind === 'name') return `sounds like “${fact.word}”`
  if (fact.kind === 'name') return key.value === fact.word ? factWords(fact) : `another form of “${fact.word}”`
  if (key.kind === 'phone') return `telephone ${key.value}`
  const day = fact.kind === 'dob' || fact.kind === 'ref' ? fact.day : undefined
  if (key.kind !== 'dob' || day === undefined) return fact.kind === 'ref' ? `reference ${fact.ref}` : factWords(fact)
  const theirs = Temporal.PlainDate.from(key.value)
  if (theirs.equals(day)) return `date of birth ${formatDay(day)}`
  return `born ${formatDay(theirs)}: ${dobDifference(day, theirs) ?? 'likely'}`
}

/** How two dates of birth are alike, in words; null when they are the same or not alike. */
export function dobDifference(a: Temporal.PlainDate, b: Temporal.PlainDate): string | null {
  if (a.year === b.year && a.month === b.day && a.day === b.month && a.day !== a.month) return 'day and month swapped'
  const [x, y] = [a.toString(), b.toString()]
  return Array.from(x).filter((letter, at) => letter !== y[at]).length === 1 ? 'one digit different' : null
}

/** What one mention of a person says that they may be found by. */
export interface FindableMention {
  readonly forenames: string | null
  readonly surname: string | null
  readonly knownAs: string | null
  /** A day, or the same as YYYY-MM-DD. */
  readonly dob: Temporal.PlainDate | string | null
  readonly phone: string | null
  readonly postcode: string | null
  readonly address?: string | null
  /** The record's own reference, the nominal, the custody record: whatever somebody may have on paper. */
  readonly refs: readonly (string | null)[]
}

/** The keys to keep in `people.search_key` for a mention, by the same rules as a search is read; each once. */
export function searchKeysOf(mention: FindableMention, names: NameKeys): SearchKey[] {
  const keys = new Map<string, SearchKey>()
  const keep = (kind: KeyKind, value: string | null): void => {
    if (value !== null && value !== '') keys.set(`${kind}:${value}`, { kind, value })
  }
  for (const written of [mention.forenames, mention.surname, mention.knownAs]) {
    const { text, after } = joinO(written ?? '', names)
    for (const word of names.tokens(text)) {
      keep('name', word)
      for (const group of names.groups(word)) if (group !== word) keep('name', groupKey(group))
      for (const sound of soundsOf(word, names)) keep('sound', sound)
    }
    for (const rest of after.values()) keep('name', groupKey(rest))
  }
  if (mention.dob !== null) keep('dob', mention.dob.toString())
  for (const number of (mention.phone ?? '').split(/[,;/]/)) keep('phone', phoneKey(number))
  keep('postcode', postcodeKey(mention.postcode ?? ''))
  keep('address', addressKey(mention.address ?? ''))
  for (const ref of mention.refs) {
    const key = refKey(ref ?? '')
    if (key.length >= 5) keep('ref', key)
  }
  return [...keys.values()]
}

/** A group of names is no name: its key says so, or Robert would be found as written "Bob". */
const groupKey = (group: string): string => `~${group}`

const O_AND_MORE = /(?<![\p{L}\p{M}])([oó])['’‘`´\s]+(\p{L}[\p{L}\p{M}]+)/giu

/** A name with each "O Kelly" written O'Kelly, and what follows the O by the word that both make. */
function joinO(written: string, names: NameKeys): { text: string; after: ReadonlyMap<string, string> } {
  const after = new Map<string, string>()
  const text = written.replace(O_AND_MORE, (_, o: string, rest: string) => {
    const [whole] = names.tokens(`${o}'${rest}`)
    const [part] = names.tokens(rest)
    if (whole !== undefined && part !== undefined) after.set(whole, part)
    return `${o}'${rest}`
  })
  return { text, after }
}

/** Words with a reference that was written in pieces put together: capitals and figures side by side, as in AB 12 000345. */
function inPieces(words: readonly string[]): string[] {
  const isPiece = (word: string): boolean => /^(?:[A-Z]{1,4}|[A-Z\d/-]*\d[A-Z\d/-]*)$/.test(word)
  const whole: string[] = []
  for (let at = 0; at < words.length;) {
    let end = at
    while (end < words.length && isPiece(words[end] ?? '')) end++
    const run = words.slice(at, end)
    if (run.length > 1 && run.some((word) => /^\d{1,4}$/.test(word))) whole.push(run.join('-'))
    else whole.push(...words.slice(at, Math.max(end, at + 1)))
    at = Math.max(end, at + 1)
  }
  return whole
}

/** A date of birth as eight figures, the day or the year first; null when they are none. */
function eightFigures(written: string, today: Temporal.PlainDate): Temporal.PlainDate | null {
  if (!/^\d{8}$/.test(written)) return null
  const part = (from: number, to: number): number => Number(written.slice(from, to))
  return dayOf(part(4, 8), part(2, 4), part(0, 2), today) ?? dayOf(part(0, 4), part(4, 6), part(6, 8), today)
}

const soundsOf = (word: string, names: NameKeys): string[] => {
  const sound = word.length < SOUND_FROM_LETTERS ? '' : names.sound(word)
  return sound === '' ? [] : [sound]
}

/** A UK telephone number as 0 and nine or ten figures, a mobile also without its 0; null for anything else. */
export function phoneKey(written: string): string | null {
  const digits = written
    .replace(/[^\d+]/g, '')
    .replace(/^(?:\+44|0044)0?/, '0')
    .replace(/^(?:44)?0?(?=7\d{9}$)/, '0')
  return /^0[1235789]\d{8,9}$/.test(digits) ? digits : null
}

/** A UK postcode in capitals without its space; null for anything else. */
export function postcodeKey(written: string): string | null {
  const closed = written.toUpperCase().replace(/[^A-Z\d]/g, '')
  return /^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/.test(closed) ? closed : null
}

/** A reference without what people leave out or write differently: capitals and figures only. */
export function refKey(written: string): string {
  return written
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z\d]/g, '')
}

const monthOf = (word: string): number => MONTH_STARTS.indexOf(word.slice(0, 3).toLowerCase()) + 1

/** Two figures are the latest such year that has begun: in 2026, 26 is 2026 and 27 is 1927. */
function wholeYear(written: string, today: Temporal.PlainDate): number {
  const year = Number(written)
  if (written.length > 2) return year
  const inThisCentury = Math.floor(today.year / 100) * 100 + year
  return inThisCentury <= today.year ? inThisCentury : inThisCentury - 100
}

function dayOf(year: number, month: number, day: number, today: Temporal.PlainDate): Temporal.PlainDate | null {
  if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1) return null
  if (day > Temporal.PlainYearMonth.from({ year, month }).daysInMonth) return null
  const found = Temporal.PlainDate.from({ year, month, day })
  return Temporal.PlainDate.compare(found, today) > 0 ? null : found
}

function swapped(day: Temporal.PlainDate, today: Temporal.PlainDate): Temporal.PlainDate[] {
  const other = day.day === day.month ? null : dayOf(day.year, day.day, day.month, today)
  return other === null ? [] : [other]
}

function wrongByOneDigit(day: Temporal.PlainDate, today: Temporal.PlainDate): Temporal.PlainDate[] {
  const written = day.toString().replaceAll('-', '')
  const found: Temporal.PlainDate[] = []
  for (let at = 0; at < written.length; at++) {
    for (let digit = 0; digit <= 9; digit++) {
      if (written[at] === String(digit)) continue
      const other = `${written.slice(0, at)}${digit}${written.slice(at + 1)}`
      const real = dayOf(Number(other.slice(0, 4)), Number(other.slice(4, 6)), Number(other.slice(6)), today)
      if (real !== null) found.push(real)
    }
  }
  return found
}
