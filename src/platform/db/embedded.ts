import { execFile, spawn, spawnSync } from 'node:child_process'
import crypto from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import {
  type Account,
  type Place,
  codeOf,
  isAbsentOrEmpty,
  moveUnlessThere,
  prepare,
  program,
} from './embedded-place.ts'

/** A PostgreSQL of our own, for a machine that has none: demonstrations, development and tests. */
export interface Embedded {
  /** The superuser's address of one database. It holds the secret: never log it. */
  url(database?: string): string
  /** The folder of the server's socket; empty where it has none. */
  readonly sockets: string
  /** Shuts the server down, or leaves it to whoever else is still connected to it. Close one's own connections first. */
  stop(): Promise<void>
  /** True if the server was already running, left behind by a process that was killed or in use by another. */
  readonly adopted: boolean
}

/** The lines of postmaster.pid that we use. */
interface Holder {
  readonly pid: number
  readonly port: number
  /** Where its socket is; empty without one. */
  readonly sockets: string
  readonly ready: boolean
}

const SUPERUSER = 'owner'
const SECRET_FILE = 'owner.secret'
// Recovery after a crash replays at most max_wal_size; minutes are generous, seconds would be wrong.
const READY_WITHIN_MS = 120_000
// How long a connection that was just closed may still be listed.
const HANGING_UP_MS = 500
const STOPPED_WITHIN_MS = 15_000
const ANSWER_WITHIN_MS = 3_000
const LOG_BYTES = 5_000_000
// Causes that pass by themselves: another program took the free port, or the last server's children are still dying.
const PASSING = /could not bind|Address already in use|still in use/i
const ATTEMPTS = 20

// What every system takes for the path of a socket (Linux 107, macOS 103).
const SOCKET_PATH_BYTES = 103
const NO_SOCKET = /could not create any Unix-domain sockets/i

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'max_connections=100',
  'max_wal_size=4GB',
  // Compiling costs more than it saves on our short queries.
  'jit=off',
  'log_min_messages=warning',
  // The log must hold no name, address or free text: no statements, no DETAIL lines with the values of a key.
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
]
const SAFE = ['fsync=on', 'synchronous_commit=on', `shared_buffers=${sharedMegabytes()}MB`]
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=256MB']

/**
 * What the server keeps in memory of its own, in megabytes: an eighth of what there is. What a record that comes touches lies all
 * over the indexes, and what is not held is read anew, and written out to make room, while the record waits. A million mentions are
 * 2.6 GB; more than 4 GB is left to the system and to what else runs here.
 */
function sharedMegabytes(): number {
  // a container may have less than the machine, or say a number without meaning where it has no limit
  const bytes = Math.min(os.totalmem(), process.constrainedMemory() || Infinity)
  return Math.min(4096, Math.max(128, Math.floor(bytes / 8 / 1024 / 1024)))
}

/**
 * Starts the embedded PostgreSQL 18 on a directory, making it when it is not there, or adopts the one already running
 * on it. Listens on 127.0.0.1 only, on a free port, and on a socket in the directory where there can be one.
 * @param dir where the data lives; its log is beside it. As root under a closed home it is in /var/tmp, and a note in its place says where.
 * @param opts fast gives up safety against a power cut: for tests.
 * @throws Error with one clear line when the directory cannot be used or the server does not start.
 */
export async function startEmbedded(dir: string, opts: { fast?: boolean } = {}): Promise<Embedded> {
  const place = prepare(path.resolve(dir))
  if (isAbsentOrEmpty(place.dir)) await initialise(place)
  else refuseBroken(place)
  const secret = readSecret(place.dir)

  let sockets = mayHoldSocket(place.dir) ? place.dir : ''
  for (let attempt = 1; ; attempt++) {
    const running = await findRunning(place.dir, secret)
    if (running) return embedded(place, running, secret, true, opts.fast === true)
    clearSockets(place.dir)
    const started = await start(place, opts.fast === true, sockets)
    if (typeof started !== 'string') return embedded(place, started, secret, false, opts.fast === true)
    // a folder that another machine lends us may hold files and no sockets
    if (NO_SOCKET.test(started)) sockets = ''
    // Lost the race against another process on the same directory: the next round adopts its server.
    const lost = /lock file .* (already exists|is empty)/i.test(started)
    if (attempt === ATTEMPTS || !(lost || PASSING.test(started) || NO_SOCKET.test(started))) {
      throw new Error(`PostgreSQL did not start on ${place.dir}: ${started} (its log is ${place.dir}.log)`)
    }
    await sleep(250)
  }
}

/**
 * Makes the database cluster in a folder of its own and moves it into place when it is whole: what is in place is
 * never half finished, and what a killed process left half finished is cleared away here.
 */
