// Every way to a row of people, incidents, linkage and targeting as the web role, and what the reference says must come of it.
import { NoSession, type Pool, type Scope, type Tx, withScope } from '#platform/db'
import { type Account, type AccessWorld, rowsOf, scopeOf } from '#test/access-world'
import { type Sight, hasRole, mayClaim, maySee, postingsOf, WORKING } from '#test/reference-decision'

/** What a surface gave for each key: the rows that were there, or the sight of a person. */
export type Answers = ReadonlyMap<string, Sight>

/** How a row is told from the others of its table. */
const KEYS: Readonly<Record<string, string>> = {
  'people.person': 'id', 'people.mention': 'id', 'people.membership': 'mention_id', 'people.decision': 'id',
  'people.seal_reader': "person_id || ' ' || account_id", 'people.exclusion': "account_id || ' ' || person_id",
  'people.claim': 'id', 'people.share': 'id', 'people.search_key': 'person_id',
  'incidents.incident': 'id', 'incidents.offence': "incident_id || ' ' || seq", 'incidents.incident_version': 'incident_id',
  'incidents.involvement': "incident_id || ' ' || suspect_id", 'incidents.batch': 'id', 'incidents.batch_file': 'batch_id',
  'incidents.problem': "batch_id || ' ' || line", 'incidents.upload': 'id', 'incidents.upload_file': 'upload_id',
  'incidents.column_mapping': 'profile', 'incidents.kept_record': 'id', 'linkage.edge': "a || ' ' || b",
  'linkage.judgement': 'id', 'linkage.assertion': "a || ' ' || b", 'linkage.withdrawal': 'judgement_id', 'linkage.model': 'id',
  'linkage.model_report': 'model_id', 'linkage.model_change': "a || ' ' || b", 'linkage.training': 'id',
  'targeting.harm_weight': 'code', 'targeting.scoring': 'one', 'targeting.score': 'person_id', 'targeting.choice': 'person_id',
  'organisation.force': 'id', 'organisation.bcu': 'id', 'organisation.borough': 'code', 'organisation.unit': 'id',
  'organisation.agency': 'id', 'organisation.posting': 'id', 'organisation.portfolio': 'id', 'auth.account': 'id',
} // prettier-ignore
/** The account of automatic work comes with the database, not with the world. */
const FROM: Readonly<Record<string, string>> = { 'auth.account': "auth.account where kind = 'person'" }
export const TABLES = Object.keys(KEYS).filter((table) => table !== 'people.search_key')

/** Reads the keys of every table in one statement. */
async function readTables(tx: Tx, tables: readonly string[]): Promise<Map<string, Set<string>>> {
  const seen = new Map(tables.map((table) => [table, new Set<string>()]))
  const text = tables
    .map((table) => `select '${table}' as at, (${KEYS[table]})::text as key from ${FROM[table] ?? table}`)
    .join(' union all ')
  for (const { at, key } of await tx.sql<{ at: string; key: string }>(Object.assign([text], { raw: [text] })))
    seen.get(at)?.add(key)
  return seen
}

/** Work in the scope of an account; `without` when there is no session to work in, as for somebody without a post. */
async function as<T>(pool: Pool, scope: Scope, without: T, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await withScope(pool, scope, work)
  } catch (error) {
    if (error instanceof NoSession) return without
    throw error
  }
}

/** What one account finds in the tables: in a transaction that has logged nothing, and then with everything logged. */
export async function tablesSeen(pool: Pool, w: AccessWorld, scope: Scope, tables = TABLES) {
  const nothing = { unlogged: new Map<string, Set<string>>(), logged: new Map<string, Set<string>>() }
  return as(pool, scope, nothing, async (tx) => {
    const unlogged = await readTables(tx, tables)
    const people = w.people.map(({ id }) => id)
    const objects = [...w.incidents.map(({ id }) => id), w.batch]
    await tx.sql`select audit.record('consult', ${people}, ${objects}, '{}')`
    return { unlogged, logged: await readTables(tx, tables) }
  })
}

