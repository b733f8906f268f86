import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceScope } from '#modules/incidents'
import { BCU, world, type World } from '#test/world'
import { settleArrivals } from './arrivals-job.ts'
import { seededRandom } from './engine/random.ts'
import { arrive, link, partner, person, personOf, putCouples, putMention, putRecord, supersede, type MadeRecord, type Party } from './linkage.fixture.ts' // prettier-ignore
import { LiveLinking } from './live-linking.ts'

const { AW, CN } = BCU

/** Has the model stay as it is, however many records come. */
const publish = (force: World) =>
  force.admin.query(`update linkage.model set published_by = $1 where status = 'published'`, [force.accounts.lead])

/** Whose every mention is, and every pair that is kept. */
const standing = async (force: World) => [
  (await force.admin.query('select mention_id, person_id from people.membership where to_at is null order by 1')).rows,
  (
    await force.admin.query(
      `select a, b, weight, chance, band, sure, reason, case when reason is not null then harm end as harm, levels, rarity, rule
       from linkage.edge order by a, b`,
    )
  ).rows,
  (
    await force.admin.query(
      'select id, name, dob, sex, roles, incidents, reach, sealed from people.person where merged_into is null order by id',
    )
  ).rows,
  (await force.admin.query('select kind, value, person_id from people.search_key order by 1, 2, 3')).rows,
]

const settled = async (force: World) =>
  settleArrivals(force.workerPool, await serviceScope(force.workerPool, 'settle arrivals', 'test'))

/** The rows that only one of two lists has. */
function apart(one: readonly object[], other: readonly object[]): string[] {
  const [left, right] = [one, other].map((rows) => new Set(rows.map((row) => JSON.stringify(row)))) as [
    Set<string>,
    Set<string>,
  ]
  return [...left.symmetricDifference(right)].sort()
}

/** What was worked out of everybody as they came is what it would be if it were worked out of all that they are on. */
async function mustBeDescribed(force: World): Promise<void> {
  const said = async () => [
    (await force.admin.query('select id, name, dob, sex, roles, incidents, reach from people.person order by id')).rows,
    (await force.admin.query('select id, reach, sealed from incidents.incident order by id')).rows,
    (await force.admin.query('select id, reach from people.mention where superseded_at is null order by id')).rows,
  ]
  const was = await said()
  await force.admin.query('select linkage.describe(array(select id from people.person))')
  for (const [at, rows] of (await said()).entries()) assert.deepEqual(apart(was[at] ?? [], rows), [])
  const graded = await force.admin.query<{ harm: number; was: number }>(
    `select linkage.harm_of(x.person_id, y.person_id) as harm, e.harm as was from linkage.edge e
     join people.membership x on x.mention_id = e.a and x.to_at is null join people.membership y on y.mention_id = e.b and y.to_at is null
     join linkage.arrival l on l.mention_id in (e.a, e.b) where e.reason is not null`,
  )
  assert.ok(graded.rows.some(({ harm }) => harm === 1 || harm === 2))
  assert.deepEqual(
    graded.rows.filter(({ harm, was }) => harm !== was),
    [],
  )
}

/** A run over everybody finds nothing to change: what came singly stands as if it had come at once. */
async function mustStand(force: World): Promise<void> {
  const was = await standing(force)
  const run = await link(force)
  assert.deepEqual([run.created, run.revived, run.moved, run.retired, run.sealed], [0, 0, 0, 0, 0])
  const now = await standing(force)
  for (const [at, rows] of was.entries()) assert.deepEqual(apart(now[at] ?? [], rows), [])
}

