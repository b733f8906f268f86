import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type pg from 'pg'
import { joinArrival, LiveIndex, type Home, type MentionRow } from '#linkage-engine'
import { linkForce, liveLinking, loadNameGroups, modelOfPairs, readForce } from '#modules/linkage'
import { serviceScope } from '#modules/incidents'
import { together, type Pool } from '#platform/db'
import { print, quantile, say } from './figure.ts'
import { settle, withGround } from './ground.ts'
import { liveMentions, LOT, type LiveMention } from './live-mentions.ts'

/** Mentions that come after those that stand: in memory alone, and with a transaction each. */
const IN_MEMORY = 20_000
const COMMITTED = 24_000
/** The first are not counted: the machine has not seen the code yet, and goes on compiling it for some thousand mentions. */
const WARMING = 4_000

/** Many records with one party or two. */
const RECORD = `with x as materialized (
    select * from json_to_recordset($1) x (id uuid, record uuid, bcu smallint, role text, forenames text, surname text, dob text, sex text, postcode text, phone text)),
  r as materialized (select distinct record, bcu from x),
  i as (
    insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, flags, summary, hash, batch_id, reach)
    select r.record, 'rms', left(r.record::text, 36), 'crime', 'recorded', true, timestamptz '2026-01-01', r.bcu,
      '{DA}'::text[], 'Invented report', r.record::text, gen_random_uuid(), array[r.bcu]
    from r)
  insert into people.mention (id, record_id, seq, source, role, forenames, surname, dob, sex, postcode, phone, reach)
  select x.id, x.record, row_number() over (partition by x.record order by x.id), 'rms', x.role, nullif(x.forenames, ''), nullif(x.surname, ''),
    nullif(x.dob, '')::date, nullif(x.sex, ''), nullif(x.postcode, ''), nullif(x.phone, ''), array[r.bcu]
  from x join r using (record)`

const recordsOf = (rows: readonly LiveMention[]): pg.QueryConfig => ({ text: RECORD, values: [JSON.stringify(rows)] })

/** One record of one party, as whoever writes a single one does. */
const ONE = `with i as (
    insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, flags, summary, hash, batch_id, reach)
    values ($1, 'rms', $2, 'crime', 'recorded', true, '2026-01-01', $3, '{DA}', 'Invented report', $2, gen_random_uuid(), array[$3]::smallint[]))
  insert into people.mention (id, record_id, seq, source, role, forenames, surname, dob, sex, postcode, phone, reach)
  values ($4, $1, 1, 'rms', $5, $6, $7, $8, $9, $10, $11, array[$3]::smallint[])`

const oneOf = (row: LiveMention): pg.QueryConfig => {
  const { id, record, bcu, role, forenames, surname, dob, sex, postcode, phone } = row
  const told = [forenames, surname, dob, sex, postcode, phone].map((text) => (text === '' ? null : text))
  return { name: 'bench.one', text: ONE, values: [record, record, bcu, id, role, ...told] }
}

/** A date that a calendar has; slips make others, which a database does not hold. */
const dated = (row: LiveMention): LiveMention => {
  const { dob } = row
  const day = new Date(`${dob}T00:00:00Z`)
  return dob === '' || (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(dob)) ? row : { ...row, dob: '' }
}

/** Milliseconds of each transaction that records a mention, linked in it or not. */
async function timesOf(pool: Pool, rows: readonly LiveMention[], linked: boolean): Promise<number[]> {
  const linking = liveLinking(pool)
  const client = await pool.connect()
  const times: number[] = []
  try {
    for (const row of rows) {
      const began = performance.now()
      if (linked) await linking.ready()
      await together(client, ['begin', oneOf(row)])
      await (linked ? linking.came(client, [row.record]) : client.query('commit'))
      times.push(performance.now() - began)
    }
  } finally {
    client.release()
  }
  return times
}

