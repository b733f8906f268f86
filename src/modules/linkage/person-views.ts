import { formatInstant } from '#platform/clock'
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
import type { Mention } from '#modules/people'
import type { Refs } from './review-views.ts'
import type { Judgement } from './store.ts'
import { bornWords, nameOf, phoneWords, placeWords, roleWord } from './words.ts'

interface FormModel {
  readonly csrf: string
  readonly problems: readonly Problem[]
  readonly reason: string
  /** The id of the judgement that the form will make. */
  readonly judgement: string
}

export interface SplitModel extends FormModel {
  readonly personId: string
  readonly mentions: readonly Mention[]
  readonly refs: Refs
  readonly going: ReadonlySet<string>
}

const why = (model: FormModel, hint: string): Html =>
  govuk.textarea({
    id: 'reason',
    name: 'reason',
    rows: 2,
    value: model.reason,
    label: { text: 'Why?' },
    hint: { text: hint },
    errorMessage: problemFor(model.problems, 'reason'),
  })

/** Which of the records are somebody else. */
export function splitPage(model: SplitModel): Page {
  const { personId, mentions, refs, going, csrf, judgement, problems } = model
  return {
    title: 'Split a person',
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <p class="govuk-body"><a class="govuk-link" href="/people/${personId}">Back to the person</a></p>
      <h1 class="govuk-heading-l">Which of these records are somebody else?</h1>
      <p class="govuk-body">
        Those that you tick become another person, or the person again that they were before. The rest stay. No record
        is changed, and it can be taken back.
      </p>
      <form method="post" action="/linkage/persons/${personId}/split" novalidate>
        ${csrfField(csrf)} <input type="hidden" name="judgement" value="${judgement}" />
        ${govuk.checkboxes({
          name: 'mentions',
          idPrefix: 'mentions',
          classes: 'govuk-checkboxes--small',
          fieldset: { legend: { text: 'Records of somebody else', classes: 'govuk-fieldset__legend--m' } },
          errorMessage: problemFor(problems, 'mentions'),
          items: mentions.map((mention) => ({
            value: mention.id,
            text: `${nameOf(mention)}, ${bornWords(mention) === '' ? 'no date of birth' : `born ${bornWords(mention)}`}`,
            hint: {
              text: [roleWord(mention.role), placeWords(mention), phoneWords(mention), refs.get(mention.recordId)?.ref]
                .filter(Boolean)
                .join('; '),
            },
            checked: going.has(mention.id),
          })),
        })}
        ${why(model, 'What shows that they are two people.')}
        ${govuk.button({ text: 'Split', preventDoubleClick: true })}
      </form>`,
  }
}

export interface MergeModel extends FormModel {
  readonly personId: string
  readonly mentions: readonly Mention[]
  /** The other person, once one is named who can be seen. */
  readonly other: { readonly id: string; readonly mentions: readonly Mention[] } | null
  /** What was typed to name them. */
  readonly with: string
}

/** Names another person, shows both, and joins them. */
export function mergePage(model: MergeModel): Page {
  const { personId, mentions, other, csrf, judgement, problems } = model
  const table = (caption: string, of: readonly Mention[]): Html =>
    dataTable({
      caption,
      rowHeader: true,
      cards: true,
      head: ['Name', 'Born', 'Role', 'Address', 'Telephone'].map((text) => ({ key: text, text })),
      rows: of.map((mention) => [
        nameOf(mention),
        bornWords(mention) || 'Not written',
        roleWord(mention.role),
        placeWords(mention),
        phoneWords(mention),
      ]),
    })
  return {
    title: 'Join two people',
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <p class="govuk-body"><a class="govuk-link" href="/people/${personId}">Back to the person</a></p>
      <h1 class="govuk-heading-l">Is this the same person as another?</h1>
      ${table('The records of this person', mentions)}
      <form method="get" action="/linkage/persons/${personId}/merge" novalidate>
        ${govuk.input({
          id: 'with',
          name: 'with',
          value: model.with,
          label: { text: 'Address of the other person’s page' },
          hint: { text: 'Find them, and copy the address from the browser. The number at its end is enough.' },
          errorMessage: problemFor(problems, 'with'),
          spellcheck: false,
        })}
        ${govuk.button({ text: 'Show them beside each other', classes: 'govuk-button--secondary' })}
      </form>
      ${
        other !== null &&
        html`${table('The records of the other person', other.mentions)}
          <form method="post" action="/linkage/persons/${personId}/merge" novalidate>
            ${csrfField(csrf)} <input type="hidden" name="judgement" value="${judgement}" />
            <input type="hidden" name="with" value="${other.id}" />
            <p class="govuk-body" id="answer">
              All these records become one person, at once. No fact of one record is copied to another, and it can be
              taken back.
            </p>
            ${why(model, 'What shows that they are one person.')}
            ${govuk.button({ text: 'Join them', preventDoubleClick: true })}
          </form>`
      }`,
  }
}

export interface WithdrawModel extends FormModel {
  readonly said: Judgement
  readonly a: Mention
  readonly b: Mention
}

/** Takes back what somebody said. */
export function withdrawPage(model: WithdrawModel): Page {
  const { said, a, b, csrf, problems } = model
  return {
    title: 'Take back what was said',
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Take back what was said</h1>
      <p class="govuk-body">
        On ${formatInstant(said.at)} ${said.by} said of ${nameOf(a)} and ${nameOf(b)}:
        <strong
          >${said.answer === 'same' ? 'one person' : said.answer === 'different' ? 'different people' : 'cannot say'}</strong
        >. ${said.reason !== '' && html`Why: ${said.reason}`}
      </p>
      <p class="govuk-body">
        What it moved returns to whom it was taken from, where nobody has moved it since. Both that it was said and that
        it was taken back are kept.
      </p>
      <form method="post" action="/linkage/judgements/${said.id}/withdraw" novalidate>
        ${csrfField(csrf)}
        <input type="hidden" name="a" value="${a.id}" />
        ${why(model, 'What has shown that it was wrong.')}
        ${govuk.button({ text: 'Take it back', preventDoubleClick: true })}
      </form>`,
  }
}
