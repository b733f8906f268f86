import { openSync, closeSync, writeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { drawForename, drawSurname } from '../src/synthetic/names.ts'
import { one, pick, pickOne, randomFrom, weighted, type Random } from '../src/synthetic/random.ts'
import { readReference } from '../src/synthetic/reference.ts'

// Mentions of invented people as several sources write them: other forms and spellings of a name, slips, names swapped or changed,
// dates of birth missing or wrong, moves, households that share a surname, a postcode and a telephone, twins, fathers and sons of one
// name. The shares are assumptions in the range of what /docs and the linkage literature report; they make work, they prove nothing.

const NAMES = join(import.meta.dirname, '../data/names')

/** Letters that every engine counts alike: what is compared here is speed and arithmetic, not encodings. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[^A-Za-z' -]/g, '')
    .toLowerCase()
    .trim()

function table(file: string, from: string, to: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const row of parse<Record<string, string>>(readFileSync(join(NAMES, file)), { columns: true, bom: true })) {
    const [name, other] = [plain(row[from] ?? ''), plain(row[to] ?? '')]
    if (name === '' || other === '') continue
    found.set(name, [...(found.get(name) ?? []), other])
  }
  return found
}

interface Person {
  readonly id: number
  readonly forename: string
  readonly middle: string
  readonly surname: string
  readonly otherSurname: string
  readonly dob: string
  readonly sex: string
  readonly postcodes: readonly string[]
  readonly phones: readonly string[]
  readonly mentions: number
}

export const MENTION_HEADER = 'unique_id,cluster,first_name,middle_name,surname,dob,sex,postcode,phone'

const LETTERS = 'abdefghjlnpqrstuwxyz'
const two = (n: number): string => String(n).padStart(2, '0')

function slip(random: Random, word: string): string {
  if (word.length < 3) return word
  const at = random.between(1, word.length - 1)
  switch (random.below(4)) {
    case 0:
      return at < word.length - 1 ? word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2) : word
    case 1:
      return word.slice(0, at) + word.slice(at + 1)
    case 2:
      return word.slice(0, at) + pickOne(random, ['a', 'e', 'i', 'o', 'u', word[at] ?? 'a']) + word.slice(at)
    default:
      return word.slice(0, at) + LETTERS[random.below(LETTERS.length)] + word.slice(at + 1)
  }
}

const dateOf = (random: Random, from: number, to: number): string => {
  const month = random.between(1, 12)
  return `${random.between(from, to)}-${two(month)}-${two(random.between(1, month === 2 ? 28 : [4, 6, 9, 11].includes(month) ? 30 : 31))}`
}

/** Writes so many mentions as CSV, the same for the same number. @returns how many people they are of */
export function writeMentions(file: string, count: number): { readonly people: number } {
  const random = randomFrom(20_261_123)
  const { boroughs, names } = readReference()
  const places = weighted(boroughs.map((borough) => [borough, borough.offencesPerYear]))
  const nicknames = table('nicknames.csv', 'name', 'nickname')
  const spellings = table('transliteration-variants.csv', 'canonical', 'variant')
  const forename = (group: string, sex: 'm' | 'f', year: number): string =>
    plain(drawForename(random, names, group, sex === 'm' ? 'M' : 'F', year)) || 'lee'
  const surname = (group: string): string => plain(drawSurname(random, names, group)) || 'lee'
  const area = Array.from(
    { length: 120 },
    (_, at) => `${['e', 'n', 'nw', 'se', 'sw', 'w'][at % 6]}${1 + Math.floor(at / 6)}`,
  )
  const postcodes = Array.from(
    { length: Math.max(500, Math.round(count * 0.13)) },
    () => `${pickOne(random, area)} ${random.between(1, 9)}${LETTERS[random.below(20)]}${LETTERS[random.below(20)]}`,
  )
  const phone = (): string => `07${String(random.below(1_000_000_000)).padStart(9, '0')}`
  const some = (): number => {
    const u = random.below(1000)
    if (u < 480) return 1
    if (u < 680) return 2
    if (u < 800) return 3
    if (u < 870) return 4
    return Math.min(24, 4 + Math.floor(-Math.log((random.below(999_999) + 1) / 1_000_000) * 4.2))
  }
  const people: Person[] = []
  let total = 0
  const add = (sex: 'm' | 'f', group: string, given: Partial<Person> = {}): Person => {
    const dob = given.dob ?? dateOf(random, 1945, 2007)
    const year = Number(dob.slice(0, 4))
    const own: Person = {
      id: people.length,
      forename: given.forename ?? forename(group, sex, year),
      middle: random.chance(0.45) ? forename(group, sex, year) : '',
      surname: given.surname ?? surname(group),
      otherSurname: sex === 'f' && random.chance(0.09) ? surname(group) : '',
      dob,
      sex,
      postcodes: [
        given.postcodes?.[0] ?? pickOne(random, postcodes),
        ...Array.from({ length: random.chance(0.45) ? random.between(1, 3) : 0 }, () => pickOne(random, postcodes)),
      ],
      phones: [
        given.phones?.[0] ?? phone(),
        ...Array.from({ length: random.chance(0.4) ? random.between(1, 2) : 0 }, phone),
      ],
      mentions: some(),
    }
    people.push(own)
    total += own.mentions
    return own
  }
  while (total < count) {
    const sex = random.chance(0.5) ? 'm' : 'f'
    const borough = pick(random, places)
    const ethnicity = pick(random, borough.ethnicities)
    const group = pick(random, one(borough.groups.get(ethnicity), 'the name groups of an ethnicity'))
    const person = add(sex, group)
    if (total >= count || !random.chance(0.28)) continue
    const other = random.chance(0.35) ? sex : sex === 'm' ? 'f' : 'm'
    const u = random.below(100)
    add(other, group, {
      surname: person.surname,
      postcodes: person.postcodes,
      ...(random.chance(0.3) && { phones: person.phones }),
      ...(u < 4 && { dob: person.dob }),
      ...(u >= 4 && u < 9 && sex === 'm' && other === 'm' && { forename: person.forename }),
    })
  }
  const order = new Int32Array(count)
  let at = 0
  for (const person of people) for (let n = 0; n < person.mentions && at < count; n++) order[at++] = person.id
  for (let n = count - 1; n > 0; n--) {
    const other = random.below(n + 1)
    const held = order[n] ?? 0
    order[n] = order[other] ?? 0
    order[other] = held
  }
  const out = openSync(file, 'w')
  let lines = `${MENTION_HEADER}\n`
  const written = new Set<number>()
  for (let n = 0; n < count; n++) {
    const person = people[order[n] ?? 0]
    if (person === undefined) continue
    written.add(person.id)
    lines += `m${String(n).padStart(8, '0')},${person.id},${mention(random, person, nicknames, spellings)}\n`
    if (lines.length < 1 << 20) continue
    writeSync(out, lines)
    lines = ''
  }
  writeSync(out, lines)
  closeSync(out)
  return { people: written.size }
}

function mention(
  random: Random,
  person: Person,
  nicknames: ReadonlyMap<string, readonly string[]>,
  spellings: ReadonlyMap<string, readonly string[]>,
): string {
  let { forename, middle, surname, dob, sex } = person
  if (person.otherSurname !== '' && random.chance(0.5)) surname = person.otherSurname
  const form = (of: ReadonlyMap<string, readonly string[]>, name: string, share: number): string => {
    const others = of.get(name)
    return others !== undefined && random.chance(share) ? pickOne(random, others) : name
  }
  forename = form(spellings, form(nicknames, forename, 0.05), 0.25)
  surname = form(spellings, surname, 0.18)
  if (random.chance(0.06)) forename = slip(random, forename)
  if (random.chance(0.07)) surname = slip(random, surname)
  if (random.chance(0.012)) [forename, surname] = [surname, forename]
  if (middle !== '' && random.chance(0.03)) forename = middle
  if (random.chance(0.02)) forename = forename.slice(0, 1)
  if (random.chance(0.01)) forename = ''
  if (random.chance(0.006)) surname = ''
  if (random.chance(0.45)) middle = ''
  if (random.chance(0.13)) dob = ''
  else if (random.chance(0.012) && Number(dob.slice(8)) <= 12)
    dob = `${dob.slice(0, 4)}-${dob.slice(8)}-${dob.slice(5, 7)}`
  else if (random.chance(0.03)) {
    const place = pickOne(random, [3, 6, 9])
    dob = dob.slice(0, place) + String(random.below(10)) + dob.slice(place + 1)
  } else if (random.chance(0.015)) dob = `${dob.slice(0, 4)}-01-01`
  let postcode = pickOne(random, person.postcodes)
  if (random.chance(0.2)) postcode = ''
  else if (random.chance(0.02)) postcode = slip(random, postcode)
  let phone = pickOne(random, person.phones)
  if (random.chance(0.48)) phone = ''
  if (random.chance(0.04)) sex = ''
  return [forename, middle, surname, dob, sex, postcode, phone].join(',')
}
