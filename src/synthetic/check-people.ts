import { dayOf, dayOfText } from './calendar.ts'
import { escalatingShare, relations } from './dyads.ts'
import { ageOn, window } from './people.ts'
import { severeDays } from './records.ts'
import { type Reference, sharesOf } from './reference.ts'
import type { FolderRead, Seen, TruePerson } from './seen.ts'
import { type Target, count, exact, share, tally, widest, within } from './target.ts'

/** Who the people are, how often they come back, and how harm is spread over them. */
export function peopleTargets(reference: Reference, read: FolderRead): Target[] {
  return [
    ...sexes(reference, read),
    ...ages(reference, read),
    ...backgrounds(reference, read),
    ...repeats(reference, read),
    ...harm(reference, read),
    ...deaths(reference, read),
  ]
}

const isCouple = (relation: string): boolean => relation.endsWith('partner')

function sexes(reference: Reference, { records, dyads, people }: FolderRead): Target[] {
  const { parameters } = reference
  const all = [...records.values()]
  const crimes = all.filter(({ status }) => status === 'recorded')
  const named = all.filter(({ suspectKnown }) => suspectKnown)
  const arrested = all.filter((seen) => seen.arrested !== '')
  const charged = all.filter(({ outcome }) => outcome === '1')
  const trueSex = (id: string): string => people.get(id)?.sex ?? ''
  const victims = (sex: string): number => crimes.filter(({ victimSex }) => victimSex === sex).length
  const male = (seen: readonly Seen[]): number => seen.filter(({ suspect }) => trueSex(suspect) === 'M').length
  const pairs = (kind: 'intimate' | 'family'): Target => {
    const mine = dyads.filter((dyad) => isCouple(dyad('relation')) === (kind === 'intimate'))
    const found = tally(mine, (dyad) => `${trueSex(dyad('victim'))}<-${trueSex(dyad('suspect'))}`)
    const wanted = new Map(parameters.shares(`people.joint_sex_${kind}`).filter(([name]) => name !== 'unknown'))
    return widest(`furthest ${kind} pair of sexes from its share`, found, wanted, mine.length > 4000 ? 0.02 : 0.08)
  }
  const relation = tally(dyads, (dyad) => dyad('relation'))
  const couples = [...relation].reduce((sum, [name, number]) => (isCouple(name) ? sum + number : sum), 0)
  const family =
    1 -
    (['ex-partner', 'current partner'] as const).reduce(
      (sum, name) => sum + partOf(parameters.shares('people.relationship'), name),
      0,
    )
  return [
    share('victims female', victims('F'), crimes.length, parameters.number('people.victim_female'), 0.006),
    share('victims male', victims('M'), crimes.length, parameters.number('people.victim_male'), 0.006),
    share(
      'victims of a sex not recorded',
      victims('U'),
      crimes.length,
      parameters.number('people.victim_sex_not_recorded'),
    ),
    share('named suspects male', male(named), named.length, parameters.number('people.suspect_male_named'), 0.01),
    share(
      'arrested suspects male',
      male(arrested),
      arrested.length,
      parameters.number('people.suspect_male_arrested'),
      0.01,
    ),
    share(
      'charged suspects male',
      male(charged),
      charged.length,
      parameters.number('people.suspect_male_charged'),
      0.03,
    ),
    pairs('intimate'),
    pairs('family'),
    ...[...relations].map(([name, word]) =>
      share(
        `dyads: ${name}`,
        relation.get(word) ?? 0,
        dyads.length,
        partOf(parameters.shares('people.relationship'), name),
      ),
    ),
    share('dyads of family', dyads.length - couples, dyads.length, family),
  ]
}

const partOf = (shares: readonly (readonly [string, number])[], name: string): number => new Map(shares).get(name) ?? 0

function ages(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const firsts = firstDays(read)
  const bands = parameters.shares('people.victim_age')
  const found = new Map<string, number>()
  let [near, couples, children] = [0, 0, 0]
  for (const dyad of read.dyads) {
    const first = firsts.get(`${dyad('suspect')} ${dyad('victim')}`)
    if (first === undefined) throw new RangeError('a dyad has no record')
    const [victim, suspect] = [ageAt(read.people, dyad('victim'), first), ageAt(read.people, dyad('suspect'), first)]
    if (victim < 16 || suspect < 16) children++
    const [band = '65+'] = bands.find(([name]) => victim <= Number(name.split('-')[1] ?? Infinity)) ?? []
    found.set(band, (found.get(band) ?? 0) + 1)
    if (!isCouple(dyad('relation'))) continue
    couples++
    if (Math.abs(suspect - victim) <= 3) near++
  }
  const within3 = partOf(parameters.shares('people.age_gap_offender_minus_victim_intimate'), '-3..3')
  return [
    ...bands.map(([name, target]) => share(`victims aged ${name}`, found.get(name) ?? 0, read.dyads.length, target)),
    share('couples within three years of age', near, couples, within3),
    exact('people under 16 in a dyad', children, 0),
  ]
}

