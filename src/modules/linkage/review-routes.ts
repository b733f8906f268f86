import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Tx, withScope } from '#platform/db'
import { field, pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import { recordFacts } from '#modules/incidents'
import type { Page, Problem } from '#platform/views'
import { A_FIRST_LOOK, openPair, PAIRS_A_PAGE, type Queue, reviewQueue } from './pairs.ts'
import { pairAddress, pairPage, queuePage } from './review-views.ts'
import { type Answer, ANSWERS, judgePair, type Outcome } from './store.ts'

const ACCESS = { config: { access: 'linkage.review' } } as const
const PURPOSE = 'review who is one person'
const LONGEST_REASON = 2000

/** One value of the address, read as a field of a form is; empty when it is not there once. */
export const asked = (request: FastifyRequest, name: string): string => field(request.query, name)
const queueOf = (text: string): Queue => (text === 'second' ? 'second' : 'first')
const isAnswer = (text: string): text is Answer => (ANSWERS as readonly string[]).includes(text)

/** What a person can put right, and the field it stands at. */
export const OUTCOME_PROBLEMS: Readonly<Partial<Record<Outcome, Problem>>> = {
  reason: { field: 'reason', message: 'Say why' },
  'one record': {
    field: 'answer',
    message:
      'A record names both of them, so they are two people. Where the record is wrong, it must be put right first.',
  },
  'said to be two': {
    field: 'answer',
    message:
      'Somebody has said that these two are different people. That must be taken back first, on the person’s page.',
  },
  'one person': {
    field: 'answer',
    message:
      'These two are one person now, so it must be said which of the records are whose: use “Split” on the person’s page.',
  },
}

const SAID: Readonly<Record<string, string>> = {
  same: 'You said: one person. They are joined; you can take it back on the person’s page.',
  different: 'You said: different people. They are kept apart.',
  'cannot say': 'You said that it cannot be said. Nothing was changed.',
  late: 'That pair had been answered already. Nothing was changed.',
}

type Pair = { Params: { a: string; b: string } }

/** The queue of pairs that wait for a person, and each pair. */
export function reviewRoutes(app: FastifyInstance, { pool }: RouteParts): void {
  app.get('/linkage/review', ACCESS, async (request, reply) => {
    const queue = queueOf(asked(request, 'which'))
    const reason = asked(request, 'reason').slice(0, 60)
    const page = /^\d{1,4}$/.test(asked(request, 'page')) ? Math.max(1, Number(asked(request, 'page'))) : 1
    const built = await withScope(pool, scopeOf(request, PURPOSE), async (tx) =>
      queuePage({ queue, reason, page, found: await reviewQueue(tx, queue, reason, (page - 1) * PAIRS_A_PAGE) }),
    )
    return pageReply(request, reply, built, SAID[asked(request, 'said')])
  })

  app.get('/linkage/review/next', ACCESS, async (request, reply) => {
    const queue = queueOf(asked(request, 'which'))
    const said = Object.hasOwn(SAID, asked(request, 'said')) ? asked(request, 'said') : ''
    const found = await withScope(pool, scopeOf(request, PURPOSE), async (tx) => {
      const near = await reviewQueue(tx, queue, '', 0, 1, A_FIRST_LOOK)
      return near.pairs.length === 0 && near.more ? reviewQueue(tx, queue, '', 0, 1) : near
    })
    const [next] = found.pairs
    const query = new URLSearchParams({ ...(queue === 'second' && { which: queue }), ...(said !== '' && { said }) })
    const at = next === undefined ? '/linkage/review' : pairAddress(next.a.id, next.b.id)
    return reply.redirect(query.size === 0 ? at : `${at}?${query.toString()}`, 303)
  })

  app.get<Pair>('/linkage/pairs/:a/:b', ACCESS, async (request, reply) => {
    const built = await withScope(pool, scopeOf(request, PURPOSE), (tx) => build(tx, request, [], ''))
    return pageReply(request, reply, built, SAID[asked(request, 'said')])
  })

  app.post<Pair>('/linkage/pairs/:a/:b', ACCESS, async (request, reply) => {
    const { body } = request
    const [answer, judgement, reason] = [field(body, 'answer'), field(body, 'judgement'), field(body, 'reason')]
    const queue = queueOf(field(body, 'which'))
    const [a = '', b = ''] = [request.params.a, request.params.b].toSorted()
    if (!isId(a) || !isId(b) || !isId(judgement)) return pageReply(request, reply, null)
    const result = await withScope(
      pool,
      scopeOf(request, PURPOSE, reason),
      async (tx): Promise<Page | Outcome | null> => {
        const again = (problem: Problem): Promise<Page | null> => build(tx, request, [problem], reason)
        if (!isAnswer(answer)) return again({ field: 'answer', message: 'Choose one of the three answers' })
        if (reason.length > LONGEST_REASON)
          return again({ field: 'reason', message: `Say why in at most ${LONGEST_REASON} letters` })
        const outcome = await judgePair(tx, { judgement, a, b, answer, reason })
        const problem = OUTCOME_PROBLEMS[outcome]
        return problem === undefined ? outcome : again(problem)
      },
    )
    if (result === null || result === 'not there') return pageReply(request, reply, null)
    if (typeof result !== 'string') return pageReply(request, reply, result)
    const said = result === 'done' ? answer : 'late'
    return reply.redirect(`/linkage/review/next?${new URLSearchParams({ which: queue, said }).toString()}`, 303)
  })
}

async function build(
  tx: Tx,
  request: FastifyRequest<Pair>,
  problems: readonly Problem[],
  reason: string,
): Promise<Page | null> {
  const { a, b } = request.params
  if (!isId(a) || !isId(b)) return null
  const pair = await openPair(tx, a, b)
  if (pair === null) return null
  const refs = await recordFacts(tx, [...new Set([pair.a, pair.b, ...pair.others].map(({ recordId }) => recordId))])
  const queue = queueOf(asked(request, 'which') || field(request.body, 'which'))
  return pairPage({ pair, refs, csrf: request.session?.csrf ?? '', judgement: randomUUID(), queue, problems, reason })
}
