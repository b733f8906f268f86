import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Action } from '#platform/access'
import type { Clock } from '#platform/clock'
import { withScope, type Pool, type Tx } from '#platform/db'
import { scopeOf } from './page.ts'
import { sendProblem } from './problem.ts'

type Now = ReturnType<Clock['now']>

/** One operation of `/api/v1`: the same stores, policies and log as the pages. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/api/v1`, with Fastify's parameters ("/people/:id"). */
  readonly path: string
  readonly action: Action
  readonly summary: string
  /** What the log will say it was for. */
  readonly purpose: string
  /** Parameters, query and body together. */
  readonly input: z.ZodType
  /** The shape of the data that is handed out: what it does not name does not leave. */
  readonly answer: z.ZodType
  /** Null is the one not-found answer. */
  readonly run: (tx: Tx, input: unknown, now: Now) => Promise<unknown>
}

/** Makes an operation whose `run` is checked against its two schemas. */
export function apiRoute<Input extends z.ZodType, Answer extends z.ZodType>(route: {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly action: Action
  readonly summary: string
  readonly purpose: string
  readonly input: Input
  readonly answer: Answer
  readonly run: (tx: Tx, input: z.output<Input>, now: Now) => Promise<unknown>
}): ApiRoute {
  return { ...route, run: (tx, input, now) => route.run(tx, input as z.output<Input>, now) }
}

const inputOf = (request: FastifyRequest): unknown => ({
  ...(request.query as object),
  ...(typeof request.body === 'object' ? request.body : {}),
  ...(request.params as object),
})

/** Puts the operations under `/api/v1`, with their description at `/api/v1/openapi.json`. */
export function serveApi(
  app: FastifyInstance,
  routes: readonly ApiRoute[],
  { pool, clock, synthetic }: { readonly pool: Pool; readonly clock: Clock; readonly synthetic: boolean },
): void {
  for (const { method, path, action, purpose, input, answer, run } of routes) {
    app.route({
      method,
      url: `/api/v1${path}`,
      config: { access: action },
      async handler(request, reply) {
        const read = input.safeParse(inputOf(request))
        if (!read.success) {
          const wrong = read.error.issues.map(({ path: at, message }) => ({ field: at.join('.'), message }))
          return sendProblem(reply, 422, 'The request could not be read', wrong)
        }
        const found = await withScope(pool, scopeOf(request, purpose), (tx) => run(tx, read.data, clock.now()))
        if (found === null) return sendProblem(reply, 404, 'Not found')
        return { synthetic, data: answer.parse(JSON.parse(JSON.stringify(found))) }
      },
    })
  }
  app.get('/api/v1/session', { config: { access: 'signed-in' } }, ({ session }) => ({
    synthetic,
    data: { name: session?.name, roles: session?.roles, csrf: session?.csrf },
  }))
  const description = openApi(routes)
  app.get('/api/v1/openapi.json', { config: { access: 'signed-in' } }, () => description)
}

/** The OpenAPI 3.1 description of the operations, from the schemas that they are checked with. */
export function openApi(routes: readonly ApiRoute[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, path, summary, action, input, answer } of routes) {
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
    const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' })
    const others = Object.entries(properties).filter(([name]) => !inPath.includes(name))
    const parameter = (name: string, schema: unknown, where: 'path' | 'query') => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      schema,
    })
    const at = `/api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[at] = {
      ...paths[at],
      [method.toLowerCase()]: {
        summary,
        'x-action': action,
        parameters: [
          ...inPath.map((name) => parameter(name, properties[name] ?? {}, 'path')),
          ...(method === 'GET' ? others.map(([name, schema]) => parameter(name, schema, 'query')) : []),
        ],
        ...(method === 'POST' && {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: Object.fromEntries(others),
                  required: required.filter((name) => !inPath.includes(name)),
                },
              },
            },
          },
        }),
        responses: {
          200: {
            description: 'Found; the look is in the audit log',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['synthetic', 'data'],
                  properties: { synthetic: { type: 'boolean' }, data: z.toJSONSchema(answer, { io: 'input' }) },
                },
              },
            },
          },
          401: { description: 'Nobody is signed in' },
          404: { description: 'Not there, or not for whoever asks: the answer is the same' },
          422: { description: 'The request could not be read; each field that is wrong is named' },
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Dauntless',
      version: '1',
      description:
        'Acts as the signed-in person. A POST carries the token of /api/v1/session in the header x-csrf-token.',
    },
    components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'session' } } },
    security: [{ session: [] }],
    paths,
  }
}
