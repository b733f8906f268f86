import { createServer } from 'node:net'
import { bankHolidayWarning, loadBankHolidays, londonDay, systemClock } from '#platform/clock'
import { openPool } from '#platform/db'
import { drainOf } from '#platform/http'
import { codeOf, enqueue, openJobs, workFigures } from '#platform/jobs'
import { openMetrics, poolFigure, type Metrics } from '#platform/metrics'
import { actDemo } from './demo-acts.ts'
import { loadDemoIfEmpty } from './demo.ts'
import { live, type Life } from './life.ts'
import { MODULES } from './modules.ts'
import { startSealing } from './sealing.ts'
import { readSettings, type Settings } from './settings.ts'
import { asAdmin, openInstallation, type Installation } from './setup.ts'
import { buildWeb, refuseUnsafe } from './web.ts'

const began = performance.now()
const say = (line: string): void => console.log(`[${((performance.now() - began) / 1000).toFixed(1)} s] ${line}`)

const JOBS = Object.assign({}, ...MODULES.map(({ jobs }) => jobs)) as NonNullable<(typeof MODULES)[number]['jobs']>

async function serve(life: Life): Promise<void> {
  const settings = readSettings()
  const { port, host, publicUrl, issuer } = settings
  // before anything is loaded
  await refuseTaken('PORT', port, host)
  if (settings.metrics) await refuseTaken('METRICS_PORT', settings.metrics.port, settings.metrics.host)
  const installation = await open(life)
  if (issuer.issuer === 'embedded') await refuseReal(installation)
  await refuseUnsafe(installation.app)
  if (await loadDemoIfEmpty(installation, settings.demo, say)) await actDemo(installation, say)
  const synthetic = await isSynthetic(installation)
  const metrics = settings.metrics && openMetrics()
  if (settings.worker) await work(life, installation, metrics)
  const app = await buildWeb({
    pool: installation.app,
    signIn: installation.signIn,
    modules: MODULES,
    clock: systemClock,
    synthetic,
    issuer,
    publicUrl: () => publicUrl,
    log: settings.log,
    ...(metrics && { observe: metrics.request }),
    folder: installation.folder,
    enqueue: enqueue(installation.app, Object.keys(JOBS)),
    draining: () => life.draining,
  })
  const drained = drainOf(app.server)
  await life.begin(
    async () => app,
    async () => {
      await drained(settings.drainSeconds * 1000)
      await app.close()
    },
  )
  await serveMetrics(life, installation, metrics, settings)
  await app.listen({ port, host }).catch((cause: unknown) => Promise.reject(refusal('PORT', port, host, cause)))
  const calendar = bankHolidayWarning(loadBankHolidays(), londonDay(systemClock.now()))
  if (calendar !== undefined) say(calendar)
  say(`ready: ${publicUrl}`)
  if (issuer.issuer === 'embedded')
    say('sign in with any of the demonstration people that the sign-in page lists; all of them are invented')
}

const open = (life: Life): Promise<Installation> =>
  life.begin(
    () => openInstallation(say),
    (installation) => installation.close(),
  )

/** Jobs, listeners and the sealing of the log, in this process. */
async function work(life: Life, installation: Installation, metrics: Metrics | null): Promise<void> {
  const queuePool = await life.begin(
    async () => openPool(installation.urls.dauntless_worker, 3),
    (pool) => pool.end(),
  )
  const sealing = await life.begin(
    () => startSealing(installation, say),
    (begun) => begun.stop(),
  )
  await life.begin(
    () =>
      openJobs({
        pool: installation.worker,
        queuePool,
        jobs: JOBS,
        subscribers: MODULES.flatMap((module) => module.subscribers ?? []),
        daily: MODULES.flatMap((module) => module.daily ?? []),
        clock: systemClock,
        folder: installation.folder,
        // ids and codes only, by its type
        onFault: (fault) =>
          console.error(JSON.stringify({ level: 'error', at: systemClock.now().toString(), ...fault })),
      }),
    (jobs) => jobs.stop(),
  )
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

async function serveMetrics(
  life: Life,
  installation: Installation,
  metrics: Metrics | null,
  settings: Settings,
): Promise<void> {
  if (!metrics || !settings.metrics) return
  const { port, host } = settings.metrics
  metrics.add(poolFigure({ app: installation.app, sign_in: installation.signIn, worker: installation.worker }))
  await life.begin(
    () =>
      metrics.listen(port, host).catch((cause: unknown) => {
        throw refusal('METRICS_PORT', port, host, cause)
      }),
    async (server) => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  )
}

/** A worker process of its own, beside web processes that run with DAUNTLESS_WORKER=off. */
async function workAlone(life: Life): Promise<void> {
  const settings = readSettings()
  if (settings.metrics) await refuseTaken('METRICS_PORT', settings.metrics.port, settings.metrics.host)
  const installation = await open(life)
  await refuseUnsafe(installation.app)
  const metrics = settings.metrics && openMetrics()
  await work(life, installation, metrics)
  await serveMetrics(life, installation, metrics, settings)
  say('working')
}

/** @throws Error when somebody listens there already, or nobody can */
async function refuseTaken(name: string, port: number, host: string): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(refusal(name, port, host, cause)))
    probe.listen(port, host, resolve)
  })
  await new Promise((resolve) => probe.close(resolve))
}

/** Why nothing can be served there, in one line that says what to set. */
function refusal(name: string, port: number, host: string, cause: unknown): Error {
  const code = codeOf(cause)
  if (code === 'EADDRINUSE')
    return new Error(`port ${port} is taken: stop what uses it, or set ${name} to another`, { cause })
  return new Error(`cannot listen on port ${port} of ${host} (${code}): set ${name} or its host to another`, { cause })
}

/** @throws Error when the demonstration's sign-in would serve a real force */
async function refuseReal(installation: Installation): Promise<void> {
  const { rowCount } = await asAdmin(installation, (client) =>
    client.query('select from organisation.force where not synthetic'),
  )
  if (rowCount !== 0)
    throw new Error('this force is real: name its sign-in service by OIDC_ISSUER (docs/deploy.md says how)')
}

async function isSynthetic(installation: Installation): Promise<boolean> {
  const { rows } = await installation.app.query<{ demo: boolean }>('select auth.is_demo_force() as demo')
  return rows[0]?.demo === true
}

const command = process.argv[2]
if (command === 'serve' || command === 'work') await live(command === 'serve' ? serve : workAlone)
