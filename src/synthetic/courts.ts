import { isoMinute, weekdayOf } from './calendar.ts'
import type { Detained } from './custody.ts'
import { type Bcu, type Row, isAlive, lastDay, numberer, personColumnsOf } from './lists.ts'
import { pick, sample, weighted } from './random.ts'
import { severeDays } from './records.ts'

/** A sentence, or an acquittal, by which a restraining order could be made. */
export interface Ending {
  readonly detained: Detained
  readonly caseRef: string
  readonly day: number
  readonly isConviction: boolean
}

// Codes and words of the courts' result codes. Source: result codes in MoJ bichard7-next-data (6b2cf0a, MIT).
const results = {
  adjourned: [4506, 'Adjournment'],
  conditionalBail: [4027, 'Remand On Conditional Bail'],
  custody: [4028, 'Remand In Custody'],
  sentOnBail: [4559, 'Commit/Transfer/Send to Crown Court for Trial on Conditional Bail'],
  sentInCustody: [4560, 'Commit/Transfer/Send to Crown Court for Trial in Custody'],
  imprisonment: [1002, 'Imprisonment'],
  suspended: [1115, 'Suspended Imprisonment'],
  community: [1116, 'Community Order'],
  conditionalDischarge: [1018, 'Conditional Discharge'],
  fine: [1015, 'Fine'],
  surcharge: [3117, 'Victim Surcharge'],
  notGuilty: [2004, 'Not Guilty'],
  noEvidence: [2050, 'No Evidence Offered - Dismissed'],
  discontinued: [2053, 'Discontinuance'],
  restraining: [3047, 'Restraining Order Protection from Harassment'],
  restrainingAcquitted: [3260, 'Restraining Order Acquit - Protect from Harassment'],
} as const
type Result = keyof typeof results

// Of those charged (assumption): kept in custody until the first hearing; plead guilty; found guilty after a denial; not
// proceeded with after a denial. About three in four are convicted.
const shares = { custody: 0.15, guilty: 0.56, convicted: 0.46, dropped: 0.3 } as const

// Sentences for what is not severe, and for what is (assumption).
const sentences = {
  mild: weighted<Result>([
    ['community', 0.42],
    ['suspended', 0.2],
    ['conditionalDischarge', 0.14],
    ['fine', 0.12],
    ['imprisonment', 0.12],
  ]),
  severe: weighted<Result>([
    ['imprisonment', 0.8],
    ['suspended', 0.2],
  ]),
} as const

/** A case as it goes from hearing to hearing. */
interface Case {
  readonly detained: Detained
  readonly row: Row
  readonly isCrown: boolean
  readonly inCustody: boolean
}

interface Hearing {
  readonly day: number
  readonly next: number
  readonly type: 'first' | 'plea' | 'trial' | 'sentence'
  readonly plea: '' | 'G' | 'NG'
  readonly verdict: '' | 'G' | 'NG'
  readonly results: readonly Result[]
}

/**
 * Writes the court register of a BCU: one line a result. `restraining` orders are made among those whose cases ended;
 * they come back, with their day.
 */
export function writeCourts(bcu: Bcu, detained: readonly Detained[], restraining: number): Ending[] {
  const nextCase = numberer(bcu, 'CC')
  const nextAsn = numberer(bcu, 'ASN')
  const charged = detained.filter(({ entry }) => entry.arrest?.disposal === 'charged' || entry.outcome === '1')
  const planned = charged.map((one) => plan(bcu, one, nextCase(), nextAsn()))
  const ended = planned.flatMap(({ theCase, hearings }): Ending[] => {
    const last = hearings.at(-1)
    if (last === undefined || last.verdict === '' || last.day > lastDay) return []
    const caseRef = String(theCase.row['case_ref'])
    return [{ detained: theCase.detained, caseRef, day: last.day, isConviction: last.verdict === 'G' }]
  })
  // On conviction mostly; one in twelve after an acquittal (assumption).
  const living = ended.filter(({ detained: { entry }, day }) => isAlive(bcu, entry.dyad.victim, day))
  const convicted = living.filter(({ isConviction }) => isConviction)
  const acquitted = living.filter(({ isConviction }) => !isConviction)
  const after = Math.min(acquitted.length, Math.round(restraining / 12))
  const chosen = [...sample(bcu.random, convicted, restraining - after), ...sample(bcu.random, acquitted, after)]
  const orders = new Map(chosen.map((ending) => [ending.caseRef, ending]))
  for (const { theCase, hearings } of planned)
    for (const hearing of hearings) {
      if (hearing.day > lastDay) break
      const order = orders.get(String(theCase.row['case_ref']))
      const isLast = hearing === hearings.at(-1)
      const made: Result[] =
        order === undefined || !isLast ? [] : [order.isConviction ? 'restraining' : 'restrainingAcquitted']
      writeHearing(bcu, theCase, hearing, [...hearing.results, ...made])
    }
  return chosen
}

