import type { FastifyInstance, FastifyRequest } from 'fastify'
import { withScope } from '#platform/db'
import { pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import { correctRow, openProblem, readAgain, withRow, type OpenProblem } from './corrections.ts'
import { cellId, correctionPage, importPage, importsPage, type CorrectionModel } from './import-views.ts'
import { columnsAt, loadProfile, type RowProblem } from './import/index.ts'
import { problemsCsv } from './problems-csv.ts'
import { batch, batches, exportProblems } from './store.ts'
import { openUploads } from './uploads.ts'

const ACCESS = { config: { access: 'incidents.import' } } as const
const PURPOSE = 'correct rejected rows'

/** The pages of imports: the list, each report, its problems as a file, and the correction of a row. */
export function importRoutes(app: FastifyInstance, { pool, folder, enqueue }: RouteParts): void {
  app.get('/imports', ACCESS, async (request, reply) => {
    const page = await withScope(pool, scopeOf(request, 'see imports'), async (tx) =>
      importsPage(await batches(tx), await openUploads(tx)),
    )
    return pageReply(request, reply, page)
  })

  app.get<{ Params: { id: string } }>('/imports/:id', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const found = await withScope(pool, scopeOf(request, PURPOSE), (tx) => batch(tx, id))
    const saved = request.url.endsWith('?saved')
    return pageReply(
      request,
      reply,
      found && importPage(found),
      saved ? 'The row is saved. It is taken in within a minute.' : undefined,
    )
  })

  app.get<{ Params: { id: string } }>('/imports/:id/problems.csv', ACCESS, async (request, reply) => {
    const { id } = request.params
    if (!isId(id)) return pageReply(request, reply, null)
    const found = await withScope(pool, scopeOf(request, 'correct rejected rows in the source'), (tx) =>
      exportProblems(tx, id),
    )
    if (!found) return pageReply(request, reply, null)
    const { synthetic } = request.site
    return reply
      .type('text/csv; charset=utf-8')
      .header(
        'content-disposition',
        `attachment; filename="${synthetic ? 'SYNTHETIC-' : ''}import-problems-${id.slice(0, 8)}.csv"`,
      )
      .send(problemsCsv(found, synthetic))
  })

  type Row = { Params: { id: string; problem: string } }
  const load = async (request: FastifyRequest<Row>): Promise<OpenProblem | null> => {
    const { id, problem } = request.params
    if (!isId(id) || !isId(problem)) return null
    return withScope(pool, scopeOf(request, PURPOSE), (tx) => openProblem(tx, id, problem))
  }

  app.get<Row>('/imports/:id/problems/:problem', ACCESS, async (request, reply) => {
    const problem = await load(request)
    return pageReply(request, reply, problem && correctionPage(await modelOf(request, problem)))
  })

  app.post<Row>('/imports/:id/problems/:problem', ACCESS, async (request, reply) => {
    const problem = await load(request)
    const { kept } = problem ?? {}
    if (!problem || !kept) return pageReply(request, reply, null)
    const model = await modelOf(request, problem)
    const cells = typedCells(request.body, model.header.length)
    const before = await readAgain(kept, kept.taken, folder)
    const again = await readAgain(kept, withRow(kept.rows, problem, cells), folder, before.record?.ref)
    const wrong = again.problems.filter(
      ({ file, line }) => (file === problem.file && line === problem.line) || line === 0,
    )
    if (wrong.length > 0) {
      return pageReply(
        request,
        reply,
        correctionPage({ ...model, cells, problems: wrong.map((one) => shownProblem(one, model)) }),
      )
    }
    const done = await withScope(pool, scopeOf(request, PURPOSE), (tx) => correctRow(tx, kept.id, problem, cells))
    if (!done) return reply.redirect(`/imports/${request.params.id}/problems/${problem.id}`, 303)
    await enqueue('incidents.correct', { kept: kept.id })
    return reply.redirect(`/imports/${request.params.id}?saved`, 303)
  })
}

function typedCells(body: unknown, width: number): string[] {
  const given = new Map(Object.entries(body !== null && typeof body === 'object' ? body : {}))
  return Array.from({ length: width }, (_, index) => {
    const value: unknown = given.get(`cell${index}`)
    return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : ''
  })
}

async function modelOf(
  request: FastifyRequest<{ Params: { id: string } }>,
  problem: OpenProblem,
): Promise<CorrectionModel> {
  const { kept } = problem
  const row = kept?.rows.find(({ file, line }) => file === problem.file && line === problem.line)
  const header = kept?.headers[problem.file] ?? []
  const table = kept && row && (await loadProfile(kept.profile)).tables[row.table]
  return {
    batch: request.params.id,
    problem,
    header,
    at: kept && row && table ? columnsAt(header, row.table, table, kept.columns) : new Map<string, number>(),
    cells: row?.cells ?? problem.row,
    problems: [],
    csrf: request.session?.csrf ?? '',
  }
}

const shownProblem = ({ field, reason }: RowProblem, { at }: CorrectionModel) => ({
  field: cellId(at.get(field) ?? 0),
  message: `${field}: ${reason}`,
})
