import pg from 'pg'
import { PgBoss, type Db } from 'pg-boss'
import type { Pool } from '#platform/db'

/** The schema of pg-boss, made by migrations/0007_jobs.sql and not by pg-boss itself. */
const SCHEMA = 'jobs'

// The rest of the product reads times as Temporal; pg-boss is written for what node-postgres gives by itself.
const PLAIN = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text)],
  [pg.types.builtins.DATE, (text) => new Date(text)],
  [pg.types.builtins.INT8, (text) => text],
])
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    PLAIN.get(oid) ?? (format === 'binary' ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid)),
} as pg.CustomTypesConfig

/** A pool, or one connection in a transaction, as pg-boss wants it. */
export function overPg(target: Pool | pg.PoolClient): Db {
  return { executeSql: (text, values) => target.query({ text, values: values ?? [], types }) }
}

/**
 * pg-boss on a pool of ours, with nothing running that was not asked for.
 * @param superviseSeconds how often jobs are looked for whose worker has died
 */
export function queueOn(pool: Pool, superviseSeconds?: number): PgBoss {
  return new PgBoss({
    db: overPg(pool),
    schema: SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    registerInstance: false,
    persistWarnings: false,
    reindex: false, // needs the owner of the tables
    openTelemetry: { enabled: false },
    supervise: superviseSeconds !== undefined,
    ...(superviseSeconds !== undefined && {
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
    }),
  })
}
