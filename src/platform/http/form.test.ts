import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildServer, field } from './index.ts'

describe('a field of a form', () => {
  it('is its text without blanks around it, and nothing where it is no text', () => {
    assert.equal(field({ a: ' one \n' }, 'a'), 'one')
    for (const body of [null, undefined, 'a', {}, { a: ['one', 'two'] }, { a: 1 }]) assert.equal(field(body, 'a'), '')
  })
  it('keeps lines and tabs, and drops the characters that nobody can type or a database keep', () => {
    assert.equal(field({ a: 'one\r\n\ttwo\u0000\u0007\u001b three\u007f' }, 'a'), 'one\r\n\ttwo three')
  })
})

describe('the server', () => {
  it('answers what a database cannot read as something that could not be read, not as its own fault', async () => {
    const app = await buildServer({
      authStore: {} as never,
      site: { navigation: [], synthetic: true, secureCookies: false },
      log: false,
    })
    app.get('/nul', { config: { access: 'public' } }, () => {
      throw Object.assign(new Error('invalid byte sequence for encoding "UTF8": 0x00'), { code: '22021' })
    })
    const { statusCode, body } = await app.inject('/nul')
    assert.equal(statusCode, 400)
    assert.match(body, /That could not be read/)
    await app.close()
  })
})
