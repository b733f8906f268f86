import type { Pool } from 'pg'
import { Temporal } from '#platform/clock'

/** What a sign-in under way must remember until the person comes back. */
export interface PendingLogin {
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
}

/** A person's open session. */
export interface Session {
  readonly sessionId: string
  readonly staffId: string
  readonly name: string
  readonly roles: readonly string[]
  /** The secret every form of this session must carry. */
  readonly csrf: string
  /** Whether they have proved within a quarter of an hour that it is still they, for acts that ask it (step-up). */
  readonly confirmed: boolean
  /** When the session ends however busy it is. */
  readonly absoluteUntil: Temporal.Instant
}

/** A person one can sign in as in the demonstration. */
export interface DemoPerson {
  readonly subject: string
  readonly name: string
  readonly role: string
  readonly unit: string
}

/** What signing in asks of the database: the `auth.*` functions, and nothing else of it. */
export interface AuthStore {
  beginLogin(state: string, pending: PendingLogin): Promise<void>
  /** Gives a pending sign-in once, within ten minutes; null after that or when there was none. */
  takeLogin(state: string): Promise<PendingLogin | null>
  /** Null when no active member of staff has that issuer and subject. */
  openSession(
    issuer: string,
    subject: string,
    tokenHash: Buffer,
    userAgent: string,
  ): Promise<{ readonly sessionId: string; readonly staffId: string } | null>
  /** Null when there is none or it has ended. Counts as activity. */
  session(tokenHash: Buffer): Promise<Session | null>
  /** Goes on with a session under a new token, as confirmed. False when it is over, or is not this person's. */
  stepUp(tokenHash: Buffer, nextHash: Buffer, issuer: string, subject: string): Promise<boolean>
  closeSession(tokenHash: Buffer): Promise<void>
  /** Closes every session of the person whose session this is. */
  closeAllSessions(tokenHash: Buffer): Promise<void>
  /** True only when the database holds nothing but the demo force. */
  isDemoForce(): Promise<boolean>
  demoPeople(): Promise<readonly DemoPerson[]>
}

/**
 * The store in PostgreSQL. The login role may call these functions and cannot read the tables behind them.
 * @param pool connected as dauntless_auth
 */
export function authStore(pool: Pool): AuthStore {
  return {
    async beginLogin(state, pending) {
      await pool.query('select auth.begin_login($1, $2, $3, $4)', [
        state,
        pending.nonce,
        pending.verifier,
        pending.returnTo,
      ])
    },
    async takeLogin(state) {
      const { rows } = await pool.query<PendingLogin>(
        'select nonce, verifier, return_to as "returnTo" from auth.take_login($1)',
        [state],
      )
      return rows[0] ?? null
    },
    async openSession(issuer, subject, tokenHash, userAgent) {
      const { rows } = await pool.query<{ sessionId: string; staffId: string }>(
        'select session_id as "sessionId", staff_id as "staffId" from auth.open_session($1, $2, $3, $4)',
        [issuer, subject, tokenHash, userAgent],
      )
      return rows[0] ?? null
    },
    async session(tokenHash) {
      // Times come as milliseconds, so it does not matter how the pool is set to read timestamptz.
      const { rows } = await pool.query<{
        sessionId: string
        staffId: string
        name: string
        roles: readonly string[]
        csrf: string
        confirmed: boolean
        absoluteMs: number
      }>({
        // with each request: by a name, so that a connection plans it once
        name: 'session',
        text: `select session_id as "sessionId", staff_id as "staffId", name, roles, csrf, confirmed,
                 floor(extract(epoch from absolute_until) * 1000)::float8 as "absoluteMs" from auth.session($1)`,
        values: [tokenHash],
      })
      const row = rows[0]
      if (row === undefined) return null
      const { absoluteMs, ...rest } = row
      return { ...rest, absoluteUntil: Temporal.Instant.fromEpochMilliseconds(absoluteMs) }
    },
    async stepUp(tokenHash, nextHash, issuer, subject) {
      const { rows } = await pool.query<{ done: boolean }>('select auth.step_up($1, $2, $3, $4) as done', [
        tokenHash,
        nextHash,
        issuer,
        subject,
      ])
      return rows[0]?.done === true
    },
    async closeSession(tokenHash) {
      await pool.query('select auth.close_session($1)', [tokenHash])
    },
    async closeAllSessions(tokenHash) {
      await pool.query('select auth.close_all_sessions($1)', [tokenHash])
    },
    async isDemoForce() {
      const { rows } = await pool.query<{ demo: boolean }>('select auth.is_demo_force() as demo')
      return rows[0]?.demo === true
    },
    async demoPeople() {
      const { rows } = await pool.query<DemoPerson>(
        'select subject, name, role, unit from auth.demo_people() order by role, unit, name, subject',
      )
      return rows
    },
  }
}
