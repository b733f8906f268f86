import { afterHours, dayOfText, weekdayOf } from './calendar.ts'
import type { Row } from './csv.ts'
import { window } from './people.ts'
import { pilotStart } from './records.ts'
import type { Reference } from './reference.ts'
import type { FolderRead } from './seen.ts'
import { type Target, count, exact, share, tally, within } from './target.ts'

/** Arrests, bail, courts, orders, disclosures, conferences and operations. */
export function listTargets(reference: Reference, read: FolderRead): Target[] {
  return [
    ...arrests(reference, read),
    ...bail(reference, read),
    ...courts(reference, read),
    ...orders(reference, read),
    ...disclosures(reference, read),
    ...conferences(reference, read),
    ...operations(reference, read),
  ]
}

const years = 3
const minuteOf = (text: string): number =>
  dayOfText(text) * 1440 + Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16))

/** So many a year, to the nearest one. */
function yearly(
  reference: Reference,
  { scale }: FolderRead,
  name: string,
  found: number,
  path: string,
  times = years,
): Target {
  return exact(name, found, Math.round(reference.parameters.number(path) * times * scale))
}

function arrests(reference: Reference, { lists, records, scale }: FolderRead): Target[] {
  const { parameters } = reference
  const crimes = [...records.values()].filter(({ status }) => status === 'recorded')
  const rate = parameters.number('justice.arrests_per_100_offences') / 100
  const arrested = crimes.filter((seen) => seen.arrested !== '').length
  const names = new Map([
    ['charged', 'charged'],
    ['caution', 'caution or community resolution'],
    ['bail', 'pre-charge bail with conditions'],
    ['rui', 'released under investigation'],
    ['nfa', 'no further action'],
  ])
  const shares = new Map(parameters.shares('justice.disposal_at_custody'))
  const found = tally(lists.custody, (row) => row('disposal'))
  const prompt = lists.custody.filter((row) => {
    const seen = records.get(row('crime_ref'))
    return seen !== undefined && minuteOf(row('arrest_dt')) - seen.reported < 1440
  })
  return [
    share('arrests per offence', arrested, crimes.length, rate, 0.008),
    exact('arrests in the custody list', lists.custody.length, arrested),
    count('arrests in three years', arrested, 28544 * years * scale),
    ...[...names].map(([disposal, name]) =>
      share(`arrests: ${name}`, found.get(disposal) ?? 0, lists.custody.length, shares.get(name) ?? 0),
    ),
    // Whoever is found on a day of action was wanted before, so a few are later than chance has it.
    share(
      'arrests within a day of the report',
      prompt.length,
      lists.custody.length,
      parameters.number('justice.arrest_within_24h'),
    ),
  ]
}

function bail(reference: Reference, { lists, scale }: FolderRead): Target[] {
  const { parameters } = reference
  const bails = lists.bail
  // Mean of the bails live on each day, once bail has had nine months to build up.
  let live = 0
  const [from, to] = [window.first + 275, window.end]
  for (const row of bails) {
    const start = Math.max(from, dayOfText(row('bail_from')))
    const end = row('status') === 'live' ? to : Math.min(to, dayOfText(row('bail_to')) + 1)
    live += Math.max(0, end - start)
  }
  const known = bails.filter((row) => dayOfText(row('three_months_end')) < window.end - 1)
  const ended = bails.filter((row) => row('status') === 'ended')
  const conditions = tally(lists['bail-conditions'], (row) => row('condition_code'))
  const codes = ['NO_CONTACT', 'NOT_ENTER_ADDRESS', 'NOT_ENTER_AREA', 'RESIDE', 'REPORT', 'CURFEW', 'PASSPORT', 'NO_CHILD_CONTACT'] // prettier-ignore
  return [
    count('bails in three years', bails.length, parameters.number('justice.bail_per_year') * years * scale),
    within(
      'bails live on a day, in the mean',
      live / (to - from),
      parameters.number('justice.bail_stock_at_any_time') * scale * 0.9,
      parameters.number('justice.bail_stock_at_any_time') * scale * 1.1,
    ),
    share(
      'bails extended past three months',
      known.filter((row) => row('extended_to') !== '').length,
      known.length,
      parameters.number('justice.bail_extended_past_three_months'),
    ),
    share(
      'bails with a reported breach',
      ended.filter((row) => row('breach_reported_dt') !== '').length,
      ended.length,
      parameters.number('justice.bail_breach_reported'),
    ),
    ...parameters
      .shares('justice.bail_conditions')
      .map(([name, target], place) =>
        share(`bails: ${name}`, conditions.get(codes[place] ?? '') ?? 0, bails.length, target),
      ),
  ]
}

