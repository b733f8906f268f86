// `npm test`: types, lint and format, then every test against a real PostgreSQL, then the browser. The last line printed
// is the sum, "N passed, N failed". `npm test -- src/platform/clock` runs only the tests named: folders, files or globs. With
// `--slow` the ten tests that took longest are named. TEST_DATABASE_URL names a PostgreSQL to test against instead of ours.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { type Embedded, startEmbedded } from './platform/db/embedded.ts'

interface Count {
  readonly passed: number
  readonly failed: number
}

// A second run at the same time needs a folder of its own.
const DATA = process.env['DAUNTLESS_TEST_DATA'] ?? '.data/test'
const TEMPLATE = 'tpl'
const ALL_TESTS = ['src/**/*.test.ts', 'test/**/*.test.ts']
const BROWSER_TESTS = 'e2e/*.test.ts'
// A test that leaves a timer or a connection behind keeps the process alive: end it then, and say so.
const TESTS_END_WITHIN_MS = 600_000
// One run at a time on the directory: any number that nothing else on this server of ours locks.
const RUN_LOCK = 7_262_024

const GATES = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  {
    name: 'lint',
    args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'e2e', 'bench'],
  },
  { name: 'format', args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'] },
]

const showSlow = process.argv.includes('--slow')
let running: ChildProcess | undefined
let interrupted = false

function say(line: string): void {
  console.log(`# ${line}`)
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

/** Runs this Node with the arguments and gives its exit code; null if it was ended for taking too long. */
async function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number | null> {
  if (interrupted) return 1
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  running = child
  let late = false
  const watch = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, TESTS_END_WITHIN_MS)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => resolve(late ? null : (code ?? 1)))
    })
  } finally {
    clearTimeout(watch)
    running = undefined
  }
}

async function checkGates(): Promise<Count> {
  let [passed, failed] = [0, 0]
  for (const { name, args } of GATES) {
    const since = Date.now()
    const holds = (await node(args)) === 0
    if (holds) passed++
    else failed++
    say(`${name}: ${holds ? 'passed' : 'FAILED'} in ${seconds(since)}`)
  }
  return { passed, failed }
}

/** The server to test on: our own, or the one that TEST_DATABASE_URL names as a superuser. */
async function testServer(): Promise<Pick<Embedded, 'url' | 'stop'>> {
  const named = process.env['TEST_DATABASE_URL']
  if (!named) return startEmbedded(DATA, { fast: true })
  const url = (database = 'postgres'): string => {
    const parsed = new URL(named)
    parsed.pathname = `/${database}`
    return parsed.toString()
  }
  const client = new pg.Client(url())
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string; strangers: string | null }>(
      `select current_setting('server_version') as version, (select string_agg(datname, ', ' order by datname) from pg_database
         where datname !~ '^(postgres|template[01]|tpl(_[a-z]+)?|t_[0-9_]+)$') as strangers`,
    )
    const { version = '', strangers = null } = rows[0] ?? {}
    // Roles and their passwords belong to the whole server, and the tests set them.
    if (strangers !== null) throw new Error(`TEST_DATABASE_URL must be a server for tests alone; it holds ${strangers}`)
    say(`on PostgreSQL ${version}`)
    // One test names a standby that is not there; no other may wait for it. And nothing here need outlive a power cut.
    await client.query('alter system set synchronous_commit = off')
    await client.query('select pg_reload_conf()')
  } finally {
    await client.end()
  }
  return { url, stop: async () => undefined }
}

