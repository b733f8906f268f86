import { execFile } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { print, say } from './figure.ts'
import type { JobReport } from './linkage-job.ts'

const run = promisify(execFile)

/** Both sides use so many threads. */
const THREADS = Math.min(2, availableParallelism())

async function job<Report>(side: string, file: string, folder: string, mentions: number): Promise<Report> {
  const script = join(import.meta.dirname, 'linkage-job.ts')
  const given = ['--max-old-space-size=12288', script, side, file, folder, String(THREADS), String(mentions)]
  const { stdout } = await run(process.execPath, given, { maxBuffer: 1 << 24 })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report
}

/** Holds two files of pairs side by side, line by line. @returns the largest difference of two weights @throws Error when they differ in more */
async function largestDifference(one: string, other: string): Promise<number> {
  const right = createInterface({ input: createReadStream(other) })[Symbol.asyncIterator]()
  let largest = 0
  let line = 0
  for await (const text of createInterface({ input: createReadStream(one) })) {
    line++
    const [a, b, weight] = text.split(',')
    const found = await right.next()
    const [c, d, same] = found.done === true ? [] : found.value.split(',')
    if (a !== c || b !== d)
      throw new Error(`line ${line}: ${text} here, ${found.done === true ? 'nothing' : found.value} there`)
    if (weight !== undefined) largest = Math.max(largest, Math.abs(Number(weight) - Number(same)))
  }
  if ((await right.next()).done !== true) throw new Error(`the other side has more than ${line} lines`)
  return largest
}

interface Cost {
  readonly wall: number
  readonly cpu: number
}
function costOf({ steps }: JobReport, names: readonly string[]): Cost {
  const cost = { wall: 0, cpu: 0 }
  for (const name of names) {
    const step = steps[name]
    if (step === undefined) return { wall: Number.NaN, cpu: Number.NaN }
    cost.wall += step.wall
    cost.cpu += step.cpu
  }
  return cost
}

/**
 * The same mentions, blocking, levels and parameters through our engine and through Splink-shaped SQL in DuckDB, each in a process of
 * its own. Stops when they differ in a pair, in a weight by more than a thousand-millionth of a bit, or in a cluster.
 */
export async function linkageBench(size: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-linkage-'))
  try {
    const file = join(folder, 'mentions.csv')
    const { people } = await job<{ people: number }>('make', file, folder, size)
    say(`${size} mentions of ${people} people`)
    const ours = await job<JobReport>('ours', file, folder, size)
    say(`ours: ${JSON.stringify(ours)}`)
    const sql = await job<JobReport>('sql', file, folder, size)
    say(`SQL: ${JSON.stringify(sql)}`)
    const apart = await largestDifference(join(folder, 'ours-pairs.csv'), join(folder, 'sql-pairs.csv'))
    if (ours.pairs !== sql.pairs || !(apart <= 1e-9))
      throw new Error(`weights differ by ${apart}, pairs ${ours.pairs} and ${sql.pairs}`)
    await largestDifference(join(folder, 'ours-clusters.csv'), join(folder, 'sql-clusters.csv'))
    say(`the same ${ours.pairs} pairs, ${ours.kept} kept, weights within ${apart}, the same ${ours.clusters} clusters`)
    tell(size, ours, sql, people)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function tell(size: number, ours: JobReport, sql: JobReport, people: number): void {
  const figure = (name: string, value: number, unit: string, baseline: number): void => {
    if (!Number.isNaN(value)) print({ bench: 'linkage', figure: name, value, unit, baseline, n: size })
  }
  const scored = costOf(ours, ['block and score'])
  const whole = costOf(ours, ['read', 'train', 'block and score', 'cluster'])
  for (const [form, suffix] of [
    ['default', ''],
    ['lean', '_lean'],
  ] as const) {
    const theirScored = costOf(sql, ['block', `predict ${form}`])
    const theirWhole = costOf(sql, ['read', `train ${form}`, 'block', `predict ${form}`, 'cluster'])
    figure(`block_score_cpu_ratio${suffix}`, theirScored.cpu / scored.cpu, 'times', theirScored.cpu)
    figure(`job_wall_ratio${suffix}`, theirWhole.wall / whole.wall, 'times', theirWhole.wall)
    figure(`job_cpu_ratio${suffix}`, theirWhole.cpu / whole.cpu, 'times', theirWhole.cpu)
  }
  const lean = costOf(sql, ['read', 'train lean', 'block', 'predict lean', 'cluster'])
  figure('job_wall_s', whole.wall, 's', lean.wall)
  figure('cluster_s', costOf(ours, ['cluster with cohesion']).wall, 's', costOf(sql, ['cluster']).wall)
  figure('peak_mb', ours.peakMb, 'MB', sql.peakMb)
  figure('clusters', ours.clusters, 'clusters', people)
}
