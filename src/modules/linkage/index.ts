export { linkForce, type LinkReport } from './batch.ts'
export { readMentions } from './mentions.ts'
export { loadNameGroups, nameKeys } from './search-keys.ts'
export { evaluateLinkage, tellEvaluation, type Evaluation, type Shares, type Truth } from './evaluate.ts'
