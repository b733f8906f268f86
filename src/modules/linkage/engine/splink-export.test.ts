import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  build,
  defaultModel,
  exportSplink,
  importSplink,
  LinkageFailure,
  pairScorer,
  score,
  train,
  type ModelSpec,
  type SplinkExport,
  type Test,
  type TrainedModel,
} from './index.ts'
import { jaroWinkler } from './compare.ts'
import { sparkJaroAtLeast, sparkJaroWinklerAtLeast, withoutWrittenJaro } from './splink-jaro.ts'
import { difficultMentions, exportedRows, groups } from './splink.fixture.ts'

const everything = { threshold: Number.NEGATIVE_INFINITY }
const dataset = build(difficultMentions(1200, 5), defaultModel(), groups)
const model = train(dataset, defaultModel())
const dialects = ['duckdb', 'spark'] as const
const exports: Readonly<Record<'duckdb' | 'spark', SplinkExport>> = {
  duckdb: exportSplink(dataset, model, { dialect: 'duckdb' }),
  spark: exportSplink(dataset, model, { dialect: 'spark' }),
}

const conditionsOf = ({ settings }: SplinkExport): string[] => [
  ...settings.comparisons.flatMap(({ comparison_levels: levels }) => levels.map(({ sql_condition: sql }) => sql)),
  ...settings.blocking_rules_to_generate_predictions.map(({ blocking_rule: rule }) => rule),
]

// What both Splink 4.0.0 and 5.0.0 take; anything else makes one of them refuse the file.
const allowed = {
  settings:
    'link_type sql_dialect unique_id_column_name probability_two_random_records_match comparisons blocking_rules_to_generate_predictions retain_matching_columns retain_intermediate_calculation_columns additional_columns_to_retain em_convergence max_iterations source_dataset_column_name term_frequency_adjustment_column_prefix comparison_vector_value_column_prefix linker_uid',
  comparison: 'output_column_name comparison_levels comparison_description',
  level:
    'sql_condition label_for_charts is_null_level m_probability u_probability tf_adjustment_column tf_adjustment_weight tf_minimum_u_value disable_tf_exact_match_detection',
  rule: 'blocking_rule sql_dialect',
}
const unknownKeys = (value: object, known: string): string[] =>
  Object.keys(value).filter((key) => !known.split(' ').includes(key))

