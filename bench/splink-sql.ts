import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { BlockingRule, ComparisonSpec, KeyExpr, Test, TrainedModel } from '#linkage-engine'
import { COMPARED, SPLINK_MODEL } from './splink-model.ts'

// The SQL that Splink sends to DuckDB for the same model, in the same steps (blocked id pairs, comparison vectors, match weight parts,
// predictions, connected components), written from its published description; EM itself, over the counts, is small and left out.
// Two forms of what costs most: as Splink does it by default (every pair of a training session is looked at, the compared values are
// carried into the predictions), and the leanest that gives the same answer (as few pairs as the other side, nothing carried along).
export type Form = 'default' | 'lean'

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

function keySql(key: KeyExpr, side: 'l' | 'r'): string {
  if ('unordered' in key) throw new TypeError('the model of this bench has no unordered keys')
  const column = `${side}."${key.column}"`
  return key.part === 'prefix' ? `substr(${column}, 1, ${key.length})` : column
}

const ruleSql = ({ keys }: BlockingRule): string =>
  `(${keys.map((key) => `${keySql(key, 'l')} = ${keySql(key, 'r')}`).join(' and ')})`

function testSql(test: Test): string {
  if (!('column' in test)) throw new TypeError('the model of this bench compares one column at a time')
  const [l, r] = [`"${test.column}_l"`, `"${test.column}_r"`]
  const day = (side: string): string => `epoch(try_strptime(${side}, '%Y-%m-%d'))`
  const piece = (side: string, pattern: string): string => `nullif(regexp_extract(${side}, '${pattern}'), '')`
  if (test.test === 'exact') return `${l} = ${r}`
  if (test.test === 'jaroWinkler') return `jaro_winkler_similarity(${l}, ${r}) >= ${test.atLeast}`
  if (test.test === 'damerau') return `damerau_levenshtein(${l}, ${r}) <= ${test.atMost}`
  if (test.test === 'daysWithin') return `abs(${day(l)} - ${day(r)}) <= ${test.days * 86_400}`
  if (test.test !== 'postcodePart') throw new TypeError(`the model of this bench has no test "${test.test}"`)
  const pattern = {
    sector: '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]',
    district: '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?',
    area: '^[A-Za-z]{1,2}',
  }[test.part]
  return `${piece(l, pattern)} = ${piece(r, pattern)}`
}

/** The level of a comparison, counted as Splink does: the first level is the highest, else is 0, null is -1. */
function gammaSql({ name, columns, levels }: ComparisonSpec): string {
  const [column] = columns
  const when = levels.map(({ all }, at) => `when ${all.map(testSql).join(' and ')} then ${levels.length - at}`)
  return `case when "${column}_l" is null or "${column}_r" is null then -1 ${when.join(' ')} else 0 end as gamma_${name}`
}

const GAMMAS = SPLINK_MODEL.comparisons.map(gammaSql).join(',\n')
const tfOf = ({ levels }: ComparisonSpec): string | undefined => levels[0]?.tf?.[0]?.column
const TF_COLUMNS = SPLINK_MODEL.comparisons.flatMap((comparison) => tfOf(comparison) ?? [])
const SELECTED = COMPARED.map((column) => `l."${column}" as "${column}_l", r."${column}" as "${column}_r"`).join(', ')
const SELECTED_TF = TF_COLUMNS.map(
  (column) => `l."tf_${column}" as "tf_${column}_l", r."tf_${column}" as "tf_${column}_r"`,
).join(', ')

/** Wall and CPU seconds of each step. */
export type Steps = Record<string, { readonly wall: number; readonly cpu: number }>

