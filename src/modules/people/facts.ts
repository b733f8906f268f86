// What the mentions of one person say together: pure, in the order that the page shows it.
import { formatDay, type Temporal } from '#platform/clock'
import { addressKey, readAddress } from './address.ts'
import { dobDifference, phoneKey } from './search.ts'
import type { Mention, OpenedPerson } from './store.ts'
import { calledAs, relationshipWord, roleWord, ROLE_ORDER, sexWord, writtenName } from './words.ts'

/** What the module above says of a record: people know a record by its id alone. */
export interface RecordFact {
  /** The record's own reference, as people quote it. */
  readonly ref: string
  readonly reportedAt: Temporal.Instant
  readonly href: string
}

/** When a record was reported, or taken in where that is all that is known. */
export type When = (mention: { readonly recordId: string; readonly recordedAt: Temporal.Instant }) => Temporal.Instant

/** One way of writing something, with the mentions that write it so. */
export interface Variant<T> {
  readonly words: string
  readonly of: readonly T[]
}

/** The ways that mentions write one thing, the commonest first; those that write nothing are left out. */
export function variants<T>(all: readonly T[], words: (one: T) => string): Variant<T>[] {
  const written = all.map((one) => ({ one, words: words(one).trim() })).filter((each) => each.words !== '')
  // capitals are a habit of systems and say nothing: what is written with small letters stands for both
  const groups = Map.groupBy(written, (each) => each.words.toLocaleLowerCase('en-GB'))
  return [...groups.values()]
    .map((group) => ({
      words: (group.find((each) => each.words !== each.words.toUpperCase()) ?? group[0])?.words ?? '',
      of: group.map((each) => each.one),
    }))
    .toSorted((a, b) => b.of.length - a.of.length || a.words.localeCompare(b.words, 'en-GB'))
}

/** How many different records are among these. */
export const recordCount = (of: readonly { readonly recordId: string }[]): number =>
  new Set(of.map(({ recordId }) => recordId)).size

/** Something that the records of one person do not agree about: what the page uses, and what else is written. */
export interface Disagreement {
  readonly what: string
  readonly used: string
  readonly others: readonly { readonly words: string; readonly records: number; readonly note: string | null }[]
}

/** What the mentions do not agree about: names, dates of birth, sex. */
export function disagreements({ person, mentions }: Pick<OpenedPerson, 'person' | 'mentions'>): Disagreement[] {
  const others = (of: readonly Variant<Mention>[], used: string) =>
    of
      .filter(({ words }) => words.toLocaleLowerCase('en-GB') !== used.toLocaleLowerCase('en-GB'))
      .map(({ words, of: who }) => ({ words, records: recordCount(who), note: note(person.dob, who) }))
  const name = writtenVariants(mentions)
  const found: Disagreement[] = [
    { what: 'Name', used: person.name, others: others(name, person.name).map((other) => ({ ...other, note: null })) },
    {
      what: 'Date of birth',
      used: person.dob === null ? '' : formatDay(person.dob),
      others: others(
        variants(mentions, ({ dob }) => (dob === null ? '' : formatDay(dob))),
        person.dob === null ? '' : formatDay(person.dob),
      ),
    },
    {
      what: 'Sex',
      used: sexWord(person.sex),
      others: others(
        variants(mentions, ({ sex }) => (sex === null || sex === 'U' ? '' : sexWord(sex))),
        sexWord(person.sex),
      ).map((other) => ({ ...other, note: null })),
    },
  ]
  return found.filter((each) => each.others.length > 0)
}

const writtenVariants = (mentions: readonly Mention[]): Variant<Mention>[] =>
  variants(mentions, (mention) => (mention.forenames || mention.surname ? writtenName(mention) : ''))

const note = (used: Temporal.PlainDate | null, who: readonly Mention[]): string | null => {
  const theirs = who[0]?.dob ?? null
  return used === null || theirs === null ? null : dobDifference(used, theirs)
}

/** An address or a number with the mentions that write it, and the others whom the same records hold there. */
export interface Contact {
  readonly kind: 'Address' | 'Telephone'
  readonly words: string
  /** The other ways it is written. */
  readonly also: readonly string[]
  readonly first: Temporal.Instant
  readonly last: Temporal.Instant
  readonly records: number
  readonly with: readonly Companion[]
  /** What to search for to find whoever else is recorded there; null when it would find too many or nothing. */
  readonly search: string | null
}
export interface Companion {
  readonly personId: string
  readonly name: string
  readonly visible: boolean
}

const FLAT = /\b(?:flat|apartment|apt|unit|room)\s+(\d{1,4}[a-z]?)\b/i
const placeKey = (address: string): string =>
  `${FLAT.exec(address)?.[1] ?? ''} ${addressKey(address) ?? address.trim()}`

