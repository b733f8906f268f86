import { SIGN_FLAGS, SIGN_WORDS } from '#modules/incidents'
import { NO_VICTIM, SEVERE_DAYS } from './rules.ts'
import { addFallbackWeights, HARM_VERSION } from './weights.ts'
import { inOneTransaction, type WorkerConnection } from './worker.ts'

// Who was a suspect and who a victim on a record, as the persons that their mentions are now said to be.
// Written in the order of the key: its index grows at its end, and scoring finds the rows of a suspect side by side.
// An arrest that the record does not lay to one of several suspects is laid to none: better to look twice than to miss one.
const DERIVE = (within: string, pairs: string): string => `
with standing as (
  select i.id, i.reported_at, i.arrest_made, i.bcu_id, i.borough_code, i.reach, i.sealed,
    i.flags, i.risk_grade from incidents.incident i
  where i.domestic and i.status in ('recorded', 'transferred') ${within}),
party as (
  select m.record_id, m.role, b.person_id, min(m.relationship) as relationship, bool_or(m.arrested_at is not null) as arrested,
    count(*) over (partition by m.record_id, m.role) as how_many
  from standing s join people.mention m on m.record_id = s.id
  join people.membership b on b.mention_id = m.id and b.to_at is null
  where m.superseded_at is null and m.role in ('suspect', 'victim')
  group by m.record_id, m.role, b.person_id),
harm as (
  select o.incident_id, sum(w.days::float8)::real as days, max(w.days) as most, bool_or(w.fallback) as fallback,
    bool_or(o.title ~* '${SIGN_WORDS.conduct}') as conduct, bool_or(o.title ~* '${SIGN_WORDS.strangulation}') as strangulation,
    bool_or(o.title ~* '${SIGN_WORDS.threat}') as threat
  from standing s join incidents.offence o on o.incident_id = s.id
  join targeting.harm_weight w on w.version = $1 and w.code = coalesce(nullif(o.cjs_code, ''), o.code)
  group by o.incident_id)
insert into incidents.involvement (suspect_id, victim_id, incident_id, reported_at, relationship, harm_days, harm_max, harm_fallback,
  severe, arrested, bcu_id, borough_code, reach, sealed, conduct, strangulation, threat, high_risk, again)
select suspect.person_id, coalesce(victim.person_id, '${NO_VICTIM}'), s.id, s.reported_at,
  coalesce(victim.relationship, suspect.relationship), coalesce(h.days, 0), coalesce(h.most, 0), coalesce(h.fallback, false),
  coalesce(h.most, 0) >= ${SEVERE_DAYS}, suspect.arrested or (s.arrest_made and suspect.how_many = 1),
  s.bcu_id, s.borough_code, s.reach, s.sealed,
  coalesce(h.conduct, false) or '${SIGN_FLAGS.conduct}' = any (s.flags),
  coalesce(h.strangulation, false) or '${SIGN_FLAGS.strangulation}' = any (s.flags), coalesce(h.threat, false),
  s.risk_grade is not distinct from 'high',
  row_number() over (partition by s.id, suspect.person_id order by victim.person_id) > 1
from standing s join party suspect on suspect.record_id = s.id and suspect.role = 'suspect'
left join party victim on victim.record_id = s.id and victim.role = 'victim' and victim.person_id <> suspect.person_id
left join harm h on h.incident_id = s.id ${pairs}`

/**
 * Works out who was reported as a suspect against whom, when and with what harm, from the records that stand. Cancelled
 * and no-crimed records, records that are not domestic and superseded mentions are left out.
 * @param only.persons rebuilds what touches these people; after a merge or split give all of them. Everybody when absent
 * @param only.version the harm weights to use; offences without one get their fallback first
 * @returns how many rows were written
 */
export async function deriveInvolvement(
  connection: WorkerConnection,
  only: { readonly persons?: readonly string[]; readonly version?: string } = {},
): Promise<number> {
  const version = only.version ?? HARM_VERSION
  return inOneTransaction(connection, async (client) => {
    await addFallbackWeights(client, version)
    if (!only.persons) {
      // fresh tables have no statistics yet, and a nested loop over the whole force is quadratic
      await client.query('set local enable_nestloop = off')
      await client.query('delete from incidents.involvement')
      return (await client.query(`${DERIVE('', '')} order by 1, 2, 3`, [version])).rowCount ?? 0
    }
    const { rows } = await client.query<{ records: string[]; suspects: string[] }>(
      `with before as (
         select incident_id, suspect_id from incidents.involvement where suspect_id = any ($1) or victim_id = any ($1)),
       record as (
         select incident_id as id from before
         union select m.record_id from people.membership b join people.mention m on m.id = b.mention_id
           where b.person_id = any ($1) and b.to_at is null),
       suspect as (
         select suspect_id as id from before
         union select b.person_id from record join people.mention m on m.record_id = record.id and m.role = 'suspect'
           join people.membership b on b.mention_id = m.id and b.to_at is null)
       select array(select id from record) as records, array(select id from suspect) as suspects`,
      [only.persons],
    )
    const touched = [rows[0]?.records ?? [], rows[0]?.suspects ?? []]
    await client.query(
      'delete from incidents.involvement where incident_id = any ($1) and suspect_id = any ($2)',
      touched,
    )
    return (
      (await client.query(DERIVE('and i.id = any ($2)', 'where suspect.person_id = any ($3)'), [version, ...touched]))
        .rowCount ?? 0
    )
  })
}
