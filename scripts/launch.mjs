// The door to every command. Runs on any Node >= 18 with nothing installed: installs the locked packages, finds a Node
// that can run TypeScript, and hands over. Uses no package and no syntax newer than Node 18.
// All its own lines go to stderr, so that the output of a command stays clean for a pipe.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// crypto.argon2 arrived in 24.7; type stripping without a flag or a warning is older than that.
const OLDEST_NODE = [24, 7]
const FETCHED_NODE = '24.21.0'
// How often to look whether the process that started us is still there, and how long a command may take to close.
const WATCH_MS = 500
const CLOSING_MS = 20_000

const COMMANDS = {
  start: ['src/main.ts', 'serve'],
  test: ['src/testrun.ts'],
  check: ['src/testrun.ts'],
  cli: ['src/cli.ts'],
  bench: ['bench/run.ts'],
}
const READS_DOTENV = ['start', 'cli']

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
    running.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

function stop(signal) {
  stopping = true
  if (!running) process.exit(1)
  running.kill(signal)
  setTimeout(() => running.kill('SIGKILL'), CLOSING_MS).unref()
}

function watchParent() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stop(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  }
  // npm does not pass SIGTERM on: it just dies. Our parent then changes, which is the only sign we get.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent && !stopping) stop('SIGTERM')
  }, WATCH_MS).unref()
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

/**
 * Installs the locked packages unless they are there already. The stamp is taken away first and written last, so an
 * install that was cut short is done again.
 */
async function installPackages(command) {
  const lock = path.join(root, 'package-lock.json')
  if (!fs.existsSync(lock)) fail('package-lock.json is missing; restore it from the repository')
  const stamp = path.join(root, 'node_modules', '.dauntless-stamp')
  const hash = createHash('sha256').update(fs.readFileSync(lock)).digest('hex')
  const lean = process.env.NODE_ENV === 'production' && (command === 'start' || command === 'cli')
  const found = fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8') : ''
  // A full install also serves production; the lean one does not serve the tests.
  if (found === `${hash} full` || (lean && found === `${hash} lean`)) return
  say('installing packages')
  fs.rmSync(stamp, { force: true })
  await npm(['ci', lean ? '--omit=dev' : '--include=dev'], 'install the packages')
  fs.writeFileSync(stamp, `${hash} ${lean ? 'lean' : 'full'}`)
  say('packages installed')
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

  say(`Node ${process.version} is too old (need ${OLDEST_NODE.join('.')} or later); fetching Node ${FETCHED_NODE}`)
  const partial = `${dir}.partial-${process.pid}`
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(partial, { recursive: true })
  fs.writeFileSync(path.join(partial, 'package.json'), '{"private":true}')
  await npm(
    ['install', '--prefix', partial, '--no-save', `${pkg}@${FETCHED_NODE}`],
    `fetch Node ${FETCHED_NODE}`,
    partial,
  )
  if (!works(path.join(partial, within))) {
    fs.rmSync(partial, { recursive: true, force: true })
    fail(`the fetched Node does not run on this machine; install Node ${OLDEST_NODE.join('.')} or later yourself`)
  }
  fs.rmSync(dir, { recursive: true, force: true })
  fs.renameSync(partial, dir)
  say('Node is ready')
  return node
}

async function launch(command, args) {
  if (!Object.hasOwn(COMMANDS, command))
    fail(`unknown command '${command}'; one of: ${Object.keys(COMMANDS).join(', ')}`)
  watchParent()
  await installPackages(command)
  const node = await findNode()
  const dotenv = path.join(root, '.env')
  const flags = READS_DOTENV.includes(command) && fs.existsSync(dotenv) ? [`--env-file=${dotenv}`] : []
  const env = {
    ...process.env,
    PATH: path.dirname(node) + path.delimiter + (process.env.PATH ?? ''),
    // Commands run in the repository; a file named on the command line is meant from where the person stood.
    INIT_CWD: startedFrom === root ? (process.env.INIT_CWD ?? root) : startedFrom,
  }
  process.exit(await run(node, [...flags, ...COMMANDS[command], ...args], { stdio: 'inherit', env }))
}

launch(process.argv[2] ?? 'start', process.argv.slice(3)).catch((error) => fail(error.message))
