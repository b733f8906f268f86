import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BCU, world, type World } from '#test/world'
import {
  assign,
  person,
  personOf,
  putMention,
  putRecord,
  supersede,
  type MadeRecord,
  type Party,
} from './linkage.fixture.ts'

const { AW, CN } = BCU
const sam: Party = { forenames: 'Sam', surname: 'Invented', dob: '1980-02-03' }

describe('making clusters the persons of the force', () => {
  let force: World
  const records = (parties: readonly Party[], bcu: number = AW): Promise<MadeRecord[]> =>
    inTurn(parties, (party) => putRecord(force.admin, bcu, [party]))
  const mentions = (made: readonly MadeRecord[]): string[] => made.flatMap((record) => record.mentions)
  before(async () => {
    force = await world()
    // The force's own records are of no concern here; each test looks at its own.
    await force.admin.query('update people.mention set superseded_at = now()')
    await force.admin.query('update people.membership set to_at = now()')
  })
  after(() => force.close())

  it('keeps the person that most mentions of a cluster had, and points the other one to it', async () => {
    const [a, b, c] = mentions(await records([sam, sam, sam]))
    await assign(force, [[a!, b!], [c!]])
    const [kept, other] = [await personOf(force.admin, a), await personOf(force.admin, c)]
    assert.notEqual(kept, other)
    const applied = await assign(force, [[a!, b!, c!]])
    assert.deepEqual([applied.created, applied.moved, applied.retired], [0, 1, 1])
    assert.equal(await personOf(force.admin, c), kept)
    assert.deepEqual(await person(force.admin, other), {
      name: 'Sam Invented',
      incidents: 0,
      reach: [],
      sealed: false,
      merged_into: kept,
    })
    assert.equal((await person(force.admin, kept)).incidents, 3)
  })

  it('changes nothing when it is told the same again', async () => {
    const [a, b, c] = mentions(await records([sam, sam, sam]))
    await assign(force, [[a!, b!], [c!]])
    const memberships = async () => (await force.admin.query('select * from people.membership order by 1, 4')).rows
    const was = await memberships()
    const again = await assign(force, [[c!], [b!, a!]])
    assert.deepEqual(
      [again.persons, again.created, again.revived, again.moved, again.retired, again.sealed],
      [2, 0, 0, 0, 0, 0],
    )
    assert.deepEqual(await memberships(), was)
  })

  it('gives parted people back the persons they were before they were joined, and keeps the history of both', async () => {
    const [a, b, c] = mentions(await records([sam, sam, sam]))
    await assign(force, [[a!, b!], [c!]])
    const [kept, other] = [await personOf(force.admin, a), await personOf(force.admin, c)]
    await assign(force, [[a!, b!, c!]])
    const undone = await assign(force, [[a!, b!], [c!]])
    assert.deepEqual([undone.created, undone.revived, undone.moved, undone.retired], [0, 1, 1, 0])
    assert.equal(await personOf(force.admin, a), kept)
    assert.equal(await personOf(force.admin, c), other)
    assert.equal((await person(force.admin, other)).merged_into, null)
    assert.equal((await person(force.admin, other)).incidents, 1)
    const { rows } = await force.admin.query(
      'select person_id, to_at is null as stands from people.membership where mention_id = $1 order by from_at',
      [c],
    )
    assert.deepEqual(rows, [
      { person_id: other, stands: false },
      { person_id: kept, stands: false },
      { person_id: other, stands: true },
    ])
  })

  it('points whoever was retired long ago to where its mentions are now', async () => {
    const [a, b, c, d, e, f] = mentions(await records([sam, sam, sam, sam, sam, sam]))
    await assign(force, [[a!], [b!, c!], [d!, e!, f!]])
    const [first, second, third] = await inTurn([a, b, d], (mention) => personOf(force.admin, mention))
    await assign(force, [
      [a!, b!, c!],
      [d!, e!, f!],
    ])
    assert.equal((await person(force.admin, first!)).merged_into, second)
    await assign(force, [[a!, b!, c!, d!, e!, f!]])
    // Three of six mentions each: the older person stays. Both were made in one run, so by id.
    const stays = await personOf(force.admin, a)
    assert.ok(stays === second || stays === third)
    assert.equal((await person(force.admin, first!)).merged_into, stays)
  })

  it('takes a superseded mention off its person, and a corrected one keeps the person of the one it replaces', async () => {
    const made = await records([sam, { ...sam, forenames: 'Nobody' }, sam])
    const [a, gone, wrong] = mentions(made)
    await assign(force, [[a!], [gone!], [wrong!]])
    const [leaves, corrected] = [await personOf(force.admin, gone), await personOf(force.admin, wrong)]
    await supersede(force.admin, gone!)
    await supersede(force.admin, wrong!)
    const right = await putMention(force.admin, made[2]!.id, 1, AW, { ...sam, forenames: 'Samuel' })
    const applied = await assign(force, [[a!], [right]])
    assert.deepEqual([applied.persons, applied.created], [2, 0])
    assert.equal(await personOf(force.admin, right), corrected)
    assert.equal((await person(force.admin, corrected)).name, 'Samuel Invented')
    assert.equal(await personOf(force.admin, gone), null)
    assert.deepEqual((await person(force.admin, leaves)).reach, [])
  })

  it('ends the membership of a mention that is no longer assigned, without deleting it', async () => {
    const [a, b] = mentions(await records([sam, sam]))
    await assign(force, [[a!, b!]])
    await force.admin.query('update people.mention set superseded_at = now() where id = $1', [b])
    await assign(force, [[a!]])
    assert.equal(await personOf(force.admin, b), null)
    const { rows } = await force.admin.query('select count(*)::int as n from people.membership where mention_id = $1', [
      b,
    ])
    assert.equal(rows[0].n, 1)
  })

  it('shows the commonest name, spelled most completely, and in capitals only if nobody wrote it otherwise', async () => {
    const names: [Party[], string][] = [
      [['SAM INVENTED', 'SAM INVENTED', 'Sam Invented'].map(splitName), 'Sam Invented'],
      [
        ['Sam Invented', 'Sam Lee Invented', 'SAM LEE ALEX INVENTED', 'Sma Invented'].map(splitName),
        'Sam Lee Invented',
      ],
      [['Sam', 'Sam', 'Sam Invented'].map(splitName), 'Sam Invented'],
      [['KIM INVENTED'].map(splitName), 'KIM INVENTED'],
    ]
    const made = await inTurn(names, async ([parties]) => mentions(await records(parties)))
    await assign(force, made)
    for (const [at, [, shown]] of names.entries()) {
      assert.equal((await person(force.admin, await personOf(force.admin, made[at]![0]))).name, shown)
    }
  })

  it('brings a record within reach of every BCU that anybody on it is known to', async () => {
    const here = await putRecord(force.admin, AW, [sam, { ...sam, role: 'victim', forenames: 'Vic' }])
    const there = await putRecord(force.admin, CN, [sam])
    await assign(force, [[here.mentions[0]!, there.mentions[0]!], [here.mentions[1]!]])
    const reaches = await force.admin.query(
      `select i.id, i.reach, (select array_agg(distinct m.reach::text) from people.mention m where m.record_id = i.id) as mentions
       from incidents.incident i where i.id = any ($1) order by i.bcu_id`,
      [[here.id, there.id]],
    )
    assert.deepEqual(reaches.rows, [
      { id: here.id, reach: [AW, CN], mentions: ['{1,2}'] },
      { id: there.id, reach: [AW, CN], mentions: ['{1,2}'] },
    ])
    // The victim is known through her own record alone: a BCU hears of the record, not of all her life.
    assert.deepEqual((await person(force.admin, await personOf(force.admin, here.mentions[1]))).reach, [AW])
  })

  it('seals a police employee and the record at once, for professional standards alone', async () => {
    const made = await putRecord(force.admin, AW, [
      { ...sam, policeEmployee: true },
      { ...sam, role: 'victim' },
    ])
    const applied = await assign(force, [[made.mentions[0]!], [made.mentions[1]!]])
    assert.equal(applied.sealed, 1)
    const id = await personOf(force.admin, made.mentions[0])
    assert.equal((await person(force.admin, id)).sealed, true)
    const readers = await force.admin.query('select account_id from people.seal_reader where person_id = $1', [id])
    assert.deepEqual(readers.rows, [{ account_id: force.accounts.standards }])
    const sealed = await force.admin.query(
      'select bool_and(m.sealed and i.sealed) as all from people.mention m join incidents.incident i on i.id = m.record_id where i.id = $1',
      [made.id],
    )
    assert.equal(sealed.rows[0].all, true)
    // the other party is not sealed, so that a later record of theirs is open; until then nothing tells that they exist
    const other = await person(force.admin, await personOf(force.admin, made.mentions[1]))
    assert.deepEqual([other.sealed, other.name, other.incidents, other.reach], [false, '', 0, []])
  })

  it('does not add readers to a person sealed before, whatever the standards officers are today', async () => {
    const made = await putRecord(force.admin, AW, [{ ...sam, policeEmployee: true }])
    await assign(force, [[made.mentions[0]!]])
    const id = await personOf(force.admin, made.mentions[0])
    await force.admin.query('delete from people.seal_reader where person_id = $1', [id])
    await assign(force, [[made.mentions[0]!]])
    const { rows } = await force.admin.query('select account_id from people.seal_reader where person_id = $1', [id])
    assert.deepEqual(rows, [])
  })

  it('closes whoever takes over a mention to everybody who has a conflict with its person, joined or parted', async () => {
    const [a, b, c] = mentions(await records([sam, sam, sam]))
    await assign(force, [[a!, b!], [c!]])
    const small = await personOf(force.admin, c)
    const declare = (account: string, ended: boolean) =>
      force.admin.query(
        `insert into people.exclusion (account_id, person_id, reason, ended_at) values ($1, $2, 'a brother', case when $3 then now() end)`,
        [account, small, ended],
      )
    await declare(force.accounts.investigatorAW, false)
    await declare(force.accounts.supervisorAW, true)
    const closedTo = async (id: string | null) =>
      (
        await force.admin.query(
          'select account_id, reason from people.exclusion where person_id = $1 and ended_at is null',
          [id],
        )
      ).rows
    const kept = [{ account_id: force.accounts.investigatorAW, reason: 'a brother' }]
    for (const clusters of [[[a!, b!, c!]], [[a!, b!, c!]], [[a!], [b!], [c!]]]) {
      await assign(force, clusters)
      for (const mention of [a, b, c]) assert.deepEqual(await closedTo(await personOf(force.admin, mention)), kept)
    }
  })

  it('seals whoever takes over a mention of a sealed person, for the same readers, joined or parted', async () => {
    const [a, b, c] = mentions(await records([sam, sam, sam]))
    await assign(force, [[a!, b!], [c!]])
    const [large, small] = [await personOf(force.admin, a), await personOf(force.admin, c)]
    await force.admin.query('update people.person set sealed = true where id = $1', [small])
    await force.admin.query(
      `insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, 'protected', $2)`,
      [small, force.accounts.standards],
    )
    assert.equal((await assign(force, [[a!, b!, c!]])).sealed, 1)
    assert.equal((await person(force.admin, large)).sealed, true)
    const readers = async (id: string | null) =>
      (await force.admin.query('select account_id, reason from people.seal_reader where person_id = $1', [id])).rows
    assert.deepEqual(await readers(large), [{ account_id: force.accounts.standards, reason: 'protected' }])
    await assign(force, [[a!], [b!], [c!]])
    for (const mention of [a, b, c]) {
      const id = await personOf(force.admin, mention)
      assert.equal((await person(force.admin, id)).sealed, true)
      assert.deepEqual(await readers(id), [{ account_id: force.accounts.standards, reason: 'protected' }])
    }
  })
})

