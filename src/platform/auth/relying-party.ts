import type { FastifyInstance } from 'fastify'
import * as client from 'openid-client'
import { embeddedIssuer, embeddedPath } from './embedded-name.ts'
import type { PendingLogin } from './store.ts'

/** Which sign-in service we trust, and who we are to it. */
export interface IssuerConfig {
  /** Its address, or `embedded` for the demonstration's own. */
  readonly issuer: URL | 'embedded'
  readonly clientId: string
  readonly clientSecret?: string
}

/** Who the sign-in service says came back. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
  /** When they last proved it to the service, in seconds since 1970; null when it does not say. */
  readonly authenticatedAt: number | null
}

/** Our side of OpenID Connect: sends people to the sign-in service and hears who came back. */
export interface RelyingParty {
  /** @throws when the service cannot be reached */
  begin(
    state: string,
    redirectUri: string,
    freshly: boolean,
  ): Promise<{ readonly url: URL; readonly nonce: string; readonly verifier: string }>
  /** Where people sign out of the service itself and are sent back from; null when it has no such place or cannot be reached. */
  signOutAddress(backTo: string): Promise<URL | null>
  /** @throws when the answer is refused, forged, or the service cannot be reached */
  finish(callback: URL, state: string, pending: PendingLogin): Promise<Identity>
}

/** How long we wait for the sign-in service, in seconds; a person is waiting too. */
const patienceSeconds = 10

function isLoopback(url: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
}

// The embedded provider is in this process: asking it over the network would need our own public address to be
// reachable from here (and our own certificate trusted), so we hand the request straight to the server.
function inProcess(app: FastifyInstance): client.CustomFetch {
  return async (address, options) => {
    const url = new URL(address)
    const { body } = options
    const response = await app.inject({
      method: options.method === 'POST' ? 'POST' : 'GET',
      url: url.pathname + url.search,
      headers: { ...options.headers, host: url.host },
      ...(body instanceof URLSearchParams || typeof body === 'string' ? { payload: body.toString() } : {}),
    })
    return new Response(response.body, {
      status: response.statusCode,
      headers: { 'content-type': String(response.headers['content-type']) },
    })
  }
}

/** Makes the relying party. It asks the service about itself at the first sign-in, so we can start while it is down. */
export function relyingParty(app: FastifyInstance, config: IssuerConfig, publicUrl: () => string): RelyingParty {
  const { issuer, clientId, clientSecret } = config
  let found: Promise<client.Configuration> | null = null

  async function discover(): Promise<client.Configuration> {
    const address = issuer === 'embedded' ? new URL(embeddedPath, publicUrl()) : issuer
    // Signatures are checked even though the ID token comes straight from the service over TLS: it costs one cached key.
    const execute = [client.enableNonRepudiationChecks]
    if (issuer === 'embedded' || isLoopback(issuer)) execute.push(client.allowInsecureRequests)
    return client.discovery(
      address,
      clientId,
      undefined,
      clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret),
      {
        execute,
        timeout: patienceSeconds,
        ...(issuer === 'embedded' ? { [client.customFetch]: inProcess(app) } : {}),
      },
    )
  }

  async function service(): Promise<client.Configuration> {
    found ??= discover()
    try {
      return await found
    } catch (error) {
      // A service that was down is asked again at the next sign-in.
      found = null
      throw error
    }
  }

  return {
    async begin(state, redirectUri, freshly) {
      const configuration = await service()
      const nonce = client.randomNonce()
      const verifier = client.randomPKCECodeVerifier()
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        // max_age=0 makes the service say when the person authenticated, so that a step-up can be checked.
        ...(freshly ? { prompt: 'login', max_age: '0' } : {}),
      })
      return { url, nonce, verifier }
    },
    async signOutAddress(backTo) {
      const configuration = await service().catch(() => null)
      if (configuration?.serverMetadata().end_session_endpoint === undefined) return null
      return client.buildEndSessionUrl(configuration, { post_logout_redirect_uri: backTo })
    },
    async finish(callback, state, pending) {
      const configuration = await service()
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the sign-in service gave no ID token')
      return {
        issuer: issuer === 'embedded' ? embeddedIssuer : claims.iss,
        subject: claims.sub,
        authenticatedAt: claims.auth_time ?? null,
      }
    },
  }
}
