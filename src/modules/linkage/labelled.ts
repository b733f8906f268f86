import type { MentionRow } from './engine/index.ts'

/** What a column of a labelled file can hold, and what such columns are called. */
const SYNONYMS = {
  id: 'unique_id id rec_id mention_ref mention_id row_id',
  person: 'cluster cluster_id entity entity_id label person_id person true_person truth ground_truth',
  forenames: 'first_name firstname given_name given_names givenname given forename forenames first',
  middle: 'middle_name middle_names middlename second_name',
  surname: 'surname last_name lastname family_name familyname last',
  name: 'name full_name fullname',
  knownAs: 'known_as alias nickname',
  dob: 'dob date_of_birth dateofbirth birth_date birthdate birth_day born',
  sex: 'sex gender',
  postcode: 'postcode post_code postcode_fake postal_code zip zip_code zipcode',
  phone: 'phone phone_number telephone telephone_number mobile mobile_number tel',
  email: 'email email_address e_mail',
  address: 'address street_number house_number address_1 address_2 address_line_1 address_line_2 street street_address',
  town: 'town city suburb birth_place place locality place_of_birth',
  occupation: 'occupation job profession',
  nominal: 'nominal nominal_ref pnc pnc_id pncid nhs_number soc_sec_id ssn ni_number person_number national_id',
  custody: 'custody custody_ref custody_number custody_id',
  record: 'record record_id record_ref incident incident_id incident_ref crime_ref case_id event_id',
  role: 'role',
  source: 'source source_system source_dataset system dataset',
  nameGroup: 'name_group namegroup ethnic_group ethnicity origin',
  protectedPlace: 'protected protected_address safe_address refuge',
} as const

export type Field = keyof typeof SYNONYMS
export const FIELDS: readonly Field[] = Object.keys(SYNONYMS).filter((field): field is Field =>
  Object.hasOwn(SYNONYMS, field),
)

/** Of each field the columns it is read from; an address may stand in several. */
export type Columns = Readonly<Partial<Record<Field, readonly string[]>>>

const plain = (header: string): string =>
  header
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')

/** Which column holds what, by what it is called, unless `said` says otherwise. */
export function columnsOf(header: readonly string[], said: ReadonlyMap<string, Field> = new Map()): Columns {
  const found: Partial<Record<Field, readonly string[]>> = {}
  for (const field of FIELDS) {
    const asked = header.filter((column) => said.get(column) === field)
    const free = header.filter((column) => !said.has(column))
    const named = SYNONYMS[field].split(' ').flatMap((name) => free.filter((column) => plain(column) === name))
    const columns = asked.length > 0 ? asked : field === 'address' ? named : named.slice(0, 1)
    if (columns.length > 0) found[field] = columns
  }
  return found
}

/** The mentions of a labelled file, and of each the person that it really is. */
export interface Labelled {
  readonly rows: readonly MentionRow[]
  readonly people: ReadonlyMap<string, string>
  readonly nameGroups: ReadonlyMap<string, string>
}

export type TextRow = Readonly<Record<string, string>>

/**
 * Makes mentions of the rows of a file. Rows without an id are numbered.
 * @throws RangeError when no column says who a row really is
 */
export function labelledMentions(rows: readonly TextRow[], columns: Columns): Labelled {
  const has = (field: Field): boolean => columns[field] !== undefined
  const cell = (row: TextRow, field: Field): string =>
    (columns[field] ?? [])
      .map((column) => (row[column] ?? '').trim())
      .filter((text) => text !== '' && !/^(none|null|nan|n\/a)$/i.test(text))
      .join(' ')
  const inferred = !has('person') && rows.every((row) => FEBRL.test(cell(row, 'id')))
  if (!has('person') && !inferred)
    throw new RangeError('no column says who each row is: name it with --map COLUMN=person')
  const order = dateOrder(rows.map((row) => cell(row, 'dob')))
  const people = new Map<string, string>()
  const nameGroups = new Map<string, string>()
  const width = String(rows.length).length
  const mentions = rows.map((row, at): MentionRow => {
    const written = cell(row, 'id')
    // Numbers are filled up, so that the order of ids is the order of the file.
    const id =
      written === '' || people.has(written)
        ? `row ${String(at).padStart(width, '0')}`
        : /^\d+$/.test(written)
          ? written.padStart(width, '0')
          : written
    people.set(id, inferred ? (FEBRL.exec(written)?.[1] ?? '') : cell(row, 'person'))
    nameGroups.set(id, cell(row, 'nameGroup'))
    const whole = has('surname') ? null : splitName(cell(row, 'name'))
    const source = cell(row, 'source')
    const numbered = (number: string): string => (number === '' ? '' : `${source}:${number}`)
    return {
      id,
      forenames: whole?.forenames ?? [cell(row, 'forenames'), cell(row, 'middle')].filter(Boolean).join(' '),
      surname: whole?.surname ?? cell(row, 'surname'),
      knownAs: cell(row, 'knownAs'),
      dob: isoDate(cell(row, 'dob'), order),
      sex: cell(row, 'sex'),
      postcode: cell(row, 'postcode'),
      phone: cell(row, 'phone'),
      email: cell(row, 'email'),
      address: cell(row, 'address'),
      town: cell(row, 'town'),
      occupation: cell(row, 'occupation'),
      // A number that is a person's in every source needs no source before it.
      nominal: /nominal/.test(columns.nominal?.[0] ?? '') ? numbered(cell(row, 'nominal')) : cell(row, 'nominal'),
      custody: numbered(cell(row, 'custody')),
      record: cell(row, 'record'),
      role: cell(row, 'role').toLowerCase(),
      protectedPlace: /^(y|yes|true|1|t)$/i.test(cell(row, 'protectedPlace')) ? 'yes' : '',
    }
  })
  return { rows: mentions, people, nameGroups }
}

/** Ids of the FEBRL sets say whose duplicate they are. */
const FEBRL = /^rec-(\d+)-(?:org|dup-\d+)$/

/** "Ann Mary Lee" and "Lee, Ann Mary". */
function splitName(name: string): { readonly forenames: string; readonly surname: string } {
  const [family, given] = name.split(/\s*,\s*/)
  if (given !== undefined) return { forenames: given, surname: family ?? '' }
  const words = name.split(/\s+/)
  const surname = words.length > 1 ? (words.pop() ?? '') : ''
  return { forenames: words.join(' '), surname }
}

type DateOrder = 'day first' | 'month first'

/** In which order a file writes its dates: one that can only be read one way decides; else the day comes first. */
function dateOrder(dates: readonly string[]): DateOrder {
  const parts = dates.flatMap((date) => {
    const found = SLASHED.exec(date)
    return found === null ? [] : [[Number(found[1]), Number(found[2])]]
  })
  const impossible = (at: number): number => parts.filter((part) => (part[at] ?? 0) > 12).length
  return impossible(1) > impossible(0) ? 'month first' : 'day first'
}

const SLASHED = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})/

function isoDate(date: string, order: DateOrder): string {
  const found = SLASHED.exec(date)
  const two = (text = ''): string => text.padStart(2, '0')
  if (found === null) {
    const years = /^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})/.exec(date)
    return years === null ? date : `${years[1]}-${two(years[2])}-${two(years[3])}`
  }
  const [day, month] = order === 'day first' ? [found[1], found[2]] : [found[2], found[1]]
  return `${found[3]}-${two(month)}-${two(day)}`
}
