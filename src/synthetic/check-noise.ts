import { type Channel, channelNames, channels } from './arrests.ts'
import { civil, dayOfText } from './calendar.ts'
import { isPublicFigure } from './names.ts'
import { givenAwayShare } from './narratives.ts'
import type { Reference } from './reference.ts'
import type { FolderRead, TruePerson, Written } from './seen.ts'
import { type Target, exact, share, tally } from './target.ts'

/** How often what is written differs from the truth. Names, dates and addresses are judged on victims. */
export function noiseTargets(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const victims = read.written.filter(({ role }) => role === 'victim')
  const rate = (name: string, test: (one: Written) => boolean, path: string, of = victims): Target =>
    share(name, of.filter(test).length, of.length, parameters.number(path))
  const withSex = victims.filter(({ sex }) => sex !== 'U')
  const housed = victims.filter(({ id }) => read.people.get(id)?.withheld !== true)
  const true_ = (one: Written): TruePerson => known(read, one.id)
  return [
    rate('forename differs', (one) => forenameDiffers(one, true_(one)), 'noise.forename_differs_within_person'),
    rate('surname differs', (one) => surnameDiffers(one, true_(one)), 'noise.surname_differs_within_person'),
    rate('date of birth missing', ({ dob }) => dob === '', 'noise.dob.missing'),
    rate('date of birth wrong', (one) => dobWrong(one, true_(one)), 'noise.dob.wrong'),
    rate('sex wrong', (one) => one.sex !== true_(one).sex, 'noise.sex_wrong', withSex),
    rate('postcode differs or is missing', (one) => postcodeDiffers(read, one), 'noise.postcode_differs', housed),
    rate('phone missing', ({ phone }) => phone === '', 'noise.phone_missing'),
    rate('ethnicity not recorded', ({ ethnicity }) => ethnicity === 'NS', 'people.ethnicity_not_recorded'),
    ...birthKinds(reference, read, victims),
    ...byChannel(reference, read, victims),
    ...suspects(reference, read),
    ...accounts(read),
    exact('people who bear the names of somebody well known', read.written.filter(isWellKnown).length, 0),
  ]
}

const isWellKnown = ({ forenames, surname }: Written): boolean => isPublicFigure(forenames, surname)

function known({ people }: FolderRead, id: string): TruePerson {
  const person = people.get(id)
  if (person === undefined) throw new RangeError('a mention has no person in the truth')
  return person
}

function forenameDiffers({ forenames }: { readonly forenames: string }, { forename }: TruePerson): boolean {
  const written = forenames.toLowerCase()
  return written !== forename && !written.startsWith(`${forename} `)
}

const surnameDiffers = ({ surname }: Written, truth: TruePerson): boolean => surname.toLowerCase() !== truth.surname
const dobWrong = ({ dob }: Written, truth: TruePerson): boolean => dob !== '' && dob !== truth.dob

// Against where the person lived on the day.
function postcodeDiffers(read: FolderRead, { id, postcode, seen }: Written): boolean {
  const moves = read.changes.get(id)?.filter(({ what, day }) => what === 'home' && seen.day < day)
  const before = moves?.[0]?.before
  return postcode !== (before === undefined ? known(read, id).postcode : before.slice(before.lastIndexOf(', ') + 2))
}

function birthKinds(reference: Reference, read: FolderRead, victims: readonly Written[]): Target[] {
  const wrong = victims.filter((one) => dobWrong(one, known(read, one.id)))
  const kinds = tally(wrong, ({ dob, id, seen }) => {
    const truth = civil(dayOfText(known(read, id).dob))
    const written = civil(dayOfText(dob))
    if (dob === known(read, seen.suspect).dob) return 'sibling or partner date'
    if (written.year === truth.year && written.month === truth.day && written.day === truth.month)
      return 'day and month swapped'
    if (written.year === truth.year && written.day === 1) return '1 January or 1 of month default'
    return written.year === truth.year ? 'one digit typed wrong' : 'year off by 1 or 10'
  })
  return reference.parameters
    .shares('noise.dob.split')
    .map(([kind, target]) => share(`wrong dates of birth: ${kind}`, kinds.get(kind) ?? 0, wrong.length, target))
}

