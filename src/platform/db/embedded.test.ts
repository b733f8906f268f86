import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { elsewhere } from './embedded-place.ts'
import { type Embedded, startEmbedded } from './embedded.ts'

async function ask(server: Embedded, sql: string): Promise<unknown> {
  const client = new pg.Client(server.url())
  await client.connect()
  try {
    const { rows } = await client.query<{ answer: unknown }>(`select (${sql}) as answer`)
    return rows[0]?.answer
  } finally {
    await client.end()
  }
}

/** A process id that was real and is free again. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  assert.ok(child.pid)
  return child.pid
}

describe('the embedded PostgreSQL', () => {
  let home: string
  let dir: string
  let server: Embedded
  let unfinished: string

  before(async () => {
    // Not in the repository: under a closed home, as root, the data would be elsewhere than these tests look.
    home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'embedded-'))
    fs.chmodSync(home, 0o755)
    dir = path.join(home, 'postgres')
    unfinished = `${dir}.new-${await deadProcess()}`
    fs.mkdirSync(unfinished)
    fs.writeFileSync(path.join(unfinished, 'PG_VERSION'), '18\n')
    server = await startEmbedded(dir)
  })

  after(async () => {
    await server.stop()
    fs.rmSync(home, { recursive: true, force: true })
  })

  it('starts on a directory that is not there, safe against a power cut and heard on this machine only', async () => {
    assert.equal(server.adopted, false)
    assert.equal(await ask(server, 'select current_user'), 'owner')
    const settings = await ask(
      server,
      `select jsonb_object_agg(name, setting) from pg_settings
       where name in ('fsync', 'synchronous_commit', 'jit', 'listen_addresses', 'max_connections', 'TimeZone')`,
    )
    assert.deepEqual(settings, {
      fsync: 'on',
      synchronous_commit: 'on',
      jit: 'off',
      listen_addresses: '127.0.0.1',
      max_connections: '100',
      TimeZone: 'UTC',
    })
  })

  it('has a socket in its directory, and none where the path is too long for one', async () => {
    const held = process.platform === 'win32' ? '' : dir
    assert.equal(server.sockets, held)
    assert.equal(await ask(server, `select host(inet_client_addr())`), '127.0.0.1')
    if (held !== '') {
      const client = new pg.Client(`${server.url()}?host=${encodeURIComponent(held)}`)
      await client.connect()
      assert.deepEqual((await client.query('select inet_client_addr() as from')).rows, [{ from: null }])
      await client.end()
    }
    await server.stop()
    const deep = path.join(home, 'deep'.repeat(20))
    fs.mkdirSync(deep)
    fs.renameSync(dir, path.join(deep, 'postgres'))
    const other = await startEmbedded(path.join(deep, 'postgres'))
    try {
      assert.equal(other.sockets, '')
      assert.equal(await ask(other, `select current_setting('unix_socket_directories')`), '')
    } finally {
      await other.stop()
      fs.renameSync(path.join(deep, 'postgres'), dir)
      fs.rmSync(deep, { recursive: true })
      server = await startEmbedded(dir)
    }
  })

  it('clears away the sockets of a server that was killed', async () => {
    await server.stop()
    fs.writeFileSync(path.join(dir, '.s.PGSQL.1'), '')
    fs.writeFileSync(path.join(dir, '.s.PGSQL.1.lock'), `${await deadProcess()}\n`)
    server = await startEmbedded(dir)
    const left = fs.readdirSync(dir).filter((name) => name.startsWith('.s.PGSQL'))
    const port = new URL(server.url()).port
    assert.deepEqual(left.sort(), process.platform === 'win32' ? [] : [`.s.PGSQL.${port}`, `.s.PGSQL.${port}.lock`])
  })

  it('holds an eighth of the memory, within bounds', async () => {
    const held = await ask(server, `select pg_size_bytes(current_setting('shared_buffers')) / 1024 / 1024`)
    const eighth = Math.min(os.totalmem(), process.constrainedMemory() || Infinity) / 8 / 1024 / 1024
    assert.equal(Number(held), Math.floor(Math.max(128, Math.min(4096, eighth))))
  })

  it('clears away what an initdb that was killed left half finished', () => {
    assert.equal(fs.existsSync(unfinished), false)
    assert.deepEqual(fs.readdirSync(home).sort(), ['postgres', 'postgres.log'])
  })

  it('refuses a connection without the secret', async () => {
    const client = new pg.Client(server.url().replace(/owner:[^@]+@/, 'owner:wrong@'))
    await assert.rejects(client.connect(), { code: '28P01' })
  })

  it('adopts the server that is already running, and leaves it to those still connected', async () => {
    const adopted = await startEmbedded(dir)
    assert.equal(adopted.adopted, true)
    assert.equal(adopted.url('x'), server.url('x'))
    const user = new pg.Client(server.url())
    await user.connect()
    await adopted.stop()
    assert.equal((await user.query('select 1')).rowCount, 1)
    await user.end()
  })

  it('starts again past a postmaster.pid whose process is dead or is another program by now', async () => {
    for (const pid of [await deadProcess(), process.pid]) {
      await server.stop()
      fs.writeFileSync(path.join(dir, 'postmaster.pid'), `${pid}\n${dir}\n0\n1\n\n127.0.0.1\n\nready   \n`)
      server = await startEmbedded(dir)
      assert.equal(server.adopted, false)
      assert.equal(await ask(server, 'select 1'), 1)
    }
  })

  it('starts once when two processes ask at the same time', async () => {
    await server.stop()
    const both = await Promise.all([startEmbedded(dir), startEmbedded(dir)])
    assert.equal(both.filter((one) => one.adopted).length, 1)
    assert.equal(both[0].url(), both[1].url())
    server = both.find((one) => !one.adopted) ?? server
  })

  it('under a closed home goes by a note in its place: the same while it is there, another once it was cleared away', () => {
    const closed = fs.mkdtempSync(path.join(home, 'closed-'))
    const wanted = path.join(closed, 'postgres')
    const first = elsewhere(wanted, '/var/other')
    assert.match(first, /^\/var\/other\/data-[0-9a-f]{12}$/)
    assert.equal(elsewhere(wanted, '/var/other'), first)
    const moved = `${closed}-moved`
    fs.renameSync(closed, moved)
    assert.equal(elsewhere(path.join(moved, 'postgres'), '/var/other'), first)
    fs.rmSync(moved, { recursive: true })
    fs.mkdirSync(closed)
    assert.notEqual(elsewhere(wanted, '/var/other'), first)
    fs.writeFileSync(`${wanted}.elsewhere`, '../../etc')
    assert.throws(() => elsewhere(wanted, '/var/other'), /does not name a directory of ours/)
    fs.rmSync(closed, { recursive: true })
  })

  it('refuses a directory that is not a whole database, in one clear line, and leaves it as it was', async () => {
    const broken = path.join(home, 'broken')
    fs.mkdirSync(broken)
    fs.writeFileSync(path.join(broken, 'PG_VERSION'), '18\n')
    await assert.rejects(startEmbedded(broken), (error: Error) => {
      assert.match(error.message, /broken is not a whole database \(owner\.secret is missing\); move it away/)
      assert.equal(error.message.split('\n').length, 1)
      return true
    })
    assert.deepEqual(fs.readdirSync(broken), ['PG_VERSION'])
  })

  it('refuses a directory made by another major version of PostgreSQL', async () => {
    const old = path.join(home, 'old')
    fs.mkdirSync(path.join(old, 'global'), { recursive: true })
    for (const file of ['owner.secret', 'global/pg_control']) fs.writeFileSync(path.join(old, file), 'x')
    fs.writeFileSync(path.join(old, 'PG_VERSION'), '17\n')
    await assert.rejects(startEmbedded(old), /was made by PostgreSQL 17 and this is PostgreSQL 18/)
  })
})
