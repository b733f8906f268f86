import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { withScope } from '#platform/db'
import { type Visit, type Who, WHO, world, type World } from '#test/world'
import { SEAL_CHANGED } from './index.ts'
import { peopleSite, type PeopleSite } from './people.fixture.ts'
import { sealPerson, unsealPerson } from './seal-store.ts'

const REASON = 'she is a witness against a colleague'

describe('sealing somebody by hand', () => {
  let force: World
  let site: PeopleSite
  before(async () => {
    force = await world()
    site = await peopleSite(force)
  })
  after(async () => {
    await site.close()
    await force.close()
  })

  const ask = async (who: Who, url: string, form?: Record<string, string>) =>
    site.send(await force.visitOf(who), url, form)
  const pageOf = (id: string): string => `https://dauntless.example/people/${id}`
  const unconfirmed = async (who: Who): Promise<Visit> => {
    const visit = await force.visitOf(who)
    await force.admin.query('update auth.session set step_up_at = null where token_hash = $1', [visit.tokenHash])
    return visit
  }

  it('asks for a reason and for a proof of who one is, and keeps what was typed', async () => {
    const { noor } = force.persons
    assert.match((await ask('standards', '/people')).text, /href="\/people\/seal"/)
    assert.doesNotMatch((await ask('supervisorAW', '/people')).text, /people\/seal/)
    for (const [form, problem] of [
      [{ person: 'her page', reason: REASON }, /Enter the address of the person’s page/],
      [{ person: pageOf(noor), reason: 'because' }, /Say why in 10 to 500 letters/],
    ] as const) {
      const page = await ask('standards', '/people/seal', form)
      assert.equal(page.status, 422)
      assert.match(page.text, problem)
      assert.ok(page.text.includes(form.person) && page.text.includes(form.reason))
    }
    const page = await site.send(await unconfirmed('standards'), '/people/seal', {
      person: pageOf(noor),
      reason: REASON,
    })
    assert.equal(page.status, 422)
    assert.match(page.text, /href="\/step-up\?return_to=%2Fconfirmed"[^]*/)
    assert.ok(page.text.includes(REASON) && page.text.includes(pageOf(noor)))
    const scope = { ...(await force.scopeFor('standards')), tokenHash: (await unconfirmed('standards')).tokenHash }
    for (const does of [sealPerson, unsealPerson])
      await assert.rejects(
        withScope(force.appPool, scope, (tx) => does(tx, noor, REASON)),
        /people\.not_confirmed/,
      )
    assert.equal((await ask('supervisorAW', `/people/${noor}`)).status, 200)
  })

  it('answers for whoever is not there as for nobody', async () => {
    const nobody = '00000000-0000-4000-8000-00000000dead'
    await force.admin.query(`update people.seal_reader set ended_at = now() where person_id = $1`, [
      force.persons.sealedPartner,
    ])
    const pages = new Set<string>()
    for (const id of [nobody, force.persons.sealedPartner]) {
      const page = await ask('standards', '/people/seal', { person: id, reason: REASON })
      assert.equal(page.status, 422)
      pages.add(page.text.replaceAll(id, 'ID').replace(/name="csrf" value="\w+"/g, ''))
    }
    assert.equal(pages.size, 1)
    await force.admin.query(`update people.seal_reader set ended_at = null where person_id = $1`, [
      force.persons.sealedPartner,
    ])
    const page = await ask('standards', '/people/seal', { person: force.persons.officer, reason: REASON })
    assert.match(page.text, /sealed already/)
  })

  it('closes the person and the records to all but professional standards, at once, and says so in the log', async () => {
    const { noor, kiran } = force.persons
    const { admin } = force
    await admin.query(
      `insert into people.search_key values ('name', 'kiran', $1), ('name', 'example', $1), ('name', 'noor', $2), ('name', 'sample', $2)`,
      [kiran, noor],
    )
    for (const person of [noor, kiran])
      await admin.query(
        `insert into targeting.score (person_id, total, recency, frequency, gravity, victims, incidents_24m, harm_days,
           harm_max, harm_fallback, victims_36m, last_at, serial, escalating, unarrested, bcus, boroughs, reach, sealed)
         values ($1, 9, 1, 1, 1, 1, 1, 1, 1, false, 1, now(), false, false, false, '{1}', '{}', '{1}', false)`,
        [person],
      )
    // looked at by her page before; his page names those looks
    await ask('investigatorAW', `/people/${noor}`)
    const sealed = await ask('standards', '/people/seal', { person: pageOf(noor), reason: REASON })
    assert.equal(sealed.location, `/people/${noor}/readers?done=sealed`)
    assert.match(
      (await ask('standards', sealed.location)).text,
      /is sealed\. Now name[^]*a witness against a colleague/,
    )
    for (const who of Object.keys(WHO) as Who[]) {
      const pages = [`/people/${noor}`, `/people/${kiran}`].map(async (url) => (await ask(who, url)).status)
      // he is known by her records alone
      assert.deepEqual(await Promise.all(pages), who === 'standards' ? [200, 404] : [404, 404], who)
      const found = (await ask(who, '/people/search', { q: 'noor sample' })).text
      assert.equal(/href="\/people\/[0-9a-f-]{36}"/.test(found), who === 'standards', who)
    }
    const { rows: left } = await admin.query(
      `select (select count(*)::int from people.search_key where person_id = $1) as keys,
         (select array_agg(person_id) from targeting.score where not sealed) as scored,
         (select count(*)::int from incidents.incident i join people.mention m on m.record_id = i.id and not (m.sealed and i.sealed)
            join people.membership b on b.mention_id = m.id where b.person_id = $2) as open,
         (select count(*)::int from events.outbox where kind = 'event' and name = $3 and subject = $2) as told`,
      [kiran, noor, SEAL_CHANGED],
    )
    assert.deepEqual(left, [{ keys: 0, scored: null, open: 0, told: 1 }])
    const { rows } = await admin.query(
      `select actor, purpose, reason, subjects from audit.entry where detail ->> 'what' = 'sealed'`,
    )
    assert.deepEqual(rows, [
      { actor: force.accounts.standards, purpose: 'seal a person', reason: REASON, subjects: [noor] },
    ])
  })

  it('is taken back with a reason, and opens what it closed', async () => {
    const { noor } = force.persons
    const page = `/people/${noor}/unseal`
    assert.ok((await ask('standards', `/people/${noor}/readers`)).text.includes(`href="${page}"`))
    for (const who of ['supervisorAW', 'lead', 'auditor'] as const) {
      assert.equal((await ask(who, page)).status, 404, who)
      assert.equal((await ask(who, page, { reason: REASON })).status, 404, who)
      for (const does of [sealPerson, unsealPerson])
        assert.equal(
          await withScope(force.appPool, await force.scopeFor(who), (tx) => does(tx, noor, REASON)),
          'not there',
        )
    }
    assert.match((await ask('standards', page)).text, /Unseal Noor Sample/)
    const short = await ask('standards', page, { reason: 'over' })
    assert.equal(short.status, 422)
    assert.match(short.text, /Say why[^]*>over<\/textarea>/)
    assert.match(
      (await site.send(await unconfirmed('standards'), page, { reason: REASON })).text,
      /Confirm that it is you/,
    )
    const police = await ask('standards', `/people/${force.persons.officer}/unseal`, { reason: 'it was a mistake' })
    assert.equal(police.status, 422)
    assert.match(police.text, /police employee[^]*it was a mistake/)
    assert.equal((await ask('standards', page, { reason: 'the trial is over' })).location, '/people?done=unsealed')
    for (const who of ['investigatorAW', 'supervisorAW'] as const) {
      const open = await ask(who, `/people/${noor}`)
      assert.equal(open.status, 200)
      assert.match(open.text, /Kie?ran Example/)
      assert.doesNotMatch(open.text, /trial is over|witness against/, 'why is for nobody who may see her now')
    }
    assert.equal((await ask('standards', `/people/${noor}`)).status, 404)
    assert.equal((await ask('standards', page, { reason: 'the trial is over' })).status, 404, 'once')
  })

  it('is hidden from the list of who has looked at somebody else on the same records', async () => {
    const { tomasz, ewa } = force.persons
    const other = await force.admin.query<{ id: string }>(
      `with i as (insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, hash, batch_id, reach)
         select gen_random_uuid(), source, 'C-2', kind, status, domestic, reported_at, bcu_id, 'h2', batch_id, reach
         from incidents.incident where id = $1 returning id),
       m as (insert into people.mention (id, record_id, seq, source, role, forenames, surname, reach)
         select gen_random_uuid(), id, 1, 'RMS', 'victim', 'Ewa', 'Wzór', '{2}' from i returning id)
       insert into people.membership (mention_id, person_id, decision_id)
       select m.id, $2, (select id from people.decision limit 1) from m returning mention_id as id`,
      [force.incidents.c1, ewa],
    )
    assert.equal(other.rowCount, 1)
    const looksOf = async (): Promise<number> =>
      (await ask('supervisorCN', `/people/${ewa}`)).text.match(/Ben Investigator/g)?.length ?? 0
    await ask('investigatorCN', `/people/${ewa}`)
    await ask('investigatorCN', `/people/${tomasz}`)
    assert.equal(await looksOf(), 2)
    await withScope(force.appPool, await force.scopeFor('standards'), (tx) => sealPerson(tx, tomasz, REASON))
    assert.equal(await looksOf(), 1, 'the look at him, by whose record she was named')
  })
})
