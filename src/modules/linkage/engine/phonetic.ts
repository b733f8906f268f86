const soundOf: Readonly<Record<string, string>> = {
  b: 'b',
  p: 'b',
  f: 'f',
  v: 'f',
  w: 'f',
  c: 'k',
  g: 'k',
  j: 'k',
  k: 'k',
  q: 'k',
  x: 'k',
  d: 't',
  t: 't',
  l: 'l',
  m: 'm',
  n: 'm',
  r: 'r',
  s: 's',
  z: 's',
}

/** One letter for what is written with several, or with another that sounds the same. */
function spelledPlainly(word: string): string {
  return word
    .replace(/[^a-z]/g, '')
    .replace(/ph/g, 'f')
    .replace(/sch|sh|ch|cz|sz|zh|tch|ts|tz/g, 's')
    .replace(/ck|kh|gh|q/g, 'k')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/^[jy](?=[aeiou])/, 'i')
}

/**
 * A coarse sound code, used only to bring mentions together for comparing and never as evidence. It is wider than
 * Soundex where names from other languages differ: the first letter is coded too (Yusuf, Jusuf), w and v are one,
 * m and n are one, vowels and h are silent. Empty text has no code.
 */
export function soundCode(word: string): string | null {
  const plain = spelledPlainly(word)
  if (plain === '') return null
  let code = /^[aeiouyh]/.test(plain) ? 'a' : ''
  let last = ''
  for (const letter of plain) {
    const sound = soundOf[letter] ?? ''
    if (sound !== '' && sound !== last) code += sound
    if (code.length === 5) break
    last = letter === 'h' ? last : sound
  }
  return code === '' ? 'a' : code
}

/**
 * The consonants of a word by their sound, all of them, m and n apart: what is left of a name in a script that writes
 * no vowels. A w counts only where the word begins.
 */
export function consonants(word: string): string {
  let code = ''
  spelledPlainly(word)
    .split('')
    .forEach((letter, at) => {
      const sound = letter === 'n' ? 'n' : letter === 'w' && at > 0 ? '' : (soundOf[letter] ?? '')
      if (sound !== '' && !code.endsWith(sound)) code += sound
    })
  return code
}
