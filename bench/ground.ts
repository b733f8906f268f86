import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { seedDemoPeople, seedForce } from '#modules/organisation'
import { loginUrls, migrate, openPool, startEmbedded, type Login, type Pool } from '#platform/db'
import { say } from './figure.ts'

/** A database of the bench's own, with the settings that the product serves with (durable), and nothing in it but a force. */
export interface Ground {
  /** A folder for the bench's files. */
  readonly folder: string
  readonly urls: Readonly<Record<Login, string>>
  /** The superuser: fills, and measures what is bare of access rules. */
  readonly admin: pg.Client
  readonly adminUrl: string
  readonly worker: Pool
}

/**
 * Makes a database in the system's folder for temporary files, does the work on it, and takes everything away again.
 * @param how.synthetic whether the force is an invented one: its site serves without a provider, and it takes in no extract of real people
 */
export async function withGround(
  work: (ground: Ground) => Promise<void>,
  { synthetic = false }: { readonly synthetic?: boolean } = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-bench-'))
  chmodSync(folder, 0o755) // as root, the database runs as somebody else
  const removeAll = (): void => rmSync(folder, { recursive: true, force: true })
  const server = await startEmbedded(join(folder, 'postgres')).catch((cause: unknown) => {
    removeAll()
    throw cause
  })
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= server.stop().finally(removeAll))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)))
  }
  const admin = new pg.Client(server.url())
  admin.on('error', () => undefined) // interrupted: the server goes first
  try {
    await migrate(server.url())
    await admin.connect()
    await admin.query('set synchronous_commit = off; set work_mem = "256MB"; set maintenance_work_mem = "512MB"')
    await seedForce(admin, { id: 'bench', name: 'Bench force', synthetic })
    await seedDemoPeople(admin, '2020-01-01')
    const urls = await loginUrls(admin, server.url(), join(folder, 'secrets'), server.sockets)
    const worker = openPool(urls.dauntless_worker, 2)
    say('database ready')
    await work({ folder, urls, admin, adminUrl: server.url(), worker })
    await worker.end()
  } finally {
    await admin.end().catch(() => undefined)
    await stop()
  }
}

/** Makes the statistics and the visibility map what they are in a force that has run for a day. */
export async function settle(admin: pg.Client): Promise<void> {
  await admin.query('vacuum (analyze)')
  await admin.query('checkpoint')
}
