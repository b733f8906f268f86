import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { inTransaction, type Tx, withScope } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import { world, type Who, type World } from '#test/world'
import { reviewedPairs } from './assertions.ts'
import {
  link,
  partner,
  personOf,
  putCouples,
  putRecord,
  supersede,
  putMention,
  type MadeRecord,
} from './linkage.fixture.ts'
import { settle, type Settled } from './settle.ts'
import { judgePair, mergePersons, splitPerson, withdrawJudgement, type Answer, type Outcome } from './store.ts'

const SEED = 7

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

describe('what people decide about who is one person', () => {
  let force: World
  let made: MadeRecord[][] = []
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
    await link(force)
  })
  after(() => force.close())

  const as = async <T>(who: Who, work: (tx: Tx) => Promise<T>): Promise<T> =>
    withScope(force.appPool, await force.scopeFor(who, 'review who is one person'), work)
  const mention = (couple: number, record: number, place: 0 | 1): string =>
    made[couple]?.[record]?.mentions[place] ?? assert.fail('no such mention')
  const whose = (id: string): Promise<string> =>
    personOf(force.admin, id).then((found) => found ?? assert.fail('nobody'))
  const REASON = 'the custody photographs are of one man'
  interface Said {
    readonly outcome: Outcome
    readonly judgement: string
  }
  const merge = async (who: Who, one: string, other: string, reason = REASON): Promise<Said> => {
    const judgement = randomUUID()
    return { judgement, outcome: await as(who, (tx) => mergePersons(tx, { judgement, one, other, reason })) }
  }
  const split = async (who: Who, person: string, mentions: readonly string[], reason = REASON): Promise<Said> => {
    const judgement = randomUUID()
    return { judgement, outcome: await as(who, (tx) => splitPerson(tx, { judgement, person, mentions, reason })) }
  }
  const withdraw = (who: Who, judgement: string, reason = 'it was somebody else'): Promise<Outcome> =>
    as(who, (tx) => withdrawJudgement(tx, { judgement, reason }))
  const judge = async (who: Who, one: string, other: string, answer: Answer, reason = ''): Promise<Said> => {
    const [a = '', b = ''] = [one, other].sort()
    const judgement = randomUUID()
    return { judgement, outcome: await as(who, (tx) => judgePair(tx, { judgement, a, b, answer, reason })) }
  }
  const settled = async (judgement: string): Promise<Settled | null> =>
    settle(force.workerPool, await serviceScope(force.workerPool, 'settle', 'test'), judgement)
  /** Who is whose, and what is said of everybody. */
  // decision and weight too: what is taken back stands on what it stood on before
  const state = async (): Promise<unknown[]> => [
    (
      await force.admin.query(
        'select mention_id, person_id, decision_id, weight from people.membership where to_at is null order by 1',
      )
    ).rows,
    (
      await force.admin.query(
        'select id, name, dob, sex, roles, incidents, reach, sealed, merged_into from people.person order by id',
      )
    ).rows,
    (await force.admin.query('select id, reach, sealed from people.mention order by id')).rows,
    (await force.admin.query('select id, reach, sealed from incidents.incident order by id')).rows,
    (await force.admin.query('select kind, value, person_id from people.search_key order by 1, 2, 3')).rows,
  ]

  it('joins two people at once, as a run over everybody keeps them, and the one with more mentions stays', async () => {
    const [three, two] = [await whose(mention(1, 0, 1)), await whose(mention(0, 0, 1))]
    const written = await force.admin.query('select * from people.mention order by id')
    const said = await merge('analyst', two, three)
    assert.equal(said.outcome, 'done')
    for (const id of [mention(0, 0, 1), mention(0, 1, 1), mention(1, 0, 1)]) assert.equal(await whose(id), three)
    const retired = await force.admin.query('select merged_into, reach, incidents from people.person where id = $1', [
      two,
    ])
    assert.deepEqual(retired.rows, [{ merged_into: three, reach: [], incidents: 0 }])
    const { rows } = await force.admin.query('select reach, incidents from people.person where id = $1', [three])
    assert.deepEqual(rows, [{ reach: [1, 2], incidents: 5 }])
    // no fact of one record is copied to another: only reach may have changed
    const strip = (all: readonly Record<string, unknown>[]) => all.map((row) => ({ ...row, reach: null }))
    const now = await force.admin.query('select * from people.mention order by id')
    assert.deepEqual(strip(now.rows), strip(written.rows))
    await settled(said.judgement)
    const was = await state()
    const report = await link(force)
    assert.deepEqual([report.moved, report.created, report.retired], [0, 0, 0])
    assert.deepEqual(await state(), was)
    // and the log names both
    const logged = await force.admin.query(`select subjects from audit.entry where action = 'combine' and objects = array[$1::uuid] and detail ->> 'what' = 'merge'`, [said.judgement]) // prettier-ignore
    assert.deepEqual(logged.rows[0].subjects.sort(), [two, three].sort())
  })

  it('parts those mentions that are chosen, and every clustering keeps them apart', async () => {
    const person = await whose(mention(3, 0, 0))
    const [goes, stay, stays] = [mention(3, 1, 0), mention(3, 0, 0), mention(3, 2, 0)]
    const said = await split('analyst', person, [goes])
    assert.equal(said.outcome, 'done')
    const fresh = await whose(goes)
    assert.notEqual(fresh, person)
    assert.deepEqual([await whose(stay), await whose(stays)], [person, person])
    await settled(said.judgement)
    const was = await state()
    await link(force)
    assert.deepEqual(await state(), was)
    // joined again by somebody who does not know: refused, because it was said that they are two
    assert.equal((await merge('analyst', person, fresh)).outcome, 'said to be two')
    assert.equal(await whose(goes), fresh)
  })

  it('is taken back exactly: merge, split, and undo of both leave everything as it was', async () => {
    const [one, other] = [await whose(mention(4, 0, 1)), await whose(mention(6, 0, 1))]
    const was = await state()
    const joined = await merge('supervisorAW', one, other)
    await settled(joined.judgement)
    const together = await whose(mention(4, 0, 1))
    const parted = await split('supervisorAW', together, [mention(4, 0, 1)])
    assert.equal(parted.outcome, 'done')
    await settled(parted.judgement)
    assert.equal(await withdraw('supervisorAW', parted.judgement), 'done')
    await settled(parted.judgement)
    assert.equal(await withdraw('supervisorAW', joined.judgement), 'done')
    const [, persons] = [was, await state()]
    assert.deepEqual(persons[0], was[0])
    await settled(joined.judgement)
    const now = await state()
    // the person that the split made is retired and points to where its mention went
    const ids = new Set((was[1] as { id: string }[]).map(({ id }) => id))
    assert.deepEqual(
      [now[0], (now[1] as { id: string }[]).filter(({ id }) => ids.has(id)), now[2], now[3], now[4]],
      was,
    )
    await link(force)
    assert.deepEqual(await state(), now)
    assert.equal(await withdraw('supervisorAW', joined.judgement), 'withdrawn')
    // nothing was edited: what was said and that it was taken back are both there
    const kept = await force.admin.query('select j.reason, w.reason as why from linkage.judgement j join linkage.withdrawal w on w.judgement_id = j.id where j.id = $1', [joined.judgement]) // prettier-ignore
    assert.deepEqual(kept.rows, [{ reason: REASON, why: 'it was somebody else' }])
  })

  it('takes who did what to whom along, at once, and back', async () => {
    const [victim, suspect, other] = [await whose(mention(22, 0, 0)), await whose(mention(22, 0, 1)), await whose(mention(24, 0, 1))] // prettier-ignore
    const records = made[22]?.map(({ id }) => id) ?? []
    await force.admin.query(
      `insert into incidents.involvement (suspect_id, victim_id, incident_id, reported_at, harm_days, harm_max, harm_fallback, severe,
         arrested, bcu_id, reach, sealed) select $1, $2, i.id, i.reported_at, 1, 1, false, false, false, 1, '{1}', false
       from incidents.incident i where i.id = any ($3)`,
      [suspect, victim, records],
    )
    const suspects = async () =>
      (await force.admin.query<{ id: string }>('select distinct suspect_id as id from incidents.involvement where incident_id = any ($1)', [records])).rows.map(({ id }) => id) // prettier-ignore
    const joined = await merge('analyst', suspect, other)
    assert.deepEqual(await suspects(), [await whose(mention(22, 0, 1))])
    const parted = await split('analyst', await whose(mention(22, 0, 1)), [mention(22, 0, 1)])
    assert.deepEqual(
      (await suspects()).toSorted(),
      [await whose(mention(22, 0, 1)), await whose(mention(22, 1, 1))].toSorted(),
    )
    assert.equal(await withdraw('analyst', parted.judgement), 'done')
    assert.equal(await withdraw('analyst', joined.judgement), 'done')
    assert.deepEqual(await suspects(), [suspect])
    for (const { judgement } of [joined, parted]) await settled(judgement)
  })

  it('says one thing for a form that is sent twice', async () => {
    const [one, other] = [await whose(mention(8, 0, 0)), await whose(mention(10, 0, 0))]
    const judgement = randomUUID()
    const send = () => as('analyst', (tx) => mergePersons(tx, { judgement, one, other, reason: REASON }))
    assert.deepEqual([await send(), await send()], ['done', 'done'])
    const { rows } = await force.admin.query('select count(*)::int as n from linkage.judgement where id = $1', [
      judgement,
    ])
    assert.equal(rows[0].n, 1)
    const asked = await force.admin.query(`select count(*)::int as n from events.outbox where data ->> 'judgement' = $1`, [judgement]) // prettier-ignore
    assert.equal(asked.rows[0].n, 1)
    assert.equal(await withdraw('analyst', judgement), 'done')
    await settled(judgement)
  })

  it('refuses two parties of one record, no reason, and whoever may not see both or may not review', async () => {
    const [victim, suspect] = [await whose(mention(12, 0, 0)), await whose(mention(12, 0, 1))]
    const elsewhere = await whose(mention(13, 0, 0))
    const was = await state()
    assert.equal((await merge('analyst', victim, suspect)).outcome, 'one record')
    assert.equal((await merge('analyst', victim, elsewhere, ' ')).outcome, 'reason')
    assert.equal((await merge('supervisorAW', victim, elsewhere)).outcome, 'not there')
    assert.equal((await merge('investigatorAW', victim, suspect)).outcome, 'not there')
    assert.equal((await merge('analyst', victim, force.persons.officer)).outcome, 'not there')
    assert.equal((await merge('analyst', victim, victim)).outcome, 'not there')
    assert.equal((await split('supervisorCN', victim, [mention(12, 0, 0)])).outcome, 'not there')
    assert.equal((await split('analyst', victim, [mention(12, 0, 1)])).outcome, 'not there')
    assert.equal((await split('analyst', victim, [])).outcome, 'not there')
    assert.equal((await split('analyst', victim, [mention(12, 0, 0), mention(12, 1, 0)])).outcome, 'nobody stays')
    assert.deepEqual(await state(), was)
    const { rows } = await force.admin.query(`select count(*)::int as n from audit.entry where action = 'refuse' and detail ->> 'what' = 'merge'`) // prettier-ignore
    assert.equal(rows[0].n, 4)
  })

  it('takes an answer about a pair once, hears a second reader who is somebody else, and a third where those differ', async () => {
    // a victim and a suspect: always read twice
    const other = { role: 'suspect' as const, forenames: 'Yorick', surname: 'Quillfeather', dob: '1971-05-06' }
    const turned = await putRecord(force.admin, 1, [{ ...partner(14, 'victim'), role: 'suspect' }, { ...other, role: 'victim' }]) // prettier-ignore
    await link(force)
    const [one, two] = [mention(14, 0, 0), turned.mentions[0] ?? '']
    const [a, b] = [await whose(one), await whose(two)]
    assert.notEqual(a, b)
    assert.equal((await judge('supervisorAW', one, two, 'same')).outcome, 'reason')
    const first = await judge('supervisorAW', one, two, 'same', 'she told us that she hit back')
    assert.equal(first.outcome, 'done')
    assert.equal(await whose(one), await whose(two))
    assert.equal((await judge('supervisorAW', one, two, 'same', 'again')).outcome, 'own')
    assert.equal((await judge('analyst', one, two, 'different', 'not her handwriting')).outcome, 'done')
    assert.equal(await whose(one), await whose(two), 'a second reader alone changes nothing')
    const pairs = () => inTransaction(force.workerPool, reviewedPairs)
    assert.deepEqual(await pairs(), [], 'they differ, so nothing is known')
    assert.equal((await judge('analyst', one, two, 'different', 'again')).outcome, 'own')
    await force.admin.query(`insert into organisation.posting (account_id, role, unit_id, valid_from)
      select $1, 'analyst', id, '2020-01-01' from organisation.unit where name = 'Headquarters'`, [force.accounts.lead]) // prettier-ignore
    const third = await judge('lead', one, two, 'different', 'the records say two heights')
    assert.equal(third.outcome, 'done')
    assert.notEqual(await whose(one), await whose(two), 'the third reader settles it')
    const [x = '', y = ''] = [one, two].sort()
    assert.deepEqual(await pairs(), [{ a: x, b: y, same: false }])
    await settled(third.judgement)
    const was = await state()
    await link(force)
    assert.deepEqual(await state(), was)
    assert.equal((await judge('analyst', one, two, 'same', 'once more')).outcome, 'answered')
  })

  it('is settled again without harm, and tells the modules above whose mentions changed', async () => {
    const [one, other] = [await whose(mention(18, 0, 0)), await whose(mention(20, 0, 0))]
    const said = await merge('analyst', one, other)
    await settled(said.judgement)
    const was = await state()
    const again = await settled(said.judgement)
    assert.deepEqual([again?.moved, again?.created, again?.retired], [0, 0, 0])
    assert.deepEqual(await state(), was)
    const { rows } = await force.admin.query<{ persons: string }>(
      `select data ->> 'persons' as persons from events.outbox where kind = 'event' and name = 'linkage.persons-changed' order by id`,
    )
    const told = rows.flatMap(({ persons }) => persons.split(','))
    for (const person of [one, other]) assert.ok(told.includes(person))
    assert.equal(await withdraw('analyst', said.judgement), 'done')
    await settled(said.judgement)
  })

  it('goes on holding when a later version of a record replaces a mention that it spoke of', async () => {
    const person = await whose(mention(15, 0, 0))
    const goes = mention(15, 1, 0)
    assert.equal((await split('analyst', person, [goes])).outcome, 'done')
    await supersede(force.admin, goes)
    const fresh = await putMention(force.admin, made[15]?.[1]?.id ?? '', 1, 2, partner(15, 'victim'))
    await link(force)
    assert.notEqual(await whose(fresh), person)
  })

  it(`settles what a judgement touches just as a run over everybody would (seed ${SEED})`, async () => {
    const random = randomFrom(SEED)
    const standing: string[] = []
    let [merges, splits, undone] = [0, 0, 0]
    for (let step = 0; step < 18; step++) {
      const what = random(3)
      let judgement: string | undefined
      if (what === 0 && standing.length > 0) {
        judgement = standing.splice(random(standing.length), 1)[0] ?? ''
        if ((await withdraw('analyst', judgement)) === 'done') undone++
      } else if (what === 1) {
        const person = await whose(mention(random(40), random(2), random(2) as 0 | 1))
        const { rows } = await force.admin.query<{ mention_id: string }>('select mention_id from people.membership where person_id = $1 and to_at is null order by 1', [person]) // prettier-ignore
        const going = rows.filter(() => random(2) === 0).map(({ mention_id }) => mention_id)
        const said = await split('analyst', person, going)
        if (said.outcome === 'done') {
          splits++
          standing.push((judgement = said.judgement))
        }
      } else {
        const [one, other] = [0, 1].map(() => whose(mention(random(40), random(2), random(2) as 0 | 1)))
        const said = await merge('analyst', (await one) ?? '', (await other) ?? '')
        if (said.outcome === 'done') {
          merges++
          standing.push((judgement = said.judgement))
        }
      }
      if (judgement === undefined) continue
      await settled(judgement)
      const was = await state()
      await link(force)
      assert.deepEqual(await state(), was, `step ${step}`)
    }
    console.log(`# ${merges} merges, ${splits} splits, ${undone} taken back, each as a whole run would have it`)
    assert.ok(merges >= 2 && splits >= 2 && undone >= 2, `${merges} ${splits} ${undone}`)
  })
})
