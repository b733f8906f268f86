import type pg from 'pg'
import { ask, together, type Scope } from '#platform/db'
import { searchKeysOf, type NameKeys } from '#modules/people'
import { riskOf } from './edges.ts'
import type { MentionRow } from './engine/index.ts'
import { FIELDS } from './mentions.ts'

/** A mention of a record that has just been written or changed. */
export interface Arrived extends MentionRow {
  readonly stands: boolean
  /** Whose it is, where that is known already: it says who somebody is just as the mention that it replaced did. */
  readonly person: string | null
  /** Whose it was last, of one that is superseded. */
  readonly lastPerson: string | null
  readonly police: boolean
  readonly sealed: boolean
  readonly written: string | null
  readonly ref: string
  readonly incidentRef: string | null
  /** The BCU that has the record, and those within whose reach it is. */
  readonly bcu: number
  readonly reach: readonly number[]
  /** The latest run over everybody, and the latest arrival: what is in memory must be as late. */
  readonly run: string | null
  readonly seq: number
}

const STATE = `(select r.id from linkage.run r where r.finished_at is not null order by r.started_at desc limit 1) as run,
  (select coalesce(max(a.seq), 0) from linkage.arrival a) as seq`

/** The latest run over everybody, null when there is none, and the latest arrival. */
export async function readState(client: pg.ClientBase | pg.Pool): Promise<Pick<Arrived, 'run' | 'seq'>> {
  // planned each time: a plan from when nothing had come yet would go through all that has
  const { rows } = await client.query<Pick<Arrived, 'run' | 'seq'>>(`select ${STATE}`)
  return rows[0] ?? { run: null, seq: 0 }
}

/**
 * Begins to act under a scope, and reads all mentions of some records, in the order of their ids.
 * @param first what must be done and held first; the last of these says in `got` whether it is
 * @returns null when it is not
 */
export async function readArrived(
  client: pg.ClientBase,
  scope: Scope,
  records: readonly string[],
  first: readonly (string | pg.QueryConfig)[],
): Promise<readonly Arrived[] | null> {
  // a statement of its own, so that it sees what was written by whoever held the locks before
  const results = await together(client, [
    ...first,
    {
      name: 'linkage.arrived',
      text: `select m.*, i.sealed, i.ref, i.bcu_id as bcu, i.reach, i.details ->> 'incident_ref' as "incidentRef", b.person_id as person,
        case when not m.stands then (select x.person_id from people.membership x where x.mention_id = m.id order by x.from_at desc limit 1)
        end as "lastPerson", (select access.begin($2, $3, $4, $5, $6)) as begun, ${STATE}
      from (select ${FIELDS}, record_id, superseded_at is null as stands, police_employee as police, address as written
        from people.mention where record_id = any ($1)) m
      join incidents.incident i on i.id = m.record_id
      left join people.membership b on b.mention_id = m.id and b.to_at is null order by m.id`,
      values: [records, scope.tokenHash, scope.purpose, scope.reason ?? '', scope.route, scope.requestId],
    },
  ])
  const [locked, read] = results.slice(-2)
  return locked?.rows[0]?.got === true ? (read?.rows ?? []) : null
}

/** A person with all of their mentions. */
export interface Homed {
  readonly person: string
  readonly mentions: readonly string[]
  readonly sealed: boolean
  /** What they have been on records. */
  readonly roles: readonly string[]
  /** The BCUs that they are known to. */
  readonly reach: readonly number[]
}

/** The people whose some mentions are. */
export async function readHomes(client: pg.ClientBase, mentions: readonly string[]): Promise<readonly Homed[]> {
  if (mentions.length === 0) return []
  const { rows } = await ask<Homed>(client, {
    name: 'linkage.homes',
    text: `select p.id as person, p.sealed, p.roles, p.reach,
        array(select b.mention_id from people.membership b where b.person_id = p.id and b.to_at is null) as mentions
      from people.person p where p.id = any (array(select x.person_id from people.membership x where x.mention_id = any ($1) and x.to_at is null))`,
    values: [mentions],
  })
  return rows
}

/** A pair as `linkage.edge` keeps it. */
export interface PairRow {
  readonly a: string
  readonly b: string
  readonly weight: number
  readonly chance: number
  readonly band: 'link' | 'review'
  readonly sure: boolean
  readonly reason: string | null
  /** How much a wrong answer may cost; 0 what is not known yet. */
  readonly harm: number
  /** The two people whose risk says so, where {@link place} is to find it. */
  readonly risked?: readonly [string, string]
  /** Arrays as the database writes them. */
  readonly levels: string
  readonly rarity: string
  readonly rule: number
}

