// `npm run bench -- NAME… [--size 100k] [--data FOLDER]`: prints one JSON line a figure. README.md says how to read them.
import { importBench } from './import.ts'
import { linkageBench } from './linkage.ts'
import { linkageLiveBench } from './linkage-live.ts'
import { linkageAccuracyBench } from './linkage-accuracy.ts'
import { pageBench } from './page.ts'
import { scoreBench } from './score.ts'
import { searchBench } from './search.ts'

interface Bench {
  readonly what: string
  /** The size that the aims are set for. */
  readonly size: number
  readonly run: (size: number, data?: string) => Promise<void>
}

const BENCHES: Readonly<Record<string, Bench>> = {
  import: { what: 'taking in records, against COPY (size: incidents)', size: 1_000_000, run: importBench },
  linkage: {
    what: 'linking people, against Splink-shaped SQL in DuckDB (size: mentions)',
    size: 1_000_000,
    run: linkageBench,
  },
  'linkage-accuracy': {
    what: 'how right linkage is, beside what Splink has published (size: mentions of London)',
    size: 150_000,
    run: linkageAccuracyBench,
  },
  'linkage-live': {
    what: 'one mention more against all that stand, in its transaction (size: mentions)',
    size: 1_000_000,
    run: linkageLiveBench,
  },
  score: { what: 'scoring the force, against one scan (size: incidents)', size: 1_000_000, run: scoreBench },
  page: { what: 'the audited person page, 50 at once (size: people)', size: 2_000_000, run: pageBench },
  search: { what: 'searching for people, 50 at once (size: people)', size: 2_000_000, run: searchBench },
}

/** A number as people write it: 250000, 100k, 2m. */
function readSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text)
  const size = Number(found?.[1]) * ({ k: 1e3, m: 1e6 }[found?.[2]?.toLowerCase() ?? ''] ?? 1)
  if (!(size >= 1000 && size <= 20_000_000)) throw new Error(`--size is a number from 1k to 20m, not "${text}"`)
  return Math.round(size)
}

async function main(args: readonly string[]): Promise<void> {
  const names: string[] = []
  let size: number | undefined
  let data: string | undefined
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--size') size = readSize(args[++at] ?? '')
    else if (arg.startsWith('--size=')) size = readSize(arg.slice('--size='.length))
    else if (arg === '--data') data = args[++at]
    else if (arg.startsWith('--data=')) data = arg.slice('--data='.length)
    else names.push(arg)
  }
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name))
  if (names.length === 0 || unknown !== undefined) {
    const list = Object.entries(BENCHES).map(([name, { what }]) => `  ${name.padEnd(18)}${what}`)
    throw new Error(
      `${unknown === undefined ? 'which bench?' : `there is no bench "${unknown}"`} One or more of:\n${list.join('\n')}`,
    )
  }
  for (const name of names) {
    const bench = BENCHES[name]
    if (bench !== undefined) await bench.run(size ?? bench.size, data)
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
