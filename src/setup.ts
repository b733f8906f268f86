import { accessSync, constants, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pg from 'pg'
import {
  loginUrls,
  migrate,
  openPool,
  openPagePool,
  startEmbedded,
  type Embedded,
  type Login,
  type Pool,
} from '#platform/db'

export interface Installation {
  /** The folder that holds the embedded database, the login secrets and the keys. */
  readonly folder: string
  readonly adminUrl: string
  readonly urls: Record<Login, string>
  readonly app: Pool
  /** Connected as dauntless_auth: the only one that can open a session. */
  readonly signIn: Pool
  readonly worker: Pool
  readonly embedded: boolean
  /** Closes the pools and stops the embedded server if this process started it. */
  close(): Promise<void>
}

export type Say = (line: string) => void

/** The address as it may be shown: without its password. */
const shown = ({ hostname, port, pathname }: URL): string => `${hostname}:${port || '5432'}${pathname}`

/** The database that the operator named, if one was. @throws Error when it cannot be an address of one */
function namedDatabase(): string | undefined {
  const named = process.env['DATABASE_URL']?.trim()
  if (!named) return undefined
  const parsed = URL.canParse(named) ? new URL(named) : null
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw new Error('DATABASE_URL must be an address like postgres://name:password@host:5432/database')
  return named
}

/**
 * Finds or starts the database, brings it up to this version and opens the pools.
 * @throws Error with one clear line when the database refuses
 */
export async function openInstallation(say: Say): Promise<Installation> {
  const folder = resolve(process.env['DAUNTLESS_DATA'] ?? '.data')
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault'
    throw new Error(`the data folder ${folder} cannot be used (${why}): set DAUNTLESS_DATA to another`, { cause })
  }
  let server: Embedded | undefined
  let adminUrl = namedDatabase()
  if (adminUrl === undefined) {
    say('starting the embedded PostgreSQL')
    server = await startEmbedded(join(folder, 'postgres'))
    adminUrl = server.url()
    say(server.adopted ? 'found it running' : 'started')
  }
  try {
    const applied = await migrate(adminUrl)
    say(applied.length > 0 ? `applied ${applied.length} migrations` : 'database is up to date')
    const admin = new pg.Client({ connectionString: adminUrl })
    await admin.connect()
    const urls = await loginUrls(admin, adminUrl, join(folder, 'secrets'), server?.sockets)
    await admin.end()
    const app = openPagePool(urls.dauntless_app)
    const signIn = openPool(urls.dauntless_auth, 5)
    const worker = openPool(urls.dauntless_worker, 4)
    return {
      folder,
      adminUrl,
      urls,
      app,
      signIn,
      worker,
      embedded: server !== undefined,
      async close() {
        await Promise.all([app.end(), signIn.end(), worker.end()])
        await server?.stop()
      },
    }
  } catch (cause) {
    await server?.stop()
    const why =
      cause instanceof Error ? cause.message || String((cause as { code?: string }).code ?? cause.name) : String(cause)
    throw new Error(`the database at ${shown(new URL(adminUrl))} refuses: ${why}`, { cause })
  }
}

/** Runs `work` as the one who migrates: for seeding a new installation. */
export async function asAdmin<T>(installation: Installation, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: installation.adminUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
