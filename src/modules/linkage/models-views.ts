import { formatInstant } from '#platform/clock'
import { csrfField, dataTable, govuk, html, type Html, lineChart, type Page, signedBarChart } from '#platform/views'
import { probabilityOf, type Standing } from './engine/index.ts'
import type { ChangedPair, ModelLine, ModelWhole, Training } from './models-store.ts'
import { pairAddress } from './review-views.ts'
import type { Agreement } from './rules.ts'
import { bornWords, nameOf, roleWord } from './words.ts'

const STATUS = { draft: 'Draft: links nobody', published: 'Published: links now', retired: 'Retired' } as const
const number = (value: number): string => value.toLocaleString('en-GB')
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`
/** A probability to three figures that count. */
const share = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en-GB', { maximumFractionDigits: 10 })
const column = (text: string, numeric = false) => ({ key: text, text, numeric })

const publishedWords = ({ publishedAt, publishedBy }: ModelLine): string =>
  publishedAt === null ? '' : `${formatInstant(publishedAt)}, ${publishedBy ?? 'a run, as there was none'}`

export interface ModelsModel {
  readonly lines: readonly ModelLine[]
  readonly training: Training | null
  readonly agreement: Agreement | null
  readonly csrf: string
  readonly operation: string
}

/** The versions of the model, what is being trained, and how far readers agree. */
export function modelsPage({ lines, training, agreement, csrf, operation }: ModelsModel): Page {
  const busy = training !== null && !training.finished
  return {
    title: 'Linkage models',
    wide: true,
    body: html`<h1 class="govuk-heading-l">Linkage models</h1>
      <p class="govuk-body">
        A model says how likely two records are one person. A new version is a draft: it links nobody until somebody
        publishes it under their name, having seen what it would join and part.
      </p>
      ${dataTable({
        caption: 'Versions, the latest first',
        rowHeader: true,
        cards: true,
        empty: 'No model has been trained. The first run trains one.',
        head: [column('Version'), column('Status'), column('Trained on', true), column('Trained'), column('Published')],
        rows: lines.map((line) => [
          html`<a class="govuk-link" href="/linkage/models/${line.id}">Version ${line.version}</a>`,
          STATUS[line.status],
          `${number(line.trainedOn)} records`,
          `${formatInstant(line.trainedAt)}${line.trainedBy === '' ? '' : `, ${line.trainedBy}`}`,
          publishedWords(line),
        ]),
      })}
      ${training !== null && trainingLine(training)}
      ${
        !busy &&
        html`<form method="post" action="/linkage/models/train">
          ${csrfField(csrf)} <input type="hidden" name="operation" value="${operation}" />
          ${govuk.button({ text: 'Train a new version', classes: 'govuk-button--secondary', preventDoubleClick: true })}
        </form>`
      }
      ${agreementSection(agreement)}`,
  }
}

function trainingLine({ said, askedAt, modelId, finished }: Training): Html {
  return html`<div class="govuk-inset-text" role="status">
    ${
      finished
        ? html`The version asked for on ${formatInstant(askedAt)} is
          trained${modelId !== null && html`: <a class="govuk-link" href="/linkage/models/${modelId}">see it</a>`}.`
        : html`A version asked for on ${formatInstant(askedAt)} is being trained: ${said}. This page loads itself again.`
    }
  </div>`
}

function agreementSection(agreement: Agreement | null): Html {
  return html`<h2 class="govuk-heading-m">How far two readers agree</h2>
    ${
      agreement === null
        ? html`<p class="govuk-body">No pair has been read twice yet.</p>`
        : html`<p class="govuk-body">
            Of ${number(agreement.pairs)} ${agreement.pairs === 1 ? 'pair' : 'pairs'} read twice,
            ${percent(agreement.share)} got the same answer.
            ${
              agreement.kappa === null
                ? 'All answers were the same, so agreement beyond chance cannot be told.'
                : html`Beyond what chance would give (Cohen’s kappa): <strong>${agreement.kappa.toFixed(2)}</strong>; 1
                    is whole agreement, 0 none.`
            }
          </p>`
    }`
}

export interface ModelPageModel {
  readonly model: ModelWhole
  readonly changed: readonly ChangedPair[]
  readonly csrf: string
}

/** One version: what it learned, how right it is, what it leaves out; and of a draft what it would change. */
export function modelPage({ model, changed, csrf }: ModelPageModel): Page {
  const { report, labels } = model
  return {
    title: `Linkage model, version ${model.version}`,
    wide: true,
    body: html`<p class="govuk-body"><a class="govuk-link" href="/linkage/models">All versions</a></p>
      <h1 class="govuk-heading-l">Linkage model, version ${model.version}</h1>
      ${govuk.summaryList({
        classes: 'govuk-summary-list--no-border dauntless-compact',
        rows: [
          ['Status', STATUS[model.status]],
          ['Rules', model.name],
          ['Trained', `${formatInstant(model.trainedAt)}, ${model.trainedBy}, on ${number(model.trainedOn)} records`],
          ['Published', publishedWords(model) || 'No'],
          [
            'Calibrated by',
            `${model.calibration.source}: ${number(labels.freeSame + labels.reviewedSame)} pairs known to be one person, ${number(labels.freeDifferent + labels.reviewedDifferent)} known to be two, of which people answered ${number(labels.reviewedSame + labels.reviewedDifferent)}`,
          ],
          ['Fingerprint', model.hash],
        ].map(([key = '', value = '']) => ({ key: { text: key }, value: { text: value } })),
      })}
      ${model.params.warnings.length > 0 && warnings(model.params.warnings)}
      ${model.status === 'draft' && draft(model, changed, csrf)} ${weights(model)} ${parameters(model)}
      ${unlinkables(report)} ${thresholds(report)} ${chances(model)} ${byWeight(report)} ${reliability(report)}
      ${blocking(report)}`,
  }
}

function warnings(lines: readonly string[]): Html {
  return govuk.details({
    summaryText: `${lines.length === 1 ? 'One warning' : `${lines.length} warnings`} of the training`,
    html: html`<ul class="govuk-list govuk-list--bullet">
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>`,
  })
}

function draft({ id, report: { changes } }: ModelWhole, changed: readonly ChangedPair[], csrf: string): Html {
  return html`<h2 class="govuk-heading-m">What it would change</h2>
    ${
      changes !== undefined &&
      html`<ul class="govuk-list govuk-list--bullet">
        <li>${number(changes.joined)} people of now would be joined into ${number(changes.into)}.</li>
        <li>${number(changes.from)} people of now would be parted into ${number(changes.parted)}.</li>
        <li>There would be ${number(changes.persons)} people in all.</li>
      </ul>`
    }
    ${dataTable({
      caption: 'Some of them, of those that you see',
      cards: true,
      empty: 'None that you see.',
      head: ['What', 'First record', 'Second record'].map((text) => column(text)),
      rows: changed.map(({ kind, a, b }) => [
        html`<a class="govuk-link" href="${pairAddress(a.id, b.id)}"
          >${kind === 'join' ? 'Would be joined' : 'Would be parted'}</a
        >`,
        ...[a, b].map((one) => [nameOf(one), bornWords(one), roleWord(one.role)].filter(Boolean).join(', ')),
      ]),
    })}
    <form method="post" action="/linkage/models/${id}/publish">
      ${csrfField(csrf)}
      <p class="govuk-body">
        Published, it links from the next run on, and the version before it is retired. Your name stays with it. What
        people have said of pairs holds whatever the model.
      </p>
      ${govuk.button({ text: 'Publish this version', preventDoubleClick: true })}
    </form>`
}

/** Bits that each level adds, capped as the scorer caps them. */
function levelsOf({ spec, params }: ModelWhole) {
  return spec.comparisons.flatMap(({ name, maxWeight, levels, otherwise }, at) =>
    [...levels, otherwise].map(({ label }, level) => {
      const [m = 0, u = 1] = [params.params[at]?.m[level], params.params[at]?.u[level]]
      return { name, label, m, u, bits: Math.max(-30, Math.min(maxWeight, Math.log2(m / u))) }
    }),
  )
}

function weights(model: ModelWhole): Html {
  const levels = levelsOf(model)
  return html`<h2 class="govuk-heading-m">What each agreement adds</h2>
    ${model.spec.comparisons.map(({ name }) =>
      signedBarChart({
        title: `${name.charAt(0).toUpperCase()}${name.slice(1)}: match weights`,
        description: `Bits that each level of ${name} adds to the odds of one person, before rarity.`,
        unit: 'Bits',
        bars: levels.filter((level) => level.name === name).map(({ label, bits }) => ({ label, value: bits })),
      }),
    )}`
}

function parameters(model: ModelWhole): Html {
  return html`<h2 class="govuk-heading-m">Parameters</h2>
    <p class="govuk-body">
      Two records taken at random are one person with probability ${share(model.params.prior)}. Linked unseen from a
      chance of ${percent(model.spec.bands.autoLink)}, shown to a person from ${percent(model.spec.bands.review)}.
    </p>
    ${dataTable({
      caption: 'How often each level holds: in one person (m) and in two (u)',
      rowHeader: true,
      cards: true,
      head: [column('Comparison'), column('Level'), column('m', true), column('u', true), column('Bits', true)],
      rows: levelsOf(model).map(({ name, label, m, u, bits }) => [name, label, share(m), share(u), bits.toFixed(2)]),
    })}`
}

function unlinkables({ unlinkable }: ModelWhole['report']): Html {
  return html`<h2 class="govuk-heading-m">Records that can never be linked</h2>
    <p class="govuk-body">
      ${percent(unlinkable.share)} of ${number(unlinkable.looked)} records looked at say so little that they would not
      be linked unseen even to another that says the very same.
    </p>
    ${lineChart({
      title: 'Share of records that could not reach a weight',
      description: 'The weight of each record against itself: the most that it can ever reach.',
      unit: '% of records',
      along: 'Weight in bits',
      steps: unlinkable.below.map(({ weight }) => String(weight)),
      lines: [{ label: 'cannot reach', values: unlinkable.below.map((line) => Math.round(line.share * 1000) / 10) }],
    })}`
}

function thresholds({ thresholds: lines }: ModelWhole['report']): Html {
  return html`<h2 class="govuk-heading-m">Precision and recall by threshold</h2>
    ${
      lines.length === 0
        ? html`<p class="govuk-body">There are no pairs known to be one person and to be two to measure by.</p>`
        : lineChart({
            title: 'Precision and recall of the pairs at or above a weight',
            description:
              'Among pairs of which it is known: by shared numbers, by being two parties of one record, or by an answer.',
            unit: '%',
            along: 'Weight in bits',
            steps: lines.map(({ weight }) => String(weight)),
            lines: [
              { label: 'precision', values: lines.map(({ precision }) => Math.round(precision * 1000) / 10) },
              { label: 'recall', values: lines.map(({ recall }) => Math.round(recall * 1000) / 10) },
            ],
          })
    }`
}

const STANDINGS: readonly (readonly [Standing, string])[] = [
  ['proven', 'proven'],
  ['open', 'too little'],
  ['contradicted', 'disagree'],
]

function chances({ calibration }: ModelWhole): Html {
  const weights = Array.from({ length: 21 }, (_, step) => 2 * step)
  const chance = (weight: number, standing: Standing): number =>
    Math.round(1000 * probabilityOf(calibration, weight, standing)) / 10
  return html`<h2 class="govuk-heading-m">What a weight is worth</h2>
    <p class="govuk-body">
      Pairs that agree on enough that is independent (proven) are right oftener than pairs that agree on too little, and
      those oftener than pairs whose dates of birth disagree. Only proven pairs are linked unseen.
    </p>
    ${lineChart({
      title: 'Chance of one person by weight',
      description: 'The chance that is said of a pair, by what it stands on.',
      unit: '% one person',
      along: 'Weight in bits',
      steps: weights.map(String),
      lines: STANDINGS.map(([standing, label]) => ({
        label,
        values: weights.map((weight) => chance(weight, standing)),
      })),
    })}`
}

function byWeight({ byWeight: lines }: ModelWhole['report']): Html | undefined {
  const above = lines?.at(-1)
  if (lines === undefined || above === undefined) return undefined
  const below = lines.slice(0, -1)
  return html`<h2 class="govuk-heading-m">How the pairs lie</h2>
    <p class="govuk-body">
      Pairs of two people grow fewer as weights rise, much alike in every force; how many there are is found from the
      force’s own pairs, without anybody’s answer. What is left at each weight is one person. At ${above.weight} bits
      and above there are ${number(above.pairs)} more pairs, of which ${number(above.pairs - above.onePerson)} are
      thought to be two people.
    </p>
    ${lineChart({
      title: 'Pairs by weight',
      description: 'How many pairs are thought to be one person, and how many two, of each two bits of weight.',
      unit: 'Pairs',
      along: 'Weight in bits',
      steps: below.map(({ weight }) => String(weight)),
      lines: [
        { label: 'one person', values: below.map(({ onePerson }) => onePerson) },
        { label: 'two people', values: below.map(({ pairs, onePerson }) => pairs - onePerson) },
      ],
    })}`
}

function reliability({ reliability: lines, calibrationError }: ModelWhole['report']): Html {
  const answers = lines.reduce((sum, { pairs }) => sum + pairs, 0)
  return html`<h2 class="govuk-heading-m">Whether chances are true</h2>
    ${
      calibrationError === null || lines.length === 0
        ? html`<p class="govuk-body">
            Nobody has answered yet that a pair is one person, and of another that it is two: there is nothing to
            measure by.
          </p>`
        : html`<p class="govuk-body">
              Mean distance between the chance that is said and what people answered, by ${number(answers)} answers:
              ${percent(calibrationError)}. Each half of the answers is judged by the other half.
            </p>
            ${lineChart({
              title: 'What is said, and what is found',
              description:
                'Answered pairs in ten groups by the chance that is said of them. Where the two lines meet the chance is true.',
              unit: '% one person',
              along: 'Chance said',
              steps: lines.map(({ said }) => `${(100 * said).toFixed(0)}%`),
              lines: [
                { label: 'said', values: lines.map(({ said }) => Math.round(said * 1000) / 10) },
                { label: 'found', values: lines.map(({ found }) => Math.round(found * 1000) / 10) },
              ],
            })}`
    }`
}

function blocking({ blocking: rules, compared }: ModelWhole['report']): Html {
  const refused = rules.flatMap(({ rule, refused: blocks }) => blocks.map((block) => ({ rule, ...block })))
  return html`<h2 class="govuk-heading-m">Which pairs are compared</h2>
    <p class="govuk-body">
      ${number(compared)} pairs were compared. A pair is compared when one of these rules brings it together.
    </p>
    ${dataTable({
      caption: 'Rules that bring records together',
      rowHeader: true,
      cards: true,
      head: [
        column('Rule'),
        column('Pairs', true),
        column('Largest block', true),
        column('Without a key', true),
        column('Blocks made finer', true),
        column('Blocks refused', true),
        column('Pairs left out', true),
      ],
      rows: rules.map((rule) => [
        rule.rule,
        number(rule.pairs),
        number(rule.largestBlock),
        number(rule.withoutKey),
        number(rule.refinedBlocks),
        number(rule.refusedBlocks),
        number(rule.pairsLeftOut),
      ]),
    })}
    ${dataTable({
      caption: 'Refused blocks: too many records share a key, so that rule does not compare them',
      cards: true,
      empty: 'None: every block was compared.',
      head: [column('Rule'), column('Records', true), column('A record in it, by its place', true)],
      rows: refused.map(({ rule, mentions, example }) => [rule, number(mentions), number(example)]),
    })}`
}
