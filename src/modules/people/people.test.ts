import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fixedClock, Temporal } from '#platform/clock'
import { type Tx, withScope } from '#platform/db'
import { html } from '#platform/views'
import { type Who, world, type World } from '#test/world'
import { peopleSite, plainNames, type PeopleSite } from './people.fixture.ts'
import { readSearch, searchKeysOf, type WantedKey } from './search.ts'
import { claimPerson, declareConflict, findPeople, openPerson } from './store.ts'

const clock = fixedClock('2026-03-15T12:00:00Z')
let force: World
let site: PeopleSite

before(async () => {
  force = await world()
  await fillSearchKeys()
  const panels = [
    { order: 200, render: () => Promise.resolve(html`<p>a quiet panel</p>`) },
    { order: 5, render: () => Promise.resolve(html`<p>an urgent panel</p>`) },
    { order: 50, render: () => Promise.resolve(html`<p>an early panel</p>`) },
    { order: 6, render: () => Promise.resolve(null) },
  ]
  site = await peopleSite(force, { clock, panels })
})
after(async () => {
  await site.close()
  await force.close()
})

async function fillSearchKeys(): Promise<void> {
  const { rows } = await force.admin.query<
    Record<'personId' | 'forenames' | 'surname' | 'dob' | 'phone' | 'postcode' | 'ref', string>
  >(
    `select b.person_id as "personId", m.forenames, m.surname, m.dob::text, m.phone, m.postcode, i.ref from people.mention m
     join people.membership b on b.mention_id = m.id join incidents.incident i on i.id = m.record_id`,
  )
  for (const { personId, ref, ...mention } of rows) {
    for (const key of searchKeysOf({ ...mention, knownAs: null, refs: [ref] }, plainNames)) {
      await force.admin.query('insert into people.search_key values ($1, $2, $3) on conflict do nothing', [
        key.kind,
        key.value,
        personId,
      ])
    }
  }
}
function keysOf(text: string): readonly WantedKey[] {
  const search = readSearch(text, plainNames, Temporal.PlainDate.from('2026-03-15'))
  assert.ok(search.ok)
  return search.keys
}
async function as<T>(who: Who, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withScope(force.appPool, await force.scopeFor(who), work)
}
const find = (who: Who, text: string) => as(who, (tx) => findPeople(tx, keysOf(text)))
const names = (found: Awaited<ReturnType<typeof findPeople>>) =>
  found.map((one) => (one.kind === 'person' ? one.name : `stub: ${one.knownTo}`))

const get = async (who: Who, url: string) => site.send(await force.visitOf(who), url)
const post = async (who: Who, url: string, form: Record<string, string>) =>
  site.send(await force.visitOf(who), url, form)
async function clearClaims(): Promise<void> {
  await force.admin.query('delete from people.claim')
}

describe('finding people', () => {
  for (const text of [
    'kiran example',
    'example kieran',
    'nour sample',
    'kiran 12/03/1985',
    'example 03/12/1985',
    'kiran 12/03/1986',
    '01/0000001/26',
    '07700 900001 SW1A1AA',
  ]) {
    it(`answers “${text}” with the people of one's own BCU`, async () => {
      const found = names(await find('investigatorAW', text))
      assert.ok(
        found.some((name) => ['Kiran Example', 'Noor Sample'].includes(name)),
        found.join(),
      )
    })
  }
  it('puts the exact date of birth before the likely one', async () => {
    assert.deepEqual(names(await find('investigatorAW', 'sample 02/11/1987')), ['Noor Sample'])
    assert.equal(names(await find('investigatorAW', 'example 12/03/1985'))[0], 'Kiran Example')
  })
  it('gives a stub, without a name, for those known elsewhere', async () => {
    assert.deepEqual(names(await find('investigatorAW', 'tomasz wzor')), ['stub: Central North'])
    assert.deepEqual(names(await find('investigatorCN', 'tomasz wzor')), ['Tomasz Wzór'])
  })
  it('answers for the sealed as for nobody, except to their named readers', async () => {
    assert.deepEqual(await find('investigatorAW', 'robin hidden'), [])
    assert.deepEqual(await find('lead', 'robin hidden 05/05/1980'), [])
    assert.deepEqual(names(await find('standards', 'robin hidden')), ['Robin Hidden'])
  })
  it('shows partners what is shared with their agency, and no stubs', async () => {
    assert.deepEqual(names(await find('partner', 'kiran example')), ['Kiran Example'])
    assert.deepEqual(await find('otherPartner', 'kiran example'), [])
    assert.deepEqual(await find('partner', 'tomasz wzor'), [])
  })
  it('logs one search, whoever was or was not found', async () => {
    for (const text of ['kiran example', 'nobody atall', 'tomasz wzor']) {
      const count = async () => {
        const { rows } = await force.admin.query<{ n: string }>(
          `select count(*) as n from audit.entry where action = 'search'`,
        )
        return Number(rows[0]?.n)
      }
      const earlier = await count()
      await find('investigatorAW', text)
      assert.equal(await count(), earlier + 1, text)
    }
  })
})

