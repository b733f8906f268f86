import type pg from 'pg'
import { fillForce, fillSearchKeys } from './fill.ts'
import { withGround } from './ground.ts'
import type { Asked } from './load.ts'
import { fullAndBare, serveSite } from './site.ts'

const READERS = 50
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
      await fullAndBare(
        ground,
        site,
        { cookies, asks, atOnce: READERS },
        { bench: 'search', things: 'searches', n: size },
      )
    },
    { synthetic: true },
  )
}
