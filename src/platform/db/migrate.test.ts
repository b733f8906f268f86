import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import {
  ensureRoles,
  LOGINS,
  loginUrls,
  migrate,
  migrations,
  openPool,
  pendingMigrations,
  selfCheck,
} from '#platform/db'
import { freshDatabase, type FreshDatabase } from '#test/database'
import { loginUrl } from '#test/world'

describe('migrating', () => {
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
  const last = migrations().at(-1) ?? assert.fail('there are no migrations')

  it('an empty database from two processes at once applies every file once', async () => {
    const name = `${at.name}9` // cleared away like the others if this run is killed
    const url = new URL(at.adminUrl)
    url.pathname = `/${name}`
    await admin.query(`create database ${name} template template0`)
    try {
      const applied = await Promise.all([migrate(url.toString()), migrate(url.toString())])
      assert.deepEqual(
        applied.map((names) => names.length).toSorted((a, b) => a - b),
        [0, migrations().length],
      )
      assert.deepEqual(
        applied.flat(),
        migrations().map((one) => one.name),
      )
    } finally {
      await admin.query(`drop database ${name} with (force)`)
    }
  })

  it('a database that is up to date does nothing', async () => {
    assert.deepEqual(await migrate(at.adminUrl), [])
    assert.deepEqual(await pendingMigrations(admin), [])
  })

  it('is refused when a file was changed after it had been applied, and says which', async () => {
    const stored = 'update meta.migration set sha256 = $2 where name = $1'
    await admin.query(stored, [last.name, 'of the file before it was edited'])
    await assert.rejects(migrate(at.adminUrl), (error: Error) => error.message.includes(last.name))
    await admin.query(stored, [last.name, last.hash])
    assert.deepEqual(await migrate(at.adminUrl), [])
  })

  it('is refused when the database is of a newer version, and says by what', async () => {
    await admin.query(`insert into meta.migration (name, sha256) values ('9999_from_the_future.sql', '')`)
    await assert.rejects(migrate(at.adminUrl), /newer version than this: it has 9999_from_the_future\.sql/)
    await admin.query(`delete from meta.migration where name like '9999%'`)
  })

  it('is refused to a role that is no superuser, before it tries', async () => {
    const name = `${at.name}_plain`
    await admin.query(`create role ${name} login password 'plain'`)
    const url = new URL(at.adminUrl)
    url.username = name
    url.password = 'plain'
    await assert.rejects(migrate(url.toString()), /must be a superuser/)
    await admin.query(`drop role ${name}`)
  })

  it('names what is still to be applied', async () => {
    await admin.query('delete from meta.migration where name = $1', [last.name])
    assert.deepEqual(await pendingMigrations(admin), [last.name])
    await admin.query('insert into meta.migration (name, sha256) values ($1, $2)', [last.name, last.hash])
  })

  it('leaves nothing of a file that failed half way', async () => {
    await admin.query('begin')
    await admin.query('drop schema meta cascade')
    await admin.query('commit') // now the first file meets its own schema
    await assert.rejects(migrate(at.adminUrl), /migration 0001_kernel\.sql failed: schema "access" already exists/)
    assert.equal((await admin.query('select from meta.migration')).rowCount, 0)
    for (const { name, hash } of migrations())
      await admin.query('insert into meta.migration (name, sha256) values ($1, $2)', [name, hash])
    await admin.query('grant usage on schema meta to dauntless_app; grant select on meta.migration to dauntless_app')
  })

  it('keeps its own record as every table is kept', async () => {
    const { rows } = await admin.query<{ forced: boolean; said: string; owner: string }>(
      `select relforcerowsecurity as forced, obj_description(oid, 'pg_class') as said, relowner::regrole::text as owner
       from pg_class where oid = 'meta.migration'::regclass`,
    )
    assert.equal(rows[0]?.forced, true)
    assert.match(rows[0]?.said ?? '', /SHA-256/)
    const app = openPool(await loginUrl(at.adminUrl, 'dauntless_app'), 1)
    assert.deepEqual(await pendingMigrations(app), [])
    await assert.rejects(app.query('delete from meta.migration'), /permission denied/)
    await app.end()
  })
})

