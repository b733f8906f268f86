import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html } from '#platform/views'
import { countDrafts } from './models-store.ts'
import { A_FIRST_LOOK, reviewQueue } from './pairs.ts'

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, n) => all + n, 0)
const pairs = (count: number): string => (count === 1 ? '1 pair' : `${count} pairs`)

/** Pairs that nobody has answered, of those that the acting person sees. */
export async function waitingPairsCard(tx: Tx): Promise<TodayCard | null> {
  const { counts, more } = await reviewQueue(tx, 'first', '', 0, 0, A_FIRST_LOOK)
  const all = sum(counts)
  if (all === 0) return null
  const roles = counts['victim and suspect roles'] ?? 0
  return {
    title: 'One person or two?',
    order: 45,
    body: html`<p class="govuk-body">
      <a class="govuk-link" href="/linkage/review/next">${pairs(all)}${more && ' or more'} of records</a> may be one
      person. ${roles > 0 && `In ${roles} of them one is recorded as victim and one as suspect.`}
    </p>`,
  }
}

/** Pairs that somebody else has answered and the acting person may read second. */
export async function secondReadingsCard(tx: Tx): Promise<TodayCard | null> {
  const all = sum((await reviewQueue(tx, 'second', '', 0, 0, A_FIRST_LOOK)).counts)
  if (all === 0) return null
  return {
    title: 'Second readings',
    order: 46,
    body: html`<p class="govuk-body">
      <a class="govuk-link" href="/linkage/review/next?which=second">${pairs(all)}</a> wait for a second reader, who
      does not see what the first one said.
    </p>`,
  }
}

/** Drafts later than the published version, which wait for somebody to look at what they would change. */
export async function draftCard(tx: Tx): Promise<TodayCard | null> {
  const drafts = await countDrafts(tx)
  if (drafts === 0) return null
  return {
    title: 'A linkage model waits',
    order: 47,
    body: html`<p class="govuk-body">
      <a class="govuk-link" href="/linkage/models">${drafts === 1 ? 'One draft' : `${drafts} drafts`}</a> of the linkage
      model can be published by whoever has seen what it would change.
    </p>`,
  }
}
