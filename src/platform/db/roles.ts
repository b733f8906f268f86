import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

/** The login roles. None owns anything; only the worker passes row-level security, and it may touch only what it is granted. */
export const LOGINS = [
  'dauntless_app',
  'dauntless_auth',
  'dauntless_worker',
  'dauntless_sealer',
  'dauntless_public',
] as const
export type Login = (typeof LOGINS)[number]

const OPTIONS: Record<Login, string> = {
  dauntless_app: 'login noinherit nosuperuser nocreatedb nocreaterole nobypassrls',
  dauntless_auth: 'login noinherit nosuperuser nocreatedb nocreaterole nobypassrls',
  dauntless_worker: 'login noinherit nosuperuser nocreatedb nocreaterole bypassrls',
  dauntless_sealer: 'login noinherit nosuperuser nocreatedb nocreaterole nobypassrls',
  dauntless_public: 'login noinherit nosuperuser nocreatedb nocreaterole nobypassrls',
}

/**
 * Makes the roles of the cluster if they are not there. Safe to run by several processes at once.
 * @param admin a connection that may create roles with BYPASSRLS
 */
export async function ensureRoles(admin: pg.Client): Promise<void> {
  const wanted: [string, string][] = [
    ['dauntless_owner', 'nologin nosuperuser nobypassrls'],
    ['dauntless_definer', 'nologin nosuperuser bypassrls'],
    ...LOGINS.map((name): [string, string] => [name, OPTIONS[name]]),
  ]
  await admin.query('begin')
  await admin.query('select pg_advisory_xact_lock(727002)')
  for (const [name, options] of wanted) {
    const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [name])
    if (rowCount === 0) await admin.query(`create role ${name} ${options}`)
  }
  await admin.query('commit')
}

/**
 * The connection addresses of the login roles, with passwords kept in `file` (made at first use, mode 0600) and set on the server.
 * @param adminUrl address of a role that may alter them; its host and database are used for all
 * @param folder where the passwords are kept
 * @param sockets the folder of the server's socket, for the worker: a record that comes goes there and back several times while
 * its sender waits, and each way takes less time so. A page's larger answers come faster over the network. Empty for none.
 */
export async function loginUrls(
  admin: pg.Client,
  adminUrl: string,
  folder: string,
  sockets = '',
): Promise<Record<Login, string>> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'logins.json')
  const urls = {} as Record<Login, string>
  await admin.query('begin')
  try {
    // A web process and a worker may start together: one makes the passwords, the other finds them.
    await admin.query('select pg_advisory_xact_lock(727002)')
    const said = existsSync(file) ? readFileSync(file, 'utf8') : '{}'
    const kept = JSON.parse(said) as Partial<Record<Login, string>>
    for (const name of LOGINS) {
      const password = kept[name] ?? randomBytes(24).toString('base64url')
      kept[name] = password
      await admin.query(`alter role ${name} password '${password}'`) // base64url: nothing to quote
      const url = new URL(adminUrl)
      url.username = name
      url.password = password
      // as libpq and node-postgres read it, a host named so goes before the other
      if (name === 'dauntless_worker' && sockets !== '') url.searchParams.set('host', sockets)
      urls[name] = url.toString()
    }
    const whole = JSON.stringify(kept, null, 2)
    if (whole !== said) {
      // beside it and then in its place: a process that is killed leaves no half of a file
      writeFileSync(`${file}.new`, whole, { mode: 0o600 })
      chmodSync(`${file}.new`, 0o600)
      renameSync(`${file}.new`, file)
    }
    await admin.query('commit')
  } catch (cause) {
    await admin.query('rollback')
    throw cause
  }
  return urls
}
