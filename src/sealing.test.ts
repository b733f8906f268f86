import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { after, before, describe, it } from 'node:test'
import { openSigner, openWitness, serveWitness } from '#platform/audit'
import { withScope } from '#platform/db'
import { installationOn } from '#test/demo-template'
import { world, type World } from '#test/world'
import { verifyInstallation } from './commands/audit.ts'
import { logSigner, startSealing, trustedKeys } from './sealing.ts'
import type { Installation } from './setup.ts'

describe('a log with its witness elsewhere', () => {
  let force: World
  let folder: string
  let installation: Installation
  let witness: { key: string; close(): Promise<void>; url: string }
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'sealing-'))
    installation = await installationOn(force.adminUrl, folder)
    // the key of the log is handed to the witness by a person, before the first seal
    mkdirSync(join(folder, 'secrets'))
    const place = join(folder, 'elsewhere')
    mkdirSync(place)
    writeFileSync(join(place, 'log.key'), openSigner(join(folder, 'secrets', 'log.key'), 'dauntless-log', 'log').key)
    const book = openWitness(place, 'another-body')
    const server = await serveWitness(book, 0)
    const address = server.address()
    witness = {
      key: book.key,
      url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
      close: () => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(() => resolve()))
      },
    }
    process.env['WITNESS_URL'] = witness.url
  })
  after(async () => {
    delete process.env['WITNESS_URL']
    delete process.env['WITNESS_KEY']
    await installation.close()
    await force.close()
    rmSync(folder, { recursive: true })
  })

  it('does not begin without the key of the witness, and says so in a line', async () => {
    for (const key of ['', 'x', openSigner(join(folder, 'secrets', 'log.key'), 'dauntless-log', 'log').key]) {
      process.env['WITNESS_KEY'] = key
      await assert.rejects(
        startSealing(installation, () => {}),
        /WITNESS_URL needs WITNESS_KEY/,
      )
    }
  })

  it('is cosigned by it, and verified by its key and by what it remembers', async (t) => {
    process.env['WITNESS_KEY'] = witness.key
    await withScope(
      force.appPool,
      await force.scopeFor('investigatorAW', 'take statement'),
      (tx) => tx.sql`select people.open_person(${force.persons.kiran})`,
    )
    const sealing = await startSealing(installation, () => {})
    const cosigned = 'select from audit.checkpoint where cosignature is not null'
    for (const until = Date.now() + 20_000; (await force.admin.query(cosigned)).rowCount === 0;) {
      assert.ok(Date.now() < until, 'was not cosigned')
      await delay(50)
    }
    await sealing.stop()
    assert.equal(trustedKeys(folder)?.witness, witness.key)
    const whole = await verifyInstallation(installation)
    assert.deepEqual([whole.ok, whole.cosigned > 0], [true, true])

    // with another key it does not go on, and the line that says so is for a machine to read
    const key = join(folder, 'secrets', 'log.key')
    renameSync(key, `${key}.away`)
    const lines = t.mock.method(console, 'error', () => undefined).mock
    const second = await startSealing(installation, () => {})
    for (const until = Date.now() + 20_000; lines.callCount() === 0; await delay(50))
      assert.ok(Date.now() < until, 'it said nothing')
    await second.stop()
    lines.restore()
    const line = JSON.parse(String(lines.calls[0]?.arguments[0])) as Record<string, string>
    assert.equal(line['fault'], 'audit.other_key')
    assert.match(line['msg'] ?? '', /^sealer stopped: .* another key/)
    renameSync(`${key}.away`, key)
    logSigner(folder)

    // everything at the end cut off, checkpoints too: only the witness knows
    await force.admin.query('delete from audit.checkpoint; delete from audit.leaf; delete from audit.entry')
    assert.match((await verifyInstallation(installation)).first?.wrong ?? '', /it has been set back/)
    await witness.close()
    await assert.rejects(verifyInstallation(installation), /cannot be asked what it remembers/)
  })
})