/** The day of each dyad's first record. */
function firstDays({ records }: FolderRead): Map<string, number> {
  const firsts = new Map<string, number>()
  for (const { suspect, victim, day } of records.values()) {
    const pair = `${suspect} ${victim}`
    firsts.set(pair, Math.min(firsts.get(pair) ?? Infinity, day))
  }
  return firsts
}

const ageAt = (people: ReadonlyMap<string, TruePerson>, id: string, day: number): number =>
  ageOn(dayOfText(people.get(id)?.dob ?? ''), day)

function backgrounds(reference: Reference, { records, people, written }: FolderRead): Target[] {
  const { parameters } = reference
  const seen = [...records.values()]
  const victims = new Set(seen.map(({ victim }) => victim))
  const suspects = new Set(seen.map(({ suspect }) => suspect))
  const countOf = (ids: Iterable<string>, test: (person: TruePerson) => boolean): number =>
    [...ids].filter((id) => test(people.get(id) ?? nobody)).length
  // Victims of a borough as the Census has its residents.
  const wanted = new Map<string, number>()
  const homes = tally(victims, (id) => people.get(id)?.borough ?? '')
  for (const { code, ethnicities, notEnglish } of reference.boroughs) {
    const here = homes.get(code) ?? 0
    for (const [ethnicity, part] of sharesOf(ethnicities))
      wanted.set(ethnicity, (wanted.get(ethnicity) ?? 0) + here * part)
    wanted.set('language', (wanted.get('language') ?? 0) + here * notEnglish)
  }
  const otherLanguage = (wanted.get('language') ?? 0) / victims.size
  wanted.delete('language')
  const found = tally(victims, (id) => people.get(id)?.ethnicity ?? '')
  return [
    widest('furthest ethnicity of victims from the Census', found, wanted, victims.size > 15000 ? 0.015 : 0.05),
    share(
      'victims whose main language is not English',
      countOf(victims, ({ language }) => language !== 'eng'),
      victims.size,
      otherLanguage,
    ),
    share(
      'suspects who are police employees',
      countOf(suspects, ({ police }) => police),
      suspects.size,
      parameters.number('people.police_employee_suspect'),
    ),
    share(
      'victims whose address is withheld',
      countOf(victims, ({ withheld }) => withheld),
      victims.size,
      parameters.number('people.protected_or_confidential_address'),
    ),
    exact(
      'victims written without the mark of their protected address, or with that of another',
      written.filter(
        ({ id, role, addressProtected }) => role === 'victim' && addressProtected !== people.get(id)?.withheld,
      ).length,
      0,
    ),
  ]
}

const nobody: TruePerson = {
  id: '',
  forename: '',
  surname: '',
  dob: '',
  sex: '',
  ethnicity: '',
  language: '',
  borough: '',
  postcode: '',
  withheld: false,
  police: false,
}

function repeats(reference: Reference, { records, scale }: FolderRead): Target[] {
  const { parameters } = reference
  const recent = dayOf(2025, 11, 1)
  const seen = [...records.values()]
  const pairOf = ({ suspect, victim }: Seen): string => `${suspect} ${victim}`
  const dyads = tally(seen, pairOf)
  const lastYear = tally(
    seen.filter(({ day }) => day >= recent),
    pairOf,
  )
  const victims = tally(
    seen.filter(({ day }) => day >= recent),
    ({ victim }) => victim,
  )
  const victimsOf = new Map<string, Set<string>>()
  for (const { suspect, victim } of seen) victimsOf.set(suspect, (victimsOf.get(suspect) ?? new Set()).add(victim))
  const sizes = [...victimsOf.values()].map((set) => set.size)
  const atLeast = (counts: Iterable<number>, least: number): number => [...counts].filter((one) => one >= least).length
  const sizedFrom = (counts: ReadonlyMap<string, number>, low: number, high: number): number =>
    [...counts.values()].filter((one) => one >= low && one <= high).length
  const threeYears = parameters.shares('repeats.dyad_records_three_years').map(([band, target]) => {
    const [low = 0, high = low] = band.split('-').map(Number)
    return share(`dyads with ${band} records in three years`, sizedFrom(dyads, low, high), dyads.size, target)
  })
  // Drawn for three years; the table of one year was fitted apart, and its tail can be met only nearly.
  const oneYear = parameters.shares('repeats.dyad_records_one_year')
  const few = oneYear.filter(([band]) => Number(band) < 4)
  const many = oneYear.reduce((sum, [band, target]) => (Number(band) < 4 ? sum : sum + target), 0)
  const serial = parameters.number('repeats.suspects_with_two_or_more_victims')
  return [
    count('dyads', dyads.size, 219000 * scale),
    within('dyads with a repeat', atLeast(dyads.values(), 2) / dyads.size, 0.21, 0.27),
    ...threeYears,
    ...few.map(([band, target]) => {
      const number = Number(band)
      return share(`dyads with ${band} records in one year`, sizedFrom(lastYear, number, number), lastYear.size, target)
    }),
    share('dyads with 4 records or more in one year', sizedFrom(lastYear, 4, Infinity), lastYear.size, many, 0.015),
    within(
      'victims with a repeat in twelve months',
      atLeast(victims.values(), 2) / victims.size,
      ...parameters.range('repeats.repeat_victims_per_12_months_share_of_victims'),
    ),
    share('suspects with two or more victims', atLeast(sizes, 2), sizes.length, serial),
    share(
      'suspects with three or more victims',
      atLeast(sizes, 3),
      sizes.length,
      parameters.number('repeats.with_three_or_more'),
    ),
  ]
}

