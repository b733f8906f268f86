import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Html, html, join } from './html.ts'

const unescape = (markup: string): string =>
  markup.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (entity) => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[entity] ?? entity,
  )

describe('html', () => {
  it('lets no text open a tag, close an attribute or start an entity, and loses nothing of it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', ';', 'a', '/', '`', '$', '\\', '\n') }),
        (text) => {
          const markup = html`${text}`.toString()
          assert.doesNotMatch(markup, /[<>"']/)
          assert.equal(unescape(markup), text)
        },
      ),
    )
  })

  it('escapes text in lists, and leaves Html as it is', () => {
    assert.equal(html`<p>${['<', html`<b>&amp;</b>`, ['"']]}</p>`.toString(), '<p>&lt;<b>&amp;</b>&quot;</p>')
  })

  it('shows numbers, nought included, and nothing for false, null and undefined', () => {
    assert.equal(html`${0}|${12n}|${false}|${null}|${undefined}`.toString(), '0|12|||')
  })

  it('joins what shows something, with the separator escaped', () => {
    assert.equal(join(['a', null, false, '<', html`<hr />`], ' & ').toString(), 'a &amp; &lt; &amp; <hr />')
  })

  it('is the only way to make markup', () => {
    assert.throws(() => new Html(Symbol('markup'), '<script>'), TypeError)
  })
})
