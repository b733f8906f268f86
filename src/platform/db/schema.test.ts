import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { Temporal } from '#platform/clock'
import { freshDatabase, type FreshDatabase } from '#test/database'
import { world } from '#test/world'
import { readCatalogue } from './schema-read.ts'
import { REGENERATE, schemaSql, tablesTs, typeOf } from './schema-text.ts'

const committed = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

/** The first line that differs, or nothing: the whole texts are too long to print. */
function difference(there: string, made: string): string | undefined {
  const [old, now] = [there.split('\n'), made.split('\n')]
  const at = now.findIndex((line, n) => line !== old[n])
  if (at >= 0) return `line ${at + 1} is "${old[at] ?? ''}" and should be "${now[at]}"`
  return old.length > now.length ? `line ${now.length + 1} should not be there` : undefined
}

describe('the committed schema', () => {
  let at: FreshDatabase
  let admin: pg.Client
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
  })
  after(async () => {
    await admin.end()
    await at.drop()
  })

  it('is what the migrations make: schema.sql', async () => {
    const stale = difference(committed('../../../schema.sql'), schemaSql(await readCatalogue(admin)))
    assert.equal(stale, undefined, `schema.sql is out of date, ${stale}. Run: ${REGENERATE}`)
  })
  it('is what the migrations make: tables.generated.ts', async () => {
    const stale = difference(committed('tables.generated.ts'), tablesTs(await readCatalogue(admin)))
    assert.equal(stale, undefined, `tables.generated.ts is out of date, ${stale}. Run: ${REGENERATE}`)
  })

  it('shows every kind of change', async () => {
    const changes: readonly (readonly [string, RegExp])[] = [
      ['alter table people.person add note text', /^ {2}note text,$/m],
      ['alter table people.person alter name drop default', /^ {2}name text not null,$/m],
      ["alter table people.person add constraint short check (note <> '')", /constraint short/],
      ['create index by_note on people.person (note)', /INDEX by_note/],
      ["comment on table people.person is 'Somebody else.'", /^-- Somebody else\.$/m],
      ['create policy everybody on people.person for select to dauntless_app using (true)', /create policy everybody/],
      ['grant delete on people.person to dauntless_app', /grant delete on people\.person to dauntless_app;/],
      ['grant update (note) on people.person to dauntless_app', /grant update \(note\) on people\.person/],
      ['alter table people.person no force row level security', /alter table people\.person enable row level/],
      ['alter table people.mention owner to dauntless_app', /alter table people\.mention owner to dauntless_app/],
      ['create function people.one() returns int language sql return 1', /FUNCTION people\.one\(\)/],
      ['alter function people.one() security definer', /FUNCTION people\.one[^;]*SECURITY DEFINER/],
      [
        'grant execute on function people.one() to dauntless_app',
        /grant execute on function people\.one\(\) to dauntle/,
      ],
      ["create view people.names with (security_invoker) as select 'x' as name", /create view people\.names/],
      ["create type people.mood as enum ('calm', 'cross')", /create type people\.mood as enum \('calm', 'cross'\)/],
      ['create table people.parts (n int) partition by list (n)', /^\) partition by LIST \(n\);$/m],
      ['create table people.part partition of people.parts for values in (1)', /partition of people\.parts FOR VALUES/],
      ['grant usage on schema people to dauntless_public', /grant usage on schema people to dauntless_public/],
    ]
    let before = schemaSql(await readCatalogue(admin))
    for (const [statement, shown] of changes) {
      await admin.query(statement)
      const now = schemaSql(await readCatalogue(admin))
      assert.ok(difference(before, now), statement)
      assert.match(now, shown, statement)
      before = now
    }
  })
  it('does not pass over a kind of thing it cannot describe', async () => {
    await admin.query('create sequence people.numbers')
    await assert.rejects(readCatalogue(admin), /not described by schema\.sql: people\.numbers/)
    await admin.query('drop sequence people.numbers; alter table people.person add spot point')
    const catalogue = await readCatalogue(admin)
    assert.throws(() => tablesTs(catalogue), /people\.person\.spot: point has no TypeScript type/)
  })
})

describe('the types of the rows', () => {
  const HOLDS: Readonly<Record<string, (value: unknown) => boolean>> = {
    string: (value) => typeof value === 'string',
    number: (value) => typeof value === 'number',
    boolean: (value) => typeof value === 'boolean',
    unknown: () => true,
    null: (value) => value === null,
    Buffer: (value) => Buffer.isBuffer(value),
    'Temporal.Instant': (value) => value instanceof Temporal.Instant,
    'Temporal.PlainDate': (value) => value instanceof Temporal.PlainDate,
    'readonly string[]': (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
    'readonly number[]': (value) => Array.isArray(value) && value.every((one) => typeof one === 'number'),
  }
  const holds = (type: string, value: unknown): boolean =>
    type.split(' | ').some((one) => (one.startsWith("'") ? one === `'${String(value)}'` : HOLDS[one]?.(value) === true))

  it('are those of what the database hands over', async () => {
    const force = await world()
    try {
      await force.admin.query("insert into audit.checkpoint (size, root, note) values (1, '\\x00', 'a note')")
      const met = new Set<string>()
      for (const table of (await readCatalogue(force.admin)).tables) {
        const { rows } = await force.admin.query<Record<string, unknown>>(`select * from ${table.name}`)
        if (table.name.startsWith('jobs.')) continue // no row of ours
        for (const column of table.columns) {
          const type = typeOf(column, table)
          for (const row of rows) {
            assert.ok(holds(type, row[column.name]), `${table.name}.${column.name} is no ${type}`)
            met.add(type.split(' | ')[0] ?? '')
          }
        }
      }
      for (const type of Object.keys(HOLDS)) assert.ok(met.has(type) || type === 'null', `no ${type} was met`)
    } finally {
      await force.close()
    }
  })
  it('list the words a column is held to', async () => {
    const table = {
      name: 'a.b', kind: 'table', owner: '', comment: '', columns: [], statements: [], query: null, parts: '',
      security: { enabled: true, forced: true },
      constraints: ["constraint c CHECK ((kind = ANY (ARRAY['one'::text, 'two'::text])))"],
    } as const // prettier-ignore
    const column = { name: 'kind', type: 'text', required: true, otherwise: null }
    assert.equal(typeOf(column, table), "'one' | 'two'")
    assert.equal(typeOf({ ...column, required: false }, table), "'one' | 'two' | null")
    assert.equal(typeOf({ ...column, name: 'ind' }, table), 'string')
    assert.equal(typeOf({ ...column, type: 'text[]' }, table), 'readonly string[]')
  })
})
