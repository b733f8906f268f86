import { basename } from 'node:path'
import { FileRefused } from './fault.ts'
import { deliveriesOf, type Delivery } from './files.ts'
import { readFlat } from './flat.ts'
import { headersOf, type Head } from './header.ts'
import { readNibrs } from './nibrs.ts'
import type { Profile } from './profile.ts'
import { openSource, type ReadOptions, type Source } from './source.ts'
import { readTrio } from './trio.ts'
import type { ImportItem, Notice, RowProblem } from './types.ts'

/**
 * Reads the files of a source as a stream of records, problems and progress, in the order of file names. Every header is
 * checked before the first record is given, so refusals of missing columns and notices come first; each delivery (file, trio or
 * folder) then goes through a whole pass of checks before its first record, and one that is cut short is refused whole:
 * a problem with line 0 (`isRefusal`) and none of its records. A refused delivery does not stop the others.
 * @throws when a path cannot be read at all (ENOENT, EACCES).
 */
export async function* readRecords(
  paths: readonly string[],
  profile: Profile,
  options: ReadOptions = {},
): AsyncGenerator<ImportItem> {
  for await (const items of readBatches(paths, profile, options)) yield* items
}

/** As `readRecords`, some hundreds at a time: to wait for each by itself takes longer than to read it. */
export async function* readBatches(
  paths: readonly string[],
  profile: Profile,
  options: ReadOptions = {},
): AsyncGenerator<ImportItem[]> {
  const { deliveries, unread } = await deliveriesOf(paths, profile)
  if (unread.length > 0) {
    yield [{ notice: { file: '', said: `not read: ${listed(unread.map((file) => basename(file)))}` } }]
  }
  if (deliveries.length === 0) {
    const reason = `there is no file for "${profile.name}" here`
    yield [{ problem: refusal(paths.join(', '), { field: 'file', reason }) }]
    return
  }
  const good: Delivery[] = []
  for (const delivery of deliveries) {
    const heads = await headersOf(delivery, profile, options)
    const refused = headerRefusals(delivery, heads)
    yield refused.map((problem) => ({ problem }))
    if (refused.length > 0) continue
    yield noticesOf(delivery, heads).map((notice) => ({ notice }))
    good.push(delivery)
  }
  for (const delivery of good) {
    const opened = await openDelivery(delivery, profile, options)
    if (opened.refused.length > 0) yield opened.refused.map((problem) => ({ problem }))
    else yield* readDelivery(opened.sources, profile, options)
  }
}

async function* readDelivery(
  sources: Map<string, Source>,
  profile: Profile,
  options: ReadOptions,
): AsyncGenerator<ImportItem[]> {
  if (profile.layout === 'nibrs') {
    for await (const item of readNibrs(sources, options)) yield [item]
    return
  }
  if (profile.layout === 'flat') {
    for (const source of sources.values()) yield* readFlat(source, options)
    return
  }
  const incidents = sources.get('incidents')
  const offences = sources.get('offences')
  const persons = sources.get('persons')
  if (incidents && offences && persons) {
    for await (const item of readTrio({ incidents, offences, persons }, options)) yield [item]
  }
}

/** Missing files and columns of a delivery, found from its headers alone. */
function headerRefusals(delivery: Delivery, heads: readonly Head[]): RowProblem[] {
  const { name, files, missing, doubts } = delivery
  const told = files.values().next().value
  return [
    ...doubts.map(({ file, reason }) => refusal(file, { field: 'file', reason })),
    ...missing.map((file) => {
      // a trio has no file or folder of its name; the first of its files stands for it
      const reason = `the file ${file} of this delivery is missing`
      return refusal(files.size < 3 ? (told ?? name) : name, { field: 'file', reason })
    }),
    ...heads.flatMap(({ file, header, problems }) => problems.map((problem) => refusal(file, problem, header))),
  ]
}

/** What is not wrong, and yet should be known before anything is written. */
function noticesOf({ name, absent }: Delivery, heads: readonly Head[]): Notice[] {
  return [
    ...absent.map((file) => ({ file: name, said: `the file ${file} is not there, and what it says is left open` })),
    ...heads.flatMap(({ file, binding }) => {
      const { renamed, absent: without, unknown } = binding
      const said = [
        renamed.length > 0 &&
          `read under other names: ${listed(renamed.map((one) => `${one.found} as ${one.expected}`))}`,
        without.length > 0 && `no column for: ${listed(without)}`,
        // a column under a name that is not known is one of these
        without.length > 0 &&
          unknown.length > 0 &&
          `columns left alone: ${listed(unknown.map((one) => (one === '' ? '(no name)' : one)))}`,
      ]
      return said.filter((one) => one !== false).map((one) => ({ file, said: one }))
    }),
  ]
}

const LISTED = 40

/** Names in a row, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - LISTED
  return names.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
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