/** What the reference says each account finds in the tables. Without a log entry: nothing about anybody but one's own acts. */
export function tablesExpected(w: AccessWorld, who: Account, tables = TABLES) {
  const rows = rowsOf(w)
  const sights = new Map([...w.people, ...w.incidents].map((one) => [one.id, maySee(who, one, w.now)]))
  const full = (id: unknown): boolean => sights.get(String(id)) === 'full'
  const recordOf = new Map(w.mentions.map(({ id, incident }) => [id, incident.id]))
  const mention = (id: unknown): boolean => full(recordOf.get(String(id)))
  const live = postingsOf(who, w.now)
  const has = (...roles: string[]): boolean => hasRole(who, roles, w.now)
  type Row = Readonly<Record<string, unknown>>
  const always = (): boolean => true
  const never = (): boolean => false
  const own = (row: Row): boolean => row['account_id'] === who.id
  const administered =
    (others: (row: Row) => boolean) =>
    (row: Row): boolean =>
      has('administrator') || others(row)
  const importing = (): boolean => has('analyst', 'administrator', 'lead_responsible_officer')
  const modelling = (): boolean => has('analyst', 'lead_responsible_officer')
  const judged = new Set(
    rows['linkage.judgement']?.filter((row) => mention(row['a']) && mention(row['b'])).map((row) => String(row['id'])),
  )
  const partner = live.some(({ agency }) => agency !== undefined)
  const ofAgency = (row: Row): boolean => live.some(({ agency }) => agency?.id === row['agency_id'])
  // what names somebody is as absent as they are, for whom they are sealed from and for a conflict of one's own
  const persons = new Map(w.people.map((person) => [person.id, person]))
  const named = (row: Row): boolean => who.namedFor.includes(String(row['person_id']))
  const excluded = (row: Row): boolean =>
    who.exclusions.some(({ person, ended }) => person === row['person_id'] && !ended)
  const tells = (row: Row): boolean =>
    (persons.get(String(row['person_id']))?.sealed !== true || named(row)) && !excluded(row)
  const claims = (row: Row): boolean =>
    tells(row) &&
    (own(row) ||
      (row['review_due'] !== null &&
        row['reviewed_at'] === null &&
        (has('safeguarding_supervisor') || (has('professional_standards') && named(row)))))
  const lasts = (row: Row): boolean => row['ended_at'] === null && String(row['until']) > w.now.toString()
  // the first: without any entry in the log; the second: when everything has been logged
  const rules: Readonly<Record<string, readonly [(row: Row) => boolean, (row: Row) => boolean]>> = {
    'people.decision': [always, always],
    'targeting.harm_weight': [always, always],
    'targeting.scoring': [always, always],
    'organisation.posting': [administered(own), administered(own)],
    'auth.account': [administered((row) => row['id'] === who.id), administered((row) => row['id'] === who.id)],
    'people.exclusion': [own, own],
    'people.claim': [claims, claims],
    'people.share': [
      (row) => tells(row) && ofAgency(row) && lasts(row),
      (row) => tells(row) && ((ofAgency(row) && lasts(row)) || (has(...WORKING) && full(row['person_id']))),
    ],
    'incidents.batch': [importing, importing],
    'incidents.batch_file': [importing, importing],
    'incidents.problem': [never, (row) => has('analyst') && row['sealed'] !== true],
    'incidents.upload': [() => has('analyst'), () => has('analyst')],
    'incidents.upload_file': [() => has('analyst'), () => has('analyst')],
    'incidents.column_mapping': [() => has('analyst'), () => has('analyst')],
    'incidents.kept_record': [never, (row) => has('analyst') && row['sealed'] !== true],
    'people.person': [() => false, (row) => full(row['id'])],
    'people.mention': [() => false, (row) => mention(row['id'])],
    'people.membership': [() => false, (row) => mention(row['mention_id'])],
    'people.seal_reader': [
      (row) => has('professional_standards') && named(row) && !excluded(row),
      (row) => has('professional_standards') && named(row) && !excluded(row),
    ],
    'incidents.incident': [() => false, (row) => full(row['id'])],
    'incidents.offence': [() => false, (row) => full(row['incident_id'])],
    'incidents.incident_version': [() => false, (row) => full(row['incident_id'])],
    'incidents.involvement': [() => false, (row) => full(row['incident_id'])],
    'linkage.edge': [() => false, (row) => mention(row['a']) && mention(row['b'])],
    'linkage.judgement': [() => false, (row) => mention(row['a']) && mention(row['b'])],
    'linkage.assertion': [() => false, (row) => mention(row['a']) && mention(row['b'])],
    'linkage.withdrawal': [() => false, (row) => judged.has(String(row['judgement_id']))],
    'linkage.model': [always, always],
    'linkage.model_report': [modelling, modelling],
    'linkage.model_change': [() => false, (row) => mention(row['a']) && mention(row['b'])],
    'linkage.training': [modelling, modelling],
    'targeting.score': [never, (row) => full(row['person_id']) && !partner],
    'targeting.choice': [never, (row) => full(row['person_id']) && !partner],
  }
  const all = new Map<string, readonly string[]>()
  const [unlogged, logged] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
  for (const table of tables) {
    // The key as the database writes it: its columns, with a space between.
    const columns = (KEYS[table] ?? '').split(" || ' ' || ")
    const keyOf = (row: Row): string => columns.map((column) => String(row[column])).join(' ')
    const [before, after] = live.length === 0 ? [never, never] : (rules[table] ?? [always, always])
    all.set(table, (rows[table] ?? []).map(keyOf))
    unlogged.set(table, new Set((rows[table] ?? []).filter(before).map(keyOf)))
    logged.set(table, new Set((rows[table] ?? []).filter(after).map(keyOf)))
  }
  return { all, unlogged, logged }
}

