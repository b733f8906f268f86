import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldText, nameTokens } from './engine/index.ts'

const NAMES = join(import.meta.dirname, '../../../data/names')

/** Lists of the names of a whole country say nothing of where a name comes from. */
const GENERAL = new Set(['uk_general', 'england_wales_births', 'england_wales_rank', 'scotland_births'])

/** Groups that share most of their names, and can only be told apart together. */
const TOGETHER: Readonly<Record<string, string>> = {
  pakistani: 'south asian Muslim', bangladeshi: 'south asian Muslim', punjabi_sikh: 'indian', indian: 'indian',
  tamil: 'tamil', sri_lankan: 'tamil', chinese_mainland: 'chinese', chinese_hk: 'chinese', yoruba: 'nigerian',
  nigerian: 'nigerian', portuguese: 'portuguese', brazilian: 'portuguese', somali: 'somali', arabic: 'arabic',
  afghan: 'afghan and iranian', iranian: 'afghan and iranian', congolese_francophone: 'francophone african',
  senegalese: 'francophone african', bulgarian: 'bulgarian and ukrainian', ukrainian: 'bulgarian and ukrainian',
} // prettier-ignore

/**
 * Where the names of a person probably come from, by the lists of names: for seeing whether linkage serves one group of
 * people worse than another, never for linking.
 */
export function nameOrigins(): (names: readonly { forenames: string; surname: string }[]) => string {
  const surnames = readGroups('surnames.csv', 0, 1)
  const forenames = readGroups('forenames.csv', 0, 2)
  return (names) => {
    const votes = new Map<string, number>()
    const vote = (groups: ReadonlySet<string> | undefined, count: number): void => {
      for (const group of groups ?? []) votes.set(group, (votes.get(group) ?? 0) + count / (groups?.size ?? 1))
    }
    for (const { forenames: given, surname } of names) {
      for (const word of nameTokens(surname)) vote(surnames.get(word), 2)
      for (const word of nameTokens(given).slice(0, 1)) vote(forenames.get(word), 1)
    }
    const sorted = [...votes].sort(([one, x], [other, y]) => y - x || (one < other ? -1 : 1))
    return sorted[0]?.[0] ?? 'not in the lists'
  }
}

function readGroups(file: string, nameAt: number, groupAt: number): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>()
  const general = new Set<string>()
  for (const line of readFileSync(join(NAMES, file), 'utf8').split(/\r?\n/).slice(1)) {
    const cells = line.split(',')
    const group = cells[groupAt] ?? ''
    for (const word of foldText(cells[nameAt] ?? '').split(/[\s-]+/)) {
      if (word.length < 2) continue
      if (GENERAL.has(group)) general.add(word)
      else groups.set(word, (groups.get(word) ?? new Set()).add(TOGETHER[group] ?? group.replaceAll('_', ' ')))
    }
  }
  for (const word of general) if (!groups.has(word)) groups.set(word, new Set(['british']))
  return groups
}
