import type { BlockingRule } from './spec.ts'

const year = { column: 'dob', part: 'year' } as const
const district = { column: 'postcode', part: 'district' } as const
const refineByYearThenPlace = [year, district]

/** Found by measurement to bring together most mentions of one person at some tens of pairs a mention. */
export const blockingRules: readonly BlockingRule[] = [
  { name: 'same source number', keys: [{ column: 'nominal' }], refine: [{ column: 'surname', part: 'canonical' }] },
  { name: 'same custody number', keys: [{ column: 'custody' }], refine: [{ column: 'surname', part: 'canonical' }] },
  { name: 'same surname and date of birth', keys: [{ column: 'surname' }, { column: 'dob' }] },
  { name: 'same forename and date of birth', keys: [{ column: 'given', part: 'canonical' }, { column: 'dob' }] },
  {
    name: 'same phone',
    keys: [{ column: 'phone' }],
    // A number on more mentions than this is nobody's own.
    cap: 100,
    refine: [
      { column: 'given', part: 'canonical' },
      { column: 'surname', part: 'phonetic' },
    ],
  },
  {
    name: 'same forename and postcode',
    keys: [{ column: 'given', part: 'canonical' }, { column: 'postcode' }],
    refine: [year],
  },
  { name: 'same surname and postcode', keys: [{ column: 'surname' }, { column: 'postcode' }], refine: [year] },
  {
    name: 'same names in either order',
    keys: [{ unordered: ['given', 'surname'] }],
    cap: 400,
    refine: refineByYearThenPlace,
  },
  {
    name: 'surname sounds alike, same initial, born in one month',
    keys: [
      { column: 'surname', part: 'phonetic' },
      { column: 'given', part: 'initial' },
      { column: 'dob', part: 'yearMonth' },
    ],
  },
  {
    name: 'both names sound alike, born in one year',
    keys: [{ column: 'surname', part: 'phonetic' }, { column: 'given', part: 'phonetic' }, year],
  },
  {
    name: 'both names sound alike, one district',
    keys: [{ column: 'surname', part: 'phonetic' }, { column: 'given', part: 'phonetic' }, district],
    refine: [year],
  },
  { name: 'same date of birth and district', keys: [{ column: 'dob' }, district] },
  {
    name: 'known as the forename of another, same surname',
    keys: [{ unordered: ['alias', 'surname'] }],
    cap: 400,
    refine: refineByYearThenPlace,
  },
]
