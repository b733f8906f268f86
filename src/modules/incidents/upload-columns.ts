import type { FilePreview, Profile } from './import/index.ts'
export { headersFound as proposedHeaders } from './import/index.ts'

/** The name of a field on the page where columns are chosen. */
export const columnField = (table: string, field: string): string => `column.${table}.${field}`

/** The headers that the files of a table have, each once. */
export function headersOf(files: readonly FilePreview[], table: string): string[] {
  return [...new Set(files.filter((file) => file.table === table).flatMap(({ header }) => header))].filter(
    (text) => text !== '',
  )
}

/** The header that a field is read from by its name, '' for none. */
export function headerFor(files: readonly FilePreview[], table: string, field: string): string {
  const found = files
    .filter((file) => file.table === table)
    .flatMap(({ mapping }) => mapping.filter((one) => one.field === field))
  return found[0]?.header ?? ''
}

/**
 * What somebody chose on the page, less what the profile finds by itself: only that is kept, so that files whose headers
 * differ are still read by their own names.
 */
export function chosenColumns(
  body: unknown,
  profile: Profile,
  proposed: readonly FilePreview[],
): Record<string, string> {
  const given = new Map(Object.entries(body !== null && typeof body === 'object' ? body : {}))
  const chosen: Record<string, string> = {}
  for (const [table, { columns }] of Object.entries(profile.tables)) {
    const headers = headersOf(proposed, table)
    for (const field of Object.keys(columns)) {
      const value: unknown = given.get(columnField(table, field))
      if (typeof value !== 'string' || value === headerFor(proposed, table, field)) continue
      if (value === '' || headers.includes(value)) chosen[`${table}.${field}`] = value
    }
  }
  return chosen
}
