// What is known of everybody in a database of the tests, as the superuser sees it: their names, and the facts from which the
// reference decision says who may see whom.
import type pg from 'pg'
import type { Temporal } from '#platform/clock'
import { type Actor, type Incident, maySee, type Person } from '#test/reference-decision'
import { wordsOf } from '#test/walk-html'

export interface Facts {
  readonly people: ReadonlyMap<string, Person>
  readonly incidents: readonly Incident[]
  /** Names as their words with a space between, to those who have borne them on any record. Two words at least. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>
  readonly longestName: number
  readonly actors: ReadonlyMap<string, Actor>
  /** Whether the reference lets this account see the person: all of them, or (`named`) at least on a record with others. */
  maySee(account: string, person: string, how: 'whole' | 'named'): boolean
  /** What somebody might type to find people with. */
  readonly searches: readonly string[]
  /** How often somebody has said who is one person: then mentions are whose they were not before. */
  readonly judged: number
}

type Loaded = Omit<Facts, 'actors' | 'maySee'>

const recordsByPerson = new WeakMap<readonly Incident[], Map<string, Incident[]>>()
/** The records that name somebody, now or in an earlier version. */
function recordsOf(incidents: readonly Incident[], person: string): readonly Incident[] {
  let found = recordsByPerson.get(incidents)
  if (found === undefined) {
    found = new Map()
    for (const incident of incidents)
      for (const { id } of [...incident.people, ...incident.formerly])
        found.set(id, [...(found.get(id) ?? []), incident])
    recordsByPerson.set(incidents, found)
  }
  return found.get(person) ?? []
}

async function loadNames(admin: pg.Client): Promise<Pick<Facts, 'names' | 'longestName' | 'searches'>> {
  const names = new Map<string, Set<string>>()
  const searches: string[] = []
  const { rows: staff } = await admin.query<{ name: string }>('select name from auth.account')
  const ofStaff = staff.map(({ name }) => ` ${wordsOf(name).join(' ')} `)
  const add = (text: string, person: string): void => {
    const words = wordsOf(text)
    const name = words.join(' ')
    if (words.length < 2 || ofStaff.some((one) => one.includes(` ${name} `))) return
    const bearers = names.get(name) ?? new Set()
    names.set(name, bearers.add(person))
  }
  const { rows } = await admin.query<
    Record<'id' | 'forenames' | 'surname' | 'known' | 'dob' | 'phone' | 'ref', string>
  >(
    `select b.person_id as id, coalesce(m.forenames, '') as forenames, coalesce(m.surname, '') as surname,
       coalesce(m.known_as, '') as known, coalesce(to_char(m.dob, 'DD/MM/YYYY'), '') as dob, coalesce(m.phone, '') as phone,
       coalesce(i.ref, '') as ref
     from people.mention m join people.membership b on b.mention_id = m.id left join incidents.incident i on i.id = m.record_id
     order by i.ref, m.seq`,
  )
  for (const { id, forenames, surname, known, dob, phone, ref } of rows) {
    add(`${forenames} ${surname}`, id)
    add(`${surname} ${forenames}`, id)
    add(known, id)
    // two forenames, or a double surname, may be alone in a cell, and be all of somebody else's name
    add(forenames, id)
    add(surname, id)
    if (forenames && surname) searches.push(`${forenames} ${surname}`, `${surname} ${dob}`)
    if (phone && surname) searches.push(`${phone} ${surname}`)
    searches.push(ref)
  }
  const { rows: people } = await admin.query<{ id: string; name: string }>('select id, name from people.person')
  for (const { id, name } of people) add(name, id)
  const longestName = Math.max(...[...names.keys()].map((name) => name.split(' ').length))
  return { names, longestName, searches: [...new Set(searches)] }
}

