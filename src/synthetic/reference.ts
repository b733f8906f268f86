import { readFileSync } from 'node:fs'
import { dayOfText } from './calendar.ts'
import { type Row, csvTable } from './csv.ts'
import { type Names, readNames } from './names.ts'
import { type Parameters, readParameters } from './parameters.ts'
import { type Weighted, one, weighted } from './random.ts'

export interface Area {
  readonly ward: string
  readonly lat: number
  readonly lon: number
}

export interface Borough {
  readonly code: string
  readonly name: string
  readonly bcu: string
  /** Modelled recorded domestic-abuse offences a year: never a published figure. */
  readonly offencesPerYear: number
  readonly areas: Weighted<Area>
  readonly outcodes: readonly Outcode[]
  /** Self-defined ethnicity codes by residents. */
  readonly ethnicities: Weighted<string>
  /** Name groups for each ethnicity code, by speakers of the group's language in the borough. */
  readonly groups: ReadonlyMap<string, Weighted<string>>
  /** Share of residents whose main language is not English. */
  readonly notEnglish: number
  /** The same of those whose name group has another language, so that the borough comes to its share. */
  readonly keepsLanguage: number
}

export interface Outcode {
  readonly code: string
  readonly lat: number
  readonly lon: number
}

export interface Offence {
  readonly id: string
  readonly cjsCode: string
  readonly title: string
  readonly subgroup: string
  readonly mix: number
  readonly harm: number
}

/** Everything the generator reads: facts about London, name lists and parameters. */
export interface Reference {
  readonly parameters: Parameters
  readonly boroughs: readonly Borough[]
  readonly offences: readonly Offence[]
  readonly names: Names
  readonly streets: readonly string[]
  /** Bank holidays, Christmas Day and Good Friday, as day numbers. */
  readonly holidays: ReadonlySet<number>
  /** Share of incidents by weekday (Monday 0) x 24 + hour. */
  readonly hours: readonly number[]
  /** Mean 1, January first. */
  readonly months: readonly number[]
  /** ISO 639-3 codes of a name group's languages. */
  readonly languages: ReadonlyMap<string, readonly string[]>
}

const folder = new URL('../../data/', import.meta.url)

function table(file: string): Row[] {
  return csvTable(readFileSync(new URL(file, folder), 'utf8'))
}

/** The two-letter codes of the twelve Basic Command Units. */
export const bcuCodes: ReadonlyMap<string, string> = new Map([
  ['Central West', 'AW'],
  ['Central North', 'CN'],
  ['Central East', 'CE'],
  ['Central South', 'AS'],
  ['North East', 'NE'],
  ['East', 'EA'],
  ['North', 'NA'],
  ['North West', 'NW'],
  ['West', 'WA'],
  ['South West', 'SW'],
  ['South', 'SN'],
  ['South East', 'SE'],
])

// Census 2021 label (after its heading) to self-defined ethnicity code.
const ethnicityCodes: ReadonlyMap<string, string> = new Map([
  ['English, Welsh, Scottish, Northern Irish or British', 'W1'],
  ['Irish', 'W2'],
  ['Gypsy or Irish Traveller', 'W3'],
  ['Roma', 'W9'],
  ['Other White', 'W9'],
  ['White and Black Caribbean', 'M1'],
  ['White and Black African', 'M2'],
  ['White and Asian', 'M3'],
  ['Other Mixed or Multiple ethnic groups', 'M9'],
  ['Indian', 'A1'],
  ['Pakistani', 'A2'],
  ['Bangladeshi', 'A3'],
  ['Chinese', 'A4'],
  ['Other Asian', 'A9'],
  ['Caribbean', 'B1'],
  ['African', 'B2'],
  ['Other Black', 'B9'],
  ['Arab', 'O2'],
  ['Any other ethnic group', 'O9'],
])

