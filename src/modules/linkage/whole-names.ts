import { compareNames as compare, type NameGroups } from './engine/index.ts'
import { loadNameGroups } from './search-keys.ts'

let groups: NameGroups | undefined

/** From here on two whole names are taken for one; frozen on development pairs. */
export const SAME_NAME = 0.7

/** How alike two whole names are, from 0 to 1, by all the tables of names; order, script and spelling may differ. */
export function compareNames(left: string, right: string): number {
  groups ??= loadNameGroups()
  return compare(left, right, groups)
}
