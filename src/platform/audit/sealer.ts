import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { entryFromRow, entryHash, entrySelect } from './canonical.ts'
import { isCosignedBy, isSignedBy, readCheckpoint, signCheckpoint } from './checkpoint.ts'
import type { Signer } from './checkpoint.ts'
import { appendLeaf, consistencyProof, copyFrontier, emptyFrontier, frontierRoot } from './merkle.ts'
import type { Frontier } from './merkle.ts'

/** What the sealer cannot put right itself. The message holds no personal data. */
export class SealFault extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SealFault'
    this.code = code
  }
}

/**
 * What a sealing process remembers between rounds, so that a round costs only its new rows. An empty one is filled from
 * the sealed leaves at the first round. What it remembers also shows a database set back under a running sealer.
 */
export interface SealMemory {
  tree: Frontier
  /** The tree at the last size the witness signed; null when not known yet. */
  cosigned: Frontier | null
}

/** A memory to start with. */
export function emptyMemory(): SealMemory {
  return { tree: emptyFrontier(), cosigned: null }
}

/** The witness to ask: its address and its public key line. */
export interface Witness {
  readonly url: string
  readonly key: string
}

export interface SealOptions {
  readonly memory?: SealMemory
  /** Most rows sealed in one round; more wait for the next. */
  readonly limit?: number
  readonly now?: () => Date
}

// Any number no other part of the product uses; it names the lock that keeps two sealers from working at once.
const sealLock = 7_714_300_162
const roundLimit = 20_000
// 32-byte hashes are read this many at a time: 3 MB.
const leafPage = 100_000

interface Queryable {
  query: PoolClient['query']
}

async function readLeaves(db: Queryable, from: number, to: number, each: (hash: Buffer) => void): Promise<void> {
  for (let next = from; next < to;) {
    const upTo = Math.min(next + leafPage, to)
    const { rows } = await db.query<{ seq: string; hash: Buffer }>(
      'select seq, hash from audit.leaf where seq >= $1 and seq < $2 order by seq',
      [next, upTo],
    )
    for (const row of rows) {
      if (Number(row.seq) !== next) throw new SealFault('audit.leaf_missing', `sealed leaf ${next} is missing`)
      each(row.hash)
      next += 1
    }
    if (next !== upTo) throw new SealFault('audit.leaf_missing', `sealed leaf ${next} is missing`)
  }
}

async function grownTo(db: Queryable, start: Frontier, size: number): Promise<Frontier> {
  const tree = copyFrontier(start)
  await readLeaves(db, start.size, size, (hash) => appendLeaf(tree, hash))
  return tree
}

// The tree as the database has it, checked against the newest checkpoint and against what this process remembers.
async function sealedTree(client: Queryable, signer: Signer, memory: SealMemory): Promise<Frontier> {
  const newest = await client.query<{ size: string; root: Buffer; note: string; leaves: string }>(
    `select c.size, c.root, c.note, (select coalesce(max(seq) + 1, 0) from audit.leaf) as leaves
     from (select size, root, note from audit.checkpoint order by size desc limit 1) c
     union all select 0, null, '', coalesce(max(seq) + 1, 0) from audit.leaf order by size desc limit 1`,
  )
  const size = Number(newest.rows[0]?.size ?? 0)
  const leaves = Number(newest.rows[0]?.leaves ?? 0)
  if (size < memory.tree.size) {
    throw new SealFault('audit.rolled_back', `the log had ${memory.tree.size} rows and now has ${size}`)
  }
  if (leaves !== size) {
    throw new SealFault('audit.leaf_count', `the newest checkpoint counts ${size} rows but ${leaves} are there`)
  }
  // Sealed on with another key the log would be proved by neither.
  if (size > 0 && !isSignedBy(newest.rows[0]?.note ?? '', signer.key)) {
    throw new SealFault('audit.other_key', `the checkpoint at ${size} was signed with another key: bring back log.key`)
  }
  const tree = await grownTo(client, memory.tree, size)
  if (size > 0 && !frontierRoot(tree).equals(newest.rows[0]?.root ?? Buffer.alloc(0))) {
    throw new SealFault('audit.root_differs', `the sealed rows do not give the checkpoint at ${size}`)
  }
  return tree
}

