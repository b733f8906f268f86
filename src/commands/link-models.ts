import { isId } from '#platform/http'
import { explainPair, linkForce, tellWaterfall, trainDraft } from '#modules/linkage'
import { plural, UsageError, type Command, type Context, type Outcome } from './command.ts'
import { commandScope } from './service.ts'

async function run({ installation, say }: Context): Promise<Outcome> {
  const opened = await installation()
  const report = await linkForce(opened.worker, await commandScope(opened, 'link records', 'link'), say)
  return {
    result: report,
    said: `${report.mentions} mentions, ${report.persons} people, ${plural(report.forReview, 'pair')} for review`,
  }
}

/** Linking mentions into people, and the models that do it. */
export const LINK_COMMANDS: readonly Command[] = [
  {
    name: 'link',
    group: 'Records',
    summary: 'Link every mention into people by the published model',
    usage: 'link [run]',
    more: ['Without a published model the first run trains one and publishes it itself.'],
    options: {},
    run,
  },
  { name: 'link run', group: 'Records', summary: 'The same as link', usage: 'link run', options: {}, run },
  {
    name: 'link train',
    group: 'Records',
    summary: 'Train a new linkage model as a draft, and say what it would change',
    usage: 'link train',
    more: ['A draft links nobody. Somebody publishes it by name on the page /linkage/models.'],
    options: {},
    async run({ installation, say }) {
      const opened = await installation()
      const trained = await trainDraft(
        opened.worker,
        await commandScope(opened, 'train a linkage model', 'link train'),
        say,
      )
      const { version, trainedOn, changes, labels, calibrationError, warnings } = trained
      return {
        result: trained,
        said: [
          `version ${version} is a draft, trained on ${trainedOn} mentions`,
          `calibrated by ${labels.freeSame + labels.freeDifferent} free labels and ${labels.reviewedSame + labels.reviewedDifferent} reviewed pairs` +
            (calibrationError === null ? '' : `; calibration error ${(100 * calibrationError).toFixed(2)}%`),
          `it would join ${changes.joined} people into ${changes.into} and part ${changes.from} into ${changes.parted}`,
          ...warnings.map((warning) => `warning: ${warning}`),
        ].join('\n'),
      }
    },
  },
  {
    name: 'link explain',
    group: 'Records',
    summary: 'Say why two mentions are, or are not, taken for one person',
    usage: 'link explain MENTION MENTION',
    more: ['The ids of two mentions. That you looked is logged.'],
    options: {},
    takes: 'words',
    async run({ installation }, _values, words) {
      const [one = '', other = '', more] = words
      if (!isId(one) || !isId(other) || more !== undefined) throw new UsageError('give the ids of two mentions')
      const opened = await installation()
      const scope = await commandScope(opened, 'explain a pair', 'link explain')
      const found = await explainPair(opened.worker, scope, one, other)
      return { result: found, said: tellWaterfall(found) }
    },
  },
]
