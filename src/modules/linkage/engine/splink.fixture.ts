import { nameGroups, type Dataset, type MentionRow, type SplinkExport } from './index.ts'
import { seededRandom } from './random.ts'
import type { SplinkSettings } from './splink-export.ts'

export const groups = nameGroups({
  nicknames: ['name,nickname', 'william,bill', 'elizabeth,liz', 'alexander,alex', 'alexandra,alex'],
  transliterations: ['set_id,canonical,variant', '1,muhammad,mohammed', '1,muhammad,mohamed', '2,yusuf,youssef'],
})

const forenames =
  'William|Bill|Mohammed|Mohamed|Yusuf|Youssef|Alex|Alexandra|Li|Liu|Jo|J|Anna Maria|Ana|Zoë Jane|Nguyễn|Сергей|王芳|王方|Siobhán|Elizabeth|Liz Ann|A'.split(
    '|',
  )
const surnames =
  "Khan|Kowalska|Kowalski|García López|López|Lopez|O'Neill|Oneill|Smith|Smyth|Smithson|al-Hassan|Hassan|李|欧阳|McDonald|Mac Donald|Begum|Petrova|Petrov|Ng|Singh|ابراهيم|נח|שלמה|שלמון".split(
    '|',
  )

/** Mentions of invented people with what makes comparing hard: slips, forms of names, other alphabets, gaps, two sources. */
export function difficultMentions(count: number, seed: number): MentionRow[] {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const two = (most: number): string => String(1 + Math.floor(random() * most)).padStart(2, '0')
  const slip = (word: string): string => {
    if (word.length < 4 || random() > 0.25) return word
    const at = 1 + Math.floor(random() * (word.length - 2))
    if (random() < 0.4) return word.slice(0, at) + word.slice(at + 1)
    if (random() < 0.5) return word.slice(0, at) + pick(Array.from('aeiorst')) + word.slice(at + 1)
    return word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2)
  }
  const gap = (value: string, chance: number): string => (random() < chance ? '' : value)
  const date = (): string =>
    random() < 0.1
      ? `${1980 + Math.floor(random() * 6)}-01-01`
      : `${1980 + Math.floor(random() * 6)}-${two(12)}-${two(28)}`
  const rows: MentionRow[] = []
  while (rows.length < count) {
    const [forename, surname, born, partner] = [pick(forenames), pick(surnames), date(), pick(surnames)]
    const home = `${pick(['E', 'SE', 'N'])}${1 + Math.floor(random() * 3)} ${1 + Math.floor(random() * 3)}${pick(['AB', 'CD'])}`
    const number = `${pick(['met', 'bt'])}:${Math.floor(random() * 400)}`
    const partnerBorn = date()
    for (let copy = 0; copy < 4 && rows.length < count; copy++) {
      const turned = random() < 0.06
      rows.push({
        id: `m${String(rows.length).padStart(6, '0')}`,
        forenames: gap(slip(turned ? surname : forename), 0.08),
        surname: gap(slip(turned ? forename : surname), 0.08),
        knownAs: gap(pick(forenames), 0.85),
        dob: gap(random() < 0.1 ? born.slice(0, 8) + two(28) : random() < 0.05 ? turnedDate(born) : born, 0.1),
        sex: gap(pick(['m', 'f']), 0.1),
        postcode: gap(home, 0.3),
        town: gap(pick(['East Ham', 'Eastham', 'West Ham', 'Ham', 'H am', 'Ely']), 0.3),
        address: gap(
          `${1 + Math.floor(random() * 9)} ${pick(['High Street', 'Highstreet', 'Mile End Road', 'Mile End Rd'])}`,
          0.4,
        ),
        phone: gap(`0770090${String(Math.floor(random() * 300)).padStart(4, '0')}`, 0.6),
        nominal: gap(number, 0.7),
        custody: gap(random() < 0.2 ? '77' : number, 0.9),
        record: `r${Math.floor(rows.length / 2)}`,
        role: pick(['victim', 'suspect']),
        otherForenames: gap(pick(forenames), 0.5),
        otherSurname: gap(slip(partner), 0.5),
        otherDob: gap(partnerBorn, 0.5),
      })
    }
  }
  return rows
}

function turnedDate(date: string): string {
  return `${date.slice(0, 5)}${date.slice(8)}-${date.slice(5, 7)}`
}

/** The rows of the file of mentions, as whoever reads it would have them. */
export function exportedRows(
  dataset: Dataset,
  exported: SplinkExport,
): ({ readonly id: string } & Record<string, string>)[] {
  return dataset.ids.map((id, at) => ({
    id,
    ...Object.fromEntries(exported.columns.map(({ name, valueOf }) => [name, valueOf(at) ?? ''])),
  }))
}

