import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { serviceScope } from '#modules/incidents'
import { BCU, world, type World } from '#test/world'
import { linkForce } from './batch.ts'
import { evaluateLinkage } from './evaluate.ts'
import {
  link,
  partner,
  person,
  personOf,
  putCouples,
  putMention,
  putRecord,
  supersede,
  type MadeRecord,
  type Party,
} from './linkage.fixture.ts'

const { AW } = BCU

describe('linking the force', () => {
  let force: World
  let made: MadeRecord[][] = []
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
  })
  after(() => force.close())

  it('makes one person of the mentions of each, and logs the run', async () => {
    const report = await link(force)
    for (const records of made) {
      for (const place of [0, 1]) {
        const persons = new Set<string | null>()
        for (const record of records) persons.add(await personOf(force.admin, record.mentions[place]))
        assert.equal(persons.size, 1)
        assert.ok(!persons.has(null))
      }
    }
    const runs = await force.admin.query('select model, finished_at is not null as done, report from linkage.run where id = $1', [report.run]) // prettier-ignore
    assert.equal(runs.rows[0].done, true)
    assert.equal(runs.rows[0].report.mentions, report.mentions)
    const logged = await force.admin.query(
      `select detail, route from audit.entry where action = 'combine' and objects = array[$1::uuid]`,
      [report.run],
    )
    assert.deepEqual(logged.rows, [
      {
        detail: { what: 'linkage', mentions: report.mentions, persons: report.persons, moved: report.moved },
        route: 'test',
      },
    ])
  })

  it('changes nothing when it is run again', async () => {
    const state = async () => [
      (await force.admin.query('select * from people.membership order by mention_id, from_at')).rows,
      (await force.admin.query('select id, name, roles, incidents, reach, merged_into from people.person order by id'))
        .rows,
      (await force.admin.query('select * from people.search_key order by kind, value, person_id')).rows,
      (await force.admin.query('select a, b, weight, chance, band from linkage.edge order by a, b')).rows,
    ]
    const was = await state()
    const again = await link(force)
    assert.deepEqual([again.created, again.revived, again.moved, again.retired], [0, 0, 0, 0])
    assert.ok(was.every((rows) => rows.length > 0))
    assert.deepEqual(await state(), was)
  })

  it('never joins the victim of one record with the suspect of another, but puts them up for review', async () => {
    const other: Party = { role: 'suspect', forenames: 'Yorick', surname: 'Quillfeather', dob: '1971-05-06', sex: 'M' }
    const turned = await putRecord(force.admin, AW, [{ ...partner(3, 'victim'), role: 'suspect' }, { ...other, role: 'victim' }]) // prettier-ignore
    await link(force)
    const victim = made[3]![0]!.mentions[0]!
    assert.notEqual(await personOf(force.admin, turned.mentions[0]), await personOf(force.admin, victim))
    const { rows } = await force.admin.query('select band from linkage.edge where (a, b) in (($1, $2), ($2, $1))', [
      victim,
      turned.mentions[0],
    ])
    assert.deepEqual(rows, [{ band: 'review' }])
  })

  it('finds a corrected mention by what it says now and no longer by what it said', async () => {
    const [record] = made[5]!
    const wrong = record!.mentions[1]!
    const id = await personOf(force.admin, wrong)
    const keysOf = async (value: string) =>
      (await force.admin.query('select person_id from people.search_key where value = $1 order by 1', [value])).rows
    await supersede(force.admin, wrong)
    await putMention(force.admin, record!.id, 2, AW, { ...partner(5, 'suspect'), phone: '020 7946 0123', nominal: 'RMS:N-4711' }) // prettier-ignore
    await link(force)
    assert.deepEqual(await keysOf('02079460123'), [{ person_id: id }])
    assert.deepEqual(await keysOf('N4711'), [{ person_id: id }])
    assert.deepEqual(await keysOf(`${partner(5, 'suspect').dob}`), [{ person_id: id }])
    // Everybody of that couple's records takes a new number: nobody is found by the old one then.
    for (const [at, { id: of, mentions }] of made[5]!.entries()) {
      if (at === 0) continue
      await supersede(force.admin, mentions[1]!)
      await putMention(force.admin, of, 2, AW, { ...partner(5, 'suspect'), phone: '020 7946 0124' })
    }
    await link(force)
    assert.deepEqual(await keysOf('02079460124'), [{ person_id: id }])
    assert.deepEqual(await keysOf((partner(5, 'suspect').phone ?? '').replace(' ', '')), [])
  })

  it('leaves everything as it was when it dies halfway', async () => {
    const added = await putRecord(force.admin, AW, [partner(8, 'victim'), partner(8, 'suspect')])
    const state = async () => [
      (await force.admin.query('select * from people.membership order by mention_id, from_at')).rows,
      (await force.admin.query('select id, name, roles, incidents, reach, merged_into from people.person order by id'))
        .rows,
      (await force.admin.query('select * from people.search_key order by kind, value, person_id')).rows,
      (await force.admin.query('select * from linkage.edge order by a, b')).rows,
      (await force.admin.query('select id from linkage.run order by id')).rows,
    ]
    const was = await state()
    const scope = await serviceScope(force.workerPool, 'link records', 'test')
    await assert.rejects(
      linkForce(force.workerPool, scope, (said) => {
        // Persons are made and moved by then; the search keys, the report and the log are not written.
        if (said.endsWith(' persons')) throw new Error('the power failed')
      }),
      /the power failed/,
    )
    assert.deepEqual(await state(), was)
    assert.equal(await personOf(force.admin, added.mentions[0]), null)
    await link(force)
    assert.equal(await personOf(force.admin, added.mentions[0]), await personOf(force.admin, made[8]![0]!.mentions[0]))
  })

  it('loses its connection to the server halfway and leaves everything as it was', async () => {
    const { rows: was } = await force.admin.query('select count(*)::int as n, max(started_at) as last from linkage.run')
    const scope = await serviceScope(force.workerPool, 'link records', 'test')
    let ended: Promise<unknown> = Promise.resolve()
    await assert.rejects(
      linkForce(force.workerPool, scope, (said) => {
        if (!said.startsWith('compared')) return
        ended = force.admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'dauntless_worker' and state <> 'idle'
             and datname = current_database()`,
        )
      }),
    )
    await ended
    const { rows: now } = await force.admin.query('select count(*)::int as n, max(started_at) as last from linkage.run')
    assert.deepEqual(now, was)
  })

  it('tells how well it did when the truth is known', async () => {
    await force.admin.query(
      `update people.mention set mention_ref = record_id || '-' || seq where record_id = any ($1)`,
      [made.flat().map(({ id }) => id)],
    )
    const truth = new Map(
      made.flatMap((records, couple) =>
        records.flatMap(({ id }) =>
          [1, 2].map((seq): [string, { person: string; nameGroup: string; sex: string }] => [
            `${id}-${seq}`,
            { person: `${couple}-${seq}`, nameGroup: couple % 2 === 0 ? 'one' : 'other', sex: seq === 1 ? 'F' : 'M' },
          ]),
        ),
      ),
    )
    const scope = await serviceScope(force.workerPool, 'evaluate', 'test')
    const found = await evaluateLinkage(force.workerPool, scope, truth)
    assert.deepEqual(found.automatic, { precision: 1, recall: 1, f1: 1, truePairs: 160 })
    assert.deepEqual([found.mentions, found.notTakenIn, found.people, found.persons], [200, 0, 80, 80])
    assert.deepEqual(found.linkable, { truePairs: 160, recall: 1 })
    assert.deepEqual(Object.keys(found.bySex).sort(), ['F', 'M'])
    // Said to be two people, each joined couple of mentions is an error; said to be one, each parted one is missed.
    const scattered = new Map([...truth].map(([ref, who]) => [ref, { ...who, person: ref }]))
    assert.equal((await evaluateLinkage(force.workerPool, scope, scattered)).automatic.precision, 0)
    const gathered = new Map([...truth].map(([ref, who]) => [ref, { ...who, person: who.sex }]))
    const missed = (await evaluateLinkage(force.workerPool, scope, gathered)).automatic
    assert.equal(missed.precision, 1)
    assert.ok(missed.recall < 0.05)
    await assert.rejects(evaluateLinkage(force.workerPool, scope, new Map()), RangeError)
  })

  it('seals a police employee at once, with everybody on the record', async () => {
    const sealed = await putRecord(force.admin, AW, [
      { ...partner(20, 'victim'), forenames: 'Quenby' },
      { forenames: 'Zephyrin', surname: 'Quillfeather', dob: '1969-09-09', sex: 'M', policeEmployee: true },
    ])
    await link(force)
    assert.equal((await person(force.admin, await personOf(force.admin, sealed.mentions[1]))).sealed, true)
    const { rows } = await force.admin.query('select bool_and(sealed) as all from people.mention where record_id = $1', [sealed.id]) // prettier-ignore
    assert.equal(rows[0].all, true)
  })
})
