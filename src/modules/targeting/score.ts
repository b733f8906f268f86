import type { Temporal } from '#platform/clock'
import {
  ESCALATION_DAYS,
  ESCALATION_RECORDS,
  ESCALATION_TIMES,
  GRAVEST_DAYS,
  LIFTED_GRAVITY,
  LIFTS_FROM,
  MOST,
  NO_VICTIM,
  SCORE_VERSION,
  sinceFor,
} from './rules.ts'
import { inOneTransaction, type WorkerConnection } from './worker.ts'

// The rules of rules.ts over the whole force. Four in five suspects have one victim and few records, for whom a record
// is a row: one hashed pass over the table is enough. Only for the others, where harm is in question at all, are rows sorted
// into records. Written in the order of the key, which makes its index quicker than any other order would.
// "No two victims" is told by a hash of 64 bits: two victims of one suspect share one by a chance of 1 in 10^19.
const SIGNS = `count(*) filter (where conduct) as conduct, count(*) filter (where strangulation) as strangulation,
    count(*) filter (where threat) as threats, count(*) filter (where high_risk) as high_risk`
const SCORE_ALL = `
with counted as not materialized (
  -- what is sealed counts only for somebody who is sealed: nobody else's score may be made of records they must not know of
  select * from incidents.involvement where reported_at >= $10::timestamptz and reported_at <= $3::timestamptz
    and (not sealed or suspect_id in (select id from people.person where sealed))),
pass as materialized (
  select suspect_id, count(*) as records, count(*) filter (where reported_at >= $9::timestamptz) as incidents_24m,
    sum(harm_days::float8) as harm_days, max(harm_max) as harm_max, bool_or(harm_fallback) as harm_fallback,
    max(reported_at) as last_at, bool_or(victim_id <> '${NO_VICTIM}') as names_victim,
    bool_or(reported_at >= $8::timestamptz) as recent, bool_or(arrested and reported_at >= $8::timestamptz) as arrested,
    min(bcu_id) as bcu, min(borough_code collate "C") as borough, ${SIGNS},
    sum(harm_days::float8) > 0 and (min(uuid_hash_extended(victim_id, 0)) <> max(uuid_hash_extended(victim_id, 0))
      or count(*) >= ${ESCALATION_RECORDS} and sum(harm_days::float8) >= ${ESCALATION_DAYS} or min(bcu_id) <> max(bcu_id)
      or coalesce(min(borough_code collate "C") <> max(borough_code collate "C"), false)) as sort_out
  from counted group by suspect_id),
sorted_out as (
  select c.* from counted c join pass on pass.suspect_id = c.suspect_id and pass.sort_out),
record as (
  select suspect_id, incident_id, min(reported_at) as reported_at, max(harm_days)::float8 as harm_days,
    max(harm_max) as harm_max, bool_or(harm_fallback) as harm_fallback, bool_or(arrested) as arrested,
    min(bcu_id) as bcu_id, min(borough_code collate "C") as borough_code, bool_or(conduct) as conduct,
    bool_or(strangulation) as strangulation, bool_or(threat) as threat, bool_or(high_risk) as high_risk
  from sorted_out group by suspect_id, incident_id),
placed as (
  select r.*, count(*) over (partition by suspect_id) as records,
    row_number() over (partition by suspect_id order by reported_at, incident_id) as place
  from record r),
of_records as (
  select suspect_id, count(*) filter (where reported_at >= $9::timestamptz) as incidents_24m,
    sum(harm_days) as harm_days, max(harm_max) as harm_max, bool_or(harm_fallback) as harm_fallback,
    max(reported_at) as last_at, bool_or(reported_at >= $8::timestamptz) as recent,
    bool_or(arrested and reported_at >= $8::timestamptz) as arrested, count(*) as records,
    coalesce(sum(harm_days) filter (where place <= records / 2), 0) as earlier,
    coalesce(sum(harm_days) filter (where place > records - records / 2), 0) as later,
    array_agg(distinct bcu_id) as bcus, coalesce(array_agg(distinct borough_code) filter (where borough_code is not null), '{}') as boroughs,
    ${SIGNS}
  from placed group by suspect_id),
of_victims as (
  select suspect_id, count(*) filter (where victim_id <> '${NO_VICTIM}') as victims_36m
  from (select distinct suspect_id, victim_id from sorted_out) pair group by suspect_id),
fact as (
  select suspect_id, incidents_24m, harm_days, harm_max, harm_fallback, last_at, names_victim::integer::bigint as victims_36m,
    false as escalating, recent and not arrested as unarrested, array[bcu] as bcus,
    case when borough is null then '{}' else array[borough] end as boroughs, conduct, strangulation, threats, high_risk
  from pass where not sort_out
  union all
  select r.suspect_id, r.incidents_24m, r.harm_days, r.harm_max, r.harm_fallback, r.last_at, v.victims_36m,
    r.records >= ${ESCALATION_RECORDS} and r.later >= ${ESCALATION_TIMES} * r.earlier and r.later - r.earlier >= ${ESCALATION_DAYS},
    r.recent and not r.arrested, r.bcus, r.boroughs, r.conduct, r.strangulation, r.threats, r.high_risk
  from of_records r join of_victims v on v.suspect_id = r.suspect_id),
weighed as (
  select f.*, round(least(1, ln(1 + harm_days) / ln(1 + ${GRAVEST_DAYS}::float8)) * 100) / 10 as index_gravity,
    conduct >= ${LIFTS_FROM.conduct36m} or strangulation >= ${LIFTS_FROM.strangulation36m} or threats >= ${LIFTS_FROM.threats36m}
      or high_risk >= ${LIFTS_FROM.highRisk36m} as lifting
  from fact f where harm_days > 0),
point as (
  select f.*, lifting and index_gravity < ${LIFTED_GRAVITY} as lifted,
    case when last_at >= $4::timestamptz then 10 when last_at >= $5::timestamptz then 7
         when last_at >= $6::timestamptz then 4 when last_at >= $7::timestamptz then 2 else 0 end as recency,
    least(${MOST.frequency}, incidents_24m) as frequency,
    case when lifting then greatest(index_gravity, ${LIFTED_GRAVITY}) else index_gravity end as gravity,
    least(${MOST.victims}, 3 * victims_36m) as victims
  from weighed f)
insert into targeting.score (person_id, version, scored_at, total, recency, frequency, gravity, victims, incidents_24m, harm_days,
  harm_max, harm_fallback, victims_36m, last_at, serial, escalating, unarrested, bcus, boroughs, reach, sealed,
  conduct_36m, strangulation_36m, threats_36m, high_risk_36m, lifted)
select p.id, $1, $2, recency + frequency + gravity + victims, recency, frequency, gravity, victims, incidents_24m, harm_days,
  harm_max, harm_fallback, victims_36m, last_at, victims_36m >= 2, escalating, unarrested, bcus, boroughs, p.reach, p.sealed,
  conduct, strangulation, threats, high_risk, lifted
from point join people.person p on p.id = point.suspect_id and p.merged_into is null
`

/**
 * Scores every suspect of the force by the rules and puts the scores in place of the old ones, all at once. Somebody who
 * only ever was a victim is in no row as a suspect, so cannot be scored.
 * @param how.version what to call the rules and weights used; the name of the rules alone when absent
 * @param how.now the moment the windows are counted back from
 * @returns how many people have a score, and the milliseconds it took
 */
export async function scoreForce(
  connection: WorkerConnection,
  how: { readonly version?: string; readonly now: Temporal.Instant },
): Promise<{ people: number; ms: number }> {
  const began = performance.now()
  const since = sinceFor(how.now)
  const people = await inOneTransaction(connection, async (client) => {
    await client.query('delete from targeting.score')
    const { rowCount } = await client.query(SCORE_ALL, [
      how.version ?? SCORE_VERSION,
      how.now.toString(),
      how.now.toString(),
      ...[since.days30, since.days90, since.days180, since.days365].map(String),
      ...[since.months12, since.months24, since.months36].map(String),
    ])
    return rowCount ?? 0
  })
  return { people, ms: Math.round(performance.now() - began) }
}
