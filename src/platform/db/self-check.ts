import type pg from 'pg'
import { pendingMigrations, OUR_SCHEMAS } from './migrate.ts'
import { LOGINS } from './roles.ts'

// Each names what is wrong, one line a row, with $1 our schemas and $2 our login roles.
const CHECKS: readonly string[] = [
  `select 'role ' || l.name || ' is not there' from unnest($2::text[]) as l (name)
   where $1::text[] is not null and not exists (select from pg_roles r where r.rolname = l.name)`,
  // what one role may, any program of ours may that knows its password
  `select 'role ' || r.rolname || ' can bypass row-level security' as problem from pg_roles r
   where (r.rolname = any ($2) or r.rolname = current_user) and $1::text[] is not null
     and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls and r.rolname <> 'dauntless_worker'
       or exists (select from pg_auth_members m where m.member = r.oid)
       or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relowner = r.oid and n.nspname = any ($1))
       or exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proowner = r.oid and n.nspname = any ($1))
       or exists (select from pg_namespace n where n.nspowner = r.oid and n.nspname = any ($1)))`,
  // a role may change these for itself, and so may a statement that somebody slipped in
  `select 'role ' || r.rolname || ' sets ' || split_part(s.setting, '=', 1) || ' for itself' from pg_roles r
   join pg_db_role_setting d on d.setrole = r.oid, unnest(d.setconfig) as s (setting)
   where r.rolname = any ($2) and $1::text[] is not null
     and split_part(s.setting, '=', 1) in ('synchronous_commit', 'row_security', 'search_path', 'session_replication_role')`,
  `select 'table ' || n.nspname || '.' || c.relname || ' has no forced row-level security' from pg_class c
   join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and n.nspname = any ($1) and $2::text[] is not null and not (c.relrowsecurity and c.relforcerowsecurity)`,
  `select 'view ' || n.nspname || '.' || c.relname || ' asks with the rights of its owner' from pg_class c
   join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any ($1) and $2::text[] is not null and (c.relkind = 'm'
     or c.relkind = 'v' and coalesce(array_to_string(c.reloptions, ' '), '') !~ 'security_invoker=(true|on|1)')`,
  `select 'function ' || p.oid::regprocedure::text || ' is a definer with the wrong owner or an open search_path' from pg_proc p
   join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname = any ($1) and $2::text[] is not null
     and (pg_get_userbyid(p.proowner) <> 'dauntless_definer' or coalesce(array_to_string(p.proconfig, ' '), '') !~ 'search_path=""')`,
  `select 'role ' || r.name || ' can change ' || t.name from unnest($2::text[] || 'dauntless_definer'::text) as r (name),
     unnest(array['audit.entry', 'audit.leaf', 'audit.checkpoint']) as t (name)
   where $1::text[] is not null and not (select o.rolsuper from pg_roles o where o.rolname = r.name)
     and (has_table_privilege(r.name, t.name, 'update, delete, truncate')
     or t.name <> 'audit.checkpoint' and has_any_column_privilege(r.name, t.name, 'update'))`,
  `select 'role dauntless_public can read or write ' || n.nspname || '.' || c.relname from pg_class c
   join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1) and $2::text[] is not null and c.relkind in ('r', 'p', 'v', 'm')
     and (has_table_privilege('dauntless_public', c.oid, 'select, insert, update, delete')
       or has_any_column_privilege('dauntless_public', c.oid, 'select, insert, update'))`,
]

/**
 * What makes this database unsafe to serve from, one line each; empty when nothing does. The server refuses to run otherwise.
 * Checks the roles, forced row-level security on every table, views, definer functions, who could change the log, durability
 * settings and pending migrations.
 * @param pool connected as the role that the web process will use
 * @param fast leaves the durability settings out: for throw-away test servers only
 */
export async function selfCheck(pool: pg.Pool, { fast = false } = {}): Promise<string[]> {
  const problems: string[] = []
  for (const check of CHECKS) {
    const { rows } = await pool.query<{ problem: string }>(
      `with found (problem) as (${check}) table found order by 1`,
      [OUR_SCHEMAS, LOGINS],
    )
    problems.push(...rows.map(({ problem }) => problem))
  }
  if (!fast) problems.push(...(await undurable(pool)))
  for (const name of await pendingMigrations(pool)) problems.push(`migration ${name} has not been applied`)
  return problems
}

/** The settings by which the server may lose what it has acknowledged. */
async function undurable(pool: pg.Pool): Promise<string[]> {
  const problems: string[] = []
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
    const { rows } = await pool.query<{ value: string }>('select current_setting($1) as value', [setting])
    if (rows[0]?.value === 'off') problems.push(`the server runs with ${setting} = off`)
  }
  const { rows } = await pool.query<{ local: boolean }>(
    `select current_setting('synchronous_commit') = 'local' and current_setting('synchronous_standby_names') <> '' as local`,
  )
  if (rows[0]?.local) problems.push('the server has a standby and does not wait for it: synchronous_commit = local')
  return problems
}
