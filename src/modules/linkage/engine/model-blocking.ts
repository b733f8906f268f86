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
  {
    name: 'born on one day, same initial of the forename',
    keys: [{ column: 'dob' }, { column: 'given', part: 'initial' }],
    cap: 400,
    refine: [district],
  },
  {
    name: 'born on one day, same initial of the surname',
    keys: [{ column: 'dob' }, { column: 'surname', part: 'prefix', length: 1 }],
    cap: 400,
    refine: [district],
  },
  {
    name: 'one postcode, same initial of the forename',
    keys: [{ column: 'postcode' }, { column: 'given', part: 'initial' }],
    cap: 200,
    refine: [year],
  },
  { name: 'one postcode, born in one year', keys: [{ column: 'postcode' }, year], cap: 200 },
  {
    name: 'same surname, same initial, born in one year',
    keys: [{ column: 'surname' }, { column: 'given', part: 'initial' }, year],
    cap: 400,
    refine: [district],
  },
  {
    name: 'same beginnings of both names',
    keys: [
      { column: 'given', part: 'prefix', length: 3 },
      { column: 'surname', part: 'prefix', length: 4 },
    ],
    cap: 200,
    refine: refineByYearThenPlace,
  },
  {
    name: 'same rare surname',
    keys: [{ column: 'surname', part: 'canonical' }],
    cap: 40,
    refine: [year, { column: 'given', part: 'phonetic' }, district],
  },
  {
    name: 'same rare forename',
    keys: [{ column: 'given', part: 'canonical' }],
    cap: 40,
    refine: [year, { column: 'surname', part: 'phonetic' }, district],
  },
  { name: 'one postcode', keys: [{ column: 'postcode' }], cap: 40, refine: [year] },
  { name: 'born on one day', keys: [{ column: 'dob' }], cap: 40, refine: [district] },
  { name: 'same email', keys: [{ column: 'email' }], cap: 100, refine: [{ column: 'given', part: 'canonical' }] },
  { name: 'same surname, one address', keys: [{ column: 'surname' }, { column: 'address' }], cap: 200 },
  {
    name: 'same forename, one address',
    keys: [{ column: 'given', part: 'canonical' }, { column: 'address' }],
    cap: 200,
  },
  { name: 'born on one day, one town', keys: [{ column: 'dob' }, { column: 'town' }], cap: 200, refine: [district] },
  { name: 'same surname, one town', keys: [{ column: 'surname' }, { column: 'town' }], cap: 200, refine: [year] },
  {
    name: 'same forename, one town',
    keys: [{ column: 'given', part: 'canonical' }, { column: 'town' }],
    cap: 200,
    refine: [year, { column: 'occupation' }],
  },
  { name: 'same date of birth and district', keys: [{ column: 'dob' }, district] },
  {
    name: 'known as the forename of another, same surname',
    keys: [{ unordered: ['alias', 'surname'] }],
    cap: 400,
    refine: refineByYearThenPlace,
  },
]
