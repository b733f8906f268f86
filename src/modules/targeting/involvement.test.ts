import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { fixedClock, Temporal } from '#platform/clock'
import { signsOf } from '#modules/incidents'
import { PERSONS_CHANGED } from '#modules/linkage'
import { world, type World } from '#test/world'
import { targetingModule } from './index.ts'
import { deriveInvolvement } from './involvement.ts'
import { NO_VICTIM } from './rules.ts'
import { scoreForce } from './score.ts'
import { HARM_VERSION, loadHarmWeights } from './weights.ts'

describe('who was reported against whom', () => {
  let force: World
  before(async () => {
    force = await world()
    await loadHarmWeights(force.workerPool, HARM_VERSION)
    await force.admin.query(`insert into incidents.offence (incident_id, seq, code, cjs_code, title)
      select id, 2, '5D', 'SC15005', 'Intentional strangulation' from incidents.incident where ref = '01/0000001/26'`)
  })
  after(() => force.close())
  beforeEach(() => deriveInvolvement(force.workerPool))

  async function rows(): Promise<{ suspect: string; victim: string; ref: string; harm: number }[]> {
    const name = (id: string): string => Object.entries(force.persons).find(([, value]) => value === id)?.[0] ?? id
    const found = await force.admin.query<{ suspect_id: string; victim_id: string; ref: string; harm: number }>(
      `select v.suspect_id, v.victim_id, i.ref, v.harm_days as harm from incidents.involvement v join incidents.incident i on i.id = v.incident_id
       order by i.ref, v.suspect_id, v.victim_id`,
    )
    return found.rows.map(({ suspect_id, victim_id, ref, harm }) => ({
      suspect: name(suspect_id),
      victim: name(victim_id),
      ref: ref.slice(3, 10),
      harm,
    }))
  }

  // actual bodily harm, code 8/1, is in no table: 365 days stand in. Strangulation is, with 182.
  const ALL = [
    { suspect: 'kiran', victim: 'noor', ref: '0000001', harm: 365 + 182 },
    { suspect: 'noor', victim: 'kiran', ref: '0000002', harm: 365 },
    { suspect: 'tomasz', victim: 'ewa', ref: '0000003', harm: 365 },
    { suspect: 'officer', victim: 'sealedPartner', ref: '0000004', harm: 365 },
  ]

  it('is one row for each suspect, victim and record, with the harm of every offence and fallbacks marked', async () => {
    assert.deepEqual(await rows(), ALL)
    const { rows: marked } = await force.admin.query<{ harm_max: number; harm_fallback: boolean; severe: boolean }>(
      `select harm_max, harm_fallback, severe, relationship, sealed from incidents.involvement where suspect_id = $1`,
      [force.persons.kiran],
    )
    assert.deepEqual(marked, [
      { harm_max: 365, harm_fallback: true, severe: true, relationship: 'partner', sealed: false },
    ])
  })

  it('has the signs that the rules tell of its titles, flags and grade', async () => {
    const titles = [
      'Stalking',
      'harassment of a person',
      'Threats to kill',
      'Coercive control',
      'Suffocation',
      'Affray',
    ]
    const seed = Date.now() & 0x7fffffff
    console.log(`# seed ${seed}`)
    const records = fc.sample(
      fc.record({
        titles: fc.uniqueArray(fc.constantFrom(...titles), { maxLength: 3 }),
        flags: fc.uniqueArray(fc.constantFrom('alcohol', 'stalking', 'strangulation'), { maxLength: 2 }),
        riskGrade: fc.constantFrom(null, 'medium', 'high'),
      }),
      { numRuns: 40, seed },
    )
    const { c1 } = force.incidents
    const { rows: was } = await force.admin.query<{ flags: string[]; grade: string | null }>(
      'select flags, risk_grade as grade from incidents.incident where id = $1',
      [c1],
    )
    for (const record of records) {
      await force.admin.query('update incidents.incident set flags = $2, risk_grade = $3 where id = $1', [
        c1,
        record.flags,
        record.riskGrade,
      ])
      await force.admin.query('delete from incidents.offence where incident_id = $1 and seq >= 50', [c1])
      await force.admin.query(
        `insert into incidents.offence (incident_id, seq, code, title)
         select $1, 49 + n, 'sign-' || title, title from unnest($2::text[]) with ordinality t (title, n)`,
        [c1, record.titles],
      )
      await deriveInvolvement(force.workerPool, { persons: [force.persons.tomasz] })
      const { rows: found } = await force.admin.query(
        `select conduct, strangulation, threat, high_risk as "highRisk" from incidents.involvement where incident_id = $1`,
        [c1],
      )
      assert.deepEqual(found, [signsOf(record)], JSON.stringify(record))
    }
    await force.admin.query('delete from incidents.offence where incident_id = $1 and seq >= 50', [c1])
    await force.admin.query('update incidents.incident set flags = $2, risk_grade = $3 where id = $1', [
      c1,
      was[0]?.flags,
      was[0]?.grade,
    ])
  })

  it('follows when mentions become somebody else’s, as linkage tells it', async () => {
    const subscriber = targetingModule.subscribers?.find(({ topic }) => topic === PERSONS_CHANGED)
    assert.ok(subscriber)
    const move = (to: string) =>
      force.admin.query(
        `update people.membership set person_id = $1 where mention_id = (select id from people.mention where mention_ref = 'c1-1')`,
        [to],
      )
    const tell = () =>
      subscriber.handle(
        {
          id: 'e',
          topic: PERSONS_CHANGED,
          subject: '',
          data: { persons: `${force.persons.tomasz},${force.persons.kiran}` },
        },
        { pool: force.workerPool, clock: fixedClock('2026-03-15T12:00:00Z'), signal: new AbortController().signal },
      )
    await move(force.persons.kiran)
    await tell()
    assert.deepEqual((await rows()).find(({ ref }) => ref === '0000003')?.suspect, 'kiran')
    await move(force.persons.tomasz)
    await tell()
    await tell()
    assert.deepEqual(await rows(), ALL)
  })

  it('leaves out what was cancelled, no-crimed or not domestic', async () => {
    for (const change of [`status = 'cancelled'`, `status = 'no_crime'`, 'domestic = false']) {
      await force.admin.query(`update incidents.incident set ${change} where id = $1`, [force.incidents.a1])
      await deriveInvolvement(force.workerPool, { persons: [force.persons.noor] })
      assert.deepEqual(await rows(), ALL.slice(1), change)
      await force.admin.query(`update incidents.incident set status = 'recorded', domestic = true where id = $1`, [
        force.incidents.a1,
      ])
    }
  })

  it('keeps a suspect with no victim who is known', async () => {
    await force.admin.query(
      `update people.mention set superseded_at = now() where record_id = $1 and role = 'victim'`,
      [force.incidents.c1],
    )
    await deriveInvolvement(force.workerPool, { persons: [force.persons.ewa] })
    assert.equal((await rows())[2]?.victim, NO_VICTIM)
    await force.admin.query(`update people.mention set superseded_at = null where record_id = $1`, [force.incidents.c1])
  })

  it('lays an arrest to the one suspect of a record, and to none of two', async () => {
    await force.admin.query('update incidents.incident set arrest_made = true where id = $1', [force.incidents.c1])
    const arrested = async (): Promise<unknown> => {
      await deriveInvolvement(force.workerPool, { persons: [force.persons.tomasz] })
      const found = await force.admin.query('select arrested from incidents.involvement where incident_id = $1', [
        force.incidents.c1,
      ])
      return found.rows.map((row: { arrested: boolean }) => row.arrested)
    }
    assert.deepEqual(await arrested(), [true])
    await force.admin.query(`update people.mention set role = 'suspect' where record_id = $1 and role = 'victim'`, [
      force.incidents.c1,
    ])
    assert.deepEqual(await arrested(), [false, false])
    await force.admin.query(`update people.mention set role = 'victim' where record_id = $1 and seq = 2`, [
      force.incidents.c1,
    ])
    await force.admin.query('update incidents.incident set arrest_made = false where id = $1', [force.incidents.c1])
  })

  it('tells the rows of a record with two victims apart, so that it counts once', async () => {
    const { rows: added } = await force.admin.query<{ id: string }>(
      `insert into people.mention (id, record_id, seq, source, role, reach) values (gen_random_uuid(), $1, 9, 'rms', 'victim', '{1}') returning id`,
      [force.incidents.c1],
    )
    await force.admin.query(
      `insert into people.membership (mention_id, person_id, decision_id) select $1, $2, id from people.decision limit 1`,
      [added[0]?.id, force.persons.noor],
    )
    await deriveInvolvement(force.workerPool, { persons: [force.persons.noor] })
    const { rows: found } = await force.admin.query<{ again: boolean }>(
      'select again from incidents.involvement where incident_id = $1 order by victim_id',
      [force.incidents.c1],
    )
    assert.deepEqual(
      found.map(({ again }) => again),
      [false, true],
    )
    await force.admin.query('update people.mention set superseded_at = now() where id = $1', [added[0]?.id])
  })

  it('rebuilt for the people of a changed link is the same as rebuilt whole', async () => {
    const { rows: moved } = await force.admin.query<{ mention_id: string }>(
      `update people.membership set person_id = $1 where person_id = $2 returning mention_id`,
      [force.persons.ewa, force.persons.noor],
    )
    await deriveInvolvement(force.workerPool, { persons: [force.persons.ewa, force.persons.noor] })
    const part = await rows()
    await deriveInvolvement(force.workerPool)
    assert.deepEqual(part, await rows())
    assert.equal(part[0]?.victim, 'ewa')
    await force.admin.query(`update people.membership set person_id = $1 where mention_id = any ($2)`, [
      force.persons.noor,
      moved.map(({ mention_id }) => mention_id),
    ])
  })

  it('never makes a score for somebody who is only a victim', async () => {
    const { people } = await scoreForce(force.workerPool, { now: Temporal.Instant.from('2026-11-24T10:30:00Z') })
    const { rows: scored } = await force.admin.query<{ id: string }>('select person_id as id from targeting.score')
    assert.equal(people, 4)
    for (const id of [force.persons.ewa, force.persons.sealedPartner]) {
      assert.ok(!scored.some((row) => row.id === id))
    }
  })
})