describe('the login roles', () => {
  it('get one password each, also when several processes start at once', async () => {
    const at = await freshDatabase()
    const folder = mkdtempSync(join(tmpdir(), 'logins-'))
    const clients = Array.from({ length: 5 }, () => new pg.Client(at.adminUrl))
    const before = new URL(await loginUrl(at.adminUrl, 'dauntless_app')).password
    try {
      await Promise.all(clients.map((client) => client.connect()))
      const made = await Promise.all(
        clients.map(async (client) => {
          await ensureRoles(client)
          return loginUrls(client, at.adminUrl, folder)
        }),
      )
      for (const urls of made) assert.deepEqual(urls, made[0])
      for (const name of LOGINS) {
        const pool = openPool(made[0]?.[name] ?? '', 1)
        assert.deepEqual((await pool.query('select current_user::text as me')).rows, [{ me: name }])
        await pool.end()
      }
      assert.equal(statSync(join(folder, 'logins.json')).mode & 0o777, 0o600)
    } finally {
      // the passwords belong to the whole server: give the other tests theirs back
      for (const name of LOGINS) await clients[0]?.query(`alter role ${name} password '${before}'`)
      await Promise.all(clients.map((client) => client.end()))
      rmSync(folder, { recursive: true })
      await at.drop()
    }
  })

  it('send the worker alone over the socket of the server', async () => {
    const at = await freshDatabase()
    const folder = mkdtempSync(join(tmpdir(), 'logins-'))
    const password = new URL(await loginUrl(at.adminUrl, 'dauntless_app')).password
    // the passwords belong to the whole server: the other tests keep theirs
    writeFileSync(
      join(folder, 'logins.json'),
      JSON.stringify(Object.fromEntries(LOGINS.map((name) => [name, password]))),
    )
    const admin = new pg.Client(at.adminUrl)
    try {
      await admin.connect()
      const urls = await loginUrls(admin, at.adminUrl, folder, '/where it is')
      const told = LOGINS.filter((name) => new URL(urls[name]).searchParams.has('host'))
      assert.deepEqual(told, ['dauntless_worker'])
      assert.equal(new pg.Client(urls.dauntless_worker).host, '/where it is')
      assert.equal(new pg.Client(urls.dauntless_app).host, new URL(at.adminUrl).hostname)
    } finally {
      await admin.end()
      rmSync(folder, { recursive: true })
      await at.drop()
    }
  })
})

