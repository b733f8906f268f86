import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { systemClock, Temporal } from '#platform/clock'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { codeOf } from '#platform/jobs'
import { newId, serviceScope, type Arrivals } from '#modules/incidents'
import { ONE_LINKAGE, unhurried } from './batch.ts'
import { kept as keptOf, toldWhy, UNSURE } from './edges.ts'
import {
  joinArrival,
  LiveIndex,
  type Arrival,
  type Band,
  type Dataset,
  type Home,
  type MentionRow,
} from './engine/index.ts'
import {
  keysOf, noteArrivals, place, readArrived, readHomes, readSince, readState, replacePairs, wideningOf,
  type Arrived, type PairRow, type Placed,
} from './live-rows.ts' // prettier-ignore
import { addOtherParties, readForce, readSome } from './mentions.ts'
import { modelOfPairs, type KeptModel } from './models.ts'
import { haveFaced, MOST_HARM } from './rules.ts'
import { loadNameGroups, nameKeys } from './search-keys.ts'
import { settleMentions } from './settle.ts'

/** The job that clusters again what hangs together with mentions that came singly. */
export const ARRIVALS_JOB = 'linkage.arrivals'

/** What is held in memory, and how far the database was when it was made. */
interface Held {
  readonly run: string
  readonly kept: KeptModel
  readonly index: LiveIndex
  /** The last arrival that is in it. */
  seq: number
}

/** How long one session is used for what comes, in seconds: opening one costs a transaction of its own. */
const SESSION_SECONDS = 60

/** What comes within so long after a run over everybody is left to the next one. Milliseconds. */
const LOOK_AGAIN_MS = 20

const CLUSTER_SOON = { text: 'select events.put($1, $2, null, null, $3)', values: ['job', ARRIVALS_JOB, '{}'] }

/** The lock that whoever says something of people holds (migrations/0019_linkage_history.sql). */
const JUDGEMENTS = 727_004

/** Nobody joins or parts people meanwhile; and where everybody is being linked, that is what links what comes. */
const LOCKS = `pg_advisory_xact_lock(${JUDGEMENTS}), pg_try_advisory_xact_lock(${ONE_LINKAGE}) as got`

/**
 * Begins what can be taken back by itself. The same few statements come again and again: planned once a connection, they take half as
 * long. All of them look things up by index, also where the plan is made while there is nothing to look through yet.
 */
const ARRIVING = [
  'savepoint arriving',
  {
    name: 'linkage.arriving',
    text: `select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), ${LOCKS}`,
  },
]

/**
 * Links mentions as they come, in the transaction that records them. Holds all mentions that stand in memory, read from the database
 * when it is first needed and whenever everybody has been linked anew; what others link meanwhile is read on. Persons, seals and
 * what people have said are read from the database each time.
 */
export class LiveLinking implements Arrivals {
  readonly #pool: Pool
  readonly #groups = loadNameGroups()
  readonly #names = nameKeys(this.#groups)
  #held: Held | null = null
  #session: { readonly scope: Scope; readonly until: Temporal.Instant } | null = null

  /** When to look again whether everybody was linked anew, in milliseconds of this process. */
  #lookAgainAt = 0
  readonly #onFault: (code: string) => void

  /**
   * @param pool as dauntless_worker
   * @param onFault hears the code of what went wrong when records could not be linked as they came
   */
  constructor(pool: Pool, onFault: (code: string) => void = () => {}) {
    this.#pool = pool
    this.#onFault = onFault
  }

  /** Mentions in memory; 0 when there is nothing yet. */
  get size(): number {
    return this.#held?.index.size ?? 0
  }

