import type { Catalogue, Column, Table } from './schema-read.ts'

export const REGENERATE = 'node src/platform/db/write-schema.ts'

const grantTo = (what: string, lines: readonly string[]): string[] =>
  lines.map((line) => `grant ${line.replace('|', ` on ${what} to `)};`)

function tableSql(table: Table): string {
  const { name, kind, owner, comment, columns, constraints, statements, security, query, parts: divided } = table
  const parts = [
    ...columns.map((c) =>
      [c.name, c.type, ...(c.required ? ['not null'] : []), ...(c.otherwise === null ? [] : [c.otherwise])].join(' '),
    ),
    ...constraints,
  ]
  const made =
    kind === 'view'
      ? [`create view ${name} as`, `${query}`]
      : [
          `create table ${name} (`,
          parts.map((part) => `  ${part}`).join(',\n'),
          divided === '' ? ');' : `) ${divided};`,
        ]
  return [
    ...(comment === '' ? [] : [`-- ${comment.replaceAll('\n', ' ')}`]),
    ...made,
    `alter ${kind} ${name} owner to ${owner};`,
    ...(security.enabled ? [`alter table ${name} enable row level security;`] : []),
    ...(security.forced ? [`alter table ${name} force row level security;`] : []),
    ...statements.map((statement) => `${statement};`),
  ].join('\n')
}

/** The whole schema as text to read and to compare. Not a script: the migrations make the database. */
export function schemaSql({ roles, schemas, words, tables, routines }: Catalogue): string {
  const head = [
    '-- What the migrations make, read back from the catalogue of a migrated database. Generated: do not edit.',
    `-- For reading and comparing, not for running. Made again by: ${REGENERATE}`,
  ].join('\n')
  return [
    head,
    ['-- Roles', ...roles.map(({ name, may }) => `create role ${name} ${may};`)].join('\n'),
    ...schemas.map(({ name, owner, grants }) =>
      [`create schema ${name} authorization ${owner};`, ...grantTo(`schema ${name}`, grants)].join('\n'),
    ),
    ...words.map(({ name, values }) => `create type ${name} as enum (${values.map((one) => `'${one}'`).join(', ')});`),
    ...tables.map(tableSql),
    ...routines.map(({ name, owner, definition, grants }) =>
      [
        `${definition.trim()};`,
        `alter function ${name} owner to ${owner};`,
        ...grantTo(`function ${name}`, grants),
      ].join('\n'),
    ),
    '',
  ].join('\n\n')
}

/** What node-postgres gives for a type, with the parsers that `index.ts` sets. */
const TYPES: Readonly<Record<string, string>> = {
  bigint: 'number',
  boolean: 'boolean',
  bytea: 'Buffer',
  date: 'Temporal.PlainDate',
  'double precision': 'number',
  integer: 'number',
  jsonb: 'unknown',
  real: 'number',
  smallint: 'number',
  text: 'string',
  'timestamp with time zone': 'Temporal.Instant',
  uuid: 'string',
  xid8: 'string',
}
// arrays of other types come as node-postgres reads them by itself, which is another type than the single one
const ARRAYS = new Set(['integer', 'real', 'smallint', 'text', 'uuid'])

/** The words a text column may hold, from a check of the form "column in (…)"; empty when there is none. */
function wordsOf(column: Column, table: Table): string[] {
  const list = new RegExp(`check \\(\\(${column.name} = any \\(array\\[([^\\]]*)\\]\\)\\)\\)$`, 'i')
  const found = table.constraints.flatMap((line) => list.exec(line)?.[1] ?? [])
  return found.flatMap((said) => [...said.matchAll(/'([^']*)'::text/g)].map(([, word = '']) => `'${word}'`))
}

/**
 * The TypeScript type of a column as a store reads it.
 * @throws Error for a type that has no place in the list yet
 */
export function typeOf(column: Column, table: Table): string {
  const single = column.type.replace(/\[\]$/, '')
  const type = TYPES[single]
  const isList = single !== column.type
  if (type === undefined || (isList && !ARRAYS.has(single))) {
    throw new Error(`${table.name}.${column.name}: ${column.type} has no TypeScript type in schema-text.ts`)
  }
  if (isList) return `readonly ${type}[]${column.required ? '' : ' | null'}`
  const words = column.type === 'text' ? wordsOf(column, table) : []
  const nullable = column.required || type === 'unknown' ? [] : ['null']
  return [...(words.length > 0 ? words : [type]), ...nullable].join(' | ')
}

const LINE = 120
const interfaceName = (table: string): string =>
  table.replace(/(?:^|[._])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

function fieldOf(name: string, type: string): string {
  const line = `  readonly ${name}: ${type}`
  if (line.length <= LINE) return line
  return [`  readonly ${name}:`, ...type.split(' | ').map((word) => `    | ${word}`)].join('\n')
}

/** The queue's own tables: only the library that made them reads them. */
const OF_LIBRARIES = /^jobs\./

/** One interface a table: the row as node-postgres hands it over. */
export function tablesTs({ tables: all }: Catalogue): string {
  const tables = all.filter(({ name }) => !OF_LIBRARIES.test(name))
  const rows = tables.map((table) =>
    [
      `/** ${table.comment.replaceAll('\n', ' ')} */`,
      `export interface ${interfaceName(table.name)} {`,
      ...table.columns.map((column) => fieldOf(column.name, typeOf(column, table))),
      '}',
    ].join('\n'),
  )
  const temporal = rows.some((text) => text.includes('Temporal.'))
  return [
    '// Rows of every table, read from the catalogue of a migrated database. Generated: do not edit.',
    `// Made again by: ${REGENERATE}`,
    ...(temporal ? ["import type { Temporal } from '#platform/clock'"] : []),
    '',
    rows.join('\n\n'),
    '',
    '/** Every table by the name that SQL says. */',
    'export interface Tables {',
    ...tables.map(({ name }) => `  readonly '${name}': ${interfaceName(name)}`),
    '}',
    '',
  ].join('\n')
}
