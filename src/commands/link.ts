import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  linkForce,
  mentionsOfFile,
  mentionsToHandOver,
  modelOfFile,
  modelOfLastRun,
  returnedEdges,
  splinkOfFile,
  writeHandOver,
} from '#modules/linkage'
import { needed, newFolder, plural, UsageError, type Command } from './command.ts'
import { commandScope, isSynthetic, operator, SHORTEST_REASON, SYNTHETIC_NOTICE } from './service.ts'

function onlyWord(words: readonly string[], what: string): string {
  const [word, ...others] = words
  if (word === undefined || others.length > 0) throw new UsageError(`name ${what}`)
  return word
}

/** Handing scoring over to Splink, where one machine is not enough, and taking back what it found. */
export const HAND_OVER_COMMANDS: readonly Command[] = [
  {
    name: 'link export-splink',
    group: 'Records',
    summary: 'Write the trained model and the mentions for Splink on DuckDB or Spark; logged',
    usage: 'link export-splink FOLDER --dialect duckdb|spark [--model FILE] (--reason "..." | --mentions FILE.csv)',
    more: [
      'Without --mentions the mentions of the force are written: that needs a reason, and the log names everybody.',
      'Sealed records are in no export. Without --model it is that of the last run, or one trained on these mentions.',
      'docs/past-one-machine.md says how to go on.',
    ],
    options: {
      dialect: { type: 'string' },
      model: { type: 'string' },
      mentions: { type: 'string' },
      reason: { type: 'string' },
    },
    takes: 'words',
    async run(context, values, words) {
      const typed = onlyWord(words, 'the folder to write')
      const dialect = values['dialect']
      if (dialect !== 'duckdb' && dialect !== 'spark') throw new UsageError('--dialect must be duckdb or spark')
      const folder = newFolder(context, typed)
      const { model: modelFile, mentions } = values
      const model = typeof modelFile === 'string' ? modelOfFile(context.path(modelFile)) : undefined
      let done
      if (typeof mentions === 'string') {
        const rows = await mentionsOfFile(context.path(mentions))
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        done = await writeHandOver(folder, rows, model, { dialect, synthetic: false })
      } else {
        const reason = needed(values, 'reason', 'why the data leave, and for whom')
        if (reason.length < SHORTEST_REASON)
          throw new UsageError(`--reason must say why, in ${SHORTEST_REASON} letters or more`)
        const opened = await context.installation()
        const scope = await commandScope(opened, 'link on another machine', 'link export-splink', reason)
        const synthetic = await isSynthetic(opened)
        const used = model ?? (await modelOfLastRun(opened.worker, scope))
        const rows = await mentionsToHandOver(opened.worker, scope, { dialect, operator: operator() })
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        done = await writeHandOver(folder, rows, used, { dialect, synthetic })
        if (synthetic) writeFileSync(join(folder, 'SYNTHETIC.txt'), SYNTHETIC_NOTICE, { mode: 0o600 })
      }
      const said = [`${plural(done.mentions, 'mention')} written to ${folder}`, ...done.warnings]
      return { result: { ...done, folder }, said: said.join('\n') }
    },
  },
  {
    name: 'link import-splink',
    group: 'Records',
    summary: 'Read settings that Splink saved as a model; says what it cannot understand',
    usage: 'link import-splink FILE.json [--out MODEL.json]',
    more: [
      'Tables of frequencies beside it (tf_COLUMN.csv) are taken along. With --out the model is written, for --model.',
      'It links nothing by itself until it is calibrated.',
    ],
    options: { out: { type: 'string' } },
    takes: 'words',
    async run({ path }, values, words) {
      const { model, uniqueId } = await splinkOfFile(path(onlyWord(words, 'the file of settings')))
      const out = typeof values['out'] === 'string' ? path(values['out']) : null
      if (out !== null) {
        if (existsSync(out)) throw new UsageError(`${values['out'] as string} is there already`)
        writeFileSync(out, `${JSON.stringify(model)}\n`, { mode: 0o600, flag: 'wx' })
      }
      const { columns, comparisons, blocking } = model.spec
      const what =
        `understood ${plural(comparisons.length, 'comparison')} of ${plural(columns.length, 'column')} and ` +
        plural(blocking.length, 'blocking rule')
      return {
        result: {
          uniqueId,
          columns: columns.map(({ name }) => name),
          comparisons: comparisons.map(({ name, levels }) => ({ name, levels: levels.map(({ label }) => label) })),
          rules: blocking.length,
          out,
        },
        said: out === null ? what : `${what}; written to ${out}`,
      }
    },
  },
  {
    name: 'link import-edges',
    group: 'Records',
    summary: 'Link by the pairs that Splink scored, instead of scoring here',
    usage: 'link import-edges FOLDER EDGES.csv',
    more: [
      'FOLDER is what export-splink wrote; EDGES.csv has unique_id_l, unique_id_r and match_weight, of 0 bits and more.',
      'One edge in a hundred is scored again here. Pairs of mentions that the export did not have are scored here.',
    ],
    options: {},
    takes: 'words',
    async run({ installation, path, say }, _values, words) {
      const [folder, file, ...others] = words
      if (folder === undefined || file === undefined || others.length > 0)
        throw new UsageError('name the folder that was exported and the file of edges')
      const returned = await returnedEdges(path(folder), path(file))
      const opened = await installation()
      const scope = await commandScope(opened, 'link records', 'link import-edges')
      const report = await linkForce(opened.worker, scope, say, returned)
      return {
        result: report,
        said: `${report.mentions} mentions, ${report.persons} people, ${plural(report.forReview, 'pair')} for review`,
      }
    },
  },
]