// A channel is so many times as error-prone as the mean of all.
function byChannel(reference: Reference, read: FolderRead, victims: readonly Written[]): Target[] {
  const { parameters } = reference
  const factors = new Map(parameters.shares('noise.channel_factor'))
  const mean = parameters
    .shares('noise.channel_share')
    .reduce((sum, [name, part]) => sum + part * (factors.get(name) ?? 1), 0)
  const whole = parameters.number('noise.forename_differs_within_person')
  const expected = (name: string): number => (whole * (factors.get(name) ?? 1)) / mean
  const of = (channel: Channel): Target => {
    const mine = victims.filter(({ seen }) => seen.channel === channel)
    const different = mine.filter((one) => forenameDiffers(one, known(read, one.id))).length
    const name = channelNames[channel]
    return share(`forename differs on a ${name}`, different, mine.length, expected(name))
  }
  const applicants = read.lists.dvds.map((row) => ({ forenames: row('a_forenames'), id: row('a_mention_ref') }))
  const different = applicants.filter(({ forenames, id }) =>
    forenameDiffers({ forenames }, known(read, read.listOwners.get(id) ?? '')),
  )
  const scheme = 'Clare’s Law application'
  return [
    ...channels.map(of),
    share(`forename differs on a ${scheme}`, different.length, applicants.length, expected(scheme)),
  ]
}

function suspects(reference: Reference, read: FolderRead): Target[] {
  const { parameters } = reference
  const all = read.written.filter(({ role }) => role === 'suspect')
  const named = all.filter(({ seen }) => seen.suspectKnown)
  const people = new Set(all.map(({ id }) => id))
  // A nickname alone is not an alias beside a name.
  const aliased = new Set(
    named.filter(({ knownAs, forenames }) => knownAs !== '' && forenames !== '').map(({ id }) => id),
  )
  const arrests = all.filter(({ seen }) => seen.arrested !== '')
  const lies = arrests.filter(({ ref }) => read.marks.get(ref) === 'false_details')
  const unlike = lies.filter((one) => surnameDiffers(one, known(read, one.id)))
  const missing = parameters.number('noise.dob.missing')
  const noDob = 1 - (1 - missing) * (1 - parameters.number('suspects.name_only_no_dob'))
  const rate = (name: string, count: number, of: number, path: string): Target =>
    share(name, count, of, parameters.number(path))
  return [
    rate('suspect not identified', all.length - named.length, all.length, 'suspects.not_identified_or_unnamed'),
    rate(
      'suspect nickname only',
      named.filter(({ forenames }) => forenames === '').length,
      named.length,
      'suspects.nickname_or_alias_only',
    ),
    rate(
      'suspect without address',
      named.filter(({ address }) => address === '').length,
      named.length,
      'suspects.suspect_address_missing',
    ),
    share(
      'named suspect without date of birth',
      named.filter(({ dob, forenames }) => dob === '' && forenames !== '').length,
      named.length,
      noDob,
    ),
    rate('suspects with an alias on some record', aliased.size, people.size, 'suspects.with_alias_on_some_record'),
    rate('false details at arrest', lies.length, arrests.length, 'suspects.deliberately_false_details_at_arrest'),
    share('of them, those with another surname', unlike.length, lies.length, 1, 0.05),
  ]
}

function accounts({ texts, redactions }: FolderRead): Target[] {
  const absent = redactions.filter((row) => texts.get(row('ref'))?.includes(row('text')) !== true).length
  const listed = tally(redactions, (row) => row('ref'))
  const unlisted = [...texts].filter(
    ([ref, text]) => /\d{4}|was present|Now staying/.test(text) && !listed.has(ref),
  ).length
  const long = [...texts.values()].filter((text) => text.length > 300).length
  return [
    share('accounts with something to redact', redactions.length, texts.size, givenAwayShare),
    exact('things to redact that are not in their account', absent, 0),
    exact('accounts with something to redact that the truth does not list', unlisted, 0),
    exact('accounts longer than 300 characters', long, 0),
  ]
}
