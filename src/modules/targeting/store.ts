import { MAY } from '#platform/access'
import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { Signs } from '#modules/incidents'
import { NO_VICTIM, SCORE_LASTS_DAYS } from './rules.ts'
import { HARM_VERSION } from './weights.ts'

/** How many people are on one page of the ranked list. */
export const PAGE_ROWS = 50

/** Which people of the ranked list to show. */
export interface Filter {
  readonly bcu: number | null
  readonly borough: string | null
  readonly serial: boolean
  readonly escalating: boolean
  readonly unarrested: boolean
  readonly lifted: boolean
}
export const NO_FILTER: Filter = {
  bcu: null,
  borough: null,
  serial: false,
  escalating: false,
  unarrested: false,
  lifted: false,
}

/** A score as it is kept. */
export interface KeptScore {
  readonly person_id: string
  readonly version: string
  readonly scored_at: Temporal.Instant
  readonly total: number
  readonly recency: number
  readonly frequency: number
  readonly gravity: number
  readonly victims: number
  readonly incidents_24m: number
  readonly harm_days: number
  readonly harm_max: number
  readonly harm_fallback: boolean
  readonly victims_36m: number
  readonly last_at: Temporal.Instant
  readonly serial: boolean
  readonly escalating: boolean
  readonly unarrested: boolean
  readonly conduct_36m: number
  readonly strangulation_36m: number
  readonly threats_36m: number
  readonly high_risk_36m: number
  readonly lifted: boolean
}
export type Decision = 'target' | 'refuse'

/** A person on the ranked list, with the latest choice about them if there is one. */
export interface Ranked extends KeptScore {
  readonly place: number
  readonly name: string
  readonly decision: Decision | null
  readonly review_on: Temporal.PlainDate | null
}

/**
 * One page of the ranked list of those the acting person may see, in order; whoever is on it is logged as shown.
 * @param first how many places to pass over
 */
export async function rankedList(
  tx: Tx,
  filter: Filter,
  first: number,
  howMany: number = PAGE_ROWS,
): Promise<{ rows: Ranked[]; found: number }> {
  const opened = await tx.sql<{ person_id: string; place: number; of: number }>`
    select * from targeting.open_ranked(${filter.bcu}::smallint, ${filter.borough}::text, ${filter.serial}::boolean,
      ${filter.escalating}::boolean, ${filter.unarrested}::boolean, ${filter.lifted}::boolean, ${first}::integer, ${howMany}::integer)`
  const places = new Map(opened.map(({ person_id, place }) => [person_id, place]))
  const rows = await tx.sql<Omit<Ranked, 'place'>>`
    with once as materialized (select once_id, person_id from people.once_opened())
    select s.person_id, r.version, r.scored_at, s.total, s.recency, s.frequency, s.gravity, s.victims, s.incidents_24m, s.harm_days,
      s.harm_max, s.harm_fallback, s.victims_36m, s.last_at, s.serial, s.escalating, s.unarrested, s.conduct_36m, s.strangulation_36m, s.threats_36m,
      s.high_risk_36m, s.lifted, p.name, c.decision, c.review_on
    from targeting.score s cross join targeting.scoring r join people.person p on p.id = s.person_id
    left join lateral (select c.decision, c.review_on from targeting.choice c
      where c.person_id = any (array(select o.once_id from once o where o.person_id = s.person_id) || s.person_id)
      order by c.at desc, c.id limit 1) c on true
    where s.person_id = any (${[...places.keys()]}::uuid[])`
  return {
    rows: rows.map((row) => ({ ...row, place: places.get(row.person_id) ?? 0 })).sort((a, b) => a.place - b.place),
    found: opened[0]?.of ?? 0,
  }
}

