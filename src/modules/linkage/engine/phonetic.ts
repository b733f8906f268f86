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

/**
 * A coarse sound code, used only to bring mentions together for comparing and never as evidence. It is wider than
 * Soundex where names from other languages differ: the first letter is coded too (Yusuf, Jusuf), w and v are one,
 * m and n are one, vowels and h are silent. Empty text has no code.
 */
export function soundCode(word: string): string | null {
  const plain = word
    .replace(/[^a-z]/g, '')
    .replace(/ph/g, 'f')
    .replace(/sch|sh|ch|cz|sz|zh|tch|ts|tz/g, 's')
    .replace(/ck|kh|gh|q/g, 'k')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/^[jy](?=[aeiou])/, 'i')
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