describe('a record that comes singly', () => {
  let force: World
  let linking: LiveLinking
  let made: MadeRecord[][] = []
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
    await link(force)
    await publish(force)
    linking = new LiveLinking(force.workerPool)
  })
  after(() => force.close())

  it('has its people joined to whom they are, in its own transaction, found and described at once', async () => {
    const couple = made[4] ?? []
    const [victim, suspect] = [await personOf(force.admin, couple[0]?.mentions[0]), await personOf(force.admin, couple[0]?.mentions[1])] // prettier-ignore
    const record = await arrive(force, linking, (client) =>
      putRecord(client, CN, [partner(4, 'victim'), { ...partner(4, 'suspect'), nominal: 'RMS:N-88123' }]),
    )
    assert.equal(await personOf(force.admin, record.mentions[0]), victim)
    assert.equal(await personOf(force.admin, record.mentions[1]), suspect)
    const now = await person(force.admin, suspect)
    assert.deepEqual([now.incidents, now.reach], [couple.length + 1, [AW, CN]])
    const keys = await force.admin.query('select person_id from people.search_key where value = $1', ['N88123'])
    assert.deepEqual(keys.rows, [{ person_id: suspect }])
    const logged = await force.admin.query(
      `select detail from audit.entry where action = 'combine' and objects = array[$1::uuid]`,
      [record.id],
    )
    assert.deepEqual(logged.rows, [{ detail: { what: 'arrival', mentions: 2, joined: 2 } }])
    await settled(force)
    await mustStand(force)
  })

  it('goes through nothing of what came before, also over a connection that was planned when nothing had come', async () => {
    const fresh = await world()
    try {
      await putCouples(fresh.admin)
      await link(fresh)
      await publish(fresh)
      await fresh.admin.query('vacuum (analyze) linkage.arrival')
      const first = new LiveLinking(fresh.workerPool)
      const one = (): Promise<MadeRecord> =>
        arrive(fresh, first, (client) => putRecord(client, AW, [partner(3, 'victim')]))
      await one()
      await fresh.admin.query(
        'insert into linkage.arrival (seq, mention_id, settled_at) select 1000 + n, gen_random_uuid(), now() from generate_series(1, 5000) n',
      )
      await one() // reads on to the last of them
      const readSoFar = async (): Promise<number> => {
        await fresh.workerPool.query('select pg_stat_force_next_flush()')
        await sleep(50)
        const { rows } = await fresh.admin.query<{ read: number }>(
          `select seq_tup_read::int as read from pg_stat_user_tables where relid = 'linkage.arrival'::regclass`,
        )
        return rows[0]?.read ?? Number.NaN
      }
      const before = await readSoFar()
      for (let times = 0; times < 5; times++) await one()
      assert.ok((await readSoFar()) - before < 5000, String((await readSoFar()) - before))
    } finally {
      await fresh.close()
    }
  })

  it('is within reach, with what its people were involved in before, of every BCU that they are known to', async () => {
    const before_ = made[20]?.[0]
    const [victim, suspect] = [await personOf(force.admin, before_?.mentions[0]), await personOf(force.admin, before_?.mentions[1])] // prettier-ignore
    await force.admin.query(
      `insert into incidents.involvement (suspect_id, victim_id, incident_id, reported_at, harm_days, harm_max, harm_fallback, severe, arrested,
         bcu_id, reach, sealed) select $1, $2, i.id, i.reported_at, 1, 1, false, false, false, i.bcu_id, i.reach, false
       from incidents.incident i where i.id = $3`,
      [suspect, victim, before_?.id],
    )
    const reaches = async (): Promise<unknown[]> => {
      const { rows } = await force.admin.query<{ incident: number[]; involvement: number[]; mention: number[] }>(
        `select i.reach as incident, v.reach as involvement, m.reach as mention from incidents.incident i
         join incidents.involvement v on v.incident_id = i.id join people.mention m on m.record_id = i.id where i.id = $1`,
        [before_?.id],
      )
      return rows.flatMap(({ incident, involvement, mention }) => [incident, involvement, mention])
    }
    assert.deepEqual(await reaches(), Array(6).fill([AW]))
    const record = await arrive(force, linking, (client) => putRecord(client, CN, [partner(20, 'victim')]))
    assert.deepEqual(await reaches(), Array(6).fill([AW, CN]))
    const { rows } = await force.admin.query('select reach from incidents.incident where id = $1', [record.id])
    assert.deepEqual(rows, [{ reach: [AW, CN] }])
    await settled(force)
    await mustStand(force)
    assert.deepEqual(await reaches(), Array(6).fill([AW, CN]))
  })

  it('makes somebody new of whom nobody is like', async () => {
    const record = await arrive(force, linking, (client) =>
      putRecord(client, AW, [{ forenames: 'Zebedee', surname: 'Quartermain', dob: '1961-09-30', sex: 'M' }]),
    )
    const who = await personOf(force.admin, record.mentions[0])
    assert.equal((await person(force.admin, who)).name, 'Zebedee Quartermain')
    await mustStand(force)
  })

  it('puts a victim up for review who is a suspect elsewhere, and joins nobody to whom it must not', async () => {
    const victim = made[7]?.[0]?.mentions[0]
    const record = await arrive(force, linking, (client) =>
      putRecord(client, AW, [{ ...partner(7, 'victim'), role: 'suspect' }]),
    )
    assert.notEqual(await personOf(force.admin, record.mentions[0]), await personOf(force.admin, victim))
    const { rows } = await force.admin.query<{ reason: string; harm: number }>(
      'select reason, harm from linkage.edge where $1 in (a, b) and $2 in (a, b)',
      [record.mentions[0], victim],
    )
    assert.deepEqual(rows, [{ reason: 'victim and suspect roles', harm: 3 }])
    await settled(force)
    await mustStand(force)
  })

  it('seals at once a police employee and whoever is joined to somebody sealed', async () => {
    const officer: Party = { role: 'suspect', forenames: 'Peregrine', surname: 'Oakapple', dob: '1980-04-05', sex: 'M', phone: '07700 900777' } // prettier-ignore
    const first = await arrive(force, linking, (client) =>
      putRecord(client, AW, [{ ...officer, policeEmployee: true }]),
    )
    const who = await personOf(force.admin, first.mentions[0])
    assert.equal((await person(force.admin, who)).sealed, true)
    const second = await arrive(force, linking, (client) => putRecord(client, CN, [officer]))
    assert.equal(await personOf(force.admin, second.mentions[0]), who)
    const { rows } = await force.admin.query('select sealed from incidents.incident where id = $1', [second.id])
    assert.deepEqual(rows, [{ sealed: true }])
    await mustStand(force)
  })

  it('is compared anew when it is corrected, and whoever is left without mentions points to where they went', async () => {
    const wrong = await arrive(force, linking, (client) =>
      putRecord(client, AW, [{ forenames: 'Wrongly', surname: 'Written', dob: '1944-02-03', sex: 'F' }]),
    )
    const before_ = await personOf(force.admin, wrong.mentions[0])
    const right = await arrive(force, linking, async (client) => {
      await supersede(client, wrong.mentions[0] ?? '')
      return { id: wrong.id, mention: await putMention(client, wrong.id, 1, AW, partner(9, 'suspect')) }
    })
    assert.equal(await personOf(force.admin, right.mention), await personOf(force.admin, made[9]?.[0]?.mentions[1]))
    const { incidents, merged_into } = await person(force.admin, before_)
    assert.deepEqual([incidents, merged_into], [0, await personOf(force.admin, right.mention)])
    await settled(force)
    await mustStand(force)
  })

  it('keeps to what people have said, through a correction too', async () => {
    const [one, other] = [made[11]?.[0]?.mentions[1] ?? '', made[12]?.[0]?.mentions[1] ?? '']
    const judgement = '01900000-0000-7000-8000-00000000aaaa'
    const [a, b] = one < other ? [one, other] : [other, one]
    await force.admin.query(
      `insert into linkage.judgement (id, kind, a, b, answer, reason, by_account) values ($1, 'pair', $2, $3, 'different', 'test', $4)`,
      [judgement, a, b, force.accounts.supervisorAW],
    )
    await force.admin.query(
      `insert into linkage.assertion (judgement_id, a, b, verdict) values ($1, $2, $3, 'different')`,
      [judgement, a, b],
    )
    // now one of the two records says that he is the other man
    const record = made[11]?.[0]?.id ?? ''
    const corrected = await arrive(force, linking, async (client) => {
      await supersede(client, one)
      return { id: record, mention: await putMention(client, record, 2, AW, partner(12, 'suspect')) }
    })
    assert.notEqual(await personOf(force.admin, corrected.mention), await personOf(force.admin, other))
    await settled(force)
    await mustStand(force)
  })

  it('is not in memory when its transaction cannot be committed, and is linked when it comes again', async () => {
    await arrive(force, linking, (client) => putRecord(client, AW, [partner(14, 'suspect')]))
    const was = linking.size
    await force.admin.query(`
      create function public.full_disk() returns trigger language plpgsql as $$ begin raise 'no space' using errcode = '53100'; end $$;
      create constraint trigger full_disk after insert on linkage.arrival deferrable initially deferred
        for each row execute function public.full_disk()`)
    const failing = arrive(force, linking, (client) => putRecord(client, AW, [partner(15, 'suspect')]))
    await assert.rejects(failing, { code: '53100' })
    await force.admin.query('drop function public.full_disk() cascade')
    await linking.ready()
    assert.equal(linking.size, was)
    const again = await arrive(force, linking, (other) => putRecord(other, AW, [partner(15, 'suspect')]))
    assert.equal(
      await personOf(force.admin, again.mentions[0]),
      await personOf(force.admin, made[15]?.[0]?.mentions[1]),
    )
  })

  it('sees what another worker has linked since', async () => {
    const other = new LiveLinking(force.workerPool)
    const stranger: Party = {
      forenames: 'Ottoline',
      surname: 'Vexley',
      dob: '1979-12-11',
      sex: 'F',
      postcode: 'N1 9ZZ',
    }
    const first = await arrive(force, other, (client) => putRecord(client, AW, [stranger]))
    const second = await arrive(force, linking, (client) => putRecord(client, AW, [stranger]))
    assert.equal(await personOf(force.admin, second.mentions[0]), await personOf(force.admin, first.mentions[0]))
  })

  it('is left to the job while everybody is being linked', async () => {
    await force.admin.query('begin')
    await force.admin.query('select pg_advisory_xact_lock(727003)')
    const left = await arrive(force, linking, (client) => putRecord(client, AW, [partner(16, 'suspect')]))
    await force.admin.query('commit')
    assert.equal(await personOf(force.admin, left.mentions[0]), null)
    await link(force)
    assert.equal(await personOf(force.admin, left.mentions[0]), await personOf(force.admin, made[16]?.[0]?.mentions[1]))
  })

  it('is kept when it cannot be linked, which is told, and the job links it', async () => {
    const faults: string[] = []
    const failing = new LiveLinking(force.workerPool, (code) => faults.push(code))
    await force.admin.query('revoke insert on linkage.arrival from dauntless_worker')
    const left = await arrive(force, failing, (client) => putRecord(client, AW, [partner(17, 'suspect')]))
    await force.admin.query('grant insert on linkage.arrival to dauntless_worker')
    assert.deepEqual(faults, ['42501'])
    assert.equal(await personOf(force.admin, left.mentions[0]), null)
    await link(force)
    assert.equal(await personOf(force.admin, left.mentions[0]), await personOf(force.admin, made[17]?.[0]?.mentions[1]))
  })
})

