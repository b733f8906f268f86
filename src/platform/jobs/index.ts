export { enqueue, enqueueIn } from './enqueue.ts'
export { codeOf } from './fault.ts'
export { deadWork, redrive, workFigures, type DeadWork, type WorkFigures } from './figures.ts'
export { openJobs, type JobFault, type Jobs, type JobsOptions } from './worker.ts'
