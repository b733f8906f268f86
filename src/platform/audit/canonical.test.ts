import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { canonicalEntry, canonicalJson, entryHash } from './canonical.ts'
import type { AuditEntry } from './canonical.ts'

const entry: AuditEntry = {
  id: '6f1c8f5e-0000-4000-8000-000000000001',
  xact: '771',
  at: '2026-03-29T00:59:59.123456Z',
  actor: '6f1c8f5e-0000-4000-8000-000000000002',
  session_id: null,
  role: 'dao',
  organisation: 'met',
  action: 'consult',
  purpose: 'investigate',
  reason: 'line one\r\nline "two"',
  route: '/people/:id',
  request_id: null,
  subjects: ['6f1c8f5e-0000-4000-8000-000000000003'],
  objects: [],
  detail: '{"b": 1.50, "a": [true, null, "\u00e9"]}',
}

describe('the canonical form of an audit entry', () => {
  it('is one fixed text, written here by hand', () => {
    const text =
      '{"action":"consult","actor":"6f1c8f5e-0000-4000-8000-000000000002","at":"2026-03-29T00:59:59.123456Z",' +
      '"detail":{"a":[true,null,"\u00e9"],"b":1.50},"id":"6f1c8f5e-0000-4000-8000-000000000001","objects":[],' +
      '"organisation":"met","purpose":"investigate","reason":"line one\\r\\nline \\"two\\"","request_id":null,' +
      '"role":"dao","route":"/people/:id","session_id":null,"subjects":["6f1c8f5e-0000-4000-8000-000000000003"],' +
      '"v":1,"xact":"771"}'
    assert.equal(canonicalEntry(entry), text)
    assert.equal(entryHash(entry).toString('hex'), createHash('sha256').update(`\0${text}`).digest('hex'))
  })

  it('tells apart an absent value from an empty one, and every field from every other', () => {
    const hashes = [entry, { ...entry, reason: null }, { ...entry, reason: '' }, { ...entry, detail: null }].map(
      entryHash,
    )
    const changed = Object.keys(entry).map((field) =>
      entryHash({ ...entry, [field]: ['subjects', 'objects'].includes(field) ? ['x'] : '"changed"' }),
    )
    assert.equal(new Set([...hashes, ...changed].map((one) => one.toString('hex'))).size, 4 + 15)
  })

  it('keeps every digit of a number, which JavaScript would round', () => {
    assert.equal(canonicalJson('{"n": 12345678901234567890}'), '{"n":12345678901234567890}')
    assert.notEqual(canonicalJson('12345678901234567890'), canonicalJson('12345678901234567891'))
    assert.notEqual(canonicalJson('{"digits": "5"}'), canonicalJson('5'))
  })

  it('holds keys that JavaScript treats as special', () => {
    assert.equal(
      canonicalJson('{"__proto__": {"b": 1, "a": 2}, "10": 0, "9": 0}'),
      '{"10":0,"9":0,"__proto__":{"a":2,"b":1}}',
    )
  })

  it('does not depend on the order or the spacing of keys, and loses nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        const text = canonicalJson(JSON.stringify(value))
        assert.equal(canonicalJson(JSON.stringify(turned, null, 2)), text)
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
