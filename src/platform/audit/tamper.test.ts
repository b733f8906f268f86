import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { canonicalEntry, entryFromRow, entryHash, entrySelect, leafHash } from './canonical.ts'
import { createSigner, readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { closeWitness, openLog, openTestWitness, sealTo, writeEntry } from './log.fixture.ts'
import type { TestLog } from './log.fixture.ts'
import { treeRoot } from './merkle.ts'
import { cosignNewest, emptyMemory } from './sealer.ts'
import { exportLog, verifyExport, verifyLive } from './verify.ts'
import type { Problem, TrustedKeys } from './verify.ts'

// Twenty rows in four sealed rounds of five; leaves are counted from 0.
const rounds = [5, 10, 15, 20]
const thief = createSigner('test.log', 'log', generateKeyPairSync('ed25519').privateKey)

describe('tampering with the audit log as the database superuser', () => {
  let log: TestLog
  let keys: TrustedKeys
  let ids: string[]
  let exported: string

  before(async () => {
    log = await openLog()
    const witness = await openTestWitness(log)
    try {
      const memory = emptyMemory()
      for (const size of rounds) {
        for (let row = size - 5; row < size; row += 1)
          await writeEntry(log.pool, `reason ${row}`, '{"b": 1.0, "a": "x"}')
        await sealTo(log, size, memory)
        await cosignNewest(log.pool, witness, memory)
      }
      keys = { log: log.signer.key, witness: witness.key, remembered: witness.book.last() ?? '' }
    } finally {
      await closeWitness(witness.server)
    }
    const { rows } = await log.pool.query<{ id: string }>('select entry_id as id from audit.leaf order by seq')
    ids = rows.map((row) => row.id)
    exported = join(log.folder, 'export')
    assert.equal(await exportLog(log.pool, exported, keys), 20)
    await log.pool.query(`create schema kept; create table kept.entry as table audit.entry;
      create table kept.leaf as table audit.leaf; create table kept.checkpoint as table audit.checkpoint`)
  })
  after(() => log.close())

  const restore = () =>
    log.pool.query(`truncate audit.entry, audit.leaf, audit.checkpoint; insert into audit.entry table kept.entry;
      insert into audit.leaf table kept.leaf; insert into audit.checkpoint table kept.checkpoint`)

  it('is not claimed of an untouched log, live or exported, in any session setting', async () => {
    for (const verdict of [
      await verifyLive(log.pool, keys),
      await verifyExport(exported, keys),
      await verifyExport(exported),
    ]) {
      assert.deepEqual(
        { ...verdict },
        { ok: true, rows: 20, checkpoints: 4, cosigned: 20, waiting: 0, problems: [], first: null },
      )
    }
    const zoned = await log.pool.connect()
    try {
      await zoned.query(`set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL, DMY'; set bytea_output = 'escape'`)
      const query = {
        text: `select ${entrySelect} from audit.entry e where id = '${ids[3]}'`,
        rowMode: 'array' as const,
      }
      const read = async (from: { query: typeof zoned.query }) =>
        entryFromRow((await from.query<unknown[]>(query)).rows[0] ?? [])
      const [here, there] = [await read(log.pool), await read(zoned)]
      assert.equal(canonicalEntry(there), canonicalEntry(here))
      assert.match(canonicalEntry(here), /"detail":\{"a":"x","b":1\.0\}/)
    } finally {
      zoned.release(true)
    }
  })

  // `seq` is the first leaf that can be blamed; null where the row has no place in the tree.
  type Attack = readonly [
    name: string,
    sql: () => string | Promise<string>,
    wrong: RegExp,
    seq: number | null,
    id?: () => string,
  ]
  const entry = (seq: number): string => `(select entry_id from audit.leaf where seq = ${seq})`
  const copyOf = (seq: number): string =>
    `insert into audit.entry select (jsonb_populate_record(e, '{"id": "00000000-0000-4000-8000-000000000000"}')).*
     from audit.entry e where id = ${entry(seq)}`
  const rewriteFrom = async (signer: typeof thief): Promise<string> => {
    // A patient attacker: changes a row, its leaf, every later root, and signs it all again.
    await log.pool.query(`update audit.entry set reason = 'rewritten' where id = ${entry(2)}`)
    const changed = await log.pool.query<unknown[]>({
      text: `select ${entrySelect} from audit.entry e where id = ${entry(2)}`,
      rowMode: 'array',
    })
    const leaf = entryHash(entryFromRow(changed.rows[0] ?? []))
    await log.pool.query('update audit.leaf set hash = $1 where seq = 2', [leaf])
    const leaves = (await log.pool.query<{ hash: Buffer }>('select hash from audit.leaf order by seq')).rows
    const old = await log.pool.query<{ size: string; note: string }>('select size, note from audit.checkpoint')
    for (const { size, note } of old.rows) {
      const root = treeRoot(leaves.slice(0, Number(size)).map((row) => row.hash))
      const checkpoint = readCheckpoint(note)
      assert.ok(checkpoint)
      const again = signCheckpoint({ ...checkpoint, root }, signer)
      await log.pool.query('update audit.checkpoint set root = $2, note = $3 where size = $1', [size, root, again])
    }
    return 'select 1'
  }
  const renumber = (...seqs: number[]): string =>
    `update audit.leaf set seq = -1 - seq where seq in (${seqs.join(',')});
     update audit.leaf set seq = ${seqs.reduce((a, b) => a + b)} + 1 + seq where seq < 0`

  const attacks: readonly Attack[] = [
    [
      'a field changed',
      () => `update audit.entry set reason = 'x' where id = ${entry(7)}`,
      /does not fit/,
      7,
      () => ids[7] ?? '',
    ],
    [
      'a time moved by a microsecond',
      () => `update audit.entry set at = at + interval '1 us' where id = ${entry(7)}`,
      /does not fit/,
      7,
    ],
    [
      'a detail given another digit',
      () => `update audit.entry set detail = '{"a": "x", "b": 1.00}' where id = ${entry(0)}`,
      /does not fit/,
      0,
    ],
    [
      'a row deleted',
      () => `delete from audit.entry where id = ${entry(8)}`,
      /has been deleted/,
      8,
      () => ids[8] ?? '',
    ],
    [
      'a row deleted with its leaf',
      () => `delete from audit.entry where id = ${entry(8)}; delete from audit.leaf where seq = 8`,
      /rows are missing/,
      8,
    ],
    [
      'a row deleted with its leaf and the rest closed up',
      () => `delete from audit.entry where id = ${entry(8)}; delete from audit.leaf where seq = 8;
        update audit.leaf set seq = -seq where seq > 8; update audit.leaf set seq = -seq - 1 where seq < 0`,
      /do not give the root/,
      5,
    ],
    [
      'a row put in with an old date',
      () => `insert into audit.entry (xact, at, actor, action, purpose)
        select xact, at, actor, 'consult', 'investigate' from audit.entry where id = ${entry(4)}`,
      /behind the seal/,
      null,
    ],
    [
      'a row put in with an old date, and sealed as if it were new',
      async () => {
        await log.pool.query(
          `insert into audit.entry (at, actor, action, purpose) values (now() - interval '1 day', gen_random_uuid(), 'consult', 'x')`,
        )
        await sealTo(log, 21, emptyMemory())
        return 'select 1'
      },
      /put in with an old date/,
      20,
    ],
    [
      'a row put in with a date to come',
      async () => {
        await log.pool.query(
          `insert into audit.entry (at, actor, action, purpose) values (now() + interval '1 day', gen_random_uuid(), 'consult', 'x')`,
        )
        await sealTo(log, 21, emptyMemory())
        return 'select 1'
      },
      /dated after it was sealed/,
      20,
    ],
    [
      'the clock set back',
      async () => {
        await writeEntry(log.pool, 'row')
        await sealTo(log, 21, emptyMemory(), () => new Date(Date.now() - 3_600_000))
        return 'select 1'
      },
      /dated before the one before/,
      20,
    ],
    ['two leaves in each other\u2019s place', () => renumber(3, 11), /out of order/, 4],
    [
      'the tail cut off, checkpoints left',
      () =>
        `delete from audit.entry where id in (select entry_id from audit.leaf where seq > 16); delete from audit.leaf where seq > 16`,
      /cut off/,
      17,
    ],
    [
      'the contents of two rows swapped',
      () => `update audit.entry a set subjects = b.subjects from audit.entry b
        where (a.id, b.id) in ((${entry(12)}, ${entry(13)}), (${entry(13)}, ${entry(12)}))`,
      /does not fit/,
      12,
    ],
    ['the table swapped for an empty one', () => 'delete from audit.entry', /has been deleted/, 0],
    [
      'a leaf hash altered',
      () => `update audit.leaf set hash = sha256(hash) where seq = 6`,
      /does not fit/,
      6,
      () => ids[6] ?? '',
    ],
    [
      'the root of a checkpoint altered',
      () => 'update audit.checkpoint set root = sha256(root) where size = 10',
      /differs from what was signed/,
      9,
    ],
    [
      'the time of a checkpoint altered',
      () => `update audit.checkpoint set signed_at = signed_at + interval '1 us' where size = 10`,
      /differs from what was signed/,
      9,
    ],
    [
      'the text of a checkpoint altered',
      () => `update audit.checkpoint set note = replace(note, 'time 2', 'time 1') where size = 10`,
      /not signed by the key/,
      9,
    ],
    [
      'the signature forged',
      () => `update audit.checkpoint set note = regexp_replace(note, '.{4}=?=?\n$', 'AAA=' || chr(10)) where size = 15`,
      /not signed by the key/,
      14,
    ],
    [
      'the cosignature taken from another checkpoint',
      () =>
        `update audit.checkpoint set cosignature = (select cosignature from audit.checkpoint where size = 5) where size = 20`,
      /not of the witness/,
      19,
    ],
    [
      'every cosignature removed',
      () => 'update audit.checkpoint set cosignature = null',
      /no checkpoint carries/,
      null,
    ],
    ['all signed again with another key', () => rewriteFrom(thief), /not signed by the key/, 4],
    ['all signed again with the stolen key', () => rewriteFrom(log.signer), /not of the witness/, 4],
    [
      'the whole log set back to an older state',
      () => `delete from audit.entry where id in (select entry_id from audit.leaf where seq > 9);
        delete from audit.leaf where seq > 9; delete from audit.checkpoint where size > 10`,
      /the witness remembers/,
      10,
    ],
    ['a row there twice', () => copyOf(5), /behind the seal/, null, () => '00000000-0000-4000-8000-000000000000'],
    [
      'a column added that the seal does not cover',
      () => `alter table audit.entry add column note text`,
      /column note is not covered/,
      null,
    ],
  ]

  for (const [name, attack, wrong, seq, id] of attacks) {
    it(`is found in the database: ${name}`, async () => {
      try {
        await log.pool.query(await attack())
        const verdict = await verifyLive(log.pool, keys)
        const first: Problem | undefined = verdict.problems.find((problem) => wrong.test(problem.wrong))
        assert.ok(first, JSON.stringify(verdict.problems))
        assert.equal(verdict.ok, false)
        assert.equal(first.seq, seq)
        assert.ok(seq === null || (verdict.first?.seq ?? 0) <= seq)
        if (id !== undefined) assert.equal(first.entryId, id())
      } finally {
        await log.pool.query('alter table audit.entry drop column if exists note')
        await restore()
      }
    })
  }

  type Lines = string[]
  const withLine = (lines: Lines, at: number, change: (line: string) => string): Lines =>
    lines.with(at, change(lines[at] ?? ''))
  const rehash = (line: string): string => {
    const text = /"entry":(.+)\}$/u.exec(line)?.[1] ?? ''
    return line.replace(/"hash":"[0-9a-f]+"/u, `"hash":"${leafHash(text).toString('hex')}"`)
  }
  const editNote = (line: string, edit: (note: string) => string): string => {
    const state = JSON.parse(line) as { note: string }
    return JSON.stringify({ ...state, note: edit(state.note) })
  }
  type Edit = readonly [string, (rows: Lines, states: Lines) => readonly [Lines, Lines], RegExp, number | null]
  const edits: readonly Edit[] = [
    ['a field changed', (r, s) => [withLine(r, 7, (l) => l.replace('"met"', '"MET"')), s], /does not fit/, 7],
    [
      'a field and its hash changed',
      (r, s) => [withLine(r, 7, (l) => rehash(l.replace('"met"', '"MET"'))), s],
      /do not give the root/,
      5,
    ],
    [
      'a name of a row changed',
      (r, s) => [
        withLine(r, 7, (l) => l.replace(/"entry_id":"(.)/u, (_, c) => `"entry_id":"${c === '0' ? '1' : '0'}`)),
        s,
      ],
      /does not fit/,
      7,
    ],
    ['a space put in', (r, s) => [withLine(r, 7, (l) => l.replace('"v":1', '"v": 1')), s], /does not fit/, 7],
    ['a row deleted', (r, s) => [r.toSpliced(8, 1), s], /rows are missing/, 8],
    ['a row put in', (r, s) => [r.toSpliced(4, 0, r[3] ?? ''), s], /there twice/, 3],
    ['two rows in each other\u2019s place', (r, s) => [r.with(3, r[11] ?? '').with(11, r[3] ?? ''), s], /missing/, 3],
    ['the tail cut off', (r, s) => [r.slice(0, 17), s], /cut off/, 17],
    [
      'a leaf hash altered',
      (r, s) => [withLine(r, 6, (l) => l.replace(/"hash":"..../u, '"hash":"0000')), s],
      /does not fit/,
      6,
    ],
    [
      'a checkpoint altered',
      (r, s) => [r, withLine(s, 1, (l) => l.replace(/"root":"..../u, '"root":"AAAA'))],
      /differs from what/,
      9,
    ],
    [
      'the signature forged',
      (r, s) => [r, withLine(s, 2, (l) => editNote(l, (n) => n.replace(/.{6}\n$/u, 'AAAAAA\n')))],
      /not signed/,
      14,
    ],
    ['the last checkpoint removed', (r, s) => [r, s.slice(0, 3)], /rows without a checkpoint/, 15],
    ['an older state put in its place', (r, s) => [r.slice(0, 10), s.slice(0, 2)], /the witness remembers/, 10],
    ['a line that is no row', (r, s) => [withLine(r, 5, () => '{}'), s], /cannot be read/, null],
  ]
  for (const [name, edit, wrong, seq] of edits) {
    it(`is found in an export: ${name}`, async () => {
      const folder = mkdtempSync(join(log.folder, 'edited-'))
      cpSync(exported, folder, { recursive: true })
      const read = (file: string): Lines => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
      const [rows, states] = edit(read('entries.ndjson'), read('checkpoints.ndjson'))
      writeFileSync(join(folder, 'entries.ndjson'), `${rows.join('\n')}\n`)
      writeFileSync(join(folder, 'checkpoints.ndjson'), `${states.join('\n')}\n`)
      const verdict = await verifyExport(folder, keys)
      const first = verdict.problems.find((problem) => wrong.test(problem.wrong))
      assert.ok(first, JSON.stringify(verdict.problems))
      assert.equal(first.seq, seq)
    })
  }

  it('is found in an export signed again with another key, which its own keys would let pass', async () => {
    const folder = join(log.folder, 'resigned')
    try {
      await rewriteFrom(thief)
      await exportLog(log.pool, folder, { log: thief.key })
      assert.equal((await verifyExport(folder)).ok, true)
      const verdict = await verifyExport(folder, keys)
      assert.match(verdict.first?.wrong ?? '', /keys of the export are not the trusted ones/)
      assert.ok(verdict.problems.some((problem) => /not signed by the key of the log/.test(problem.wrong)))
    } finally {
      await restore()
    }
  })

  it('is found in an export of a log that a row was put into with an old date', async () => {
    const folder = join(log.folder, 'backdated')
    try {
      await log.pool.query(
        `insert into audit.entry (at, actor, action, purpose) values (now() - interval '1 day', gen_random_uuid(), 'consult', 'x')`,
      )
      await sealTo(log, 21, emptyMemory())
      await exportLog(log.pool, folder, keys)
      const verdict = await verifyExport(folder, keys)
      assert.match(verdict.first?.wrong ?? '', /put in with an old date/)
      assert.equal(verdict.first?.seq, 20)
    } finally {
      await restore()
    }
  })

  it('is found by the sealer and the witness when the log is set back', async () => {
    const witness = await openTestWitness(log)
    try {
      const memory = emptyMemory()
      await log.pool.query('update audit.checkpoint set cosignature = null')
      assert.equal(await cosignNewest(log.pool, witness, memory), 20)
      await log.pool.query(`delete from audit.entry where id in (select entry_id from audit.leaf where seq > 9);
        delete from audit.leaf where seq > 9; delete from audit.checkpoint where size > 10;
        update audit.checkpoint set cosignature = null`)
      await assert.rejects(cosignNewest(log.pool, witness), { code: 'audit.witness_refused' })
    } finally {
      await closeWitness(witness.server)
      await restore()
    }
  })
})
