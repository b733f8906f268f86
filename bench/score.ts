import { systemClock } from '#platform/clock'
import { deriveInvolvement, loadHarmWeights, scoreForce } from '#modules/targeting'
import { fillForce } from './fill.ts'
import { median, print, say, shown, timed } from './figure.ts'
import { settle, withGround } from './ground.ts'

// The one grouped scan that scoring is held against: the raw facts of every suspect that need no second look at a row,
// from the same table, with the same memory, read to the end. What is not in it: distinct victims and records, the order of
// records (escalation), points, sealing, and writing the scores down. Each round scores the force a day later than the last, as the
// daily job does, and writes the scores that this changes; the first has all of them to write, and is a figure of its own.
const SCAN = `select count(*), sum(harm_days), max(harm_max), max(last_at) from (
  select suspect_id, count(*) as records, count(*) filter (where reported_at >= now() - interval '24 months') as incidents_24m,
    sum(harm_days::float8) as harm_days, max(harm_max) as harm_max, bool_or(harm_fallback) as harm_fallback,
    max(reported_at) as last_at, bool_or(arrested) as arrested, min(bcu_id) as bcu, min(borough_code) as borough
  from incidents.involvement where reported_at >= now() - interval '36 months' group by suspect_id) s`
const ROUNDS = 5

/** Scoring everybody who is a suspect, from involvements worked out by the product itself. */
export async function scoreBench(size: number): Promise<void> {
  await withGround(async ({ admin, worker }) => {
    await fillForce(admin, { people: 2 * Math.ceil(size * 0.4), incidents: size })
    await loadHarmWeights(worker)
    const derive = await timed(() => deriveInvolvement(worker))
    await settle(admin)
    await admin.query(`set work_mem = '256MB'; set jit = off; set max_parallel_workers_per_gather = 2`)
    const [scores, scans]: [number[], number[]] = [[], []]
    let [people, changed] = [0, 0]
    for (let round = 0; round < ROUNDS; round++) {
      scans.push(await timed(() => admin.query(SCAN)))
      const now = systemClock.now().add({ hours: 24 * round })
      scores.push(await timed(async () => ({ people, changed } = await scoreForce(worker, { now }))))
      await admin.query('vacuum analyze targeting.score')
    }
    say(`one scan: ${shown(scans, 'ms')}`)
    say(`scoring ${people} people, ${changed} with another score than the day before: ${shown(scores, 'ms')}`)
    const [first = Number.NaN] = scores
    const figure = (name: string, value: number, unit: string, baseline: number): void =>
      print({ bench: 'score', figure: name, value, unit, baseline, n: size })
    figure('scan_ratio', median(scores) / median(scans), 'times', median(scans))
    figure('first_ratio', first / median(scans), 'times', median(scans))
    figure('people_per_s', (people / median(scores)) * 1000, 'people/s', (people / median(scans)) * 1000)
    figure('derive_ms', derive, 'ms', median(scans))
  })
}
