import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { field, frameOf, pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import { html, type Problem, renderPage } from '#platform/views'
import {
  headersFound,
  latestAt,
  loadProfile,
  preview,
  profileNames,
  type ChosenColumns,
  type FilePreview,
  UNMARKED,
} from './import/index.ts'
import { chosenColumns, proposedHeaders } from './upload-columns.ts'
import { folderOf, pathsOf, receive } from './upload-receive.ts'
import { keepUpload, keptColumns, moveUpload, openUpload, setColumns, uploadOf, type Upload } from './uploads.ts'
import { previewPage, progressPage, uploadPage } from './upload-views.ts'

const ACCESS = { config: { access: 'incidents.import' } } as const
const PURPOSE = 'take in records'
/** How often a page that waits loads itself again, in seconds. A header does it, so no script is needed. */
const REFRESH_SECONDS = '2'

type One = { Params: { id: string } }

/** The pages by which files are sent, checked and taken in. */
export function uploadRoutes(app: FastifyInstance, { pool, folder, enqueue }: RouteParts): void {
  const emptyForm = (request: FastifyRequest) => ({ csrf: csrfOf(request), demonstration: request.site.synthetic })
  app.get('/imports/upload', ACCESS, async (request, reply) =>
    pageReply(
      request,
      reply,
      uploadPage({ ...emptyForm(request), profiles: await profiles(), profile: '', problems: [] }),
    ),
  )

  app.post('/imports/upload', { config: { ...ACCESS.config, readsFiles: true } }, async (request, reply) => {
    const id = randomUUID()
    const into = folderOf(folder, id)
    const sent = await receive(request, into)
    if (!sent.genuine) return staleForm(request, reply)
    const names = await profiles()
    const { profile, files } = sent
    const problems: Problem[] = [
      ...(names.some(({ name }) => name === profile)
        ? []
        : [{ field: 'profile', message: 'Choose where the files come from.' }]),
      ...sent.problems,
    ]
    // before anybody is shown a row of them
    if (problems.length === 0 && request.site.synthetic)
      problems.push(...(await unmarked(await pathsOf(folder, id), profile)))
    if (problems.length > 0) {
      await rm(into, { recursive: true, force: true })
      return pageReply(request, reply, uploadPage({ ...emptyForm(request), profiles: names, profile, problems }))
    }
    try {
      const kept = await withScope(pool, scopeOf(request, PURPOSE), async (tx) => {
        const columns = await fitting(await keptColumns(tx, profile), await pathsOf(folder, id), profile)
        return keepUpload(tx, { id, profile, columns, files })
      })
      if (!kept) throw new Error('uploads.not_kept')
      await enqueue('incidents.dry-run', { upload: id })
    } catch (error) {
      await rm(into, { recursive: true, force: true })
      await withScope(pool, scopeOf(request, PURPOSE), (tx) => moveUpload(tx, id, 'removed'))
      throw error
    }
    return reply.redirect(`/imports/uploads/${id}`, 303)
  })

  app.get<One>('/imports/uploads/:id', ACCESS, async (request, reply) => {
    const upload = await find(request)
    if (!upload) return pageReply(request, reply, null)
    if (upload.batchId) return reply.redirect(`/imports/${upload.batchId}`, 303)
    if (upload.state !== 'ready') {
      if (!['failed', 'removed'].includes(upload.state)) reply.header('refresh', REFRESH_SECONDS)
      return pageReply(request, reply, progressPage(upload, csrfOf(request)))
    }
    const paths = await pathsOf(folder, upload.id)
    const profile = await loadProfile(upload.profile)
    const options = { columns: upload.columns, latest: latestAt(systemClock.now()) }
    // the files are read before the transaction, which must not wait for a disk; nothing is sent before its commit
    const seen = paths.length > 0 ? await preview(paths, profile, options) : null
    const plain = seen && (await proposals(paths, upload.profile))
    const page = await withScope(pool, scopeOf(request, 'check files before taking them in'), async (tx) => {
      const opened = await openUpload(tx, upload.id)
      if (!opened || !seen || !plain) return null
      return previewPage({ ...opened, seen, profile, proposed: plain, csrf: csrfOf(request) })
    })
    return pageReply(request, reply, page)
  })

  app.post<One>('/imports/uploads/:id/columns', ACCESS, async (request, reply) => {
    const upload = await find(request)
    if (!upload) return pageReply(request, reply, null)
    const paths = await pathsOf(folder, upload.id)
    const profile = await loadProfile(upload.profile)
    if (paths.length > 0) {
      const columns = chosenColumns(request.body, profile, await proposals(paths, upload.profile))
      const keep = field(request.body, 'keep') === 'yes'
      const set = await withScope(pool, scopeOf(request, PURPOSE), (tx) => setColumns(tx, upload.id, columns, keep))
      if (set) await enqueue('incidents.dry-run', { upload: upload.id })
    }
    return reply.redirect(`/imports/uploads/${upload.id}`, 303)
  })

  app.post<One>('/imports/uploads/:id/take-in', ACCESS, async (request, reply) => {
    const upload = await find(request)
    if (!upload) return pageReply(request, reply, null)
    if (upload.state === 'ready' || upload.state === 'failed') {
      // asked for first: a job too many does nothing, a job too few would leave the upload waiting for ever
      await enqueue('incidents.import', { upload: upload.id })
      await withScope(pool, scopeOf(request, PURPOSE), (tx) => moveUpload(tx, upload.id, 'queued'))
    }
    return reply.redirect(`/imports/uploads/${upload.id}`, 303)
  })

  app.post<One>('/imports/uploads/:id/remove', ACCESS, async (request, reply) => {
    const upload = await find(request)
    if (!upload) return pageReply(request, reply, null)
    const moved = await withScope(pool, scopeOf(request, PURPOSE), (tx) => moveUpload(tx, upload.id, 'removed'))
    if (moved) await rm(folderOf(folder, upload.id), { recursive: true, force: true })
    return reply.redirect('/imports', 303)
  })

  async function find(request: FastifyRequest<One>): Promise<Upload | null> {
    const { id } = request.params
    return isId(id) ? withScope(pool, scopeOf(request, 'see imports'), (tx) => uploadOf(tx, id)) : null
  }
}

const csrfOf = (request: FastifyRequest): string => request.session?.csrf ?? ''

async function profiles(): Promise<{ name: string; title: string }[]> {
  return Promise.all((await profileNames()).map(async (name) => ({ name, title: (await loadProfile(name)).title })))
}

/** The files that a demonstration may not have. */
async function unmarked(paths: readonly string[], profile: string): Promise<Problem[]> {
  const found = await headersFound(paths, await loadProfile(profile), { onlyMarked: true })
  return found
    .filter(({ refusals }) => refusals.includes(UNMARKED))
    .map(({ file }) => ({ field: 'files', message: `${basename(file)} is not taken in: ${UNMARKED}.` }))
}

/** What the profile itself makes of the headers, before anybody chose. */
async function proposals(paths: readonly string[], profile: string): Promise<FilePreview[]> {
  return proposedHeaders(paths, await loadProfile(profile))
}

/** Of the columns kept from an earlier file, those that these files have too. */
async function fitting(
  kept: ChosenColumns,
  paths: readonly string[],
  profile: string,
): Promise<Record<string, string>> {
  const entries = Object.entries(kept)
  if (entries.length === 0) return {}
  const files = await proposals(paths, profile)
  return Object.fromEntries(
    entries.filter(([key, header]) =>
      files.some((file) => key.startsWith(`${file.table}.`) && (header === '' || file.header.includes(header))),
    ),
  )
}

function staleForm(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const page = {
    title: 'This form is out of date',
    body: html`<h1 class="govuk-heading-l">This form is out of date</h1>
      <p class="govuk-body">Nothing was sent. Go back, load the page again and choose the files again.</p>`,
  }
  return reply
    .code(403)
    .type('text/html; charset=utf-8')
    .send(renderPage(page, frameOf(request)))
}
