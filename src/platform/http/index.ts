export { buildServer, checkCsrf, type ServerParts, type AppRequest, type Site } from './server.ts'
export { pageReply, scopeOf, frameOf } from './page.ts'
export { formProblems, field } from './form.ts'
export type { Job, JobParts, NavigationItem, Module, TodayCard, PersonPanel, RouteParts } from './module.ts'
