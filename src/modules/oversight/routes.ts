import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { londonDay, Temporal } from '#platform/clock'
import { withScope } from '#platform/db'
import { field, pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import { markedCsv } from './csv.ts'
import { addressOf, FIELDS, readQuestion, type Asked, type Question } from './query.ts'
import { compare } from './rules.ts'
import * as store from './store.ts'
import { usePage, usePersonPage } from './use-views.ts'
import { accessPage, entryPage, logPage, purposeOf, statePage } from './views.ts'

const read = { config: { access: 'audit.read' } } as const
const ACCESS_DAYS = 28

/** More was asked for than fits in one file: nothing is given out, so nothing is logged as given. */
class TooMany extends Error {
  override readonly name = 'TooMany'
}

function instant(text: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text)
  } catch {
    return null // a cursor that somebody typed
  }
}

/** The pages of the audit log, for auditors. */
export function oversightRoutes(app: FastifyInstance, { pool, clock }: RouteParts): void {
  const asked = (given: unknown, of: 'log' | 'use'): Asked => readQuestion(given, clock.now(), of, instant)
  const scopeFor = (request: FastifyRequest, { why, reference }: Question) =>
    scopeOf(request, purposeOf(why), reference)
  const csrfOf = (request: FastifyRequest): string => request.session?.csrf ?? ''
  const ageMs = (at: Temporal.Instant | null): number | null =>
    at === null ? null : clock.now().epochMilliseconds - at.epochMilliseconds

  app.get('/log', read, async (request, reply) => {
    const question = asked(request.query, 'log')
    const { question: to } = question
    if (!to) return showForm(request, reply, question, '')
    const model = await withScope(pool, scopeFor(request, to), async (tx) => ({
      lines: await store.searchLog(tx, to, store.PAGE_ROWS),
      names: to.actors ? await store.namesOf(tx, to.actors) : [],
    }))
    return pageReply(request, reply, logPage({ ...model, asked: question, name: '', csrf: csrfOf(request) }))
  })

  function showForm(request: FastifyRequest, reply: FastifyReply, question: Asked, name: string) {
    const page = logPage({ asked: question, lines: null, names: [], name, csrf: csrfOf(request) })
    return pageReply(request, reply, page)
  }

  // A name is sent in the body and becomes an id in the address: addresses are kept by browsers and proxies.
  app.post('/log', read, async (request, reply) => {
    const body = Object.fromEntries([...FIELDS, 'name'].map((one) => [one, field(request.body, one)]))
    const name = body['name'] ?? ''
    const question = asked({ ...body, by: '' }, 'log')
    const { question: to } = question
    if (!to) return showForm(request, reply, question, name)
    if (name === '') return reply.redirect(addressOf('/log', question.typed), 303)
    const found = await withScope(pool, scopeFor(request, to), (tx) => store.findStaff(tx, name))
    if (found.length > 0)
      return reply.redirect(addressOf('/log', question.typed, { by: found.map(({ id }) => id).join(',') }), 303)
    const problem = { field: 'name', message: 'Nobody with an account has a name like that. Enter two letters or more' }
    return showForm(request, reply, { ...question, problems: [problem] }, name)
  })

  app.post('/log/export', read, async (request, reply) => {
    const question = asked(request.body, 'log')
    const { question: to } = question
    if (!to) return showForm(request, reply, question, '')
    let lines: store.Line[]
    try {
      lines = await withScope(pool, scopeFor(request, to), async (tx) => {
        const rows = await store.searchLog(tx, to, store.EXPORT_ROWS + 1, true)
        if (rows.length > store.EXPORT_ROWS) throw new TooMany()
        return rows
      })
    } catch (error) {
      if (!(error instanceof TooMany)) throw error
      const message = `More than ${store.EXPORT_ROWS} entries: ask for fewer days, or have the whole log exported by dauntless audit export`
      return showForm(request, reply, { ...question, problems: [{ field: 'from-day', message }] }, '')
    }
    const csv = markedCsv(request.site.synthetic, [
      'entry', 'at', 'actor', 'name', 'role', 'organisation', 'action', 'purpose', 'reason', 'route', 'people', 'records', 'detail',
    ]) // prettier-ignore
    const body = lines.map(
      (line) =>
      csv.line([
        line.id, line.at.toString(), line.actor, line.who, line.role, line.organisation, line.action, line.purpose,
        line.reason, line.route, line.subjects, line.objects, JSON.stringify(line.detail),
      ]), // prettier-ignore
    )
    return reply
      .type('text/csv; charset=utf-8')
      .header(
        'content-disposition',
        `attachment; filename="${csv.prefix}audit-log-${londonDay(clock.now()).toString()}.csv"`,
      )
      .send(csv.head + body.join(''))
  })

  app.get('/log/entries/:id', read, async (request, reply) => {
    const { id } = request.params as { id: string }
    const question = asked(request.query, 'log')
    if (!isId(id)) return pageReply(request, reply, null)
    // nothing is shown before it is said what for
    const { question: to } = question
    if (!to) return reply.redirect('/log', 303)
    const entry = await withScope(pool, scopeFor(request, to), (tx) => store.openEntry(tx, id))
    return pageReply(request, reply, entry && entryPage(entry, addressOf('/log', question.typed)))
  })

  app.get('/log/use', read, async (request, reply) => {
    const question = asked(request.query, 'use')
    const { question: to } = question
    if (!to) return pageReply(request, reply, usePage(question, null))
    const rows = await withScope(pool, scopeFor(request, to), (tx) => store.activity(tx, to.since, to.until))
    return pageReply(request, reply, usePage(question, compare(rows)))
  })

  app.get('/log/use/:id', read, async (request, reply) => {
    const { id } = request.params as { id: string }
    const question = asked(request.query, 'use')
    const { question: to } = question
    if (!isId(id)) return pageReply(request, reply, null)
    if (!to) return reply.redirect('/log/use', 303)
    const page = await withScope(pool, scopeFor(request, to), async (tx) => {
      const [name] = await store.namesOf(tx, [id])
      if (name === undefined) return null
      const counts = await store.daysOf(tx, id, to.since, to.until)
      const last = londonDay(to.until).subtract({ days: 1 })
      return usePersonPage(question, { id, name }, counts, londonDay(to.since), last)
    })
    return pageReply(request, reply, page)
  })

  app.get('/log/access', read, async (request, reply) => {
    const question = asked(request.query, 'log')
    const { question: to } = question
    if (!to) return pageReply(request, reply, accessPage(question, null))
    const since = clock.now().subtract({ hours: ACCESS_DAYS * 24 })
    const given = await withScope(pool, scopeFor(request, to), (tx) => store.accessGiven(tx, since))
    return pageReply(request, reply, accessPage(question, given))
  })

  app.get('/log/seal', read, async (request, reply) => {
    const state = await withScope(pool, scopeOf(request, 'see the state of the log'), store.logState)
    return pageReply(request, reply, state && statePage(state, ageMs))
  })
}
