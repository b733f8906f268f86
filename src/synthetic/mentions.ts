import { type Arrest, type Channel, channelNames } from './arrests.ts'
import { isoDay } from './calendar.ts'
import { phoneNumber } from './homes.ts'
import { noiseWriter } from './noise.ts'
import { type Person, homeOn } from './people.ts'
import { type Random, evenly } from './random.ts'
import type { Reference } from './reference.ts'

/** A person as one record writes them. Empty is not known. */
export interface Mention {
  readonly forenames: string
  readonly surname: string
  readonly knownAs: string
  /** `YYYY-MM-DD` or empty. */
  readonly dob: string
  readonly sex: string
  readonly ethnicity: string
  readonly language: string
  readonly address: string
  readonly postcode: string
  readonly phone: string
}

/** On what, when and as whom somebody is mentioned. */
export interface Occasion {
  readonly person: Person
  /** Whoever else is on the record: their details are sometimes taken by mistake. */
  readonly other: Person
  readonly role: 'victim' | 'suspect' | 'child' | 'witness'
  readonly channel: Channel | 'dvds'
  /** Minute. */
  readonly at: number
  /** A suspect's arrest in this matter. */
  readonly arrest?: Arrest | undefined
}

/** Writes mentions with the noise of their channel. */
export type MentionWriter = (occasion: Occasion) => Mention

const nobody: Mention = {
  forenames: '',
  surname: '',
  knownAs: '',
  dob: '',
  sex: 'U',
  ethnicity: 'NS',
  language: '',
  address: '',
  postcode: '',
  phone: '',
}

/** A suspect of whom only the sex was seen. */
export function unknownPerson(person: Person): Mention {
  return { ...nobody, sex: person.sex }
}

/** Prepares the writing of mentions. */
export function mentionWriter(random: Random, reference: Reference): MentionWriter {
  const { parameters } = reference
  const write = noiseWriter(random, reference)
  const named = new Map(parameters.shares('noise.channel_factor'))
  const mean = parameters
    .shares('noise.channel_share')
    .reduce((sum, [name, share]) => sum + share * (named.get(name) ?? 1), 0)
  const factorOf = (channel: Occasion['channel']): number =>
    (named.get(channel === 'dvds' ? 'Clare’s Law application' : channelNames[channel]) ?? 1) / mean
  const crimes = 1 - parameters.number('scale.noncrime_share_of_all_da_records')
  // Whoever is in custody has been identified: what suspects lack is lacking in the others, at the rate that makes the mean.
  const atLarge =
    1 - (crimes * parameters.number('justice.arrests_per_100_offences')) / 100 /
      (1 - parameters.number('suspects.not_identified_or_unnamed')) // prettier-ignore
  const rates = {
    noDob: parameters.number('suspects.name_only_no_dob') / atLarge,
    noAddress: parameters.number('suspects.suspect_address_missing'),
    noEthnicity: parameters.number('people.ethnicity_not_recorded'),
    noPhone: parameters.number('noise.phone_missing'),
    phoneChange: parameters.number('noise.phone_changed_per_year'),
    postcode: parameters.number('noise.postcode_differs'),
    sharedPhone: parameters.number('noise.hard_cases.two people sharing a phone'),
  }
  // Rare enough that luck would show.
  const isNickname = evenly(random, parameters.number('suspects.nickname_or_alias_only') / atLarge)
  const rarely = (path: string): Record<Occasion['role'], () => boolean> => {
    const of = (): (() => boolean) => evenly(random, parameters.number(path))
    return { victim: of(), suspect: of(), child: of(), witness: of() }
  }
  const isSexWrong = rarely('noise.sex_wrong')
  const isSexUnknown = rarely('people.victim_sex_not_recorded')

  const addressOf = (person: Person, day: number, factor: number, suspect: boolean): readonly [string, string] => {
    if (suspect && random.chance(rates.noAddress)) return ['', '']
    if (person.noFixedAddress) return ['No fixed address', '']
    if (person.addressWithheld) return ['Address withheld', '']
    const home = homeOn(person, day)
    if (!random.chance(Math.min(0.95, rates.postcode * factor))) return [home.address, home.postcode]
    const at = random.next()
    if (at < 0.4) return [!suspect && random.chance(0.5) ? '' : home.address, '']
    const other = home === person.home ? person.earlierHome : person.home
    if (at < 0.75) return [other.address, other.postcode]
    // One digit of the second half mistyped: still nobody's postcode.
    const digit = home.postcode.length - 3
    const typed = (Number(home.postcode.charAt(digit)) + random.between(1, 9)) % 10
    return [home.address, `${home.postcode.slice(0, digit)}${typed}${home.postcode.slice(digit + 1)}`]
  }

  return ({ person, other, role, channel, at, arrest }) => {
    const suspect = role === 'suspect'
    const factor = factorOf(channel)
    const day = Math.floor(at / 1440)
    let { forenames, surname, dob } = write(person, {
      factor,
      heard: channel === 'call_999',
      day,
      otherBorn: other.born,
    })
    // An alias is used the first time, and most times after.
    const aliased = person.alias !== '' && suspect && (person.nominals.length === 0 || random.chance(0.7))
    let knownAs = aliased ? person.alias : ''
    let sex: string = isSexWrong[role]() ? (person.sex === 'M' ? 'F' : 'M') : person.sex
    if (isSexUnknown[role]()) sex = 'U'
    if (suspect && arrest === undefined) {
      if (random.chance(rates.noDob)) dob = ''
      if (isNickname()) {
        knownAs = person.alias === '' ? forenames : person.alias
        forenames = ''
        surname = ''
        dob = ''
      }
    }
    if (arrest?.falseDetails !== undefined) {
      const told = arrest.falseDetails
      forenames = told.forename
      surname = told.surname
      dob = isoDay(told.born)
    }
    const [address, postcode] = addressOf(person, day, factor, suspect)
    // A new number every four years or so: the year of each person's change differs.
    const owner = random.chance(rates.sharedPhone) ? other : person
    const year = Math.floor(at / 525960)
    const key = owner.phoneKey + 7919 * Math.floor(year * rates.phoneChange + (owner.phoneKey % 97) / 97)
    return {
      forenames,
      surname,
      knownAs,
      dob,
      sex,
      ethnicity: random.chance(rates.noEthnicity) ? 'NS' : person.ethnicity,
      language: random.chance(0.8) ? person.language : '',
      address,
      postcode,
      phone: role === 'child' || random.chance(rates.noPhone) ? '' : phoneNumber(key, random.below(4)),
    }
  }
}
