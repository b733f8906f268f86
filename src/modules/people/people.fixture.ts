import { authStore } from '#platform/auth'
import { type Clock, systemClock } from '#platform/clock'
import { buildServer, type PersonPanel } from '#platform/http'
import type { Visit, World } from '#test/world'
import { peopleModule } from './index.ts'
import type { NameKeys } from './search.ts'

const NICKNAMES: Readonly<Record<string, readonly string[]>> = { bob: ['robert'], bobby: ['robert'], nour: ['noor'] }

/** Small rules for names, so that the tests of this room do not hang on linkage's. */
export const plainNames: NameKeys = {
  tokens: (text) =>
    text
      .normalize('NFD')
      .toLowerCase()
      .replace(/[\p{M}’']/gu, '')
      .split(/[^\p{L}]+/u)
      .filter(Boolean),
  groups: (token) => [token, ...(NICKNAMES[token] ?? [])],
  sound: (token) => token.charAt(0) + token.slice(1).replace(/[aeiouhyt]/g, ''),
}

/** What a page answered. */
export interface Answered {
  readonly status: number
  readonly text: string
  readonly location: string
}

/** The pages of this room alone, over HTTP. */
export interface PeopleSite {
  /** Asks for a page, or sends a form in the name of a visit. */
  send(visit: Visit, url: string, form?: Readonly<Record<string, string>>): Promise<Answered>
  close(): Promise<void>
}

/** Serves the pages of this room to a test's world. */
export async function peopleSite(
  force: World,
  { clock = systemClock, panels = [] }: { readonly clock?: Clock; readonly panels?: readonly PersonPanel[] } = {},
): Promise<PeopleSite> {
  const people = peopleModule(() => panels, plainNames)
  const site = { navigation: people.navigation ?? [], synthetic: true, secureCookies: false }
  const app = await buildServer({ authStore: authStore(force.signInPool), site, log: false })
  people.routes?.(app, { pool: force.appPool, clock, folder: '.', enqueue: () => Promise.resolve() })
  await app.ready()
  return {
    async send({ cookie, csrf }, url, form) {
      const { statusCode, body, headers } = await app.inject({
        url,
        headers: { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
        ...(form ? { method: 'POST', payload: new URLSearchParams({ csrf, ...form }).toString() } : { method: 'GET' }),
      })
      return { status: statusCode, text: body, location: String(headers.location ?? '') }
    },
    close: () => app.close(),
  }
}
