import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { Temporal } from '#platform/clock'
import { world, type World } from '#test/world'
import { scorePerson, type Involvement } from './rules.ts'
import { scoreForce } from './score.ts'
import { involvements, NO_SIGNS } from './targeting.fixture.ts'

const NOW = Temporal.Instant.from('2026-11-24T10:30:00Z')

describe('scoring the force', () => {
  let force: World
  before(async () => {
    force = await world()
  })
  after(() => force.close())

  async function put(suspect: string, rows: readonly Involvement[], sealed = false): Promise<void> {
    await force.admin.query(
      `insert into incidents.involvement
       select $1, v.*, false, a.arrested, 1 + (abs(hashtext(v.incident::text)) % 2), case when a.arrested then 'E09000033' end, '{1}', $8,
         a.conduct, a.strangulation, a.threat, a.high_risk, row_number() over (partition by v.incident order by v.victim) > 1
       from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::real[], $6::real[], $7::boolean[], $9::boolean[],
           $10::boolean[], $11::boolean[], $12::boolean[], $13::boolean[])
         as a (victim, incident, at, harm, most, fallback, arrested, conduct, strangulation, threat, high_risk)
       cross join lateral (select a.victim, a.incident, a.at, 'partner'::text, a.harm, a.most, a.fallback) v`,
      [
        suspect,
        rows.map((row) => row.victimId),
        rows.map((row) => row.incidentId),
        rows.map((row) => row.reportedAt.toString()),
        rows.map((row) => row.harmDays),
        rows.map((row) => row.harmMax),
        rows.map((row) => row.harmFallback),
        sealed,
        rows.map((row) => row.arrested),
        rows.map((row) => row.conduct),
        rows.map((row) => row.strangulation),
        rows.map((row) => row.threat),
        rows.map((row) => row.highRisk),
      ],
    )
  }

  /** A record of two days ago against somebody new. */
  const row = (): Involvement => ({
    victimId: randomUUID(),
    incidentId: randomUUID(),
    reportedAt: NOW.subtract({ hours: 48 }),
    harmDays: 20,
    harmMax: 20,
    harmFallback: false,
    arrested: false,
    ...NO_SIGNS,
  })

  async function person(sealed = false, merged: string | null = null): Promise<string> {
    const id = randomUUID()
    await force.admin.query(
      `insert into people.person (id, name, roles, reach, sealed, merged_into) values ($1, 'Invented', '{suspect}', '{1}', $2, $3)`,
      [id, sealed, merged],
    )
    return id
  }

  async function kept(id: string): Promise<unknown> {
    const { rows } = await force.admin.query<{ lastAt: Temporal.Instant; bcus: number[]; boroughs: string[] }>(
      `select recency, frequency, gravity, victims, total, incidents_24m as "incidents24m", harm_days as "harmDays", harm_max as "harmMax",
         harm_fallback as "harmFallback", victims_36m as "victims36m", last_at as "lastAt", serial, escalating, unarrested,
         conduct_36m as "conduct36m", strangulation_36m as "strangulation36m", threats_36m as "threats36m",
         high_risk_36m as "highRisk36m", lifted
       from targeting.score where person_id = $1`,
      [id],
    )
    return rows[0] ? { ...rows[0], lastAt: rows[0].lastAt.toString() } : null
  }
  const plain = (score: ReturnType<typeof scorePerson>): unknown =>
    score ? { ...score, lastAt: score.lastAt.toString() } : null

  it('gives everybody the score that the rules give one at a time', async () => {
    await force.admin.query('delete from incidents.involvement')
    const seed = Date.now() & 0x7fffffff
    console.log(`# seed ${seed}`)
    const lists = fc.sample(involvements(NOW), { numRuns: 400, seed })
    const expected = new Map<string, unknown>()
    for (const rows of lists) {
      const id = await person()
      await put(id, rows)
      expected.set(id, plain(scorePerson(rows, NOW)))
    }
    const { people } = await scoreForce(force.workerPool, { now: NOW })
    assert.equal(people, [...expected.values()].filter((score) => score !== null).length)
    assert.ok(people > 200, 'most of the sample has a score')
    for (const [id, score] of expected) assert.deepEqual(await kept(id), score)
  })

  it('is for those who see the person, from the moment that this changes', async () => {
    await force.admin.query('delete from incidents.involvement')
    const one = await person()
    await put(one, [row()])
    await scoreForce(force.workerPool, { now: NOW })
    const kept = async () =>
      (await force.admin.query('select reach, sealed from targeting.score where person_id = $1', [one])).rows[0]
    assert.deepEqual(await kept(), { reach: [1], sealed: false })
    await force.workerPool.query(`update people.person set reach = '{1,2}' where id = $1`, [one])
    assert.deepEqual(await kept(), { reach: [1, 2], sealed: false })
    await force.admin.query(`update people.person set sealed = true where id = $1`, [one])
    assert.deepEqual(await kept(), { reach: [1, 2], sealed: true })
    const { changed } = await scoreForce(force.workerPool, { now: NOW })
    assert.equal(changed, 0, 'there is nothing left for scoring to put right')
  })
  it('counts what is sealed for the sealed alone, and nothing for somebody merged away', async () => {
    await force.admin.query('delete from incidents.involvement')
    const open = row()
    const [mixed, hidden, sealed] = [await person(), await person(), await person(true)]
    const merged = await person(false, mixed)
    await put(mixed, [open])
    await put(mixed, [row()], true)
    await put(hidden, [row()], true)
    await put(sealed, [row()], true)
    await put(merged, [row()])
    await scoreForce(force.workerPool, { now: NOW })
    assert.deepEqual(await kept(mixed), plain(scorePerson([open], NOW)))
    assert.equal(await kept(hidden), null)
    assert.equal(await kept(merged), null)
    const { rows } = await force.admin.query('select person_id, sealed from targeting.score order by sealed')
    assert.deepEqual(rows, [
      { person_id: mixed, sealed: false },
      { person_id: sealed, sealed: true },
    ])
  })

  it('keeps every command and borough of the records, once each', async () => {
    await force.admin.query('delete from incidents.involvement')
    const id = await person()
    for (const [bcu, borough] of [
      [1, 'E09000033'],
      [2, 'E09000007'],
      [2, null],
      [1, 'E09000033'],
    ]) {
      await force.admin.query(
        `insert into incidents.involvement values ($1, $2, gen_random_uuid(), $3, null, 10, 10, false, false, false, $4, $5, '{1}', false)`,
        [id, randomUUID(), NOW.toString(), bcu, borough],
      )
    }
    await scoreForce(force.workerPool, { now: NOW, version: 'another' })
    const { rows } = await force.admin.query('select bcus, boroughs, version from targeting.score, targeting.scoring')
    assert.deepEqual(rows, [{ bcus: [1, 2], boroughs: ['E09000007', 'E09000033'], version: 'another' }])
  })

  it('writes only what has changed since, and takes away who has no score any more', async () => {
    await force.admin.query('delete from incidents.involvement')
    const [stays, grows, goes] = [await person(), await person(), await person()]
    const first = row()
    await put(stays, [row()])
    await put(grows, [first])
    await put(goes, [row()])
    await scoreForce(force.workerPool, { now: NOW })
    const again = await scoreForce(force.workerPool, { now: NOW })
    assert.deepEqual([again.people, again.changed], [3, 0])
    const second = row()
    await put(grows, [second])
    await force.admin.query('delete from incidents.involvement where suspect_id = $1', [goes])
    const later = NOW.add({ hours: 1 })
    const changed = await scoreForce(force.workerPool, { now: later })
    assert.deepEqual([changed.people, changed.changed], [2, 1])
    assert.deepEqual(await kept(grows), plain(scorePerson([first, second], later)))
    assert.equal(await kept(goes), null)
    const { rows } = await force.admin.query<{ scored_at: Temporal.Instant }>('select scored_at from targeting.scoring')
    assert.deepEqual(
      rows.map(({ scored_at }) => scored_at.toString()),
      [later.toString()],
    )
  })
})
