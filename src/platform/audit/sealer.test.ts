import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isCosignedBy, isSignedBy, openSigner, readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { closeWitness, openLog, openTestWitness, sealTo, writeEntry } from './log.fixture.ts'
import type { TestLog } from './log.fixture.ts'
import { emptyFrontier, frontierRoot, treeRoot } from './merkle.ts'
import { cosign, cosignNewest, emptyMemory, runSealer, sealOnce } from './sealer.ts'
import { verifyLive } from './verify.ts'

describe('the sealer', () => {
  let log: TestLog
  before(async () => {
    log = await openLog()
  })
  after(() => log.close())
  beforeEach(() => log.pool.query('truncate audit.entry, audit.leaf, audit.checkpoint'))

  const sealedReasons = async (): Promise<string[]> => {
    const { rows } = await log.pool.query<{ reason: string }>(
      'select reason from audit.leaf join audit.entry on id = entry_id order by seq',
    )
    return rows.map((row) => row.reason)
  }

  it('seals nothing and signs nothing while there is nothing', async () => {
    assert.deepEqual(await sealOnce(log.pool, log.signer), { sealed: 0, size: 0 })
    assert.equal((await log.pool.query('select from audit.checkpoint')).rowCount, 0)
  })

  it('signs the root over all rows and goes on from there', async () => {
    const memory = emptyMemory()
    for (const [round, size] of [3, 5].entries()) {
      while ((await log.pool.query('select from audit.entry')).rowCount !== size)
        await writeEntry(log.pool, `round ${round}`)
      await sealTo(log, size, memory)
    }
    const leaves = await log.pool.query<{ hash: Buffer }>('select hash from audit.leaf order by seq')
    const notes = await log.pool.query<{ note: string }>('select note from audit.checkpoint order by size')
    const hashes = leaves.rows.map((row) => row.hash)
    assert.deepEqual(
      notes.rows.map((row) => readCheckpoint(row.note)?.root),
      [treeRoot(hashes.slice(0, 3)), treeRoot(hashes)],
    )
    assert.ok(notes.rows.every((row) => isSignedBy(row.note, log.signer.key)))
  })

  it('does not skip a row whose transaction began earlier and commits later', async () => {
    const [early, late] = [await log.pool.connect(), await log.pool.connect()]
    try {
      await early.query('begin')
      await writeEntry(early, 'began first')
      await late.query('begin')
      await writeEntry(late, 'began second')
      await late.query('commit')
      assert.equal((await sealOnce(log.pool, log.signer)).sealed, 0, 'the first still holds the horizon')
      await early.query('commit')
      await sealTo(log, 2, emptyMemory())
      assert.deepEqual(await sealedReasons(), ['began first', 'began second'])
    } finally {
      early.release()
      late.release()
    }
  })

  it('seals what is before an open transaction, and that transaction afterwards', async () => {
    const open = await log.pool.connect()
    try {
      await writeEntry(log.pool, 'before')
      await open.query('begin')
      await writeEntry(open, 'open')
      await writeEntry(log.pool, 'after')
      const memory = emptyMemory()
      await sealTo(log, 1, memory)
      assert.deepEqual(await sealedReasons(), ['before'])
      await open.query('commit')
      await sealTo(log, 3, memory)
      assert.deepEqual(await sealedReasons(), ['before', 'open', 'after'])
    } finally {
      open.release()
    }
  })

  it('seals every row once when several seal at the same time while others write', async () => {
    const writing = (async () => {
      for (let row = 0; row < 40; row += 1) await writeEntry(log.pool, `row ${row}`)
    })()
    const sealing = [1, 2].map(async () => {
      for (let round = 0; round < 12; round += 1) await sealOnce(log.pool, log.signer, { limit: 7 })
    })
    await Promise.all([writing, ...sealing])
    await sealTo(log, 40, emptyMemory())
    assert.equal(new Set(await sealedReasons()).size, 40)
    const verdict = await verifyLive(log.pool, { log: log.signer.key })
    assert.deepEqual(verdict.problems, [])
    assert.equal(verdict.rows, 40)
  })

  it('leaves all as it was when a round breaks before its end', async () => {
    await writeEntry(log.pool, 'one')
    const memory = emptyMemory()
    const broken = { ...log.signer, privateKey: {} as typeof log.signer.privateKey }
    await assert.rejects(async () => {
      while ((await sealOnce(log.pool, broken, { memory })).sealed === 0);
    })
    assert.equal((await log.pool.query('select from audit.leaf')).rowCount, 0)
    await sealTo(log, 1, memory)
  })

  it('does not go on with another key than the one that signed before, and leaves all as it was', async () => {
    await writeEntry(log.pool, 'under the first key')
    await sealTo(log, 1, emptyMemory())
    await writeEntry(log.pool, 'under the second key')
    const second = openSigner(join(log.folder, 'second.secret'), log.signer.name, 'log')
    await assert.rejects(sealOnce(log.pool, second), { code: 'audit.other_key' })
    assert.deepEqual(await sealedReasons(), ['under the first key'])
    await sealTo(log, 2, emptyMemory())
  })

  it('stops when the log is set back, its hashes changed, or the transaction counter fell behind', async () => {
    const memory = emptyMemory()
    for (const size of [1, 2, 3]) {
      await writeEntry(log.pool, `row ${size}`)
      await sealTo(log, size, memory)
    }
    const attacks: readonly [string, string, string][] = [
      ['delete from audit.leaf where seq = 2', 'audit.leaf_count', 'insert'],
      ['update audit.leaf set hash = sha256(hash) where seq = 1', 'audit.root_differs', 'fresh'],
      [`update audit.entry set xact = '9000000000' where reason = 'row 3'`, 'audit.counter_went_back', 'fresh'],
      [`delete from audit.entry where reason = 'row 3'`, 'audit.entry_missing', 'fresh'],
    ]
    await log.pool.query('create table kept_leaf as table audit.leaf; create table kept_entry as table audit.entry')
    for (const [attack, code] of attacks) {
      await log.pool.query(attack)
      await assert.rejects(sealOnce(log.pool, log.signer), { code })
      await log.pool.query(`truncate audit.leaf, audit.entry; insert into audit.leaf table kept_leaf;
        insert into audit.entry table kept_entry`)
    }
    await log.pool.query('delete from audit.leaf where seq = 2; delete from audit.checkpoint where size = 3')
    await assert.rejects(sealOnce(log.pool, log.signer, { memory }), { code: 'audit.rolled_back' })
  })
})

