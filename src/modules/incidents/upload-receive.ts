import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyRequest } from 'fastify'
import type { Temporal } from '#platform/clock'
import type { Pool } from '#platform/db'
import { checkCsrf } from '#platform/http'
import { CSRF_FIELD, type Problem } from '#platform/views'
import { WAIT_DAYS, type SentFile } from './uploads.ts'

/** A year of related tables is some thirty files; a whole state's table of offences is under 2 GB. */
const MOST_FILES = 60
const MOST_BYTES = 2 * 1024 ** 3
const MOST_BYTES_IN_ALL = 4 * 1024 ** 3

export interface Received {
  /** False when the form is not one of ours: nothing was written. */
  readonly genuine: boolean
  readonly profile: string
  readonly files: readonly SentFile[]
  readonly problems: readonly Problem[]
}

/** Where the files of an upload lie until they have been taken in. */
export const folderOf = (folder: string, upload: string): string => join(folder, 'uploads', upload)

/** The files of an upload, whatever they are called: somebody has chosen each of them. Empty when they are gone. */
export async function pathsOf(folder: string, upload: string): Promise<string[]> {
  const path = folderOf(folder, upload)
  return existsSync(path) ? (await readdir(path)).sort().map((name) => join(path, name)) : []
}

/**
 * Writes the files of a posted form straight to the disk, never into memory. The form's token and profile come before
 * its files; without the token nothing is written. With problems, or when it throws, nothing is left on the disk.
 */
export async function receive(request: FastifyRequest, into: string): Promise<Received> {
  let genuine = false
  let profile = ''
  const files: SentFile[] = []
  const problems: Problem[] = []
  const complain = (message: string): void => {
    if (problems.length === 0) problems.push({ field: 'files', message })
  }
  try {
    await mkdir(into, { recursive: true, mode: 0o700 })
    const limits = { files: MOST_FILES, fileSize: MOST_BYTES, fields: 10, fieldSize: 1000 }
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        if (part.fieldname === CSRF_FIELD) genuine = checkCsrf(request, part.value)
        if (part.fieldname === 'profile' && typeof part.value === 'string') profile = part.value
        continue
      }
      // a browser sends one nameless, empty part when no file was chosen
      if (!genuine || problems.length > 0 || part.filename === undefined || part.filename === '') {
        part.file.resume()
        continue
      }
      const name = safeName(part.filename)
      if (files.some((file) => file.name.toLowerCase() === name.toLowerCase())) {
        complain(`Two of the files are called ${name}. Give each its own name.`)
        part.file.resume()
        continue
      }
      files.push({ name, ...(await write(part.file, join(into, name))) })
      if (files.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES_IN_ALL) complain('The files are larger than 4 GB together.') // prettier-ignore
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'FST_REQ_FILE_TOO_LARGE')
      complain('A file is larger than 2 GB. Pack it with gzip, or cut it into several with the header in each.') // prettier-ignore
    else if (code === 'FST_FILES_LIMIT') complain(`Choose at most ${MOST_FILES} files at once.`)
    else {
      await rm(into, { recursive: true, force: true })
      throw error
    }
  }
  if (genuine && files.length === 0) complain('Choose at least one file.')
  if (!genuine || problems.length > 0) await rm(into, { recursive: true, force: true })
  return { genuine, profile, files, problems }
}

async function write(source: Readable, path: string): Promise<{ bytes: number; fingerprint: string }> {
  const digest = createHash('sha256')
  let bytes = 0
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        digest.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  )
  return { bytes, fingerprint: digest.digest('hex') }
}

/** How long a folder that nobody knows of may be one that is still being sent. */
const SENDING_HOURS = 24

/** Removes what has waited too long, and what a killed process has left behind: the files are full of names. */
export async function sweep(pool: Pool, folder: string, now: Temporal.Instant): Promise<void> {
  await pool.query(
    `update incidents.upload set state = 'removed'
     where state in ('looking', 'ready', 'failed') and batch_id is null and created_at < $1`,
    [now.subtract({ hours: 24 * WAIT_DAYS }).toString()],
  )
  const { rows } = await pool.query<{ id: string }>(
    `select id from incidents.upload where state in ('looking', 'ready', 'queued', 'running', 'failed')`,
  )
  const waiting = new Set(rows.map(({ id }) => id))
  const root = join(folder, 'uploads')
  for (const name of existsSync(root) ? await readdir(root) : []) {
    if (waiting.has(name)) continue
    const { mtimeMs } = await stat(join(root, name))
    if (mtimeMs < now.epochMilliseconds - SENDING_HOURS * 3_600_000)
      await rm(join(root, name), { recursive: true, force: true })
  }
}

/** The last part of a name, as it may stand on a disk: the name matters, for it says which table a file is. */
export function safeName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  const plain = last
    .replaceAll(/[\p{Cc}<>:"|?*]/gu, '_')
    .trim()
    .slice(-150)
  return /^\.*$/.test(plain) ? 'file' : plain.replace(/^\./, '_')
}