/** Where the records say that the person lived or could be reached, the latest first. */
export function contacts({ mentions, others }: Pick<OpenedPerson, 'mentions' | 'others'>, when: When): Contact[] {
  const sameKey = (key: (written: string) => string, written: (one: Mention) => string | null, mine: string) =>
    companions(others.filter((other) => (written(other) ?? '') !== '' && key(written(other) ?? '') === mine))
  const places = grouped(mentions, (mention) =>
    mention.address ? placeKey(mention.address).toLocaleLowerCase('en-GB') : (mention.postcode ?? ''),
  ).map(([key, of]) => {
    const address = variants(of, (one) => one.address ?? '')[0]?.words ?? ''
    const postcodes = variants(of, (one) => one.postcode ?? '').map(({ words }) => words)
    const whole = [address, postcodes[0]].filter(Boolean).join(', ')
    const house = readAddress(address)?.written
    const spellings = variants(of, (one) => [one.address, one.postcode].filter(Boolean).join(', '))
    return contact('Address', of, when, {
      words: whole,
      also: spellings.map(({ words }) => words).filter((words) => words !== whole),
      with: sameKey(
        (written) => placeKey(written).toLocaleLowerCase('en-GB'),
        (one) => one.address,
        key,
      ),
      search: house === undefined || postcodes[0] === undefined ? null : `${house}, ${postcodes[0]}`,
    })
  })
  const phoneOf = (written: string): string => phoneKey(written) ?? written.trim()
  const numbers = grouped(mentions, (mention) => phoneOf(mention.phone ?? '')).map(([key, of]) => {
    const spellings = variants(of, (one) => one.phone ?? '').map(({ words }) => words)
    return contact('Telephone', of, when, {
      words: spellings[0] ?? key,
      also: spellings.slice(1),
      with: sameKey(phoneOf, (one) => one.phone, key),
      search: null,
    })
  })
  const latestFirst = (a: Contact, b: Contact): number => b.last.epochMilliseconds - a.last.epochMilliseconds
  return [...places.toSorted(latestFirst), ...numbers.toSorted(latestFirst)]
}

function contact(
  kind: Contact['kind'],
  of: readonly Mention[],
  when: When,
  rest: Pick<Contact, 'words' | 'also' | 'with' | 'search'>,
): Contact {
  return { kind, ...span(of, when), records: recordCount(of), ...rest }
}

function grouped(mentions: readonly Mention[], by: (mention: Mention) => string): [string, Mention[]][] {
  return [...Map.groupBy(mentions, by)].filter(([key]) => key !== '')
}

/** When the first and the last of some mentions were. */
function span<T extends Parameters<When>[0]>(
  of: readonly T[],
  when: When,
): { first: Temporal.Instant; last: Temporal.Instant } {
  const times = of.map(when).toSorted((a, b) => a.epochMilliseconds - b.epochMilliseconds)
  const [first] = times
  const last = times.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('no mention has no first and no last')
  return { first, last }
}

function companions(others: readonly Mention[]): Companion[] {
  return [...Map.groupBy(others, (other) => other.personId)].map(([personId, of]) => ({
    personId,
    name: bestName(of),
    visible: of.some(({ visible }) => visible),
  }))
}

/** The commonest way that these write a name, with small letters where any does. */
const bestName = (of: readonly Mention[]): string => variants(of, calledAs)[0]?.words ?? ''

/** Somebody on the same records, and what they are to the person of the page. */
export interface Tie extends Companion {
  /** What either is to the other, as the records say it. */
  readonly relationships: readonly string[]
  /** What they are on the records, victim first. */
  readonly roles: readonly string[]
  readonly dob: Temporal.PlainDate | null
  readonly records: number
  readonly first: Temporal.Instant
  readonly last: Temporal.Instant
}

/** Everybody on the same records, those with the most records first. */
export function ties({ mentions, others }: Pick<OpenedPerson, 'mentions' | 'others'>, when: When): Tie[] {
  const own = Map.groupBy(mentions, (mention) => mention.recordId)
  return [...Map.groupBy(others, (other) => other.personId)]
    .map(([personId, of]): Tie => {
      // the word on a record is what its victim is to its suspect: it says something of these two only where they are those
      const said = of.flatMap((other) =>
        (own.get(other.recordId) ?? []).map((mine) =>
          mine.role === 'suspect' ? other.relationship : other.role === 'suspect' ? mine.relationship : null,
        ),
      )
      return {
        personId,
        name: bestName(of),
        visible: of.some(({ visible }) => visible),
        relationships: variants(said, relationshipWord).map(({ words }) => words),
        roles: [...new Set(of.map(({ role }) => role))]
          .toSorted((a, b) => ROLE_ORDER.indexOf(a) - ROLE_ORDER.indexOf(b))
          .map(roleWord),
        dob: of.find(({ dob }) => dob !== null)?.dob ?? null,
        records: recordCount(of),
        ...span(of, when),
      }
    })
    .toSorted((a, b) => b.records - a.records || b.last.epochMilliseconds - a.last.epochMilliseconds)
}
