import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dayOf, dayOfText } from './calendar.ts'
import { type Row, csvTable } from './csv.ts'
import { recordedByBorough } from './generate.ts'
import { isFictionalPhone, isFictionalPostcode } from './homes.ts'
import { severeDays } from './records.ts'
import { type Reference, readReference } from './reference.ts'

/** One published or modelled figure and how the made folder compares. */
export interface Target {
  readonly name: string
  readonly value: number
  readonly target: string
  readonly ok: boolean
}

interface Seen {
  readonly borough: string
  readonly kind: string
  readonly status: string
  readonly day: number
  offence: string
  outcome: string
  updated: string
  victim: string
  victimSex: string
  suspect: string
  arrested: boolean
}

interface Person {
  readonly forename: string
  readonly surname: string
  readonly dob: string
  readonly sex: string
  readonly police: string
}

/** Counts of mentions that differ from the truth. */
const noiseNames = [
  'victims',
  'forename',
  'surname',
  'dobMissing',
  'dobWrong',
  'sexWrong',
  'suspects',
  'unnamed',
  'nickname',
  'noDob',
  'noAddress',
  'sexKnown',
] as const
type Noise = Record<(typeof noiseNames)[number], number>

/**
 * Reads a generated folder as an outsider would, compares it with its truth files and says which targets it meets.
 * A share is allowed its stated band or three standard errors of its own sample, whichever is wider, so that small
 * scales are judged fairly.
 */
export async function checkTargets(folder: string): Promise<Target[]> {
  const reference = readReference()
  const people = await truePeople(folder)
  const owners = new Map(
    csvTable(await readFile(join(folder, 'truth', 'mentions.csv'), 'utf8')).map((row) => [
      row('mention_ref'),
      row('person_id'),
    ]),
  )
  const scale = scaleOf(await readFile(join(folder, 'truth', 'expected.json'), 'utf8'))
  const records = new Map<string, Seen>()
  const noise: Noise = Object.fromEntries(noiseNames.map((name) => [name, 0])) as Noise
  const unsafe = { phones: 0, postcodes: 0, emails: 0 }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.csv') && !name.includes('_resend')).sort()
  for (const name of names.filter((file) => file.startsWith('incidents_'))) {
    const text = await readFile(join(folder, name), 'utf8')
    countUnsafeText(text, unsafe)
    for (const row of csvTable(text)) {
      if (row('postcode') !== '' && !isFictionalPostcode(row('postcode'))) unsafe.postcodes++
      const held = records.get(row('crime_ref'))
      if (held === undefined) records.set(row('crime_ref'), seenOf(row))
      else if (row('last_updated') > held.updated) held.updated = row('last_updated')
    }
  }
  for (const name of names.filter((file) => !file.startsWith('incidents_'))) {
    const text = await readFile(join(folder, name), 'utf8')
    countUnsafeText(text, unsafe)
    const offences = name.startsWith('offences_')
    const outcomeColumn = text.slice(0, 200).includes('outcome_cd') ? 'outcome_cd' : 'outcome_code'
    for (const row of csvTable(text)) {
      const seen = records.get(row('crime_ref'))
      if (seen === undefined) throw new RangeError(`${name} names a crime_ref that no incident file holds`)
      if (offences) {
        seen.offence = row('offence_code')
        // A correction decides what was open.
        if (seen.outcome === '' || seen.outcome === '99') seen.outcome = row(outcomeColumn)
      } else {
        const id = owners.get(row('mention_ref')) ?? ''
        const person = people.get(id)
        if (person === undefined) throw new RangeError('a mention has no person in the truth')
        addMention(row, seen, id, person, noise, unsafe)
      }
    }
  }
  return [
    ...totals(reference, records, scale),
    ...mix(reference, records),
    ...harm(reference, records),
    ...repeats(reference, records),
    ...noiseTargets(reference, noise),
    ...policeTargets(reference, records, people),
    exact('phones outside the drama ranges', unsafe.phones, 0),
    exact('postcodes that could be real', unsafe.postcodes, 0),
    exact('e-mail addresses outside example.org and example.net', unsafe.emails, 0),
  ]
}

