import { userInfo } from 'node:os'
import { inTransaction, withScope, type Scope, type Tx } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import type { Installation } from '../setup.ts'

/** The account of the operating system that ran the command, for the log: the automatic account alone would hide who it was. */
export function operator(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a container without a name for its user
  }
}

/** Shortest reason that says anything. The same as for opening a record with a reason. */
export const SHORTEST_REASON = 10

/** What the log says of a command: its purpose, the reason that was typed, and the command. */
export async function commandScope(
  installation: Installation,
  purpose: string,
  command: string,
  reason = '',
): Promise<Scope> {
  return { ...(await serviceScope(installation.worker, purpose, `dauntless ${command}`)), reason }
}

/** Writes one entry for a command, in the transaction of `tx`. @param detail what it was, in codes and counts */
export async function logCommand(
  tx: Tx,
  action: 'export' | 'alter',
  detail: Readonly<Record<string, string | number | boolean>>,
  subjects: readonly string[] = [],
  objects: readonly string[] = [],
): Promise<void> {
  await tx.sql`select audit.record(${action}, ${subjects}, ${objects}, ${{ ...detail, operator: operator() }})`
}

/** Writes one entry for a command and commits it. */
export async function logAlone(
  installation: Installation,
  scope: Scope,
  action: 'export' | 'alter',
  detail: Readonly<Record<string, string | number | boolean>>,
): Promise<void> {
  await withScope(installation.worker, scope, (tx) => logCommand(tx, action, detail))
}

/** True when everybody in this installation is invented. */
export async function isSynthetic(installation: Installation): Promise<boolean> {
  return inTransaction(installation.worker, async (client) => {
    const { rows } = await client.query<{ synthetic: boolean }>(
      'select coalesce(bool_and(synthetic), false) as synthetic from organisation.force',
    )
    return rows[0]?.synthetic === true
  })
}

/** What stands in `SYNTHETIC.txt` beside files of an invented force. */
export const SYNTHETIC_NOTICE =
  'SYNTHETIC DATA\nEverybody in these files is invented. They are a demonstration and describe no real person or event.\n'