function courts(reference: Reference, { lists, records }: FolderRead): Target[] {
  const cases = Map.groupBy(lists.court, (row) => row('case_ref'))
  const charges = lists.custody.filter((row) => row('disposal') === 'charged').length
  const closed = [...cases.values()].filter((rows) => rows.some((row) => row('next_hearing_dt') === ''))
  const convicted = closed.filter((rows) => rows.some((row) => row('verdict') === 'G')).length
  const strangers = lists.court.filter((row) => !records.has(row('crime_ref'))).length
  const badCodes = lists.court.filter((row) => !/^\d{4}$/.test(row('result_code'))).length
  const sundays = lists.court.filter((row) => {
    const day = dayOfText(row('hearing_dt'))
    return weekdayOf(day) === 6 || reference.holidays.has(day)
  }).length
  return [
    // Some charges come after bail, and the last of the window are not heard in it.
    within('cases at court against charges in custody', cases.size / Math.max(1, charges), 0.93, 1.12),
    share('cases that end in conviction (assumption)', convicted, closed.length, 0.76),
    exact('results of cases that no record knows', strangers, 0),
    exact('results without a code of four digits', badCodes, 0),
    exact('hearings on a Sunday or bank holiday', sundays, 0),
  ]
}

function orders(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const of = (type: string): readonly Row[] => read.lists.orders.filter((row) => row('order_type') === type)
  const [notices, applied, newer] = [of('DVPN'), of('DVPO'), of('DAPO')]
  const granted = applied.filter((row) => row('result') === 'granted')
  const isLeftOut = (day: number): boolean => weekdayOf(day) === 6 || reference.holidays.has(day)
  const served = new Map(notices.map((row) => [row('order_ref'), minuteOf(row('served_dt'))]))
  const late = applied.filter((row) => {
    const from = served.get(row('based_on_ref'))
    return from === undefined || minuteOf(row('hearing_dt')) > afterHours(from, 48, isLeftOut)
  })
  const lengths = granted.map((row) => dayOfText(row('ends_on')) - dayOfText(row('made_on')) + 1)
  const pilot = newer.filter((row) => row('bcu') !== 'SN' || dayOfText(row('made_on')) < pilotStart).length
  const old = notices.filter((row) => row('bcu') === 'SN' && dayOfText(row('served_dt')) > pilotStart).length
  const live = (window.end - pilotStart) / 365.25
  return [
    yearly(reference, read, 'DVPNs', notices.length, 'protection.dvpn_per_year'),
    yearly(reference, read, 'DVPO applications', applied.length, 'protection.dvpo_applications_per_year'),
    share('DVPOs granted', granted.length, applied.length, parameters.number('protection.dvpo_granted_rate')),
    within('DVPOs granted a year', granted.length / years / read.scale, 630, 695),
    share(
      'DVPOs breached',
      granted.filter((row) => row('breach_reported_dt') !== '').length,
      granted.length,
      parameters.number('protection.dvpo_breach'),
    ),
    exact('DVPO hearings later than 48 hours after service', late.length, 0),
    exact('DVPOs shorter than 14 days or longer than 28', lengths.filter((days) => days < 14 || days > 28).length, 0),
    yearly(reference, read, 'DAPOs', newer.length, 'protection.dapo_per_year_pilot_boroughs', live),
    exact('DAPOs outside the pilot', pilot, 0),
    exact('DVPNs within the pilot', old, 0),
    yearly(reference, read, 'stalking protection orders', of('SPO').length, 'protection.spo_per_year'),
    yearly(reference, read, 'non-molestation orders', of('NMO').length, 'protection.nmo_known_to_police_per_year'),
    yearly(reference, read, 'restraining orders', of('RO').length, 'protection.restraining_orders_per_year'),
  ]
}

