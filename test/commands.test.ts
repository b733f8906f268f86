// The real command line as child processes, each against a database of this test's own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { openSigner, sealOnce } from '#platform/audit'
import { LOGINS, openPool, withScope } from '#platform/db'
import { freshDatabase, type FreshDatabase } from '#test/database'
import { loginUrl, world, type World } from '#test/world'
import { moveCounter } from '../src/commands/snapshot.ts'

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(args: readonly string[], env: Record<string, string>, file = 'src/cli.ts'): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env } })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

/** The one object that `--json` printed. */
function objectOf({ out, err }: Ran): Record<string, unknown> {
  assert.equal(out.trimEnd().split('\n').length, 1, `${out}${err}`)
  const value: unknown = JSON.parse(out)
  assert.ok(value !== null && typeof value === 'object' && !Array.isArray(value), out)
  return value as Record<string, unknown>
}

/** A data folder whose logins are those of the other tests: roles belong to the whole test server. */
async function dataFolder(home: string, name: string, adminUrl: string): Promise<string> {
  const folder = join(home, name)
  mkdirSync(join(folder, 'secrets'), { recursive: true })
  const passwords: Record<string, string> = {}
  for (const login of LOGINS) passwords[login] = new URL(await loginUrl(adminUrl, login)).password
  writeFileSync(join(folder, 'secrets', 'logins.json'), JSON.stringify(passwords), { mode: 0o600 })
  return folder
}

