import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { authStore } from '#platform/auth'
import { fixedClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { buildServer } from '#platform/http'
import { type Who, world, type World } from '#test/world'
import { linkageModule } from './index.ts'
import { link, personOf, putCouples, type MadeRecord } from './linkage.fixture.ts'
import { personPanel } from './person-panel.ts'

describe('deciding about a person', () => {
  let force: World
  let app: FastifyInstance
  let made: MadeRecord[][] = []
  before(async () => {
    force = await world()
    made = await putCouples(force.admin)
    await link(force)
    const site = { navigation: [], synthetic: true, secureCookies: false }
    app = await buildServer({ authStore: authStore(force.signInPool), site, log: false })
    const clock = fixedClock('2026-03-15T12:00:00Z')
    linkageModule.routes?.(app, { pool: force.appPool, clock, folder: '.', enqueue: () => Promise.resolve() })
    await app.ready()
  })
  after(async () => {
    await app.close()
    await force.close()
  })
  const mention = (couple: number, record: number, place: 0 | 1): string =>
    made[couple]?.[record]?.mentions[place] ?? ''
  const whose = async (id: string): Promise<string> => (await personOf(force.admin, id)) ?? ''
  async function get(who: Who, url: string): Promise<{ status: number; text: string }> {
    const { cookie } = await force.visitOf(who)
    const reply = await app.inject({ url, headers: { cookie } })
    return { status: reply.statusCode, text: reply.body }
  }
  async function post(who: Who, url: string, form: readonly (readonly [string, string])[]) {
    const { cookie, csrf } = await force.visitOf(who)
    const reply = await app.inject({
      method: 'POST',
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams([
        ['csrf', csrf],
        ['judgement', randomUUID()],
        ...form.map(([k, v]): [string, string] => [k, v]),
      ]).toString(),
    })
    return { status: reply.statusCode, text: reply.body, location: String(reply.headers.location ?? '') }
  }
  const panelFor = async (who: Who, person: string): Promise<string> =>
    withScope(force.appPool, await force.scopeFor(who), async (tx) => {
      await tx.sql`select people.open_person(${person})`
      return (await personPanel(tx, person, who === 'analyst'))?.toString() ?? ''
    })

  it('shows what each record hangs on, with ways to look and to decide for those who may', async () => {
    const person = await whose(mention(1, 0, 1))
    const shown = await panelFor('analyst', person)
    assert.match(shown, /Why is this one person/)
    assert.equal(shown.match(/dauntless-chart__tie/g)?.length, 2, 'three records, two ties')
    assert.equal(shown.match(/See the evidence/g)?.length, 2)
    assert.ok(shown.includes(`/linkage/persons/${person}/split?from=`))
    const [, pair = ''] = /href="(\/linkage\/pairs\/[^"]+)"/.exec(shown) ?? []
    assert.equal((await get('analyst', pair)).status, 200)
    const plain = await panelFor('investigatorCN', person)
    assert.match(plain, /Why is this one person/)
    assert.doesNotMatch(plain, /\/linkage\//)
    // somebody with one record, of whom nobody has said anything
    assert.equal(await panelFor('supervisorCN', force.persons.ewa), '')
  })

  it('splits those records off that are ticked, from the one on whose line one began', async () => {
    const person = await whose(mention(3, 0, 0))
    const [, from = ''] =
      new RegExp(`/linkage/persons/${person}/split\\?from=([\\w-]+)`).exec(await panelFor('analyst', person)) ?? []
    const page = await get('analyst', `/linkage/persons/${person}/split?from=${from}`)
    assert.match(page.text, new RegExp(`value="${from}" checked`))
    const url = `/linkage/persons/${person}/split`
    const none = await post('analyst', url, [['reason', 'two heights']])
    assert.equal(none.status, 422)
    assert.match(none.text, /Choose the records of somebody else/)
    assert.match(none.text, /two heights<\/textarea>/)
    const unsaid = await post('analyst', url, [['mentions', from]])
    assert.equal(unsaid.status, 422)
    assert.match(unsaid.text, new RegExp(`value="${from}" checked`), 'what was ticked is kept')
    const all = [0, 1, 2].map((record) => ['mentions', mention(3, record, 0)] as const)
    assert.match((await post('analyst', url, [...all, ['reason', 'two heights']])).text, /Leave at least one record/)
    assert.equal(
      (
        await post('supervisorAW', url, [
          ['mentions', from],
          ['reason', 'two heights'],
        ])
      ).status,
      404,
    )
    const done = await post('analyst', url, [
      ['mentions', from],
      ['reason', 'two heights'],
    ])
    assert.deepEqual([done.status, done.location], [303, `/people/${person}`])
    assert.notEqual(await whose(from), person)
    const shown = await panelFor('analyst', person)
    assert.match(shown, /Split records off/)
    assert.match(shown, /two heights/)
  })

  it('joins two people named by the address of a page, and takes it back', async () => {
    const [one, other] = [await whose(mention(5, 0, 0)), await whose(mention(7, 0, 0))]
    const url = `/linkage/persons/${one}/merge`
    assert.match((await get('analyst', `${url}?with=nobody`)).text, /There is nobody at that address whom you can see/)
    assert.match((await get('analyst', `${url}?with=${force.persons.officer}`)).text, /There is nobody at that address/)
    assert.match((await get('analyst', `${url}?with=${one}`)).text, /That is this person/)
    const both = await get('analyst', `${url}?with=${encodeURIComponent(`http://localhost/people/${other}`)}`)
    assert.match(both.text, /The records of the other person/)
    const unsaid = await post('analyst', url, [['with', other]])
    assert.equal(unsaid.status, 422)
    const done = await post('analyst', url, [
      ['with', other],
      ['reason', 'one custody photograph'],
    ])
    assert.equal(done.status, 303)
    const stays = await whose(mention(5, 0, 0))
    assert.equal(stays, await whose(mention(7, 0, 0)))
    assert.equal(done.location, `/people/${stays}`)
    const shown = await panelFor('analyst', stays)
    assert.match(shown, /Joined two people/)
    assert.match(shown, /said by Erin Analyst/)
    const [, back = ''] = /href="(\/linkage\/judgements\/[^"]+)"/.exec(shown) ?? []
    assert.match((await get('analyst', back)).text, /one custody photograph/)
    assert.equal((await get('supervisorAW', back)).status, 404)
    assert.equal((await post('analyst', back, [['reason', '']])).status, 422)
    assert.equal((await post('supervisorAW', back, [['reason', 'because']])).status, 404)
    const taken = await post('supervisorCN', back, [['reason', 'it was his brother']])
    assert.equal(taken.status, 303)
    assert.deepEqual([await whose(mention(5, 0, 0)), await whose(mention(7, 0, 0))], [one, other])
    assert.match(await panelFor('analyst', one), /it was his brother/)
    assert.equal((await get('analyst', back)).status, 404, 'taken back already')
  })

  it('says why two cannot be joined whom a record names both', async () => {
    const [victim, suspect] = [await whose(mention(9, 0, 0)), await whose(mention(9, 0, 1))]
    const { status, text } = await post('analyst', `/linkage/persons/${victim}/merge`, [
      ['with', suspect],
      ['reason', 'alike'],
    ])
    assert.equal(status, 422)
    assert.match(text, /A record names both of them/)
    assert.match(text, /alike<\/textarea>/)
  })

  it('is not there for those who may not, nor for addresses of nobody', async () => {
    const person = await whose(mention(11, 0, 0))
    for (const at of ['split', 'merge'])
      for (const who of ['investigatorCN', 'lead', 'standards', 'partner', 'administrator'] as const)
        assert.equal((await get(who, `/linkage/persons/${person}/${at}`)).status, 404, `${who} ${at}`)
    for (const id of ['x', randomUUID(), force.persons.officer])
      for (const at of [`persons/${id}/split`, `persons/${id}/merge`, `judgements/${id}/withdraw`])
        assert.equal((await get('analyst', `/linkage/${at}`)).status, 404, at)
  })
})