/** People whose latest choice is to be looked at again by a day, the longest due first; whoever is among them is logged as shown. */
export async function reviewsDue(
  tx: Tx,
  until: Temporal.PlainDate,
): Promise<{ id: string; name: string; reviewOn: Temporal.PlainDate }[]> {
  const opened = await tx.sql<{ id: string }>`select targeting.open_reviews(${until}::date) as id`
  const ids = opened.map(({ id }) => id)
  return tx.sql`
    with once as materialized (select once_id, person_id from people.once_opened())
    select p.id, p.name, c.review_on as "reviewOn" from people.person p
    join lateral (select review_on from targeting.choice c
      where c.person_id = any (array(select o.once_id from once o where o.person_id = p.id) || p.id)
      order by c.at desc, c.id limit 1) c on true
    where p.id = any (${ids}::uuid[]) order by c.review_on, p.id`
}

/** The commands and boroughs to filter by. */
export async function areas(
  tx: Tx,
): Promise<{ bcus: { id: number; name: string }[]; boroughs: { code: string; name: string }[] }> {
  const bcus = await tx.sql<{ id: number; name: string }>`select id, name from organisation.bcu order by name, id`
  const boroughs = await tx.sql<{
    code: string
    name: string
  }>`select code, name from organisation.borough order by name, code`
  return { bcus, boroughs }
}

/** The person behind a score. */
export interface Subject {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
}

/** Opens a person, which is logged. Null when there is nobody whom the acting person may see. */
export async function openSubject(tx: Tx, personId: string): Promise<Subject | null> {
  const [opened] = await tx.sql<{ seen: boolean }>`select people.open_person(${personId}::uuid) as seen`
  if (!opened?.seen) return null
  const [person] = await tx.sql<Subject>`
    select p.id, p.name, t.roles from people.person p join people.told_of(array[${personId}::uuid]) t on t.person_id = p.id
    where p.id = ${personId}::uuid`
  return person ?? null
}

/** The score of a person opened before, unless it has expired. */
export async function scoreOf(tx: Tx, personId: string, now: Temporal.Instant): Promise<KeptScore | null> {
  const oldest = now.subtract({ hours: 24 * SCORE_LASTS_DAYS })
  const [score] = await tx.sql<KeptScore>`
    select s.person_id, r.version, r.scored_at, s.total, s.recency, s.frequency, s.gravity, s.victims, s.incidents_24m, s.harm_days,
      s.harm_max, s.harm_fallback, s.victims_36m, s.last_at, s.serial, s.escalating, s.unarrested, s.conduct_36m, s.strangulation_36m, s.threats_36m,
      s.high_risk_36m, s.lifted
    from targeting.score s cross join targeting.scoring r where s.person_id = ${personId}::uuid and r.scored_at > ${oldest}::timestamptz`
  return score ?? null
}

/** One offence of a record with its days of harm. */
export interface WeighedOffence {
  readonly title: string
  readonly days: number
  readonly fallback: boolean
  readonly verified: boolean
}

/** A record that somebody is the suspect of, as it enters the score. */
export interface SuspectRecord {
  readonly incident_id: string
  readonly ref: string
  readonly reported_at: Temporal.Instant
  readonly harm_days: number
  readonly harm_max: number
  readonly harm_fallback: boolean
  readonly arrested: boolean
  readonly risk_grade: 'standard' | 'medium' | 'high' | null
  readonly signs: Signs
  /** The persons reported as victims, and what each is to the suspect; none where none is named. */
  readonly victims: readonly { readonly id: string; readonly relationship: string | null }[]
  readonly offences: readonly WeighedOffence[]
}

