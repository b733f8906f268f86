import { hash } from 'node:crypto'

// Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162). All functions take leaf hashes, not entries. Positions are
// counted from 0 and kept as numbers, so arithmetic is used instead of 32-bit shifts.

/** The root of a tree without leaves: sha256 of nothing. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer')

/** The hash of an inner node: sha256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const both = Buffer.allocUnsafe(65)
  both[0] = 1
  both.set(left, 1)
  both.set(right, 33)
  return hash('sha256', both, 'buffer')
}

// The largest power of two smaller than `count`: where RFC 6962 splits a tree of `count` leaves.
function splitAt(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

/** The root over the leaves from `from` up to but without `to`, by the definition itself. */
export function treeRoot(leaves: readonly Buffer[], from = 0, to = leaves.length): Buffer {
  if (to <= from) return emptyRoot
  if (to - from === 1) return leaves[from] as Buffer
  const middle = from + splitAt(to - from)
  return nodeHash(treeRoot(leaves, from, middle), treeRoot(leaves, middle, to))
}

/**
 * A tree that can only grow: its size and the roots of its full subtrees, largest first. It is at most 53 hashes long,
 * and is all that is needed to add a leaf or to know the root.
 */
export interface Frontier {
  size: number
  readonly peaks: Buffer[]
}

/** A tree without leaves. */
export function emptyFrontier(): Frontier {
  return { size: 0, peaks: [] }
}

/** A copy that grows on its own. */
export function copyFrontier(frontier: Frontier): Frontier {
  return { size: frontier.size, peaks: [...frontier.peaks] }
}

/** Adds one leaf hash at the end of the tree. */
export function appendLeaf(frontier: Frontier, leaf: Buffer): void {
  let node = leaf
  for (let rest = frontier.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    node = nodeHash(frontier.peaks.pop() as Buffer, node)
  }
  frontier.peaks.push(node)
  frontier.size += 1
}

/** The root of a growing tree. */
export function frontierRoot(frontier: Frontier): Buffer {
  return frontier.peaks.length === 0 ? emptyRoot : frontier.peaks.reduceRight((right, left) => nodeHash(left, right))
}

/**
 * The hashes that show leaf `index` is in the tree over `leaves`, lowest first.
 * Source: RFC 6962 section 2.1.1.
 * @throws RangeError when there is no such leaf
 */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`)
  const proof: Buffer[] = []
  const walk = (from: number, to: number): void => {
    if (to - from === 1) return
    const middle = from + splitAt(to - from)
    if (index < middle) {
      walk(from, middle)
      proof.push(treeRoot(leaves, middle, to))
    } else {
      walk(middle, to)
      proof.push(treeRoot(leaves, from, middle))
    }
  }
  walk(0, leaves.length)
  return proof
}

/**
 * Whether `proof` shows that `leaf` is at `index` in the tree of `size` leaves with `root`.
 * Source: RFC 9162 section 2.1.3.2.
 */
export function verifyInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let position = index
  let last = size - 1
  let node = leaf
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false
    if (position % 2 === 1 || position === last) {
      node = nodeHash(sibling, node)
      while (position % 2 === 0 && position !== 0) {
        position /= 2
        last = Math.floor(last / 2)
      }
    } else {
      node = nodeHash(node, sibling)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && node.equals(root)
}

/**
 * The hashes that show the tree `old` is the beginning of the tree that has the leaves `added` after it. Needs only the
 * frontier of the old tree, never its leaves.
 * Source: RFC 6962 section 2.1.2.
 */
export function consistencyProof(old: Frontier, added: readonly Buffer[]): Buffer[] {
  const size = old.size
  const proof: Buffer[] = []
  if (size === 0 || added.length === 0) return proof
  // Every hash left of `size` that the proof asks for is a peak of the old tree; `peak` counts those passed.
  const walk = (from: number, to: number, peak: number, isWhole: boolean): void => {
    if (size === to) {
      if (!isWhole) proof.push(old.peaks[peak] as Buffer)
      return
    }
    const middle = from + splitAt(to - from)
    if (size <= middle) {
      walk(from, middle, peak, isWhole)
      proof.push(treeRoot(added, middle - size, to - size))
    } else {
      walk(middle, to, peak + 1, false)
      proof.push(old.peaks[peak] as Buffer)
    }
  }
  walk(0, size + added.length, 0, true)
  return proof
}

/**
 * Whether `proof` shows that the tree of `oldSize` leaves with `oldRoot` is the beginning of the tree of `size` leaves
 * with `root`. A tree is consistent with itself and with the empty tree, by an empty proof.
 * Source: RFC 9162 section 2.1.4.2.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Buffer,
  size: number,
  root: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(size) || oldSize < 0 || oldSize > size) return false
  if (proof.some((node) => node.length !== 32)) return false
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root)
  if (oldSize === 0) return proof.length === 0 && oldRoot.equals(emptyRoot)
  let position = oldSize - 1
  let last = size - 1
  while (position % 2 === 1) {
    position = (position - 1) / 2
    last = Math.floor(last / 2)
  }
  // A full old tree is itself the first node of the path, and the proof leaves it out.
  const path = position === 0 ? [oldRoot, ...proof] : proof
  const first = path[0]
  if (first === undefined) return false
  let before = first
  let after = first
  for (const node of path.slice(1)) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      before = nodeHash(node, before)
      after = nodeHash(node, after)
      while (position % 2 === 0 && position !== 0) {
        position /= 2
        last = Math.floor(last / 2)
      }
    } else {
      after = nodeHash(after, node)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && before.equals(oldRoot) && after.equals(root)
}
