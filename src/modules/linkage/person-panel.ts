import { formatInstant } from '#platform/clock'
import type { Tx } from '#platform/db'
import { dataTable, html, type Html, treeChart } from '#platform/views'
import { evidenceFor, type HoldingEdge, type PersonEvidence } from './evidence.ts'
import type { Mention } from '#modules/people'
import { pairAddress } from './review-views.ts'
import type { Judgement } from './store.ts'
import { bornWords, chanceWords, nameOf, roleWord } from './words.ts'

/**
 * The part of the person page that says why the records are held to be one person. Null where there is one record alone.
 * @param reviewer whether whoever reads it may say who is one person
 */
export async function personPanel(tx: Tx, personId: string, reviewer: boolean): Promise<Html | null> {
  const evidence = await evidenceFor(tx, personId)
  if (evidence.mentions.length < 2 && evidence.judgements.length === 0) return null
  return panel(personId, evidence, reviewer)
}

const mentionWords = (mention: Mention | undefined): string =>
  mention === undefined
    ? ''
    : [nameOf(mention), bornWords(mention) && `born ${bornWords(mention)}`, roleWord(mention.role).toLowerCase()]
        .filter(Boolean)
        .join(', ')

const tieWords = (edge: HoldingEdge | null): string =>
  edge === null ? '' : edge.saidBy !== null ? `said by ${edge.saidBy}` : `${edge.weight.toFixed(1)} bits`

function panel(personId: string, evidence: PersonEvidence, reviewer: boolean): Html {
  const { mentions, path } = evidence
  const byId = new Map(mentions.map((mention) => [mention.id, mention]))
  const parts = path.filter(({ on }) => on === null).length
  return html`<section class="dauntless-section" aria-labelledby="one-person">
    <h2 class="govuk-heading-m" id="one-person">Why is this one person</h2>
    ${
      mentions.length > 1 &&
      html`<p class="govuk-body">
          Each record below hangs on the one above it by the strongest evidence there is.
          ${parts > 1 && 'Those that hang on nothing are held by records that you do not see, or by several weaker agreements.'}
        </p>
        ${treeChart({
          title: 'What each record hangs on',
          description: `${mentions.length} records. ${path
            .filter(({ edge }) => edge !== null)
            .slice(0, 24)
            .map(({ id, edge }) => `${mentionWords(byId.get(id))}: ${tieWords(edge)}`)
            .join('. ')}`,
          nodes: path.map(({ id, on, edge }) => ({ label: mentionWords(byId.get(id)), on, tie: tieWords(edge) })),
          table: {
            rowHeader: true,
            cards: true,
            head: ['Record as written', 'Hangs on', 'By', 'Chance', ...(reviewer ? ['Look and decide'] : [])].map(
              (text) => ({ key: text, text }),
            ),
            rows: path.map(({ id, on, edge }) => [
              mentionWords(byId.get(id)),
              on === null ? 'Nothing' : mentionWords(byId.get(path[on]?.id ?? '')),
              tieWords(edge),
              edge?.chance == null ? '' : chanceWords(edge.chance),
              ...(reviewer ? [links(personId, id, edge)] : []),
            ]),
          },
        })}`
    }
    ${
      reviewer &&
      html`<p class="govuk-body">
        ${mentions.length > 1 && html`<a class="govuk-link" href="/linkage/persons/${personId}/split">Split: some of these records are somebody else</a><br />`}
        <a class="govuk-link" href="/linkage/persons/${personId}/merge">Join: this is the same person as another</a>
      </p>`
    }
    ${evidence.judgements.length > 0 && said(evidence.judgements, reviewer)}
  </section>`
}

function links(personId: string, id: string, edge: HoldingEdge | null): Html {
  if (edge === null) return html``
  return html`<a class="govuk-link" href="${pairAddress(edge.a, edge.b)}">See the evidence</a><br />
    <a class="govuk-link" href="/linkage/persons/${personId}/split?from=${id}">Split from here</a>`
}

const ANSWERS: Readonly<Record<string, string>> = {
  same: 'one person',
  different: 'different people',
  'cannot say': 'cannot say',
}
const KINDS = { pair: 'Of two records', merge: 'Joined two people', split: 'Split records off' } as const

function said(judgements: readonly Judgement[], reviewer: boolean): Html {
  return dataTable({
    caption: 'What people have said',
    cards: true,
    head: ['When', 'Who', 'What', 'Why', 'Taken back'].map((text) => ({ key: text, text })),
    rows: judgements.map((one) => [
      formatInstant(one.at),
      one.by,
      whatWords(one),
      one.awaited ? '' : one.reason,
      one.withdrawnAt !== null
        ? `${formatInstant(one.withdrawnAt)}, ${one.withdrawnBy ?? ''}: ${one.withdrawnReason ?? ''}`
        : reviewer
          ? html`<a class="govuk-link" href="/linkage/judgements/${one.id}/withdraw">Take it back</a>`
          : 'No',
    ]),
  })
}

function whatWords({ kind, answer, round, awaited }: Judgement): string {
  if (awaited) return `${KINDS[kind]}: a second reader is still to answer, so the first answer is not shown`
  if (kind !== 'pair') return KINDS[kind]
  const reader = round === 1 ? '' : round === 2 ? ' (second reader)' : ' (third reader)'
  return `${KINDS.pair}: ${ANSWERS[answer]}${reader}`
}
