import { blockingRules } from './model-blocking.ts'
import { measuredCalibration } from './model-calibration.ts'
import type { ComparisonSpec, Level, ModelSpec, TermFrequency, Test } from './spec.ts'

/**
 * One mention of a person in one record, as the product hands it in. Text as it was recorded; empty when not recorded.
 */
export interface MentionRow {
  /** Opaque and unique; clusters and edges speak of mentions by it. */
  readonly id: string
  readonly forenames: string
  readonly surname: string
  readonly knownAs: string
  /** YYYY-MM-DD or empty. */
  readonly dob: string
  readonly sex: string
  readonly postcode: string
  readonly phone: string
  /** The source's own number for the person, as `source:number`. */
  readonly nominal: string
  /** Custody number, as `source:number`. */
  readonly custody: string
  /** The incident or other record the mention stands in. */
  readonly record: string
  readonly role: string
  /** The one other party of the record, across from this one: a victim's suspect, a suspect's victim. Absent when unsure. */
  readonly otherForenames?: string
  readonly otherSurname?: string
  readonly otherDob?: string
}

const exact = (column: string): Test => ({ test: 'exact', column })
const canonical = (column: string): Test => ({ test: 'canonical', column })
const closeTo = (column: string, atLeast: number): Test => ({ test: 'jw', column, atLeast })
const any = (...of: readonly Test[]): Test => ({ test: 'any', of })
const missing = (column: string): Test => ({ test: 'missing', column })
const rarity = (column: string, weight = 1, minimum = 0.00001): TermFrequency => ({ column, weight, minimum })

const sameForename = any(canonical('given'), { test: 'crossed', columns: ['alias', 'given'] })
const closeForename = any(sameForename, closeTo('given', 0.88))
const closeSurname = any(canonical('surname'), closeTo('surname', 0.9), { test: 'subset', column: 'surname' })

const nameLevels: readonly Level[] = [
  {
    label: 'same forename and surname',
    all: [exact('given'), exact('surname')],
    tf: [rarity('given'), rarity('surname')],
    strong: true,
    m: 0.55,
    u: 0.00002,
  },
  {
    label: 'same surname, forename a form of the same name or known as it',
    all: [exact('surname'), sameForename],
    tf: [rarity('given', 0.5), rarity('surname')],
    strong: true,
    m: 0.08,
    u: 0.00001,
  },
  {
    label: 'forename and surname swapped',
    all: [{ test: 'swapped', columns: ['given', 'surname'] }],
    tf: [rarity('given', 0.5)],
    strong: true,
    m: 0.02,
    u: 0.00001,
  },
  {
    label: 'same forename, surname close',
    all: [sameForename, closeSurname],
    tf: [rarity('given')],
    strong: true,
    m: 0.1,
    u: 0.00003,
  },
  {
    label: 'same surname, forename close',
    all: [exact('surname'), closeForename],
    tf: [rarity('surname')],
    strong: true,
    m: 0.08,
    u: 0.00004,
  },
  {
    label: 'forename and surname both close',
    all: [closeForename, closeSurname],
    partial: true,
    m: 0.03,
    u: 0.00008,
  },
  {
    label: 'surname agrees, forename only an initial',
    all: [closeSurname, { test: 'initial', column: 'given' }],
    tf: [rarity('surname')],
    partial: true,
    m: 0.03,
    u: 0.0001,
  },
  {
    label: 'same surname, a forename not recorded',
    all: [closeSurname, missing('given')],
    tf: [rarity('surname')],
    m: 0.01,
    u: 0.0001,
  },
  {
    label: 'same forename, a surname not recorded',
    all: [closeForename, missing('surname')],
    tf: [rarity('given')],
    m: 0.01,
    u: 0.0002,
  },
  {
    label: 'same forename, different surname',
    all: [closeForename],
    tf: [rarity('given')],
    partial: true,
    m: 0.06,
    u: 0.006,
  },
  {
    label: 'surname agrees, different forename',
    all: [closeSurname],
    tf: [rarity('surname')],
    m: 0.02,
    u: 0.004,
  },
]

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

