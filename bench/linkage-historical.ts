import type { BlockingRule, ComparisonSpec, Level, ModelSpec } from '#linkage-engine'
import { any, close, exact, namesCompared, rarity, rule, unguarded } from './linkage-parts.ts'

const given = { column: 'given' } as const
const forename = { column: 'given', part: 'canonical' } as const
const initial = { column: 'given', part: 'initial' } as const
const surname = { column: 'surname' } as const
const sound = { column: 'surname', part: 'phonetic' } as const
const dob = { column: 'dob' } as const
const year = { column: 'dob', part: 'year' } as const
const place = { column: 'place' } as const
const work = { column: 'work' } as const
const postcode = { column: 'postcode' } as const
const district = { column: 'postcode', part: 'district' } as const

const columns: ModelSpec['columns'] = [
  { name: 'given', from: 'first_name', kind: 'name', part: 'first' },
  { name: 'surname', from: 'surname', kind: 'name' },
  { name: 'dob', from: 'dob', kind: 'date' },
  { name: 'place', from: 'birth_place', kind: 'text' },
  { name: 'postcode', from: 'postcode_fake', kind: 'postcode' },
  { name: 'sex', from: 'gender', kind: 'sex' },
  { name: 'work', from: 'occupation', kind: 'text' },
]

const deterministic: readonly BlockingRule[] = [
  { name: 'names and date of birth', keys: [given, surname, dob] },
  { name: 'surname, postcode and date of birth', keys: [surname, postcode, dob] },
  { name: 'names and postcode', keys: [given, surname, postcode] },
]

const postcodeParts = (['sector', 'district', 'area'] as const).map((part): Level => ({
  label: `same ${part}`,
  all: [{ test: 'postcodePart', column: 'postcode', part }],
  m: 0.1,
  u: { sector: 3e-4, district: 5e-4, area: 1e-2 }[part],
}))

const same = (name: string, column: string, m: number, u: number, further: readonly Level[] = []): ComparisonSpec => ({
  name,
  evidence: 'other',
  columns: [column],
  levels: [{ label: `same ${name}`, all: [exact(column)], tf: [rarity(column)], m, u }, ...further],
  otherwise: { label: `another ${name}`, m: 1 - m, u: 1 - u },
  maxWeight: 12,
})

/** Our own model for the historical figures, whose places, dates and names are often missing, mistyped or another. */
export function historicalModel(): ModelSpec {
  return {
    ...unguarded,
    id: 'historical-figures',
    columns,
    comparisons: [
      {
        name: 'sex',
        evidence: 'other',
        columns: ['sex'],
        levels: [{ label: 'same sex', all: [exact('sex')], m: 0.9, u: 0.7 }],
        otherwise: { label: 'another sex', m: 0.1, u: 0.3 },
        maxWeight: 13,
      },
      same('occupation', 'work', 0.85, 0.04),
      same('birth place', 'place', 0.8, 0.005, [
        {
          label: 'place close',
          all: [any(close('place', 0.88), { test: 'subset', column: 'place' })],
          m: 0.03,
          u: 0.002,
        },
      ]),
      {
        name: 'postcode',
        evidence: 'place',
        columns: ['postcode'],
        levels: [
          { label: 'same postcode', all: [exact('postcode')], tf: [rarity('postcode', 0.5)], m: 0.6, u: 1e-4 },
          { label: 'one slip', all: [{ test: 'edits', column: 'postcode', atMost: 1 }], m: 0.02, u: 1e-4 },
          ...postcodeParts,
        ],
        otherwise: { label: 'another area', m: 0.1, u: 0.98 },
        maxWeight: 14,
      },
      {
        name: 'date of birth',
        evidence: 'birth',
        columns: ['dob'],
        levels: [
          // Many are known by the year, and stand on the first of January.
          { label: 'same date', all: [exact('dob')], tf: [rarity('dob')], m: 0.55, u: 1e-3 },
          { label: 'one slip', all: [{ test: 'dateSlip', column: 'dob' }], m: 0.3, u: 0.01 },
          { label: 'same year', all: [{ test: 'sameYear', column: 'dob' }], m: 0.03, u: 0.01 },
        ],
        otherwise: { label: 'another date', m: 0.05, u: 0.97 },
        maxWeight: 15,
      },
      namesCompared,
    ],
    blocking: [
      rule('same surname', surname),
      rule('same forename and date of birth', forename, dob),
      rule('same forename and postcode', forename, postcode),
      rule('same date of birth and place', dob, place),
      rule('same date of birth and district', dob, district),
      rule('same date of birth and occupation', dob, work),
      rule('same forename and place', forename, place),
      rule('same forename, year and occupation', forename, year, work),
      rule('same postcode', postcode),
      rule('same postcode sector and year', { column: 'postcode', part: 'sector' }, year),
      rule('same forename and district', forename, district),
      rule('same place and district', place, district),
      rule('surname sounds alike, same place', sound, place),
      rule('surname sounds alike, same initial and year', sound, initial, year),
      rule('surname sounds alike, same initial and occupation', sound, initial, work),
      rule(
        'same beginnings of the names',
        { column: 'given', part: 'prefix', length: 3 },
        { column: 'surname', part: 'prefix', length: 4 },
      ),
      rule('same place, year and occupation', place, year, work),
      rule('same place, year and initial', place, year, initial),
      rule('same place, occupation and initial', place, work, initial),
      rule('same beginning of the surname', { column: 'surname', part: 'prefix', length: 5 }),
      rule('same names in either order', { unordered: ['given', 'surname'] }),
    ],
    training: {
      deterministic,
      recall: 0.35,
      sessions: [
        { name: 'same names', keys: [given, surname], cap: 400 },
        { name: 'same date of birth and place', keys: [dob, place], cap: 400 },
        { name: 'same surname and place', keys: [surname, place], cap: 400 },
        { name: 'same postcode and date of birth', keys: [postcode, dob], cap: 400 },
      ],
    },
  }
}

