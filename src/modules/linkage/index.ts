import type { Module } from '#platform/http'
import { LINK_JOBS, LINK_SUBSCRIBERS } from './link-job.ts'

export { LINKED } from './link-job.ts'
export { hire, type HiredCrew } from './crew.ts'
export { linkForce, type LinkReport } from './batch.ts'
export {
  mentionsOfFile,
  mentionsToHandOver,
  modelOfFile,
  modelOfLastRun,
  returnedEdges,
  splinkOfFile,
  UnfitFile,
  writeHandOver,
  type HandOver,
} from './hand-over.ts'
export { exportSplink, importSplink, type SplinkDialect, type SplinkExport, type SplinkImport } from './engine/index.ts'
export { addOtherParties, readMentions } from './mentions.ts'
export { loadNameGroups, nameKeys } from './search-keys.ts'
export { evaluateLinkage, tellEvaluation, type Evaluation, type Shares, type Truth } from './evaluate.ts'
export { evaluateFile, tellFileEvaluation, type FileEvaluation } from './evaluate-file.ts'
export {
  columnsOf,
  FIELDS,
  labelledMentions,
  type Columns,
  type Field,
  type Labelled,
  type TextRow,
} from './labelled.ts'
export { compareNames, SAME_NAME } from './whole-names.ts'

/** Who is one person: linked anew whenever records have come in. */
export const linkageModule: Module = { name: 'linkage', jobs: LINK_JOBS, subscribers: LINK_SUBSCRIBERS }
