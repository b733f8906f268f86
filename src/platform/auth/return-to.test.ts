import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { safeReturnTo } from './return-to.ts'

describe('where a person goes after signing in', () => {
  it('is the page they asked for when it is ours', () => {
    for (const path of ['/', '/cases/7', '/cases?q=a%20b&page=2', '/sign-in-help', '/a//b']) {
      assert.equal(safeReturnTo(path), path)
    }
  })

  it('is the front page when they asked for anything else', () => {
    const elsewhere = [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '\\/evil.example',
      '/.//evil.example',
    ]
    const tricks = ['/\t/evil.example', '/\n/evil.example', '/a/..//evil.example', 'javascript:alert(1)', 'cases', '']
    const circles = [
      '/sign-in',
      '/sign-in?return_to=/x',
      '/sign-in/callback',
      '/step-up',
      '/x/../sign-out',
      '/idp/auth',
    ]
    const shapes = [undefined, null, ['/a'], { path: '/a' }, `/${'a'.repeat(2000)}`, '/%2e//evil.example']
    for (const asked of [...elsewhere, ...tricks, ...circles, ...shapes]) assert.equal(safeReturnTo(asked), '/')
  })

  it('is never outside, whatever is asked', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '\t',
      '\n',
      '@',
      ':',
      '?',
      '#',
      '%2f',
      'evil.example',
      'a',
      'é',
    )
    const asked = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('')}`),
      fc.string(),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(asked, (path) => {
        const safe = safeReturnTo(path)
        assert.equal(new URL(safe, 'https://own.example').origin, 'https://own.example')
        assert.equal(safeReturnTo(safe), safe, 'and judging it twice changes nothing')
        assert.match(safe, /^[\u0021-\u007e]+$/, 'and it can stand in a header')
      }),
      { numRuns: 1000 },
    )
  })
})
