import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { migrations } from '#platform/db'
import { asAdmin, type Installation } from '../setup.ts'
import { verifyInstallation } from './audit.ts'
import { needed, newFolder, plural, UsageError, type Command, type Context } from './command.ts'
import { holdsNothing } from './force.ts'
import { commandScope, isSynthetic, logAlone, SYNTHETIC_NOTICE } from './service.ts'
import { moveCounter, readTables, sha256Of, writeTables, type TableFile } from './snapshot.ts'

/** What stands beside the tables. Written last: a folder without it is a backup that was cut short. */
interface Manifest {
  readonly format: 1
  readonly takenAt: string
  readonly migrations: readonly { readonly name: string; readonly hash: string }[]
  readonly xact: string
  readonly tables: readonly TableFile[]
  readonly keys: readonly string[]
}

/** The keys that prove the log and go on sealing it, and what a witness on this machine remembers. From the data folder. */
const KEYS = [
  'secrets/log.key',
  'secrets/log.public',
  'secrets/witness.public',
  'witness/log.key',
  'witness/witness.secret',
  'witness/witness.key',
  'witness/checkpoint',
]

const versions = (): Manifest['migrations'] => migrations().map(({ name, hash }) => ({ name, hash }))

async function backup(context: Context, out: string): Promise<{ manifest: Manifest; folder: string; rows: number }> {
  const folder = newFolder(context, out)
  const installation = await context.installation()
  const scope = await commandScope(installation, 'back up', 'backup')
  await logAlone(installation, scope, 'export', { what: 'backup' })
  mkdirSync(join(folder, 'tables'), { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  // before the tables: what the witness remembers must not be newer than the log beside it
  const keys = KEYS.filter((name) => existsSync(join(installation.folder, name)))
  for (const name of keys) {
    mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
    copyFileSync(join(installation.folder, name), join(folder, name))
    chmodSync(join(folder, name), 0o600)
  }
  const { tables, xact } = await asAdmin(installation, (client) =>
    writeTables(client, join(folder, 'tables'), context.say),
  )
  if (await isSynthetic(installation)) writeFileSync(join(folder, 'SYNTHETIC.txt'), SYNTHETIC_NOTICE)
  const takenAt = await asAdmin(installation, async (client) => {
    const { rows } = await client.query<{ at: string }>(
      `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at`,
    )
    return rows[0]?.at ?? ''
  })
  const manifest: Manifest = { format: 1, takenAt, migrations: versions(), xact, tables, keys }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  return { manifest, folder, rows: tables.reduce((sum, table) => sum + table.rows, 0) }
}

/** Reads a backup's manifest and checks every file of it. @throws Error */
async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json')
  if (!existsSync(path)) throw new UsageError('there is no manifest.json: not a backup, or one that was cut short')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  if (manifest.format !== 1) throw new Error('the backup is of a newer version: restore it with that one')
  if (JSON.stringify(manifest.migrations) !== JSON.stringify(versions()))
    throw new Error(
      `the backup is of another version (${manifest.migrations.at(-1)?.name ?? 'none'}): restore it with that one, then start this`,
    )
  for (const { file, sha256 } of manifest.tables) {
    const at = join(folder, 'tables', file)
    if (file.includes('/') || !existsSync(at)) throw new Error(`the backup has lost ${file}`)
    if ((await sha256Of(at)) !== sha256) throw new Error(`${file} is not as it was written: the backup is damaged`)
  }
  return manifest
}

const same = (a: string, b: string): boolean => readFileSync(a).equals(readFileSync(b))

/** Puts the keys of a backup into the data folder. @throws Error when others are there */
function restoreKeys(from: string, installation: Installation, keys: readonly string[], write: boolean): void {
  for (const name of keys.filter((one) => KEYS.includes(one))) {
    const [source, target] = [join(from, name), join(installation.folder, name)]
    if (existsSync(target) && !same(source, target))
      throw new Error(`the data folder has another ${name}: restore into a data folder of its own (DAUNTLESS_DATA)`)
    if (!write || existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    copyFileSync(source, target)
    chmodSync(target, 0o600)
  }
}

/** Keeping a copy, and coming back from it. */
export const BACKUP_COMMANDS: readonly Command[] = [
  {
    name: 'backup',
    group: 'Keeping it running',
    summary: 'Copy the whole database as it stands at one moment, with the keys of its log',
    usage: 'backup --out FOLDER',
    more: [
      'The folder holds everything that is secret, in clear, and the keys of the log: keep it on an encrypted disk.',
      'Files that wait in the data folder to be taken in are not in it.',
    ],
    options: { out: { type: 'string' } },
    async run(context, values) {
      const { manifest, folder, rows } = await backup(context, needed(values, 'out', 'the folder to write'))
      const { takenAt, tables } = manifest
      return {
        result: { folder, takenAt, tables: tables.length, rows, keys: manifest.keys },
        said: `${plural(rows, 'row')} of ${plural(tables.length, 'table')} written to ${folder}`,
      }
    },
  },
  {
    name: 'restore',
    group: 'Keeping it running',
    summary: 'Bring a backup back into an empty database, and prove its audit log',
    usage: 'restore --from FOLDER',
    more: ['Everybody is signed out. Nothing is changed unless every table comes back as it was.'],
    options: { from: { type: 'string' } },
    async run(context, values) {
      const folder = context.path(needed(values, 'from', 'the folder of the backup'))
      const manifest = await readManifest(folder)
      const installation = await context.installation()
      if (!(await holdsNothing(installation)))
        throw new Error('this database holds something already: a backup is restored into an empty one')
      restoreKeys(folder, installation, manifest.keys, false)
      await asAdmin(installation, async (client) => {
        await readTables(client, join(folder, 'tables'), manifest.tables, context.say)
        await moveCounter(client, manifest.xact, context.say)
      })
      restoreKeys(folder, installation, manifest.keys, true)
      const scope = await commandScope(installation, 'restore a backup', 'restore')
      await logAlone(installation, scope, 'alter', { what: 'restore', takenAt: manifest.takenAt })
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
      const verdict = manifest.keys.includes('secrets/log.public') ? await verifyInstallation(installation) : null
      const log = verdict && { ok: verdict.ok, rows: verdict.rows, first: verdict.first }
      const said = `${plural(rows, 'row')} restored; `
      return {
        result: { takenAt: manifest.takenAt, tables: manifest.tables.length, rows, log },
        said:
          verdict === null
            ? `${said}the log had never been sealed`
            : verdict.ok
              ? `${said}the log is whole: ${plural(verdict.rows, 'sealed row')}`
              : `${said}BUT THE LOG IS NOT WHOLE: ${verdict.first?.wrong ?? 'unknown'}`,
        bad: verdict?.ok === false,
      }
    },
  },
]
