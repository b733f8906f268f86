import { type World, writeBcu } from './bcu.ts'
import { isoDay } from './calendar.ts'
import { WATERMARK } from './csv.ts'
import { openFolder } from './folder.ts'
import { listColumns, listLine } from './lists.ts'
import { largestRemainder, one, randomFrom } from './random.ts'
import { recordCounts } from './records.ts'
import { type Reference, bcuCodes, readReference } from './reference.ts'
import { servicesFeed } from './services.ts'
import { sexDrawer } from './sexes.ts'
import { volumesOf } from './volumes.ts'

export interface GenerateOptions {
  /** Folder to write; made if it is not there. */
  readonly out: string
  /** 1 is 78,634 recorded offences a year; any number above 0. */
  readonly scale: number
  /** Same seed, same bytes. */
  readonly seed?: number
  /** Called after each Basic Command Unit with the records written so far and in all. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface Summary {
  readonly records: number
  readonly recordedOffences: number
  /** Of the records: calls and online reports, which are not in the trios. */
  readonly reports: number
  readonly dyads: number
  readonly people: number
  readonly mentions: number
  readonly files: number
}

/**
 * Makes a whole, wholly fictional Met: three years of source extracts and, apart, the truth to mark a program against.
 * Works one BCU at a time, so memory does not grow with the number of records in London.
 * @throws RangeError when the scale is not above zero.
 */
export async function generate(options: GenerateOptions): Promise<Summary> {
  const { out, scale, seed = 20231101, onProgress } = options
  if (!(scale > 0)) throw new RangeError(`scale must be above 0, not ${scale}`)
  const reference = readReference()
  const recorded = recordedByBorough(reference, scale)
  const totals = new Map(
    reference.boroughs.map((borough) => {
      const count = recorded.get(borough.code) ?? 0
      const { nonCrime, cancelled } = recordCounts(reference, count)
      return [borough.code, count + nonCrime + cancelled]
    }),
  )
  const total = [...totals.values()].reduce((sum, count) => sum + count, 0)
  const { byBcu, operations } = volumesOf(reference, scale, recorded)
  const folder = await openFolder(out)
  const counts = { records: 0, recordedOffences: 0, reports: 0, dyads: 0, people: 0, mentions: 0 }
  const world: World = {
    reference,
    folder,
    seed,
    scale,
    recorded,
    totals,
    counts,
    expected: {},
    travellers: { M: [], F: [] },
    sexes: sexDrawer(reference),
  }
  for (const [place, [name, code]] of [...bcuCodes].entries()) {
    await writeBcu(world, place, name, code, one(byBcu.get(code), 'volumes of a BCU'))
    onProgress?.(counts.records, total)
  }
  const lines = operations.map(({ code, name, first, last, men, women, dvds, charges, cautions, orders }) =>
    listLine('operations', {
      operation: code,
      name,
      first_day: isoDay(first),
      last_day: isoDay(last),
      arrests: men + women,
      women_arrested: women,
      charges,
      cautions,
      orders,
      dvds_applications: dvds,
    }),
  )
  await folder.rows('operations/operations.csv', `${listColumns.operations},${WATERMARK}`, lines.join(''))
  await folder.json('services/services.json', servicesFeed(randomFrom(seed, 200), reference))
  const files = await folder.close({ seed, scale, ...counts, recordedOffencesByBoroughAndMonth: world.expected })
  return { ...counts, files: files.length }
}

/** Recorded offences of each borough in the three years: calibrated totals x scale, by largest remainder. */
export function recordedByBorough(reference: Reference, scale: number): Map<string, number> {
  const years = reference.parameters.number('scale.years')
  const perYear = reference.parameters.number('scale.recorded_da_offences_per_year')
  const counts = largestRemainder(
    reference.boroughs.map((borough) => borough.offencesPerYear),
    Math.round(perYear * years * scale),
  )
  return new Map(reference.boroughs.map((borough, place) => [borough.code, counts[place] ?? 0]))
}
