import type { Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'

/** How long files wait to be taken in. */
export const WAIT_DAYS = 30

export interface SentFile {
  readonly name: string
  readonly bytes: number
  readonly fingerprint: string
}
export interface UploadFile extends SentFile {
  /** Found by the dry run. */
  readonly encoding: string | null
}

/** What a dry run found. */
export interface Looked {
  readonly read: number
  readonly added: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
  readonly incidents: number
  readonly domestic: number
  readonly problemCount: number
  readonly problemFields: Readonly<Record<string, number>>
  readonly refused: readonly { readonly file: string; readonly reason: string }[]
}
export interface Upload {
  readonly id: string
  readonly profile: string
  readonly state: 'looking' | 'ready' | 'queued' | 'running' | 'done' | 'refused' | 'failed' | 'removed'
  readonly columns: Readonly<Record<string, string>>
  readonly looked: Looked | null
  readonly progress: { readonly done?: number; readonly total?: number; readonly rows?: number }
  readonly said: string
  readonly batchId: string | null
  readonly byName: string
  readonly createdAt: Temporal.Instant
}

/** Keeps an upload whose files lie in the data folder already. False for those who may not import. */
export async function keepUpload(
  tx: Tx,
  upload: { id: string; profile: string; columns: Record<string, string>; files: readonly SentFile[] },
): Promise<boolean> {
  const [row] = await tx.sql<{ kept: boolean }>`
    select incidents.keep_upload(${upload.id}, ${upload.profile}, ${upload.columns}, ${JSON.stringify(upload.files)}) as kept`
  return row?.kept === true
}

/** One upload with its files, or null. Logs that its rows are looked at. */
export async function openUpload(tx: Tx, id: string): Promise<{ upload: Upload; files: UploadFile[] } | null> {
  const upload = await uploadOf(tx, id)
  if (!upload) return null
  await tx.sql`select audit.record('consult', '{}', array[${id}::uuid], '{"what": "upload preview"}')`
  const files = await tx.sql<UploadFile>`
    select name, bytes, fingerprint, encoding from incidents.upload_file where upload_id = ${id} order by seq`
  return { upload, files }
}

/** One upload without anything that its files say. */
export async function uploadOf(tx: Tx, id: string): Promise<Upload | null> {
  const rows = await tx.sql<Upload>`
    select u.id, u.profile, u.state, u.columns, u.looked, u.progress, u.said, u.batch_id as "batchId", u.created_at as "createdAt",
      coalesce((select n.name from organisation.names_of(array[u.by_account]) n), '') as "byName"
    from incidents.upload u where u.id = ${id}`
  return rows[0] ?? null
}

/** Uploads that have not been taken in, newest first, 20 at most. */
export async function openUploads(tx: Tx): Promise<Upload[]> {
  return tx.sql<Upload>`
    select u.id, u.profile, u.state, u.columns, u.looked, u.progress, u.said, u.batch_id as "batchId", u.created_at as "createdAt",
      coalesce((select n.name from organisation.names_of(array[u.by_account]) n), '') as "byName"
    from incidents.upload u where u.state in ('looking', 'ready', 'queued', 'running', 'failed')
    order by u.created_at desc, u.id limit 20`
}

/** @returns false when the upload has been taken in or removed meanwhile */
export async function setColumns(tx: Tx, id: string, columns: Record<string, string>, keep: boolean): Promise<boolean> {
  const [row] = await tx.sql<{ set: boolean }>`select incidents.set_columns(${id}, ${columns}, ${keep}) as set`
  return row?.set === true
}

/** @returns false when it has been moved on already, so that a form sent twice does nothing the second time */
export async function moveUpload(tx: Tx, id: string, state: 'queued' | 'removed'): Promise<boolean> {
  const [row] = await tx.sql<{ moved: boolean }>`select incidents.move_upload(${id}, ${state}) as moved`
  return row?.moved === true
}

/** Columns chosen for an earlier file of this source. */
export async function keptColumns(tx: Tx, profile: string): Promise<Record<string, string>> {
  const rows = await tx.sql<{ columns: Record<string, string> }>`
    select columns from incidents.column_mapping where profile = ${profile}`
  return rows[0]?.columns ?? {}
}
