import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type pg from 'pg'
import { withScope } from '#platform/db'
import { type Module, scopeOf } from '#platform/http'
import { startProduct } from '#test/product'
import { walk } from '#test/walk'

const SEED = 20_261_124
const PAGES = 2000

/** Routes that show somebody over a connection of their own, past the policies: one without a word to the log, one with. */
const breach = (admin: pg.Client): Module => ({
  name: 'breach',
  // in the menu, so that a walk of any seed comes there
  navigation: ['/breach/unlogged', '/breach/logged'].map((href) => ({ href, text: 'Breach', action: 'people.search' })),
  routes(app, { pool }) {
    const somebody = async (which: string): Promise<{ id: string; name: string }> => {
      const { rows } = await admin.query<{ id: string; name: string }>(
        `select id, name from people.person where name like '% %' and ${which} order by name limit 1`,
      )
      return rows[0] ?? assert.fail('there is nobody')
    }
    app.get('/breach/unlogged', { config: { access: 'signed-in' } }, async (_request, reply) =>
      reply.type('text/html').send(`<h1>${(await somebody('not sealed')).name}</h1>`),
    )
    app.get('/breach/logged', { config: { access: 'signed-in' } }, async (request, reply) => {
      const { id, name } = await somebody('sealed')
      await withScope(
        pool,
        scopeOf(request, 'test'),
        (tx) => tx.sql`select audit.record('consult', ${[id]}, '{}', '{}')`,
      )
      return reply.type('text/html').send(`<h1>${name}</h1>`)
    })
  },
})

describe('a walk through every page, as everybody', () => {
  it(`finds each person shown in the log of that very request, and nobody whom the reader may not see (seed ${SEED})`, async () => {
    const product = await startProduct()
    try {
      const { pages, shown, wrong, shapes, posts } = await walk(product, SEED, PAGES)
      console.log(
        `# ${pages} pages of ${shapes.size} kinds (${posts} posts), ${shown} times somebody was shown (seed ${SEED})`,
      )
      assert.deepEqual([...new Set(wrong)].slice(0, 25), [], `seed ${SEED}: ${wrong.length} wrong`)
      assert.ok(
        pages >= PAGES && shown >= PAGES && posts >= 100,
        `${pages} pages, ${shown} people shown, ${posts} posts`,
      )
    } finally {
      await product.close()
    }
  })

  it('finds a route that shows somebody without logging it, and one that shows the sealed', async () => {
    const product = await startProduct({ extra: (admin) => [breach(admin)] })
    try {
      const { wrong } = await walk(product, SEED, 1000)
      for (const line of [
        /GET \/breach\/unlogged: a name of .* is not in the log/,
        /GET \/breach\/logged: a name of .* is not for this reader/,
      ])
        assert.ok(
          wrong.some((one) => line.test(one)),
          `not found: ${String(line)}`,
        )
    } finally {
      await product.close()
    }
  })
})
