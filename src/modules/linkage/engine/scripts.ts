/**
 * How the letters of other scripts are written in the Latin alphabet. For comparing, not for printing: one plain
 * spelling of a letter is worth more here than the right one for the language. Each table is words of a letter and what
 * it becomes; a letter alone becomes nothing.
 */
const table = (text: string): readonly (readonly [string, string])[] =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [letter = '', ...rest] = Array.from(word)
      return [letter, rest.join('')] as const
    })

const cyrillic = table(`
  аa бb вv гg ґg дd еe ёyo єye жzh зz иi іi їyi йy кk лl мm нn оo пp рr сs тt уu ўu фf хkh цts чch шsh щshch ъ ыy ь эe юyu
  яya ђdj јj љlj њnj ћc џdz әa ғg қk ңn өo ұu үu һh ҳh ҷj ӣi ӯu`)

const greek = table(`αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo`)

// Short vowels are not written, so these are skeletons; waw and yeh are vowels except where a word begins (below).
const arabic = table(`
  اa أa إi آa ٱa بb پp تt ثth جj چch حh خkh دd ذdh رr زz ژzh سs شsh صs ضd طt ظz عa غgh فf قq کk كk گg لl مm نn هh ةa وu ؤu
  يi یi ىa ئi ء ـ ٹt ڈd ڑr ں ےe ھh ہh ۃa ۀa ڤv ێe ۆo ڵl ڕr ځz څts ړr ږzh ښsh ګg ڼn ټt ډd ۍi ېe`)

const hebrew = table(`אa בb גg דd הh וu זz חh טt יi כk ךk לl מm םm נn ןn סs עa פp ףf צts ץts קk רr שsh תt`)

const armenian = table(`
  աa բb գg դd եe զz էe ըy թt ժzh իi լl խkh ծts կk հh ձdz ղgh ճch մm յy նn շsh ոo չch պp ջj ռr սs վv տt րr ցts ւv փp քk օo
  ֆf ևev`)

const georgian = table(`
  აa ბb გg დd ეe ვv ზz თt იi კk ლl მm ნn ოo პp ჟzh რr სs ტt უu ფp ქk ღgh ყq შsh ჩch ცts ძdz წts ჭch ხkh ჯj ჰh`)

const kana = table(`
  アa イi ウu エe オo カka キki クku ケke コko ガga ギgi グgu ゲge ゴgo サsa シshi スsu セse ソso ザza ジji ズzu ゼze ゾzo タta
  チchi ツtsu テte トto ダda ヂji ヅzu デde ドdo ナna ニni ヌnu ネne ノno ハha ヒhi フfu ヘhe ホho バba ビbi ブbu ベbe ボbo パpa
  ピpi プpu ペpe ポpo マma ミmi ムmu メme モmo ヤya ユyu ヨyo ラra リri ルru レre ロro ワwa ヲo ンn ヴvu ァa ィi ゥu ェe ォo ャya
  ュyu ョyo ッ ー`)

// Khmer and Thai: consonants first, then vowel signs; tone marks and the like become nothing.
const khmer = table(`
  កk ខk គk ឃk ងng ចch ឆch ជch ឈch ញny ដd ឋt ឌd ឍt ណn តt ថt ទt ធt នn បb ផp ពp ភp មm យy រr លl វv សs ហh ឡl អa ាa ិi ីi ឹu
  ឺu ុo ូu ួua ើae ៀia េe ែae ៃai ោo ៅau ំm ះ ់ ៉ ៊ ្ ៌`)
const thai = table(`
  กk ขk คk ฆk งng จch ฉch ชch ซs ฌch ญy ฎd ฏt ฐt ฑt ฒt ณn ดd ตt ถt ทt ธt นn บb ปp ผp ฝf พp ฟf ภp มm ยy รr ลl วw ศs ษs สs หh
  ฬl อo ฮh ะa ัa าa ำam ิi ีi ึu ืu ุu ูu เe แae โo ใai ไai ็ ่ ้ ๊ ๋ ์`)

// Latin letters that carry their mark inside the letter, so taking off combining marks leaves them as they were.
const latin = table(`łl øo đd ðd þth ßss æae œoe ıi ħh ŧt ŋng əa ɓb ɗd ƙk ƴy ʼ`)

