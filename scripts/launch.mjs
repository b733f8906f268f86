// The door to every command. Runs on any Node >= 18 with nothing installed: installs the locked packages, finds a Node
// that can run TypeScript, and hands over. Uses no package and no syntax newer than Node 18.
// All its own lines go to stderr, so that the output of a command stays clean for a pipe.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// crypto.argon2 arrived in 24.7; type stripping without a flag or a warning is older than that.
const OLDEST_NODE = [24, 7]
const FETCHED_NODE = '24.21.0'
// How often to look whether the process that started us is still there, and how long a command may take to close: a
// little longer than it allows itself.
const WATCH_MS = 500
const CLOSING_MS = 25_000
// After so long without a sign of its holder a lock is nobody's.
const LOCK_MS = 10_000

const COMMANDS = {
  start: ['src/main.ts', 'serve'],
  work: ['src/main.ts', 'work'],
  test: ['src/testrun.ts'],
  check: ['src/testrun.ts'],
  cli: ['src/cli.ts'],
  bench: ['bench/run.ts'],
}
const DEPLOYED = ['start', 'work', 'cli']
// Where there is memory, room for twice what is usual of what a page or a record leaves behind: everything stops while it is cleared.
const ROOMY_BYTES = 8e9
const YOUNG_MB = 128

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const startedFrom = process.cwd()
const startedAt = Date.now()
const windows = process.platform === 'win32'

let running
let stopping = false

function say(line) {
  console.error(`[launch +${((Date.now() - startedAt) / 1000).toFixed(1)}s] ${line}`)
}

function fail(line) {
  console.error(`[launch] ${line}`)
  process.exit(1)
}

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

/** Runs one child to its end and gives its exit code; the signals we get reach it. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, { cwd: root, ...options })
    running.once('error', reject)
    running.once('exit', (code, signal) => {
      running = undefined
      resolve(code ?? (signal ? 1 : 0))
    })
  })
}

function stop(signal) {
  stopping = true
  if (!running) process.exit(1)
  running.kill(signal)
  setTimeout(() => running?.kill('SIGKILL'), CLOSING_MS).unref()
}

/** The process above ours; npm starts us through a shell, so then also the one above that, where the system shows it. */
function whoStartedUs() {
  const parent = process.ppid
  const stat = `/proc/${parent}/stat`
  if (!process.env.npm_execpath || !fs.existsSync(stat)) return String(parent)
  return `${parent} ${/\) \S (\d+)/.exec(fs.readFileSync(stat, 'utf8'))?.[1]}`
}

function watchParent() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stop(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  }
  // npm that is killed passes nothing on. Its place above us is then taken by another, which is the only sign we get.
  const before = whoStartedUs()
  setInterval(() => {
    if (whoStartedUs() !== before && !stopping) stop('SIGTERM')
  }, WATCH_MS).unref()
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Runs `work` while no other process does in this folder: two first starts at once would install over each other. The lock
 * is a folder, which is made or not. Its holder touches it; one that is not touched, or whose holder is gone, is taken away.
 */
async function alone(work) {
  const lock = path.join(root, '.runtime', 'installing')
  const holder = path.join(lock, 'pid')
  const unlock = () => fs.rmSync(lock, { recursive: true, force: true })
  for (let waited = false; !makeLock(lock); waited = true) {
    const touched = fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
    const pid = fs.existsSync(holder) ? Number(fs.readFileSync(holder, 'utf8')) : process.pid
    if (Date.now() - touched > LOCK_MS || !isAlive(pid)) unlock()
    else {
      if (!waited) say('another process is installing here; waiting for it')
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
    }
  }
  fs.writeFileSync(holder, String(process.pid))
  process.once('exit', unlock)
  const touching = setInterval(() => fs.utimesSync(lock, new Date(), new Date()), WATCH_MS)
  try {
    await work()
  } finally {
    clearInterval(touching)
    process.off('exit', unlock)
    unlock()
  }
}

/** True if the folder is ours now, false if it is somebody's already. */
function makeLock(lock) {
  try {
    fs.mkdirSync(path.dirname(lock), { recursive: true })
    fs.mkdirSync(lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    return fail(`cannot write in ${root} (${error.code}): run as the user whom it belongs to`)
  }
}

async function npm(args, purpose, cwd = root) {
  const script = process.env.npm_execpath
  const throughNpm = script !== undefined && /npm-cli\.[cm]?js$/.test(script)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const command = throughNpm ? process.execPath : windows ? 'npm.cmd' : 'npm'
  const options = { cwd, stdio: ['ignore', 2, 2], shell: windows && !throughNpm }
  const code = await run(command, [...(throughNpm ? [script] : []), ...args, ...quiet], options).catch((error) =>
    fail(`cannot run npm to ${purpose}: ${error.message}`),
  )
  if (code !== 0) fail(`npm could not ${purpose} (exit ${code}); its own lines above say why. Run the command again.`)
}

/** How much there is in a folder, as files and their bytes: when something is lost or cut short it is another figure. */
function measure(folder) {
  let [files, bytes] = [0, 0]
  const visit = (at) => {
    for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
      const name = path.join(at, entry.name)
      // What begins with a dot at the top is npm's own, caches of tools, and our stamp.
      if (at === folder && entry.name.startsWith('.')) continue
      if (entry.isDirectory()) visit(name)
      else if (entry.isFile()) {
        files += 1
        bytes += fs.statSync(name).size
      }
    }
  }
  if (fs.existsSync(folder)) visit(folder)
  return `${files} files ${bytes} bytes`
}

