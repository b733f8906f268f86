import type { Entry } from './arrests.ts'
import { isoDay, isoMinute } from './calendar.ts'
import { type Bcu, type Row, isAlive, lastDay, numberer, personColumnsOf } from './lists.ts'
import type { Mention } from './mentions.ts'
import { type Person, ageOn, bornAt, window } from './people.ts'
import { deal, pickOne, sample } from './random.ts'
import { severeDays } from './records.ts'

/** One application while its parts are decided. */
interface Application {
  readonly route: 'right_to_ask' | 'right_to_know'
  readonly decision: 'disclose' | 'not_disclose'
  readonly entry: Entry
  readonly received: number
  readonly operation: string
}

/**
 * Writes the applications under the domestic violence disclosure scheme that a BCU received. B is a suspect of an earlier
 * record where there is something to disclose. Source of the steps: statutory guidance on the scheme (2023).
 */
export function writeDisclosures(bcu: Bcu, count: number): void {
  const { random, reference } = bcu
  const { parameters } = reference
  const duplicates = Math.round(count * parameters.number('disclosure_scheme.duplicate_applications'))
  const originals = applicationsOf(bcu, count - duplicates, count)
  const late = Math.round(originals.length * (1 - parameters.number('disclosure_scheme.decided_within_28_days')))
  const lateOnes = new Set(sample(random, originals, late))
  const third = parameters.number('disclosure_scheme.third_party_applicant')
  const asked = originals.filter(({ route }) => route === 'right_to_ask')
  const thirds = new Set(sample(random, asked, Math.round(originals.length * third)))
  const nextRef = numberer(bcu, 'DV')
  const written: { row: Row; application: Application; a: Person }[] = []
  for (const application of originals) {
    const isThird = thirds.has(application)
    const a = applicantOf(bcu, application)
    const row = rowOf(bcu, application, nextRef(), a, isThird, lateOnes.has(application))
    bcu.add('dvds', Math.floor(application.received / 1440), row)
    written.push({ row, application, a })
  }
  for (const { row, application, a } of sample(random, written, duplicates)) {
    const ref = nextRef()
    const at = Math.min(application.received + random.between(1, 40) * 1440, (lastDay + 1) * 1440 - 600)
    const again = { ...row, ...peopleOf(bcu, application, ref, a, at) }
    for (const column of ['checks_dt', 'met_dt', 'panel_on', 'decided_on', 'decision', 'disclosed_to', 'operation'])
      again[column] = ''
    bcu.add('dvds', Math.floor(at / 1440), {
      ...again,
      application_ref: ref,
      channel: pickOne(random, channels),
      received_dt: isoMinute(at),
      // Three applicants in five say so themselves (assumption); the others have to be found.
      duplicate_declared: random.chance(0.6) ? 'Y' : 'N',
      closed_as: 'duplicate',
    })
    bcu.duplicate('dvds', ref, String(row['application_ref']))
  }
}

const channels = ['online', 'station', '101', 'officer'] as const

function applicationsOf(bcu: Bcu, count: number, whole: number): Application[] {
  const { random, reference } = bcu
  const rate = (path: string): number => reference.parameters.number(`disclosure_scheme.${path}`)
  // Duplicates are closed without a decision, so the others disclose so much oftener.
  const often = whole / Math.max(1, count)
  const [ask, askYes, knowYes] = [
    rate('right_to_ask_share'),
    rate('right_to_ask_disclosed') * often,
    rate('right_to_know_disclosed') * often,
  ]
  const kinds = deal(
    random,
    [
      [{ route: 'right_to_ask', decision: 'disclose' } as const, ask * askYes],
      [{ route: 'right_to_ask', decision: 'not_disclose' } as const, ask * (1 - askYes)],
      [{ route: 'right_to_know', decision: 'disclose' } as const, (1 - ask) * knowYes],
      [{ route: 'right_to_know', decision: 'not_disclose' } as const, (1 - ask) * (1 - knowYes)],
    ],
    count,
  )
  // There is more to disclose of somebody severe; whoever is asked about in vain is often known as well.
  const known = bcu.entries.filter(
    ({ suspectKnown, dyad, reported }) =>
      suspectKnown &&
      dyad.suspect.sex === 'M' &&
      reported < (lastDay - 40) * 1440 &&
      ageOn(dyad.suspect.born, window.first) >= 18,
  )
  const severe = known.filter(({ offence }) => (offence?.harm ?? 0) >= severeDays)
  const operations = bcu.operations.flatMap(({ code, first, last, dvds }) =>
    Array.from({ length: dvds }, () => ({ code, first, last })),
  )
  return kinds.flatMap((kind, place): Application[] => {
    const entry = pickOne(
      random,
      kind.decision === 'disclose' && severe.length > 0 && random.chance(0.4) ? severe : known,
    )
    const told = Math.floor(entry.reported / 1440)
    const operation = operations[place]
    const day =
      operation === undefined ? random.between(told + 2, lastDay) : random.between(operation.first, operation.last)
    // An operation's applications may come before the record they happen to be drawn with: then an earlier one is meant.
    const about = told < day ? entry : (known.find(({ reported }) => reported < (day - 1) * 1440) ?? entry)
    return [
      { ...kind, entry: about, received: day * 1440 + random.between(480, 1300), operation: operation?.code ?? '' },
    ]
  })
}

