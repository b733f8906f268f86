import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import {
  build,
  defaultModel,
  exportSplink,
  frequenciesOf,
  importSplink,
  score,
  train,
  type Dataset,
  type SplinkFrequencies,
  type SplinkSettings,
  type TrainedModel,
} from './index.ts'
import { difficultMentions, exportedRows, groups, namesakeMentions, splinkQuery } from './splink.fixture.ts'
import { librarySettings, plainPeople } from './splink-library.fixture.ts'

const everything = { threshold: Number.NEGATIVE_INFINITY }

describe('settings run as SQL', () => {
  let db: DuckDBConnection
  before(async () => {
    db = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  })
  after(() => {
    db.closeSync()
  })

  async function put(name: string, columns: readonly string[], types: string, rows: readonly (readonly string[])[]) {
    await db.run(`create or replace table ${name} (${columns.map((column) => `${column} ${types}`).join(', ')})`)
    const appender = await db.createAppender(name)
    for (const row of rows) {
      for (const value of row) {
        if (value === '') appender.appendNull()
        else appender.appendVarchar(value)
      }
      appender.endRow()
    }
    appender.closeSync()
  }

  /** Pairs and weights as the database finds them. */
  async function asked(
    settings: SplinkSettings,
    rows: readonly Record<string, string>[],
    frequencies: readonly SplinkFrequencies[],
  ): Promise<Map<string, number>> {
    const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== 'id')
    await put(
      'mentions',
      columns,
      'varchar',
      rows.map((row) => columns.map((column) => row[column] ?? '')),
    )
    for (const { column, values } of frequencies) {
      const texts = values.map(([value, frequency]) => [value, String(frequency)])
      await put('given', [column, 'f'], 'varchar', texts)
      await db.run(`create or replace table tf_${column} as select ${column}, f::double as tf_${column} from given`)
    }
    const found = await db.runAndReadAll(splinkQuery(settings))
    return new Map(found.getRows().map(([a, b, weight]) => [`${String(a)} ${String(b)}`, Number(weight)]))
  }

  function assertSame(dataset: Dataset, model: TrainedModel, found: ReadonlyMap<string, number>): void {
    const { edges } = score(dataset, model, everything)
    assert.ok(edges.count > 2000, `only ${edges.count} pairs`)
    assert.equal(found.size, edges.count)
    for (let edge = 0; edge < edges.count; edge++) {
      const pair = `${dataset.ids[edges.a[edge]!]} ${dataset.ids[edges.b[edge]!]}`
      const weight = found.get(pair)
      assert.ok(weight !== undefined, `the database does not have ${pair}`)
      const off = Math.abs(weight - edges.weight[edge]!)
      assert.ok(off <= 1e-9, `${pair}: ${weight} there, ${edges.weight[edge]} here`)
    }
  }

  it('gives the pairs and weights of our own scoring, for the default model on difficult names', async () => {
    const dataset = build(difficultMentions(3000, 11), defaultModel(), groups)
    const model = train(dataset, defaultModel())
    const exported = exportSplink(dataset, model, { dialect: 'duckdb' })
    assert.deepEqual(exported.sidecar.warnings, [])
    const found = await asked(exported.settings, exportedRows(dataset, exported), exported.termFrequencies)
    assertSame(dataset, model, found)
  })

  it('gives the same for names that several people have', async () => {
    const dataset = build(namesakeMentions(1500, 4), defaultModel(), groups)
    const model = train(dataset, defaultModel())
    assert.ok(frequenciesOf(dataset, defaultModel()).get('namesakes')!.counts.size > 3)
    const exported = exportSplink(dataset, model, { dialect: 'duckdb' })
    const found = await asked(exported.settings, exportedRows(dataset, exported), exported.termFrequencies)
    assertSame(dataset, model, found)
  })

  it('gives the same where most of a comparison cuts rarity and where it never does', async () => {
    for (const most of [4, 60]) {
      const spec = defaultModel()
      const comparisons = spec.comparisons.map((comparison) => ({ ...comparison, maxWeight: most }))
      const dataset = build(difficultMentions(1500, 12), { ...spec, comparisons }, groups)
      const model = train(dataset, { ...spec, comparisons })
      const exported = exportSplink(dataset, model, { dialect: 'duckdb' })
      const found = await asked(exported.settings, exportedRows(dataset, exported), exported.termFrequencies)
      assertSame(dataset, model, found)
    }
  })

  it('is read back from Splink’s own comparisons as what the database makes of them', async () => {
    const rows = plainPeople(1200, 13)
    const { model } = importSplink(librarySettings)
    const dataset = build(rows, model.spec)
    const frequencies = exportSplink(dataset, model, { dialect: 'duckdb' }).termFrequencies
    const found = await asked(librarySettings, rows, frequencies)
    assertSame(dataset, model, found)
    const levelsMet = new Set([...found.values()].map((weight) => weight.toFixed(6)))
    assert.ok(levelsMet.size > 300, `only ${levelsMet.size} different weights`)
  })
})