/** One after the other: they share a connection. */
async function inTurn<From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> {
  const done: To[] = []
  for (const item of items) done.push(await work(item))
  return done
}

function splitName(name: string): Party {
  const words = name.split(' ')
  return words.length === 1
    ? { forenames: name }
    : { forenames: words.slice(0, -1).join(' '), surname: words.at(-1) ?? '' }
}

describe('making the persons of a force that nobody has linked', () => {
  it('goes through no table for each mention, though its plans were made for empty ones', async () => {
    const force = await world()
    try {
      await force.admin.query('delete from people.membership')
      await force.admin.query('vacuum (analyze) people.membership')
      const { rows } = await force.admin.query<{ id: string }>(
        `insert into people.mention (id, record_id, seq, source, role, forenames, reach)
         select gen_random_uuid(), (select id from incidents.incident order by id limit 1), 100 + n, 'test', 'witness', 'Invented ' || n, '{1}'
         from generate_series(1, 4000) n returning id`,
      )
      const clusters = Array.from({ length: 40 }, (_, at) => rows.slice(at * 100, at * 100 + 100).map(({ id }) => id))
      await assign(force, clusters)
      // what each connection has counted, it tells when asked
      await Promise.all([1, 2].map(() => force.workerPool.query('select pg_stat_force_next_flush(), pg_sleep(0.05)')))
      const read = await force.admin.query<{ blocks: number }>(
        `select (heap_blks_hit + heap_blks_read)::int as blocks from pg_statio_user_tables where relid = 'people.membership'::regclass`,
      )
      const blocks = read.rows[0]?.blocks ?? Number.NaN
      assert.ok(blocks >= 40 && blocks < 5 * rows.length, `${blocks} blocks for ${rows.length} mentions`)
    } finally {
      await force.close()
    }
  })
})