/** The records of a person opened before that count at `now`, latest first, as far as the acting person may see them. */
export async function recordsOf(
  tx: Tx,
  personId: string,
  from: Temporal.Instant,
  to: Temporal.Instant,
): Promise<SuspectRecord[]> {
  return tx.sql<SuspectRecord>`
    select i.id as incident_id, i.ref, v.reported_at, v.harm_days, v.harm_max, v.harm_fallback, v.arrested, i.risk_grade, v.victims,
      json_build_object('conduct', v.conduct, 'strangulation', v.strangulation, 'threat', v.threat, 'highRisk', v.high_risk) as signs,
      coalesce((select json_agg(json_build_object('title', o.title, 'days', coalesce(w.days, 0), 'fallback', coalesce(w.fallback, true),
          'verified', w.verified_by is not null) order by o.seq)
        from incidents.offence o left join targeting.harm_weight w on w.version = ${HARM_VERSION}
          and w.code = coalesce(nullif(o.cjs_code, ''), o.code)
        where o.incident_id = i.id), '[]') as offences
    from (
      select incident_id, min(reported_at) as reported_at, max(harm_days) as harm_days, max(harm_max) as harm_max,
        bool_or(harm_fallback) as harm_fallback, bool_or(arrested) as arrested, bool_or(conduct) as conduct,
        bool_or(strangulation) as strangulation, bool_or(threat) as threat, bool_or(high_risk) as high_risk,
        coalesce(json_agg(json_build_object('id', victim_id, 'relationship', relationship) order by victim_id)
          filter (where victim_id <> ${NO_VICTIM}::uuid), '[]') as victims
      from incidents.involvement
      where suspect_id = ${personId}::uuid and reported_at >= ${from}::timestamptz and reported_at <= ${to}::timestamptz
      group by incident_id) v
    join incidents.incident i on i.id = v.incident_id
    order by v.reported_at desc, i.id desc limit 500`
}

/** What a named person decided about a target, with what they saw of the score. */
export interface Choice {
  readonly id: string
  readonly operation_id: string
  readonly decision: Decision
  readonly reason: string
  readonly review_on: Temporal.PlainDate
  readonly at: Temporal.Instant
  readonly score: { readonly total?: number; readonly version?: string; readonly by?: string }
  /** Whoever decided, by the name they have now, and where they work now. */
  readonly who: string | null
  readonly place: string | null
}

/** The choices about a person opened before, and about whoever was found to be them, latest first. */
export async function choicesOf(tx: Tx, personId: string): Promise<Choice[]> {
  return tx.sql<Choice>`
    with c as (select * from targeting.choice where person_id = any (
      array(select o.once_id from people.once_opened() o where o.person_id = ${personId}::uuid) || ${personId}::uuid))
    select c.id, c.operation_id, c.decision, c.reason, c.review_on, c.at, c.score, n.name as who, n.place from c
    left join organisation.names_of(array(select by_account from c)) n on n.id = c.by_account
    order by c.at desc, c.id limit 100`
}

/** What somebody decides, as it is kept. */
export interface NewChoice {
  readonly personId: string
  /** Made with the form, so that a form sent twice decides once. */
  readonly operationId: string
  readonly decision: Decision
  readonly reason: string
  readonly reviewOn: Temporal.PlainDate
  /** The name of whoever decides, as it was then. */
  readonly by: string
}

/** Keeps a choice about a person opened before, with the score as it stood. Sent again, it changes nothing. */
export async function recordChoice(tx: Tx, choice: NewChoice, score: KeptScore | null): Promise<void> {
  const seen = score
    ? { ...score, scored_at: score.scored_at.toString(), last_at: score.last_at.toString(), by: choice.by }
    : { by: choice.by }
  await tx.sql`
    insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach)
    select p.id, ${choice.decision}::text, ${choice.reason}::text, ${choice.reviewOn}::date, ${seen}::jsonb, ${choice.operationId}::uuid, t.reach
    from people.person p join people.told_of(array[${choice.personId}::uuid]) t on t.person_id = p.id where p.id = ${choice.personId}::uuid
    on conflict (operation_id) do nothing`
}

/** Whether the acting person may choose targets. */
export const mayChoose = (tx: Tx): Promise<boolean> => holdsOneOf(tx, MAY['targeting.choose'])

async function holdsOneOf(tx: Tx, roles: readonly string[]): Promise<boolean> {
  const [answer] = await tx.sql<{ may: boolean }>`
    select exists (select from organisation.my_roles() r where r = any (${[...roles]}::text[])) as may`
  return answer?.may === true
}
