import { transliterateWord } from './transliterate.ts'

/** Longest name kept for comparing, in code points; nothing beyond it tells two people apart. */
const longestName = 60

const titles = new Set(
  (
    'mr mrs miss ms mx mister missus mstr dr doctor prof professor rev reverend fr sir dame lady lord madam master hon ' +
    'pc ps ds dc di dci sgt insp sergeant captain capt colonel col jr jnr snr esq cllr ' +
    'monsieur madame mme herr frau senor senora president prasident'
  ).split(' '),
)

const particles = new Set(
  'al el ul ad bin ibn bint binti abu umm um de da do dos das del della di van von der den ter ten la le du e y'.split(
    ' ',
  ),
)

const placeholderWords = new Set(
  (
    'unknown unk ukn unkown not known notknown none name noname tbc tba na nk nfa nil null anon anonymous test ' +
    'unidentified refused declined withheld person victim suspect offender witness caller informant occupier ' +
    'xx xxx xxxx baby male female unborn'
  ).split(' '),
)

/** Words that are placeholders alone but may stand inside a real name. */
const placeholderOnlyAlone = new Set(['name', 'na', 'not', 'known', 'nil', 'person', 'test', 'baby', 'xx'])

/** The letter that a digit inside a word stands for: a slip of the keyboard or the scanner, or a disguise. */
const letterLike: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  6: 'g',
  7: 't',
  8: 'b',
  9: 'g',
}

/** NFKC, lower case, Latin letters, no marks: the form in which two spellings of one text are equal. */
export function foldText(text: string): string {
  const cut = text.length > 400 ? text.slice(0, 400) : text
  return cut
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{L}\p{M}]+/gu, transliterateWord)
}

/**
 * The words of a name as they are compared: folded, without titles and particles, apostrophes closed up, hyphens
 * opened, Mc and Mac joined to what follows. Empty when the name is missing or a placeholder.
 */