// Somebody new in B's life, or the victim of the record.
function applicantOf(bcu: Bcu, { entry, received }: Application): Person {
  const { random, register } = bcu
  const { victim, suspect, relation } = entry.dyad
  const day = Math.floor(received / 1440)
  if (relation === 'current partner' && random.chance(0.6) && isAlive(bcu, victim, day)) return victim
  const age = Math.max(18, ageOn(suspect.born, day) + random.between(-6, 4))
  return register.make({
    sex: suspect.sex === 'M' ? 'F' : 'M',
    born: bornAt(random, age, day),
    borough: random.chance(0.7) ? entry.borough : suspect.home.borough,
  })
}

function peopleOf(
  bcu: Bcu,
  { entry }: Application,
  ref: string,
  a: Person,
  at: number,
): Record<string, string | number> {
  const { suspect } = entry.dyad
  const asked: Mention = bcu.mentionAs(`${ref}-A`, { person: a, other: suspect, role: 'victim', channel: 'dvds', at })
  const about = bcu.mentionAs(`${ref}-B`, { person: suspect, other: a, role: 'suspect', channel: 'dvds', at })
  return {
    ...personColumnsOf('a', `${ref}-A`, asked),
    a_phone: asked.phone,
    ...personColumnsOf('b', `${ref}-B`, about),
    b_address: about.address,
  }
}

function rowOf(bcu: Bcu, application: Application, ref: string, a: Person, isThird: boolean, isLate: boolean): Row {
  const { random } = bcu
  const { entry, received, route, decision, operation } = application
  const day = Math.floor(received / 1440)
  const decided = day + (isLate ? random.between(29, 70) : random.between(3, 28))
  // What lies after the last day of the extract has not happened yet.
  const until = (one: number): string => (one > lastDay ? '' : isoDay(one))
  const isDecided = decided <= lastDay
  const c = isThird ? thirdParty(bcu, application, ref, a) : {}
  return {
    application_ref: ref,
    route,
    channel: route === 'right_to_know' ? pickOne(random, ['officer', 'partner'] as const) : pickOne(random, channels),
    received_dt: isoMinute(received),
    bcu: bcu.code,
    borough_code: entry.borough.code,
    duplicate_declared: 'N',
    applicant_is_third_party: isThird ? 'Y' : 'N',
    ...peopleOf(bcu, application, ref, a, received),
    a_safe_hours: pickOne(random, ['any time', '09:00-12:00', '13:00-15:00', 'text first'] as const),
    ...c,
    relationship: a === entry.dyad.victim ? entry.dyad.relation : 'current partner',
    checks_dt: isoMinute(Math.min(received + random.between(60, 1400), (lastDay + 1) * 1440 - 1)),
    met_dt: until(Math.min(decided, day + random.between(2, 10))),
    panel_on: until(decided),
    decided_on: until(decided),
    decision: isDecided ? decision : '',
    disclosed_to: isDecided && decision === 'disclose' ? (isThird && random.chance(0.3) ? 'C' : 'A') : '',
    closed_as: !isDecided
      ? ''
      : decision === 'disclose'
        ? 'disclosed'
        : pickOne(random, ['no_info_held', 'info_test_not_met', 'not_engaged'] as const),
    operation,
  }
}

function thirdParty(bcu: Bcu, { entry, received }: Application, ref: string, a: Person): Row {
  const { random, register } = bcu
  const born = bornAt(random, random.between(25, 70), Math.floor(received / 1440))
  const person = register.make({ sex: random.chance(0.6) ? 'F' : 'M', born, borough: entry.borough })
  const c = bcu.mentionAs(`${ref}-C`, { person, other: a, role: 'witness', channel: 'dvds', at: received })
  return { c_mention_ref: `${ref}-C`, c_forenames: c.forenames, c_surname: c.surname }
}
