import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { serviceScope } from '#modules/incidents'
import { linkForce } from '#modules/linkage'
import { STORY, type StoryPerson, storyPerson } from '#test/demo-template'
import { openSite, type Site } from './site.ts'

const nameOf = ({ forenames, surname }: StoryPerson): string => `${forenames} ${surname}`
/** What the page says above all. */
const heading = (page: Page): Promise<string> => page.locator('h1').innerText()

let site: Site
const ids: Record<keyof typeof STORY, string> = { sealed: '', sealedVictim: '', farAway: '', shared: '', suspect: '' }
before(async () => {
  site = await openSite()
  for (const who of Object.keys(STORY) as (keyof typeof STORY)[])
    ids[who] = await storyPerson(site.product.admin, STORY[who])
})
after(() => site.close())

/** Sends a form and waits for the page that comes of it. */
async function send(page: Page, button: Locator): Promise<void> {
  const loaded = page.waitForEvent('load')
  await button.click()
  await loaded
}

/** Finds somebody by typing into the one box of the search page. */
async function search(page: Page, q: string): Promise<void> {
  await page.goto('/people')
  await page.locator('input[name="q"]').fill(q)
  await send(page, page.locator('form:has(input[name="q"]) button').first())
}

/** Opens what the first stub on the page stands for. @param kind "claim" or "break_glass" */
async function openStub(page: Page, kind: string, reason: string): Promise<void> {
  const form = page.locator('form[action="/people/open-stub"]').first()
  const fold = page.locator('details', { has: form })
  if ((await fold.count()) > 0 && (await fold.first().getAttribute('open')) === null)
    await fold.locator('summary').first().click()
  await form.locator(`input[name="kind"][value="${kind}"]`).check()
  await form.locator('textarea[name="reason"]').fill(reason)
  await send(page, form.locator('button').first())
}

/** Presses Tab until what has the focus says the words, as somebody without a mouse would. */
async function tabTo(page: Page, words: RegExp): Promise<void> {
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':is(a, button, input, summary):focus')
    if ((await focused.count()) === 0) continue
    const said = await focused.evaluate((at) => `${at.textContent ?? ''} ${at.getAttribute('name') ?? ''}`)
    if (words.test(said)) return
  }
  assert.fail(`Tab does not come to ${String(words)}`)
}

describe('an investigator', () => {
  it('signs in, finds a person and opens them, with the keyboard alone', async () => {
    const page = await site.open()
    await page.goto('/')
    await tabTo(page, /Amara Okafor/)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${site.url}/`)
    await tabTo(page, /Find a person/)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/people')
    await tabTo(page, /^\s*q$/)
    await page.keyboard.type(nameOf(STORY.suspect))
    await page.keyboard.press('Enter')
    await page.waitForURL('**/people/search')
    await tabTo(page, new RegExp(nameOf(STORY.suspect)))
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/people/${ids.suspect}`)
    assert.ok((await heading(page)).includes(nameOf(STORY.suspect)))
  })

  it('finds a stub of somebody known elsewhere, must say why, and then reads the record', async () => {
    const page = await site.signIn('katja')
    await search(page, nameOf(STORY.farAway))
    assert.ok(!(await page.locator('main').innerText()).includes(STORY.farAway.surname))
    await openStub(page, 'claim', 'short')
    assert.equal(await page.locator('textarea[name="reason"]').first().inputValue(), 'short')
    assert.ok((await page.locator('.govuk-error-summary').count()) > 0)
    await openStub(page, 'claim', 'her brother came to the front desk about her')
    await page.waitForURL(`**/people/${ids.farAway}`)
    assert.ok((await heading(page)).includes(nameOf(STORY.farAway)))
  })

  it('breaks the glass, and a supervisor of the team whose record it is reviews it', async () => {
    const reason = 'she is at the station and he is outside'
    const page = await site.signIn('tom')
    await search(page, nameOf(STORY.shared))
    await openStub(page, 'break_glass', reason)
    // who broke it is proved first, in a tab of its own, and what was typed waits here
    const [tab] = await Promise.all([
      page.waitForEvent('popup'),
      page.locator('main a[href^="/step-up"]').first().click(),
    ])
    await tab.locator('[name="subject"][value="tom"]').click()
    await tab.waitForURL('**/confirmed')
    await tab.close()
    assert.equal(await page.locator('textarea[name="reason"]').first().inputValue(), reason)
    await send(page, page.locator('form[action="/people/open-stub"] button[type="submit"]').first())
    await page.waitForURL(`**/people/${ids.shared}`)
    const supervisor = await site.signIn('grace')
    await supervisor.locator('main a[href="/people/reviews"]').first().click()
    assert.ok((await supervisor.locator('main').innerText()).includes(reason))
    const form = supervisor.locator('form', { has: supervisor.locator('button[value="justified"]') }).first()
    await send(supervisor, form.locator('button[value="justified"]'))
    assert.ok(!(await supervisor.locator('main').innerText()).includes(reason))
    const { rows } = await site.product.admin.query('select finding from people.claim where reason = $1', [reason])
    assert.deepEqual(rows, [{ finding: 'justified' }])
  })
})