/** Reads every reference file. Takes about a second; keep the result. */
export function readReference(): Reference {
  const parameters = readParameters(new URL('synthetic/london-generator-parameters.json', folder))
  const groupRows = table('names/name-groups.csv')
  const boroughBcu = new Map(table('geo/met-bcus.csv').map((row) => [row('borough_code'), row('bcu')]))
  const areas = areasByBorough()
  const outcodes = Map.groupBy(table('geo/london-postcode-districts.csv'), (row) => row('borough_code_of_centroid'))
  const ethnicity = Map.groupBy(
    table('population/borough-ethnicity.csv').filter((row) => row('is_leaf') === '1'),
    (row) => row('borough_code'),
  )
  const speakers = Map.groupBy(table('population/borough-main-language.csv'), (row) => row('borough_code'))
  const languages = languagesOfGroups(groupRows)
  const hasOther = (group: string): boolean => languages.get(group)?.some((language) => language !== 'eng') === true
  const boroughs = table('crime/da-borough-calibration-MODELLED.csv').map((row): Borough => {
    const code = row('borough_code')
    const ethnicities = weighted(
      one(ethnicity.get(code), `ethnicity of ${code}`).map((line) => {
        const label = line('ethnic_group')
        const sde = ethnicityCodes.get(label.slice(label.indexOf(': ') + 2))
        return [one(sde, `code of ${label}`), Number(line('count'))] as const
      }),
    )
    const spoken = one(speakers.get(code), `languages of ${code}`)
    const groups = nameGroups(groupRows, spoken)
    const notEnglish = shareNotEnglish(spoken)
    const others = sharesOf(ethnicities).reduce((sum, [sde, share]) => {
      const within = sharesOf(one(groups.get(sde), `groups of ${sde}`)).filter(([group]) => hasOther(group))
      return sum + share * within.reduce((part, [, of]) => part + of, 0)
    }, 0)
    return {
      code,
      name: row('borough'),
      bcu: one(bcuCodes.get(one(boroughBcu.get(code), 'BCU of a borough')), 'code of a BCU'),
      offencesPerYear: Number(row('modelled_da_offences_per_year')),
      areas: one(areas.get(code), `areas of ${code}`),
      outcodes: one(outcodes.get(code), `outcodes of ${code}`).map((outcode) => ({
        code: outcode('outcode'),
        lat: Number(outcode('lat')),
        lon: Number(outcode('lon')),
      })),
      ethnicities,
      groups,
      notEnglish,
      keepsLanguage: Math.min(1, notEnglish / others),
    }
  })
  return {
    parameters,
    boroughs,
    offences: table('offences/da-offences.csv').map((row) => ({
      id: row('id'),
      cjsCode: row('cjs_code'),
      title: row('title'),
      subgroup: row('ons_subgroup'),
      mix: Number(row('mix_share_modelled')),
      harm: Number(row('harm_days_working_from_memory')),
    })),
    names: readNames(table),
    streets: table('names/street-names-uk.csv').map((row) => row('street_name')),
    holidays: readHolidays(),
    hours: hourProfile(),
    months: table('crime/month-of-year-profile-violence-2015-2019.csv').map((row) =>
      Number(row('index_per_day_mean_1')),
    ),
    languages,
  }
}

function readHolidays(): Set<number> {
  const text = readFileSync(new URL('calendar/bank-holidays-england-and-wales.json', folder), 'utf8')
  return new Set([...text.matchAll(/"date": "(\d{4}-\d\d-\d\d)"/g)].map(([, day = '']) => dayOfText(day)))
}

// Ward by 24 months of violence without injury; LSOA within it by residents x deprivation score.
function areasByBorough(): Map<string, Weighted<Area>> {
  const violence = new Map(
    table('crime/mps-ward-dec2021-nov2023.csv').map((row) => [
      row('ward_code'),
      Number(row('violence_without_injury_24m')),
    ]),
  )
  const rows = table('geo/london-lsoa21.csv').filter((row) => violence.has(row('ward24_code')))
  const weightOf = (row: Row): number => Number(row('usual_residents_2021')) * Number(row('imd2025_score'))
  const wardSums = new Map<string, number>()
  for (const row of rows) wardSums.set(row('ward24_code'), (wardSums.get(row('ward24_code')) ?? 0) + weightOf(row))
  const areas = new Map<string, Weighted<Area>>()
  for (const [borough, lines] of Map.groupBy(rows, (row) => row('borough_code'))) {
    const pairs = lines.map((row) => {
      const ward = row('ward24_code')
      const weight = ((violence.get(ward) ?? 0) * weightOf(row)) / (wardSums.get(ward) ?? 1)
      return [{ ward, lat: Number(row('lat')), lon: Number(row('lon')) }, weight] as const
    })
    areas.set(borough, weighted(pairs))
  }
  return areas
}