export class SplinkSql {
  readonly steps: Steps = {}
  readonly connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  static async open(threads: number): Promise<SplinkSql> {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(threads), memory_limit: '16GB' })
    return new SplinkSql(await instance.connect())
  }

  private async step(name: string, work: () => Promise<void>): Promise<void> {
    const [began, before] = [performance.now(), process.cpuUsage()]
    await work()
    const { user, system } = process.cpuUsage(before)
    this.steps[name] = { wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 }
  }

  async number(sql: string): Promise<number> {
    return Number((await this.connection.runAndReadAll(sql)).getRows()[0]?.[0])
  }

  async read(file: string): Promise<void> {
    await this.step('read', async () => {
      const columns = COMPARED.map((column) => `nullif("${column}", '') as "${column}"`).join(', ')
      await this.connection.run(`create table df as select substr(unique_id, 2)::integer as unique_id, ${columns}
        from read_csv(${quoted(file)}, header = true, all_varchar = true, quote = '')`)
      for (const column of TF_COLUMNS) {
        await this.connection
          .run(`create table tf_${column} as select "${column}", count(*)::float8 / (select count("${column}") from df)
          as "tf_${column}" from df where "${column}" is not null group by "${column}"`)
      }
      await this.connection
        .run(`create table df_with_tf as select df.*, ${TF_COLUMNS.map((column) => `tf_${column}."tf_${column}"`).join(', ')}
        from df ${TF_COLUMNS.map((column) => `left join tf_${column} on df."${column}" = tf_${column}."${column}"`).join(' ')}`)
    })
  }

  /** What Splink counts to learn from: pairs of the deterministic rules, levels of random pairs, and level patterns of two sessions. */
  async train(form: Form, randomPairs: number, sessionPairs: number): Promise<void> {
    const { deterministic, sessions } = SPLINK_MODEL.training
    await this.step(`train ${form}`, async () => {
      await this.number(`select count(*) from (${blockedSql(deterministic)})`)
      const rows = Math.round(0.5 * (Math.sqrt(8 * randomPairs + 1) + 1))
      await this.connection.run(
        `create or replace table drawn as select * from df using sample reservoir(${rows} rows) repeatable (1)`,
      )
      await this.patterns(`select ${SELECTED} from drawn l join drawn r on l.unique_id < r.unique_id`)
      for (const session of sessions) {
        if (form === 'default') {
          await this.patterns(
            `select ${SELECTED} from df l join df r on ${ruleSql(session)} where l.unique_id < r.unique_id`,
          )
          continue
        }
        const pairs = await this.number(`select sum(n * (n - 1) / 2) from (select count(*) as n from df
          where ${session.keys.map((key) => `${keySql(key, 'l').replace('l.', '')} is not null`).join(' and ')}
          group by ${session.keys.map((key) => keySql(key, 'l').replace('l.', '')).join(', ')})`)
        // As many pairs as the other side looks at, by leaving out rows: pairs fall with the square.
        const share = Math.sqrt(Math.min(1, sessionPairs / pairs))
        await this.connection.run(
          `create or replace table thinned as select * from df where hash(unique_id) % 1000000 < ${Math.round(share * 1e6)}`,
        )
        await this.patterns(
          `select ${SELECTED} from thinned l join thinned r on ${ruleSql(session)} where l.unique_id < r.unique_id`,
        )
      }
    })
  }

  private async patterns(pairs: string): Promise<void> {
    const names = SPLINK_MODEL.comparisons.map(({ name }) => `gamma_${name}`).join(', ')
    await this.connection.run(
      `create or replace table pattern as select ${names}, count(*) as n from (select ${GAMMAS} from (${pairs})) group by ${names}`,
    )
  }

  async block(): Promise<number> {
    await this.step('block', async () => {
      await this.connection.run(`create table blocked as ${blockedSql(SPLINK_MODEL.blocking)}`)
    })
    return this.number('select count(*) from blocked')
  }

  async predict(form: Form, model: TrainedModel, threshold: number): Promise<void> {
    const carried = form === 'lean' ? '' : `${COMPARED.map((column) => `"${column}_l", "${column}_r"`).join(', ')}, `
    const parts = SPLINK_MODEL.comparisons.map((comparison, at) => partsSql(comparison, model, at))
    const prior = Math.log2(model.prior / (1 - model.prior))
    const weight = [`cast(${prior} as float8)`, ...parts.flatMap(({ names }) => names)].join(' + ')
    await this.step(`predict ${form}`, async () => {
      await this.connection.run(`create or replace table predicted as
        with pair as (select l.unique_id as unique_id_l, r.unique_id as unique_id_r, ${SELECTED}, ${SELECTED_TF}, b.match_key
          from blocked b inner join df_with_tf l on l.unique_id = b.join_key_l inner join df_with_tf r on r.unique_id = b.join_key_r),
        vectors as (select unique_id_l, unique_id_r, match_key, ${carried}${GAMMAS},
          ${TF_COLUMNS.map((column) => `"tf_${column}_l", "tf_${column}_r"`).join(', ')} from pair),
        parts as (select unique_id_l, unique_id_r, match_key, ${carried}${parts.map(({ sql }) => sql).join(',\n')} from vectors)
        select ${weight} as match_weight, 1.0 / (1.0 + power(cast(2 as float8), -(${weight}))) as match_probability,
          ${carried}unique_id_l, unique_id_r, match_key from parts where ${weight} >= ${threshold}`)
    })
  }

  /** Connected components at a weight, by joins that pass the smallest id on, as Splink does it. */
  async cluster(threshold: number): Promise<void> {
    const run = (sql: string): Promise<unknown> => this.connection.run(sql)
    await this.step('cluster', async () => {
      await run(`create table near as select unique_id_l as node_rep, unique_id_l as node_id, unique_id_r as near_rep, unique_id_r as near_id
        from predicted where match_weight >= ${threshold} union all select unique_id_r, unique_id_r, unique_id_l, unique_id_l
        from predicted where match_weight >= ${threshold}`)
      await run('create table rep as select unique_id as node_id, unique_id as representative, 0 as stable from df')
      await run('create table found (node_id integer, representative integer)')
      for (;;) {
        await run(`create table fresh as select old_rep, min(representative) as representative, min(stable) as stable from (
          select node_rep as old_rep, near_rep as representative, 0 as stable from near
          union all select representative, representative, 1 from rep) group by old_rep`)
        await run(
          `create table rep2 as select p.node_id, f.representative, f.stable from fresh f left join rep p on f.old_rep = p.representative`,
        )
        await run('insert into found select node_id, representative from rep2 where stable = 1')
        await run(`create table near2 as select l.representative as node_rep, n.node_id, n.near_id, r.representative as near_rep
          from near n left join rep2 l on l.node_id = n.node_id left join rep2 r on n.near_id = r.node_id
          where l.representative <> r.representative`)
        await run('drop table near; alter table near2 rename to near; drop table fresh; drop table rep')
        await run('create table rep as select * from rep2 where stable = 0; drop table rep2')
        if ((await this.number('select count(*) from near')) > 0) continue
        await run('insert into found select node_id, representative from rep')
        return
      }
    })
  }
}

