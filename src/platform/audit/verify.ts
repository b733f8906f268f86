import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Pool, PoolClient } from 'pg'
import { canonicalEntry, entryFromRow, entrySelect, leafHash, sealedColumns } from './canonical.ts'
import { isCosignedBy, isSignedBy, readCheckpoint } from './checkpoint.ts'
import { appendLeaf, emptyFrontier, frontierRoot } from './merkle.ts'

/**
 * What the verifier trusts. The keys must come from outside the log: whoever can rewrite a log can also put another key
 * beside it.
 */
export interface TrustedKeys {
  readonly log: string
  readonly witness?: string
  /** The checkpoint the witness remembers (its `checkpoint` file). Only this can show that the newest rows were cut off. */
  readonly remembered?: string
}

/** One thing wrong. `seq` counts leaves from 0; `upTo` ends a range when no single row can be named. */
export interface Problem {
  readonly seq: number | null
  readonly upTo?: number
  readonly entryId: string | null
  readonly wrong: string
}

export interface Verdict {
  readonly ok: boolean
  /** Sealed rows checked. */
  readonly rows: number
  readonly checkpoints: number
  /** The newest size a witness vouches for; 0 without one. */
  readonly cosigned: number
  /** Rows of the live log that are newer than the seal. */
  readonly waiting: number
  /** At most 100, in the order found; the first names the first bad row. */
  readonly problems: readonly Problem[]
  readonly first: Problem | null
}

interface SealedRow {
  readonly seq: number
  readonly entryId: string
  readonly hash: Buffer
  /** The canonical text; null when the entry is gone. */
  readonly text: string | null
  readonly xact: string
}

interface SealedState {
  readonly size: number
  readonly root: Buffer
  /** UTC, ISO form with milliseconds. */
  readonly signedAt: string
  readonly note: string
  readonly cosignature: string | null
}

const mostProblems = 100

// A row is written during its transaction and sealed once that and all begun before it have ended, so times may overlap by as
// long as the longest of them lasts: an import or a linkage. Two overlapping for more than an hour is not known to happen.
const longestOverlapMs = 3_600_000
// Between the clocks of the database and of the sealer.
const clockDriftMs = 300_000

function xactOrder(xact: string): bigint {
  return /^\d+$/u.test(xact) ? BigInt(xact) : -1n
}

