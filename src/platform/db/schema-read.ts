import type pg from 'pg'
import { OUR_SCHEMAS } from './migrate.ts'

export interface Column {
  readonly name: string
  /** As PostgreSQL writes it: "timestamp with time zone", "smallint[]". */
  readonly type: string
  readonly required: boolean
  readonly otherwise: string | null
}

/** A table or a view, with everything that hangs on it as the statements that would make it. */
export interface Table {
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly owner: string
  readonly comment: string
  readonly security: { readonly enabled: boolean; readonly forced: boolean }
  readonly columns: readonly Column[]
  /** "constraint NAME check (…)", in order of kind and name. */
  readonly constraints: readonly string[]
  readonly statements: readonly string[]
  /** What a view selects. */
  readonly query: string | null
  /** "partition by list (name)", "partition of jobs.job default", or empty. */
  readonly parts: string
}

/** A function: its definition, then who owns it and who may call it. */
export interface Routine {
  readonly name: string
  readonly owner: string
  readonly definer: boolean
  readonly definition: string
  readonly grants: readonly string[]
}

export interface Catalogue {
  readonly roles: readonly { readonly name: string; readonly may: string }[]
  readonly schemas: readonly { readonly name: string; readonly owner: string; readonly grants: readonly string[] }[]
  /** Enumerated types: only a library's tables have them, ours hold text with a check. */
  readonly words: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly tables: readonly Table[]
  readonly routines: readonly Routine[]
}

const IN_OURS = `join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1)`
const NAME = `n.nspname || '.' || c.relname`
/** Who got what, of an access list: "select, insert to dauntless_app", owner left out, in order. */
const granted = (acl: string, owner: string): string =>
  `(select coalesce(array_agg(g.line order by g.line collate "C"), '{}') from (
     select string_agg(lower(x.privilege_type), ', ' order by x.privilege_type) || '|' ||
       case when x.grantee = 0 then 'public' else x.grantee::regrole::text end as line
     from aclexplode(${acl}) x where x.grantee <> ${owner} group by x.grantee) g)`

const ROLES = `select rolname::text as name, concat_ws(' ', case when rolcanlogin then 'login' else 'nologin' end,
    case when rolinherit then 'inherit' else 'noinherit' end, case when rolbypassrls then 'bypassrls' else 'nobypassrls' end,
    case when rolsuper then 'superuser' end, case when rolcreaterole then 'createrole' end,
    case when rolcreatedb then 'createdb' end) as may
  from pg_roles where rolname ~ '^dauntless_' order by rolname collate "C"`
const SCHEMA_LIST = `select n.nspname::text as name, n.nspowner::regrole::text as owner, ${granted('n.nspacl', 'n.nspowner')} as grants
  from pg_namespace n where n.nspname = any ($1) order by n.nspname collate "C"`
const TABLES = `select ${NAME} as name, c.relkind::text as kind, c.relowner::regrole::text as owner,
    coalesce(obj_description(c.oid, 'pg_class'), '') as comment, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
    case c.relkind when 'v' then pg_get_viewdef(c.oid) end as query, coalesce(c.reloptions, '{}') as options,
    concat_ws(' ', 'partition by ' || pg_get_partkeydef(c.oid), (select 'partition of ' || i.inhparent::regclass || ' '
      || pg_get_expr(c.relpartbound, c.oid) from pg_inherits i where i.inhrelid = c.oid)) as parts,
    ${granted("coalesce(c.relacl, acldefault('r', c.relowner))", 'c.relowner')} as grants
  from pg_class c ${IN_OURS} and c.relkind in ('r', 'p', 'v') order by ${NAME} collate "C"`
const COLUMNS = `select ${NAME} as table, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
    case when a.attgenerated <> '' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
      else 'default ' || pg_get_expr(d.adbin, d.adrelid) end as otherwise,
    ${granted('a.attacl', 'c.relowner')} as grants
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum ${IN_OURS} and c.relkind in ('r', 'p', 'v')
  order by ${NAME} collate "C", a.attnum`
// 'n', the not-null constraints that PostgreSQL 18 lists, stand with the columns
const CONSTRAINTS = `select ${NAME} as table, 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid) as line
  from pg_constraint k join pg_class c on c.oid = k.conrelid ${IN_OURS} and k.contype not in ('n', 't')
  order by ${NAME} collate "C", position(k.contype in 'pufcx'), k.conname collate "C"`
const INDEXES = `select ${NAME} as table, pg_get_indexdef(i.indexrelid) as line
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid ${IN_OURS}
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by ${NAME} collate "C", x.relname collate "C"`
const POLICIES = `select p.schemaname || '.' || p.tablename as table, 'create policy ' || p.policyname || ' on ' || p.schemaname || '.' || p.tablename
    || case when p.permissive = 'RESTRICTIVE' then ' as restrictive' else '' end || ' for ' || lower(p.cmd)
    || ' to ' || array_to_string(p.roles, ', ') || coalesce(E'\n  using (' || p.qual || ')', '')
    || coalesce(E'\n  with check (' || p.with_check || ')', '') as line
  from pg_policies p where p.schemaname = any ($1) order by p.schemaname, p.tablename, p.permissive, p.policyname collate "C"`