function disclosures(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const rate = (path: string): number => parameters.number(`disclosure_scheme.${path}`)
  const all = read.lists.dvds
  const asked = all.filter((row) => row('route') === 'right_to_ask')
  const known = all.filter((row) => row('route') === 'right_to_know')
  const isDisclosed = (row: Row): boolean => row('decision') === 'disclose'
  const duplicates = all.filter((row) => row('closed_as') === 'duplicate')
  // The last applications are not decided yet.
  const old = (rows: readonly Row[]): Row[] => rows.filter((row) => dayOfText(row('received_dt')) < window.end - 75)
  const decided = old(all).filter((row) => row('decided_on') !== '')
  const prompt = decided.filter((row) => dayOfText(row('decided_on')) - dayOfText(row('received_dt')) <= 28)
  const third = all.filter((row) => row('applicant_is_third_party') === 'Y').length
  const listed = new Set(read.duplicates.map((row) => row('ref')))
  const disclosed =
    (all.filter(isDisclosed).length * all.length) / Math.max(1, old(all).length + (all.length - old(all).length) * 0.5)
  return [
    yearly(reference, read, 'disclosure applications', all.length, 'disclosure_scheme.applications_per_year'),
    share('applications: right to ask', asked.length, all.length, rate('right_to_ask_share')),
    share(
      'right to ask disclosed',
      old(asked).filter(isDisclosed).length,
      old(asked).length,
      rate('right_to_ask_disclosed'),
    ),
    share(
      'right to know disclosed',
      old(known).filter(isDisclosed).length,
      old(known).length,
      rate('right_to_know_disclosed'),
    ),
    count('disclosures in three years', Math.round(disclosed), rate('disclosures_per_year') * years * read.scale),
    share('decided within 28 days', prompt.length, decided.length, rate('decided_within_28_days')),
    share('third-party applicants', third, all.length, rate('third_party_applicant')),
    share('duplicate applications', duplicates.length, all.length, rate('duplicate_applications')),
    exact(
      'duplicate applications the truth does not list',
      duplicates.filter((row) => !listed.has(row('application_ref'))).length,
      0,
    ),
  ]
}

function conferences(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const cases = read.lists.marac
  const repeats = cases.filter((row) => row('is_repeat') === 'Y')
  const tooLate = repeats.filter(
    (row) => dayOfText(row('meeting_on')) - dayOfText(row('previous_meeting_on')) > 365 + 45,
  )
  const referred = cases.filter((row) => row('idva_referred') === 'Y')
  const engaged = referred.filter((row) => row('idva_engaged') === 'Y')
  return [
    yearly(reference, read, 'MARAC cases', cases.length, 'safeguarding.marac_cases_per_year'),
    share('MARAC cases heard before', repeats.length, cases.length, parameters.number('safeguarding.marac_repeat')),
    exact('MARAC repeats after more than a year', tooLate.length, 0),
    share(
      'MARAC cases referred to an advocate',
      referred.length,
      cases.length,
      parameters.number('safeguarding.idva_referral_of_high'),
    ),
    share(
      'of them, those that engaged',
      engaged.length,
      referred.length,
      parameters.number('safeguarding.idva_engaged'),
    ),
  ]
}

function operations(reference: Reference, { lists, records, people, scale }: FolderRead): Target[] {
  const sixteen = new Map(reference.parameters.shares('operations.sixteen_days'))
  const tagged = (rows: readonly Row[], code: string): readonly Row[] => rows.filter((row) => row('operation') === code)
  const winters = lists.operations.map((row) => row('operation')).filter((code) => code.startsWith('SYN-OP-16D'))
  const weeks = lists.operations.map((row) => row('operation')).filter((code) => code.startsWith('SYN-OP-WEEK'))
  const inWinters = (rows: readonly Row[], test: (row: Row) => boolean = () => true): number =>
    winters.reduce((all, code) => all + tagged(rows, code).filter(test).length, 0)
  const isWoman = (row: Row): boolean => people.get(records.get(row('crime_ref'))?.suspect ?? '')?.sex === 'F'
  const found: readonly (readonly [string, number])[] = [
    ['arrests', inWinters(lists.custody)],
    ['women', inWinters(lists.custody, isWoman)],
    ['charges', inWinters(lists.custody, (row) => row('disposal') === 'charged')],
    ['cautions', inWinters(lists.custody, (row) => row('disposal') === 'caution')],
    ['orders', inWinters(lists.orders, (row) => row('order_type') === 'DVPN')],
    ['dvds', inWinters(lists.dvds)],
  ]
  const days = new Map(
    lists.operations.map((row) => [row('operation'), [row('first_day'), row('last_day')].map(dayOfText)] as const),
  )
  const outside = lists.custody.filter((row) => {
    const [first = 0, last = 0] = days.get(row('operation')) ?? [0, Infinity]
    const day = dayOfText(row('arrest_dt'))
    return day < first || day > last
  })
  const week = reference.parameters.number('operations.arrests_in_a_week_of_action')
  // In a small folder a BCU may have nobody to find, and one in it is a large share.
  const slack = scale < 0.1 ? 0.3 : 0.02
  return [
    ...found.map(([name, number]) => {
      const wanted = (sixteen.get(name) ?? 0) * scale * winters.length
      const allowed = Math.max(winters.length, wanted * slack)
      return within(`sixteen days of action, three times: ${name}`, number, wanted - allowed, wanted + allowed)
    }),
    count('arrests in weeks of action', inWeeks(lists.custody, weeks), week * scale * weeks.length),
    exact('arrests of an operation outside its days', outside.length, 0),
  ]
}

const inWeeks = (rows: readonly Row[], codes: readonly string[]): number =>
  rows.filter((row) => codes.includes(row('operation'))).length