/** Milliseconds in memory of each mention that comes: compared, decided, put in. */
async function memoryOf(worker: Pool, rows: readonly MentionRow[]): Promise<number[]> {
  const client = await worker.connect()
  const kept = await modelOfPairs(client)
  if (kept === null) throw new Error('nothing is linked')
  const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)
  const reading = performance.now()
  const dataset = await readForce(client, kept.model.spec, loadNameGroups())
  say(`${dataset.size} mentions read in ${seconds(reading)} s`)
  const members = await client.query<{ mention: string; person: string }>(
    'select mention_id as mention, person_id as person from people.membership where to_at is null',
  )
  client.release()
  const began = performance.now()
  const index = new LiveIndex(dataset, kept.model, { frequencies: kept.frequencies })
  say(`${index.size} put in memory in ${seconds(began)} s`)
  const personOf: string[] = []
  const homes = new Map<string, number[]>()
  const enter = (position: number, person: string): void => {
    personOf[position] = person
    const own = homes.get(person)
    if (own === undefined) homes.set(person, [position])
    else own.push(position)
  }
  for (const { mention, person } of members.rows) enter(index.positionOf(mention), person)
  members.rows.length = 0
  const times: number[] = []
  const counts = { joined: 0, refused: 0, compared: 0 }
  for (const row of rows) {
    const start = performance.now()
    const arrival = index.add(row)
    const { edges, position } = arrival
    const near = new Set<string>()
    for (let edge = 0; edge < edges.count; edge++) {
      if (index.decider.bandOf(edges, edge) === 'leave') continue
      const person = personOf[(edges.a[edge] === position ? edges.b[edge] : edges.a[edge]) ?? 0]
      if (person !== undefined) near.add(person)
    }
    const around = [...near].map((person): Home => ({ person, members: homes.get(person) ?? [] }))
    const { person } = joinArrival(index, kept.model, arrival, around)
    times.push(performance.now() - start)
    enter(position, person ?? row.id)
    if (person !== null) counts.joined++
    counts.refused += arrival.refused.length
    counts.compared += arrival.compared
  }
  say(
    `${rows.length} came: ${counts.joined} joined somebody, ${Math.round(counts.compared / rows.length)} compared each, ${counts.refused} blocks refused`,
  )
  return times
}

/**
 * One new mention against all that stand: what it takes in memory, and with the transaction that records it, on a database with the
 * settings of production. Baseline: the same rows committed without being linked.
 */
export async function linkageLiveBench(size: number): Promise<void> {
  await withGround(async ({ admin, worker }) => {
    const rows = liveMentions(size + IN_MEMORY + 2 * COMMITTED).map(dated)
    const coming = rows.splice(size)
    while (rows.length > 0) await admin.query(recordsOf(rows.splice(0, LOT)))
    // not of the tables that are empty still: a plan made for those does not suit what comes into them
    await admin.query('vacuum (analyze) people.mention, incidents.incident')
    say(`${size} mentions written`)
    const report = await linkForce(worker, await serviceScope(worker, 'link records', 'bench'), say)
    say(`linked in ${report.seconds} s: ${report.persons} persons, ${report.edges} pairs kept`)
    await settle(admin)
    // each a record of its own, as it comes
    const alone = coming.slice(IN_MEMORY).map((row) => ({ ...row, record: row.id }))
    const memory = await memoryOf(worker, coming.slice(0, IN_MEMORY))
    collectGarbage() // a worker holds one index, not what is left of another
    const times = await timesOf(worker, alone.slice(0, COMMITTED), true)
    const { rows: arrivals } = await admin.query<{ n: number }>('select count(*)::int as n from linkage.arrival')
    const linked = arrivals[0]?.n ?? 0
    if (linked < 0.99 * COMMITTED) throw new Error(`${linked} of ${COMMITTED} were linked as they came`)
    say(`${linked} of ${COMMITTED} were linked as they came`)
    const plain = await timesOf(worker, alone.slice(COMMITTED), false)
    tell(size, memory.slice(WARMING), times.slice(WARMING), plain.slice(WARMING))
  })
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}

function tell(size: number, memory: readonly number[], times: readonly number[], plain: readonly number[]): void {
  const shares = (of: readonly number[]): string =>
    [0.5, 0.95, 0.99, 0.999].map((share) => `${100 * share} % ${quantile(of, share).toPrecision(3)}`).join(', ')
  say(`memory, ms: ${shares(memory)}`)
  say(`with the transaction, ms: ${shares(times)}`)
  say(`the transaction alone, ms: ${shares(plain)}`)
  const perSecond = (of: readonly number[]): number => (1000 * of.length) / of.reduce((sum, ms) => sum + ms, 0)
  const figure = (name: string, value: number, unit: string, baseline: number): void =>
    print({ bench: 'linkage-live', figure: name, value, unit, baseline, n: size })
  figure('memory_p99_ms', quantile(memory, 0.99), 'ms', quantile(plain, 0.99))
  figure('commit_p99_ms', quantile(times, 0.99), 'ms', quantile(plain, 0.99))
  figure('per_s', perSecond(times), 'mentions/s', perSecond(plain))
}
