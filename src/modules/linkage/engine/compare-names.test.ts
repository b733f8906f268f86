import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareNames } from './compare-names.ts'
import { nameGroups } from './names.ts'

const groups = nameGroups({
  nicknames: ['name,nickname', 'theodore,ted'],
  shortForms: ['name,short', 'Aleksandra,Ola', 'Oluwaseun,Seun'],
  transliterations: ['set_id,canonical,variant', '1,Mohammed,Md', '2,Zhang,Cheung', '3,Wei,Wai'],
})
const alike = (left: string, right: string): boolean => compareNames(left, right, groups) >= 0.7

describe('comparing whole names', () => {
  const same: readonly (readonly [string, string])[] = [
    ['Ann Lee', 'LEE, Ann'],
    ['Mrs Zoë O’Brien', 'Zoe OBrien'],
    ['Margarita-Simonova', 'Simonova Margarita'],
    ['Ted Ashdown', 'Theodore Ashdown'],
    ['Aleksandra Kowalska', 'Ola Kowalski'],
    ['Oluwaseun Adebayo', 'Seun Adebayo'],
    ['Md Rahim Uddin', 'Mohammed Rahim Uddin'],
    ['Zhang Wei', 'Cheung Wai'],
    ['Gurpreet Kaur', 'Gurpreet Kaur Gill'],
    ['Abu Bakr Salim ibn Harun', 'Salim Harun'],
    ['Jean-Luc Moreau', 'JL Moreau'],
    ['Moreau J', 'Jean Moreau'],
    ['JeanMoreau', 'Jean Moreau'],
    ['Sergejs Lavrovs', 'Sergey Lavrov'],
    ['Ig0r Sech1n', 'Igor Sechin'],
    ['Sergey Sergey Orlov', 'Sergey Orlov'],
    ['Наталья Орлова', 'Natalya Orlova'],
    ['يوسف خان', 'Yusuf Khan'],
    ['ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ', 'Gurpreet Singh'],
    ['李伟', 'Li Wei'],
    ['김민준', 'Kim Min-jun'],
    ['バラク・オバマ', 'Barak Obama'],
    ['ბარაკ ობამა', 'Barak Obama'],
  ]
  for (const [left, right] of same) it(`takes ${left} and ${right} for one`, () => assert.ok(alike(left, right)))

  const different: readonly (readonly [string, string])[] = [
    ['Li Wei', 'Liu Wei'],
    ['Ann Lee', 'Amy Lee'],
    ['John Smith', 'Jane Smith'],
    ['Mohammed Ali', 'Mohammed Hussain'],
    ['Kwame Owusu', 'Kwasi Owusu'],
    ['William G Frost', 'William W Frost'],
    ['Hans O Friedrich', 'Hans Joachim Friedrich'],
    ['J J', 'John Jones'],
    ['Fatima Begum', 'Amina Begum'],
    ['Unknown Male', 'Unknown Male'],
    ['', ''],
  ]
  for (const [left, right] of different) it(`takes ${left} and ${right} for two`, () => assert.ok(!alike(left, right)))

  const word = fc.string({ unit: fc.constantFrom(...'abcdeiklmnorstuvz'.split('')), minLength: 2, maxLength: 10 })
  const name = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '))
  const any = fc.oneof(name, fc.string({ unit: 'grapheme', maxLength: 60 }))

  it('is the same in both directions and from 0 to 1, whatever it is given', () => {
    fc.assert(
      fc.property(any, any, (left, right) => {
        const found = compareNames(left, right, groups)
        assert.equal(found, compareNames(right, left, groups))
        assert.ok(found >= 0 && found <= 1, String(found))
      }),
    )
  })
  it('finds a name in any order of its words to be itself', () => {
    fc.assert(
      fc.property(name, fc.nat(), (given, turn) => {
        const words = given.split(' ').filter((one, at, all) => all.indexOf(one) === at && one.length > 3)
        fc.pre(words.length > 0)
        const turned = [...words.slice(turn % words.length), ...words.slice(0, turn % words.length)]
        const found = compareNames(words.join(' '), turned.join(' '), groups)
        // Words that are only particles, titles or placeholders are no name.
        assert.ok(found > 0.999 || found === 0, `${words.join(' ')}: ${found}`)
      }),
    )
  })
  it('takes names of ten thousand letters without effort', () => {
    const began = performance.now()
    compareNames('ab '.repeat(3400), 'x'.repeat(10_000), groups)
    assert.ok(performance.now() - began < 500)
  })
})
