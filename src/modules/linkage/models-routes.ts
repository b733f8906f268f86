import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { withScope } from '#platform/db'
import { field, pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import {
  answerCounts,
  askTraining,
  changedPairs,
  latestTraining,
  modelLines,
  modelOf,
  publishModel,
} from './models-store.ts'
import { modelPage, modelsPage } from './models-views.ts'
import { asked } from './review-routes.ts'
import { agreementOf } from './rules.ts'

const ACCESS = { config: { access: 'linkage.models' } } as const
const PURPOSE = 'look after the linkage models'
/** How often a page that waits loads itself again, in seconds. A header does it, so no script is needed. */
const REFRESH_SECONDS = '2'

type One = { Params: { id: string } }

/** The versions of the linkage model: looking at them, training a new one, publishing it. */
export function modelRoutes(app: FastifyInstance, { pool }: RouteParts): void {
  app.get('/linkage/models', ACCESS, async (request, reply) => {
    const found = await withScope(pool, scopeOf(request, PURPOSE), async (tx) => ({
      lines: await modelLines(tx),
      training: await latestTraining(tx),
      agreement: agreementOf(await answerCounts(tx)),
    }))
    if (found.training !== null && !found.training.finished) reply.header('refresh', REFRESH_SECONDS)
    const page = modelsPage({ ...found, csrf: request.session?.csrf ?? '', operation: randomUUID() })
    const said =
      asked(request, 'published') === '' ? undefined : 'That version is published. It links from the next run on.'
    return pageReply(request, reply, page, said)
  })

  app.post('/linkage/models/train', ACCESS, async (request, reply) => {
    const operation = field(request.body, 'operation')
    if (!isId(operation)) return pageReply(request, reply, null)
    await withScope(pool, scopeOf(request, PURPOSE), (tx) => askTraining(tx, operation))
    return reply.redirect('/linkage/models', 303)
  })

  app.get<One>('/linkage/models/:id', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, PURPOSE), async (tx) => {
      const model = await modelOf(tx, id)
      if (model === null) return null
      const changed = model.status === 'draft' ? await changedPairs(tx, id) : []
      return modelPage({ model, changed, csrf: request.session?.csrf ?? '' })
    })
    return pageReply(request, reply, page)
  })

  app.post<One>('/linkage/models/:id/publish', ACCESS, async (request, reply) => {
    const { id } = request.params
    const done = isId(id) && (await withScope(pool, scopeOf(request, PURPOSE), (tx) => publishModel(tx, id)))
    return done ? reply.redirect('/linkage/models?published=yes', 303) : pageReply(request, reply, null)
  })
}
