// The synthetic London through the product's own commands: made, taken in, linked, and marked against its truth.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { LOGINS } from '#platform/db'
import type { FreshDatabase } from '#test/database'
import { DEMO_SCALE, demoDatabase } from '#test/demo-template'
import { loginUrl } from '#test/world'

describe('the synthetic London by the command line', () => {
  let home: string
  let database: FreshDatabase
  let admin: pg.Client
  let env: Record<string, string>
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'synthetic-demo-'))
    database = await demoDatabase()
    admin = new pg.Client(database.adminUrl)
    await admin.connect()
    const folder = join(home, 'data')
    mkdirSync(join(folder, 'secrets'), { recursive: true })
    const passwords: Record<string, string> = {}
    for (const login of LOGINS) passwords[login] = new URL(await loginUrl(database.adminUrl, login)).password
    writeFileSync(join(folder, 'secrets', 'logins.json'), JSON.stringify(passwords), { mode: 0o600 })
    env = { DATABASE_URL: database.adminUrl, DAUNTLESS_DATA: folder, INIT_CWD: home }
  })
  after(async () => {
    await admin.end()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  const run = (...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['src/cli.ts', ...args], { env: { ...process.env, ...env } })
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, out, err }))
    })
  const valueOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>

  it('writes a folder without a database, and says which targets it meets', async () => {
    const nowhere = env['DATABASE_URL'] ?? ''
    env['DATABASE_URL'] = 'postgres://127.0.0.1:1/none'
    const made = await run('generate', 'london', '--scale', String(DEMO_SCALE), '--json')
    const other = await run('generate', 'other', '--scale', String(DEMO_SCALE), '--seed', '5', '--check')
    const none = await run('generate')
    env['DATABASE_URL'] = nowhere
    assert.equal(made.code, 0, made.err)
    const { records, reports } = valueOf(made.out)
    assert.ok(Number(records) > 700 && Number(reports) > 50, made.out)
    assert.match(other.out, /boroughs with their exact total: 32 \(32\)\n/)
    assert.match(other.out, /\d+ of \d+ targets met/)
    // So small a folder misses some, and then the command says so.
    assert.equal(other.code, /MISSED/.test(other.out) ? 1 : 0)
    assert.deepEqual([none.code, none.out], [2, ''])
  })

  it('has been taken in whole: every mention of the truth is in the force, by both profiles', async () => {
    const lines = readFileSync(join(home, 'london', 'truth', 'mentions.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
    const refs = lines.map((line) => line.split(',')[0])
    const { rows } = await admin.query<{ taken: number; reports: number }>(
      `select (select count(*)::int from people.mention where mention_ref = any ($1) and superseded_at is null) as taken,
         (select count(*)::int from incidents.incident where channel in ('call_999', 'online') and kind = 'non_crime') as reports`,
      [refs],
    )
    const expected = valueOf(readFileSync(join(home, 'london', 'truth', 'expected.json'), 'utf8'))
    assert.equal(rows[0]?.taken, refs.length)
    assert.equal(rows[0]?.reports, expected['reports'])
  })

  it('takes nothing in twice: the reports again add nothing', async () => {
    const again = await run('import', 'london/calls', 'london/online', '--profile', 'synthetic-reports', '--json')
    assert.equal(again.code, 0, again.err)
    const report = valueOf(again.out)
    assert.deepEqual([report['added'], report['updated'], report['rejected']], [0, 0, 0])
    assert.ok(readdirSync(join(home, 'london', 'calls')).length > 12)
  })

  it('is marked against its truth: precise, and most pairs found', async () => {
    const marked = await run('evaluate', 'london', '--json')
    assert.equal(marked.code, 0, marked.err)
    const { automatic, notTakenIn } = valueOf(marked.out) as { automatic: Record<string, number>; notTakenIn: number }
    assert.equal(notTakenIn, 0)
    assert.ok((automatic['precision'] ?? 0) > 0.97 && (automatic['f1'] ?? 0) > 0.75, JSON.stringify(automatic))
    assert.match((await run('evaluate', 'london')).out, /pairs +precision .* F1 \d/)
    assert.equal((await run('evaluate')).code, 2)
  })
})
