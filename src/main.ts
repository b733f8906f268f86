import { systemClock } from '#platform/clock'
import { isEmpty, loadDemo, START_SCALE } from './demo.ts'
import { MODULES } from './modules.ts'
import { startSealing } from './sealing.ts'
import { openInstallation, type Installation } from './setup.ts'
import { buildWeb, refuseUnsafe } from './web.ts'

const began = performance.now()
const say = (line: string): void => console.log(`[${((performance.now() - began) / 1000).toFixed(1)} s] ${line}`)

async function serve(): Promise<void> {
  const port = Number(process.env['PORT'] ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT must be a port number, not "${process.env['PORT']}"`)
  const installation = await openInstallation(say)
  let draining = false
  const stopping: (() => Promise<void>)[] = [() => installation.close()]
  const stop = async (code: number): Promise<void> => {
    if (draining) return
    draining = true
    setTimeout(() => process.exit(1), 20_000).unref()
    for (const step of stopping.toReversed()) await step().catch(() => {})
    process.exitCode = code
    process.exit()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  try {
    if (await isEmpty(installation)) await loadDemo(installation, START_SCALE, say)
    await refuseUnsafe(installation.app)
    const sealing = await startSealing(installation, say)
    stopping.push(sealing.stop)
    const publicUrl = process.env['DAUNTLESS_URL'] ?? `http://localhost:${port}`
    const synthetic = await isSynthetic(installation)
    const app = await buildWeb({
      pool: installation.app,
      modules: MODULES,
      clock: systemClock,
      synthetic,
      issuer: issuerOf(),
      publicUrl: () => publicUrl,
      log: process.env['DAUNTLESS_LOG'] === 'on',
      folder: installation.folder,
      enqueue: () => Promise.reject(new Error('no worker is wired')),
      draining: () => draining,
    })
    stopping.push(async () => {
      await app.close()
    })
    await listen(app, port)
    say(`ready: ${publicUrl}`)
    if (synthetic)
      say('sign in with any of the demonstration people that the sign-in page lists; all of them are invented')
  } catch (error) {
    console.error(`dauntless: ${error instanceof Error ? error.message : String(error)}`)
    await stop(1)
  }
}

async function listen(app: Awaited<ReturnType<typeof buildWeb>>, port: number): Promise<void> {
  const host = process.env['HOST'] ?? '127.0.0.1'
  try {
    await app.listen({ port, host })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(`port ${port} is taken: stop what uses it, or set PORT to another`, { cause: error })
    }
    throw error
  }
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

if (process.argv[2] === 'serve') {
  await serve().catch((error: unknown) => {
    console.error(`dauntless: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  })
}
