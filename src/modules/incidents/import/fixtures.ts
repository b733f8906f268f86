import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProfile } from './profile.ts'
import { readRecords } from './read.ts'
import type { ReadOptions } from './source.ts'
import { isRefusal, type RowProblem, type SourceRecord } from './types.ts'

/** The published records that lie beside a checkout; tests that want them fall back on what they write themselves. */
export const PUBLISHED = fileURLToPath(new URL('../../../../../shared/data/incidents/', import.meta.url))

/** A folder with these files for as long as the work lasts. */
export async function withFiles<T>(
  files: Record<string, string | Buffer>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dauntless-import-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Read {
  records: SourceRecord[]
  problems: RowProblem[]
  refusals: RowProblem[]
}

/** All that a profile reads from these paths. */
export async function readAll(paths: string[], profile: string, options: ReadOptions = {}): Promise<Read> {
  const read: Read = { records: [], problems: [], refusals: [] }
  for await (const item of readRecords(paths, await loadProfile(profile), options)) {
    if ('record' in item) read.records.push(item.record)
    else if ('problem' in item) (isRefusal(item.problem) ? read.refusals : read.problems).push(item.problem)
  }
  return read
}

/** Reads one file of this content. */
export async function readText(content: string | Buffer, profile = 'rms', name = 'extract.csv'): Promise<Read> {
  return withFiles({ [name]: content }, (folder) => readAll([join(folder, name)], profile))
}
