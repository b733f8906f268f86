// Two forces, equal but for one sealed officer and his records: sealed as they were taken in, or by hand long after, when they had
// been linked, scored, opened and shared. For everybody who is not named for him, every page of the one
// must be the page of the other, byte for byte: no link, no count, no place in a list, no picture may tell them apart.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Pool } from '#platform/db'
import { fixedClock, systemClock, type Temporal } from '#platform/clock'
import { runImport, serviceScope } from '#modules/incidents'
import { followSeal, linkForce } from '#modules/linkage'
import { deriveInvolvement, loadHarmWeights, scoreForce } from '#modules/targeting'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { demoDatabase, installationOn, STORY, storyPerson, writeDelivery } from '#test/demo-template'
import { exported, EXPORTS } from '#test/exports'
import { type Answer, type Ask, type Product, startProduct, type Visit } from '#test/product'
import { loadFacts } from '#test/walk-facts'
import { askOf, fillForm, linksOf, randomFrom } from '#test/walk'
import { readPage, shapeOf, uuidsIn } from '#test/walk-html'

const SEED = 11
const PAGES_EACH = { 'as it was taken in': 70, 'by hand': 40 } as const
type Way = keyof typeof PAGES_EACH
const MOST_OF_A_KIND = 8
/** The one whom a newly sealed record is given to. */
const NAMED = 'olu'
const AUDITOR = 'joan'
const NOBODY = '00000000-0000-4000-8000-00000000dead'

const OFFICER = { forenames: 'Caspian', surname: 'Hallowood', dob: '1984-02-11', phone: '07700 900981' }
const HIS_PARTNER = { forenames: 'Isolde', surname: 'Hallowood', dob: '1985-10-19', phone: '07700 900982' }
/** Somebody with records of her own in Central North, who is on one of his in the South East. */
const KNOWN = STORY.shared

/** What staff did with two people before anybody knew that they would be sealed: opened, asked about, shared, chosen. */
const BEFORE_THE_SEAL = `with persons as (select unnest($1::uuid[]) as id),
  leila as (select id from auth.account where subject = 'leila'), grace as (select id from auth.account where subject = 'grace'),
  opened as (insert into people.claim (account_id, person_id, kind, reason, until, review_due)
    select l.id, p.id, 'break_glass', 'she called from the hospital', now() + interval '50 minutes', now() - interval '1 hour'
    from persons p, leila l),
  asked as (insert into people.claim (account_id, person_id, kind, reason, until, review_due, reviewed_by, finding)
    select l.id, p.id, 'claim', 'a report from a neighbour', now() + interval '9 hours', now() + interval '9 hours', g.id, 'ask_more'
    from persons p, leila l, grace g),
  shared as (insert into people.share (agency_id, person_id, fields, purpose, basis, decided_by, until)
    select a.id, p.id, '{identity,incidents}', 'marac', 'Crime and Disorder Act 1998 s.115', g.id, now() + interval '30 days'
    from persons p, grace g, organisation.agency a)
  insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, by_account, reach)
    select p.id, 'target', 'two people afraid of him', current_date - 3, '{}', gen_random_uuid(), g.id, '{2}' from persons p, grace g`

interface World {
  readonly adminUrl: string
  readonly product: Product
  readonly visits: Map<string, Visit>
}

async function working(adminUrl: string, work: (pool: Pool) => Promise<unknown>): Promise<void> {
  const installation = await installationOn(adminUrl, tmpdir())
  try {
    await work(installation.worker)
  } finally {
    await installation.close()
  }
}

async function scoreAll(worker: Pool, now: Temporal.Instant): Promise<void> {
  await loadHarmWeights(worker)
  await deriveInvolvement(worker, {})
  await scoreForce(worker, { now })
}

async function link(adminUrl: string, now: Temporal.Instant, sealedFiles?: string): Promise<void> {
  await working(adminUrl, async (worker) => {
    if (sealedFiles !== undefined) {
      const { added, rejected } = await runImport(worker, { paths: [sealedFiles], profile: 'synthetic' })
      assert.deepEqual([added, rejected], [2, 0])
    }
    await linkForce(worker, await serviceScope(worker, 'link', 'test'))
    await scoreAll(worker, now)
  })
}

/** The world without him, and its twin with him; every other id is the same, as the twin begins as a copy. */
async function makeTwins(now: Temporal.Instant, way: Way): Promise<[FreshDatabase, FreshDatabase]> {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-twin-'))
  const day = now
    .subtract({ hours: 24 * 30 })
    .toString()
    .slice(0, 16)
  const common = { reported: day, suspect: OFFICER, police: way !== 'by hand' }
  writeDelivery(folder, 'SE_sealed', [
    { ref: 'SEALED-1', bcu: 'CN', borough: 'E09000007', victim: HIS_PARTNER, ...common },
    { ref: 'SEALED-2', bcu: 'SE', borough: 'E09000004', victim: KNOWN, ...common },
  ])
  const without = await demoDatabase()
  const with_ = await freshDatabase(without.name)
  await link(without.adminUrl, now)
  await link(with_.adminUrl, now, folder)
  rmSync(folder, { recursive: true })
  return [without, with_]
}