async function loadRecords(admin: pg.Client): Promise<Pick<Facts, 'people' | 'incidents'>> {
  const people = new Map<string, Person & { bcus: number[]; shares: Person['shares'][number][] }>()
  const { rows } = await admin.query<{ id: string; sealed: boolean }>('select id, sealed from people.person')
  for (const { id, sealed } of rows) people.set(id, { kind: 'person', id, sealed, bcus: [], shares: [] })
  const { rows: shares } = await admin.query<{
    person: string
    agency: string
    fields: string[]
    until: Temporal.Instant
    ended: boolean
  }>(`select person_id as person, agency_id as agency, fields, until, ended_at is not null as ended from people.share`)
  for (const { person, ...share } of shares) people.get(person)?.shares.push(share)
  const { rows: on } = await admin.query<{ id: string; bcu: number; person: string; now: boolean }>(
    `select i.id, i.bcu_id as bcu, b.person_id as person, b.to_at is null and m.superseded_at is null as now
     from incidents.incident i join people.mention m on m.record_id = i.id join people.membership b on b.mention_id = m.id
     where b.to_at is null or m.superseded_at is not null order by i.id`,
  )
  const incidents = new Map<string, { kind: 'incident'; id: string; people: Person[]; formerly: Person[] }>()
  for (const { id, bcu, person, now } of on) {
    const incident = incidents.get(id) ?? { kind: 'incident', id, people: [], formerly: [] }
    incidents.set(id, incident)
    const one = people.get(person)
    if (one === undefined) throw new Error(`record ${id} names ${person}, who is not there`)
    const list = now ? incident.people : incident.formerly
    if (!list.includes(one)) list.push(one)
    if (now && !one.bcus.includes(bcu)) one.bcus.push(bcu)
  }
  return { people, incidents: [...incidents.values()] }
}

async function loadActors(admin: pg.Client): Promise<Map<string, Actor>> {
  const { rows } = await admin.query<Actor>(
    `select a.id,
       (select coalesce(json_agg(json_build_object('role', p.role, 'bcu', u.bcu_id, 'from', p.valid_from, 'to', p.valid_to,
          'agency', case when g.id is not null then json_build_object('id', g.id, 'suspended', g.suspended_at is not null) end)), '[]')
        from organisation.posting p left join organisation.unit u on u.id = p.unit_id left join organisation.agency g on g.id = p.agency_id
        where p.account_id = a.id) as postings,
       (select coalesce(json_agg(json_build_object('person', c.person_id, 'until',
          json_build_object('epochMilliseconds', extract(epoch from c.until) * 1000))), '[]')
        from people.claim c where c.account_id = a.id) as claims,
       (select coalesce(json_agg(json_build_object('person', e.person_id, 'ended', e.ended_at is not null)), '[]')
        from people.exclusion e where e.account_id = a.id) as exclusions,
       array(select s.person_id from people.seal_reader s where s.account_id = a.id and s.ended_at is null) as "namedFor"
     from auth.account a`,
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...row,
        postings: row.postings.map(({ agency, bcu, ...posting }) =>
          agency ? { ...posting, agency } : { ...posting, bcu: bcu ?? null },
        ),
      },
    ]),
  )
}

/** Reads the facts. @param before those read earlier, when only what staff do can have changed since */
export async function loadFacts(admin: pg.Client, before?: Facts): Promise<Facts> {
  const said = await admin.query<{ n: number }>(
    'select (select count(*) from linkage.judgement) + (select count(*) from linkage.withdrawal) as n',
  )
  const judged = Number(said.rows[0]?.n)
  const loaded: Loaded =
    before?.judged === judged ? before : { ...(await loadRecords(admin)), ...(await loadNames(admin)), judged }
  const actors = await loadActors(admin)
  const { rows } = await admin.query<{ now: Temporal.Instant }>('select now() as now')
  const now = rows[0]?.now
  if (now === undefined) throw new Error('the database did not say what time it is')
  const known = new Map<string, boolean>()
  const decide = (account: string, personId: string, how: 'whole' | 'named'): boolean => {
    const [actor, person] = [actors.get(account), loaded.people.get(personId)]
    if (actor === undefined || person === undefined) return false
    if (maySee(actor, person, now) === 'full') return true
    return how === 'named' && recordsOf(loaded.incidents, personId).some((one) => maySee(actor, one, now) === 'full')
  }
  return {
    ...loaded,
    actors,
    maySee(account, person, how) {
      const key = `${account} ${person} ${how}`
      const answer = known.get(key) ?? decide(account, person, how)
      known.set(key, answer)
      return answer
    },
  }
}
