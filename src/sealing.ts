import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSigner, runSealer, type TrustedKeys } from '#platform/audit'
import { openPool } from '#platform/db'
import type { Installation, Say } from './setup.ts'

/** How often the log is sealed, in milliseconds (trust.md 5.5). */
const EVERY_MS = 2000

const LOG_NAME = 'dauntless-log'

export interface Sealing {
  /** How old the oldest entry is that is not sealed yet. */
  lagSeconds(): Promise<number>
  stop(): Promise<void>
}

/** The folder of the witness. In a real force it is on another body's machine. */
const witnessFolder = (folder: string): string => join(folder, 'witness')

/**
 * Starts the sealer, and beside it the witness as a process of its own with its own key, which in the demonstration runs on
 * this machine. `WITNESS_URL` and `WITNESS_KEY` name a witness elsewhere instead.
 */
export async function startSealing(installation: Installation, say: Say): Promise<Sealing> {
  const secrets = join(installation.folder, 'secrets')
  mkdirSync(secrets, { recursive: true })
  const signer = openSigner(join(secrets, 'log.key'), LOG_NAME, 'log')
  writeFileSync(join(secrets, 'log.public'), signer.key)
  const elsewhere = process.env['WITNESS_URL']
  const local = elsewhere ? null : await startWitness(installation.folder, signer.key)
  const witness = local ?? { url: elsewhere ?? '', key: process.env['WITNESS_KEY'] ?? '' }
  const pool = openPool(installation.urls.dauntless_sealer, 2)
  const ending = new AbortController()
  const running = runSealer(pool, signer, {
    everyMs: EVERY_MS,
    signal: ending.signal,
    witness: { url: witness.url, key: witness.key },
    onFault: (fault) => console.error(`sealer: ${fault instanceof Error ? fault.message : 'unknown fault'}`),
  }).catch((fault: unknown) => {
    // the log was changed, or the witness refuses it: this must be loud
    console.error(`sealer stopped: ${fault instanceof Error ? fault.message : 'unknown fault'}`)
  })
  say(elsewhere ? 'sealing the audit log' : 'sealing the audit log, with a witness process on this machine')
  return {
    async lagSeconds() {
      const { rows } = await pool.query<{ age: number }>(
        `with last as (select e.xact, e.id from audit.leaf l join audit.entry e on e.id = l.entry_id order by l.seq desc limit 1)
         select coalesce(extract(epoch from now() - min(e.at)), 0)::double precision as age from audit.entry e
         where not exists (select from last) or (e.xact, e.id) > (select l.xact, l.id from last l)`,
      )
      return rows[0]?.age ?? 0
    },
    async stop() {
      ending.abort()
      await running
      await pool.end()
      local?.stop()
    },
  }
}

async function startWitness(folder: string, logKey: string): Promise<{ url: string; key: string; stop: () => void }> {
  const place = witnessFolder(folder)
  mkdirSync(place, { recursive: true, mode: 0o700 })
  writeFileSync(join(place, 'log.key'), logKey)
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'platform/audit/witness.ts'), '--dir', place, '--port', '0'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the witness did not start (code ${String(code)})`)))
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  const read = /witness (\S+) listens on (\S+)/.exec(line)
  if (!read) throw new Error('the witness did not say where it listens')
  return { url: `http://${read[2]}`, key: read[1] ?? '', stop: () => child.kill('SIGTERM') }
}

/** The keys that a verification on this machine trusts, and the checkpoint that the witness remembers. */
export function trustedKeys(folder: string): TrustedKeys {
  const log = readFileSync(join(folder, 'secrets', 'log.public'), 'utf8').trim()
  const place = witnessFolder(folder)
  if (!existsSync(join(place, 'witness.key'))) return { log }
  const remembered = join(place, 'checkpoint')
  return {
    log,
    witness: readFileSync(join(place, 'witness.key'), 'utf8').trim(),
    ...(existsSync(remembered) && { remembered: readFileSync(remembered, 'utf8') }),
  }
}
