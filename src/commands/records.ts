import { profileNames, runImport, tellRecordsChanged } from '#modules/incidents'
import { evaluateLinkage, tellEvaluation } from '#modules/linkage'
import { checkTargets, generate, readTruth } from '#synthetic'
import { actDemo } from '../demo-acts.ts'
import { linkAndScore, loadDemo, scoreAll } from '../demo.ts'
import { numberOf, UsageError, type Command } from './command.ts'
import { commandScope } from './service.ts'

/** Taking records in and working them out. */
export const RECORD_COMMANDS: readonly Command[] = [
  {
    name: 'import',
    group: 'Records',
    summary: 'Take in source files: good rows go in, bad rows are kept with what is wrong',
    usage: 'import FILE|DIR... --profile NAME [--dry-run]',
    more: [
      'The demonstration, which anybody can sign in to, takes in files that have a column SYNTHETIC, and public figures that name nobody.',
    ],
    options: { profile: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    takes: 'words',
    async run({ installation, say, path }, values, words) {
      const profile = String(values['profile'] ?? '')
      const names = await profileNames()
      if (!names.includes(profile)) throw new UsageError(`--profile must be one of ${names.join(', ')}`)
      if (words.length === 0) throw new UsageError('name at least one file or folder')
      let told = 0
      const { worker } = await installation()
      const report = await runImport(worker, {
        profile,
        paths: words.map(path),
        dryRun: values['dry-run'] === true,
        onNotice: ({ said, file }) => say(file === '' ? said : `${file}: ${said}`),
        onProgress: (done, total, rows) => {
          if (performance.now() - told < 1000) return
          told = performance.now()
          say(`${Math.floor((100 * done) / Math.max(total, 1))}% (${rows} rows)`)
        },
      })
      if (report.added + report.updated > 0 && values['dry-run'] !== true) await tellRecordsChanged(worker)
      const lines = [
        `read ${report.read}, added ${report.added}, updated ${report.updated}, unchanged ${report.unchanged}, ` +
          `rejected ${report.rejected}; the files hold ${report.incidents} records, ${report.domestic} of them domestic`,
        ...report.refused.map((r) => `refused ${r.file}: ${r.reason}`),
        ...report.problems.slice(0, 10).map((p) => `${p.file} line ${p.line}, ${p.field}: ${p.reason}`),
      ]
      return { result: report, said: lines.join('\n'), bad: report.refused.length > 0 }
    },
  },
  {
    name: 'score',
    group: 'Records',
    summary: 'Score every suspect of the force',
    usage: 'score',
    options: {},
    async run({ installation, say }) {
      const scored = await scoreAll(await installation(), say)
      return { result: scored, said: `${scored.people} people scored in ${Math.round(scored.ms)} ms` }
    },
  },
  {
    name: 'rebuild',
    group: 'Records',
    summary: 'Link, derive and score again, in this order',
    usage: 'rebuild',
    options: {},
    async run({ installation, say }) {
      await linkAndScore(await installation(), say)
      return { result: { done: true }, said: 'linked and scored' }
    },
  },
  {
    name: 'generate',
    group: 'The force',
    summary: 'Write the files of a synthetic London, with the truth beside them, and load nothing',
    usage: 'generate FOLDER [--scale N] [--seed N] [--check]',
    more: [
      'Scale 1 is the whole force for three years. --check compares the files with every published or modelled figure.',
    ],
    options: { scale: { type: 'string' }, seed: { type: 'string' }, check: { type: 'boolean' } },
    takes: 'words',
    async run({ say, path }, values, words) {
      const [folder, ...others] = words
      if (folder === undefined || others.length > 0) throw new UsageError('name one folder to write into')
      const scale = numberOf(values['scale'], 0.1, 'scale')
      const seed = values['seed'] === undefined ? {} : { seed: numberOf(values['seed'], 1, 'seed') }
      const onProgress = (done: number, total: number): void => say(`${Math.floor((100 * done) / Math.max(total, 1))}%`)
      const made = await generate({ out: path(folder), scale, ...seed, onProgress })
      const said = `${made.records} records of ${made.people} people in ${made.files} files (SYNTHETIC)`
      if (values['check'] !== true) return { result: made, said }
      const targets = await checkTargets(path(folder))
      const missed = targets.filter(({ ok }) => !ok)
      const lines = targets.map(
        ({ name, value, target, ok }) => `${ok ? 'met   ' : 'MISSED'} ${name}: ${value} (${target})`,
      )
      return {
        result: { ...made, targets },
        said: [...lines, said, `${targets.length - missed.length} of ${targets.length} targets met`].join('\n'),
        bad: missed.length > 0,
      }
    },
  },
  {
    name: 'evaluate',
    group: 'Records',
    summary: 'How well linkage agrees with the truth of a synthetic folder that was taken in',
    usage: 'evaluate FOLDER',
    options: {},
    takes: 'words',
    async run({ installation, path }, _values, words) {
      const [folder, ...others] = words
      if (folder === undefined || others.length > 0) throw new UsageError('name the folder that was generated')
      const opened = await installation()
      const scope = await commandScope(opened, 'evaluate linkage', 'evaluate')
      const evaluation = await evaluateLinkage(opened.worker, scope, await readTruth(path(folder)))
      return { result: evaluation, said: tellEvaluation(evaluation) }
    },
  },
  {
    name: 'demo',
    group: 'The force',
    summary: 'Load the synthetic London at a scale (1 = the whole force, three years)',
    usage: 'demo [--scale 0.1|1|10]',
    options: { scale: { type: 'string' } },
    async run({ installation, say }, values) {
      const scale = numberOf(values['scale'], 0.1, 'scale')
      const opened = await installation()
      await loadDemo(opened, scale, say)
      await actDemo(opened, say)
      return { result: { scale }, said: `the synthetic London is loaded at scale ${scale}` }
    },
  },
]
