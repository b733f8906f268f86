import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { COMMANDS, UsageError, type Command, type Context } from './commands/index.ts'
import { openInstallation, type Installation } from './setup.ts'

/** The names of commands and what they do, under their headings. */
function help(): string {
  const groups = [...Map.groupBy(COMMANDS, ({ group }) => group)]
  return [
    'dauntless COMMAND [options]',
    ...groups.flatMap(([group, commands]) => [
      '',
      `${group}:`,
      ...commands.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`),
    ]),
    '',
    'dauntless COMMAND --help says what follows a command. Every command takes --json and prints one object; in a pipe,',
    'npm run --silent dauntless -- COMMAND --json keeps npm from adding its own lines.',
    'Exit code 0: done. 1: it failed, or what it found is bad. 2: what was typed makes no sense.',
  ].join('\n')
}

const helpOf = ({ usage, summary, more = [] }: Command): string =>
  [`dauntless ${usage} [--json]`, summary, ...more].join('\n')

/** The same for a program: what `--help --json` prints. */
const described = ({ name, group, usage, summary, more = [] }: Command) => ({ name, group, usage, summary, more })

/** The command that the first words name: two words before one. */
function commandOf(args: readonly string[]): Command | undefined {
  const [one = '', two = ''] = args
  return COMMANDS.find(({ name }) => name === `${one} ${two}`) ?? COMMANDS.find(({ name }) => name === one)
}

/** Commands run in the repository; a path is meant from where the person stood. */
const from = process.env['INIT_CWD'] ?? process.cwd()

async function run(command: Command, args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: args.slice(command.name.split(' ').length),
    options: { ...command.options, json: { type: 'boolean' } },
    allowPositionals: true,
  })
  const [stray] = positionals
  if (stray !== undefined && command.takes !== 'words')
    throw new UsageError(`"${stray}" makes no sense here: dauntless ${command.usage}`)
  let opened: Installation | undefined
  const say = (line: string): void => console.error(line)
  const context: Context = {
    say,
    folder: resolve(process.env['DAUNTLESS_DATA'] ?? '.data'),
    path: (typed) => resolve(from, typed),
    installation: async () => (opened ??= await openInstallation(say)),
  }
  try {
    const { result, said, bad } = await command.run(context, values, positionals)
    console.log(values['json'] === true ? JSON.stringify(result) : said)
    return bad ? 1 : 0
  } finally {
    await opened?.close()
  }
}

const ASKS_FOR_HELP = ['--help', '-h', 'help']

async function main(args: readonly string[]): Promise<number> {
  const command = commandOf(args)
  const asks = args.some((word) => word === '--help' || word === '-h')
  if (command && !asks) return run(command, args)
  const json = args.includes('--json')
  if (command) console.log(json ? JSON.stringify(described(command)) : helpOf(command))
  else if (args.every((word) => ASKS_FOR_HELP.includes(word) || word === '--json'))
    console.log(json ? JSON.stringify({ commands: COMMANDS.map(described) }) : help())
  else throw new UsageError(`there is no command "${args.join(' ')}"; dauntless --help lists them`)
  return 0
}

const args = process.argv.slice(2)
try {
  process.exitCode = await main(args)
} catch (error) {
  const line = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
  console.error(`dauntless: ${line}`)
  if (args.includes('--json')) console.log(JSON.stringify({ error: line }))
  const usage =
    error instanceof UsageError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  process.exitCode = usage ? 2 : 1
}
