import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { build, importSplink, LinkageFailure, pairScorer, type Test } from './index.ts'

/** Settings with one comparison that has one level. */
const settingsWith = (sql: string, more: object = {}) => ({
  link_type: 'dedupe_only',
  probability_two_random_records_match: 0.001,
  blocking_rules_to_generate_predictions: ['l.a = r.a'],
  comparisons: [
    {
      output_column_name: 'thing',
      comparison_levels: [
        { sql_condition: '"a_l" IS NULL OR "a_r" IS NULL', label_for_charts: 'null', is_null_level: true },
        { sql_condition: sql, label_for_charts: 'agrees', m_probability: 0.9, u_probability: 0.1, ...more },
        { sql_condition: 'ELSE', label_for_charts: 'else', m_probability: 0.1, u_probability: 0.9 },
      ],
    },
  ],
})

const understood: readonly (readonly [sql: string, tests: readonly Test[]])[] = [
  ['"a_l" = "a_r"', [{ test: 'exact', column: 'a' }]],
  ['`a_r` = `a_l`', [{ test: 'exact', column: 'a' }]],
  ['CAST(a_l AS STRING) = a_r::VARCHAR', [{ test: 'exact', column: 'a' }]],
  ['a_l <> a_r', [{ test: 'differs', column: 'a' }]],
  ['jaro_winkler_similarity("a_l", "a_r") >= 0.92', [{ test: 'jaroWinkler', column: 'a', atLeast: 0.92 }]],
  ['jaro_winkler(a_l, a_r) >= 0.92', [{ test: 'jaroWinkler', column: 'a', atLeast: 0.92 }]],
  ['0.92 <= jaro_sim(a_l, a_r)', [{ test: 'jaro', column: 'a', atLeast: 0.92 }]],
  ['jaro_similarity(a_l, a_r) > 0.5', [{ test: 'jaro', column: 'a', atLeast: 0.5000000000000001 }]],
  ['levenshtein(a_l, a_r) < 3', [{ test: 'levenshtein', column: 'a', atMost: 2 }]],
  ['damerau_levenshtein(a_l, a_r) <= 1', [{ test: 'damerau', column: 'a', atMost: 1 }]],
  [
    `ABS(EPOCH(try_strptime("a_l", '%Y-%m-%d')) - EPOCH(try_strptime("a_r", '%Y-%m-%d'))) <= 2629800.0`,
    [{ test: 'daysWithin', column: 'a as calendar', days: 30 }],
  ],
  [
    `abs(datediff(date(try_to_timestamp(a_l, 'yyyy-MM-dd')), date(try_to_timestamp(a_r, 'yyyy-MM-dd')))) <= floor(31557600.0 / 86400)`,
    [{ test: 'daysWithin', column: 'a as calendar', days: 365 }],
  ],
  ['ABS("a_l" - "a_r") <= 2', [{ test: 'numberWithin', column: 'a', atMost: 2 }]],
  ['array_length(list_intersect("a_l", "a_r")) >= 2', [{ test: 'overlap', column: 'a as list', atLeast: 2 }]],
  ['SIZE(ARRAY_INTERSECT(a_l, a_r)) > 0', [{ test: 'overlap', column: 'a as list', atLeast: 1 }]],
  [
    '"a_l" = "b_r" AND "a_r" = "b_l"',
    [{ test: 'reversed', columns: ['a', 'b'], ways: 'both' }],
  ],
  [
    '(a_l = b_r) OR (b_l = a_r)',
    [{ test: 'reversed', columns: ['a', 'b'], ways: 'either' }],
  ],
  [
    'a_l = a_r AND (b_l = b_r OR levenshtein(c_l, c_r) <= 1)',
    [
      { test: 'exact', column: 'a' },
      { test: 'any', of: [{ test: 'exact', column: 'b' }, { test: 'levenshtein', column: 'c', atMost: 1 }] },
    ],
  ],
  ['SUBSTR(LOWER(a_l), 1, 3) = SUBSTR(LOWER(a_r), 1, 3)', [{ test: 'exact', column: 'a lower first 3' }]],
  [
    `NULLIF(regexp_extract("a_l", '^[A-Za-z]{1,2}', 0), '') = NULLIF(regexp_extract("a_r", '^[A-Za-z]{1,2}', 0), '')`,
    [{ test: 'exact', column: 'a ^[A-Za-z]{1,2}' }],
  ],
] // prettier-ignore

