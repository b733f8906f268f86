/**
 * Tables that write Cyrillic, Greek and Arabic letters in the Latin alphabet. They are meant for comparing, not for
 * printing: one plain spelling for a letter is worth more here than the right one for the language.
 */
const cyrillic: Readonly<Record<string, string>> = {
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  ґ: 'g',
  д: 'd',
  е: 'e',
  ё: 'yo',
  є: 'ye',
  ж: 'zh',
  з: 'z',
  и: 'i',
  і: 'i',
  ї: 'yi',
  й: 'y',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ў: 'u',
  ф: 'f',
  х: 'kh',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'shch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
  ђ: 'dj',
  ј: 'j',
  љ: 'lj',
  њ: 'nj',
  ћ: 'c',
  џ: 'dz',
}

const greek: Readonly<Record<string, string>> = {
  α: 'a',
  β: 'v',
  γ: 'g',
  δ: 'd',
  ε: 'e',
  ζ: 'z',
  η: 'i',
  θ: 'th',
  ι: 'i',
  κ: 'k',
  λ: 'l',
  μ: 'm',
  ν: 'n',
  ξ: 'x',
  ο: 'o',
  π: 'p',
  ρ: 'r',
  σ: 's',
  ς: 's',
  τ: 't',
  υ: 'y',
  φ: 'f',
  χ: 'ch',
  ψ: 'ps',
  ω: 'o',
}

// Short vowels are not written in Arabic, so these are skeletons; the transliteration groups do the rest.
const arabic: Readonly<Record<string, string>> = {
  ا: 'a',
  أ: 'a',
  إ: 'i',
  آ: 'a',
  ٱ: 'a',
  ب: 'b',
  پ: 'p',
  ت: 't',
  ث: 'th',
  ج: 'j',
  چ: 'ch',
  ح: 'h',
  خ: 'kh',
  د: 'd',
  ذ: 'dh',
  ر: 'r',
  ز: 'z',
  ژ: 'zh',
  س: 's',
  ش: 'sh',
  ص: 's',
  ض: 'd',
  ط: 't',
  ظ: 'z',
  ع: 'a',
  غ: 'gh',
  ف: 'f',
  ق: 'q',
  ک: 'k',
  ك: 'k',
  گ: 'g',
  ل: 'l',
  م: 'm',
  ن: 'n',
  ه: 'h',
  ة: 'a',
  و: 'w',
  ؤ: 'w',
  ي: 'y',
  ی: 'y',
  ى: 'a',
  ئ: 'y',
  ء: '',
  ـ: '',
}

// Latin letters that carry their mark inside the letter, so taking off combining marks leaves them as they were.
const latin: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'ng',
  ə: 'a',
}

// Names whose Arabic skeleton is far from the spelling police records use.
const arabicWords: ReadonlyMap<string, string> = new Map([
  ['محمد', 'mohammed'],
  ['احمد', 'ahmed'],
  ['أحمد', 'ahmed'],
  ['علي', 'ali'],
  ['حسن', 'hassan'],
  ['حسين', 'hussein'],
  ['عمر', 'omar'],
  ['فاطمة', 'fatima'],
  ['يوسف', 'yusuf'],
  ['محمود', 'mahmoud'],
  ['خالد', 'khalid'],
  ['عبدالله', 'abdullah'],
  ['ابراهيم', 'ibrahim'],
  ['إبراهيم', 'ibrahim'],
  ['مريم', 'maryam'],
  ['عائشة', 'aisha'],
])

const letters = new Map(
  [cyrillic, greek, arabic, latin].flatMap((table) => Object.entries(table).map(([from, to]) => [from, to] as const)),
)

/** One lower-case, mark-free word in Latin letters; characters without an entry are kept as they are. */
export function transliterateWord(word: string): string {
  // Nearly every word is plain already.
  if (/^[ -~]*$/.test(word)) return word
  const whole = arabicWords.get(word)
  if (whole !== undefined) return whole
  // й and ї decompose when marks are taken off, so the letter tables are asked before that happens.
  const bare = word.startsWith('ال') && word.length > 4 ? word.slice(2) : word
  let latinWord = ''
  for (const letter of bare) latinWord += letters.get(letter) ?? withoutMark(letter)
  return latinWord
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
}

/** The letter under the marks, in the Latin alphabet when the tables have it. */
function withoutMark(letter: string): string {
  const base = letter.normalize('NFD').replace(/\p{M}+/gu, '')
  return letters.get(base) ?? base
}
