import { fillForce } from './fill.ts'
import { withGround } from './ground.ts'
import type { Asked } from './load.ts'
import { fullAndBare, serveSite } from './site.ts'

const READERS = 50
const PAGES = 20_000

/**
 * The page of a person, a different one each time: opened, logged, read under the policies, rendered, over HTTP. Half as
 * many incidents as people. The baseline is the same page from the same data without row-level security and without the log.
 */
export async function pageBench(size: number): Promise<void> {
  await withGround(
    async (ground) => {
      await fillForce(ground.admin, { people: size, incidents: Math.ceil(size / 2) })
      const { rows } = await ground.admin.query<{ id: string }>(
        'select id from people.person where incidents > 0 order by id limit $1',
        [PAGES],
      )
      const asks: Asked[] = rows.map(({ id }) => ({ path: `/people/${id}` }))
      const site = await serveSite(ground, READERS)
      const cookies = site.visits.map(({ cookie }) => cookie)
      await fullAndBare(ground, site, { cookies, asks, atOnce: READERS }, { bench: 'page', things: 'views', n: size })
    },
    { synthetic: true },
  )
}