/** Pairs of ids, each by the first rule that makes it. */
function blockedSql(rules: readonly BlockingRule[]): string {
  const all = rules.map(ruleSql)
  return all
    .map((sql, at) => {
      const earlier = all.slice(0, at).map((before) => `coalesce(${before}, false)`)
      return `select '${at}' as match_key, l.unique_id as join_key_l, r.unique_id as join_key_r from df l inner join df r on ${sql}
        where l.unique_id < r.unique_id ${at === 0 ? '' : `and not (${earlier.join(' or ')})`}`
    })
    .join(' union all ')
}

function partsSql(
  comparison: ComparisonSpec,
  model: TrainedModel,
  at: number,
): { sql: string; names: readonly string[] } {
  const { m, u } = model.params[at] ?? { m: [], u: [] }
  const { name, levels } = comparison
  const bits = m.map((value, level) => Math.log2(value / (u[level] ?? 1)))
  const when = bits.map(
    (weight, level) => `when gamma_${name} = ${levels.length - level} then cast(${weight} as float8)`,
  )
  const base = `case when gamma_${name} = -1 then cast(0 as float8) ${when.join(' ')} end as mw_${name}`
  const column = tfOf(comparison)
  if (column === undefined) return { sql: base, names: [`mw_${name}`] }
  const usual = Math.log2(model.shared[column] ?? 0)
  return {
    sql: `${base}, case when gamma_${name} = ${levels.length} then cast(${usual} as float8)
      - log2(greatest("tf_${column}_l", "tf_${column}_r")) else cast(0 as float8) end as mw_tf_${name}`,
    names: [`mw_${name}`, `mw_tf_${name}`],
  }
}