// Languages other than English; one that is an ethnic group's heading and its parts are counted once, as parts.
function shareNotEnglish(speakers: readonly Row[]): number {
  const leaves = speakers.filter((row) => row('is_leaf') === '1')
  const whole = leaves.reduce((sum, row) => sum + Number(row('count')), 0)
  const english = leaves.find((row) => row('main_language').startsWith('English'))
  return 1 - Number(english?.('count') ?? 0) / whole
}

/** The things of a table with their shares, which add up to 1. */
export function sharesOf<T>(table: Weighted<T>): (readonly [T, number])[] {
  const whole = table.cumulative.at(-1) ?? 1
  return table.items.map((item, place) => [
    item,
    ((table.cumulative[place] ?? 0) - (table.cumulative[place - 1] ?? 0)) / whole,
  ])
}

function nameGroups(groups: readonly Row[], speakers: readonly Row[]): Map<string, Weighted<string>> {
  const pairs = new Map<string, [string, number][]>()
  const add = (sde: string, group: string, weight: number): void => {
    pairs.set(sde, [...(pairs.get(sde) ?? []), [group, weight]])
  }
  for (const row of groups) {
    const group = row('group')
    if (group.startsWith('england') || group.startsWith('scotland') || group === 'uk_general') continue
    let weight = 60
    for (const language of row('main_languages').split(';'))
      if (language !== 'English')
        for (const line of speakers) if (line('main_language').endsWith(language)) weight += Number(line('count'))
    add(row('sde_18plus1'), group, weight)
  }
  add('W1', 'england', 1)
  add('W3', 'irish', 1)
  // Not in the name list's own mapping: mixed heritage and "other" mostly carry names of one side.
  for (const [sde, group, weight] of [
    ['M1', 'england', 3],
    ['M1', 'caribbean', 2],
    ['M2', 'england', 1],
    ['M2', 'nigerian', 1],
    ['M3', 'england', 1],
    ['M3', 'indian', 1],
    ['M9', 'england', 2],
    ['M9', 'spanish_latin', 1],
    ['B9', 'caribbean', 2],
    ['B9', 'nigerian', 1],
    ['B1', 'england', 60],
    ['O9', 'turkish', 2000],
    ['O9', 'spanish_latin', 2000],
  ] as const)
    add(sde, group, weight)
  return new Map([...pairs].map(([sde, list]) => [sde, weighted(list)]))
}

function languagesOfGroups(groups: readonly Row[]): Map<string, readonly string[]> {
  const languages = table('codes/languages-london.csv')
  const codes = (names: string): string[] =>
    names.split(';').flatMap((name) => {
      const found = languages.find((row) => row('name').startsWith(name) || row('census2021_label').endsWith(name))
      return found === undefined ? [] : [found('iso639_3')]
    })
  const found = groups.map((row) => [row('group'), codes(row('main_languages'))] as const)
  return new Map<string, readonly string[]>([...found, ['england', ['eng']]])
}

// Shares of a sample of 206 London incidents: 45.6% between 21:00 and 03:00, 19.9% on Saturday. Source: da-key-figures.
const londonNight = 0.456
const londonSaturday = 0.199

// Half Chicago 2022, half the same shape bent to the London sample.
function hourProfile(): number[] {
  const chicago = table('crime/hour-of-week-profile-domestic-chicago-2022.csv').map((row) => Number(row('share')))
  // Officers round to midnight: hour 0 takes the mean of its neighbours, across the week's end too.
  for (let at = 0; at < 168; at += 24) chicago[at] = ((chicago[(at + 167) % 168] ?? 0) + (chicago[at + 1] ?? 0)) / 2
  const sum = chicago.reduce((all, share) => all + share, 0)
  const night = (at: number): boolean => at % 24 >= 21 || at % 24 < 3
  const saturday = (at: number): boolean => Math.floor(at / 24) === 5
  const shareOf = (test: (at: number) => boolean): number =>
    chicago.reduce((all, share, at) => (test(at) ? all + share / sum : all), 0)
  const bend = (test: (at: number) => boolean, target: number, at: number): number =>
    test(at) ? target / shareOf(test) : (1 - target) / (1 - shareOf(test))
  return chicago.map((share, at) => {
    const here = share / sum
    return here / 2 + (here * bend(night, londonNight, at) * bend(saturday, londonSaturday, at)) / 2
  })
}