export function nameTokens(text: string | null | undefined): readonly string[] {
  if (text === null || text === undefined || text === '') return []
  const folded = foldText(text)
    .replace(/[’‘'`´ʿʾʻʼ.]/g, (mark) => (mark === '.' ? ' ' : ''))
    .replace(/(?<=\p{L}\p{N}{0,2})\p{N}(?=\p{N}?\p{L})|\p{N}(?=\p{L}{3})/gu, (digit) => letterLike[digit] ?? '')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim()
  if (folded === '') return []
  const words = folded.split(' ').filter((word) => !titles.has(word))
  if (isPlaceholderName(words)) return []
  const joined: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const next = words[at + 1]
    if ((word === 'mc' || word === 'mac') && next !== undefined) {
      joined.push(word + next)
      at++
    } else joined.push(word)
  }
  const telling = joined.filter((word) => !particles.has(word))
  return cutTokens(telling.length > 0 ? telling : joined)
}

function isPlaceholderName(words: readonly string[]): boolean {
  if (words.length === 0) return true
  if (words.length === 1) {
    const word = words[0]!
    return placeholderWords.has(word) || /^(.)\1{2,}$/u.test(word)
  }
  const placeholders = words.filter((word) => placeholderWords.has(word))
  if (placeholders.length === words.length) return true
  // "Unknown Male 1" and "Victim Smith": a word that is never part of a name spoils the whole field.
  return placeholders.some((word) => !placeholderOnlyAlone.has(word) && word.length > 2 && word.startsWith('unk'))
}

function cutTokens(tokens: readonly string[]): readonly string[] {
  const kept: string[] = []
  let length = 0
  for (const token of tokens) {
    const letters = Array.from(token)
    const room = longestName - length
    if (room <= 0) break
    kept.push(letters.length > room ? letters.slice(0, room).join('') : token)
    length += letters.length + 1
  }
  return kept
}

/** A date of birth as YYYY-MM-DD, or null when it is missing, impossible or one of the dates systems fill in. */
export function normaliseDate(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null
  const parts = /^\s*(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? /^\s*(\d{4})(\d\d)(\d\d)\s*$/.exec(text)
  if (parts === null) return null
  const [, year, month, day] = parts
  if (year === '0000' || year === '9999' || Number(month) > 12 || Number(day) > 31) return null
  if (month === '00' || day === '00') return null
  const date = `${year}-${month}-${day}`
  return date === '1900-01-01' || date === '1901-01-01' || date === '1970-01-01' ? null : date
}

/**
 * A date for comparing. One that cannot be (1984-31-12) is a slip in one that can, and is kept, so that the rest of it
 * speaks.
 */
export function normaliseAnyDate(text: string | null | undefined): string | null {
  const proper = normaliseDate(text)
  if (proper !== null) return proper
  const parts = /^\s*(\d{4})-(\d\d)-(\d\d)\s*$/.exec(text ?? '') ?? /^\s*(\d{4})(\d\d)(\d\d)\s*$/.exec(text ?? '')
  if (parts === null) return null
  const [, year, month, day] = parts
  if (year === '0000' || year === '9999' || year === '1111' || (Number(month) <= 12 && Number(day) <= 31)) return null
  return `${year}-${month}-${day}`
}

/** f, m, or null; anything else recorded about sex is not evidence that two mentions are or are not one person. */
export function normaliseSex(text: string | null | undefined): string | null {
  const first = (text ?? '').trim().toLowerCase()
  if (first === 'm' || first === 'male' || first === 'man' || first === '1') return 'm'
  if (first === 'f' || first === 'female' || first === 'woman' || first === '2') return 'f'
  return null
}

/** A UK postcode in upper case with one space; null when it cannot be one or stands for "no fixed abode". */
export function normalisePostcode(text: string | null | undefined): string | null {
  const bare = (text ?? '')
    .slice(0, 20)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
  if (!/^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/.test(bare)) return null
  // ZZ99 codes mean "no fixed abode" and "not known" in NHS and police systems.
  if (bare.startsWith('ZZ')) return null
  return `${bare.slice(0, -3)} ${bare.slice(-3)}`
}

/**
 * A postcode as it was written, for comparing: a slip in one (E1 Z4) still tells more than nothing, and a code of digits
 * only is one of another country. Null when it holds too little, or stands for "no fixed abode".
 */
export function normaliseAnyPostcode(text: string | null | undefined): string | null {
  const proper = normalisePostcode(text)
  if (proper !== null) return proper
  const bare = (text ?? '')
    .slice(0, 20)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
  if (/^\d{4,5}$/.test(bare)) return /^(\d)\1+$/.test(bare) ? null : bare
  if (!/^[A-Z0-9]{5,8}$/.test(bare) || !/\d/.test(bare) || !/[A-Z]/.test(bare) || bare.startsWith('ZZ')) return null
  return `${bare.slice(0, -3)} ${bare.slice(-3)}`
}

/** A phone number in national digits (07…); null when too short, or one digit repeated. */
export function normalisePhone(text: string | null | undefined): string | null {
  let digits = (text ?? '').slice(0, 40).replace(/\D/g, '')
  if (digits.startsWith('0044')) digits = `0${digits.slice(4)}`
  else if (digits.startsWith('44') && digits.length === 12) digits = `0${digits.slice(2)}`
  else if (digits.length === 10 && digits.startsWith('7')) digits = `0${digits}`
  if (digits.length < 9 || digits.length > 15) return null
  if (/(\d)\1{6,}/.test(digits) || digits.endsWith('123456789')) return null
  return digits
}

/** An identifier with case and punctuation taken away, except the colon that parts source and number. */
export function normaliseId(text: string | null | undefined): string | null {
  const bare = (text ?? '')
    .slice(0, 120)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}:]/gu, '')
  const number = bare.slice(bare.indexOf(':') + 1)
  if (number === '' || /^0*$/.test(number) || placeholderWords.has(number.toLowerCase())) return null
  return bare
}

/** Text compared as it is, but for case, marks and spacing. */
export function normaliseText(text: string | null | undefined): string | null {
  const folded = foldText(text ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  return folded === '' ? null : folded
}

/** Keys parted by `|`, each once and in order, so that equal lists are equal text. */
export function normaliseList(text: string): string | null {
  const members = new Set(text.split('|').filter((member) => member !== ''))
  return members.size === 0 ? null : [...members].sort().join('|')
}

/** A date that is in the calendar as YYYY-MM-DD, or null; leading zeros may be absent, as databases read dates. */
export function calendarDate(text: string): string | null {
  const parts = /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text)
  if (parts === null) return null
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
  if (year === 0 || day < 1 || day > days) return null
  const padded = (number: number, width: number): string => String(number).padStart(width, '0')
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`
}
