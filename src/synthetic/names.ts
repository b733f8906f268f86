import type { Row } from './csv.ts'
import { type Random, type Weighted, one, pick, weighted } from './random.ts'

export type Sex = 'M' | 'F'

/** The name lists, ready to draw from. */
export interface Names {
  readonly forenames: ReadonlyMap<string, Weighted<string>>
  readonly surnames: ReadonlyMap<string, Weighted<string>>
  /** Other ways a name is written, by the name in lower case. */
  readonly nicknames: ReadonlyMap<string, Weighted<string>>
  readonly forenameVariants: ReadonlyMap<string, Weighted<string>>
  readonly surnameVariants: ReadonlyMap<string, Weighted<string>>
}

// Names of well-known people are never given to a made-up one.
const publicFigures = new Set(
  (
    'boris johnson,keir starmer,sadiq khan,david cameron,theresa may,tony blair,gordon brown,mark rowley,' +
    'cressida dick,rishi sunak,liz truss,elizabeth truss,harry kane,david beckham,mohamed salah,priti patel,' +
    'suella braverman,elton john,tom jones,george michael,kate moss,naomi campbell,lewis hamilton,emma watson,' +
    'nigel farage,jeremy corbyn,diane abbott,angela rayner,rachel reeves,wes streeting,david lammy,yvette cooper,' +
    'shabana mahmood,jess phillips,kemi badenoch,khloe kardashian,amy johnson,andrew tate,james brown'
  ).split(','),
)

/** True when a pair of names belongs to somebody well known; of several forenames the first counts. */
export function isPublicFigure(forenames: string, surname: string): boolean {
  return publicFigures.has(`${forenames.split(' ')[0] ?? ''} ${surname}`.toLowerCase())
}

// England and Wales names are held by the years people were born in.
const cohorts = [1938, 1948, 1958, 1968, 1978, 1988, 1995, 2000, 2005, 2010, 2015, 2100] as const
const cohortStarts = [1929, 1939, 1949, 1959, 1969, 1979, 1989, 1996, 2001, 2006, 2011, 2016] as const

/** Reads the name files. */
export function readNames(table: (file: string) => Row[]): Names {
  const forenames = new Map<string, [string, number][]>()
  const add = (lists: Map<string, [string, number][]>, key: string, name: string, weight: number): void => {
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [[name, weight]])
    else list.push([name, weight])
  }
  for (const row of table('names/forenames.csv')) {
    const group = row('group')
    if (group === 'scotland_births') continue
    const sexes = row('sex') === 'U' ? ['M', 'F'] : [row('sex')]
    for (const sex of sexes) {
      const cohort = cohortStarts.indexOf(Number(row('birth_year_from')) as (typeof cohortStarts)[number])
      const key = group.startsWith('england') ? `england|${sex}|${cohort}` : `${group}|${sex}`
      add(forenames, key, row('forename'), Number(row('weight')) || 1)
    }
  }
  const surnames = new Map<string, [string, number][]>()
  for (const row of table('names/surnames.csv'))
    add(surnames, row('group') === 'uk_general' ? 'england' : row('group'), row('surname'), Number(row('weight')) || 1)
  const variants = (rows: readonly Row[], from: string, to: string): Map<string, [string, number][]> => {
    const lists = new Map<string, [string, number][]>()
    for (const row of rows) {
      // Entries of two letters are slips and abbreviations, not names.
      if (row(to).length < 3 || row(from).toLowerCase() === row(to).toLowerCase()) continue
      const weight = from === 'name' || from === 'canonical' ? 1 : Number(row('probability'))
      add(lists, row(from).toLowerCase(), capitalised(row(to)), weight)
    }
    return lists
  }
  const spellings = table('names/transliteration-variants.csv')
  const merged = (lists: Map<string, [string, number][]>): Map<string, Weighted<string>> => {
    for (const [name, list] of variants(spellings, 'canonical', 'variant'))
      lists.set(name, [...(lists.get(name) ?? []), ...list])
    return ready(lists)
  }
  return {
    forenames: ready(forenames),
    surnames: ready(surnames),
    nicknames: ready(variants(table('names/nicknames.csv'), 'name', 'nickname')),
    forenameVariants: merged(variants(table('names/forename-variants-uk.csv'), 'forename', 'variant')),
    surnameVariants: merged(variants(table('names/surname-variants-uk.csv'), 'surname', 'variant')),
  }
}

function ready(lists: ReadonlyMap<string, readonly (readonly [string, number])[]>): Map<string, Weighted<string>> {
  return new Map([...lists].map(([key, list]) => [key, weighted(list)]))
}

/** `oconnor` to `Oconnor`, `SMITH` to `Smith`. */
export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).toLowerCase()
}

/** A forename for somebody of this name group and sex, born in this year. */
export function drawForename(random: Random, names: Names, group: string, sex: Sex, year: number): string {
  const found = group === 'england' ? undefined : names.forenames.get(`${group}|${sex}`)
  const cohort = cohorts.findIndex((last) => year <= last)
  return pick(random, found ?? one(names.forenames.get(`england|${sex}|${cohort}`), 'a forename list'))
}

/** A surname of this name group. */
export function drawSurname(random: Random, names: Names, group: string): string {
  return pick(random, names.surnames.get(group) ?? one(names.surnames.get('england'), 'the surname list'))
}