function seenOf(row: Row): Seen {
  return {
    borough: row('borough_code'),
    kind: row('record_kind'),
    status: row('crime_status'),
    day: dayOfText(row('reported_dt')),
    updated: row('last_updated'),
    offence: '',
    outcome: '',
    victim: '',
    victimSex: '',
    suspect: '',
    arrested: false,
  }
}

async function truePeople(folder: string): Promise<Map<string, Person>> {
  return new Map(
    csvTable(await readFile(join(folder, 'truth', 'persons.csv'), 'utf8')).map((row) => [
      row('person_id'),
      {
        forename: row('forenames').toLowerCase(),
        surname: row('surname').toLowerCase(),
        dob: row('dob'),
        sex: row('sex'),
        police: row('police_employee'),
      },
    ]),
  )
}

function scaleOf(text: string): number {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'scale' in value && typeof value.scale === 'number')
    return value.scale
  throw new RangeError('expected.json holds no scale')
}

function countUnsafeText(text: string, unsafe: { phones: number; emails: number }): void {
  for (const [, host = ''] of text.matchAll(/[\w.+-]+@([\w.-]+)/g))
    if (host !== 'example.org' && host !== 'example.net') unsafe.emails++
  for (const [, phone = ''] of text.matchAll(/Call back on ([\d +]+)\./g)) if (!isFictionalPhone(phone)) unsafe.phones++
}

function addMention(
  row: Row,
  seen: Seen,
  id: string,
  person: Person,
  noise: Noise,
  unsafe: { phones: number; postcodes: number },
): void {
  if (row('phone') !== '' && !isFictionalPhone(row('phone'))) unsafe.phones++
  if (row('postcode') !== '' && !isFictionalPostcode(row('postcode'))) unsafe.postcodes++
  if (row('role') === 'victim') {
    seen.victim = id
    seen.victimSex = row('sex')
    noise.victims++
    const written = row('forenames').toLowerCase()
    if (written !== person.forename && !written.startsWith(`${person.forename} `)) noise.forename++
    if (row('surname').toLowerCase() !== person.surname) noise.surname++
    if (row('dob') === '') noise.dobMissing++
    else if (row('dob') !== person.dob) noise.dobWrong++
    if (row('sex') !== 'U') noise.sexKnown++
    if (row('sex') !== 'U' && row('sex') !== person.sex) noise.sexWrong++
  }
  if (row('role') === 'suspect') {
    seen.suspect = id
    seen.arrested = row('arrest_dt') !== ''
    noise.suspects++
    if (row('nominal_id') === '') noise.unnamed++
    else if (row('forenames') === '') noise.nickname++
    else if (row('dob') === '') noise.noDob++
    if (row('nominal_id') !== '' && row('address') === '') noise.noAddress++
  }
}

function exact(name: string, value: number, target: number): Target {
  return { name, value, target: String(target), ok: value === target }
}

function within(name: string, value: number, low: number, high: number): Target {
  return { name, value: Math.round(value * 1e5) / 1e5, target: `${low} to ${high}`, ok: value >= low && value <= high }
}

// From the tenth preset up a stated band holds as it is; a rate without one may always differ by chance.
const strictFrom = 23000

function share(name: string, count: number, of: number, target: number, stated?: number): Target {
  const scatter = 3 * Math.sqrt((target * (1 - target)) / Math.max(1, of))
  const allowed =
    Math.round((of >= strictFrom && stated !== undefined ? stated : Math.max(stated ?? target * 0.1, scatter)) * 1e5) /
    1e5
  const value = Math.round((count / Math.max(1, of)) * 1e5) / 1e5
  return { name, value, target: `${target} ± ${allowed}`, ok: of > 0 && Math.abs(value - target) <= allowed }
}

