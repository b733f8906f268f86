import type { Relation } from './dyads.ts'
import { phoneNumber } from './homes.ts'
import { type Person, homeOn, surnameOn } from './people.ts'
import { type Random, pickOne } from './random.ts'
import type { Told } from './records.ts'

const openings = [
  'Police were called about',
  'A report was made of',
  'Officers attended over',
  'An account was given of',
]
const matters = [
  'a verbal argument',
  'a disturbance',
  'unwanted contact',
  'a dispute over the children',
  'threats made',
  'damage to belongings',
  'an altercation',
]
const closings = [
  'All parties were spoken to.',
  'Safety advice was given.',
  'The risk assessment was completed.',
  'Enquiries continue.',
  'A safeguarding referral was made.',
]
const callEndings = [
  'LINE CLEARED. UNIT ASSIGNED.',
  'OPEN LINE, RAISED VOICES. UNIT ASSIGNED.',
  'CALLER SAFE AND WILL WAIT. UNIT ASSIGNED.',
  'RESULT: PARTIES SPOKEN TO, NO OFFENCES DISCLOSED.',
  'RESULT: ADVICE GIVEN, ALL IN ORDER ON LEAVING.',
]
const reportEndings = [
  'I would like somebody to contact me.',
  'I want it recorded and nothing more for now.',
  'I am not sure what I want to happen.',
  'I have kept the messages.',
]
const referralEndings = [
  'Support has been offered.',
  'A safety plan has been discussed.',
  'We ask for a check of what is known.',
  'The family is known to this service.',
]

/** A short, neutral account without names or graphic detail, as an officer, a call taker, a victim or an agency writes. */
export function narrative(random: Random, told: Told, style: 'officer' | 'call' | 'report' | 'referral'): string {
  const matter = told.offence === undefined ? pickOne(random, matters) : `suspected ${told.offence.title.toLowerCase()}`
  const parties = partiesOf(told.dyad.relation)
  if (style === 'call')
    return `CALLER REPORTS ${`${matter} between ${parties}`.toUpperCase()}. ${pickOne(random, callEndings)}`
  if (style === 'report') return `I am reporting ${matter} between ${parties}. ${pickOne(random, reportEndings)}`
  if (style === 'referral')
    return `A client told us of ${matter} between ${parties}. ${pickOne(random, referralEndings)}`
  const before = told.dyad.days.length > 2 && random.chance(0.3) ? ' Earlier reports are held.' : ''
  return `${pickOne(random, openings)} ${matter} between ${parties}.${before} ${pickOne(random, closings)}`
}

function partiesOf(relation: Relation): string {
  if (relation === 'ex-partner') return 'former partners'
  if (relation === 'current partner') return 'partners'
  if (relation === 'other family') return 'relatives'
  return relation === 'sibling' ? 'siblings' : 'a parent and an adult child'
}

/** What an account gives away, if anything: its kind and the words themselves. */
export interface GivenAway {
  readonly kind: 'name' | 'phone' | 'address'
  readonly words: string
}

// Share of accounts that hold what redaction must catch. Source: the specification of the synthetic London.
export const givenAwayShare = 0.02

/** An account to which, now and then, something was added that redaction must catch. */
export function withSlip(
  random: Random,
  text: string,
  victim: Person,
  day: number,
): { text: string; givenAway: GivenAway | undefined } {
  if (!random.chance(givenAwayShare)) return { text, givenAway: undefined }
  const [givenAway, added] = pickOne(random, [
    [
      { kind: 'name', words: `${victim.forename} ${surnameOn(victim, day)}` },
      (words: string) => ` ${words} was present.`,
    ],
    [{ kind: 'phone', words: phoneNumber(victim.phoneKey, 0) }, (words: string) => ` Call back on ${words}.`],
    [{ kind: 'address', words: homeOn(victim, day).address }, (words: string) => ` Now staying at ${words}.`],
  ] as const)
  return { text: text + added(givenAway.words), givenAway }
}
