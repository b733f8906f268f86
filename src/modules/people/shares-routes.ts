import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { londonDay } from '#platform/clock'
import { type Tx, withScope } from '#platform/db'
import { field, pageReply, type RouteParts, scopeOf, isId } from '#platform/http'
import type { Page, Problem } from '#platform/views'
import { blankShare, readShare, shareProblem, type TypedShare, typedShare } from './shares-form.ts'
import { endShare, liveAgencies, sharePerson, sharesOf } from './shares-store.ts'
import { SHORTEST_REASON } from './views.ts'
import { endSharePage, sharesPage } from './views-shares.ts'

const ACCESS = { config: { access: 'people.share' } } as const
type One = { Params: { id: string } }
type OneShare = { Params: { id: string; share: string } }

const SAID: Readonly<Record<string, string>> = {
  shared: 'The share is made. The agency sees it from now.',
  ended: 'The share is ended. The agency sees nothing by it from now.',
  'ended-before': 'That share had ended already. Nothing was changed.',
}

/** What is shared of a person with partner agencies, and until when; making a share and ending one. */
export function sharesRoutes(app: FastifyInstance, { pool, clock }: RouteParts): void {
  /** The person and the shares, logged as opened; null when they are not there for the one who asks. */
  const opened = async (tx: Tx, id: string) => {
    const [seen] = await tx.sql<{ ok: boolean }>`select people.open_person(${id}) as ok`
    if (seen?.ok !== true) return null
    const [person] = await tx.sql<{ name: string; sealed: boolean }>`
      select name, sealed from people.person where id = ${id}`
    return person === undefined ? null : { person, shares: await sharesOf(tx, id) }
  }
  const pageOf = async (
    tx: Tx,
    request: FastifyRequest,
    id: string,
    typed: TypedShare,
    problems: readonly Problem[],
  ): Promise<Page | null> => {
    const found = await opened(tx, id)
    return (
      found &&
      sharesPage({
        ...found,
        personId: id,
        agencies: await liveAgencies(tx),
        typed,
        problems,
        csrf: request.session?.csrf ?? '',
        now: clock.now(),
      })
    )
  }

  app.get<One>('/people/:id/shares', ACCESS, async (request, reply) => {
    const { id } = request.params
    const page = isId(id)
      ? await withScope(pool, scopeOf(request, 'see what is shared'), (tx) => pageOf(tx, request, id, blankShare(), []))
      : null
    return pageReply(request, reply, page, SAID[field(request.query, 'done')])
  })

  app.post<One>('/people/:id/shares', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const typed = typedShare(request.body)
    const read = readShare(typed, id, londonDay(clock.now()))
    const page = await withScope(
      pool,
      scopeOf(request, 'share with a partner', typed.purpose),
      async (tx): Promise<Page | 'shared' | null> => {
        if (!read.ok) return pageOf(tx, request, id, typed, read.problems)
        const came = await sharePerson(tx, read.share)
        if (came === 'done' || came === 'repeated') return 'shared'
        const problem = shareProblem(came)
        return problem && pageOf(tx, request, id, typed, [problem])
      },
    )
    return page === 'shared' ? reply.redirect(`/people/${id}/shares?done=shared`, 303) : pageReply(request, reply, page)
  })

  const ending = async (
    request: FastifyRequest<OneShare>,
    reply: FastifyReply,
    reason: string,
    problems: readonly Problem[],
  ): Promise<FastifyReply> => {
    const { id, share } = request.params
    const page = await withScope(pool, scopeOf(request, 'see what is shared'), async (tx) => {
      const found = await opened(tx, id)
      const it = found?.shares.find((one) => one.id === share)
      if (!found || !it) return null
      const { person } = found
      return endSharePage({ personId: id, person, share: it, reason, problems, csrf: request.session?.csrf ?? '' })
    })
    return pageReply(request, reply, page)
  }

  app.get<OneShare>('/people/:id/shares/:share/end', ACCESS, (request, reply) =>
    isId(request.params.id) ? ending(request, reply, '', []) : pageReply(request, reply, null),
  )

  app.post<OneShare>('/people/:id/shares/:share/end', ACCESS, async (request, reply) => {
    const { id, share } = request.params
    if (!isId(id) || !isId(share)) return pageReply(request, reply, null)
    const reason = field(request.body, 'reason')
    const short = reason.length < SHORTEST_REASON || reason.length > 500
    if (short)
      return ending(request, reply, reason, [
        { field: 'reason', message: `Say why in ${SHORTEST_REASON} to 500 letters` },
      ])
    const came = await withScope(pool, scopeOf(request, 'end a share with a partner', reason), (tx) =>
      endShare(tx, share, reason),
    )
    if (came !== 'done' && came !== 'ended') return pageReply(request, reply, null)
    return reply.redirect(`/people/${id}/shares?done=${came === 'done' ? 'ended' : 'ended-before'}`, 303)
  })
}