function plan(bcu: Bcu, detained: Detained, caseRef: string, asn: string): { theCase: Case; hearings: Hearing[] } {
  const { random } = bcu
  const { entry, mention, mentionRef } = detained
  const severe = (entry.offence?.harm ?? 0) >= severeDays
  const isMurder = entry.offence?.id === 'murder'
  const inCustody = isMurder || random.chance(severe ? 0.5 : shares.custody)
  const chargedAt =
    entry.arrest?.disposal === 'charged' ? entry.arrest.disposedAt : Math.max(entry.outcomeAt, entry.reported)
  const theCase: Case = {
    detained,
    isCrown: severe,
    inCustody,
    row: {
      case_ref: caseRef,
      asn,
      custody_ref: mentionRef,
      crime_ref: bcu.refOf(entry),
      bcu: bcu.code,
      ...personColumnsOf('defendant', mentionRef, mention),
      defendant_address: mention.address,
      defendant_postcode: mention.postcode,
      offence_seq: 1,
      cjs_code: entry.offence?.cjsCode ?? '',
      offence_title: entry.offence?.title ?? '',
    },
  }
  const charged = Math.floor(chargedAt / 1440)
  const first = sitting(bcu, charged + (inCustody ? 1 : random.between(14, 28)), inCustody)
  const later = (from: number, low: number, high: number): number =>
    sitting(bcu, from + random.between(low, high), false)
  const remand: Result = inCustody ? 'custody' : 'conditionalBail'
  const sent: Result = inCustody ? 'sentInCustody' : 'sentOnBail'
  const isGuilty = random.chance(shares.guilty)
  const sentence = (): Result[] => {
    const kind: Result = isMurder ? 'imprisonment' : pick(random, severe ? sentences.severe : sentences.mild)
    return kind === 'fine' || kind === 'community' ? [kind, 'surcharge'] : [kind]
  }
  const [soonest, latest] = inCustody ? ([60, 150] as const) : ([110, 280] as const)
  if (isGuilty) {
    const second = severe ? later(first, 28, 56) : later(first, 21, 42)
    const results = [severe ? sent : 'adjourned', ...(severe ? [] : ([remand] as const))] as const
    return {
      theCase,
      hearings: [
        { day: first, next: second, type: 'first', plea: severe ? '' : 'G', verdict: '', results },
        { day: second, next: -1, type: 'sentence', plea: 'G', verdict: 'G', results: sentence() },
      ],
    }
  }
  const trial = later(first, soonest, latest)
  const opening: Hearing = {
    day: first,
    next: trial,
    type: 'first',
    plea: severe ? '' : 'NG',
    verdict: '',
    results: severe ? [sent] : ['adjourned', remand],
  }
  const at = isMurder ? 0 : random.next()
  if (at < shares.convicted) {
    const sentenced = later(trial, 0, 28)
    const closing: Hearing[] =
      sentenced === trial
        ? [{ day: trial, next: -1, type: 'trial', plea: 'NG', verdict: 'G', results: sentence() }]
        : [
            { day: trial, next: sentenced, type: 'trial', plea: 'NG', verdict: 'G', results: ['adjourned', remand] },
            { day: sentenced, next: -1, type: 'sentence', plea: 'NG', verdict: 'G', results: sentence() },
          ]
    return { theCase, hearings: [opening, ...closing] }
  }
  const result: Result =
    at < shares.convicted + shares.dropped ? (random.chance(0.5) ? 'noEvidence' : 'discontinued') : 'notGuilty'
  return {
    theCase,
    hearings: [opening, { day: trial, next: -1, type: 'trial', plea: 'NG', verdict: 'NG', results: [result] }],
  }
}

// Courts sit on working days; whoever is held is brought on a Saturday too.
function sitting(bcu: Bcu, from: number, isHeld: boolean): number {
  let day = from
  while (weekdayOf(day) === 6 || bcu.reference.holidays.has(day) || (!isHeld && weekdayOf(day) === 5)) day++
  return day
}

function writeHearing(bcu: Bcu, theCase: Case, hearing: Hearing, made: readonly Result[]): void {
  const { random } = bcu
  const isCrown = theCase.isCrown && hearing.type !== 'first'
  const at = hearing.day * 1440 + 600 + 15 * random.below(24)
  for (const [place, result] of made.entries()) {
    const [code, text] = results[result]
    const { value, unit } = sizeOf(bcu, theCase, result)
    bcu.add('court', hearing.day, {
      ...theCase.row,
      court: `${bcu.name} ${isCrown ? 'Crown Court' : 'Magistrates’ Court'} (invented)`,
      court_type: isCrown ? 'crown' : 'magistrates',
      hearing_dt: isoMinute(at),
      hearing_type: hearing.type,
      plea: hearing.plea,
      verdict: hearing.verdict,
      remand_status: hearing.next < 0 ? 'NA' : theCase.inCustody ? 'PB' : 'CB',
      result_seq: place + 1,
      result_code: code,
      result_text: text,
      result_value: value,
      result_unit: unit,
      next_hearing_dt: hearing.next < 0 ? '' : isoMinute(hearing.next * 1440 + 600),
    })
  }
}

// How long or how much: working days of harm for prison, else usual sizes (assumption).
function sizeOf(bcu: Bcu, theCase: Case, result: Result): { value: number | ''; unit: string } {
  const { random } = bcu
  const harm = theCase.detained.entry.offence?.harm ?? 0
  if (result === 'imprisonment') return { value: Math.max(14, harm + random.between(0, 56)), unit: 'days' }
  if (result === 'suspended') return { value: random.between(2, 12), unit: 'months' }
  if (result === 'community' || result === 'conditionalDischarge')
    return { value: random.between(6, 24), unit: 'months' }
  if (result === 'restraining' || result === 'restrainingAcquitted')
    return { value: random.between(1, 5), unit: 'years' }
  if (result === 'fine') return { value: 10 * random.between(8, 60), unit: 'pounds' }
  return result === 'surcharge' ? { value: 114, unit: 'pounds' } : { value: '', unit: '' }
}
