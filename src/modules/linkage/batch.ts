import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { from as copyFrom } from 'pg-copy-streams'
import type pg from 'pg'
import type { Pool, Scope } from '#platform/db'
import { searchKeysOf, type NameKeys } from '#modules/people'
import { applyAssignment, type Applied } from './apply.ts'
import {
  build, calibrate, cluster, decider, defaultModel, estimateBlocking, foldText, freeLabels, nameGroups, nameTokens, pairScorer, score,
  soundCode, train, type MentionRow, type NameGroups, type TrainedModel,
} from './engine/index.ts' // prettier-ignore

const NAMES = join(import.meta.dirname, '../../../data/names')

/** The name groups of the force: nicknames and transliterations. */
export function loadNameGroups(): NameGroups {
  const lines = (file: string) => readFileSync(join(NAMES, file), 'utf8').split(/\r?\n/)
  return nameGroups({ nicknames: lines('nicknames.csv'), transliterations: lines('transliteration-variants.csv') })
}

/** Name keys for searching, the same as those that linkage blocks on. */
export function nameKeys(groups: NameGroups): NameKeys {
  return {
    tokens: (text) => [...nameTokens(text)],
    canonical: (token) => [...new Set([foldText(token), ...groups.groupsOf(foldText(token))])],
    sound: (token) => soundCode(foldText(token)) ?? '',
  }
}

export interface LinkReport extends Applied {
  readonly run: string
  readonly mentions: number
  readonly compared: number
  readonly edges: number
  readonly forReview: number
  /** Blocks that were too large to compare, by rule: pairs that were not looked at. */
  readonly refusedBlocks: number
  readonly warnings: readonly string[]
  readonly seconds: number
}

const PAGE = 50_000

/** Mentions that stand, in the order of their ids, a page at a time. */
export async function* readMentions(client: pg.ClientBase): AsyncGenerator<MentionRow> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await client.query<MentionRow>(
      `select id, coalesce(forenames, '') as forenames, coalesce(surname, '') as surname, coalesce(known_as, '') as "knownAs",
         coalesce(dob::text, '') as dob, coalesce(sex, '') as sex, coalesce(postcode, '') as postcode, coalesce(phone, '') as phone,
         coalesce(nominal, '') as nominal, coalesce(source || ':' || custody_ref, '') as custody, record_id::text as record, role
       from people.mention where superseded_at is null and id > $1 order by id limit ${PAGE}`,
      [after],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.id
  }
}

async function copyInto(client: pg.ClientBase, table: string, lines: Iterable<string>): Promise<void> {
  const stream = client.query(copyFrom(`copy ${table} from stdin`))
  const finished = once(stream, 'finish')
  let waiting = ''
  for (const line of lines) {
    waiting += line
    if (waiting.length > 65_536) {
      if (!stream.write(waiting)) await once(stream, 'drain')
      waiting = ''
    }
  }
  stream.end(waiting)
  await finished
}

/**
 * Links every mention that stands: trains, scores, clusters, and makes the clusters persons. One transaction: seen whole or not at all.
 * @param pool connected as dauntless_worker
 * @param scope of the service session, under which the combination is logged
 */
export async function linkForce(pool: Pool, scope: Scope, say: (what: string) => void = () => {}): Promise<LinkReport> {
  const started = performance.now()
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    await client.query('select pg_advisory_xact_lock(727003)') // one linkage at a time
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      '',
      scope.route,
      scope.requestId,
    ])
    const rows: MentionRow[] = []
    for await (const row of readMentions(client)) rows.push(row)
    say(`read ${rows.length} mentions`)
    const groups = loadNameGroups()
    const spec = defaultModel()
    const dataset = build(rows, spec, groups)
    let model: TrainedModel = train(dataset, spec)
    say('trained')
    const { edges, compared } = score(dataset, model, { threshold: 0 })
    const scorer = pairScorer(dataset, model)
    const calibration = calibrate(freeLabels(dataset, model, edges, scorer), 'free labels')
    if (calibration) model = { ...model, calibration }
    const clusters = cluster(dataset, model, edges, {})
    say(`compared ${compared} pairs`)
    const name = `${spec.id} ${spec.version}`
    const inserted = await client.query<{ id: string }>(
      'insert into linkage.run (model, params) values ($1, $2) returning id',
      [name, JSON.stringify({ prior: model.prior, params: model.params, calibration: model.calibration })],
    )
    const run = inserted.rows[0]?.id ?? ''
    await client.query(
      'create temp table assignment (mention_id uuid primary key, cluster integer, weight real) on commit drop',
    )
    await copyInto(
      client,
      'assignment',
      rows.values().map((row, at) => `${row.id}\t${clusters.of[at]}\t\\N\n`),
    )
    const decide = decider(dataset, model, scorer)
    await client.query('delete from linkage.edge')
    let kept = 0
    await copyInto(
      client,
      'linkage.edge (a, b, weight, chance, band, run_id)',
      (function* () {
        for (let at = 0; at < edges.count; at++) {
          const [a, b, weight] = [edges.a[at] ?? 0, edges.b[at] ?? 0, edges.weight[at] ?? 0]
          const { band, probability } = decide.decide(a, b, weight)
          if (band === 'leave') continue
          kept++
          yield `${rows[a]?.id}\t${rows[b]?.id}\t${weight}\t${probability}\t${band === 'auto' ? 'link' : 'review'}\t${run}\n`
        }
      })(),
    )
    const applied = await applyAssignment(client, run, name)
    say(`${applied.persons} persons`)
    await rebuildSearchKeys(client, rows, nameKeys(groups))
    const rules = estimateBlocking(dataset, spec.blocking)
    const report: LinkReport = {
      ...applied,
      run,
      mentions: rows.length,
      compared,
      edges: kept,
      forReview: clusters.review.length,
      refusedBlocks: rules.reduce((all, rule) => all + rule.refused.length, 0),
      warnings: model.warnings,
      seconds: Math.round((performance.now() - started) / 10) / 100,
    }
    await client.query('update linkage.run set finished_at = clock_timestamp(), report = $2 where id = $1', [
      run,
      JSON.stringify(report),
    ])
    await client.query(`select audit.record('combine', '{}', array[$1::uuid], $2)`, [
      run,
      JSON.stringify({ what: 'linkage', mentions: report.mentions, persons: report.persons, moved: report.moved }),
    ])
    await client.query('commit')
    return report
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/** Writes what each person can be found by, from all of their mentions and the references of their records. */
async function rebuildSearchKeys(client: pg.ClientBase, rows: readonly MentionRow[], names: NameKeys): Promise<void> {
  const { rows: homes } = await client.query<{ mention_id: string; person_id: string; ref: string }>(
    `select b.mention_id, b.person_id, i.ref from people.membership b join people.mention m on m.id = b.mention_id
     join incidents.incident i on i.id = m.record_id where b.to_at is null`,
  )
  const homeOf = new Map(homes.map((home) => [home.mention_id, home]))
  await client.query('delete from people.search_key')
  await client.query('create temp table fresh_key (kind text, value text, person_id uuid) on commit drop')
  await copyInto(
    client,
    'fresh_key',
    (function* () {
      for (const row of rows) {
        const home = homeOf.get(row.id)
        if (!home) continue
        for (const { kind, value } of searchKeysOf({ ...row, refs: [home.ref, row.custody, row.nominal] }, names)) {
          yield `${kind}\t${value.replace(/[\\\t\n\r\0]/g, ' ')}\t${home.person_id}\n`
        }
      }
    })(),
  )
  await client.query('insert into people.search_key select distinct kind, value, person_id from fresh_key')
}
