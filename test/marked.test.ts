// Everything that leaves a synthetic force says that it is one: each page, file and answer that anybody can come to by its links.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Module } from '#platform/http'
import { type Answer, type Product, startProduct } from '#test/product'
import { linksOf } from '#test/walk'
import { readPage, shapeOf } from '#test/walk-html'

const breach: Module = {
  name: 'breach',
  navigation: [{ href: '/breach/page', text: 'Breach', action: 'people.search' }],
  routes(app) {
    app.get('/breach/page', { config: { access: 'signed-in' } }, async (_request, reply) =>
      reply.type('text/html').send('<h1>Unmarked</h1><a href="/breach/file">file</a>'),
    )
    app.get('/breach/file', { config: { access: 'signed-in' } }, async (_request, reply) =>
      reply.type('text/csv').send('person\r\nSYNTHETIC\r\nKiran\r\n'),
    )
  },
}

/** True when what came back, a file in its first line or in every one, cannot be taken for something real. */
function isMarked({ type, body }: Answer): boolean {
  if (type.startsWith('text/html')) return /<aside class="dauntless-synthetic"[^>]*>[\s\S]*SYNTHETIC/i.test(body)
  if (type.startsWith('text/csv')) {
    const [first = '', ...lines] = body.trimEnd().split('\r\n')
    return /^\uFEFF?"?SYNTHETIC/.test(first) || lines.every((line) => /^"?SYNTHETIC/.test(line))
  }
  return type.startsWith('application/json') ? body.startsWith('{"synthetic":true') : true
}

/** Asks for every route without an id, and follows every kind of link once, for each of the demonstration's people. */
async function comeBy(
  product: Product,
  subjects = product.subjects,
): Promise<{ kinds: Set<string>; bare: Set<string> }> {
  const kinds = new Set<string>()
  const bare = new Set<string>()
  for (const subject of subjects) {
    const visit = await product.visitOf(subject)
    const seen = new Set<string>()
    const plain = product.routes
      .filter(({ method, url }) => method === 'GET' && !/[:*]/.test(url))
      .map(({ url }) => url)
    const waiting = ['/', '/nowhere', '/api/v1/session', '/api/v1/targets', ...plain]
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      if (seen.has(shapeOf(url))) continue
      seen.add(shapeOf(url))
      const answer = await product.get(visit, url)
      if (answer.location !== '') waiting.push(answer.location)
      if (answer.body === '') continue
      kinds.add(`${answer.type.split(';')[0]} ${shapeOf(url)}`)
      if (!isMarked(answer)) bare.add(shapeOf(url))
      if (answer.type.startsWith('text/html')) waiting.push(...linksOf(readPage(answer.body), url))
    }
  }
  return { kinds, bare }
}

describe('a synthetic force', () => {
  it('says so on every page and in every file that its people can come to', async () => {
    const product = await startProduct({ watched: false })
    try {
      const { kinds, bare } = await comeBy(product)
      assert.deepEqual([...bare], [])
      assert.ok(kinds.size > 25, [...kinds].join('\n'))
      assert.ok(kinds.has('application/json /api/v1/session'), [...kinds].join('\n'))
      assert.ok(
        [...kinds].some((kind) => kind.startsWith('text/csv')),
        [...kinds].join('\n'),
      )
    } finally {
      await product.close()
    }
  })

  it('is told apart from one that does not', async () => {
    const product = await startProduct({ watched: false, extra: () => [breach] })
    try {
      assert.deepEqual([...(await comeBy(product, ['amara'])).bare].sort(), ['/breach/file', '/breach/page'])
    } finally {
      await product.close()
    }
  })
})
