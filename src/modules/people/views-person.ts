import { formatDay, formatInstant, type Temporal } from '#platform/clock'
import {
  csrfField,
  dataTable,
  egoNetwork,
  errorSummaryFor,
  govuk,
  html,
  type Html,
  type Page,
  type Part,
  type Problem,
  problemFor,
} from '#platform/views'
import { type CoMention, type Look, type Mention, MOST_LOOKS, MOST_MENTIONS, type OpenedPerson } from './store.ts'
import { bcuWords, dobWords, records, roleWord, roleWords, sexWord, writtenName } from './words.ts'

export interface PersonModel {
  readonly opened: OpenedPerson
  /** What is dangerous or live now, from other modules. */
  readonly urgent: readonly Html[]
  /** What else other modules say. */
  readonly panels: readonly Html[]
  readonly bcus: ReadonlyMap<number, string>
  readonly now: Temporal.Instant
  readonly csrf: string
  readonly mayDeclareConflict: boolean
  readonly problems: readonly Problem[]
  /** What was typed as the reason of a conflict. */
  readonly conflict: string
}

/** One person: who this is, what is dangerous now, and why the records are held to be theirs. */
export function personPage(model: PersonModel): Page {
  const { opened, urgent, panels, problems } = model
  const { person, mentions, others, looks } = opened
  const name = person.name || 'No name'
  return {
    title: name,
    wide: true,
    inError: problems.length > 0,
    body: html`${errorSummaryFor(problems)}
      <h1 class="govuk-heading-l">${name}</h1>
      ${bothRoles(opened)} ${whoThisIs(model)} ${urgent}
      ${mentions.length > 0 && html`${whyOne(mentions)} ${addresses(mentions)} ${network(name, others)}`} ${panels}
      ${whoLooked(looks)} ${model.mayDeclareConflict && conflictForm(model)}`,
  }
}

/** Somebody who is both is met as a victim first: the line says so before anything else. */
function bothRoles({ person, mentions }: OpenedPerson): Html | false {
  if (!person.roles.includes('victim') || !person.roles.includes('suspect')) return false
  const times = (role: string): string => {
    const count = new Set(mentions.filter((mention) => mention.role === role).map((mention) => mention.recordId)).size
    return count === 0 ? '' : ` (${records(count)})`
  }
  return govuk.warningText({
    text: `Recorded as victim${times('victim')} and as suspect${times('suspect')}. Consider who the primary aggressor is before you act on either.`,
    iconFallbackText: 'Warning',
  })
}

function whoThisIs({ opened, bcus, now }: PersonModel): Html {
  const { person, mentions } = opened
  const otherNames = different(mentions.flatMap((mention) => [writtenName(mention), mention.knownAs ?? ''])).filter(
    (written) => written !== person.name && written !== 'No name written',
  )
  const otherDobs = different(
    mentions.flatMap(({ dob }) => (dob === null || dob.toString() === person.dob?.toString() ? [] : [formatDay(dob)])),
  )
  const row = (key: string, value: string) => ({ key: { text: key }, value: { text: value } })
  return govuk.summaryList({
    classes: 'govuk-summary-list--no-border',
    rows: [
      row('Date of birth (age)', dobWords(person.dob, now)),
      row('Sex', sexWord(person.sex)),
      row('Recorded as', `${roleWords(person.roles)}, in ${records(person.incidents)}`),
      row('Known to', bcuWords(person.reach, bcus)),
      otherNames.length > 0 && row('Names also written', otherNames.join('; ')),
      otherDobs.length > 0 && row('Dates of birth also written', otherDobs.join('; ')),
    ],
  })
}

const different = (texts: readonly string[]): string[] => [...new Set(texts.filter((text) => text !== ''))]

function whyOne(mentions: readonly Mention[]): Html {
  return html`<h2 class="govuk-heading-m">Why we think these records are one person</h2>
    ${mentions.length >= MOST_MENTIONS && html`<p class="govuk-body">The newest ${MOST_MENTIONS} are shown.</p>`}
    ${dataTable({
      caption: 'Each record as it was written, and who or what said that it is this person',
      head: [
        'Record',
        'Role',
        'Name as written',
        'Date of birth',
        'Postcode',
        'Taken in',
        'Said to be this person by',
      ].map((text) => ({
        key: text,
        text,
      })),
      rows: mentions.map((mention) => [
        recordWords(mention),
        roleWord(mention.role),
        writtenName(mention) + (mention.knownAs ? `, known as ${mention.knownAs}` : ''),
        mention.dob === null ? '' : formatDay(mention.dob),
        mention.postcode,
        formatInstant(mention.recordedAt),
        decisionWords(mention),
      ]),
    })}`
}

