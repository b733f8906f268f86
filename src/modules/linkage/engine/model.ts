import { blockingRules } from './model-blocking.ts'
import { measuredCalibration, measuredSpread } from './model-calibration.ts'
import { comparisons } from './model-comparisons.ts'
import type { ModelSpec } from './spec.ts'

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
  /** What sources that have no phone or postcode may have; a town is one that stays (of birth), or that of the address. */
  readonly email?: string
  readonly address?: string
  readonly town?: string
  readonly occupation?: string
  /** Not empty when the mention carries an address that must not become known: a refuge, a safe address. */
  readonly protectedPlace?: string
  /** The one other party of the record, across from this one: a victim's suspect, a suspect's victim. Absent when unsure. */
  readonly otherForenames?: string
  readonly otherSurname?: string
  readonly otherDob?: string
}

/**
 * The model for mentions of people in police records. Its probabilities are where training starts; train it on the
 * force's own mentions before use.
 */
export function defaultModel(): ModelSpec {
  return {
    id: 'police-mentions',
    version: 5,
    columns: [
      { name: 'given', from: 'forenames', kind: 'name', part: 'first' },
      { name: 'middle', from: 'forenames', kind: 'name', part: 'rest' },
      { name: 'forenames', from: 'forenames', kind: 'name' },
      { name: 'surname', from: 'surname', kind: 'name' },
      { name: 'alias', from: 'knownAs', kind: 'name', part: 'first' },
      { name: 'dob', from: 'dob', kind: 'date' },
      { name: 'sex', from: 'sex', kind: 'sex' },
      { name: 'postcode', from: 'postcode', kind: 'postcode' },
      { name: 'phone', from: 'phone', kind: 'phone' },
      { name: 'email', from: 'email', kind: 'text' },
      { name: 'address', from: 'address', kind: 'text' },
      { name: 'town', from: 'town', kind: 'text' },
      { name: 'occupation', from: 'occupation', kind: 'text' },
      { name: 'nominal', from: 'nominal', kind: 'id' },
      { name: 'custody', from: 'custody', kind: 'id' },
      { name: 'otherGiven', from: 'otherForenames', kind: 'name', part: 'first' },
      { name: 'otherSurname', from: 'otherSurname', kind: 'name' },
      { name: 'otherDob', from: 'otherDob', kind: 'date' },
      { name: 'record', from: 'record', kind: 'key' },
      { name: 'role', from: 'role', kind: 'text' },
      { name: 'protectedPlace', from: 'protectedPlace', kind: 'text' },
    ],
    namesakes: { name: 'namesakes', of: ['given', 'surname'], born: 'dob' },
    comparisons,
    blocking: blockingRules,
    training: {
      deterministic: [
        { name: 'names and date of birth', keys: [{ column: 'given' }, { column: 'surname' }, { column: 'dob' }] },
        { name: 'forename and phone', keys: [{ column: 'given' }, { column: 'phone' }] },
        { name: 'source number and surname', keys: [{ column: 'nominal' }, { column: 'surname' }] },
      ],
      recall: 0.5,
      expectedPrior: true,
      sessions: [
        { name: 'same date of birth', keys: [{ column: 'dob' }], cap: 5000 },
        { name: 'same forename and surname', keys: [{ column: 'given' }, { column: 'surname' }] },
      ],
    },
    calibration: measuredCalibration,
    spread: measuredSpread,
    bands: { autoLink: 0.995, review: 0.5 },
    cohesion: 0,
    largestCluster: 40,
    guards: [
      { kind: 'oneRecordTwoPeople', column: 'record' },
      {
        kind: 'minimumEvidence',
        ways: [
          { strong: ['name'], oneOf: ['birth', 'contact', 'identifier', 'associate'] },
          // A postcode alone would join a father and his son of one name; with the year of birth or a middle name it does not.
          { strong: ['name'], twoPartly: ['place', 'birth', 'contact', 'other'] },
          // A surname changes with marriage; then the date of birth must agree, and something that is neither.
          { partly: ['name'], strong: ['birth'], oneOf: ['place', 'contact', 'identifier', 'associate'] },
          // She who is still with the same man, at the same phone or postcode, has another surname.
          { partly: ['name'], strong: ['associate'], oneOf: ['place', 'contact', 'identifier'] },
          // Who gives another name is known by number and birth.
          { strong: ['identifier', 'birth'] },
        ],
      },
      { kind: 'noContradiction', evidence: 'birth' },
      { kind: 'onlyByPerson', column: 'protectedPlace' },
      {
        kind: 'rolesApart',
        column: 'role',
        one: ['victim', 'survivor', 'complainant', 'aggrieved'],
        other: ['suspect', 'offender', 'perpetrator', 'defendant', 'accused', 'respondent'],
      },
    ],
  }
}
