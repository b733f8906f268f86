import { inTransaction, type Pool, type Scope } from '#platform/db'
import { build, explain, positionOf, rulesJoining, withFrequencies, type Waterfall } from './engine/index.ts'
import { readSome } from './mentions.ts'
import { modelOfPairs, publishedModel } from './models.ts'
import { loadNameGroups } from './search-keys.ts'

/** Why two mentions are, or are not, taken for one person. Holds no value of either. */
export interface PairExplained extends Waterfall {
  readonly model: number
  /** Rules that bring the two together, so that they are compared; none: they never are. */
  readonly rules: readonly string[]
}

/**
 * Explains two mentions that stand, by their ids, with the published model. Logged as a look at both.
 * @param pool connected as dauntless_worker
 * @throws RangeError when a mention is not there, or nothing was ever linked
 */
export async function explainPair(pool: Pool, scope: Scope, one: string, other: string): Promise<PairExplained> {
  return inTransaction(pool, async (client) => {
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      scope.reason ?? '',
      scope.route,
      scope.requestId,
    ])
    const kept = (await publishedModel(client)) ?? (await modelOfPairs(client))
    if (kept === null) throw new RangeError('there is no model: link first')
    const rows = await readSome(client, [one, other])
    if (one === other || rows.length !== 2) throw new RangeError('two mentions that stand are needed')
    const { rows: on } = await client.query<{ subjects: string[]; objects: string[]; sealed: boolean }>(
      `select array_agg(distinct b.person_id) as subjects, array_agg(distinct m.record_id) as objects, bool_or(m.sealed) as sealed
       from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null where m.id = any ($1)`,
      [[one, other]],
    )
    const { subjects, objects, sealed } = on[0] ?? { subjects: null, objects: null, sealed: null }
    await client.query(`select audit.record('consult', $1, $2, $3)`, [
      subjects ?? [],
      objects ?? [],
      JSON.stringify({ what: 'pair explained', ...(sealed === true && { sealed: true }) }),
    ])
    const dataset = withFrequencies(build(rows, kept.model.spec, loadNameGroups()), kept.frequencies)
    const [a, b] = [positionOf(dataset, one), positionOf(dataset, other)]
    return {
      ...explain(dataset, kept.model, a, b),
      model: kept.version,
      rules: rulesJoining(dataset, kept.model, a, b),
    }
  })
}

const bits = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(2)}`

/** The waterfall as a person reads it on a terminal. */
export function tellWaterfall({
  model,
  prior,
  steps,
  total,
  probability,
  band,
  reasons,
  rules,
}: PairExplained): string {
  const line = (what: string, found: string, adds: string, sum: number): string =>
    `${what.padEnd(16)} ${found.padEnd(58)} ${adds.padStart(8)} ${sum.toFixed(2).padStart(8)}`
  const words = { auto: 'linked unseen', review: 'shown to a person', leave: 'left apart' } as const
  return [
    `model version ${model}; bits, and their running total`,
    line('any two', 'where every pair starts', bits(prior), prior),
    ...steps.map(({ comparison, label, m, weight, rarity, runningTotal }) =>
      line(
        comparison,
        m === null ? label : `${label} (m ${m.toPrecision(3)}, rarity ${bits(rarity)})`,
        m === null ? '' : bits(weight + rarity),
        runningTotal,
      ),
    ),
    `total ${total.toFixed(2)} bits, chance of one person ${(100 * probability).toFixed(2)}%: ${words[band]}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`,
    rules.length === 0
      ? 'no rule brings them together: they are never compared'
      : `brought together by: ${rules.join('; ')}`,
  ].join('\n')
}
