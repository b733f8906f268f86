import type { Entry } from './arrests.ts'
import { isoMinute } from './calendar.ts'
import { WATERMARK, csvLine } from './csv.ts'
import { phoneNumber } from './homes.ts'
import type { Bcu } from './lists.ts'
import type { Mention } from './mentions.ts'
import { narrative, withSlip } from './narratives.ts'
import { pickOne } from './random.ts'
import { emailOf } from './rows.ts'

const agencies = [
  ['Alder Court Advocacy', 'independent advocacy'],
  ['Riverbend General Hospital', 'health'],
  ['Millfield Surgery', 'health'],
  ['Larkspur Homes', 'housing'],
  ['Borough Children’s Services', 'children’s social care'],
  ['Borough Adult Services', 'adult social care'],
  ['Copper Lane School', 'education'],
] as const

/** Makes the referral that brought a record, as the agency sent it: an object for a JSON file, and what it gives away. */
export function referralOf(
  bcu: Bcu,
  entry: Entry,
  said: { readonly victim: Mention; readonly suspect: Mention },
  referralRef: string,
): { referral: object; redaction: string } {
  const { random } = bcu
  const ref = bcu.refOf(entry)
  const [agency, kind] = pickOne(random, agencies)
  const { text, givenAway } = withSlip(
    random,
    narrative(random, entry, 'referral'),
    entry.dyad.victim,
    Math.floor(entry.reported / 1440),
  )
  // A checklist of 24 questions; 14 or more answered yes is high. Source: SafeLives threshold.
  const score = { standard: [0, 9], medium: [10, 13], high: [14, 21] } as const
  const [low, high] = score[entry.risk]
  return {
    referral: {
      referral_ref: referralRef,
      crime_ref: ref,
      sent_at: isoMinute(entry.reported - random.between(5, 60)),
      agency: {
        name: `${agency} (invented)`,
        type: kind,
        email: `referrals@example.${random.chance(0.5) ? 'org' : 'net'}`,
        phone: phoneNumber(random.below(1000), 0),
      },
      victim: { mention_ref: `${ref}-1`, ...detailsOf(said.victim), email: emailOf(said.victim, ref) },
      perpetrator: { mention_ref: `${ref}-2`, ...detailsOf(said.suspect), aware_of_referral: false },
      relationship_to_perpetrator: entry.dyad.relation,
      children_in_household: entry.flags.includes('children_present') ? random.between(1, 3) : 0,
      reason: pickOne(random, ['professional judgement', 'visible high risk', 'escalation', 'repeat'] as const),
      checklist_score: random.between(low, high),
      consent: random.chance(0.75),
      account: text,
      watermark: WATERMARK,
    },
    redaction: givenAway === undefined ? '' : csvLine([referralRef, givenAway.kind, givenAway.words, WATERMARK]),
  }
}

function detailsOf(one: Mention): Record<string, string> {
  const { forenames, surname, knownAs, dob, sex, ethnicity, language, address, postcode, phone } = one
  return {
    forenames,
    surname,
    known_as: knownAs,
    dob,
    sex,
    ethnicity_sde: ethnicity,
    language,
    address,
    postcode,
    phone,
  }
}