for (const way of ['as it was taken in', 'by hand'] as const)
  describe(`a record sealed ${way}`, () => {
    const now = systemClock.now()
    let without: World
    let with_: World
    /** Every id that either database has for anything lasting: what is left over is made for one request. */
    const lasting = new Set<string>()
    const hidden: Record<string, string> = {}
    const worlds = (): World[] => [without, with_]

    before(async () => {
      const open = async (database: FreshDatabase): Promise<World> => {
        const product = await startProduct({ database, clock: fixedClock(now.toString()), watched: false })
        return { adminUrl: database.adminUrl, product, visits: new Map() }
      }
      const [one, two] = await makeTwins(now, way)
      without = await open(one)
      with_ = await open(two)
      for (const { product } of worlds()) {
        for (const table of [
          'people.person',
          'people.mention',
          'incidents.incident',
          'incidents.batch',
          'organisation.agency',
        ]) {
          const { rows } = await product.admin.query<{ id: string }>(`select id from ${table}`)
          for (const { id } of rows) lasting.add(id)
        }
      }
      const { admin } = with_.product
      const both = await admin.query(
        'select from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null where b.person_id = $1',
        [await storyPerson(admin, KNOWN)],
      )
      assert.equal(both.rowCount, 3, 'the one known before is the one on the sealed record')
      hidden['officer'] = await storyPerson(admin, OFFICER)
      hidden['partner'] = await storyPerson(admin, HIS_PARTNER)
      for (const ref of ['SEALED-1', 'SEALED-2']) {
        const { rows } = await admin.query<{ id: string }>('select id from incidents.incident where ref = $1', [ref])
        hidden[ref] = rows[0]?.id ?? assert.fail(ref)
      }
      await admin.query(BEFORE_THE_SEAL, [[hidden['officer'], hidden['partner']]])
      if (way === 'by hand') await sealByHand(hidden['officer'])
    })
    after(async () => {
      for (const { product } of worlds()) await product.close()
    })

    /** Opened by everybody who could, and then sealed on the page; the worker does what follows. */
    async function sealByHand(officer: string): Promise<void> {
      const { product, adminUrl } = with_
      for (const subject of ['wei', 'amara', 'grace'])
        await product.get(await visitOf(with_, subject), `/people/${officer}`)
      const seal = { person: `https://dauntless.example/people/${officer}`, reason: 'he is one of ours, under inquiry' }
      const done = await product.ask(await visitOf(with_, NAMED), { method: 'POST', url: '/people/seal', form: seal })
      assert.equal(done.location, `/people/${officer}/readers?done=sealed`)
      await working(adminUrl, async (worker) => {
        await followSeal(worker, await serviceScope(worker, 'follow a seal', 'test'), officer)
        await scoreAll(worker, now)
      })
    }

    const visitOf = async (world: World, subject: string): Promise<Visit> => {
      const visit = world.visits.get(subject) ?? (await world.product.visitOf(subject))
      world.visits.set(subject, visit)
      return visit
    }

    /** An answer without what is made anew for each request: session tokens, form numbers, the minute of looking. */
    function plain(visit: Visit, { status, location, type, body }: Answer): string {
      let text = body.replaceAll(visit.csrf, 'CSRF').replaceAll(/name="mark" value="\w{64}"/g, 'MARK')
      for (const id of uuidsIn(text)) if (!lasting.has(id)) text = text.replaceAll(id, 'MADE')
      const from = Math.floor(now.epochMilliseconds / 60_000)
      for (let minute = from - 1; minute <= Date.now() / 60_000; minute++) {
        const at = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: '2-digit', minute: '2-digit' })
        text = text.replaceAll(at.format(minute * 60_000), 'NOW')
      }
      return `${status} ${type} ${location}\n${text}`
    }

    async function both(subject: string, ask: Ask): Promise<[string, string, Answer]> {
      const [a, b] = [await visitOf(without, subject), await visitOf(with_, subject)]
      const first = await without.product.ask(a, ask)
      return [plain(a, first), plain(b, await with_.product.ask(b, ask)), first]
    }

    /** The first line that differs, with what is about it. */
    function difference(a: string, b: string): string {
      const [one, two] = [a.split('\n'), b.split('\n')]
      const at = two.findIndex((line, n) => line !== one[n])
      return `without: ${one[at]?.trim().slice(0, 300)} with: ${two[at]?.trim().slice(0, 300)}`
    }

    /** Asks that go for him: by every fact of his, by every id, on every route that takes one. */
    function probes(): Ask[] {
      const search = (q: string): Ask[] => [
        { method: 'POST', url: '/people/search', form: { q } },
        {
          method: 'POST',
          url: '/people/open-stub',
          form: { q, mark: '0'.repeat(64), kind: 'break_glass', reason: 'to see who that is' },
        },
      ]
      const facts = [OFFICER, HIS_PARTNER, KNOWN].flatMap(({ forenames, surname, dob, phone }) => {
        const day = dob.split('-').toReversed().join('/')
        return [`${forenames} ${surname}`, `${surname} ${day}`, `${phone} ${surname}`, `${phone} ${day}`]
      })
      const routes = without.product.routes.filter(({ method, url }) => method === 'GET' && url.includes(':'))
      return [
        ...[...facts, 'SEALED-1', 'SEALED-2', 'Hallowood Quartermain'].flatMap(search),
        ...Object.values(hidden).flatMap((id): Ask[] => [
          ...routes.map(({ url }): Ask => ({ method: 'GET', url: url.replaceAll(/:\w+/g, id) })),
          { method: 'POST', url: `/people/${id}/claim`, form: { kind: 'break_glass', reason: 'to see who that is' } },
          { method: 'POST', url: `/people/${id}/conflict`, form: { conflict: 'a colleague of mine' } },
        ]),
      ]
    }

    async function compare(subject: string): Promise<{ pages: number; wrong: string[] }> {
      const random = randomFrom(SEED)
      const { searches } = await loadFacts(without.product.admin)
      const known = await storyPerson(without.product.admin, STORY.shared)
      const waiting: Ask[] = [
        { method: 'GET', url: '/' },
        { method: 'GET', url: `/people/${known}` },
        { method: 'GET', url: `/targets/${known}` },
        ...probes(),
      ]
      const seen = new Map<string, number>()
      const wrong: string[] = []
      let pages = 0
      const least = waiting.length
      for (let ask = waiting.shift(); ask !== undefined && pages < least + PAGES_EACH[way]; ask = waiting.shift()) {
        const shape = `${ask.method} ${shapeOf(ask.url)}`
        const times = seen.get(shape) ?? 0
        if (pages >= least && times >= MOST_OF_A_KIND) continue
        seen.set(shape, times + 1)
        // what came with a delivery is counted as it was sent, and sealed only after
        if (shape.startsWith('GET /imports')) continue
        const [a, b, answer] = await both(subject, ask)
        pages++
        if (a !== b) wrong.push(`${shape} ${ask.form?.['q'] ?? ''}: ${difference(a, b)}`)
        const page = readPage(answer.body)
        waiting.push(...linksOf(page, ask.url).map((url): Ask => ({ method: 'GET', url })))
        for (const form of page.forms) {
          // searches and filters; what changes something is tried by the probes
          const asks = form.method === 'GET' || form.fields.some(({ name }) => name === 'q')
          if (asks && !/open-stub/.test(form.action))
            waiting.push(askOf(form, fillForm(form, random, searches), ask.url))
        }
      }
      return { pages, wrong }
    }

    it('is there for the one who is named for it, and lies in every list that he reads', async () => {
      const visit = await visitOf(with_, NAMED)
      const found = await with_.product.ask(visit, {
        method: 'POST',
        url: '/people/search',
        form: { q: 'Caspian Hallowood' },
      })
      assert.ok(found.body.includes(`/people/${hidden['officer']}`))
      for (const url of [
        `/people/${hidden['officer']}`,
        `/incidents/${hidden['SEALED-1']}`,
        `/incidents/${hidden['SEALED-2']}`,
      ]) {
        const page = await with_.product.get(visit, url)
        assert.equal(page.status, 200, url)
        assert.ok(page.body.includes('Hallowood'), url)
      }
    })

    it('leaves every page of everybody else as it is in a world without it, byte for byte', async () => {
      let pages = 0
      const wrong: string[] = []
      // the auditor's counts are of the whole log, in which the import of the sealed record has its entries too
      for (const subject of without.product.subjects.filter((one) => one !== NAMED && one !== AUDITOR)) {
        const compared = await compare(subject)
        pages += compared.pages
        wrong.push(...compared.wrong.map((line) => `${subject}: ${line}`))
      }
      console.log(`# ${pages} pages compared in two worlds`)
      assert.deepEqual(wrong.slice(0, 40), [], `${wrong.length} pages differ`)
      assert.ok(pages >= 1000, String(pages))
    })

    it('is in no file that leaves, nor anybody who is known by it alone', async () => {
      const [one, two] = [await exported(without.adminUrl), await exported(with_.adminUrl)]
      for (const what of EXPORTS) {
        assert.ok(one[what].split('\n').length > 1, what)
        assert.equal(two[what], one[what], what)
      }
    })

    it('answers for its ids as for those of nobody', async () => {
      for (const subject of ['amara', 'tom', 'grace', 'wei', 'sam', 'ben']) {
        const visit = await visitOf(with_, subject)
        for (const [what, id] of Object.entries(hidden)) {
          for (const { method, url } of with_.product.routes.filter(
            (one) => one.method === 'GET' && one.url.includes(':'),
          )) {
            const ask = (of: string): Promise<Answer> =>
              with_.product.ask(visit, { method: method as 'GET', url: url.replaceAll(/:\w+/g, of) })
            const [his, nobodys] = [await ask(id), await ask(NOBODY)]
            assert.equal(
              plain(visit, his).replaceAll(id, 'ID'),
              plain(visit, nobodys).replaceAll('MADE', 'ID'),
              `${subject} ${url} ${what}`,
            )
          }
        }
      }
    })
  })
