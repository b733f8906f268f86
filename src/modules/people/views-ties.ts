import { type Temporal, londonDay } from '#platform/clock'
import { csrfField, dataTable, egoNetwork, html, type Html, join } from '#platform/views'
import { type Companion, type Contact, contacts, type Tie, ties } from './facts.ts'
import { type PersonModel, whenOf } from './person-model.ts'
import { ageOn, records, spanWords } from './words.ts'

/** Those on the same records who are no children: a picture of those one may open, and beside it a table of all. */
export function relationships(model: PersonModel): Html | null {
  const all = tiesOf(model)
  const adults = all.filter((tie) => !isChild(tie))
  if (adults.length === 0) return null
  const name = model.opened.person.name || 'No name'
  const drawn = all.filter(({ visible }) => visible)
  const table = {
    cards: true,
    rowHeader: true,
    head: ['Person', 'To this person', 'On the records as', 'Records', spanHead(model)].map((text) => ({
      key: text,
      text,
      numeric: text === 'Records',
    })),
    rows: adults.map((tie) => [
      companion(tie, model),
      tie.relationships.join(', ') || 'Not written',
      tie.roles.join(', '),
      tie.records,
      spanWords(tie.first, tie.last),
    ]),
  }
  return html`${closedWords(all.filter(({ visible }) => !visible).length)}
  ${
    drawn.length === 0
      ? dataTable({ caption: `People recorded with ${name}`, captionHidden: true, ...table })
      : egoNetwork({
          title: `People recorded with ${name}`,
          description: `${drawn.length === 1 ? 'One person whom you may open is' : `${drawn.length} people whom you may open are`} on the same records, each with what they are to ${name}.`,
          centre: name,
          others: drawn.map((tie) => ({
            label: tie.name || 'No name written',
            tie: [tie.relationships[0] ?? tie.roles[0] ?? '', records(tie.records)].filter(Boolean).join(', '),
            href: `/people/${tie.personId}`,
          })),
          beside: table,
        })
  }`
}

/** The children on the same records, with their ages and when they were last on one. */
export function children(model: PersonModel): Html | null {
  const found = tiesOf(model).filter(isChild)
  if (found.length === 0) return null
  return dataTable({
    caption: 'Children on the same records',
    captionHidden: true,
    cards: true,
    rowHeader: true,
    head: ['Child', 'Age', 'Records', spanHead(model)].map((text) => ({
      key: text,
      text,
      numeric: text === 'Records',
    })),
    rows: found.map((tie) => [
      companion(tie, model),
      tie.dob === null ? 'Not known' : ageWords(tie.dob, model.now),
      tie.records,
      spanWords(tie.first, tie.last),
    ]),
  })
}

/** Every address and number with who else the same records hold there: they are where somebody was said to be. */
export function addresses(model: PersonModel): Html | null {
  const found = contacts(model.opened, whenOf(model))
  const apart = model.opened.mentions.filter(({ protectedPlace }) => protectedPlace).length
  if (found.length + apart === 0) return null
  const words =
    apart > 0 &&
    html`<p class="govuk-body">
      <strong>An address is protected.</strong> What ${apart === 1 ? 'one record says' : `${apart} records say`} of
      where they live and of their telephone is not shown.
    </p>`
  if (found.length === 0) return html`${words}`
  return html`${words}${dataTable({
    caption: 'As records wrote them, the latest first; not checked since',
    cards: true,
    head: ['What', 'As written', spanHead(model), 'Records', 'Also recorded there'].map((text) => ({
      key: text,
      text,
      numeric: text === 'Records',
    })),
    rows: found.map((contact) => [
      contact.kind,
      writings(contact),
      spanWords(contact.first, contact.last),
      contact.records,
      whoElse(contact, model),
    ]),
  })}`
}

const tiesOf = (model: PersonModel): Tie[] => ties(model.opened, whenOf(model))
const isChild = ({ roles }: Tie): boolean => roles.includes('Child')
const spanHead = ({ facts }: PersonModel): string =>
  facts === null ? 'First and last taken in' : 'First and last reported'

function ageWords(dob: Temporal.PlainDate, now: Temporal.Instant): string {
  const age = ageOn(dob, londonDay(now))
  return age < 18 ? String(age) : `${age}, an adult now`
}

const closedWords = (count: number): Html | false =>
  count > 0 &&
  html`<p class="govuk-body">
    ${count === 1 ? 'One person on these records is' : `${count} people on these records are`} not drawn: you may open
    ${count === 1 ? 'them' : 'each'} with a reason only.
  </p>`

/** A person by name: a link where one may open them, and where one may only with a reason, the page that asks for it. */
function companion({ personId, name, visible }: Companion, { mayClaim }: PersonModel): Html {
  const words = name || 'No name written'
  if (visible) return html`<a class="govuk-link" href="/people/${personId}">${words}</a>`
  return html`${words}${
    mayClaim &&
    html`<br /><a class="govuk-link" href="/people/${personId}/claim"
        >Open with a reason<span class="govuk-visually-hidden">: ${words}</span></a
      >`
  }`
}

function writings({ words, also }: Contact): Html {
  return html`${words}${
    also.length > 0 &&
    html`<br /><span class="dauntless-quiet"
        >also written ${also.slice(0, 4).join('; ')}${also.length > 4 && '; …'}</span
      >`
  }`
}

function whoElse(contact: Contact, model: PersonModel): Html {
  return join(
    [
      ...contact.with.map((one) => companion(one, model)),
      contact.search !== null &&
        html`<form method="post" action="/people/search">
          ${csrfField(model.csrf)}<input type="hidden" name="q" value="${contact.search}" />
          <button type="submit" class="dauntless-link-button">
            Find everybody at this address<span class="govuk-visually-hidden">: ${contact.words}</span>
          </button>
        </form>`,
    ],
    html`<br />`,
  )
}