/**
 * What Splink 5 asks the database: pairs by the first rule that makes them, the level of each comparison, its weight and its
 * adjustment, added up. The mentions are the table `mentions`, frequencies the tables `tf_COLUMN`.
 */
export function splinkQuery(settings: SplinkSettings): string {
  const { comparisons, probability_two_random_records_match: prior } = settings
  const rules = settings.blocking_rules_to_generate_predictions.map(({ blocking_rule: rule }) => rule)
  const pairs = rules.map((rule, at) => {
    const earlier = rules.slice(0, at).map((other) => `coalesce((${other}), false)`)
    const without = earlier.length === 0 ? '' : ` and not (${earlier.join(' or ')})`
    return `select l.unique_id as a, r.unique_id as b from mentions l join mentions r on (${rule}) where l.unique_id < r.unique_id${without}`
  })
  const adjustedBy = [...new Set(comparisons.flatMap(({ comparison_levels: levels }) => levels.flatMap((level) => level.tf_adjustment_column ?? [])))] // prettier-ignore
  const sides = (['l', 'r'] as const).map((side) => {
    const joins = adjustedBy.map((column) => `left join tf_${column} on tf_${column}.${column} = mentions.${column}`)
    const frequencies = adjustedBy.map((column) => `, tf_${column}.tf_${column} as tf_${column}_${side}`)
    return `side_${side} as (select columns(mentions.*) as '\\0_${side}'${frequencies.join('')} from mentions ${joins.join(' ')})`
  })
  const levels = comparisons.map(({ comparison_levels: all }, at) => {
    const cases = all.map(({ sql_condition: sql }, level) =>
      sql === 'ELSE' ? `else ${level}` : `when ${sql} then ${level}`,
    )
    return `case ${cases.join(' ')} end as level_${at}`
  })
  const weights = comparisons.map(({ comparison_levels: all }, at) => {
    const cases = all.flatMap((level, index) => {
      if (level.is_null_level) return []
      const { m_probability: m = 0, u_probability: u = 0, tf_adjustment_column: column } = level
      const base = `${Math.log2(m / u)}::double`
      if (column === undefined) return [`when ${index} then ${base}`]
      const [one, other] = [`tf_${column}_l`, `tf_${column}_r`]
      const most = `greatest(coalesce(${one}, ${other}), coalesce(${other}, ${one}), ${level.tf_minimum_u_value ?? 0}::double)`
      // the frequency of sharing a value at all is that of this level or of the level of plain equality
      const usual = level.disable_tf_exact_match_detection
        ? u
        : all.find(({ sql_condition: sql }) => sql.replaceAll('"', '') === `${column}_l = ${column}_r`)?.u_probability
      const adjustment = `${level.tf_adjustment_weight ?? 1}::double * (${Math.log2(usual ?? 0)}::double - log2(${most}))`
      return [`when ${index} then ${base} + case when coalesce(${one}, ${other}) is null then 0 else ${adjustment} end`]
    })
    return `case level_${at} ${cases.join(' ')} else 0::double end`
  })
  return `with pairs as (${pairs.join(' union all ')}), ${sides.join(', ')},
    compared as (select a, b, ${adjustedBy.map((column) => `tf_${column}_l, tf_${column}_r, `).join('')}${levels.join(', ')} from pairs
      join side_l on a = unique_id_l join side_r on b = unique_id_r)
    select a, b, ${Math.log2(prior / (1 - prior))}::double + ${weights.join(' + ')} as weight from compared order by a, b`
}

/** Mentions of which every fourth is of a few families whose names go together, so that many people have the same. */
export function namesakeMentions(count: number, seed: number): MentionRow[] {
  const random = seededRandom(seed)
  const upTo = (most: number): number => Math.floor(random() * most)
  const rest = { knownAs: '', sex: '', postcode: '', phone: '', nominal: '', custody: '', record: '', role: '' }
  return Array.from({ length: count }, (_, at): MentionRow => {
    const family = at % 4 === 0
    const letters = (kinds: number): string =>
      `${'bdfgklmnprst'[upTo(12)]}${'aeiou'[upTo(5)]}${'bdfgklmnprst'[upTo(kinds)]}${'aeiou'[upTo(5)]}n`
    const born = `${1950 + upTo(50)}-0${1 + upTo(9)}-1${upTo(10)}`
    return {
      id: `n${String(at).padStart(5, '0')}`,
      ...rest,
      forenames: family ? ['Boyko', 'Kaloyan', 'Yoana'][upTo(3)]! : letters(12),
      surname: family ? ['Ivanov', 'Georgiev'][upTo(2)]! : `${letters(12)}s`,
      dob: random() < 0.2 ? '' : born,
    }
  })
}
