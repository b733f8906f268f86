import type { BlockingRule, ComparisonSpec, KeyExpr, Level, ModelSpec, Test } from '#linkage-engine'

// The model that both sides of `linkage` run: columns compared as they are, the levels that Splink's own comparison library makes
// for a forename, a surname, a date of birth and a postcode, and nine blocking rules. No guards, no cap that is ever met, no cohesion:
// what Splink does, so that pairs, weights and clusters can be held side by side.

/** So high that nothing is capped: Splink has no cap. */
const UNCAPPED = 1e6

const level = (label: string, test: Test, m: number, u: number, tf?: string): Level => ({
  label,
  all: [test],
  m,
  u,
  ...(tf !== undefined && { tf: [{ column: tf, weight: 1, minimum: 0 }] }),
})

function comparison(column: string, levels: readonly Level[], m: number, u: number): ComparisonSpec {
  return {
    name: column,
    evidence: 'other',
    columns: [column],
    levels,
    otherwise: { label: 'else', m, u },
    maxWeight: UNCAPPED,
  }
}

function nameComparison(column: string, thresholds: readonly number[]): ComparisonSpec {
  const alike = thresholds.map((atLeast, at) =>
    level(`Jaro-Winkler ${atLeast}`, { test: 'jaroWinkler', column, atLeast }, 0.06 / (at + 1), 0.002 * (at + 1) ** 2),
  )
  return comparison(column, [level('exact', { test: 'exact', column }, 0.75, 0.003, column), ...alike], 0.1, 0.97)
}

export const COMPARED = ['first_name', 'middle_name', 'surname', 'dob', 'postcode', 'phone', 'sex'] as const

const part = (which: 'sector' | 'district' | 'area', m: number, u: number): Level =>
  level(which, { test: 'postcodePart', column: 'postcode', part: which }, m, u)
const within = (days: number, m: number, u: number): Level =>
  level(`within ${days} days`, { test: 'daysWithin', column: 'dob', days }, m, u)

const rule = (name: string, ...keys: readonly KeyExpr[]): BlockingRule => ({ name, keys, cap: 1_000_000 })
const col = (column: string): KeyExpr => ({ column })
const prefix = (column: string, length: number): KeyExpr => ({ column, part: 'prefix', length })

export const SPLINK_MODEL: ModelSpec = {
  id: 'splink-shaped',
  version: 1,
  columns: COMPARED.map((name) => ({ name, from: name, kind: 'key' })),
  comparisons: [
    nameComparison('first_name', [0.92, 0.88, 0.7]),
    nameComparison('middle_name', [0.92]),
    nameComparison('surname', [0.92, 0.88, 0.7]),
    comparison(
      'dob',
      [
        level('exact', { test: 'exact', column: 'dob' }, 0.8, 0.0001),
        level('one edit', { test: 'damerau', column: 'dob', atMost: 1 }, 0.08, 0.002),
        // Splink's month, year and ten years, of 365.25 days.
        within(30.4375, 0.01, 0.003),
        within(365.25, 0.03, 0.03),
        within(3652.5, 0.03, 0.28),
      ],
      0.05,
      0.68,
    ),
    comparison(
      'postcode',
      [
        level('exact', { test: 'exact', column: 'postcode' }, 0.5, 0.00003, 'postcode'),
        part('sector', 0.02, 0.001),
        part('district', 0.03, 0.01),
        part('area', 0.1, 0.17),
      ],
      0.35,
      0.82,
    ),
    comparison('phone', [level('exact', { test: 'exact', column: 'phone' }, 0.6, 0.000003)], 0.4, 0.999997),
    {
      ...comparison('sex', [level('exact', { test: 'exact', column: 'sex' }, 0.98, 0.5)], 0.02, 0.5),
      follows: ['first_name'],
    },
  ],
  blocking: [
    rule('surname and dob', col('surname'), col('dob')),
    rule('first name and dob', col('first_name'), col('dob')),
    rule('postcode and first name', col('postcode'), col('first_name')),
    rule('postcode and surname', col('postcode'), col('surname')),
    rule('phone', col('phone')),
    rule('first name and surname', col('first_name'), col('surname')),
    rule('three, four and year', prefix('first_name', 3), prefix('surname', 4), prefix('dob', 4)),
    rule('two, one and month', prefix('surname', 2), prefix('first_name', 1), prefix('dob', 7)),
    rule('postcode area and dob', prefix('postcode', 3), col('dob')),
  ],
  training: {
    deterministic: [
      rule('names and dob', col('first_name'), col('surname'), col('dob')),
      rule('phone and surname', col('phone'), col('surname')),
    ],
    recall: 0.45,
    sessions: [rule('names', col('first_name'), col('surname')), rule('dob', col('dob'))],
  },
  calibration: { weights: [], probabilities: [], source: 'none' },
  // Nothing is put aside for a person: whatever reaches the weight is joined.
  bands: { autoLink: 1, review: 2 },
  cohesion: Number.NEGATIVE_INFINITY,
  largestCluster: 1000,
  guards: [],
}
