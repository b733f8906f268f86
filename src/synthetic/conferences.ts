import type { Entry } from './arrests.ts'
import { isoDay, weekdayOf } from './calendar.ts'
import type { Dyad } from './dyads.ts'
import { type Bcu, isAlive, lastDay, numberer, personColumnsOf } from './lists.ts'
import { deal, pickOne, sample } from './random.ts'
import type { Borough } from './reference.ts'

/** One case at a conference: which record brought it, when it was heard and when, if ever, before. */
interface Hearing {
  readonly entry: Entry
  readonly day: number
  readonly before: number
  readonly reason: string
}

// Who refers. Source: SafeLives national figures, 34-36% by partners; the split among partners is an assumption.
const agencies = [
  ['police', 0.65],
  ['independent advocacy', 0.12],
  ['health', 0.08],
  ['children’s social care', 0.06],
  ['housing', 0.05],
  ['probation', 0.04],
] as const

const actionCodes = [
  'FLAG_ADDRESS',
  'TARGET_HARDEN',
  'DVDS_RTK',
  'SAFE_CONTACT',
  'HOUSING',
  'MATAC',
  'SCHOOL_NOTIFY',
] as const

// A repeat is a further record within twelve months of the last discussion. Source: SafeLives definition.
const repeatWithin = 365

/** Writes the MARAC list of one borough: so many cases, in the share asked for heard before within twelve months. */
export function writeConferences(
  bcu: Bcu,
  borough: Borough,
  count: number,
  nextRef = numberer(bcu, `M${borough.code.slice(-2)}`),
): void {
  const { random, reference } = bcu
  const { parameters } = reference
  const chains = chainsOf(bcu, borough)
  const wanted = Math.round(count * parameters.number('safeguarding.marac_repeat'))
  // Cases that come again are found first among the dyads that have more to tell; then first hearings make up the number.
  const chosen: Hearing[] = []
  const used = new Set<Dyad>()
  let repeats = 0
  for (const chain of sample(
    random,
    chains.filter((one) => one.length > 1),
    chains.length,
  )) {
    if (repeats >= wanted || chosen.length >= count) break
    const taken = chain.slice(0, Math.min(chain.length, wanted - repeats + 1, count - chosen.length))
    chosen.push(...taken)
    repeats += taken.length - 1
    for (const { entry } of taken) used.add(entry.dyad)
  }
  const firsts = chains.flatMap((chain) => chain.slice(0, 1)).filter(({ entry }) => !used.has(entry.dyad))
  const high = firsts.filter(({ entry }) => entry.risk === 'high')
  const others = firsts.filter(({ entry }) => entry.risk !== 'high')
  chosen.push(...sample(random, high, count - chosen.length))
  chosen.push(...sample(random, others, count - chosen.length))
  const referrers = deal(random, agencies, chosen.length)
  const idva = parameters.number('safeguarding.idva_referral_of_high')
  const engaged = parameters.number('safeguarding.idva_engaged')
  for (const [place, { entry, day, before, reason }] of chosen.entries()) {
    const ref = nextRef()
    const { victim, suspect, relation } = entry.dyad
    const referrer = referrers[place] ?? 'police'
    const at = entry.reported + random.between(1, 3) * 1440
    const channel = referrer === 'police' ? 'officer' : 'partner'
    const v = bcu.mentionAs(`${ref}-V`, { person: victim, other: suspect, role: 'victim', channel, at })
    const p = bcu.mentionAs(`${ref}-P`, { person: suspect, other: victim, role: 'suspect', channel, at })
    const isReferred = random.chance(idva)
    bcu.add('marac', day, {
      case_ref: ref,
      marac: `${borough.name} MARAC`,
      borough_code: borough.code,
      bcu: bcu.code,
      crime_ref: bcu.refOf(entry),
      referring_agency: referrer,
      referred_dt: isoDay(Math.floor(at / 1440)),
      reason,
      risk_grade: entry.risk,
      meeting_on: isoDay(day),
      is_repeat: before === 0 ? 'N' : 'Y',
      previous_meeting_on: before === 0 ? '' : isoDay(before),
      ...personColumnsOf('victim', `${ref}-V`, v),
      victim_phone: v.phone,
      safe_to_call:
        v.phone === '' ? '' : pickOne(random, ['any time', '10:00-14:00', 'text first', 'not at weekends'] as const),
      ...personColumnsOf('perpetrator', `${ref}-P`, p),
      perpetrator_aware: 'N',
      relationship: relation,
      children: entry.flags.includes('children_present') ? Math.max(1, victim.children.length) : 0,
      consent: random.chance(0.7) ? 'Y' : 'N',
      idva_referred: isReferred ? 'Y' : 'N',
      idva_engaged: isReferred && random.chance(engaged) ? 'Y' : 'N',
      actions: sample(random, actionCodes, random.between(1, 3)).join(';'),
    })
  }
}

/** For each dyad, the hearings its records could bring, each a repeat of the one before. */
function chainsOf(bcu: Bcu, borough: Borough): Hearing[][] {
  const byDyad = Map.groupBy(
    bcu.entries.filter(
      (entry) => entry.borough === borough && entry.status !== 'cancelled' && entry.status !== 'no_crime',
    ),
    ({ dyad }) => dyad,
  )
  const chains: Hearing[][] = []
  for (const entries of byDyad.values()) {
    const chain: Hearing[] = []
    for (const entry of entries) {
      const before = chain.at(-1)
      const reported = Math.floor(entry.reported / 1440)
      // Medium risk is heard on professional judgement; the victim's safety is the reason for it all.
      if (before === undefined && entry.risk === 'standard') continue
      if (before !== undefined && (reported <= before.day || reported - before.day > repeatWithin)) continue
      const day = meetingAfter(borough, reported + 8)
      if (day > lastDay || !isAlive(bcu, entry.dyad.victim, day)) break
      const reason =
        before !== undefined ? 'repeat' : entry.risk === 'high' ? 'visible_high_risk' : 'professional_judgement'
      chain.push({ entry, day, before: before?.day ?? 0, reason })
    }
    if (chain.length > 0) chains.push(chain)
  }
  return chains
}

// Each borough meets every other week, on a weekday of its own.
function meetingAfter(borough: Borough, day: number): number {
  const number = Number(borough.code.slice(-2))
  let meeting = day
  while (weekdayOf(meeting) !== number % 5 || Math.floor(meeting / 7) % 2 !== number % 2) meeting++
  return meeting
}
