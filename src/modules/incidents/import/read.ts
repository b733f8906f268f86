import { FileRefused } from './fault.ts'
import { deliveriesOf, type Delivery } from './files.ts'
import { readFlat } from './flat.ts'
import { headersOf } from './header.ts'
import { readNibrs } from './nibrs.ts'
import type { Profile } from './profile.ts'
import { openSource, type ReadOptions, type Source } from './source.ts'
import { readTrio } from './trio.ts'
import type { ImportItem, RowProblem } from './types.ts'

/**
 * Reads the files of a source as a stream of records, problems and progress, in the order of file names. Every header is
 * checked before the first record is given, so refusals of missing columns come first; each delivery (file, trio or
 * folder) then goes through a whole pass of checks before its first record, and one that is cut short is refused whole:
 * a problem with line 0 (`isRefusal`) and none of its records. A refused delivery does not stop the others.
 * @throws when a path cannot be read at all (ENOENT, EACCES).
 */
export async function* readRecords(
  paths: readonly string[],
  profile: Profile,
  options: ReadOptions = {},
): AsyncGenerator<ImportItem> {
  const deliveries = await deliveriesOf(paths, profile)
  if (deliveries.length === 0) {
    yield {
      problem: refusal(paths.join(', '), { field: 'file', reason: `there is no file for "${profile.name}" here` }),
    }
    return
  }
  const good: Delivery[] = []
  for (const delivery of deliveries) {
    const refused = await headerRefusals(delivery, profile, options)
    for (const problem of refused) yield { problem }
    if (refused.length === 0) good.push(delivery)
  }
  for (const delivery of good) {
    const opened = await openDelivery(delivery, profile, options)
    if (opened.refused.length > 0) for (const problem of opened.refused) yield { problem }
    else yield* readDelivery(opened.sources, profile, options)
  }
}

async function* readDelivery(
  sources: Map<string, Source>,
  profile: Profile,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  if (profile.layout === 'nibrs') {
    yield* readNibrs(sources, options)
    return
  }
  if (profile.layout === 'flat') {
    for (const source of sources.values()) yield* readFlat(source, options)
    return
  }
  const incidents = sources.get('incidents')
  const offences = sources.get('offences')
  const persons = sources.get('persons')
  if (incidents && offences && persons) yield* readTrio({ incidents, offences, persons }, options)
}

/** Missing files and columns of a delivery, found from its headers alone. */
async function headerRefusals(delivery: Delivery, profile: Profile, options: ReadOptions): Promise<RowProblem[]> {
  const refused = delivery.missing.map((file) =>
    refusal(delivery.name, { field: 'file', reason: `the file ${file} of this delivery is missing` }),
  )
  for (const head of await headersOf(delivery, profile, options)) {
    for (const problem of head.problems) refused.push(refusal(head.file, problem, head.header))
  }
  return refused
}

async function openDelivery(
  delivery: Delivery,
  profile: Profile,
  options: ReadOptions,
): Promise<{ sources: Map<string, Source>; refused: RowProblem[] }> {
  const sources = new Map<string, Source>()
  const refused: RowProblem[] = []
  for (const [table, file] of delivery.files) {
    try {
      sources.set(table, await openSource(file, table, profile, options))
    } catch (cause) {
      if (!(cause instanceof FileRefused)) throw cause
      refused.push(refusal(file, { field: cause.field, reason: cause.message }, cause.row))
    }
  }
  return { sources, refused }
}

function refusal(file: string, { field, reason }: { field: string; reason: string }, row: string[] = []): RowProblem {
  return { file, line: 0, field, reason, row, rejected: true }
}
