import type {
  BlockingRule, ComparisonSpec, Level, ModelSpec, TermFrequency, Test,
} from '#linkage-engine' // prettier-ignore

/** What the models of the public sets share. They are for measuring the engine, and no part of the product. */

export const exact = (column: string): Test => ({ test: 'exact', column })
export const close = (column: string, atLeast: number): Test => ({ test: 'jw', column, atLeast })
export const any = (...of: readonly Test[]): Test => ({ test: 'any', of })
export const rarity = (column: string, weight = 1): TermFrequency => ({ column, weight, minimum: 0.00002 })
export const rule = (name: string, ...keys: BlockingRule['keys']): BlockingRule => ({ name, keys, cap: 800 })

/** No guards, no bands: pairs and clusters are taken by their weight alone, as the published figures are. */
export const unguarded = {
  version: 1,
  calibration: { weights: [], probabilities: [], source: 'none' },
  bands: { autoLink: 0.995, review: 0.5 },
  // Chosen on the development sets, with the threshold of 0 bits.
  cohesion: -2,
  largestCluster: 40,
  guards: [],
} as const satisfies Partial<ModelSpec>

const missing = (column: string): Test => ({ test: 'missing', column })
const sameForename: Test = { test: 'canonical', column: 'given' }
const closeForename = any(sameForename, close('given', 0.85))
const closeSurname = any({ test: 'canonical', column: 'surname' }, close('surname', 0.88))
const level = (label: string, all: readonly Test[], tf: readonly TermFrequency[], m: number, u: number): Level => ({
  label,
  all,
  tf,
  m,
  u,
})

/** Forename and surname in one comparison, as they are not independent. */
export const namesCompared: ComparisonSpec = {
  name: 'name',
  evidence: 'name',
  columns: ['given', 'surname'],
  levels: [
    level('same names', [exact('given'), exact('surname')], [rarity('given'), rarity('surname')], 0.4, 1e-5),
    level(
      'same surname, a form of the forename',
      [exact('surname'), sameForename],
      [rarity('given', 0.5), rarity('surname')],
      0.15,
      1e-5,
    ),
    level('swapped', [{ test: 'swapped', columns: ['given', 'surname'] }], [], 0.005, 1e-6),
    level('same surname, forename close', [exact('surname'), closeForename], [rarity('surname')], 0.1, 1e-5),
    level('same forename, surname close', [sameForename, closeSurname], [rarity('given')], 0.1, 1e-5),
    level('both close', [closeForename, closeSurname], [], 0.05, 3e-5),
    level('same surname, no forename', [closeSurname, missing('given')], [rarity('surname')], 0.02, 1e-4),
    level(
      'same surname, forename an initial',
      [closeSurname, { test: 'initial', column: 'given' }],
      [rarity('surname')],
      0.02,
      1e-4,
    ),
    level('same forename, no surname', [closeForename, missing('surname')], [rarity('given')], 0.1, 1e-3),
    level(
      'the only name of one stands in the other place',
      [any(missing('given'), missing('surname')), { test: 'crossed', columns: ['given', 'surname'] }],
      [],
      0.05,
      1e-3,
    ),
    level('surname agrees, another forename', [closeSurname], [rarity('surname')], 0.08, 3e-3),
    level('forename agrees, another surname', [closeForename], [rarity('given')], 0.05, 1e-2),
  ],
  otherwise: { label: 'other names', m: 0.02, u: 0.98 },
  maxWeight: 20,
}
