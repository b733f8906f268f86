import type pg from 'pg'
import { searchKeysOf } from '#modules/people'
import { loadNameGroups, nameKeys } from '#modules/linkage'
import { names } from './names.ts'
import { settle } from './ground.ts'
import { say } from './figure.ts'
import { randomFrom, pick } from '../src/synthetic/random.ts'

/** How large a force to make up. */
export interface Size {
  /** Even: they come in couples. */
  readonly people: number
  readonly incidents: number
}

// A number from 0 to 1 that is the same on every machine for the same row and purpose.
const draw = (row: string, purpose: number): string =>
  `((hashint8extended(${row}, ${purpose}) & 1048575)::float8 / 1048576)`
/** The ids of people are spread over their index, as random ones are; those of records follow time, as version 7 ones do. */
const personId = (n: string): string => `md5('person' || ${n})::uuid`
const incidentId = (n: string): string => `('01900000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const mentionId = (n: string, seq: string): string =>
  `('0191' || lpad(to_hex(${seq}), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`

/** A postcode, one for some seventy people, as real ones are few: the two of a couple share it. */
const postcodeOf = (n: string): string =>
  `'SE' || (1 + (${n} + 1) / 2 % 28) || ' ' || ((${n} + 1) / 56 % 10) || chr(65 + (${n} + 1) / 560 % 24) || chr(65 + (${n} + 1) / 13440 % 4)`

/** The command of a borough, by their numbers from nought. */
const bcuOf = '(1 + place % 12)'

/** How many different name rows people are drawn from; common names stand many times among them. */
const NAME_ROWS = 100_000

/**
 * Makes up a force straight in the tables, the same for the same size: each couple has one record at least, few have very
 * many; in one of ten the roles are changed; three in ten records name a third person; nine in ten are of where the couple lives.
 */
export async function fillForce(admin: pg.Client, { people, incidents }: Size): Promise<void> {
  const couples = Math.floor(people / 2)
  await admin.query(
    'create temp table name_row (n int primary key, forename text not null, surname text not null, sex text not null)',
  )
  const random = randomFrom(7)
  const { forenames, surnames } = names()
  const rows = Array.from({ length: NAME_ROWS }, () => [pick(random, forenames), pick(random, surnames)] as const)
  await admin.query(
    `insert into name_row select o - 1, f, s, case when o % 2 = 0 then 'F' else 'M' end from unnest($1::text[], $2::text[]) with ordinality x (f, s, o)`,
    [rows.map(([forename]) => forename), rows.map(([, surname]) => surname)],
  )
  await admin.query(`set session_replication_role = replica`) // no foreign key is asked row by row
  say(`making ${people} people and ${incidents} incidents`)
  await admin.query(
    `insert into people.decision (id, kind, model) values ('00000000-0000-7000-8000-000000000001', 'link', 'bench')`,
  )
  await admin.query(`create unlogged table bench_party as
    with incident as (
      select i, case when i <= ${couples} then i else 1 + floor(${couples} * power(${draw('i', 1)}, 1.5))::int end as couple
      from generate_series(1, ${incidents}) i),
    pair as (
      select i, 2 * couple - 1 as a,
        -- one in five against somebody else than the one they live with
        case when ${draw('i', 2)} < 0.2 then 2 * (1 + floor(${couples} * ${draw('i', 3)})::int) else 2 * couple end as b,
        ${draw('i', 4)} < 0.1 as turned, ${draw('i', 5)} < 0.3 as third,
        (case when ${draw('i', 8)} < 0.9 then couple else i end % 33) as place
      from incident)
    select i, place, 1 as seq, case when turned then b else a end as person, 'suspect' as role from pair
    union all select i, place, 2, case when turned then a else b end, 'victim' from pair
    union all select i, place, 3, 1 + floor(${people} * ${draw('i', 6)})::int, case when ${draw('i', 7)} < 0.5 then 'child' else 'witness' end from pair where third`)
  await admin.query(`insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, borough_code, address, postcode,
      risk_grade, flags, summary, arrest_made, hash, batch_id, reach)
    select ${incidentId('i')}, 'rms', '01/' || lpad(i::text, 7, '0') || '/25', 'crime', case when i % 40 = 0 then 'cancelled' else 'recorded' end, true,
      now() - interval '4 years' * (1 - i::float8 / ${incidents}), ${bcuOf}, 'E0900' || lpad((1 + place)::text, 4, '0'),
      (1 + i % 200) || ' Invented Road', ${postcodeOf('i')}, (array['standard', 'medium', 'high'])[1 + i % 3], '{DA}',
      'Invented report of a domestic incident between two people who know each other', i % 3 = 0, md5(i::text), gen_random_uuid(),
      array[${bcuOf}]
    from (select i, place from bench_party where seq = 1) p`)
  await admin.query(`insert into incidents.offence (incident_id, seq, code, cjs_code, title, outcome_code)
    select ${incidentId('i')}, 1, '8N/1', (array['OF61102', 'CJ88116', 'CD71039', 'PH97003', 'SC15011', 'CJ88116'])[1 + i % 6], 'Invented offence', '16'
    from generate_series(1, ${incidents}) i where i % 10 < 8`)
  const nameOf = (person: string): string => `(hashint8extended(${person}, 11) & 2147483647) % ${NAME_ROWS}`
  const dobOf = (person: string): string =>
    `date '1950-01-01' + ((hashint8extended(${person}, 12) & 2147483647) % 20500)::int`
  await admin.query(`insert into people.mention (id, record_id, seq, source, mention_ref, role, nominal, forenames, surname, dob, sex, address, postcode,
      phone, relationship, reach, recorded_at)
    select ${mentionId('p.i', 'p.seq')}, ${incidentId('p.i')}, p.seq, 'rms', p.i || '-' || p.seq, p.role, 'rms:N' || p.person, n.forename, n.surname,
      ${dobOf('p.person')}, n.sex, (1 + p.person % 200) || ' Invented Road', ${postcodeOf('p.person')},
      '07' || lpad((p.person % 1000000000)::text, 9, '0'), case when p.role = 'victim' then 'partner' end, array[${bcuOf}],
      now() - interval '4 years' * (1 - p.i::float8 / ${incidents})
    from bench_party p join name_row n on n.n = ${nameOf('p.person')}`)
  await admin.query(`insert into people.membership (mention_id, person_id, weight, decision_id)
    select ${mentionId('p.i', 'p.seq')}, ${personId('p.person')}, 14.5, '00000000-0000-7000-8000-000000000001' from bench_party p`)
  await admin.query(`insert into people.person (id, name, dob, sex, roles, incidents, reach)
    select ${personId('g')}, n.forename || ' ' || n.surname, ${dobOf('g')}, n.sex, coalesce(t.roles, '{witness}'), coalesce(t.incidents, 0), coalesce(t.reach, '{}')
    from generate_series(1, ${people}) g join name_row n on n.n = ${nameOf('g')}
    left join (select person, array_agg(distinct role) as roles, count(distinct i)::int as incidents,
      array_agg(distinct (${bcuOf})::smallint) as reach from bench_party group by person) t on t.person = g`)
  await admin.query('drop table bench_party')
  await admin.query(`set session_replication_role = origin`)
  await settle(admin)
}

/** Writes what people can be found by, with the keys that the product makes of the same names. */
export async function fillSearchKeys(admin: pg.Client): Promise<void> {
  const keys = nameKeys(loadNameGroups())
  const { rows } = await admin.query<{ forename: string; surname: string }>(
    'select distinct forename, surname from name_row',
  )
  const written = new Set(rows.flatMap(({ forename, surname }) => [forename, surname]))
  const list = [...written].flatMap((name) =>
    searchKeysOf(
      { forenames: name, surname: null, knownAs: null, dob: null, phone: null, postcode: null, refs: [] },
      keys,
    ).map(({ kind, value }) => ({ name, kind, value })),
  )
  say('making search keys')
  await admin.query('create temp table key_of (name text, kind text, value text)')
  await admin.query('insert into key_of select * from unnest($1::text[], $2::text[], $3::text[])', [
    list.map(({ name }) => name),
    list.map(({ kind }) => kind),
    list.map(({ value }) => value),
  ])
  await admin.query('analyze key_of; analyze name_row')
  await admin.query(`insert into people.search_key
    select kind, value, person_id from (
      select k.kind, k.value, p.id as person_id
        from (select forename || ' ' || surname as whole, forename as name from name_row
          union select forename || ' ' || surname, surname from name_row) part
        join key_of k on k.name = part.name join people.person p on p.name = part.whole
      union select 'dob', p.dob::text, p.id from people.person p
      union select 'phone', m.phone, b.person_id from people.mention m join people.membership b on b.mention_id = m.id
      union select 'postcode', replace(m.postcode, ' ', ''), b.person_id from people.mention m join people.membership b on b.mention_id = m.id
      union select 'ref', replace(i.ref, '/', ''), b.person_id from people.mention m join people.membership b on b.mention_id = m.id
        join incidents.incident i on i.id = m.record_id) x
    order by kind, value, person_id`)
  await settle(admin)
}