const ladder = (column: string): readonly Level[] => [
  { label: 'same', all: [exact(column)], tf: [rarity(column)], m: 0.6, u: 0.005 },
  ...[0.92, 0.88, 0.7].map((atLeast): Level => ({
    label: `${atLeast} or more`,
    all: [close(column, atLeast)],
    m: 0.08,
    u: 0.005,
  })),
]

const compared = (column: string, levels: readonly Level[]): ComparisonSpec => ({
  name: column,
  evidence: 'other',
  columns: [column],
  levels,
  otherwise: { label: 'different', m: 0.1, u: 0.97 },
  maxWeight: 30,
})

const usual = (column: string): Level => ({
  label: 'same',
  all: [exact(column)],
  tf: [rarity(column)],
  m: 0.8,
  u: 0.02,
})

/**
 * The same file as Splink's notebook links it: its comparisons column by column, with its levels, and its four rules.
 * Source: splink@9a2ff66c docs/demos/examples/duckdb/deduplicate_50k_synthetic.ipynb
 */
export function splinkHistoricalModel(): ModelSpec {
  return {
    ...unguarded,
    id: 'historical-figures-four-rules',
    columns: columns.map((column) =>
      column.kind === 'name' ? { name: column.name, from: column.from, kind: 'text' } : column,
    ),
    comparisons: [
      compared('given', ladder('given')),
      compared('surname', ladder('surname')),
      compared('dob', [
        usual('dob'),
        { label: 'one slip', all: [{ test: 'edits', column: 'dob', atMost: 1 }], m: 0.25, u: 0.02 },
        ...[30, 365, 3652].map((days): Level => ({
          label: `within ${days} days`,
          all: [{ test: 'daysWithin', column: 'dob', days }],
          m: 0.02,
          u: 0.1,
        })),
      ]),
      compared('postcode', [usual('postcode'), ...postcodeParts]),
      compared('place', [usual('place')]),
      compared('work', [usual('work')]),
    ],
    blocking: [
      { name: 'same names', keys: [given, surname], cap: 5000 },
      { name: 'same surname and date of birth', keys: [surname, dob], cap: 5000 },
      { name: 'same forename and date of birth', keys: [given, dob], cap: 5000 },
      { name: 'same postcode and forename', keys: [postcode, given], cap: 5000 },
    ],
    training: {
      deterministic,
      recall: 0.35,
      sessions: [
        { name: 'same names', keys: [given, surname], cap: 5000 },
        { name: 'same date of birth', keys: [dob], cap: 5000 },
      ],
    },
  }
}
