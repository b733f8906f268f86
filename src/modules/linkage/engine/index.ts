export { blocksOf, estimateBlocking, type Blocks, type RefusedBlock, type RuleReport } from './blocking.ts'
export { broughtEdges, type BroughtEdge, type BroughtEdges } from './brought-edges.ts'
export {
  freeLabels,
  improvedByReviews,
  probabilityOf,
  reliability,
  type LabelledPair,
  type Reliability,
  type ReliabilityRow,
} from './calibrate.ts'
export {
  cluster,
  type Assertions,
  type ClusterOptions,
  type Clusters,
  type Refusal,
  type ReviewEdge,
} from './cluster.ts'
export { compareNames } from './compare-names.ts'
export { build, columnOf, positionOf, type Dataset, type EncodedColumn, type Lexicon } from './dataset.ts'
export { alone, openers, type Crew, type Work, type WorkKind } from './crew.ts'
export { decider, type Band, type Decider, type Decision, type GuardReason } from './decide.ts'
export {
  evaluateClusters,
  evaluateEdges,
  evaluateLinkable,
  evaluateSlices,
  type ClusterMeasure,
  type Linkable,
  type Measure,
  type SliceMeasure,
} from './evaluate.ts'
export { LiveIndex, type Arrival, type LiveOptions } from './live.ts'
export { joinArrival, type Home, type Joining } from './live-join.ts'
export { agreementOf, supportOf, type Agreement, type Support } from './evidence.ts'
export { explain, explainer, rulesJoining, type Waterfall, type WaterfallStep } from './explain.ts'
export { calibrated, COUNTED_FROM, countedFrom, fittedCalibration, NEAR, STEP_BITS } from './fit.ts'
export { LinkageFailure } from './failure.ts'
export { frequenciesOf, withFrequencies, type Frequencies, type Frequency } from './frequencies.ts'
export { defaultModel, type MentionRow } from './model.ts'
export { nameGroups, type NameGroups, type NameTables } from './names.ts'
export { foldText, nameTokens, normaliseDate, normaliseId, normalisePhone, normalisePostcode } from './normalise.ts'
export { soundCode } from './phonetic.ts'
export { csvReader, type MentionReader } from './read.ts'
export { pairScorer, score, scoreWith, type Edges, type PairScorer, type ScoreResult } from './score.ts'
export type * from './spec.ts'
export { train, trainWith, type TrainOptions } from './train.ts'
export {
  exportSplink,
  type SplinkExport,
  type SplinkFrequencies,
  type SplinkSettings,
  type SplinkSidecar,
} from './splink-export.ts'
export { importSplink, type SplinkImport } from './splink-import.ts'
export { type SplinkColumn } from './splink-columns.ts'
export { type SplinkDialect } from './splink-conditions.ts'