async function initialise(place: Place): Promise<void> {
  const { dir, native, account } = place
  const parent = path.dirname(dir)
  for (const name of fs.readdirSync(parent)) {
    const pid = name.startsWith(`${path.basename(dir)}.new-`) ? Number.parseInt(name.split('.new-')[1] ?? '', 10) : NaN
    if (pid > 0 && !isAlive(pid)) fs.rmSync(path.join(parent, name), { recursive: true, force: true })
  }
  const partial = `${dir}.new-${process.pid}`
  const secretFile = `${partial}.secret`
  const secret = crypto.randomBytes(24).toString('base64url')
  try {
    fs.rmSync(partial, { recursive: true, force: true })
    fs.mkdirSync(partial, { mode: 0o700 })
    fs.writeFileSync(secretFile, secret, { mode: 0o600 })
    for (const made of [partial, secretFile]) chown(made, account)
    const args = ['-D', partial, '-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', secretFile, '-E', 'UTF8']
    args.push('--locale-provider=builtin', '--locale=C.UTF-8', '--no-sync')
    await promisify(execFile)(program(native, 'initdb'), args, { ...account, env: serverEnv(), cwd: os.tmpdir() })
    fs.renameSync(secretFile, path.join(partial, SECRET_FILE))
    if (fs.existsSync(dir) && isAbsentOrEmpty(dir)) fs.rmdirSync(dir)
    moveUnlessThere(partial, dir)
  } catch (cause) {
    fs.rmSync(partial, { recursive: true, force: true })
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    const why = said.trim().split('\n').find(Boolean) ?? (cause instanceof Error ? cause.message : String(cause))
    throw new Error(`cannot make a database in ${dir}: ${why}`, { cause })
  } finally {
    fs.rmSync(secretFile, { force: true })
  }
}

