import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Tx, withScope } from '#platform/db'
import { field, pageReply, type RouteParts, scopeOf, isId } from '#platform/http'
import type { Page, Problem } from '#platform/views'
import { colleagues, endReader, nameReader, readersOf } from './readers-store.ts'
import { SHORTEST_REASON } from './views.ts'
import { readersPage } from './views-readers.ts'

const ACCESS = { config: { access: 'people.name-readers' } } as const
const SAID: Readonly<Record<string, string>> = {
  named: 'Your colleague is named.',
  ended: 'The name is taken away.',
  sealed: 'The person is sealed. Now name whoever else must see them.',
}
type One = { Params: { id: string } }

interface Typed {
  readonly part: string
  readonly chosen: string
  readonly reason: string
  readonly problems: readonly Problem[]
}
const NOTHING: Typed = { part: '', chosen: '', reason: '', problems: [] }

/** Who may see somebody sealed, for professional standards who are named for them. To all others the pages are not there. */
export function readersRoutes(app: FastifyInstance, { pool }: RouteParts): void {
  const show = async (
    request: FastifyRequest<One>,
    reply: FastifyReply,
    typed: Typed,
    said?: string,
  ): Promise<FastifyReply> => {
    const { id } = request.params
    const page = isId(id)
      ? await withScope(pool, scopeOf(request, 'see who may see a sealed person'), (tx) =>
          pageOf(tx, request, id, typed),
        )
      : null
    return pageReply(request, reply, page, said)
  }

  app.get<One>('/people/:id/readers', ACCESS, (request, reply) => {
    const done = field(request.query, 'done')
    const said = SAID[done]
    return show(request, reply, { ...NOTHING, part: field(request.query, 'part') }, said)
  })

  app.post<One>('/people/:id/readers', ACCESS, async (request, reply) => {
    const { id } = request.params
    const [part, chosen, reason] = ['part', 'colleague', 'reason'].map((name) => field(request.body, name))
    const problems: Problem[] = []
    if (!isId(chosen ?? '')) problems.push({ field: 'colleague', message: 'Choose a colleague' })
    if ((reason ?? '').length < SHORTEST_REASON)
      problems.push({ field: 'reason', message: `Say why in at least ${SHORTEST_REASON} letters` })
    const typed = { part: part ?? '', chosen: chosen ?? '', reason: reason ?? '', problems }
    if (problems.length > 0 || !isId(id)) return show(request, reply, typed)
    const done = await withScope(pool, scopeOf(request, 'name a colleague for a sealed person', typed.reason), (tx) =>
      nameReader(tx, id, typed.chosen, typed.reason),
    )
    return done ? reply.redirect(`/people/${id}/readers?done=named`, 303) : pageReply(request, reply, null)
  })

  app.post<One>('/people/:id/readers/end', ACCESS, async (request, reply) => {
    const { id } = request.params
    const colleague = field(request.body, 'colleague')
    if (!isId(id) || !isId(colleague)) return pageReply(request, reply, null)
    const done = await withScope(pool, scopeOf(request, 'take a name away from a sealed person'), (tx) =>
      endReader(tx, id, colleague),
    )
    return done ? reply.redirect(`/people/${id}/readers?done=ended`, 303) : pageReply(request, reply, null)
  })
}

/** The page, or null when there is nobody sealed there for the one who asks. Logs the look before it reads. */
async function pageOf(tx: Tx, request: FastifyRequest, personId: string, typed: Typed): Promise<Page | null> {
  const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person(${personId}) as ok`
  const readers = opened?.ok === true ? await readersOf(tx, personId) : []
  if (readers.length === 0) return null
  const [person] = await tx.sql<{ name: string }>`select name from people.person where id = ${personId}`
  const { part } = typed
  const short = part !== '' && part.length < 2
  return readersPage({
    ...typed,
    csrf: request.session?.csrf ?? '',
    personId,
    name: person?.name ?? '',
    readers,
    found: part === '' || short ? null : await colleagues(tx, part),
    problems: short ? [{ field: 'part', message: 'Type at least two letters of the name' }] : typed.problems,
  })
}
