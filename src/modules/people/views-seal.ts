import {
  csrfField,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  type Page,
  problemFor,
  type Problem,
} from '#platform/views'
import { confirmation, SHORTEST_REASON } from './views.ts'

interface SealForm {
  readonly csrf: string
  readonly reason: string
  readonly problems: readonly Problem[]
}

const reasonField = ({ reason, problems }: SealForm, label: string): Html =>
  govuk.textarea({
    id: 'reason',
    name: 'reason',
    rows: 2,
    value: reason,
    label: { text: label },
    hint: {
      text: `At least ${SHORTEST_REASON} letters. It is logged, and those who are named for the person read it.`,
    },
    errorMessage: problemFor(problems, 'reason'),
  })

/** Seals somebody, by the address of their page. The same page whoever is there. */
export function sealPage(model: SealForm & { readonly person: string }): Page {
  const { csrf, person, problems } = model
  return {
    title: 'Seal a person',
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: 'Find a person', href: '/people' })} ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Seal a person</h1>
      <p class="govuk-body">
        For somebody whose record must be kept from colleagues: a member of staff, a witness, somebody at risk from
        within. From then on professional standards alone see this person and every record about them; you then name who
        else must. To all others they are not there, and neither is what was known of others through them.
      </p>
      <form method="post" action="/people/seal" novalidate>
        ${csrfField(csrf)}
        ${govuk.input({
          id: 'person',
          name: 'person',
          value: person,
          label: { text: 'The address of the person’s page' },
          hint: { text: 'As whoever works with them sees it: …/people/ and a long number.' },
          errorMessage: problemFor(problems, 'person'),
          autocomplete: 'off',
          spellcheck: false,
        })}
        ${reasonField(model, 'Why must they be sealed?')} ${confirmation('confirm', problems)}
        ${govuk.button({ text: 'Seal this person', classes: 'govuk-button--warning', preventDoubleClick: true })}
      </form>`,
  }
}

/** Opens somebody sealed again. */
export function unsealPage(model: SealForm & { readonly personId: string; readonly name: string }): Page {
  const { csrf, personId, problems } = model
  const name = model.name || 'No name'
  return {
    title: 'Unseal a person',
    inError: problems.length > 0,
    body: html`${govuk.backLink({ text: 'Who may see this person', href: `/people/${personId}/readers` })}
      ${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">Unseal ${name}</h1>
      <p class="govuk-body">
        Everybody who works where these records are then sees this person and the records, and can find them. You and
        all who are named see them no longer by their names.
      </p>
      <form method="post" action="/people/${personId}/unseal" novalidate>
        ${csrfField(csrf)} ${reasonField(model, 'Why need they be sealed no longer?')}
        ${confirmation('confirm', problems)}
        ${govuk.button({ text: 'Unseal this person', classes: 'govuk-button--warning', preventDoubleClick: true })}
      </form>`,
  }
}
