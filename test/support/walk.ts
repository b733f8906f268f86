// A walk through the product as staff might take it, by the links and forms of its own pages; and what is looked at on each page.
import type { Answer, Ask, Product, Visit } from '#test/product'
import { type Facts, loadFacts } from '#test/walk-facts'
import { type PageForm, readPage, type ReadPage, shapeOf, uuidsIn, wordsOf } from '#test/walk-html'

/** Numbers below a bound, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}
type Random = ReturnType<typeof randomFrom>
const pick = <T>(random: Random, list: readonly T[]): T | undefined => list[random(list.length)]

const REASONS = ['because I was asked to look into it', 'her sister rang about him today', 'short', '']

/** What somebody might put into a form: mostly sense, sometimes nothing. */
export function fillForm(form: PageForm, random: Random, searches: readonly string[]): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const { name, kind, values } of form.fields) {
    if (name === 'csrf' || kind === 'file') continue
    if (kind === 'hidden') filled[name] = values[0] ?? ''
    else if (kind === 'tick' && random(3) > 0) continue
    else if (kind !== 'text') filled[name] = pick(random, values) ?? ''
    else if (/day$/i.test(name)) filled[name] = String(1 + random(28))
    else if (/month$/i.test(name)) filled[name] = String(1 + random(12))
    else if (/year$/i.test(name)) filled[name] = String(new Date().getFullYear() + random(2))
    else if (name === 'q') filled[name] = pick(random, searches) ?? ''
    else filled[name] = pick(random, REASONS) ?? ''
  }
  return filled
}

/** A form as a request. GET forms carry their fields in the address. */
export function askOf(form: PageForm, filled: Readonly<Record<string, string>>, here: string): Ask {
  const action = new URL(form.action || here, new URL(here, 'http://localhost'))
  if (form.method === 'POST') return { method: 'POST', url: action.pathname + action.search, form: filled }
  action.search = new URLSearchParams(filled).toString()
  return { method: 'GET', url: action.pathname + action.search }
}

const NOT_OURS = /^\/(assets|idp|sign-in|step-up)\b/
/** Addresses on a page that lead on within the product. */
export function linksOf(page: ReadPage, here: string): string[] {
  const at = new URL(here, 'http://localhost')
  const whole = page.links.map((link) => new URL(link, at))
  return [...new Set(whole.map(({ pathname, search }) => pathname + search))].filter((url) => !NOT_OURS.test(url))
}

/** Everybody a page shows, and what is wrong with showing them: not in the log of that request, or not for this reader's eyes. */
export function judge(
  facts: Facts,
  visit: Pick<Visit, 'account' | 'subject'>,
  ask: Ask,
  answer: Pick<Answer, 'body' | 'location' | 'logged'>,
): { readonly shown: ReadonlySet<string>; readonly wrong: readonly string[] } {
  const own = answer.logged.filter(({ actor }) => actor === visit.account)
  const logged = new Set(own.flatMap(({ subjects }) => subjects))
  const quoted = new Set(own.flatMap((entry) => entry.quoted))
  const where = `${visit.subject} at ${ask.method} ${shapeOf(ask.url)}`
  const shown = new Set<string>()
  const wrong: string[] = []
  const asked = ask.url + JSON.stringify(ask.form ?? {})
  for (const id of uuidsIn(answer.body + answer.location)) {
    if (!facts.people.has(id) || asked.includes(id)) continue // what the request itself said tells the reader nothing
    shown.add(id)
    if (quoted.has(id)) continue // an entry of the log, which the auditor opened, says their number and no more
    if (!logged.has(id)) wrong.push(`${where}: the id ${id} is not in the log of this request`)
    // the records that one may see say who is on them
    if (!facts.maySee(visit.account, id, 'named')) wrong.push(`${where}: the id ${id} is not for this reader`)
  }
  for (const text of readPage(answer.body).texts) {
    const words = wordsOf(text)
    for (let from = 0; from < words.length; from++) {
      // the longest name first: a shorter one within it is not somebody else
      for (let length = Math.min(facts.longestName, words.length - from); length >= 2; length--) {
        const bearers = facts.names.get(words.slice(from, from + length).join(' '))
        if (bearers === undefined) continue
        from += length - 1
        const ids = [...bearers]
        const inLog = ids.filter((id) => logged.has(id))
        shown.add(inLog[0] ?? ids[0] ?? '')
        // ids only: a name in a failed test would stand in its report
        if (inLog.length === 0) wrong.push(`${where}: a name of ${ids.join(' or ')} is not in the log of this request`)
        else if (!inLog.some((id) => facts.maySee(visit.account, id, 'named')))
          wrong.push(`${where}: a name of ${ids.join(' or ')} is not for this reader`)
        break
      }
    }
  }
  return { shown, wrong }
}

