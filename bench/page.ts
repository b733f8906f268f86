import { fillForce } from './fill.ts'
import { print, quantile, say } from './figure.ts'
import { withGround } from './ground.ts'
import { load, type Answered, type Asked } from './load.ts'
import { bareOf, serveSite } from './site.ts'

const READERS = 50
const WARM_SECONDS = 5
const SECONDS = 15
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
      const measure = async (): Promise<Answered> => {
        await load({ port: site.port, cookies, asks, atOnce: READERS, seconds: WARM_SECONDS })
        const answered = await load({
          port: site.port,
          cookies,
          asks: asks.toReversed(),
          atOnce: READERS,
          seconds: SECONDS,
        })
        say(`${answered.took.length} pages, median ${quantile([...answered.took], 0.5).toFixed(0)} ms`)
        return answered
      }
      const full = await measure()
      await bareOf(ground.admin)
      const bare = await measure()
      await site.close()
      const [p95, bareP95] = [quantile([...full.took], 0.95), quantile([...bare.took], 0.95)]
      print({ bench: 'page', figure: 'p95_ms', value: p95, unit: 'ms', baseline: bareP95, n: size })
      const views = { bench: 'page', unit: 'views/s', baseline: bare.perSecond, n: size }
      print({ ...views, figure: 'views_per_s', value: full.perSecond })
      print({ ...views, figure: 'bare_ratio', unit: 'times', value: bare.perSecond / full.perSecond })
    },
    { synthetic: true },
  )
}
