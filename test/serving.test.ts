// The serving process itself, from its start to its end, on a PostgreSQL of its own that writes with care: the one of the
// other tests does not, and serving refuses it.
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { migrate, startEmbedded, type Embedded } from '#platform/db'
import { seedDemoPeople, seedForce } from '#modules/organisation'
import { openSession } from '#test/demo-template'

interface Served {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; out: string; err: string }>
  said: () => string
}

function serve(env: Record<string, string>): Served {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], { env: { ...process.env, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  return { child, ended, said: () => out + err }
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await delay(50))
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${what}`)
}

const statusOf = async (url: string): Promise<number> => (await fetch(url).catch(() => null))?.status ?? 0

/** The processes that a process has started and that still run. */
const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === pid && !state?.startsWith('Z'))
    .map(([one]) => Number(one))

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}
async function freePort(): Promise<number> {
  const { server, port } = await listening()
  server.close()
  await once(server, 'close')
  return port
}

describe('the serving process', () => {
  let home: string
  let database: Embedded
  let admin: pg.Client
  let env: Record<string, string>
  let address: string
  before(async () => {
    // not in the repository: under a closed home, as root, the database would be elsewhere
    home = mkdtempSync(join(realpathSync(tmpdir()), 'serving-'))
    chmodSync(home, 0o755)
    database = await startEmbedded(join(home, 'postgres'))
    await migrate(database.url())
    admin = new pg.Client(database.url())
    await admin.connect()
    await seedForce(admin, { id: 'demo', name: 'Synthetic London', synthetic: true })
    await seedDemoPeople(admin, '2023-01-01')
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    env = { DATABASE_URL: database.url(), DAUNTLESS_DATA: join(home, 'data'), PORT: String(port), DAUNTLESS_LOG: 'on' }
    for (const name of [
      'OIDC_ISSUER',
      'WITNESS_URL',
      'WITNESS_KEY',
      'METRICS_PORT',
      'DAUNTLESS_URL',
      'NODE_ENV',
      'HOST',
    ])
      env[name] = ''
  })
  after(async () => {
    await admin.end()
    await database.stop()
    rmSync(home, { recursive: true, force: true })
  })
  const ready = (): Promise<void> => until('ready', async () => (await statusOf(`${address}/health/ready`)) === 200)

  it('refuses in one line, before it touches a database, what cannot be served', async () => {
    const { server, port } = await listening()
    const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ PORT: String(port) }, /^dauntless: port \d+ is taken: stop what uses it, or set PORT to another$/],
      [
        { METRICS_PORT: String(port) },
        /^dauntless: port \d+ is taken: stop what uses it, or set METRICS_PORT to another$/,
      ],
      [{ HOST: 'no.such.host.invalid' }, /^dauntless: cannot listen on port \d+ of no\.such\.host\.invalid \(E\w+\)/],
      [{ DATABASE_URL: 'garbage' }, /^dauntless: DATABASE_URL must be an address like postgres:/],
      [
        { DATABASE_URL: 'postgres://a:hidden@127.0.0.1:1/x' },
        /^dauntless: the database at 127\.0\.0\.1:1\/x refuses: /,
      ],
      [{ WITNESS_URL: 'http://127.0.0.1:1', WITNESS_KEY: 'nonsense' }, /^dauntless: WITNESS_URL needs WITNESS_KEY/],
    ]
    // a port each: each looks whether it is free by listening there, and they would meet
    const own = await Promise.all(refused.map(listening))
    await Promise.all(own.map(({ server: held }) => once(held.close(), 'close')))
    const answers = await Promise.all(
      refused.map(([extra], at) => serve({ ...env, PORT: String(own[at]?.port), ...extra }).ended),
    )
    server.close()
    for (const [at, { code, err, out }] of answers.entries()) {
      const [extra, line] = refused[at] ?? []
      assert.equal(code, 1, JSON.stringify(extra))
      assert.match(err.trimEnd(), line ?? /^$/)
      assert.doesNotMatch(err + out, /hidden|ready:/)
    }
  })

  it('refuses a database that is not safe to serve from, also where only another of its roles is unsafe', async () => {
    await admin.query('alter role dauntless_sealer bypassrls')
    const { code, err } = await serve(env).ended
    await admin.query('alter role dauntless_sealer nobypassrls')
    assert.equal(code, 1)
    assert.equal(
      err,
      'dauntless: the database is not safe to serve from: role dauntless_sealer can bypass row-level security\n',
    )
  })

  it('when told to stop says that it leaves, answers what is under way and what still comes, and leaves nothing behind', async () => {
    const served = serve(env)
    await ready()
    const { token } = await openSession(admin, 'grace')
    const cookie = `session=${token}`
    await admin.query('begin')
    await admin.query('lock table organisation.posting in access exclusive mode')
    const slow = fetch(`${address}/`, { headers: { cookie } })
    await delay(300)
    const [witness] = childrenOf(served.child.pid ?? 0)
    served.child.kill('SIGTERM')
    await until('draining', async () => (await statusOf(`${address}/health/ready`)) === 503)
    const meanwhile = await fetch(`${address}/sign-in`, { redirect: 'manual' })
    assert.ok(meanwhile.status < 400, String(meanwhile.status))
    await admin.query('rollback')
    const answer = await slow
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /<\/html>/)
    const { code, out, err } = await served.ended
    assert.equal(code, 0, err)
    assert.match(out, /ready: http:\/\/localhost:\d+\n.*sign in with any/)
    assert.ok(witness !== undefined)
    await until('the witness is gone', () => !isAlive(witness))

    const lines = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.ok(lines.some(({ route, status }) => route === '/' && status === 200))
    const people = await admin.query<{ name: string }>('select name from auth.account')
    for (const { name } of people.rows) assert.ok(!err.includes(name), `the log names ${name}`)
  })

  it('goes on serving as long as the proxy needs to look away, and no longer', async () => {
    const served = serve({ ...env, DAUNTLESS_DRAIN: '1' })
    await ready()
    const told = Date.now()
    served.child.kill('SIGTERM')
    await until('draining', async () => (await statusOf(`${address}/health/ready`)) === 503)
    assert.equal(await statusOf(`${address}/health/live`), 200)
    assert.equal((await served.ended).code, 0)
    assert.ok(Date.now() - told >= 1000)
    assert.equal(await statusOf(`${address}/health/live`), 0)
  })

  it('takes its witness with it when it is killed', async () => {
    const served = serve(env)
    await ready()
    const [witness] = childrenOf(served.child.pid ?? 0)
    assert.ok(witness !== undefined && isAlive(witness))
    served.child.kill('SIGKILL')
    await served.ended
    await until('the witness is gone', () => !isAlive(witness))
  })

  it('told to stop while it starts, stops without a complaint', async () => {
    for (const words of ['', 'database is up to date', 'sealing the audit log']) {
      const served = serve(env)
      await until(words, () => served.said().includes(words))
      if (words === '') await delay(600) // node itself needs some of that before it hears a signal
      served.child.kill('SIGTERM')
      const { code, err } = await served.ended
      assert.ok(code === 0 || (words === '' && code === null), `${words}: ${String(code)} ${err}`)
      assert.ok(
        err.split('\n').every((line) => line === '' || line.startsWith('{"level":"info"')),
        err,
      )
    }
  })

  it('keeps its passwords and its key for its owner alone, and makes neither anew', async () => {
    const secrets = join(home, 'data', 'secrets')
    const files = ['logins.json', 'log.key'].map((name) => join(secrets, name))
    const were = files.map((file) => readFileSync(file, 'utf8'))
    const served = serve(env)
    await ready()
    served.child.kill('SIGTERM')
    await served.ended
    for (const [at, file] of files.entries()) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file)
      assert.equal(readFileSync(file, 'utf8'), were[at], file)
    }
  })
})

describe('a fault that nobody caught', () => {
  it('ends the process in order, and its line holds the code and the place but not the message', async () => {
    const home = mkdtempSync(join(tmpdir(), 'life-'))
    const file = join(home, 'fault.mjs')
    const life = new URL('../src/life.ts', import.meta.url).href
    writeFileSync(
      file,
      `import { live } from '${life}'
       await live(async (life) => {
         await life.begin(async () => 1, async (one) => console.log('stopped in order', one))
         setTimeout(() => { throw Object.assign(new TypeError('about Maria Example'), { code: '22P02', detail: 'Key (name)=(Example)' }) }, 10)
         setInterval(() => {}, 1000)
       })`,
    )
    const child = spawn(process.execPath, [file])
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    rmSync(home, { recursive: true, force: true })
    assert.equal(code, 1)
    assert.equal(out, 'stopped in order 1\n')
    const line = JSON.parse(err) as { fault: string; stack: string[] }
    assert.equal(line.fault, '22P02')
    assert.match(line.stack[0] ?? '', /fault\.mjs/)
    assert.doesNotMatch(err, /Example/)
  })
})
