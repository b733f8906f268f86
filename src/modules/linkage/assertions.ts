import type pg from 'pg'
import type { Assertions } from './engine/index.ts'

/** A pair of which people have said whether it is one person. */
export interface ReviewedPair {
  readonly a: string
  readonly b: string
  readonly same: boolean
}

// A mention that a later version of its record replaced speaks on through the one that replaced it.
const NOW = `select old.id, coalesce(newest.id, old.id) as now_id from people.mention old
  left join lateral (select m.id from people.mention m where old.superseded_at is not null and m.record_id = old.record_id
    and m.seq = old.seq and m.role = old.role and m.superseded_at is null limit 1) newest on true`

/**
 * What people have said of pairs of mentions and not taken back, for the clustering; in terms of mentions that stand.
 * @param among only what is said of two of these; everything when left out
 */
export async function standingAssertions(client: pg.ClientBase, among?: readonly string[]): Promise<Assertions> {
  const { rows } = await client.query<{ a: string; b: string; verdict: 'same' | 'different' }>(
    `with said as (
       select s.a, s.b, s.verdict from linkage.assertion s
       where not exists (select from linkage.withdrawal w where w.judgement_id = s.judgement_id)),
     now as (${NOW} where old.id in (select a from said union select b from said))
     select distinct x.now_id as a, y.now_id as b, s.verdict from said s join now x on x.id = s.a join now y on y.id = s.b
     join people.mention ma on ma.id = x.now_id and ma.superseded_at is null
     join people.mention mb on mb.id = y.now_id and mb.superseded_at is null
     where x.now_id <> y.now_id and ($1::uuid[] is null or x.now_id = any ($1) and y.now_id = any ($1)) order by 1, 2, 3`,
    [among ?? null],
  )
  const pairs = (verdict: string): [string, string][] =>
    rows.filter((row) => row.verdict === verdict).map(({ a, b }) => [a, b])
  return { same: pairs('same'), different: pairs('different') }
}

/**
 * The pairs that people have answered, for calibrating: the latest answer that settles a pair. Pairs taken back, pairs of
 * which nobody could say, and pairs about which two readers differ and no third has answered, are not among them.
 */
export async function reviewedPairs(client: pg.ClientBase): Promise<readonly ReviewedPair[]> {
  const { rows } = await client.query<ReviewedPair>(
    `with answer as (
       select j.* from linkage.judgement j
       where j.kind = 'pair' and not exists (select from linkage.withdrawal w where w.judgement_id = j.id)),
     latest as (select distinct on (a, b) a, b, answer, at from answer where round <> 2 order by a, b, at desc)
     select l.a, l.b, l.answer = 'same' as same from latest l
     where l.answer <> 'cannot say' and not exists (select from answer k
       where k.a = l.a and k.b = l.b and k.round = 2 and k.at > l.at and k.answer <> l.answer) order by 1, 2`,
  )
  return rows
}
