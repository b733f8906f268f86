import { type Operation, operationsByBcu, operationsOf } from './operations.ts'
import type { OrderCounts } from './orders.ts'
import { window } from './people.ts'
import { largestRemainder } from './random.ts'
import { pilotBcu, pilotStart } from './records.ts'
import { type Reference, bcuCodes } from './reference.ts'

/** How much of each thing one BCU has in the window. */
export interface Volumes {
  readonly orders: OrderCounts
  readonly disclosures: number
  /** Cases at the MARAC of each borough, by its code. */
  readonly conferences: ReadonlyMap<string, number>
  readonly operations: readonly Operation[]
}

/** Spreads the force's yearly volumes over BCUs and boroughs by recorded offences; sums are exact at every scale. */
export function volumesOf(
  reference: Reference,
  scale: number,
  recorded: ReadonlyMap<string, number>,
): { byBcu: ReadonlyMap<string, Volumes>; operations: readonly Operation[] } {
  const { parameters, boroughs } = reference
  const codes = [...bcuCodes.values()]
  const years = parameters.number('scale.years')
  const offences = codes.map((code) =>
    boroughs.filter(({ bcu }) => bcu === code).reduce((sum, borough) => sum + (recorded.get(borough.code) ?? 0), 0),
  )
  const spread = (path: string, weights = offences, times = years): number[] =>
    largestRemainder(weights, Math.round(parameters.number(path) * times * scale))
  // In the pilot boroughs the older notices end when the pilot begins, and only there the newer orders are made.
  const before = (pilotStart - window.first) / (window.end - window.first)
  const older = offences.map((count, place) => (codes[place] === pilotBcu ? count * before : count))
  const pilot = codes.map((code) => (code === pilotBcu ? 1 : 0))
  const dvpn = spread('protection.dvpn_per_year', older)
  const applied = largestRemainder(
    dvpn,
    Math.round(parameters.number('protection.dvpo_applications_per_year') * years * scale),
  )
  const granted = partOf(applied, parameters.number('protection.dvpo_granted_rate'))
  const broken = partOf(granted, parameters.number('protection.dvpo_breach'))
  const dapo = spread('protection.dapo_per_year_pilot_boroughs', pilot, (window.end - pilotStart) / 365.25)
  const spo = spread('protection.spo_per_year')
  const nmo = spread('protection.nmo_known_to_police_per_year')
  const restraining = spread('protection.restraining_orders_per_year')
  const disclosures = spread('disclosure_scheme.applications_per_year')
  const cases = largestRemainder(
    boroughs.map(({ code }) => recorded.get(code) ?? 0),
    Math.round(parameters.number('safeguarding.marac_cases_per_year') * years * scale),
  )
  const conferences = new Map(boroughs.map(({ code }, place) => [code, cases[place] ?? 0]))
  const operations = operationsOf(reference, scale)
  const weights: Parameters<typeof operationsByBcu>[1] = ({ last }, counted) =>
    counted === 'orders' && last >= pilotStart
      ? offences.map((count, place) => (codes[place] === pilotBcu ? 0 : count))
      : offences
  const operationsOfBcu = operationsByBcu(operations, weights, codes.length)
  const byBcu = codes.map((code, place): [string, Volumes] => [
    code,
    {
      orders: {
        dvpn: dvpn[place] ?? 0,
        dvpo: applied[place] ?? 0,
        dvpoGranted: granted[place] ?? 0,
        dvpoBroken: broken[place] ?? 0,
        dapo: dapo[place] ?? 0,
        spo: spo[place] ?? 0,
        nmo: nmo[place] ?? 0,
        restraining: restraining[place] ?? 0,
      },
      disclosures: disclosures[place] ?? 0,
      conferences,
      operations: operationsOfBcu[place] ?? [],
    },
  ])
  return { byBcu: new Map(byBcu), operations }
}

/** A share of the sum of counts, spread as they are. */
function partOf(counts: readonly number[], share: number): number[] {
  return largestRemainder(counts, Math.round(counts.reduce((sum, count) => sum + count, 0) * share))
}
