import { any, canonical, closeTo, exact, nameLevels, rarity } from './model-names.ts'
import type { ComparisonSpec, Test } from './spec.ts'

const otherNames: readonly Test[] = [
  canonical('otherGiven'),
  any(canonical('otherSurname'), closeTo('otherSurname', 0.9), { test: 'subset', column: 'otherSurname' }),
]

/**
 * A couple comes to notice again and again, so who else is on the record says who this is. Relatives share their other
 * party too, which is why it may add no more than a few bits, and counts as strong only where it is surely the same.
 */
const otherParty: ComparisonSpec = {
  name: 'other party',
  evidence: 'associate',
  columns: ['otherGiven', 'otherSurname', 'otherDob'],
  levels: [
    {
      label: 'same names and date of birth',
      all: [...otherNames, { test: 'fullDate', column: 'otherDob' }],
      strong: true,
      m: 0.4,
      u: 0.000005,
    },
    {
      label: 'same date of birth, one name agrees',
      all: [{ test: 'fullDate', column: 'otherDob' }, any(...otherNames)],
      strong: true,
      m: 0.1,
      u: 0.000005,
    },
    { label: 'same names', all: otherNames, m: 0.1, u: 0.00002 },
  ],
  otherwise: { label: 'different', m: 0.4, u: 0.99997 },
  maxWeight: 8,
}

