import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { leafHash } from './canonical.ts'
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  emptyRoot,
  frontierRoot,
  inclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
import type { Frontier } from './merkle.ts'

// The leaves and hashes that the reference implementation of RFC 6962 (certificate-transparency) is tested with.
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => leafHash(Buffer.from(hex, 'hex')),
)
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

function grown(hashes: readonly Buffer[]): Frontier {
  const frontier = emptyFrontier()
  for (const hash of hashes) appendLeaf(frontier, hash)
  return frontier
}

const numbered = (count: number): Buffer[] => Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`))
const oneBitOff = (hash: Buffer): Buffer => {
  const copy = Buffer.from(hash)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

describe('the Merkle tree', () => {
  it('gives the roots of the reference implementation', () => {
    assert.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.deepEqual(
      roots.map((_, index) => treeRoot(leaves, 0, index + 1).toString('hex')),
      roots,
    )
  })

  it('gives the proofs of the reference implementation', () => {
    assert.deepEqual(
      inclusionProof(leaves, 0).map((node) => node.toString('hex')),
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    )
    assert.deepEqual(
      consistencyProof(grown(leaves.slice(0, 6)), leaves.slice(6)).map((node) => node.toString('hex')),
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    )
  })

  it('grows leaf by leaf to the root that the definition gives', () => {
    const hashes = numbered(130)
    const frontier = emptyFrontier()
    for (const [index, hash] of hashes.entries()) {
      assert.deepEqual(frontierRoot(frontier), treeRoot(hashes, 0, index))
      appendLeaf(frontier, hash)
    }
    assert.equal(frontier.size, 130)
    assert.equal(frontier.peaks.length, 2)
  })

  it('proves every pair of sizes up to 40 consistent, and no changed root or proof', () => {
    const hashes = numbered(40)
    const rootAt = hashes.map((_, size) => treeRoot(hashes, 0, size))
    let proved = 0
    for (let size = 1; size < 40; size += 1) {
      for (let old = 1; old <= size; old += 1) {
        const [before, after] = [rootAt[old] as Buffer, rootAt[size] as Buffer]
        const proof = consistencyProof(grown(hashes.slice(0, old)), hashes.slice(old, size))
        assert.ok(verifyConsistency(old, before, size, after, proof), `${old} to ${size}`)
        assert.ok(!verifyConsistency(old, oneBitOff(before), size, after, proof))
        assert.ok(!verifyConsistency(old, before, size, oneBitOff(after), proof))
        assert.ok(!verifyConsistency(old, before, size, after, [...proof, emptyRoot]))
        if (proof.length > 0) assert.ok(!verifyConsistency(old, before, size, after, proof.slice(1)))
        proved += 1
      }
    }
    assert.equal(proved, 780)
  })

  it('refuses a shrunk tree and sizes that are no sizes', () => {
    assert.ok(!verifyConsistency(3, emptyRoot, 2, emptyRoot, []))
    assert.ok(!verifyConsistency(1.5, emptyRoot, 2, emptyRoot, []))
    assert.ok(!verifyConsistency(0, leafHash('not empty'), 2, emptyRoot, []))
  })

  it('proves each leaf at its place, at no other, and not another leaf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (size, at, other) => {
        const hashes = numbered(size)
        const index = at % size
        const root = treeRoot(hashes)
        const proof = inclusionProof(hashes, index)
        const leaf = hashes[index] as Buffer
        assert.ok(proof.length * 32 <= 1_024)
        assert.ok(verifyInclusion(leaf, index, size, proof, root))
        assert.ok(!verifyInclusion(leafHash('other'), index, size, proof, root))
        assert.ok(!verifyInclusion(leaf, index, size, [...proof, emptyRoot], root))
        if (other % size !== index) assert.ok(!verifyInclusion(leaf, other % size, size, proof, root))
      }),
    )
    assert.throws(() => inclusionProof(numbered(3), 3), RangeError)
  })

  it('does not prove a history in which one old leaf was changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }), fc.nat(), (old, more, at) => {
        const hashes = numbered(old + more)
        const rewritten = hashes.with(at % old, leafHash('rewritten'))
        const proof = consistencyProof(grown(rewritten.slice(0, old)), rewritten.slice(old))
        assert.ok(!verifyConsistency(old, treeRoot(hashes, 0, old), old + more, treeRoot(rewritten), proof))
      }),
    )
  })
})
