import { createServer } from 'node:net'
import { bankHolidayWarning, loadBankHolidays, londonDay, systemClock } from '#platform/clock'
import { openPool } from '#platform/db'
import { enqueue, openJobs, workFigures } from '#platform/jobs'
import { openMetrics, poolFigure, type Metrics } from '#platform/metrics'
import { actDemo } from './demo-acts.ts'
import { demoToLoad, loadDemo } from './demo.ts'
import { MODULES } from './modules.ts'
import { startSealing } from './sealing.ts'
import { openInstallation, type Installation } from './setup.ts'
import { buildWeb, refuseUnsafe } from './web.ts'

const began = performance.now()
const say = (line: string): void => console.log(`[${((performance.now() - began) / 1000).toFixed(1)} s] ${line}`)
/** How long the process may take to end what it is at. */
const CLOSING_MS = 20_000

const JOBS = Object.assign({}, ...MODULES.map(({ jobs }) => jobs)) as NonNullable<(typeof MODULES)[number]['jobs']>

/** What is stopped when the process ends, the last begun first. */
interface Life {
  readonly stopping: (() => Promise<void>)[]
  draining: boolean
}

/** Runs `work` until a signal; whatever fails at the start is one clear line and exit code 1. */
async function live(work: (life: Life) => Promise<void>): Promise<void> {
  const life: Life = { stopping: [], draining: false }
  const stop = async (code: number): Promise<void> => {
    if (life.draining) return
    life.draining = true
    setTimeout(() => process.exit(1), CLOSING_MS).unref()
    for (const step of life.stopping.toReversed()) await step().catch(() => {})
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  try {
    await work(life)
  } catch (error) {
    console.error(`dauntless: ${error instanceof Error ? error.message : String(error)}`)
    await stop(1)
  }
}

async function serve(life: Life): Promise<void> {
  const port = portOf('PORT', process.env['PORT'] ?? '3000')
  const host = process.env['HOST'] ?? '127.0.0.1'
  await refuseTaken(port, host) // before anything is loaded
  const asked = process.env['METRICS_PORT'] ?? ''
  const metricsPort = asked === '' ? null : portOf('METRICS_PORT', asked)
  const installation = await openInstallation(say)
  life.stopping.push(() => installation.close())
  const scale = await demoToLoad(installation)
  if (scale !== null) {
    if (process.env['DAUNTLESS_DEMO'] === 'off')
      throw new Error('this database holds no force: set one up with "dauntless init", or load the demonstration')
    await loadDemo(installation, scale, say)
    await actDemo(installation, say)
  }
  await refuseUnsafe(installation.app)
  const metrics = metricsPort === null ? null : openMetrics()
  if (process.env['DAUNTLESS_WORKER'] !== 'off') await work(life, installation, metrics)
  const publicUrl = process.env['DAUNTLESS_URL'] ?? `http://localhost:${port}`
  const synthetic = await isSynthetic(installation)
  const app = await buildWeb({
    pool: installation.app,
    signIn: installation.signIn,
    modules: MODULES,
    clock: systemClock,
    synthetic,
    issuer: issuerOf(),
    publicUrl: () => publicUrl,
    log: logLevel(),
    ...(metrics && { observe: metrics.request }),
    folder: installation.folder,
    enqueue: enqueue(installation.app, Object.keys(JOBS)),
    draining: () => life.draining,
  })
  life.stopping.push(async () => {
    await app.close()
  })
  if (metrics && metricsPort !== null) {
    metrics.add(poolFigure({ app: installation.app, sign_in: installation.signIn, worker: installation.worker }))
    const server = await metrics.listen(metricsPort, process.env['METRICS_HOST'] ?? '127.0.0.1')
    life.stopping.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
  }
  await app.listen({ port, host })
  const calendar = bankHolidayWarning(loadBankHolidays(), londonDay(systemClock.now()))
  if (calendar !== undefined) say(calendar)
  say(`ready: ${publicUrl}`)
  if (synthetic)
    say('sign in with any of the demonstration people that the sign-in page lists; all of them are invented')
}

/** Jobs, listeners and the sealing of the log, in this process. */
async function work(life: Life, installation: Installation, metrics: Metrics | null): Promise<void> {
  const queuePool = openPool(installation.urls.dauntless_worker, 3)
  life.stopping.push(() => queuePool.end())
  const sealing = await startSealing(installation, say)
  life.stopping.push(() => sealing.stop())
  const jobs = await openJobs({
    pool: installation.worker,
    queuePool,
    jobs: JOBS,
    subscribers: MODULES.flatMap((module) => module.subscribers ?? []),
    daily: MODULES.flatMap((module) => module.daily ?? []),
    clock: systemClock,
    folder: installation.folder,
    // ids and codes only, by its type
    onFault: (fault) => console.error(JSON.stringify({ level: 'error', at: systemClock.now().toString(), ...fault })),
  })
  life.stopping.push(() => jobs.stop())
  metrics?.add({
    name: 'dauntless_work',
    help: 'Jobs and events by state, and the age of the oldest that waits in seconds',
    label: 'state',
    read: async () => ({ ...(await workFigures(queuePool)) }),
  })
  metrics?.add({
    name: 'dauntless_log_unsealed_seconds',
    help: 'Age of the oldest entry of the audit log that is not sealed',
    read: async () => ({ '': await sealing.lagSeconds() }),
  })
}

/** A worker process of its own, beside web processes that run with DAUNTLESS_WORKER=off. */
async function workAlone(life: Life): Promise<void> {
  const installation = await openInstallation(say)
  life.stopping.push(() => installation.close())
  await refuseUnsafe(installation.app)
  await work(life, installation, null)
  say('working')
}

function portOf(name: string, said: string): number {
  const port = Number(said)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`${name} must be a port number, not "${said}"`)
  return port
}

/** @throws Error when somebody listens there already */
async function refuseTaken(port: number, host: string): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken: stop what uses it, or set PORT to another`, { cause })
          : cause,
      ),
    )
    probe.listen(port, host, resolve)
  })
  await new Promise((resolve) => probe.close(resolve))
}

/** Operators read the log of a real force; who tries the demonstration reads the lines of the start. */
function logLevel(): boolean | 'faults' {
  const said = process.env['DAUNTLESS_LOG']
  if (said === 'on' || said === 'off') return said === 'on'
  return process.env['NODE_ENV'] === 'production' ? true : 'faults'
}

function issuerOf(): { issuer: URL | 'embedded'; clientId: string; clientSecret?: string } {
  const issuer = process.env['OIDC_ISSUER']
  const secret = process.env['OIDC_CLIENT_SECRET']
  if (!issuer) return { issuer: 'embedded', clientId: 'dauntless' }
  return {
    issuer: new URL(issuer),
    clientId: process.env['OIDC_CLIENT_ID'] ?? 'dauntless',
    ...(secret && { clientSecret: secret }),
  }
}

async function isSynthetic(installation: Installation): Promise<boolean> {
  const { rows } = await installation.app.query<{ demo: boolean }>('select auth.is_demo_force() as demo')
  return rows[0]?.demo === true
}

const command = process.argv[2]
if (command === 'serve' || command === 'work') await live(command === 'serve' ? serve : workAlone)
