import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportLog, verifyExport, verifyLive, type TrustedKeys, type Verdict } from '#platform/audit'
import { openPool, type Pool } from '#platform/db'
import { logSigner, rememberedByWitness, trustedKeys } from '../sealing.ts'
import type { Installation } from '../setup.ts'
import { needed, newFolder, plural, UsageError, type Command, type Context, type Values } from './command.ts'
import { commandScope, isSynthetic, logAlone, SYNTHETIC_NOTICE } from './service.ts'

const KEY_OPTIONS = { 'log-key': { type: 'string' }, 'witness-key': { type: 'string' } } as const
const KEY_LINE = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/

/** Keys given by hand, from paper or another machine. Null when none were. @throws UsageError */
function givenKeys(values: Values): TrustedKeys | null {
  const [log, witness] = [values['log-key'], values['witness-key']]
  if (log === undefined && witness === undefined) return null
  if (typeof log !== 'string') throw new UsageError('--witness-key needs --log-key beside it')
  for (const key of [log, witness]) {
    if (typeof key === 'string' && !KEY_LINE.test(key.trim()))
      throw new UsageError('a key is one line: its name, a plus, eight digits, a plus, the key')
  }
  return { log: log.trim(), ...(typeof witness === 'string' && { witness: witness.trim() }) }
}

/** The keys of this installation, with what its witness remembers. Null before it has ever sealed. */
async function ownKeys(folder: string): Promise<TrustedKeys | null> {
  const keys = trustedKeys(folder)
  const remembered = keys && (await rememberedByWitness(folder))
  return keys && { ...keys, ...(remembered !== null && remembered !== undefined && { remembered }) }
}

/** The log as the sealer sees it, without the limit on how long a question may take: a whole log is read. */
async function withLog<T>(installation: Installation, work: (pool: Pool) => Promise<T>): Promise<T> {
  const url = new URL(installation.urls.dauntless_sealer)
  url.searchParams.set('options', '-c statement_timeout=0 -c timezone=UTC')
  const pool = openPool(url.toString(), 2)
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

/** Proves the log of an installation whole. @throws Error when no key of it is known */
export async function verifyInstallation(
  installation: Installation,
  given: TrustedKeys | null = null,
): Promise<Verdict> {
  const keys = given ?? (await ownKeys(installation.folder))
  if (keys === null)
    throw new Error('this installation has never sealed its log, so there is no key to check it with; give --log-key')
  return withLog(installation, (pool) => verifyLive(pool, keys))
}

function outcome(verdict: Verdict, of: 'live' | 'export', keys: 'given' | 'installation' | 'export') {
  const first = verdict.first
  const where =
    first?.seq === null || first === null
      ? ''
      : ` at row ${first.seq}${first.upTo === undefined ? '' : ` to ${first.upTo}`}`
  const said = [
    verdict.ok
      ? `the log is whole: ${plural(verdict.rows, 'sealed row')}, ${plural(verdict.checkpoints, 'checkpoint')}, witnessed to ${verdict.cosigned}, ${verdict.waiting} waiting to be sealed`
      : `THE LOG IS NOT WHOLE: ${first?.wrong ?? 'unknown'}${where}; ${plural(verdict.problems.length, 'problem')} in all`,
    ...verdict.problems.slice(0, 20).map(({ seq, entryId, wrong }) => `  row ${seq ?? '-'} ${entryId ?? ''}: ${wrong}`),
    ...(keys === 'export'
      ? ['checked with the keys that lie in the export: whoever rewrote it could have put them there. Give --log-key']
      : []),
  ]
  return { result: { of, keys, ...verdict }, said: said.join('\n'), bad: !verdict.ok }
}

async function verify(context: Context, values: Values) {
  const given = givenKeys(values)
  const file = values['file']
  if (typeof file !== 'string') {
    return outcome(
      await verifyInstallation(await context.installation(), given),
      'live',
      given ? 'given' : 'installation',
    )
  }
  const folder = context.path(file)
  if (!existsSync(join(folder, 'entries.ndjson'))) throw new UsageError(`${file} is not an export of the log`)
  // what the witness remembers now is newer than an older export; the export brings what it remembered then
  const keys = given ?? trustedKeys(context.folder)
  const verdict = await verifyExport(folder, keys ?? undefined)
  return outcome(verdict, 'export', given ? 'given' : keys ? 'installation' : 'export')
}

/** The audit log: proving it and taking it away. */
export const AUDIT_COMMANDS: readonly Command[] = [
  {
    name: 'audit verify',
    group: 'The audit log',
    summary: 'Prove the audit log, or an exported copy of it: exit code 1 when anything was changed',
    usage: 'audit verify [--file EXPORT] [--log-key KEY [--witness-key KEY]]',
    more: ['Without keys it trusts those in the data folder. An exported copy needs no database.'],
    options: { file: { type: 'string' }, ...KEY_OPTIONS },
    run: verify,
  },
  {
    name: 'audit key',
    group: 'The audit log',
    summary:
      'Print the public key of the log, for its witness and for whoever verifies; makes the key when there is none',
    usage: 'audit key',
    more: ['Needs no database. The witness keeps the line in log.key of its folder.'],
    options: {},
    run({ folder }) {
      const { key } = logSigner(folder)
      return Promise.resolve({ result: { key }, said: key })
    },
  },
  {
    name: 'audit export',
    group: 'The audit log',
    summary: 'Write the sealed log into a folder, to be verified without the database',
    usage: 'audit export --out FOLDER [--reason "..."]',
    options: { out: { type: 'string' }, reason: { type: 'string' } },
    async run(context, values) {
      const folder = newFolder(context, needed(values, 'out', 'the folder to write'))
      const installation = await context.installation()
      const keys = await ownKeys(installation.folder)
      if (keys === null) throw new Error('this installation has never sealed its log, so there is nothing to export')
      const reason = typeof values['reason'] === 'string' ? values['reason'] : ''
      const scope = await commandScope(installation, 'copy the audit log', 'audit export', reason)
      await logAlone(installation, scope, 'export', { what: 'audit log' })
      const rows = await withLog(installation, (pool) => exportLog(pool, folder, keys))
      if (await isSynthetic(installation)) writeFileSync(join(folder, 'SYNTHETIC.txt'), SYNTHETIC_NOTICE)
      return { result: { rows, folder }, said: `${plural(rows, 'sealed row')} written to ${folder}` }
    },
  },
]
