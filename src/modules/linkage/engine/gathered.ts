import type { PairSink } from './kernel.ts'

/** Pairs that reached the threshold. */
export interface GatheredPairs {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly weight: Float64Array
  readonly evidence: Int32Array
}

/** A sink that keeps all pairs that come, however many. */
export class Gathered implements PairSink {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly weight: Float64Array
  readonly evidence: Int32Array
  count = 0
  touched = 0
  private earlier: GatheredPairs[] = []

  constructor(room: number) {
    this.a = new Int32Array(room)
    this.b = new Int32Array(room)
    this.weight = new Float64Array(room)
    this.evidence = new Int32Array(room)
  }

  full(): void {
    const { count } = this
    this.earlier.push({
      a: this.a.slice(0, count),
      b: this.b.slice(0, count),
      weight: this.weight.slice(0, count),
      evidence: this.evidence.slice(0, count),
    })
    this.count = 0
  }

  /** What has come since the last time. */
  take(): GatheredPairs {
    this.full()
    const chunks = this.earlier
    this.earlier = []
    const [only] = chunks
    return chunks.length === 1 && only !== undefined ? only : joined(chunks)
  }
}

/** The pairs of several as one list, in order. */
export function joined(chunks: readonly GatheredPairs[]): GatheredPairs {
  const count = chunks.reduce((sum, { a }) => sum + a.length, 0)
  const all = {
    a: new Int32Array(count),
    b: new Int32Array(count),
    weight: new Float64Array(count),
    evidence: new Int32Array(count),
  }
  let at = 0
  for (const { a, b, weight, evidence } of chunks) {
    all.a.set(a, at)
    all.b.set(b, at)
    all.weight.set(weight, at)
    all.evidence.set(evidence, at)
    at += a.length
  }
  return all
}
