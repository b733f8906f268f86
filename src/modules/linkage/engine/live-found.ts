import type { PairSink } from './kernel.ts'
import type { Edges } from './score.ts'

/** Pairs that reached the threshold, with room for as many as come. */
export class Found implements PairSink {
  a: Int32Array
  b: Int32Array
  weight: Float64Array
  evidence: Int32Array
  count = 0
  touched = 0
  private earlier: Edges[] = []

  constructor(room: number) {
    this.a = new Int32Array(room)
    this.b = new Int32Array(room)
    this.weight = new Float64Array(room)
    this.evidence = new Int32Array(room)
  }

  full(): void {
    this.earlier.push(this.now())
    this.count = 0
  }

  /** What has come since the last time. */
  edges(): Edges {
    if (this.earlier.length === 0) return this.now()
    const all = [...this.earlier, this.now()]
    this.earlier = []
    const list = <Part extends 'a' | 'b' | 'weight' | 'evidence' | 'rule'>(part: Part): number[] =>
      all.flatMap((edges) => [...edges[part]])
    return {
      count: all.reduce((sum, { count }) => sum + count, 0),
      a: Int32Array.from(list('a')),
      b: Int32Array.from(list('b')),
      weight: Float64Array.from(list('weight')),
      evidence: Int32Array.from(list('evidence')),
      rule: Uint8Array.from(list('rule')),
    }
  }

  private now(): Edges {
    const { a, b, weight, evidence, count } = this
    return {
      count,
      a: a.slice(0, count),
      b: b.slice(0, count),
      weight: weight.slice(0, count),
      evidence: evidence.slice(0, count),
      rule: new Uint8Array(count),
    }
  }
}