function totals(reference: Reference, records: ReadonlyMap<string, Seen>, scale: number): Target[] {
  const wanted = recordedByBorough(reference, scale)
  const found = new Map<string, number>()
  for (const seen of records.values())
    if (seen.status === 'recorded') found.set(seen.borough, (found.get(seen.borough) ?? 0) + 1)
  const sum = [...found.values()].reduce((all, count) => all + count, 0)
  const right = [...wanted].filter(([borough, count]) => (found.get(borough) ?? 0) === count).length
  const all = [...wanted.values()].reduce((sums, count) => sums + count, 0)
  return [exact('recorded offences in three years', sum, all), exact('boroughs with their exact total', right, 32)]
}

function mix(reference: Reference, records: ReadonlyMap<string, Seen>): Target[] {
  const { parameters } = reference
  const crimes = [...records.values()].filter((seen) => seen.status === 'recorded')
  const nonCrimes = [...records.values()].filter((seen) => seen.kind === 'non_crime').length
  const subgroups = new Map(reference.offences.map((offence) => [offence.id, offence.subgroup]))
  const violent = /^(?:Violence|Stalking|Homicide)/
  const violence = crimes.filter((seen) => violent.test(subgroups.get(seen.offence) ?? '')).length
  const settled = crimes.filter((seen) => seen.day < dayOf(2026, 3, 1))
  const known = crimes.filter((seen) => seen.victimSex !== '')
  const outcome = (code: string): number => settled.filter((seen) => seen.outcome === code).length
  const outcomes = new Map(parameters.shares('justice.outcomes'))
  const modelledViolence = reference.offences
    .filter((offence) => violent.test(offence.subgroup))
    .reduce((sum, offence) => sum + offence.mix, 0)
  return [
    share(
      'victims female',
      known.filter((seen) => seen.victimSex === 'F').length,
      known.length,
      parameters.number('people.victim_female'),
      0.006,
    ),
    share(
      'non-crime share of records',
      nonCrimes,
      records.size,
      parameters.number('scale.noncrime_share_of_all_da_records'),
      0.005,
    ),
    share('violence against the person', violence, crimes.length, Math.round(modelledViolence * 1e4) / 1e4, 0.02),
    share(
      'coercive control',
      crimes.filter((seen) => seen.offence === 'coercive-control').length,
      crimes.length,
      0.041,
    ),
    share(
      'arrests per offence',
      crimes.filter((seen) => seen.arrested).length,
      crimes.length,
      parameters.number('justice.arrests_per_100_offences') / 100,
      0.008,
    ),
    ...['1', '15', '16', '18'].map((code) =>
      share(`outcome ${code}`, outcome(code), settled.length, outcomes.get(code) ?? 0),
    ),
  ]
}

function harm(reference: Reference, records: ReadonlyMap<string, Seen>): Target[] {
  const { parameters } = reference
  const days = new Map(reference.offences.map((offence) => [offence.id, offence.harm]))
  const dyads = new Map<string, number>()
  const first = new Map<string, boolean>()
  const inOrder = [...records.values()].sort((one, other) => one.day - other.day)
  const before = new Set<string>()
  for (const seen of inOrder) {
    const pair = `${seen.suspect} ${seen.victim}`
    const harmDays = seen.status === 'recorded' ? (days.get(seen.offence) ?? 0) : 0
    dyads.set(pair, (dyads.get(pair) ?? 0) + harmDays)
    if (harmDays >= severeDays && !first.has(pair)) first.set(pair, !before.has(pair))
    before.add(pair)
  }
  const sorted = [...dyads.values()].sort((one, other) => other - one)
  const all = sorted.reduce((sum, value) => sum + value, 0)
  const top = (part: number): number =>
    sorted.slice(0, Math.round(sorted.length * part)).reduce((sum, value) => sum + value, 0) / all
  const fresh = [...first.values()].filter((isFirst) => isFirst).length
  return [
    within(
      'harm held by the top 2% of dyads',
      top(0.02),
      ...parameters.range('harm.target_top2pct_of_dyads_share_of_harm'),
    ),
    within('harm held by the top 5% of dyads', top(0.05), ...parameters.range('harm.target_top5pct')),
    within('severe dyads with no earlier record', fresh / Math.max(1, first.size), 0.5, 0.8),
  ]
}

