import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fingerprint } from './bytes.ts'
import { bindColumns } from './columns.ts'
import { FileRefused } from './fault.ts'
import type { Profile } from './profile.ts'
import { headOf } from './structure.ts'

/** Files that are read together: one flat file, one trio, or one folder of tables. Table name to file. */
export interface Delivery {
  name: string
  files: Map<string, string>
  /** Tables that the profile needs and that are not there. */
  missing: string[]
  /** Tables that the profile can do without and that are not there. */
  absent: string[]
  /** Why files of it cannot be told apart, if they cannot. */
  doubts: { file: string; reason: string }[]
}

/** What lies under the paths of an import. */
export interface Offered {
  deliveries: Delivery[]
  /** Files in the folders that hold no table of the profile. */
  unread: string[]
}

const DATA = /\.(csv|tsv|txt)(\.gz)?$/i

interface Group {
  files: Map<string, string>
  doubts: Delivery['doubts']
}

/** What is to be read, in order of name. A folder is looked through but for the folders that the profile ignores. */
export async function deliveriesOf(paths: readonly string[], profile: Profile): Promise<Offered> {
  const files: string[] = []
  const unread: string[] = []
  for (const path of paths) await collect(path, profile.ignoreFolders, { files, unread }, true)
  const found = [...new Set(files)].sort((a, b) => (a < b ? -1 : 1))
  if (profile.layout === 'flat') {
    const table = Object.keys(profile.tables)[0] ?? 'rows'
    const alone = (file: string): Delivery => ({ name: file, files: new Map([[table, file]]), missing: [], absent: [], doubts: [] }) // prettier-ignore
    return { deliveries: found.map(alone), unread }
  }
  const groups = new Map<string, Group>()
  const others: string[] = []
  for (const file of found) {
    const match = tableOf(basename(file), profile)
    if (match === undefined) others.push(file)
    else
      await put(groups, profile.layout === 'nibrs' ? dirname(file) : join(dirname(file), match.rest), match.table, file)
  }
  await knowByHeader(others, groups, profile, unread)
  const tables = Object.entries(profile.tables)
  const deliveries = [...groups].map(([name, group]): Delivery => {
    const lacking = tables.filter(([table]) => !group.files.has(table) && group.files.size > 0)
    const named = (required: boolean): string[] =>
      lacking.filter(([, table]) => table.required === required).map(([, { file }]) => file)
    return { name, ...group, missing: named(true), absent: named(false) }
  })
  const whole = deliveries.filter(({ missing }) => missing.length === 0)
  const kept: Delivery[] = []
  for (const delivery of deliveries) {
    if (delivery.missing.length === 0 || !(await isResent(delivery, whole))) kept.push(delivery)
  }
  return { deliveries: kept, unread }
}

/** Adds a file to its delivery. The same file again counts once; of two that differ it cannot be known which is meant. */
async function put(groups: Map<string, Group>, name: string, table: string, file: string): Promise<void> {
  const group = groups.get(name) ?? { files: new Map<string, string>(), doubts: [] }
  groups.set(name, group)
  const other = group.files.get(table)
  if (other === undefined) group.files.set(table, file)
  else if (!(await isSame(file, other))) {
    const reason = `holds the same table as ${basename(other)}, and something else: take away the one that is not meant`
    group.doubts.push({ file, reason })
  }
}

/** The files that an import of these paths reads. */
export async function filesOf(paths: readonly string[], profile: Profile): Promise<string[]> {
  const { deliveries } = await deliveriesOf(paths, profile)
  return deliveries.flatMap(({ files }) => [...files.values()])
}

/** How much of a table's columns a file must have to be taken for it in spite of its name. */
const ALIKE = 0.6

/**
 * Files of another name are known by their columns: of the tables of which a file has every required column, the one
 * whose columns the profile knows best.
 */
async function knowByHeader(
  files: readonly string[],
  groups: Map<string, Group>,
  profile: Profile,
  unread: string[],
): Promise<void> {
  for (const [folder, some] of Map.groupBy(files, (file) => dirname(file))) {
    const fits: { table: string; file: string; known: number; alike: boolean }[] = []
    for (const file of some) {
      const header = await headOf(file).catch((cause: unknown) => {
        if (cause instanceof FileRefused) return []
        throw cause
      })
      for (const [name, table] of Object.entries(profile.tables)) {
        const { mapping, missing } = bindColumns(header, name, table)
        if (missing.length > 0 || mapping.length === 0) continue
        const alike = mapping.length >= ALIKE * Object.keys(table.columns).length
        fits.push({ table: name, file, known: mapping.length / header.length, alike })
      }
    }
    // a trio is named by its files; only a folder without any of them can hold one that is not
    const named = profile.layout === 'trio' && [...groups.keys()].some((name) => dirname(name) === folder)
    const taken = new Set<string>()
    for (const { table, file, alike } of fits.toSorted((a, b) => b.known - a.known || (a.file < b.file ? -1 : 1))) {
      const free = !named && !groups.get(folder)?.files.has(table)
      if (taken.has(file) || (!free && !alike)) continue
      taken.add(file)
      if (!named) await put(groups, folder, table, file)
      else {
        const reason = `has the columns of ${profile.tables[table]?.file ?? table}, but its name does not say of which delivery`
        groups.set(file, { files: new Map(), doubts: [{ file, reason }] })
      }
    }
    unread.push(...some.filter((file) => !taken.has(file)))
  }
}

/** True when a part of a delivery was only sent again under another name: it is read with the delivery it belongs to. */
async function isResent(part: Delivery, whole: readonly Delivery[]): Promise<boolean> {
  for (const [table, file] of part.files) {
    const others = whole.map(({ files }) => files.get(table)).filter((other) => other !== undefined)
    let found = false
    for (const other of others) found ||= await isSame(file, other)
    if (!found) return false
  }
  return true
}

async function isSame(file: string, other: string): Promise<boolean> {
  if ((await stat(file)).size !== (await stat(other)).size) return false
  return (await fingerprint(file)) === (await fingerprint(other))
}

async function collect(
  path: string,
  ignored: readonly string[],
  into: { files: string[]; unread: string[] },
  asked: boolean,
): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    ;(asked || DATA.test(path) ? into.files : into.unread).push(path)
    return
  }
  for (const entry of await readdir(path)) {
    if (!entry.startsWith('.') && !ignored.includes(entry.toLowerCase()))
      await collect(join(path, entry), ignored, into, false)
  }
}

/** The table a file is by its name, and what the name says besides: the files of a trio share it. */
function tableOf(file: string, profile: Profile): { table: string; rest: string } | undefined {
  const stem = file.replace(DATA, '').toLowerCase()
  for (const [table, { file: start }] of Object.entries(profile.tables)) {
    const prefix = start.toLowerCase()
    if (
      stem === prefix ||
      (profile.layout === 'trio' && stem.startsWith(prefix) && /[-_. ]/.test(stem.charAt(prefix.length)))
    )
      return { table, rest: stem.slice(prefix.length) }
  }
  return undefined
}