describe('a supervisor', () => {
  it('chooses a target from the ranked list and sees it under Today', async () => {
    const page = await site.signIn('grace')
    await page.goto('/targets')
    await page.locator('main a[href^="/targets/"]').filter({ hasNotText: /^\d*$/ }).first().click()
    await page.waitForURL(/\/targets\/[0-9a-f-]{36}/)
    const address = new URL(page.url()).pathname
    const form = page.locator(`main form[action="${address}"]`)
    const due = new Date(Date.now() + 7 * 86_400_000)
    await form.locator('input[type="radio"][value="target"]').check()
    await form.locator('textarea').first().fill('three women in a year are afraid of him')
    await form.locator('input[name$="day"]').fill(String(due.getUTCDate()))
    await form.locator('input[name$="month"]').fill(String(due.getUTCMonth() + 1))
    await form.locator('input[name$="year"]').fill(String(due.getUTCFullYear()))
    await form.locator('button').first().click()
    await page.waitForURL(/\?saved/)
    assert.ok((await page.locator('main').innerText()).includes('three women in a year are afraid of him'))
    await page.goto('/')
    assert.ok((await page.locator(`main a[href="${address}"]`).count()) > 0)
  })
})

describe('a reviewer', () => {
  /** Puts the story's victim on one more record, as a suspect: one person most likely, whom nobody joins unseen. */
  async function putTurned(): Promise<void> {
    const { admin } = site.product
    await admin.query(
      `with record as (
         insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, flags, summary, hash, batch_id, reach)
         select gen_random_uuid(), 'RMS', 'TURNED-1', 'crime', 'recorded', true, now() - interval '9 days', i.bcu_id, '{DA}', 'Invented', 'turned',
           i.batch_id, i.reach from people.mention m join incidents.incident i on i.id = m.record_id where m.surname = $1 and m.forenames = $2 limit 1
         returning id, reach)
       insert into people.mention (id, record_id, seq, source, role, forenames, surname, dob, phone, reach)
       select gen_random_uuid(), id, 1, 'RMS', 'suspect', $2, $1, $3::date, $4, reach from record`,
      [STORY.shared.surname, STORY.shared.forenames, STORY.shared.dob, STORY.shared.phone],
    )
    const { worker } = site.product.installation
    await linkForce(worker, await serviceScope(worker, 'link records', 'test'))
  }

  it('is led from Today to a pair, reads why, answers with a key, and can take it back on the person’s page', async () => {
    await putTurned()
    const page = await site.signIn('grace')
    await page.locator('main a[href="/linkage/review/next"]').click()
    await page.waitForURL('**/linkage/pairs/**')
    assert.equal(await heading(page), 'One person or two?')
    await page.goto(`/linkage/review?reason=${encodeURIComponent('victim and suspect roles')}`)
    await page.locator('main a[href^="/linkage/pairs/"]', { hasText: STORY.shared.surname }).first().click()
    await page.waitForURL('**/linkage/pairs/**')
    const text = await page.locator('main').innerText()
    assert.ok(text.includes(STORY.shared.surname), text.slice(0, 400))
    assert.ok(text.includes('one is recorded as victim, the other as suspect'))
    assert.ok((await page.locator('main svg[role="img"]').count()) > 0)
    // a key does nothing while somebody types, and the answer wants a reason here
    await page.locator('#reason').focus()
    await page.keyboard.type('s')
    assert.equal(await page.locator('#reason').inputValue(), 's')
    await page.locator('#reason').fill('')
    const here = page.url()
    await page.locator('[data-keys]').focus()
    const again = page.waitForEvent('load')
    await page.keyboard.press('s')
    await again
    assert.ok((await page.locator('.govuk-error-summary').innerText()).includes('Say why'))
    await page.locator('#reason').fill('she told us that she hit back')
    await page.locator('[data-keys]').focus()
    await page.keyboard.press('s')
    await page.waitForURL((url) => url.href !== here)
    assert.ok((await page.locator('main').innerText()).includes('You said: one person'))

    await page.goto(`/people/${ids.shared}`)
    assert.ok((await page.locator('main').innerText()).includes('she told us that she hit back'))
    await page.locator('main a[href$="/withdraw"]').first().click()
    await page.locator('#reason').fill('it was her sister')
    await send(page, page.locator('main form button').first())
    await page.waitForURL('**/people/**')
    const { rows } = await site.product.admin.query(
      `select w.reason, j.reason as said from linkage.withdrawal w join linkage.judgement j on j.id = w.judgement_id`,
    )
    assert.deepEqual(rows, [{ reason: 'it was her sister', said: 'she told us that she hit back' }])
  })

  it('without JavaScript answers by a button, splits a person and sees the other', async () => {
    const page = await site.signIn('wei', { javaScriptEnabled: false })
    await page.goto('/linkage/review/next')
    const pair = new URL(page.url()).pathname
    assert.match(pair, /^\/linkage\/pairs\//)
    await page.locator('#reason').fill('nothing here says which')
    await send(page, page.locator('button[value="cannot say"]'))
    assert.notEqual(new URL(page.url()).pathname, pair)
    await page.goto(`/people/${ids.suspect}`)
    await page.locator(`main a[href="/linkage/persons/${ids.suspect}/split"]`).click()
    assert.ok((await page.locator('input[name="mentions"]').count()) >= 2)
    await page.locator('input[name="mentions"]').first().check()
    await send(page, page.locator('main form button').first())
    assert.ok((await page.locator('.govuk-error-summary').innerText()).includes('Say why'))
    assert.ok(await page.locator('input[name="mentions"]').first().isChecked())
    await page.locator('#reason').fill('the two men were in two cells that night')
    await send(page, page.locator('main form button').first())
    await page.waitForURL(`**/people/${ids.suspect}`)
    assert.ok((await page.locator('main').innerText()).includes('Split records off'))
  })
})

describe('an administrator', () => {
  it('posts somebody, who can then do that work, and ends it, when they no longer can', async () => {
    const page = await site.signIn('sam')
    const officer = await site.enter('imran')
    const statusOf = async (): Promise<number | undefined> => (await officer.goto('/targets'))?.status()
    assert.equal(await statusOf(), 404)
    const [account] = (
      await site.product.admin.query<{ id: string }>(`select id from auth.account where subject = 'imran'`)
    ).rows
    const [unit] = (
      await site.product.admin.query<{ id: string }>(
        `select id from organisation.unit where name = 'Central North safeguarding unit'`,
      )
    ).rows
    await page.goto(`/organisation/people/${account?.id}`)
    const form = page.locator(`form[action="/organisation/people/${account?.id}/postings"]`)
    const today = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London' }).format().split('/')
    const fillDay = async (inForm: Locator, name: string): Promise<void> => {
      for (const [at, part] of ['day', 'month', 'year'].entries())
        await inForm.locator(`[name="${name}-${part}"]`).fill(today[at] ?? '')
    }
    await form.locator('[name="role"]').selectOption('investigator')
    await form.locator('[name="place"]').selectOption(`unit:${unit?.id}`)
    await fillDay(form, 'from')
    await send(page, form.locator('button').first())
    assert.equal(await statusOf(), 200)
    const [posting] = (
      await site.product.admin.query<{ id: string }>(
        `select id from organisation.posting where account_id = $1 and role = 'investigator'`,
        [account?.id],
      )
    ).rows
    await page.goto(`/organisation/postings/${posting?.id}`)
    const ending = page.locator(`form[action="/organisation/postings/${posting?.id}"]`).first()
    await fillDay(ending, 'last')
    await send(page, ending.locator('button').first())
    assert.equal(await statusOf(), 200, 'the last day is a day of work')
    await site.product.admin.query(
      'update organisation.posting set valid_from = valid_from - 1, valid_to = valid_to - 1 where id = $1',
      [posting?.id],
    )
    assert.equal(await statusOf(), 404, 'and then it is midnight')
  })
})

describe('a partner', () => {
  it('finds whom their agency has been told of, with what was shared, and nobody else', async () => {
    for (const [who, sees] of [
      ['ben', 0],
      ['nadia', 1],
    ] as const) {
      const page = await site.signIn(who)
      await search(page, nameOf(STORY.shared))
      await page.locator(`main a[href="/people/${ids.shared}"]`).first().click()
      assert.ok((await heading(page)).includes(nameOf(STORY.shared)))
      assert.equal(Math.min(1, await page.locator('main a[href^="/incidents/"]').count()), sees, who)
      await search(page, nameOf(STORY.suspect))
      assert.equal(await page.locator('main a[href^="/people/"]').count(), 0)
      assert.equal((await page.goto(`/people/${ids.farAway}`))?.status(), 404)
      assert.equal((await page.goto('/targets'))?.status(), 404)
    }
  })
})

describe('a session', () => {
  it('ended everywhere is ended in every browser', async () => {
    const [here, there] = [await site.signIn('leila'), await site.signIn('leila')]
    await send(here, here.locator('form[action="/sign-out-everywhere"] button'))
    assert.match(here.url(), /\/signed-out$/)
    for (const page of [here, there]) {
      await page.goto('/people')
      assert.match(page.url(), /\/idp\/|\/sign-in/)
    }
  })

  it('left idle shows nothing more, saves nothing, and leaves nothing behind the Back button', async () => {
    const page = await site.signIn('wei')
    await page.goto(`/people/${ids.suspect}`)
    assert.ok((await heading(page)).includes(STORY.suspect.surname))
    await site.product.admin.query(
      `update auth.session set last_seen_at = now() - interval '16 minutes'
       where account_id = (select id from auth.account where subject = 'wei')`,
    )
    const before = await site.product.admin.query('select from people.exclusion')
    const form = page.locator('form[action$="/conflict"]')
    const fold = page.locator('details', { has: form })
    if ((await fold.getAttribute('open')) === null) await fold.locator('summary').click()
    await form.locator('textarea').fill('we were at school together')
    await send(page, form.locator('button'))
    assert.ok(!(await page.locator('body').innerText()).includes(STORY.suspect.surname))
    assert.equal((await site.product.admin.query('select from people.exclusion')).rowCount, before.rowCount)
    await page.goto('/targets')
    assert.match(page.url(), /\/idp\/|\/sign-in/)
    // the browser may say that there is nothing to go back to, which is as it should be
    for (let steps = 0; steps < 2; steps++) await page.goBack().catch(() => null)
    assert.ok(!(await page.locator('body').innerText()).includes(STORY.suspect.surname))
  })
})

describe('without JavaScript', () => {
  it('one signs in, searches, opens a person, and chooses a target', async () => {
    const page = await site.signIn('ruth', { javaScriptEnabled: false })
    await search(page, nameOf(STORY.suspect))
    await page.locator(`main a[href="/people/${ids.suspect}"]`).first().click()
    await page.waitForURL(`**/people/${ids.suspect}`)
    assert.ok((await heading(page)).includes(nameOf(STORY.suspect)))
    await page.goto(`/targets/${ids.suspect}`)
    const form = page.locator(`main form[action="/targets/${ids.suspect}"]`)
    await form.locator('input[type="radio"][value="refuse"]').check()
    await form.locator('textarea').first().fill('he is in prison until the spring')
    await form.locator('input[name$="day"]').fill('1')
    await form.locator('input[name$="month"]').fill('2')
    await form.locator('input[name$="year"]').fill(String(new Date().getFullYear() + 1))
    await form.locator('button').first().click()
    await page.waitForURL(/\?saved/)
    assert.ok((await page.locator('main').innerText()).includes('he is in prison until the spring'))
  })
})
