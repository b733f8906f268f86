import {
  explainer,
  type Clusters,
  type Dataset,
  type Edges,
  type TrainedModel,
  type Waterfall,
} from './engine/index.ts'

/** The columns of linkage.edge, in the order of the lines. */
export const EDGE_COLUMNS = 'a, b, weight, chance, band, sure, reason, levels, rarity, rule, run_id'

/** Why the queue shows a pair, beside what the engine says of it. */
export const MANY_MENTIONS = 'many mentions'

/** The model would have a person look, without another word. */
export const UNSURE = 'not certain enough'

/**
 * Why a person should look. The clustering says only that the model was not certain; the guards say why not.
 * @param why what the clustering says; null for nothing to look at
 * @param guards what kept the model from being certain, if anything
 */
export function toldWhy(why: string | null, guards: readonly string[]): string | null {
  return why === UNSURE ? (guards[0] ?? why) : why
}

/**
 * The highest risk on the records of people, 2 or 1, of those that have one: the part of linkage.harm_of that looks at records, for many
 * people at once. @param members whose mentions are looked at: a query of `person_id` and `mention_id`
 */
export const riskOf = (
  members = 'select person_id, mention_id from people.membership where to_at is null',
): string => `select b.person_id, max(case i.risk_grade when 'high' then 2 else 1 end) as grade
  from (${members}) b join people.mention m on m.id = b.mention_id join incidents.incident i on i.id = m.record_id
  where m.superseded_at is null and i.risk_grade in ('high', 'medium') group by 1`

const array = (values: readonly number[]): string => `{${values.join(',')}}`

/** What explains a pair for good, as arrays of the database: which level of each comparison held, and what rarity added to each, in bits. */
export function kept({ steps }: Waterfall): { readonly levels: string; readonly rarity: string } {
  return {
    levels: array(steps.map(({ level }) => level)),
    rarity: array(steps.map(({ rarity }) => Math.round(rarity * 1000) / 1000)),
  }
}

/** The pair that holds each too large cluster together most weakly, by its edge: where a person should look first. */
function weakestOfLarge(edges: Edges, clusters: Clusters): Set<number> {
  const large = new Set(clusters.tooLarge)
  if (large.size === 0) return new Set()
  const parent = new Map<number, number>()
  const find = (mention: number): number => {
    let at = mention
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    return at
  }
  const weakest = new Map<number, number>()
  const within = Array.from({ length: edges.count }, (_, edge) => edge).filter((edge) =>
    large.has(clusters.of[edges.a[edge] ?? 0] ?? 0),
  )
  within.sort((x, y) => (edges.weight[y] ?? 0) - (edges.weight[x] ?? 0) || x - y)
  for (const edge of within) {
    const [a, b] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0]
    const cluster = clusters.of[a] ?? 0
    if (clusters.of[b] !== cluster) continue
    const [one, other] = [find(a), find(b)]
    if (one === other) continue
    parent.set(Math.max(one, other), Math.min(one, other))
    weakest.set(cluster, edge) // strongest first, so the last that joins two parts is the weakest
  }
  return new Set(weakest.values())
}

/** What has become of a pair that is kept. */
export interface Kept {
  readonly band: 'link' | 'review'
  /** Why a person should look; null when nobody need. */
  readonly reason: string | null
  readonly waterfall: Waterfall
}

/** What a clustering makes of a pair of its data set; null for one that is not worth keeping. */
export function keptAs(
  dataset: Dataset,
  model: TrainedModel,
  edges: Edges,
  clusters: Clusters,
): (edge: number) => Kept | null {
  const explain = explainer(dataset, model)
  const refused = new Map(clusters.review.map(({ a, b, reason }) => [a * dataset.size + b, reason]))
  const bridges = weakestOfLarge(edges, clusters)
  return (edge) => {
    const [a, b] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0]
    const waterfall = explain(a, b)
    if (waterfall.band === 'leave') return null
    if (clusters.of[a] === clusters.of[b]) {
      return { band: 'link', reason: bridges.has(edge) ? MANY_MENTIONS : null, waterfall }
    }
    const why = refused.get(a * dataset.size + b) ?? null
    return { band: 'review', reason: toldWhy(why, waterfall.reasons), waterfall }
  }
}

/**
 * The pairs worth keeping, in the order of the table's key: those within one person as links, those between two people
 * that a person should look at for review; each with what explains it.
 */
export function* edgeLines(
  dataset: Dataset,
  model: TrainedModel,
  edges: Edges,
  clusters: Clusters,
  run: string,
): Generator<string> {
  const as = keptAs(dataset, model, edges, clusters)
  const order = Uint32Array.from({ length: edges.count }, (_, edge) => edge)
  order.sort((x, y) => (edges.a[x] ?? 0) - (edges.a[y] ?? 0) || (edges.b[x] ?? 0) - (edges.b[y] ?? 0))
  for (const edge of order) {
    const found = as(edge)
    if (found === null) continue
    const { band, reason, waterfall } = found
    const { levels, rarity } = kept(waterfall)
    yield [
      dataset.ids[edges.a[edge] ?? 0], dataset.ids[edges.b[edge] ?? 0], edges.weight[edge], waterfall.probability.toFixed(6), band,
      waterfall.band === 'auto', reason ?? '\\N', levels, rarity, edges.rule[edge] ?? -1, run,
    ].join('\t') + '\n' // prettier-ignore
  }
}
