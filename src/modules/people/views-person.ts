import { formatDay, formatInstant, londonDay } from '#platform/clock'
import {
  csrfField,
  dataTable,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  join,
  type Page,
  problemFor,
} from '#platform/views'
import { asAtSection } from './views-as-at.ts'
import { contents, sectionOf } from './contents.ts'
import { recordCount, variants } from './facts.ts'
import { type PersonModel, whenOf } from './person-model.ts'
import { type Look, MOST_LOOKS, type OpenedPerson } from './store.ts'
import { identity, whyOne } from './views-identity.ts'
import { addresses, children, relationships } from './views-ties.ts'
import { ageOn, bcuWords, records, roleWords, sexWord } from './words.ts'

/** One person: who this is, what is dangerous now, and why the records are held to be theirs. */
export function personPage(model: PersonModel): Page {
  const { opened, urgent, early, panels, problems } = model
  const name = opened.person.name || 'No name'
  const body = join([
    sectionOf('identity', 'Who this is', identity(model)),
    ...early,
    ...(opened.mentions.length > 0
      ? [
          sectionOf('relationships', 'Relationships', relationships(model)),
          sectionOf('children', 'Children', children(model)),
          sectionOf('addresses', 'Addresses and telephones over time', addresses(model)),
          sectionOf('mentions', 'The records as they were written', whyOne(model)),
        ]
      : []),
    ...panels,
    model.shares,
    sectionOf('believed', 'What we believed on a day', opened.mentions.length === 0 ? null : asAtSection(model)),
    sectionOf('looks', 'Who has looked', opened.looks.length === 0 ? null : whoLooked(opened.looks)),
    model.mayDeclareConflict && conflictForm(model),
  ])
  return {
    title: name,
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">${name}</h1>
      <p class="govuk-body dauntless-lead">${summaryLine(model)}</p>
      ${bothRoles(opened)} ${urgent} ${contents(body)} ${body}`,
  }
}

/** Who this is in one line. */
function summaryLine(model: PersonModel): string {
  const { opened, bcus, now } = model
  const { person, mentions } = opened
  const sex = person.sex === 'M' || person.sex === 'F' ? sexWord(person.sex) : 'Sex not known'
  const born =
    person.dob === null
      ? 'date of birth not known'
      : `aged ${ageOn(person.dob, londonDay(now))}, born ${formatDay(person.dob)}`
  const when = mentions.map(whenOf(model)).toSorted((a, b) => b.epochMilliseconds - a.epochMilliseconds)[0]
  const last =
    when === undefined
      ? ''
      : `, the latest ${model.facts === null ? 'taken in' : 'reported'} ${formatDay(londonDay(when))}`
  const known = bcuWords(person.reach, bcus)
  if (person.incidents === null) return `${sex}, ${born}.`
  return `${sex}, ${born}. ${roleWords(person.roles)} in ${records(person.incidents)}${last}.${known === '' ? '' : ` Known to ${known}.`}`
}

/** Somebody who is both is met as a victim first: the line says so before anything else. */
function bothRoles({ person, mentions }: OpenedPerson): Html | false {
  if (!person.roles.includes('victim') || !person.roles.includes('suspect')) return false
  const times = (role: string): string => {
    const count = recordCount(mentions.filter((mention) => mention.role === role))
    return count === 0 ? '' : ` (${records(count)})`
  }
  return govuk.warningText({
    text: `Recorded as victim${times('victim')} and as suspect${times('suspect')}. Consider who the primary aggressor is before you act on either.`,
    iconFallbackText: 'Warning',
  })
}

const ACTS: Readonly<Record<string, string>> = {
  consult: 'Opened the record',
  claim: 'Opened it with a reason',
  breakglass: 'Broke glass',
  review: 'Reviewed an opening',
  alter: 'Changed something',
  disclose: 'Disclosed',
  export: 'Exported',
  reveal: 'Revealed a contact',
  refuse: 'Was refused',
}

function whoLooked(looks: readonly Look[]): Html {
  const people = variants(looks, ({ who }) => who)
  return html`<p class="govuk-body">
      ${looks.length >= MOST_LOOKS ? `The newest ${MOST_LOOKS} times` : looks.length === 1 ? 'Once' : `${looks.length} times`},
      by ${people.length === 1 ? 'one person' : `${people.length} people`}. Everybody who opens this page is on the
      list.
    </p>
    ${govuk.details({
      summaryText: 'Show who has looked',
      html: dataTable({
        caption: 'The times that this record was opened or changed, newest first',
        cards: true,
        head: ['When', 'Who', 'Where', 'What', 'For what'].map((text) => ({ key: text, text })),
        rows: looks.map((look) => [
          formatInstant(look.at),
          look.who,
          look.organisation,
          ACTS[look.action] ?? look.action,
          look.reason === '' ? look.purpose : `${look.purpose}: ${look.reason}`,
        ]),
      }),
    })}`
}

function conflictForm({ opened, csrf, problems, conflict }: PersonModel): Html {
  return govuk.details({
    summaryText: 'I have a conflict of interest with this person',
    open: problems.some(({ field }) => field === 'conflict'),
    html: html`<form method="post" action="/people/${opened.person.id}/conflict" novalidate>
      ${csrfField(csrf)}
      ${govuk.textarea({
        id: 'conflict',
        name: 'conflict',
        rows: 2,
        value: conflict,
        label: { text: 'What is the conflict?' },
        hint: {
          text: 'Such as a relative, a neighbour, a former partner. From then on this record is closed to you, at once, whatever else you work on.',
        },
        errorMessage: problemFor(problems, 'conflict'),
      })}
      ${govuk.button({ text: 'Declare it and close the record to me', classes: 'govuk-button--warning', preventDoubleClick: true })}
    </form>`,
  })
}