describe('opening a person', () => {
  const sees: Record<keyof World['persons'], readonly Who[]> = {
    kiran: ['investigatorAW', 'supervisorAW', 'analyst', 'lead', 'partner'],
    noor: ['investigatorAW', 'supervisorAW', 'analyst', 'lead'],
    tomasz: ['investigatorCN', 'supervisorCN', 'analyst', 'lead'],
    ewa: ['investigatorCN', 'supervisorCN', 'analyst', 'lead'],
    officer: ['standards'],
    sealedPartner: ['standards'],
  }
  const everybody = [
    'investigatorAW',
    'investigatorCN',
    'supervisorAW',
    'supervisorCN',
    'analyst',
    'lead',
    'standards',
    'administrator',
    'auditor',
    'partner',
    'otherPartner',
  ] as const
  for (const [person, readers] of Object.entries(sees)) {
    it(`lets exactly ${readers.join(', ')} open ${person}`, async () => {
      const opened: Who[] = []
      for (const who of everybody) {
        if (await as(who, (tx) => openPerson(tx, force.persons[person as keyof World['persons']]))) opened.push(who)
      }
      assert.deepEqual(opened, readers)
    })
  }
  it('gives a partner with a share of the identity no records', async () => {
    const opened = await as('partner', (tx) => openPerson(tx, force.persons.kiran))
    assert.deepEqual([opened?.mentions.length, opened?.others.length, opened?.person.name], [0, 0, 'Kiran Example'])
  })
  it('shows each mention with its decision, and the others on the same records', async () => {
    const opened = await as('investigatorAW', (tx) => openPerson(tx, force.persons.kiran))
    assert.deepEqual(
      opened?.mentions.map((mention) => [mention.forenames, mention.role, mention.model, mention.weight]).sort(),
      [
        ['Kieran', 'victim', 'test model', 12.5],
        ['Kiran', 'suspect', 'test model', 12.5],
      ],
    )
    assert.deepEqual(opened?.others.map((other) => `${other.forenames} ${other.surname} ${other.visible}`).sort(), [
      'Noor Sample true',
      'Nour Sample true',
    ])
    assert.equal(opened?.looks[0]?.who, 'Asha Investigator')
  })
  it('tells a partner with whom only the identity is shared who it is, and nothing of records or of who has looked', async () => {
    await get('investigatorAW', `/people/${force.persons.kiran}`)
    const opened = await as('partner', (tx) => openPerson(tx, force.persons.kiran))
    assert.deepEqual(
      [opened?.person.incidents, opened?.person.roles, opened?.person.reach, opened?.looks],
      [null, [], [], []],
    )
    const { status, text } = await get('partner', `/people/${force.persons.kiran}`)
    assert.equal(status, 200)
    assert.match(text, /Male, aged 41, born 12 March 1985\./)
    assert.doesNotMatch(text, /record|Victim|Suspect|Who has looked|Asha Investigator/)
    assert.match((await post('partner', '/people/search', { q: 'kiran example' })).text, /Kiran Example[^]*Not shared/)
    await force.admin.query(`update people.share set fields = '{identity,incidents}' where person_id = $1`, [
      force.persons.kiran,
    ])
    assert.match((await get('partner', `/people/${force.persons.kiran}`)).text, /Victim, Suspect in 2 records/)
    await force.admin.query(`update people.share set fields = '{identity}' where person_id = $1`, [force.persons.kiran])
  })
  it('shows the page: victim first, urgent panels above, quiet ones below', async () => {
    const { status, text } = await get('investigatorAW', `/people/${force.persons.kiran}`)
    assert.equal(status, 200)
    const order = [
      '<h1',
      '12 March 1985',
      'Recorded as victim (1 record) and as suspect',
      'an urgent panel',
      'Kieran Example',
      'an early panel',
      'Relationships</h2>',
      'Addresses and telephones over time</h2>',
      'The records as they were written</h2>',
      'a quiet panel',
      'Who has looked</h2>',
      'conflict of interest',
    ]
    const places = order.map((part) => text.indexOf(part))
    assert.ok(!places.includes(-1), order[places.indexOf(-1)])
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
    assert.ok(text.includes(`href="/people/${force.persons.noor}"`))
  })
  it('answers the same for the sealed, for those elsewhere, for nobody and for what is no address', async () => {
    const session = /name="csrf" value="\w+"/g
    const pages = new Set<string>()
    for (const id of [force.persons.officer, force.persons.tomasz, '00000000-0000-4000-8000-00000000dead', 'x']) {
      const { status, text } = await get('investigatorAW', `/people/${id}`)
      assert.equal(status, 404)
      pages.add(text.replace(session, ''))
    }
    assert.equal(pages.size, 1)
  })
})

