import assert from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { systemClock } from '#platform/clock'
import { browser, closeSites, memoryStore, server, site } from './auth.fixture.ts'
import { authPlugin, hashToken } from './index.ts'

afterEach(closeSites)

describe('signing in through the embedded provider', () => {
  it('takes a person from the list to the page they asked for, in a session of their own', async () => {
    const { address, sessions } = await site()
    const amina = browser(address)
    assert.equal(await amina.who(), null)
    const page = await amina.follow('/sign-in?return_to=/cases/7?tab=risk', '/idp/interaction/')
    const list = await amina.visit(page)
    assert.equal(list.status, 200)
    assert.match(list.body, /Amina &lt;Shah&gt;<\/button>.*Investigator<\/strong>, North DA team.*Supervisor/s)
    assert.doesNotMatch(list.body, /<script|style=|onclick/)
    const { to } = await amina.visit(page, { subject: 'amina' })
    const back = await amina.visit(await amina.follow(to, '/sign-in/callback'))
    assert.equal(back.status, 303)
    assert.equal(back.to, '/cases/7?tab=risk')
    const cookie = back.cookies.find((line) => line.startsWith('session=')) ?? ''
    assert.match(cookie, /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    const token = amina.jar.get('session')?.value ?? ''
    assert.deepEqual([...sessions.keys()], [hashToken(token).toString('hex')], 'only the hash is kept')
    assert.equal(await amina.who(), 'amina')
  })

  it('works behind TLS that ends before us, with cookies only this host can set', async () => {
    const { app } = await site({ isDemo: true }, 'https://demo.example')
    const headers = { host: 'demo.example' }
    const start = await app.inject({ url: '/sign-in', headers })
    assert.match(String(start.headers.location), /^https:\/\/demo\.example\/idp\/auth\?/)
    assert.match(
      String(start.headers['set-cookie']),
      /^__Host-login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure;/,
    )
    const list = await app.inject({ url: String(start.headers.location), headers })
    assert.match(String(list.headers.location), /^\/idp\/interaction\//)
    assert.match(String(list.headers['set-cookie']), /secure/i)
    const planted = await app.inject({ url: '/who', headers: { ...headers, cookie: `session=${'a'.repeat(43)}` } })
    assert.deepEqual(planted.json(), { staffId: null })
  })

  it('ignores a host or scheme that the sender made up', async () => {
    const { address, app } = await site()
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    const { authorization_endpoint: endpoint } = (
      await app.inject({ url: '/idp/.well-known/openid-configuration', headers })
    ).json<{ authorization_endpoint: string }>()
    assert.equal(endpoint, `${address}/idp/auth`)
    const moved = await app.inject({ url: '/sign-in?return_to=/x', headers })
    assert.equal(moved.headers.location, `${address}/sign-in?return_to=%2Fx&moved=yes`)
  })

  it('lets one browser sign in from two tabs at once', async () => {
    const { address } = await site()
    const amina = browser(address)
    const first = await amina.choose('amina', '/sign-in?return_to=/one')
    const second = await amina.choose('amina', '/sign-in?return_to=/two')
    assert.equal((await amina.visit(first)).to, '/one')
    assert.equal((await amina.visit(second)).to, '/two')
  })

  it('closes the session before when another person signs in', async () => {
    const { address, sessions } = await site()
    const shared = browser(address)
    await shared.signIn('amina')
    await shared.signIn('ben')
    assert.equal(await shared.who(), 'ben')
    assert.equal(sessions.size, 1)
  })

  it('prints no warnings', async () => {
    const printed = [mock.method(console, 'warn', () => {}), mock.method(console, 'info', () => {})]
    try {
      const { address } = await site()
      await browser(address).signIn('amina')
      assert.deepEqual(
        printed.flatMap(({ mock: { calls } }) => calls.map((call) => call.arguments)),
        [],
      )
    } finally {
      for (const method of printed) method.mock.restore()
    }
  })
})

describe('a sign-in that is refused', () => {
  async function isRefused(answer: { status: number; body: string; cookies: readonly string[] }, status: number) {
    assert.equal(answer.status, status)
    assert.match(answer.body, /<a class="govuk-link" href="\/sign-in">Start again<\/a>/)
    assert.doesNotMatch(answer.body, /Error|at .*\.[jt]s|node_modules/)
    assert.equal(
      answer.cookies.some((line) => /session=[\w-]/.test(line)),
      false,
    )
  }

  it('has a state we did not make, or none', async () => {
    const { address } = await site()
    const amina = browser(address)
    const callback = new URL(await amina.choose('amina'))
    const good = callback.searchParams.get('state') ?? ''
    for (const state of ['', 'x', good.slice(0, -2), good.replace('sign-in', 'step-up'), `${good}x`]) {
      callback.searchParams.set('state', state)
      await isRefused(await amina.visit(callback.href), 400)
    }
    await isRefused(await amina.visit('/sign-in/callback'), 400)
    callback.searchParams.set('state', good)
    assert.equal((await amina.visit(callback.href)).status, 303, 'the right one still works')
  })

  it('was begun in another browser', async () => {
    const { address } = await site()
    const callback = await browser(address).choose('amina')
    const other = browser(address)
    await isRefused(await other.visit(callback), 400)
    await other.follow('/sign-in', '/idp/interaction/')
    await isRefused(await other.visit(callback), 400)
  })

  it('comes back a second time', async () => {
    const { address } = await site()
    const amina = browser(address)
    const callback = await amina.choose('amina')
    assert.equal((await amina.visit(callback)).status, 303)
    await isRefused(await amina.visit(callback), 400)
  })

  it('brings a code that is not for this sign-in', async () => {
    const { address } = await site()
    const amina = browser(address)
    const stolen = new URL(await browser(address).choose('ben'))
    const own = new URL(await amina.choose('amina'))
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    await isRefused(await amina.visit(own.href), 502)
    assert.equal(await amina.who(), null)
  })

  it('was begun with another nonce or verifier than the database kept', async () => {
    for (const wrong of [{ nonce: 'n'.repeat(43) }, { verifier: 'v'.repeat(43) }]) {
      const { address, pending } = await site()
      const amina = browser(address)
      const callback = await amina.choose('amina')
      for (const [state, login] of pending) pending.set(state, { ...login, ...wrong })
      await isRefused(await amina.visit(callback), 502)
    }
  })

  it('was declined by the sign-in service', async () => {
    const { address } = await site()
    const amina = browser(address)
    const callback = new URL(await amina.choose('amina'))
    callback.searchParams.delete('code')
    callback.searchParams.set('error', 'access_denied')
    callback.searchParams.set('error_description', '<b>no</b>')
    const answer = await amina.visit(callback.href)
    await isRefused(answer, 403)
    assert.doesNotMatch(answer.body, /<b>/)
  })

  it('is of somebody without an active account', async () => {
    const { address } = await site()
    const answer = await browser(address).signIn('left')
    await isRefused(answer, 403)
    assert.match(answer.body, /no active account/)
  })

  it('finds no sign-in service', async () => {
    const app = server()
    const { store } = memoryStore()
    const issuer = new URL('http://127.0.0.1:1/')
    await app.register(authPlugin, {
      store,
      clock: systemClock,
      issuerConfig: { issuer, clientId: 'x' },
      publicUrl: () => 'http://localhost:80',
      secureCookies: false,
    })
    const answer = await app.inject({ url: '/sign-in', headers: { host: 'localhost' } })
    await isRefused({ status: answer.statusCode, body: answer.body, cookies: [] }, 503)
  })

  it('asks for a page outside, and gets the front page', async () => {
    const { address } = await site()
    const amina = browser(address)
    const answer = await amina.signIn('amina', '/sign-in?return_to=https://evil.example/')
    assert.equal(answer.to, '/')
  })
})

describe('proving again who one is', () => {
  it('marks the session, under a new token', async () => {
    const { address, sessions } = await site()
    const amina = browser(address)
    await amina.signIn('amina')
    const before = amina.jar.get('session')?.value
    const answer = await amina.signIn('amina', '/step-up?return_to=/reveal')
    assert.equal(answer.to, '/reveal')
    assert.notEqual(amina.jar.get('session')?.value, before)
    assert.deepEqual([...sessions.values()], [{ staffId: 'amina', steppedUp: true }])
  })

  it('does nothing for another person, and leaves no session of theirs', async () => {
    const { address, sessions } = await site()
    const amina = browser(address)
    await amina.signIn('amina')
    const answer = await amina.signIn('ben', '/step-up')
    assert.equal(answer.status, 403)
    assert.deepEqual([...sessions.values()], [{ staffId: 'amina', steppedUp: false }])
    assert.equal(await amina.who(), 'amina')
  })

  it('does nothing for somebody who has signed out meanwhile', async () => {
    const { address, sessions } = await site()
    const amina = browser(address)
    await amina.signIn('amina')
    const callback = await amina.choose('amina', '/step-up')
    sessions.clear()
    assert.equal((await amina.visit(callback)).status, 403)
    assert.equal(sessions.size, 0)
  })

  it('sends somebody who is not signed in to sign in', async () => {
    const { address } = await site()
    assert.equal((await browser(address).visit('/step-up')).to, '/sign-in')
  })
})

describe('signing out', () => {
  it('ends the session for whoever holds its token, and the next sign-in asks again who it is', async () => {
    const { address } = await site()
    const amina = browser(address)
    await amina.signIn('amina')
    const kept = browser(address)
    for (const [name, cookie] of amina.jar) kept.jar.set(name, cookie)
    assert.equal(await kept.who(), 'amina')
    const answer = await amina.visit('/sign-out', {})
    assert.deepEqual([answer.status, answer.to], [303, '/signed-out'])
    assert.equal(amina.jar.has('session'), false)
    assert.equal(await kept.who(), null)
    assert.match((await amina.visit('/signed-out')).body, /You have signed out/)
    assert.match(await amina.follow('/sign-in', '/idp/interaction/'), /interaction/)
  })

  it('everywhere ends every session of that person and nobody else', async () => {
    const { address } = await site()
    const [desk, phone, other] = [browser(address), browser(address), browser(address)]
    await desk.signIn('amina')
    await phone.signIn('amina')
    await other.signIn('ben')
    await desk.visit('/sign-out-everywhere', {})
    assert.deepEqual([await desk.who(), await phone.who(), await other.who()], [null, null, 'ben'])
  })
})

describe('the embedded provider', () => {
  it('does not start on a database that holds anybody but the demo force', async () => {
    await assert.rejects(site({ isDemo: false }), /auth\.not_demo_force/)
  })

  it('lets nobody in once the database holds somebody real', async () => {
    const force = { isDemo: true }
    const { address, sessions } = await site(force)
    const amina = browser(address)
    const page = await amina.follow('/sign-in', '/idp/interaction/')
    const callback = await browser(address).choose('ben')
    force.isDemo = false
    assert.equal((await amina.visit(page, { subject: 'amina' })).status, 400)
    await browser(address).visit(callback)
    assert.equal(sessions.size, 0)
  })

  it('lets nobody in as a person who is not on its list', async () => {
    const { address } = await site()
    const amina = browser(address)
    const page = await amina.follow('/sign-in', '/idp/interaction/')
    for (const subject of ['nobody', '', 'AMINA']) assert.equal((await amina.visit(page, { subject })).status, 400)
  })

  it('shows a sign-in under way to nobody but the browser that began it', async () => {
    const { address } = await site()
    const page = await browser(address).follow('/sign-in', '/idp/interaction/')
    const answer = await browser(address).visit(page)
    assert.equal(answer.status, 400)
    assert.doesNotMatch(answer.body, /Amina/)
  })

  it('sends codes to no address but ours', async () => {
    const { address } = await site()
    const asked = new URL((await browser(address).visit('/sign-in')).to)
    asked.searchParams.set('redirect_uri', 'https://evil.example/')
    const answer = await browser(address).visit(asked.href)
    assert.equal(answer.status, 400)
    assert.equal(answer.to, '')
    assert.match(answer.body, /Start again/)
  })
})