export interface Walked {
  readonly pages: number
  /** How often a person was shown on a page. */
  readonly shown: number
  readonly wrong: readonly string[]
  /** How many pages of each shape. */
  readonly shapes: ReadonlyMap<string, number>
  readonly posts: number
}

/** Remembers who is posted where. What it gives puts that back, or a walk would soon have nobody left to walk. */
export async function standStill(product: Product): Promise<() => Promise<void>> {
  const { rows } = await product.admin.query<{ id: string }>(
    `select p.id from organisation.posting p join auth.account a on a.id = p.account_id where a.issuer = 'embedded'`,
  )
  const kept = rows.map(({ id }) => id)
  return async () => {
    await product.admin.query(
      'update organisation.posting set valid_to = null where id = any ($1) and valid_to is not null',
      [kept],
    )
    await product.admin.query(
      `update organisation.posting set valid_to = valid_from where valid_to is null and id <> all ($1)
         and account_id in (select account_id from organisation.posting where id = any ($1))`,
      [kept],
    )
    await product.admin.query('update organisation.agency set suspended_at = null where suspended_at is not null')
    await product.admin.query('update auth.account set disabled_at = null where disabled_at is not null')
    // whoever was disabled was signed out with it
    await product.admin.query(
      `update auth.session set closed_at = null where closed_at is not null and user_agent <> 'worker'`,
    )
  }
}

/**
 * Takes a seeded walk: everybody in turn, by links, forms, and addresses guessed with true ids of people and records.
 * Pages of a kind seldom seen are gone to first. Each page is judged when it comes.
 */
export async function walk(product: Product, seed: number, pages: number): Promise<Walked> {
  const random = randomFrom(seed)
  const mend = await standStill(product)
  let facts = await loadFacts(product.admin)
  const [ids, incidents] = [[...facts.people.keys()].sort(), facts.incidents.map(({ id }) => id)]
  const visits = new Map<string, Visit>()
  const shapes = new Map<string, number>()
  const wrong: string[] = []
  let [done, shown, posts] = [0, 0, 0]

  /** One of the asks, of the shapes seen least. */
  const choose = (asks: readonly Ask[]): Ask | undefined => {
    const some = Array.from({ length: Math.min(4, asks.length) }, () => pick(random, asks)).filter(
      (one) => one !== undefined,
    )
    const seen = ({ method, url }: Ask): number => shapes.get(`${method} ${shapeOf(url)}`) ?? 0
    return some.toSorted((a, b) => seen(a) - seen(b))[0]
  }
  const guess = (): Ask => {
    const gets = product.routes.filter(({ method, url }) => method === 'GET' && !url.includes('*'))
    const url = pick(random, gets)?.url ?? '/'
    return { method: 'GET', url: url.replace(/:\w+/g, () => pick(random, random(2) ? ids : incidents) ?? 'x') }
  }
  const asksOn = (page: ReadPage, here: string): Ask[] => [
    ...linksOf(page, here).map((url): Ask => ({ method: 'GET', url })),
    ...page.forms
      .filter(({ fields }) => !fields.some(({ kind }) => kind === 'file'))
      .map((form) => askOf(form, fillForm(form, random, facts.searches), here)),
  ]

  while (done < pages) {
    const subject = pick(random, product.subjects) ?? ''
    let ask: Ask | undefined = random(3) === 0 ? guess() : { method: 'GET', url: '/' }
    for (let step = 0; step < 25 && ask !== undefined && done < pages; step++) {
      const visit = visits.get(subject) ?? (await product.visitOf(subject))
      visits.set(subject, visit)
      const answer = await product.ask(visit, ask)
      done++
      if (ask.method === 'POST') {
        posts++
        if (visit.roles.includes('administrator')) await mend()
        facts = await loadFacts(product.admin, facts)
      }
      const shape = `${ask.method} ${shapeOf(ask.url)}`
      shapes.set(shape, (shapes.get(shape) ?? 0) + 1)
      const judged = judge(facts, visit, ask, answer)
      shown += judged.shown.size
      wrong.push(...judged.wrong)
      if (answer.status >= 500) wrong.push(`${subject} at ${shape}: ${answer.status} ${answer.fault}`)
      if (answer.location === '/signed-out' || NOT_OURS.test(answer.location)) {
        visits.delete(subject)
        break
      }
      const next: Ask | undefined =
        answer.location !== ''
          ? { method: 'GET', url: answer.location }
          : random(12) === 0
            ? guess()
            : choose(asksOn(readPage(answer.body), ask.url))
      ask = next
    }
  }
  return { pages: done, shown, wrong, shapes, posts }
}