/**
 * Installs the locked packages unless they are there already, whole. The stamp is taken away first and written last, so
 * an install that was cut short is done again; it says how much was installed, so that what was lost since is seen.
 */
async function installPackages(command) {
  const lock = path.join(root, 'package-lock.json')
  if (!fs.existsSync(lock)) fail('package-lock.json is missing; restore it from the repository')
  const folder = path.join(root, 'node_modules')
  const stamp = path.join(folder, '.dauntless-stamp')
  const hash = createHash('sha256').update(fs.readFileSync(lock)).digest('hex')
  const lean = process.env.NODE_ENV === 'production' && DEPLOYED.includes(command)
  // A full install also serves production; the lean one does not serve the tests.
  const wanted = lean ? ['full', 'lean'] : ['full']
  const isThere = () => {
    const found = fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8') : ''
    return found.startsWith(hash) && wanted.some((kind) => found === `${hash} ${kind} ${measure(folder)}`)
  }
  if (isThere()) return
  await alone(async () => {
    if (isThere()) return
    say(
      fs.existsSync(folder)
        ? 'packages are missing or not those of this version; installing them'
        : 'installing packages',
    )
    fs.rmSync(stamp, { force: true })
    await npm(['ci', lean ? '--omit=dev' : '--include=dev'], 'install the packages')
    fs.writeFileSync(stamp, `${hash} ${lean ? 'lean' : 'full'} ${measure(folder)}`)
    say('packages installed')
  })
}

function works(node) {
  return fs.existsSync(node) && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v') === true
}

/** The Node to use: this one, else the pinned one from .runtime, fetched there (whole or not at all) when missing. */
async function findNode() {
  if (isNewEnough(process.version)) return process.execPath
  const macOnArm = process.platform === 'darwin' && process.arch === 'arm64'
  const pkg = `${macOnArm ? 'node-bin' : 'node'}-${windows ? 'win' : process.platform}-${process.arch}`
  const within = path.join('node_modules', pkg, 'bin', windows ? 'node.exe' : 'node')
  const dir = path.join(root, '.runtime', FETCHED_NODE)
  const node = path.join(dir, within)
  if (works(node)) return node
  await alone(async () => {
    if (works(node)) return
    say(`Node ${process.version} is too old (need ${OLDEST_NODE.join('.')} or later); fetching Node ${FETCHED_NODE}`)
    const partial = `${dir}.partial`
    fs.rmSync(partial, { recursive: true, force: true })
    fs.mkdirSync(partial, { recursive: true })
    fs.writeFileSync(path.join(partial, 'package.json'), '{"private":true}')
    const install = ['install', '--prefix', partial, '--no-save', `${pkg}@${FETCHED_NODE}`]
    await npm(install, `fetch Node ${FETCHED_NODE}`, partial)
    if (!works(path.join(partial, within))) {
      fs.rmSync(partial, { recursive: true, force: true })
      fail(`the fetched Node does not run on this machine; install Node ${OLDEST_NODE.join('.')} or later yourself`)
    }
    fs.rmSync(dir, { recursive: true, force: true })
    fs.renameSync(partial, dir)
    say('Node is ready')
  })
  return node
}

async function launch(command, args) {
  if (!Object.hasOwn(COMMANDS, command))
    fail(`unknown command '${command}'; one of: ${Object.keys(COMMANDS).join(', ')}`)
  watchParent()
  await installPackages(command)
  const node = await findNode()
  const dotenv = path.join(root, '.env')
  const settings = DEPLOYED.includes(command) && fs.existsSync(dotenv) ? [`--env-file=${dotenv}`] : []
  const flags = [...(os.totalmem() > ROOMY_BYTES ? [`--max-semi-space-size=${YOUNG_MB}`] : []), ...settings]
  const env = {
    ...process.env,
    PATH: path.dirname(node) + path.delimiter + (process.env.PATH ?? ''),
    // Commands run in the repository; a file named on the command line is meant from where the person stood.
    INIT_CWD: startedFrom === root ? (process.env.INIT_CWD ?? root) : startedFrom,
  }
  process.exit(await run(node, [...flags, ...COMMANDS[command], ...args], { stdio: 'inherit', env }))
}

launch(process.argv[2] ?? 'start', process.argv.slice(3)).catch((error) => fail(error.message))
