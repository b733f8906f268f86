export { fingerprint, knownEncodingOf, type Encoding } from './bytes.ts'
export { columnsAt, type ChosenColumns } from './columns.ts'
export { latestAt } from './dates.ts'
export { filesOf } from './files.ts'
export { UNMARKED } from './header.ts'
export { loadProfile, profileNames, type Profile } from './profile.ts'
export { headersFound, preview, type FilePreview, type Preview } from './preview.ts'
export { readBatches, readRecords } from './read.ts'
export type { ReadOptions } from './source.ts'
export {
  isRefusal,
  type ImportItem,
  type KeptRow,
  type KeptRows,
  type Notice,
  type Progress,
  type RowProblem,
  type SourceOffence,
  type SourceParty,
  type SourceRecord,
} from './types.ts'