/** A mention and the person whose it is to be. */
export interface Placed {
  readonly mention: string
  readonly person: string
  /** Somebody of whom there was no mention before. */
  readonly isNew: boolean
  /** The BCUs that the person is known to now. */
  readonly reach: readonly number[]
  readonly weight: number | null
  /** Something hangs together with it, so that a clustering of all of that may know better. */
  readonly settle: boolean
}

// All at once, for the way to the server and back is what takes time. What one part of a statement writes no other part of it sees: so
// the mentions of a person are those that were theirs, and those that are placed now. What is told of them is worked out as
// linkage.describe does (a test holds the two together); whoever else is on their records stays as they are, since nobody here is
// sealed and nobody loses anything.
const placing = (risk: string, harm: string): string => `with placed as materialized (
    select p.* from json_to_recordset($5) p (mention uuid, person uuid, reach smallint[], is_new boolean, weight real, settle boolean, seq int)),
  ${risk}
  pairs as (
    insert into linkage.edge (a, b, weight, chance, band, sure, reason, harm, levels, rarity, rule, run_id)
    select x.a, x.b, x.weight, x.chance, x.band, x.sure, x.reason, ${harm}, x.levels, x.rarity, x.rule, $2
    from json_to_recordset($1) x (a uuid, b uuid, weight double precision, chance real, band text, sure boolean, reason text,
      harm smallint, risked uuid[], levels smallint[], rarity real[], rule smallint)),
  decided as (insert into people.decision (id, kind, model, reason) values ($3, 'link', $4, 'arrival')),
  member as (
    insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
    select p.mention, p.person, p.weight, $3, clock_timestamp() from placed p),
  keys as (
    insert into people.search_key (kind, value, person_id)
    select k.kind, k.value, k.person from json_to_recordset($6) k (kind text, value text, person uuid) on conflict do nothing),
  facts as materialized (
    select person_id, bool_or(is_new) as is_new, max(reach) as reach,
      coalesce((array_agg(name order by whole desc, of_name desc, same_name, name = upper(name), cardinality(string_to_array(name, ' ')) desc,
        n desc, name) filter (where name is not null))[1], max(known_as), '') as name,
      mode() within group (order by dob) as dob, mode() within group (order by sex) as sex,
      array_agg(distinct role) as roles, count(distinct record_id)::int as incidents
    from (
      select told.*, count(*) over (partition by person_id, same_name) as of_name,
        count(*) over (partition by person_id, same_name, name, whole) as n
      from (
        select x.*, m.dob, m.sex, m.role, m.record_id, m.known_as,
          nullif(trim(concat_ws(' ', m.forenames, m.surname)), '') as name,
          nullif(lower(concat_ws('|', split_part(m.forenames, ' ', 1), m.surname)), '|') as same_name,
          coalesce(m.forenames, '') <> '' and coalesce(m.surname, '') <> '' as whole
        from (
          select b.person_id, b.mention_id, null::smallint[] as reach, false as is_new from people.membership b
          where b.person_id = any ($7) and b.to_at is null
          union all select p.person, p.mention, p.reach, p.is_new from placed p) x
        join people.mention m on m.id = x.mention_id where m.superseded_at is null and not m.sealed) told) counted
    group by 1),
  made as (
    insert into people.person (id, name, dob, sex, roles, incidents, reach)
    select f.person_id, f.name, f.dob, f.sex, f.roles, f.incidents, f.reach from facts f where f.is_new),
  described as (
    update people.person p set name = f.name, dob = f.dob, sex = f.sex, roles = f.roles, incidents = f.incidents, reach = f.reach
    from facts f where p.id = f.person_id),
  logged as materialized (select audit.record('combine', '{}', $8, $9))
  insert into linkage.arrival (seq, mention_id, settled_at)
  select (select coalesce(max(a.seq), 0) from linkage.arrival a) + p.seq, p.mention, case when not p.settle then now() end
  from placed p, logged returning seq`

const PLACE = { name: 'linkage.place', text: placing('', 'x.harm') }

// How much a wrong answer about people who never faced each other may cost is what linkage.harm_of has: the risk on all that either is on.
const PLACE_BY_RISK = {
  name: 'linkage.place-by-risk',
  text: placing(
    `risk as materialized (${riskOf(`select person_id, mention_id from people.membership where person_id = any ($10) and to_at is null
      union all select person, mention from placed where person = any ($10)`)}),`,
    'coalesce((select max(r.grade) from risk r where r.person_id = any (x.risked)), x.harm)',
  ),
}

