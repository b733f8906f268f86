import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { ensureRoles } from './roles.ts'
import type { Tables } from './tables.generated.ts'

const FOLDER = join(import.meta.dirname, '../../../migrations')
export const SCHEMAS = [
  'access',
  'audit',
  'auth',
  'organisation',
  'people',
  'incidents',
  'linkage',
  'targeting',
  'events',
  'jobs',
  'oversight',
] as const
/** Those of the modules, and the record of migrations. */
export const OUR_SCHEMAS: readonly string[] = [...SCHEMAS, 'meta']

/** A server that does not answer a new connection within this is taken to be away, or no PostgreSQL at all. */
const ANSWER_WITHIN_MS = 15_000

interface Migration {
  readonly name: string
  readonly body: string
  readonly hash: string
}

type Applied = Tables['meta.migration']

// Made here and not by a migration: it is there before the first. Guarded as every table is (test/catalogue.test.ts); which
// migrations a database has is no secret, and a login role asks when it checks whether one is pending.
const RECORD = `do $do$ begin
  create schema if not exists meta;
  create table if not exists meta.migration (name text primary key, sha256 text not null, at timestamptz not null default now());
  if not (select relforcerowsecurity from pg_class where oid = 'meta.migration'::regclass) then
    comment on table meta.migration is 'Which migrations this database has, with the SHA-256 of each file as it was applied.';
    alter table meta.migration enable row level security;
    alter table meta.migration force row level security;
    create policy anybody on meta.migration for select to dauntless_app using (true);
  end if;
end $do$`

/** The migrations of this version, in order. */
export function migrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const body = readFileSync(join(FOLDER, name), 'utf8')
      return { name, body, hash: createHash('sha256').update(body).digest('hex') }
    })
}

/**
 * Brings the database up to this version, forward only, one transaction a file, under a lock that keeps a second process waiting.
 * @returns the names of the migrations applied now
 * @throws Error when a migration that was applied has been edited since or is not known here, the server is older than
 * PostgreSQL 15, or the role may not migrate
 */
export async function migrate(adminUrl: string): Promise<string[]> {
  const admin = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: ANSWER_WITHIN_MS })
  await admin.connect().catch((cause: unknown) => {
    const late = cause instanceof Error && cause.message === 'timeout expired'
    throw late ? new Error(`it did not answer within ${ANSWER_WITHIN_MS / 1000} seconds`, { cause }) : cause
  })
  try {
    const found = await admin.query<{ number: number; said: string; superuser: boolean }>(
      `select current_setting('server_version_num')::integer as number, current_setting('server_version') as said, rolsuper as superuser
       from pg_roles where rolname = current_user`,
    )
    const { number = 0, said = 'nothing', superuser = false } = found.rows[0] ?? {}
    if (number < 150_000) throw new Error(`PostgreSQL 15 or newer is needed; this server is ${said}`)
    if (!superuser) throw new Error('the role of DATABASE_URL must be a superuser (docs/deploy.md says why)')
    await ensureRoles(admin)
    await admin.query('select pg_advisory_lock(727001)')
    await admin.query('create extension if not exists pgcrypto schema public')
    await admin.query(RECORD)
    const { rows } = await admin.query<Pick<Applied, 'name' | 'sha256'>>('select name, sha256 from meta.migration')
    const done = new Map(rows.map((row) => [row.name, row.sha256]))
    const ours = migrations()
    const newer = rows.map(({ name }) => name).filter((name) => !ours.some((one) => one.name === name))
    if (newer.length > 0)
      throw new Error(`the database is of a newer version than this: it has ${newer.sort().join(', ')}`)
    const applied: string[] = []
    for (const { name, body, hash } of ours) {
      const before = done.get(name)
      if (before === hash) continue
      if (before !== undefined) throw new Error(`migration ${name} was changed after it had been applied`)
      await admin.query('begin')
      try {
        await admin.query('set local check_function_bodies = off') // a function may ask a schema of a later file
        await admin.query(body)
        await handOver(admin)
        await admin.query('insert into meta.migration (name, sha256) values ($1, $2)', [name, hash])
        await admin.query('commit')
      } catch (cause) {
        await admin.query('rollback')
        throw new Error(`migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
          cause,
        })
      }
      applied.push(name)
    }
    return applied
  } finally {
    await admin.end() // gives the lock back
  }
}

/** Gives what a migration made to the roles that own it: definer functions to dauntless_definer, everything else to dauntless_owner. */
async function handOver(admin: pg.Client): Promise<void> {
  await admin.query(`do $do$
    declare it record;
    begin
      for it in select nspname from pg_namespace where nspname = any ('{${OUR_SCHEMAS.join(',')}}') loop
        execute format('alter schema %I owner to dauntless_owner', it.nspname);
      end loop;
      for it in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any ('{${OUR_SCHEMAS.join(',')}}') and c.relkind in ('r', 'p', 'v')
          and c.relowner <> 'dauntless_owner'::regrole loop
        execute format('alter table %s owner to dauntless_owner', it.name);
      end loop;
      for it in select p.oid::regprocedure as name, p.prosecdef from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any ('{${OUR_SCHEMAS.join(',')}}')
          and p.proowner <> (case when p.prosecdef then 'dauntless_definer' else 'dauntless_owner' end)::regrole loop
        execute format('alter function %s owner to %I', it.name, case when it.prosecdef then 'dauntless_definer' else 'dauntless_owner' end);
      end loop;
    end $do$`)
}

/** Names of the migrations that this version has and the database has not. */
export async function pendingMigrations(client: pg.Pool | pg.Client): Promise<string[]> {
  const { rows } = await client.query<Pick<Applied, 'name'>>('select name from meta.migration')
  const done = new Set(rows.map((row) => row.name))
  return migrations()
    .map((m) => m.name)
    .filter((name) => !done.has(name))
}
