import type pg from 'pg'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { serviceScope } from '#modules/incidents'
import type { Job } from '#platform/http'
import { reviewedPairs, standingAssertions } from './assertions.ts'
import { beginLinkage } from './batch.ts'
import { crewFor } from './crew.ts'
import { cluster, defaultModel, type Dataset } from './engine/index.ts'
import { copyInto, readForce } from './mentions.ts'
import { reportOf } from './model-report.ts'
import { keepModel, learn, type LabelCounts } from './models.ts'
import { loadNameGroups } from './search-keys.ts'

/** The job that trains a model that somebody asked for. */
export const TRAIN_JOB = 'linkage.train'

/** What a draft would change of who is one person now. */
export interface Changes {
  /** People who would be joined to others, and into how many. */
  readonly joined: number
  readonly into: number
  /** People who would be parted, and into how many. */
  readonly parted: number
  readonly from: number
  readonly persons: number
}

export interface Trained {
  readonly id: string
  readonly version: number
  readonly trainedOn: number
  readonly labels: LabelCounts
  readonly changes: Changes
  readonly calibrationError: number | null
  readonly warnings: readonly string[]
}

/** How many pairs of each kind are kept for whoever decides about a draft. */
const MOST_SHOWN = 500

/**
 * Trains a model on every mention that stands and keeps it as a draft, with what it would change. It links nobody.
 * @param pool connected as dauntless_worker
 * @param by the account that asked, where somebody did
 */
export async function trainDraft(
  pool: Pool,
  scope: Scope,
  say: (what: string) => void = () => {},
  by?: string,
): Promise<Trained> {
  return inTransaction(pool, async (client) => {
    await beginLinkage(client, scope)
    const dataset = await readForce(client, defaultModel(), loadNameGroups())
    say(`read ${dataset.size} mentions`)
    await using crew = crewFor(dataset.size)
    const learned = await learn(crew, dataset, defaultModel(), await reviewedPairs(client))
    say(`trained; ${learned.scored.compared} pairs compared`)
    const { of } = cluster(learned.weighed, learned.model, learned.scored.edges, await standingAssertions(client))
    say('clustered')
    const { changes, pairs } = changesOf(learned.weighed, of, await personsNow(client))
    const report = reportOf(learned)
    const { id, version } = await keepModel(client, learned, {
      trainedOn: dataset.size,
      status: 'draft',
      report: { ...report, changes },
      by,
    })
    await copyInto(
      client,
      'linkage.model_change (model_id, kind, a, b)',
      (function* () {
        for (const [kind, a, b] of pairs) yield `${id}\t${kind}\t${a}\t${b}\n`
      })(),
    )
    await client.query(`select audit.record('combine', '{}', array[$1::uuid], $2)`, [
      id,
      JSON.stringify({ what: 'model trained', version, mentions: dataset.size }),
    ])
    const { calibrationError } = report
    return {
      id,
      version,
      trainedOn: dataset.size,
      labels: learned.labels,
      changes,
      calibrationError,
      warnings: learned.model.warnings,
    }
  })
}

async function personsNow(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ mention_id: string; person_id: string }>(
    'select mention_id, person_id from people.membership where to_at is null',
  )
  return new Map(rows.map(({ mention_id, person_id }) => [mention_id, person_id]))
}

/**
 * What clusters would change: people whose mentions fall to several clusters are parted, clusters with mentions of several
 * people join them. Of each a pair of mentions says so, five hundred of a kind at most, in the order of their ids.
 */
export function changesOf(
  dataset: Pick<Dataset, 'ids'>,
  of: Int32Array,
  now: ReadonlyMap<string, string>,
): { readonly changes: Changes; readonly pairs: readonly (readonly ['join' | 'part', string, string])[] } {
  // the first mention of each person in each cluster stands for them there
  const byCluster = new Map<number, Map<string, string>>()
  const byPerson = new Map<string, Map<number, string>>()
  for (const [at, id] of dataset.ids.entries()) {
    const person = now.get(id)
    if (person === undefined) continue
    const cluster = of[at] ?? 0
    const there = byCluster.get(cluster) ?? new Map<string, string>()
    byCluster.set(cluster, there)
    const parts = byPerson.get(person) ?? new Map<number, string>()
    byPerson.set(person, parts)
    if (there.has(person)) continue
    there.set(person, id)
    parts.set(cluster, id)
  }
  const ordered = (a: string, b: string): readonly [string, string] => (a < b ? [a, b] : [b, a])
  const pairsOf = (kind: 'join' | 'part', groups: Iterable<ReadonlyMap<unknown, string>>) => {
    const pairs: (readonly ['join' | 'part', string, string])[] = []
    for (const group of groups) {
      const [first, ...rest] = group.values()
      if (first === undefined) continue
      for (const other of rest) if (pairs.length < MOST_SHOWN) pairs.push([kind, ...ordered(first, other)])
    }
    return pairs
  }
  const joins = [...byCluster.values()].filter(({ size }) => size > 1)
  const parts = [...byPerson.values()].filter(({ size }) => size > 1)
  return {
    changes: {
      joined: joins.reduce((sum, { size }) => sum + size, 0),
      into: joins.length,
      parted: parts.reduce((sum, { size }) => sum + size, 0),
      from: parts.length,
      persons: byCluster.size,
    },
    pairs: [...pairsOf('join', joins), ...pairsOf('part', parts)],
  }
}

/** How often a page that waits is told how far a training is, in milliseconds. */
const TOLD_MS = 300

/** Trains the model that a row of linkage.training asks for. One that has ended is not done again. */
export const trainJob: Job = async ({ training = '' }, { pool }) => {
  const { rows } = await pool.query<{ by: string }>(
    `update linkage.training set said = 'begun' where id = $1 and finished_at is null returning asked_by as by`,
    [training],
  )
  const [asked] = rows
  if (asked === undefined) return
  let told = 0
  const tell = (said: string): void => {
    if (performance.now() - told < TOLD_MS) return
    told = performance.now()
    // the next word makes up for one that was lost
    pool
      .query('update linkage.training set said = $2 where id = $1 and finished_at is null', [training, said])
      .catch(() => {})
  }
  try {
    const scope = await serviceScope(pool, 'train a linkage model', 'job linkage.train')
    const { id } = await trainDraft(pool, scope, tell, asked.by)
    await pool.query(`update linkage.training set said = 'done', model_id = $2, finished_at = clock_timestamp() where id = $1`, [training, id]) // prettier-ignore
  } catch (error) {
    await pool.query(`update linkage.training set said = 'it failed and is tried again' where id = $1 and finished_at is null`, [training]) // prettier-ignore
    throw error
  }
}
