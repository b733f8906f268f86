import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  broughtEdges,
  build,
  defaultModel,
  LinkageFailure,
  score,
  train,
  type BroughtEdge,
  type Edges,
} from './index.ts'
import { difficultMentions, groups } from './splink.fixture.ts'

const rows = difficultMentions(800, 21)
const dataset = build(rows, defaultModel(), groups)
const model = train(dataset, defaultModel())
const ours = score(dataset, model, { threshold: 0 }).edges
const ids = new Set(dataset.ids)

async function* edgesOf(edges: Edges, keep: (edge: BroughtEdge) => boolean, bits = 0): AsyncGenerator<BroughtEdge> {
  for (let at = edges.count - 1; at >= 0; at--) {
    // the other way round and weakest first, as another engine might have them
    const edge = { a: dataset.ids[edges.b[at]!]!, b: dataset.ids[edges.a[at]!]!, weight: edges.weight[at]! + bits }
    if (keep(edge)) yield edge
  }
}

/** Edges as lines, in one order: they come in whatever order they were found. */
const linesOf = ({ a, b, weight, evidence }: Edges): string[] =>
  Array.from(a, (one, at) => `${one} ${b[at]} ${weight[at]} ${evidence[at]}`).sort()

describe('pairs that another engine scored', () => {
  it('are the edges that scoring here gives', async () => {
    const { edges, gone, scoredHere } = await broughtEdges(
      dataset,
      model,
      ids,
      edgesOf(ours, () => true),
    )
    assert.ok(edges.count > 300)
    assert.deepEqual(linesOf(edges), linesOf(ours))
    assert.deepEqual([gone, scoredHere], [0, 0])
  })

  it('are made up by those of mentions that it did not have', async () => {
    const had = new Set(dataset.ids.filter((_, at) => at % 7 !== 0))
    const known = edgesOf(ours, ({ a, b }) => had.has(a) && had.has(b))
    const { edges, scoredHere } = await broughtEdges(dataset, model, had, known)
    assert.ok(scoredHere > 100)
    assert.deepEqual(linesOf(edges), linesOf(ours))
  })

  it('are left out where a mention no longer stands', async () => {
    const fewer = build(rows.slice(0, 700), defaultModel(), groups)
    const { edges, gone } = await broughtEdges(fewer, model, ids, edgesOf(ours, ({ a, b }) => a < 'm000600' || b > 'm000700')) // prettier-ignore
    assert.ok(gone > 0)
    assert.ok(edges.count > 0)
  })

  it('are refused when their weights are not the model’s, or a pair comes twice', async () => {
    const refusedWith = (code: string) => (error: unknown) => error instanceof LinkageFailure && error.code === code
    await assert.rejects(
      broughtEdges(
        dataset,
        model,
        ids,
        edgesOf(ours, () => true, 0.01),
      ),
      refusedWith('linkage.other_weights'),
    )
    async function* twice(): AsyncGenerator<BroughtEdge> {
      yield* edgesOf(ours, () => true)
      yield* edgesOf(ours, () => true)
    }
    await assert.rejects(broughtEdges(dataset, model, ids, twice()), refusedWith('linkage.pair_twice'))
  })
})
