import { fromHan } from './han.ts'
import { fromEthiopic, fromHangul, fromIndic, letters } from './scripts.ts'

// Names whose Arabic skeleton is far from the spelling police records use.
const arabicWords: ReadonlyMap<string, string> = new Map(
  (
    'محمد mohammed احمد ahmed أحمد ahmed علي ali حسن hassan حسين hussein عمر omar فاطمة fatima فاطمه fatima يوسف yusuf ' +
    'محمود mahmoud خالد khalid عبدالله abdullah ابراهيم ibrahim إبراهيم ibrahim مريم maryam عائشة aisha عبد abd سعيد said ' +
    'مصطفى mustafa عثمان usman حمد hamad سلمان salman بن bin ابن ibn أبو abu ابو abu ام umm أم umm ناصر nasser ' +
    'سعود saud فيصل faisal طارق tariq جمال jamal كريم karim رحمن rahman الرحمن rahman حميد hamid خان khan بیگم begum'
  )
    .split(' ')
    .reduce<[string, string][]>((pairs, word, at, all) => {
      if (at % 2 === 0) pairs.push([word, all[at + 1] ?? ''])
      return pairs
    }, []),
)

const arabicLetter = /[\u0600-\u06ff]/u

/** One lower-case, mark-free word in Latin letters; characters that no table has are kept as they are. */
export function transliterateWord(word: string): string {
  // Nearly every word is plain already.
  if (/^[ -~]*$/.test(word)) return word
  if (arabicLetter.test(word)) return fromArabic(word.replace(/[\u064b-\u065f\u0670]/gu, ''))
  const syllables = fromIndic(word) ?? fromHangul(word) ?? fromEthiopic(word) ?? fromHan(word)
  if (syllables !== null) return syllables
  return letterByLetter(word)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
}

function fromArabic(word: string): string {
  const whole = arabicWords.get(word)
  if (whole !== undefined) return whole
  const bare = word.startsWith('ال') && word.length > 4 ? word.slice(2) : word
  const first = bare.startsWith('و') ? 'w' : /^[يی]/u.test(bare) ? 'y' : ''
  return arabicWords.get(bare) ?? first + letterByLetter(first === '' ? bare : bare.slice(1))
}

function letterByLetter(word: string): string {
  let made = ''
  // й and ї decompose when marks are taken off, so the letter tables are asked before that happens.
  for (const letter of word) made += letters.get(letter) ?? withoutMark(letter)
  return made
}

/** The letter under the marks, in the Latin alphabet when the tables have it. */
function withoutMark(letter: string): string {
  // Hiragana are katakana a fixed way apart.
  const code = letter.codePointAt(0) ?? 0
  if (code >= 0x3041 && code <= 0x3096) return letters.get(String.fromCodePoint(code + 0x60)) ?? letter
  const base = letter.normalize('NFD').replace(/\p{M}+/gu, '')
  return letters.get(base) ?? base
}