function harm(reference: Reference, { records, dyads }: FolderRead): Target[] {
  const { parameters } = reference
  const days = new Map(reference.offences.map((offence) => [offence.id, offence.harm]))
  const totals = new Map<string, number>()
  const crimes = new Map<string, number[]>()
  // True while nothing came before the first severe crime.
  const first = new Map<string, boolean>()
  const before = new Set<string>()
  for (const seen of [...records.values()].sort((one, other) => one.reported - other.reported)) {
    const pair = `${seen.suspect} ${seen.victim}`
    const harmDays = seen.status === 'recorded' ? (days.get(seen.offence) ?? 0) : 0
    totals.set(pair, (totals.get(pair) ?? 0) + harmDays)
    if (seen.offence !== '') crimes.set(pair, [...(crimes.get(pair) ?? []), days.get(seen.offence) ?? 0])
    if (harmDays >= severeDays && !first.has(pair)) first.set(pair, !before.has(pair))
    before.add(pair)
  }
  const sorted = [...totals.values()].sort((one, other) => other - one)
  const all = sorted.reduce((sum, value) => sum + value, 0)
  const top = (part: number): number =>
    sorted.slice(0, Math.round(sorted.length * part)).reduce((sum, value) => sum + value, 0) / all
  const fresh = [...first.values()].filter((isFirst) => isFirst).length
  const large = dyads.filter((dyad) => Number(dyad('records')) >= 4)
  const escalating = dyads.filter((dyad) => dyad('escalates') === 'Y')
  const rising = escalating.filter((dyad) => {
    const mine = crimes.get(`${dyad('suspect')} ${dyad('victim')}`) ?? []
    return mine.slice(1).every((value, place) => value >= (mine[place] ?? 0))
  })
  return [
    within(
      'harm held by the top 2% of dyads',
      top(0.02),
      ...parameters.range('harm.target_top2pct_of_dyads_share_of_harm'),
    ),
    within('harm held by the top 5% of dyads', top(0.05), ...parameters.range('harm.target_top5pct')),
    share(
      'severe dyads with no earlier record',
      fresh,
      first.size,
      parameters.number('harm.severe_dyads_with_no_earlier_record'),
    ),
    share('dyads of four records or more that escalate', escalating.length, large.length, escalatingShare),
    share('of them, those whose crimes never grow less harmful', rising.length, escalating.length, 1, 0.05),
  ]
}

function deaths(reference: Reference, { records, changes, people, lists }: FolderRead): Target[] {
  const [low, high] = reference.parameters.range('operations.da_homicides_per_year')
  const murders = [...records.values()].filter(({ offence, status }) => offence === 'murder' && status === 'recorded')
  const women = murders.filter(({ victim }) => people.get(victim)?.sex === 'F').length
  const years = (window.end - window.first) / 365.25
  const scale = records.size / (reference.parameters.number('scale.records_per_year') * years)
  const died = new Map(murders.map(({ victim, reported }) => [victim, reported]))
  const later = [...records.values()].filter(
    ({ victim, suspect, reported }) =>
      reported > (died.get(victim) ?? Infinity) || reported > (died.get(suspect) ?? Infinity),
  )
  const told = [...changes.values()].flat().filter(({ what }) => what === 'death').length
  const slack = 3 * Math.sqrt(high * years * scale)
  const protectedLater = lists.orders.filter((row) => {
    const victim = records.get(row('crime_ref'))?.victim ?? ''
    return row('made_on') !== '' && dayOfText(row('made_on')) * 1440 > (died.get(victim) ?? Infinity)
  })
  return [
    within(
      'people killed in three years',
      murders.length,
      Math.max(0, low * years * scale - slack),
      high * years * scale + slack,
    ),
    // Of a handful nothing can be said.
    ...(murders.length < 5
      ? []
      : [
          share(
            'of them women',
            women,
            murders.length,
            reference.parameters.number('operations.da_homicide_female_victim'),
          ),
        ]),
    exact('people killed, by the truth', told, murders.length),
    exact('records that name somebody after their death', later.length, 0),
    exact('orders made for somebody after their death', protectedLater.length, 0),
  ]
}
