export { fingerprint } from './bytes.ts'
export { loadProfile, profileNames, type Profile } from './profile.ts'
export { preview, type FilePreview, type Preview } from './preview.ts'
export { readRecords } from './read.ts'
export type { ReadOptions } from './source.ts'
export {
  isRefusal,
  type ImportItem,
  type Progress,
  type RowProblem,
  type SourceOffence,
  type SourceParty,
  type SourceRecord,
} from './types.ts'
