import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { govuk } from './components.ts'
import { formattedGovukTypes } from './generate-govuk-types.ts'
import { fromTemplate, type Html, html } from './html.ts'

const root = join(
  dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')),
  'dist/govuk/components',
)

interface Fixture {
  readonly name: string
  readonly options: unknown
  readonly html: string
}

/** A fixture's parameters as our pages would give them: what the macro takes for markup becomes Html. */
function asOurs(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => asOurs(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => {
      const markup = /html$/i.test(name) || (key === 'slots' && name !== 'align')
      return [name, markup && typeof inner === 'string' ? fromTemplate(inner) : asOurs(inner, name)]
    }),
  )
}

const squeeze = (markup: string): string => markup.replace(/\s+/g, ' ').replaceAll('> <', '><').trim()

describe('the GOV.UK components', () => {
  it('render every fixture of GOV.UK Frontend as GOV.UK Frontend does', () => {
    let compared = 0
    const different: string[] = []
    for (const [name, render] of Object.entries(govuk) as [string, (params: unknown) => Html][]) {
      const folder = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      const { fixtures } = JSON.parse(readFileSync(join(root, folder, 'fixtures.json'), 'utf8')) as {
        readonly fixtures: readonly Fixture[]
      }
      for (const fixture of fixtures) {
        const ours = render(asOurs(fixture.options)).toString()
        if (squeeze(ours) !== squeeze(fixture.html)) different.push(`${folder}: ${fixture.name}`)
        const asked = JSON.stringify(fixture.options).includes('style=')
        assert.ok(asked || !ours.includes(' style='), `${folder}: ${fixture.name} has inline style of its own`)
        compared += 1
      }
    }
    assert.deepEqual(different, [])
    assert.ok(compared >= 300, `only ${compared} fixtures were compared`)
  })

  it('escape text in every place that takes text', () => {
    fc.assert(
      fc.property(fc.constantFrom('<script>', '"><script>', "'><script>", '&lt;<script>'), (text) => {
        const shown = [
          govuk.button({ text, name: text, classes: text, attributes: { 'data-x': text } }),
          govuk.input({
            name: text,
            value: text,
            label: { text },
            hint: { text },
            errorMessage: { text },
            prefix: { text },
          }),
          govuk.radios({ name: text, fieldset: { legend: { text } }, items: [{ value: text, text, hint: { text } }] }),
          govuk.select({ name: text, label: { text }, items: [{ value: text, text }] }),
          govuk.textarea({ name: text, value: text, label: { text } }),
          govuk.summaryList({ rows: [{ key: { text }, value: { text }, actions: { items: [{ href: text, text }] } }] }),
          govuk.notificationBanner({ text, titleText: text }),
          govuk.errorSummary({ titleText: text, errorList: [{ text, href: text }] }),
          govuk.details({ summaryText: text, text }),
          govuk.tag({ text }),
        ]
        for (const markup of shown) assert.doesNotMatch(markup.toString(), /<script/)
      }),
      { numRuns: 8 },
    )
  })

  it('refuse text where the macro would print markup, and markup where it would print text', () => {
    const text = '<img src=x>' as unknown as Html
    assert.throws(() => govuk.insetText({ html: text }), /takes Html, not string/)
    assert.throws(() => govuk.radios({ name: 'a', items: [{ text: 'A', conditional: { html: text } }] }), TypeError)
    assert.throws(() => govuk.serviceNavigation({ navigation: [], slots: { end: text } }), TypeError)
    assert.throws(() => govuk.details({ summaryText: 'a', html: [text] as unknown as Html }), TypeError)
    assert.throws(() => govuk.tag({ text: html`<b>a</b>` as unknown as string }), /takes text, not Html/)
  })

  it('refuse attributes given as a string, inline style and handlers', () => {
    assert.throws(() => govuk.tag({ text: 'a', attributes: ' onclick=x' as never }), TypeError)
    assert.throws(() => govuk.tag({ text: 'a', attributes: { style: 'color:red' } }), TypeError)
    assert.throws(() => govuk.tag({ text: 'a', attributes: { onclick: 'x' } }), TypeError)
    assert.throws(() => govuk.tag({ text: 'a', attributes: { 'a onclick=x': 'x' } }), TypeError)
  })

  it('have types that are those of the govuk-frontend installed', async () => {
    const committed = readFileSync(new URL('./govuk.generated.ts', import.meta.url), 'utf8')
    assert.equal(committed, await formattedGovukTypes(), 'run generate-govuk-types.ts')
  })
})
