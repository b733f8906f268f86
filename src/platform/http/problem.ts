import type { FastifyReply, FastifyRequest } from 'fastify'

/** True for the calls that are answered in JSON. */
export const isApi = (request: FastifyRequest): boolean => request.url.startsWith('/api/')

/** Answers an API call with what went wrong. Source: RFC 9457. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  title: string,
  wrong: readonly { readonly field: string; readonly message: string }[] = [],
): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .send({ status, title, ...(wrong.length > 0 && { wrong }) })
}
