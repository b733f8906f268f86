import type { Sex } from './names.ts'
import { one } from './random.ts'
import type { Reference } from './reference.ts'

/** The sexes of a dyad. */
export interface Cell {
  readonly victim: Sex
  readonly suspect: Sex
}

export type Kind = 'intimate' | 'family'

/** Draws the sexes of a dyad of a kind with a number of records. */
export type SexDrawer = (kind: Kind, records: number) => Cell

/**
 * Prepares the draw. The published pairs of sexes are of dyads, the published shares of female victims and male suspects
 * of records; both hold, because dyads with one record and dyads with more have each their own table. Nothing is left to
 * luck: whatever pair is furthest behind its share of the records of such dyads comes next, so a few large dyads cannot
 * tilt the shares. One drawer serves all BCUs, or each would begin with the commonest.
 */
export function sexDrawer(reference: Reference): SexDrawer {
  const tables = sexTables(reference)
  const owed = new Map<string, number[]>()
  return (kind, records) => {
    const size = records < 5 ? String(records) : records < 10 ? '5-9' : '10-40'
    const cells = tables[kind][records === 1 ? 'single' : 'repeat']
    const debts = owed.get(`${kind} ${size}`) ?? cells.map(() => 0)
    owed.set(`${kind} ${size}`, debts)
    let most = 0
    for (const [place, [, share]] of cells.entries()) {
      debts[place] = (debts[place] ?? 0) + share * records
      if ((debts[place] ?? 0) > (debts[most] ?? 0)) most = place
    }
    debts[most] = (debts[most] ?? 0) - records
    return one(cells[most], 'a pair of sexes')[0]
  }
}

/** Pairs of sexes with their shares, which add up to 1. */
type Shares = readonly (readonly [Cell, number])[]
type Tables = Record<Kind, Record<'single' | 'repeat', Shares>>

/**
 * Sizes of dyads with their shares. Within a band the smaller are commoner (by the power -1.5: an assumption, with which the
 * shares of a single year come near theirs too).
 */
export function dyadSizes(reference: Reference): readonly (readonly [number, number])[] {
  return reference.parameters.shares('repeats.dyad_records_three_years').flatMap(([band, share]) => {
    const [low = 1, high = low] = band.split('-').map(Number)
    const sizes = Array.from({ length: high - low + 1 }, (_, place) => low + place)
    const weight = (size: number): number => (low >= 5 ? 1 / (size * Math.sqrt(size)) : 1)
    const sum = sizes.reduce((all, size) => all + weight(size), 0)
    return sizes.map((size) => [size, (share * weight(size)) / sum] as const)
  })
}

/** Mean records of a dyad, and the share of dyads with one, in the window. */
export function recordsPerDyad(reference: Reference): { readonly mean: number; readonly single: number } {
  const sizes = dyadSizes(reference)
  return {
    mean: sizes.reduce((sum, [size, share]) => sum + size * share, 0),
    single: sizes.reduce((sum, [size, share]) => (size === 1 ? sum + share : sum), 0),
  }
}

function sexTables(reference: Reference): Tables {
  const { parameters } = reference
  const relations = new Map(parameters.shares('people.relationship'))
  const intimate = (relations.get('ex-partner') ?? 0) + (relations.get('current partner') ?? 0)
  const female = parameters.number('people.victim_female')
  const { mean, single } = recordsPerDyad(reference)
  const kinds = [
    { kind: 'intimate', cells: cellsAt(reference, 'people.joint_sex_intimate', intimate) },
    { kind: 'family', cells: cellsAt(reference, 'people.joint_sex_family', 1 - intimate) },
  ] as const
  const all = kinds.flatMap(({ cells }) => cells)
  const shareOf = (test: (cell: Cell) => boolean, of: 'share' | 'repeat'): number =>
    all.reduce((sum, one) => (test(one.cell) ? sum + one[of] : sum), 0)
  const isFemale = ({ victim }: Cell): boolean => victim === 'F'
  const isMale = ({ suspect }: Cell): boolean => suspect === 'M'
  // Records of a share = its dyads + the further records of its repeat dyads; solved for the share among those dyads.
  const wanted = (test: (cell: Cell) => boolean, target: number): number =>
    (target * mean - shareOf(test, 'share')) / (mean - 1)
  const rake = (test: (cell: Cell) => boolean, target: number): void => {
    const now = shareOf(test, 'repeat')
    for (const one of all) one.repeat *= test(one.cell) ? target / now : (1 - target) / (1 - now)
  }
  const femaleRepeat = wanted(isFemale, female / (female + parameters.number('people.victim_male')))
  const maleRepeat = wanted(isMale, parameters.number('people.suspect_male_named'))
  for (let round = 0; round < 40; round++) {
    rake(isFemale, femaleRepeat)
    rake(isMale, maleRepeat)
    for (const { kind, cells } of kinds) {
      const sum = cells.reduce((sums, { repeat }) => sums + repeat, 0)
      for (const one of cells) one.repeat *= (kind === 'intimate' ? intimate : 1 - intimate) / sum
    }
  }
  const table = (cells: typeof all, size: 'single' | 'repeat'): Shares => {
    const shares = cells.map(({ share, repeat }) =>
      size === 'repeat' ? repeat : Math.max(0, share - (1 - single) * repeat),
    )
    const sum = shares.reduce((sums, share) => sums + share, 0)
    return cells.map(({ cell }, place) => [cell, (shares[place] ?? 0) / sum] as const)
  }
  const both = (cells: typeof all): Tables[Kind] => ({ single: table(cells, 'single'), repeat: table(cells, 'repeat') })
  return { intimate: both(kinds[0].cells), family: both(kinds[1].cells) }
}

/** The published pairs, which add up to `whole`; `repeat` starts as the same. */
function cellsAt(reference: Reference, path: string, whole: number): { cell: Cell; share: number; repeat: number }[] {
  const found = reference.parameters.shares(path).flatMap(([name, share]) => {
    const [, victim, suspect] = /^([MF])<-([MF])$/.exec(name) ?? []
    if (victim === undefined || suspect === undefined) return []
    const cell: Cell = { victim: victim === 'F' ? 'F' : 'M', suspect: suspect === 'F' ? 'F' : 'M' }
    return [{ cell, share }]
  })
  const sum = found.reduce((sums, { share }) => sums + share, 0)
  return found.map(({ cell, share }) => ({ cell, share: (share / sum) * whole, repeat: (share / sum) * whole }))
}
