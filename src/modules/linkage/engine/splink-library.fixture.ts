import { seededRandom } from './random.ts'
import type { SplinkSettings } from './splink-export.ts'

type Level = SplinkSettings['comparisons'][number]['comparison_levels'][number]

const silent = (sql: string): Level => ({ sql_condition: sql, label_for_charts: 'null', is_null_level: true })
const level = (sql: string, m: number, u: number, more: Partial<Level> = {}): Level => ({
  sql_condition: sql,
  label_for_charts: sql,
  m_probability: m,
  u_probability: u,
  ...more,
})
const otherwise = level('ELSE', 0.1, 0.9)
const comparison = (name: string, ...levels: readonly Level[]): SplinkSettings['comparisons'][number] => ({
  output_column_name: name,
  comparison_description: name,
  comparison_levels: levels,
})
const day = (side: string): string => `EPOCH(try_strptime("born_${side}", '%Y-%m-%d'))`
const outward = (side: string): string =>
  `NULLIF(regexp_extract("postcode_${side}", '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?', 0), '')`
const user = (side: string): string => `NULLIF(regexp_extract(email_${side}, '^[^@]+', 0), '')`

/** A model in the forms of SQL that Splink's comparison library writes for DuckDB. */
export const librarySettings: SplinkSettings = {
  link_type: 'dedupe_only',
  sql_dialect: 'duckdb',
  unique_id_column_name: 'unique_id',
  probability_two_random_records_match: 0.001,
  comparisons: [
    comparison(
      'forename',
      silent('"forename_l" IS NULL OR "forename_r" IS NULL'),
      level('"forename_l" = "forename_r"', 0.5, 0.01, { tf_adjustment_column: 'forename', tf_adjustment_weight: 1 }),
      level('jaro_winkler_similarity("forename_l", "forename_r") >= 0.92', 0.1, 0.002, {
        tf_adjustment_column: 'forename',
        tf_adjustment_weight: 0.5,
        tf_minimum_u_value: 0.01,
      }),
      level('jaro_winkler_similarity("forename_l", "forename_r") >= 0.7', 0.1, 0.02),
      level('jaro_similarity("forename_l", "forename_r") > 0.6', 0.05, 0.04),
      otherwise,
    ),
    comparison(
      'both names',
      silent('("forename_l" IS NULL OR "forename_r" IS NULL) AND (surname_l IS NULL OR surname_r IS NULL)'),
      level('forename_l = forename_r AND surname_l = surname_r', 0.4, 0.001),
      level('"forename_l" = "surname_r" AND "forename_r" = "surname_l"', 0.05, 0.0005),
      level('LOWER(surname_l) = LOWER(surname_r)', 0.2, 0.01),
      level('levenshtein(surname_l, surname_r) <= 1 OR damerau_levenshtein("surname_l", "surname_r") <= 2', 0.1, 0.02),
      level('SUBSTR(surname_l, 1, 2) = SUBSTR(surname_r, 1, 2)', 0.05, 0.05),
      otherwise,
    ),
    comparison(
      'born',
      silent(`try_strptime("born_l", '%Y-%m-%d') IS NULL OR try_strptime("born_r", '%Y-%m-%d') IS NULL`),
      level('"born_l" = "born_r"', 0.6, 0.002),
      level('damerau_levenshtein("born_l", "born_r") <= 1', 0.2, 0.02),
      level(`ABS(${day('l')} - ${day('r')}) <= 2629800.0`, 0.05, 0.01),
      level(`ABS(${day('l')} - ${day('r')}) <= 31557600.0`, 0.03, 0.1),
      otherwise,
    ),
    comparison(
      'postcode',
      silent('postcode_l IS NULL OR postcode_r IS NULL'),
      level('CAST("postcode_l" AS TEXT) = CAST("postcode_r" AS TEXT)', 0.5, 0.01),
      level(`${outward('l')} = ${outward('r')}`, 0.2, 0.1),
      otherwise,
    ),
    comparison(
      'email',
      silent('email_l IS NULL OR email_r IS NULL'),
      level('email_l::VARCHAR = email_r::VARCHAR', 0.5, 0.001),
      level(`${user('l')} = ${user('r')}`, 0.2, 0.002),
      level(`jaro_winkler_similarity(${user('l')}, ${user('r')}) >= 0.88`, 0.1, 0.01),
      otherwise,
    ),
    comparison(
      'phones',
      silent('phones_l IS NULL OR phones_r IS NULL'),
      level(`array_length(list_intersect(string_split(phones_l, '|'), string_split(phones_r, '|'))) >= 2`, 0.2, 0.001),
      level(`array_length(list_intersect(string_split(phones_l, '|'), string_split(phones_r, '|'))) >= 1`, 0.3, 0.01),
      otherwise,
    ),
    comparison(
      'age',
      silent('age_l IS NULL OR age_r IS NULL'),
      level('ABS(CAST("age_l" AS DOUBLE) - CAST("age_r" AS DOUBLE)) <= 2', 0.8, 0.2),
      otherwise,
    ),
  ],
  blocking_rules_to_generate_predictions: [
    { blocking_rule: '(l."surname" = r."surname") AND (l."born" = r."born")', sql_dialect: 'duckdb' },
    { blocking_rule: 'SUBSTR(l.forename, 1, 3) = SUBSTR(r.forename, 1, 3)', sql_dialect: 'duckdb' },
    { blocking_rule: 'l.postcode = r.postcode', sql_dialect: 'duckdb' },
  ],
  retain_matching_columns: false,
  retain_intermediate_calculation_columns: false,
  additional_columns_to_retain: [],
}

/** People as plain text, ASCII only: databases that compare bytes and those that compare letters agree on it. */
export function plainPeople(count: number, seed: number): ({ readonly id: string } & Record<string, string>)[] {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const word = (): string =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(['ma', 'ri', 'an', 'jo', 'hn', 'el'])).join('')
  const names = Array.from({ length: 60 }, word)
  const gap = (value: string): string => (random() < 0.1 ? '' : value)
  const number = (): string => `07${Math.floor(random() * 60)}`
  return Array.from({ length: count }, (_, at) => {
    const id = String(at).padStart(6, '0')
    const [forename, surname] = [pick(names), random() < 0.2 ? pick(names).toUpperCase() : pick(names)]
    return {
      id,
      unique_id: id,
      forename: gap(forename),
      surname: gap(surname),
      born: gap(
        `${1990 + Math.floor(random() * 3)}-${pick(['01', '02', '1', '12'])}-${pick(['01', '02', '29', '30', '60'])}`,
      ),
      postcode: gap(`${pick(['E1', 'SE10', 'n1'])} ${pick(['1AB', '2CD'])}`),
      email: gap(`${pick(names)}${pick(['', '.x'])}@${pick(['a.uk', 'b.uk'])}`),
      phones: gap([...new Set([number(), number(), number()])].join('|')),
      age: gap(String(20 + Math.floor(random() * 20))),
    }
  })
}
