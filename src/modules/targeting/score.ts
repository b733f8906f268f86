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

// The rules of rules.ts over the whole force, in one pass: the rows of a suspect stand together, so that their victims can be
// counted. Only suspects with several places, and those in question for escalation, are looked at again. A score that comes
// out as it was is not written: most do, from one day to the next, and to write all would take longer than to work them out.
// Who may see it goes with the person (0033_scores_follow), so people are read only for the scores that are written.
const SCORE_ALL = `
with counted as not materialized (
  -- what is sealed counts only for somebody who is sealed: nobody else's score may be made of records they must not know of
  select * from incidents.involvement where reported_at >= $8::timestamptz and reported_at <= $1::timestamptz
    and (not sealed or suspect_id in (select id from people.person where sealed))),
pass as materialized (
  select suspect_id, count(*) filter (where not again) as records,
    count(*) filter (where not again and reported_at >= $7::timestamptz) as incidents_24m,
    sum(harm_days::float8) filter (where not again) as harm_days, max(harm_max) as harm_max,
    bool_or(harm_fallback) as harm_fallback, max(reported_at) as last_at,
    count(distinct victim_id) filter (where victim_id <> '${NO_VICTIM}') as victims_36m,
    bool_or(arrested and reported_at >= $6::timestamptz) as arrested,
    min(bcu_id) as bcu, max(bcu_id) as last_bcu, min(borough_code collate "C") as borough, max(borough_code collate "C") as last_borough,
    count(*) filter (where conduct and not again) as conduct, count(*) filter (where strangulation and not again) as strangulation,
    count(*) filter (where threat and not again) as threats, count(*) filter (where high_risk and not again) as high_risk
  from counted group by suspect_id having sum(harm_days::float8) filter (where not again) > 0),
closer as materialized (
  select c.suspect_id, c.incident_id, c.reported_at, c.harm_days, c.again, c.bcu_id, c.borough_code, p.records, p.spread, p.in_question
  from counted c join (select suspect_id, records, bcu <> last_bcu or coalesce(borough <> last_borough, false) as spread,
      records >= ${ESCALATION_RECORDS} and harm_days >= ${ESCALATION_DAYS} as in_question from pass) p
    on p.suspect_id = c.suspect_id and (p.spread or p.in_question)),
placed as (
  select suspect_id, array_agg(distinct bcu_id) as bcus,
    coalesce(array_agg(distinct borough_code collate "C") filter (where borough_code is not null), '{}') as boroughs
  from closer where spread group by suspect_id),
in_order as (
  select suspect_id, harm_days::float8 as harm_days, records,
    row_number() over (partition by suspect_id order by reported_at, incident_id) as place
  from closer where in_question and not again),
escalating as (
  select suspect_id from (
    select suspect_id, coalesce(sum(harm_days) filter (where place <= records / 2), 0) as earlier,
      coalesce(sum(harm_days) filter (where place > records - records / 2), 0) as later from in_order group by suspect_id) half
  where later >= ${ESCALATION_TIMES} * earlier and later - earlier >= ${ESCALATION_DAYS}),
weighed as (
  select p.*, round(least(1, ln(1 + harm_days) / ln(1 + ${GRAVEST_DAYS}::float8)) * 100) / 10 as index_gravity,
    conduct >= ${LIFTS_FROM.conduct36m} or strangulation >= ${LIFTS_FROM.strangulation36m} or threats >= ${LIFTS_FROM.threats36m}
      or high_risk >= ${LIFTS_FROM.highRisk36m} as lifting
  from pass p),
point as (
  select w.*, lifting and index_gravity < ${LIFTED_GRAVITY} as lifted,
    case when last_at >= $2::timestamptz then 10 when last_at >= $3::timestamptz then 7
         when last_at >= $4::timestamptz then 4 when last_at >= $5::timestamptz then 2 else 0 end as recency,
    least(${MOST.frequency}, incidents_24m) as frequency,
    case when lifting then greatest(index_gravity, ${LIFTED_GRAVITY}) else index_gravity end as gravity,
    least(${MOST.victims}, 3 * victims_36m) as victims
  from weighed w)
select point.suspect_id as person_id, (recency + frequency + gravity + victims)::real as total, recency::real as recency, frequency::real as frequency,
  gravity::real as gravity, victims::real as victims, incidents_24m::integer as incidents_24m, harm_days::real as harm_days, harm_max,
  harm_fallback, victims_36m::integer as victims_36m, last_at, victims_36m >= 2 as serial, e.suspect_id is not null as escalating,
  last_at >= $6::timestamptz and not arrested as unarrested, coalesce(l.bcus, array[bcu]) as bcus,
  coalesce(l.boroughs, case when borough is null then '{}' else array[borough] end) as boroughs,
  conduct::integer as conduct_36m, strangulation::integer as strangulation_36m, threats::integer as threats_36m,
  high_risk::integer as high_risk_36m, lifted
from point left join placed l on l.suspect_id = point.suspect_id left join escalating e on e.suspect_id = point.suspect_id
`
const COLUMNS = ['total', 'recency', 'frequency', 'gravity', 'victims', 'incidents_24m', 'harm_days', 'harm_max', 'harm_fallback',
  'victims_36m', 'last_at', 'serial', 'escalating', 'unarrested', 'bcus', 'boroughs', 'conduct_36m',
  'strangulation_36m', 'threats_36m', 'high_risk_36m', 'lifted'] as const // prettier-ignore