const sightOf = (id: string | null): Sight => (id === null ? 'stub' : 'full')

/** What the functions that find and open people give each account: search, open, who has looked, and the claim (rolled back). */
export async function functionsSeen(pool: Pool, w: AccessWorld, who: Account): Promise<Record<string, Answers>> {
  const ids = w.people.map(({ id }) => id)
  const asMap = <T>(rows: readonly (T & { key: string })[], sight: (row: T) => Sight): Answers =>
    new Map(rows.map((row) => [row.key, sight(row)]))
  const find = await as(
    pool,
    scopeOf(who),
    [],
    (tx) =>
      tx.sql<{ key: string; id: string | null }>`select k as key, f.person_id as id from unnest(${ids}::text[]) k,
      lateral people.find(array['ref'], array[k], array[1], array[1]::real[]) f`,
  )
  const behind = await as(
    pool,
    scopeOf(who),
    [],
    (tx) =>
      tx.sql<{ key: string; id: string | null }>`select k as key,
      people.stub_person(array['ref'], array[k], array[1], array[1]::real[], f.mark) as id from unnest(${ids}::text[]) k,
      lateral people.find(array['ref'], array[k], array[1], array[1]::real[]) f where f.mark is not null`,
  )
  const opened = await as(
    pool,
    scopeOf(who),
    [],
    (tx) =>
      tx.sql<{
        key: string
        yes: boolean
      }>`select k as key, people.open_person(k) as yes from unnest(${ids}::uuid[]) k`,
  )
  const looks = await as(
    pool,
    scopeOf(who),
    [],
    (tx) =>
      tx.sql<{
        key: string
      }>`select k as key from unnest(${ids}::uuid[]) k where exists (select from people.looks_at(k, 1))`,
  )
  const ranked = await as(
    pool,
    scopeOf(who),
    [],
    (tx) =>
      tx.sql<{
        key: string
      }>`select person_id as key from targeting.open_ranked(null, null, false, false, false, false, 0, 100)`,
  )
  const undone = new Error('rolled back on purpose')
  let claimed: { key: string; claim: string | null }[] = []
  let shared: { key: string; came: string }[] = []
  await as(pool, scopeOf(who), undefined, async (tx) => {
    claimed = await tx.sql`select k as key, people.claim_record(k, 'claim', 'needed for this test') as claim
      from unnest(${ids}::uuid[]) k`
    shared =
      await tx.sql`select k as key, people.share_person(k, ${w.agencies[0]}, '{identity}', 'needed for this test', 'a law of some name',
        now() + interval '1 day', gen_random_uuid()) as came from unnest(${ids}::uuid[]) k`
    throw undone
  }).catch((error: unknown) => {
    if (error !== undone) throw error
  })
  return {
    find: asMap(find, ({ id }) => sightOf(id)),
    behind: new Map(behind.map(({ key, id }) => [key, id === key ? 'full' : 'none'])),
    open: asMap(opened, ({ yes }) => (yes ? 'full' : 'none')),
    looks: asMap(looks, () => 'full'),
    ranked: asMap(ranked, () => 'full'),
    claim: asMap(claimed, ({ claim }) => (claim === null ? 'none' : 'full')),
    share: asMap(shared, ({ came }) => (came === 'done' ? 'full' : came === 'already' ? 'stub' : 'none')),
  }
}

