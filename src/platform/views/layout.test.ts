import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assetPaths, assets } from './assets.ts'
import { CSRF_FIELD, errorSummaryFor, problemFor } from './form.ts'
import { html } from './html.ts'
import { type Frame, notFoundPage, type Page, problemPage, renderPage } from './layout.ts'

const frame: Frame = {
  navigation: [
    { href: '/people', text: 'People', current: true },
    { href: '/orders', text: 'Orders', current: false },
  ],
  user: { name: 'Ama <Osei>', role: 'Detective constable' },
  signOut: { action: '/sign-out', csrf: 'to"ken' },
  notification: html`Saved`,
  synthetic: true,
}
const page: Page = { title: 'Orders & bail', body: html`<h1 class="govuk-heading-l">Orders</h1>` }
const count = (text: string, pattern: RegExp): number => [...text.matchAll(new RegExp(pattern, 'g'))].length

describe('a page', () => {
  const shown = renderPage(page, frame)

  it('has one of each landmark, a language, and a skip link to the main part', () => {
    assert.match(shown, /^<!doctype html>\s*<html lang="en"/)
    for (const landmark of [/<header/, /<nav/, /<main/, /<footer/, /<h1/]) assert.equal(count(shown, landmark), 1)
    assert.match(shown, /<a href="#main-content" class="govuk-skip-link"/)
    assert.match(shown, /<main[^>]* id="main-content"/)
  })

  it('is titled by what it is about, then the service', () => {
    assert.match(shown, /<title>Orders &amp; bail – Dauntless<\/title>/)
    assert.match(renderPage({ ...page, inError: true }, frame), /<title>Error: Orders &amp; bail – Dauntless<\/title>/)
  })

  it('says who is signed in and lets them sign out by a guarded post', () => {
    assert.match(shown, /Ama &lt;Osei&gt;, Detective constable/)
    assert.match(shown, /<form method="post" action="\/sign-out">/)
    assert.ok(shown.includes(`name="${CSRF_FIELD}" value="to&quot;ken"`))
    assert.doesNotMatch(renderPage(page, { ...frame, user: undefined }), /Sign out/)
  })

  it('says which page of the navigation this is', () => {
    assert.match(shown, /href="\/people"\s+aria-current="page"/)
    assert.equal(count(shown, /aria-current/), 1)
  })

  it('says that the data is synthetic when it is, and only then', () => {
    assert.match(shown, /SYNTHETIC data:<\/strong> every person here is invented/)
    assert.doesNotMatch(renderPage(page, { ...frame, synthetic: false }), /synthetic/i)
  })

  it('holds no inline style, script or handler, and nothing of another origin', () => {
    for (const text of [shown, renderPage(notFoundPage(), frame), renderPage(problemPage('r-1'), frame)]) {
      assert.doesNotMatch(text, /\sstyle=|<style|\son\w+=|javascript:/i)
      assert.doesNotMatch(text, /<script(?![^>]* src="\/assets\/)/)
      assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//)
    }
  })

  it('asks only for files that are served', () => {
    const addresses = [...shown.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '')
    assert.ok(addresses.length >= 4)
    for (const address of addresses) assert.ok(assets().has(address), address)
  })
})

describe('the pages for what went wrong', () => {
  it('say nothing that tells a hidden record from one that does not exist', () => {
    assert.doesNotMatch(notFoundPage().body.toString(), /permission|restricted|denied/i)
  })

  it('give the reference by which the fault can be found, escaped', () => {
    assert.match(problemPage('<r>').body.toString(), /&lt;r&gt;/)
    assert.doesNotMatch(problemPage().body.toString(), /reference/)
  })
})

describe('the files served', () => {
  const text = (address: string): string =>
    assets().get(address)?.body.toString() ?? assert.fail(`${address} is missing`)
  const css = text(assetPaths().style)

  it('hold neither GDS Transport nor the crest nor a logo of GOV.UK', () => {
    assert.equal(/GDS Transport|Margaret Calvert|crest\.svg/i.exec(css), null)
    assert.ok([...assets().keys()].every((address) => !/crest|govuk-icon|favicon|light-|bold-/.test(address)))
  })

  it('hold the letters of our own face, at the addresses the style names', () => {
    const fonts = [...css.matchAll(/url\(([^)]+)\)/g)].map((match) => match[1] ?? '')
    assert.equal(new Set(fonts).size, 4)
    for (const font of fonts) assert.equal(assets().get(font)?.body.subarray(0, 4).toString(), 'wOF2')
    assert.ok(/\.govuk-body,[^{]*\{[^}]*Atkinson Hyperlegible Next Variable/.test(css))
  })

  it('hold a script that starts the GOV.UK components from a file that is served', () => {
    const from = /from '([^']+)'/.exec(text(assetPaths().script))?.[1] ?? ''
    assert.match(text(from), /initAll/)
    assert.doesNotMatch(text(from), /sourceMappingURL/)
  })

  it('have their hash in their address, so that a change of content is a change of address', () => {
    for (const [address, { etag, body }] of assets()) {
      assert.ok(address.includes(etag.slice(1, -1)), address)
      assert.ok(body.length > 100, address)
    }
  })
})

describe('the problems of a form', () => {
  const problems = [
    { field: 'due', message: 'Enter a date' },
    { field: 'due', message: 'It must be in the future' },
    { field: 'who', message: 'Say <who>' },
  ]

  it('are listed with a link to each field, and not at all when there are none', () => {
    const shown = errorSummaryFor(problems).toString()
    assert.equal(count(shown, /href="#due"/), 2)
    assert.match(shown, /href="#who">Say &lt;who&gt;/)
    assert.equal(errorSummaryFor([]).toString(), '')
  })

  it('stand beside their own field only', () => {
    assert.deepEqual(problemFor(problems, 'due'), { text: 'Enter a date It must be in the future' })
    assert.equal(problemFor(problems, 'other'), undefined)
  })
})
