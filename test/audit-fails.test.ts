import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Ask, type Product, startProduct, type Visit } from '#test/product'
import { type Facts, loadFacts } from '#test/walk-facts'
import { askOf, fillForm, judge, linksOf, randomFrom, standStill } from '#test/walk'
import { readPage, shapeOf } from '#test/walk-html'

const SEED = 7
const PAGES_EACH = 60

interface Tried {
  readonly visit: Visit
  readonly ask: Ask
  readonly answer: Answer
}

/** Both ways in which a log can fail: refusing the entry when it is written, and refusing it only when all is to be committed. */
const FAILURES = {
  'when the entry is written': `create trigger fails before insert on audit.entry for each row execute function audit.fails()`,
  'when it is committed': `create constraint trigger fails after insert on audit.entry deferrable initially deferred
    for each row execute function audit.fails()`,
} as const

describe('when the audit log cannot be written', () => {
  let product: Product
  let facts: Facts
  const tried: Tried[] = []

  /** Every kind of page, for everybody, as it is while the log works: to be asked for again when it does not. */
  async function gather(): Promise<void> {
    const random = randomFrom(SEED)
    const [people, incidents] = [[...facts.people.keys()], facts.incidents.map(({ id }) => id)]
    const idsOf: Record<string, readonly string[]> = {}
    for (const table of ['incidents.batch', 'people.claim', 'organisation.posting', 'organisation.agency'])
      idsOf[table] = (await product.admin.query<{ id: string }>(`select id from ${table} limit 20`)).rows.map(
        ({ id }) => id,
      )
    for (const subject of product.subjects) {
      const visit = await product.visitOf(subject)
      const seen = new Map<string, number>()
      const waiting: Ask[] = [{ method: 'GET', url: '/' }]
      // each route with ids of every kind, also where no link leads
      for (const { method, url } of product.routes) {
        if (method !== 'GET' && method !== 'POST') continue
        for (const list of [people, incidents, ...Object.values(idsOf)]) {
          const id = list[random(list.length)]
          if (id !== undefined)
            waiting.push({ method, url: url.replaceAll(/:\w+/g, id), ...(method === 'POST' && { form: {} }) })
          if (!url.includes(':')) break
        }
      }
      for (let done = 0; done < PAGES_EACH && waiting.length > 0;) {
        const ask = waiting.shift()
        if (ask === undefined) break
        const shape = `${ask.method} ${shapeOf(ask.url)}`
        const times = seen.get(shape) ?? 0
        if (times >= 3 || /sign-out/.test(shape)) continue
        seen.set(shape, times + 1)
        const answer = await product.ask(visit, ask)
        done++
        tried.push({ visit, ask, answer })
        const page = readPage(answer.body)
        waiting.unshift(
          ...page.forms.map((form) => askOf(form, fillForm(form, random, facts.searches), ask.url)),
          ...linksOf(page, ask.url).map((url): Ask => ({ method: 'GET', url })),
        )
      }
      // and once each whatever no link has led to
      for (const ask of waiting) {
        const shape = `${ask.method} ${shapeOf(ask.url)}`
        if (seen.has(shape) || /sign-out/.test(shape)) continue
        seen.set(shape, 1)
        tried.push({ visit, ask, answer: await product.ask(visit, ask) })
      }
    }
  }

  /** What every table holds, but for the idle timers of sessions. */
  async function everything(): Promise<string[]> {
    const { rows: tables } = await product.admin.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' and c.oid <> 'auth.session'::regclass order by 1`,
    )
    const sums: string[] = []
    for (const { name } of tables) {
      const { rows } = await product.admin.query<{ sum: string }>(
        `select count(*) || ' ' || coalesce(sum(hashtext(t::text)), 0) as sum from ${name} t`,
      )
      sums.push(`${name} ${rows[0]?.sum}`)
    }
    return sums
  }

  before(async () => {
    product = await startProduct()
    facts = await loadFacts(product.admin)
    const mend = await standStill(product)
    await gather()
    await mend() // everybody may again do what they could when each page was tried
    await product.admin.query(`create function audit.fails() returns trigger language plpgsql as
      $$ begin raise exception 'the log is full' using errcode = '53100'; end $$`)
  })
  after(() => product.close())

  it('has tried every route of every module while it could', () => {
    const shapes = new Set(tried.map(({ ask }) => `${ask.method} ${shapeOf(ask.url)}`))
    const missed = product.routes
      .filter(({ method }) => method === 'GET' || method === 'POST')
      .map(({ method, url }) => `${method} ${url.replaceAll(/:\w+/g, ':id')}`)
      .filter((route) => !shapes.has(route))
    assert.deepEqual(missed, [])
    const showing = tried.filter(({ visit, ask, answer }) => judge(facts, visit, ask, answer).shown.size > 0)
    console.log(`# ${tried.length} requests of ${shapes.size} kinds, ${showing.length} of which show people`)
    assert.ok(showing.length >= 50, `${showing.length} pages that show people`)
  })

  for (const [failure, trigger] of Object.entries(FAILURES)) {
    it(`no page of any kind carries anybody, and nothing is written: ${failure}`, async () => {
      await product.admin.query(trigger)
      try {
        const earlier = await everything()
        const wrong: string[] = []
        let refused = 0
        for (const { visit, ask, answer: then } of tried) {
          const answer = await product.ask(visit, ask)
          const where = `${visit.subject} at ${ask.method} ${shapeOf(ask.url)}`
          const { shown } = judge(facts, visit, ask, answer)
          if (shown.size > 0) wrong.push(`${where}: ${answer.status} and shows ${[...shown].join()}`)
          if (ask.method === 'GET' && then.logged.length > 0 && answer.status !== 500)
            wrong.push(`${where}: ${answer.status}, not 500`)
          if (answer.logged.length > 0) wrong.push(`${where}: logged`)
          if (answer.status === 500) {
            refused++
            if (!answer.body.includes('<h1')) wrong.push(`${where}: no page`)
          }
        }
        console.log(`# ${refused} of ${tried.length} requests refused, the rest without data`)
        assert.deepEqual([...new Set(wrong)].slice(0, 25), [], `${wrong.length} wrong`)
        assert.ok(refused >= 100, `${refused} refused`)
        assert.deepEqual(await everything(), earlier)
      } finally {
        await product.admin.query('drop trigger fails on audit.entry')
      }
    })
  }
})