describe('the witness', () => {
  let log: TestLog
  before(async () => {
    log = await openLog()
  })
  after(() => log.close())
  beforeEach(() => log.pool.query('truncate audit.entry, audit.leaf, audit.checkpoint'))

  it('cosigns each newest checkpoint, also when it was away for some and when the sealer starts anew', async () => {
    const witness = await openTestWitness(log)
    try {
      let memory = emptyMemory()
      for (const size of [1, 2, 5, 6, 11, 20]) {
        while ((await log.pool.query('select from audit.entry')).rowCount !== size) await writeEntry(log.pool, 'row')
        await sealTo(log, size, memory)
        if (size !== 2 && size !== 6) assert.equal(await cosignNewest(log.pool, witness, memory), size)
        if (size === 5) memory = emptyMemory()
      }
      const stored = await log.pool.query<{ size: string; note: string; cosignature: string | null }>(
        'select size, note, cosignature from audit.checkpoint order by size',
      )
      const signed = stored.rows.filter((row) => isCosignedBy(row.note, row.cosignature ?? '', witness.key))
      assert.deepEqual(
        signed.map((row) => Number(row.size)),
        [1, 5, 11, 20],
      )
      const last = await (await fetch(`${witness.url}/checkpoint`)).text()
      assert.equal(readCheckpoint(last)?.size, 20)
    } finally {
      await closeWitness(witness.server)
    }
  })

  it('answers again when its first answer was lost', async () => {
    const witness = await openTestWitness(log)
    try {
      const memory = emptyMemory()
      await writeEntry(log.pool, 'row')
      await sealTo(log, 1, memory)
      assert.equal(await cosignNewest(log.pool, witness, memory), 1)
      await log.pool.query('update audit.checkpoint set cosignature = null')
      assert.equal(await cosignNewest(log.pool, witness), 1)
    } finally {
      await closeWitness(witness.server)
    }
  })

  it('refuses a second root, a smaller log, a false proof, another key and another log', async () => {
    const witness = await openTestWitness(log)
    try {
      const signed = (size: number, root: Buffer, signer = log.signer): string =>
        signCheckpoint({ origin: log.signer.name, size, root, signedAt: '2026-11-24T02:00:00.000Z' }, signer)
      const first = frontierRoot({ ...emptyFrontier(), peaks: [Buffer.alloc(32, 1)] })
      assert.ok('cosignature' in (await cosign(witness.url, signed(8, first), 0, [])))
      const refused = { code: 'audit.witness_refused' }
      await assert.rejects(cosign(witness.url, signed(8, Buffer.alloc(32, 2)), 8, []), refused)
      await assert.rejects(cosign(witness.url, signed(7, first), 8, []), refused)
      await assert.rejects(cosign(witness.url, signed(9, Buffer.alloc(32, 2)), 8, [Buffer.alloc(32, 3)]), refused)
      await assert.rejects(cosign(witness.url, `${signed(9, first)}x`, 8, []), refused)
      await assert.rejects(cosign(witness.url, signed(9, first).replace('test.log', 'other.log'), 8, []), refused)
      assert.deepEqual(await cosign(witness.url, signed(7, first), 7, []), { remembers: 8 })
      assert.deepEqual(await cosign(witness.url, signed(9, first), 0, []), { remembers: 8 })
      assert.equal(readCheckpoint(witness.book.last() ?? '')?.root.equals(first), true)
    } finally {
      await closeWitness(witness.server)
    }
  })

  it('says in one line what its folder lacks', async () => {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'witness.ts'),
      '--dir',
      mkdtempSync(join(log.folder, 'bare-')),
      '--port',
      '0',
    ])
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 1)
    assert.equal(said, 'witness: put the public key line of the log into log.key in the witness folder\n')
  })

  it('runs as a process of its own and remembers over a restart; the running sealer stops when it refuses', async () => {
    const folder = mkdtempSync(join(log.folder, 'process-'))
    writeFileSync(join(folder, 'log.key'), `${log.signer.key}\n`)
    const start = async () => {
      const script = join(import.meta.dirname, 'witness.ts')
      const child = spawn(process.execPath, [script, '--dir', folder, '--port', '0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const [, key, place] = /^witness (\S+) listens on (\S+)\n$/u.exec(line.toString()) ?? []
      return { child, witness: { url: `http://${place}`, key: key ?? '' } }
    }
    const stop = async (child: Awaited<ReturnType<typeof start>>['child']) => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    const first = await start()
    try {
      const end = new AbortController()
      const running = runSealer(log.pool, log.signer, { everyMs: 20, signal: end.signal, witness: first.witness })
      await writeEntry(log.pool, 'one')
      await writeEntry(log.pool, 'two')
      const until = Date.now() + 5_000
      const cosigned = 'select from audit.checkpoint where cosignature is not null and size = 2'
      while ((await log.pool.query(cosigned)).rowCount === 0 && Date.now() < until) await delay(10)
      end.abort()
      await running
      assert.equal((await log.pool.query(cosigned)).rowCount, 1)
    } finally {
      await stop(first.child)
    }
    const second = await start()
    try {
      assert.equal(second.witness.key, first.witness.key)
      // The whole database set back to nothing, and a new history begun.
      await log.pool.query('truncate audit.entry, audit.leaf, audit.checkpoint')
      for (const reason of ['three', 'four', 'five']) await writeEntry(log.pool, reason)
      const signal = AbortSignal.timeout(5_000)
      await assert.rejects(runSealer(log.pool, log.signer, { everyMs: 20, signal, witness: second.witness }), {
        code: 'audit.witness_refused',
      })
    } finally {
      await stop(second.child)
    }
  })

  it('is waited for when it is away, and sealing goes on meanwhile', async () => {
    await writeEntry(log.pool, 'row')
    const end = new AbortController()
    const faults: unknown[] = []
    const sealed = async (): Promise<boolean> => (await log.pool.query('select from audit.leaf')).rowCount === 1
    const until = Date.now() + 5_000
    const witness = { url: 'http://127.0.0.1:1', key: log.signer.key }
    const onFault = (fault: unknown): void => void faults.push((fault as { code: string }).code)
    const running = runSealer(log.pool, log.signer, { everyMs: 10, signal: end.signal, witness, onFault })
    while (!((await sealed()) && faults.length > 1) && Date.now() < until) await delay(10)
    end.abort()
    await running
    assert.ok(await sealed())
    assert.deepEqual([...new Set(faults)], ['audit.witness_unreachable'])
  })
})
