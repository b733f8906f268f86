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
}

const DATA = /\.(csv|tsv|txt)(\.gz)?$/i

/** What is to be read, in order of name. A folder is looked through but for the folders that the profile ignores. */
export async function deliveriesOf(paths: readonly string[], profile: Profile): Promise<Delivery[]> {
  const files: string[] = []
  for (const path of paths) await collect(path, profile.ignoreFolders, files, true)
  const found = [...new Set(files)].sort((a, b) => (a < b ? -1 : 1))
  if (profile.layout === 'flat') {
    const table = Object.keys(profile.tables)[0] ?? 'rows'
    return found.map((file) => ({ name: file, files: new Map([[table, file]]), missing: [] }))
  }
  const groups = new Map<string, Map<string, string>>()
  const others: string[] = []
  for (const file of found) {
    const match = tableOf(basename(file), profile)
    if (match === undefined) {
      others.push(file)
      continue
    }
    const name = profile.layout === 'nibrs' ? dirname(file) : join(dirname(file), match.rest)
    const group = groups.get(name) ?? new Map<string, string>()
    group.set(match.table, file)
    groups.set(name, group)
  }
  await knowByHeader(others, groups, profile)
  const deliveries = [...groups].map(([name, group]) => ({
    name,
    files: group,
    missing: Object.entries(profile.tables)
      .filter(([table, { required }]) => required && !group.has(table))
      .map(([, { file }]) => file),
  }))
  const whole = deliveries.filter(({ missing }) => missing.length === 0)
  const kept: Delivery[] = []
  for (const delivery of deliveries) {
    if (delivery.missing.length === 0 || !(await isResent(delivery, whole))) kept.push(delivery)
  }
  return kept
}

/** The files that an import of these paths reads. */
export async function filesOf(paths: readonly string[], profile: Profile): Promise<string[]> {
  const deliveries = await deliveriesOf(paths, profile)
  return deliveries.flatMap(({ files }) => [...files.values()])
}

/**
 * Files of another name are known by their columns, where a table has no file by its name: of those that have every
 * required column, the one whose columns the profile knows best.
 */
async function knowByHeader(
  files: string[],
  groups: Map<string, Map<string, string>>,
  profile: Profile,
): Promise<void> {
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    const group = groups.get(folder) ?? new Map<string, string>()
    // a trio is named by its files; only a folder without any of them can hold one that is not
    if (profile.layout === 'trio' && [...groups.keys()].some((name) => dirname(name) === folder)) continue
    const fits: { table: string; file: string; known: number }[] = []
    for (const file of files.filter((one) => dirname(one) === folder)) {
      const header = await headOf(file).catch((cause: unknown) => {
        if (cause instanceof FileRefused) return []
        throw cause
      })
      for (const [name, table] of Object.entries(profile.tables)) {
        if (group.has(name)) continue
        const { mapping, missing } = bindColumns(header, name, table)
        if (missing.length === 0 && mapping.length > 0)
          fits.push({ table: name, file, known: mapping.length / header.length })
      }
    }
    const taken = new Set<string>()
    for (const { table, file } of fits.toSorted((a, b) => b.known - a.known || (a.file < b.file ? -1 : 1))) {
      if (group.has(table) || taken.has(file)) continue
      group.set(table, file)
      taken.add(file)
    }
    if (taken.size > 0) groups.set(folder, group)
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

async function collect(path: string, ignored: readonly string[], into: string[], asked: boolean): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    if (asked || DATA.test(path)) into.push(path)
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
    if (profile.layout === 'nibrs' ? stem === prefix : stem === prefix || stem.startsWith(`${prefix}_`)) {
      return { table, rest: stem.slice(prefix.length) }
    }
  }
  return undefined
}