  /** Puts the mentions in memory where they are not, or were linked anew since. */
  async ready(): Promise<void> {
    const now = performance.now()
    if (this.#held !== null && now < this.#lookAgainAt) return
    this.#lookAgainAt = now + LOOK_AGAIN_MS
    try {
      const { run, seq } = await readState(this.#pool)
      if (run === this.#held?.run) return
      this.#held = null
      if (run === null) return
      const read = await inTransaction(this.#pool, (client) => this.#read(client))
      // with no transaction and no connection waiting for it
      if (read === null) return
      const { kept, dataset } = read
      this.#held = { run, kept, seq, index: new LiveIndex(dataset, kept.model, { frequencies: kept.frequencies }) }
    } catch (fault) {
      // what is held still is good, or `came` sees that it is not
      this.#onFault(codeOf(fault))
    }
  }

  /** What is to be put in memory; null when no model has ever linked anybody. */
  async #read(client: pg.ClientBase): Promise<{ readonly kept: KeptModel; readonly dataset: Dataset } | null> {
    const kept = await modelOfPairs(client)
    if (kept === null) return null
    await unhurried(client)
    // those that are not linked yet are for the job that links everybody
    return { kept, dataset: await readForce(client, kept.model.spec, this.#groups) }
  }

  async begun(client: pg.ClientBase): Promise<void> {
    await client.query(`select ${LOCKS}`)
  }

  async came(client: pg.ClientBase, records: readonly string[]): Promise<void> {
    const scope = await this.#scope()
    try {
      if (await this.#link(client, scope, records)) return
    } catch (fault) {
      // what is in memory already may not stand
      this.#held = null
      // The record must not be lost: who is on it is then for the job that links everybody, which finds that it is not linked.
      await client.query('rollback to savepoint arriving').catch(() => Promise.reject(fault))
      this.#onFault(codeOf(fault))
    }
    await client.query('commit')
  }

  async #scope(): Promise<Scope> {
    const now = systemClock.now()
    if (this.#session === null || Temporal.Instant.compare(now, this.#session.until) >= 0) {
      const scope = await serviceScope(this.#pool, 'link records', ARRIVALS_JOB)
      this.#session = { scope, until: now.add({ seconds: SESSION_SECONDS }) }
    }
    return { ...this.#session.scope, requestId: randomUUID() }
  }

  /** @returns whether they are linked, and the transaction is committed: not where that is left to the job that links everybody */
  async #link(client: pg.ClientBase, scope: Scope, records: readonly string[]): Promise<boolean> {
    const mentions = await readArrived(client, scope, records, ARRIVING)
    const [first] = mentions ?? []
    if (mentions === null || first === undefined) return false
    const held = await this.#upToDate(client, first)
    if (held === null) return false
    const { index } = held
    const rows: MentionRow[] = mentions.filter(({ stands }) => stands)
    addOtherParties(rows)
    // A record that was there before is compared anew: what one party says is held against the others too.
    for (const { id } of mentions) index.remove(id)
    const arrivals = rows.map((row) => index.add(row))
    held.seq = await this.#write(client, held, mentions, arrivals)
    return true
  }

  /** What is in memory, with all that others have linked singly; null when everybody was linked anew a moment ago. */
  async #upToDate(client: pg.ClientBase, { run, seq }: Pick<Arrived, 'run' | 'seq'>): Promise<Held | null> {
    const held = this.#held
    const isLatest = held?.run === run
    // what has just been said need not be asked before the next
    this.#lookAgainAt = isLatest ? performance.now() + LOOK_AGAIN_MS : 0
    if (held === null || !isLatest) return null
    if (held.seq < seq) {
      const since = await readSince(client, held.seq)
      for (const { id } of since) held.index.remove(id)
      const standing = await readSome(client, since.flatMap(({ id, stands }) => (stands ? [id] : []))) // prettier-ignore
      for (const row of standing) held.index.add(row)
      held.seq = seq
    }
    return held
  }

  /** Writes what becomes of them, and commits. @returns the number of the last arrival */
  async #write(
    client: pg.ClientBase,
    held: Held,
    mentions: readonly Arrived[],
    arrivals: readonly Arrival[],
  ): Promise<number> {
    const [homes, { pairs, keys }] = await Promise.all([
      Homes.read(client, held.index, arrivals),
      // that has been sent, and is answered while this is worked out
      Promise.try(() => ({
        pairs: arrivals.map((arrival) => pairsOf(held, arrival)),
        keys: mentions.map((mention) => keysOf(mention, this.#names)),
      })),
    ])
    const changed = mentions.some(({ stands, person }) => !stands || person !== null)
    const closed = homes.sealed || mentions.some(({ sealed, police }) => sealed || police)
    if (changed || closed || homes.unknown) return clusterAgain(client, held, mentions, pairs.flat())
    const joined = joinEach(held, homes, mentions, arrivals, pairs)
    // now that it is known where everybody is known, and what they have been
    const placed = joined.placed.map((one): Placed => ({
      ...one,
      reach: [...homes.reachOf(one.person)].sort((a, b) => a - b),
    }))
    const graded = joined.pairs.map((pair) => gradedOf(homes, pair))
    const records = [...new Set(mentions.map(({ record }) => record))]
    const after = [
      ...wideningOfAll(mentions, placed, [...joined.grown], records),
      // Two people who are one by what has come are joined a moment later, by a clustering of all of theirs.
      ...(joined.bridged ? [CLUSTER_SOON] : []),
      'commit',
    ]
    const { id, version } = held.kept.model.spec
    return place(
      client,
      held.run,
      `${id} ${version}`,
      newId(systemClock.now().epochMilliseconds),
      placed,
      graded,
      placed.flatMap(({ person }, at) => (keys[at] ?? []).map((key) => ({ ...key, person }))),
      records,
      after,
    )
  }
}

/** Where each arrival belongs, with what becomes of its pairs. None of them is superseded. */
function joinEach(
  { index, kept }: Held,
  homes: Homes,
  mentions: readonly Arrived[],
  arrivals: readonly Arrival[],
  pairs: readonly (readonly Pair[])[],
) {
  const placed: Omit<Placed, 'reach'>[] = []
  const rows: PairRow[] = []
  /** Who is known to more BCUs than before. */
  const grown = new Set<string>()
  let bridged = false
  for (const [at, arrival] of arrivals.entries()) {
    const { role = '', bcu = 0 } = mentions[at] ?? {}
    const joining = joinArrival(index, kept.model, arrival, homes.around(arrival))
    // random through and through: an id that told the time would tell a partner when the first record came
    const person = joining.person ?? randomUUID()
    const known = homes.reachOf(person)
    if (known.size > 0 && !known.has(bcu)) grown.add(person)
    homes.enter(person, [arrival.position], [role], [bcu])
    const own = (pairs[at] ?? []).flatMap((pair) => {
      const theirs = homes.of(pair.other)
      if (theirs === undefined) return []
      return theirs === person ? asOne(pair) : asTwo(pair, joining.pairs[pair.edge]?.reason ?? null)
    })
    rows.push(...own)
    bridged ||= joining.bridged.length > 0
    placed.push({
      mention: index.idOf(arrival.position),
      person,
      isNew: joining.person === null,
      weight: joining.weight,
      settle: own.length > 0,
    })
  }
  return { placed, pairs: rows, grown, bridged }
}

/** With what a wrong answer may cost, where somebody is to look; of people who never faced each other, with whose risk says it. */
function gradedOf(homes: Homes, pair: PairRow): PairRow {
  if (pair.reason === null) return pair
  const [one, other] = [homes.personAt(pair.a), homes.personAt(pair.b)]
  if (haveFaced(homes.rolesAt(pair.a), homes.rolesAt(pair.b))) return { ...pair, harm: MOST_HARM }
  return one === undefined || other === undefined ? pair : { ...pair, risked: [one, other] }
}

/** What has records be within the reach of all who are on them, where they are not. */
function wideningOfAll(
  mentions: readonly Arrived[],
  placed: readonly Placed[],
  grown: readonly string[],
  records: readonly string[],
): pg.QueryConfig[] {
  const farther = placed.flatMap(({ person, reach }, at) => {
    const { reach: own = [] } = mentions[at] ?? {}
    return reach.every((one) => own.includes(one)) ? [] : [person]
  })
  return farther.length + grown.length > 0 ? [wideningOf(farther, grown, records)] : []
}

/**
 * Where a record has changed, or somebody sealed is near: everything that hangs together with it is clustered again, here and now, and
 * that is committed.
 * @returns the number of the last arrival
 */
async function clusterAgain(
  client: pg.ClientBase,
  held: Held,
  mentions: readonly Arrived[],
  pairs: readonly Pair[],
): Promise<number> {
  // these have lists of all lengths, and temporary tables
  await client.query('set local plan_cache_mode = auto; set local enable_seqscan = on')
  const ids = mentions.map(({ id }) => id)
  await replacePairs(client, held.run, ids, pairs.map(undecided))
  const losers = mentions.flatMap(({ stands, lastPerson }) => (stands || lastPerson === null ? [] : [lastPerson]))
  const { rows } = await client.query<{ id: string }>(
    'select mention_id as id from people.membership where person_id = any ($1) and to_at is null',
    [losers],
  )
  await settleMentions(client, [...ids, ...rows.map(({ id }) => id)], losers)
  await client.query(`select audit.record('combine', '{}', $1::uuid[], $2)`, [
    [...new Set(mentions.map(({ record }) => record))],
    JSON.stringify({ what: 'arrival', mentions: mentions.filter(({ stands }) => stands).length }),
  ])
  const last = await noteArrivals(client, ids)
  await client.query('commit')
  return last
}

/** A pair of an arrival that is worth keeping. */
interface Pair {
  /** Its place among the edges of the arrival, and the position of the other one. */
  readonly edge: number
  readonly other: number
  /** What kept the model from being certain of it. */
  readonly guards: readonly string[]
  readonly band: Band
  readonly row: Omit<PairRow, 'band' | 'reason'>
}

function pairsOf({ index }: Held, { position, edges }: Arrival): Pair[] {
  const pairs: Pair[] = []
  for (let edge = 0; edge < edges.count; edge++) {
    const [a, b, weight] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0, edges.weight[edge] ?? 0]
    if (index.decider.bandOf(edges, edge) === 'leave') continue
    const waterfall = index.explain(a, b)
    const { band, probability, reasons } = waterfall
    const row = {
      a: index.idOf(a),
      b: index.idOf(b),
      weight,
      chance: Number(probability.toFixed(6)),
      sure: band === 'auto',
      harm: 0,
      rule: edges.rule[edge] ?? -1,
      ...keptOf(waterfall),
    }
    pairs.push({ edge, other: a === position ? b : a, guards: reasons, band, row })
  }
  return pairs
}

/** Both are one person now. */
const asOne = ({ row }: Pair): PairRow => ({ ...row, band: 'link', reason: null })

/** They are two. @param reason why the clustering would have a person look; null for nothing to look at */
const asTwo = ({ row, guards }: Pair, reason: string | null): PairRow => ({
  ...row,
  band: 'review',
  reason: toldWhy(reason, guards),
})

/** Nobody has decided yet. */
const undecided = (pair: Pair): PairRow => asTwo(pair, pair.band === 'review' ? UNSURE : null)

const none: ReadonlySet<never> = new Set()

/** What is known of a person: the positions of their mentions, what they have been on records, the BCUs that they are known to. */
interface Known {
  readonly members: number[]
  readonly roles: Set<string>
  readonly reach: Set<number>
}

/** The people whose mentions the edges of arrivals lead to, as the database has them now. */
class Homes {
  readonly #personOf = new Map<number, string>()
  readonly #people = new Map<string, Known>()
  readonly #index: LiveIndex
  /** One of them is sealed; one of their mentions is not in memory. */
  sealed = false
  unknown = false

  private constructor(index: LiveIndex) {
    this.#index = index
  }

  static async read(client: pg.ClientBase, index: LiveIndex, arrivals: readonly Arrival[]): Promise<Homes> {
    const homes = new Homes(index)
    const own = new Set(arrivals.map(({ position }) => position))
    const others = new Set(arrivals.flatMap((arrival) => homes.#near(arrival)))
    const rows = await readHomes(
      client,
      [...others].flatMap((other) => (own.has(other) ? [] : [index.idOf(other)])),
    )
    for (const { mentions, person, sealed, roles, reach } of rows) {
      const positions = mentions.map((mention) => index.positionOf(mention))
      homes.sealed ||= sealed
      homes.unknown ||= positions.includes(-1)
      homes.enter(person, positions, roles, reach)
    }
    return homes
  }

  of(position: number): string | undefined {
    return this.#personOf.get(position)
  }

  enter(person: string, positions: readonly number[], roles: readonly string[], reach: readonly number[]): void {
    const known = this.#people.get(person) ?? { members: [], roles: new Set(), reach: new Set() }
    this.#people.set(person, known)
    for (const position of positions) {
      this.#personOf.set(position, person)
      known.members.push(position)
    }
    for (const role of roles) known.roles.add(role)
    for (const bcu of reach) known.reach.add(bcu)
  }

  /** The BCUs that somebody is known to; none of somebody who is new. */
  reachOf(person: string): ReadonlySet<number> {
    return this.#people.get(person)?.reach ?? none
  }

  /** What the person of a mention has been on records. */
  rolesAt(mention: string): ReadonlySet<string> {
    return this.#people.get(this.personAt(mention) ?? '')?.roles ?? none
  }

  personAt(mention: string): string | undefined {
    return this.of(this.#index.positionOf(mention))
  }

  /** Those whom an arrival could be. */
  around(arrival: Arrival): Home[] {
    const persons = new Set(this.#near(arrival).flatMap((other) => this.#personOf.get(other) ?? []))
    return [...persons].map((person) => ({ person, members: this.#people.get(person)?.members ?? [] }))
  }

  /** The mentions with which it makes a pair that is kept. */
  #near({ position, edges }: Arrival): number[] {
    const near: number[] = []
    for (let edge = 0; edge < edges.count; edge++) {
      if (this.#index.decider.bandOf(edges, edge) === 'leave') continue
      near.push((edges.a[edge] === position ? edges.b[edge] : edges.a[edge]) ?? 0)
    }
    return near
  }
}

/** As the worker tells of its jobs: codes only. */
function tellFault(fault: string): void {
  console.error(JSON.stringify({ level: 'error', at: systemClock.now().toString(), queue: ARRIVALS_JOB, fault }))
}

const linkings = new WeakMap<Pool, LiveLinking>()

/** The live linking of a worker's database: one a process, since it holds the whole force. @param pool as dauntless_worker */
export function liveLinking(pool: Pool): LiveLinking {
  const linking = linkings.get(pool) ?? new LiveLinking(pool, tellFault)
  linkings.set(pool, linking)
  return linking
}