const columnsOf = (of: string): string => COLUMNS.map((column) => `${of}.${column}`).join(', ')

const WRITE = `
with fresh as (${SCORE_ALL}),
differing as materialized (
  select coalesce(f.person_id, s.person_id) as id, f.person_id is null as gone, ${columnsOf('f')}
  from fresh f full join targeting.score s on s.person_id = f.person_id
  where (${columnsOf('s')}) is distinct from (${columnsOf('f')})),
gone as (delete from targeting.score where person_id = any (array(select id from differing where gone)))
insert into targeting.score (person_id, ${COLUMNS.join(', ')}, reach, sealed)
select x.id, ${columnsOf('d')}, x.reach, x.sealed from differing d join people.person x on x.id = d.id and x.merged_into is null
where not d.gone
on conflict (person_id) do update
set ${[...COLUMNS, 'reach', 'sealed'].map((column) => `${column} = excluded.${column}`).join(', ')}`

/**
 * Scores every suspect of the force by the rules; the scores take the place of the old ones all at once. Somebody who
 * only ever was a victim is in no row as a suspect, so cannot be scored.
 * @param how.version what to call the rules and weights used; the name of the rules alone when absent
 * @param how.now the moment the windows are counted back from
 * @returns how many people have a score, how many scores are new or changed, and the milliseconds it took
 */
export async function scoreForce(
  connection: WorkerConnection,
  how: { readonly version?: string; readonly now: Temporal.Instant },
): Promise<{ people: number; changed: number; ms: number }> {
  const began = performance.now()
  const since = sinceFor(how.now)
  const scored = await inOneTransaction(connection, async (client) => {
    const { rowCount } = await client.query(WRITE, [
      how.now.toString(),
      ...[since.days30, since.days90, since.days180, since.days365].map(String),
      ...[since.months12, since.months24, since.months36].map(String),
    ])
    await client.query(
      `insert into targeting.scoring (version, scored_at) values ($1, $2)
       on conflict (one) do update set version = excluded.version, scored_at = excluded.scored_at`,
      [how.version ?? SCORE_VERSION, how.now.toString()],
    )
    const { rows } = await client.query<{ people: number }>('select count(*)::integer as people from targeting.score')
    return { people: rows[0]?.people ?? 0, changed: rowCount ?? 0 }
  })
  return { ...scored, ms: Math.round(performance.now() - began) }
}