function repeats(reference: Reference, records: ReadonlyMap<string, Seen>): Target[] {
  const { parameters } = reference
  const dyads = new Map<string, number>()
  const victims = new Map<string, number>()
  const victimsOf = new Map<string, Set<string>>()
  for (const seen of records.values()) {
    const pair = `${seen.suspect} ${seen.victim}`
    dyads.set(pair, (dyads.get(pair) ?? 0) + 1)
    if (seen.day >= dayOf(2025, 11, 1)) victims.set(seen.victim, (victims.get(seen.victim) ?? 0) + 1)
    victimsOf.set(seen.suspect, (victimsOf.get(seen.suspect) ?? new Set()).add(seen.victim))
  }
  const atLeast = (counts: Iterable<number>, least: number): number =>
    [...counts].filter((count) => count >= least).length
  const sizes = [...victimsOf.values()].map((set) => set.size)
  return [
    within('dyads with a repeat', atLeast(dyads.values(), 2) / dyads.size, 0.21, 0.27),
    within(
      'victims with a repeat in twelve months',
      atLeast(victims.values(), 2) / victims.size,
      ...parameters.range('repeats.repeat_victims_per_12_months_share_of_victims'),
    ),
    // "9% with 2+" and "2% with 3+" are from memory: half as much again either way.
    within('suspects with two or more victims', atLeast(sizes, 2) / sizes.length, 0.06, 0.13),
    within('suspects with three or more victims', atLeast(sizes, 3) / sizes.length, 0.01, 0.03),
  ]
}

function noiseTargets(reference: Reference, noise: Noise): Target[] {
  const { parameters } = reference
  const named = noise.suspects - noise.unnamed
  const missing = parameters.number('noise.dob.missing')
  const rate = (name: string, count: number, of: number, path: string): Target =>
    share(name, count, of, parameters.number(path))
  return [
    rate('forename differs', noise.forename, noise.victims, 'noise.forename_differs_within_person'),
    rate('surname differs', noise.surname, noise.victims, 'noise.surname_differs_within_person'),
    rate('date of birth missing', noise.dobMissing, noise.victims, 'noise.dob.missing'),
    rate('date of birth wrong', noise.dobWrong, noise.victims, 'noise.dob.wrong'),
    rate('sex wrong', noise.sexWrong, noise.sexKnown, 'noise.sex_wrong'),
    rate('suspect not identified', noise.unnamed, noise.suspects, 'suspects.not_identified_or_unnamed'),
    rate('suspect nickname only', noise.nickname, named, 'suspects.nickname_or_alias_only'),
    rate('suspect without address', noise.noAddress, named, 'suspects.suspect_address_missing'),
    share(
      'named suspect without date of birth',
      noise.noDob,
      named,
      Math.round((1 - (1 - missing) * (1 - parameters.number('suspects.name_only_no_dob'))) * 1e4) / 1e4,
    ),
  ]
}

function policeTargets(
  reference: Reference,
  records: ReadonlyMap<string, Seen>,
  people: ReadonlyMap<string, Person>,
): Target[] {
  const suspects = new Set([...records.values()].map((seen) => seen.suspect))
  const police = [...suspects].filter((id) => people.get(id)?.police === 'Y').length
  return [
    share(
      'suspects who are police employees',
      police,
      suspects.size,
      reference.parameters.number('people.police_employee_suspect'),
    ),
  ]
}
