import type pg from 'pg'
import { pendingMigrations, OUR_SCHEMAS } from './migrate.ts'

/**
 * What makes this database unsafe to serve from, one line each; empty when nothing does. The server refuses to run otherwise.
 * Checks the acting role, forced row-level security on every table, who owns definer functions, durability settings and pending migrations.
 * @param pool connected as the role that the web process will use
 * @param fast leaves the durability settings out: for throw-away test servers only
 */
export async function selfCheck(pool: pg.Pool, { fast = false } = {}): Promise<string[]> {
  const problems: string[] = []
  const role = await pool.query<{ rolname: string; bad: boolean }>(
    `select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or exists (select from pg_class c
       join pg_namespace n on n.oid = c.relnamespace where c.relowner = r.oid and n.nspname = any ($1)) as bad
     from pg_roles r where rolname = current_user`,
    [OUR_SCHEMAS],
  )
  if (role.rows[0]?.bad !== false) problems.push(`role ${role.rows[0]?.rolname ?? '?'} can bypass row-level security`)
  const open = await pool.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname = any ($1) and not (c.relrowsecurity and c.relforcerowsecurity)`,
    [OUR_SCHEMAS],
  )
  for (const { name } of open.rows) problems.push(`table ${name} has no forced row-level security`)
  const definers = await pool.query<{ name: string }>(
    `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef and n.nspname = any ($1)
       and (pg_get_userbyid(p.proowner) <> 'dauntless_definer' or coalesce(array_to_string(p.proconfig, ' '), '') !~ 'search_path=""')`,
    [OUR_SCHEMAS],
  )
  for (const { name } of definers.rows)
    problems.push(`function ${name} is a definer with the wrong owner or an open search_path`)
  if (!fast) {
    for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
      const { rows } = await pool.query<{ value: string }>('select current_setting($1) as value', [setting])
      if (rows[0]?.value === 'off') problems.push(`the server runs with ${setting} = off`)
    }
  }
  for (const name of await pendingMigrations(pool)) problems.push(`migration ${name} has not been applied`)
  return problems
}
