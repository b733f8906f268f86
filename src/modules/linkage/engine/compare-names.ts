import type { NameGroups } from './names.ts'
import { nameGroups } from './names.ts'
import { nameTokens } from './normalise.ts'
import { consonants } from './phonetic.ts'

/** Below this two words are taken for two names. */
const sameWord = 0.72
/** What a name says that only one side has, as a share of what it would say if it were contradicted. */
const unsaid = 0.15
/** Words of a name looked at; more do not tell two people apart. */
const mostWords = 12

const plainGroups = nameGroups()

interface Word {
  readonly text: string
  readonly groups: ReadonlySet<string>
  readonly sound: string
  /** Written in a script that leaves out vowels, or writes them its own way, so its consonants are all there is. */
  readonly bare: boolean
}

/**
 * How alike two whole names are, from 0 to 1, whatever the order of their words and the script that they are written
 * in. A word that only one side has counts little (any part of an Arabic name may be recorded); one that the other side
 * contradicts counts in full. Symmetric.
 */
export function compareNames(left: string, right: string, groups: NameGroups = plainGroups): number {
  const [a, b] = [wordsOf(left, groups), wordsOf(right, groups)]
  if (a.length === 0 || b.length === 0) return 0
  const shorter = a.length < b.length || (a.length === b.length && left <= right) ? a : b
  const longer = shorter === a ? b : a
  const { agreed, agreedWeight, leftOver } = align(shorter, longer)
  if (agreed === 0) return 0
  const [few, many] = leftOver
  const missing = (words: readonly Word[]): number => words.reduce((sum, word) => sum + weightOf(word), 0)
  // A word left over on both sides is a contradiction, an initial too; on one side only it was just not recorded.
  const contradicted = few.length > 0 && many.length > 0
  const against = contradicted ? Math.max(1, missing(few)) + Math.max(0.5, missing(many.slice(0, few.length)) * 0.6) : 0
  const silent = contradicted ? missing(many.slice(few.length)) : missing(few) + missing(many)
  return agreed / (agreedWeight + against + unsaid * silent)
}

const weightOf = ({ text }: Word): number => (text.length === 1 ? 0.4 : Math.min(1, 0.55 + 0.09 * text.length))

/** A name in the order in which it is spoken, the family name apart where a script does not set it apart. */
function spaced(text: string): string {
  const turned = /^([^,]+),([^,]+)$/.exec(text)
  if (turned !== null) return `${turned[2]} ${turned[1]}`
  const parts =
    /^\s*(?:(\p{sc=Han}{2})(\p{sc=Han}{2})|(\p{sc=Han}|\p{sc=Hangul})([\p{sc=Han}\p{sc=Hangul}]{1,2}))\s*$/u.exec(
      text.normalize('NFKC'),
    )
  return parts === null ? text : `${parts[1] ?? parts[3]} ${parts[2] ?? parts[4]}`
}

function wordsOf(text: string, groups: NameGroups): readonly Word[] {
  const bare = /(?!\p{sc=Latin}|\p{sc=Cyrillic}|\p{sc=Greek}|\p{sc=Armenian}|\p{sc=Georgian})\p{L}/u.test(text)
  const tokens = nameTokens(spaced(text)).slice(0, mostWords)
  // Ben is a name where it begins one, and a particle within.
  const telling = tokens.filter((token, at) => token !== 'ben' || at === 0 || tokens.length === 2)
  const seen = new Set<string>()
  return telling.flatMap((token) => {
    if (token.length > 1 && seen.has(token)) return []
    seen.add(token)
    return [wordOf(token, groups, bare)]
  })
}

function wordOf(text: string, groups: NameGroups, bare: boolean): Word {
  return { text, groups: new Set(groups.groupsOf(text)), sound: consonants(text), bare }
}

interface Match {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly alike: number
}

