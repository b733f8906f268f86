// One side of `bench linkage`, in a process of its own so that its processor time and memory are its own:
// node bench/linkage-job.ts ours|sql|make FILE FOLDER THREADS MENTIONS
import { closeSync, createReadStream, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  cluster,
  csvReader,
  scoreWith,
  trainWith,
  type Clusters,
  type Dataset,
  type Edges,
  type TrainedModel,
} from '#linkage-engine'
import { hire } from '#modules/linkage'
import { writeMentions } from './mentions.ts'
import { SPLINK_MODEL } from './splink-model.ts'
import { quoted, SplinkSql, type Steps } from './splink-sql.ts'

/** Weights at and above which pairs are kept, and clusters are made. */
const KEPT = 0
const JOINED = 8
const RANDOM_PAIRS = 1_000_000
const SESSION_PAIRS = 2_000_000

export interface JobReport {
  readonly steps: Steps
  readonly pairs: number
  readonly kept: number
  readonly clusters: number
  readonly peakMb: number
}

/** What both sides write, in one order, to be compared line by line. */
function writeResult(folder: string, side: string, dataset: Dataset, edges: Edges, clusters: Clusters): void {
  const order = Uint32Array.from({ length: edges.count }, (_, edge) => edge)
  order.sort((x, y) => (edges.a[x] ?? 0) - (edges.a[y] ?? 0) || (edges.b[x] ?? 0) - (edges.b[y] ?? 0))
  const number = (at: number): number => Number(dataset.ids[at]?.slice(1))
  lines(
    join(folder, `${side}-pairs.csv`),
    order,
    (edge) => `${number(edges.a[edge] ?? 0)},${number(edges.b[edge] ?? 0)},${edges.weight[edge]}`,
  )
  lines(
    join(folder, `${side}-clusters.csv`),
    clusters.of.keys(),
    (at) => `${number(at)},${number(clusters.of[at] ?? 0)}`,
  )
}

function lines(file: string, items: Iterable<number>, line: (item: number) => string): void {
  const out = openSync(file, 'w')
  let waiting = ''
  for (const item of items) {
    waiting += `${line(item)}\n`
    if (waiting.length < 1 << 20) continue
    writeSync(out, waiting)
    waiting = ''
  }
  writeSync(out, waiting)
  closeSync(out)
}

async function ours(file: string, folder: string, threads: number): Promise<JobReport> {
  const steps: Steps = {}
  const step = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const [began, before] = [performance.now(), process.cpuUsage()]
    const result = await work()
    const { user, system } = process.cpuUsage(before)
    steps[name] = { wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 }
    return result
  }
  await using crew = hire(threads)
  const dataset = await step('read', async () => {
    const reader = csvReader(SPLINK_MODEL, 'unique_id')
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) reader.push(chunk as Uint8Array)
    return reader.finish()
  })
  const model = await step('train', () =>
    trainWith(crew, dataset, SPLINK_MODEL, { randomPairs: RANDOM_PAIRS, sessionPairs: SESSION_PAIRS }),
  )
  const { edges, compared } = await step('block and score', () => scoreWith(crew, dataset, model, { threshold: KEPT }))
  const clusters = await step('cluster', () => cluster(dataset, model, edges, { minimumWeight: JOINED }))
  const peakMb = process.resourceUsage().maxRSS / 1024
  const careful: TrainedModel = { ...model, spec: { ...model.spec, cohesion: 0 } }
  await step('cluster with cohesion', () => cluster(dataset, careful, edges, { minimumWeight: JOINED }))
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...model, spec: null }))
  writeResult(folder, 'ours', dataset, edges, clusters)
  return { steps, pairs: compared, kept: edges.count, clusters: new Set(clusters.of).size, peakMb }
}

/** Above this many mentions Splink's own way of training takes an hour, and only the lean form is run. */
const MOST_IN_FULL = 1_500_000

async function sql(file: string, folder: string, threads: number, mentions: number): Promise<JobReport> {
  const kept = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Omit<TrainedModel, 'spec'>
  const splink = await SplinkSql.open(threads)
  await splink.read(file)
  const model: TrainedModel = { ...kept, spec: SPLINK_MODEL }
  await splink.train('lean', RANDOM_PAIRS, SESSION_PAIRS)
  if (mentions <= MOST_IN_FULL) await splink.train('default', RANDOM_PAIRS, SESSION_PAIRS)
  const pairs = await splink.block()
  if (mentions <= MOST_IN_FULL) await splink.predict('default', model, KEPT)
  await splink.predict('lean', model, KEPT)
  await splink.cluster(JOINED)
  const peakMb = process.resourceUsage().maxRSS / 1024
  const { connection } = splink
  await connection.run(`copy (select unique_id_l, unique_id_r, match_weight from predicted order by 1, 2)
    to ${quoted(join(folder, 'sql-pairs.csv'))} (header false)`)
  await connection.run(
    `copy (select node_id, representative from found order by 1) to ${quoted(join(folder, 'sql-clusters.csv'))} (header false)`,
  )
  return {
    steps: splink.steps,
    pairs,
    kept: await splink.number('select count(*) from predicted'),
    clusters: await splink.number('select count(distinct representative) from found'),
    peakMb,
  }
}

const [side, file = '', folder = '', threads = '2', mentions = '0'] = process.argv.slice(2)
const report =
  side === 'make'
    ? writeMentions(file, Number(mentions))
    : side === 'sql'
      ? await sql(file, folder, Number(threads), Number(mentions))
      : await ours(file, folder, Number(threads))
console.log(JSON.stringify(report))