/** Clears what killed runs left behind and makes the template that every test database is a copy of. */
async function makeTemplate(server: Pick<Embedded, 'url'>): Promise<pg.Client> {
  const client = new pg.Client(server.url())
  client.on('error', () => undefined) // the server is stopped under us when the run is interrupted
  await client.connect()
  const { rows: locks } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [RUN_LOCK])
  if (locks[0]?.got !== true) {
    await client.end()
    throw new Error(`another test run is using ${DATA}; wait for it to end`)
  }
  const { rows: stale } = await client.query<{ datname: string }>(
    // copies, and the templates made from code that may have changed since
    `select datname from pg_database where datname ~ '^(t_[0-9]+_[0-9]+|tpl_[a-z]+)$' order by datname`,
  )
  for (const { datname } of [...stale, { datname: TEMPLATE }]) {
    await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`)
  }
  await client.query(`create database ${TEMPLATE}`)
  const { migrate } = await import('#platform/db')
  await migrate(server.url(TEMPLATE))
  // A connection to the template would make every copy of it fail; nobody has business there.
  await client.query(`alter database ${TEMPLATE} with allow_connections false`)
  return client
}

const SLOWEST = 10

/** The tests of a report that took longest. A suite's time is that of its tests, so it is left out. */
function slowest(tap: string): string[] {
  const test = /^ *(?:not )?ok \d+ - (.*)\n *---\n *duration_ms: ([\d.]+)\n *type: '(test|suite)'/gm
  return [...tap.matchAll(test)]
    .filter(([, , , type]) => type === 'test')
    .map(([, name = '', ms]) => ({ name, ms: Number(ms) }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(({ name, ms }) => `${(ms / 1000).toFixed(1)} s  ${name}`)
}

async function runTests(
  name: string,
  files: readonly string[],
  whole: boolean,
  env: NodeJS.ProcessEnv,
): Promise<Count> {
  const since = Date.now()
  const report = `${DATA}-report-${name}.tap`
  fs.rmSync(report, { force: true })
  const shown = whole ? 'dot' : 'spec'
  const reporters = [shown, '--test-reporter-destination=stdout', '--test-reporter=tap']
  const flags = ['--test', '--test-isolation=none', '--test-reporter', ...reporters]
  const code = await node([...flags, `--test-reporter-destination=${report}`, ...files], env)
  const text = fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : ''
  const total = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

  const passed = total('pass')
  // Nothing is skipped: a test that was not run has not passed.
  const counted = total('fail') + total('cancelled') + total('skipped') + total('todo')
  const failed = counted === 0 && (code !== 0 || passed === 0) ? 1 : counted
  if (code === null) say(`${name}: ended after ${TESTS_END_WITHIN_MS / 60_000} minutes; something keeps it alive`)
  else if (counted === 0 && code !== 0) say(`${name}: the test process broke off (exit ${code})`)
  if (total('skipped') + total('todo') > 0)
    say(`${name}: ${total('skipped') + total('todo')} skipped, counted as failed`)
  say(`${name}: ${passed} passed, ${failed} failed of ${files.length} files in ${seconds(since)}`)
  if (showSlow) for (const line of slowest(text)) say(`${name}: ${line}`)
  return { passed, failed }
}

function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  if (named) return fs.existsSync(named) ? named : undefined
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => fs.existsSync(file))
}

function filesIn(patterns: readonly string[]): string[] {
  const globs = patterns.map((at) =>
    fs.statSync(at, { throwIfNoEntry: false })?.isDirectory() ? `${at}/**/*.test.ts` : at,
  )
  return [...new Set(fs.globSync(globs).map((file) => path.normalize(file)))].sort()
}

async function runBrowserTests(files: readonly string[], whole: boolean, env: NodeJS.ProcessEnv): Promise<Count> {
  const chromium = findChromium()
  if (chromium !== undefined) return runTests('browser', files, whole, { ...env, CHROMIUM_PATH: chromium })
  const must = process.env['CI'] === 'true' || !whole
  say(`browser: no Chromium found (CHROMIUM_PATH), ${must ? 'which is a failure here' : 'not run'}`)
  return { passed: 0, failed: must ? 1 : 0 }
}

async function runAll(named: readonly string[]): Promise<Count> {
  const whole = named.length === 0
  const files = filesIn(whole ? [...ALL_TESTS, BROWSER_TESTS] : named)
  const inBrowser = files.filter((file) => file.startsWith(`e2e${path.sep}`))
  const plain = files.filter((file) => !inBrowser.includes(file))
  if (files.length === 0) throw new Error(`no test files in ${whole ? ALL_TESTS.join(', ') : named.join(', ')}`)

  const counts: Count[] = whole ? [await checkGates()] : []
  const since = Date.now()
  let server: Pick<Embedded, 'url' | 'stop'> | undefined
  try {
    server = await testServer()
    const client = await makeTemplate(server)
    say(`database ready in ${seconds(since)}`)
    const env = { TEST_ADMIN_URL: server.url('@DB@') }
    if (plain.length > 0) counts.push(await runTests('tests', plain, whole, env))
    if (inBrowser.length > 0) counts.push(await runBrowserTests(inBrowser, whole, env))
    await client.end()
  } catch (error) {
    say(`stopped: ${error instanceof Error ? error.message : String(error)}`)
    counts.push({ passed: 0, failed: 1 })
  } finally {
    await server?.stop()
  }
  return {
    passed: counts.reduce((sum, count) => sum + count.passed, 0),
    failed: counts.reduce((sum, count) => sum + count.failed, interrupted ? 1 : 0),
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The run then goes on to its end: it starts nothing more, stops the server, and fails.
    interrupted = true
    running?.kill(signal)
  })
}

const since = Date.now()
const { passed, failed } = await runAll(process.argv.slice(2).filter((word) => word !== '--slow')).catch(
  (error: unknown) => {
    say(`stopped: ${error instanceof Error ? error.message : String(error)}`)
    return { passed: 0, failed: 1 }
  },
)
say(`all in ${seconds(since)}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
