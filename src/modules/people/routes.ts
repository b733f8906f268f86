import type { FastifyInstance, FastifyRequest } from 'fastify'
import { may } from '#platform/access'
import type { Session } from '#platform/auth'
import { londonDay } from '#platform/clock'
import { NoSession, type Tx, withScope } from '#platform/db'
import { bcus } from '#modules/organisation'
import { field, pageReply, type PersonPanel, type RouteParts, scopeOf, isId } from '#platform/http'
import type { Html, Page, Problem } from '#platform/views'
import type { RecordFact } from './facts.ts'
import { believedOn, readAsAt } from './as-at.ts'
import { readersOf } from './readers-store.ts'
import { type NameKeys, readSearch } from './search.ts'
import { sharesOf } from './shares-store.ts'
import {
  type ClaimKind,
  claimPerson,
  declareConflict,
  type Finding,
  findPeople,
  FINDINGS,
  type GlassLimit,
  openPerson,
  openStub,
  reviewClaim,
  waitingClaims,
} from './store.ts'
import { claimPage, reasonField, searchPage, type SearchModel, SHORTEST_REASON } from './views.ts'
import { personPage } from './views-person.ts'
import { sealPanel } from './views-readers.ts'
import { sharesSection } from './views-shares.ts'
import { reviewsPage } from './views-reviews.ts'

/** What this room is handed by those that may not be imported here. */
export interface PeopleParts {
  /** The panels of the modules above, asked for at each page. */
  readonly panels: () => readonly PersonPanel[]
  readonly names: NameKeys
  /** What the module above knows of records; without it the page says when each was taken in. */
  readonly records?: RecordFacts | undefined
}

/** What is known of records that this transaction has opened, by their ids: people know a record by its id alone. */
export type RecordFacts = (tx: Tx, ids: readonly string[]) => Promise<ReadonlyMap<string, RecordFact>>

/** Panels with a lower order stand above everything but the name: what is dangerous or live now. */
export const URGENT_BEFORE = 20
/** Panels with a lower order stand above the relationships and the mentions. */
export const EARLY_BEFORE = 100

const reasonProblem = (id: string): Problem => ({
  field: id,
  message: `Say why in at least ${SHORTEST_REASON} letters`,
})

function sessionOf(request: FastifyRequest): Session {
  if (request.session === null) throw new NoSession('no session on this request')
  return request.session
}
/** The id in the address; null when it cannot be one. */
function idOf(request: FastifyRequest): string | null {
  const { id } = request.params as { readonly id?: string }
  return id !== undefined && isId(id) ? id : null
}
/** Since the search somebody's records have changed, or the session has: it is never guessed who was meant. */
const CHANGED: Problem = {
  field: 'q',
  message: 'What fits has changed since you searched, and nothing was opened: look at the list again',
}
/** The link by which one confirms stands where the reason does. */
const confirmProblem = (field: string): Problem => ({
  field: field.replace('reason', 'confirm'),
  message: 'Confirm that it is you, then open the record again',
})
/** What somebody can do who has broken the glass as often as one may: who is on duty decides. */
const limitProblem = (field: string, { most, hours }: GlassLimit): Problem => ({
  field,
  message: `You have broken the glass ${most} times within ${hours} hours, as often as one may: ring the duty supervisor. If somebody is in danger now, call 999`,
})
const claimKind = (body: unknown): ClaimKind => (field(body, 'kind') === 'break_glass' ? 'break_glass' : 'claim')

/** What is wrong with an opening by reason: too short a one, or broken glass by somebody who has not just shown who they are. */
function claimProblems(request: FastifyRequest, field: string, kind: ClaimKind, reason: string): Problem[] {
  return [
    ...(reason.length < SHORTEST_REASON ? [reasonProblem(field)] : []),
    ...(kind === 'break_glass' && !sessionOf(request).confirmed ? [confirmProblem(field)] : []),
  ]
}

