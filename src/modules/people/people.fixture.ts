import type { NameKeys } from './search.ts'

const NICKNAMES: Readonly<Record<string, readonly string[]>> = { bob: ['robert'], bobby: ['robert'], nour: ['noor'] }

/** Small rules for names, so that the tests of this room do not hang on linkage's. */
export const plainNames: NameKeys = {
  tokens: (text) =>
    text
      .normalize('NFD')
      .toLowerCase()
      .replace(/[\p{M}’']/gu, '')
      .split(/[^\p{L}]+/u)
      .filter(Boolean),
  groups: (token) => [token, ...(NICKNAMES[token] ?? [])],
  sound: (token) => token.charAt(0) + token.slice(1).replace(/[aeiouhyt]/g, ''),
}
