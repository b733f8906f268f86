import type { ComparisonSpec, ModelSpec } from '#linkage-engine'
import { any, close, exact, namesCompared, rarity, rule, unguarded } from './linkage-parts.ts'

const given = { column: 'given' } as const
const surname = { column: 'surname' } as const
const dob = { column: 'dob' } as const
const number = { column: 'number' } as const
const postcode = { column: 'postcode' } as const
const street = { column: 'street' } as const

const place = (column: string, label: string): ComparisonSpec => ({
  name: label,
  evidence: 'place',
  columns: [column],
  levels: [
    { label: `same ${label}`, all: [exact(column)], tf: [rarity(column, 0.5)], m: 0.7, u: 0.001 },
    { label: `${label} close`, all: [close(column, 0.88)], m: 0.1, u: 0.001 },
  ],
  otherwise: { label: `another ${label}`, m: 0.2, u: 0.998 },
  maxWeight: 12,
})

const plain = (column: string, label: string, m: number, u: number): ComparisonSpec => ({
  name: label,
  evidence: 'other',
  columns: [column],
  levels: [{ label: `same ${label}`, all: [exact(column)], m, u }],
  otherwise: { label: `another ${label}`, m: 1 - m, u: 1 - u },
  maxWeight: 8,
})

/** A model for the columns of the FEBRL sets: invented Australians with an address in parts and a number of their own. */
export function febrlModel(): ModelSpec {
  return {
    ...unguarded,
    id: 'febrl',
    columns: [
      { name: 'given', from: 'given_name', kind: 'name' },
      { name: 'surname', from: 'surname', kind: 'name' },
      { name: 'dob', from: 'date_of_birth', kind: 'date' },
      { name: 'number', from: 'soc_sec_id', kind: 'id' },
      { name: 'postcode', from: 'postcode', kind: 'postcode' },
      { name: 'house', from: 'street_number', kind: 'text' },
      { name: 'street', from: 'address_1', kind: 'text' },
      { name: 'site', from: 'address_2', kind: 'text' },
      { name: 'suburb', from: 'suburb', kind: 'text' },
      { name: 'state', from: 'state', kind: 'text' },
    ],
    comparisons: [
      {
        name: 'number',
        evidence: 'identifier',
        columns: ['number'],
        levels: [
          { label: 'same number', all: [exact('number')], m: 0.8, u: 1e-6 },
          { label: 'one slip', all: [{ test: 'edits', column: 'number', atMost: 1 }], m: 0.15, u: 2e-5 },
        ],
        otherwise: { label: 'another number', m: 0.05, u: 0.99997 },
        maxWeight: 18,
      },
      place('street', 'street'),
      place('site', 'site'),
      place('suburb', 'suburb'),
      {
        name: 'postcode',
        evidence: 'place',
        columns: ['postcode'],
        levels: [
          { label: 'same postcode', all: [exact('postcode')], m: 0.8, u: 0.001 },
          {
            label: 'three digits agree',
            all: [{ test: 'postcodePart', column: 'postcode', part: 'district' }],
            m: 0.05,
            u: 0.01,
          },
        ],
        otherwise: { label: 'another postcode', m: 0.15, u: 0.99 },
        maxWeight: 12,
      },
      plain('house', 'house number', 0.8, 0.02),
      plain('state', 'state', 0.9, 0.25),
      {
        name: 'date of birth',
        evidence: 'birth',
        columns: ['dob'],
        levels: [
          { label: 'same date', all: [exact('dob')], m: 0.8, u: 3e-5 },
          {
            label: 'one slip',
            all: [any({ test: 'dateSlip', column: 'dob' }, { test: 'dayMonthSwapped', column: 'dob' })],
            m: 0.1,
            u: 0.001,
          },
          { label: 'same year', all: [{ test: 'sameYear', column: 'dob' }], m: 0.03, u: 0.01 },
        ],
        otherwise: { label: 'another date', m: 0.07, u: 0.99 },
        maxWeight: 15,
      },
      namesCompared,
    ],
    blocking: [
      rule('same number', number),
      rule('same date of birth', dob),
      rule('same names', given, surname),
      rule('same names in either order', { unordered: ['given', 'surname'] }),
      rule('same forename and postcode', given, postcode),
      rule('same surname and postcode', surname, postcode),
      rule('same street and postcode', street, postcode),
      rule('same street and house', street, { column: 'house' }),
      rule('same street and suburb', street, { column: 'suburb' }),
      rule('same site', { column: 'site' }),
    ],
    training: {
      deterministic: [
        { name: 'number and date of birth', keys: [number, dob] },
        { name: 'names and date of birth', keys: [given, surname, dob] },
      ],
      recall: 0.9,
      sessions: [
        { name: 'same date of birth', keys: [dob] },
        { name: 'same number', keys: [number] },
        { name: 'same surname and postcode', keys: [surname, postcode] },
        { name: 'same street and forename', keys: [street, given] },
      ],
    },
  }
}
