import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { profileNames, runImport, serviceScope } from '#modules/incidents'
import { linkForce } from '#modules/linkage'
import { linkAndScore, loadDemo, scoreAll } from './demo.ts'
import { openInstallation, type Installation, type Say } from './setup.ts'

/** What was typed makes no sense: exit code 2. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Command {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>
  /** Does the work; the object is what `--json` prints, `bad` makes the exit code 1. */
  run(
    context: { installation: Installation; say: Say },
    values: Record<string, string | boolean | undefined>,
    rest: string[],
  ): Promise<{
    result: object
    said: string
    bad?: boolean
  }>
}

const number = (value: string | boolean | undefined, otherwise: number, name: string): number => {
  if (value === undefined) return otherwise
  const read = Number(value)
  if (!(read > 0)) throw new UsageError(`--${name} must be a number above 0, not "${String(value)}"`)
  return read
}

const COMMANDS: readonly Command[] = [
  {
    name: 'import',
    summary: 'Take in source files: good rows go in, bad rows are kept with what is wrong',
    usage: 'import FILE|DIR... --profile NAME [--dry-run]',
    options: { profile: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    async run({ installation, say }, values, rest) {
      const profile = String(values['profile'] ?? '')
      const names = await profileNames()
      if (!names.includes(profile)) throw new UsageError(`--profile must be one of ${names.join(', ')}`)
      if (rest.length === 0) throw new UsageError('name at least one file or folder')
      const from = process.env['INIT_CWD'] ?? process.cwd()
      let told = 0
      const report = await runImport(installation.worker, {
        profile,
        paths: rest.map((path) => resolve(from, path)),
        dryRun: values['dry-run'] === true,
        onProgress: (done, total, rows) => {
          if (performance.now() - told < 1000) return
          told = performance.now()
          say(`${Math.floor((100 * done) / Math.max(total, 1))}% (${rows} rows)`)
        },
      })
      const lines = [
        `read ${report.read}, added ${report.added}, updated ${report.updated}, unchanged ${report.unchanged}, ` +
          `rejected ${report.rejected}; ${report.domestic} domestic; ${report.incidents} records of this source stand`,
        ...report.refused.map((r) => `refused ${r.file}: ${r.reason}`),
        ...report.problems.slice(0, 10).map((p) => `${p.file} line ${p.line}, ${p.field}: ${p.reason}`),
      ]
      return { result: report, said: lines.join('\n'), bad: report.refused.length > 0 }
    },
  },
  {
    name: 'link',
    summary: 'Link every mention into people',
    usage: 'link',
    options: {},
    async run({ installation, say }) {
      const scope = await serviceScope(installation.worker, 'link records', 'dauntless link')
      const report = await linkForce(installation.worker, scope, say)
      return {
        result: report,
        said: `${report.mentions} mentions, ${report.persons} people, ${report.forReview} pairs for review`,
      }
    },
  },
  {
    name: 'score',
    summary: 'Score every suspect of the force',
    usage: 'score',
    options: {},
    async run({ installation, say }) {
      const scored = await scoreAll(installation, say)
      return { result: scored, said: `${scored.people} people scored in ${Math.round(scored.ms)} ms` }
    },
  },
  {
    name: 'demo',
    summary: 'Load the synthetic London at a scale (1 = the whole force, three years)',
    usage: 'demo [--scale 0.1|1|10]',
    options: { scale: { type: 'string' } },
    async run({ installation, say }, values) {
      const scale = number(values['scale'], 0.1, 'scale')
      await loadDemo(installation, scale, say)
      return { result: { scale }, said: `the synthetic London is loaded at scale ${scale}` }
    },
  },
  {
    name: 'rebuild',
    summary: 'Link, derive and score again, in this order',
    usage: 'rebuild',
    options: {},
    async run({ installation, say }) {
      await linkAndScore(installation, say)
      return { result: { done: true }, said: 'linked and scored' }
    },
  },
]

const help = (): string =>
  [
    'dauntless COMMAND [options]',
    '',
    ...COMMANDS.map((c) => `  ${c.usage.padEnd(48)} ${c.summary}`),
    '',
    'Every command takes --json and prints one object.',
  ].join('\n')

async function main(args: string[]): Promise<number> {
  const command = COMMANDS.find((c) => c.name === args[0])
  if (!command) {
    console.log(help())
    return args.length === 0 || args.includes('--help') ? 0 : 2
  }
  if (args.includes('--help')) {
    console.log(`dauntless ${command.usage}\n${command.summary}`)
    return 0
  }
  const { values, positionals } = parseArgs({
    args: args.slice(1),
    options: { ...command.options, json: { type: 'boolean' } },
    allowPositionals: true,
  })
  const say: Say = (line) => console.error(line)
  const installation = await openInstallation(say)
  try {
    const { result, said, bad } = await command.run(
      { installation, say },
      values as Record<string, string | boolean | undefined>,
      positionals,
    )
    console.log(values['json'] === true ? JSON.stringify(result) : said)
    return bad ? 1 : 0
  } finally {
    await installation.close()
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(`dauntless: ${error instanceof Error ? error.message : String(error)}`)
  const usage =
    error instanceof UsageError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  process.exitCode = usage ? 2 : 1
}
