import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { STORY, storyPerson } from '#test/demo-template'
import type { Ask } from '#test/product'
import { loadFacts } from '#test/walk-facts'
import { askOf, fillForm, linksOf, randomFrom, standStill } from '#test/walk'
import { readPage, shapeOf } from '#test/walk-html'
import { NARROW, openSite, seriousOn, type Site, WIDE } from './site.ts'

const SEED = 3
const PAGES_EACH = 45
/** Where a gathered page is shown from. The server has no such address. */
const SHOWN_AT = '/shown-page/'

/** How many tables that become cards hold something wider than the card: it scrolls in its own box, where nobody looks. */
const CARDS_CUT = `[...document.querySelectorAll('.dauntless-scroll:has(> .dauntless-table--cards)')].filter((box) =>
  box.scrollWidth > box.clientWidth + 1).length`

/** One page of a kind: two with the same parts, built alike, count as one. */
interface Kind {
  readonly where: string
  readonly body: string
}

/** The parts that a page is built of. */
function partsOf(body: string): string {
  const parts = [...body.matchAll(/<([a-z][\w-]*)(?:[^>]*?\sclass="([^"]*)")?/g)].map(
    ([, tag, classes = '']) => `${tag}.${classes}`,
  )
  return [...new Set(parts)].sort().join(' ')
}

/** Every kind of page that anybody can come to, by links, forms well and badly filled, and addresses of nothing. */
async function gather({ product }: Site): Promise<Kind[]> {
  const random = randomFrom(SEED)
  const { searches, people, incidents } = await loadFacts(product.admin)
  const mend = await standStill(product)
  const kinds = new Map<string, Kind>()
  const known = await storyPerson(product.admin, STORY.suspect)
  for (const subject of product.subjects) {
    const visit = await product.visitOf(subject)
    const times = new Map<string, number>()
    const waiting: Ask[] = [
      { method: 'GET', url: '/' },
      { method: 'GET', url: '/nowhere' },
      { method: 'POST', url: '/people/search', form: { q: `${STORY.farAway.forenames} ${STORY.farAway.surname}` } },
      { method: 'POST', url: '/people/search', form: { q: 'nobody atall' } },
      { method: 'POST', url: '/people/search', form: { q: '' } },
      ...product.routes
        .filter(({ method }) => method === 'GET')
        .flatMap(({ url }) =>
          [known, [...people.keys()][random(people.size)], incidents[random(incidents.length)]?.id].map((id): Ask => ({
            method: 'GET',
            url: url.replaceAll(/:\w+/g, id ?? 'x'),
          })),
        ),
    ]
    for (let done = 0; done < PAGES_EACH;) {
      const ask = waiting.shift()
      if (ask === undefined) break
      const shape = `${ask.method} ${shapeOf(ask.url)}`
      const seen = times.get(shape) ?? 0
      if (seen >= 4 || /sign-out/.test(shape)) continue
      times.set(shape, seen + 1)
      const answer = await product.ask(visit, ask)
      done++
      if (ask.method === 'POST') await mend()
      if (answer.location !== '') waiting.unshift({ method: 'GET', url: answer.location })
      if (!answer.type.startsWith('text/html') || answer.location !== '') continue
      const key = `${shape} ${answer.status} ${partsOf(answer.body)}`
      if (!kinds.has(key)) kinds.set(key, { where: `${subject} at ${shape} (${answer.status})`, body: answer.body })
      const page = readPage(answer.body)
      for (const form of page.forms) {
        if (form.fields.some(({ kind }) => kind === 'file')) continue
        const blank = Object.fromEntries(
          form.fields.filter(({ kind }) => kind === 'hidden').map(({ name, values }) => [name, values[0] ?? '']),
        )
        waiting.unshift(askOf(form, blank, ask.url), askOf(form, fillForm(form, random, searches), ask.url))
      }
      waiting.push(...linksOf(page, ask.url).map((url): Ask => ({ method: 'GET', url })))
    }
  }
  return [...kinds.values()]
}

