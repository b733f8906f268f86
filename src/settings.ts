import type { IssuerConfig } from '#platform/auth'

/** What the operator chose for the process that serves, read and checked before anything is started. */
export interface Settings {
  readonly port: number
  readonly host: string
  /** Where figures for Prometheus are served. Null: nowhere. */
  readonly metrics: { readonly port: number; readonly host: string } | null
  /** The address that people type. */
  readonly publicUrl: string
  readonly issuer: IssuerConfig
  readonly log: boolean | 'faults'
  /** Whether this process also works: jobs, listeners, the sealing of the log. */
  readonly worker: boolean
  /** Whether an empty database is given the demonstration force. */
  readonly demo: boolean
  /** How long the process at least goes on serving after it was told to stop, in seconds, so that a proxy can look away. */
  readonly drainSeconds: number
}

type Env = Readonly<Record<string, string | undefined>>

/** Stopping takes 20 seconds in all, and what is under way needs some of them. */
const MOST_DRAIN_SECONDS = 10

/** An empty variable, as an `.env` file may hold, is one that is left out. */
const given = (said: string | undefined): string | undefined => (said?.trim() ? said.trim() : undefined)

function portOf(name: string, said: string): number {
  const port = Number(said)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name} must be a port number, not "${said}"`)
  return port
}

function addressOf(name: string, said: string): string {
  if (!URL.canParse(said) || !/^https?:$/.test(new URL(said).protocol))
    throw new Error(`${name} must be an address that begins with https:// or http://, not "${said}"`)
  return said
}

/** Operators read the log of a real force; who tries the demonstration reads the lines of the start. */
function logOf(env: Env): boolean | 'faults' {
  const said = given(env['DAUNTLESS_LOG'])
  if (said === 'on' || said === 'off') return said === 'on'
  return env['NODE_ENV'] === 'production' ? true : 'faults'
}

function issuerOf(env: Env): IssuerConfig {
  const said = given(env['OIDC_ISSUER'])
  if (said === undefined) return { issuer: 'embedded', clientId: 'dauntless' }
  const secret = given(env['OIDC_CLIENT_SECRET'])
  return {
    issuer: new URL(addressOf('OIDC_ISSUER', said)),
    clientId: given(env['OIDC_CLIENT_ID']) ?? 'dauntless',
    ...(secret !== undefined && { clientSecret: secret }),
  }
}

/** @throws Error with one line for what makes no sense */
export function readSettings(env: Env = process.env): Settings {
  const port = portOf('PORT', given(env['PORT']) ?? '3000')
  const metricsPort = given(env['METRICS_PORT'])
  const publicUrl = given(env['DAUNTLESS_URL'])
  const drain = given(env['DAUNTLESS_DRAIN']) ?? '0'
  if (!/^\d{1,2}$/.test(drain) || Number(drain) > MOST_DRAIN_SECONDS)
    throw new Error(`DAUNTLESS_DRAIN must be a whole number of seconds from 0 to ${MOST_DRAIN_SECONDS}, not "${drain}"`)
  return {
    port,
    host: given(env['HOST']) ?? '127.0.0.1',
    metrics:
      metricsPort === undefined
        ? null
        : { port: portOf('METRICS_PORT', metricsPort), host: given(env['METRICS_HOST']) ?? '127.0.0.1' },
    publicUrl: publicUrl === undefined ? `http://localhost:${port}` : addressOf('DAUNTLESS_URL', publicUrl),
    issuer: issuerOf(env),
    log: logOf(env),
    worker: env['DAUNTLESS_WORKER'] !== 'off',
    demo: env['DAUNTLESS_DEMO'] !== 'off',
    drainSeconds: Number(drain),
  }
}