const recordWords = ({ source, ref }: Mention): string => `${source} ${ref ?? ''}`.trim()

function decisionWords(mention: Mention): string {
  const by = mention.model === null ? 'A member of staff' : `Model ${mention.model}`
  const weight = mention.weight === null ? '' : `, weight ${mention.weight.toFixed(1)}`
  const reason = mention.decisionReason === '' ? '' : `: ${mention.decisionReason}`
  return `${by}${weight}, ${formatInstant(mention.decidedAt)}${reason}`
}

/** Every address and number with the records that wrote it, newest first: they are where somebody was said to be. */
function addresses(mentions: readonly Mention[]): Html {
  const places = groups(mentions, (mention) => [mention.address, mention.postcode].filter(Boolean).join(', '))
  const numbers = groups(mentions, (mention) => mention.phone ?? '')
  const row =
    (kind: string) =>
    ([what, by]: readonly [string, readonly Mention[]]): Part[] => {
      const times = by.map((mention) => mention.recordedAt.epochMilliseconds)
      const at = (time: number) => by.find((mention) => mention.recordedAt.epochMilliseconds === time)?.recordedAt
      const [first, last] = [at(Math.min(...times)), at(Math.max(...times))]
      return [
        kind,
        what,
        first && formatInstant(first),
        last && formatInstant(last),
        different(by.map(recordWords)).join('; '),
      ]
    }
  const rows = [...places.map(row('Address')), ...numbers.map(row('Telephone'))]
  if (rows.length === 0) return html``
  return html`<h2 class="govuk-heading-m">Addresses and telephones over time</h2>
    ${dataTable({
      caption: 'As records wrote them; not checked since',
      head: ['What', 'As written', 'First taken in', 'Last taken in', 'Records'].map((text) => ({ key: text, text })),
      rows,
    })}`
}

function groups(mentions: readonly Mention[], by: (mention: Mention) => string): [string, Mention[]][] {
  return [...Map.groupBy(mentions, by)].filter(([what]) => what !== '')
}

function network(centre: string, others: readonly CoMention[]): Html {
  const people = [...Map.groupBy(others, (other) => other.personId).values()].toSorted((a, b) => b.length - a.length)
  if (people.length === 0) return html``
  return html`<h2 class="govuk-heading-m">Who else is on these records</h2>
    ${egoNetwork({
      title: `People recorded with ${centre}`,
      description: `${people.length === 1 ? 'One person is' : `${people.length} people are`} on the same records, each with their role there.`,
      centre,
      others: people.flatMap((mentionsOfOne) => {
        const [newest] = mentionsOfOne
        if (newest === undefined) return []
        const said = different(mentionsOfOne.map((mention) => mention.relationship ?? ''))
        const tie = [
          roleWords(different(mentionsOfOne.map((mention) => mention.role))),
          ...said,
          records(new Set(mentionsOfOne.map((mention) => mention.recordId)).size),
        ]
        return [
          {
            label: newest.name || 'No name written',
            tie: tie.join(', '),
            ...(newest.visible && { href: `/people/${newest.personId}` }),
          },
        ]
      }),
    })}`
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
  return govuk.details({
    summaryText: 'Who has looked',
    html: dataTable({
      caption: `The newest ${MOST_LOOKS} times that this record was opened or changed`,
      head: ['When', 'Who', 'Where', 'What', 'For what'].map((text) => ({ key: text, text })),
      rows: looks.map((look) => [
        formatInstant(look.at),
        look.who,
        look.organisation,
        ACTS[look.action] ?? look.action,
        look.reason === '' ? look.purpose : `${look.purpose}: ${look.reason}`,
      ]),
    }),
  })
}

function conflictForm({ opened, csrf, problems, conflict }: PersonModel): Html {
  return govuk.details({
    summaryText: 'I have a conflict of interest with this person',
    open: problems.length > 0,
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