export const comparisons: readonly ComparisonSpec[] = [
  {
    name: 'source number',
    evidence: 'identifier',
    columns: ['nominal'],
    silentWhen: { test: 'otherSource', column: 'nominal' },
    levels: [
      { label: 'same number in the same source', all: [exact('nominal')], strong: true, m: 0.6, u: 0.000002 },
      {
        label: 'one slip between the numbers',
        all: [{ test: 'edits', column: 'nominal', atMost: 1 }],
        m: 0.02,
        u: 0.0002,
      },
    ],
    otherwise: { label: 'different numbers in the same source', m: 0.38, u: 0.9998 },
    maxWeight: 18,
  },
  {
    name: 'custody number',
    evidence: 'identifier',
    columns: ['custody'],
    silentWhen: { test: 'otherSource', column: 'custody' },
    levels: [{ label: 'same custody number', all: [exact('custody')], strong: true, m: 0.2, u: 0.000001 }],
    otherwise: { label: 'different custody numbers', m: 0.8, u: 0.999999 },
    maxWeight: 18,
  },
  {
    name: 'sex',
    evidence: 'other',
    columns: ['sex'],
    follows: ['given'],
    levels: [{ label: 'same sex', all: [exact('sex')], m: 0.985, u: 0.5 }],
    otherwise: { label: 'different sex', m: 0.015, u: 0.5 },
    maxWeight: 13,
  },
  {
    name: 'phone',
    evidence: 'contact',
    columns: ['phone'],
    levels: [
      { label: 'same phone', all: [exact('phone')], tf: [rarity('phone', 0.5)], strong: true, m: 0.4, u: 0.00001 },
      {
        label: 'one slip between the phones',
        all: [{ test: 'edits', column: 'phone', atMost: 1 }],
        partial: true,
        m: 0.02,
        u: 0.00001,
      },
    ],
    otherwise: { label: 'different phones', m: 0.6, u: 0.99999 },
    maxWeight: 13,
  },
  {
    name: 'email',
    evidence: 'contact',
    columns: ['email'],
    levels: [
      { label: 'same address', all: [exact('email')], tf: [rarity('email', 0.5)], strong: true, m: 0.5, u: 0.00001 },
      {
        label: 'two slips at most',
        all: [{ test: 'edits', column: 'email', atMost: 2 }],
        partial: true,
        m: 0.1,
        u: 0.00001,
      },
    ],
    otherwise: { label: 'different addresses', m: 0.4, u: 0.9999 },
    maxWeight: 13,
  },
  {
    name: 'postcode',
    evidence: 'place',
    columns: ['postcode'],
    levels: [
      {
        label: 'same postcode',
        all: [exact('postcode')],
        tf: [rarity('postcode', 0.5)],
        strong: true,
        m: 0.45,
        u: 0.00005,
      },
      {
        label: 'one slip between the postcodes',
        all: [{ test: 'edits', column: 'postcode', atMost: 1 }],
        partial: true,
        m: 0.02,
        u: 0.00005,
      },
      {
        label: 'same postcode sector',
        all: [{ test: 'postcodePart', column: 'postcode', part: 'sector' }],
        m: 0.02,
        u: 0.002,
      },
      {
        label: 'same postcode district',
        all: [{ test: 'postcodePart', column: 'postcode', part: 'district' }],
        m: 0.05,
        u: 0.01,
      },
    ],
    otherwise: { label: 'different districts', m: 0.48, u: 0.98795 },
    maxWeight: 13,
  },
  {
    name: 'address',
    evidence: 'place',
    columns: ['address'],
    levels: [
      {
        label: 'same address',
        all: [exact('address')],
        tf: [rarity('address', 0.5)],
        strong: true,
        m: 0.4,
        u: 0.00005,
      },
      { label: 'address close', all: [closeTo('address', 0.92)], partial: true, m: 0.2, u: 0.001 },
    ],
    otherwise: { label: 'different addresses', m: 0.4, u: 0.999 },
    // Who lives at one postcode lives at one address, so the two say little more than one of them.
    maxWeight: 6,
  },
  {
    name: 'town',
    evidence: 'other',
    columns: ['town'],
    levels: [
      { label: 'same town', all: [exact('town')], tf: [rarity('town')], m: 0.7, u: 0.02 },
      { label: 'town close', all: [any(closeTo('town', 0.9), { test: 'subset', column: 'town' })], m: 0.05, u: 0.01 },
    ],
    otherwise: { label: 'different towns', m: 0.25, u: 0.97 },
    maxWeight: 9,
  },
  {
    name: 'occupation',
    evidence: 'other',
    columns: ['occupation'],
    levels: [{ label: 'same occupation', all: [exact('occupation')], tf: [rarity('occupation')], m: 0.7, u: 0.05 }],
    otherwise: { label: 'different occupations', m: 0.3, u: 0.95 },
    maxWeight: 7,
  },
  {
    name: 'date of birth',
    evidence: 'birth',
    columns: ['dob'],
    levels: [
      {
        label: 'same date of birth',
        all: [{ test: 'fullDate', column: 'dob' }],
        strong: true,
        m: 0.75,
        u: 0.00005,
      },
      {
        label: 'same year, both recorded as 1 January',
        all: [{ test: 'firstOfJanuary', column: 'dob' }],
        partial: true,
        m: 0.03,
        u: 0.00005,
      },
      {
        label: 'day and month swapped',
        all: [{ test: 'dayMonthSwapped', column: 'dob' }],
        strong: true,
        m: 0.03,
        u: 0.00003,
      },
      {
        label: 'one slip in the date',
        all: [{ test: 'dateSlip', column: 'dob' }],
        strong: true,
        m: 0.1,
        u: 0.0015,
      },
      { label: 'same year', all: [{ test: 'sameYear', column: 'dob' }], partial: true, m: 0.04, u: 0.02 },
      {
        label: 'less than two years apart',
        all: [{ test: 'daysWithin', column: 'dob', days: 731 }],
        against: true,
        m: 0.03,
        u: 0.06,
      },
    ],
    otherwise: { label: 'different', against: true, m: 0.02, u: 0.91837 },
    maxWeight: 15,
  },
  otherParty,
  {
    name: 'middle names',
    evidence: 'other',
    columns: ['middle'],
    levels: [
      {
        label: 'same middle names',
        all: [exact('middle')],
        tf: [rarity('middle', 0.5)],
        strong: true,
        m: 0.6,
        u: 0.01,
      },
      {
        label: 'middle names agree in part',
        all: [
          any(
            canonical('middle'),
            closeTo('middle', 0.9),
            { test: 'subset', column: 'middle' },
            { test: 'initial', column: 'middle' },
          ),
        ],
        m: 0.25,
        u: 0.02,
      },
    ],
    otherwise: { label: 'different middle names', m: 0.15, u: 0.97 },
    maxWeight: 8,
  },
  {
    name: 'name',
    evidence: 'name',
    columns: ['given', 'surname'],
    levels: nameLevels,
    otherwise: { label: 'different', m: 0.01, u: 0.98945 },
    maxWeight: 20,
  },
]