/**
 * The scripts of India by the place of a letter in its block, which is the same in all of them. A consonant alone is
 * spoken with an a.
 */
const indicBlocks = [0x900, 0x980, 0xa00, 0xa80, 0xb00, 0xb80, 0xc00, 0xc80, 0xd00]
const indicVowels: Readonly<Record<number, string>> = {
  0x05: 'a', 0x06: 'a', 0x07: 'i', 0x08: 'i', 0x09: 'u', 0x0a: 'u', 0x0b: 'ri', 0x0e: 'e', 0x0f: 'e', 0x10: 'ai',
  0x12: 'o', 0x13: 'o', 0x14: 'au',
} // prettier-ignore
const indicSigns: Readonly<Record<number, string>> = {
  0x3e: 'a', 0x3f: 'i', 0x40: 'i', 0x41: 'u', 0x42: 'u', 0x43: 'ri', 0x46: 'e', 0x47: 'e', 0x48: 'ai', 0x4a: 'o',
  0x4b: 'o', 0x4c: 'au', 0x4d: '',
} // prettier-ignore
const indicConsonants = 'k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h'.split(
  ' ',
)

function indicOffset(code: number): number {
  const block = indicBlocks.find((start) => code >= start && code < start + 0x80)
  return block === undefined ? -1 : code - block
}

/** A word in one of the scripts of India; null when it is in none. */
export function fromIndic(word: string): string | null {
  let made = ''
  let open = false
  for (const letter of word.normalize('NFC')) {
    const at = indicOffset(letter.codePointAt(0) ?? 0)
    if (at < 0) return null
    const sign = indicSigns[at]
    if (sign !== undefined) {
      made += sign
      open = false
      continue
    }
    const consonant =
      indicConsonants[at - 0x15] ?? ({ 0x5c: 'r', 0x5d: 'rh', 0x5e: 'f', 0x5f: 'y', 0x71: 'w' } as const)[at]
    const vowel = indicVowels[at]
    // A dot below changes the letter before it, and a dot above is a nasal after its vowel.
    if (at === 0x3c) continue
    if (open) made += 'a'
    made += consonant ?? vowel ?? (at === 0x01 || at === 0x02 || at === 0x70 ? 'n' : '')
    open = consonant !== undefined
  }
  // The last consonant of a word is spoken without its a.
  return made
}

// Two rows, of the glottal stop and of ayn, have no consonant.
const ethiopicRows =
  'h l h m s r s sh k kw k kw b v t ch h hw n ny  k kw kh khw w  z zh y d d j g gw g t ch p ts ts f p'.split(' ')
const ethiopicVowels = ['e', 'u', 'i', 'a', 'e', '', 'o', 'wa']

/** A word in Ethiopic syllables (Amharic, Tigrinya); null when it is not. */
export function fromEthiopic(word: string): string | null {
  let made = ''
  for (const letter of word) {
    const at = (letter.codePointAt(0) ?? 0) - 0x1200
    const consonant = at < 0 ? undefined : ethiopicRows[at >> 3]
    if (consonant === undefined) return null
    made += consonant + (ethiopicVowels[at & 7] ?? '')
  }
  return made
}

const hangulFirst = 'g kk n d tt r m b pp s ss  j jj ch k t p h'.split(' ')
const hangulVowel = 'a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i'.split(' ')
const hangulLast = ' k k k n n n t l k m p l l p l m p p t t ng t t k t p t'.split(' ')

/** A word in Korean syllables; null when it is not. */
export function fromHangul(word: string): string | null {
  let made = ''
  for (const letter of word) {
    const at = (letter.codePointAt(0) ?? 0) - 0xac00
    if (at < 0 || at >= 11172) return null
    const first = hangulFirst[Math.floor(at / 588)] ?? ''
    made += first + (hangulVowel[Math.floor((at % 588) / 28)] ?? '') + (hangulLast[at % 28] ?? '')
  }
  return made
}

/** Letter to Latin letters, of every script that goes letter by letter. */
export const letters: ReadonlyMap<string, string> = new Map(
  [cyrillic, greek, arabic, hebrew, armenian, georgian, kana, khmer, thai, latin].flat(),
)