/** Goes over rows and checkpoints side by side, both in rising order, and keeps what is wrong. */
async function check(
  rows: AsyncIterable<SealedRow>,
  states: AsyncIterable<SealedState>,
  keys: TrustedKeys,
  problems: Problem[],
): Promise<{ rows: number; checkpoints: number; cosigned: number }> {
  const say = (problem: Problem): void => {
    if (problems.length < mostProblems) problems.push(problem)
  }
  const remembered = keys.remembered === undefined ? null : readRemembered(keys, say)
  const tree = emptyFrontier()
  const coming = states[Symbol.asyncIterator]()
  let state = (await coming.next()) as IteratorResult<SealedState, undefined>
  let checkpoints = 0
  let cosigned = 0
  let lastGood = 0
  let hasBadRoot = false
  let previous = { xact: -1n, id: '' }
  // the earliest time of a row in the round sealed last and in this one, and when the last was signed; milliseconds
  let [roundBefore, round, signedBefore] = [-Infinity, Infinity, -Infinity]
  const atSize = async (): Promise<void> => {
    while (state.value !== undefined && state.value.size <= tree.size) {
      const one = state.value
      checkpoints += 1
      const isRootRight = one.size === tree.size && frontierRoot(tree).equals(one.root)
      checkState(one, keys, say)
      const signed = Date.parse(one.signedAt)
      if (signed < signedBefore - clockDriftMs)
        say({
          seq: Math.max(one.size - 1, 0),
          entryId: null,
          wrong: 'the checkpoint is dated before the one before it',
        })
      signedBefore = signed
      if (round !== Infinity) [roundBefore, round] = [round, Infinity]
      if (!isRootRight && !hasBadRoot) {
        hasBadRoot = true
        say(inRange(lastGood, one.size, 'the sealed rows do not give the root of the checkpoint'))
      }
      if (isRootRight) lastGood = one.size
      if (keys.witness !== undefined && one.cosignature !== null) cosigned = one.size
      state = (await coming.next()) as IteratorResult<SealedState, undefined>
    }
    if (remembered !== null && remembered.size === tree.size && !remembered.root.equals(frontierRoot(tree))) {
      say(inRange(lastGood, tree.size, 'the log differs from what the witness signed'))
    }
  }
  await atSize()
  for await (const row of rows) {
    const place = { seq: row.seq, entryId: row.entryId }
    if (row.seq !== tree.size) {
      const isRepeated = row.seq < tree.size
      if (isRepeated) {
        say({ ...place, wrong: 'the row is there twice' })
        continue
      }
      say({ seq: tree.size, upTo: row.seq - 1, entryId: null, wrong: 'sealed rows are missing' })
      // Positions after a gap cannot be rebuilt, so the tree ends here; the gap is the first bad row.
      break
    }
    if (row.text === null) say({ ...place, wrong: 'the entry has been deleted' })
    else if (!leafHash(row.text).equals(row.hash)) say({ ...place, wrong: 'the entry does not fit its sealed hash' })
    const xact = xactOrder(row.xact)
    if (row.text !== null) {
      if (xact < previous.xact || (xact === previous.xact && row.entryId <= previous.id)) {
        say({ ...place, wrong: 'the row is out of order' })
      }
      previous = { xact, id: row.entryId }
      const at = timeOf(row.text)
      if (at < roundBefore - longestOverlapMs)
        say({
          ...place,
          wrong: 'the row is dated before rows that were sealed earlier: it was put in with an old date',
        })
      if (state.value !== undefined && at > Date.parse(state.value.signedAt) + clockDriftMs)
        say({ ...place, wrong: 'the row is dated after it was sealed' })
      round = Math.min(round, at)
    }
    appendLeaf(tree, row.hash)
    await atSize()
  }
  if (state.value !== undefined) {
    const { size } = state.value
    say(inRange(tree.size, size, 'the log is shorter than its checkpoint: rows have been cut off'))
    for (; state.value !== undefined; state = (await coming.next()) as IteratorResult<SealedState, undefined>) {
      checkpoints += 1
    }
  } else if (tree.size > 0 && !hasBadRoot && lastGood !== tree.size) {
    say(inRange(lastGood, tree.size, 'rows without a checkpoint'))
  }
  if (remembered !== null && remembered.size > tree.size) {
    say(inRange(tree.size, remembered.size, 'the log is shorter than the witness remembers: it has been set back'))
  }
  if (keys.witness !== undefined && cosigned === 0 && checkpoints > 0) {
    say({ seq: null, entryId: null, wrong: 'no checkpoint carries a cosignature of the witness' })
  }
  return { rows: tree.size, checkpoints, cosigned }
}

/** When the entry says that it was written; milliseconds since 1970. */
const timeOf = (text: string): number => Date.parse(/"at":"([^"]+)"/u.exec(text)?.[1] ?? '')

function inRange(from: number, size: number, wrong: string): Problem {
  const last = Math.max(size - 1, 0)
  return from < last ? { seq: from, upTo: last, entryId: null, wrong } : { seq: last, entryId: null, wrong }
}

function checkState(state: SealedState, keys: TrustedKeys, say: (problem: Problem) => void): void {
  const place = { seq: Math.max(state.size - 1, 0), entryId: null }
  const read = readCheckpoint(state.note)
  if (read === null) {
    say({ ...place, wrong: 'the checkpoint cannot be read' })
    return
  }
  if (!isSignedBy(state.note, keys.log)) say({ ...place, wrong: 'the checkpoint is not signed by the key of the log' })
  if (read.origin !== keys.log.split('+')[0]) say({ ...place, wrong: 'the checkpoint is of another log' })
  if (read.size !== state.size || !read.root.equals(state.root) || read.signedAt !== state.signedAt) {
    say({ ...place, wrong: 'the checkpoint differs from what was signed' })
  }
  if (keys.witness !== undefined && state.cosignature !== null) {
    if (!isCosignedBy(state.note, state.cosignature, keys.witness)) {
      say({ ...place, wrong: 'the cosignature is not of the witness' })
    }
  }
}

function readRemembered(keys: TrustedKeys, say: (problem: Problem) => void): { size: number; root: Buffer } | null {
  const note = keys.remembered ?? ''
  const read = readCheckpoint(note)
  const isGenuine =
    read !== null &&
    isSignedBy(note, keys.log) &&
    (keys.witness === undefined || isCosignedBy(note, note.slice(note.lastIndexOf('\n\n') + 2), keys.witness))
  if (isGenuine) return read
  say({ seq: null, entryId: null, wrong: 'the checkpoint the witness remembers is not genuine' })
  return null
}

