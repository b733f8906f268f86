import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  cosignNote,
  createSigner,
  isCosignedBy,
  isSignedBy,
  openSigner,
  readCheckpoint,
  readPublicKey,
} from './checkpoint.ts'
import { signCheckpoint } from './checkpoint.ts'
import { leafHash } from './canonical.ts'

const log = createSigner('met.example/audit', 'log', generateKeyPairSync('ed25519').privateKey)
const witness = createSigner('witness.example', 'witness', generateKeyPairSync('ed25519').privateKey)
const checkpoint = { origin: log.name, size: 12, root: leafHash('root'), signedAt: '2026-11-24T02:00:00.000Z' }
const note = signCheckpoint(checkpoint, log)

describe('a signed checkpoint', () => {
  it('checks the example note of the reference implementation of signed notes', () => {
    const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    const example =
      'If you think cryptography is the answer to your problem,\n' +
      "then you don't know what your problem is.\n\n" +
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
    assert.ok(isSignedBy(example, key))
    assert.ok(!isSignedBy(example.replace('answer', 'Answer'), key))
  })

  it('is read back as it was signed', () => {
    assert.deepEqual(readCheckpoint(note), checkpoint)
    assert.ok(isSignedBy(note, log.key))
    assert.equal(note.split('\n').slice(0, 2).join(' '), 'met.example/audit 12')
  })

  it('is not believed when any character of it is changed', () => {
    for (let at = 0; at < note.length; at += 1) {
      const changed = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`
      // A base64 character may carry bits that are not part of the signature; the bytes then are the same.
      if (Buffer.from(changed.slice(-93), 'base64').equals(Buffer.from(note.slice(-93), 'base64'))) {
        if (changed.slice(0, -93) === note.slice(0, -93)) continue
      }
      assert.ok(!isSignedBy(changed, log.key), `character ${at}`)
    }
  })

  it('is not believed from another key, nor under a key of the wrong kind', () => {
    const other = createSigner(log.name, 'log', generateKeyPairSync('ed25519').privateKey)
    assert.ok(!isSignedBy(note, other.key))
    assert.ok(!isSignedBy(note, witness.key))
    assert.throws(() => readPublicKey(log.key.replace('+', '+0')), /not a public key/)
    assert.throws(() => readPublicKey(`x${log.key}`), /does not fit/)
  })

  it('is cosigned with the time of the witness, for this checkpoint only', () => {
    const line = cosignNote(note, witness, new Date('2026-11-24T02:00:01Z'))
    assert.ok(isCosignedBy(note, line, witness.key))
    assert.ok(!isCosignedBy(signCheckpoint({ ...checkpoint, size: 13 }, log), line, witness.key))
    assert.ok(!isCosignedBy(note, line, log.key))
    assert.ok(isSignedBy(`${note}${line}`, log.key))
  })

  it('is refused in any form but the one we write', () => {
    assert.equal(readCheckpoint(note.replace('\n12\n', '\n012\n')), null)
    assert.equal(readCheckpoint(note.replace('.000Z', 'Z')), null)
    assert.equal(readCheckpoint('nothing'), null)
  })
})

describe('a signing key file', () => {
  it('is made for its owner alone, stays the same, and is refused once others may read it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-key-'))
    try {
      const path = join(folder, 'log.secret')
      const made = openSigner(path, 'met.example/audit', 'log')
      assert.equal(openSigner(path, 'met.example/audit', 'log').key, made.key)
      if (process.platform !== 'win32') {
        assert.equal(statSync(path).mode & 0o777, 0o600)
        chmodSync(path, 0o644)
        assert.throws(() => openSigner(path, 'met.example/audit', 'log'), /0600/)
      }
      assert.throws(() => openSigner(join(folder, 'other'), 'two words', 'log'), /white space/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
