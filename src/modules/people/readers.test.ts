import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { withScope } from '#platform/db'
import { type Who, WHO, world, type World } from '#test/world'
import { peopleSite, type PeopleSite } from './people.fixture.ts'
import { nameReader } from './readers-store.ts'

describe('who may see somebody sealed', () => {
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
  const page = (): string => `/people/${force.persons.officer}/readers`
  const reason = 'she runs the investigation against him'

  it('is named by professional standards, by part of a name and with a reason, and then sees the person', async () => {
    const { officer } = force.persons
    assert.equal((await ask('investigatorAW', `/people/${officer}`)).status, 404)
    const person = await ask('standards', `/people/${officer}`)
    assert.match(person.text, /Sealed\.[^]*one named colleague/)
    assert.ok(person.text.includes(`href="${page()}"`))
    assert.match((await ask('standards', page())).text, /police employee/)
    assert.match((await ask('standards', `${page()}?part=a`)).text, /at least two letters/)
    const found = await ask('standards', `${page()}?part=investigator`)
    assert.match(found.text, /Asha Investigator/)
    const colleague = force.accounts.investigatorAW
    for (const [form, problem] of [
      [{ part: 'asha', reason }, /Choose a colleague/],
      [{ part: 'asha', colleague, reason: 'short' }, /at least 10 letters/],
    ] as const) {
      const again = await ask('standards', page(), form)
      assert.equal(again.status, 422)
      assert.match(again.text, problem)
      assert.match(again.text, new RegExp(form.reason))
    }
    for (let times = 0; times < 2; times++)
      assert.equal(
        (await ask('standards', page(), { part: 'asha', colleague, reason })).location,
        `${page()}?done=named`,
      )
    assert.match(
      (await ask('standards', `${page()}?done=named`)).text,
      /is named[^]*Asha Investigator[^]*runs the investigation/,
    )
    assert.equal((await ask('investigatorAW', `/people/${officer}`)).status, 200)
    assert.equal((await ask('supervisorAW', `/people/${officer}`)).status, 404)
    const { rows } = await force.admin.query(
      `select subjects, objects, reason from audit.entry where detail ->> 'what' = 'named for a sealed record'`,
    )
    assert.deepEqual(rows, Array(2).fill({ subjects: [officer], objects: [colleague], reason }))
  })

  it('is not seen any more by whoever’s name is taken away, from then on; one’s own name stays', async () => {
    const { officer } = force.persons
    const { investigatorAW, standards } = force.accounts
    assert.equal((await ask('investigatorAW', `/people/${officer}`)).status, 200)
    assert.equal((await ask('standards', `${page()}/end`, { colleague: standards })).status, 404)
    assert.equal(
      (await ask('standards', `${page()}/end`, { colleague: investigatorAW })).location,
      `${page()}?done=ended`,
    )
    assert.equal((await ask('investigatorAW', `/people/${officer}`)).status, 404)
    assert.equal((await ask('standards', `${page()}/end`, { colleague: investigatorAW })).status, 404, 'already')
    assert.equal((await ask('standards', `/people/${officer}`)).status, 200)
    assert.equal(
      (await ask('standards', page(), { part: 'asha', colleague: investigatorAW, reason })).status,
      303,
      'again',
    )
    assert.equal((await ask('investigatorAW', `/people/${officer}`)).status, 200)
    await ask('standards', `${page()}/end`, { colleague: investigatorAW })
  })

  it('is nobody’s to say but professional standards’ who are named themselves, and of the sealed alone', async () => {
    const colleague = force.accounts.supervisorAW
    for (const who of Object.keys(WHO) as Who[]) {
      if (who === 'standards') continue
      assert.equal((await ask(who, page())).status, 404, who)
      assert.equal((await ask(who, page(), { part: 'x', colleague, reason })).status, 404, who)
      assert.equal((await ask(who, `${page()}/end`, { colleague: force.accounts.standards })).status, 404, who)
      const scope = await force.scopeFor(who)
      assert.equal(
        await withScope(force.appPool, scope, (tx) => nameReader(tx, force.persons.officer, colleague, reason)),
        false,
      )
    }
    const open = await ask('standards', `/people/${force.persons.kiran}/readers`)
    assert.equal(open.status, 404)
    for (const [what, person, whom] of [
      ['the open', force.persons.kiran, colleague],
      ['nobody', '00000000-0000-4000-8000-00000000dead', colleague],
      ['oneself', force.persons.officer, force.accounts.standards],
      ['a partner', force.persons.officer, force.accounts.partner],
      ['no account', force.persons.officer, '00000000-0000-4000-8000-00000000dead'],
    ] as const)
      assert.equal(
        (await ask('standards', `/people/${person}/readers`, { part: 'x', colleague: whom, reason })).status,
        404,
        what,
      )
    assert.doesNotMatch((await ask('standards', `${page()}?part=partner`)).text, /Jo Partner/)
    await force.admin.query(
      `insert into people.exclusion (account_id, person_id, reason) values ($1, $2, 'his sister')`,
      [force.accounts.standards, force.persons.officer],
    )
    assert.equal((await ask('standards', page())).status, 404)
    assert.equal((await ask('standards', page(), { part: 'x', colleague, reason })).status, 404)
  })
})