/** Finding and opening people, declaring conflicts, and the review of records opened with a reason. */
export function peopleRoutes(app: FastifyInstance, { pool, clock }: RouteParts, parts: PeopleParts): void {
  const bcuNames = namesOfBcus()
  const emptySearch = (request: FastifyRequest): SearchModel => {
    const { csrf, roles } = sessionOf(request)
    return {
      csrf,
      q: '',
      problems: [],
      facts: [],
      found: null,
      bcus: new Map(),
      now: clock.now(),
      mayClaim: may(roles, 'people.claim'),
      mayReview: may(roles, 'people.review-claims'),
      maySeal: may(roles, 'people.name-readers'),
    }
  }

  app.get('/people', { config: { access: 'people.search' } }, (request, reply) => {
    const { done } = request.query as { readonly done?: unknown }
    const said =
      done === 'conflict'
        ? 'Your conflict of interest is recorded. That record is closed to you.'
        : done === 'unsealed'
          ? 'The person is unsealed. Whoever works with them sees them again.'
          : undefined
    return pageReply(request, reply, searchPage(emptySearch(request)), said)
  })
  app.get('/people/search', { config: { access: 'people.search' } }, (_, reply) => reply.redirect('/people', 303))
  app.post('/people/search', { config: { access: 'people.search' } }, async (request, reply) => {
    const model = { ...emptySearch(request), q: field(request.body, 'q') }
    return pageReply(request, reply, await searched(request, model))
  })

  /** What somebody typed to open one of the stubs of their search, with what is wrong with it. */
  interface Opening {
    readonly mark: string
    readonly kind: ClaimKind
    readonly reason: string
    /** @param field the id of the reason's field */
    readonly problems: (field: string) => readonly Problem[]
  }

  /** The page for a search: what is wrong with it, or what it finds. */
  const searched = async (request: FastifyRequest, model: SearchModel, opening?: Opening): Promise<Page> => {
    const search = readSearch(model.q, parts.names, londonDay(model.now))
    if (!search.ok) return searchPage({ ...model, problems: [{ field: 'q', message: search.problem }] })
    return withScope(pool, scopeOf(request, 'find a person'), async (tx) => {
      const [found, bcus] = await Promise.all([findPeople(tx, search.keys), bcuNames(tx)])
      const place = found.filter((one) => one.kind === 'stub').findIndex(({ mark }) => mark === opening?.mark)
      const claim = opening && { ...opening, place }
      const problems = opening === undefined ? [] : place === -1 ? [CHANGED] : opening.problems(reasonField(place))
      return searchPage({
        ...model,
        facts: search.facts,
        found,
        bcus,
        problems,
        ...(claim && { claim }),
      })
    })
  }

  app.post('/people/open-stub', { config: { access: 'people.claim' } }, async (request, reply) => {
    const { body } = request
    const [q, reason, kind, mark] = [field(body, 'q'), field(body, 'reason'), claimKind(body), field(body, 'mark')]
    const search = readSearch(q, parts.names, londonDay(clock.now()))
    if (!search.ok || !/^[0-9a-f]{64}$/.test(mark)) return pageReply(request, reply, null)
    const again = async (problems: (field: string) => readonly Problem[]) =>
      pageReply(
        request,
        reply,
        await searched(request, { ...emptySearch(request), q }, { mark, kind, reason, problems }),
      )
    if (claimProblems(request, 'reason', kind, reason).length > 0)
      return again((at) => claimProblems(request, at, kind, reason))
    const opened = await withScope(pool, scopeOf(request, 'open a record found elsewhere', reason), (tx) =>
      openStub(tx, search.keys, mark, kind, reason),
    )
    if (opened === 'changed') return again(() => [CHANGED])
    if (opened === null) return pageReply(request, reply, null)
    return 'limit' in opened
      ? again((at) => [limitProblem(at, opened.limit)])
      : reply.redirect(`/people/${opened.id}`, 303)
  })

  /** The page of a person; null when there is nobody there for the one who asks. */
  const personOf = (
    request: FastifyRequest,
    id: string,
    wrong: readonly Problem[] = [],
    conflict = '',
  ): Promise<Page | null> =>
    withScope(pool, scopeOf(request, 'open a person'), async (tx) => {
      const opened = await openPerson(tx, id)
      if (opened === null) return null
      const { csrf, roles } = sessionOf(request)
      const now = clock.now()
      const asAt = readAsAt(request.query, londonDay(now))
      const problems = asAt.problem === null ? wrong : [...wrong, asAt.problem]
      const mayName = may(roles, 'people.name-readers')
      const mayShare = may(roles, 'people.share')
      const ids = [...new Set(opened.mentions.map(({ recordId }) => recordId))]
      // together: none waits for another
      const [panels, facts, bcus, readers, shares, believed] = await Promise.all([
        Promise.all(
          parts
            .panels()
            .filter(({ action }) => action === undefined || may(roles, action))
            .map(async ({ order, render }) => ({ order, shown: await render(tx, { personId: id, now, roles }) })),
        ),
        parts.records?.(tx, ids),
        bcuNames(tx),
        mayName ? readersOf(tx, id) : [],
        mayShare ? sharesOf(tx, id) : null,
        asAt.day === null ? null : believedOn(tx, id, asAt.day),
      ])
      const placed = panels.toSorted((a, b) => a.order - b.order)
      const between = (from: number, before: number): Html[] =>
        placed.flatMap(({ order, shown }) => (shown !== null && order >= from && order < before ? [shown] : []))
      return personPage({
        opened,
        urgent: [...(readers.length > 0 ? [sealPanel(id, readers)] : []), ...between(-Infinity, URGENT_BEFORE)],
        early: between(URGENT_BEFORE, EARLY_BEFORE),
        panels: between(EARLY_BEFORE, Infinity),
        facts: facts ?? null,
        bcus,
        shares: shares === null ? null : sharesSection(id, shares, now),
        asAt: { typed: asAt.typed, believed },
        now,
        csrf,
        mayDeclareConflict: may(roles, 'people.declare-conflict'),
        mayClaim: may(roles, 'people.claim'),
        problems,
        conflict,
      })
    })

  app.get('/people/:id', { config: { access: 'people.read' } }, async (request, reply) => {
    const id = idOf(request)
    return pageReply(request, reply, id === null ? null : await personOf(request, id))
  })

  app.get('/people/:id/claim', { config: { access: 'people.claim' } }, (request, reply) => {
    const personId = idOf(request)
    const { csrf } = sessionOf(request)
    return pageReply(
      request,
      reply,
      personId === null ? null : claimPage({ csrf, personId, problems: [], kind: 'claim', reason: '' }),
    )
  })
  app.post('/people/:id/claim', { config: { access: 'people.claim' } }, async (request, reply) => {
    const personId = idOf(request)
    if (personId === null) return pageReply(request, reply, null)
    const reason = field(request.body, 'reason')
    const kind = claimKind(request.body)
    const again = (problems: readonly Problem[]) => {
      const { csrf } = sessionOf(request)
      return pageReply(request, reply, claimPage({ csrf, personId, problems, kind, reason }))
    }
    const problems = claimProblems(request, 'reason', kind, reason)
    if (problems.length > 0) return again(problems)
    const claimed = await withScope(pool, scopeOf(request, 'open a record with a reason', reason), (tx) =>
      claimPerson(tx, personId, kind, reason),
    )
    if (claimed === null) return pageReply(request, reply, null)
    return 'limit' in claimed
      ? again([limitProblem('reason', claimed.limit)])
      : reply.redirect(`/people/${personId}`, 303)
  })

  app.post('/people/:id/conflict', { config: { access: 'people.declare-conflict' } }, async (request, reply) => {
    const id = idOf(request)
    if (id === null) return pageReply(request, reply, null)
    const conflict = field(request.body, 'conflict')
    if (conflict === '') {
      const problems = [{ field: 'conflict', message: 'Say what the conflict is' }]
      return pageReply(request, reply, await personOf(request, id, problems))
    }
    const declared = await withScope(pool, scopeOf(request, 'declare a conflict of interest'), (tx) =>
      declareConflict(tx, id, conflict),
    )
    return declared ? reply.redirect('/people?done=conflict', 303) : pageReply(request, reply, null)
  })

  app.get('/people/reviews', { config: { access: 'people.review-claims' } }, async (request, reply) => {
    const { csrf } = sessionOf(request)
    const { done } = request.query as { readonly done?: unknown }
    const said =
      done === 'yes'
        ? 'Your finding is recorded.'
        : done === 'no'
          ? 'That one no longer waits for you. Nothing was changed.'
          : undefined
    const claims = await withScope(pool, scopeOf(request, 'review records opened with a reason'), waitingClaims)
    return pageReply(request, reply, reviewsPage({ claims, now: clock.now(), csrf }), said)
  })
  app.post('/people/reviews', { config: { access: 'people.review-claims' } }, async (request, reply) => {
    const claim = field(request.body, 'claim')
    const finding = field(request.body, 'finding')
    if (!isId(claim) || !isFinding(finding)) return pageReply(request, reply, null)
    const done = await withScope(pool, scopeOf(request, 'review records opened with a reason'), (tx) =>
      reviewClaim(tx, claim, finding),
    )
    return reply.redirect(`/people/reviews?done=${done ? 'yes' : 'no'}`, 303)
  })
}

/** The names of the commands, which hardly ever change, read again after a minute. */
function namesOfBcus(): (tx: Tx) => Promise<ReadonlyMap<number, string>> {
  let known: { readonly names: ReadonlyMap<number, string>; readonly until: number } | undefined
  return async (tx) => {
    if (known === undefined || performance.now() > known.until) {
      const names = new Map((await bcus(tx)).map(({ id, name }) => [id, name]))
      known = { names, until: performance.now() + 60_000 }
    }
    return known.names
  }
}

function isFinding(text: string): text is Finding {
  return (FINDINGS as readonly string[]).includes(text)
}
