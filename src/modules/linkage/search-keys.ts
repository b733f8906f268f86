import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { searchKeysOf, type NameKeys } from '#modules/people'
import { foldText, nameGroups, nameTokens, soundCode, type NameGroups } from './engine/index.ts'
import { copyInto } from './mentions.ts'

const NAMES = join(import.meta.dirname, '../../../data/names')
const TABLES = {
  nicknames: 'nicknames.csv',
  shortForms: 'short-forms.csv',
  transliterations: 'transliteration-variants.csv',
} as const

/** The name groups of the force: nicknames, short forms and transliterations. */
export function loadNameGroups(): NameGroups {
  const lines = (file: string) => readFileSync(join(NAMES, file), 'utf8').split(/\r?\n/)
  return nameGroups({
    nicknames: lines(TABLES.nicknames),
    shortForms: lines(TABLES.shortForms),
    transliterations: lines(TABLES.transliterations),
  })
}

/** Changes with what `searchKeysOf` and `nameKeys` make of a name. */
const KEY_RULES = '3'

/** Digest of the name tables and rules: keys made with others must be made again. */
export function namesFingerprint(): string {
  const digest = createHash('sha256').update(KEY_RULES)
  for (const file of Object.values(TABLES)) digest.update(readFileSync(join(NAMES, file)))
  return digest.digest('hex')
}

/** Name keys for searching, the same as those that linkage blocks on. */
export function nameKeys(groups: NameGroups): NameKeys {
  return {
    tokens: (text) => [...nameTokens(text)],
    groups: (token) => [...new Set(groups.groupsOf(foldText(token)))],
    sound: (token) => soundCode(foldText(token)) ?? '',
  }
}

const bare = (number: string): string => number.slice(number.indexOf(':') + 1)

/**
 * Writes what each person can be found by, from all of their mentions and the references of their records, those of
 * records with a sealed person on them left out for everybody else. Only for the
 * persons in temp table `changed`, unless `all` is asked for or nobody has keys yet.
 */
export async function rebuildSearchKeys(client: pg.ClientBase, names: NameKeys, all: boolean): Promise<void> {
  const { rows: held } = await client.query<{ some: boolean }>('select exists (select from people.search_key) as some')
  const whole = all || held[0]?.some !== true
  // A retired person has no mentions, so those in `changed` lose their keys here and get none back.
  await client.query(
    whole
      ? 'delete from people.search_key'
      : 'delete from people.search_key k using changed c where k.person_id = c.person_id',
  )
  await client.query('create temp table fresh_key (kind text, value text, person_id uuid) on commit drop')
  // a page at a time: the mentions of a large force are not held in memory, and neither are their keys
  await client.query(
    `declare findable no scroll cursor for
     select b.person_id, m.forenames, m.surname, m.known_as as "knownAs", m.dob::text as dob, m.phone, m.postcode, m.address, m.custody_ref, m.nominal,
       i.ref, i.details ->> 'incident_ref' as incident_ref
     from people.membership b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
     join people.person p on p.id = b.person_id
     where b.to_at is null and m.superseded_at is null and (p.sealed or not i.sealed)
     ${whole ? '' : 'and b.person_id in (select person_id from changed)'} order by b.person_id`,
  )
  const told = new Told()
  for (;;) {
    const { rows: homes } = await client.query<Home>(`fetch ${PAGE} from findable`)
    if (homes.length === 0) break
    await copyInto(client, 'fresh_key', keyLines(homes, names, told))
  }
  await client.query('close findable')
  // In the order of the index, which takes them far faster so.
  await client.query(`insert into people.search_key (kind, value, person_id)
    select kind, value, person_id from fresh_key order by kind, value, person_id`)
}

/** How many mentions are read at once for their keys. */
const PAGE = 20_000

/** What somebody can be found by, of one mention that is theirs. */
interface Home {
  readonly person_id: string
  readonly forenames: string | null
  readonly surname: string | null
  readonly knownAs: string | null
  readonly dob: string | null
  readonly phone: string | null
  readonly postcode: string | null
  readonly address: string | null
  readonly custody_ref: string | null
  readonly nominal: string | null
  readonly ref: string
  readonly incident_ref: string | null
}

/** The keys of the person at hand that have been told: their mentions come one after another, and say the same. */
class Told {
  #person = ''
  readonly #lines = new Set<string>()

  isNew(person: string, line: string): boolean {
    if (this.#person !== person) this.#lines.clear()
    this.#person = person
    if (this.#lines.has(line)) return false
    this.#lines.add(line)
    return true
  }
}

function* keyLines(homes: readonly Home[], names: NameKeys, told: Told): Generator<string> {
  for (const { person_id: person, ref, incident_ref, custody_ref, nominal, ...mention } of homes) {
    // on paper a number stands without the name of its source
    const refs = [ref, incident_ref, custody_ref, nominal === null ? null : bare(nominal)]
    for (const { kind, value } of searchKeysOf({ ...mention, refs }, names)) {
      const line = `${kind}\t${value.replace(/[\\\t\n\r\0]/g, ' ')}\t${person}\n`
      if (told.isNew(person, line)) yield line
    }
  }
}
