import { createHash, timingSafeEqual } from 'node:crypto'
import { newToken } from './tokens.ts'

/** Why somebody is sent to the sign-in service: to come in, or to prove again that it is still they. */
export type LoginPurpose = 'sign-in' | 'step-up'

/** What a `state` says of the sign-in it belongs to. */
export interface LoginState {
  readonly purpose: LoginPurpose
  /** When it began, in seconds since 1970. */
  readonly beganAt: number
}

const stateShape = /^(sign-in|step-up)\.(\d{1,12})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/

function seal(browserKey: string, body: string): Buffer {
  return createHash('sha256').update(`${browserKey}.${body}`, 'utf8').digest()
}

/**
 * Makes the `state` of one sign-in: random, and sealed with the key in this browser's cookie. One key serves several
 * tabs at once, and a `state` begun in one browser is worth nothing in another.
 */
export function newState(browserKey: string, state: LoginState): string {
  const body = `${state.purpose}.${String(state.beganAt)}.${newToken()}`
  return `${body}.${seal(browserKey, body).toString('base64url')}`
}

/** Reads a `state` back, or null when it is misshapen or was not begun in the browser that holds this key. */
export function readState(browserKey: string | undefined, state: unknown): LoginState | null {
  if (browserKey === undefined || typeof state !== 'string') return null
  const [, purpose, beganAt, , sealed] = stateShape.exec(state) ?? []
  if (purpose === undefined || beganAt === undefined || sealed === undefined) return null
  const expected = seal(browserKey, state.slice(0, state.lastIndexOf('.')))
  if (!timingSafeEqual(expected, Buffer.from(sealed, 'base64url'))) return null
  return { purpose: purpose === 'step-up' ? 'step-up' : 'sign-in', beganAt: Number(beganAt) }
}