function verdictOf(
  found: { rows: number; checkpoints: number; cosigned: number },
  waiting: number,
  problems: readonly Problem[],
): Verdict {
  return { ok: problems.length === 0, ...found, waiting, problems, first: problems[0] ?? null }
}

const page = 10_000

async function* cursor(client: PoolClient, name: string, text: string): AsyncGenerator<unknown[]> {
  await client.query(`declare ${name} no scroll cursor for ${text}`)
  for (;;) {
    const { rows } = await client.query<unknown[]>({ text: `fetch ${page} from ${name}`, rowMode: 'array' })
    yield* rows
    if (rows.length < page) return
  }
}

async function* liveRows(client: PoolClient): AsyncGenerator<SealedRow> {
  const text = `select l.seq, l.entry_id::text, l.hash, ${entrySelect}
    from audit.leaf l left join audit.entry e on e.id = l.entry_id order by l.seq`
  for await (const row of cursor(client, 'sealed_row', text)) {
    const entry = entryFromRow(row, 3)
    // The left join gives nulls for an entry that is gone.
    const isGone = (entry.id as string | null) === null
    yield {
      seq: Number(row[0]),
      entryId: String(row[1]),
      hash: row[2] as Buffer,
      text: isGone ? null : canonicalEntry(entry),
      xact: isGone ? '' : entry.xact,
    }
  }
}