/** Pairs the words of two names off, the most alike first; words that were joined or parted count as one. */
function align(
  few: readonly Word[],
  many: readonly Word[],
): { agreed: number; agreedWeight: number; leftOver: readonly [readonly Word[], readonly Word[]] } {
  const matches: Match[] = []
  few.forEach((left, x) =>
    many.forEach((right, y) => {
      const alike = likeness(left, right)
      if (alike > 0) matches.push({ from: [x], to: [y], alike })
    }),
  )
  for (const [whole, parts, turned] of [
    [few, many, false],
    [many, few, true],
  ] as const) {
    whole.forEach((word, at) => {
      for (const run of runs(parts)) {
        if (word.text.length === run.length && word.text === run.map((part) => parts[part]?.text[0] ?? '').join('')) {
          matches.push({ from: turned ? run : [at], to: turned ? [at] : run, alike: 0.84 })
        }
        const joined = joinedWord([textOf(run, parts)], word.bare)
        if (Math.abs(joined.text.length - word.text.length) > 2) continue
        const alike = likeness(word, joined)
        if (alike >= 0.85) matches.push({ from: turned ? run : [at], to: turned ? [at] : run, alike: alike - 0.01 })
      }
    })
  }
  for (const from of runs(few)) {
    for (const to of runs(many)) {
      const [x, y] = [textOf(from, few), textOf(to, many)]
      if (Math.min(x.length, y.length) < 5 || Math.abs(x.length - y.length) > 1) continue
      // Words that a hyphen joined, with a slip in a part that is too short to be compared alone (Jong-un).
      const alike = likeness(joinedWord([x], false), joinedWord([y], false))
      if (alike >= 0.85) matches.push({ from, to, alike: alike - 0.02 })
    }
  }
  matches.sort(
    (one, other) =>
      other.alike - one.alike || (one.from[0] ?? 0) - (other.from[0] ?? 0) || (one.to[0] ?? 0) - (other.to[0] ?? 0),
  )
  const [takenFew, takenMany] = [new Set<number>(), new Set<number>()]
  let agreed = 0
  let agreedWeight = 0
  let whole = false
  for (const { from, to, alike } of matches) {
    if (from.some((at) => takenFew.has(at)) || to.some((at) => takenMany.has(at))) continue
    for (const at of from) takenFew.add(at)
    for (const at of to) takenMany.add(at)
    const weight = (sumOf(from, few) + sumOf(to, many)) / 2
    agreed += weight * alike
    agreedWeight += weight
    whole ||= textOf(from, few).length > 1 && textOf(to, many).length > 1
  }
  // Initials alone are nobody's name.
  if (!whole) agreed = 0
  const left = (words: readonly Word[], taken: ReadonlySet<number>) => words.filter((_, at) => !taken.has(at))
  return { agreed, agreedWeight, leftOver: [left(few, takenFew), left(many, takenMany)] }
}

const textOf = (places: readonly number[], words: readonly Word[]): string =>
  places.map((at) => words[at]?.text ?? '').join('')

const sumOf = (places: readonly number[], words: readonly Word[]): number =>
  places.reduce((sum, at) => sum + (words[at] === undefined ? 0 : weightOf(words[at])), 0)

/** Two or three neighbouring words, of which initials may be some. */
function* runs(words: readonly Word[]): Generator<readonly number[]> {
  for (let at = 0; at + 1 < words.length; at++) {
    yield [at, at + 1]
    if (at + 2 < words.length) yield [at, at + 1, at + 2]
  }
}

function joinedWord(parts: readonly string[], bare: boolean): Word {
  const text = parts.join('')
  return { text, groups: new Set([text]), sound: consonants(text), bare }
}

/** How alike two words of names are: 0 when they are two names. */
function likeness(left: Word, right: Word): number {
  const [a, b] = [left.text, right.text]
  if (a === b) return 1
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 0.85 : 0
  if (!left.groups.isDisjointFrom(right.groups)) return 0.94
  const bare = left.bare || right.bare
  if (bare) {
    // Some of these scripts have one letter for l and r.
    const [x, y] = [left.sound.replaceAll('r', 'l'), right.sound.replaceAll('r', 'l')]
    if (x === y && x.length >= 2) return 0.88
    if (x.length >= 4 && y.length >= 4 && slips(x, y) <= 1) return 0.78
  }
  // One letter more or less is another name when there are hardly any (Li, Liu, Lin); those are for the tables.
  if (a.length <= 3 || b.length <= 3) return 0
  const spelled = 1 - slips(a, b) / Math.max(a.length, b.length)
  const sounding = left.sound === right.sound && left.sound.length >= 3 ? 0.86 : 0
  const alike = Math.max(spelled, sounding)
  return alike >= sameWord ? alike : 0
}

const alikeLetters = ['aeiouy', 'ck', 'kq', 'sz', 'vw', 'ij', 'jy', 'gk', 'dt', 'bp', 'mn', 'fv', 'xs', 'gj']

const costOf = (one: string, other: string): number =>
  one === other ? 0 : alikeLetters.some((set) => set.includes(one) && set.includes(other)) ? 0.6 : 1

/**
 * Edits between two words, where letters that sound alike, a doubled letter, a silent h and swapped neighbours count for
 * less than one.
 */
function slips(left: string, right: string): number {
  const width = right.length + 1
  let before: number[] = []
  let previous = [0]
  for (let j = 1; j < width; j++) previous.push((previous[j - 1] ?? 0) + gap(right, j - 1))
  for (let i = 1; i <= left.length; i++) {
    const row = [(previous[0] ?? 0) + gap(left, i - 1)]
    for (let j = 1; j < width; j++) {
      let cost = Math.min(
        (previous[j] ?? 0) + gap(left, i - 1),
        (row[j - 1] ?? 0) + gap(right, j - 1),
        (previous[j - 1] ?? 0) + costOf(left.charAt(i - 1), right.charAt(j - 1)),
      )
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 0.8)
      }
      row.push(cost)
    }
    before = previous
    previous = row
  }
  return previous[right.length] ?? 0
}

/** What it costs to leave out or put in a letter of a word. */
function gap(word: string, at: number): number {
  const letter = word[at]
  if (letter === word[at - 1] || (letter === 'h' && at > 0)) return 0.4
  return letter !== undefined && 'aeiouy'.includes(letter) && at > 0 ? 0.8 : 1
}
