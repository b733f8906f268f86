import { formatInstant } from '#platform/clock'
import { html, join, type Html } from '#platform/views'
import type { Party } from './store.ts'

export const KIND = { crime: 'Crime', non_crime: 'Not a crime' } as const

const spaced = (code: string): string => code.replaceAll('_', ' ')
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** A count with its noun. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`

const FLAGS: Readonly<Record<string, string>> = { hba: 'honour-based abuse' }
export const flagWord = (flag: string): string => FLAGS[flag] ?? spaced(flag)

/** What a victim is to a suspect, as a record says it. */
export const relationWord = (code: string): string => spaced(code).toLowerCase()

const PLACES: Readonly<Record<string, string>> = {
  victim_home: "the victim's home",
  suspect_home: "the suspect's home",
}
export const placeWord = (place: string): string => capital(PLACES[place] ?? spaced(place))

/** What a status means for counting, when it is not the ordinary one. */
export const statusNote = (status: string): string | false =>
  status === 'recorded'
    ? false
    : status === 'transferred'
      ? 'Transferred'
      : `${capital(spaced(status))}: left out of scores`

/** Who is on a record and as what; a link to everybody who is known as a person, but not to the one whose page it is. */
export function partyList(parties: readonly Party[], self?: string): Html {
  return join(
    parties.map(({ personId, role, name, relationship, arrestedAt, custodyRef }) => {
      const who =
        personId !== null && personId !== self
          ? html`<a class="govuk-link" href="/people/${personId}">${name}</a>`
          : html`<strong>${name}</strong>`
      const arrest =
        arrestedAt !== null &&
        `, arrested ${formatInstant(arrestedAt, { short: true })}${custodyRef === null ? '' : ` (custody ${custodyRef})`}`
      return html`${capital(role)}: ${who}${relationship && `, ${relationWord(relationship)}`}<span
          class="dauntless-quiet"
          >${arrest}</span
        >`
    }),
    html`<br />`,
  )
}