describe('every page, in a browser', () => {
  let site: Site
  let kinds: Kind[]
  before(async () => {
    site = await openSite()
    kinds = await gather(site)
  })
  after(() => site.close())

  /** What is wrong with the page as it stands in the window. */
  async function faultsOf(page: Page): Promise<string[]> {
    const faults: string[] = []
    const headings = await page.locator('h1').count()
    if (headings !== 1) faults.push(`${headings} main headings`)
    if ((await page.locator('html').getAttribute('lang')) === null) faults.push('no language')
    await page.setViewportSize(WIDE)
    faults.push(...(await seriousOn(page)))
    await page.setViewportSize(NARROW)
    faults.push(...(await seriousOn(page)).map((fault) => `at ${NARROW.width}: ${fault}`))
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    if (Number(wide) > NARROW.width) faults.push(`at ${NARROW.width}: scrolls to ${String(wide)}`)
    const cut = await page.evaluate(CARDS_CUT)
    if (Number(cut) > 0) faults.push(`at ${NARROW.width}: ${String(cut)} tables of cards are cut off at their side`)
    return faults
  }

  it('has one main heading, nothing serious for axe, and no sideways scroll at 320 pixels', async () => {
    const wrong: string[] = []
    const waiting = [...kinds.entries()]
    const look = async (): Promise<void> => {
      const page = await site.open()
      await page.route(`${site.url}${SHOWN_AT}*`, (route) => {
        const kind = kinds[Number(route.request().url().split(SHOWN_AT)[1])]
        return route.fulfill({ body: kind?.body ?? '', contentType: 'text/html; charset=utf-8' })
      })
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [at, { where }] = next
        await page.setViewportSize(WIDE)
        await page.goto(`${SHOWN_AT}${at}`)
        wrong.push(...(await faultsOf(page)).map((fault) => `${where}: ${fault}`))
      }
    }
    await Promise.all([look(), look()])
    console.log(`# ${kinds.length} kinds of page looked at, at ${WIDE.width} and ${NARROW.width} pixels`)
    assert.deepEqual(wrong.slice(0, 25), [], `${wrong.length} faults`)
    assert.ok(kinds.length >= 30, `${kinds.length} kinds of page`)
  })

  it('is found wanting where it is: two headings, grey on white, too wide', async () => {
    const page = await site.open()
    const body = `<!doctype html><html><title>Bad</title><main><h1>One</h1><h1>Two</h1><p style="color:#ccc">Faint words</p>
      <div class="dauntless-scroll" style="overflow-x:auto"><table class="dauntless-table--cards"><tr><td style="min-width:500px">Cut</table></div>
      <div style="width:600px">Wide</div><img src="x.png"></main></html>`
    await page.route(`${site.url}${SHOWN_AT}*`, (route) => route.fulfill({ body, contentType: 'text/html' }))
    await page.goto(`${SHOWN_AT}bad`)
    const faults = (await faultsOf(page)).join('\n')
    for (const fault of ['2 main headings', 'no language', 'color-contrast', 'image-alt', 'scrolls to', 'cut off'])
      assert.ok(faults.includes(fault), fault)
  })

  it('of signing in and out, served as itself, the same; and no page breaks its own content policy', async () => {
    const page = await site.open()
    const said: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) said.push(message.text())
    })
    const wrong: string[] = []
    for (const path of ['/', '/sign-in/callback?state=made-up', '/signed-out']) {
      await page.setViewportSize(WIDE)
      await page.goto(path)
      wrong.push(...(await faultsOf(page)).map((fault) => `${path}: ${fault}`))
    }
    assert.deepEqual(wrong, [])
    const inside = await site.enter('amara')
    inside.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) said.push(message.text())
    })
    const known = await storyPerson(site.product.admin, STORY.suspect)
    for (const path of ['/', '/people', `/people/${known}`, '/targets', `/targets/${known}`, '/organisation'])
      await inside.goto(path)
    assert.deepEqual(
      said.filter((line) => !/status of 400/.test(line)),
      [],
    )
  })
})
