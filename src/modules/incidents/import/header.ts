import { bindColumns, headerProblems, type Binding } from './columns.ts'
import { FileRefused } from './fault.ts'
import type { Delivery } from './files.ts'
import type { Profile } from './profile.ts'
import type { ReadOptions } from './source.ts'
import { headOf } from './structure.ts'

export interface Head {
  file: string
  table: string
  header: string[]
  binding: Binding
  problems: { field: string; reason: string }[]
}

/** The column by which a file says that everybody in it is invented. */
const MARK = 'SYNTHETIC'
/** What is wrong with a file that has no such column. */
export const UNMARKED = `this is a demonstration, which anybody can sign in to: it takes in files that have a column ${MARK}, and public figures that name nobody`

function markProblems(header: readonly string[], { nameless }: Profile, { onlyMarked }: ReadOptions): Head['problems'] {
  const refused = onlyMarked === true && !nameless && !header.some((name) => name.trim() === MARK)
  return refused ? [{ field: 'file', reason: UNMARKED }] : []
}

/** The headers of a delivery met with the profile, from the first bytes of each file. */
export async function headersOf(delivery: Delivery, profile: Profile, options: ReadOptions): Promise<Head[]> {
  const heads: Head[] = []
  for (const [name, file] of delivery.files) {
    const table = profile.tables[name]
    if (table === undefined) continue
    try {
      const header = await headOf(file)
      const binding = bindColumns(header, name, table, options.columns)
      const unmarked = markProblems(header, profile, options)
      // of a file that may not be here nothing more is told
      const problems = unmarked.length > 0 ? unmarked : headerProblems(binding)
      heads.push({ file, table: name, header, binding, problems })
    } catch (cause) {
      if (!(cause instanceof FileRefused)) throw cause
      const binding = bindColumns([], name, { ...table, columns: {} })
      heads.push({ file, table: name, header: [], binding, problems: [{ field: cause.field, reason: cause.message }] })
    }
  }
  return heads
}