describe('the command line', () => {
  let home: string
  let force: World
  let env: Record<string, string>
  let empty: FreshDatabase
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'commands-'))
    force = await world({ synthetic: true })
    const folder = await dataFolder(home, 'data', force.adminUrl)
    env = { DATABASE_URL: force.adminUrl, DAUNTLESS_DATA: folder, INIT_CWD: home }
    empty = await freshDatabase()
    await withScope(
      force.appPool,
      await force.scopeFor('investigatorAW', 'take statement'),
      (tx) => tx.sql`select people.open_person(${force.persons.kiran})`,
    )
  })
  after(async () => {
    await force.close()
    await empty.drop()
    rmSync(home, { recursive: true, force: true })
  })
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const ran = await run([...args, '--json'], env)
    assert.equal(ran.code, 0, ran.err)
    return objectOf(ran)
  }

  /** Seals what there is. A transaction of another test on the same server can hold it up a while. */
  async function seal(): Promise<number> {
    const secrets = join(env['DAUNTLESS_DATA'] ?? '', 'secrets')
    const signer = openSigner(join(secrets, 'log.key'), 'test-log', 'log')
    writeFileSync(join(secrets, 'log.public'), signer.key)
    const pool = openPool(await loginUrl(force.adminUrl, 'dauntless_sealer'), 2)
    try {
      const { rows } = await force.admin.query<{ n: number }>('select count(*)::integer as n from audit.entry')
      const until = Date.now() + 10_000
      for (;;) {
        const { size } = await sealOnce(pool, signer)
        if (size >= (rows[0]?.n ?? 0)) return size
        if (Date.now() > until) throw new Error('the log could not be sealed in 10 s')
      }
    } finally {
      await pool.end()
    }
  }

  it('lists its commands under headings, and says what follows each', async () => {
    const all = await run(['--help'], env)
    assert.equal(all.code, 0)
    for (const word of ['Records:', 'The audit log:', 'audit verify', 'backup', 'self-check'])
      assert.ok(all.out.includes(word), word)
    const one = await run(['audit', 'verify', '--help'], env)
    assert.match(one.out, /^dauntless audit verify \[--file EXPORT\]/)
    assert.match(one.out, /\[--json\]/)
    const listed = objectOf(await run(['--help', '--json'], env))['commands'] as { name: string; usage: string }[]
    const described = objectOf(await run(['audit', 'verify', '-h', '--json'], env))
    assert.deepEqual(
      listed.find(({ name }) => name === 'audit verify'),
      described,
    )
  })

  it('answers what makes no sense with one line and exit code 2, and opens no database for it', async () => {
    const senseless = [
      ['nothing'],
      ['--nothing'],
      ['audit'],
      ['status', '--unknown'],
      ['status', 'stray'],
      ['export', 'everything', '--out', 'x.csv', '--reason', 'because of a test'],
      ['export', 'people', '--out', 'x.csv', '--reason', 'short'],
      ['init', '--name', 'A force'],
      ['import', 'x.csv', '--profile', 'nonsense'],
      ['audit', 'verify', '--witness-key', 'x'],
      ['restore', '--from', 'nowhere'],
    ]
    const answers = await Promise.all(
      senseless.map((args) => run([...args, '--json'], { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/none' })),
    )
    for (const [at, ran] of answers.entries()) {
      assert.equal(ran.code, 2, `${senseless[at]?.join(' ')}: ${ran.err}`)
      assert.match(ran.err, /^dauntless: .+\n$/)
      assert.equal(typeof objectOf(ran)['error'], 'string')
    }
  })

  it('says in one line that the database refuses, with exit code 1', async () => {
    const ran = await run(['status'], { ...env, DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' })
    assert.equal(ran.code, 1)
    assert.match(ran.err, /^dauntless: the database at 127\.0\.0\.1:1\/none refuses: .+\n$/)
    assert.doesNotMatch(ran.err, /secret/)
  })

  it('counts what there is, checks it and migrates it', async () => {
    const status = await json('status')
    assert.equal(status['force'], 'Test force')
    assert.equal(status['synthetic'], true)
    assert.deepEqual(status['pendingMigrations'], [])
    assert.equal((status['counts'] as Record<string, number>)['incidents'], 4)
    assert.equal((status['log'] as Record<string, unknown>)['sealed'], 0)
    const { rows } = await force.admin.query<{ n: number }>('select count(*)::integer as n from meta.migration')
    assert.deepEqual(await json('migrate'), { applied: [], migrations: rows[0]?.n })
    // the database does not write with care (nor, usually, does the test server), and the command says so
    const name = new URL(force.adminUrl).pathname.slice(1)
    await force.admin.query(`alter database ${name} set synchronous_commit = off`)
    const check = await run(['self-check', '--json'], env)
    await force.admin.query(`alter database ${name} reset synchronous_commit`)
    assert.equal(check.code, 1)
    const problems = objectOf(check)['problems'] as string[]
    assert.ok(problems.length > 0 && problems.every((problem) => /runs with \w+ = off/.test(problem)), problems.join())
  })

  it('says in one line, and one object, that a file cannot be written, and leaves nothing of it', async () => {
    const ran = await run(['export', 'people', '--out', 'no/where.csv', '--reason', 'asked by a court', '--json'], env)
    assert.equal(ran.code, 1)
    assert.match(String(objectOf(ran)['error']), /^ENOENT: .*where\.csv/)
    assert.doesNotMatch(ran.err, /\n\s+at /)
  })

  it('proves the log, and names what was changed in it', async () => {
    assert.match((await run(['audit', 'verify'], env)).err, /never sealed its log/)
    const sealed = await seal()
    const verdict = await json('audit', 'verify')
    assert.equal(verdict['ok'], true)
    assert.equal(verdict['rows'], sealed)
    const changed = await force.admin.query<{ id: string; reason: string }>(
      `update audit.entry set reason = 'changed' where purpose = 'take statement' returning id`,
    )
    const bad = await run(['audit', 'verify', '--json'], env)
    assert.equal(bad.code, 1)
    assert.equal((objectOf(bad)['first'] as { entryId: string }).entryId, changed.rows[0]?.id)
    assert.match((await run(['audit', 'verify'], env)).out, /THE LOG IS NOT WHOLE/)
    await force.admin.query(`update audit.entry set reason = '' where purpose = 'take statement'`)
    assert.equal((await json('audit', 'verify'))['ok'], true)
  })

  it('prints the key of the log for its witness, made when there is none, without a database', async () => {
    const nowhere = { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/none', DAUNTLESS_DATA: join(home, 'fresh') }
    const first = objectOf(await run(['audit', 'key', '--json'], nowhere))['key']
    assert.match(String(first), /^dauntless-log\+[0-9a-f]{8}\+/)
    assert.equal((await run(['audit', 'key'], nowhere)).out, `${String(first)}\n`)
  })

  it('exports the log, logs that, and proves the copy without a database', async () => {
    const sealed = await seal()
    const done = await json('audit', 'export', '--out', 'log', '--reason', 'yearly check')
    assert.equal(done['rows'], sealed)
    assert.ok(existsSync(join(home, 'log', 'SYNTHETIC.txt')))
    const { rows } = await force.admin.query(
      `select reason, detail ->> 'what' as what from audit.entry where action = 'export' and route = 'dauntless audit export'`,
    )
    assert.deepEqual(rows, [{ reason: 'yearly check', what: 'audit log' }])
    assert.equal((await run(['audit', 'export', '--out', 'log'], env)).code, 2)

    const nowhere = { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/none' }
    const good = await run(['audit', 'verify', '--file', 'log', '--json'], nowhere)
    assert.equal(good.code, 0, good.err)
    assert.equal(objectOf(good)['keys'], 'installation')
    const entries = join(home, 'log', 'entries.ndjson')
    writeFileSync(entries, readFileSync(entries, 'utf8').replace('take statement', 'take a glance'))
    const bad = await run(['audit', 'verify', '--file', 'log', '--json'], nowhere)
    assert.equal(bad.code, 1)
    assert.match(JSON.stringify(objectOf(bad)['problems']), /does not fit its sealed hash/)
  })

  it('exports people, records and targets with a reason, marked, without the sealed, naming everybody in the log', async () => {
    await withScope(force.appPool, await force.scopeFor('supervisorAW', 'choose'), async (tx) => {
      await tx.sql`select people.open_person(${force.persons.kiran})`
      await tx.sql`insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach)
        values (${force.persons.kiran}, 'target', 'a reason long enough', '2030-01-01', '{"total": 30}', gen_random_uuid(), '{1}')`
    })
    for (const [what, rows] of [
      ['people', 4],
      ['incidents', 3],
      ['targets', 1],
    ] as const) {
      const done = await json('export', what, '--out', `${what}.csv`, '--reason', '=court order 7')
      assert.equal(done['rows'], rows, what)
      const lines = readFileSync(join(home, `${what}.csv`), 'utf8')
        .trimEnd()
        .split('\r\n')
      assert.equal(lines.length, rows + 1)
      assert.match(lines[0] ?? '', /^marking,(person|record),/)
      assert.ok(
        lines.slice(1).every((line) => line.startsWith('SYNTHETIC')),
        what,
      )
      assert.doesNotMatch(lines.join(), /Hidden|0000004\/26/)
      const entry = await force.admin.query<{ subjects: string[]; reason: string; operator: string }>(
        `select subjects, reason, detail ->> 'operator' as operator from audit.entry where action = 'export' and detail ->> 'what' = $1`,
        [what],
      )
      const named = entry.rows.flatMap(({ subjects }) => subjects)
      assert.equal(entry.rows[0]?.reason, '=court order 7')
      assert.ok((entry.rows[0]?.operator.length ?? 0) > 0)
      assert.ok(named.includes(force.persons.kiran), what)
      assert.ok(!named.includes(force.persons.officer), what)
    }
    assert.ok(!readdirSync(home).some((name) => name.endsWith('.partial')))
    assert.equal((await run(['export', 'people', '--out', 'people.csv', '--reason', 'a second time'], env)).code, 2)
  })

  it('hands linkage over with a reason, marked, and reads settings back', async () => {
    const args = ['link', 'export-splink', 'handed', '--dialect', 'spark'] as const
    assert.match((await run(args, env)).err, /--reason is needed/)
    const done = await json(...args, '--reason', 'a larger machine')
    assert.ok(Number(done['mentions']) > 0)
    for (const file of ['settings.json', 'mentions.csv', 'sidecar.json', 'SYNTHETIC.txt'])
      assert.ok(existsSync(join(home, 'handed', file)), file)
    assert.doesNotMatch(readFileSync(join(home, 'handed', 'mentions.csv'), 'utf8'), /hidden/i)
    const read = await json('link', 'import-splink', 'handed/settings.json', '--out', 'model.json')
    const settings = JSON.parse(readFileSync(join(home, 'handed', 'settings.json'), 'utf8')) as Record<
      string,
      unknown[]
    >
    assert.equal(read['rules'], settings['blocking_rules_to_generate_predictions']?.length)
    // a model read from settings, and mentions of one's own: no database is asked
    const away = { ...env, DATABASE_URL: 'postgres://nobody@localhost:1/nothing' }
    const again = await run(['link', 'export-splink', 'again', '--dialect', 'duckdb', '--model', 'model.json', '--mentions', 'handed/mentions.csv', '--json'], away) // prettier-ignore
    assert.equal(again.code, 0, again.err)
    assert.equal(objectOf(again)['mentions'], done['mentions'])
    writeFileSync(
      join(home, 'odd.json'),
      '{"link_type": "dedupe_only", "comparisons": [{"output_column_name": "x", "comparison_levels": []}]}',
    )
    const odd = await run(['link', 'import-splink', 'odd.json'], env)
    assert.equal(odd.code, 1)
    assert.match(odd.err, /comparison "x"/)
    assert.equal((await run(['link', 'export-splink', 'third', '--dialect', 'oracle'], env)).code, 2)
  })

  it('backs up at one moment and comes back with every row and a whole log', async () => {
    const sealed = await seal()
    const kept = await json('backup', '--out', 'kept')
    assert.ok(existsSync(join(home, 'kept', 'SYNTHETIC.txt')))
    const into = {
      ...env,
      DATABASE_URL: empty.adminUrl,
      DAUNTLESS_DATA: await dataFolder(home, 'restored', empty.adminUrl),
    }
    const damaged = join(home, 'kept', 'tables', 'people.person.copy.gz')
    const whole = readFileSync(damaged)
    appendFileSync(damaged, 'x')
    const refused = await run(['restore', '--from', 'kept'], into)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /people\.person\.copy\.gz is not as it was written/)
    writeFileSync(damaged, whole)

    const back = await run(['restore', '--from', 'kept', '--json'], into)
    assert.equal(back.code, 0, back.err)
    const said = objectOf(back)
    assert.equal(said['rows'], kept['rows'])
    assert.deepEqual(said['log'], { ok: true, rows: sealed, first: null })
    const client = new pg.Client(empty.adminUrl)
    await client.connect()
    try {
      for (const table of [
        'people.person',
        'people.mention',
        'incidents.incident',
        'audit.leaf',
        'organisation.posting',
        'access.context_key',
      ]) {
        const sql = `select coalesce(jsonb_agg(t order by t::text), '[]')::text as rows from ${table} t`
        const [was, is] = [await force.admin.query(sql), await client.query(sql)]
        assert.deepEqual(is.rows, was.rows, table)
      }
      const open = await client.query(`select from auth.session where closed_at is null and user_agent <> 'worker'`)
      assert.equal(open.rowCount, 0)
    } finally {
      await client.end()
    }
    const again = await run(['restore', '--from', 'kept'], into)
    assert.equal(again.code, 1)
    assert.match(again.err, /holds something already/)
    rmSync(join(home, 'kept', 'manifest.json'))
    assert.match((await run(['restore', '--from', 'kept'], into)).err, /cut short/)
  })

  it('moves the transaction counter past the restored log, so that it can be sealed on', async () => {
    const current = async (): Promise<bigint> => {
      const { rows } = await force.admin.query<{ x: string }>(
        'select pg_snapshot_xmax(pg_current_snapshot())::text as x',
      )
      return BigInt(rows[0]?.x ?? 0)
    }
    const wanted = (await current()) + 3000n
    await moveCounter(force.admin, String(wanted), () => undefined)
    assert.ok((await current()) > wanted)
    await assert.rejects(
      moveCounter(force.admin, String(wanted + 90_000_000n), () => undefined),
      /pg_resetwal/,
    )
  })

  // last: it makes other people of the mentions
  it('links, trains a draft, and explains a pair to whoever asks by its ids', async () => {
    const { rows } = await force.admin.query<{ id: string }>(
      'select id from people.mention where superseded_at is null order by mention_ref limit 4',
    )
    const ids = rows.map(({ id }) => id)
    const first = await json('link')
    assert.deepEqual((await json('link', 'run'))['persons'], first['persons'])
    assert.equal((await json('link', 'train'))['version'], 2)
    const { rows: models } = await force.admin.query('select version, status from linkage.model order by version')
    assert.deepEqual(models, [{ version: 1, status: 'published' }, { version: 2, status: 'draft' }]) // prettier-ignore
    const told = await run(['link', 'explain', ids[0] ?? '', ids[3] ?? ''], env)
    assert.equal(told.code, 0, told.err)
    assert.match(told.out, /date of birth +same date of birth/)
    assert.ok(!/Example|Sample/.test(told.out), 'no value of either')
    for (const [args, code] of [
      [['link', 'explain', 'x', 'y'], 2],
      [['link', 'explain', ids[0] ?? ''], 2],
      [['link', 'explain', ids[0] ?? '', ids[0] ?? ''], 1],
      [['link', 'nonsense'], 2],
    ] as const)
      assert.equal((await run(args, env)).code, code, args.join(' '))
  })
})

describe('setting up a real force', () => {
  let home: string
  let database: FreshDatabase
  let env: Record<string, string>
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'commands-'))
    database = await freshDatabase()
    const folder = await dataFolder(home, 'data', database.adminUrl)
    env = { DATABASE_URL: database.adminUrl, DAUNTLESS_DATA: folder, INIT_CWD: home, PORT: '39471', OIDC_ISSUER: '' }
  })
  after(async () => {
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })
  const INIT = ['init', '--name', 'Riverside Police', '--admin-issuer', 'https://signin.example', '--admin-subject', 'a-1', '--admin-name', 'First Admin', '--json'] // prettier-ignore

  it('makes the structure and one administrator, once, in an empty database', async () => {
    const wrong = await run(
      INIT.map((word) => word.replace('https://', 'ftp://')),
      env,
    )
    assert.equal(wrong.code, 2)
    const done = await run(INIT, env)
    assert.equal(done.code, 0, done.err)
    const { force, administrator } = objectOf(done)
    assert.equal(force, 'riverside-police')
    const client = new pg.Client(database.adminUrl)
    await client.connect()
    try {
      const found = await client.query(
        `select synthetic, (select count(*)::integer from organisation.borough) as boroughs, organisation.roles_of($1) as roles,
           (select count(*)::integer from auth.account where demo) as demo,
           (select count(*)::integer from audit.entry where detail ->> 'what' = 'init') as logged from organisation.force`,
        [administrator],
      )
      assert.deepEqual(found.rows, [{ synthetic: false, boroughs: 32, roles: ['administrator'], demo: 0, logged: 1 }])
    } finally {
      await client.end()
    }
    const twice = await run(INIT, env)
    assert.equal(twice.code, 1)
    assert.match(twice.err, /holds something already/)
    assert.equal((await run(['demo', '--scale', '0.001'], env)).code, 1)
  })

  it('and then the demonstration sign-in refuses to start', async () => {
    const served = await run(['serve'], env, 'src/main.ts')
    assert.equal(served.code, 1)
    assert.match(served.err, /^dauntless: this force is real: name its sign-in service by OIDC_ISSUER/m)
    assert.doesNotMatch(served.out, /ready:/)
  })
})