describe('the check before serving', () => {
  let at: FreshDatabase
  let admin: pg.Client
  let app: pg.Pool
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
    app = openPool(await loginUrl(at.adminUrl, 'dauntless_app'), 1)
  })
  after(async () => {
    await app.end()
    await admin.end()
    await at.drop()
  })

  it('finds nothing wrong with a migrated database', async () => {
    assert.deepEqual(await selfCheck(app, { fast: true }), [])
  })

  const PLANTED: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'a table without forced row-level security',
      'alter table people.person no force row level security',
      'alter table people.person force row level security',
      /^table people\.person has no forced/,
    ],
    [
      'a table without row-level security',
      'alter table audit.entry disable row level security',
      'alter table audit.entry enable row level security',
      /^table audit\.entry has no forced/,
    ],
    [
      'an open record of migrations',
      'alter table meta.migration no force row level security',
      'alter table meta.migration force row level security',
      /^table meta\.migration has no forced/,
    ],
    [
      'a definer function with an open search_path',
      'alter function people.open_record(uuid) reset search_path',
      "alter function people.open_record(uuid) set search_path = ''",
      /^function people\.open_record\(uuid\) is a definer with/,
    ],
    [
      'a definer function of another owner',
      'alter function people.open_record(uuid) owner to current_user',
      'alter function people.open_record(uuid) owner to dauntless_definer',
      /^function people\.open_record\(uuid\) is a definer with/,
    ],
    [
      'a login role that owns a table',
      'alter table people.person owner to dauntless_app',
      'alter table people.person owner to dauntless_owner',
      /^role dauntless_app can bypass/,
    ],
    [
      'a login role that passes row-level security',
      'alter role dauntless_app bypassrls',
      'alter role dauntless_app nobypassrls',
      /^role dauntless_app can bypass/,
    ],
    [
      'another login role that passes row-level security',
      'alter role dauntless_sealer bypassrls',
      'alter role dauntless_sealer nobypassrls',
      /^role dauntless_sealer can bypass/,
    ],
    [
      'a login role that can become the owner',
      'grant dauntless_owner to dauntless_app',
      'revoke dauntless_owner from dauntless_app',
      /^role dauntless_app can bypass/,
    ],
    [
      'a role that does not wait for its commits',
      'alter role dauntless_worker set synchronous_commit = off',
      'alter role dauntless_worker reset synchronous_commit',
      /^role dauntless_worker sets synchronous_commit for itself/,
    ],
    [
      'a role that looks elsewhere for what it names',
      `alter role dauntless_app in database postgres set search_path = public`,
      `alter role dauntless_app in database postgres reset search_path`,
      /^role dauntless_app sets search_path for itself/,
    ],
    [
      'a view that asks with the rights of its owner',
      'create view people.everybody as select id from people.person',
      'drop view people.everybody',
      /^view people\.everybody asks with/,
    ],
    [
      'somebody who could change the log',
      'grant update (reason) on audit.entry to dauntless_sealer',
      'revoke update (reason) on audit.entry from dauntless_sealer',
      /^role dauntless_sealer can change audit\.entry/,
    ],
    [
      'somebody who could cut the log off',
      'grant delete on audit.leaf to dauntless_definer',
      'revoke delete on audit.leaf from dauntless_definer',
      /^role dauntless_definer can change audit\.leaf/,
    ],
    [
      'a public role that can read',
      'grant select (name) on people.person to public',
      'revoke select (name) on people.person from public',
      /^role dauntless_public can read or write people\.person/,
    ],
    [
      'a migration that has not been applied',
      "update meta.migration set name = 'x' || name where name = (select max(name) from meta.migration)",
      "update meta.migration set name = substr(name, 2) where name like 'x%'",
      /^migration 00.* has not been applied$/,
    ],
  ]
  // Roles belong to the whole server: none of these is left as it was planted.
  const ROLES: readonly (readonly [string, string, string, RegExp])[] = [
    ['dauntless_app', 'alter role dauntless_app bypassrls', 'alter role dauntless_app nobypassrls'],
    ['dauntless_app', 'grant dauntless_owner to dauntless_app', 'revoke dauntless_owner from dauntless_app'],
    ['dauntless_worker', 'alter role dauntless_worker superuser', 'alter role dauntless_worker nosuperuser'],
    ['dauntless_sealer', 'alter role dauntless_sealer createrole', 'alter role dauntless_sealer nocreaterole'],
    ['dauntless_public', 'grant pg_read_all_data to dauntless_public', 'revoke pg_read_all_data from dauntless_public'],
    [
      'dauntless_public',
      'alter function organisation.today() owner to dauntless_public',
      'alter function organisation.today() owner to dauntless_owner',
    ],
  ].map(([role = '', plant = '', mend = '']) => [
    `${role} after: ${plant}`,
    plant,
    mend,
    RegExp(`^role ${role} can bypass`),
  ])

  for (const [what, plant, mend, named] of [...PLANTED, ...ROLES]) {
    it(`names ${what}`, async () => {
      await admin.query(plant)
      const [found] = await Promise.allSettled([selfCheck(app, { fast: true })])
      await admin.query(mend)
      assert.ok(found.status === 'fulfilled')
      assert.equal(found.value.length, 1, found.value.join('; '))
      assert.match(found.value[0] ?? '', named)
      assert.deepEqual(await selfCheck(app, { fast: true }), [], 'it was mended')
    })
  }

  it('names a superuser', async () => {
    const pool = openPool(at.adminUrl, 1)
    const found = await selfCheck(pool, { fast: true })
    await pool.end()
    assert.equal(found.length, 1)
    assert.match(found[0] ?? '', /^role \w+ can bypass row-level security$/)
  })
  it('names each setting by which the server may lose what it has acknowledged', async () => {
    const connectionString = await loginUrl(at.adminUrl, 'dauntless_app')
    const lossy = new pg.Pool({ connectionString, max: 1, options: '-c synchronous_commit=off' })
    const { rows } = await lossy.query<{ setting: string; value: string }>(
      `select name as setting, setting as value from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')`,
    )
    const found = await selfCheck(lossy)
    await lossy.end()
    const off = rows
      .filter(({ value }) => value === 'off')
      .map(({ setting }) => `the server runs with ${setting} = off`)
    assert.ok(off.includes('the server runs with synchronous_commit = off'))
    assert.deepEqual(found.toSorted(), off.toSorted())
  })

  it('names a role that may lose what it has acknowledged, though the one that serves may not', async () => {
    await admin.query('alter role dauntless_sealer set synchronous_commit = off')
    const found = await selfCheck(app)
    await admin.query('alter role dauntless_sealer reset synchronous_commit')
    assert.ok(found.includes('role dauntless_sealer sets synchronous_commit for itself'), found.join('; '))
  })
})