// Most people are met where they are known already, so this is seldom asked.
const WIDEN = `with wider as (
    select m.record_id, array_agg(distinct r.bcu) as reach
    from people.person p join people.membership b on b.person_id = p.id and b.to_at is null join people.mention m on m.id = b.mention_id
    cross join unnest(p.reach) r (bcu)
    where p.id = any ($1::uuid[] || $2) and (p.id = any ($2) or m.record_id = any ($3)) and m.superseded_at is null group by 1),
  widened as (
    update incidents.incident i set reach = array(select distinct b from unnest(i.reach || w.reach) b order by 1) from wider w
    where i.id = w.record_id and not i.reach @> w.reach returning i.id, i.reach),
  of_mentions as (update people.mention m set reach = w.reach from widened w where m.record_id = w.id)
  update incidents.involvement v set reach = w.reach from widened w where v.incident_id = w.id`

/**
 * Has records be within reach of every BCU that somebody on them is known to, once it is known whose the mentions are.
 * @param persons of whom the records that have come are to be
 * @param grown who are known to more BCUs than before: of them all records
 */
export function wideningOf(
  persons: readonly string[],
  grown: readonly string[],
  records: readonly string[],
): pg.QueryConfig {
  return { name: 'linkage.widen', text: WIDEN, values: [persons, grown, records] }
}

/**
 * Writes whose the mentions are that have come, with the pairs that say so, and describes their persons anew.
 * @param after what is to be done then
 * @returns the number of the last arrival
 */
export async function place(
  client: pg.ClientBase,
  run: string,
  model: string,
  decision: string,
  placed: readonly Placed[],
  pairs: readonly PairRow[],
  keys: readonly { readonly kind: string; readonly value: string; readonly person: string }[],
  records: readonly string[],
  after: readonly (string | pg.QueryConfig)[],
): Promise<number> {
  const risked = [...new Set(pairs.flatMap((pair) => pair.risked ?? []))]
  const statement = {
    ...(risked.length > 0 ? PLACE_BY_RISK : PLACE),
    values: [
      JSON.stringify(pairs),
      run,
      decision,
      model,
      JSON.stringify(placed.map(({ isNew, ...one }, at) => ({ ...one, is_new: isNew, seq: at + 1 }))),
      JSON.stringify(keys),
      [...new Set(placed.map(({ person }) => person))],
      records,
      JSON.stringify({ what: 'arrival', mentions: placed.length, joined: placed.filter(({ isNew }) => !isNew).length }),
      ...(risked.length > 0 ? [risked] : []),
    ],
  }
  const [written] = await together(client, [statement, ...after])
  return Math.max(0, ...(written?.rows ?? []).map(({ seq }: { readonly seq: number }) => seq))
}

/** Takes away the pairs of mentions that are compared anew or are superseded, and puts in those that were found. */
export async function replacePairs(
  client: pg.ClientBase,
  run: string,
  mentions: readonly string[],
  pairs: readonly PairRow[],
): Promise<void> {
  await client.query('delete from linkage.edge where a = any ($1) or b = any ($1)', [mentions])
  await client.query(
    `insert into linkage.edge (a, b, weight, chance, band, sure, reason, levels, rarity, rule, run_id)
     select x.a, x.b, x.weight, x.chance, x.band, x.sure, x.reason, x.levels, x.rarity, x.rule, $2
     from json_to_recordset($1) x (a uuid, b uuid, weight double precision, chance real, band text, sure boolean, reason text,
       levels smallint[], rarity real[], rule smallint)
     where not exists (select from people.mention m where m.id in (x.a, x.b) and m.superseded_at is not null)`,
    [JSON.stringify(pairs), run],
  )
}

/** Keeps that these mentions were linked singly, or went. @returns the number of the last */
export async function noteArrivals(client: pg.ClientBase, mentions: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(
    `insert into linkage.arrival (seq, mention_id, settled_at)
     select (select coalesce(max(a.seq), 0) from linkage.arrival a) + row_number() over (), m, now() from unnest($1::uuid[]) m returning seq`,
    [mentions],
  )
  return Math.max(0, ...rows.map(({ seq }) => seq))
}

/** What others have linked singly since: the mentions, whether they stand or not. */
export async function readSince(
  client: pg.ClientBase,
  seq: number,
): Promise<readonly { readonly id: string; readonly stands: boolean }[]> {
  const { rows } = await client.query<{ id: string; stands: boolean }>(
    `select distinct m.id, m.superseded_at is null as stands from linkage.arrival a join people.mention m on m.id = a.mention_id
     where a.seq > $1`,
    [seq],
  )
  return rows
}

/** What a person is found by, of a mention of theirs. */
export function keysOf(mention: Arrived, names: NameKeys): { readonly kind: string; readonly value: string }[] {
  const bare = (number: string): string => number.slice(number.indexOf(':') + 1)
  const refs = [mention.ref, mention.incidentRef ?? '', bare(mention.custody), bare(mention.nominal)]
  return searchKeysOf({ ...mention, address: mention.written, refs }, names).map(({ kind, value }) => ({
    kind,
    value: value.replace(/[\\\t\n\r\0]/g, ' '),
  }))
}
