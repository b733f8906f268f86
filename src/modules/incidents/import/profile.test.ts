import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { profileFrom, profileNames } from './profile.ts'

describe('a nameless profile, whose files the demonstration takes in without a mark', () => {
  it('is one of public figures, and has no column that says who anybody is', async () => {
    const nameless: string[] = []
    for (const name of await profileNames()) {
      const profile: unknown = JSON.parse(readFileSync(join('data/import-profiles', `${name}.json`), 'utf8'))
      assert.ok(profile !== null && typeof profile === 'object')
      if ('nameless' in profile) nameless.push(name)
      else assert.throws(() => profileFrom({ ...profile, nameless: true }), /names somebody/, name)
    }
    assert.deepEqual(nameless, ['chicago', 'nibrs'])
  })
})
