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

/** The headers of a delivery met with the profile, from the first bytes of each file. */
export async function headersOf(delivery: Delivery, profile: Profile, options: ReadOptions): Promise<Head[]> {
  const heads: Head[] = []
  for (const [name, file] of delivery.files) {
    const table = profile.tables[name]
    if (table === undefined) continue
    try {
      const header = await headOf(file)
      const binding = bindColumns(header, name, table, options.columns)
      heads.push({ file, table: name, header, binding, problems: headerProblems(binding) })
    } catch (cause) {
      if (!(cause instanceof FileRefused)) throw cause
      const binding = bindColumns([], name, { ...table, columns: {} })
      heads.push({ file, table: name, header: [], binding, problems: [{ field: cause.field, reason: cause.message }] })
    }
  }
  return heads
}