function refuseBroken({ dir, native }: Place): void {
  const version = readIfThere(path.join(dir, 'PG_VERSION'))?.trim()
  // initdb does not leave a cluster of ours in place before it is whole, so this is somebody's folder, or damaged.
  const missing = [SECRET_FILE, 'PG_VERSION', 'global/pg_control'].find((file) => !fs.existsSync(path.join(dir, file)))
  if (missing) throw new Error(`${dir} is not a whole database (${missing} is missing); move it away and start again`)
  const ours = spawnSync(program(native, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? ''
  const major = / (\d+)\./.exec(ours)?.[1]
  if (major !== undefined && version !== major) {
    throw new Error(
      `${dir} was made by PostgreSQL ${version} and this is PostgreSQL ${major}; move it away or restore it`,
    )
  }
}

function readSecret(dir: string): string {
  try {
    return fs.readFileSync(path.join(dir, SECRET_FILE), 'utf8')
  } catch (cause) {
    throw new Error(`cannot read ${path.join(dir, SECRET_FILE)} (${codeOf(cause)}): run as the user who made it`, {
      cause,
    })
  }
}

function mayHoldSocket(dir: string): boolean {
  return process.platform !== 'win32' && Buffer.byteLength(path.join(dir, '.s.PGSQL.65535')) <= SOCKET_PATH_BYTES
}

/** Takes away the sockets of servers that were killed: each had a port of its own, which nobody comes by again. */
function clearSockets(dir: string): void {
  for (const lock of fs.readdirSync(dir).filter((name) => /^\.s\.PGSQL\.\d+\.lock$/.test(name))) {
    const file = path.join(dir, lock)
    const pid = Number.parseInt(readIfThere(file) ?? '', 10)
    if (!pid || isAlive(pid)) continue // one that is just starting has not written it yet
    for (const left of [file.slice(0, -'.lock'.length), file]) fs.rmSync(left, { force: true })
  }
}

/**
 * The server that already runs on the directory, once it answers. A postmaster.pid whose process is dead, or whose
 * number has since gone to another program (common in containers), is taken away.
 * @throws Error if a server holds the directory and does not answer.
 */
async function findRunning(dir: string, secret: string): Promise<Holder | undefined> {
  const emptyUntil = Date.now() + 1_000
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
    const holder = readHolder(dir)
    if (!holder) return undefined
    // A server that is just starting has made the file and not yet written it.
    if (!holder.pid && Date.now() < emptyUntil) continue
    if (!isAlive(holder.pid) || !isPostgres(holder.pid, dir)) {
      // Only the file we judged: another process may have put a new one there.
      if (readHolder(dir)?.pid === holder.pid) fs.rmSync(path.join(dir, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (!holder.ready) continue
    if (await answers(holder.port, secret)) return holder
    if (isAlive(holder.pid)) {
      throw new Error(`process ${holder.pid} holds the database in ${dir} but does not answer; stop it and start again`)
    }
  }
  throw new Error(`the PostgreSQL that holds ${dir} did not become ready; stop it and start again`)
}

async function answers(port: number, secret: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(port, secret), connectionTimeoutMillis: ANSWER_WITHIN_MS })
  client.on('error', () => undefined) // the query below fails by itself
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

/** Starts the server and waits until it is ready. Gives the reason, from its log, when it ended instead. */
async function start({ dir, native, account }: Place, fast: boolean, sockets: string): Promise<Holder | string> {
  const logFile = `${dir}.log`
  const before = fs.existsSync(logFile) ? fs.statSync(logFile).size : 0
  const log = fs.openSync(logFile, before > LOG_BYTES ? 'w' : 'a', 0o600)
  const from = before > LOG_BYTES ? 0 : before
  const port = await freePort()
  const ours = [...SETTINGS, `unix_socket_directories=${quoted(sockets)}`, ...(fast ? FAST : SAFE)]
  const settings = ours.flatMap((setting) => ['-c', setting])
  // Detached: Ctrl-C reaches the whole process group, and the server must outlive the pages that still use it.
  const child = spawn(program(native, 'postgres'), ['-D', dir, '-p', String(port), ...settings], {
    ...account,
    env: serverEnv(),
    cwd: os.tmpdir(),
    detached: true,
    stdio: ['ignore', log, log],
  })
  let failed: string | undefined
  child.once('error', (error) => (failed = error.message))
  child.unref()
  fs.closeSync(log)

  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(10)) {
    if (failed !== undefined) return failed
    const holder = readHolder(dir)
    if (holder?.ready && holder.pid === child.pid) return holder
    if (child.exitCode !== null || child.signalCode !== null) return reasonIn(fs.readFileSync(logFile).subarray(from))
  }
  child.kill('SIGKILL')
  return `it was not ready within ${READY_WITHIN_MS / 1000} seconds`
}

function reasonIn(log: Buffer): string {
  const lines = log.toString('utf8').trim().split('\n')
  const fatal = lines.filter((line) => /FATAL|PANIC|could not bind/.test(line)).at(-1)
  return (fatal ?? lines.at(-1) ?? '').replace(/^.*?(FATAL|PANIC|LOG|WARNING):\s*/, '') || 'it said nothing'
}

function embedded(place: Place, holder: Holder, secret: string, adopted: boolean, alone: boolean): Embedded {
  return {
    adopted,
    sockets: holder.sockets,
    url: (database = 'postgres') => urlOf(holder.port, secret, database),
    async stop() {
      const runs = () => isAlive(holder.pid) && isPostgres(holder.pid, place.dir)
      if (!runs()) return
      // whoever else works on it goes on, and the last one stops it; the tests' server is nobody else's
      if ((adopted || !alone) && (await staysInUse(urlOf(holder.port, secret)))) return
      // SIGINT is PostgreSQL's fast shutdown. Windows has no signals; pg_ctl knows the way there.
      if (process.platform !== 'win32') process.kill(holder.pid, 'SIGINT')
      else spawnSync(program(place.native, 'pg_ctl'), ['stop', '-D', place.dir, '-m', 'fast', '-W'])
      for (const deadline = Date.now() + STOPPED_WITHIN_MS; runs(); await sleep(20)) {
        if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${holder.pid}) did not stop`)
      }
    },
  }
}

/** Whether somebody else is connected, and not only still hanging up. */
async function staysInUse(url: string): Promise<boolean> {
  for (const deadline = Date.now() + HANGING_UP_MS; await isInUse(url); await sleep(50)) {
    if (Date.now() > deadline) return true
  }
  return false
}

async function isInUse(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_WITHIN_MS })
  client.on('error', () => undefined) // the query below fails by itself
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1`,
    )
    return rowCount === 1
  } finally {
    await client.end()
  }
}

function readHolder(dir: string): Holder | undefined {
  const lines = readIfThere(path.join(dir, 'postmaster.pid'))?.split('\n')
  if (!lines) return undefined
  const [pid, , , port, sockets = '', , , state = ''] = lines
  return { pid: Number(pid), port: Number(port), sockets, ready: state.startsWith('ready') }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** True if the process is a PostgreSQL on that directory, or if this machine will not say. */
function isPostgres(pid: number, dir: string): boolean {
  if (process.platform === 'win32') return true
  const command =
    process.platform === 'linux'
      ? readIfThere(`/proc/${pid}/cmdline`)
      : spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  // A process that has ended and waits for its parent still counts as alive, and has no command line.
  return command !== undefined && command.includes('postgres') && command.includes(dir)
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined
    throw error
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
  return address.port
}

function chown(file: string, { uid, gid }: Account): void {
  if (uid !== undefined && gid !== undefined) fs.chownSync(file, uid, gid)
}

function serverEnv(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
}

function urlOf(port: number, secret: string, database = 'postgres'): string {
  return `postgres://${SUPERUSER}:${secret}@127.0.0.1:${port}/${database}`
}

/** One folder in a list of folders, as the server reads one. */
function quoted(folder: string): string {
  return folder === '' ? '' : `"${folder.replaceAll('"', '""')}"`
}