/**
 * The model for mentions of people in police records. Its probabilities are where training starts; train it on the
 * force's own mentions before use.
 */
export function defaultModel(): ModelSpec {
  return {
    id: 'police-mentions',
    version: 2,
    columns: [
      { name: 'given', from: 'forenames', kind: 'name', part: 'first' },
      { name: 'middle', from: 'forenames', kind: 'name', part: 'rest' },
      { name: 'surname', from: 'surname', kind: 'name' },
      { name: 'alias', from: 'knownAs', kind: 'name', part: 'first' },
      { name: 'dob', from: 'dob', kind: 'date' },
      { name: 'sex', from: 'sex', kind: 'sex' },
      { name: 'postcode', from: 'postcode', kind: 'postcode' },
      { name: 'phone', from: 'phone', kind: 'phone' },
      { name: 'nominal', from: 'nominal', kind: 'id' },
      { name: 'custody', from: 'custody', kind: 'id' },
      { name: 'otherGiven', from: 'otherForenames', kind: 'name', part: 'first' },
      { name: 'otherSurname', from: 'otherSurname', kind: 'name' },
      { name: 'otherDob', from: 'otherDob', kind: 'date' },
      { name: 'record', from: 'record', kind: 'key' },
      { name: 'role', from: 'role', kind: 'text' },
    ],
    comparisons: [
      {
        name: 'source number',
        evidence: 'identifier',
        columns: ['nominal'],
        silentWhen: { test: 'otherSource', column: 'nominal' },
        levels: [
          { label: 'same number in the same source', all: [exact('nominal')], strong: true, m: 0.6, u: 0.000002 },
        ],
        otherwise: { label: 'different numbers in the same source', m: 0.4, u: 0.999998 },
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
        levels: [{ label: 'same phone', all: [exact('phone')], strong: true, m: 0.4, u: 0.00001 }],
        otherwise: { label: 'different phones', m: 0.6, u: 0.99999 },
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
          { label: 'same year', all: [{ test: 'sameYear', column: 'dob' }], against: true, m: 0.04, u: 0.02 },
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
          { label: 'same middle names', all: [exact('middle')], tf: [rarity('middle', 0.5)], m: 0.6, u: 0.01 },
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
    ],
    blocking: blockingRules,
    training: {
      deterministic: [
        { name: 'names and date of birth', keys: [{ column: 'given' }, { column: 'surname' }, { column: 'dob' }] },
        { name: 'forename and phone', keys: [{ column: 'given' }, { column: 'phone' }] },
        { name: 'source number and surname', keys: [{ column: 'nominal' }, { column: 'surname' }] },
      ],
      recall: 0.5,
      sessions: [
        { name: 'same date of birth', keys: [{ column: 'dob' }], cap: 5000 },
        { name: 'same forename and surname', keys: [{ column: 'given' }, { column: 'surname' }] },
      ],
    },
    calibration: measuredCalibration,
    bands: { autoLink: 0.995, review: 0.5 },
    cohesion: 0,
    largestCluster: 40,
    guards: [
      { kind: 'oneRecordTwoPeople', column: 'record' },
      {
        kind: 'minimumEvidence',
        needs: 'name',
        andOneOf: ['birth', 'contact', 'identifier', 'associate'],
        // A surname changes with marriage; then the date of birth must agree, and something that is neither.
        partly: { needs: 'birth', andOneOf: ['place', 'contact', 'identifier', 'associate'] },
      },
      { kind: 'noContradiction', evidence: 'birth' },
      {
        kind: 'rolesApart',
        column: 'role',
        one: ['victim', 'survivor', 'complainant', 'aggrieved'],
        other: ['suspect', 'offender', 'perpetrator', 'defendant', 'accused', 'respondent'],
      },
    ],
  }
}
