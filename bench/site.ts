import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { hashToken } from '#platform/auth'
import { systemClock } from '#platform/clock'
import { openPagePool, openPool } from '#platform/db'
import { MODULES } from '../src/modules.ts'
import { buildWeb } from '../src/web.ts'
import { print, quantile, say } from './figure.ts'
import type { Ground } from './ground.ts'
import { load, type Answered, type Asked } from './load.ts'

/** The staff site as it is served, and readers who are signed in to it. */
export interface Site {
  readonly port: number
  /** One a reader, of analysts, who see the whole force. */
  readonly visits: readonly { readonly cookie: string; readonly csrf: string }[]
  close(): Promise<void>
}

/** Serves the product on the ground, with so many signed in. */
export async function serveSite({ urls, admin, folder }: Ground, readers: number): Promise<Site> {
  const pool = openPagePool(urls.dauntless_app)
  const signInPool = openPool(urls.dauntless_auth, 5)
  const app: FastifyInstance = await buildWeb({
    pool,
    signIn: signInPool,
    modules: MODULES,
    clock: systemClock,
    synthetic: true,
    issuer: { issuer: 'embedded', clientId: 'bench' },
    publicUrl: () => 'http://127.0.0.1',
    log: false,
    requestsPerMinute: 10_000_000,
    folder,
    enqueue: () => Promise.resolve(),
    draining: () => false,
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  const visits = await Promise.all(Array.from({ length: readers }, () => signIn(admin)))
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    visits,
    async close() {
      await app.close()
      await Promise.all([pool.end(), signInPool.end()])
    },
  }
}

async function signIn(admin: pg.Client): Promise<{ cookie: string; csrf: string }> {
  const token = randomBytes(32).toString('base64url')
  const { rows } = await admin.query<{ csrf: string }>(
    `insert into auth.session (account_id, token_hash)
     select p.account_id, $1 from organisation.posting p where p.role = 'analyst' limit 1 returning csrf`,
    [hashToken(token)],
  )
  return { cookie: `session=${token}`, csrf: rows[0]?.csrf ?? '' }
}

/**
 * Takes row-level security and the audit log away from the bench's own database, for the baseline: the same pages by the same
 * code, with the tables open and nothing written.
 */
async function bareOf(admin: pg.Client): Promise<void> {
  say('taking row-level security and the log away')
  await admin.query(`do $$ declare t regclass; begin
    for t in select c.oid::regclass from pg_class c where c.relrowsecurity loop
      execute format('alter table %s disable row level security, no force row level security', t);
    end loop; end $$`)
  await admin.query(`create or replace function audit.record(action text, subjects uuid[], objects uuid[], detail jsonb) returns uuid
      language sql volatile security definer set search_path = '' as $$ select '00000000-0000-4000-8000-000000000000'::uuid $$;
    create or replace function people.open_person(person uuid) returns boolean
      language sql volatile security definer set search_path = '' as $$ select exists (select from people.person p where p.id = person) $$`)
}

const WARM_SECONDS = 5
const SECONDS = 15

/**
 * Asks the site for a while as it is served, then again without row-level security and without the log, and prints the figures of
 * both. @param what of the figures: the name of the bench, what is asked for and how many people there are
 */
export async function fullAndBare(
  ground: Ground,
  site: Site,
  asked: { readonly cookies: readonly string[]; readonly asks: readonly Asked[]; readonly atOnce: number },
  what: { readonly bench: string; readonly things: string; readonly n: number },
): Promise<void> {
  const { bench, things, n } = what
  const measure = async (): Promise<Answered> => {
    await load({ port: site.port, ...asked, seconds: WARM_SECONDS })
    const answered = await load({ port: site.port, ...asked, asks: asked.asks.toReversed(), seconds: SECONDS })
    say(`${answered.took.length} ${things}, median ${quantile([...answered.took], 0.5).toFixed(0)} ms`)
    return answered
  }
  const full = await measure()
  await bareOf(ground.admin)
  const bare = await measure()
  await site.close()
  const p95 = ({ took }: Answered): number => quantile([...took], 0.95)
  const baseline = bare.perSecond
  print({ bench, figure: 'p95_ms', value: p95(full), unit: 'ms', baseline: p95(bare), n })
  print({ bench, figure: `${things}_per_s`, value: full.perSecond, unit: `${things}/s`, baseline, n })
  print({ bench, figure: 'bare_ratio', value: bare.perSecond / full.perSecond, unit: 'times', baseline, n })
}
