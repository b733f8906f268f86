import type pg from 'pg'
import { fillForce, fillSearchKeys } from './fill.ts'
import { print, quantile, say } from './figure.ts'
import { withGround } from './ground.ts'
import { load, type Answered, type Asked } from './load.ts'
import { bareOf, serveSite } from './site.ts'

// As many as keep the machine at some six times the searches of a whole force (3,000 at work, one page in six a search, a page
// every 20 seconds each: 25 a second).
const READERS = 20
const WARM_SECONDS = 5
const SECONDS = 15
const SEARCHES = 5000

/** What people type: a whole name (also a common one), a name with a date of birth, a surname with a phone or a postcode, a reference. */
async function typed(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ q: string }>(
    `select case row_number() over (order by m.id) % 6
       when 0 then concat_ws(' ', m.forenames, m.surname)
       when 1 then concat_ws(' ', m.surname, to_char(m.dob, 'DD/MM/YYYY'))
       when 2 then concat_ws(' ', m.surname, m.phone)
       when 3 then concat_ws(' ', m.forenames, m.surname, m.postcode)
       when 4 then concat_ws(' ', m.surname, m.forenames, to_char(m.dob, 'DD/MM/YYYY'))
       else i.ref end as q
     from (select * from people.mention order by md5(id::text) limit ${SEARCHES}) m join incidents.incident i on i.id = m.record_id`,
  )
  return rows.map(({ q }) => q)
}

/** Searching for people over HTTP. The baseline is the same search without row-level security and without the log. */
export async function searchBench(size: number): Promise<void> {
  await withGround(
    async (ground) => {
      await fillForce(ground.admin, { people: size, incidents: Math.ceil(size / 2) })
      await fillSearchKeys(ground.admin)
      const queries = await typed(ground.admin)
      const site = await serveSite(ground, READERS)
      // one session for all: the form's token is the session's
      const [visit] = site.visits
      const cookies = [visit?.cookie ?? '']
      const asks = queries.map((q): Asked => ({
        path: '/people/search',
        form: new URLSearchParams({ q, csrf: visit?.csrf ?? '' }).toString(),
      }))
      const measure = async (): Promise<Answered> => {
        await load({ port: site.port, cookies, asks, atOnce: READERS, seconds: WARM_SECONDS })
        const answered = await load({
          port: site.port,
          cookies,
          asks: asks.toReversed(),
          atOnce: READERS,
          seconds: SECONDS,
        })
        say(`${answered.took.length} searches, median ${quantile([...answered.took], 0.5).toFixed(0)} ms`)
        return answered
      }
      const full = await measure()
      await bareOf(ground.admin)
      const bare = await measure()
      await site.close()
      const [p95, bareP95] = [quantile([...full.took], 0.95), quantile([...bare.took], 0.95)]
      print({ bench: 'search', figure: 'p95_ms', value: p95, unit: 'ms', baseline: bareP95, n: size })
      const rate = { bench: 'search', baseline: bare.perSecond, n: size }
      print({ ...rate, figure: 'searches_per_s', value: full.perSecond, unit: 'searches/s' })
      print({ ...rate, figure: 'bare_ratio', value: bare.perSecond / full.perSecond, unit: 'times' })
    },
    { synthetic: true },
  )
}
