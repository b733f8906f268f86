import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSigner, readPublicKey, runSealer, SealFault, type Signer, type TrustedKeys } from '#platform/audit'
import { systemClock } from '#platform/clock'
import { openPool } from '#platform/db'
import { codeOf } from '#platform/jobs'
import type { Installation, Say } from './setup.ts'

/** How often the log is sealed, in milliseconds (trust.md 5.5). */
const EVERY_MS = 2000

const LOG_NAME = 'dauntless-log'

export interface Sealing {
  /** How old the oldest entry is that is not sealed yet. */
  lagSeconds(): Promise<number>
  stop(): Promise<void>
}

/** The key that the log is sealed with, made at the first time, with its public line beside it. */
export function logSigner(folder: string): Signer {
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets, { recursive: true })
  const signer = openSigner(join(secrets, 'log.key'), LOG_NAME, 'log')
  writeFileSync(join(secrets, 'log.public'), signer.key)
  return signer
}

/** The witness on another body's machine, if one is named. @throws Error when its address or key cannot be one */
function witnessElsewhere(): { url: string; key: string } | null {
  const [url, key] = [process.env['WITNESS_URL'] ?? '', process.env['WITNESS_KEY'] ?? '']
  if (url === '' && key === '') return null
  if (!URL.canParse(url)) throw new Error(`WITNESS_URL must be the address of the witness, not "${url}"`)
  try {
    if (readPublicKey(key).kind === 'witness') return { url, key: key.trim() }
  } catch {
    // said below
  }
  throw new Error('WITNESS_URL needs WITNESS_KEY beside it: the line that the witness prints when it starts')
}

/** The folder of the witness. In a real force it is on another body's machine. */
const witnessFolder = (folder: string): string => join(folder, 'witness')

/**
 * Starts the sealer, and beside it the witness as a process of its own with its own key, which in the demonstration runs on
 * this machine. `WITNESS_URL` and `WITNESS_KEY` name a witness elsewhere instead.
 */
export async function startSealing(installation: Installation, say: Say): Promise<Sealing> {
  const signer = logSigner(installation.folder)
  const elsewhere = witnessElsewhere()
  const local = elsewhere ? null : await startWitness(installation.folder, signer.key)
  const witness = elsewhere ?? { url: local?.url ?? '', key: local?.key ?? '' }
  writeFileSync(join(installation.folder, 'secrets', 'witness.public'), `${witness.key}\n`)
  const pool = openPool(installation.urls.dauntless_sealer, 2)
  const ending = new AbortController()
  const running = runSealer(pool, signer, {
    everyMs: EVERY_MS,
    signal: ending.signal,
    witness: { url: witness.url, key: witness.key },
    onFault: (fault) => report('a round of sealing failed', fault),
  }).catch((fault: unknown) => {
    // the log was changed, or the witness refuses it: this must be loud
    report('sealer stopped', fault)
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

/** A line of the process's log. A fault of the seal says what it is and holds no personal data; of others the code alone. */
function report(what: string, fault: unknown): void {
  const msg = fault instanceof SealFault ? `${what}: ${fault.message}` : what
  console.error(JSON.stringify({ level: 'error', at: systemClock.now().toString(), fault: codeOf(fault), msg }))
}

async function startWitness(folder: string, logKey: string): Promise<{ url: string; key: string; stop: () => void }> {
  const place = witnessFolder(folder)
  mkdirSync(place, { recursive: true, mode: 0o700 })
  writeFileSync(join(place, 'log.key'), logKey)
  // Detached, so that Ctrl-C does not end it before the last entries are cosigned; the channel ends it when we are killed.
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'platform/audit/witness.ts'), '--dir', place, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true },
  )
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the witness did not start (code ${String(code)})`)))
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  const read = /witness (\S+) listens on (\S+)/.exec(line)
  if (!read) throw new Error('the witness did not say where it listens')
  return { url: `http://${read[2]}`, key: read[1] ?? '', stop: () => child.kill('SIGTERM') }
}

const readIn = (...names: string[]): string | undefined => {
  const file = join(...names)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** The keys that a verification on this machine trusts; null before the first seal. */
export function trustedKeys(folder: string): TrustedKeys | null {
  const log = readIn(folder, 'secrets', 'log.public')?.trim()
  if (log === undefined) return null
  const witness = (
    witnessElsewhere()?.key ??
    readIn(folder, 'secrets', 'witness.public') ??
    readIn(witnessFolder(folder), 'witness.key')
  )?.trim()
  return { log, ...(witness !== undefined && { witness }) }
}

/**
 * The checkpoint that the witness remembers; undefined before its first. Only by it are rows found that were cut off at the end.
 * @throws Error when a witness elsewhere (`WITNESS_URL`) cannot be asked
 */
export async function rememberedByWitness(folder: string): Promise<string | undefined> {
  const elsewhere = witnessElsewhere()
  return elsewhere ? askWitness(elsewhere.url) : readIn(witnessFolder(folder), 'checkpoint')
}

/** What a witness elsewhere remembers; undefined when it has signed nothing yet. */
async function askWitness(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/checkpoint', url), { signal: AbortSignal.timeout(10_000) })
    if (response.ok) return await response.text()
    if (response.status === 404) return undefined
    throw new Error(`it answered ${response.status}`)
  } catch (cause) {
    throw new Error(`the witness at ${url} cannot be asked what it remembers`, { cause })
  }
}
