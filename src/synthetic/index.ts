export { type GenerateOptions, type Summary, generate } from './generate.ts'
export { type Target, checkTargets } from './targets.ts'