describe('the search pages', () => {
  it('keep what was typed, and out of the address', async () => {
    const { status, text } = await post('investigatorAW', '/people/search', { q: 'kiran "example"' })
    assert.equal(status, 200)
    assert.match(text, /value="kiran &quot;example&quot;"/)
    assert.match(text, new RegExp(`href="/people/${force.persons.kiran}"`))
    assert.match(text, /1 person found/)
  })
  it('say what is wrong beside the box', async () => {
    const { status, text } = await post('investigatorAW', '/people/search', { q: 'smi* <b>' })
    assert.equal(status, 422)
    assert.match(text, /There is a problem/)
    assert.match(text, /value="smi\* &lt;b&gt;"/)
  })
  it('are not there for administrators and auditors', async () => {
    for (const who of ['administrator', 'auditor'] as const) assert.equal((await get(who, '/people')).status, 404)
  })
  it('offer to open a stub to those who may, and to others not', async () => {
    const offer = /action="\/people\/open-stub"/
    assert.match((await post('investigatorAW', '/people/search', { q: 'tomasz wzor' })).text, offer)
    assert.doesNotMatch((await post('standards', '/people/search', { q: 'tomasz wzor' })).text, offer)
  })
})

describe('opening with a reason', () => {
  it('opens the person behind a stub, and asks for a longer reason first', async () => {
    const visit = await force.visitOf('investigatorAW')
    const q = 'tomasz wzor'
    const markIn = (text: string): string => /name="mark" value="(\w{64})"/.exec(text)?.[1] ?? assert.fail('no stub')
    const stub = { q, mark: markIn((await site.send(visit, '/people/search', { q })).text), kind: 'claim' }
    const short = await site.send(visit, '/people/open-stub', { ...stub, reason: 'because' })
    assert.equal(short.status, 422)
    assert.match(short.text, /<textarea[^>]*id="reason-0"[^>]*>because<\/textarea>/)
    assert.equal(markIn(short.text), stub.mark)
    const reason = 'his sister reported him to me'
    const opened = await site.send(visit, '/people/open-stub', { ...stub, reason })
    assert.equal(opened.location, `/people/${force.persons.tomasz}`)
    assert.equal((await get('investigatorAW', opened.location)).status, 200)
    await clearClaims()
    assert.equal((await get('investigatorAW', opened.location)).status, 404)
    // another session of the same person searches for themselves
    const other = await post('investigatorAW', '/people/open-stub', { ...stub, reason })
    assert.equal(other.status, 422)
    assert.match(other.text, /has changed since you searched[^]*his sister reported him to me/)
  })
  it('opens by address, never the sealed, and says as much of nobody', async () => {
    const form = { reason: 'needed for my case today', kind: 'break_glass' }
    const open = await post('investigatorAW', `/people/${force.persons.ewa}/claim`, form)
    assert.equal(open.location, `/people/${force.persons.ewa}`)
    for (const id of [force.persons.officer, '00000000-0000-4000-8000-00000000dead']) {
      assert.equal((await get('investigatorAW', `/people/${id}/claim`)).status, 200)
      assert.equal((await post('investigatorAW', `/people/${id}/claim`, form)).status, 404)
    }
    assert.equal((await post('investigatorAW', `/people/${force.persons.ewa}/claim`, { reason: 'no' })).status, 422)
    assert.equal((await post('partner', `/people/${force.persons.ewa}/claim`, form)).status, 404)
    await clearClaims()
  })
})

