import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Tx, withScope } from '#platform/db'
import { field, pageReply, scopeOf, type RouteParts, idIn, isId } from '#platform/http'
import { recordFacts } from '#modules/incidents'
import type { Page, Problem } from '#platform/views'
import { evidenceFor, openPerson } from './evidence.ts'
import { mentionsOfPersons, openPair } from './pairs.ts'
import { mergePage, splitPage, withdrawPage } from './person-views.ts'
import { asked, OUTCOME_PROBLEMS } from './review-routes.ts'
import { hangingOn } from './rules.ts'
import { judgementOf, mergePersons, type Outcome, splitPerson, withdrawJudgement } from './store.ts'

const ACCESS = { config: { access: 'linkage.review' } } as const
const PURPOSE = 'decide who is one person'
const LONGEST_REASON = 2000

type One = { Params: { id: string } }

const csrfOf = (request: FastifyRequest): string => request.session?.csrf ?? ''
/** The values of a field that may be there many times. */
function fieldsOf(body: unknown, name: string): string[] {
  const value: unknown = body !== null && typeof body === 'object' ? Reflect.get(body, name) : undefined
  return [value].flat().filter((one): one is string => typeof one === 'string')
}

/** Splitting a person, joining two, and taking back what was said. */
export function personRoutes(app: FastifyInstance, { pool }: RouteParts): void {
  app.get<One>('/linkage/persons/:id/split', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const from = asked(request, 'from')
    const page = await withScope(pool, scopeOf(request, PURPOSE), (tx) => splitting(tx, request, id, from, [], [], ''))
    return pageReply(request, reply, page)
  })

  app.post<One>('/linkage/persons/:id/split', ACCESS, async (request, reply) => {
    const { id } = request.params
    const [judgement, reason] = [field(request.body, 'judgement'), field(request.body, 'reason')]
    const mentions = fieldsOf(request.body, 'mentions')
    if (!isId(id) || !isId(judgement) || !mentions.every(isId)) return pageReply(request, reply, null)
    const result = await withScope(pool, scopeOf(request, PURPOSE, reason), async (tx) => {
      const again = (problem: Problem) => splitting(tx, request, id, '', mentions, [problem], reason)
      if (mentions.length === 0) return again({ field: 'mentions', message: 'Choose the records of somebody else' })
      if (reason === '' || reason.length > LONGEST_REASON) return again(reasonProblem)
      const outcome = await splitPerson(tx, { judgement, person: id, mentions, reason })
      return outcome === 'nobody stays'
        ? again({ field: 'mentions', message: 'Leave at least one record with this person' })
        : outcome
    })
    if (typeof result !== 'string') return pageReply(request, reply, result)
    return result === 'done' ? reply.redirect(`/people/${id}`, 303) : pageReply(request, reply, null)
  })

  app.get<One>('/linkage/persons/:id/merge', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const typed = asked(request, 'with').trim().slice(0, 300)
    const page = await withScope(pool, scopeOf(request, PURPOSE), (tx) => merging(tx, request, id, typed, [], ''))
    return pageReply(request, reply, page)
  })

  app.post<One>('/linkage/persons/:id/merge', ACCESS, async (request, reply) => {
    const { id } = request.params
    const { body } = request
    const [judgement, other, reason] = [field(body, 'judgement'), idIn(field(body, 'with')), field(body, 'reason')]
    if (!isId(id) || !isId(judgement) || !isId(other)) return pageReply(request, reply, null)
    const result = await withScope(
      pool,
      scopeOf(request, PURPOSE, reason),
      async (tx): Promise<Page | null | Outcome | { readonly stays: string }> => {
        const again = (problem: Problem) => merging(tx, request, id, other, [problem], reason)
        if (reason === '' || reason.length > LONGEST_REASON) return again(reasonProblem)
        const outcome = await mergePersons(tx, { judgement, one: id, other, reason })
        const problem = OUTCOME_PROBLEMS[outcome]
        if (problem !== undefined) return again(problem)
        return outcome === 'done' ? { stays: (await openPerson(tx, id)) ? id : other } : outcome
      },
    )
    if (result !== null && typeof result === 'object' && 'stays' in result) {
      return reply.redirect(`/people/${result.stays}`, 303)
    }
    return pageReply(request, reply, typeof result === 'string' ? null : result)
  })

  app.get<One>('/linkage/judgements/:id/withdraw', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, PURPOSE), (tx) => withdrawing(tx, request, id, [], ''))
    return pageReply(request, reply, page)
  })

  app.post<One>('/linkage/judgements/:id/withdraw', ACCESS, async (request, reply) => {
    const { id } = request.params
    const reason = field(request.body, 'reason')
    if (!isId(id)) return pageReply(request, reply, null)
    const result = await withScope(
      pool,
      scopeOf(request, PURPOSE, reason),
      async (tx): Promise<Page | null | { readonly person: string }> => {
        if (reason === '' || reason.length > LONGEST_REASON)
          return withdrawing(tx, request, id, [reasonProblem], reason)
        const said = await judgementOf(tx, id)
        if (said === null) return null
        const outcome = await withdrawJudgement(tx, { judgement: id, reason })
        if (outcome !== 'done' && outcome !== 'withdrawn') return null
        const pair = await openPair(tx, said.a, said.b)
        return pair === null ? null : { person: pair.a.personId }
      },
    )
    if (result !== null && 'person' in result) return reply.redirect(`/people/${result.person}`, 303)
    return pageReply(request, reply, result)
  })
}

const reasonProblem: Problem = { field: 'reason', message: `Say why, in at most ${LONGEST_REASON} letters` }

async function splitting(
  tx: Tx,
  request: FastifyRequest,
  personId: string,
  from: string,
  chosen: readonly string[],
  problems: readonly Problem[],
  reason: string,
): Promise<Page | null> {
  if (!(await openPerson(tx, personId))) return null
  const { mentions, path } = await evidenceFor(tx, personId)
  if (mentions.length < 2) return null
  const refs = await recordFacts(tx, [...new Set(mentions.map(({ recordId }) => recordId))])
  const going = new Set(from === '' ? chosen : hangingOn(path, from))
  return splitPage({
    personId,
    mentions,
    refs,
    going,
    csrf: csrfOf(request),
    judgement: randomUUID(),
    problems,
    reason,
  })
}

async function merging(
  tx: Tx,
  request: FastifyRequest,
  personId: string,
  typed: string,
  problems: readonly Problem[],
  reason: string,
): Promise<Page | null> {
  if (!(await openPerson(tx, personId))) return null
  const id = idIn(typed)
  const found = id !== '' && id !== personId && (await openPerson(tx, id))
  const missing: Problem[] =
    typed === '' || found
      ? []
      : [
          {
            field: 'with',
            message: id === personId ? 'That is this person' : 'There is nobody at that address whom you can see',
          },
        ]
  return mergePage({
    personId,
    mentions: await mentionsOfPersons(tx, [personId]),
    other: found ? { id, mentions: await mentionsOfPersons(tx, [id]) } : null,
    with: typed,
    csrf: csrfOf(request),
    judgement: randomUUID(),
    problems: [...problems, ...missing],
    reason,
  })
}

async function withdrawing(
  tx: Tx,
  request: FastifyRequest,
  id: string,
  problems: readonly Problem[],
  reason: string,
): Promise<Page | null> {
  const said = await judgementOf(tx, id)
  if (said === null || said.withdrawnAt !== null) return null
  const pair = await openPair(tx, said.a, said.b)
  if (pair === null) return null
  return withdrawPage({ said, a: pair.a, b: pair.b, csrf: csrfOf(request), judgement: id, problems, reason })
}