describe('settings for Splink', () => {
  for (const dialect of dialects) {
    const exported = exports[dialect]
    it(`hold only keys that Splink 4 and 5 both know (${dialect})`, () => {
      const { settings } = exported
      assert.deepEqual(unknownKeys(settings, allowed.settings), [])
      for (const comparison of settings.comparisons) {
        assert.deepEqual(unknownKeys(comparison, allowed.comparison), [])
        const levels = comparison.comparison_levels
        for (const level of levels) {
          assert.deepEqual(unknownKeys(level, allowed.level), [])
          assert.equal(level.m_probability === undefined, level.is_null_level === true)
          assert.ok(level.is_null_level || (level.u_probability ?? 0) >= 1e-300)
        }
        assert.ok(levels.filter((level) => !level.is_null_level).length >= 2)
        assert.equal(levels.at(-1)?.sql_condition, 'ELSE')
      }
      for (const rule of settings.blocking_rules_to_generate_predictions) {
        assert.deepEqual(unknownKeys(rule, allowed.rule), [])
        assert.equal(rule.sql_dialect, dialect)
      }
      assert.deepEqual(JSON.parse(JSON.stringify(settings)), settings)
    })

    it(`say every condition in bare lower-case names of columns that are there (${dialect})`, () => {
      const columns = new Set(exported.columns.map(({ name }) => name))
      assert.equal(columns.size, exported.columns.length)
      for (const column of columns) assert.match(column, /^[a-z][a-z0-9_]*$/)
      let looked = 0
      for (const condition of conditionsOf(exported)) {
        assert.doesNotMatch(condition, /["`]/)
        for (const [, before, after] of condition.matchAll(/\b[lr]\.(\w+)|\b(\w+)_[lr]\b/g)) {
          const name = before ?? after ?? ''
          assert.ok(columns.has(name), `${name} in ${condition}`)
          looked++
        }
      }
      assert.ok(looked > 300)
      for (const { column, values } of exported.termFrequencies) {
        const at = exported.columns.find(({ name }) => name === column)
        const known = new Map(values)
        assert.equal(known.size, values.length)
        dataset.ids.forEach((_, position) => {
          const value = at?.valueOf(position) ?? null
          assert.ok(value === null || (known.get(value) ?? 0) > 0, `${column} lacks a frequency`)
        })
      }
    })

    it(`score the same when they are read back (${dialect})`, () => {
      const read = importSplink(JSON.parse(JSON.stringify(exported.settings)), {
        termFrequencies: exported.termFrequencies,
      })
      assert.equal(read.uniqueId, 'unique_id')
      const again = build(exportedRows(dataset, exported), read.model.spec)
      const ours = score(dataset, model, everything).edges
      const theirs = score(again, read.model, everything)
      assert.equal(theirs.edges.count, ours.count)
      const { weightOf } = pairScorer(again, read.model)
      for (let edge = 0; edge < ours.count; edge++) {
        const off = weightOf(ours.a[edge]!, ours.b[edge]!) - ours.weight[edge]!
        assert.ok(Math.abs(off) <= 1e-9, `pair ${edge} is off by ${off}`)
      }
      assert.ok(ours.count > 1000)
    })
  }

  it('never say in one dialect what only the other has', () => {
    const words = {
      duckdb: /list_|string_split|_similarity|\blen\(/,
      spark: /arrays_|array_|\bsplit\(|jaro_winkler\(|\bsize\(/,
    }
    const all = (dialect: 'duckdb' | 'spark'): string => conditionsOf(exports[dialect]).join('\n')
    assert.match(all('duckdb'), words.duckdb)
    assert.match(all('spark'), words.spark)
    assert.doesNotMatch(all('duckdb'), words.spark)
    assert.doesNotMatch(all('spark'), words.duckdb)
  })

  it('have a comparison for rarity beside each that has rare values, which adds nothing else', () => {
    const names = exports.duckdb.settings.comparisons.map(({ output_column_name: name }) => name)
    assert.deepEqual(names, [
      'source_number', 'custody_number', 'sex', 'phone', 'phone_rarity', 'email', 'email_rarity', 'postcode',
      'postcode_rarity', 'address', 'address_rarity', 'town', 'town_rarity', 'occupation', 'occupation_rarity',
      'date_of_birth', 'other_party', 'middle_names', 'middle_names_rarity', 'name', 'name_rarity',
    ]) // prettier-ignore
    for (const { output_column_name: name, comparison_levels: levels } of exports.duckdb.settings.comparisons) {
      for (const level of levels) {
        if (name.endsWith('_rarity')) assert.equal(level.m_probability, level.u_probability)
        else assert.equal(level.tf_adjustment_column, undefined)
        assert.equal(level.tf_adjustment_column !== undefined, level.disable_tf_exact_match_detection === true)
      }
    }
  })

  it('leave to a sidecar what Splink cannot hold', () => {
    const { sidecar, columns } = exports.duckdb
    assert.deepEqual(sidecar.model, model)
    assert.equal(sidecar.mentions, dataset.size)
    assert.deepEqual(sidecar.columns.map(({ name }) => name), columns.map(({ name }) => name)) // prettier-ignore
    assert.equal(sidecar.blocking.length, model.spec.blocking.length)
  })

  it('are refused where two values that may both differ make one rarity', () => {
    const spec = defaultModel()
    const close: ModelSpec = {
      ...spec,
      comparisons: [
        {
          name: 'names',
          evidence: 'name',
          columns: ['given', 'surname'],
          levels: [
            {
              label: 'both close',
              all: [
                { test: 'canonical', column: 'given' },
                { test: 'canonical', column: 'surname' },
              ],
              tf: [
                { column: 'given', weight: 1, minimum: 0.001 },
                { column: 'surname', weight: 1, minimum: 0.001 },
              ],
              m: 0.9,
              u: 0.1,
            },
          ],
          otherwise: { label: 'different', m: 0.1, u: 0.9 },
          maxWeight: 10,
        },
      ],
    }
    assert.throws(
      () => exportSplink(dataset, train(dataset, close), { dialect: 'duckdb' }),
      (error) =>
        error instanceof LinkageFailure && error.code === 'linkage.not_in_sql' && /both close/.test(error.message),
    )
  })

  it('write letters that are not ASCII as other signs, and words stay as close as they were', () => {
    const word = fc.string({ unit: fc.constantFrom(...Array.from('abcée李нג')), minLength: 4, maxLength: 9 })
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 2, maxLength: 5 }), (words) => {
        const { namesakes: _, ...plain } = defaultModel()
        const spec: ModelSpec = {
          ...plain,
          columns: [{ name: 'word', from: 'word', kind: 'key' }],
          comparisons: [comparisonOf({ test: 'jaroWinkler', column: 'word', atLeast: 0.8 })],
          blocking: [],
        }
        const rows = words.map((text, at) => ({ id: String(at), word: text }))
        const few = build(rows, spec)
        const { columns } = exportSplink(few, trainedAsIs(spec), { dialect: 'duckdb' })
        const letters =
          columns.find(({ name }) => name === 'word_letters') ?? columns.find(({ name }) => name === 'word')
        const written = words.map((_, at) => letters?.valueOf(at) ?? '')
        assert.match(written.join(''), /^[\x21-\x7e]*$/)
        assert.equal(jaroWinkler(written[0]!, written[1]!), jaroWinkler(words[0]!, words[1]!))
      }),
    )
  })

  it('warn where there are more kinds of letters than signs to write them with', () => {
    const names = Array.from({ length: 200 }, (_, at) =>
      String.fromCodePoint(...[0, 1, 2, 3].map((more) => 0x4e00 + at * 4 + more)),
    )
    const many = build(
      names.map((surname, at) => ({ id: String(at), surname })),
      defaultModel(),
    )
    const { sidecar } = exportSplink(many, train(many, defaultModel()), { dialect: 'duckdb' })
    assert.match(sidecar.warnings.join(), /surname has too many kinds of letters/)
  })

  it('write Jaro out for Spark in a form that is found again', () => {
    const winkler = sparkJaroWinklerAtLeast('word_long', 0.88)
    assert.equal(
      withoutWrittenJaro(`(a_l = a_r or ${winkler})`),
      '(a_l = a_r or jaro_winkler(word_long_l, word_long_r) >= 0.88)',
    )
    assert.equal(withoutWrittenJaro(sparkJaroAtLeast('x', 0.75)), 'jaro_sim(x_l, x_r) >= 0.75')
  })
})

function comparisonOf(test: Test): ModelSpec['comparisons'][number] {
  return {
    name: 'one',
    evidence: 'other',
    columns: [],
    levels: [{ label: 'yes', all: [test], m: 0.9, u: 0.1 }],
    otherwise: { label: 'no', m: 0.1, u: 0.9 },
    maxWeight: 20,
  }
}

function trainedAsIs(spec: ModelSpec): TrainedModel {
  const params = spec.comparisons.map(({ levels, otherwise }) => ({
    m: [...levels.map(({ m }) => m), otherwise.m],
    u: [...levels.map(({ u }) => u), otherwise.u],
  }))
  return { spec, prior: 0.01, params, shared: {}, calibration: spec.calibration, warnings: [] }
}
