import { LinkageFailure } from './failure.ts'

/** @throws LinkageFailure `linkage.no_column` when the model speaks of a column it does not declare */
export function columnIn<Column>(columns: ReadonlyMap<string, Column>, name: string): Column {
  const column = columns.get(name)
  if (column === undefined) throw new LinkageFailure('linkage.no_column', `the model has no column ${name}`)
  return column
}
