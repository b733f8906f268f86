import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { londonDay, systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { type Who, WHO, world, type World } from '#test/world'
import { peopleSite, type PeopleSite } from './people.fixture.ts'
import { endShare, sharePerson } from './shares-store.ts'
import { leftSharesCard, sharedCard } from './today.ts'

describe('a share with a partner', () => {
  let force: World
  let site: PeopleSite
  const agencies: Record<string, string> = {}
  before(async () => {
    force = await world()
    site = await peopleSite(force)
    const { rows } = await force.admin.query<{ id: string; name: string }>('select id, name from organisation.agency')
    for (const { id, name } of rows) agencies[name] = id
  })
  after(async () => {
    await site.close()
    await force.close()
  })
  beforeEach(() => force.admin.query('delete from people.share'))

  const ask = async (who: Who, url: string, form?: Record<string, string>) =>
    site.send(await force.visitOf(who), url, form)
  const page = (): string => `/people/${force.persons.noor}/shares`
  const inDays = (days: number): Record<string, string> => {
    const day = londonDay(systemClock.now()).add({ days })
    return { 'until-day': String(day.day), 'until-month': String(day.month), 'until-year': String(day.year) }
  }
  const form = (changes: Record<string, string> = {}): Record<string, string> => ({
    operation: randomUUID(),
    agency: agencies['Hill Housing'] ?? '',
    what: 'identity',
    purpose: 'a safe tenancy for her and the children',
    basis: 'Crime and Disorder Act 1998 s.115',
    other: '',
    ...inDays(30),
    ...changes,
  })
  const shares = async () =>
    (
      await force.admin.query<Record<'fields' | 'purpose' | 'basis' | 'decided_by' | 'id', unknown>>(
        'select id, fields, purpose, basis, decided_by, ended_at, end_reason from people.share order by at, id',
      )
    ).rows

  it('is made on a page from the person’s, with who decided, for what and by which law, and is in the log', async () => {
    const { noor } = force.persons
    const person = await ask('supervisorAW', `/people/${noor}`)
    assert.match(person.text, /With no agency now/)
    assert.ok(person.text.includes(`href="${page()}"`))
    assert.doesNotMatch((await ask('investigatorAW', `/people/${noor}`)).text, /Shared with partners/)
    assert.equal((await ask('otherPartner', `/people/${noor}`)).status, 404)
    const sent = form()
    for (let times = 0; times < 2; times++)
      assert.equal((await ask('supervisorAW', page(), sent)).location, `${page()}?done=shared`, 'twice is once')
    const [share, ...more] = await shares()
    assert.deepEqual(more, [])
    assert.deepEqual(
      [share?.fields, share?.purpose, share?.basis, share?.decided_by],
      [['identity'], sent['purpose'], sent['basis'], force.accounts.supervisorAW],
    )
    assert.match((await ask('supervisorAW', `${page()}?done=shared`)).text, /is made[^]*Hill Housing[^]*in 30 days/)
    assert.match((await ask('supervisorAW', `/people/${noor}`)).text, /Hill Housing: Who this is\./)
    assert.match((await ask('supervisorAW', page())).text, /Children Act 1989 s\.47[^]*suffering harm \(not verified\)/)
    const { rows } = await force.admin.query(
      `select actor, reason, subjects, objects, detail ->> 'fields' as fields from audit.entry where action = 'disclose'`,
    )
    assert.deepEqual(rows, [
      {
        actor: force.accounts.supervisorAW,
        reason: sent['purpose'],
        subjects: [noor],
        objects: [share?.id, agencies['Hill Housing']],
        fields: '["identity"]',
      },
    ])
  })

  it('shows the agency just what was named, on its first page and on the person’s, and nothing once it has ended', async () => {
    const { noor } = force.persons
    const card = async () =>
      withScope(
        force.appPool,
        await force.scopeFor('otherPartner'),
        async (tx) => (await sharedCard(tx, systemClock.now()))?.body.toString() ?? '',
      )
    await ask('supervisorAW', page(), form({ ...inDays(10) }))
    assert.match(await card(), /Noor Sample[^]*a safe tenancy[^]*in 10 days/)
    const narrow = await ask('otherPartner', `/people/${noor}`)
    assert.match(narrow.text, /Noor Sample/)
    assert.doesNotMatch(narrow.text, /1 Test Street|07700|The records as they were written|Kiran|Shared with/)
    assert.equal((await ask('partner', `/people/${noor}`)).status, 404, 'another agency')
    const [first] = await shares()
    const end = `${page()}/${String(first?.id)}/end`
    assert.match((await ask('supervisorAW', end)).text, /End the share with Hill Housing/)
    const short = await ask('supervisorAW', end, { reason: 'because' })
    assert.equal(short.status, 422)
    assert.match(short.text, /10 to 500 letters[^]*>because<\/textarea>/)
    const reason = 'she has moved to another borough'
    assert.equal((await ask('supervisorAW', end, { reason })).location, `${page()}?done=ended`)
    assert.equal((await ask('supervisorAW', end, { reason })).location, `${page()}?done=ended-before`)
    assert.equal((await ask('otherPartner', `/people/${noor}`)).status, 404)
    assert.equal(await card(), '')
    assert.match((await ask('supervisorAW', page())).text, /No longer shared[^]*she has moved to another borough/)
    const { rows } = await force.admin.query(
      `select reason, subjects from audit.entry where detail ->> 'what' = 'share ended'`,
    )
    assert.deepEqual(rows, [{ reason, subjects: [noor] }])

    await ask('supervisorAW', page(), form({ what: 'incidents' }))
    assert.match(
      (await ask('otherPartner', `/people/${noor}`)).text,
      /1 Test Street[^]*The records as they were written/,
    )
    // the last day is over
    await force.admin.query(`update people.share set until = now() where ended_at is null`)
    assert.equal((await ask('otherPartner', `/people/${noor}`)).status, 404)
    assert.equal(await card(), '')
    assert.match((await ask('supervisorAW', page())).text, /Its last day/)
  })

  it('says what is wrong beside the field, and loses nothing that was typed', async () => {
    const wrongs: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ agency: '' }, /Choose the agency/],
      [{ what: '' }, /Choose what they may see/],
      [{ what: 'phones' }, /Choose what they may see/],
      [{ purpose: 'help' }, /at least 10 letters/],
      [{ basis: '' }, /Choose the law/],
      [{ basis: 'other', other: '' }, /Name the other law/],
      [{ 'until-day': '31', 'until-month': '2' }, /must be a real date/],
      [inDays(-1), /must be today or later/],
      [inDays(370), /within 12 months/],
      [{ operation: 'x' }, /form is damaged/],
    ]
    for (const [changes, problem] of wrongs) {
      const sent = form({ other: 'Some Act 2001 s.2', ...changes })
      const answer = await ask('supervisorAW', page(), sent)
      assert.equal(answer.status, 422, JSON.stringify(changes))
      assert.match(answer.text, problem)
      for (const name of ['purpose', 'other', 'until-day', 'until-year'])
        assert.ok(answer.text.includes(sent[name] ?? ''), `${name} of ${JSON.stringify(changes)}`)
      if (sent['agency']) assert.match(answer.text, /value="[^"]*" selected>Hill Housing/)
    }
    assert.deepEqual(await shares(), [])
    assert.equal(
      (await ask('supervisorAW', page(), form({ ...inDays(0), basis: 'other', other: 'Some Act s.2' }))).status,
      303,
    )
    const again = await ask('supervisorAW', page(), form())
    assert.equal(again.status, 422, 'one an agency at a time')
    assert.match(again.text, /has a share of this person already/)
  })

  it('is not made with a suspended agency, which is not offered, nor of somebody sealed', async () => {
    const hill = agencies['Hill Housing'] ?? ''
    await force.admin.query('update organisation.agency set suspended_at = now() where id = $1', [hill])
    try {
      assert.doesNotMatch((await ask('supervisorAW', page())).text, /Hill Housing/)
      const answer = await ask('supervisorAW', page(), form())
      assert.equal(answer.status, 422)
      assert.match(answer.text, /suspended or gone/)
    } finally {
      await force.admin.query('update organisation.agency set suspended_at = null where id = $1', [hill])
    }
    const { officer } = force.persons
    assert.equal((await ask('supervisorAW', `/people/${officer}/shares`)).status, 404)
    assert.equal((await ask('supervisorAW', `/people/${officer}/shares`, form())).status, 404)
    await force.admin.query(
      `insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, 'named', $2)`,
      [officer, force.accounts.supervisorAW],
    )
    try {
      const told = await ask('supervisorAW', `/people/${officer}/shares`)
      assert.match(told.text, /is sealed: nothing is shared with anybody/)
      assert.doesNotMatch(told.text, /name="operation"/)
      const answer = await ask('supervisorAW', `/people/${officer}/shares`, form())
      assert.equal(answer.status, 422)
      assert.match(answer.text, /sealed: nothing/)
    } finally {
      await force.admin.query('delete from people.seal_reader where account_id = $1', [force.accounts.supervisorAW])
    }
    assert.deepEqual(await shares(), [])
  })

  it('is a supervisor’s to make and to end, of those whom she sees, and of no form but her own', async () => {
    const { noor, tomasz } = force.persons
    assert.equal((await ask('supervisorAW', page(), form())).status, 303)
    const [share] = await shares()
    const until = systemClock.now().add({ hours: 24 })
    const common = { fields: ['identity'], purpose: 'for the housing of her', basis: 'Some Act s.2', until } as const
    for (const who of Object.keys(WHO) as Who[]) {
      if (who === 'supervisorAW') continue
      const scope = () => force.scopeFor(who)
      const agencyId = agencies['Harbour Council'] ?? ''
      const made = await withScope(force.appPool, await scope(), (tx) =>
        sharePerson(tx, { ...common, personId: noor, agencyId, operationId: randomUUID() }),
      )
      const ended = await withScope(force.appPool, await scope(), (tx) =>
        endShare(tx, String(share?.id), 'needed no more'),
      )
      assert.deepEqual([who, made, ended], [who, 'not there', 'not there'])
      assert.equal((await ask(who, page())).status, 404, who)
      assert.equal((await ask(who, page(), form({ agency: agencyId }))).status, 404, who)
      assert.equal(
        (await ask(who, `${page()}/${String(share?.id)}/end`, { reason: 'needed no more' })).status,
        404,
        who,
      )
    }
    assert.equal((await ask('supervisorAW', `/people/${tomasz}/shares`, form())).status, 404, 'of another command')
    for (const past of ['insert into people.share select * from people.share', 'update people.share set until = now()'])
      await assert.rejects(
        withScope(force.appPool, await force.scopeFor('supervisorAW'), (tx) =>
          tx.sql(Object.assign([past], { raw: [past] })),
        ),
        { code: '42501' },
        past,
      )
    const operationId = randomUUID()
    for (const [personId, came] of [
      [noor, 'done'],
      [force.persons.kiran, 'not there'],
    ] as const)
      assert.equal(
        await withScope(force.appPool, await force.scopeFor('supervisorAW'), (tx) =>
          sharePerson(tx, { ...common, personId, agencyId: agencies['Harbour Council'] ?? '', operationId }),
        ),
        came,
      )
    assert.equal((await shares()).length, 2)
  })

  it('of one form sent twice at once is one', async () => {
    const sent = form()
    const visit = await force.visitOf('supervisorAW')
    const answers = await Promise.all([1, 2, 3].map(() => site.send(visit, page(), sent)))
    assert.deepEqual(
      answers.map(({ location }) => location),
      Array(3).fill(`${page()}?done=shared`),
    )
    assert.equal((await shares()).length, 1)
  })
  it('does not follow somebody who is found to be another: whoever decides is told, and shares again or ends it', async () => {
    const { noor, kiran } = force.persons
    await ask('supervisorAW', page(), form())
    const [share] = await shares()
    const id = String(share?.id)
    const card = async (who: Who) =>
      withScope(
        force.appPool,
        await force.scopeFor(who),
        async (tx) => (await leftSharesCard(tx))?.body.toString() ?? '',
      )
    assert.equal(await card('supervisorAW'), '')
    const { rows } = await force.admin.query<{ reach: number[] }>('select reach from people.person where id = $1', [
      noor,
    ])
    await force.admin.query(`update people.person set merged_into = $2, reach = '{}' where id = $1`, [noor, kiran])
    try {
      assert.equal((await ask('otherPartner', `/people/${kiran}`)).status, 404, 'no more is seen than was decided')
      assert.match(await card('supervisorAW'), /Kiran Example[^]*Hill Housing/)
      for (const who of ['investigatorAW', 'supervisorCN', 'partner'] as const) assert.equal(await card(who), '', who)
      const logged = await force.admin.query(
        `select subjects from audit.entry where detail ->> 'what' = 'shares left by a joining' and actor = $1`,
        [force.accounts.supervisorAW],
      )
      assert.deepEqual(logged.rows, [{ subjects: [kiran] }])
      assert.match(
        (await ask('supervisorAW', `/people/${kiran}`)).text,
        /Hill Housing: <strong>sees nothing since records were joined/,
      )
      const sharesOfKiran = `/people/${kiran}/shares`
      assert.match(
        (await ask('supervisorAW', sharesOfKiran)).text,
        /Nothing since records were joined[^]*a safe tenancy/,
      )
      const ended = await ask('supervisorAW', `${sharesOfKiran}/${id}/end`, {
        reason: 'the tenancy is somebody else’s',
      })
      assert.equal(ended.location, `${sharesOfKiran}?done=ended`)
      assert.equal(await card('supervisorAW'), '')
      await force.admin.query(
        `update people.share set ended_at = null, ended_by = null, end_reason = '' where id = $1`,
        [id],
      )
      assert.match(await card('supervisorAW'), /Hill Housing/)
      assert.equal((await ask('supervisorAW', sharesOfKiran, form())).location, `${sharesOfKiran}?done=shared`)
      assert.equal(await card('supervisorAW'), '', 'the person they are now is shared instead')
      assert.equal((await ask('otherPartner', `/people/${kiran}`)).status, 200)
    } finally {
      await force.admin.query('update people.person set merged_into = null, reach = $2 where id = $1', [
        noor,
        rows[0]?.reach,
      ])
    }
  })
})
