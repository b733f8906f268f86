import { formatDay } from '#platform/clock'
import { phoneKey, postcodeKey } from '#modules/people'
import { calledAs, type Mention } from '#modules/people'

const REASONS: Readonly<Record<string, string>> = {
  'victim and suspect roles': 'One is recorded as victim, the other as suspect',
  'too little independent evidence': 'Too little agrees that is independent',
  'facts disagree': 'Dates of birth disagree',
  'protected address': 'An address on one of them must not become known',
  'not certain enough': 'Likely, but not certain enough',
  'two people': 'A record or a decision says that they are two',
  'does not hold together': 'The two groups of records do not agree on the whole',
  'many mentions': 'One person with very many records: the weakest link',
  'two readers differ': 'Two readers answered differently',
  'second reading': 'For a second reader',
}
/** Why a pair waits for somebody, in words. */
export const reasonWords = (reason: string | null): string => (reason === null ? '' : (REASONS[reason] ?? reason))

const HARMS = ['None known', 'Medium risk on a record', 'High risk on a record', 'Victim and suspect'] as const
/** How much a wrong answer may cost, in words. */
export const harmWords = (harm: number): string => HARMS[harm] ?? ''

/** A chance as people say it; never 0% or 100%, which no evidence gives. */
export function chanceWords(chance: number): string {
  if (chance >= 0.999) return 'over 99.9%'
  if (chance < 0.001) return 'under 0.1%'
  return `${(100 * chance).toFixed(chance >= 0.99 || chance < 0.01 ? 1 : 0)}%`
}

const ROLES: Readonly<Record<string, string>> = {
  victim: 'Victim',
  suspect: 'Suspect',
  witness: 'Witness',
  child: 'Child',
  other: 'Other',
}
const SEXES: Readonly<Record<string, string>> = { F: 'Female', M: 'Male' }
export const roleWord = (role: string): string => ROLES[role] ?? role

/** The name as the record wrote it. */
export const nameOf = (mention: Mention): string => calledAs(mention) || 'No name written'

export const bornWords = ({ dob }: Mention): string => (dob === null ? '' : formatDay(dob))

/** Stands where an address, a postcode or a telephone must not become known. */
export const NOT_SHOWN = 'Protected: not shown'

/** Where a record says that they live. */
export const placeWords = ({ protectedPlace, address, postcode }: Mention): string =>
  protectedPlace ? NOT_SHOWN : [address, postcode].filter(Boolean).join(', ')
export const phoneWords = ({ protectedPlace, phone }: Mention): string => (protectedPlace ? NOT_SHOWN : (phone ?? ''))

/** Something that is compared side by side: what it is, how each record wrote it, and what two ways of writing it share. */
export interface ComparedFact {
  readonly what: string
  readonly words: (mention: Mention) => string
  readonly key?: (text: string) => string
}
export const FACTS: readonly ComparedFact[] = [
  { what: 'Forenames', words: ({ forenames }) => forenames ?? '' },
  { what: 'Surname', words: ({ surname }) => surname ?? '' },
  { what: 'Known as', words: ({ knownAs }) => knownAs ?? '' },
  { what: 'Date of birth', words: bornWords },
  { what: 'Sex', words: ({ sex }) => SEXES[sex ?? ''] ?? '' },
  { what: 'Address', words: ({ address, protectedPlace }) => (protectedPlace ? NOT_SHOWN : (address ?? '')) },
  {
    what: 'Postcode',
    words: ({ postcode, protectedPlace }) => (protectedPlace ? NOT_SHOWN : (postcode ?? '')),
    key: (text) => postcodeKey(text) ?? text,
  },
  { what: 'Telephone', words: phoneWords, key: (text) => phoneKey(text) ?? text },
  { what: 'Nominal number', words: ({ nominal }) => nominal ?? '' },
  { what: 'Custody record', words: ({ custodyRef }) => custodyRef ?? '' },
  { what: 'Role', words: ({ role }) => roleWord(role) },
]
