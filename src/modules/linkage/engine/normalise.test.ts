import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nameGroups } from './names.ts'
import { nameTokens, normaliseDate, normaliseId, normalisePhone, normalisePostcode } from './normalise.ts'
import { soundCode } from './phonetic.ts'

describe('normalising', () => {
  const names: readonly (readonly [string, string])[] = [
    ['Mrs Zoë O’Brien', 'zoe obrien'],
    ['Łukasz', 'lukasz'],
    ['Mc Donald', 'mcdonald'],
    ['Smith-Jones', 'smith jones'],
    ['Al-Hassan', 'hassan'],
    ['Александр', 'aleksandr'],
    ['Γιώργος', 'giorgos'],
    ['محمد', 'mohammed'],
    ['UNKNOWN', ''],
    ['Unknown Male 1', ''],
    ['n/k', 'n k'],
    ['xxx', ''],
    ['Li', 'li'],
  ]
  for (const [recorded, compared] of names) {
    it(`compares the name ${recorded} as "${compared}"`, () => assert.equal(nameTokens(recorded).join(' '), compared))
  }
  it('takes placeholders for values not recorded', () => {
    assert.equal(normaliseDate('1900-01-01'), null)
    assert.equal(normaliseDate('1990-13-01'), null)
    assert.equal(normaliseDate('1990-01-01'), '1990-01-01')
    assert.equal(normalisePhone('07000000000'), null)
    assert.equal(normalisePhone('+44 7700 900123'), '07700900123')
    assert.equal(normalisePostcode('zz99 3vz'), null)
    assert.equal(normalisePostcode('sw1a1aa'), 'SW1A 1AA')
    assert.equal(normaliseId('cris:unknown'), null)
    assert.equal(normaliseId('cris:12/34'), 'CRIS:1234')
  })
  it('gives names that sound alike one code', () => {
    assert.equal(soundCode('yusuf'), soundCode('jusuf'))
    assert.equal(soundCode('phillips'), soundCode('filips'))
    assert.notEqual(soundCode('smith'), soundCode('jones'))
    assert.equal(soundCode('李'), null)
  })
  it('knows nicknames, romanisations and gendered endings as forms of one name', () => {
    const groups = nameGroups({
      nicknames: ['name,nickname', 'william,bill', 'william,liam'],
      transliterations: ['set_id,canonical,variant', '1,Mohammed,Muhammad', '1,Mohammed,Md'],
    })
    const agree = (a: string, b: string): boolean =>
      groups.groupsOf(a).some((group) => groups.groupsOf(b).includes(group))
    assert.ok(agree('bill', 'william') && agree('md', 'muhammad') && agree('kowalska', 'kowalski'))
    assert.ok(!agree('bill', 'md'))
    assert.equal(groups.keyOf('bill'), groups.keyOf('william'))
  })
  it('takes no two names for one because they share a short form, whichever way round the table lists them', () => {
    const rows = [
      'william,liam',
      'william,willie',
      'robert,rob',
      'robert,robbie',
      'william,bill',
      'william,will',
      'bill,william',
      'robert,bob',
      'robert,bill',
      'bill,robert',
      'bill,fred',
      'frederick,fred',
    ]
    for (const nicknames of [rows, rows.toReversed()]) {
      const groups = nameGroups({ nicknames: ['name,nickname', ...nicknames] })
      const agree = (a: string, b: string): boolean =>
        groups.groupsOf(a).some((group) => groups.groupsOf(b).includes(group))
      for (const pair of ['bill william', 'bill robert', 'bob robert', 'bob bill', 'will bill', 'fred frederick'])
        assert.ok(agree(...(pair.split(' ') as [string, string])), pair)
      for (const pair of ['william robert', 'will bob', 'fred william', 'fred robert'])
        assert.ok(!agree(...(pair.split(' ') as [string, string])), pair)
    }
  })
})
