import { html, type Html, waterfallChart } from '#platform/views'
import type { PairEvidence } from './pairs.ts'
import type { Step } from './rules.ts'
import { chanceWords } from './words.ts'

const bits = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
/** A share to two figures that count: 0.75, 0.000023. */
const share = (value: number): string =>
  Number(value.toPrecision(2)).toLocaleString('en-GB', { maximumFractionDigits: 9 })

/** Why the model thinks what it thinks of two mentions, as a picture with its table. */
export function evidenceSection(evidence: PairEvidence): Html {
  const { prior, steps, total, chance, autoLink } = evidence
  const spoke = steps.filter(({ m }) => m !== null)
  return html`<section aria-labelledby="evidence">
    <h2 class="govuk-heading-m" id="evidence">How the model comes to this</h2>
    <p class="govuk-body">
      Each comparison moves the odds. One bit doubles them; ten bits are a thousand times. From ${total.toFixed(1)} bits
      the model makes a chance of <strong>${chanceWords(chance)}</strong>, by what such pairs turned out to be
      (${evidence.calibrationSource}). It links unseen from ${chanceWords(autoLink)}, and only when enough agrees that
      is independent. ${evidence.rule !== '' && html`The two were compared because of: ${evidence.rule}.`}
    </p>
    ${waterfallChart({
      title: 'What speaks for one person, and what against',
      description: `Starts at ${bits(prior)} bits for any two records. ${spoke
        .map((step) => `${step.comparison}, ${step.label}: ${bits(step.weight + step.rarity)}`)
        .join('. ')}. In all ${total.toFixed(1)} bits.`,
      unit: 'bits',
      total: 'In all',
      steps: [
        { label: 'Any two records', by: prior },
        ...spoke.map(({ comparison, weight, rarity }) => ({ label: comparison, by: weight + rarity })),
      ],
      table: {
        rowHeader: true,
        head: [
          { key: 'what', text: 'Comparison' },
          { key: 'label', text: 'Found' },
          { key: 'm', text: 'In one person (m)', numeric: true },
          { key: 'u', text: 'In two people (u)', numeric: true },
          { key: 'weight', text: 'Adds (bits)', numeric: true },
          { key: 'rarity', text: 'For how rare it is', numeric: true },
          { key: 'total', text: 'Running total', numeric: true },
        ],
        rows: [
          ['Any two records', 'where every pair starts', '', '', bits(prior), '', prior.toFixed(1)],
          ...steps.map(stepRow),
          ['In all', '', '', '', '', '', total.toFixed(1)],
          ['Chance of one person', '', '', '', '', '', chanceWords(chance)],
        ],
      },
    })}
  </section>`
}

function stepRow({ comparison, label, m, u, weight, rarity, runningTotal }: Step) {
  if (m === null || u === null) return [comparison, label, '', '', 'nothing', '', runningTotal.toFixed(1)]
  return [
    comparison,
    label,
    share(m),
    share(u),
    bits(weight),
    rarity === 0 ? '' : bits(rarity),
    runningTotal.toFixed(1),
  ]
}
