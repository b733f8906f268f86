import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Tx, withScope } from '#platform/db'
import { field, pageReply, type RouteParts, scopeOf, idIn, isId } from '#platform/http'
import type { Page, Problem } from '#platform/views'
import { readersOf } from './readers-store.ts'
import { sealPerson, type Sealed, unsealPerson } from './seal-store.ts'
import { SHORTEST_REASON } from './views.ts'
import { sealPage, unsealPage } from './views-seal.ts'

const ACCESS = { config: { access: 'people.name-readers' } } as const
const MOST = 500
type One = { Params: { id: string } }

/** What is wrong with the reason, and that somebody has yet to confirm who they are. */
export function sealProblems(request: FastifyRequest, reason: string): Problem[] {
  const long = reason.length >= SHORTEST_REASON && reason.length <= MOST
  return [
    ...(long ? [] : [{ field: 'reason', message: `Say why in ${SHORTEST_REASON} to ${MOST} letters` }]),
    ...(request.session?.confirmed === true
      ? []
      : [{ field: 'confirm', message: 'Confirm that it is you, then send this again' }]),
  ]
}

const PROBLEMS: Readonly<Partial<Record<Sealed, Problem>>> = {
  // the same for everybody who is not there for the one who asks
  'not there': { field: 'person', message: 'Nobody is at that address whom you can seal: look at it again' },
  already: { field: 'person', message: 'This person is sealed already' },
  police: {
    field: 'reason',
    message:
      'A record calls this person a police employee, and would seal them again: it must be put right at its source first',
  },
}

/** Sealing somebody by hand, and opening them again: for professional standards who have just confirmed who they are. */
export function sealRoutes(app: FastifyInstance, { pool }: RouteParts): void {
  const csrfOf = (request: FastifyRequest): string => request.session?.csrf ?? ''

  app.get('/people/seal', ACCESS, (request, reply) =>
    pageReply(request, reply, sealPage({ csrf: csrfOf(request), person: '', reason: '', problems: [] })),
  )

  app.post('/people/seal', ACCESS, async (request, reply) => {
    const [person, reason] = [field(request.body, 'person').slice(0, 300), field(request.body, 'reason')]
    // the address of their page, as somebody sent it, or what stands in it
    const id = idIn(person)
    const problems = [
      ...(id === '' ? [{ field: 'person', message: 'Enter the address of the person’s page' }] : []),
      ...sealProblems(request, reason),
    ]
    const again = (wrong: readonly Problem[]) =>
      pageReply(request, reply, sealPage({ csrf: csrfOf(request), person, reason, problems: wrong }))
    if (problems.length > 0) return again(problems)
    const came = await withScope(pool, scopeOf(request, 'seal a person', reason), (tx) => sealPerson(tx, id, reason))
    const problem = PROBLEMS[came]
    return problem === undefined ? reply.redirect(`/people/${id}/readers?done=sealed`, 303) : again([problem])
  })

  /** The page, or null when there is nobody sealed there for the one who asks. Logs the look before it reads. */
  const unsealing = async (
    tx: Tx,
    request: FastifyRequest,
    id: string,
    reason: string,
    problems: readonly Problem[],
  ) => {
    const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person(${id}) as ok`
    const readers = opened?.ok === true ? await readersOf(tx, id) : []
    if (readers.length === 0) return null
    const [person] = await tx.sql<{ name: string }>`select name from people.person where id = ${id}`
    return unsealPage({ csrf: csrfOf(request), personId: id, name: person?.name ?? '', reason, problems })
  }

  app.get<One>('/people/:id/unseal', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, 'unseal a person'), (tx) => unsealing(tx, request, id, '', []))
    return pageReply(request, reply, page)
  })

  app.post<One>('/people/:id/unseal', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const reason = field(request.body, 'reason')
    const problems = sealProblems(request, reason)
    const page = await withScope(
      pool,
      scopeOf(request, 'unseal a person', reason),
      async (tx): Promise<Page | null | 'done'> => {
        if (problems.length > 0) return unsealing(tx, request, id, reason, problems)
        const came = await unsealPerson(tx, id, reason)
        if (came === 'done') return 'done'
        const problem = came === 'police' ? PROBLEMS.police : undefined
        return problem === undefined ? null : unsealing(tx, request, id, reason, [problem])
      },
    )
    return page === 'done' ? reply.redirect('/people?done=unsealed', 303) : pageReply(request, reply, page)
  })
}