const refused: readonly (readonly [sql: string, why: RegExp])[] = [
  ['a_l = b_r', /two different things/],
  ['a_l IS NULL', /one side alone/],
  ['a_l = b_r AND a_l = a_r', /one mention what it does not say of the other/],
  ['NOT (a_l = a_r)', /not\(\)/],
  ['a_l > a_r', /compared by >/],
  ["a_l = 'John' AND a_r = 'John'", /not a column/],
  ['jaccard(a_l, a_r) >= 0.9', /jaccard/],
  ['jaro_winkler_similarity(a_l, b_r) >= 0.9', /two different things/],
  ['jaro_winkler_similarity(a_l, a_r) <= 0.9', /jaro_winkler_similarity\(\) <= 0.9/],
  [`regexp_extract(a_l, 'x', 0) = regexp_extract(a_r, 'x', 0)`, /regexp_extract/],
  [`NULLIF(regexp_extract(a_l, '(a+)+b', 0), '') = NULLIF(regexp_extract(a_r, '(a+)+b', 0), '')`, /pattern/],
  ['SUBSTR(a_l, 2, 3) = SUBSTR(a_r, 2, 3)', /first letter/],
  ["list_max(list_transform(flatten(a_l), x -> x)) >= 0.9", /./],
  ['a_l LIKE a_r', /"LIKE"/],
  ['a_l = ', /ends too soon/],
  [`${'('.repeat(200)}a_l = a_r${')'.repeat(200)}`, /too deep/],
  ['a_l = a_r; drop table x', /./],
] // prettier-ignore

describe('settings from Splink', () => {
  for (const [sql, tests] of understood) {
    it(`are understood: ${sql}`, () => {
      const { model: read } = importSplink(settingsWith(sql))
      assert.deepEqual(read.spec.comparisons[0]?.levels[0]?.all, tests)
      assert.deepEqual(read.params[0], { m: [0.9, 0.1], u: [0.1, 0.9] })
    })
  }
  for (const [sql, why] of refused) {
    it(`are refused, by comparison and level: ${sql.slice(0, 60)}`, () => {
      assert.throws(
        () => importSplink(settingsWith(sql)),
        (error) => {
          assert.ok(error instanceof LinkageFailure, String(error))
          assert.equal(error.code, 'linkage.splink_not_read')
          assert.match(error.message, /comparison "thing", level "agrees"/)
          return why.test(error.message)
        },
      )
    })
  }

  it('may be of Splink 4 or 5 and say rules as text or with their dialect', () => {
    const base = settingsWith('a_l = a_r')
    const rule = { blocking_rule: '(SUBSTR(l.a, 1, 3) = SUBSTR(r.a, 1, 3)) AND (l."b" = r."b")', sql_dialect: 'duckdb' }
    for (const more of [{ bayes_factor_column_prefix: 'bf_' }, { match_weight_column_prefix: 'mw_' }]) {
      const { model: read } = importSplink({
        ...base,
        ...more,
        blocking_rules_to_generate_predictions: [rule, 'l.b = r.b'],
      })
      assert.deepEqual(
        read.spec.blocking.map(({ keys }) => keys),
        [[{ column: 'a first 3' }, { column: 'b' }], [{ column: 'b' }]],
      )
    }
  })

  it('are refused where a rule, a link or a probability is not understood', () => {
    const base = settingsWith('a_l = a_r')
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ ...base, link_type: 'link_only' }, /link_type/],
      [{ ...base, blocking_rules_to_generate_predictions: ['l.a = r.b'] }, /blocking rule 1 .*two different things/],
      [{ ...base, blocking_rules_to_generate_predictions: [{ blocking_rule: 'l.a = r.a', arrays_to_explode: ['a'] }] }, /rule 1/],
      [settingsWith('a_l = a_r', { m_probability: undefined }), /level "agrees".*no m_probability: train/],
      [settingsWith('levenshtein(a_l, a_r) <= 1', { tf_adjustment_column: 'a' }), /level "agrees".*plain equality/],
      [{ ...base, comparisons: [{ output_column_name: 'x', comparison_levels: [] }] }, /comparison "x".*ELSE/],
      ['settings', /not an object/],
    ] // prettier-ignore
    for (const [settings, why] of wrong) assert.throws(() => importSplink(settings), why)
  })

  it('link nothing by themselves: what Splink claims is not calibrated', () => {
    const { model: read } = importSplink(settingsWith('a_l = a_r'))
    assert.ok(Math.max(...read.calibration.probabilities) < read.spec.bands.autoLink)
  })

  it('take the frequency of the side that has the value, and the least that the level says', () => {
    const settings = settingsWith('a_l = a_r', {
      tf_adjustment_column: 'b',
      tf_adjustment_weight: 1,
      tf_minimum_u_value: 0.05,
      disable_tf_exact_match_detection: true,
    })
    const { model: read } = importSplink(settings, {
      termFrequencies: [{ column: 'b', values: [['rare', 0.01], ['common', 0.4]] }], // prettier-ignore
    })
    const rows = ['rare', 'rare', 'common', '', '', 'unheard of'].map((b, at) => ({ id: String(at), a: 'same', b }))
    const { partsOf } = pairScorer(build(rows, read.spec), read)
    const rarity = (a: number, b: number): number => partsOf(a, b)[0]!.rarity
    assert.equal(rarity(0, 1), Math.log2(0.1) - Math.log2(0.05))
    assert.equal(rarity(0, 2), Math.log2(0.1) - Math.log2(0.4))
    assert.equal(rarity(2, 3), Math.log2(0.1) - Math.log2(0.4))
    assert.equal(rarity(3, 4), 0)
    assert.equal(rarity(3, 5), 0)
  })
})
