import type { Temporal } from '#platform/clock'
import {
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  type Page,
  type Problem,
  problemFor,
} from '#platform/views'
import { agreementWords, type Fact, factWords } from './search.ts'
import type { FoundPerson, Stub } from './store.ts'
import { bcuWords, dobWords, roleWords, sexWord } from './words.ts'

/** How few letters are no reason. The database holds claims to the same. */
export const SHORTEST_REASON = 10

export interface SearchModel {
  readonly csrf: string
  /** What was typed. */
  readonly q: string
  readonly problems: readonly Problem[]
  /** What was typed, as it was understood. */
  readonly facts: readonly Fact[]
  /** Null before a search. */
  readonly found: readonly (FoundPerson | Stub)[] | null
  readonly bcus: ReadonlyMap<number, string>
  readonly now: Temporal.Instant
  readonly mayClaim: boolean
  readonly mayReview: boolean
  /** Whether they may seal people. */
  readonly maySeal: boolean
  /** What was typed into the form of one stub that came back, by its place among them; -1 when it is there no more. */
  readonly claim?: { readonly place: number; readonly kind: string; readonly reason: string }
}

/** The one search box, and under it what was found. */
export function searchPage(model: SearchModel): Page {
  const { csrf, q, problems, found } = model
  return {
    title: found === null ? 'Find a person' : 'People found',
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <form method="post" action="/people/search" novalidate>
        ${csrfField(csrf)}
        ${govuk.input({
          id: 'q',
          name: 'q',
          value: q,
          label: { text: 'Find a person', classes: 'govuk-label--l', isPageHeading: true },
          hint: {
            text: 'At least two things you know, in any order: names, date of birth, telephone, postcode, house and street. Or one exact reference. Such as: kiran example 12/3/1985, or 12 Elm Road SW1A 1AA. What you type is not kept in the address of the page; that you searched is logged.',
          },
          errorMessage: problemFor(problems, 'q'),
          autocomplete: 'off',
          spellcheck: false,
        })}
        ${govuk.button({ text: 'Search' })}
      </form>
      ${
        model.claim?.place === -1 &&
        model.claim.reason !== '' &&
        govuk.insetText({ text: `The reason that you typed: ${model.claim.reason}` })
      }
      ${found !== null && results(model, found)}
      ${
        found === null &&
        model.mayReview &&
        html`<p class="govuk-body">
          <a class="govuk-link" href="/people/reviews">Records opened with a reason, for review</a>
        </p>`
      }
      ${
        found === null &&
        model.maySeal &&
        html`<p class="govuk-body">
          <a class="govuk-link" href="/people/seal">Seal a person who must be protected</a>
        </p>`
      }`,
  }
}

/** What the search was read as, so that a slip of the reading is seen. */
function readAs(facts: readonly Fact[]): Html {
  return html`<p class="govuk-body">
    Searched for ${facts.map((fact, at) => `${at > 0 ? '; ' : ''}${factWords(fact)}`)}.
  </p>`
}

function results(model: SearchModel, found: readonly (FoundPerson | Stub)[]): Html {
  const people = found.filter((one) => one.kind === 'person')
  const stubs = found.filter((one) => one.kind === 'stub')
  if (found.length === 0) {
    return html`<h2 class="govuk-heading-m">Nobody found</h2>
      ${readAs(model.facts)}
      <p class="govuk-body">
        Nobody that you can see fits two of these. Try a name another way, or leave out what you are least sure of.
      </p>`
  }
  const count =
    people.length === 1 ? '1 person' : people.length === 0 ? 'Nobody you work with' : `${people.length} people`
  return html`<h2 class="govuk-heading-m">${count} found</h2>
    ${readAs(model.facts)}
    ${found.length >= 50 && html`<p class="govuk-body">These are the best 50. Add something you know to see fewer.</p>`}
    ${
      people.length > 0 &&
      dataTable({
        caption: 'People found, best first',
        captionHidden: true,
        rowHeader: true,
        cards: true,
        head: [
          { key: 'name', text: 'Name' },
          { key: 'dob', text: 'Date of birth (age)' },
          { key: 'sex', text: 'Sex' },
          { key: 'why', text: 'Why found' },
          { key: 'roles', text: 'Recorded as' },
          { key: 'incidents', text: 'Records', numeric: true },
          { key: 'bcus', text: 'BCU' },
        ],
        rows: people.map((person) => [
          html`<a class="govuk-link" href="/people/${person.id}">${person.name || 'No name'}</a>`,
          dobWords(person.dob, model.now),
          sexWord(person.sex),
          why(model.facts, person),
          person.incidents === null ? 'Not shared' : roleWords(person.roles),
          person.incidents ?? 'Not shared',
          person.incidents === null ? 'Not shared' : bcuWords(person.reach, model.bcus),
        ]),
      })
    }
    ${
      stubs.length > 0 &&
      html`<h2 class="govuk-heading-m">Known elsewhere</h2>
        <p class="govuk-body">
          ${stubs.length === 1 ? 'One person fits' : `${stubs.length} people fit`} whom you do not work with. You see
          who knows them and no more.
        </p>`
    }
    ${stubs.map((stub, place) => stubForm(model, stub, place))}`
}

/** What of a person agrees with the search, and what of the search does not. */
function why(facts: readonly Fact[], { agrees }: FoundPerson): Html {
  const agreeing = facts.flatMap((fact, number) => {
    const key = agrees.get(number)
    return key === undefined ? [] : [agreementWords(fact, key)]
  })
  const not = facts.filter((_, number) => !agrees.has(number)).map(factWords)
  return html`${agreeing.join('; ')}${
    not.length > 0 && html`<br /><span class="dauntless-quiet">but not ${not.join(', ')}</span>`
  }`
}

/** The id of the reason's field in the form of one stub. */
export const reasonField = (place: number): string => `reason-${place}`

/** A stub says only who knows somebody that fits. Its form opens the record behind it. */
function stubForm(model: SearchModel, stub: Stub, place: number): Html {
  const claim = model.claim?.place === place ? model.claim : undefined
  return html`<div class="dauntless-card">
    <p class="govuk-body"><strong>Somebody who fits is known to ${stub.knownTo || 'another command'}.</strong></p>
    ${
      model.mayClaim &&
      govuk.details({
        summaryText: 'Open this record with a reason',
        open: claim !== undefined,
        html: html`<form method="post" action="/people/open-stub" novalidate>
          ${csrfField(model.csrf)}
          <input type="hidden" name="q" value="${model.q}" />
          <input type="hidden" name="mark" value="${stub.mark}" />
          ${reasonFields(reasonField(place), `kind-${place}`, model.problems, claim)}
        </form>`,
      })
    }
  </div>`
}

function reasonFields(
  reasonId: string,
  kindId: string,
  problems: readonly Problem[],
  typed: { readonly kind: string; readonly reason: string } | undefined,
): Html {
  return html`${govuk.radios({
    name: 'kind',
    idPrefix: kindId,
    classes: 'govuk-radios--small',
    value: typed?.kind ?? 'claim',
    fieldset: { legend: { text: 'How do you need it?', classes: 'govuk-fieldset__legend--s' } },
    items: [
      {
        value: 'claim',
        text: 'For my work today',
        hint: { text: 'Open for 12 hours. Logged; some are reviewed by a supervisor.' },
      },
      {
        value: 'break_glass',
        text: 'Somebody is in danger now (break-glass)',
        hint: {
          text: 'Open for 60 minutes. You confirm who you are. Supervisors see it at once, and review it within 72 hours.',
        },
      },
    ],
  })}
  ${confirmation(reasonId.replace('reason', 'confirm'), problems)}
  ${govuk.textarea({
    id: reasonId,
    name: 'reason',
    rows: 2,
    value: typed?.reason,
    label: { text: 'Why do you need this record?' },
    hint: {
      text: `At least ${SHORTEST_REASON} letters. A supervisor can read it, and so can whoever asks who has looked.`,
    },
    errorMessage: problemFor(problems, reasonId),
  })}
  ${govuk.button({ text: 'Open the record', preventDoubleClick: true })}`
}

/** Where somebody confirms that it is they: in another tab, so that what they typed stays. */
export function confirmation(id: string, problems: readonly Problem[]): Html | false {
  const problem = problems.find(({ field }) => field === id)
  return (
    problem !== undefined &&
    html`<div class="govuk-form-group govuk-form-group--error">
      <p class="govuk-error-message"><span class="govuk-visually-hidden">Error:</span> ${problem.message}</p>
      <a class="govuk-link" id="${id}" href="/step-up?return_to=%2Fconfirmed" target="_blank" rel="noopener"
        >Confirm that it is you (opens in a new tab)</a
      >
    </div>`
  )
}

export interface ClaimModel {
  readonly csrf: string
  readonly personId: string
  readonly problems: readonly Problem[]
  readonly kind: string
  readonly reason: string
}

/** Opens a record by its address. The same page for every address, so that it does not say whether anybody is there. */
export function claimPage({ csrf, personId, problems, kind, reason }: ClaimModel): Page {
  return {
    title: 'Open a record with a reason',
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Open a record with a reason</h1>
      <p class="govuk-body">
        If there is a person at this address whom you do not work with, you can open their record.
      </p>
      <form method="post" action="/people/${personId}/claim" novalidate>
        ${csrfField(csrf)} ${reasonFields('reason', 'kind', problems, { kind, reason })}
      </form>`,
  }
}