describe('many records that come singly', () => {
  const slipped = (random: () => number, party: Party): Party => ({
    ...party,
    ...(random() < 0.2 && { postcode: `N${1 + Math.floor(random() * 9)} 1AA` }),
    ...(random() < 0.2 && { phone: `0770090${1000 + Math.floor(random() * 9000)}` }),
    ...(random() < 0.15 && { surname: `${party.surname?.slice(0, 3)}${party.surname?.slice(4)}` }),
    ...(random() < 0.1 && { dob: `${party.dob?.slice(0, 8)}${10 + Math.floor(random() * 18)}` }),
    ...(random() < 0.08 && { role: party.role === 'victim' ? 'suspect' : 'victim' }),
    ...(random() < 0.04 && { policeEmployee: true }),
    ...(random() < 0.05 && { forenames: 'Unknown' }),
    ...(random() < 0.1 && { forenames: (party.forenames ?? '').toUpperCase() }),
    ...(random() < 0.05 && { surname: '' }),
  })

  for (const seed of [1, 3, 5]) {
    it(`and are then settled stand as if all had come at once (seed ${seed})`, async () => {
      const force = await world()
      try {
        for (const [at, [record]] of (await putCouples(force.admin)).entries()) {
          const grade = ['high', 'medium', 'standard'][at % 3]
          await force.admin.query('update incidents.incident set risk_grade = $2 where id = $1', [record?.id, grade])
        }
        await link(force)
        await publish(force)
        const linking = new LiveLinking(force.workerPool)
        const random = seededRandom(seed)
        const came: MadeRecord[] = []
        for (let at = 0; at < 60; at++) {
          const couple = Math.floor(random() * 44) // forty are known
          const parties = (['victim', 'suspect'] as const).map((role) => slipped(random, partner(couple, role)))
          const corrected = random() < 0.2 ? came[Math.floor(random() * came.length)] : undefined
          if (corrected === undefined) {
            came.push(await arrive(force, linking, (client) => putRecord(client, at % 2 === 0 ? AW : CN, parties)))
            continue
          }
          await arrive(force, linking, async (client) => {
            const { rows } = await client.query<{ id: string; seq: number }>(
              'select id, seq from people.mention where record_id = $1 and superseded_at is null order by seq',
              [corrected.id],
            )
            const [first] = rows
            if (first !== undefined) await supersede(client, first.id)
            if (first !== undefined && random() < 0.9)
              await putMention(client, corrected.id, first.seq, AW, parties[0] ?? {})
            return corrected
          })
        }
        await mustBeDescribed(force)
        const { arrivals } = await settled(force)
        assert.ok(arrivals > 30)
        await mustStand(force)
      } finally {
        await force.close()
      }
    })
  }
})
