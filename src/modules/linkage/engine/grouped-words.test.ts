import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { groupedWords, partsAgree } from './grouped-words.ts'
import { nameGroups } from './names.ts'

const groups = nameGroups({ nicknames: ['name,nickname', 'william,bill', 'robert,bob'] })
const word = fc.constantFrom('william', 'bill', 'robert', 'bob', 'khan', 'ng', 'obi', 'smith', 'smyth')
const name = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '))

/** The same, word by word: each word of the shorter takes the first word of the longer that is a form of it. */
function slowly(left: readonly string[], right: readonly string[]): boolean {
  const [few, many] = left.length <= right.length ? [left, right] : [right, left]
  if (few.length < 2) return false
  const free = [...many]
  return few.every((one) => {
    const at = free.findIndex((other) => groups.groupsOf(one).some((group) => groups.groupsOf(other).includes(group)))
    if (at >= 0) free.splice(at, 1)
    return at >= 0
  })
}

describe('the parts of names', () => {
  it('agree as they do word by word', () => {
    const seen = { yes: 0, no: 0 }
    fc.assert(
      fc.property(name, name, name, name, (a0, a1, b0, b1) => {
        const values = [...new Set(['', a0, a1, b0, b1])]
        const code = (value: string): number => values.indexOf(value)
        const found = partsAgree(groupedWords(values, groups))(code(a0), code(a1), code(b0), code(b1))
        const words = (...names: readonly string[]) => names.flatMap((one) => (one === '' ? [] : one.split(' ')))
        assert.equal(found, slowly(words(a0, a1), words(b0, b1)))
        seen[found ? 'yes' : 'no']++
      }),
      { numRuns: 2000 },
    )
    assert.ok(seen.yes > 50 && seen.no > 50, JSON.stringify(seen))
  })
  it('are no name when there are more than twelve', () => {
    const long = Array.from({ length: 13 }, () => 'khan').join(' ')
    const agree = partsAgree(groupedWords(['', long, 'khan khan'], groups))
    assert.equal(agree(1, 0, 2, 0), false)
    assert.equal(agree(2, 0, 2, 0), true)
  })
})