async function* liveStates(client: PoolClient): AsyncGenerator<SealedState> {
  // Microseconds are read too: a time moved by less than a millisecond is still not what was signed.
  const signedAt = `to_char(signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  const text = `select size, root, ${signedAt}, note, cosignature from audit.checkpoint order by size`
  for await (const row of cursor(client, 'sealed_state', text)) {
    yield {
      size: Number(row[0]),
      root: row[1] as Buffer,
      signedAt: String(row[2]).replace(/000Z$/u, 'Z'),
      note: String(row[3]),
      cosignature: row[4] as string | null,
    }
  }
}

async function reading<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    // One moment of the database for all of it, however long it takes and whatever is sealed meanwhile.
    await client.query('begin isolation level repeatable read read only')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

/**
 * Proves the log in the database whole: every sealed row against its hash, its place and every signed checkpoint; and
 * that no row was slipped in behind the seal. Reads all, changes nothing.
 */
export async function verifyLive(pool: Pool, keys: TrustedKeys): Promise<Verdict> {
  return reading(pool, async (client) => {
    const problems: Problem[] = []
    const found = await check(liveRows(client), liveStates(client), keys, problems)
    const strays = await client.query<{ id: string }>(
      `select e.id::text as id from audit.entry e left join audit.leaf l on l.entry_id = e.id
       where l.seq is null and (e.xact, e.id) <= (
         select x.xact, x.id from audit.leaf m join audit.entry x on x.id = m.entry_id order by m.seq desc limit 1)
       order by e.xact, e.id limit ${mostProblems}`,
    )
    for (const stray of strays.rows) {
      problems.push({ seq: null, entryId: stray.id, wrong: 'the row was put in behind the seal' })
    }
    const waiting = await client.query<{ waiting: string }>(
      `select count(*) as waiting from audit.entry e left join audit.leaf l on l.entry_id = e.id
       where l.seq is null and ((e.xact, e.id) <= (
         select x.xact, x.id from audit.leaf m join audit.entry x on x.id = m.entry_id order by m.seq desc limit 1
       )) is not true`,
    )
    const columns = await client.query<{ name: string }>(
      `select attname::text as name from pg_attribute
       where attrelid = 'audit.entry'::regclass and attnum > 0 and not attisdropped and attname <> all ($1)`,
      [sealedColumns],
    )
    for (const { name } of columns.rows) {
      problems.push({ seq: null, entryId: null, wrong: `the column ${name} is not covered by the seal` })
    }
    return verdictOf(found, Number(waiting.rows[0]?.waiting ?? 0), problems)
  })
}

/**
 * Writes the sealed log into `folder` so that it can be verified without the database: `entries.ndjson` (one line a row,
 * holding the very text that was hashed), `checkpoints.ndjson` with signatures and cosignatures, `keys.json`, and
 * `remembered.txt` when the witness's own checkpoint is handed in. Rows not sealed yet are left out.
 * @returns how many rows were written
 */
export async function exportLog(pool: Pool, folder: string, keys: TrustedKeys): Promise<number> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Who asked about whom is personal data of the most sensitive kind, so the files are for their owner alone.
  const secret = { mode: 0o600 }
  writeFileSync(join(folder, 'keys.json'), `${JSON.stringify({ log: keys.log, witness: keys.witness })}\n`, secret)
  if (keys.remembered !== undefined) writeFileSync(join(folder, 'remembered.txt'), keys.remembered, secret)
  return reading(pool, async (client) => {
    await writeLines(join(folder, 'checkpoints.ndjson'), liveStates(client), (state) =>
      JSON.stringify({ ...state, root: state.root.toString('base64') }),
    )
    return writeLines(join(folder, 'entries.ndjson'), liveRows(client), (row) => {
      const entry = row.text ?? 'null'
      return `{"seq":${row.seq},"entry_id":"${row.entryId}","hash":"${row.hash.toString('hex')}","entry":${entry}}`
    })
  })
}

async function writeLines<T>(path: string, items: AsyncIterable<T>, line: (item: T) => string): Promise<number> {
  const file = await open(path, 'w', 0o600)
  let count = 0
  try {
    let lines: string[] = []
    for await (const item of items) {
      lines.push(line(item), '\n')
      count += 1
      if (lines.length < 2 * page) continue
      await file.write(lines.join(''))
      lines = []
    }
    await file.write(lines.join(''))
    await file.sync()
  } finally {
    await file.close()
  }
  return count
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  try {
    yield* createInterface({ input: file, crlfDelay: Infinity })
  } finally {
    file.destroy()
  }
}

const rowLine = /^\{"seq":(\d{1,15}),"entry_id":"([0-9a-f-]{36})","hash":"([0-9a-f]{64})","entry":(.+)\}$/su

async function* exportedRows(folder: string): AsyncGenerator<SealedRow> {
  for await (const line of linesOf(join(folder, 'entries.ndjson'))) {
    const [, seq, entryId = '', hash, text = ''] = rowLine.exec(line) ?? []
    if (seq === undefined || hash === undefined) throw new Error('a line of entries.ndjson is not a row')
    const isGone = text === 'null'
    // The id and the transaction are taken from the text that the hash covers, never from beside it.
    const entry = isGone ? {} : (JSON.parse(text) as { id?: unknown; xact?: unknown })
    const isSame = isGone || entry.id === entryId
    yield {
      seq: Number(seq),
      entryId,
      hash: isSame ? Buffer.from(hash, 'hex') : Buffer.alloc(32),
      text: isGone ? null : text,
      xact: typeof entry.xact === 'string' ? entry.xact : '',
    }
  }
}

async function* exportedStates(folder: string): AsyncGenerator<SealedState> {
  for await (const line of linesOf(join(folder, 'checkpoints.ndjson'))) {
    const state = JSON.parse(line) as Omit<SealedState, 'root'> & { root: string }
    yield { ...state, root: Buffer.from(state.root, 'base64') }
  }
}

/**
 * Proves an exported log whole, without the database. Hand in `trusted` keys kept elsewhere: with the keys of the folder
 * alone, a log rewritten and signed again with a new key would pass.
 */
export async function verifyExport(folder: string, trusted?: TrustedKeys): Promise<Verdict> {
  const problems: Problem[] = []
  const inFolder = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as { log: string; witness?: string }
  const rememberedPath = join(folder, 'remembered.txt')
  const remembered =
    trusted?.remembered ?? (existsSync(rememberedPath) ? readFileSync(rememberedPath, 'utf8') : undefined)
  const keys = { ...(trusted ?? inFolder), ...(remembered === undefined ? {} : { remembered }) }
  if (trusted !== undefined && (trusted.log !== inFolder.log || (trusted.witness ?? '') !== (inFolder.witness ?? ''))) {
    problems.push({ seq: null, entryId: null, wrong: 'the keys of the export are not the trusted ones' })
  }
  try {
    return verdictOf(await check(exportedRows(folder), exportedStates(folder), keys, problems), 0, problems)
  } catch (error) {
    problems.push({ seq: null, entryId: null, wrong: `the export cannot be read: ${(error as Error).message}` })
    return verdictOf({ rows: 0, checkpoints: 0, cosigned: 0 }, 0, problems)
  }
}