/** What the reference says of the same. */
export function functionsExpected(w: AccessWorld, who: Account): Record<string, Answers> {
  const of = (sight: (person: (typeof w.people)[number]) => Sight): Answers =>
    new Map(w.people.map((person) => [person.id, sight(person)]))
  const full = of((person) => (maySee(who, person, w.now) === 'full' ? 'full' : 'none'))
  // The list is of one's own command, and of what one is named for: a claim or a share opens a person, not a place on it.
  const bare = { ...who, claims: [] }
  const agencies = postingsOf(who, w.now).flatMap(({ agency }) => agency?.id ?? [])
  const ofAgency = agencies.length > 0
  const sharedRecords = ({ shares }: (typeof w.people)[number]): boolean =>
    shares.some(
      ({ agency, fields, ended, until }) =>
        agencies.includes(agency) &&
        fields.includes('incidents') &&
        !ended &&
        until.epochMilliseconds > w.now.epochMilliseconds,
    )
  const searches = hasRole(who, [...WORKING, 'professional_standards', 'idva', 'partner'], w.now)
  return {
    // by a reference, which is no part of who somebody is: a partner needs a share of the records
    find: of((person) => (searches && (!ofAgency || sharedRecords(person)) ? maySee(who, person, w.now) : 'none')),
    // whom a stub stands for, so that it can be claimed: for those who may claim
    behind: of((person) => (hasRole(who, WORKING, w.now) && maySee(who, person, w.now) === 'stub' ? 'full' : 'none')),
    open: full,
    // who has looked, and why, is shared with no agency
    looks: of((person) =>
      maySee(who, person, w.now) === 'full' && !postingsOf(who, w.now).some(({ agency }) => agency) ? 'full' : 'none',
    ),
    ranked: of((person) => (maySee(bare, { ...person, shares: [] }, w.now) === 'full' ? 'full' : 'none')),
    claim: of((person) => (mayClaim(who, person, w.now) ? 'full' : 'none')),
    // a stub: an agency has one share of a person at a time
    share: of((person) => {
      // the claims are tried first
      const sees = maySee(who, person, w.now) === 'full' || mayClaim(who, person, w.now)
      if (!hasRole(who, ['safeguarding_supervisor'], w.now) || !sees || person.sealed) return 'none'
      const lasts = person.shares.some(
        ({ agency, ended, until }) =>
          agency === w.agencies[0] && !ended && until.epochMilliseconds > w.now.epochMilliseconds,
      )
      return lasts ? 'stub' : 'full'
    }),
  }
}