describe('a conflict of interest', () => {
  it('closes the person to whoever declared it, everywhere, and to nobody else', async () => {
    const { noor } = force.persons
    assert.equal((await post('lead', `/people/${noor}/conflict`, { conflict: ' ' })).status, 422)
    const declared = await post('lead', `/people/${noor}/conflict`, { conflict: 'she is my cousin' })
    assert.equal(declared.location, '/people?done=conflict')
    assert.match((await get('lead', declared.location)).text, /closed to you/)
    assert.equal((await get('lead', `/people/${noor}`)).status, 404)
    assert.deepEqual(await find('lead', 'noor sample'), [])
    assert.equal(await as('lead', (tx) => claimPerson(tx, noor, 'break_glass', 'I would still like to see')), null)
    const kiran = await as('lead', (tx) => openPerson(tx, force.persons.kiran))
    assert.deepEqual([kiran?.mentions.length, kiran?.others.length], [0, 0])
    assert.equal((await get('investigatorAW', `/people/${noor}`)).status, 200)
  })
  it('cannot be used to ask whether somebody is there', async () => {
    for (const id of [force.persons.officer, '00000000-0000-4000-8000-00000000dead']) {
      assert.equal(await as('investigatorAW', (tx) => declareConflict(tx, id, 'none at all')), false)
    }
  })
})

describe('what we believed on a day', () => {
  it('says whose each record was then and is now, and opens the records of then', async () => {
    const { rows } = await force.admin.query<{ id: string }>(
      `select m.id from people.mention m join people.membership b on b.mention_id = m.id where b.person_id = $1 order by m.mention_ref`,
      [force.persons.tomasz],
    )
    const [moved] = rows
    await force.admin.query(`update people.membership set from_at = '2026-01-01' where mention_id = $1`, [moved?.id])
    const ask = (day: string) => get('investigatorCN', `/people/${force.persons.ewa}?as-at=${day}`)
    const sectionOf = (text: string) => text.split('id="believed"')[1]?.split('id="looks"')[0] ?? ''
    // on the first of March his mention is said to be hers; on the second it is his again
    await force.admin.query(`update people.membership set to_at = '2026-03-01T09:00Z' where mention_id = $1`, [
      moved?.id,
    ])
    await force.admin.query(
      `insert into people.membership (mention_id, person_id, decision_id, from_at, to_at)
       select mention_id, $2, decision_id, '2026-03-01T09:00Z', '2026-03-02T09:00Z' from people.membership where mention_id = $1`,
      [moved?.id, force.persons.ewa],
    )
    await force.admin.query(
      `insert into people.membership (mention_id, person_id, decision_id, from_at)
       select mention_id, $2, decision_id, '2026-03-02T09:00Z' from people.membership where mention_id = $1 and person_id = $2`,
      [moved?.id, force.persons.tomasz],
    )
    const then = sectionOf((await ask('2026-03-01')).text)
    assert.match(then, /Tomasz Wzór/)
    assert.match(then, /data-label="On that day"><div>This person<\/div>/)
    assert.match(then, new RegExp(`data-label="Now"><div><a class="govuk-link" href="/people/${force.persons.tomasz}"`))
    assert.doesNotMatch(sectionOf((await ask('2026-02-28')).text), /Tomasz/)
    assert.doesNotMatch(sectionOf((await ask('2026-03-02')).text), /Tomasz/)
    const his = sectionOf((await get('investigatorCN', `/people/${force.persons.tomasz}?as-at=2026-03-01`)).text)
    assert.match(
      his,
      new RegExp(`data-label="On that day"><div><a class="govuk-link" href="/people/${force.persons.ewa}"`),
    )
    const log = await force.admin.query(`select subjects from audit.entry where detail ->> 'what' = 'as at' and action = 'consult' order by at limit 1`) // prettier-ignore
    assert.ok(log.rows[0].subjects.includes(force.persons.ewa))
  })

  it('asks again for a day that is none, and keeps what was typed', async () => {
    for (const day of ['2026-02-30', 'yesterday', '2027-01-01']) {
      const { status, text } = await get('investigatorCN', `/people/${force.persons.ewa}?as-at=${day}`)
      assert.equal(status, 422)
      assert.match(text, /govuk-error-summary/)
      assert.match(text, new RegExp(`value="${day}"`))
    }
  })

  it('is the not-found page for whoever does not see the person', async () => {
    assert.equal((await get('investigatorAW', `/people/${force.persons.ewa}?as-at=2026-03-01`)).status, 404)
    assert.equal((await get('investigatorAW', `/people/${force.persons.officer}?as-at=2026-03-01`)).status, 404)
  })
})
