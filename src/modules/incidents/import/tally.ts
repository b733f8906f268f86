/** Counts keys in about 12 to 24 bytes each: enough for some millions of rows where a Map of strings is not. */
export interface Tally {
  keys: Float64Array
  counts: Uint32Array
  size: number
}

export function newTally(): Tally {
  return { keys: new Float64Array(1 << 12), counts: new Uint32Array(1 << 12), size: 0 }
}

/** Fifty-two bits of a hexadecimal digest: two of a million keys agree by chance once in about ten thousand imports. */
export function keyOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 13), 16) + 1
}

/**
 * Fifty-two bits of a text, for telling whether it was seen before: two of a million texts agree by chance once in about
 * ten thousand imports. Not for anything an opponent would gain by. Source: the mixing steps of MurmurHash3 (A. Appleby).
 */
export function keyOfText(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57 ^ text.length]
  // the two halves take turns: a letter in one of them is spread over both at the end
  for (let i = 0; i < text.length; i += 2) {
    a = Math.imul(a ^ text.charCodeAt(i), 2654435761)
    // NaN at the end of an odd text is nought
    b = Math.imul(b ^ text.charCodeAt(i + 1), 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (b & 0xfffff) * 4294967296 + (a >>> 0) + 1
}

/** Adds one to a key (a positive whole number) and says how often it has now been seen. */
export function count(tally: Tally, key: number): number {
  if (tally.size * 2 >= tally.keys.length) grow(tally)
  const at = slotOf(tally.keys, key)
  if (tally.keys[at] === 0) {
    tally.keys[at] = key
    tally.size++
  }
  const seen = (tally.counts[at] ?? 0) + 1
  tally.counts[at] = seen
  return seen
}

function slotOf(keys: Float64Array, key: number): number {
  const mask = keys.length - 1
  let at = key % keys.length
  while (keys[at] !== 0 && keys[at] !== key) at = (at + 1) & mask
  return at
}

function grow(tally: Tally): void {
  const { keys, counts } = tally
  tally.keys = new Float64Array(keys.length * 2)
  tally.counts = new Uint32Array(keys.length * 2)
  keys.forEach((key, from) => {
    if (key === 0) return
    const at = slotOf(tally.keys, key)
    tally.keys[at] = key
    tally.counts[at] = counts[from] ?? 0
  })
}
