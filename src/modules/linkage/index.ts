import { may } from '#platform/access'
import type { Module } from '#platform/http'
import { ARRIVALS_JOBS } from './arrivals-job.ts'
import { followSeals } from './follow-seals.ts'
import { LINK_JOBS, LINK_SUBSCRIBERS } from './link-job.ts'
import { ARRIVALS_JOB } from './live-linking.ts'
import { modelRoutes } from './models-routes.ts'
import { personPanel } from './person-panel.ts'
import { personRoutes } from './person-routes.ts'
import { reviewRoutes } from './review-routes.ts'
import { settleJob } from './settle-job.ts'
import { SETTLE_JOB } from './store.ts'
import { draftCard, secondReadingsCard, waitingPairsCard } from './today.ts'
import { TRAIN_JOB, trainJob } from './training.ts'

export { reviewedPairs, standingAssertions, type ReviewedPair } from './assertions.ts'
export { linkForce, type LinkReport } from './batch.ts'
export { hire, type HiredCrew } from './crew.ts'
export { evaluateLinkage, tellEvaluation, type Evaluation, type Shares, type Truth } from './evaluate.ts'
export { exportSplink, importSplink, type SplinkDialect, type SplinkExport, type SplinkImport } from './engine/index.ts'
export { explainPair, tellWaterfall, type PairExplained } from './explain.ts'
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
export { addOtherParties, readForce } from './mentions.ts'
export { loadNameGroups, nameKeys } from './search-keys.ts'
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
export { LINKED } from './link-job.ts'
export { followSeal } from './follow-seals.ts'
export { liveLinking, type LiveLinking } from './live-linking.ts'
export { modelOfPairs, type KeptModel } from './models.ts'
export { PERSONS_CHANGED } from './settle.ts'
export { trainDraft, type Changes, type Trained } from './training.ts'

/**
 * Who is one person: linked as records come in, few at once and many by a job; what people say of it, the queue of pairs that wait for
 * somebody, and the models that link.
 */
export const linkageModule: Module = {
  name: 'linkage',
  navigation: [
    { href: '/linkage/review', text: 'One person?', action: 'linkage.review' },
    { href: '/linkage/models', text: 'Linkage', action: 'linkage.models' },
  ],
  routes: (app, parts) => {
    reviewRoutes(app, parts)
    personRoutes(app, parts)
    modelRoutes(app, parts)
  },
  today: [
    { action: 'linkage.review', card: (tx) => waitingPairsCard(tx) },
    { action: 'linkage.review', card: (tx) => secondReadingsCard(tx) },
    { action: 'linkage.models', card: (tx) => draftCard(tx) },
  ],
  personPanels: [
    { order: 110, render: (tx, { personId, roles }) => personPanel(tx, personId, may(roles, 'linkage.review')) },
  ],
  jobs: { ...LINK_JOBS, ...ARRIVALS_JOBS, [SETTLE_JOB]: settleJob, [TRAIN_JOB]: trainJob },
  daily: [ARRIVALS_JOB],
  subscribers: [...LINK_SUBSCRIBERS, followSeals],
}
