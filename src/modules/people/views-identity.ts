import { formatDay, formatInstant } from '#platform/clock'
import { dataTable, govuk, html, type Html, join } from '#platform/views'
import { disagreements, type RecordFact, recordCount, variants } from './facts.ts'
import { type Mention, MOST_MENTIONS } from './store.ts'
import type { PersonModel } from './person-model.ts'
import { languageName } from './languages.ts'
import { counted, records, roleWord, weightWords, writtenName } from './words.ts'

/** What the first line does not say of who this is, and what the records do not agree about. */
export function identity({ opened }: PersonModel): Html | null {
  const { mentions } = opened
  const written = (words: (mention: Mention) => string | null): string[] =>
    variants(mentions, (mention) => words(mention) ?? '').map((variant) => variant.words)
  const row = (key: string, values: readonly string[]) =>
    values.length > 0 && { key: { text: key }, value: { html: several(key, values) } }
  const rows = [
    row(
      'Also known as',
      written((mention) => mention.knownAs),
    ),
    row(
      'Language',
      written((mention) => mention.language && languageName(mention.language)),
    ),
    row(
      'Nominal numbers',
      // on paper a number stands without the name of its source
      written((mention) => mention.nominal && mention.nominal.slice(mention.nominal.indexOf(':') + 1)),
    ),
    row(
      'Custody records',
      written((mention) => mention.custodyRef),
    ),
  ].filter((one) => one !== false)
  const differs = differing(opened)
  if (rows.length === 0 && differs === false) return null
  return html`${
    rows.length > 0 && govuk.summaryList({ classes: 'govuk-summary-list--no-border dauntless-compact', rows })
  }
  ${differs}`
}

const NAMED = 4

/** A few values in a line; of many, the commonest, and the rest folded. */
function several(what: string, values: readonly string[]): Html {
  if (values.length <= NAMED) return html`${values.join('; ')}`
  return html`${values.slice(0, NAMED).join('; ')}
  ${govuk.details({
    classes: 'dauntless-details--small',
    summaryText: `${values.length - NAMED} more ${what.toLowerCase()}`,
    text: values.slice(NAMED).join('; '),
  })}`
}

/** What the records do not agree about, side by side, so that a wrong joining is seen before it is relied on. */
function differing(opened: PersonModel['opened']): Html | false {
  const found = disagreements(opened)
  if (found.length === 0) return false
  const ways = found.map(({ what, others }) => `${what.toLowerCase()} written ${counted(others.length, 'other way')}`)
  return govuk.details({
    summaryText: `The records do not agree: ${ways.join(', ')}`,
    html: dataTable({
      caption: 'What the records do not agree about',
      captionHidden: true,
      rowHeader: true,
      cards: true,
      head: ['What', 'Used on this page', 'Also written'].map((text) => ({ key: text, text })),
      rows: found.map(({ what, used, others }) => [
        what,
        used || 'Not known',
        join(
          others.map(
            (other) =>
              html`${other.words}
                <span class="dauntless-quiet"
                  >(${records(other.records)}${other.note !== null && `, ${other.note}`})</span
                >`,
          ),
          html`<br />`,
        ),
      ]),
    }),
  })
}

/** Each record as it was written, and who or what said that it is this person. */
export function whyOne({ opened, facts }: PersonModel): Html {
  const { mentions } = opened
  const dated = facts === null ? 'Taken in' : 'Reported'
  const weighed = mentions.some(({ weight }) => weight !== null)
  return html`${mentions.length >= MOST_MENTIONS && html`<p class="govuk-body">The newest ${MOST_MENTIONS} are shown.</p>`}
    <ul class="govuk-list govuk-list--bullet">
      ${decisions(mentions).map((words) => html`<li>${words}</li>`)}
    </ul>
    ${govuk.details({
      summaryText: `Show ${mentions.length === 1 ? 'the mention' : `the ${mentions.length} mentions`} as written`,
      open: mentions.length <= 6,
      html: dataTable({
        caption: weighed
          ? 'Each record as it was written, and how well it agrees with the others'
          : 'Each record as it was written',
        cards: true,
        head: [
          'Record',
          dated,
          'Role',
          'Name as written',
          'Date of birth',
          'Postcode',
          ...(weighed ? ['Agreement'] : []),
          'Decided by',
        ].map((text) => ({ key: text, text })),
        rows: mentions.map((mention) => [
          recordLink(mention, facts?.get(mention.recordId)),
          formatInstant(facts?.get(mention.recordId)?.reportedAt ?? mention.recordedAt),
          roleWord(mention.role),
          writtenName(mention) + (mention.knownAs ? `, known as ${mention.knownAs}` : ''),
          mention.dob === null ? 'Not written' : formatDay(mention.dob),
          mention.postcode ?? 'Not written',
          ...(weighed ? [weightWords(mention.weight)] : []),
          mention.model === null ? 'A member of staff' : `Model ${mention.model}`,
        ]),
      }),
    })}`
}

/** The record of a mention, as a link where it can be opened. */
export function recordLink({ source, ref }: Pick<Mention, 'source' | 'ref'>, fact: RecordFact | undefined): Html {
  if (fact) return html`<a class="govuk-link" href="${fact.href}">${fact.ref}</a>`
  return html`${`${source} ${ref ?? ''}`.trim()}`
}

/** Every decision that joined these records, with who or what made it, when, and for what reason. */
function decisions(mentions: readonly Mention[]): string[] {
  const made = Map.groupBy(mentions, (mention) =>
    [mention.model, mention.decidedAt.toString(), mention.decisionReason].join('\n'),
  )
  return [...made.values()].flatMap((of) => {
    const [first] = of
    if (first === undefined) return []
    const by = first.model === null ? 'A member of staff' : `The model ${first.model}`
    const reason = first.decisionReason === '' ? '' : ` (${first.decisionReason})`
    return [`${by} joined ${records(recordCount(of))} on ${formatInstant(first.decidedAt)}${reason}`]
  })
}