const TRIGGERS = `select ${NAME} as table, pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class c on c.oid = t.tgrelid
  ${IN_OURS} and not t.tgisinternal order by ${NAME} collate "C", t.tgname collate "C"`
const ROUTINES = `select p.oid::regprocedure::text as name, p.proowner::regrole::text as owner, p.prosecdef as definer,
    pg_get_functiondef(p.oid) as definition, ${granted("coalesce(p.proacl, acldefault('f', p.proowner))", 'p.proowner')} as grants
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = any ($1)
  order by p.oid::regprocedure::text collate "C"`
const UNKNOWN = `select ${NAME} as name from pg_class c ${IN_OURS} and c.relkind not in ('r', 'p', 'v', 'i', 'I', 'c')
  union all select n.nspname || '.' || c.typname from pg_type c join pg_namespace n on n.oid = c.typnamespace
  where n.nspname = any ($1) and c.typtype in ('d', 'r', 'm')`
const WORDS = `select n.nspname || '.' || t.typname as name,
    (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as values
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname = any ($1) and t.typtype = 'e' order by t.typname collate "C"`

interface Line {
  readonly table: string
  readonly line: string
}

/**
 * Reads what a migrated database holds from its catalogue, in an order that does not depend on the server's locale.
 * @param client sees the whole catalogue; has no transaction open
 * @throws Error when there is something of a kind that this reader does not describe
 */
export async function readCatalogue(client: pg.Client): Promise<Catalogue> {
  await client.query('begin transaction isolation level repeatable read read only')
  try {
    await client.query("set local search_path = ''") // so that every name is written with its schema
    const ask = async <Row extends object>(sql: string): Promise<Row[]> =>
      (await client.query<Row>(sql, sql.includes('$1') ? [OUR_SCHEMAS] : [])).rows
    const unknown = await ask<{ name: string }>(UNKNOWN)
    if (unknown.length > 0) throw new Error(`not described by schema.sql: ${unknown.map((u) => u.name).join(', ')}`)
    return {
      roles: await ask(ROLES),
      schemas: await ask(SCHEMA_LIST),
      words: await ask(WORDS),
      tables: await readTables(ask),
      routines: await ask(ROUTINES),
    }
  } finally {
    await client.query('rollback')
  }
}

async function readTables(ask: <Row extends object>(sql: string) => Promise<Row[]>): Promise<Table[]> {
  type Row = Omit<Table, 'kind' | 'security' | 'columns' | 'constraints' | 'statements'> & {
    readonly kind: string
    readonly enabled: boolean
    readonly forced: boolean
    readonly options: readonly string[]
    readonly grants: readonly string[]
  }
  const tables = await ask<Row>(TABLES)
  const columns = await ask<Column & { table: string; grants: readonly string[] }>(COLUMNS)
  const lines: Record<'constraints' | 'indexes' | 'policies' | 'triggers', Line[]> = {
    constraints: await ask<Line>(CONSTRAINTS),
    indexes: await ask<Line>(INDEXES),
    policies: await ask<Line>(POLICIES),
    triggers: await ask<Line>(TRIGGERS),
  }
  const of = (kind: keyof typeof lines, table: string): string[] =>
    lines[kind].filter((one) => one.table === table).map((one) => one.line)
  return tables.map(({ name, kind, owner, comment, enabled, forced, query, parts, options, grants }) => {
    const mine = columns.filter((column) => column.table === name)
    const set = options.join(', ')
    return {
      name,
      kind: kind === 'v' ? 'view' : 'table',
      owner,
      comment: kind === 'v' && set !== '' ? `${comment} [${set}]` : comment,
      security: { enabled, forced },
      columns: mine.map((c) => ({ name: c.name, type: c.type, required: c.required, otherwise: c.otherwise })),
      constraints: of('constraints', name),
      statements: [
        ...(kind === 'v' || set === '' ? [] : [`alter table ${name} set (${set})`]),
        ...of('indexes', name),
        ...of('policies', name),
        ...of('triggers', name),
        ...grants.map((line) => grantOf(line, name)),
        ...mine.flatMap((column) => column.grants.map((line) => grantOf(line, name, column.name))),
      ],
      query,
      parts,
    }
  })
}

function grantOf(line: string, table: string, column?: string): string {
  const [privileges = '', role = ''] = line.split('|')
  return `grant ${privileges}${column === undefined ? '' : ` (${column})`} on ${table} to ${role}`
}
