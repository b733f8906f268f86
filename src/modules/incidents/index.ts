export { runImport, serviceScope, type ImportOptions, type ImportReport } from './import-run.ts'
export { newId } from './intake.ts'
export { loadProfile, preview, profileNames } from './import/index.ts'
export { incidentsModule } from './routes.ts'