/**
 * Seals what has been committed: every audit row that no running transaction can still come before becomes a leaf, in
 * the order of transaction and id, and the new state of the log is signed. All or nothing, one sealer at a time.
 *
 * A row of a transaction that commits late is not skipped: the horizon stands at the oldest transaction still running,
 * so rows behind it wait for it.
 * @returns how many rows were sealed now, and how many are sealed in all
 * @throws SealFault when the log in the database has been changed or set back
 */
export async function sealOnce(
  pool: Pool,
  signer: Signer,
  options: SealOptions = {},
): Promise<{ sealed: number; size: number }> {
  const memory = options.memory ?? emptyMemory()
  const client = await pool.connect()
  try {
    // Read committed: each statement must see what the sealer before us committed while we waited for the lock.
    await client.query('begin isolation level read committed')
    await client.query('select pg_advisory_xact_lock($1)', [sealLock])
    const tree = await sealedTree(client, signer, memory)
    const sealed = await sealRows(client, signer, tree, options)
    await client.query('commit')
    memory.tree = tree
    return { sealed, size: tree.size }
  } catch (error) {
    // The first error is the one to report; the connection may be gone, and then there is nothing to roll back.
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

async function sealRows(client: Queryable, signer: Signer, tree: Frontier, options: SealOptions): Promise<number> {
  let after: { xact: string; id: string } = { xact: '0', id: '00000000-0000-0000-0000-000000000000' }
  if (tree.size > 0) {
    const last = await client.query<{ xact: string; id: string; is_ahead: boolean }>(
      `select e.xact::text, e.id::text, e.xact >= pg_snapshot_xmin(pg_current_snapshot()) as is_ahead
       from audit.leaf l join audit.entry e on e.id = l.entry_id where l.seq = $1`,
      [tree.size - 1],
    )
    const row = last.rows[0]
    if (row === undefined) throw new SealFault('audit.entry_missing', `the row of sealed leaf ${tree.size - 1} is gone`)
    // After a dump is restored into a new cluster its counter is behind, and new rows would seem older than sealed ones.
    if (row.is_ahead) {
      throw new SealFault(
        'audit.counter_went_back',
        `the transaction counter is behind the sealed row ${tree.size - 1}`,
      )
    }
    after = row
  }
  const { rows } = await client.query<unknown[]>({
    text: `select ${entrySelect} from audit.entry e
      where e.xact < pg_snapshot_xmin(pg_current_snapshot()) and (e.xact, e.id) > ($1::xid8, $2::uuid)
      order by e.xact, e.id limit $3`,
    values: [after.xact, after.id, options.limit ?? roundLimit],
    rowMode: 'array',
  })
  if (rows.length === 0) return 0
  const first = tree.size
  const ids: string[] = []
  const hashes: Buffer[] = []
  for (const row of rows) {
    const entry = entryFromRow(row)
    const leaf = entryHash(entry)
    ids.push(entry.id)
    hashes.push(leaf)
    appendLeaf(tree, leaf)
  }
  await client.query(
    `insert into audit.leaf (seq, entry_id, hash)
     select $1::bigint + n - 1, id, hash from unnest($2::uuid[], $3::bytea[]) with ordinality as t (id, hash, n)`,
    [first, ids, hashes],
  )
  const signedAt = (options.now?.() ?? new Date()).toISOString()
  const root = frontierRoot(tree)
  await client.query(
    'insert into audit.checkpoint (size, root, signed_at, note) values ($1, $2, $3::timestamptz, $4)',
    [tree.size, root, signedAt, signCheckpoint({ origin: signer.name, size: tree.size, root, signedAt }, signer)],
  )
  return rows.length
}

/**
 * Sends one checkpoint to a witness and gives back its cosignature line, or the size it remembers when `oldSize` is not
 * that size.
 * Source: C2SP tlog-witness, add-checkpoint.
 * @throws SealFault `audit.witness_refused` when the witness will not sign, `audit.witness_unreachable` when not reached
 */
export async function cosign(
  url: string,
  note: string,
  oldSize: number,
  proof: readonly Buffer[],
): Promise<{ cosignature: string } | { remembers: number }> {
  const body = `old ${oldSize}\n${proof.map((node) => `${node.toString('base64')}\n`).join('')}\n${note}`
  let response: Response
  let text: string
  try {
    response = await fetch(new URL('/add-checkpoint', url), {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(10_000),
    })
    text = await response.text()
  } catch (cause) {
    throw new SealFault('audit.witness_unreachable', 'the witness could not be reached', { cause })
  }
  if (response.ok) return { cosignature: text }
  if (response.status === 409 && /^\d{1,15}\n$/u.test(text)) return { remembers: Number(text) }
  if (response.status >= 500)
    throw new SealFault('audit.witness_unreachable', `the witness answered ${response.status}`)
  throw new SealFault('audit.witness_refused', `the witness refused the checkpoint: ${response.status}`)
}

/**
 * Has the newest checkpoint cosigned, when it is not yet, and stores the cosignature beside it.
 * @returns the size that is cosigned, or 0 for an empty log
 * @throws SealFault `audit.witness_refused` when the witness remembers another history: the log has been rewritten
 */
export async function cosignNewest(pool: Pool, witness: Witness, memory: SealMemory = emptyMemory()): Promise<number> {
  const found = await pool.query<{ size: string; note: string; cosignature: string | null; before: string | null }>(
    `select size, note, cosignature,
       (select max(b.size) from audit.checkpoint b where b.cosignature is not null) as before
     from audit.checkpoint order by size desc limit 1`,
  )
  const newest = found.rows[0]
  if (newest === undefined) return 0
  const size = Number(newest.size)
  if (newest.cosignature !== null) return size
  const checkpoint = readCheckpoint(newest.note)
  if (checkpoint === null) throw new SealFault('audit.checkpoint_unreadable', `the checkpoint at ${size} is unreadable`)
  let oldSize = memory.cosigned?.size ?? Number(newest.before ?? 0)
  // The second try is for a witness that signed but whose answer was lost.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const usable = memory.cosigned !== null && memory.cosigned.size <= oldSize ? memory.cosigned : emptyFrontier()
    const old = await grownTo(pool, usable, oldSize)
    const added: Buffer[] = []
    await readLeaves(pool, oldSize, size, (hash) => added.push(hash))
    const answer = await cosign(witness.url, newest.note, oldSize, consistencyProof(old, added))
    if ('cosignature' in answer) {
      if (!isCosignedBy(newest.note, answer.cosignature, witness.key)) {
        throw new SealFault('audit.witness_unknown', 'the cosignature is not from the witness we know')
      }
      await pool.query('update audit.checkpoint set cosignature = $2 where size = $1', [size, answer.cosignature])
      for (const hash of added) appendLeaf(old, hash)
      memory.cosigned = old
      return size
    }
    if (answer.remembers > size) {
      throw new SealFault('audit.witness_refused', `the witness signed ${answer.remembers} rows, the log has ${size}`)
    }
    oldSize = answer.remembers
  }
  throw new SealFault('audit.witness_refused', `the witness does not accept the checkpoint at ${size}`)
}

export interface SealerOptions {
  /** Pause between rounds, in milliseconds. */
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly witness?: Witness
  /** Told of each fault that the next round may get over: the database or the witness is away. */
  readonly onFault?: (fault: unknown) => void
  readonly now?: () => Date
}

// A connection that broke, a server starting or stopping, too many clients: worth another round.
function canPass(fault: unknown): boolean {
  if (fault instanceof SealFault) return fault.code === 'audit.witness_unreachable'
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : ''
  const isConnection = /^(08|53|57P|40|55P)/u.test(code) || /^E[A-Z]+$/u.test(code)
  return isConnection || (fault instanceof Error && /connection|timeout/iu.test(fault.message))
}

/**
 * Seals round after round until the signal ends it. What another round may get over goes to `onFault`; anything else,
 * above all a changed log or a witness that refuses, ends it by throwing, so that the process stops loudly.
 * @throws SealFault
 */
export async function runSealer(pool: Pool, signer: Signer, options: SealerOptions): Promise<void> {
  const { signal, witness } = options
  const memory = emptyMemory()
  const clock = options.now === undefined ? {} : { now: options.now }
  while (!signal.aborted) {
    let isBehind = false
    try {
      const { sealed } = await sealOnce(pool, signer, { memory, ...clock })
      isBehind = sealed === roundLimit
      if (witness !== undefined) await cosignNewest(pool, witness, memory)
    } catch (fault) {
      if (!canPass(fault)) throw fault
      options.onFault?.(fault)
    }
    // An abort while waiting is the ordinary end, not an error.
    if (!isBehind) await delay(options.everyMs, undefined, { signal }).catch(() => undefined)
  }
}
