export { type GenerateOptions, type Summary, generate } from './generate.ts'
export type { Target } from './target.ts'
export { checkTargets } from './targets.ts'
export { type TruePerson, readTruth } from './truth.ts'
